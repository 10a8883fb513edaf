"""The sequences that the engine is decoding, and the storage that is laid out for them beforehand."""

from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import DynamicCache

from inference.shared import Branch, Context, Slab

THICK = 4  # rows from which a branch is attended to as one matrix product


@dataclass
class Batch:
    """Sequences in the middle of being decoded, a row each."""

    order: list[int]
    """The request of each row at the beginning."""
    hidden: Tensor
    """Of the last token: (n, width)."""
    positions: Tensor
    """Of the last token: (n,)."""
    cache: DynamicCache
    context: Context
    own_mask: Tensor
    """(n, 1, 1, slots), for all slots that there will be."""

    def forget(self, row: int, count: int) -> None:
        """Hide the last `count` tokens that a row has read, so that it goes on from what was before them."""
        if count:
            used = self.cache.layers[0].get_seq_length()
            self.own_mask[row, ..., used - count : used] = -torch.inf
            self.positions[row] -= count

    def choose(self, rows: list[int]) -> None:
        """Keep these rows (rising)."""
        chosen = torch.tensor(rows)
        self.hidden, self.positions, self.own_mask = self.hidden[chosen], self.positions[chosen], self.own_mask[chosen]
        self.cache.batch_select_indices(chosen)
        self.context.moved(rows)


def branches(cache: DynamicCache, lengths: list[int]) -> list[Branch]:
    """Each row of a level as a branch; an empty row is none."""
    return [
        Branch(
            row,
            row + 1,
            [layer.keys[row, :, :length].clone() for layer in cache.layers],
            [layer.values[row, :, :length].clone() for layer in cache.layers],
        )
        for row, length in enumerate(lengths)
        if length
    ]


def own(cache: DynamicCache, context: Context, room: int) -> tuple[DynamicCache, Context, Tensor]:
    """The rows' own parts in slabs with room for what is to come.

    A branch that few rows share costs more as a product of its own than it saves, so it is copied before each of its
    rows' last token; rows with shorter copies begin with slots that are masked.
    """
    thick = [[branch for branch in level if branch.end - branch.start >= THICK] for level in context.levels]
    thin = [branch for level in context.levels for branch in level if branch.end - branch.start < THICK]
    rows = cache.layers[0].keys.shape[0]
    copied: list[list[Branch]] = [[b for b in thin if b.start <= row < b.end] for row in range(rows)]
    lengths = [sum(branch.length for branch in branches) for branches in copied]
    first = max(lengths)
    for number, layer in enumerate(cache.layers):
        keys, values = (
            _slab(states, [[getattr(b, name)[number] for b in branches] for branches in copied], first, room)
            for name, states in (("keys", layer.keys), ("values", layer.values))
        )
        cache.layers[number] = Slab(keys, values, first + 1)
    slots = torch.arange(first + 1 + room)
    hidden = slots < (first - torch.tensor(lengths))[:, None]
    mask = torch.zeros(hidden.shape, dtype=keys.dtype).masked_fill(hidden, -torch.inf)
    return cache, Context([level for level in thick if level]), mask[:, None, None]


def _slab(states: Tensor, copied: list[list[Tensor]], first: int, room: int) -> Tensor:
    """Storage (n, heads, slots, width): each row's copies one behind the other up to slot `first`, then `states`."""
    rows, heads, _, width = states.shape
    slab = states.new_zeros(rows, heads, first + 1 + room, width)
    slab[:, :, first : first + 1] = states
    for row, parts in enumerate(copied):
        end = first
        for part in reversed(parts):
            slab[row, :, end - part.shape[1] : end] = part
            end -= part.shape[1]
    return slab
