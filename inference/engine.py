"""The generation engine: token ids in, token ids out.

Made for one long brief, some segments and many short variants: what prompts share is computed and kept once
(`tree.levels`, `shared.Branch`), and all sequences are decoded together in storage laid out beforehand. Finished
sequences leave the batch.
"""

from collections.abc import Generator, Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache, PreTrainedModel

from inference import shared
from inference.decoder import Decoder, Modules, known
from inference.drawing import log_probabilities, sample, steered, uniforms
from inference.product import whole_numbers
from inference.row import Answer, LineEnds, Request, Row
from inference.sequences import Batch, branches, own
from inference.shared import Branch, Context
from inference.tree import Level, levels
from store.errors import ModelError
from store.variant import Sampling

SHRINK = 0.75  # the share of unfinished sequences below which finished ones are taken out of the batch


class Engine:
    """Decodes many sequences of one causal language model together.

    Takes any decoder of transformers that goes through its attention interface and attends to the whole context, and
    raises ModelError for others (`unknown` says why).
    """

    def __init__(self, model: PreTrainedModel, lines: LineEnds, *, rounded: bool = False) -> None:
        """`rounded`: what comes behind the prompts is computed with products in 8-bit integers.

        Raises ModelError where the model, or the processor, has no such way.
        """
        if reason := unknown(model) or (rounded and unrounded(model)):
            raise ModelError(reason)
        model.set_attn_implementation(shared.NAME)
        self.model = model.eval()
        self.read: Decoder | Modules = Decoder(model) if known(model) else Modules(model)
        self.decode = self.read.rounded() if rounded and isinstance(self.read, Decoder) else self.read
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
            logits = self.decode.logits(batch.hidden)
            drawn = sample(steered(logits, rows, sampling, self.lines), draws[:, step], sampling)
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

    def _prefill(self, prompts: list[list[int]], room: int) -> Batch:
        """Compute the tree of prompts level by level, and lay out room for `room` more tokens of each."""
        kinds = sorted({tuple(prompt) for prompt in prompts})  # so that rows of a branch are neighbours
        *shared_levels, last = levels(kinds)
        grown: list[list[Branch]] = []
        positions = torch.zeros(1, dtype=torch.long)
        for level in shared_levels:
            context = Context(grown)
            context.moved(level.parents)
            _, cache, lengths = self._chunk(level, context, positions[level.parents])
            positions = positions[level.parents] + lengths
            grown = [*context.levels, branches(cache, lengths.tolist())]
        context, positions = Context(grown), positions[last.parents]
        context.moved(last.parents)
        hidden, cache, _ = self._chunk(last, context, positions)
        place = {kind: row for row, kind in enumerate(kinds)}
        copied = [place[tuple(prompt)] for prompt in prompts]
        order = sorted(range(len(prompts)), key=copied.__getitem__)
        copied.sort()
        cache.batch_select_indices(torch.tensor(copied))
        context.moved(copied)
        return Batch(order, hidden[copied], positions[copied], *own(cache, context, room))

    def _chunk(self, level: Level, context: Context, positions: Tensor) -> tuple[Tensor, DynamicCache, Tensor]:
        """One level, its chunks padded on the right: what comes behind a token is not seen by it.

        Returns the hidden states of each chunk's last token (n, width), the level's cache, and the chunks' lengths.
        """
        lengths = torch.tensor([len(chunk) for chunk in level.chunks])
        longest = max(1, int(lengths.max()))
        tokens = torch.tensor([[*chunk, *[0] * (longest - len(chunk))] for chunk in level.chunks], dtype=torch.long)
        context.own_mask = self._causal(longest)
        cache = DynamicCache(config=self.model.config)
        states = self.read(tokens, positions[:, None] + torch.arange(longest), cache, context)
        return states[torch.arange(len(lengths)), (lengths - 1).clamp(min=0)], cache, lengths

    def _causal(self, length: int) -> Tensor:
        """Each token sees itself and what is before it: (queries of the heads that share keys, length)."""
        config: Any = self.model.config
        groups = config.num_attention_heads // config.num_key_value_heads
        mask = torch.full((length, length), -torch.inf, dtype=self.model.dtype).triu(1)
        return mask.repeat(groups, 1)

    def _step(self, batch: Batch, tokens: list[int]) -> None:
        """Take one more token of each row; its hidden states are then the batch's."""
        batch.positions = batch.positions + 1
        used = batch.cache.layers[0].get_seq_length() + 1
        batch.context.own_mask = batch.own_mask[..., :used]
        states = self.decode(torch.tensor(tokens)[:, None], batch.positions[:, None], batch.cache, batch.context)
        batch.hidden = states[:, -1]


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


def unrounded(model: PreTrainedModel) -> str | None:
    """Why products in 8-bit integers are not to be had, in words; None where they are."""
    if not known(model):
        return f'{model.config.model_type}: writer.precision "int8" is not known for it; set it to "auto"'
    if not whole_numbers():
        return 'writer.precision "int8": this processor cannot multiply 8-bit integers exactly; set it to "auto"'
    return None
