"""One execution in the agent's hands, and the phases it goes through."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from rigs.agent.jobs import Execution, Key


class Phase(StrEnum):
    """Where a task is."""

    TAKEN = "taken"
    RESTORED = "restored"
    STARTING = "starting"
    WORKING = "working"
    REPORTING = "reporting"
    PARKED = "parked"
    OVER = "over"


class Step(StrEnum):
    """What moves it on."""

    START = "start"
    WORK = "work"
    RESULT = "result"
    TIRE = "tire"
    DROP = "drop"


PHASES: dict[Phase, dict[Step, Phase]] = {
    # RESULT straight away: an unsuitable job is rejected without a start.
    Phase.TAKEN: {
        Step.START: Phase.STARTING,
        Step.WORK: Phase.WORKING,
        Step.RESULT: Phase.REPORTING,
        Step.DROP: Phase.OVER,
    },
    # Found in the flash after a boot; the service is asked before anything is done.
    Phase.RESTORED: {Step.WORK: Phase.WORKING, Step.RESULT: Phase.REPORTING, Step.DROP: Phase.OVER},
    Phase.STARTING: {Step.WORK: Phase.WORKING, Step.RESULT: Phase.REPORTING, Step.DROP: Phase.OVER},
    Phase.WORKING: {Step.RESULT: Phase.REPORTING, Step.DROP: Phase.OVER},
    Phase.REPORTING: {Step.RESULT: Phase.REPORTING, Step.TIRE: Phase.PARKED, Step.DROP: Phase.OVER},
    # The report got no answer or no acceptance: kept for the next connection, and out of the next job's way.
    Phase.PARKED: {Step.RESULT: Phase.REPORTING, Step.DROP: Phase.OVER},
    Phase.OVER: {},
}

BUSY = frozenset({Phase.TAKEN, Phase.STARTING, Phase.WORKING, Phase.REPORTING})
"""Phases in which a device that works on one job at a time takes no other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How work ended, to be reported."""

    status: str
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(eq=False, slots=True, kw_only=True)
class Task:
    """One execution in the agent's hands; `version` is the one last told or counted, None when never told."""

    execution: Execution
    phase: Phase = Phase.TAKEN
    version: int | None = None
    result: Result | None = None
    run: int | None = None
    begun: bool = False
    restored: bool = False
    started: bool = False
    """Whether the service is known to have it IN_PROGRESS."""
    stage: str = ""
    """"rebooting" while its work is a reboot: after the boot the work is done."""
    told: str | None = None
    """The end that the service told, while the work still goes on."""
    refuse: str | None = None
    """Why it is to be rejected."""
    blind: bool = False
    """Whether it stopped naming versions after a mismatch."""
    accepted: int = 0
    percent: int = 0
    pulse_at: float = 0.0
    timer_at: float = 0.0
    checks_first: bool = False
    timed: bool = False
    """Whether this device's step timer runs at the service."""
    untimed: bool = False
    """Whether it has cancelled its step timer."""

    def __repr__(self) -> str:
        return f"<Task {self.execution.job_id} {self.phase.value} v{self.version}>"

    @property
    def key(self) -> Key:
        """Job id and execution number."""
        return self.execution.key

    def fire(self, step: Step) -> None:
        """Move on; raises ValueError for a step that this phase does not know."""
        if step not in PHASES[self.phase]:
            raise ValueError(f"{self!r} knows no {step.value}; it knows {[each.value for each in PHASES[self.phase]]}")
        self.phase = PHASES[self.phase][step]

    def counted(self, told: int | None, expected: int | None) -> None:
        """An update was accepted: take the told version, else one more than the update named or this task had."""
        self.accepted += 1
        if told is not None:
            self.version = max(told, self.version or 0)
        elif expected is not None:
            self.version = max(expected + 1, self.version or 0)
        elif self.version is not None:
            self.version += 1

    def plain(self, *, keeps_result: bool) -> dict[str, Any]:
        """As stored in the flash."""
        known = self.execution
        result = self.result if keeps_result else None
        return {
            "job": known.job_id,
            "number": known.number,
            "queued": known.queued_at,
            "document": known.document,
            "version": self.version,
            "begun": self.begun,
            "started": self.started,
            "stage": self.stage,
            "result": {"status": result.status, "details": dict(result.details)} if result else None,
        }


def restored(raw: Mapping[str, Any]) -> Task:
    """A task from the flash."""
    known = Execution(
        job_id=raw["job"],
        number=raw["number"],
        status="IN_PROGRESS" if raw["started"] else "QUEUED",
        version=raw["version"],
        document=raw["document"],
        queued_at=raw["queued"],
    )
    result = raw["result"]
    return Task(
        execution=known,
        phase=Phase.PARKED if result else Phase.RESTORED,
        version=raw["version"],
        result=Result(status=result["status"], details=result["details"]) if result else None,
        begun=raw["begun"],
        started=raw["started"],
        stage=raw["stage"],
        restored=True,
    )
