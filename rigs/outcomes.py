"""verdicts.jsonl: a line for each scenario of a run, written as it ends; what other programs read of a run.

Lines are written one by one, so a run that is killed leaves those that it had. A scenario whose tear-down breaks has
two lines, of which the later stands.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from rigs.frame import Frame
from rigs.language import Case
from rigs.report.story import Outcome
from rigs.trace.records import AnyRecord, Fault, Packet, Step

NAME = "verdicts.jsonl"
MOST_TEXT = 20_000


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What the frame of a scenario knew when it was judged.

    `step` is the step that did not end, "" where all did; `rules` those that were broken; `armed` whether the
    network was to do something of its own; `rounds` how many of several were green, in words.
    """

    step: str = ""
    rules: list[str] = []
    jobs: list[str] = []
    armed: bool = False
    rounds: str = ""


class Line(Judged, frozen=True, kw_only=True, omit_defaults=True):
    """One scenario, or one row of an outline, at the `place` file:line.

    `error` is the class of what ended it, `text` its whole message; `bug` and `faults` are those of --bug and --faults.
    """

    id: str
    name: str
    outcome: Outcome
    tags: list[str]
    place: str = ""
    error: str = ""
    text: str = ""
    bug: str = ""
    faults: bool = True
    seconds: float = 0.0

    @property
    def red(self) -> bool:
        """Whether it was not as it should be: the device at fault, or the rig in doubt."""
        return self.outcome in ("failed", "broken")


JUDGED: pytest.StashKey[Judged] = pytest.StashKey()


class Trial(msgspec.Struct, frozen=True):
    """With which bug of the reference agent ("" for none) a scenario runs, and whether the network's faults act.

    `habits` are words of the profile (`word=value`) that the agent has besides those of the rig file.
    """

    bug: str
    faults: bool = True
    habits: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.bug if self.faults else f"{self.bug} faults off"

    @property
    def suffix(self) -> str:
        """For names of files."""
        return "-" + str(self).replace("/", "-").replace(" ", "-")


def trial_of(item: pytest.Item) -> Trial:
    """The trial that an item was made for (--bugs), else that of the whole run."""
    made = getattr(item, "callspec", None)
    option = item.config.getoption
    whole = Trial(option("bug") or "", option("faults") == "on")
    return whole if made is None else made.params.get("rig", whole)


def judged(frame: Frame) -> Judged:
    """What there is to say of a scenario that has been closed."""
    records = frame.rig.trace.since(frame.course.since)
    steps = [record for record in records if isinstance(record, Step)]
    return Judged(
        step=steps[-1].text if steps and steps[-1].event != "end" else "",
        rules=list(dict.fromkeys(text.partition(":")[0] for text in frame.violations)),
        jobs=[job.id for job in frame.course.jobs if job.mark is not None],
        armed=any(map(_spoils, records)),
    )


def _spoils(record: AnyRecord) -> bool:
    """A fault was armed, or a packet sent that is the tap's own: what `--faults off` leaves undone."""
    if isinstance(record, Packet):
        return bool(record.by)
    return isinstance(record, Fault) and record.event == "armed"


def line(item: pytest.Item, case: Case, outcome: Outcome, error: BaseException | None, seconds: float) -> Line:
    """The line of a scenario that has ended with this error."""
    trial = trial_of(item)
    told = msgspec.structs.asdict(item.stash.get(JUDGED, Judged()))
    return Line(
        id=case.identity,
        name=item.name,
        outcome=outcome,
        place=f"{case.file.name}:{case.line}",
        tags=sorted(case.tags),
        error="" if error is None else type(error).__name__,
        text="\n".join([str(error), *getattr(error, "__notes__", ())])[:MOST_TEXT] if error is not None else "",
        bug=trial.bug,
        faults=trial.faults,
        seconds=round(seconds, 3),
        **told,
    )


def write(folder: Path, told: dict[str, Any]) -> None:
    """Append a line as a report carries it."""
    with (folder / NAME).open("ab") as file:
        file.write(msgspec.json.encode(told) + b"\n")


def read(folder: Path) -> list[Line]:
    """The lines of a run's folder, one for each scenario; a last line that is not whole is left out."""
    path = folder / NAME
    whole = path.read_bytes().splitlines(keepends=True) if path.exists() else []
    found = [msgspec.json.decode(text, type=Line) for text in whole if text.endswith(b"\n")]
    return list({(each.place, each.bug, each.faults): each for each in found}.values())
