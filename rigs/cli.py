"""`jobrig COMMAND`: a table of commands; each is imported from the module that owns it only when it is asked for.

A command is a function that takes its arguments by name. It returns text or lines to print, an exit code, or nothing.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

from rigs.errors import DeviceFault, RigError, UsageFault

USAGE = 4
INTERRUPTED = 2
"""pytest's meaning of these exit codes; 1 is the device's fault, 10 the rig's or the service's (see docs)."""
CODES: dict[type[BaseException], int] = {
    DeviceFault: 1,
    UsageFault: USAGE,
    RigError: 10,
    OSError: USAGE,  # a file that is not there, a port that is taken
    KeyboardInterrupt: INTERRUPTED,
}

Argument = tuple[tuple[str, ...], dict[str, Any]]


def _argument(*names: str, **settings: Any) -> Argument:
    return names, settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A line of the table: what it is for, the function (`module:name`) that does it, its arguments."""

    help: str
    owner: str
    arguments: tuple[Argument, ...] = ()

    def load(self) -> Callable[..., object]:
        """Import the function."""
        module, _, name = self.owner.partition(":")
        return getattr(import_module(module), name)  # type: ignore[no-any-return]


RIG = _argument("rig", metavar="RIG", help="name of a rig that ships, or a TOML file")

COMMANDS: dict[str, Command] = {
    "report": Command(
        help="one HTML page from the results of a run",
        owner="rigs.report.page:report",
        arguments=(
            _argument("results", metavar="RESULTS", type=Path, nargs="?", help="folder (default: results/latest)"),
            _argument("-o", "--output", type=Path, help="the page (default: report.html beside the results)"),
            _argument("--allure", action="store_true", help="make the Allure 3 report as well (needs Node 20)"),
        ),
    ),
    "check": Command(help="try everything that a rig needs", owner="rigs.doctor:check", arguments=(RIG,)),
    "learn": Command(
        help="watch a device and print its habits as a profile", owner="rigs.learn:learn", arguments=(RIG,)
    ),
    "lint": Command(
        help="judge recorded traces by the protocol rules",
        owner="rigs.rules.offline:lint",
        arguments=(_argument("paths", metavar="TRACE", type=Path, nargs="+"),),
    ),
    "show": Command(
        help="a trace as lines that a person reads",
        owner="rigs.report.show:show",
        arguments=(
            _argument("path", metavar="TRACE", type=Path),
            _argument("--scenario", metavar="S035", help="only this scenario, by its number or its name"),
        ),
    ),
    "ca": Command(
        help="certificates for tap and device",
        owner="rigs.commands_ca:make",
        arguments=(
            _argument("folder", metavar="FOLDER", type=Path),
            _argument("--thing", default="", help="make a device pair for this thing"),
            _argument("--host", action="append", default=[], help="DNS name of the tap (again for more)"),
            _argument("--ip", action="append", default=[], help="IP address of the tap (again for more)"),
            _argument("--ec", action="store_true", help="P-256 instead of RSA-2048"),
        ),
    ),
    "cloud": Command(
        help="the local AWS IoT Jobs service alone, until it is ended",
        owner="rigs.cloud.standalone:run",
        arguments=(
            _argument("folder", metavar="FOLDER", type=Path, help="where certificates and clock are kept"),
            _argument("--host", default="127.0.0.1"),
            _argument("--mqtt-port", type=int, default=8883),
            _argument("--http-port", type=int, default=8443),
            _argument("--thing", dest="things", action="append", default=[], help="a thing that may connect"),
            _argument("--with-parent", action="store_true", help="end when standard input ends"),
        ),
    ),
    "features": Command(help="the folder of the features that ship", owner="rigs.shipped:features"),
}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Usage errors end with pytest's 4."""
        self.print_usage(sys.stderr)
        print(f"{self.prog}: {message}", file=sys.stderr)
        raise SystemExit(USAGE)


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; returns its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        return _run(arguments)
    except SystemExit as done:
        return done.code if isinstance(done.code, int) else 0
    except BrokenPipeError:
        # The reader (head, less) has seen enough; what is still buffered must not raise again when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except tuple(CODES) as error:
        print(f"jobrig: {error or type(error).__name__}", file=sys.stderr)
        return next(code for kind, code in CODES.items() if isinstance(error, kind))


def _run(arguments: list[str]) -> int:
    if arguments and not arguments[0].startswith("-") and arguments[0] not in COMMANDS:
        raise UsageFault(_unknown(arguments[0]))
    found = vars(_parser().parse_args(arguments))
    function = COMMANDS[found.pop("command")].load()
    answer = function(**found)
    if isinstance(answer, int):
        return answer
    for line in answer if isinstance(answer, Iterator) else [answer] if answer is not None else []:
        print(line, flush=True)
    return 0


def _unknown(word: str) -> str:
    close = get_close_matches(word, COMMANDS, n=1)
    hint = f" (did you mean {close[0]}?)" if close else ""
    lines = [f"  {name:10}{command.help}" for name, command in COMMANDS.items()]
    return "\n".join([f"no command {word!r}{hint}; there are", *lines, "and `pytest features` runs the scenarios"])


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="jobrig", description="Hardware-in-the-loop tests for devices that run AWS IoT Jobs.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, command in COMMANDS.items():
        one = commands.add_parser(name, help=command.help, description=command.help)
        for names, settings in command.arguments:
            one.add_argument(*names, **settings)
    return parser


if __name__ == "__main__":
    sys.exit(main())
