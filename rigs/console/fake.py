"""A console that answers from a table: for tests of what stands on a console."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from rigs.console.log import ConsoleLog
from rigs.console.transcript import Recorder, Transcript
from rigs.errors import ConsoleLost, ConsoleSilent

Answer = str | Callable[[str], str]


class FakeConsole:
    """Answers the first word of a command from `answers`; an answer may be a function of the whole command.

    A command without an answer is one that the device is silent about. `say` prints a line, `lose` takes the port away.
    """

    def __init__(
        self,
        answers: Mapping[str, Answer],
        *,
        trace: Recorder,
        name: str = "fake",
        log: ConsoleLog | None = None,
    ) -> None:
        self.name = name
        self.answers = dict(answers)
        self._transcript = Transcript(trace, name, log)
        self._cause: str | None = f"{name} is not open"

    def __repr__(self) -> str:
        return f"<FakeConsole {self.name} knows {', '.join(self.answers)}>"

    def open(self) -> None:
        """Start, once."""
        if self._cause is not None:
            self._cause = None
            self._transcript.opened("fake")

    def run(self, command: str, within: timedelta = timedelta(seconds=10)) -> str:
        """The answer; raises ConsoleLost when closed or lost, ConsoleSilent (at once) when there is none."""
        if self._cause is not None:
            raise ConsoleLost(f"{self.name}: {self._cause}; {command!r} was not sent")
        self._transcript.sent(command)
        self._transcript.raw(">", command.encode() + b"\n")
        answer = self.answers.get(command.split(" ")[0])
        if answer is None:
            raise ConsoleSilent(f"{self.name}: no answer to {command!r} within {within.total_seconds():g} s")
        text = answer(command) if callable(answer) else answer
        self.say(text)
        return text

    def say(self, text: str) -> None:
        """Print lines, asked or not."""
        self._transcript.raw("<", text.encode() + b"\n")
        for line in text.split("\n"):
            self._transcript.read(line)

    def lose(self, reason: str) -> None:
        """The port goes away."""
        self._cause = reason
        self._transcript.lost(reason)

    def close(self) -> None:
        """Stop; may be called twice."""
        self._cause = f"{self.name} is closed"
