"""`python -m rigs.cloud.page`: writes the tables of docs/cloud.md anew; what stands above the mark is written by hand.

With `--check` it only looks whether they are current.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from rigs.clock import ServiceClock
from rigs.cloud.explain import settings, shown
from rigs.cloud.http import HttpSide
from rigs.cloud.mqttside import ServedJobs
from rigs.cloud.registry import Registry
from rigs.jobs.service import JobsService

PAGE = Path(__file__).parents[2] / "docs" / "cloud.md"
MARK = "<!-- from here on made by `python -m rigs.cloud.page` from the code -->"
TITLES: Mapping[str, str] = {"Jobs": "Switches of the Jobs service", "MQTT": "Limits and switches of the broker"}


def render(page: str) -> str:
    """The page with its tables made anew; raises ValueError when the mark is gone."""
    head, mark, _ = page.partition(MARK)
    if not mark:
        raise ValueError(f"the page has no line {MARK!r}, below which the tables go")
    return "\n".join([f"{head}{MARK}", "", *_operations(), *_settings()])


def played() -> Mapping[str, tuple[str, ...]]:
    """The operations that a local cloud answers, by the name of boto3's client."""
    service, loop = JobsService(), asyncio.new_event_loop()
    try:
        clock = ServiceClock()
        broker = ServedJobs(service, clock, loop)
        side = HttpSide(service=service, now=clock.now, broker=broker, operations=Registry(service.ledger).by_name)
        return side.played
    finally:
        loop.close()


def main(arguments: Sequence[str]) -> int:
    """Write the page, or with --check say whether it is current (1: it is not)."""
    before = PAGE.read_text()
    after = render(before)
    if "--check" in arguments:
        return int(before != after)
    PAGE.write_text(after)
    return 0


def _operations() -> Iterator[str]:
    yield from ["## Operations", "", "| boto3 client | operations |", "|---|---|"]
    for service, names in played().items():
        yield f"| `{service}` | {', '.join(names)} |"
    yield ""


def _settings() -> Iterator[str]:
    for group, title in TITLES.items():
        yield from [f"## {title}", "", "| name | default | or | what it decides | source |", "|---|---|---|---|---|"]
        for one in (one for one in settings() if one.group == group):
            cells = f"`{one.name}`", f"`{shown(one.default)}`", one.alternatives, one.decides, one.source
            yield "| " + " | ".join(cell.replace("|", "\\|").replace("<", "&lt;") for cell in cells) + " |"
        yield ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
