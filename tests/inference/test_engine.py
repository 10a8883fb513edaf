"""The engine against `generate` of the same model, its draws against the distribution, and its form."""

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from inference.drawing import log_probabilities, sample
from inference.engine import Engine
from inference.local_writer import LocalWriter
from inference.parsing import parse
from inference.row import TRIES, Answer, LineEnds, Request
from store.prompt import Message, Prompt
from store.variant import Sampling
from tests.embedded import small_writer

BRIEF = "You write copy for a ferry line named Skarv. Dogs sail free. The first boat leaves at 6:15am. " * 2
CHANNELS = [" Channel: an email, with a subject and nothing else to say about it.", " Channel: a text message, short."]
SEGMENTS = [" Readers: dog owners who plan each trip by where the dog may go, and", " Readers: hauliers."]
ANGLES = ["", " Say that dogs sail free.", " Say when the first boat leaves, and leave it at that."]
FREE = torch.zeros(49152, dtype=torch.bool)
NEWLINE = 198


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
    answers = list(writer.engine.generate(requests, Sampling(temperature=0.9, max_new_tokens=200)))
    whole = [answer for answer in answers if len(answer.token_ids) + answer.redrawn < 60]
    assert whole
    for answer in whole:
        text = writer.tokenizer.decode(answer.token_ids)
        lines = [line for line in text.splitlines() if line.strip()]
        assert sum(line.startswith("then:") for line in lines) == 2, text


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
        if len(token_ids) + answer.redrawn == 30:  # an empty line that was drawn again took a token of the budget
            assert log_probability == pytest.approx(drawn, rel=1e-3)
        else:  # the end was drawn too, and is not among the answer's tokens
            assert drawn + float(each[-1].min()) < log_probability < drawn


@pytest.mark.slow
@pytest.mark.parametrize("temperature", [0, 0.9])
def test_a_line_that_never_fits_is_cut_behind_a_word(
    writer: LocalWriter, prompts: list[list[int]], temperature: float
) -> None:
    opening, starts = tuple(writer.tokenizer(" then:")["input_ids"]), writer.engine.lines.starts
    engine = Engine(writer.engine.model, LineEnds(FREE, frozenset(), NEWLINE, starts))
    requests = [Request(prompt, 7, (opening, opening), 200, _over_nine) for prompt in prompts[:6]]
    for answer in engine.generate(requests, Sampling(temperature=temperature)):
        first, second, third = _parted(answer.token_ids, (NEWLINE, *opening))
        assert all(0 < len(part) <= 9 for part in (first, second, third))
        behind = len(first) + len(opening) + 1
        places = [*range(len(first)), *range(behind, behind + len(second))]
        places += range(len(answer.token_ids) - len(third), len(answer.token_ids))
        said = _likelihoods(writer, prompts[answer.index], answer.token_ids)
        assert answer.log_probability == pytest.approx(sum(said[place] for place in places), rel=1e-4)
        assert (answer.redrawn, answer.cut) == (0 if temperature == 0 else 3 * (TRIES - 1), 3)


@pytest.mark.slow
def test_a_line_that_is_drawn_again_is_drawn_as_if_for_the_first_time(
    writer: LocalWriter, prompts: list[list[int]]
) -> None:
    engine = Engine(writer.engine.model, LineEnds(FREE, frozenset(), NEWLINE))
    refused: list[list[int]] = []

    def refuses_two(_: int, token_ids: Sequence[int]) -> bool:
        if len(token_ids) == 6 and len(refused) < 2:
            refused.append(list(token_ids))
        return bool(refused) and refused[-1] == list(token_ids)

    (answer,) = engine.generate([Request(prompts[0], 7, budget=40, too_long=refuses_two)], Sampling(temperature=0.9))
    assert (answer.redrawn, answer.cut, len(answer.token_ids)) == (2, 0, 40 - 2 * 6)
    assert answer.token_ids[:6] not in refused
    said = _likelihoods(writer, prompts[0], answer.token_ids)
    assert answer.log_probability == pytest.approx(sum(said), rel=1e-4)


@pytest.mark.slow
def test_no_field_is_over_its_maximum(writer: LocalWriter) -> None:
    message = Message(role="user", content="A long headline about ferries, and a short one.")
    prompt = Prompt(messages=(message,), keys=("headline", "line"), aims=(40, 20), maxima=(24, 12), format_hash="")
    drafts = list(writer.write([prompt] * 8, range(8), Sampling(temperature=0.9)))
    parsed = [fields for draft in drafts if (fields := parse(draft.raw, prompt.keys))]
    assert len(parsed) >= 6  # what was cut at its budget is none
    for fields in parsed:
        assert 0 < len(fields["headline"]) <= 24
        assert 0 < len(fields["line"]) <= 12
    unheld = writer.write([prompt.model_copy(update={"maxima": ()})] * 8, range(8), Sampling(temperature=0.9))
    assert any(max(map(len, (parse(draft.raw, prompt.keys) or {"": ""}).values())) > 24 for draft in unheld)


def _over_nine(_: int, token_ids: Sequence[int]) -> bool:
    return len(token_ids) > 9


def _parted(token_ids: list[int], by: tuple[int, ...]) -> list[list[int]]:
    places = [place for place in range(len(token_ids)) if tuple(token_ids[place : place + len(by)]) == by]
    edges = [-len(by), *places, len(token_ids)]
    return [token_ids[start + len(by) : end] for start, end in pairwise(edges)]


def _likelihoods(writer: LocalWriter, prompt: list[int], token_ids: list[int]) -> list[float]:
    """Of each token, by one pass of the model over all."""
    ids = torch.tensor([[*prompt, *token_ids]])
    logits = writer.engine.model(ids, attention_mask=torch.ones_like(ids)).logits[0, len(prompt) - 1 : -1].detach()
    found: list[float] = logits.float().log_softmax(-1).gather(1, ids[0, len(prompt) :, None]).squeeze(1).tolist()
    return found


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
