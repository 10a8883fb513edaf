"""The slow engine, for models that `inference.engine` does not know: answer after answer, by transformers' cache."""

from collections.abc import Generator, Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache, PreTrainedModel

from inference.drawing import log_probabilities, sample, steered, uniforms
from inference.row import Answer, LineEnds, Request, Row
from store.variant import Sampling


class PlainEngine:
    """Decodes any causal language model of transformers. Gives what `Engine` gives, and takes longer."""

    def __init__(self, model: PreTrainedModel, lines: LineEnds) -> None:
        self.model = model.eval()
        self.lines = lines

    @torch.inference_mode()
    def generate(self, requests: Sequence[Request], sampling: Sampling) -> Generator[Answer]:
        """As `Engine.generate`."""
        for index, request in enumerate(requests):
            steps = min(sampling.max_new_tokens, request.budget)
            row, read = Row.of(index, request, steps, sampling), _Read(self.model)
            for draw in uniforms(request.seed, steps)[:, None]:
                logits = read.next_logits([*request.prompt_ids, *row.token_ids])
                drawn = sample(steered(logits, [row], sampling, self.lines), draw, sampling)
                row.take(int(drawn), float(log_probabilities(logits, drawn)), self.lines)
                if row.done:
                    break
            yield row.answer


class _Read:
    """What a model has read of one sequence."""

    def __init__(self, model: Any) -> None:
        self.model = model
        self.token_ids: list[int] = []
        self.cache = DynamicCache(config=model.config)

    def next_logits(self, token_ids: list[int]) -> Tensor:
        """Of what comes behind `token_ids`, (1, vocabulary).

        Where they do not go on from what was read, all is read anew.
        """
        if token_ids[: len(self.token_ids)] != self.token_ids or len(token_ids) == len(self.token_ids):
            self.token_ids, self.cache = [], DynamicCache(config=self.model.config)
        rest = torch.tensor([token_ids[len(self.token_ids) :]])
        self.token_ids = token_ids
        logits: Tensor = self.model(input_ids=rest, past_key_values=self.cache, use_cache=True, logits_to_keep=1).logits
        return logits[:, -1]
