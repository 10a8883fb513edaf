"""What the engine holds: nothing once it is closed, and no more after a thousand runs than after a few."""

import gc
import resource
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from inference.engine import Engine
from inference.row import Request
from inference.sequences import Batch
from store.variant import Sampling
from tests.inference import tiny

STATM = Path("/proc/self/statm")
PROMPT = [3, 1, 4, 1, 5, 9, 2, 6] * 6
LONG = Sampling(max_new_tokens=1_000)


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[weakref.ref[Batch]]]:
    """Every batch that an engine makes, seen and not held."""
    seen: list[weakref.ref[Batch]] = []
    made = Batch.__init__

    def watched(self: Batch, *args: object) -> None:
        made(self, *args)  # type: ignore[arg-type]
        seen.append(weakref.ref(self))

    monkeypatch.setattr(Batch, "__init__", watched)
    gc.disable()  # what only the collector finds would stay for as long as it likes
    yield seen
    gc.enable()


def test_closing_in_the_middle_frees_all_at_once(batches: list[weakref.ref[Batch]]) -> None:
    requests = [Request([*PROMPT, number], number, budget=2 + 900 * (number > 0)) for number in range(20)]
    answers = Engine(tiny.fresh("llama"), tiny.NOTHING_ENDS).generate(requests, LONG)
    assert next(answers).index == 0
    (batch,) = batches
    assert batch() is not None
    answers.close()
    assert batch() is None


def test_an_error_in_the_middle_frees_all_too(batches: list[weakref.ref[Batch]]) -> None:
    def broken(_: int, token_ids: object) -> bool:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(Engine(tiny.fresh("llama"), tiny.NOTHING_ENDS).generate([Request(PROMPT, 0, too_long=broken)], LONG))
    assert [batch() for batch in batches] == [None]


def test_a_row_that_is_finished_gives_its_storage_back() -> None:
    engine = Engine(tiny.fresh("llama"), tiny.NOTHING_ENDS)
    with torch.inference_mode():
        batch = engine._prefill([[*PROMPT, number] for number in range(8)], 500)
        held = _bytes(batch)
        batch.choose([1, 6])
    assert _bytes(batch) <= 0.3 * held


def _bytes(batch: Batch) -> int:
    return sum(state.untyped_storage().nbytes() for layer in batch.cache.layers for state in (layer.keys, layer.values))


@pytest.mark.slow
@pytest.mark.skipif(not STATM.exists(), reason="the system does not say how much memory is in use")
def test_a_thousand_runs_leave_memory_flat() -> None:
    engine = Engine(tiny.fresh("llama"), tiny.NOTHING_ENDS)

    def run(seed: int) -> None:
        requests = [Request([*PROMPT, seed % 7, number % 3], seed + number) for number in range(4)]
        answers = engine.generate(requests, Sampling(max_new_tokens=3))
        next(answers)
        answers.close() if seed % 2 else list(answers)

    for seed in range(200):
        run(seed)
    before = _resident()
    for seed in range(1_000):
        run(seed)
    assert _resident() - before < 4e6  # a batch holds some 20 kB, so a leak of one a run would be 20 MB


def _resident() -> float:
    gc.collect()
    return int(STATM.read_text().split()[1]) * resource.getpagesize()
