"""The generation engine: token ids in, token ids out.

Made for one long brief, some segments and many short variants: what prompts share is computed once (`tree.levels`), and
all sequences are decoded together in storage laid out beforehand. Finished sequences leave the batch.
"""

import math
from collections import deque
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache, PreTrainedModel
from transformers.cache_utils import DynamicLayer

from inference.tree import Level, levels
from store.variant import Sampling

SHRINK = 0.75  # the share of unfinished sequences below which finished ones are taken out of the batch


@dataclass(frozen=True)
class Request:
    """One answer that is wanted."""

    prompt_ids: list[int]
    """Ends with the opening of the answer's first line."""
    seed: int
    openings: tuple[tuple[int, ...], ...] = ()
    """Token ids that begin each further line of the answer: they are set, not drawn, so the form always holds."""
    budget: int = 1_024
    """Tokens after which the answer is cut, finished or not."""


@dataclass(frozen=True)
class LineEnds:
    """Which tokens end a line."""

    ends: Tensor
    """Boolean, shape (vocabulary,): tokens with a line break in them, and those that end the answer."""
    stops: frozenset[int]
    """Those that end the answer."""
    newline_id: int
    """Written in place of a stop when lines are still to come."""


@dataclass
class _Row:
    index: int
    budget: int
    openings: deque[tuple[int, ...]]
    forced: deque[int] = field(default_factory=deque)
    token_ids: list[int] = field(default_factory=list)
    done: bool = False

    def take(self, token_id: int, lines: LineEnds) -> bool:
        """Take a drawn token, or the one that is due in its place. Says whether the answer is finished."""
        if self.forced:
            self.token_ids.append(self.forced.popleft())
        elif not lines.ends[token_id]:
            self.token_ids.append(token_id)
        elif self.openings:
            self.token_ids.append(lines.newline_id if token_id in lines.stops else token_id)
            self.forced.extend(self.openings.popleft())
        else:
            self.done = True
        self.done = self.done or len(self.token_ids) >= self.budget
        return self.done


