"""The profile of a device: its promises, habits, times and job kinds, as one table of flat words.

Promises default to what a good device does; a deviation is declared in the rig file and shown in every report. Habits
have no good or bad and no default: an undeclared habit skips the scenarios that need it with "not declared: told_by".
docs/profile.md is made from this table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from rigs.errors import UsageFault

Value = str | bool | int | float | None
Sort = Literal["promise", "habit"]
YES_NO: tuple[Value, ...] = (True, False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One word of the profile; `choices` empty means a number or False."""

    meaning: str
    sort: Sort
    choices: tuple[Value, ...]
    default: Value = None
    asked_by: str = ""


def _promise(meaning: str, default: Value, asked_by: str, choices: tuple[Value, ...] = YES_NO) -> Word:
    return Word(meaning=meaning, sort="promise", choices=choices, default=default, asked_by=asked_by)


def _habit(meaning: str, asked_by: str, choices: tuple[Value, ...] = YES_NO) -> Word:
    return Word(meaning=meaning, sort="habit", choices=choices, asked_by=asked_by)


WORDS: dict[str, Word] = {
    "takes_jobs": _habit("how it takes a job up", "S001 S015 S053", ("start-next", "describe", "notify", "poll")),
    "told_by": _habit("which notification it listens to", "S003 S056", ("notify-next", "notify", "both", "none")),
    "reports_start": _habit("reports IN_PROGRESS (or starts with start-next) before the end", "S009 S012"),
    "waits_for_start": _habit("works only after its start was accepted", "S010 S011 S018"),
    "one_at_a_time": _habit("works on one job at a time", "S077"),
    "polls": _habit("asks for jobs now and then by itself (timing.poll)", "S004 S008"),
    "asks_on": _habit(
        "asks for jobs by itself: at each connection, after a start only, or never",
        "S004 S053 S203",
        ("connect", "start", "never"),
    ),
    "one_shot": _habit("ends when it has nothing to do and is started again", "S001 S003"),
    "reports_progress": _habit("reports progress; waits: one at a time", "S034 S042", ("none", "waits", "free")),
    "asks_state": _habit("asks for the execution's state in its updates", "S025"),
    "sends_expected_version": _habit("names expectedVersion", "S020 S035 S040", ("always", "end-only", "never")),
    "after_mismatch": _habit("what it does with a version that was refused", "S035", ("corrects", "drops")),
    "sends_client_token": _habit("sends a clientToken", "S017 S018", ("unique", "constant", "never")),
    "pairs_by_token": _habit("pairs replies by clientToken, not by topic", "S018"),
    "sends_execution_number": _habit("names executionNumber", "S021"),
    "sends_details": _habit("sends statusDetails", "S023"),
    "subscribes_to_replies": _habit("subscribes to accepted and rejected topics", "S001"),
    "update_qos": _habit("QoS of its requests", "S014 S049", (0, 1)),
    "session": _habit("clean start or persistent session", "S004 S049", ("clean", "persistent")),
    "mqtt": _habit("MQTT version", "S001", ("5", "3.1.1")),
    "sets_step_timer": _habit("minutes of the step timer that it sets at the start, or false", "S027 S066 S068", ()),
    "renews_step_timer": _habit("sets the step timer anew while it works (timing.renew)", "S068 S069"),
    "cancels_step_timer": _habit("cancels its step timer with −1", "S027"),
    "repeats_unanswered": _promise("repeats a request that got no reply within timing.reply", True, "S012"),
    "keeps_result": _promise("keeps the result of finished work over a loss of power", True, "S041"),
    "stops_ended_work": _promise("stops the work of an execution that has ended (timing.stop)", True, "S066 S075"),
    "limits_work_time": _promise("ends hung work by itself (timing.give_up)", True, "S074"),
    "ends_without_space": _promise("ends a job that it has no space for, instead of waiting for space", True, "S055"),
    "reports_reason": _promise("a failure says why in statusDetails", True, "S029"),
    "after_reboot": _habit("what it does with an execution after a reboot", "S041 S203", ("resume", "restart", "fail")),
    "heeds_time_left": _habit("uses approximateSecondsBeforeTimedOut", "S071", ("gives_up", "renews", False)),
    "rejects_from_queued": _habit("rejects an unsuitable job before it starts it", "S030"),
    "in_order": _habit("takes jobs in the service's order", "S007"),
    "foreign_jobs": _habit("what it does with a job for somebody else", "S006", ("left", "rejected", "failed")),
    "backoff": _habit("repeats with growing pauses and no bound", "S010 S037"),
}

TIMING: dict[str, tuple[str, float]] = {
    "boot": ("power on → agent started", 30),
    "connect": ("agent started → CONNACK", 30),
    "react": ("job is next → first request or report about it", 10),
    "reply": ("how long it waits for a reply", 30),
    "report": ("end of work → report of the end", 10),
    "retry": ("longest pause between two tries of one report", 30),
    "reconnect": ("endpoint reachable → CONNACK; covers the cap of the back-off", 60),
    "stop": ("told that an execution has ended → its work has stopped", 10),
    "poll": ("least time between two asks while nothing happens; 0: not declared", 0),
    "reask": ("told of a job, asked and found nothing → asks again; 0: does not", 0),
    "persist": ("end of work → result safe on flash", 2),
    "renew": ("longest time between two settings of the step timer", 30),
    "give_up": ("start of hung work → the device ends it itself", 600),
    "silent_link": ("silent link → noticed", 60),
    "evidence_lag": ("delay between evidence and packets", 1),
    "round_trip": ("message leaves for the device → what it says having read it is here, at most", 0.1),
    "power_off": ("least time without power", 1),
    "ack": ("how long its MQTT library waits for an acknowledgement", 30),
}

