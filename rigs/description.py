"""The rig file: one TOML file is all that a new device needs. Errors name file and key."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rigs.errors import UsageFault
from rigs.profile import KINDS, NUMBERS, TEXTS, TIMING, Evidence, JobKind, Profile, Timing, Value, check_words

SHIPPED = Path(__file__).parent


class Table(BaseModel):
    """A section of the rig file; an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class RigTable(Table):
    """[rig]; `like` names another rig file, of which this one only says what is different."""

    name: str
    like: str | None = None
    must_judge: list[str] = []
    multiply: bool = False
    seed: int = 0


class DeviceTable(Table):
    """[device]: who it is, and the console commands that handle it.

    A command may hold `{offset}` (evidence), `{nonce}` (release), and in `provision` the words of Rig.provisioning.
    """

    thing: str
    name: str = ""
    certificate: str = "made"
    ca: str | None = None
    client_id: str | None = None
    firmware: str | None = None
    provision: list[str] = []
    provision_check: str | None = None
    start: str | None = None
    stop: str | None = None
    reboot: str | None = None
    boots: str | None = None
    boot_mark: str | None = None
    evidence: str | None = None
    storage: str | None = None
    fill_storage: str | None = None
    free_storage: str | None = None
    settings: dict[str, Any] = {}


class BoardTable(Table):
    """[board]: a board that needs no hardware; `agent` is the command line that it runs as its firmware's agent."""

    kind: Literal["virtual"] = "virtual"
    agent: list[str] | None = None
    environment: dict[str, str] = {}
    restart_agent: bool = False


class MarkersTable(Table):
    """[console.markers]: lines that frame an answer, with `{number}` and `{command}`."""

    ask: str
    begin: str
    end: str


class ConsoleTable(Table):
    """[console]: `port = "board"` is the port of the virtual board; otherwise any pyserial URL."""

    kind: Literal["serial", "ssh", "process"] = "serial"
    port: str = "board"
    baudrate: int = 115200
    dtr: bool = False
    rts: bool = False
    prompt: str = r"^\S*[>#$] $"
    echo: bool = True
    markers: MarkersTable | None = None
    newline: str = "\n"
    vanishes_with_device: bool = False


class SshTable(Table):
    """[ssh]: where commands go by SSH; with `host = "board"` the virtual board's own server."""

    host: str = "board"
    port: int = 22
    user: str = "root"
    key: str | None = None
    known_hosts: str | None = None
    follow: str | None = None


class PowerTable(Table):
    """[power]"""

    kind: Literal["board", "lines", "command"] = "board"
    ability: Literal["cut", "reset"] = "cut"
    off: str | None = None
    on: str | None = None
    reset: str | None = None
    port: str | None = None
    line: Literal["dtr", "rts"] = "dtr"


class TapTable(Table):
    """[tap]: where the device connects to; `names` go into the server certificate beside host and localhost."""

    host: str = "127.0.0.1"
    port: int = 0
    names: list[str] = []
    tls: list[Literal["TLSv1.2", "TLSv1.3"]] = ["TLSv1.2", "TLSv1.3"]
    alpn: str | None = None


class CloudTable(Table):
    """[cloud]: local (in this process, or with `address` a `jobrig cloud` elsewhere) or aws."""

    kind: Literal["local", "aws"] = "local"
    address: str | None = None
    inside: bool = True
    endpoint: str | None = None
    certificate: str | None = None
    key: str | None = None
    ca: str | None = None
    region: str = "eu-central-1"
    acknowledge_after_ms: float = 50
    reply_after_ms: float = 50
    switches: dict[str, Any] = {}


class EvidenceTable(Table):
    """Patterns of [profile.jobs.<kind>] evidence; `{nonce}` and `{job}` are filled in."""

    begun: str | None = None
    done: str | None = None
    dropped: str | None = None


class JobTable(Table):
    """[profile.jobs.<kind>]"""

    document: dict[str, Any]
    lasts: float = 1.0
    ends: Literal["SUCCEEDED", "FAILED", "REJECTED"] = "SUCCEEDED"
    evidence: EvidenceTable = EvidenceTable()
    release: str | None = None


class Description(Table):
    """A whole rig file, checked."""

    rig: RigTable
    device: DeviceTable
    board: BoardTable | None = None
    console: ConsoleTable | None = None
    ssh: SshTable | None = None
    power: PowerTable | None = None
    tap: TapTable = TapTable()
    cloud: CloudTable = CloudTable()
    profile: dict[str, Any] = Field(default_factory=dict)
    path: Path = Path()

    @property
    def folder(self) -> Path:
        """The folder of the rig file; relative paths in it start here."""
        return self.path.parent

    def read_profile(self) -> Profile:
        """The device's profile; raises UsageFault for unknown words, wrong values and contradictions."""
        return profile_of(self.profile, str(self.path))


