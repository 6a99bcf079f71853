"""I4: no member is null or empty; statusDetails is a flat object of short strings."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rigs.rules.base import Context, Finding, RuleBase, told
from rigs.trace.exchange import Exchange
from rigs.trace.records import AnyRecord

KEY = re.compile(r"[a-zA-Z0-9:_-]{1,128}")
LONGEST_VALUE = 1024  # characters, enforced by the service (evidence.md, point e)


@dataclass(slots=True, repr=False)
class Details(RuleBase):
    """`{}` as statusDetails is right (AWS's device client sends it), and so is a line feed in a value (evidence.md).

    Open at AWS, so a remark: numbers as values, other control characters, and an empty clientToken, which was seen to
    be echoed.
    """

    id: str = "I4"

    def feed(self, record: AnyRecord, context: Context) -> Iterator[Finding]:
        """Judge each request once."""
        request = context.request
        if request is None or not request.body:
            return
        self.looked += 1
        for name, value in request.body.items():
            if value is None or value == "" or value == []:
                yield self._void(request, name, value)
        details = request.body.get("statusDetails")
        if details is None or details in ("", []):
            return
        if not isinstance(details, dict):
            yield self.violation(f"{told(request)}: statusDetails is {_short(details)}, must be an object", request.n)
            return
        for key, value in details.items():
            yield from self._detail(request, key, value)

    def _void(self, request: Exchange, name: str, value: Any) -> Finding:
        what = "null" if value is None else "empty"
        if name == "clientToken" and value == "":
            return self.remark(f"{told(request)}: clientToken is empty", request.n)
        return self.violation(f"{told(request)}: {name} is {what}; leave it out instead", request.n)

    def _detail(self, request: Exchange, key: str, value: Any) -> Iterator[Finding]:
        if isinstance(value, str) and 0 < len(value) <= LONGEST_VALUE and value.isprintable() and KEY.fullmatch(key):
            return
        where = f"{told(request)}: statusDetails[{key[:40]!r}]"
        if not KEY.fullmatch(key):
            yield self.violation(f"{where}: a key is 1 to 128 of a-z A-Z 0-9 : _ -", request.n)
        match value:
            case None | "":
                yield self.violation(f"{where} is {'null' if value is None else 'empty'}", request.n)
            case dict() | list():
                yield self.violation(f"{where} is nested: {_short(value)}", request.n)
            case str() if len(value) > LONGEST_VALUE:
                yield self.violation(f"{where} has {len(value)} characters, at most {LONGEST_VALUE}", request.n)
            case str() if bad := _control(value):
                yield from self.once(f"{request.job} {key}", self.remark(f"{where} contains {bad!r}", request.n))
            case bool() | int() | float():
                number = self.remark(f"{where} is {value!r}, not a string", request.n)
                yield from self.once(f"{request.job} {key}", number)


def _control(value: str) -> str:
    return next((char for char in value if char != "\n" and unicodedata.category(char) == "Cc"), "")


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:59]}…"
