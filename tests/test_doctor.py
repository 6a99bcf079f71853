"""`jobrig check`: a line for each part of the rig, and none hidden by another."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import pytest

from rigs.arrivals import ADVICE, OUT_OF_SCOPE, connection
from rigs.cli import main
from rigs.doctor import check
from rigs.errors import RigFault, UsageFault
from rigs.net.alerts import NUMBERS
from rigs.trace.records import AnyRecord, Link, Packet
from tests.dialogue import Dialogue


def examined(rig: str, root: Path) -> tuple[dict[str, tuple[str, str]], str]:
    """State and text of each check, and the last line (of the error where one ended it)."""
    lines: list[str] = []
    try:
        lines.extend(check(rig, root=root))
    except RigFault as wrong:
        lines.append(str(wrong))
    *checks, last = lines
    return {line[10:25].strip(): (line[:10].strip(), line[25:]) for line in checks}, last


def rig_file(folder: Path, text: str) -> str:
    """A rig like embedded, with what is different."""
    path = folder / "other.toml"
    path.write_text('[rig]\nname = "other"\nlike = "embedded"\n' + text)
    return str(path)


def test_a_good_rig_is_ready(tmp_path: Path) -> None:
    checks, last = examined("embedded", tmp_path)
    assert {state for state, _ in checks.values()} == {"ok"}
    assert "MQTT 5, client id 'embedded', keep-alive 60 s, clean start yes" in checks["connection"][1]
    assert checks["firmware"][1] == "jobrig-virtual 1.0"
    assert "can cut" in checks["power"][1]
    assert "hears notify-next; told_by is notify-next" in checks["subscriptions"][1]
    assert "not declared: heeds_time_left, rejects_from_queued" in checks["profile"][1]
    assert all(kind in checks["job kinds"][1] for kind in ("succeeds", "padded"))
    assert last.startswith(f"rig embedded is ready: {len(checks)} checks ok")


SILENT = '[device]\nstart = "version"\n[profile.timing]\nboot = 0.3\nconnect = 0.3\n'


def test_a_device_that_never_connects_hides_nothing_else(tmp_path: Path) -> None:
    checks, last = examined(rig_file(tmp_path, SILENT), tmp_path)
    wrong = {name for name, (state, _) in checks.items() if state == "WRONG"}
    assert wrong == {"connection", "whole rig"}
    assert last == "rig other: 2 checks wrong: connection, whole rig"
    assert checks["connection"][1].startswith("nothing connected to the tap at 127.0.0.1:")
    assert OUT_OF_SCOPE in checks["connection"][1]
    fine = {"console", "firmware", "boots", "evidence", "power", "tap", "cloud", "operator", "job kinds", "scenarios"}
    assert {name for name in fine if checks[name][0] != "ok"} == set()
    assert {checks[name][0] for name in ("rest", "subscriptions", "habits")} == {"not tried"}


def test_a_cloud_that_cannot_be_reached_hides_nothing_else(tmp_path: Path) -> None:
    checks, _ = examined(rig_file(tmp_path, '[cloud]\naddress = "nowhere.json"\n'), tmp_path)
    assert checks["cloud"][0] == checks["operator"][0] == "WRONG"
    assert "nowhere.json" in checks["cloud"][1]
    assert checks["console"][0] == checks["evidence"][0] == "ok"
    assert checks["connection"][0] == "not tried"


def test_a_console_that_is_not_there_hides_nothing_else(tmp_path: Path) -> None:
    checks, _ = examined(rig_file(tmp_path, '[console]\nport = "/dev/no-such-port"\n'), tmp_path)
    assert checks["console"][0] == "WRONG"
    assert "/dev/no-such-port" in checks["console"][1]
    assert checks["firmware"] == ("not tried", "the console does not answer")
    assert checks["cloud"][0] == checks["operator"][0] == checks["scenarios"][0] == "ok"


def test_a_profile_that_the_device_contradicts(tmp_path: Path) -> None:
    # the agent is told its habits by [device.settings] here, behind the profile's back
    text = '[device.settings.habits]\ntold_by = "notify"\nmqtt = "3.1.1"\n'
    checks, last = examined(rig_file(tmp_path, text), tmp_path)
    assert checks["subscriptions"][0] == "WRONG"
    assert "told_by = 'notify-next', but no filter takes notify-next" in checks["subscriptions"][1]
    assert checks["habits"][0] == "WRONG"
    assert "mqtt = '5' contradicts record" in checks["habits"][1]
    assert "it has not subscribed to the notifications that it is told jobs by" in checks["rest"][1]
    assert last == "rig other: 3 checks wrong: rest, subscriptions, habits"


def test_what_is_missing_costs_scenarios(tmp_path: Path) -> None:
    path = tmp_path / "bare.toml"
    path.write_text('[rig]\nname = "bare"\n[device]\nthing = "bare"\n[console]\nport = "/dev/no-such-port"\n')
    checks, _ = examined(str(path), tmp_path)
    for name in ("evidence", "power", "boots"):
        assert "skipped for that: " in checks[name][1]
        assert "no scenario" not in checks[name][1]
    assert checks["job kinds"][0] == "WRONG"
    assert "[profile.jobs.succeeds]" in checks["job kinds"][1]
    assert "told_by" in checks["profile"][1]
    assert "and" in checks["scenarios"][1]
    assert "more reasons" in checks["scenarios"][1]


def test_a_rig_file_that_cannot_be_read_ends_with_10(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "broken.toml"
    path.write_text('[rig]\nname = "x"\nnome = "y"\n[device]\nthing = "x"\n')
    assert main(["check", str(path)]) == 10
    said = capsys.readouterr()
    assert said.out.startswith("WRONG     rig file")
    assert "nome" in said.out
    assert "nothing else could be tried" in said.err


def test_an_unknown_rig_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match="no rig 'nobody'"):
        list(check("nobody", root=tmp_path))


# what the tap saw, in words


def link(event: str, **members: object) -> AnyRecord:
    """A record of the device's connection."""
    return Link(n=7, conn=1, event=event, **members)  # type: ignore[arg-type]


