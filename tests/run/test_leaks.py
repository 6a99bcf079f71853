"""A rig that was opened and closed leaves nothing: no thread, descriptor, process or lock."""

from __future__ import annotations

import gc
import os
import threading
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from rigs.course import Course
from rigs.description import find, load
from rigs.frame import Frame
from rigs.judging import judge
from rigs.rig import Options, open_rig


class Held(NamedTuple):
    """What this process holds."""

    threads: list[str]
    descriptors: Counter[str]
    children: list[str]


def held() -> Held:
    """As it is now; sockets and pipes are counted, their numbers differ."""
    gc.collect()
    own = Path("/proc/self/fd")
    links = [os.readlink(own / name) for name in os.listdir(own) if (own / name).is_symlink()]
    kinds = Counter(link.partition(":")[0] if ":[" in link else link for link in links)
    children = [(task / "children").read_text() for task in Path("/proc/self/task").iterdir()]
    return Held(sorted(thread.name for thread in threading.enumerate()), kinds, "".join(children).split())


def use(name: str, results: Path) -> float:
    """Open a rig, judge a scenario on it, close it; its loop's longest turn."""
    rig = open_rig(load(find(name, results)), Options(results=results, root=results))
    try:
        course = Course(rig=rig)
        frame = Frame(rig=rig, name="leaks", id="S000", course=course)
        frame.arrange()
        course.does(course.queue(course.plan("succeeds")))
        assert judge(frame.close(None)) is None
    finally:
        rig.close()
    return rig.longest_turn


@pytest.mark.parametrize("name", ["embedded", "embedded-ssh"])
def test_a_rig_gives_back_all_that_it_took(name: str, tmp_path: Path) -> None:
    use(name, tmp_path / "first")
    before = held()
    assert use(name, tmp_path / "second") > 0, "how late the loop was is known, and judged elsewhere"
    assert held() == before


def test_a_closed_rig_is_free_for_others_at_once(tmp_path: Path) -> None:
    options = Options(results=tmp_path, root=tmp_path)
    description = load(find("embedded", tmp_path))
    for _ in range(2):
        rig = open_rig(description, options)
        assert rig.cloud.now() > 0
        assert rig.come_to_rest() == ""
        rig.operator.clear(timedelta(seconds=5))
        rig.close()
        assert sorted(path.name for path in (tmp_path / ".jobrig").iterdir()) == ["embedded"]
