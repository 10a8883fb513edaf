"""How much each key may ask for in a minute, kept in the memory of the one server process, where it begins anew."""

import math
import threading
import time
from collections.abc import Callable

from starlette.exceptions import HTTPException

from store.key import Key

MINUTE = 60.0  # seconds


class Limit:
    """A token bucket for each key (Turner 1986), full at first and filled at `per_minute`."""

    def __init__(self, per_minute: int, what: str, clock: Callable[[], float] = time.monotonic) -> None:
        """`what` is counted, in words; `clock` gives seconds."""
        self.per_minute = per_minute
        self.what = what
        self._clock = clock
        self._levels: dict[int, tuple[float, float]] = {}  # by key: the level, and when it was that
        self._lock = threading.Lock()

    def spend(self, key: Key | None, amount: int = 1) -> None:
        """Take `amount` from the key's bucket; without a key nothing is counted.

        More than a minute's worth at once needs a full bucket and leaves a debt, so that a large request is not refused
        for ever. Raises HTTPException 429 with the seconds to wait in `Retry-After`.
        """
        if key is None:
            return
        wait = self._take(key.id, amount)
        if wait:
            detail = (
                f"the key {key.id} may ask for {self.per_minute:,} {self.what} a minute; try again in {wait} seconds"
            )
            raise HTTPException(429, detail, {"Retry-After": str(wait)})

    def _take(self, key_id: int, amount: int) -> int:
        """Whole seconds until there is enough; 0 where it was taken."""
        with self._lock:
            now = self._clock()
            level, then = self._levels.get(key_id, (float(self.per_minute), now))
            level = min(self.per_minute, level + (now - then) * self.per_minute / MINUTE)
            missing = min(amount, self.per_minute) - level
            if missing > 0:
                return math.ceil(missing * MINUTE / self.per_minute)
            self._levels[key_id] = (level - amount, now)
            return 0
