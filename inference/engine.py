"""The generation engine: token ids in, token ids out.

Made for one long brief, some segments and many short variants: what prompts share is computed and kept once
(`tree.levels`, `shared.Branch`), and all sequences are decoded together in storage laid out beforehand. Finished
sequences leave the batch.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache, PreTrainedModel

from inference import shared
from inference.drawing import log_probabilities, sample, uniforms
from inference.row import Answer, LineEnds, Request, Row
from inference.shared import Branch, Context
from inference.tree import Level, levels
from store.errors import ModelError
from store.variant import Sampling

THICK = 4  # rows from which a branch is attended to as one matrix product
SHRINK = 0.75  # the share of unfinished sequences below which finished ones are taken out of the batch


class Engine:
    """Decodes many sequences of one causal language model together.

    Takes any decoder of transformers that goes through its attention interface and attends to the whole context, and
    raises ModelError for others (`unknown` says why).
    """

    def __init__(self, model: PreTrainedModel, lines: LineEnds) -> None:
        reason = unknown(model)
        if reason:
            raise ModelError(reason)
        model.set_attn_implementation(shared.NAME)
        self.model = model.eval()
        self.lines = lines

    @torch.inference_mode()
    def generate(self, requests: Sequence[Request], sampling: Sampling) -> Generator[Answer]:
        """Yield answers as they are finished.

        The draw depends on the request's seed and the position only, so a request's answer is the same in any batch, up
        to the rounding of matrix products of another shape. An answer is cut at its budget, and at
        `sampling.max_new_tokens`.
        """
        if not requests:
            return
        steps = min(sampling.max_new_tokens, max(request.budget for request in requests))
        batch = self._prefill([request.prompt_ids for request in requests], steps)
        draws = torch.stack([uniforms(requests[index].seed, steps) for index in batch.order])
        rows = [Row.of(index, requests[index], steps, sampling) for index in batch.order]
        for step in range(steps):
            logits = self._logits(batch.hidden)
            drawn = sample(logits, draws[:, step], sampling)
            token_ids, likely = drawn.tolist(), log_probabilities(logits, drawn).tolist()
            live = [place for place, row in enumerate(rows) if not row.done]
            for place in live:
                batch.forget(place, rows[place].take(token_ids[place], likely[place], self.lines))
            yield from (rows[place].answer for place in live if rows[place].done)
            keep = [place for place in live if not rows[place].done]
            if not keep:
                return
            if len(keep) <= SHRINK * len(rows):
                rows = [rows[place] for place in keep]
                draws = draws[keep]
                batch.choose(keep)
            self._step(batch, [row.last for row in rows])

    def _prefill(self, prompts: list[list[int]], room: int) -> "_Batch":
        """Compute the tree of prompts level by level, and lay out room for `room` more tokens of each."""
        *shared_levels, last = levels(prompts)
        grown: list[list[Branch]] = []
        positions = torch.zeros(1, dtype=torch.long)
        for level in shared_levels:
            context = Context(grown)
            context.moved(level.parents)
            _, cache, lengths = self._chunk(level, context, positions[level.parents])
            positions = positions[level.parents] + lengths
            grown = [*context.levels, _branches(cache, lengths.tolist())]
        order = sorted(range(len(prompts)), key=last.parents.__getitem__)  # so that the rows of a branch are neighbours
        last = Level([last.parents[i] for i in order], [last.chunks[i] for i in order])
        context = Context(grown)
        context.moved(last.parents)
        positions = positions[last.parents]
        hidden, cache, _ = self._chunk(last, context, positions)
        return _Batch(order, hidden, positions, *_own(cache, context, room))

    def _chunk(self, level: Level, context: Context, positions: Tensor) -> tuple[Tensor, DynamicCache, Tensor]:
        """One level, its chunks padded on the right: what comes behind a token is not seen by it.

        Returns the hidden states of each chunk's last token (n, width), the level's cache, and the chunks' lengths.
        """
        lengths = torch.tensor([len(chunk) for chunk in level.chunks])
        longest = max(1, int(lengths.max()))
        tokens = torch.tensor([[*chunk, *[0] * (longest - len(chunk))] for chunk in level.chunks], dtype=torch.long)
        context.own_mask = self._causal(longest)
        cache = DynamicCache(config=self.model.config)
        states = self._forward(tokens, positions[:, None] + torch.arange(longest), cache, context)
        return states[torch.arange(len(lengths)), (lengths - 1).clamp(min=0)], cache, lengths

    def _causal(self, length: int) -> Tensor:
        """Each token sees itself and what is before it: (queries of the heads that share keys, length)."""
        config: Any = self.model.config
        groups = config.num_attention_heads // config.num_key_value_heads
        mask = torch.full((length, length), -torch.inf, dtype=self.model.dtype).triu(1)
        return mask.repeat(groups, 1)

    def _step(self, batch: "_Batch", tokens: list[int]) -> None:
        """Take one more token of each row; its hidden states are then the batch's."""
        batch.positions = batch.positions + 1
        used = batch.cache.layers[0].get_seq_length() + 1
        batch.context.own_mask = batch.own_mask[..., :used]
        states = self._forward(torch.tensor(tokens)[:, None], batch.positions[:, None], batch.cache, batch.context)
        batch.hidden = states[:, -1]

    def _forward(self, tokens: Tensor, positions: Tensor, cache: DynamicCache, context: Context) -> Tensor:
        """Hidden states (n, length, width) of `tokens` (n, length), which the cache then holds."""
        output: Any = self.model.base_model(
            input_ids=tokens, position_ids=positions, past_key_values=cache, use_cache=True, context=context
        )
        states: Tensor = output.last_hidden_state
        return states

    def _logits(self, hidden: Tensor) -> Tensor:
        head: Any = self.model.get_output_embeddings()
        logits: Tensor = head(hidden)
        return logits


def unknown(model: PreTrainedModel) -> str | None:
    """What of a model the engine does not know, in words; None where it knows it all."""
    config: Any = model.config
    windows = getattr(config, "sliding_window", None) and getattr(config, "use_sliding_window", True)
    plain = "sliding_attention" if windows else "full_attention"
    kinds = set(getattr(config, "layer_types", None) or [plain])
    if kinds != {"full_attention"}:
        return f"{model.config.model_type}: has {', '.join(sorted(kinds))}; only full attention is known"
    if not getattr(model, "_supports_attention_backend", False):
        return f"{model.config.model_type}: does not go through the attention interface of transformers"
    return None


@dataclass
class _Batch:
    """Sequences in the middle of being decoded."""

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


def _branches(cache: DynamicCache, lengths: list[int]) -> list[Branch]:
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


def _own(cache: DynamicCache, context: Context, room: int) -> tuple[DynamicCache, Context, Tensor]:
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
        cache.layers[number] = shared.Slab(keys, values, first + 1)
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
