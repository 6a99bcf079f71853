"""The names of one play: what @names stand for, and the topics of its thing."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from tests.contract.shapes import Differs, Part, differences

_NAME = re.compile(r"@(\w+)")
WHOLE = ("$aws", "$share", "$nobody", "#")  # how a topic begins that is not below the thing's jobs


class Names:
    """`thing` is the play's thing; what is not known yet is named after it."""

    def __init__(self, thing: str, **known: str) -> None:
        self.thing = thing
        self.known: dict[str, str] = {"thing": thing, "group": f"{thing}-group", **known}

    def __repr__(self) -> str:
        return f"<Names {self.thing}>"

    def filled(self, value: Any) -> Any:
        """The value with names in the places of @names."""
        if isinstance(value, str):
            return _NAME.sub(lambda found: self.known.setdefault(found[1], f"{self.thing}-{found[1]}"), value)
        if isinstance(value, Mapping):
            return {key: self.filled(one) for key, one in value.items()}
        if isinstance(value, Part):
            return Part(self.filled(value.members))
        return [self.filled(one) for one in value] if isinstance(value, list | tuple) else value

    def topic(self, word: str) -> str:
        """A whole topic, one of the client's own (own:…), or one below …/jobs/."""
        word = self.filled(word)
        if word.startswith("own:"):
            return f"{self.thing}/{word.removeprefix('own:')}"
        return word if word.startswith(WHOLE) else f"$aws/things/{self.thing}/jobs/{word}"

    def payload(self, body: Any) -> bytes:
        """Bytes as they are, anything else as JSON."""
        return body if isinstance(body, bytes) else json.dumps(self.filled(body)).encode()

    def judge(self, expected: Any, found: Any, what: str, *, ordered: bool = False) -> None:
        """Raise Differs when something else was found than expected (None: not looked at)."""
        wrong = [] if expected is None else differences(self.filled(expected), found, ordered=ordered)
        if wrong:
            raise Differs(f"{what}: {'; '.join(wrong)}")
