"""Healthy but odd: logs as people really have them. Nobody is accused, nothing breaks, a wrong is still found."""

import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from rigs.rules.offline import lint
from rigs.trace.records import Packet
from tests.rules.conversations import Habits, Talk, every_habit, written
from tests.rules.test_partial_logs import WRITERS
from tests.trace import logs

Line = dict[str, Any]
HEALTHY = list(every_habit(50, seed=9))[::4]


def text(lines: list[Line]) -> bytes:
    return "".join(f"{json.dumps(line)}\n" for line in lines).encode()


def swapped(lines: list[Line]) -> list[Line]:
    """Neighbours have changed places: the times go back and forth."""
    mixed = list(lines)
    for at in range(0, len(mixed) - 1, 5):
        mixed[at], mixed[at + 1] = mixed[at + 1], mixed[at]
    return mixed


def of_two_things(lines: list[Line]) -> list[Line]:
    other = json.loads(json.dumps(lines).replace("bench-7", "bench-8"))
    return [line for pair in zip(lines, other, strict=True) for line in pair]


def lost(lines: list[Line]) -> list[Line]:
    """Lines are not there, and nothing says so."""
    rng = Random(4)
    return [line for line in lines if rng.random() > 0.25]


def without_stamps(lines: list[Line]) -> list[Line]:
    """The service's stamps are null, the notices list nothing under every status."""
    said = (
        json.dumps(lines)
        .replace('"timestamp": 1', '"timestamp": null')
        .replace('\\"timestamp\\": 1', '\\"timestamp\\": null')
    )
    return list(json.loads(said.replace('"jobs": {}', '"jobs": {"QUEUED": [], "IN_PROGRESS": []}')))


def with_telemetry(lines: list[Line]) -> list[Line]:
    """What else a device says, retained messages, MQTT 5 properties, members of the program's own."""
    beside = {name: value for name, value in lines[0].items() if name not in ("topic", "payload", "payloadlen")}
    extra = [{**beside, "topic": f"dt/{n}", "payload": "21.5", "payloadlen": 4} for n in range(3)]
    props = {"properties": {"userProperties": [["a", "b"]], "topicAlias": 3}, "level": "info", "msg": "mqtt"}
    return [*extra, *({**line, **props, "retain": 0} for line in lines), *extra]


STORED: dict[str, Callable[[bytes], bytes]] = {
    "byte order mark": lambda data: b"\xef\xbb\xbf" + data,
    "CRLF": lambda data: data.replace(b"\n", b"\r\n"),
    "UTF-16": lambda data: data.decode().encode("utf-16"),
    "gzip": gzip.compress,
    "two gzips": lambda data: gzip.compress(data[:500]) + gzip.compress(data[500:]),
    "gzip of UTF-16": lambda data: gzip.compress(data.decode().encode("utf-16")),
    "torn": lambda data: data[:-30],
    "a heading": lambda data: b"# my log\n\nstarted\n" + data,
    "empty lines": lambda data: data.replace(b"\n", b"\n\n"),
    "no last line feed": lambda data: data[:-1],
}
WRITTEN: dict[str, Callable[[list[Line]], list[Line]]] = {
    "swapped": swapped,
    "two things": of_two_things,
    "every line twice": lambda lines: [line for line in lines for _ in (1, 2)],
    "lines lost": lost,
    "from the middle to the middle": lambda lines: lines[7:-5],
    "no stamps": without_stamps,
    "with telemetry": with_telemetry,
    "one thing spelt oddly": lambda lines: json.loads(json.dumps(lines).replace("bench-7", "a:b_C-%")),
}


def linted(path: Path, data: bytes) -> tuple[int, str]:
    path.write_bytes(data)
    out = io.StringIO()
    return lint([path], out), out.getvalue()


def lines_of(habits: Habits, writer: Callable[[Packet], Line], wrong: bool = False) -> list[Line]:
    talk = Talk(habits)
    for job in ("A", "-_9:x", "0"):
        talk.job(job)
    if wrong:
        talk.queued("S")
        talk.report("S", {"status": "DONE"})
    return [writer(packet) for packet in logs.messages(talk.tape)]


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("stored", STORED)
def test_a_log_is_read_however_it_was_stored(stored: str, writer: str, tmp_path: Path) -> None:
    for habits in HEALTHY:
        code, said = linted(tmp_path / "log", STORED[stored](text(lines_of(habits, WRITERS[writer]))))
        assert (code, "0 violations, 0 remarks" in said) == (0, True), said
        code, said = linted(tmp_path / "log", STORED[stored](text(lines_of(habits, WRITERS[writer], wrong=True))))
        assert (code, "I3 violation" in said) == (1, True), said


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("way", WRITTEN)
def test_nobody_is_accused_of_what_the_writer_did(way: str, writer: str, tmp_path: Path) -> None:
    for habits in HEALTHY:
        lines = lines_of(habits, WRITERS[writer])
        code, said = linted(tmp_path / "log", text(WRITTEN[way](lines)))
        assert (code, " violation: " in said, " remark: " in said) == (0, False, False), (str(habits), said)


def test_each_thing_of_a_log_is_judged_by_itself(tmp_path: Path) -> None:
    good = lines_of(HEALTHY[0], logs.device_line)
    bad = lines_of(HEALTHY[0], logs.device_line, wrong=True)
    other = json.loads(json.dumps(bad).replace("bench-7", "bench-8"))
    code, said = linted(tmp_path / "log", text([*good, *other]))
    assert code == 1
    assert f"{tmp_path / 'log'} (bench-7): 0 violations" in said
    assert f"{tmp_path / 'log'} (bench-8): 1 violations" in said


def test_a_gzip_that_was_cut_off_gives_what_there_is(tmp_path: Path) -> None:
    whole = gzip.compress(text(lines_of(HEALTHY[0], logs.device_line)))
    code, said = linted(tmp_path / "log.gz", whole[:-60])
    assert (code, "0 violations" in said) == (0, True)


def test_a_damaged_gzip_says_so(tmp_path: Path) -> None:
    code, said = linted(tmp_path / "log.gz", b"\x1f\x8b" + b"\x00" * 40)
    assert (code, "a damaged gzip file" in said) == (4, True)


def test_a_trace_is_read_packed_too(tmp_path: Path) -> None:
    talk = Talk(HEALTHY[0])
    talk.job("A")
    data = written(tmp_path / "t.jsonl", talk.tape).read_bytes()
    assert linted(tmp_path / "t.jsonl.gz", gzip.compress(data))[0] == 0


@pytest.mark.parametrize("bad", ['{"ts": 1', "[1, 2]", '{"ts": "soon", "dir": "in", "topic": "a", "payload": "{}"}'])
def test_a_bad_line_is_named(bad: str, tmp_path: Path) -> None:
    lines = [json.dumps(line) for line in lines_of(HEALTHY[0], logs.device_line)]
    _, said = linted(tmp_path / "log.jsonl", "\n".join([*lines[:6], bad, *lines[6:], ""]).encode())
    assert said.startswith("log.jsonl:7: expected "), said
    assert "0 violations, 0 remarks" in said
