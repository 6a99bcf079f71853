"""What the device hears once more is what it heard, and not what the trace may show of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from rigs.heard import Heard
from rigs.network import Network
from rigs.tap.armory import Armed, Fault
from rigs.trace.records import Header, Packet
from rigs.trace.store import Trace
from rigs.trace.tape import execution

TOPIC = "$aws/things/bench-7/jobs/notify-next"
SIGNATURE = "0123456789abcdef" * 4
URL = f"https://files.example/a.bin?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature={SIGNATURE}"
BODY = {"timestamp": 1, "execution": execution("A", jobDocument={"url": URL})}


@dataclass
class Tap:
    """Only speaks."""

    spoken: list[tuple[str, Any]] = field(default_factory=list)

    def arm(self, fault: Fault) -> Armed:
        raise NotImplementedError

    def lift_all(self) -> None:
        raise NotImplementedError

    def inject(self, topic: str, payload: dict[str, Any] | bytes, qos: int = 1) -> int:
        self.spoken.append((topic, payload))
        return len(self.spoken)


@pytest.fixture
def trace(tmp_path: Path) -> Iterator[Trace]:
    trace = Trace(Header(), tmp_path / "trace.jsonl")
    trace.append(Packet(link="device", way="down", type="PUBLISH", topic=TOPIC, payload=BODY))
    yield trace
    trace.end()


def test_an_announcement_is_heard_again_with_its_signature(trace: Trace, tmp_path: Path) -> None:
    tap = Tap()
    Heard(Network(tap, trace, "bench-7")).again("A", 0)
    assert tap.spoken == [(TOPIC, BODY)]
    assert SIGNATURE not in (tmp_path / "trace.jsonl").read_text()
    assert SIGNATURE not in repr(trace.records)


def test_another_signature_is_another_one(trace: Trace) -> None:
    tap = Tap()
    Heard(Network(tap, trace, "bench-7")).again("A", 0, " with another signature in its URL")
    ((_, body),) = tap.spoken
    url = body["execution"]["jobDocument"]["url"]
    assert url.startswith(URL.removesuffix(SIGNATURE))
    assert SIGNATURE not in url
    assert url != trace.records[0].payload["execution"]["jobDocument"]["url"]  # type: ignore[union-attr]


def test_only_the_newest_are_known_as_they_were() -> None:
    trace = Trace(Header())
    packets = [trace.append(Packet(type="PUBLISH", topic=TOPIC, payload={"url": URL})) for _ in range(1001)]
    assert trace.original(packets[0]) == packets[0]
    assert trace.original(packets[1]).payload == {"url": URL}
    plain = trace.append(Packet(type="PUBLISH", topic=TOPIC, payload={}))
    assert trace.original(plain) is plain
