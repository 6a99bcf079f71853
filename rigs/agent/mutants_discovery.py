"""Defects of finding and starting jobs (features 01 and 02)."""

from __future__ import annotations

from rigs.agent.defects_discovery import (
    AsksAtBootOnly,
    CutsTheName,
    OnlyListens,
    ParkedStart,
    ReportsToNext,
    RestOfTheBuffer,
    TakesQueuedOnly,
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
    "F31/a": Mutant(
        sentence="A device asks for nothing when its link comes back.",
        source="afr#2651",
        scenarios=(
            "S002",
            "S004",
            "S203",
        ),
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
}