class Engine:
    """Decodes many sequences of one causal language model together."""

    def __init__(self, model: PreTrainedModel, lines: LineEnds) -> None:
        self.model = model.eval()
        self.lines = lines

    @torch.inference_mode()
    def generate(self, requests: Sequence[Request], sampling: Sampling) -> Generator[tuple[int, list[int]]]:
        """Yield `(index of the request, token ids of its answer)` as answers are finished.

        The draw depends on the request's seed and the position only, so a request's answer is the same in any batch, up
        to the rounding of matrix products of another shape. An answer is cut at its budget, and at
        `sampling.max_new_tokens`.
        """
        if not requests:
            return
        steps = min(sampling.max_new_tokens, max(request.budget for request in requests))
        draws = torch.stack([_uniforms(request.seed, steps) for request in requests])
        hidden, cache, mask, positions = self._prefill([request.prompt_ids for request in requests], steps)
        rows = [
            _Row(index, min(request.budget, steps), deque(request.openings)) for index, request in enumerate(requests)
        ]
        for step in range(steps):
            drawn = sample(self._logits(hidden), draws[:, step], sampling)
            for row, token_id in zip(rows, drawn.tolist(), strict=True):
                if not row.done and row.take(token_id, self.lines):
                    yield row.index, row.token_ids
            keep = [place for place, row in enumerate(rows) if not row.done]
            if not keep:
                return
            if len(keep) <= SHRINK * len(rows):
                chosen = torch.tensor(keep)
                rows = [rows[place] for place in keep]
                draws, mask, positions = draws[chosen], mask[chosen], positions[chosen]
                cache.batch_select_indices(chosen)
            tokens = torch.tensor([[row.token_ids[-1] if row.token_ids else 0] for row in rows])
            positions = positions + 1
            mask = torch.cat([mask, mask.new_ones(len(rows), 1)], dim=1)
            hidden = self._forward(tokens, mask, positions[:, None], cache)[:, -1]

    def _prefill(self, prompts: list[list[int]], room: int) -> tuple[Tensor, DynamicCache, Tensor, Tensor]:
        """Compute the tree of prompts level by level.

        Returns the last token's hidden states (n, width), a cache with room for `room` more tokens, the attention mask
        (n, slots) and the position of each prompt's last token (n,).
        """
        cache = DynamicCache(config=self.model.config)
        mask = torch.zeros(1, 0, dtype=torch.long)
        positions = torch.full((1,), -1)
        hidden = torch.zeros(0)
        for level in levels(prompts):
            mask, positions = mask[level.parents], positions[level.parents]
            if not any(level.chunks):
                continue  # prompts that share no beginning
            if mask.shape[1]:
                cache.batch_select_indices(torch.tensor(level.parents))
            hidden, mask, positions = self._chunk(level, cache, mask, positions)
        for layer, grown in enumerate(cache.layers):
            cache.layers[layer] = _Slab(grown.keys, grown.values, room)
        return hidden, cache, mask, positions

    def _chunk(
        self, level: Level, cache: DynamicCache, mask: Tensor, positions: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """One level: chunks padded on the right to one length; padding stays masked for good."""
        lengths = torch.tensor([len(chunk) for chunk in level.chunks])
        longest = int(lengths.max())
        tokens = torch.tensor([[*chunk, *[0] * (longest - len(chunk))] for chunk in level.chunks], dtype=torch.long)
        offsets = torch.arange(longest)
        mask = torch.cat([mask, (offsets < lengths[:, None]).long()], dim=1)
        states = self._forward(tokens, mask, positions[:, None] + 1 + offsets, cache)
        last = states[torch.arange(len(lengths)), (lengths - 1).clamp(min=0)]
        return last, mask, positions + lengths

    def _forward(self, tokens: Tensor, mask: Tensor, positions: Tensor, cache: DynamicCache) -> Tensor:
        """Hidden states (n, length, width) of `tokens`, which the cache then holds."""
        output: Any = self.model.base_model(
            input_ids=tokens, attention_mask=mask, position_ids=positions, past_key_values=cache, use_cache=True
        )
        states: Tensor = output.last_hidden_state
        return states

    def _logits(self, hidden: Tensor) -> Tensor:
        head: Any = self.model.get_output_embeddings()
        logits: Tensor = head(hidden)
        return logits


class _Slab(DynamicLayer):  # type: ignore[misc] # transformers is not typed
    """A cache layer in storage laid out beforehand: a step writes its tokens in place and copies nothing."""

    def __init__(self, keys: Tensor, values: Tensor, room: int) -> None:
        super().__init__()
        self.length = keys.shape[-2]
        self.keys, self.values = _with_room(keys, room), _with_room(values, room)
        self.dtype, self.device, self.is_initialized = keys.dtype, keys.device, True

    def update(
        self,
        key_states: Tensor,
        value_states: Tensor,
        *args: Any,  # noqa: ARG002 - the interface of transformers
        **kwargs: Any,  # noqa: ARG002
    ) -> tuple[Tensor, Tensor]:
        end = self.length + key_states.shape[-2]
        self.keys[:, :, self.length : end] = key_states
        self.values[:, :, self.length : end] = value_states
        self.length = end
        return self.keys[:, :, :end], self.values[:, :, :end]

    def get_seq_length(self) -> int:
        return self.length


def _with_room(states: Tensor, room: int) -> Tensor:
    batch, heads, length, width = states.shape
    slab = states.new_empty(batch, heads, length + room, width)
    slab[:, :, :length] = states
    return slab


def _uniforms(seed: int, count: int) -> Tensor:
    """`count` draws from [0, 1) in float64, the same for the same seed."""
    return torch.rand(count, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def sample(logits: Tensor, draws: Tensor, sampling: Sampling) -> Tensor:
    """Draw one token a row by inverting the cumulative distribution of the likeliest tokens.

    `logits` (n, vocabulary) in any float dtype, `draws` (n,) uniform on [0, 1). Of the `top_k` likeliest tokens those
    stay whose probability is at least `min_p` of the likeliest one's (Nguyen et al. 2024, "Turning Up the Heat").
    Temperature 0 takes the likeliest. Returns token ids (n,), int64.
    """
    if sampling.temperature == 0:
        return logits.argmax(dim=-1)
    top, token_ids = logits.topk(min(sampling.top_k, logits.shape[-1]), dim=-1)
    scaled = (top - top[:, :1]).double() / sampling.temperature
    if sampling.min_p > 0:
        scaled = scaled.masked_fill(scaled < math.log(sampling.min_p), -math.inf)
    cumulative = scaled.exp().cumsum(dim=-1)
    place = torch.searchsorted(cumulative, (draws[:, None] * cumulative[:, -1:]), right=True)
    return token_ids.gather(1, place.clamp(max=top.shape[-1] - 1)).squeeze(1)
