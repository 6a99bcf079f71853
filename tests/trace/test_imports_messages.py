"""Logs of messages become traces: keys, times, directions, payloads, and what such a log cannot show."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rigs.errors import UsageFault
from rigs.trace.records import Packet
from tests.rules.conversations import Habits, Talk
from tests.trace import logs

JOBS = "$aws/things/t/jobs"
OUT: dict[str, Any] = {"topic": f"{JOBS}/get", "payload": {}}
IN: dict[str, Any] = {"topic": f"{JOBS}/get/accepted", "payload": {"queuedJobs": [], "inProgressJobs": []}}


def talk() -> Talk:
    made = Talk(Habits())
    for job in ("A", "B"):
        made.job(job)
    return made


def pairs(time: Callable[[int], Any], count: int = 6) -> list[dict[str, Any]]:
    """Asks and answers, one after the other, with this time each."""
    return [{"time": time(number), **(IN if number % 2 else OUT)} for number in range(count)]


def test_a_devices_own_log_gives_the_messages_back(tmp_path: Path) -> None:
    tape = talk().tape
    ledger, file, records = logs.taken(logs.log(tmp_path / "x.jsonl", tape, logs.device_line))
    got = [record for record in records if isinstance(record, Packet) and record.link == "device"]
    want = list(logs.messages(tape))
    assert [(one.way, one.topic, one.payload) for one in got] == [(one.way, one.topic, one.payload) for one in want]
    assert [one.at for one in got] == pytest.approx([one.at - want[0].at for one in want], abs=0.002)
    assert ledger.read_as == {
        "time": "ts (milliseconds since 1970)",
        "direction": "dir (up: out; down: in)",
        "topic": "topic",
        "payload": "payload (text)",
    }
    assert file.header.utc == "2026-11-23T18:38:32.250+00:00"
    assert file.header.unseen == ["acknowledgements", "beginning", "connections"]


def test_both_legs_are_there_for_the_picture(tmp_path: Path) -> None:
    *_, records = logs.taken(logs.lines(tmp_path / "x.jsonl", pairs(float)))
    legs = [(record.link, record.way, record.of) for record in records[:4] if isinstance(record, Packet)]
    assert legs == [("device", "up", None), ("cloud", "up", 1), ("cloud", "down", None), ("device", "down", 3)]


@pytest.mark.parametrize(
    ("time", "unit", "last"),
    [
        (lambda n: 1795459110 + n, "seconds since 1970", 5.0),
        (lambda n: 1795459110.25 + n, "seconds since 1970", 5.0),
        (lambda n: 1795459110123 + 1000 * n, "milliseconds since 1970", 5.0),
        (lambda n: str(1795459110123 + 1000 * n), "milliseconds since 1970", 5.0),
        (lambda n: 1795459110123456 + 10**6 * n, "microseconds since 1970", 5.0),
        (lambda n: f"2026-11-23T20:00:0{n}.5+01:00", "ISO 8601 text", 5.0),
        (lambda n: f"2026-11-23T20:00:0{n}.500000Z+0100", "ISO 8601 text", 5.0),
        (lambda n: f"2026-11-23 20:00:0{n},500", "ISO 8601 text", 5.0),
        (lambda n: f"20261123T20000{n}Z", "ISO 8601 text", 5.0),
        (lambda n: 12.5 + n, "seconds", 17.5),
        (lambda n: 4000 + 310 * n, "milliseconds", 5.55),
        (lambda n: 10 + n // 2, "seconds", 12.0),
    ],
)
def test_times_are_told_apart(time: Callable[[int], Any], unit: str, last: float, tmp_path: Path) -> None:
    ledger, _, records = logs.taken(logs.lines(tmp_path / "x.jsonl", pairs(time)))
    assert ledger.read_as["time"] == f"time ({unit})"
    assert records[-1].at == pytest.approx(last)


def test_the_services_own_stamps_tell_seconds_from_milliseconds(tmp_path: Path) -> None:
    answers = [{"time": 40 * n, **IN, "payload": {"timestamp": 1795459110 + 40 * n}} for n in range(4)]
    ledger, *_ = logs.taken(logs.lines(tmp_path / "x.jsonl", [{"time": 0, **OUT}, *answers]))
    assert ledger.read_as["time"] == "time (seconds)"


def test_the_unit_may_be_said(tmp_path: Path) -> None:
    source = logs.lines(tmp_path / "x.jsonl", pairs(lambda n: 10 + n))
    ledger, _, records = logs.taken(source, time="time:ms")
    assert (ledger.read_as["time"], records[-1].at) == ("time (milliseconds)", 0.015)


@pytest.mark.parametrize(
    ("encode", "how"),
    [
        (lambda body: body, "JSON"),
        (json.dumps, "text"),
        (lambda body: base64.b64encode(json.dumps(body).encode()).decode(), "base64"),
    ],
)
def test_payloads_as_json_as_text_and_as_base64(encode: Callable[[Any], Any], how: str, tmp_path: Path) -> None:
    lines = [{**line, "payload": encode(line["payload"])} for line in pairs(float)]
    ledger, _, records = logs.taken(logs.lines(tmp_path / "x.jsonl", lines))
    assert ledger.read_as["payload"] == f"payload ({how})"
    assert [one.payload for one in records if isinstance(one, Packet)][2] == IN["payload"]


@pytest.mark.parametrize("payload", ["", None])
def test_an_empty_payload(payload: str | None, tmp_path: Path) -> None:
    lines = [*pairs(float), {"time": 9, "topic": f"{JOBS}/start-next", "payload": payload}]
    *_, records = logs.taken(logs.lines(tmp_path / "x.jsonl", lines))
    assert isinstance(records[-1], Packet)
    assert records[-1].raw == ""


def test_keys_by_name_nested_by_dots(tmp_path: Path) -> None:
    lines = [
        {"a": {"when": n}, "m": {"on": line["topic"], "what": line["payload"]}} for n, line in enumerate(pairs(int))
    ]
    source = logs.lines(tmp_path / "x.jsonl", lines)
    ledger, *_ = logs.taken(source, time="a.when", topic="m.on", payload="m.what")
    assert ledger.taken == 6
    with pytest.raises(
        UsageFault, match=r"no topic under any of .*; its lines have a\.when, m\.on, m\.what; say which"
    ):
        logs.taken(source)


def test_usual_names_are_found_deeper_down_too(tmp_path: Path) -> None:
    lines = [
        {"ts": n, "mqtt": {"topic": line["topic"], "payload": line["payload"]}} for n, line in enumerate(pairs(int))
    ]
    ledger, *_ = logs.taken(logs.lines(tmp_path / "x.jsonl", lines))
    assert (ledger.read_as["topic"], ledger.read_as["payload"]) == ("mqtt.topic", "mqtt.payload (JSON)")


def test_without_direction_requests_go_up_and_answers_and_notices_down(tmp_path: Path) -> None:
    topics = [
        "get",
        "get/accepted",
        "notify",
        "notify-next",
        "A/update",
        "A/update/rejected",
        "$next/get",
        "start-next",
    ]
    lines = [{"time": n, "topic": f"{JOBS}/{topic}", "payload": {}} for n, topic in enumerate(topics)]
    ledger, _, records = logs.taken(
        logs.lines(tmp_path / "x.jsonl", [*lines, {"time": 9, "topic": "tele", "payload": {}}])
    )
    ways = [one.way for one in records if isinstance(one, Packet) and one.link == "device"]
    assert ways == ["up", "down", "down", "down", "up", "down", "up", "up"]
    assert ledger.left_out == {"no Jobs topic, so that its direction cannot be told": 1}


def test_the_words_of_a_direction_are_told_from_the_topics(tmp_path: Path) -> None:
    lines = [{**line, "direction": "IN" if line is OUT else "x"} for line in (OUT, IN) * 3]  # as a broker sees it
    timed = [
        {"time": n, **line} for n, line in enumerate([*lines, {"topic": "tele", "payload": {}, "direction": "IN"}])
    ]
    ledger, _, records = logs.taken(logs.lines(tmp_path / "x.jsonl", timed))
    assert ledger.read_as["direction"] == "direction (up: IN; down: x)"
    assert isinstance(records[-1], Packet)
    assert (records[-1].topic, records[-1].way) == ("tele", "up")


def test_the_word_for_up_may_be_said(tmp_path: Path) -> None:
    lines = [{**line, "side": "device" if n % 2 == 0 else "broker"} for n, line in enumerate(pairs(float))]
    ledger, *_ = logs.taken(logs.lines(tmp_path / "x.jsonl", lines), direction="side", up="device")
    assert ledger.read_as["direction"] == "side (up: device; down: everything else)"


def test_what_is_no_direction_is_refused_or_left_alone(tmp_path: Path) -> None:
    source = logs.lines(tmp_path / "x.jsonl", [{**line, "dir": "publish"} for line in pairs(float)])
    assert logs.taken(source)[0].read_as["direction"] == "from the topics"
    with pytest.raises(UsageFault, match="'dir' is no direction"):
        logs.taken(source, direction="dir")


def test_several_things_have_to_be_chosen_from(tmp_path: Path) -> None:
    others = [{**line, "topic": line["topic"].replace("things/t/", "things/u/")} for line in pairs(float)]
    source = logs.lines(tmp_path / "x.jsonl", [*pairs(float), *others])
    with pytest.raises(UsageFault, match="several things: t, u; say which: jobrig import LOG --thing NAME"):
        logs.taken(source)
    ledger, file, records = logs.taken(source, thing="u")
    assert (file.header.thing, len(records), dict(ledger.left_out)) == ("u", 12, {"about another thing": 6})


def test_a_wrong_thing_in_a_devices_own_log_is_kept_for_the_rules(tmp_path: Path) -> None:
    lines = [{**line, "dir": "in" if n % 2 else "out"} for n, line in enumerate(pairs(float))]
    wrong = {"time": 9, "dir": "out", "topic": "$aws/things/u/jobs/get", "payload": {}}
    ledger, file, _ = logs.taken(logs.lines(tmp_path / "x.jsonl", [*lines, wrong]))
    assert (file.header.thing, ledger.taken) == ("t", 7)


UNSEEN: list[tuple[str, Callable[[dict[str, Any]], Any], set[str]]] = [
    ("a subscriber", lambda line: line, {"told", "delivery", "requests", "times", "repeats"}),
    ("without dup", lambda line: {**line, "dir": "i" if line["topic"] == IN["topic"] else "o"}, {"repeats"}),
    (
        "without answers",
        lambda line: {**line, "dir": "o"} if line["topic"] == OUT["topic"] else {"time": line["time"], "text": "x"},
        {"told", "repeats"},
    ),
    (
        "without requests",
        lambda line: {**line, "dir": "i"} if line["topic"] == IN["topic"] else {"time": line["time"], "text": "x"},
        {"requests", "repeats"},
    ),
    (
        "payloads cut",
        lambda line: {**line, "payload": '{"a', "dir": "i" if line["topic"] == IN["topic"] else "o"},
        {"payloads", "told", "repeats"},
    ),
]


@pytest.mark.parametrize(("change", "unseen"), [row[1:] for row in UNSEEN], ids=[row[0] for row in UNSEEN])
def test_what_a_log_cannot_show(change: Callable[[dict[str, Any]], Any], unseen: set[str], tmp_path: Path) -> None:
    lines = [change(line) for line in pairs(lambda n: n + 0.5)]
    _, file, _ = logs.taken(logs.lines(tmp_path / "x.jsonl", lines))
    assert set(file.header.unseen) - {"acknowledgements", "beginning", "connections"} == unseen


@pytest.mark.parametrize("times", [[1, 2, 3, 4, 5, 6], [1.5, 2.5, 9.5, 3.5, 4.5, 5.5]])
def test_times_that_are_coarse_or_go_back_are_doubted(times: list[float], tmp_path: Path) -> None:
    lines = [{**line, "dir": "in" if line["topic"] == IN["topic"] else "out"} for line in pairs(lambda n: times[n])]
    _, file, records = logs.taken(logs.lines(tmp_path / "x.jsonl", lines))
    assert "times" in file.header.unseen
    assert [one.at for one in records] == sorted(one.at for one in records)


def test_bad_lines_among_messages(tmp_path: Path) -> None:
    bad = [{"time": "noon", **OUT}, "{torn", {"time": 3, "topic": f"{JOBS}/get/accepted"}, {"level": "info"}]
    ledger, file, _ = logs.taken(logs.lines(tmp_path / "x.jsonl", [*pairs(lambda n: n + 0.5), *bad]))
    assert ledger.told()[0] == "x.jsonl:7: expected a number of seconds under 'time', got 'noon'"
    assert dict(ledger.left_out) == {
        "no time": 1,
        "no JSON": 1,
        "without a payload: no message": 1,
        "without a topic": 1,
    }
    assert "gaps" in file.header.unseen


MOSQUITTO = [
    '{"tst":"2026-11-23T21:26:28.428251Z+0000","topic":"$aws/things/t/jobs/start-next","qos":1,"retain":0,'
    '"payloadlen":0,"mid":1,"payload":null}',
    '{"tst":"2026-11-23T21:26:28.530211Z+0000","topic":"$aws/things/t/jobs/A/update","qos":1,"retain":0,'
    '"payloadlen":24,"mid":2,"properties":{"user-properties":{"a":"b"}},"payload":"{\\"status\\":\\"IN_PROGRESS\\"}"}',
    '{"tst":"2026-11-23T21:26:28.630211Z+0000","topic":"$aws/things/t/jobs/A/update","qos":0,"retain":0,'
    '"payloadlen":24,"payload":{"status":"IN_PROGRESS"}}',
]


def test_lines_of_mosquitto_sub(tmp_path: Path) -> None:
    ledger, file, records = logs.taken(logs.lines(tmp_path / "x.jsonl", MOSQUITTO))
    assert (ledger.format, ledger.taken, file.header.thing) == ("mosquitto", 3, "t")
    sent = [one for one in records if isinstance(one, Packet) and one.link == "device"]
    assert [(one.at, one.raw, one.id) for one in sent] == [
        (0.0, "", None),
        (0.10196, None, None),
        (0.20196, None, None),
    ]
    assert [one.payload for one in sent[1:]] == [{"status": "IN_PROGRESS"}] * 2
    assert {"told", "delivery", "connections", "acknowledgements", "repeats"} <= set(file.header.unseen)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (MOSQUITTO[1].replace('"payloadlen":24', '"payloadlen":25'), "cut payload"),
        ("", "empty"),
        (MOSQUITTO[1].replace('"retain":0', '"retain":1'), "stored before the log began (retained)"),
    ],
)
def test_what_mosquitto_sub_cannot_write_leaves_a_gap(line: str, reason: str, tmp_path: Path) -> None:
    ledger, file, _ = logs.taken(logs.lines(tmp_path / "x.jsonl", [*MOSQUITTO, line]))
    assert dict(ledger.left_out) == {reason: 1}
    assert ("gaps" in file.header.unseen) == ("retain" not in reason)
