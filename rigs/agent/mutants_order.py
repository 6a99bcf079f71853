"""Defects of duplicates, order and time (features 07 and 08)."""

from __future__ import annotations

from rigs.agent.defects_order import (
    AnotherDocument,
    AnyNewsAborts,
    Clogged,
    CopyCancels,
    EndOverProgress,
    EveryAnswerStarts,
    ForgetsWhatItHeard,
    OncePerDocument,
    OncePerJob,
    OneJobId,
    WorksFromOldNews,
)
from rigs.agent.defects_time import (
    LeavesItOut,
    Milliseconds,
    MuteOnSilence,
    NeverRenews,
    NoLimit,
    SlotNeverFreed,
)
from rigs.agent.mutant import Mutant

ORDER: dict[str, Mutant] = {
    "F25/a": Mutant(
        sentence="Another signature in the URL makes the same execution a new one.",
        source="dc#473 ce63afe",
        scenarios=("S057",),
        policy=AnotherDocument,
    ),
    "F26/a": Mutant(
        sentence="After a burst of copies no message is read any more.",
        source="bifravst/firmware#205",
        scenarios=("S058",),
        policy=Clogged,
    ),
    "F34/a": Mutant(
        sentence="After a restart each delivery of the execution in progress begins a run.",
        source="ggn#483",
        scenarios=("S059",),
        policy=ForgetsWhatItHeard,
    ),
    "F35/a": Mutant(
        sentence="A copy in the moment of the start cancels the run.",
        source="ggn#1782 7e48f7cf4",
        scenarios=("S060",),
        policy=CopyCancels,
    ),
    "F28/a": Mutant(
        sentence="executionNumber is not looked at: a job is done once for ever.",
        source="ggl a8189a12",
        scenarios=("S061",),
        policy=OncePerJob,
    ),
    "F29/a": Mutant(
        sentence="The end of the last job is repeated under the id of the next.",
        source="ggl eb2fd128",
        scenarios=("S062",),
        policy=OneJobId,
    ),
    "F33/a": Mutant(
        sentence="The announcement of one's own start is taken for a cancel.",
        source="rt#95 98a12b6",
        scenarios=("S063",),
        policy=AnyNewsAborts,
    ),
    "F41/a": Mutant(
        sentence="A stale announcement is worked on without the service's consent.",
        source="ggn#1345 ee9b99714",
        scenarios=("S064",),
        policy=WorksFromOldNews,
    ),
    "F36/a": Mutant(
        sentence="An answer that comes twice begins the work twice.",
        source="ggn#730",
        scenarios=("S065",),
        policy=EveryAnswerStarts,
    ),
    "F18/a": Mutant(
        sentence="The end is given up because progress that it overtook was stored after it.",
        source="rt fa6f3ab",
        scenarios=("S256",),
        policy=EndOverProgress,
        habits=("reports_progress=free",),
    ),
    "S257/a": Mutant(
        sentence="A job whose document was done before is not done.",
        source="notes S257",
        scenarios=("S257",),
        policy=OncePerDocument,
    ),
    "F56/a": Mutant(
        sentence="A refusal that says TIMED_OUT does not free the slot.",
        source="afr#77",
        scenarios=(
            "S066",
            "S067",
            "S069",
            "S070",
        ),
        policy=SlotNeverFreed,
    ),
    "F66/a": Mutant(
        sentence="The step timer is set once and never renewed.",
        source="dc#519",
        scenarios=("S068",),
        policy=NeverRenews,
    ),
    "F13/c": Mutant(
        sentence="A renewal without an answer is waited for without end.",
        source="rt#123 e568a3d",
        scenarios=("S073",),
        policy=MuteOnSilence,
    ),
    "F84/a": Mutant(
        sentence="Seconds that are left are read as milliseconds.",
        source="ministack#1400",
        scenarios=("S071",),
        policy=Milliseconds,
        unfaulted="the service tells how many seconds are left without the network's doing, too",
    ),
    "F52/a": Mutant(
        sentence="Hung work is never ended.",
        source="dc#519",
        scenarios=("S074",),
        policy=NoLimit,
    ),
    "S072/a": Mutant(
        sentence="The step timer is thought cancelled where it is left out, and runs on.",
        source="notes S072",
        scenarios=("S072",),
        policy=LeavesItOut,
        habits=(
            "cancels_step_timer=true",
            "renews_step_timer=false",
        ),
    ),
}
