"""From what was found to the one verdict, a row each; and what a fault proves that was not hit."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rigs.errors import ConsoleLost, DeviceFault, NotReached, RigFault, ServiceFault, UsageFault
from rigs.judging import Found, Outcome, exit_code, judge, unjudged
from rigs.network import Arming, Network, decide_missed
from rigs.report.story import outcome_of
from rigs.tap.armory import Armed, Armory, Fault
from rigs.trace.records import Fault as FaultRecord
from rigs.trace.records import Header, Packet
from rigs.trace.store import Trace

DEVICE, SERVICE = DeviceFault("it reported twice"), ServiceFault("the cloud is away")


@pytest.mark.parametrize(
    ("found", "outcome", "words"),
    [
        (Found(), "passed", ""),
        (Found(error=DEVICE), "failed", "it reported twice"),
        (Found(error=AssertionError("a user's own")), "failed", "a user's own"),
        (Found(error=KeyError("a bug of ours")), "broken", "a bug of ours"),
        (Found(error=UsageFault("contradiction")), "broken", "contradiction"),
        (Found(error=NotReached("no progress")), "not reached", "no progress"),
        (Found(violations=["I1: …"]), "failed", "I1: …"),
        (Found(unrest="it does not connect"), "failed", "it does not connect"),
        (Found(missed=[NotReached("no notice")]), "not reached", "no notice"),
        (Found(missed=[DeviceFault("no report")]), "failed", "no report"),
        (Found(missed=[RigFault("it passed")]), "broken", "it passed"),
        (Found(error=DEVICE, doubts=[SERVICE]), "broken", "the cloud is away"),
        (Found(doubts=[SERVICE]), "broken", "the cloud is away"),
        (Found(violations=["I1: …"], doubts=[SERVICE]), "broken", "the cloud is away"),
        (Found(unrest="it does not connect", doubts=[SERVICE]), "broken", "the cloud is away"),
        (Found(error=NotReached("x"), violations=["I1: …"]), "failed", "I1: …"),
        (Found(error=NotReached("x"), unrest="it does not connect"), "failed", "it does not connect"),
        (Found(error=NotReached("x"), missed=[DEVICE]), "not reached", "x"),
        (Found(error=DEVICE, violations=["I1: …"], unrest="y"), "failed", "it reported twice"),
        (Found(missed=[NotReached("x")]), "not reached", "x"),
    ],
)
def test_one_verdict_comes_of_what_was_found(found: Found, outcome: Outcome, words: str) -> None:
    verdict = judge(found)
    assert outcome_of(verdict) == outcome
    assert words in str(verdict or "")


def test_a_doubt_tells_what_it_keeps_from_being_held_against_the_device() -> None:
    doubt = ConsoleLost("gone")
    assert judge(Found(error=DeviceFault("late"), doubts=[doubt], violations=["I1: x"], unrest="restless")) is doubt
    seen = "seen besides, and not held against the device: "
    assert doubt.__notes__ == [f"{seen}DeviceFault: late", f"{seen}I1: x", f"{seen}restless"]


def test_a_doubt_that_ended_the_steps_does_not_quote_itself() -> None:
    doubt = ConsoleLost("gone")
    assert judge(Found(error=doubt, doubts=[doubt])) is doubt
    assert not hasattr(doubt, "__notes__")


def test_a_device_at_fault_is_also_told_that_it_did_not_come_to_rest() -> None:
    verdict = judge(Found(error=DeviceFault("late"), unrest="restless"))
    assert verdict is not None
    assert verdict.__notes__ == ["seen besides: restless"]


def test_an_interrupt_is_no_verdict() -> None:
    stop = KeyboardInterrupt()
    assert judge(Found(error=stop, doubts=[SERVICE])) is stop


@pytest.mark.parametrize(
    ("outcomes", "musts", "code"),
    [
        (["passed"], [], 0),
        (["passed", "skipped", "not reached"], [], 0),
        (["passed", "failed", "broken"], ["S028"], 1),
        (["passed", "broken"], [], 10),
        (["passed"], ["S028"], 10),
        (["skipped"], ["S028"], 10),
        (["skipped", "not reached"], [], 11),
        (["broken"], [], 10),
    ],
)
def test_the_exit_code_says_whose_fault_it_was(outcomes: list[Outcome], musts: list[str], code: int) -> None:
    assert exit_code(outcomes, musts) == code


def test_a_must_is_answered_by_a_judged_scenario_of_its_number_or_tag() -> None:
    judged = {"a": frozenset({"S028", "F01"}), "b": frozenset({"S001"})}
    assert unjudged(["S028", "@F01", "S001", "@F02", "S030"], judged) == ["@F02", "S030"]
    assert unjudged(["S028"], {}) == ["S028"]


class Tap:
    """The tap's armory on a line that no packet passes."""

    def __init__(self) -> None:
        self._armory = Armory(release=lambda armed: None, lift=lambda armed: None)

    def arm(self, fault: Fault) -> Armed:
        """Put it in place."""
        return self._armory.arm(fault)

    def lift_all(self) -> None:
        """Nothing is held."""

    def inject(self, topic: str, payload: object, qos: int = 1) -> int:
        """Nothing is sent."""
        return 0


