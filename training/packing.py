"""Rows that begin alike as one sequence: a shared prompt is computed once for all of its completions.

The prompts of a pack form a forest; its nodes lie one behind the other in one sequence. A token sees the tokens before
it in its own node and those of the nodes above, at the positions that it would have in its row alone, so each
completion's logits are what the row alone would give, and so are the gradients (tested).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple

import torch
from torch import Tensor

IGNORED = -100  # the label that transformers counts as none

Inputs = dict[str, Tensor]


class Pack(NamedTuple):
    """Rows laid out as one sequence."""

    inputs: Inputs
    """What a causal language model of transformers takes, and its labels: see `pack`."""
    rows: Tensor
    """The row of each label, (labels,) int64."""


@dataclass(frozen=True)
class Row:
    """A prompt and the completion that is to be learnt, as token ids; neither is empty."""

    prompt_ids: tuple[int, ...]
    completion_ids: tuple[int, ...]

    @property
    def length(self) -> int:
        """In tokens."""
        return len(self.prompt_ids) + len(self.completion_ids)


@dataclass
class _Sequence:
    """What a pack is laid out into."""

    tokens: list[int] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)
    nodes: list[int] = field(default_factory=list)
    """The node of each token."""
    above: list[frozenset[int]] = field(default_factory=list)
    """Of each node: itself and the nodes whose tokens it sees."""
    predictors: list[int] = field(default_factory=list)
    """Where the logits of each label come from."""
    labels: list[int] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    """The row of each label."""

    def add(self, tokens: Sequence[int], start: int, above: frozenset[int]) -> frozenset[int]:
        """Lay out a node whose first token has position `start`, and return what its children see."""
        seen = above | {len(self.above)}
        self.nodes += [len(self.above)] * len(tokens)
        self.above.append(seen)
        self.tokens += tokens
        self.positions += range(start, start + len(tokens))
        return seen


def pack(rows: Sequence[Row]) -> Pack:
    """One batch of one sequence from `rows`.

    `input_ids` and `position_ids` (1, tokens) int64; `attention_mask` (1, 1, tokens, tokens) bool, true where a query
    sees a key; `logits_to_keep` (labels,) int64, the places whose logits are wanted; `labels` (1, 1 + labels) int64,
    with one that is ignored first, since the trainer counts labels behind the first.
    """
    laid = _Sequence()
    _lay(laid, rows, range(len(rows)), 0, frozenset(), last=-1)
    nodes = torch.tensor(laid.nodes)
    sees = torch.zeros(len(laid.above), len(laid.above), dtype=torch.bool)
    for node, above in enumerate(laid.above):
        sees[node, list(above)] = True
    mask = sees[nodes][:, nodes].tril()  # a parent lies before its children, so what is behind is never seen
    inputs = {
        "input_ids": torch.tensor([laid.tokens]),
        "position_ids": torch.tensor([laid.positions]),
        "attention_mask": mask[None, None],
        "logits_to_keep": torch.tensor(laid.predictors),
        "labels": torch.tensor([[IGNORED, *laid.labels]]),
    }
    return Pack(inputs, torch.tensor(laid.rows))


def _lay(  # noqa: PLR0917 - where it stands in the tree
    laid: _Sequence, rows: Sequence[Row], chosen: Sequence[int], start: int, above: frozenset[int], last: int
) -> None:
    """Lay out what the `chosen` rows have from `start` on; `last` is the place of the token before it."""
    for number in (number for number in chosen if len(rows[number].prompt_ids) == start):
        _complete(laid, rows[number], number, above, last)
    longer = sorted((n for n in chosen if len(rows[n].prompt_ids) > start), key=lambda n: rows[n].prompt_ids)
    for _, group in groupby(longer, key=lambda n: rows[n].prompt_ids[start]):
        alike = list(group)
        end = _agree([rows[number].prompt_ids for number in alike], start)
        seen = laid.add(rows[alike[0]].prompt_ids[start:end], start, above)
        _lay(laid, rows, alike, end, seen, len(laid.tokens) - 1)


def _complete(laid: _Sequence, row: Row, number: int, above: frozenset[int], last: int) -> None:
    """Lay out a completion: a node of its own, whose last token is only ever predicted."""
    first = len(laid.tokens)
    laid.add(row.completion_ids[:-1], len(row.prompt_ids), above)
    laid.predictors += [last, *range(first, len(laid.tokens))]
    laid.labels += row.completion_ids
    laid.rows += [number] * len(row.completion_ids)


def _agree(prompts: Sequence[tuple[int, ...]], start: int) -> int:
    """Up to where all prompts are the same."""
    low, high = min(prompts), max(prompts)  # what the first and last of a sorted list share, all share
    end = start
    while end < min(len(low), len(high)) and low[end] == high[end]:
        end += 1
    return end


def packs(rows: Sequence[Row], size: int) -> list[list[int]]:
    """The rows' numbers in packs of at most `size` tokens laid out; a row longer than that is a pack alone.

    Rows that begin alike share a pack as far as it goes.
    """
    found: list[list[int]] = []
    used = 0
    before: tuple[int, ...] = ()
    for number in sorted(range(len(rows)), key=lambda number: (rows[number].prompt_ids, number)):
        row = rows[number]
        more = row.length - _shared(before, row.prompt_ids)
        if not found or used + more > size:
            found.append([])
            used, more = 0, row.length
        found[-1].append(number)
        used, before = used + more, row.prompt_ids
    return found


def _shared(one: tuple[int, ...], two: tuple[int, ...]) -> int:
    return next((i for i, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), min(len(one), len(two)))
