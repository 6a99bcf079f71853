"""Recordings of other tools become traces."""

import json
from pathlib import Path
from typing import Any

import pytest

from rigs.cli import main
from rigs.errors import UsageFault
from rigs.trace.imports import import_file
from rigs.trace.pairing import updates
from rigs.trace.reader import TraceFile
from rigs.trace.records import AnyRecord, Evidence, Fault, Link, Operator, Packet
from tests.trace import logs

UPDATE = "$aws/things/bench-7/jobs/A/update"
REPORT = {"conn": 3, "topic": UPDATE, "qos": 1, "pid": 5, "payload": {"status": "SUCCEEDED"}}
REPLY = {"topic": f"{UPDATE}/accepted", "payload": {"timestamp": 1}}
Entry = tuple[str, str, dict[str, Any]]


def recorded(folder: Path, *entries: Entry) -> list[AnyRecord]:
    lines = [{"t": at, "dir": way, "type": kind, **rest} for at, (way, kind, rest) in enumerate(entries)]
    return logs.taken(logs.lines(folder / "x.jsonl", lines))[2]


def test_a_report_and_its_answer_are_paired(tmp_path: Path) -> None:
    records = recorded(
        tmp_path,
        ("dev>cloud", "PUBLISH", REPORT),
        ("cloud>dev", "PUBACK", {"conn": 3, "pid": 5}),
        ("rig", "SVCPUB", REPLY),
        ("cloud>dev", "PUBLISH", {"conn": 3, "qos": 0, "injected": True, **REPLY}),
    )
    [report] = updates(records, "A")
    assert report.answered
    assert report.puback is not None


def test_a_reply_that_was_not_delivered_is_lost(tmp_path: Path) -> None:
    records = recorded(
        tmp_path, ("dev>cloud", "PUBLISH", REPORT), ("rig", "SVCPUB", REPLY), ("cloud>dev", "UNDELIVERED", REPLY)
    )
    [report] = updates(records)
    assert report.replies
    assert not report.answered
    assert any(isinstance(record, Fault) for record in records)


def test_an_answer_that_was_handed_straight_to_the_device_has_both_legs(tmp_path: Path) -> None:
    handed = {"conn": 3, "qos": 0, "injected": True, "subscribed": False, **REPLY}
    records = recorded(tmp_path, ("dev>cloud", "PUBLISH", REPORT), ("cloud>dev", "PUBLISH", handed))
    legs = [(record.link, record.of) for record in records[2:] if isinstance(record, Packet)]
    assert legs == [("cloud", None), ("device", 3)]


def test_a_dropped_puback_does_not_reach_the_device(tmp_path: Path) -> None:
    dropped = {"conn": 3, "pid": 5, "dropped": True}
    records = recorded(tmp_path, ("dev>cloud", "PUBLISH", REPORT), ("cloud>dev", "PUBACK", dropped))
    assert updates(records)[0].puback is None


def test_connections_keep_their_facts(tmp_path: Path) -> None:
    records = recorded(
        tmp_path,
        ("dev>cloud", "TCP+TLS", {"conn": 3, "tls": "TLSv1.3", "alpn": None, "sni": "host"}),
        ("dev>cloud", "CONNECT", {"conn": 3, "level": 5, "clean": False, "client_id": "c", "keepalive": 30}),
        ("cloud>dev", "CONNACK", {"conn": 3, "session_present": 1, "rc": 0}),
        ("dev>cloud", "EOF", {"conn": 3}),
    )
    links = [(record.event, record.sni) for record in records if isinstance(record, Link)]
    device = [record for record in records if isinstance(record, Packet) and record.link == "device"]
    assert links == [("tls", "host"), ("close", None)]
    assert device[0].more == {"client_id": "c", "clean": False, "keep_alive": 30, "version": 5}
    assert device[1].more == {"session_present": True, "code": 0}


def test_what_the_recordings_rig_did_is_not_laid_at_the_devices_door(tmp_path: Path) -> None:
    records = recorded(
        tmp_path,
        ("rig", "NOTE", {"text": "agent start"}),
        ("dev>cloud", "EOF", {"conn": 1}),
        ("rig", "NOTE", {"text": "TCP cut for 4s"}),
        ("dev>cloud", "EOF", {"conn": 2}),
        ("rig", "NOTE", {"text": "TCP allowed again"}),
        ("dev>cloud", "EOF", {"conn": 3}),
        ("dev>cloud", "PUBLISH", REPORT),
    )
    assert isinstance(records[0], Evidence)
    assert records[0].sort == "boot"
    assert [record.by for record in records if isinstance(record, Link)] == ["device", "tap", "device"]


def test_a_recording_shows_everything(tmp_path: Path) -> None:
    source = logs.lines(tmp_path / "x.jsonl", [{"t": 1, "dir": "dev>cloud", "type": "PUBLISH", **REPORT}])
    ledger, file, records = logs.taken(source)
    assert (ledger.format, file.header.unseen, file.header.thing) == ("recording", [], "bench-7")
    assert [record.n for record in records] == [1, 2]


def test_a_payload_that_is_no_object_stays_what_it_was(tmp_path: Path) -> None:
    records = recorded(tmp_path, ("dev>cloud", "PUBLISH", {**REPORT, "payload": "{not json"}))
    [sent, _] = records
    assert isinstance(sent, Packet)
    assert sent.raw == "e25vdCBqc29u"


