"""Random packets, random faults at random moments: nothing is lost or doubled that no fault explains.

The books are kept by tests/tap/ledger.py, the two sides by tests/tap/peers.py. A walk is a seed and a number of steps:
Hypothesis looks for a seed that fails, and for the fewest steps with it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Literal

from hypothesis import given, note, settings
from hypothesis import strategies as st

from rigs.jobs.model import ErrorCode
from rigs.tap import faults
from rigs.tap.actions import HowEnded
from rigs.tap.armory import Fault
from rigs.tap.faults.dry import Dry
from rigs.tap.match import Match
from rigs.tap.reader import Way
from tests.tap.ledger import ROOT, Limits, World

SOON = timedelta(seconds=1)
WAYS: tuple[Way, Way] = ("up", "down")
TYPES = [*["PUBLISH"] * 12, "PUBACK", "PUBACK", "SUBACK", "CONNECT", "CONNACK", "PINGRESP", "SUBSCRIBE", None]
BROKEN = [b"\x00\x00", b"\x30\x01x", b"\x36\x00", b"\xf1\x02ab", b"\x40\x01\x00", b"\x32\x03\x00\x01a"]


def fitting(rng: Random) -> Match:
    """Which packets."""
    times = rng.choice([1, 1, 2, None])
    if rng.random() < 0.15:
        return Match(acknowledges=Match(times=None), times=times)
    return Match(way=rng.choice([None, *WAYS]), type=rng.choice(TYPES), nth=rng.choice([1, 1, 2]), times=times)


def hold(rng: Random) -> Fault:
    until, at_most = rng.choice([None, None, fitting(rng)]), rng.choice([None, SOON])
    return faults.Hold(fitting(rng), until=until, at_most=at_most, at_end=rng.choice(["lost", "sent", "kept"]))


def copy(rng: Random) -> Fault:
    same, dup, fresh = (rng.random() < 0.4 for _ in range(3))
    return faults.Copy(fitting(rng), times=rng.randint(1, 3), same_id=same, dup=dup, fresh_signature=fresh)


def insert(rng: Random) -> Fault:
    qos, before, later = rng.randint(0, 1), rng.random() < 0.5, rng.choice([None, SOON])
    message = (f"{ROOT}/notify", b"{}")
    return faults.Insert(fitting(rng), message=lambda seen: message, qos=qos, before=before, later=later)


def cut(rng: Random) -> Fault:
    when: Literal["before", "after"] = rng.choice(["before", "after"])
    how: HowEnded = rng.choice(["reset", "fin", "close_notify"])
    return faults.Cut(fitting(rng), when=when, how=how, silent=rng.random() < 0.3)


FAULTS: list[Callable[[Random], Fault]] = [
    *[hold, copy] * 3,
    *[insert] * 2,
    cut,
    *[lambda rng: faults.Drop(fitting(rng), acknowledge=rng.random() < 0.5)] * 2,
    *[lambda rng: faults.Delay(fitting(rng), by=SOON)] * 3,
    lambda rng: faults.Reorder(fitting(rng), behind=fitting(rng), at_most=SOON),
    lambda rng: faults.Replace(fitting(rng), edit=lambda payload: {**payload, "more": "x" * 20}),
    lambda rng: faults.Corrupt(fitting(rng), how=rng.choice(["cut", "bytes"])),
    lambda rng: faults.Truncate(fitting(rng)),
    lambda rng: faults.Answer(fitting(rng), code=ErrorCode.REQUEST_THROTTLED),
    lambda rng: faults.AnswerEmpty(fitting(rng)),
    lambda rng: faults.Refuse(fitting(rng), code=0x80),
    lambda rng: faults.Act(fitting(rng), action=print, within=SOON),
    lambda rng: faults.Goodbye(fitting(rng), code=0x98, when=rng.choice(["before", "after"])),
    lambda rng: faults.Shift(rng.randint(1, 9)),
    lambda rng: faults.Watch(fitting(rng)),
    lambda rng: faults.Forget(),
]


def send(world: World, rng: Random) -> str:
    way, topic = rng.choice(WAYS), rng.randint(0, 3)
    qos, alias = rng.choice([0, 1, 1, 1, 1, 2]), rng.choice([0, 1, 2])
    world.send(way, topic, qos, alias)
    return f"{way} topic {topic} QoS {qos} alias {alias}"


def acknowledge(world: World, rng: Random) -> str:
    way, which = rng.choice(WAYS), rng.randint(0, 5)
    world.peers[way].acknowledge(which)
    world.flush()
    return f"{way} {which}"


def repeat(world: World, rng: Random) -> str:
    way, which = rng.choice(WAYS), rng.randint(0, 5)
    world.peers[way].repeat(which)
    world.flush()
    return f"{way} {which}"


def arm(world: World, rng: Random) -> str:
    fault = rng.choice(FAULTS)(rng)
    return repr(world.arm(Dry(fault=fault) if rng.random() < 0.1 else fault))


def let_go(world: World, rng: Random) -> str:
    """Mostly lift, so that what is armed later is asked too."""
    if not world.armed:
        return ""
    armed = rng.choice(world.armed[-4:])
    world.lift(armed) if rng.random() < 0.7 else world.release(armed)
    return repr(armed)


def pass_time(world: World, rng: Random) -> str:
    world.pass_time(rng.randint(0, 5))
    return ""


def act(world: World, rng: Random) -> str:
    world.act()
    return ""


def inject(world: World, rng: Random) -> str:
    way, qos = rng.choice(WAYS), rng.randint(0, 1)
    world.inject(way, qos)
    return f"{way} QoS {qos}"


def broken(world: World, rng: Random) -> str:
    way, raw = rng.choice(WAYS), rng.choice(BROKEN)
    world.broken(way, raw)
    return f"{way} {raw!r}"


def others(world: World, rng: Random) -> str:
    world.peers["up"].subscribe()
    world.ping()
    return ""


def connect(world: World, rng: Random) -> str:
    """Rarely, unless the connection has ended."""
    if world.open and rng.random() < 0.7:
        return "not now"
    world.connect()
    return ""


STEPS: list[Callable[[World, Random], str]] = [
    *[send] * 8,
    *[acknowledge] * 6,
    *[arm, let_go, pass_time, connect] * 2,
    *[repeat, act, inject, broken, others],
]


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 2**32), version=st.sampled_from([4, 5]), steps=st.integers(1, 120))
def test_the_books_balance(seed: int, version: int, steps: int) -> None:
    rng, limits = Random(seed), Limits()
    if version == 5:
        windows, most = [rng.choice([1, 2, 65535]) for _ in WAYS], rng.choice([0, 0, 130, 400])
        limits = Limits(window=dict(zip(WAYS, windows, strict=True)), most=dict.fromkeys(WAYS, most))
    world = World(version, limits)
    for _ in range(steps):
        step = rng.choice(STEPS)
        note(f"{step.__name__} {step(world, rng)}")
    world.calm()
