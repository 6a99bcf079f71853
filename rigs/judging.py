"""From what happened in a scenario to its one verdict (design.md, Judging). Pure: no effects, a test a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from rigs.errors import DeviceFault, NotReached

Outcome = Literal["passed", "failed", "broken", "skipped", "not reached"]

EXIT_JUDGED_GOOD = 0
EXIT_DEVICE = 1
EXIT_RIG = 10
EXIT_NOTHING_JUDGED = 11


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What there is to judge by: the first error of the steps, and what closing and the rules brought.

    `doubts` are reasons not to trust the rig; `missed` what unhit faults prove; `violations` what the rules found;
    `unrest` why the device did not come to rest.
    """

    error: BaseException | None = None
    doubts: Sequence[Exception] = ()
    violations: Sequence[str] = ()
    unrest: str = ""
    missed: Sequence[Exception] = ()


def judge(found: Found) -> BaseException | None:
    """The error that is the verdict, None when the device is good.

    A rig in doubt never makes a device look bad, nor good: its doubts come first. Then the device's own faults, worst
    known first; a case that did not arise is no fault; a fault that was not hit is never green.
    """
    error = found.error
    if error is not None and not isinstance(error, Exception):
        return error
    if found.doubts:
        return _noted(found.doubts[0], "seen besides, and not held against the device", found)
    if error is not None and not isinstance(error, DeviceFault | AssertionError | NotReached):
        return error
    if isinstance(error, AssertionError):
        return _noted(error, "seen besides", found)
    if found.violations:
        return _noted(DeviceFault("\n".join(found.violations)), "seen besides", replace(found, violations=()))
    if found.unrest:
        return DeviceFault(found.unrest)
    if error is not None:
        return error
    if found.missed:
        return found.missed[0]
    return None


def _noted(verdict: Exception, words: str, found: Found) -> Exception:
    """The verdict, with what else was seen as its notes."""
    error = found.error if found.error is not verdict else None
    besides = [f"{type(error).__name__}: {error}"] if error is not None else []
    for seen in [*besides, *found.violations, *filter(None, [found.unrest])]:
        verdict.add_note(f"{words}: {seen}")
    return verdict


def exit_code(outcomes: Sequence[Outcome], unjudged_musts: Sequence[str]) -> int:
    """0 good, 1 the device, 10 only rig or service or a must that was not judged, 11 nothing was judged."""
    if "failed" in outcomes:
        return EXIT_DEVICE
    if "broken" in outcomes or unjudged_musts:
        return EXIT_RIG
    return EXIT_JUDGED_GOOD if "passed" in outcomes else EXIT_NOTHING_JUDGED


def unjudged(musts: Sequence[str], judged: Mapping[str, frozenset[str]]) -> list[str]:
    """The entries of `must_judge` that no judged scenario answers; `judged` maps a node id to its tags."""
    tags = frozenset().union(*judged.values()) if judged else frozenset()
    return [must for must in musts if must.lstrip("@") not in tags]
