"""Drawing tokens from logits, each sequence with its own seed."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from inference.row import LineEnds, Row
from store.variant import Sampling

ROWS = 8  # of logits at a time: so many stay in the processor's cache in float32, with a vocabulary of 50,000


def uniforms(seed: int, count: int) -> Tensor:
    """`count` draws from [0, 1) in float64, the same for the same seed."""
    return torch.rand(count, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def sample(logits: Tensor, draws: Tensor, sampling: Sampling) -> Tensor:
    """Draw one token a row by inverting the cumulative distribution of the likeliest tokens.

    `logits` (n, vocabulary) in any float dtype, `draws` (n,) uniform on [0, 1). Of the `top_k` likeliest tokens, at the
    temperature, the first stay that together reach `top_p` (Holtzman et al. 2020, arXiv:1904.09751), and of these those
    whose probability is at least `min_p` of the likeliest one's (Nguyen et al. 2024, arXiv:2407.01082). Temperature 0
    takes the likeliest. Returns token ids (n,), int64.
    """
    if sampling.temperature == 0:
        return logits.argmax(dim=-1)
    top, token_ids = logits.topk(min(sampling.top_k or logits.shape[-1], logits.shape[-1]), dim=-1)
    scaled = (top - top[:, :1]).double() / sampling.temperature
    if sampling.top_p < 1:
        before = scaled.exp().cumsum(dim=-1) - scaled.exp()  # the likeliest stays, as nothing is before it
        scaled = scaled.masked_fill(before >= sampling.top_p * scaled.exp().sum(dim=-1, keepdim=True), -math.inf)
    if sampling.min_p > 0:
        scaled = scaled.masked_fill(scaled < math.log(sampling.min_p), -math.inf)
    cumulative = scaled.exp().cumsum(dim=-1)
    place = torch.searchsorted(cumulative, (draws[:, None] * cumulative[:, -1:]), right=True)
    return token_ids.gather(1, place.clamp(max=top.shape[-1] - 1)).squeeze(1)


def steered(logits: Tensor, rows: Sequence[Row], sampling: Sampling, lines: LineEnds) -> Tensor:
    """Logits (n, vocabulary) with what the sampling asks for beyond the model; the same where it asks for nothing.

    Tokens that a row has already are made less likely (Keskar et al. 2019, arXiv:1909.05858, section 4.1; logits below
    nought are multiplied by the penalty, as in transformers), and a row that is too short does not end.
    """
    short = [place for place, row in enumerate(rows) if len(row.token_ids) < sampling.min_new_tokens]
    if sampling.repetition_penalty > 1:
        logits = _penalised(logits, rows, sampling.repetition_penalty)
    if short:
        logits = logits.clone()
        for place in short:
            logits[place, lines.closing(last=not rows[place].openings)] = -math.inf
    return logits


def _penalised(logits: Tensor, rows: Sequence[Row], penalty: float) -> Tensor:
    """Seen tokens are padded with one that was seen, which changes nothing: all of a token's entries are the same."""
    seen = [list({*row.request.prompt_ids, *row.token_ids}) for row in rows]
    most = max(map(len, seen))
    token_ids = torch.tensor([[*one, *one[:1] * (most - len(one))] for one in seen])
    said = logits.gather(1, token_ids)
    return logits.scatter(1, token_ids, torch.where(said > 0, said / penalty, said * penalty))


def log_probabilities(logits: Tensor, token_ids: Tensor) -> Tensor:
    """What the model thinks of each row's token, in nats: `logits` (n, vocabulary), `token_ids` (n,), (n,) float32."""
    parts = zip(torch.split(logits, ROWS), torch.split(token_ids, ROWS), strict=True)
    return torch.cat([-cross_entropy(part.float(), chosen, reduction="none") for part, chosen in parts])
