"""`Turns`: a thing that one thread at a time may use, made when it is first needed."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

Thing = TypeVar("Thing")


class Busy(Exception):
    """The line is full; try again later."""


class Turns(Generic[Thing]):
    """Hands out one thing to one thread at a time, with a short line of others waiting.

    Writers and scorers are not made to be used by two threads at once, and loading them takes seconds and gigabytes:
    so they are made at the first turn, and made again at the next one where that failed.
    """

    def __init__(self, make: Callable[[], Thing], waiting: int = 8) -> None:
        self._make = make
        self._made: list[Thing] = []
        self._turn = threading.Lock()
        self._places = threading.BoundedSemaphore(waiting + 1)

    @property
    def ready(self) -> bool:
        """Whether the thing has been made."""
        return bool(self._made)

    @contextmanager
    def turn(self) -> Iterator[Thing]:
        """Wait for the turn and hand out the thing. Raises Busy at once when the line is full."""
        if not self._places.acquire(blocking=False):
            raise Busy
        try:
            with self._turn:
                if not self._made:
                    self._made.append(self._make())
                yield self._made[0]
        finally:
            self._places.release()

    @contextmanager
    def at_once(self) -> Iterator[Thing | None]:
        """Hand out the thing without waiting: None where it is not made yet, or somebody has it."""
        mine = bool(self._made) and self._turn.acquire(blocking=False)
        try:
            yield self._made[0] if mine else None
        finally:
            if mine:
                self._turn.release()
