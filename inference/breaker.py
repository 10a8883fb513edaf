"""`Breaker`: spares a server that has failed for a while, and those who would wait for it.

Closed, everything passes. Open, nothing does. Half-open, everything passes again until the first answer closes it or
the first failure opens it (Nygard, Release It!, 2nd edition, 2018, chapter 5).
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

FAILURES = 5  # in a row, with no answer between them, and
PATIENCE = 10.0  # seconds from the first of them to the last open it: a server that starts anew is waited for
PAUSE = 15.0  # seconds until it is half-open

State = Literal["closed", "open", "half-open"]


@dataclass
class Breaker:
    """Told of each answer and each failure; says whether the next question may be asked."""

    failures: int = FAILURES
    patience: float = PATIENCE
    pause: float = PAUSE
    clock: Callable[[], float] = time.monotonic
    _failed: int = 0
    _first: float = 0.0
    _opened: float | None = None

    @property
    def state(self) -> State:
        """As the module says."""
        if self._opened is None:
            return "closed"
        return "open" if self.left > 0 else "half-open"

    @property
    def left(self) -> float:
        """Seconds until it is half-open; none where it is not open."""
        return 0.0 if self._opened is None else max(0.0, self._opened + self.pause - self.clock())

    def answered(self) -> None:
        """The server has answered."""
        self._failed, self._opened = 0, None

    def failed(self) -> None:
        """The server has not answered, or not sensibly."""
        moment, state = self.clock(), self.state
        if not self._failed:
            self._first = moment
        self._failed += 1
        tired = self._failed >= self.failures and moment - self._first >= self.patience
        if state == "half-open" or (state == "closed" and tired):
            self._opened = moment
