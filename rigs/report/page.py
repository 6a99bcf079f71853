"""Our own report: one self-contained HTML page from an Allure results folder, without Node and without the network."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from html import escape
from importlib.resources import files
from pathlib import Path

from rigs.report import allure3
from rigs.report.parts import pieces, slug
from rigs.report.results import Results, Test, read
from rigs.report.story import SEVERITY, Outcome, last_line

NOTHING_OUTSIDE = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"
"""The page asks nobody for anything; the browser holds it to that."""


def report(results: Path | None = None, output: Path | None = None, *, allure: bool = False) -> str:
    """Make the page; returns where it is and how to make the Allure 3 report. Raises UsageFault without results."""
    folder = find(results)
    target = output or folder.parent / "report.html"
    read_back = read(folder)
    target.write_text(page(read_back), encoding="utf-8")
    lines = [f"{last_line(read_back.counts)}", f"report: {target}"]
    if allure:
        lines.append(f"Allure 3 report: {allure3.make(folder, folder.parent / 'allure-report')}")
    elif shutil.which("npx"):
        lines.append(f"Allure 3 report: jobrig report {folder} --allure, or {allure3.command_line(folder)}")
    return "\n".join(lines)


def find(results: Path | None) -> Path:
    """The folder with the results: as given, its `allure` folder, or that of the newest run."""
    given = results or Path("results/latest")
    inner = given / "allure"
    return inner if inner.is_dir() else given


def page(results: Results) -> str:
    """The whole page."""
    style, script = (
        files("rigs.report").joinpath(name).read_text(encoding="utf-8") for name in ("page.css", "page.js")
    )
    title = escape(f"jobrig: {last_line(results.counts)}")
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{NOTHING_OUTSIDE}"><title>{title}</title>
<style>{style}</style></head><body>
<header>{"".join(_header(results))}</header>
<main>{_nav(results)}{"".join(_sections(results))}<p class="nothing" hidden>No scenario is like that.</p></main>
<footer>Made by jobrig from {len(results.tests)} Allure results.</footer>
<script>{script}</script></body></html>
"""


def _header(results: Results) -> Iterator[str]:
    about = {name: _one(results, name) for name in ("rig", "device", "firmware")}
    yield f"<h1>{escape(about['device'] or 'AWS IoT Jobs')}</h1>"
    under = " · ".join(f"{name} {value}" for name, value in about.items() if value and name != "device")
    yield f'<p class="under">{escape(under)}</p>' if under else ""
    yield f'<p class="last">{escape(last_line(results.counts))}</p>'
    yield f'<div class="bar" role="img" aria-label="{escape(last_line(results.counts))}">'
    yield from (
        f'<i class="{slug(word)}" style="flex:{results.counts[word]}" title="{word} {results.counts[word]}"></i>'
        for word in _present(results)
    )
    yield "</div>"
    if results.environment:
        pairs = "".join(
            f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in results.environment.items()
        )
        yield f'<details class="file"><summary>Tested with</summary><dl>{pairs}</dl></details>'


def _one(results: Results, name: str) -> str:
    values = dict.fromkeys(str(test.story[name]) for test in results.tests if test.story.get(name))
    return ", ".join(values)


def _present(results: Results) -> list[Outcome]:
    return [word for word in SEVERITY if results.counts[word]]


def _nav(results: Results) -> str:
    choices = [("", "All", len(results.tests))]
    choices += [(word, word.capitalize(), results.counts[word]) for word in _present(results)]
    buttons = "".join(
        f'<button class="{slug(word)}" data-outcome="{word}">{label} <b>{count}</b></button>'
        for word, label, count in choices
    )
    search = '<input type="search" placeholder="Title, tag or sentence" aria-label="Filter">'
    return f'<nav>{buttons}{search}<button class="all">Open or close all</button></nav>'


def _sections(results: Results) -> Iterator[str]:
    for feature, rules in results.by_feature().items():
        first = next(iter(rules.values()))[0]
        about = escape(str(first.story.get("feature_description", "")))
        yield f'<section><h2>{escape(feature)}</h2><p class="about">{about}</p>'
        for rule, tests in rules.items():
            heading = f"<h3>{escape(rule)}</h3>" if rule else ""
            yield f'<div class="rule">{heading}{"".join(map(_test, tests))}</div>'
        yield "</section>"


def _test(test: Test) -> str:
    words = escape(" ".join([test.name, test.feature, test.rule, *test.tags, test.sentence]).lower())
    tags = "".join(f'<span class="tag">{escape(tag)}</span>' for tag in test.tags)
    hint = f'<span class="hint">{escape(test.sentence.splitlines()[0])}</span>' if test.sentence else ""
    is_open = " open" if test.outcome in ("failed", "broken") else ""
    return (
        f'<details class="test {slug(test.outcome)}" id="{test.identity}" data-outcome="{test.outcome}" '
        f'data-words="{words}"{is_open}><summary><span class="word">{test.outcome}</span>'
        f'<span class="name">{escape(test.name)}</span>{tags}<span class="time">{test.seconds:.1f} s</span>{hint}'
        f'</summary><div class="inside">{"".join(pieces(test))}</div></details>'
    )
