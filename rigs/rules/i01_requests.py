"""I1: what a device asks is JSON with members of the right type."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from rigs.jobs.model import Operation
from rigs.rules.base import Context, Finding, RuleBase, told
from rigs.trace.exchange import Exchange
from rigs.trace.naming import integer
from rigs.trace.records import AnyRecord


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _number(value: Any) -> bool:
    """AWS reads a number also from a string of digits (jobs-protocol §2.4)."""
    return integer(value) is not None


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _anything(value: Any) -> bool:
    """statusDetails is I4's."""
    return True


Members = dict[str, tuple[type, Callable[[Any], bool], str]]
"""By name: the usual type, which is right; what else is; and both in words."""
_TEXT = (str, _text, "a string")
_WHOLE = (int, _number, "a whole number")
_YES_NO = (bool, _flag, "true or false")
_TOKEN: Members = {"clientToken": _TEXT}
_DETAILS: Members = {"statusDetails": (dict, _anything, "an object"), "stepTimeoutInMinutes": _WHOLE}
MEMBERS: dict[Operation, Members] = {  # jobs-protocol §2.1–§2.4
    Operation.GET: _TOKEN,
    Operation.START_NEXT: {**_TOKEN, **_DETAILS},
    Operation.DESCRIBE: {
        **_TOKEN,
        "executionNumber": _WHOLE,
        "includeJobDocument": _YES_NO,
    },
    Operation.UPDATE: {
        **_TOKEN,
        **_DETAILS,
        "status": _TEXT,
        "expectedVersion": _WHOLE,
        "executionNumber": _WHOLE,
        "includeJobExecutionState": _YES_NO,
        "includeJobDocument": _YES_NO,
    },
}


@dataclass(slots=True, repr=False)
class Requests(RuleBase):
    """Null members are left to I4; members that AWS does not know are a remark, SDKs send thingName and jobId."""

    id: str = "I1"

    def feed(self, record: AnyRecord, context: Context) -> Iterator[Finding]:
        """Judge each request once."""
        request = context.request
        if request is None:
            return
        self.looked += 1
        if request.body is None:
            yield self.violation(f"{told(request)}: its payload is not a JSON object", request.n)
            return
        if request.operation is Operation.UPDATE and "status" not in request.body:
            yield self.violation(f"{told(request)}: it says no status, which every update must", request.n)
        yield from self._members(request, request.body)

    def _members(self, request: Exchange, body: dict[str, Any]) -> Iterator[Finding]:
        known = MEMBERS[request.operation]
        for name, value in body.items():
            if name not in known:
                remark = self.remark(f"{told(request)}: {name} is no member of this request", request.n)
                yield from self.once(f"{request.operation} {name}", remark)
                continue
            usual, is_right, words = known[name]
            if type(value) is not usual and value is not None and not is_right(value) and value != "":
                yield self.violation(f"{told(request)}: {name} is {value!r}, must be {words}", request.n)
