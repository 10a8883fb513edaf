"""Attention in which sequences that begin alike share the keys and values of their beginning.

A sequence's context is a chain of branches (the brief, its channel, its segment, ...) and a part of its own. Attention
over each part is computed apart, a branch for all of its sequences as one matrix product, and the parts are merged by
their log-sum-exp: softmax over a union is the mean of the softmaxes over its parts, weighted by their normalisers
(the identity behind Milakov and Gimelshein 2018, arXiv:1805.02867, and Dao et al. 2022, arXiv:2205.14135).
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.cache_utils import DynamicLayer
from transformers.integrations.sdpa_attention import sdpa_attention_forward

NAME = "glasbruk_shared"


@dataclass(frozen=True)
class Branch:
    """Tokens that neighbouring sequences of a batch share, `start` to `end`."""

    start: int
    end: int
    keys: list[Tensor]
    """By layer: (key-value heads, tokens, head width)."""
    values: list[Tensor]

    @property
    def length(self) -> int:
        """How many tokens."""
        return self.keys[0].shape[1]

    def moved(self, parents: Sequence[int]) -> "Branch":
        """The branch in a batch whose rows continue the rows `parents` (rising) of this one."""
        return replace(self, start=bisect_left(parents, self.start), end=bisect_left(parents, self.end))


@dataclass
class Context:
    """What the sequences of a batch attend to besides the layer's own cache."""

    levels: list[list[Branch]]
    """The branches of a level stand side by side."""
    own_mask: Tensor | None = None
    """Added to the scores of the own parts, (n, 1, 1, slots) or (queries, slots); None lets everything be seen."""

    def places(self) -> list[tuple[Branch, slice, slice]]:
        """Each branch, its rows, and where its tokens are when the levels are put side by side."""
        found, first = [], 0
        for level in self.levels:
            found += [(b, slice(b.start, b.end), slice(first, first + b.length)) for b in level]
            first += max((branch.length for branch in level), default=0)
        return found

    def moved(self, parents: Sequence[int]) -> None:
        """Follow the batch when its rows are chosen anew: `parents` are the old rows, rising."""
        moved = [[branch.moved(parents) for branch in level] for level in self.levels]
        self.levels = [[branch for branch in level if branch.end > branch.start] for level in moved]


class Slab(DynamicLayer):  # type: ignore[misc] # transformers is not typed
    """A cache layer in storage laid out beforehand: a step writes its tokens in place and copies nothing."""

    def __init__(self, keys: Tensor, values: Tensor, used: int) -> None:
        super().__init__()
        self.keys, self.values, self.length = keys, values, used
        self.dtype, self.device, self.is_initialized = keys.dtype, keys.device, True

    def update(
        self,
        key_states: Tensor,
        value_states: Tensor,
        *args: Any,  # noqa: ARG002 - the interface of transformers
        **kwargs: Any,  # noqa: ARG002
    ) -> tuple[Tensor, Tensor]:
        """Write (n, heads, tokens, width) behind what is there, and give all that is there."""
        end = self.length + key_states.shape[-2]
        self.keys[:, :, self.length : end] = key_states
        self.values[:, :, self.length : end] = value_states
        self.length = end
        return self.keys[:, :, :end], self.values[:, :, :end]

    def get_seq_length(self) -> int:
        """Tokens that are there."""
        return self.length


def attention(  # noqa: PLR0917 - the interface of transformers
    module: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    context: Context | None = None,
    **kwargs: Any,
) -> tuple[Tensor, None]:
    """Attention of `query` (n, heads, length, width) to the own `key` and `value` and to the branches of `context`.

    Returns (n, length, heads, width), as transformers wants it. Without a context it is transformers' own.
    """
    if context is None:
        plain: tuple[Tensor, None] = sdpa_attention_forward(
            module, query, key, value, attention_mask, scaling=scaling, **kwargs
        )
        return plain
    scaled = query * (scaling or query.shape[-1] ** -0.5)
    return attend(scaled, key, value, context, module.layer_idx), None


def attend(query: Tensor, key: Tensor, value: Tensor, context: Context, layer: int) -> Tensor:
    """Attention of the scaled `query` (n, heads, length, width) to the own `key` and `value` and to the branches.

    Returns (n, length, heads, width), contiguous. One token a row is what decoding does, so it has a way of its own.
    """
    n, heads, length, width = query.shape
    folded = query.reshape(n, key.shape[1], -1, width)  # the heads that share keys become queries
    way = _at_once if length == 1 else _merged
    out = way(folded, key, value, context, layer).to(query.dtype)
    return out.view(n, heads, length, width).transpose(1, 2).contiguous()


def _at_once(query: Tensor, key: Tensor, value: Tensor, context: Context, layer: int) -> Tensor:
    """The scores of all parts side by side, and one softmax over them: few operations, where the scores are few.

    Scores and shares have the key-value heads first, so that the rows of a branch are the queries of one sequence.
    """
    places = context.places()
    room = max((columns.stop for _, _, columns in places), default=0)
    n, kv_heads, queries, _ = query.shape
    scores = query.new_full((kv_heads, n, queries, room + key.shape[2]), -torch.inf, dtype=torch.float32)
    own = query @ key.transpose(-1, -2)
    scores[..., room:] = (own if context.own_mask is None else own + context.own_mask).transpose(0, 1)
    turned = query.transpose(0, 1).contiguous()
    for branch, rows, columns in places:
        found = turned[:, rows].flatten(1, 2) @ branch.keys[layer].transpose(-1, -2)
        scores[:, rows, :, columns] = found.view(kv_heads, -1, queries, branch.length)
    shares = scores.softmax(dim=-1).to(value.dtype)
    out = (shares[..., room:].transpose(0, 1) @ value).float()
    for branch, rows, columns in places:
        found = shares[:, rows, :, columns].flatten(1, 2) @ branch.values[layer]
        out[rows].add_(found.view(kv_heads, -1, queries, found.shape[-1]).transpose(0, 1))
    return out


def _merged(query: Tensor, key: Tensor, value: Tensor, context: Context, layer: int) -> Tensor:
    """A softmax over each part, merged; it never holds all scores."""
    out, lse = _attend(query, key, value, context.own_mask)
    for level in context.levels:
        other, other_lse = torch.zeros_like(out), torch.full_like(lse, -torch.inf)
        for branch in level:
            rows = slice(branch.start, branch.end)
            other[rows], other_lse[rows] = _attend_to(branch, layer, query[rows])
        both = torch.logaddexp(lse, other_lse)
        out = out * (lse - both).exp()[..., None] + other * (other_lse - both).exp()[..., None]
        lse = both
    return out


def _attend_to(branch: Branch, layer: int, folded: Tensor) -> tuple[Tensor, Tensor]:
    """All queries of a branch's rows at once, as if they were the queries of one sequence."""
    rows, kv_heads, queries, width = folded.shape
    joined = folded.transpose(0, 1).reshape(1, kv_heads, rows * queries, width)
    out, lse = _attend(joined, branch.keys[layer][None], branch.values[layer][None], None)
    out = out.reshape(kv_heads, rows, queries, width).transpose(0, 1)
    return out, lse.reshape(kv_heads, rows, queries).transpose(0, 1)


def _attend(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor]:
    """The mean (n, heads, queries, width) and the log-sum-exp (n, heads, queries) of the scores, both float32."""
    out, lse = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(
        query, key, value, 0.0, False, attn_mask=mask, scale=1.0
    )
    return out.float(), lse


AttentionInterface.register(NAME, attention)
AttentionMaskInterface.register(NAME, lambda *_, **__: None)
