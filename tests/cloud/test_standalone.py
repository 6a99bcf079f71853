"""`jobrig cloud`: its ports and options, the line that it prints, its log, and what it says when it cannot serve."""

from __future__ import annotations

import json
import re
import socket
import sqlite3
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509

from rigs.cli import main
from rigs.cloud.explain import chosen, settings, shown, table
from rigs.errors import UsageFault
from rigs.mqtt.packets import Connack, Disconnect, Publish
from tests.cloud.alone import Alone

THING = "bench-7"
JOBS = f"$aws/things/{THING}/jobs"
ARN = f"arn:aws:iot:eu-central-1:000000000000:thing/{THING}"


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alone]:
    """One cloud with everything on, for the tests that change nothing that others look at."""
    options = ["--thing", THING, "--admin", "root", "--alpn-port", "0", "--set", "pending_cap=1", "--set", "slashes=6"]
    names = ["--host", "0.0.0.0", "--name", "localhost", "--name", "10.1.2.3"]
    with Alone(tmp_path_factory.mktemp("alone") / "cloud", *options, *names, log=True) as made:
        yield made


def test_the_line_tells_all_that_a_program_needs(cloud: Alone) -> None:
    told, folder = cloud.told, cloud.folder
    assert list(told) == ["mqtt", "alpn", "http", "data", "clock", "ca", "things", "admin"]
    assert told["mqtt"]["host"] == told["alpn"]["host"] == "localhost", "the first name that it was given"
    assert re.fullmatch(r"http://localhost:\d+", told["http"])
    assert re.fullmatch(r"https://localhost:\d+", told["data"])
    assert told["clock"] == f"{told['http']}/jobrig/clock"
    assert told["ca"] == str(folder / "ca.crt")
    files = {"certificate": str(folder / f"devices/{THING}.crt"), "key": str(folder / f"devices/{THING}.key")}
    assert told["things"] == {THING: files}
    assert told["admin"] == {"certificate": str(folder / "admins/root.crt"), "key": str(folder / "admins/root.key")}


def test_its_certificate_has_all_names(cloud: Alone) -> None:
    plain = ssl.create_default_context(cafile=cloud.told["ca"])
    plain.load_cert_chain(*cloud.told["admin"].values())
    plug = socket.create_connection(("127.0.0.1", cloud.told["mqtt"]["port"]))
    with plain.wrap_socket(plug, server_hostname="10.1.2.3") as tls:
        shown_there = x509.load_der_x509_certificate(tls.getpeercert(True) or b"")
    names = shown_there.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost"]
    assert [str(one) for one in names.get_values_for_type(x509.IPAddress)] == ["0.0.0.0", "10.1.2.3", "127.0.0.1"]


def test_the_port_with_alpn_wants_its_name(cloud: Alone) -> None:
    context = ssl.create_default_context(cafile=cloud.told["ca"])
    context.load_cert_chain(*cloud.told["admin"].values())
    for offered in (["x-amzn-mqtt-ca"], ["http/1.1"]):
        context.set_alpn_protocols(offered)
        with socket.create_connection(("127.0.0.1", cloud.told["alpn"]["port"])) as plug:
            if offered == ["x-amzn-mqtt-ca"]:
                with context.wrap_socket(plug, server_hostname="localhost") as tls:
                    assert tls.selected_alpn_protocol() == "x-amzn-mqtt-ca"
            else:
                with pytest.raises(ssl.SSLError, match="no application protocol"):
                    context.wrap_socket(plug, server_hostname="localhost")


def test_the_admin_may_do_everything_and_a_thing_may_not(cloud: Alone) -> None:
    def subscribes(files: dict[str, str]) -> object:
        with cloud.device(files, version=5) as device:
            assert isinstance(device.connect(f"any-{files['key'][-9:]}"), Connack)
            return getattr(device.subscribe("$aws/things/+/jobs/#"), "codes", None)

    assert subscribes(cloud.told["admin"]) == (1,)
    assert subscribes(cloud.told["things"][THING]) == (0x87,)


def test_switches_and_limits_are_set(cloud: Alone) -> None:
    iot, data = cloud.boto("iot"), cloud.boto("iot-jobs-data")
    for job in ("set-1", "set-2"):
        iot.create_job(jobId=job, targets=[ARN], document="{}")
    assert len(data.get_pending_job_executions(thingName=THING)["queuedJobs"]) == 1
    with cloud.device(cloud.told["things"][THING], version=5) as device:
        device.connect("slashes")
        device.publish("a/b/c/d/e/f/g/h")
        assert getattr(device.read(), "code", None) == 0x90
    for job in ("set-1", "set-2"):
        iot.delete_job(jobId=job, force=True)


