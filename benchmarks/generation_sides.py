"""What `benchmarks.generation` measures, a function a side: each takes a model's name and gives numbers by name."""

import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

TEMPERATURE, TOP_K = 0.7, 50
CALLS = 6  # of those that take a call a variant: enough to know how long one takes


class Work(NamedTuple):
    """What is to be written."""

    brief: int = 200
    """Tokens that all prompts share."""
    segments: int = 8
    variants: int = 16
    tokens: int = 24
    suffix: int = 24
    """Tokens of a prompt that are its segment's own."""

    @property
    def prompts(self) -> list[list[int]]:
        """The prompt of each segment, as token ids that any vocabulary has."""
        shared = [100 + number % 400 for number in range(self.brief)]
        own = [
            [(37 * segment + number) % 900 + 600 for number in range(self.suffix)] for segment in range(self.segments)
        ]
        return [[*shared, *suffix] for suffix in own]


PLAIN = Work()
LARGE = Work(segments=50, variants=40, tokens=40)
GROWN = {
    "twice_segments_cost": Work(segments=16),
    "twice_variants_cost": Work(variants=32),
    "twice_brief_cost": Work(brief=400),
}


def _ours(model: str) -> dict[str, float]:
    return {"rate": _rate(_engine(model))}


def _int8(model: str) -> dict[str, float]:
    return {"rate": _rate(_engine(model, rounded=True))}


def _rate(engine: Any) -> float:
    _write(engine, PLAIN._replace(segments=2))  # what is done once is not part of it
    return PLAIN.segments * PLAIN.variants / _seconds(lambda: _write(engine, PLAIN))


def _growth(model: str) -> dict[str, float]:
    engine = _engine(model)
    _write(engine, PLAIN._replace(segments=2))
    plain = _seconds(lambda: _write(engine, PLAIN))
    return {name: _seconds(partial(_write, engine, work)) / plain for name, work in GROWN.items()}


def _large(model: str) -> dict[str, float]:
    engine = _engine(model)
    return {"large_variants_a_second": LARGE.segments * LARGE.variants / _seconds(lambda: _write(engine, LARGE))}


def _engine(model: str, *, rounded: bool = False) -> Any:
    import torch

    from inference.engine import Engine
    from inference.row import LineEnds

    opened = _opened(model)[0]
    nothing_ends = torch.zeros(opened.get_output_embeddings().weight.shape[0], dtype=torch.bool)
    return Engine(opened, LineEnds(nothing_ends, frozenset(), 0), rounded=rounded)


def _write(engine: Any, work: Work) -> None:
    from inference.row import Request
    from store.settings import WriterSettings
    from store.variant import Sampling

    requests = [
        Request(prompt, 100 * place + variant)
        for place, prompt in enumerate(work.prompts)
        for variant in range(work.variants)
    ]
    sampling = Sampling(temperature=TEMPERATURE, top_k=TOP_K, min_p=0, max_new_tokens=work.tokens)
    batch = max(WriterSettings().batch, PLAIN.segments * PLAIN.variants)
    rest = iter(requests)
    while part := list(islice(rest, batch)):
        written = list(engine.generate(part, sampling))
        assert all(len(answer.token_ids) == work.tokens for answer in written)


def _one_call(model: str) -> dict[str, float]:
    opened = _opened(model)[0]
    seconds = _seconds(lambda: [_generate(opened, prompt, 1) for prompt in (*PLAIN.prompts,)[:CALLS]])
    return {"rate": CALLS / seconds}


def _num_return_sequences(model: str) -> dict[str, float]:
    opened = _opened(model)[0]
    seconds = _seconds(lambda: [_generate(opened, prompt, PLAIN.variants) for prompt in PLAIN.prompts[:2]])
    return {"rate": 2 * PLAIN.variants / seconds}


def _generate(model: Any, prompt: list[int], count: int) -> Any:
    import torch

    ids = torch.tensor([prompt])
    lengths = {"min_new_tokens": PLAIN.tokens, "max_new_tokens": PLAIN.tokens}
    draws = {"do_sample": True, "temperature": TEMPERATURE, "top_k": TOP_K, "num_return_sequences": count}
    written = model.generate(ids, attention_mask=torch.ones_like(ids), pad_token_id=0, **lengths, **draws)
    assert written.shape == (count, len(prompt) + PLAIN.tokens)
    return written


