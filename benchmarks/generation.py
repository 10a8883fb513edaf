"""The engine against what else writes many variants of one brief, in one run: the same weights, the same work.

    pip install openvino-genai==2026.4.1        # for the table's third line; left out where it is not installed
    python -m benchmarks.generation [--model small] [--json FILE]

The work is 8 segments x 16 variants x exactly 24 tokens after a brief of 200, as token ids. Each side runs in a process
of its own, in turns, so that its peak memory is its own. The matrix products alone are those of every linear layer at
the same batch, once a token: what no engine on these weights can do without.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

TEMPERATURE, TOP_K = 0.7, 50
CALLS = 6  # of those that take a call a variant: enough to know how long one takes
ROUNDS = 3


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
SIDES = ("ours", "one_call", "num_return_sequences", "openvino", "matmul")


def main() -> None:
    """Print the table, and write the numbers where `--json` says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="small", help="default, medium or small")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--side", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.side:
        print(json.dumps(_side(given.side, given.model)))
        return
    runs = [(side, _apart(side, given.model)) for _ in range(ROUNDS) for side in SIDES]
    large, campaign = _apart("large", given.model), _apart("campaign", given.model)
    numbers = {**_numbers(runs), "large_variants_a_second": large.get("rate", 0.0), **campaign}
    numbers["peak_gb"] = large.get("peak_gb", 0.0)
    for name, value in numbers.items():
        print(f"{name:32} {value:10.3f}")
    if given.json:
        given.json.write_text(json.dumps(numbers, indent=2) + "\n", encoding="utf-8")


def _apart(side: str, model: str) -> dict[str, float]:
    """One side in a process of its own; nothing where it says that it cannot run here."""
    command = [sys.executable, "-m", "benchmarks.generation", "--side", side, "--model", model]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        print(f"{side}: left out: {(done.stderr.strip().splitlines() or ['?'])[-1]}", file=sys.stderr)
        return {}
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    print(f"{side}: {found}", file=sys.stderr)
    return found


def _numbers(runs: Iterable[tuple[str, dict[str, float]]]) -> dict[str, float]:
    """Of each side its best round; what is compared is best with best, what grows is compared within a round."""
    best: dict[str, float] = {}
    grown: dict[str, list[float]] = {}
    for side, found in runs:
        if "rate" in found:
            best[side] = max(best.get(side, 0.0), found["rate"])
        for name in GROWN.keys() & found.keys():
            grown.setdefault(name, []).append(found[name])
    ratios = {f"ours_over_{side}": best["ours"] / rate for side, rate in best.items() if side != "ours"}
    rates = {f"{side}_variants_a_second": rate for side, rate in best.items()}
    return {**rates, **ratios, **{name: statistics.median(values) for name, values in sorted(grown.items())}}


def _side(side: str, model: str) -> dict[str, float]:
    """Variants a second of one side, and the peak memory of its process."""
    found = RUN[side](model)
    return {**found, "peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6}


def _ours(model: str) -> dict[str, float]:
    engine = _engine(model)
    _seconds(lambda: _write(engine, PLAIN._replace(segments=2)))  # what is done once is not part of it
    plain = _seconds(lambda: _write(engine, PLAIN))
    grown = {name: _seconds(lambda w=work: _write(engine, w)) / plain for name, work in GROWN.items()}  # type: ignore[misc]
    return {"rate": PLAIN.segments * PLAIN.variants / plain, **grown}


def _large(model: str) -> dict[str, float]:
    engine = _engine(model)
    return {"rate": LARGE.segments * LARGE.variants / _seconds(lambda: _write(engine, LARGE))}


def _engine(model: str) -> Any:
    import torch

    from inference.engine import Engine
    from inference.row import LineEnds

    opened = _opened(model)[0]
    nothing_ends = torch.zeros(opened.get_output_embeddings().weight.shape[0], dtype=torch.bool)
    return Engine(opened, LineEnds(nothing_ends, frozenset(), 0))


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
    """A real campaign: all of it against its writing alone, and holding the channels' maxima against not doing so."""
    from inference.load import parts
    from inference.order import Order
    from inference.pipeline import plan, write
    from prompts.briefs import examples, read
    from store.database import open_database
    from store.settings import Settings, WriterSettings

    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(workspace=Path(folder), writer=WriterSettings(model=model, adapter="none"))
        loaded: Any = parts(settings)
        order = Order(brief=read(next(iter(examples().values()))), n=4, author="benchmark")
        jobs = plan(order, loaded)
        requests = [loaded.writer.request(job.prompt, job.seed) for job in jobs]
        free = [replace(request, too_long=None) for request in requests]
        database = open_database(settings)
        decode = loaded.writer.engine.generate
        try:
            answers = list(decode(requests, order.sampling))  # what is done once is not part of it
            whole = min(_seconds(lambda: list(write(order, loaded, database))) for _ in range(2))
            alone = min(_seconds(lambda: list(decode(requests, order.sampling))) for _ in range(2))
            unheld = min(_seconds(lambda: list(decode(free, order.sampling))) for _ in range(2))
        finally:
            database.close()
    lines = sum(len(job.prompt.keys) for job in jobs)
    return {
        "pipeline_over_generation": whole / alone,
        "held_over_unheld": alone / unheld,
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
    "large": _large,
    "one_call": _one_call,
    "num_return_sequences": _num_return_sequences,
    "openvino": _openvino,
    "matmul": _matmul,
    "campaign": _campaign,
}

if __name__ == "__main__":
    main()
