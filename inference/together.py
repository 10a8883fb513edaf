"""`Together`: one writer for many requests; those that wait at the same moment are written in one run."""

import threading
from collections.abc import Generator, Hashable, Iterable, Sequence
from contextlib import closing
from dataclasses import replace

from inference.line import Line, Piece, Ticket
from inference.writer import Draft, Writer
from store.prompt import Prompt
from store.variant import Sampling


class Gone(Exception):
    """Whoever asked does not wait for it any more."""


class Together:
    """Lets many threads use a writer that one thread at a time may use.

    What is written for a ticket is the same whatever else is in its run, as the seeds are each prompt's own. The thread
    that writes lives as long as somebody waits. Where a run fails, each of its tickets is tried by itself, so that what
    is wrong with one fails that one alone.
    """

    def __init__(self, writer: Writer, room: int) -> None:
        """`room` is how many prompts go into one run."""
        self.writer = writer
        self._line = Line(room)
        self._lock = threading.Lock()
        self._writing = False

    def ticket(self, owner: Hashable, prompts: Sequence[Prompt], seeds: Sequence[int], sampling: Sampling) -> Ticket:
        """Stand in line; the answers are had from `drafts`."""
        ticket = Ticket(owner, prompts, seeds, sampling)
        with self._lock:
            self._line.add(ticket)
            if not self._writing:
                self._writing = True
                threading.Thread(target=self._work, name="engine", daemon=True).start()
        return ticket

    def drafts(self, ticket: Ticket) -> Generator[Draft]:
        """The ticket's answers as they are finished. Closing the generator gives the rest up.

        Raises what the writer raises, and Gone where the ticket was left meanwhile.
        """
        try:
            for _ in ticket.prompts:
                answer = ticket.answers.get()
                if isinstance(answer, Exception):
                    raise answer
                if answer is not None:
                    yield answer
        finally:
            self.leave(ticket)

    def leave(self, ticket: Ticket) -> None:
        """Give up what of the ticket is not written, from any thread; who waits for its answers is told with Gone.

        A run in which nobody is left is ended at the next answer.
        """
        with self._lock:
            ticket.gone = True
            self._line.remove(ticket)
        ticket.answers.put(Gone())

    def _work(self) -> None:
        while run := self._next():
            self._write(run)

    def _next(self) -> list[Piece]:
        with self._lock:
            run = self._line.take()
            self._writing = bool(run)
            return run

    def _write(self, run: list[Piece]) -> None:
        """Write one run. Each piece that is left over gets None, or what was raised."""
        left = dict(enumerate(run))
        error: Exception | None = None
        try:
            sampling = run[0].ticket.sampling
            drafts = self.writer.write([piece.prompt for piece in run], [piece.seed for piece in run], sampling)
            with closing(drafts):
                for draft in drafts:
                    piece = left.pop(draft.index)
                    piece.ticket.answers.put(replace(draft, index=piece.index))
                    if all(piece.ticket.gone for piece in left.values()):
                        break
        except Exception as raised:  # is raised again by whoever waits for the answers
            error = raised
        if error and len({piece.ticket for piece in run}) > 1:
            self._try_each(left.values())
            return
        for piece in left.values():
            piece.ticket.answers.put(error)

    def _try_each(self, left: Iterable[Piece]) -> None:
        """Back into the line, each ticket to be written by itself."""
        indexes: dict[Ticket, list[int]] = {}
        for piece in left:
            indexes.setdefault(piece.ticket, []).append(piece.index)
        with self._lock:
            for ticket, again in indexes.items():
                if not ticket.gone:
                    self._line.put_back(ticket, again)
