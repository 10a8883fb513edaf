"""What steers the draw, against transformers' processors of the same name, and whatever else is in the batch."""

from dataclasses import replace
from functools import cache

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare
from transformers import (
    LogitsProcessorList,
    MinPLogitsWarper,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from inference.drawing import sample
from inference.engine import Engine
from inference.row import LineEnds, Request
from inference.writer import before
from store.variant import Sampling
from tests.inference import tiny

ENDS = torch.zeros(tiny.VOCABULARY, dtype=torch.bool)
ENDS[[0, 1, 2, 3]] = True
LINES = LineEnds(ENDS, frozenset({0, 1}), 2)
GRID = 4_000
samplings = st.builds(
    Sampling,
    temperature=st.floats(0.3, 2),
    top_k=st.integers(1, 20),
    top_p=st.floats(0.05, 1),
    min_p=st.floats(0, 0.5),
)


@cache
def engine(name: str = "llama", *, ending: bool = False) -> Engine:
    return Engine(tiny.fresh(name), LINES if ending else tiny.NOTHING_ENDS)


@given(st.integers(0, 2**31), samplings)
def test_each_token_has_the_share_of_the_draws_that_transformers_gives_it(seed: int, sampling: Sampling) -> None:
    logits = torch.randn(1, 20, generator=torch.Generator().manual_seed(seed)) * 2
    warpers = [TemperatureLogitsWarper(sampling.temperature), TopKLogitsWarper(sampling.top_k)]
    if sampling.top_p < 1:
        warpers.append(TopPLogitsWarper(sampling.top_p))
    if sampling.min_p > 0:
        warpers.append(MinPLogitsWarper(sampling.min_p))
    expected = LogitsProcessorList(warpers)(torch.zeros(1, 0, dtype=torch.long), logits).softmax(-1)[0]
    draws = (torch.arange(GRID, dtype=torch.float64) + 0.5) / GRID
    counts = torch.bincount(sample(logits.expand(GRID, -1), draws, sampling), minlength=20)
    assert torch.allclose(counts / GRID, expected, atol=2 / GRID)


def test_seeds_draw_the_models_distribution() -> None:
    """Chi-square of the first token of 6,000 answers, whose prompt is the same, over the whole small vocabulary."""
    prompt, count = [5, 9, 2, 17], 6_000
    requests = [Request(prompt, seed) for seed in range(count)]
    sampling = Sampling(temperature=1.5, top_k=tiny.VOCABULARY, min_p=0, max_new_tokens=1)
    drawn = torch.tensor([answer.token_ids[0] for answer in engine().generate(requests, sampling)])
    expected = (tiny.logits("llama", prompt)[-1].double() / 1.5).softmax(-1) * count
    counts = torch.bincount(drawn, minlength=tiny.VOCABULARY)
    assert float(expected.min()) > 5  # as the test wants
    assert chisquare(counts.numpy(), expected.numpy()).pvalue > 0.001


@pytest.mark.parametrize("name", ["llama", "qwen2"])
def test_a_penalty_for_repetition_is_that_of_transformers(name: str) -> None:
    prompts = [[5, 9, 2, 17], [5, 9, 2, 4, 4, 4], [30]]
    sampling = Sampling(temperature=0, repetition_penalty=1.4, max_new_tokens=12)
    plain = {
        a.index: a.token_ids for a in _written(name, prompts, sampling.model_copy(update={"repetition_penalty": 1}))
    }
    answers = {answer.index: answer.token_ids for answer in _written(name, prompts, sampling)}
    assert answers == {index: _generated(name, prompt, repetition_penalty=1.4) for index, prompt in enumerate(prompts)}
    assert answers != plain


def _written(name: str, prompts: list[list[int]], sampling: Sampling):  # type: ignore[no-untyped-def]
    return engine(name).generate([Request(prompt, 0) for prompt in prompts], sampling)


def _generated(name: str, prompt: list[int], **options: object) -> list[int]:
    ids = torch.tensor([prompt])
    fixed = {"max_new_tokens": 12, "do_sample": False, "eos_token_id": None, "pad_token_id": 0}
    found = tiny.model(name).generate(ids, attention_mask=torch.ones_like(ids), **{**fixed, **options})
    return list(found[0, len(prompt) :].tolist())


@settings(max_examples=20)
@given(st.integers(0, 30), st.integers(0, 2**31))
def test_no_answer_is_shorter_than_it_may_be(least: int, seed: int) -> None:
    requests = [Request([7, 8], seed + number, openings=((9, 10),)) for number in range(12)]
    sampling = Sampling(temperature=2, top_k=61, min_p=0, min_new_tokens=least, max_new_tokens=40)
    lengths = [len(answer.token_ids) for answer in engine(ending=True).generate(requests, sampling)]
    assert all(least <= length <= 40 for length in lengths)
    assert least > 20 or min(lengths) < 40  # the ends are drawn when they may be


def test_an_answer_stops_at_what_it_is_to_stop_at() -> None:
    sampling = Sampling(temperature=1, max_new_tokens=20)
    (free,) = engine().generate([Request([4, 5], 3)], sampling)
    wanted = free.token_ids[6]
    (stopped,) = engine().generate([Request([4, 5], 3, stopped=lambda ids: wanted in ids)], sampling)
    assert stopped.token_ids == free.token_ids[: free.token_ids.index(wanted) + 1]


@given(st.text("abc", max_size=12), st.lists(st.text("abc", min_size=1, max_size=3), max_size=3))
def test_nothing_of_a_stop_is_left(text: str, stop: list[str]) -> None:
    kept = before(text, stop)
    assert text.startswith(kept)
    assert not any(one in kept for one in stop)
    assert kept == text or any(text[len(kept) :].startswith(one) for one in stop)


@settings(max_examples=15)
@given(samplings, st.integers(0, 2**31), st.floats(1, 1.5), st.integers(1, 11))
def test_an_answer_is_the_same_whatever_else_is_in_its_batch(
    sampling: Sampling, seed: int, penalty: float, many: int
) -> None:
    """In float32: sums differ by rounding with the batch's shape, and could turn a draw at the very edge of a token."""
    asked = sampling.model_copy(update={"repetition_penalty": penalty, "min_new_tokens": 4, "max_new_tokens": 9})
    one = Request([3, 1, 4, 1, 5], seed, openings=((9, 10),))
    others = [Request([3, 1, *range(number)], seed + number, budget=number + 2) for number in range(many)]
    made = engine(ending=True)
    alone = next(made.generate([one], asked)).token_ids
    beside = {answer.index: answer.token_ids for answer in made.generate([*others, one, replace(one, seed=1)], asked)}
    assert beside[many] == alone
