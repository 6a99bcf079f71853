"""The ways to choose scenarios, on the features that ship and on the rig."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.run.inner import ROOT, Ended, Repository, together

START = ROOT / "features" / "02_start.feature"
TITLE = "The start is reported before the work begins"
WAITS = "The work waits for the answer to the start"


def line_of(title: str) -> int:
    """Where a scenario begins in its file."""
    lines = START.read_text().splitlines()
    return 1 + next(number for number, line in enumerate(lines) if line.strip() == f"Scenario: {title}")


RUNS: dict[str, tuple[str, ...]] = {
    "name and line": (f"{START}::{TITLE}", f"{START}:{line_of(WAITS) + 2}"),
    "row": (f"{START}::Every start is refused with <code>[InternalError]",),
    "mark": ("-m", "S035", str(ROOT / "features")),
    "word": ("-k", "twice and announcement", str(ROOT / "features")),
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ended]:
    """All runs, from a repository of the user's own."""
    made = Repository(tmp_path_factory.mktemp("selection"))
    calls = [
        lambda name=name, words=words: made.pytest("-p", "no:cacheprovider", *words, rig="embedded", results=name)
        for name, words in RUNS.items()
    ]
    return dict(zip(RUNS, together(*calls), strict=True))


def test_by_name_and_by_line(runs: dict[str, Ended]) -> None:
    assert (runs["name and line"].code, set(runs["name and line"].words)) == (0, {TITLE, WAITS})


def test_by_row(runs: dict[str, Ended]) -> None:
    assert runs["row"].words == {"Every start is refused with <code>[InternalError]": "passed"}


@pytest.mark.parametrize("name", ["mark", "word"])
def test_by_mark_and_by_word(runs: dict[str, Ended], name: str) -> None:
    run = runs[name]
    judged, *_, broken = run.counts
    assert (run.code, judged >= 1, broken) == (0, True, 0), run.text
    assert len(run.words) < 10


def test_by_what_failed_last(tmp_path: Path) -> None:
    made = Repository(tmp_path)
    cache, feature = ("-o", f"cache_dir={tmp_path / 'cache'}"), str(ROOT / "features" / "05_version_mismatch.feature")
    first = made.pytest(feature, *cache, "-k", "faster", "--bug", "F03", rig="embedded")
    failed = {name for name, word in first.words.items() if word == "failure"}
    assert (first.code, bool(failed)) == (1, True), first.text
    again = made.pytest(feature, *cache, "--lf", rig="embedded", results="again")
    assert (again.code, set(again.words)) == (0, failed), again.text
