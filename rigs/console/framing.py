"""How the answer to a command is told from everything else that a console says."""

from __future__ import annotations

import re
from typing import Protocol

from rigs.console.lines import Line
from rigs.errors import UsageFault


class Exchange(Protocol):
    """One command under way: fed with what the console reads, until it is `done`."""

    text: str
    done: bool
    output: list[str]

    def line(self, line: Line) -> bool:
        """Take a whole line; returns False when it is the exchange's own (echo, marker) and no news."""
        ...

    def partial(self, text: str) -> None:
        """Look at the unfinished last line: a prompt stands there."""
        ...


class Framing(Protocol):
    """Makes exchanges, and knows what a line says beside the prompt."""

    def exchange(self, number: int, command: str) -> Exchange:
        """The exchange for `command`; `number` is another one each time."""
        ...

    def bare(self, line: str) -> str:
        """The line without a prompt in front of it."""
        ...


class Marked:
    """Each answer stands between two marker lines that carry the command's number, so other lines cannot slip in.

    `{number}` and `{command}` are filled in. On a Linux shell:
    `Marked(ask="echo begin-{number}; {command}; echo end-{number}", begin="begin-{number}", end="end-{number}")`.
    """

    def __init__(self, ask: str, begin: str, end: str) -> None:
        missing = [name for name, text in (("begin", begin), ("end", end)) if "{number}" not in text]
        if missing or "{command}" not in ask:
            raise UsageFault(f"markers need {{number}} and ask needs {{command}}: {ask!r} {begin!r} {end!r}")
        self._ask, self._begin, self._end = ask, begin, end

    def __repr__(self) -> str:
        return f"<Marked {self._begin!r} … {self._end!r}>"

    def exchange(self, number: int, command: str) -> Exchange:
        """The exchange for `command`, marked with `number`."""
        ask = self._ask.replace("{number}", str(number)).replace("{command}", command)
        return _MarkedExchange(ask, self._begin.format(number=number), self._end.format(number=number))

    def bare(self, line: str) -> str:
        """The line as it is."""
        return line


class _MarkedExchange:
    def __init__(self, text: str, begin: str, end: str) -> None:
        self.text, self._begin, self._end = text, begin, end
        self.output: list[str] = []
        self.begun = self.done = False

    def line(self, line: Line) -> bool:
        if self.done:
            return True
        if not self.begun:
            self.begun = line == self._begin
            return not (self.begun or line.endswith(self.text))
        if line == self._end:
            self.done = True
            return False
        self.output.append(line)
        return True

    def partial(self, text: str) -> None:
        """Markers are whole lines."""


class Prompted:
    """An answer is what stands between the echo of the command and the next prompt.

    `prompt` is a regular expression for the end of the unfinished line. With `echo` off (the board does not repeat
    what it is sent) a line that the board prints just before the command counts as its answer.
    """

    def __init__(self, prompt: str, *, echo: bool = True) -> None:
        self._echo = echo
        try:
            self._prompt = re.compile(f"(?:{prompt})$")
            self._head = re.compile(f"^(?:{prompt})")
        except re.error as wrong:
            raise UsageFault(f"prompt = {prompt!r} is no regular expression: {wrong}") from wrong

    def __repr__(self) -> str:
        return f"<Prompted {self._prompt.pattern!r}>"

    def exchange(self, number: int, command: str) -> Exchange:
        """The exchange for `command`; the number is not needed."""
        return _PromptedExchange(command, self._prompt, self._head, self._echo)

    def bare(self, line: str) -> str:
        """The line without the prompt that stood there before it was printed."""
        return self._head.sub("", line, count=1)


class _PromptedExchange:
    def __init__(self, text: str, prompt: re.Pattern[str], head: re.Pattern[str], echo: bool) -> None:
        self.text, self._prompt, self._head = text, prompt, head
        self.output: list[str] = []
        self.begun, self.done = not echo, False

    def line(self, line: Line) -> bool:
        if self.done:
            return True
        if not self.begun:
            self.begun = line.endswith(self.text)
            return not self.begun
        # The prompt may have been there and gone before anybody looked: something was printed behind or over it.
        self.done = any(self._head.match(text) for text in (line, line.before))
        if not self.done:
            self.output.append(line)
        return True

    def partial(self, text: str) -> None:
        self.done = self.done or (self.begun and self._prompt.search(text) is not None)
