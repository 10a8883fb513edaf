"""The service beside the bare engine and the bare scorer, on the same weights: what answering over HTTP costs.

    python -m benchmarks.service [--seconds 60] [--clients 1 8 64] [--model small] [--json FILE]

The server runs in a process of its own. Each client asks for four variants of one of sixteen briefs, over and over, for
so many seconds. The bare engine writes the same prompts as many at a time as that many clients ask for.
"""

import argparse
import asyncio
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

EACH = 4  # variants a request
BRIEFS = 16
TEXTS = 500  # in a request for scores


@dataclass
class Load:
    """What so many clients saw."""

    seconds: list[float] = field(default_factory=list)
    """Of each answer."""
    errors: int = 0
    took: float = 0.0

    @property
    def rate(self) -> float:
        """Variants a second."""
        return EACH * len(self.seconds) / self.took

    def quantile(self, part: float) -> float:
        """The latency in milliseconds that this part of the answers kept."""
        ordered = sorted(self.seconds)
        return 1_000 * ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else float("nan")


def main() -> None:
    """Print the table, and write the numbers where `--json` says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 8, 64])
    parser.add_argument("--model", default="small", help="default, medium, small or fake")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        _serve(given.serve, given.model)
        return
    numbers = _bare(given.model, given.seconds, max(given.clients))
    with tempfile.TemporaryDirectory() as folder:
        numbers |= _served(Path(folder), given.model, given.seconds, given.clients)
    numbers["service_over_engine"] = numbers[f"variants_a_second_at_{max(given.clients)}"] / numbers["engine_a_second"]
    numbers["score_over_bare"] = numbers["scores_a_second"] / numbers["bare_scores_a_second"]
    for name, value in numbers.items():
        print(f"{name:32} {value:12.3f}")
    if given.json:
        given.json.write_text(json.dumps(numbers, indent=2) + "\n", encoding="utf-8")


def _settings(folder: Path, model: str) -> Any:
    from store.settings import ScorerSettings, Settings, WriterSettings

    if model == "fake":  # what is left is all that is not a model's work
        fake = WriterSettings(kind="fake", overgenerate=1)
        return Settings(workspace=folder, writer=fake, scorer=ScorerSettings(kind="fake"))
    return Settings(workspace=folder, writer=WriterSettings(model=model, overgenerate=1))


def _order(number: int) -> dict[str, Any]:
    """What a client asks for."""
    from inference.bodies import EXAMPLE_BRIEF

    return {"brief": EXAMPLE_BRIEF | {"name": f"Brief {number % BRIEFS}"}, "n": EACH, "seed": number}


def _bare(model: str, seconds: float, clients: int) -> dict[str, float]:
    """The engine and the scorer without anything around them."""
    from inference import load, pipeline
    from inference.order import Order
    from inference.scorer import Candidate
    from store.brief import Brief

    with tempfile.TemporaryDirectory() as folder:
        settings = _settings(Path(folder), model)
        parts = load.parts(settings)
    sampling = settings.writer.sampling
    orders = [Order(Brief.model_validate(_order(n)["brief"]), EACH, n, sampling) for n in range(clients)]
    jobs = [job for order in orders for job in pipeline.plan(order, parts)]
    field = [Candidate(text, "", "email") for text in _texts()]

    def write() -> int:
        return sum(1 for _ in parts.writer.write([j.prompt for j in jobs], [j.seed for j in jobs], sampling))

    return {
        "engine_a_second": _rate(write, seconds),
        "bare_scores_a_second": _rate(lambda: len(parts.scorer.score(field)), seconds / 4),
    }


def _texts() -> list[str]:
    return [f"Dinner, sorted: {number} vegetables at your door every week" for number in range(TEXTS)]


def _rate(do: Callable[[], int], seconds: float) -> float:
    """How much of it is done a second, after once that does not count."""
    do()
    began, done = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        done += do()
    return done / (time.perf_counter() - began)


def _served(folder: Path, model: str, seconds: float, clients: list[int]) -> dict[str, float]:
    """The same over HTTP, from a server in a process of its own."""
    told = folder / "url"
    command = [sys.executable, "-m", "benchmarks.service", "--serve", str(told), "--model", model]
    with subprocess.Popen(command, env=os.environ) as server:
        try:
            while not told.exists() or not told.read_text():
                if server.poll() is not None:
                    raise SystemExit("the server has ended")
                time.sleep(0.1)
            return asyncio.run(_measured(told.read_text(), seconds, clients))
        finally:
            server.send_signal(signal.SIGTERM)


def _serve(told: Path, model: str) -> None:
    import uvicorn

    from inference import load
    from inference.api import create_api
    from store.database import open_database
    from ui.app import address, listen

    settings = _settings(told.parent / "workspace", model)
    app = create_api(settings, load.parts(settings), open_database(settings))
    with listen("127.0.0.1", 0) as listener:
        told.write_text(address(listener))
        uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])


async def _measured(url: str, seconds: float, clients: list[int]) -> dict[str, float]:
    import httpx

    numbers: dict[str, float] = {"errors": 0}
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=url, timeout=None, limits=limits) as client:
        for many in clients:
            load = await _load(client, many, seconds)
            numbers["errors"] += load.errors
            numbers[f"variants_a_second_at_{many}"] = load.rate
            numbers[f"p50_ms_at_{many}"] = load.quantile(0.5)
            numbers[f"p99_ms_at_{many}"] = load.quantile(0.99)
            print(f"{many} clients: {len(load.seconds)} answers", file=sys.stderr)
        numbers["scores_a_second"] = await _scores(client, seconds / 4)
    return numbers


async def _load(client: Any, many: int, seconds: float) -> Load:
    """So many clients at once, each with one request after another; those under way at the end are waited for."""
    load, numbers, began = Load(), count(), time.perf_counter()

    async def ask() -> None:
        while time.perf_counter() - began < seconds:
            asked = time.perf_counter()
            answer = await client.post("/v1/copy", json=_order(next(numbers)))
            if answer.status_code == 200:
                load.seconds.append(time.perf_counter() - asked)
            else:
                load.errors += 1

    await asyncio.gather(*[ask() for _ in range(many)])
    load.took = time.perf_counter() - began
    return load


async def _scores(client: Any, seconds: float) -> float:
    rates: list[float] = []
    began = time.perf_counter()
    while not rates or time.perf_counter() - began < seconds:
        asked = time.perf_counter()
        (await client.post("/v1/score", json={"texts": _texts(), "channel": "email"})).raise_for_status()
        rates.append(TEXTS / (time.perf_counter() - asked))
    return statistics.mean(rates)


if __name__ == "__main__":
    main()
