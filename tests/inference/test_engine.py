"""The engine against `generate` of the same model, its draws against the distribution, and its form."""

import math
from collections.abc import Iterable

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from inference.engine import Answer, Engine, LineEnds, Request, log_probabilities, sample
from inference.local_writer import LocalWriter
from store.variant import Sampling
from tests.embedded import small_writer

BRIEF = "You write copy for a ferry line named Skarv. Dogs sail free. The first boat leaves at 6:15am. " * 2
CHANNELS = [" Channel: an email, with a subject and nothing else to say about it.", " Channel: a text message, short."]
SEGMENTS = [" Readers: dog owners who plan each trip by where the dog may go, and", " Readers: hauliers."]
ANGLES = ["", " Say that dogs sail free.", " Say when the first boat leaves, and leave it at that."]
FREE = torch.zeros(49152, dtype=torch.bool)


@pytest.fixture(scope="module")
def writer() -> LocalWriter:
    return small_writer()


@pytest.fixture(scope="module")
def prompts(writer: LocalWriter) -> list[list[int]]:
    texts = [BRIEF + c + s + a for c in CHANNELS for s in SEGMENTS for a in ANGLES]
    return [*(writer.tokenizer(text)["input_ids"] for text in texts), [5], [5, 7], [11, 12, 13]]


def answered(answers: Iterable[Answer]) -> dict[int, list[int]]:
    return {answer.index: answer.token_ids for answer in answers}


@pytest.mark.slow
def test_greedy_tokens_equal_generate(writer: LocalWriter, prompts: list[list[int]]) -> None:
    engine = Engine(writer.engine.model, LineEnds(FREE, frozenset(), 0))
    sampling = Sampling(temperature=0, max_new_tokens=8)
    answers = answered(engine.generate([Request(prompt, 0) for prompt in prompts], sampling))
    for index, prompt in enumerate(prompts):
        expected = writer.engine.model.generate(
            torch.tensor([prompt]),
            attention_mask=torch.ones(1, len(prompt), dtype=torch.long),
            max_new_tokens=8,
            do_sample=False,
            eos_token_id=None,
            pad_token_id=0,
        )
        assert answers[index] == expected[0, len(prompt) :].tolist(), index


@pytest.mark.slow
def test_an_answer_does_not_depend_on_its_batch(writer: LocalWriter, prompts: list[list[int]]) -> None:
    requests = [Request(prompt, seed) for seed, prompt in enumerate(prompts[::2])]
    sampling = Sampling(temperature=0.9, max_new_tokens=8)
    together = answered(writer.engine.generate(requests, sampling))
    alone = {
        index: next(writer.engine.generate([request], sampling)).token_ids for index, request in enumerate(requests)
    }
    assert together == alone
    assert len({tuple(answer) for answer in together.values()}) > len(requests) // 2  # and the seeds do differ


@pytest.mark.slow
def test_each_line_begins_as_it_must(writer: LocalWriter, prompts: list[list[int]]) -> None:
    opening = tuple(writer.tokenizer("then:")["input_ids"])
    requests = [Request(prompt, 3, (opening, opening), 60) for prompt in prompts[:6]]
    answers = answered(writer.engine.generate(requests, Sampling(temperature=0.9, max_new_tokens=200)))
    for answer in answers.values():
        text = writer.tokenizer.decode(answer)
        lines = [line for line in text.splitlines() if line.strip()]
        assert len(answer) == 60 or sum(line.startswith("then:") for line in lines) == 2, text
    assert any(len(answer) < 60 for answer in answers.values())


@pytest.mark.slow
def test_an_answers_log_probability_is_that_of_its_drawn_tokens(writer: LocalWriter, prompts: list[list[int]]) -> None:
    opening = tuple(writer.tokenizer("then:")["input_ids"])
    requests = [Request(prompt, 7, (opening,), 30) for prompt in prompts[:4]]
    model, ends = writer.engine.model, writer.engine.lines.ends
    for answer in writer.engine.generate(requests, Sampling(temperature=0.7)):
        index, token_ids, log_probability = answer.index, answer.token_ids, answer.log_probability
        ids, start = torch.tensor([[*prompts[index], *token_ids]]), len(prompts[index])
        logits = model(ids, attention_mask=torch.ones_like(ids)).logits[0, start - 1 :].detach().float()
        each = logits.log_softmax(-1)
        said = each[:-1].gather(1, ids[0, start:, None]).squeeze(1)
        breaks = [place for place, token_id in enumerate(token_ids) if ends[token_id]]
        forced = range(breaks[0] + 1, breaks[0] + 1 + len(opening)) if breaks else range(0)
        drawn = sum(float(value) for place, value in enumerate(said) if place not in forced)
        if len(token_ids) == 30:
            assert log_probability == pytest.approx(drawn, rel=1e-3)
        else:  # the end was drawn too, and is not among the answer's tokens
            assert drawn + float(each[-1].min()) < log_probability < drawn


@pytest.mark.slow
def test_stopping_in_the_middle_ends_the_work(writer: LocalWriter, prompts: list[list[int]]) -> None:
    requests = [Request(prompts[0], 0, budget=2), Request(prompts[1], 0)]
    answers = writer.engine.generate(requests, Sampling(max_new_tokens=1_000))
    assert next(answers).index == 0
    answers.close()
    assert list(answers) == []


@given(st.integers(0, 2**31), st.floats(0.2, 2), st.integers(1, 12), st.floats(0, 0.9))
def test_draws_stay_among_the_tokens_that_are_let_in(seed: int, temperature: float, top_k: int, min_p: float) -> None:
    generator = torch.Generator().manual_seed(seed)
    logits, draws = torch.randn(6, 12, generator=generator), torch.rand(6, generator=generator, dtype=torch.float64)
    drawn = sample(logits, draws, Sampling(temperature=temperature, top_k=top_k, min_p=min_p))
    for row, token_id in zip(logits, drawn, strict=True):
        assert (row > row[token_id]).sum() < top_k
        least = math.log(min_p) * temperature if min_p else -math.inf
        assert row[token_id] - row.max() >= least - 1e-5


def test_draws_follow_the_distribution() -> None:
    logits, count, temperature = torch.tensor([0.0, 1.0, 2.0, -1.0, 0.5]), 20_000, 0.8
    draws = torch.rand(count, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    drawn = sample(logits.expand(count, -1), draws, Sampling(temperature=temperature, min_p=0))
    expected = torch.softmax(logits.double() / temperature, dim=0) * count
    assert chisquare(torch.bincount(drawn, minlength=5).numpy(), expected.numpy()).pvalue > 0.001


def test_log_probabilities_are_of_the_whole_vocabulary() -> None:
    logits = torch.tensor([[0.0, 3.0, 1.0], [2.0, 0.0, 1.0]], dtype=torch.bfloat16)
    expected = logits.float().log_softmax(-1)[[0, 1], [1, 2]]
    assert torch.allclose(log_probabilities(logits, torch.tensor([1, 2])), expected)


def test_no_temperature_takes_the_likeliest() -> None:
    logits = torch.tensor([[0.0, 3.0, 1.0], [2.0, 0.0, 1.0]])
    assert sample(logits, torch.tensor([0.99, 0.0]), Sampling(temperature=0)).tolist() == [1, 0]
