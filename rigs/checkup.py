"""The checks of `jobrig check`, as a table: each returns a line that says what is well, or raises what is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

from cryptography import x509

from rigs.arrivals import connection
from rigs.costs import numbered
from rigs.errors import RigFault, ServiceFault, UsageFault
from rigs.habits import contradictions
from rigs.jobs.model import Kind, Operation
from rigs.net.certs import fingerprint
from rigs.profile import KINDS, WORDS, Value
from rigs.trace.records import Link, Packet
from rigs.ward import Untried, Ward
from rigs.watched import watch

Check = Callable[[Ward], str]
REASONS = 5
"""Reasons for skips that are named in full, the costliest first."""


def _profile(ward: Ward) -> str:
    profile = ward.profile
    undeclared = [word for word, entry in WORDS.items() if entry.sort == "habit" and profile[word] is None]
    said = [f"{len(profile.words)} words declared"]
    if undeclared:
        lost = numbered(ward.costs.because("not declared: "))
        said.append(f"not declared: {', '.join(undeclared)} (skipped for that: {lost}; `jobrig learn` helps)")
    said += [f"promise not given: {word} = {value}" for word, value in profile.deviations.items()]
    said += [f"rule {rule} waived: {reason}" for rule, reason in profile.waived.items()]
    return "; ".join(said)


def _console(ward: Ward) -> str:
    console, device = ward.console.get(), ward.description.device
    command = device.firmware or device.boots or _evidence_command(ward) or ""
    answer = console.run(command)
    return f"{console.name} answers {command or 'an empty line'!r} with {_short(answer) or 'a prompt'!r}"


def _firmware(ward: Ward) -> str:
    command = ward.description.device.firmware
    if command is None:
        return "no command in the rig file; reports name no version"
    version = ward.run(command)
    if not version:
        raise RigFault(f"[device] firmware = {command!r} printed nothing; expected the version")
    return _short(version)


def _boots(ward: Ward) -> str:
    command = ward.description.device.boots
    if command is None:
        return f"no command in the rig file (skipped for that: {numbered(ward.costs.because('[device] boots'))})"
    answer = ward.run(command)
    numbers = re.findall(r"\d+", answer)
    if not numbers:
        raise RigFault(f"[device] boots = {command!r} printed no number: {_short(answer)!r}")
    return f"{numbers[-1]} so far"


def _evidence_command(ward: Ward) -> str | None:
    command = ward.description.device.evidence
    return command.replace("{offset}", "0") if command is not None else None


def _evidence(ward: Ward) -> str:
    command = _evidence_command(ward)
    if command is None:
        lost = numbered(ward.costs.because("[device] evidence"))
        return f"no command in the rig file: work done twice cannot be seen (skipped for that: {lost})"
    lines = ward.run(command).splitlines()
    return f"{command!r} answers with {len(lines)} lines" + (f", the last {_short(lines[-1])!r}" if lines else "")


def _power(ward: Ward) -> str:
    if ward.description.power is None:
        lost = numbered(ward.costs.because("[power]"))
        return f"no [power] in the rig file: nothing can be cut (skipped for that: {lost})"
    power = ward.power.get()
    lost = "" if power.ability == "cut" else f" (skipped for that: {numbered(ward.costs.because('[power]'))})"
    return f"{power!r}; it was not tried{lost}"


def _tap(ward: Ward) -> str:
    table, trouble = ward.description.tap, str(ward.trouble)
    if ward.trouble is not None and "the tap cannot listen" in trouble:
        raise ward.trouble
    if ward.tap_at is None:
        raise Untried(f"opening the rig ended before it: {_short(trouble)}")
    names = ", ".join(dict.fromkeys(["localhost", "127.0.0.1", table.host, *table.names]))
    return f"listens on {ward.tap_at}, {' and '.join(table.tls)}, ALPN {table.alpn or 'any'}, named {names}"


def _cloud(ward: Ward) -> str:
    if ward.rig is None:
        return ward.cloud.get()
    links = [record for record in ward.records if isinstance(record, Link) and record.link == "cloud"]
    tls = next((record for record in links if record.event == "tls"), None)
    if tls is None:
        raise ServiceFault(f"the tap did not reach the MQTT endpoint: {links[-1].reason if links else 'never tried'}")
    return f"{ward.description.cloud.kind}: MQTT endpoint {tls.peer} with {tls.tls} (record {tls.n})"


def _operator(ward: Ward) -> str:
    pending = ward.operator.get().pending()
    extra = f": {', '.join(pending)}; a run clears them" if pending else ""
    return f"calls are answered; {len(pending)} jobs are pending for {ward.description.device.thing}{extra}"


def _connection(ward: Ward) -> str:
    if ward.tap_at is None:
        raise Untried(f"opening the rig ended before it: {_short(str(ward.trouble))}")
    return connection(ward.records, ward.tap_at)


def _certificates(ward: Ward) -> str:
    """Those that the rig file names; what the rig makes itself is valid from 2000 to 2037."""
    table, folder, now = ward.description, ward.description.folder, datetime.now(UTC)
    named = {
        "[device] certificate": None if table.device.certificate == "made" else table.device.certificate,
        "[device] ca": table.device.ca,
        "[cloud] certificate": table.cloud.certificate,
    }
    said = [_valid(key, (folder / name).read_bytes(), now) for key, name in named.items() if name]
    shown = [one for one in ward.records if isinstance(one, Link) and one.event == "tls" and one.link == "device"]
    own = named["[device] certificate"]
    if own and shown and fingerprint((folder / own).read_bytes()) != shown[-1].certificate:
        said.append(f"the device showed another than [device] certificate: {shown[-1].certificate}")
    if shown:
        said.append("the device took the tap's, valid 2000 to 2037: its clock lies there, or it does not look")
    return "; ".join(["made by the rig, valid 2000 to 2037" if not own else "", *said]).strip("; ")


def _valid(key: str, pem: bytes, now: datetime) -> str:
    try:
        certificate = x509.load_pem_x509_certificate(pem)
    except ValueError as wrong:
        raise UsageFault(f"{key}: no PEM certificate: {wrong}") from wrong
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if not begin <= now <= end:
        raise UsageFault(f"{key}: valid {begin:%Y-%m-%d} to {end:%Y-%m-%d}, today is {now:%Y-%m-%d}; issue a new one")
    return f"{key} valid until {end:%Y-%m-%d}"


def _rest(ward: Ward) -> str:
    rig = ward.whole()
    if lacks := rig.come_to_rest():
        pending = ", ".join(rig.operator.pending()) or "no job"
        raise RigFault(f"the device does not come to rest: {lacks}; pending: {pending}; look at [profile.timing] react")
    return "the device is connected, subscribed, and knows that nothing is pending"


WANTED: dict[Value, list[str]] = {"both": ["notify-next", "notify"], "none": [], None: []}
"""The notifications behind the values of told_by that are no names of one."""


def _subscriptions(ward: Ward) -> str:
    ward.whole()
    seen = watch(ward.records)
    filters = {text: n for connection in seen.connections.values() for text, n in connection.filters.items()}
    topics = {
        "notify-next": seen.topic(Operation.NOTIFY_NEXT, Kind.NOTIFICATION),
        "notify": seen.topic(Operation.NOTIFY, Kind.NOTIFICATION),
    }
    heard = [
        name
        for name, topic in topics.items()
        if any(connection.hears(topic) is not None for connection in seen.connections.values())
    ]
    told = ward.profile["told_by"]
    wanted = WANTED.get(told, [str(told)])
    missing = [name for name in wanted if name not in heard]
    resumed = any(one.connack and one.connack.more.get("session_present") for one in seen.connections.values())
    if missing and not resumed:
        text = f"the profile says told_by = {told!r}, but no filter takes {', '.join(missing)}; it subscribed to"
        raise UsageFault(f"{text} {', '.join(filters) or 'nothing'}; correct told_by, or the firmware")
    return f"{len(filters)} filters, hears {', '.join(heard) or 'no notification'}; told_by is {told or 'not declared'}"


def _habits(ward: Ward) -> str:
    packets = sum(isinstance(record, Packet) for record in ward.records)
    if not packets:
        raise Untried("the device sent nothing")
    found = contradictions(ward.profile, ward.records)
    if found:
        raise UsageFault("; ".join(found))
    return f"nothing in {packets} packets contradicts the profile"


def _kinds(ward: Ward) -> str:
    has = [kind for kind in KINDS if kind in ward.profile.jobs]
    if "succeeds" not in has:
        raise UsageFault(f"{ward.description.path} has no [profile.jobs.succeeds], the one kind that every rig needs")
    costs = {kind: ward.costs.because(f"[profile.jobs.{kind}]") for kind in KINDS if kind not in has}
    lost = [f"no {kind}: {numbered(numbers)}" for kind, numbers in costs.items() if numbers]
    return "; ".join([f"has {', '.join(has)}", *lost])


def _scenarios(ward: Ward) -> str:
    costs = ward.costs
    reasons = sorted(costs.reasons.items(), key=lambda item: -len(item[1]))
    said = [f"{costs.total - costs.skipped} of {costs.total} scenarios run on this rig"]
    said += [f"{len(numbers)} × {reason}" for reason, numbers in reasons[:REASONS]]
    if len(reasons) > REASONS:
        said.append(f"and {len(reasons) - REASONS} more reasons")
    return "; ".join(said)


def _short(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[0][:100] if lines else ""


CHECKS: dict[str, Check] = {
    "profile": _profile,
    "console": _console,
    "firmware": _firmware,
    "boots": _boots,
    "evidence": _evidence,
    "power": _power,
    "tap": _tap,
    "cloud": _cloud,
    "operator": _operator,
    "connection": _connection,
    "certificates": _certificates,
    "rest": _rest,
    "subscriptions": _subscriptions,
    "habits": _habits,
    "job kinds": _kinds,
    "scenarios": _scenarios,
}
"""In the order in which a person wires a rig up; each runs, whatever became of those before it."""