def test_secrets_do_not_get_into_the_trace(tmp_path: Path) -> None:
    document = {"url": "https://b.s3.amazonaws.com/f?X-Amz-Signature=abcdef0123456789"}
    notice = {"topic": "$aws/things/bench-7/jobs/notify-next", "payload": {"execution": {"jobDocument": document}}}
    recorded(tmp_path, ("cloud>dev", "PUBLISH", notice))
    assert "abcdef0123456789" not in (tmp_path / "x.trace.jsonl").read_text()


def test_calls_over_https_are_another_clients_and_are_not_judged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    update = {"method": "POST", "path": "/things/t/jobs/H1", "body": {"status": "SUCCEEDED", "expectedVersion": 1}}
    begin = {"method": "PUT", "path": "/things/t/jobs/$next", "body": {}, "status": 200, "error": None, "response": {}}
    refused = {**update, "status": 409, "error": "InvalidStateTransitionException", "response": {"message": "x"}}
    source = logs.lines(tmp_path / "x.jsonl", [{"t": 1.0, **begin}, {"t": 2.0, **refused}])
    _, file, records = logs.taken(source)
    calls = [record for record in records if isinstance(record, Operator)]
    assert [(one.event, one.call, one.error) for one in calls[::2]] == [
        ("called", "start_next_pending_job_execution", None),
        ("called", "update_job_execution", None),
    ]
    assert calls[2].arguments == {"thingName": "t", "jobId": "H1", "status": "SUCCEEDED", "expectedVersion": 1}
    assert (calls[3].error, calls[3].of) == ("InvalidStateTransitionException", calls[2].n)
    assert main(["lint", str(file.path)]) == 11
    assert "calls over HTTPS" in capsys.readouterr().out


BAD: list[tuple[str, str]] = [
    ("{", "x.jsonl:2: expected a JSON object"),
    ("[]", "x.jsonl:2: expected a JSON object, got []"),
    ('{"dir": "dev>cloud", "type": "PUBLISH"}', "x.jsonl:2: expected seconds under 't'"),
    ('{"t": 0, "dir": "sideways", "type": "PUBLISH"}', "x.jsonl:2: expected one of dev>cloud, cloud>dev, rig"),
    ('{"t": 0, "dir": "dev>cloud", "type": "PUBLISH"}', "x.jsonl:2: expected a topic under 'topic'"),
]


@pytest.mark.parametrize(("text", "says"), BAD)
def test_a_bad_line_is_named_and_leaves_a_gap(text: str, says: str, tmp_path: Path) -> None:
    good = {"t": 0, "dir": "dev>cloud", "type": "PUBLISH", **REPORT}
    ledger, file, _ = logs.taken(logs.lines(tmp_path / "x.jsonl", [good, text, good]))
    [told] = ledger.told()
    assert told.startswith(says)
    assert file.header.unseen == ["gaps"]
    assert (file.header.imported["lines"], file.header.imported["taken"]) == (3, 2)
    assert list(file.header.imported["left_out"].values()) == [1]


def test_very_many_bad_lines_are_counted(tmp_path: Path) -> None:
    good = {"t": 0, "dir": "dev>cloud", "type": "PUBLISH", **REPORT}
    ledger, *_ = logs.taken(logs.lines(tmp_path / "x.jsonl", [good, *["{"] * 50]))
    assert len(ledger.told()) == 21
    assert ledger.told()[-1] == "x.jsonl: … and 30 more bad lines"


def test_a_last_line_that_is_torn_is_no_gap(tmp_path: Path) -> None:
    good = json.dumps({"t": 0, "dir": "dev>cloud", "type": "PUBLISH", **REPORT})
    (tmp_path / "x.jsonl").write_text(f"{good}\n{good[:30]}")
    ledger, file, _ = logs.taken(tmp_path / "x.jsonl")
    assert file.header.unseen == []
    assert dict(ledger.left_out) == {"torn at the end": 1}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("\n\nhello\n", "no JSON object in its first 50 lines"),
        ('{"t": 0, "dir": "dev>cloud", "type": "PUBLISH"}\n', "nothing could be taken: 0 of 1 lines taken"),
        ('{"format":"jobrig-trace","version":1}\n', "this is a trace already"),
    ],
)
def test_what_is_no_log_says_so(text: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "x").write_text(text)
    with pytest.raises(UsageFault, match=says):
        import_file(tmp_path / "x", tmp_path / "y")
    assert not (tmp_path / "y").exists()


def test_the_command_says_what_it_did(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = {"t": 0, "dir": "dev>cloud", "type": "PUBLISH", **REPORT}
    source, target = logs.lines(tmp_path / "x.jsonl", [good, "{", good]), tmp_path / "out" / "t.jsonl"
    assert main(["import", str(source), "-o", str(target)]) == 0
    said = capsys.readouterr()
    assert f"{target}: 2 of 3 lines taken, left out: 1 no JSON" in said.out
    assert "the log cannot show: gaps" in said.out
    assert said.err.startswith("x.jsonl:2: expected a JSON object")
    assert len(list(TraceFile(target))) == 4


def test_without_a_name_the_trace_lies_in_the_present_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "logs").mkdir()
    line = {"t": 0, "dir": "dev>cloud", "type": "PUBLISH", **REPORT}
    source = logs.lines(tmp_path / "logs" / "x.jsonl", [line])
    monkeypatch.chdir(tmp_path)
    assert main(["import", str(source)]) == 0
    assert (tmp_path / "x.trace.jsonl").exists()
    assert capsys.readouterr().out.startswith("x.trace.jsonl: 1 of 1 lines taken")