@pytest.fixture
def network() -> Network:
    """The verbs of the features over a tap that no packet passes."""
    return Network(Tap(), Trace(Header()), "bench")


OWED = (
    lambda network: network.hold("the report of the end"),
    lambda network: network.cut_before("the report of the end"),
    lambda network: network.copy("the report of the end", 2),
    lambda network: network.lose("the first report about the job"),
    lambda network: network.hold("the answer to the end"),
    lambda network: network.lose("the answer to the end"),
)
OTHER_WAY = (
    lambda network: network.hold("the answers to reports of progress"),
    lambda network: network.lose("the notifications about its end", "job-1"),
)
CONTRADICTION = (
    lambda network: network.rival(lambda: None),
    lambda network: network.hold("the answer to the start"),
    lambda network: network.hold("the start"),
    lambda network: network.refuse("every start", "InvalidRequest"),
    lambda network: network.hold("the acknowledgement of the start", until="the answer to the start"),
    lambda network: network.copy("the announcement of the job", 2),
    lambda network: network.shift_versions(5),
)


@pytest.mark.parametrize(
    ("arm", "verdict"),
    [
        *((arm, DeviceFault) for arm in OWED),
        *((arm, NotReached) for arm in OTHER_WAY),
        *((arm, UsageFault) for arm in CONTRADICTION),
    ],
)
def test_a_fault_that_was_not_hit_is_never_green(
    network: Network, arm: Callable[[Network], Arming], verdict: type[Exception]
) -> None:
    missed = decide_missed(arm(network), [])
    assert type(missed) is verdict
    assert outcome_of(judge(Found(missed=[missed]))) != "passed"


@pytest.mark.parametrize("arm", [*OWED, *OTHER_WAY, *CONTRADICTION])
def test_what_passed_the_tap_and_was_not_hit_is_our_own_fault(
    network: Network, arm: Callable[[Network], Arming]
) -> None:
    missed = decide_missed(arm(network), [Packet(n=7, type="PUBLISH")])
    assert isinstance(missed, RigFault)
    assert "was not hit although record 7 passed the tap" in str(missed)


@pytest.mark.parametrize("arm", [*OWED, *OTHER_WAY, *CONTRADICTION])
def test_a_hit_proves_nothing_against_anybody(network: Network, arm: Callable[[Network], Arming]) -> None:
    arming = arm(network)
    arming.armed[-1].hits.append(3)
    if arming.awaited is not None:
        arming.awaited.hits.append(4)
    assert decide_missed(arming, []) is None


@pytest.mark.parametrize(
    ("passed", "freed", "reached"),
    [
        pytest.param(4, 6, True, id="overtaken"),
        pytest.param(7, 6, False, id="the hold ended before"),
        pytest.param(2, 6, False, id="passed before the hold"),
    ],
)
def test_a_hold_that_nothing_overtook_is_not_reached(network: Network, passed: int, freed: int, reached: bool) -> None:
    arming = network.hold("the report of the end", until="the answer to the end")
    arming.armed[0].hits.append(3)
    assert arming.awaited is not None
    arming.awaited.hits.append(passed)
    released = FaultRecord(n=freed, event="released", fault="hold", of=3)
    assert (decide_missed(arming, [], [released]) is None) == reached
