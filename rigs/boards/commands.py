"""The commands of the virtual board's console, a line each."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Protocol

from rigs.boards.flash import Flash
from rigs.boards.task import Task

Reply = Callable[[str], None]


class Board(Protocol):
    """What commands act on."""

    flash: Flash
    task: Task

    def reboot(self, why: str) -> None:
        """Start anew."""
        ...


def run(board: Board, line: str, reply: Reply) -> None:
    """Run a command line; the reply comes at once or later. What goes wrong is answered as `error: …`."""
    name, *words = line.split() or [""]
    try:
        if name not in COMMANDS:
            raise ValueError(f"no command {name!r}; known: {', '.join(COMMANDS)}")
        usage, counts, command = COMMANDS[name]
        if len(words) not in counts:
            raise ValueError(f"usage: {name} {usage}")
        command(board, words, reply)
    except (ValueError, OSError) as wrong:
        reply(f"error: {wrong}")


def _agent(board: Board, words: list[str], reply: Reply) -> None:
    match words:
        case ["start"]:
            reply(board.task.start())
        case ["stop"]:
            board.task.stop(reply)
        case ["status"]:
            reply(board.task.status)
        case _:
            raise ValueError("usage: agent start|stop|status")


def _reboot(board: Board, words: list[str], reply: Reply) -> None:
    reply("rebooting")
    board.reboot("asked on the console")


def _storage(board: Board, words: list[str], reply: Reply) -> None:
    match words:
        case ["fill"]:
            board.flash.fill()
        case ["free"]:
            board.flash.free()
        case []:
            pass
        case _:
            raise ValueError("usage: storage [fill|free]")
    reply(f"{board.flash.space} bytes free")


def _cat(board: Board, words: list[str], reply: Reply) -> None:
    name, offset = (*words, "0")[:2]
    reply(board.flash.read(name, int(offset)).decode("utf-8", "surrogateescape"))


def _put(board: Board, words: list[str], reply: Reply) -> None:
    name, data = (*words, "")[:2]
    board.flash.put(name, base64.b64decode(data, validate=True))
    reply("")


def _configure(board: Board, words: list[str], reply: Reply) -> None:
    changes = json.loads(base64.b64decode(words[0], validate=True))
    if not isinstance(changes, dict):
        raise ValueError("configure takes a JSON object in base64")
    board.flash.configure(changes)
    reply("")


def _release(board: Board, words: list[str], reply: Reply) -> None:
    board.flash.release(words[0])
    board.task.feed(f"release {words[0]}")
    reply("")


Command = Callable[[Board, list[str], Reply], None]
# Name: (what follows it, how many words that may be, what it does)
COMMANDS: dict[str, tuple[str, tuple[int, ...], Command]] = {
    "agent": ("start|stop|status", (1,), _agent),
    "reboot": ("(start anew; the flash stays)", (0,), _reboot),
    "boots": ("(how often the board has booted)", (0,), lambda board, words, reply: reply(str(board.flash.boots))),
    "storage": (
        "[fill|free] (the partition for data: take or give back its space, and how much is left)",
        (0, 1),
        _storage,
    ),
    "cat": ("NAME [OFFSET] (a file of the flash, from byte OFFSET on)", (1, 2), _cat),
    "put": ("NAME [BASE64] (write a file of the flash)", (1, 2), _put),
    "configure": ("BASE64JSON (merge into agent.json)", (1,), _configure),
    "release": ("NONCE (let held work end)", (1,), _release),
    "version": ("(of the firmware)", (0,), lambda board, words, reply: reply(board.flash.version)),
    "help": ("(this)", (0,), lambda board, words, reply: reply(_help())),
}


def _help() -> str:
    return "\n".join(f"{name} {usage}" for name, (usage, _, _) in COMMANDS.items())
