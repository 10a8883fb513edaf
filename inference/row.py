"""One answer in the making: what the engine decodes, a token a step, and what it does with a token that cannot stand.

A line that passes its maximum is thrown away and drawn again, so what is kept has the model's own distribution among
the lines that fit, and ends as the model would end it. Masking tokens at the edge would cut lines off instead.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from store.variant import Sampling

TRIES = 4  # at a line; then it is cut before the word that is too much


@dataclass(frozen=True)
class Request:
    """One answer that is wanted."""

    prompt_ids: list[int]
    """Ends with the opening of the answer's first line."""
    seed: int
    openings: tuple[tuple[int, ...], ...] = ()
    """Token ids that begin each further line of the answer: they are set, not drawn, so the form always holds."""
    budget: int = 1_024
    """Tokens after which the answer is cut, finished or not; those that were thrown away count."""
    too_long: Callable[[int, Sequence[int]], bool] | None = None
    """Whether a line, by its number from 0 and its tokens so far, has passed its maximum."""
    free: bool = False
    """Whether it is free text, in which line breaks end nothing."""
    stopped: Callable[[Sequence[int]], bool] | None = None
    """Whether an answer, by its tokens so far, has come to a text at which it is to stop."""


@dataclass(frozen=True)
class LineEnds:
    """Which tokens end a line."""

    ends: Tensor
    """Boolean, shape (vocabulary,): tokens with a line break in them, and those that end the answer."""
    stops: frozenset[int]
    """Those that end the answer."""
    newline_id: int
    """Written in place of a stop when lines are still to come."""
    starts: frozenset[int] = frozenset()
    """Tokens that begin a word: behind what stands before one of them a line can be cut."""

    def closing(self, *, last: bool) -> Tensor:
        """Token ids that would end the answer: in its last line all that end a line, else the stops."""
        return self.ends.nonzero().flatten() if last else torch.tensor(sorted(self.stops), dtype=torch.long)


@dataclass(frozen=True)
class Answer:
    """What came of one request."""

    index: int
    """The request's."""
    token_ids: list[int]
    log_probability: float
    """Of all tokens that were drawn and kept, by the model alone, whatever the sampling; in nats."""
    redrawn: int = 0
    """Lines that were thrown away."""
    cut: int = 0
    """Lines that were cut, as none of the tries at them fitted."""


@dataclass
class Row:
    """A request and what there is of its answer."""

    index: int
    request: Request
    budget: int
    openings: deque[tuple[int, ...]]
    tries: int = TRIES
    """At each line; 1 where another draw would be the same."""
    forced: deque[int] = field(default_factory=deque)
    token_ids: list[int] = field(default_factory=list)
    likelihoods: list[float] = field(default_factory=list)
    """Log-probabilities of what was drawn and kept."""
    done: bool = False
    redrawn: int = 0
    cut: int = 0
    steps: int = 0
    line: int = 0
    begun: int = 0
    """Where in `token_ids` the line begins."""
    tried: int = 0

    @classmethod
    def of(cls, index: int, request: Request, steps: int, sampling: Sampling) -> "Row":
        """A request before its first of at most `steps` tokens."""
        tries = TRIES if sampling.temperature else 1
        return cls(index, request, min(request.budget, steps), deque(request.openings), tries)

    @property
    def last(self) -> int:
        """The token to go on from."""
        return self.token_ids[-1] if self.token_ids else self.request.prompt_ids[-1]

    @property
    def answer(self) -> Answer:
        """What there is."""
        return Answer(self.index, self.token_ids, sum(self.likelihoods), self.redrawn, self.cut)

    def take(self, token_id: int, log_probability: float, lines: LineEnds) -> int:
        """Take a drawn token, or the one that is due in its place; `done` says whether the answer then is finished.

        Returns how many tokens the model has read too many, `last` not among them: they are to be forgotten.
        """
        self.steps += 1
        back = 0
        if self.forced:
            self.token_ids.append(self.forced.popleft())
            if not self.forced:
                self._begin(self.line + 1)
        elif self._stands(token_id, lines):
            self.likelihoods.append(log_probability)
            if token_id in lines.stops if self.request.free else lines.ends[token_id]:
                self._end(token_id, lines)
            else:
                self.token_ids.append(token_id)
        else:
            back = self._without(token_id, lines)
        stopped = self.request.stopped
        self.done = self.done or self.steps >= self.budget or (stopped is not None and stopped(self.token_ids))
        return back

    def _stands(self, token_id: int, lines: LineEnds) -> bool:
        """Whether the line is neither empty nor too long with this token; free text always stands."""
        if self.request.free:
            return True
        if lines.ends[token_id]:
            return len(self.token_ids) > self.begun or self.tried + 1 >= self.tries
        too_long = self.request.too_long
        return too_long is None or not too_long(self.line, [*self.token_ids[self.begun :], token_id])

    def _without(self, token_id: int, lines: LineEnds) -> int:
        """Begin the line again, or cut it where it was tried often enough."""
        drawn = self.token_ids[self.begun :]
        self.tried += 1
        if self.tried < self.tries:
            self.redrawn += 1
            self._keep(0)
            return len(drawn) + 1  # what the line began behind is read again, for what comes after it
        words = [place for place, one in enumerate([*drawn, token_id]) if place and one in lines.starts]
        kept = words[-1] if words else len(drawn)
        self._keep(kept)
        self.cut += 1
        self._end(lines.newline_id, lines)
        return len(drawn) - kept

    def _keep(self, count: int) -> None:
        """Only the first tokens of the line."""
        gone = len(self.token_ids) - self.begun - count
        if gone:
            del self.token_ids[-gone:], self.likelihoods[-gone:]

    def _end(self, token_id: int, lines: LineEnds) -> None:
        if not self.openings:
            self.done = True
            return
        self.token_ids.append(lines.newline_id if token_id in lines.stops else token_id)
        self.forced.extend(self.openings.popleft())

    def _begin(self, line: int) -> None:
        self.line, self.begun, self.tried = line, len(self.token_ids), 0
