"""All rules on the records of a device, live or offline."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from rigs.jobs.model import Kind, Operation
from rigs.rules.base import HANDED, RESTARTS, SENT, Context, Finding, Rule, Sort, sort_of
from rigs.rules.knowledge import Knowledge
from rigs.rules.table import RULES
from rigs.trace.naming import address
from rigs.trace.pairing import Pairing
from rigs.trace.records import AnyRecord

KEPT = 5_000  # exchanges that are known at least: a trace of any length must not fill the memory
PAIRED: frozenset[Sort] = frozenset(
    {SENT, HANDED, ("cloud", "up", "PUBLISH"), ("cloud", "down", "PUBLISH"), ("device", "down", "PUBACK")}
)
LEARNT: frozenset[Sort] = frozenset({SENT, HANDED}) | RESTARTS


class Judge:
    """Fed record by record, O(1) each; one for a run, `begin` starts the next scenario.

    `profile` is plain data (Profile.flat()); `waived` names rules that the device is known to break, with the reason.
    What the device was given before stays known over `begin`, since devices keep it too. Rules that need what is in
    `unseen` (what an imported log cannot show) do not speak; `mute` says which, and for want of what.
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
        lacking = {name: sorted(set(unseen) & row.needs) for name, row in RULES.items()}
        self.mute: dict[str, list[str]] = {name: words for name, words in lacking.items() if words}
        self._rules: list[Rule] = [row.make() for row in RULES.values()]
        self._speaking = [rule for rule in self._rules if rule.id not in self.mute]
        self._clocked = [rule for rule in self._speaking if rule.clocked]
        self._context = Context(
            profile=profile,
            thing=thing or None,
            pairing=Pairing(KEPT, marks_repeats="repeats" not in unseen),
            known=Knowledge(coarse="times" in unseen),
            unseen=frozenset(unseen),
        )
        self._before: dict[str, int] = {}
        self._hearing: dict[Sort, list[Rule]] = {}
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
        hearing = self._hearing.get(sort)
        if hearing is None:
            hearing = self._hearing[sort] = [rule for rule in self._speaking if sort in rule.hears]
        if record.at > self._due:
            hearing = [rule for rule in self._speaking if rule in hearing or record.at > rule.due]
        if not hearing and sort not in PAIRED and sort not in LEARNT:
            return []
        self._look(record, sort)
        context = self._context
        found = [finding for rule in hearing for finding in rule.feed(record, context)]
        if sort in LEARNT:
            context.known.learn(record, context.address, context.exchange, context.report)
        self._due = min([rule.due for rule in self._clocked], default=math.inf)
        return self._weigh(found) if found else found

    def _look(self, record: AnyRecord, sort: Sort) -> None:
        """What the rules share about the record."""
        context = self._context
        context.address = context.exchange = context.request = context.report = None
        if sort not in PAIRED:
            return
        context.address = address(record)
        context.exchange = context.pairing.feed(record)
        context.perhaps_repeated = context.pairing.perhaps_repeated
        fresh = sort == SENT and context.address is not None and context.address.kind is Kind.REQUEST
        if fresh and not context.pairing.repeated:
            context.request = context.exchange
            if context.address is not None and context.address.operation is Operation.UPDATE:
                context.report = context.exchange

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
