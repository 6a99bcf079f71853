"""Defects of finding and starting jobs, and of ending with the agent (features 01 and 02, and of 03 and 04)."""

from __future__ import annotations

from rigs.agent.defects_discovery import (
    AsksAtBootOnly,
    AsksTooEarly,
    CutsTheName,
    EmptyIsFinal,
    FailsWhatIsForeign,
    FirstListOnly,
    FirstOnly,
    FromTheEnd,
    KnownFromTheList,
    NeverRests,
    OnlyListens,
    ParkedStart,
    ReportsToNext,
    RestOfTheBuffer,
    TakesQueuedOnly,
    TakesTheFirst,
)
from rigs.agent.defects_starts import (
    BeginsWithTheNews,
    BusyWithNothing,
    LateStartRuns,
    NobodyAsked,
    NoSuchOperation,
    StopForgets,
    StoppedIsFailed,
    UnknownIsNegative,
)
from rigs.agent.mutant import Mutant

DISCOVERY: dict[str, Mutant] = {
    "F32/a": Mutant(
        sentence="The device asks at boot only and hears nothing afterwards.",
        source="esp#117",
        scenarios=(
            "S001",
            "S005",
            "S028",
        ),
        policy=AsksAtBootOnly,
    ),
    "S002/a": Mutant(
        sentence="Of the jobs that wait when it starts the first is taken, and the others are left.",
        source="notes S002",
        scenarios=("S002",),
        policy=TakesTheFirst,
    ),
    "F31/a": Mutant(
        sentence="A device asks for nothing when its link comes back.",
        source="afr#2651",
        scenarios=("S004",),
        policy=OnlyListens,
    ),
    "F38/a": Mutant(
        sentence="Behind an empty message the rest of the long one before is parsed again.",
        source="FreeRTOS/iot-reference-esp32#7",
        scenarios=("S003",),
        policy=RestOfTheBuffer,
    ),
    "F45/a": Mutant(
        sentence="Only what is QUEUED is taken up, so an execution in progress is never ended.",
        source="nrf#1626, rt#5, rt#15",
        scenarios=(
            "S203",
            "S012",
        ),
        policy=TakesQueuedOnly,
        habits=("takes_jobs=describe",),
    ),
    "F81/a": Mutant(
        sentence="The job id is cut after forty characters in the topic.",
        source="ota#430, ggl 09929039",
        scenarios=("S013",),
        policy=CutsTheName,
    ),
    "F73/a": Mutant(
        sentence="Reports go to $next.",
        source="jl#34/#35",
        scenarios=(
            "S015",
            "S001",
            "S028",
        ),
        policy=ReportsToNext,
        habits=("takes_jobs=describe",),
    ),
    "F13/d": Mutant(
        sentence="The answer to the start is waited for without end.",
        source="rt#123 e568a3d",
        scenarios=(
            "S246",
            "S012",
        ),
        policy=ParkedStart,
    ),
    "S005/a": Mutant(
        sentence="A job that was listed while the device worked is taken for a copy when it is announced as the next.",
        source="notes S005",
        scenarios=("S005",),
        policy=KnownFromTheList,
        habits=("told_by=both",),
    ),
    "F30/a": Mutant(
        sentence="A job for somebody else is left without a word, and the ones behind it starve.",
        source="ggl#1151",
        scenarios=("S006",),
        policy=FirstOnly,
    ),
    "F71/a": Mutant(
        sentence="A job for somebody else is reported as FAILED.",
        source="ota#223, up#13/#14/#23",
        scenarios=("S006",),
        policy=FailsWhatIsForeign,
    ),
    "S007/a": Mutant(
        sentence="Of more jobs than a list can hold those of the first list are done.",
        source="notes S007",
        scenarios=("S007",),
        policy=FirstListOnly,
        habits=("takes_jobs=poll", "polls=true"),
    ),
    "S007/b": Mutant(
        sentence="A list is read from its end, and so the last job is taken first.",
        source="notes S007",
        scenarios=("S007",),
        policy=FromTheEnd,
        habits=("takes_jobs=poll", "polls=true"),
    ),
    "F40/a": Mutant(
        sentence="An empty answer is answered with the next question.",
        source="aws-iot-device-sdk-cpp-v2#101",
        scenarios=("S008",),
        policy=NeverRests,
    ),
    "S009/a": Mutant(
        sentence="The work begins with the announcement, and its start is asked for beside it.",
        source="notes S009",
        scenarios=("S009",),
        policy=BeginsWithTheNews,
    ),
    "F58/a": Mutant(
        sentence="A job that is gone before it was handed out keeps the slot for ever.",
        source="up acaadd1",
        scenarios=("S011", "S201"),
        policy=BusyWithNothing,
    ),
    "F94/a": Mutant(
        sentence="An answer that comes before the acknowledgement of its request is thrown away.",
        source="iot-reference-esp32c3#63 5174bf7",
        scenarios=("S014",),
        policy=NoSuchOperation,
    ),
    "S201/a": Mutant(
        sentence="An empty answer right after an announcement is believed.",
        source="notes S201",
        scenarios=("S201",),
        policy=EmptyIsFinal,
    ),
    "S202/a": Mutant(
        sentence="The question overtakes the subscription, and its answer is taken for the whole truth.",
        source="notes S202, F88",
        scenarios=("S202",),
        policy=AsksTooEarly,
    ),
    "S204/a": Mutant(
        sentence="A start that is accepted late makes the device busy with work that is over.",
        source="notes S204",
        scenarios=("S204",),
        policy=LateStartRuns,
        habits=("takes_jobs=describe", "waits_for_start=false"),
    ),
    "S019/a": Mutant(
        sentence="An answer that nobody waits for any more ends the agent.",
        source="notes S019",
        scenarios=("S019",),
        policy=NobodyAsked,
        habits=("reports_progress=free",),
    ),
    "S024/a": Mutant(
        sentence="As long as nothing is done the progress is told as −1.",
        source="notes S024",
        scenarios=("S024",),
        policy=UnknownIsNegative,
    ),
    "F15/a": Mutant(
        sentence="The result that is not told yet is lost with the agent that is stopped.",
        source="dc#120 5049177",
        scenarios=("S033",),
        policy=StopForgets,
    ),
    "F53/a": Mutant(
        sentence="A stop of the agent makes finished work FAILED.",
        source="dc#430 f207eaf, ggn#1306",
        scenarios=("S033",),
        policy=StoppedIsFailed,
    ),
}
