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
from rigs.trace.records import Unseen


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A rule; `source` is the clause that findings quote, `severity` how its worst finding weighs.

    `needs` is what a log must show for the rule to speak at all, since it must not make a device look bad for what
    somebody else's log does not have.
    """

    sentence: str
    source: str
    severity: str
    make: Callable[[], Rule]
    needs: frozenset[Unseen] = frozenset()


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
}
