"""What a batch costs beside the bare pipeline, in one run: the same briefs, the same parts, a new SQLite file each.

    python -m benchmarks.batch [--model small|fake] [--items 12] [--json FILE]

`batch_overhead` is the time of an item in a batch (taken in, leased, written, stored, told of in its files) over that
of a campaign which the pipeline writes, less 1; `batch_items_a_second` is the batch's rate.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from inference import batch, load, pipeline
from inference.order import Order, Parts
from inference.worker import Worker
from prompts import briefs
from store.database import Database, open_database
from store.settings import ScorerSettings, Settings, WriterSettings

ROUNDS = 3
N, OVERGENERATE = 2, 2


def main() -> None:
    """Print the numbers, and write them where `--json` says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="small", help="small, or fake for what is not the model's")
    parser.add_argument("--items", type=int, default=12)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    numbers = measure(parts_of(given.model), given.items)
    for name, value in numbers.items():
        print(f"{name:32} {value:10.3f}")
    if given.json:
        given.json.write_text(json.dumps(numbers, indent=2) + "\n", encoding="utf-8")


def parts_of(model: str) -> Parts:
    """The small model with the real scorer, or the fakes."""
    if model == "fake":
        return load.parts(Settings(writer=WriterSettings(kind="fake"), scorer=ScorerSettings(kind="fake")))
    return load.parts(Settings(writer=WriterSettings(model=model)), print)


def measure(parts: Parts, count: int) -> dict[str, float]:
    """Both, in turns; the median of the rounds' ratios."""
    rows = [row(number) for number in range(count)]
    bare(rows[:1], parts)  # what is done once is not part of it
    rounds = [(seconds(lambda: bare(rows, parts)), seconds(lambda: batched(rows, parts))) for _ in range(ROUNDS)]
    return {
        "batch_overhead": statistics.median(ours / theirs - 1 for theirs, ours in rounds),
        "batch_items_a_second": count / min(ours for _, ours in rounds),
        "bare_items_a_second": count / min(theirs for theirs, _ in rounds),
    }


def row(number: int) -> dict[str, Any]:
    """A brief of two segments and two channels, like no other."""
    brief = briefs.read(next(iter(briefs.examples().values()))).model_dump(mode="json", exclude_defaults=True)
    brief |= {"segments": brief["segments"][:2], "channels": brief["channels"][:2]}
    return {**brief, "name": f"{brief['name']} {number}", "product": f"{brief['product']} ({number})"}


def bare(rows: list[dict[str, Any]], parts: Parts) -> None:
    """The pipeline, a brief after the other."""
    with database() as (_, opened):
        for one in rows:
            order = Order(briefs.from_data(one), n=N, overgenerate=OVERGENERATE, author="benchmark")
            assert list(pipeline.write(order, parts, opened))


def batched(rows: list[dict[str, Any]], parts: Parts) -> None:
    """The same as a batch, with its files."""
    with database() as (folder, opened):
        (folder / "in.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
        terms = batch.terms(N, OVERGENERATE, 0)
        done = batch.run(folder / "in.jsonl", folder / "out.jsonl", Worker(parts, opened), opened, terms=terms)
        assert done.done == len(rows)


@contextmanager
def database() -> Iterator[tuple[Path, Database]]:
    """A new database, and the folder that it is in."""
    with tempfile.TemporaryDirectory() as name:
        opened = open_database(Settings(workspace=Path(name)))
        yield Path(name), opened
        opened.close()


def seconds(work: Callable[[], None]) -> float:
    """How long it takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
