"""The agent's process: `python -u -m rigs.agent.worker FLASHDIR`, working directory FLASHDIR.

Environment: JOBRIG_REBOOT is the board's reboot command, JOBRIG_LEASH a file descriptor whose end of file ends the
process at once, so that nothing survives the board. Lines `release NONCE` on stdin let held work end. Exit codes: 0
asked to stop or nothing left to do, 2 agent.json is wrong, 75 please start me again.
"""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
import time
from pathlib import Path
from random import Random

from rigs.agent.agent import Agent
from rigs.agent.config import ConfigError, Settings, load
from rigs.agent.events import Event, Release, Stop
from rigs.agent.link import Link
from rigs.agent.mutants import policy_for
from rigs.agent.store import Flash
from rigs.agent.timers import Timers
from rigs.agent.work import Workplace

Events = queue.SimpleQueue[Event]


def say(text: str) -> None:
    """One line on the console."""
    prefix = "" if text.startswith(("work: ", "noise: ")) else "agent: "
    sys.stdout.write(f"{prefix}{text}\n")
    sys.stdout.flush()


def make_link(settings: Settings, events: Events) -> Link:
    """The connection for the MQTT version that the habits name."""
    if settings.habits.mqtt == "5":
        from rigs.agent.link5 import Link5

        return Link5(settings, events.put)
    from rigs.agent.link3 import Link3

    return Link3(settings, events.put)


def make_agent(settings: Settings, flash: Flash, events: Events) -> Agent:
    """The whole agent with its real parts."""
    reboot = os.environ.get("JOBRIG_REBOOT")
    return Agent(
        settings=settings,
        link=make_link(settings, events),
        workshop=Workplace(
            flash,
            events.put,
            say,
            reboot=reboot,
            patience=settings.timing.reboot,
            waits_for_space=not settings.habits.ends_without_space,
        ),
        flash=flash,
        policy=policy_for(settings),
        timers=Timers(time.monotonic),
        chance=chance(settings, flash),
        say=say,
    )


def chance(settings: Settings, flash: Flash) -> Random:
    """What it leaves to chance: another one in each life, since tokens must not come again, the same for each seed."""
    return Random(f"{settings.seed} {flash.lives()}") if settings.seed else Random()


def run(agent: Agent, events: Events) -> int:
    """Handle events and timers until the agent leaves; returns the exit code."""
    agent.link.open()
    while agent.left is None:
        try:
            agent.handle(events.get(timeout=agent.timers.pause()))
        except queue.Empty:
            agent.timers.fire()
        else:
            agent.timers.fire()
    return agent.left


def watch_leash(descriptor: int) -> None:
    """Die when the other end of the pipe closes: the board is gone."""
    while os.read(descriptor, 1024):
        pass
    os._exit(1)


def read_orders(events: Events) -> None:
    """Lines on stdin; its end means nothing."""
    for line in sys.stdin:
        word, _, nonce = line.strip().partition(" ")
        if word == "release" and nonce:
            events.put(Release(nonce=nonce))


def start_helpers(events: Events) -> None:
    """Signals, leash and stdin."""
    signal.signal(signal.SIGTERM, lambda *_: events.put(Stop()))
    signal.signal(signal.SIGINT, lambda *_: events.put(Stop()))
    leash = os.environ.get("JOBRIG_LEASH")
    if leash:
        threading.Thread(target=watch_leash, args=(int(leash),), name="leash", daemon=True).start()
    threading.Thread(target=read_orders, args=(events,), name="orders", daemon=True).start()


def main() -> int:
    """Run the agent of the folder named on the command line."""
    if len(sys.argv) != 2:
        sys.stderr.write("usage: python -u -m rigs.agent.worker FLASHDIR\n")
        return 2
    path = Path(sys.argv[1]).resolve()
    try:
        settings = load(path)
        policy_for(settings)
    except ConfigError as error:
        say(str(error))
        return 2
    events: Events = queue.SimpleQueue()
    start_helpers(events)
    say(f"starts as {settings.client_id}" + (f" with bug {settings.bug}" if settings.bug else ""))
    code = run(make_agent(settings, Flash(path), events), events)
    sys.stdout.flush()
    os._exit(code)  # without waiting for stdin's reader and the SDK's threads


if __name__ == "__main__":
    sys.exit(main())
