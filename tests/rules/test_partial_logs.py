"""Logs that have only a part of the talk: a healthy device looks good in each, and a wrong that is there is found."""

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rigs.rules.offline import Linted, findings, lint
from rigs.rules.table import RULES
from rigs.trace.records import Packet
from rigs.trace.tape import Tape
from tests.rules.conversations import Habits, Talk, every_habit
from tests.rules.seeds import Seed
from tests.rules.seeds_of_words import SEEDS
from tests.trace import logs

Line = dict[str, Any]
Cut = Callable[[list[Line]], list[Any]]


def mosquitto(packet: Packet) -> Line:
    """A message as `mosquitto_sub -F %j` writes it."""
    payload = json.dumps(packet.payload)
    stamp = f"2026-11-23T20:{int(packet.at // 60) % 60:02}:{packet.at % 60:09.6f}Z+0000"
    rest = {"qos": packet.qos, "retain": 0, "payloadlen": len(payload.encode()), "payload": payload}
    return {"tst": stamp, "topic": packet.topic, **rest}


def only(*words: str) -> Cut:
    """What one with these subscriptions sees."""
    return lambda lines: [line for line in lines if any(word in str(line["topic"]) for word in words)]


def every_third_is_broken(lines: list[Line]) -> list[Any]:
    return [json.dumps(line)[:40] if number % 3 == 2 else line for number, line in enumerate(lines)]


def whole_seconds(lines: list[Line]) -> list[Any]:
    return [{**line, "ts": int(line["ts"] // 1000)} if "ts" in line else line for line in lines]


CUTS: dict[str, Cut] = {
    "whole": lambda lines: list(lines),
    "updates and their answers": only("/update"),
    "requests": lambda lines: [line for line in lines if str(line["topic"]).rpartition("/")[2] in ("update", "get")],
    "what the device is told": only("accepted", "rejected", "notify"),
    "no notices": only("/update", "/get", "start-next"),
    "no answers": lambda lines: [line for line in lines if "ed" not in str(line["topic"])[-8:]],
    "from the middle on": lambda lines: lines[len(lines) // 3 :],
    "broken lines": every_third_is_broken,
    "whole seconds": whole_seconds,
    "without dup": lambda lines: [{name: value for name, value in line.items() if name != "dup"} for line in lines],
}
WRITERS: dict[str, Callable[[Packet], Line]] = {
    "device": logs.device_line,
    "subscriber": logs.subscriber_line,
    "mosquitto": mosquitto,
}


def healthy() -> Iterator[tuple[Habits, Tape]]:
    for habits in every_habit(50, seed=5):
        talk = Talk(habits)
        for job in ("A", "B"):
            talk.job(job)
        yield habits, talk.tape


HEALTHY = list(healthy())


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("cut", CUTS)
def test_a_healthy_device_looks_good_in_every_part(cut: str, writer: str, tmp_path: Path) -> None:
    for habits, tape in HEALTHY:
        lines = CUTS[cut]([WRITERS[writer](packet) for packet in logs.messages(tape)])
        out = io.StringIO()
        code = lint([logs.lines(tmp_path / "log.jsonl", lines)], out)
        assert (code in (0, 11), "0 violations, 0 remarks" in out.getvalue()) == (True, True), (habits, out.getvalue())


SEEN_BY_ALL = {"I1", "I2", "I3", "I4", "I10", "I14"}
NEEDS_LINKS = {"I5", "I11", "I12", "I13"}
NOT_IN_A_LOG = {"I2-a-job-never-given", "I1-no-JSON"}  # given before the log began; not to be told from a cut payload
NEEDS_DIRECTION = {"I2-another-thing", "I2-no-request", "I14-topic", "I14-slashes"}
HIDDEN = NOT_IN_A_LOG | NEEDS_DIRECTION
OF_A_WORD = {rule for rule, row in RULES.items() if row.declared}  # a log has no profile


def found(seed: Seed, writer: Callable[[Packet], Line], path: Path) -> set[tuple[str, str]]:
    talk = Talk(Habits(qos=0))
    talk.job("A")
    seed.sow(talk)
    _, file, _ = logs.taken(logs.log(path / "log.jsonl", talk.tape, writer))
    return {(finding.rule, finding.severity) for _, finding in findings(file, Linted())}


@pytest.mark.parametrize(
    "seed",
    [seed for seed in SEEDS if seed.rule not in NEEDS_LINKS | OF_A_WORD and str(seed) not in NOT_IN_A_LOG],
    ids=str,
)
def test_a_devices_own_log_shows_its_wrongs(seed: Seed, tmp_path: Path) -> None:
    assert (seed.rule, seed.severity) in found(seed, logs.device_line, tmp_path)


@pytest.mark.parametrize(
    "seed",
    [seed for seed in SEEDS if seed.rule in SEEN_BY_ALL and str(seed) not in HIDDEN],
    ids=str,
)
@pytest.mark.parametrize("writer", [logs.subscriber_line, mosquitto])
def test_a_subscriber_sees_what_is_wrong_in_itself(
    seed: Seed, writer: Callable[[Packet], Line], tmp_path: Path
) -> None:
    assert (seed.rule, seed.severity) in found(seed, writer, tmp_path)
