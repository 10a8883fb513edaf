"""`Turns`: the models of this process, made when they are first needed, and used by everybody who asks."""

import threading
from collections import Counter
from collections.abc import Callable, Generator, Hashable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from types import TracebackType
from typing import Self

from inference.line import Ticket
from inference.order import Parts
from inference.together import Gone, Together
from inference.writer import Draft
from store.prompt import Prompt
from store.variant import Sampling

PLACES = 256  # requests that may wait or be written at a time
EACH = 128  # of them, how many may be one key's


class Busy(Exception):
    """The line is full; try again later."""

    def __init__(self, owner: Hashable | None = None) -> None:
        """`owner` is whose own requests fill it; None where it is full of everybody's."""
        self.owner = owner


class Turns:
    """Gives each request a place, and in it the models.

    Loading takes seconds and gigabytes: so they are loaded at the first use, and again at the next one where that
    failed. The writer is shared (`Together`); scorer, chooser and approver may be called from several threads.
    """

    def __init__(self, make: Callable[[], Parts], room: int = 96, *, places: int = PLACES, each: int = EACH) -> None:
        """`room` is how many variants are written in one run."""
        self._make = make
        self._room = room
        self._places, self._each = places, each
        self._taken: Counter[Hashable] = Counter()
        self._lock = threading.Lock()
        self._loading = threading.Lock()
        self._made: tuple[Parts, Together] | None = None

    @property
    def ready(self) -> bool:
        """Whether the models are loaded."""
        return self._made is not None

    @property
    def loaded(self) -> Parts | None:
        """The models, or None before they are; for whoever would rather do without than wait, and writes nothing."""
        return self._made[0] if self._made else None

    def enter(self, owner: Hashable | None = None) -> "Place":
        """Take a place, without waiting. Raises Busy where there is none for this owner."""
        with self._lock:
            if owner is not None and self._taken[owner] >= self._each:
                raise Busy(owner)
            if self._taken.total() >= self._places:
                raise Busy
            self._taken[owner] += 1
        return Place(self, owner)

    @contextmanager
    def turn(self, owner: Hashable | None = None) -> Iterator[Parts]:
        """A place, and the models in it. Raises Busy at once where the line is full."""
        with self.enter(owner) as place:
            yield place.parts()

    def made(self) -> tuple[Parts, Together]:
        """The models, loaded now where they were not."""
        with self._loading:
            if self._made is None:
                parts = self._make()
                self._made = parts, Together(parts.writer, self._room)
            return self._made

    def exit(self, owner: Hashable | None) -> None:
        """Free a place."""
        with self._lock:
            self._taken[owner] -= 1
            self._taken += Counter()  # forgets owners who have none, so that the counter does not grow


class Place:
    """One request's place, free again at the end of the `with` block."""

    def __init__(self, turns: Turns, owner: Hashable | None) -> None:
        self.owner = owner
        self._turns = turns
        self._tickets: list[Ticket] = []
        self._gone = threading.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Leave the place, and let others have it."""
        self.leave()
        self._turns.exit(self.owner)

    @property
    def gone(self) -> bool:
        """Whether whoever asked does not wait any more."""
        return self._gone.is_set()

    def parts(self) -> Parts:
        """The models, loaded now where they were not; the writer is this place's own, and stops when it is left."""
        parts, together = self._turns.made()
        return replace(parts, writer=_Seat(self, together))

    def leave(self) -> None:
        """Stop writing for this place, from any thread: whoever waits for it is told with Gone."""
        self._gone.set()
        if self._tickets:
            _, together = self._turns.made()
            for ticket in self._tickets:
                together.leave(ticket)

    def stand(self, ticket: Ticket) -> None:
        """Remember what is written for this place. Raises Gone where it was left."""
        self._tickets.append(ticket)
        if self.gone:
            raise Gone


class _Seat:
    """A writer for one place."""

    def __init__(self, place: Place, together: Together) -> None:
        self.checkpoint = together.writer.checkpoint
        self.shots = together.writer.shots
        self._place = place
        self._together = together

    def write(self, prompts: Sequence[Prompt], seeds: Sequence[int], sampling: Sampling) -> Generator[Draft]:
        """As `Writer.write`, in runs with others."""
        ticket = self._together.ticket(self._place.owner, prompts, seeds, sampling)
        with closing(self._together.drafts(ticket)) as drafts:
            self._place.stand(ticket)
            yield from drafts
