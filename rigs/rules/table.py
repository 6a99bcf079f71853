"""The rules, as one table: what each says, where it comes from, how it weighs, what judges it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rigs.rules.base import Rule
from rigs.rules.i01_requests import Requests
from rigs.rules.i02_topics import Topics
from rigs.rules.i03_statuses import Statuses, StepTimers
from rigs.rules.i04_details import Details
from rigs.rules.i05_tokens import Tokens
from rigs.rules.i06_ends import NoProgressAfterTheEnd, NothingAfterTheEnd
from rigs.rules.i08_versions import ExecutionNumbers, Versions
from rigs.rules.i11_acks import Acknowledgements
from rigs.rules.i12_rates import Rates
from rigs.rules.i13_answers import EndsAreAnswered
from rigs.rules.i14_sizes import Sizes
from rigs.rules.i15_starts import WorkAfterStart
from rigs.rules.i16_progress import Progress
from rigs.rules.i17_one_job import OneJobAtATime
from rigs.rules.i18_asks import IdleAsks
from rigs.rules.i19_refusals import EndIsBelieved
from rigs.rules.i20_malformed import RefusedAsMalformed
from rigs.trace.records import Unseen


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A rule; `source` is the clause that findings quote, `severity` how its worst finding weighs.

    `needs` is what a log must show for the rule to speak at all, since it must not make a device look bad for what
    somebody else's log does not have. `declared` are the profile's words of which one at least must be declared, else
    the rule has nothing to hold the device to. `excepted` says what is right although it looks like a wrong.
    """

    sentence: str
    source: str
    severity: str
    make: Callable[[], Rule]
    needs: frozenset[Unseen] = frozenset()
    declared: tuple[str, ...] = ()
    excepted: str = "–"


ANSWERS: frozenset[Unseen] = frozenset({"told", "connections", "gaps"})
KNOWLEDGE: frozenset[Unseen] = frozenset({"told", "delivery", "requests", "gaps"})

RULES: dict[str, Row] = {
    "I1": Row(
        sentence="A request is valid JSON with members of the right type",
        source="jobs-protocol §2.1–§2.4",
        severity="violation; unknown members a remark",
        make=Requests,
        needs=frozenset({"payloads"}),
    ),
    "I2": Row(
        sentence="Every request names this thing and a job that this device was given; $next only in get",
        source="jobs-protocol §1",
        severity="violation",
        make=Topics,
    ),
    "I3": Row(
        sentence="A device reports IN_PROGRESS, SUCCEEDED, FAILED or REJECTED, nothing else",
        source="jobs-protocol §2.4",
        severity="violation",
        make=Statuses,
    ),
    "I4": Row(
        sentence="No member is null or empty; statusDetails is a flat object of short strings",
        source="jobs-protocol §2.4 statusDetails, evidence.md point e",
        severity="violation; what AWS leaves open a remark",
        make=Details,
    ),
    "I5": Row(
        sentence="Two different requests are not outstanding under one clientToken",
        source="jobs-protocol §2 clientToken",
        severity="remark",
        make=Tokens,
        needs=ANSWERS | {"delivery"},
    ),
    "I6": Row(
        sentence="After the end was accepted and the device was told so, no end is reported again",
        source="jobs-protocol §4 terminal states",
        severity="violation; the same end again a remark",
        make=NothingAfterTheEnd,
        needs=KNOWLEDGE,
    ),
    "I7": Row(
        sentence="After the end was accepted and the device was told so, no IN_PROGRESS is reported",
        source="jobs-protocol §4 terminal states",
        severity="violation",
        make=NoProgressAfterTheEnd,
        needs=KNOWLEDGE,
    ),
    "I8": Row(
        sentence="expectedVersion, if sent, is a version that the device can know",
        source="jobs-protocol §2.4 expectedVersion, §4 versionNumber",
        severity="violation",
        make=Versions,
        needs=KNOWLEDGE,
    ),
    "I9": Row(
        sentence="executionNumber, if sent, is one that was delivered and that the device has not ended",
        source="jobs-protocol §4 executionNumber",
        severity="violation",
        make=ExecutionNumbers,
        needs=KNOWLEDGE,
    ),
    "I10": Row(
        sentence="stepTimeoutInMinutes is 1 … 10080, or −1 in an update",
        source="jobs-protocol §2.2, §2.4",
        severity="violation",
        make=StepTimers,
    ),
    "I11": Row(
        sentence="Every QoS 1 message to the device is acknowledged while its connection lasts",
        source="MQTT-4.3.2-4",
        severity="violation",
        make=Acknowledgements,
        needs=frozenset({"acknowledgements", "connections", "gaps"}),
    ),
    "I12": Row(
        sentence="Messages and connects stay under the service's limits",
        source="jobs-protocol §6 limits",
        severity="violation",
        make=Rates,
        needs=frozenset({"times"}),
    ),
    "I13": Row(
        sentence="An end is answered, or repeated within the profile's bound or after the next reconnect",
        source="profile promise repeats_unanswered",
        severity="violation where promised, else a remark",
        make=EndsAreAnswered,
        needs=ANSWERS | {"requests"},
    ),
    "I14": Row(
        sentence="A payload has at most 128 KiB, a topic stays within the broker's limits",
        source="jobs-protocol §6 limits",
        severity="violation",
        make=Sizes,
    ),
    "I15": Row(
        sentence="No work of a job is seen before the device was told that its start was accepted",
        source="profile habit waits_for_start, notes S010",
        severity="violation",
        make=WorkAfterStart,
        needs=KNOWLEDGE | {"beginning"},
        declared=("waits_for_start",),
    ),
    "I16": Row(
        sentence="The progress that is told does not shrink and is not more than the whole",
        source="profile progress_key, notes S024",
        severity="violation",
        make=Progress,
        needs=frozenset({"payloads", "gaps"}),
        declared=("progress_key",),
    ),
    "I17": Row(
        sentence="One job is worked on at a time",
        source="profile habit one_at_a_time, notes K7",
        severity="violation",
        make=OneJobAtATime,
        needs=KNOWLEDGE,
        declared=("one_at_a_time",),
    ),
    "I18": Row(
        sentence="While nothing happens a device asks no more often than its profile says",
        source="profile timing.poll, asks_per_hour, notes S008",
        severity="remark",
        make=IdleAsks,
        needs=KNOWLEDGE,
        declared=("timing.poll", "asks_per_hour"),
    ),
    "I19": Row(
        sentence="A refusal that says the execution has ended is believed",
        source="jobs-protocol §4 terminal states, notes K2",
        severity="violation beyond the profile's tries, from the third report on a remark",
        make=EndIsBelieved,
        needs=KNOWLEDGE,
    ),
    "I20": Row(
        sentence="The service itself calls no request malformed",
        source="jobs-protocol §3 InvalidTopic, InvalidJson, InvalidRequest",
        severity="remark",
        make=RefusedAsMalformed,
        needs=frozenset({"told", "gaps", "payloads"}),
    ),
}
