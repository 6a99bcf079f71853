"""A link fault that is hit and does nothing: shows what a scenario proves without it."""

from __future__ import annotations

from dataclasses import dataclass

from rigs.tap.terms import LinkFault, Moment, Terms


@dataclass(frozen=True, slots=True, repr=False)
class DryLink:
    """Count the connections that another fault is for, but serve them as they should be (`--faults off`)."""

    fault: LinkFault

    def __repr__(self) -> str:
        return f"only watch instead of: {self.fault!r}"

    @property
    def name(self) -> str:
        return self.fault.name

    @property
    def moment(self) -> Moment:
        return self.fault.moment

    @property
    def times(self) -> int | None:
        return self.fault.times

    def spoil(self, terms: Terms) -> Terms:
        """Nothing changes."""
        return terms