def _openvino(model: str) -> dict[str, float]:
    import numpy as np
    import openvino as ov
    import openvino_genai as genai

    from inference.weights import EMBEDDED, pieces

    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "model.gguf"
        with whole.open("wb") as out:
            for piece in pieces(EMBEDDED[model]):
                out.write(piece.read_bytes())
        scheduler = genai.SchedulerConfig()
        scheduler.cache_size, scheduler.enable_prefix_caching = 2, True
        scheduler.max_num_seqs = scheduler.max_num_batched_tokens = 256
        pipeline = genai.ContinuousBatchingPipeline(str(whole), scheduler, "CPU")
    prompts = [prompt for prompt in PLAIN.prompts for _ in range(PLAIN.variants)]
    config = genai.GenerationConfig(max_new_tokens=PLAIN.tokens, min_new_tokens=PLAIN.tokens, do_sample=True)
    config.temperature, config.top_k, config.ignore_eos = TEMPERATURE, TOP_K, True

    def run() -> None:
        tensors = [ov.Tensor(np.array([prompt], dtype=np.int64)) for prompt in prompts]
        pipeline.generate(tensors, [config] * len(prompts))

    run()
    return {"rate": len(prompts) / _seconds(run)}


def _matmul(model: str) -> dict[str, float]:
    """The products of one token of the whole batch, by the tokens of a variant."""
    import torch

    opened = _opened(model)[0]
    batch = PLAIN.segments * PLAIN.variants
    weights = [module.weight for module in opened.modules() if isinstance(module, torch.nn.Linear)]
    inputs = [weight.new_ones(batch, weight.shape[1]) for weight in weights]

    def step() -> None:
        with torch.inference_mode():
            for states, weight in zip(inputs, weights, strict=True):
                states @ weight.T

    step()
    return {"rate": batch / (PLAIN.tokens * min(_seconds(step) for _ in range(8)))}


def _campaign(model: str) -> dict[str, float]:
    """A small campaign: all of it against its writing alone, and holding the channel's maxima against not doing so.

    Of headlines, which are short, so that what stands around the writing weighs more than in most campaigns.
    """
    from inference.load import parts
    from inference.order import Order
    from inference.pipeline import plan, write
    from prompts.briefs import examples, read
    from store.database import open_database
    from store.settings import Settings, WriterSettings

    brief = read(next(iter(examples().values())))
    order = Order(brief, n=2, overgenerate=2, channels=("web_headline",), author="benchmark")
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(workspace=Path(folder), writer=WriterSettings(model=model, adapter="none"))
        loaded: Any = parts(settings)
        jobs = plan(order, loaded)
        held = [loaded.writer.request(job.prompt, job.seed) for job in jobs]
        free = [replace(request, too_long=None) for request in held]
        database = open_database(settings)
        decode = loaded.writer.engine.generate
        try:
            answers = list(decode(held, order.sampling))  # what is done once is not part of it
            ways: dict[str, Callable[[], object]] = {
                "whole": lambda: list(write(order, loaded, database)),
                "alone": lambda: list(decode(held, order.sampling)),
                "unheld": lambda: list(decode(free, order.sampling)),
            }
            turns = [{name: _seconds(way) for name, way in ways.items()} for _ in range(2)]
        finally:
            database.close()
    best = {name: min(turn[name] for turn in turns) for name in ways}
    lines = sum(len(job.prompt.keys) for job in jobs)
    return {
        "pipeline_over_generation": best["whole"] / best["alone"],
        "held_over_unheld": best["alone"] / best["unheld"],
        "lines": float(lines),
        "lines_redrawn": sum(answer.redrawn for answer in answers) / lines,
        "lines_cut": sum(answer.cut for answer in answers) / lines,
    }


def _opened(model: str) -> tuple[Any, Any]:
    from inference.local_writer import dtype, locate, open_model
    from store.settings import Settings

    return open_model(locate(model, Settings().model_cache), dtype())


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


RUN: dict[str, Callable[[str], dict[str, float]]] = {
    "ours": _ours,
    "int8": _int8,
    "one_call": _one_call,
    "num_return_sequences": _num_return_sequences,
    "openvino": _openvino,
    "matmul": _matmul,
    "growth": _growth,
    "large": _large,
    "campaign": _campaign,
}
"""What can be measured, each in a process of its own."""
