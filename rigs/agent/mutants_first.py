"""Nine defects that were shipped in real agents, each written in two ways."""

from __future__ import annotations

from rigs.agent.defects_reports import (
    ConstantTwo,
    FailedInstead,
    FlushesForEver,
    NeverWoken,
    NewRound,
    OwnCount,
    OwnStatus,
    RestoresEachTime,
    RetriesForEver,
    VersionOne,
    WaitsForTheLink,
    WhileTrue,
)
from rigs.agent.defects_work import (
    AnyAnswerIsYes,
    AsIfAccepted,
    LooksAfterwards,
    QueuedCopy,
    RunPerCopy,
    StopsReportingOnly,
)
from rigs.agent.mutant import Mutant

_VERSION_TWO = "The report of the end names a constant version, so the job never ends and its work is done for ever."
_UNBOUNDED = "A VersionMismatch is repeated without bound."
_CANCELLED = "The report about a cancelled job is repeated, because the state in the refusal is not read."
_FORGOTTEN = "The version is lost over the reboot that is the job's work."
_PARKED = "Who waits for a lost answer waits for ever, and takes no other job."
_UNSTARTED = "The work is done although its start was refused."
_TWICE = "An announcement that comes twice is worked twice."
_UNNOTICED = "A forced cancel is not noticed until the work has ended by itself."
_LATE = "A late SUCCEEDED after TIMED_OUT is repeated for ever."

FIRST: dict[str, Mutant] = {
    "F02/a": Mutant(sentence=_VERSION_TWO, source="esp#120 6cd28b4", scenarios=("S040",), policy=ConstantTwo),
    "F02/b": Mutant(sentence=_VERSION_TWO, source="esp#134", scenarios=("S040",), policy=OwnCount),
    "F03/a": Mutant(sentence=_UNBOUNDED, source="ggl 999a500e", scenarios=("S037",), policy=WhileTrue),
    "F03/b": Mutant(sentence=_UNBOUNDED, source="ggl 999a500e", scenarios=("S037",), policy=NewRound),
    "F04/a": Mutant(sentence=_CANCELLED, source="ggl 9891505a", scenarios=("S038",), policy=OwnStatus),
    "F04/b": Mutant(sentence=_CANCELLED, source="ggl 9891505a", scenarios=("S038",), policy=FailedInstead),
    "F05/a": Mutant(sentence=_FORGOTTEN, source="ggl#713 85bd6762", scenarios=("S041",), policy=VersionOne),
    "F05/b": Mutant(sentence=_FORGOTTEN, source="ggl#713 5a92d99f", scenarios=("S041",), policy=RestoresEachTime),
    "F13/a": Mutant(sentence=_PARKED, source="rt#123 e568a3d", scenarios=("S047",), policy=NeverWoken),
    "F13/b": Mutant(sentence=_PARKED, source="rt#123", scenarios=("S047",), policy=WaitsForTheLink),
    "F17/a": Mutant(sentence=_UNSTARTED, source="dc#123", scenarios=("S010",), policy=AnyAnswerIsYes),
    "F17/b": Mutant(sentence=_UNSTARTED, source="afr#2534 6e2dc090e", scenarios=("S010",), policy=AsIfAccepted),
    "F24/a": Mutant(sentence=_TWICE, source="dc#67 bee1b9b", scenarios=("S056",), policy=RunPerCopy),
    "F24/b": Mutant(sentence=_TWICE, source="dc#67 bee1b9b", scenarios=("S056",), policy=QueuedCopy),
    "F57/a": Mutant(sentence=_UNNOTICED, source="rt#85", scenarios=("S075",), policy=LooksAfterwards),
    "F57/b": Mutant(sentence=_UNNOTICED, source="rt#89", scenarios=("S075",), policy=StopsReportingOnly),
    "F65/a": Mutant(sentence=_LATE, source="ggl 52507d67", scenarios=("S067",), policy=RetriesForEver),
    "F65/b": Mutant(sentence=_LATE, source="ggl 52507d67", scenarios=("S067",), policy=FlushesForEver),
}
