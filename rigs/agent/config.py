"""What flash/agent.json says: where to connect, which habits to play, how long to wait.

Every combination of habits is a healthy device. The names are those of the device profile, so that one table of words
describes a device and configures this one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any


class ConfigError(Exception):
    """agent.json cannot be used; says file, key and what would be right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How this device plays the protocol; all defaults together are the plain reference device."""

    takes_jobs: str = "start-next"
    told_by: str = "notify-next"
    polls: bool = False
    asks_on: str = "connect"
    reports_start: bool = True
    waits_for_start: bool = True
    one_at_a_time: bool = True
    one_shot: bool = False
    in_order: bool = True
    reports_progress: str = "waits"
    asks_state: bool = False
    sends_details: bool = True
    reports_reason: bool = True
    sends_expected_version: str = "always"
    after_mismatch: str = "corrects"
    sends_client_token: str = "unique"
    pairs_by_token: bool = True
    sends_execution_number: bool = True
    subscribes_to_replies: bool = True
    update_qos: int = 1
    session: str = "clean"
    mqtt: str = "5"
    sets_step_timer: int = 0
    renews_step_timer: bool = False
    cancels_step_timer: bool = False
    repeats_unanswered: bool = True
    keeps_result: bool = True
    after_reboot: str = "resume"
    stops_ended_work: bool = True
    limits_work_time: bool = True
    ends_without_space: bool = True
    heeds_time_left: str | bool = False
    rejects_from_queued: bool = True
    foreign_jobs: str = "rejected"
    backoff: bool = False
    tries: int = 4
    includes: tuple[str, ...] = ()

    @property
    def asks_by_itself(self) -> bool:
        """Whether it asks now and then: by habit, or because nobody tells it anything."""
        return self.polls or self.takes_jobs == "poll" or self.told_by == "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Waiting times in seconds; `retry` is the first pause between two tries, it doubles up to `retry_max`."""

    reply: float = 0.8
    retry: float = 0.15
    retry_max: float = 0.3
    poll: float = 0.0
    progress: float = 0.15
    renew: float = 0.4
    give_up: float = 1.5
    suback: float = 3.0
    farewell: float = 1.0
    reboot: float = 10.0
    reconnect_min: float = 0.1
    reconnect_max: float = 2.0
    reconnect_reset: float = 1.0
    keep_alive: float = 60.0
    ping: float = 3.0


INCLUDES = ("include_job_execution_state", "include_job_document", "thing_name_in_body", "job_id_in_body")

CHOICES: dict[str, tuple[object, ...]] = {
    "takes_jobs": ("start-next", "describe", "notify", "poll"),
    "told_by": ("notify-next", "notify", "both", "none"),
    "reports_progress": ("none", "waits", "free"),
    "sends_expected_version": ("always", "end-only", "never"),
    "after_mismatch": ("corrects", "drops"),
    "sends_client_token": ("unique", "constant", "never"),
    "update_qos": (0, 1),
    "session": ("clean", "persistent"),
    "asks_on": ("connect", "start"),
    "mqtt": ("5", "3.1.1"),
    "after_reboot": ("resume", "restart", "fail"),
    "heeds_time_left": (False, "gives_up", "renews"),
    "foreign_jobs": ("left", "rejected", "failed"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One agent.json, checked; paths are absolute."""

    endpoint: str
    port: int
    thing: str
    client_id: str
    ca: Path
    certificate: Path
    key: Path
    bug: str | None = None
    seed: int = 0
    habits: Habits = field(default_factory=Habits)
    timing: Timing = field(default_factory=Timing)


def load(flash: Path) -> Settings:
    """Read flash/agent.json; raise ConfigError when it is missing, no JSON, or says what nobody knows."""
    path = flash / "agent.json"
    try:
        raw = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"{path}: cannot be read ({error}); the rig writes it with the console command configure"
        ) from error
    return settings(raw, flash)


def settings(raw: Mapping[str, Any], flash: Path) -> Settings:
    """Check plain data as read from agent.json."""
    try:
        return Settings(
            endpoint=str(raw["endpoint"]),
            port=int(raw["port"]),
            thing=str(raw["thing"]),
            client_id=str(raw.get("client_id") or raw["thing"]),
            ca=flash / raw["ca"],
            certificate=flash / raw["certificate"],
            key=flash / raw["key"],
            bug=raw.get("bug") or None,
            seed=int(raw.get("seed") or 0),
            habits=habits(raw.get("habits") or {}),
            timing=timing(raw.get("timing") or {}),
        )
    except KeyError as error:
        raise ConfigError(f"agent.json: {error} is missing") from error


def habits(raw: Mapping[str, Any]) -> Habits:
    """Habits from plain data; a word that nobody knows is refused with the list of those that are known."""
    known = {entry.name for entry in fields(Habits)}
    for word, value in raw.items():
        if word not in known:
            raise ConfigError(f"agent.json habits: no word {word!r}; known: {', '.join(sorted(known))}")
        if word in CHOICES and value not in CHOICES[word]:
            raise ConfigError(f"agent.json habits: {word} = {value!r} is none of {CHOICES[word]}")
    strange = set(raw.get("includes", ())) - set(INCLUDES)
    if strange:
        raise ConfigError(f"agent.json habits: includes {sorted(strange)} is none of {INCLUDES}")
    plain = {**raw, "includes": tuple(raw.get("includes", ()))}
    plain["sets_step_timer"] = int(raw.get("sets_step_timer") or 0)
    return Habits(**plain)


def timing(raw: Mapping[str, Any]) -> Timing:
    """Times from plain data; names that only the rig uses (boot, react, …) are passed over."""
    known = {entry.name for entry in fields(Timing)}
    given = {name: float(value) for name, value in raw.items() if name in known and value is not None}
    if "retry" in given and "retry_max" not in given:
        given["retry_max"] = 2 * given["retry"]
    return Timing(**given)
