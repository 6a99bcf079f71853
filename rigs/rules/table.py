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
    excepted: str


ANSWERS: frozenset[Unseen] = frozenset({"told", "connections", "gaps"})
KNOWLEDGE: frozenset[Unseen] = frozenset({"told", "delivery", "requests", "gaps"})

RULES: dict[str, Row] = {
    "I1": Row(
        sentence="A request is valid JSON with members of the right type",
        source="jobs-protocol §2.1–§2.4",
        severity="violation; unknown members a remark",
        make=Requests,
        needs=frozenset({"payloads"}),
        excepted="digit strings as numbers; an empty payload is `{}`; null and empty members are I4's",
    ),
    "I2": Row(
        sentence="Every request names this thing and a job that this device was given; $next only in get",
        source="jobs-protocol §1",
        severity="violation",
        make=Topics,
        excepted=(
            "a job that any message to the device mentioned, a list or an inserted one too; a job reported before "
            "the device was told of any is a remark (kept from before); Greengrass's namespaces"
        ),
    ),
    "I3": Row(
        sentence="A device reports IN_PROGRESS, SUCCEEDED, FAILED or REJECTED, nothing else",
        source="jobs-protocol §2.4",
        severity="violation",
        make=Statuses,
        excepted="a missing status is I1's, a null one I4's",
    ),
    "I4": Row(
        sentence="No member is null or empty; statusDetails is a flat object of short strings",
        source="jobs-protocol §2.4 statusDetails, evidence.md point e",
        severity="violation; what AWS leaves open a remark",
        make=Details,
        excepted=(
            "`{}` as statusDetails, a line feed in a value; an empty clientToken, numbers and other control "
            "characters as values are a remark: what AWS answers is open"
        ),
    ),
    "I5": Row(
        sentence="Two different requests are not outstanding under one clientToken",
        source="jobs-protocol §2 clientToken",
        severity="remark",
        make=Tokens,
        needs=ANSWERS | {"delivery"},
        excepted=(
            "the repeat of a request under its token; a request of an earlier connection; of equal ones the "
            'finding says "one of"'
        ),
    ),
    "I6": Row(
        sentence="After the end was accepted and the device was told so, no end is reported again",
        source="jobs-protocol §4 terminal states",
        severity="violation; the same end again a remark",
        make=NothingAfterTheEnd,
        needs=KNOWLEDGE,
        excepted=(
            "DUP and other repeats of a packet; an acceptance that the tap kept, spoilt, or handed over just "
            "before the link broke; another execution number; after the service announced the execution again"
        ),
    ),
    "I7": Row(
        sentence="After the end was accepted and the device was told so, no IN_PROGRESS is reported",
        source="jobs-protocol §4 terminal states",
        severity="violation",
        make=NoProgressAfterTheEnd,
        needs=KNOWLEDGE,
        excepted="as I6",
    ),
    "I8": Row(
        sentence="expectedVersion, if sent, is a version that the device can know",
        source="jobs-protocol §2.4 expectedVersion, §4 versionNumber",
        severity="violation",
        make=Versions,
        needs=KNOWLEDGE,
        excepted=(
            "a span, not a number: unanswered reports may have counted or not, notices may be believed or not, a "
            "message of the last `timing.round_trip` may not have been read, an acceptance that answers nothing may "
            "be counted; a repeat may be as old as what it repeats; after a restart any version ever told"
        ),
    ),
    "I9": Row(
        sentence="executionNumber, if sent, is one that was delivered and that the device has not ended",
        source="jobs-protocol §4 executionNumber",
        severity="violation",
        make=ExecutionNumbers,
        needs=KNOWLEDGE,
        excepted="a late report of an earlier execution that the device has not ended itself",
    ),
    "I10": Row(
        sentence="stepTimeoutInMinutes is 1 … 10080, or −1 in an update",
        source="jobs-protocol §2.2, §2.4",
        severity="violation",
        make=StepTimers,
        excepted="digit strings; whether −1 without a running timer is right is the service's to say (I20)",
    ),
    "I11": Row(
        sentence="Every QoS 1 message to the device is acknowledged while its connection lasts",
        source="MQTT-4.3.2-4",
        severity="violation",
        make=Acknowledgements,
        needs=frozenset({"acknowledgements", "connections", "gaps"}),
        excepted=(
            "what was under way when the link or the power went; without a declared `timing.ack` judged at the "
            "end of the connection, from 30 s on"
        ),
    ),
    "I12": Row(
        sentence="Messages and connects stay under the service's limits",
        source="jobs-protocol §6 limits",
        severity="violation",
        make=Rates,
        needs=frozenset({"times"}),
        excepted=(
            "several addresses of one name tried at once are one try; what the rig brought about (its cut of a "
            "connection, its restart) counts for nothing, nor what piled up while the tap read nothing; the profile's "
            "`connects_per_hour` is a remark"
        ),
    ),
    "I13": Row(
        sentence="An end is answered, or repeated within the profile's bound or after the next reconnect",
        source="profile promise repeats_unanswered",
        severity="violation where promised, else a remark",
        make=EndsAreAnswered,
        needs=ANSWERS | {"requests"},
        excepted=(
            "a rejection is an answer, and so is a list without the job; QoS 1 in a persistent session once "
            "PUBACKed; a device that is off, restarted, or not connected; after `tries` it may give up"
        ),
    ),
    "I14": Row(
        sentence="A payload has at most 128 KiB, a topic stays within the broker's limits",
        source="jobs-protocol §6 limits",
        severity="violation",
        make=Sizes,
        excepted="rule topics (`$aws/rules/…`) have three more levels",
    ),
    "I15": Row(
        sentence="No work of a job is seen before the device was told that its start was accepted",
        source="profile habit waits_for_start, notes S010",
        severity="violation",
        make=WorkAfterStart,
        needs=KNOWLEDGE | {"beginning"},
        declared=("waits_for_start",),
        excepted=(
            "an execution that any message told to be IN_PROGRESS (own lost start, another's start, resumed after "
            "a restart) or start-next handed out; evidence and packet up to `timing.evidence_lag` apart; evidence of "
            "an earlier execution that is read late"
        ),
    ),
    "I16": Row(
        sentence="The progress that is told does not shrink and is not more than the whole",
        source="profile progress_key, notes S024",
        severity="violation",
        make=Progress,
        needs=frozenset({"payloads", "gaps"}),
        declared=("progress_key",),
        excepted=(
            "a restart, a connection, an end, another execution, the job QUEUED again, another whole, other words "
            "beside the number, a fall back to where the attempt began (its second report): a new attempt; repeats of "
            "a packet; a number said again whose report was not answered or refused"
        ),
    ),
    "I17": Row(
        sentence="One job is worked on at a time",
        source="profile habit one_at_a_time, notes K7",
        severity="violation",
        make=OneJobAtATime,
        needs=KNOWLEDGE,
        declared=("one_at_a_time",),
        excepted=(
            "a start that was refused or not answered; a job that was named no more among the pending ones, as "
            "QUEUED again, or as gone, or where another one was handed out; what may have been done before the reading "
            "that shows it; restarts; a gap in the evidence"
        ),
    ),
    "I18": Row(
        sentence="While nothing happens a device asks no more often than its profile says",
        source="profile timing.poll, asks_per_hour, notes S008",
        severity="remark",
        make=IdleAsks,
        needs=KNOWLEDGE,
        declared=("timing.poll", "asks_per_hour"),
        excepted=(
            "asks after a connection, a notification, a report of its own, a restart; answers that the tap gave "
            "or changed; one early ask, `tries` where `timing.reask` is declared; 10 % of the gap"
        ),
    ),
    "I19": Row(
        sentence="A refusal that says the execution has ended is believed",
        source="jobs-protocol §4 terminal states, notes K2",
        severity="violation beyond the profile's tries, from the third report on a remark",
        make=EndIsBelieved,
        needs=KNOWLEDGE,
        excepted=(
            "reports under way when the refusal came, or the link broke; repeats of a packet; copies of a refusal, and "
            "one with a strange token; after an acceptance or a message that names the job as pending; a later "
            "execution; restarts"
        ),
    ),
    "I20": Row(
        sentence="The service itself calls no request malformed",
        source="jobs-protocol §3 InvalidTopic, InvalidJson, InvalidRequest",
        severity="remark",
        make=RefusedAsMalformed,
        needs=frozenset({"told", "gaps", "payloads"}),
        excepted="refusals that the tap gave, requests that it changed on their way; the same refusal again",
    ),
}
