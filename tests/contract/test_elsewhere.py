"""The same rows against AWS IoT Core (-m aws) and a second emulator (-m emulator).

Each run writes what it saw to results/contract-<place>.jsonl; `python -m tests.contract.page FILE` takes it into
docs/fidelity.md. Open points are recorded, not judged: that is how AWS settles a switch.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.contract.allrows import ROWS
from tests.contract.ministack import lacking_for_emulator
from tests.contract.opinion import Opinion, ask, kept, reason, waits
from tests.contract.page import STORED
from tests.contract.row import Place, Row
from tests.contract.targets import Target, lacking_for_aws

LACKING: dict[Place, Callable[[], str | None]] = {"aws": lacking_for_aws, "emulator": lacking_for_emulator}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Rows only when the place was asked for and is there; otherwise one skip that says what is missing."""
    place: Place = "aws" if "aws" in metafunc.function.__name__ else "emulator"
    wanted = place in str(metafunc.config.getoption("-m"))
    lacking = LACKING[place]() if wanted else f"asked for with -m {place} only"
    cases = [] if lacking else [_case(row, version, place) for row in ROWS for version in row.versions]
    missing = pytest.param(None, 0, marks=pytest.mark.skip(reason=lacking or ""), id="not-here")
    metafunc.parametrize(("row", "version"), cases or [missing])


def _case(row: Row, version: int, place: Place) -> object:
    why = reason(row, place)
    marks = [pytest.mark.skip(reason=why)] if why else [pytest.mark.slow] if waits(row) else []
    return pytest.param(row, version, marks=marks, id=f"{row.id}{f'-mqtt{version}' if version else ''}")


@pytest.mark.aws
def test_aws_does_what_the_row_says(row: Row, version: int, aws: Target, opinions: list[Opinion]) -> None:
    """A row that is only assumed ("?"), or open, is recorded and not judged."""
    opinion = ask(aws, row, version)
    opinions.append(opinion)
    if row.open is None and row.trust != "?":
        assert opinion.verdict == "agrees", opinion.text


@pytest.mark.emulator
def test_the_emulator_does_what_is_written_down(
    row: Row, version: int, emulator: Target, opinions: list[Opinion]
) -> None:
    """Its disagreements are known: tests/contract/emulator.jsonl and docs/fidelity.md."""
    opinion = ask(emulator, row, version)
    opinions.append(opinion)
    known = kept(STORED).get((row.id, version))
    assert known is not None, f"{row.id} is new: take results/contract-emulator.jsonl in"
    assert known.verdict == opinion.verdict, f"it used to be {known}; now {opinion.text}"
