"""Our own page: what it shows, and that it needs nobody."""

from __future__ import annotations

import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from rigs.errors import UsageFault
from rigs.report import allure3
from rigs.report.page import find, page, report
from rigs.report.results import read

VOID = {"meta", "img", "input", "link", "br"}


class Outline(HTMLParser):
    """Which tags stand open wrongly, and what each test holds."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def html(results: Path) -> str:
    """The page of the run."""
    return page(read(results))


def test_the_page_is_well_formed(html: str) -> None:
    assert Outline(html).open == []


def test_the_page_asks_nobody(html: str) -> None:
    sources = [
        value for _, found in Outline(html).attributes for name, value in found.items() if name in ("src", "href")
    ]
    assert sources
    assert all(str(source).startswith("data:") for source in sources)
    assert not re.search(r"https?://", html)
    assert "default-src 'none'" in html


def test_each_test_is_there_once_with_its_outcome(html: str) -> None:
    tests = [found for tag, found in Outline(html).attributes if tag == "details" and "data-outcome" in found]
    assert sorted(str(each["data-outcome"]) for each in tests) == sorted(
        ["passed"] * 2 + ["skipped"] * 2 + ["failed", "broken", "broken", "broken", "not reached"]
    )
    assert len({each["id"] for each in tests}) == 9
    assert {each["data-outcome"] for each in tests if "open" in each} == {"failed", "broken"}


def test_the_head_counts(html: str) -> None:
    assert "judged 3 · skipped 2 · not reached 1 · broken 3" in html
    assert "<h1>board-7</h1>" in html
    assert "rig bench-1 · firmware 1.2" in html


def test_a_test_tells_its_story(html: str) -> None:
    part = html[
        html.index('<span class="name">The end is device') : html.index('<span class="name">The end is service')
    ]
    for words in (
        "two &lt;versions&gt; &amp; more",
        "<h4>Expected</h4><pre>SUCCEEDED</pre>",
        "data:image/svg+xml;base64,",
        '<td class="marked">2</td>',
        "<b>When</b> it ends with device",
        "&quot;status&quot;: &quot;FAILED&quot;",
        "boot 1 complete",
        "pytest features --rig bench-1",
        "in ends_with",
    ):
        assert words in part, words


def test_the_command_says_where_the_page_is(results: Path, tmp_path: Path) -> None:
    said = report(results, tmp_path / "page.html")
    assert said.splitlines()[:2] == [
        "judged 3 · skipped 2 · not reached 1 · broken 3",
        f"report: {tmp_path / 'page.html'}",
    ]
    assert (tmp_path / "page.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_a_run_folder_will_do(results: Path) -> None:
    assert find(results.parent) == results
    assert find(results) == results


def test_a_folder_without_results_is_a_usage_fault(tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match="no Allure results"):
        report(tmp_path)


def write(folder: Path, name: str, **values: Any) -> None:
    """A result as allure-pytest writes it."""
    (folder / f"{name}-result.json").write_text(json.dumps({"name": name, "status": "passed", **values}))


def test_the_newest_of_a_history_counts(tmp_path: Path) -> None:
    write(tmp_path, "old", status="failed", historyId="h", start=1, stop=2)
    write(tmp_path, "new", historyId="h", start=5, stop=1005)
    write(tmp_path, "other", historyId="i", start=2, stop=3)
    tests = {test.name: test for test in read(tmp_path).tests}
    assert set(tests) == {"new", "other"}
    assert (tests["new"].retries, tests["new"].seconds) == (1, 1.0)


def test_a_result_of_a_plain_test_is_shown_too(tmp_path: Path) -> None:
    write(tmp_path, "test_<x>", labels=[{"name": "suite", "value": "unit"}], attachments=[{"source": "gone.txt"}])
    html = page(read(tmp_path))
    assert "test_&lt;x&gt;" in html
    assert "(the file gone.txt is missing)" in html


def test_a_long_console_shows_its_end(tmp_path: Path) -> None:
    (tmp_path / "c.txt").write_text("begin" + "x" * 30_000 + "end")
    write(tmp_path, "t", attachments=[{"name": "console", "type": "text/plain", "source": "c.txt"}])
    html = page(read(tmp_path))
    assert "xend</pre>" in html
    assert "begin" not in html


def test_the_page_ends_no_script_of_its_own(tmp_path: Path) -> None:
    write(tmp_path, "t", statusDetails={"message": "</script><script>alert(1)</script>"})
    assert page(read(tmp_path)).count("<script>") == 1


def test_allure_settings_sort_by_fault() -> None:
    rules = allure3.settings(Path("out"), Path("h"))["categories"]["rules"]
    assert [rule["matchers"][0]["labels"]["fault of"] for rule in rules] == ["device", "service", "rig", "rig file"]


def test_allure_without_node_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, results: Path, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert shutil.which("npx") is None
    with pytest.raises(UsageFault, match="needs Node 20"):
        report(results, tmp_path / "page.html", allure=True)


def test_scripts_that_ask_others_are_taken_out() -> None:
    html = '<script async src="https://www.googletagmanager.com/x"></script><script>app()</script><script>gtag("js")</script>'
    assert allure3.without_outside(html) == "<script>app()</script>"