def spoke(text: bytes) -> list[AnyRecord]:
    """Bytes inside TLS that are no MQTT."""
    raw = base64.b64encode(text).decode()
    return [link("open"), link("tls"), Packet(n=9, conn=1, type="MALFORMED", raw=raw)]


def refused_connect() -> list[AnyRecord]:
    """CONNACK with a code."""
    return Dialogue().connect(code=0x87).records


UPGRADE = b"GET /mqtt HTTP/1.1\r\nUpgrade: websocket\r\n\r\n"
POST = b"POST /things/bench-7/jobs/$next HTTP/1.1\r\n\r\n"
WRONG: dict[str, tuple[Callable[[], list[AnyRecord]], str]] = {
    "nothing": (list, f"nothing connected to the tap at tap.local:8883.*{OUT_OF_SCOPE}"),
    "websocket": (lambda: spoke(UPGRADE), rf"spoke HTTP inside TLS \(record 9\); {OUT_OF_SCOPE}"),
    "https": (lambda: spoke(POST), "spoke HTTP inside TLS"),
    "http by alpn": (
        lambda: [link("open"), link("refused", offered_alpn=["x-amzn-http-ca"])],
        "offered ALPN x-amzn-http-ca",
    ),
    "http without tls": (lambda: [link("refused", reason="[SSL: HTTP_REQUEST] http request")], "HTTP without TLS"),
    "unknown ca": (lambda: [link("open"), link("refused", alert="unknown_ca", reason="by peer")], "give it the tap's"),
    "other alert": (lambda: [link("refused", alert="decode_error", reason="x")], "alert decode_error.*certificates on"),
    "no tls": (lambda: [link("open")], "came as far as TCP, but no TLS"),
    "no connect": (lambda: [link("open"), link("tls")], "came as far as TLS, but no MQTT CONNECT"),
    "connack": (refused_connect, r"refused CONNECT of client id 'bench-7' with code 135 \(record 4\)"),
    "no cloud": (
        lambda: [link("open"), link("tls"), Link(n=8, link="cloud", event="refused", reason="gone")],
        "the cloud did not take the tap: gone",
    ),
}


@pytest.mark.parametrize("row", WRONG.values(), ids=WRONG)
def test_a_device_that_does_not_get_through(row: tuple[Callable[[], list[AnyRecord]], str]) -> None:
    records, said = row
    with pytest.raises(RigFault, match=said):
        connection(records(), "tap.local:8883")


def test_a_device_that_got_through_after_a_failure() -> None:
    records = [link("refused", alert="unknown_ca"), *Dialogue().connect(version=4, clean=False).records]
    expected = (
        "TLSv1.3, ALPN mqtt, SNI tap.local, MQTT 3.1.1, client id 'bench-7', keep-alive 60 s, "
        "clean start no (persistent session) (record 3)"
    )
    assert connection(records, "tap.local:8883") == expected


def test_advice_is_about_alerts_that_there_are() -> None:
    assert set(ADVICE) <= set(NUMBERS)
