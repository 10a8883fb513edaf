"""The line in front of the writer: who is next, fair between owners, and what of it goes into one run."""

from bisect import bisect
from collections import deque
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from queue import SimpleQueue

from inference.writer import Draft
from store.prompt import Prompt
from store.variant import Sampling

TURN = 8  # prompts that an owner puts into a run before the next owner does
TOKENS = 160  # of an answer, for which the room of a run is meant; where answers may be longer, fewer go into it
TEXT = 200_000  # characters that the prompts of a run do not share, each of which takes up memory while it is written


@dataclass(eq=False)
class Ticket:
    """What one request wants written, and where its answers go."""

    owner: Hashable
    prompts: Sequence[Prompt]
    seeds: Sequence[int]
    sampling: Sampling
    answers: SimpleQueue[Draft | Exception | None] = field(default_factory=SimpleQueue)
    """One for each prompt: None where the writer had none to give."""
    alone: bool = False
    """Whether it is to be written by itself, because a run with it in it failed."""
    gone: bool = False
    """Whether nobody waits for it any more."""
    waiting: deque[int] = field(init=False)
    """The prompts that are in no run yet."""

    def __post_init__(self) -> None:
        self.waiting = deque(range(len(self.prompts)))


@dataclass(frozen=True)
class Piece:
    """One prompt of a ticket."""

    ticket: Ticket
    index: int

    @property
    def prompt(self) -> Prompt:
        """What is to be answered."""
        return self.ticket.prompts[self.index]

    @property
    def seed(self) -> int:
        """The seed of its answer."""
        return self.ticket.seeds[self.index]


class Line:
    """Tickets that wait. Owners take turns; of one owner whoever came first is served first. For one thread at a time.

    A run has one sampling and at most `room` prompts. An owner who finds no place in it is the first of the next one.
    """

    def __init__(self, room: int) -> None:
        self.room = room
        self._owners: dict[Hashable, deque[Ticket]] = {}  # in the order in which they are served next

    def add(self, ticket: Ticket) -> None:
        """Stand at the end of its owner's tickets."""
        if ticket.waiting:
            self._owners.setdefault(ticket.owner, deque()).append(ticket)

    def put_back(self, ticket: Ticket, indexes: Sequence[int]) -> None:
        """Stand before its owner's other tickets, to be written alone."""
        ticket.alone = True
        ticket.waiting.extendleft(reversed(indexes))
        tickets = self._owners.setdefault(ticket.owner, deque())
        if ticket not in tickets:
            tickets.appendleft(ticket)

    def remove(self, ticket: Ticket) -> None:
        """Leave the line."""
        tickets = self._owners.get(ticket.owner, deque())
        if ticket in tickets:
            tickets.remove(ticket)
        if not tickets:
            self._owners.pop(ticket.owner, None)

    def take(self) -> list[Piece]:
        """The next run; empty where nobody waits."""
        run = _Run(self.room)
        served = True
        while served:
            served = False
            for owner in list(self._owners):
                if self._serve(owner, run):
                    self._step_back(owner)
                    served = True
        return run.pieces

    def _serve(self, owner: Hashable, run: "_Run") -> int:
        """Take up to `TURN` prompts of the owner that fit into the run; how many were taken."""
        count = 0
        tickets = self._owners[owner]
        while tickets and count < TURN and run.takes(tickets[0]):
            run.add(tickets[0])
            count += 1
            if not tickets[0].waiting:
                tickets.popleft()
        return count

    def _step_back(self, owner: Hashable) -> None:
        tickets = self._owners.pop(owner)
        if tickets:
            self._owners[owner] = tickets


class _Run:
    """A run in the making."""

    def __init__(self, room: int) -> None:
        self.pieces: list[Piece] = []
        self._room = room
        self._text = 0
        self._last = ""

    def takes(self, ticket: Ticket) -> bool:
        """Whether the ticket's next prompt may go into it; the first one always may."""
        if not self.pieces:
            return True
        first = self.pieces[0].ticket
        if ticket is not first and (ticket.alone or first.alone or ticket.sampling != first.sampling):
            return False
        room = self._room * TOKENS // max(TOKENS, ticket.sampling.max_new_tokens)
        return len(self.pieces) < room and self._text + self._own(_text(ticket.prompts[ticket.waiting[0]])) <= TEXT

    def add(self, ticket: Ticket) -> None:
        """Take the ticket's next prompt."""
        self.pieces.append(Piece(ticket, ticket.waiting.popleft()))
        text = _text(self.pieces[-1].prompt)
        self._text += self._own(text)
        self._last = text

    def _own(self, text: str) -> int:
        """Characters that are not computed together with the prompt before, which most often begins alike."""
        return len(text) - _alike(self._last, text)


def _text(prompt: Prompt) -> str:
    return "\n".join(message.content for message in prompt.messages)


def _alike(one: str, other: str) -> int:
    """How many characters two texts begin with in common, by bisection: whole slices are compared fast."""
    return bisect(range(1, min(len(one), len(other)) + 1), 0, key=lambda length: one[:length] != other[:length])
