"""How well the scorer orders headlines of real tests that it has not seen, beside simpler ways, in one run.

    python -m benchmarks.engagement tests.parquet pairs.csv.gz [--seeds 5] [--only ours,length] [--tuning]
        [--cache DIR] [--json FILE]
    pip install --no-deps sentence-transformers==6.2.0    # for the comparison of speed, which is left out without it

Each seed holds out another fifth of the clusters, of tests and of pairs together; a cluster joins what shares a text
or a near copy of one. One fifth of the clusters, the same for ever (by their names' hash), is sealed: `--tuning` leaves
it out of everything, and whoever changes the scorer looks at nothing else. The full run also trains on the open four
fifths and measures once on the sealed one (`sealed_*`); docs/LOG.md says how often that was looked at.

Ways: `length` (the longer wins), `tfidf` (word and character TF-IDF with style, pairwise logistic), `frozen` (the
encoder's vectors, pairwise logistic), and `ours`. `speed` times the shipped scorer. Names in the JSON: those of
`measures`, as they are for `ours` and with the way's name before them for the others, each with `_low` and `_high`: a
90 % interval by drawing clusters anew. `_sound_weeks` leaves out the weeks of faulty randomisation where it measures.
With `--cache`, embeddings and finished splits are kept there, and a run that was stopped goes on.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks import engagement_speed
from benchmarks.engagement_measures import SHARE, Predicted, Unseen, measures, sealed, table
from benchmarks.engagement_ways import WAYS, Kept
from inference.encoder import Encoder, LocalEncoder
from training.results import Results, read
from training.scorer import Task, split

ROOT = Path(__file__).parent.parent
SPEED = "speed"


def main() -> None:
    """Print the table, and write the numbers where `--json` says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", nargs="+", type=Path, help="files of results, such as the Upworthy archive's")
    parser.add_argument("--seeds", type=int, default=5, help="splits, each with another fifth held out")
    parser.add_argument("--only", default=",".join([*WAYS, SPEED]), help="which ways, and speed")
    parser.add_argument("--tuning", action="store_true", help="leave the sealed fifth out of everything")
    parser.add_argument("--cache", type=Path, help="a folder for embeddings and finished splits")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    chosen = given.only.split(",")
    if unknown := set(chosen) - {*WAYS, SPEED}:
        parser.error(f"--only: {sorted(unknown)} is not known; use {', '.join([*WAYS, SPEED])}")
    encoder = LocalEncoder()
    numbers = engagement_speed.measure(encoder, given.results) if SPEED in chosen else {}
    ways = [name for name in chosen if name in WAYS]
    if ways:
        numbers |= run(read(given.results), ways, given.seeds, encoder, tuning=given.tuning, cache=given.cache)
    print(table(numbers, ways))
    if given.json:
        given.json.write_text(json.dumps(numbers, indent=2) + "\n", encoding="utf-8")


def run(
    results: Results, ways: list[str], seeds: int, encoder: Encoder, *, tuning: bool = False, cache: Path | None = None
) -> dict[str, float]:
    """Each of the ways on each split, as flat names to numbers."""
    numbers: dict[str, float] = {}
    closed = sealed(results.clusters)
    if tuning:
        results = results.within(set(results.clusters) - closed)
    task = Task(results, Kept(encoder, cache))
    parts = [split(results, results.clusters, seed, share=SHARE) for seed in range(seeds)]
    for name in ways:
        prefix = "" if name == "ours" else f"{name}_"
        numbers |= measures(prefix, _predict(name, task, parts, cache))
        if not tuning:
            last = [(sorted(set(results.clusters) - closed), sorted(closed))]
            numbers |= measures(f"{prefix}sealed_", _predict(name, task, last, cache))
    return numbers


def _predict(
    name: str, task: Task, parts: Iterable[tuple[list[str], list[str]]], cache: Path | None
) -> list[tuple[Unseen, Predicted]]:
    """What one way says of what each split holds out."""
    found = []
    for number, (learn, hold) in enumerate(parts):
        unseen = Unseen.of(task.results.within(hold), task.rows)

        def fitted(learn: list[str] = learn, unseen: Unseen = unseen, seed: int = number) -> Predicted:
            with threadpool_limits(1, user_api="blas"):
                return WAYS[name](task, learn, unseen, seed)

        said = _once(_place(cache, name, task.results, learn, number), fitted)
        found.append((unseen, said))
        right = np.mean((said.scores[unseen.first] > said.scores[unseen.second]) == unseen.first_won)
        print(f"{name}, split {number + 1}: {right:.1%} of all pairs right", file=sys.stderr, flush=True)
    return found


def _place(cache: Path | None, name: str, results: Results, learn: list[str], seed: int) -> Path | None:
    """Where a finished split is kept; another where data, split, seed or any code that it rests on is another."""
    if cache is None:
        return None
    code = [path.read_bytes() for folder in ("training", "inference", "benchmarks") for path in _code(ROOT / folder)]
    key = hashlib.sha256(b"".join([*code, results.hash.encode(), json.dumps(learn).encode(), bytes([seed])]))
    return cache / f"{name}-{key.hexdigest()[:16]}.npz"


def _code(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.py"))


def _once(place: Path | None, make: Callable[[], Predicted]) -> Predicted:
    """What was made before, or is made now and kept."""
    if place is not None and place.exists():
        with np.load(place) as kept:
            return Predicted(**kept)
    made = make()
    if place is not None:
        place.parent.mkdir(parents=True, exist_ok=True)
        np.savez(place, **made._asdict())
    return made


if __name__ == "__main__":
    main()