def find(name: str, root: Path) -> Path:
    """The rig file of that name or path: as given, in the user's rigs/, or among those that ship.

    Raises UsageFault with the known names.
    """
    folders = [root / "rigs", SHIPPED, SHIPPED / "devices"]
    for place in [Path(name), *(folder / f"{name}.toml" for folder in folders)]:
        if place.suffix == ".toml" and place.is_file():
            return place.resolve()
    known = sorted({path.stem for folder in folders for path in folder.glob("*.toml")})
    raise UsageFault(f"no rig {name!r}; known: {', '.join(known)}, or give the path of a .toml file")


def load(path: Path, overrides: Mapping[str, str] | None = None, cloud: str | None = None) -> Description:
    """Read and check a rig file; `overrides` are profile words of the command line, `cloud` another local cloud's file.

    Raises UsageFault naming the file, the key and what is expected there.
    """
    data = _read(path, ())
    profile = data.setdefault("profile", {})
    for word, value in (overrides or {}).items():
        profile[word] = parse_value(value)
    if cloud is not None:
        data["cloud"] = {**data.get("cloud", {}), "kind": "local", "address": cloud, "inside": False}
    try:
        description = Description(**data, path=path)
    except ValidationError as wrong:
        rows = [f"[{'.'.join(str(key) for key in error['loc'])}] {error['msg']}" for error in wrong.errors()]
        raise UsageFault(f"{path}: " + "; ".join(rows)) from wrong
    description.read_profile()
    return description


def _read(path: Path, seen: tuple[Path, ...]) -> dict[str, Any]:
    """The file's tables, over those of the file that it is `like`."""
    if path in seen:
        raise UsageFault(f"{path} [rig] like: goes round in a circle over {', '.join(str(one) for one in seen)}")
    try:
        data = tomllib.loads(path.read_text())
    except (OSError, tomllib.TOMLDecodeError) as wrong:
        raise UsageFault(f"{path}: {wrong}") from wrong
    like = data.get("rig", {}).get("like")
    return data if like is None else _merged(_read(_near(like, path), (*seen, path)), data)


def _near(name: str, path: Path) -> Path:
    """A rig file named in another: beside it, or as `find` finds it."""
    beside = path.parent / f"{name}.toml"
    return beside if beside.is_file() else find(name, path.parent.parent)


def _merged(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    merged = dict(under)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(under.get(key), dict)
        merged[key] = _merged(under[key], value) if both else value
    return merged


def parse_value(text: str) -> Value:
    """A profile value as it is written on the command line."""
    fixed: dict[str, Value] = {"true": True, "yes": True, "false": False, "no": False}
    if text.lower() in fixed:
        return fixed[text.lower()]
    return int(text) if text.isdigit() and text != "5" else text


def profile_of(table: Mapping[str, Any], where: str) -> Profile:
    """The profile of a rig file's [profile] table."""
    nested = {"timing", "jobs", "waive", *NUMBERS, *TEXTS}
    words: dict[str, Value] = {word: value for word, value in table.items() if word not in nested}
    check_words(words, where)
    timing = {name: float(value) for name, value in table.get("timing", {}).items()}
    for name in timing:
        if name not in TIMING:
            raise UsageFault(f"{where} [profile.timing] {name}: no such time; known: {', '.join(TIMING)}")
    return Profile(
        words=words,
        timing=Timing(timing),
        numbers={name: int(table[name]) for name in NUMBERS if name in table},
        jobs={name: _kind(name, entry, where) for name, entry in table.get("jobs", {}).items()},
        waived=dict(table.get("waive", {})),
        texts={name: str(table[name]) for name in TEXTS if name in table},
    )


def _kind(name: str, entry: Mapping[str, Any], where: str) -> JobKind:
    if name not in KINDS:
        raise UsageFault(f"{where} [profile.jobs.{name}]: no such kind of job; known: {', '.join(KINDS)}")
    try:
        table = JobTable(**entry)
    except ValidationError as wrong:
        rows = [f"{'.'.join(str(key) for key in error['loc'])}: {error['msg']}" for error in wrong.errors()]
        raise UsageFault(f"{where} [profile.jobs.{name}] {'; '.join(rows)}") from wrong
    return JobKind(
        name=name,
        document=table.document,
        lasts=timedelta(seconds=table.lasts),
        ends=table.ends,
        evidence=Evidence(**table.evidence.model_dump()),
        release=table.release,
    )