NUMBERS: dict[str, tuple[str, int]] = {
    "tries": ("most times that one status of a job is reported in one trouble", 5),
    "boots_per_reboot": ("boots that one reboot takes", 1),
    "asks_per_hour": ("most questions in an hour in which nothing happens; 0: not declared (rule I18)", 0),
    "connects_per_hour": ("most connects in an hour that nobody brought about; 0: not declared (rule I12)", 0),
}

TEXTS: dict[str, tuple[str, str]] = {
    "progress_key": ("member of statusDetails that tells how far it is: a number, `n/m` or `n %` (rule I16)", ""),
}

KINDS = (
    "succeeds", "fails", "rejects", "long", "download", "hangs", "reboots", "restarts", "noisy", "padded", "foreign",
    "needs_space",
)  # fmt: skip

Contradiction = tuple[Mapping[str, tuple[Value, ...]], str]
CONTRADICTIONS: tuple[Contradiction, ...] = (
    ({"takes_jobs": ("start-next",), "foreign_jobs": ("left",)}, "start-next starts the foreign job too"),
    ({"takes_jobs": ("start-next",), "rejects_from_queued": (True,)}, "start-next has started what it rejects"),
    ({"takes_jobs": ("start-next",), "reports_start": (False,)}, "start-next is a report of the start"),
    ({"reports_start": (False,), "waits_for_start": (True,)}, "nothing to wait for where no start is reported"),
    ({"sends_client_token": ("never",), "pairs_by_token": (True,)}, "no token to pair by"),
    ({"takes_jobs": ("notify",), "told_by": ("none",)}, "takes jobs from notifications that it does not listen to"),
    ({"takes_jobs": ("poll",), "polls": (False,)}, "takes jobs by asking, and never asks again"),
    ({"told_by": ("none",), "polls": (False,)}, "neither listens nor asks again: hears of no job"),
    ({"sends_details": (False,), "reports_reason": (True,)}, "a reason stands in statusDetails"),
    ({"sets_step_timer": (False,), "renews_step_timer": (True,)}, "renews a timer that it never sets"),
    ({"sets_step_timer": (False,), "cancels_step_timer": (True,)}, "cancels a timer that it never sets"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Where work shows outside the Jobs messages: a pattern in a file or in a command's output.

    `{nonce}` in a pattern is the job's own; without it the evidence is weaker and only good while one job is pending.
    """

    begun: str | None = None
    done: str | None = None
    dropped: str | None = None

    @property
    def whole(self) -> bool:
        """Whether it can be counted how often work was done."""
        return self.done is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobKind:
    """A job that the device can be given: its document (with `{job}` and `{nonce}`) and what it does."""

    name: str
    document: Mapping[str, Any]
    lasts: timedelta
    ends: str = "SUCCEEDED"
    evidence: Evidence = field(default_factory=Evidence)
    release: str | None = None

    def __repr__(self) -> str:
        return f"<JobKind {self.name}>"


@dataclass(frozen=True, slots=True)
class Timing:
    """The device's bounds by name."""

    seconds: Mapping[str, float]

    def __getattr__(self, name: str) -> timedelta:
        if name not in TIMING:
            raise AttributeError(f"no timing {name!r}; known: {', '.join(TIMING)}")
        return timedelta(seconds=self.seconds.get(name, TIMING[name][1]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a device promises and how it behaves; read with `profile["told_by"]`, `profile.timing.react`."""

    words: Mapping[str, Value]
    timing: Timing
    numbers: Mapping[str, int]
    jobs: Mapping[str, JobKind]
    waived: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, word: str) -> Value:
        """The declared value, or a promise's default; None for an undeclared habit."""
        return self.words.get(word, WORDS[word].default)

    def __repr__(self) -> str:
        return f"<Profile {len(self.words)} words declared, kinds {', '.join(self.jobs)}>"

    @property
    def deviations(self) -> dict[str, Value]:
        """Promises that this device does not give; shown in every report."""
        return {
            word: value
            for word, value in self.words.items()
            if WORDS[word].sort == "promise" and value != WORDS[word].default
        }

    def number(self, name: str) -> int:
        """A declared count or its default."""
        return self.numbers.get(name, NUMBERS[name][1])

    def flat(self) -> dict[str, Any]:
        """All of it as plain data, for the trace header and the rules."""
        return {
            **{word: self[word] for word in WORDS},
            "timing": {name: self.timing.seconds.get(name, seconds) for name, (_, seconds) in TIMING.items()},
            **{name: self.number(name) for name in NUMBERS},
            **{name: self.texts.get(name, default) for name, (_, default) in TEXTS.items()},
            "jobs": sorted(self.jobs),
        }


def check_words(words: Mapping[str, Value], where: str) -> None:
    """Raise UsageFault, naming `where` and the key, for unknown words, wrong values and contradictions."""
    for word, value in words.items():
        if word not in WORDS:
            raise UsageFault(f"{where} [profile] {word}: no such word; known: {', '.join(WORDS)}")
        choices = WORDS[word].choices
        plain_number = isinstance(value, int | float) and value is not True
        if (choices and value not in choices) or (not choices and not plain_number):
            known = ", ".join(str(choice) for choice in choices) or "a number or false"
            raise UsageFault(f"{where} [profile] {word}: {value!r} is none of {known}")
    for combination, why in CONTRADICTIONS:
        effective = {word: words.get(word, WORDS[word].default) for word in combination}
        if all(effective[word] in values and effective[word] is not None for word, values in combination.items()):
            named = " with ".join(f"{word} = {value!r}" for word, value in effective.items())
            raise UsageFault(f"{where} [profile] {named}: {why}")