LOGGED: Sequence[str] = (
    r"operator CreateJob \{\"jobId\":\"logged\",.*X-Amz-Signature=#[0-9a-f]{8}.*\}",
    rf"{THING} connected with MQTT 3\.1\.1, a new session, TLSv1\.3 from 127\.0\.0\.1:\d+, certificate \w+… of {THING}",
    rf"{THING} subscribes to {re.escape(JOBS)}/notify \(QoS 1\)",
    rf"{THING} StartNextPendingJobExecution {THING} \{{\}}",
    rf"{THING} StartNextPendingJobExecution {THING} accepted \{{\"timestamp\":.*\"status\":\"IN_PROGRESS\".*",
    rf"{THING} UpdateJobExecution {THING} logged \{{\"status\":\"SUCCEEDED\",\"expectedVersion\":7\}}",
    rf"{THING} UpdateJobExecution {THING} logged rejected \{{.*\"code\":\"VersionMismatch\".*",
    rf"{THING} logged #1 is TIMED_OUT by its in-progress timer",
    rf"{THING} notify {THING} \{{\"timestamp\":\d+,\"jobs\":\{{\}}\}}",
    rf"{THING} disconnected",
    r"operator DescribeJob \{\"jobId\":\"nothing\"\} refused: ResourceNotFoundException: .+",
    r"stranger refused: NOT_AUTHORIZED, TLSv1\.3 from .*",
    r"127\.0\.0\.1:\d+ refused in the TLS handshake: .*certificate.*",
)


def test_the_log_tells_each_event_in_a_line_and_no_secrets(cloud: Alone) -> None:
    iot = cloud.boto("iot")
    signed = json.dumps({"url": "https://b.s3.amazonaws.com/f?X-Amz-Signature=0123456789abcdef0123456789abcdef"})
    timeout = {"inProgressTimeoutInMinutes": 5}
    iot.create_job(jobId="logged", targets=[ARN], document=signed, timeoutConfig=timeout)
    with cloud.device(cloud.told["things"][THING]) as device:
        device.connect(THING)
        device.subscribe(f"{JOBS}/notify")
        for word, body in (("start-next", "{}"), ("logged/update", '{"status":"SUCCEEDED","expectedVersion":7}')):
            device.publish(f"{JOBS}/{word}", body.encode())
            device.read()
            device.read()
        cloud.clock(step=timedelta(minutes=5).total_seconds())
        assert isinstance(device.read(), Publish)
        device.send(Disconnect())
        assert device.read() is None
    with pytest.raises(iot.exceptions.ResourceNotFoundException):
        iot.describe_job(jobId="nothing")
    made = iot.create_keys_and_certificate(setAsActive=True)
    stranger = {"certificate": str(cloud.folder / "stranger.crt"), "key": str(cloud.folder / "stranger.key")}
    Path(stranger["certificate"]).write_text(made["certificatePem"])
    Path(stranger["key"]).write_text(made["keyPair"]["PrivateKey"])
    with cloud.device(stranger) as device:
        assert device.connect("stranger") is None
    nobody = ssl.create_default_context(cafile=cloud.told["ca"])
    plug = socket.create_connection(("127.0.0.1", cloud.told["mqtt"]["port"]))
    with (
        nobody.wrap_socket(plug, server_hostname="localhost") as tls,
        pytest.raises(ssl.SSLError, match="certificate required"),
    ):
        tls.recv(1)
    iot.describe_endpoint(endpointType="iot:Data-ATS")  # the loop answers when it has written what it did before
    lines = [line.partition(" ") for line in cloud.log.read_text().splitlines()]
    assert all(re.fullmatch(r"\d\d:\d\d:\d\d\.\d{3}", at) for at, _, _ in lines)
    found = [next((n for n, (_, _, line) in enumerate(lines) if re.fullmatch(wanted, line)), None) for wanted in LOGGED]
    assert None not in found, (LOGGED[found.index(None)], cloud.log.read_text())
    text = cloud.log.read_text()
    assert "0123456789abcdef" not in text
    assert "PRIVATE KEY" not in text


def test_quiet_says_nothing(tmp_path: Path) -> None:
    with Alone(tmp_path / "cloud") as quiet:
        quiet.boto("iot").create_thing(thingName="lamp")
        assert quiet.end() == 0
    assert quiet.log.read_text() == ""
    assert quiet.told["things"] == {}
    assert quiet.told["admin"] is quiet.told["alpn"] is None


def test_a_thing_that_is_there_already_stays_as_it_is(tmp_path: Path) -> None:
    with Alone(tmp_path / "cloud") as first:
        first.boto("iot").create_thing(thingName=THING, attributePayload={"attributes": {"color": "red"}})
        first.end()
    with Alone(tmp_path / "cloud", "--thing", THING, "--admin", "root") as second:
        assert second.boto("iot").describe_thing(thingName=THING)["attributes"] == {"color": "red"}
        second.end()
    with Alone(tmp_path / "cloud", "--thing", THING, "--admin", "root") as third:
        files = [Path(path).read_bytes() for path in third.told["admin"].values()]
        assert files == [Path(path).read_bytes() for path in second.told["admin"].values()]
        with third.device(third.told["admin"]) as device:
            assert isinstance(device.connect("root"), Connack)


def _garbled(folder: Path) -> None:
    folder.mkdir()
    (folder / "state.db").write_text("not a database, but long enough to be looked at as one" * 20)


