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

NAME_HELP = "a further name or address in its certificate (again …); programs are told the first"
KEPT_HELP = "where runs are kept, and not run again while nothing changed (default: %(default)s)"
SET_HELP = "a switch of the Jobs service or a limit of the broker (again …; see --explain)"

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
    "import": Command(
        help="make a trace of a message log: JSON lines, what mosquitto_sub wrote, a recording",
        owner="rigs.trace.imports:import_log",
        arguments=(
            _argument("log", metavar="LOG", type=Path),
            _argument("-o", "--output", metavar="TRACE", type=Path, help="the trace (default: <log>.trace.jsonl here)"),
            _argument("--format", choices=("lines", "mosquitto", "recording"), help="default: told from the log"),
            _argument("--time", metavar="KEY", help="member with the time; KEY:s, KEY:ms or KEY:iso says its unit"),
            _argument("--direction", metavar="KEY", help="member with the direction ('' for none: the topics say it)"),
            _argument("--up", metavar="VALUE", help="the direction's word for messages from the device"),
            _argument("--topic", metavar="KEY", help="member with the topic"),
            _argument("--payload", metavar="KEY", help="member with the payload: JSON, text or base64"),
            _argument("--thing", metavar="NAME", help="the device's thing, where the log has several"),
        ),
    ),
    "lint": Command(
        help="judge recorded traces and logs by the protocol rules",
        owner="rigs.rules.offline:lint",
        arguments=(_argument("paths", metavar="TRACE", type=Path, nargs="+"),),
    ),
    "show": Command(
        help="a trace or a log as lines that a person reads, or as a picture",
        owner="rigs.report.show:show",
        arguments=(
            _argument("path", metavar="TRACE", type=Path),
            _argument("--scenario", metavar="S035", help="only this scenario, by its number or its name"),
            _argument("--job", metavar="JOB", help="only what concerns this job"),
            _argument("--from", dest="start", metavar="WHERE", help="seconds as they are shown, or a record: n120"),
            _argument("--to", dest="end", metavar="WHERE", help="the same"),
            _argument("--svg", metavar="FILE", type=Path, help="write the picture instead"),
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
            _argument("folder", metavar="FOLDER", type=Path, nargs="?", help="where all its state is kept"),
            _argument("--host", default="127.0.0.1", help="the address to listen on (default: %(default)s)"),
            _argument("--name", dest="names", action="append", default=[], help=NAME_HELP),
            _argument("--mqtt-port", type=int, default=8883, help="MQTT (default: %(default)s; 0: a free one)"),
            _argument("--alpn-port", type=int, help="MQTT with ALPN x-amzn-mqtt-ca as well, on AWS 443 (needs rights)"),
            _argument("--http-port", type=int, default=8080, help="boto3's endpoint_url (default: %(default)s)"),
            _argument("--data-port", type=int, default=8443, help="devices' HTTPS (default: %(default)s)"),
            _argument("--thing", dest="things", action="append", default=[], help="a thing that may connect (again …)"),
            _argument("--admin", metavar="NAME", help="make a certificate that may do everything"),
            _argument("--set", dest="settings", metavar="NAME=VALUE", action="append", default=[], help=SET_HELP),
            _argument("--seed", type=int, default=0, help="decides what the switches leave to chance"),
            _argument("--quiet", action="store_true", help="no log on standard error"),
            _argument("--with-parent", action="store_true", help="end when standard input ends"),
            _argument("--explain", action="store_true", help="print all switches and limits, and end"),
        ),
    ),
    "mutants": Command(
        help="the kill matrix: which bug of the reference agent is found by which scenario",
        owner="rigs.matrix.command:mutants",
        arguments=(
            _argument("bugs", metavar="BUG", nargs="*", help="bugs of the reference agent (default: all)"),
            _argument("--own", action="store_true", help="only each bug's own scenario, and two plain ones: minutes"),
            _argument("--habits", action="store_true", help="the healthy agent in a pairwise table of habits instead"),
            _argument("--scenarios", metavar="EXPR", default="", help="only these, as behind pytest's -m"),
            _argument("--jobs", metavar="N", type=int, help="runs at a time (default: the processor's cores)"),
            _argument(
                "--rig", default="", help="a rig without hardware (default: embedded-quick; for habits embedded)"
            ),
            _argument("--results", metavar="DIR", type=Path, default=Path("results/mutants"), help=KEPT_HELP),
            _argument("-o", "--output", metavar="PAGE", type=Path, help="default: docs/kill-matrix.md, docs/habits.md"),
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
