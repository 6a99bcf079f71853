"""The fixtures that steps use: the rig of the run, and the course of the scenario."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rigs.course import Course
from rigs.frame import Frame
from rigs.language import CASE
from rigs.outcomes import Trial
from rigs.rig import Options, Rig, open_rig
from rigs.run import RUN

FRAME: pytest.StashKey[Frame] = pytest.StashKey()


@pytest.fixture(scope="session")
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    """The rig of the run, opened when the first scenario needs it; with --bugs one for each trial."""
    run = request.config.stash[RUN]
    trial: Trial | None = getattr(request, "param", None)
    options = Options(
        results=run.results,
        root=run.root,
        suffix=run.suffix + (trial.suffix if trial is not None else ""),
        bug=trial.bug if trial is not None else request.config.getoption("bug"),
        faults=trial.faults if trial is not None else request.config.getoption("faults") == "on",
        seed=run.seed,
    )
    opened = open_rig(run.described(trial.habits if trial is not None else ()), options)
    run.rig = opened
    yield opened
    run.longest_turn = max(run.longest_turn, opened.longest_turn)
    opened.close()


@pytest.fixture
def course(request: pytest.FixtureRequest, rig: Rig) -> Course:
    """The course of this scenario, arranged: no fault armed, queue empty, device at rest."""
    if rig.stuck:
        pytest.skip(rig.stuck)
    return begin(request.node, rig)


def begin(item: pytest.Item, rig: Rig, round: int = 1) -> Course:
    """Arrange a round of a scenario; raises the rig's doubts.

    What it leaves to chance hangs on the run's seed, the scenario and the round alone, not on what ran before or where.
    """
    case = item.stash[CASE]
    rig.chance.seed(f"{item.config.stash[RUN].seed} {case.file.name} {item.name} {round}")
    frame = Frame(rig=rig, name=case.scenario, id=case.identity, course=Course(rig=rig))
    item.stash[FRAME] = frame
    frame.arrange()
    return frame.course


def arranged(item: pytest.Item) -> Course:
    """The course of a scenario that is being set up."""
    assert isinstance(item, pytest.Function)
    found: Course = item._request.getfixturevalue("course")
    return found
