"""Defects of versions and of lost messages (features 05 and 06)."""

from __future__ import annotations

from rigs.agent.defects_loss import (
    AsksForEver,
    DropsWhenTheLinkIsLost,
    FireAndForget,
    LateStartBegins,
    Loops,
    NewClientEachTime,
    OneSlot,
    OnlyInMemory,
    PubackIsProof,
    ReportsAndBegins,
    Swallows,
    WroteNothing,
)
from rigs.agent.defects_versions import (
    BeginsAnew,
    BeginsBeside,
    Int32,
    LastJobsVersion,
    MismatchIsFinal,
    NeverCorrects,
    OnlyGrows,
    RefusedIsFailed,
    StaleAfterReconnect,
)
from rigs.agent.mutant import Mutant

_CANCEL = "the operator's cancel is no fault of the network"
_RIVAL = "the other client writes all the same"

LOSS: dict[str, Mutant] = {
    "F01/a": Mutant(
        sentence="A report that is refused with VersionMismatch is given up, and with it the job.",
        source="ggl#1018",
        scenarios=("S035", "S036", "S037", "S042", "S051"),
        policy=MismatchIsFinal,
        unfaulted=_RIVAL,
    ),
    "F01/b": Mutant(
        sentence="A reconnect while a job is in work makes the version stale, and the end is refused for good.",
        source="ggl#1046 04b3c446",
        scenarios=("S036",),
        policy=StaleAfterReconnect,
        unfaulted="the link drops all the same",
    ),
    "S035/a": Mutant(
        sentence="A VersionMismatch makes the device do the work once more.",
        source="notes S035",
        scenarios=("S035", "S042", "S051"),
        policy=BeginsAnew,
        unfaulted=_RIVAL,
    ),
    "S036/a": Mutant(
        sentence="What is in progress at a new connection is begun beside its own run.",
        source="notes S036",
        scenarios=("S036",),
        policy=BeginsBeside,
        unfaulted="the link drops all the same",
    ),
    "S039/a": Mutant(
        sentence="A refusal of the end that is stored already is taken for a failure, and FAILED is reported.",
        source="notes S039, S047, S054",
        scenarios=("S039", "S047", "S048", "S054"),
        policy=RefusedIsFailed,
    ),
    "F06/a": Mutant(
        sentence="After an answer that did not come the version is never corrected again.",
        source="nrf#1814",
        scenarios=("S042", "S035", "S051"),
        policy=NeverCorrects,
    ),
    "F06/b": Mutant(
        sentence="The version only ever grows: a refusal that tells a lower one is not believed.",
        source="nrf#1814, notes S235",
        scenarios=("S235",),
        policy=OnlyGrows,
        habits=("reports_progress=free",),
    ),
    "F07/a": Mutant(
        sentence="Where a notification names no version, that of the last job is taken.",
        source="nrf#1663",
        scenarios=("S043",),
        policy=LastJobsVersion,
    ),
    "S045/a": Mutant(
        sentence="Versions are kept in 32 bits, so a large one is negative.",
        source="notes S045",
        scenarios=("S045",),
        policy=Int32,
    ),
    "F12/a": Mutant(
        sentence="The report of the end is published once and forgotten.",
        source="rt#125 dec0a6c",
        scenarios=("S046", "S050", "S051"),
        policy=FireAndForget,
    ),
    "F10/a": Mutant(
        sentence="A report that was not answered is dropped when the link breaks.",
        source="ggl#1129 30a2b598",
        scenarios=("S046", "S051"),
        policy=DropsWhenTheLinkIsLost,
    ),
    "F10/b": Mutant(
        sentence="A pending status is lost with the power, and the job that it was about is left alone.",
        source="ggl#1129 6b26d440",
        scenarios=("S050",),
        policy=OnlyInMemory,
    ),
    "S050/a": Mutant(
        sentence="After a boot the kept status is reported, and the work is begun as well.",
        source="notes S050",
        scenarios=("S050",),
        policy=ReportsAndBegins,
        unfaulted="the link is down and the power cut all the same",
    ),
    "F39/a": Mutant(
        sentence="A report without an answer is published again and again.",
        source="aws-iot-device-sdk-embedded-C#1906",
        scenarios=("S048",),
        policy=Loops,
    ),
    "F16/a": Mutant(
        sentence="Nobody knows after a reconnect which report was not acknowledged.",
        source="nrf#14671",
        scenarios=("S049",),
        policy=NewClientEachTime,
        habits=("session=persistent",),
    ),
    "S051/a": Mutant(
        sentence="The acknowledgement of a report that names a version is taken for its acceptance.",
        source="notes S051",
        scenarios=("S051",),
        policy=PubackIsProof,
    ),
    "F23/a": Mutant(
        sentence="The status of a cancelled job is told about the next one.",
        source="ggl 0bf02322",
        scenarios=("S052",),
        policy=OneSlot,
    ),
    "F14/a": Mutant(
        sentence="A question without an answer is waited for without end, and nothing else is asked.",
        source="afr#875",
        scenarios=("S053",),
        policy=AsksForEver,
    ),
    "S054/a": Mutant(
        sentence="The late answer to a start that was repeated begins the work a second time.",
        source="notes S054",
        scenarios=("S054",),
        policy=LateStartBegins,
    ),
    "F21/a": Mutant(
        sentence="A job that cannot be stored is swallowed.",
        source="ggl#1171",
        scenarios=("S055",),
        policy=Swallows,
        unfaulted="the storage is no part of the network",
    ),
    "F21/b": Mutant(
        sentence="A job that could not be stored is reported as SUCCEEDED.",
        source="ggl#1171, notes S055",
        scenarios=("S055",),
        policy=WroteNothing,
        unfaulted="the storage is no part of the network",
    ),
}
