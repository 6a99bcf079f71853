"""How a run ends: the exit code says whose fault it was, the last line counts, the files lie where they belong."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.run.inner import GOOD, Ended, Repository, together

BAD = """
    @S001 @F01
    Scenario: bad
      When a "succeeds" job is queued for the device
      Then the device is at fault
"""
LACKS = """
    @S002
    Scenario: lacks
      When a "restarts" job is queued for the device
      Then the job is done soon
"""
ASLEEP = """
    @S003
    Scenario: not arisen
      Given the answers to reports of progress are held up
      When a "succeeds" job is queued for the device
      Then the job execution ends as SUCCEEDED
"""
MUST_RIG = """
[rig]
name = "must"
like = "bench"
must_judge = ["S009", "@F01"]
"""

RUNS: dict[str, tuple[str, ...]] = {
    "good, two workers": ("-m", "S009 or S002", "-n", "2"),
    "bad": (),
    "bad, two workers": ("-n", "2"),
    "lacks, two workers": ("-m", "S002", "-n", "2"),
    "must": ("-m", "S009 or S001", "--must-judge", "F01", "--alluredir", "elsewhere"),
    "must not judged": ("-m", "S009 or S002", "--must-judge", "S002", "-n", "2"),
    "must of the rig file": ("-m", "S009", "--rig", "must"),
}


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """One repository for all runs: they use rigs of their own at the same time."""
    made = Repository(tmp_path_factory.mktemp("codes"))
    made.feature(GOOD, BAD, LACKS, ASLEEP)
    made.write("rigs/must.toml", MUST_RIG)
    return made


@pytest.fixture(scope="module")
def runs(repository: Repository) -> dict[str, Ended]:
    """All runs, by what they are about; the one of the name "bad" leaves its files where the product puts them."""
    calls = [
        lambda name=name, words=words: repository.pytest(
            "features", *words, results="" if name == "bad" else name.replace(" ", "-")
        )
        for name, words in RUNS.items()
    ]
    return dict(zip(RUNS, together(*calls), strict=True))


@pytest.mark.parametrize(
    ("name", "code", "counts"),
    [
        ("good, two workers", 0, (1, 1, 0, 0)),
        ("bad", 1, (2, 1, 1, 0)),
        ("bad, two workers", 1, (2, 1, 1, 0)),
        ("lacks, two workers", 11, (0, 1, 0, 0)),
        ("must", 1, (2, 0, 0, 0)),
        ("must not judged", 10, (1, 1, 0, 0)),
        ("must of the rig file", 10, (1, 0, 0, 0)),
    ],
)
def test_a_run_ends_with_its_code_and_its_counts(
    runs: dict[str, Ended], name: str, code: int, counts: tuple[int, int, int, int]
) -> None:
    assert (runs[name].code, runs[name].counts) == (code, counts), runs[name].text


def test_a_must_that_was_not_judged_is_named(runs: dict[str, Ended]) -> None:
    assert "must be judged and was not: S002" in runs["must not judged"].text
    assert "must be judged and was not: @F01" in runs["must of the rig file"].text
    assert "must be judged" not in runs["must"].text


def test_a_skip_says_what_is_missing_and_a_case_that_did_not_arise_why(runs: dict[str, Ended]) -> None:
    told = (runs["bad"].results / "junit.xml").read_text()
    assert "the profile has no job of the kind &#x27;restarts&#x27;: [profile.jobs.restarts]" in told or (
        "the profile has no job of the kind 'restarts': [profile.jobs.restarts]" in told
    )
    assert "not reached: the device sent no report of progress in time" in told


def test_a_run_leaves_its_files_in_a_folder_of_its_time(repository: Repository, runs: dict[str, Ended]) -> None:
    (folder,) = [path for path in (repository.folder / "results").iterdir() if not path.is_symlink()]
    assert (repository.folder / "results" / "latest").resolve() == folder
    assert {path.name for path in folder.iterdir()} >= {"allure", "junit.xml", "trace-bench.jsonl", "console-bench.log"}
    assert len(list((folder / "allure").glob("*-result.json"))) == 4
    assert runs["bad"].words == {"bad": "failure", "good": "passed", "lacks": "skipped", "not arisen": "skipped"}
    assert [verdict.outcome for verdict in runs["bad"].verdicts.values()] == ["passed", "failed", "not reached"]


def test_results_and_alluredir_say_where_the_files_go(repository: Repository, runs: dict[str, Ended]) -> None:
    names = {path.name for path in runs["must"].results.iterdir()}
    assert names == {"junit.xml", "verdicts.jsonl", "trace-bench.jsonl", "console-bench.log"}
    assert len(list((repository.folder / "elsewhere").glob("*-result.json"))) == 2


def test_each_worker_has_a_rig_and_a_trace_of_its_own(runs: dict[str, Ended]) -> None:
    run = runs["bad, two workers"]
    assert [path.name for path in run.traces] == ["trace-bench-gw0.jsonl", "trace-bench-gw1.jsonl"]
    assert {name: verdict.outcome for name, verdict in run.verdicts.items()} == {
        "S009": "passed",
        "S001": "failed",
        "S003": "not reached",
    }


def test_a_failing_test_of_another_kind_is_not_hidden_by_good_scenarios(tmp_path: Path) -> None:
    made = Repository(tmp_path)
    made.feature(LACKS)
    made.write("features/test_other.py", "def test_other():\n    assert 1 == 2\n")
    run = made.pytest("features")
    assert (run.code, run.counts) == (1, (0, 1, 0, 0))


def test_more_workers_than_rigs_are_refused_by_name(tmp_path: Path) -> None:
    made = Repository(tmp_path)
    made.feature(GOOD)
    made.write("rigs/single.toml", '[rig]\nname = "single"\nlike = "bench"\nmultiply = false\n')
    run = made.pytest("features", "-n", "2", rig="single")
    assert run.code == 4
    assert "-n 2: more workers than rigs (single); leave -n away or give one rig each" in run.text


def test_looking_at_what_there_is_leaves_no_results(tmp_path: Path) -> None:
    made = Repository(tmp_path)
    made.feature(GOOD)
    run = made.pytest("features", "--collect-only", "-q", results="")
    assert (run.code, "features/bench.feature::good" in run.text) == (0, True)
    assert not (tmp_path / "results").exists()
