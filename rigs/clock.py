"""The service's clock, which can be stepped and scaled but never goes back.

An instant of the service is a number of seconds since the epoch, as AWS IoT Jobs stamps its messages
(jobs-protocol §2). The service clock moves Jobs timers and stamps only, never keep-alive, sessions or TLS.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta


class ServiceClock:
    """The Jobs service's clock: real time, plus an offset that grows, at a rate that may be raised.

    `on_change` is called after each step or change of rate, so that timers can be set anew.
    """

    def __init__(self, offset: float = 0.0, base: Callable[[], float] = time.time) -> None:
        self._base = base
        self._rate = 1.0
        self._anchor_real = base()
        self._anchor_told = self._anchor_real + offset
        self.on_change: Callable[[], None] = lambda: None

    def __repr__(self) -> str:
        return f"<ServiceClock +{self.offset:.0f} s ×{self._rate:g}>"

    @property
    def rate(self) -> float:
        """Service seconds that pass in one real second."""
        return self._rate

    @property
    def offset(self) -> float:
        """How far the service is ahead of the machine, in seconds."""
        return self.now() - self._base()

    def now(self) -> float:
        return self._anchor_told + (self._base() - self._anchor_real) * self._rate

    def real_delay(self, instant: float) -> float:
        """Real seconds until the service clock shows `instant` (0 when it is past)."""
        return max(0.0, (instant - self.now()) / self._rate)

    def step(self, by: timedelta) -> None:
        """Move forward by `by`; raises ValueError when that would go back."""
        if by < timedelta(0):
            raise ValueError(f"the service clock goes forward only, not by {by}")
        self._anchor(self.now() + by.total_seconds(), self._rate)

    def scale(self, rate: float) -> None:
        """Let `rate` service seconds pass in a real second; raises ValueError below 1."""
        if rate < 1:
            raise ValueError(f"the service clock is never slower than real time, not {rate}")
        self._anchor(self.now(), rate)

    def _anchor(self, told: float, rate: float) -> None:
        self._anchor_real, self._anchor_told, self._rate = self._base(), told, rate
        self.on_change()