def _foreign(folder: Path) -> None:
    folder.mkdir()
    connection = sqlite3.connect(folder / "state.db")
    connection.execute("CREATE TABLE music (x)")
    connection.commit()
    connection.close()


def _no_clock(folder: Path) -> None:
    folder.mkdir()
    (folder / "clock.json").write_text("noon")


def _nothing(folder: Path) -> None:
    """An empty place."""


FREE = "--mqtt-port 0 --http-port 0 --data-port 0"
REFUSED: dict[str, tuple[Callable[[Path], None], str, int, str]] = {
    "a taken port": (
        _nothing,
        "--mqtt-port {taken} --http-port 0 --data-port 0",
        4,
        r"--mqtt-port \d+ on 127\.0\.0\.1: the port is taken; end the program that listens there, or choose another",
    ),
    "two options, one port": (
        _nothing,
        "--mqtt-port 0 --http-port {free} --data-port {free}",
        4,
        r"--data-port \d+ on 127\.0\.0\.1: the port is taken",
    ),
    "no port": (_nothing, "--http-port 70000", 4, r"--http-port 70000: a port is a number from 0 .* to 65535"),
    "no address here": (_nothing, "--host 192.0.2.1 --mqtt-port 1", 4, r"--mqtt-port 1 on 192\.0\.2\.1: this machine "),
    "no host": (_nothing, "--host no.invalid", 4, r"--host no\.invalid: no address of this machine"),
    "an unknown switch": (_nothing, f"{FREE} --set pendingcap=1", 4, r"did you mean pending_cap\?\) with one of the"),
    "a value that does not fit": (_nothing, f"{FREE} --set notices=both", 4, r"it takes notify first or notify-next f"),
    "a folder is missing": (_nothing, "", 4, r"jobrig cloud needs FOLDER"),
    "a garbled state": (_garbled, FREE, 10, r"state\.db: expected the state of a `jobrig cloud`, but: file is not a d"),
    "another program's": (_foreign, FREE, 4, r"state\.db: expected .* got another program's SQLite file; nothing was"),
    "a garbled clock": (_no_clock, FREE, 10, r"clock\.json: expected .* delete the file to start at real time"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_is_said_in_one_line(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    prepare, options, code, words = REFUSED[name]
    prepare(tmp_path / "cloud")
    with socket.create_server(("127.0.0.1", 0)) as held, socket.create_server(("127.0.0.1", 0)) as other:
        taken, free = held.getsockname()[1], other.getsockname()[1]
        other.close()
        arguments = options.format(taken=taken, free=free).split()
        where = [] if name == "a folder is missing" else [str(tmp_path / "cloud")]
        assert main(["cloud", *where, *arguments]) == code
    said = capsys.readouterr()
    assert said.out == ""
    assert re.search(words, said.err), said.err
    assert said.err.count("\n") == 1


def test_a_folder_that_is_in_use_is_refused(cloud: Alone, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cloud", str(cloud.folder), *FREE.split()]) == 4
    assert "another `jobrig cloud` keeps its state in this folder" in capsys.readouterr().err


def test_a_disk_that_refuses_ends_the_cloud_before_it_tells_what_is_not_kept(tmp_path: Path) -> None:
    with Alone(tmp_path / "cloud") as full:
        other = sqlite3.connect(tmp_path / "cloud" / "state.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        iot = full.boto("iot")
        with pytest.raises(iot.exceptions.ClientError):
            iot.create_thing(thingName="lamp")
        assert full.gone() == 10
        other.execute("ROLLBACK")
        other.close()
        assert re.search(r"jobrig: .*state\.db: what has changed could not be written", full.log.read_text())
    with Alone(tmp_path / "cloud") as back:
        assert back.boto("iot").list_things()["things"] == []


def test_it_ends_with_its_parent(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "rigs.cli", "cloud", str(tmp_path / "cloud"), *FREE.split(), "--with-parent"]
    parent = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    assert json.loads(parent.stdout.readline())["http"]
    parent.communicate(timeout=20)
    assert parent.returncode == 0


def test_explain_prints_every_setting_and_needs_no_folder(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cloud", "--explain"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said == list(table())
    for one in settings():
        row = said.index(f"{one.name}={shown(one.default)}   or {one.alternatives}   ({one.group})")
        assert said[row + 1 : row + 3] == [f"    {one.decides}", f"    Source: {one.source}"]


@pytest.mark.parametrize("setting", settings(), ids=lambda one: one.name)
def test_each_setting_has_its_words_and_takes_its_own_default(setting: object) -> None:
    one = next(found for found in settings() if found == setting)
    assert one.decides.endswith(".")
    assert one.source
    switches, limits = chosen([f"{one.name}={shown(one.default)}"])
    assert getattr(switches if one.group == "Jobs" else limits, one.name) == one.default
    with pytest.raises(UsageFault, match=rf"--set {one.name}=\\u: it takes "):
        chosen([f"{one.name}=\\u"])


def test_names_of_settings_are_told_apart() -> None:
    names = [one.name for one in settings()]
    assert len(names) == len(set(names))
