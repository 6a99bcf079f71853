"""Named timers of the main thread: set, cancelled and fired there only."""

from __future__ import annotations

from collections.abc import Callable, Hashable


class Timers:
    """Timers by name; setting a name again replaces what it meant before."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self._set: dict[Hashable, tuple[float, Callable[[], None]]] = {}

    def __repr__(self) -> str:
        return f"<Timers {len(self._set)} running>"

    def set(self, name: Hashable, seconds: float, action: Callable[[], None]) -> None:
        """Run `action` once, `seconds` from now."""
        self._set[name] = (self.clock() + seconds, action)

    def cancel(self, *names: Hashable) -> None:
        """Forget these timers; unknown names are fine."""
        for name in names:
            self._set.pop(name, None)

    def running(self, name: Hashable) -> bool:
        """Whether a timer of this name waits."""
        return name in self._set

    def pause(self) -> float | None:
        """Seconds to the next one (0 when it is due), or None."""
        if not self._set:
            return None
        return max(0.0, min(when for when, _ in self._set.values()) - self.clock())

    def fire(self) -> None:
        """Run what is due, oldest first; what an action sets anew is left for the next round."""
        now = self.clock()
        due = sorted(((when, name) for name, (when, _) in self._set.items() if when <= now), key=lambda entry: entry[0])
        for _, name in due:
            entry = self._set.pop(name, None)
            if entry is not None:
                entry[1]()
