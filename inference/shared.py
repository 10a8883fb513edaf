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
    n, heads, length, width = query.shape
    kv_heads = key.shape[1]
    folded = query.reshape(n, kv_heads, heads // kv_heads * length, width)  # the heads that share keys become queries
    out, lse = _attend(folded, key, value, context.own_mask, scaling)
    for level in context.levels:
        other, other_lse = torch.zeros_like(out), torch.full_like(lse, -torch.inf)
        for branch in level:
            rows = slice(branch.start, branch.end)
            other[rows], other_lse[rows] = _attend_to(branch, module.layer_idx, folded[rows], scaling)
        both = torch.logaddexp(lse, other_lse)
        out = out * (lse - both).exp()[..., None] + other * (other_lse - both).exp()[..., None]
        lse = both
    unfolded = out.to(query.dtype).reshape(n, heads, length, width)
    return unfolded.transpose(1, 2).contiguous(), None


def _attend_to(branch: Branch, layer: int, folded: Tensor, scaling: float | None) -> tuple[Tensor, Tensor]:
    """All queries of a branch's rows at once, as if they were the queries of one sequence."""
    rows, kv_heads, queries, width = folded.shape
    joined = folded.transpose(0, 1).reshape(1, kv_heads, rows * queries, width)
    out, lse = _attend(joined, branch.keys[layer][None], branch.values[layer][None], None, scaling)
    out = out.reshape(kv_heads, rows, queries, width).transpose(0, 1)
    return out, lse.reshape(kv_heads, rows, queries).transpose(0, 1)


def _attend(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, scaling: float | None
) -> tuple[Tensor, Tensor]:
    """The mean (n, heads, queries, width) and the log-sum-exp (n, heads, queries) of the scores, both float32."""
    out, lse = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(
        query, key, value, 0.0, False, attn_mask=mask, scale=scaling
    )
    return out.float(), lse


AttentionInterface.register(NAME, attention)
AttentionMaskInterface.register(NAME, lambda *_, **__: None)
