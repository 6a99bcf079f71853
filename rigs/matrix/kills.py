"""What the runs say of a mutant: killed or not, by whom, by which rule or step, and green without the fault. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rigs.agent.mutant import Mutant
from rigs.matrix.trials import PLAIN
from rigs.outcomes import Line

PACKET = re.compile(
    r"\brecords? \d+|\b(PUBLISH|CONNECT|SUBSCRIBE|PUBACK)\b|\w+JobExecutions?\b|/update\b|\bno report\b"
)
CLAUSE = re.compile(r"§|\bprofile\b|\bclause\b|\bMQTT[- ]|\bF\d\d\b|\[.*\]")
MOST_WORDS = 100

Without = str
"""How the own scenario ends without the network's faults, in words."""


def lacks(line: Line) -> list[str]:
    """Which of job, packet and clause an accusation does not name: all three are owed to the device's makers."""
    named = {
        "job": any(job in line.text for job in line.jobs),
        "packet": PACKET.search(line.text) is not None,
        "clause": CLAUSE.search(line.text) is not None,
    }
    return [what for what, is_there in named.items() if not is_there]


def kills(line: Line) -> bool:
    """Whether the line is an accusation of the device; broken and not reached are none."""
    return line.outcome == "failed" and line.error == "DeviceFault"


def by(line: Line) -> str:
    """The rules that were broken and the step that did not end; else the beginning of what was said."""
    step = f"“{line.step}”" if line.step else ""
    told = " and ".join([*line.rules, *filter(None, [step])]) or line.text.partition("\n")[0]
    return told if len(told) <= MOST_WORDS else told[: MOST_WORDS - 1] + "…"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One mutant: `trials` are the lines of its own scenario and of the plain ones, `all` those of a run of everything.

    `clean` are lines of the healthy agent with the faults off: what is red there means nothing without them.
    """

    bug: str
    mutant: Mutant
    trials: Sequence[Line] = ()
    all: Sequence[Line] = ()
    clean: Sequence[Line] = ()

    def __repr__(self) -> str:
        return f"<Row {self.bug} {'killed' if self.killer else 'survives'}>"

    @property
    def own(self) -> str:
        """The scenario that it belongs to."""
        return self.mutant.scenarios[0]

    @property
    def killer(self) -> Line | None:
        """The row of its own scenario that accuses it."""
        return next((line for line in self.trials if line.faults and self.own in line.tags and kills(line)), None)

    @property
    def others(self) -> dict[str, Line]:
        """The first row of each other scenario that accuses it."""
        return {line.id: line for line in reversed(self.all) if kills(line) and self.own not in line.tags}

    @property
    def without(self) -> Without:
        """How the row that kills ends without the network's faults; "" where nobody looked."""
        killer = self.killer
        dry = [line for line in self.trials if not line.faults and killer is not None and line.place == killer.place]
        if killer is None or not dry:
            return ""
        if not killer.armed:
            return "no fault of the network"
        if not dry[0].red:
            return "green" if dry[0].outcome == "passed" else dry[0].outcome
        healthy = next((line for line in self.clean if line.place == killer.place), None)
        if healthy is not None and healthy.red:
            return "red for a healthy agent too"
        return f"red: {self.mutant.unfaulted}" if self.mutant.unfaulted else "red"

    @property
    def unclear(self) -> bool:
        """Whether the healthy agent has to be looked at without the faults."""
        return self.without == "red"

    def problems(self) -> list[str]:
        """What must not be, a sentence each."""
        found = [f"{line.id} “{line.name}” is broken: {by(line)}" for line in self._broken()]
        killer = self.killer
        if killer is None and not self.mutant.survives:
            found.append(f"its own scenario {self.own} does not kill it, and nothing explains why (Mutant.survives)")
        if killer is not None and self.mutant.survives:
            found.append(f"its own scenario {self.own} kills it, but Mutant.survives says: {self.mutant.survives}")
        if killer is not None and (missing := lacks(killer)):
            found.append(f"{self.own} does not name {', '.join(missing)}: {killer.text.partition(chr(10))[0]}")
        if self.unclear:
            found.append(f"{self.own} is red also with the faults off, and nothing explains why (Mutant.unfaulted)")
        return found + [f"the plain {line.id} is red: {by(line)}" for line in self._plain()]

    def _broken(self) -> list[Line]:
        dry_or_not = [line for line in self.trials if line.faults]
        return [line for line in [*dry_or_not, *self.all] if line.outcome == "broken"]

    def _plain(self) -> Iterable[Line]:
        plain = (line for line in [*self.trials, *self.all] if set(PLAIN).intersection(line.tags))
        return [line for line in plain if line.outcome == "failed" and not belongs(line, self.mutant)]


def belongs(line: Line, mutant: Mutant) -> bool:
    """Whether the line is of a scenario that the bug is to turn red."""
    return not set(mutant.scenarios).isdisjoint(line.tags)


def idle(rows: Sequence[Row], scenarios: Iterable[str]) -> list[str]:
    """The scenarios that kill none of the mutants."""
    busy = {row.own for row in rows if row.killer} | {number for row in rows for number in row.others}
    return [number for number in scenarios if number not in busy]
