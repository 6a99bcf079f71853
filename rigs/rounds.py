"""A scenario several times over (`--count`): n of m green, and what that says of a fault that is seldom seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb

from rigs.outcomes import Judged
from rigs.report.story import SEVERITY, Outcome, Story, Table, outcome_of

SURE = 0.95
HALVINGS = 40
HEADERS = ("round", "outcome", "in a sentence")


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One round of a scenario: its verdict (None: good), its story, what the frame knew."""

    number: int
    verdict: BaseException | None
    story: Story
    judged: Judged

    @property
    def outcome(self) -> Outcome:
        """What the verdict stands for."""
        return outcome_of(self.verdict)

    def __repr__(self) -> str:
        return f"<Round {self.number} {self.outcome}>"


def told(rounds: Sequence[Round]) -> Round:
    """The round whose evidence is shown: the first of the worst outcome, a device's fault before all others.

    A case that did not arise in some rounds is no blot on those in which it did.
    """
    good = [each for each in rounds if each.outcome == "passed"]
    bad = [each for each in rounds if each.outcome in ("failed", "broken")]
    return min(bad or good or rounds, key=lambda each: SEVERITY[each.outcome])


def at_least(green: int, of: int, sure: float = SURE) -> float:
    """The share of green rounds that is not excluded by these: the exact one-sided lower bound of a binomial share.

    C. J. Clopper and E. S. Pearson, Biometrika 26 (1934) 404–413: the share at which so many green rounds or more would
    come with the probability 1 − `sure`. For 20 of 20 it is 0.861, and 0.05 ** (1 / 20).
    """
    low, high = 0.0, 1.0
    for _ in range(HALVINGS if green else 0):
        middle = (low + high) / 2
        low, high = (low, middle) if _tail(green, of, middle) > 1 - sure else (middle, high)
    return low


def _tail(green: int, of: int, share: float) -> float:
    """How probable `green` or more of `of` are."""
    return sum(comb(of, hits) * share**hits * (1 - share) ** (of - hits) for hits in range(green, of + 1))


def summary(rounds: Sequence[Round], wanted: int) -> str:
    """`19 of 20 rounds green; 95 % sure: at least 78 % are`."""
    judged = [each for each in rounds if each.outcome in ("passed", "failed")]
    green = sum(each.outcome == "passed" for each in judged)
    words = [f"{green} of {len(judged)} rounds green"]
    if judged:
        words.append(f"{SURE:.0%} sure: at least {100 * at_least(green, len(judged)):.0f} % are".replace("95%", "95 %"))
    for outcome in ("broken", "not reached"):
        if count := sum(each.outcome == outcome for each in rounds):
            words.append(f"{count} {outcome}")
    if len(rounds) < wanted:
        words.append(f"{wanted - len(rounds)} not run")
    return "; ".join(words)


def table(rounds: Sequence[Round]) -> Table:
    """A line for each round, those that were red marked."""
    rows = [
        (f"{'!' if each.outcome in ('failed', 'broken') else ''}{each.number}", each.outcome, each.story.sentence)
        for each in rounds
    ]
    return Table("rounds", HEADERS, rows)
