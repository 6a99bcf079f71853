"""Recordings of other tools become traces."""

import json
from pathlib import Path
from typing import Any

import pytest

from rigs.errors import UsageFault
from rigs.trace.imports import import_file, imported
from rigs.trace.pairing import updates
from rigs.trace.records import Fault, Link, Packet
from rigs.trace.store import read

UPDATE = "$aws/things/bench-7/jobs/A/update"
REPORT = {"conn": 3, "topic": UPDATE, "qos": 1, "pid": 5, "payload": {"status": "SUCCEEDED"}}
REPLY = {"topic": f"{UPDATE}/accepted", "payload": {"timestamp": 1}}


def lines(*entries: tuple[str, str, dict[str, Any]]) -> list[str]:
    return [json.dumps({"t": at, "dir": way, "type": kind, **rest}) for at, (way, kind, rest) in enumerate(entries)]


def test_a_report_and_its_answer_are_paired() -> None:
    header, records = imported(
        lines(
            ("dev>cloud", "PUBLISH", REPORT),
            ("cloud>dev", "PUBACK", {"conn": 3, "pid": 5}),
            ("rig", "SVCPUB", REPLY),
            ("cloud>dev", "PUBLISH", {"conn": 3, "qos": 0, "injected": True, **REPLY}),
        ),
        "x",
    )
    [report] = updates(records, "A")
    assert header.thing == "bench-7"
    assert report.answered
    assert report.puback is not None


def test_a_reply_that_was_not_delivered_is_lost() -> None:
    _, records = imported(
        lines(("dev>cloud", "PUBLISH", REPORT), ("rig", "SVCPUB", REPLY), ("cloud>dev", "UNDELIVERED", REPLY)), "x"
    )
    [report] = updates(records)
    assert report.replies
    assert not report.answered
    assert any(isinstance(record, Fault) for record in records)


def test_a_dropped_puback_does_not_reach_the_device() -> None:
    _, records = imported(
        lines(("dev>cloud", "PUBLISH", REPORT), ("cloud>dev", "PUBACK", {"conn": 3, "pid": 5, "dropped": True})), "x"
    )
    assert updates(records)[0].puback is None


def test_connections_keep_their_facts() -> None:
    _, records = imported(
        lines(
            ("dev>cloud", "TCP+TLS", {"conn": 3, "tls": "TLSv1.3", "alpn": None, "sni": "host"}),
            ("dev>cloud", "CONNECT", {"conn": 3, "level": 5, "clean": False, "client_id": "c", "keepalive": 30}),
            ("cloud>dev", "CONNACK", {"conn": 3, "session_present": 1, "rc": 0}),
            ("dev>cloud", "EOF", {"conn": 3}),
        ),
        "x",
    )
    links = [(record.event, record.sni) for record in records if isinstance(record, Link)]
    device = [record for record in records if isinstance(record, Packet) and record.link == "device"]
    assert links == [("tls", "host"), ("close", None)]
    assert device[0].more == {"client_id": "c", "clean": False, "keep_alive": 30, "version": 5}
    assert device[1].more == {"session_present": True, "code": 0}


def test_an_imported_file_is_a_trace(tmp_path: Path) -> None:
    source = tmp_path / "log.jsonl"
    source.write_text("\n".join(lines(("dev>cloud", "PUBLISH", REPORT))))
    import_file(source, tmp_path / "out" / "trace.jsonl")
    header, records = read(tmp_path / "out" / "trace.jsonl")
    assert header.thing == "bench-7"
    assert [record.n for record in records] == [1, 2]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "x:1: not a JSON line"),
        ("[]", "x:1: expected a JSON object"),
        ('{"t": 0, "dir": "dev>cloud", "type": "PUBLISH"}', "x:1: not a line of a recording"),
        ('{"t": 0, "method": "GET", "path": "/things"}', "no MQTT packet in it; HTTPS"),
    ],
)
def test_what_is_no_recording_says_so(text: str, says: str) -> None:
    with pytest.raises(UsageFault, match=says):
        imported([text], "x")
