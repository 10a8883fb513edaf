"""How often somebody may try to sign in, kept in the memory of the one server process, where it begins anew."""

import math
import threading
import time
from collections.abc import Callable, Hashable

SPAN = 900.0  # seconds
BY_NAME = 10  # tries a span at one name, from wherever
BY_ADDRESS = 50  # tries a span from one address, at whatever names
TIDY = 1_000  # new keys after which those that are full again are forgotten


class Throttle:
    """A token bucket for each key (Turner 1986): `most` tries at once, and as many again in each `SPAN`."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` gives seconds."""
        self.most = most
        self._clock = clock
        self._levels: dict[Hashable, tuple[float, float]] = {}  # tries that are left, and when that was so
        self._lock = threading.Lock()
        self._tidy_at = TIDY

    def take(self, key: Hashable) -> int:
        """Take a try; gives 0, or, with nothing taken, the whole seconds until there is one."""
        with self._lock:
            left = self._left(key)
            if left < 1:
                return math.ceil((1 - left) * SPAN / self.most)
            self._put(key, left - 1)
            return 0

    def give_back(self, key: Hashable) -> None:
        """Give back a try that was a good one."""
        with self._lock:
            self._put(key, min(self.most, self._left(key) + 1))

    def _left(self, key: Hashable) -> float:
        level, then = self._levels.get(key, (float(self.most), self._clock()))
        return min(self.most, level + (self._clock() - then) * self.most / SPAN)

    def _put(self, key: Hashable, level: float) -> None:
        self._levels[key] = (level, self._clock())
        if len(self._levels) > self._tidy_at:
            self._levels = {key: held for key, held in self._levels.items() if self._left(key) < self.most}
            self._tidy_at = 2 * len(self._levels) + TIDY
