"""What faults keep back on one connection."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from rigs.tap.armory import Armed
from rigs.tap.parcel import Parcel


class Keeping:
    """Kept packets by token, in the order in which they came."""

    def __init__(self) -> None:
        self._tokens = itertools.count(1)
        self._kept: dict[int, Parcel] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def __iter__(self) -> Iterator[Parcel]:
        return iter(self._kept.values())

    def token(self) -> int:
        """A number that no other packet or timer of the connection has."""
        return next(self._tokens)

    def put(self, parcel: Parcel) -> int:
        """Keep it; its token."""
        token = self.token()
        self._kept[token] = parcel
        return token

    def take(self, token: int) -> Parcel | None:
        """No more kept, if it was; None also when another connection has taken it over."""
        parcel = self._kept.pop(token, None)
        return parcel if parcel is not None and parcel.kept_by is not None else None

    def of(self, armed: Armed) -> list[int]:
        """What a fault keeps."""
        return [token for token, parcel in self._kept.items() if parcel.kept_by is armed]

    def due(self, token: int) -> list[int]:
        """What leaves when the time of `token` has passed: also what the same fault has kept for a time before it.

        Two timers may go off in any order; what one Delay has delayed leaves in the order in which it came.
        """
        last = self._kept.get(token)
        if last is None or last.kept_by is None:
            return []
        return [one for one in self.of(last.kept_by) if one <= token and self._kept[one].keep.at_most is not None]

    def waiting(self) -> list[tuple[int, Parcel]]:
        """What waits for some other packet to pass."""
        return [(token, parcel) for token, parcel in self._kept.items() if parcel.keep.until is not None]

    def clear(self) -> None:
        """All of it is lost."""
        self._kept.clear()
