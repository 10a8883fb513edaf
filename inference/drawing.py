"""Drawing tokens from logits, each sequence with its own seed."""

import math

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from store.variant import Sampling

ROWS = 8  # of logits at a time: so many stay in the processor's cache in float32, with a vocabulary of 50,000


def uniforms(seed: int, count: int) -> Tensor:
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


def log_probabilities(logits: Tensor, token_ids: Tensor) -> Tensor:
    """What the model thinks of each row's token, in nats: `logits` (n, vocabulary), `token_ids` (n,), (n,) float32."""
    parts = zip(logits.split(ROWS), token_ids.split(ROWS), strict=True)
    return torch.cat([-cross_entropy(part.float(), chosen, reduction="none") for part, chosen in parts])
