"""All rules on the records of a device, live or offline."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rigs.jobs.model import Kind, Operation
from rigs.rules.base import HANDED, REPORT, REQUEST, RESTARTS, SENT, Context, Finding, Rule, Sort, sort_of
from rigs.rules.knowledge import PATIENCE, READING, Knowledge
from rigs.rules.table import RULES
from rigs.trace.pairing import Pairing
from rigs.trace.records import AnyRecord, Link

KEPT = 5_000  # exchanges that are known at least: a trace of any length must not fill the memory
PAIRED: frozenset[Sort] = frozenset(
    {SENT, HANDED, ("cloud", "up", "PUBLISH"), ("cloud", "down", "PUBLISH"), ("device", "down", "PUBACK")}
)
LEARNT: frozenset[Sort] = frozenset({SENT, HANDED, Link}) | RESTARTS
ALSO: Mapping[Sort, frozenset[Sort]] = {REQUEST: frozenset({SENT}), REPORT: frozenset({SENT, REQUEST})}
"""What a record of a sort is besides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What is done with the records of one sort; `idle`: nobody wants them."""

    rules: list[Rule]
    paired: bool
    learnt: bool
    clocked: bool
    idle: bool


class Judge:
    """Fed record by record, O(1) each; one for a run, `begin` starts the next scenario.

    `profile` is plain data (Profile.flat()); `waived` names rules that the device is known to break, with the reason.
    What the device was given before stays known over `begin`, since devices keep it too. Rules that need what is in
    `unseen` (what an imported log cannot show) do not speak; `mute` says which, and for want of what. Those that hold
    a device to a word of its profile are not there at all where it is not declared.
    """

    def __init__(
        self,
        profile: Mapping[str, Any],
        thing: str | None,
        waived: Mapping[str, str] | None = None,
        unseen: Collection[str] = (),
    ) -> None:
        self.waived = dict(waived or {})
        self.findings: list[Finding] = []
        held = {name: row for name, row in RULES.items() if declared(profile, row.declared)}
        lacking = {name: sorted(set(unseen) & row.needs) for name, row in held.items()}
        self.mute: dict[str, list[str]] = {name: words for name, words in lacking.items() if words}
        self._rules: list[Rule] = [row.make() for row in held.values()]
        self._speaking = [rule for rule in self._rules if rule.id not in self.mute]
        self._clocked = [rule for rule in self._speaking if rule.clocked]
        self._context = Context(
            profile=profile,
            thing=thing or None,
            pairing=Pairing(KEPT, marks_repeats="repeats" not in unseen),
            known=Knowledge(),
            unseen=frozenset(unseen),
        )
        coarse = 1.0 if "times" in unseen else 0.0  # seconds to which they are known
        self._context.known.reading = self._context.bound("round_trip", READING) + coarse
        self._context.known.patience = self._context.bound("reply", PATIENCE) + coarse
        self._before: dict[str, int] = {}
        self._plans: dict[Sort, _Plan] = {}
        self._due = math.inf

    def __repr__(self) -> str:
        return f"<Judge {len(self.violations)} violations, {len(self.remarks)} remarks>"

    @property
    def violations(self) -> list[Finding]:
        """What fails the scenario: violations that are not waived."""
        return [finding for finding in self.findings if finding.severity == "violation" and not finding.waived]

    @property
    def remarks(self) -> list[Finding]:
        """What is only shown and counted."""
        return [finding for finding in self.findings if finding.severity == "remark"]

    @property
    def coverage(self) -> dict[str, int]:
        """How many records each rule looked at since `begin`."""
        return {rule.id: rule.looked - self._before.get(rule.id, 0) for rule in self._rules}

    @property
    def pairing(self) -> Pairing:
        """The exchanges, as they are now; of very many the newest."""
        return self._context.pairing

    def begin(self) -> None:
        """A scenario begins: findings and coverage start anew, what the device knows stays."""
        self.findings = []
        self._before = {rule.id: rule.looked for rule in self._rules}

    def feed(self, record: AnyRecord) -> list[Finding]:
        """Judge the next record; returns what was found by it."""
        sort = sort_of(record)
        plan = self._plans.get(sort) or self._planned(sort)
        overdue = record.at > self._due
        if plan.idle and not overdue:
            return []
        context = self._context
        if plan.paired:
            sort = self._look(record, sort)
            plan = self._plans.get(sort) or self._planned(sort)
        else:
            context.address = context.exchange = context.request = context.report = None
        rules = plan.rules
        if overdue:
            rules = [rule for rule in self._speaking if rule in rules or record.at > rule.due]
        found: list[Finding] = []
        for rule in rules:
            found.extend(rule.feed(record, context))
        if plan.learnt:
            context.known.learn(record, context.address, context.exchange, context.report)
        if plan.clocked or overdue:
            self._due = min([rule.due for rule in self._clocked], default=math.inf)
        return self._weigh(found) if found else found

    def _planned(self, sort: Sort) -> _Plan:
        every = {sort, *ALSO.get(sort, ())}
        rules = [rule for rule in self._speaking if not every.isdisjoint(rule.hears)]
        paired, learnt = not every.isdisjoint(PAIRED), not every.isdisjoint(LEARNT)
        plan = self._plans[sort] = _Plan(
            rules=rules,
            paired=paired,
            learnt=learnt,
            clocked=any(rule.clocked for rule in rules),
            idle=not (rules or paired or learnt),
        )
        return plan

    def _look(self, record: AnyRecord, sort: Sort) -> Sort:
        """What the rules share about the record; returns its sort, which for a request is not yet known before."""
        context, pairing = self._context, self._context.pairing
        exchange = context.exchange = pairing.feed(record)
        where = context.address = pairing.address
        context.perhaps_repeated = pairing.perhaps_repeated
        context.request = context.report = None
        if sort != SENT or where is None or where.kind is not Kind.REQUEST or pairing.repeated:
            return sort
        context.request = exchange
        if where.operation is not Operation.UPDATE:
            return REQUEST
        context.report = exchange
        return REPORT

    def close(self, now: float) -> list[Finding]:
        """Judge what is open at `now`, seconds of the trace; returns what was found."""
        return self._weigh([finding for rule in self._speaking for finding in rule.close(now, self._context)])

    def _weigh(self, findings: Iterable[Finding]) -> list[Finding]:
        weighed = list(self._weighed(findings))
        self.findings.extend(weighed)
        return weighed

    def _weighed(self, findings: Iterable[Finding]) -> Iterator[Finding]:
        for finding in findings:
            clause = f"{finding.text} [{RULES[finding.rule].source}]"
            yield dataclasses.replace(finding, text=clause, waived=self.waived.get(finding.rule, ""))


def declared(profile: Mapping[str, Any], words: tuple[str, ...]) -> bool:
    """Whether the profile says one of these words, and not no or 0; `timing.poll` is a word of the table `timing`."""
    for word in words:
        value: Any = profile
        for part in word.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        if value:
            return True
    return not words


def judged(
    records: Iterable[AnyRecord],
    profile: Mapping[str, Any] | None = None,
    thing: str | None = None,
    waived: Mapping[str, str] | None = None,
    unseen: Collection[str] = (),
) -> Judge:
    """All records at once, closed at the last one's time."""
    judge = Judge(profile or {}, thing, waived, unseen)
    now = 0.0
    for record in records:
        judge.feed(record)
        now = record.at
    judge.close(now)
    return judge
