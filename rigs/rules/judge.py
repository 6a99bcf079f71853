"""All rules on the records of a device, live or offline."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rigs.jobs.model import Kind
from rigs.rules.base import Context, Finding, Rule
from rigs.rules.knowledge import Knowledge
from rigs.rules.table import RULES
from rigs.trace.naming import address, by_device
from rigs.trace.pairing import Pairing
from rigs.trace.records import AnyRecord


class Judge:
    """Fed record by record, O(1) each; one for a run, `begin` starts the next scenario.

    `profile` is plain data (Profile.flat()); `waived` names rules that the device is known to break, with the reason.
    What the device was given before stays known over `begin`, since devices keep it too.
    """

    def __init__(self, profile: Mapping[str, Any], thing: str | None, waived: Mapping[str, str] | None = None) -> None:
        self.waived = dict(waived or {})
        self.findings: list[Finding] = []
        self._rules: list[Rule] = [row.make() for row in RULES.values()]
        self._context = Context(profile=profile, thing=thing or None, pairing=Pairing(), known=Knowledge())
        self._before: dict[str, int] = {}

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
        """The exchanges, as they are now."""
        return self._context.pairing

    def begin(self) -> None:
        """A scenario begins: findings and coverage start anew, what the device knows stays."""
        self.findings = []
        self._before = {rule.id: rule.looked for rule in self._rules}

    def feed(self, record: AnyRecord) -> list[Finding]:
        """Judge the next record; returns what was found by it."""
        context = self._context
        context.address = address(record)
        context.exchange = context.pairing.feed(record)
        context.repeated = context.pairing.repeated
        fresh = by_device(record) and context.address is not None and context.address.kind is Kind.REQUEST
        context.asked = context.exchange if fresh and not context.repeated else None
        found = [finding for rule in self._rules for finding in self._weigh(rule.feed(record, context))]
        context.known.learn(record, context.address, context.exchange, context.report)
        self.findings.extend(found)
        return found

    def close(self, now: float) -> list[Finding]:
        """Judge what is open at `now`, seconds of the trace; returns what was found."""
        found = [finding for rule in self._rules for finding in self._weigh(rule.close(now, self._context))]
        self.findings.extend(found)
        return found

    def _weigh(self, findings: Iterable[Finding]) -> Iterator[Finding]:
        for finding in findings:
            clause = f"{finding.text} [{RULES[finding.rule].source}]"
            yield dataclasses.replace(finding, text=clause, waived=self.waived.get(finding.rule, ""))


def judged(
    records: Iterable[AnyRecord],
    profile: Mapping[str, Any] | None = None,
    thing: str | None = None,
    waived: Mapping[str, str] | None = None,
) -> Judge:
    """All records at once, closed at the last one's time."""
    judge = Judge(profile or {}, thing, waived)
    now = 0.0
    for record in records:
        judge.feed(record)
        now = record.at
    judge.close(now)
    return judge
