"""How fast the shipped scorer is: many texts beside sentence-transformers' `encode` of them, and one text anew."""

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from inference.encoder import LocalEncoder, embedded
from inference.scorer import Candidate
from inference.scorers import SHIPPED
from inference.scoring import LocalScorer
from training.results import read

TEXTS = 10_000
ROUNDS = 3  # of each side, in turns
TYPED = 40  # texts that are scored anew, one by one
FIELD = 8


def measure(encoder: LocalEncoder, files: list[Path]) -> dict[str, float]:
    """`rescore_ms_median`, and `ours_over_sentence_transformers` where that is installed (over 1: ours is faster)."""
    texts = read(files).texts[:TEXTS]
    return {"rescore_ms_median": _rescore(encoder, texts), **_beside(encoder, texts)}


def _rescore(encoder: LocalEncoder, texts: list[str]) -> float:
    """Median milliseconds of one text scored alone, with its words, as an editor does at every change."""
    scorer = LocalScorer(SHIPPED, encoder)
    changed = [Candidate(text, channel="news_headline") for text in texts[: TYPED + FIELD]]
    times = [_seconds(lambda one=one: scorer.score([one])) for one in changed]  # type: ignore[misc]
    return 1000 * statistics.median(times[FIELD:])  # the first warm up


def _beside(encoder: LocalEncoder, texts: list[str]) -> dict[str, float]:
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError:
        print("sentence-transformers is not installed: its speed is left out", file=sys.stderr)
        return {}
    scorer = LocalScorer(SHIPPED, encoder)
    field = [Candidate(text, channel="news_headline") for text in texts]
    theirs: Any = SentenceTransformer(str(embedded()), device="cpu")
    sides: dict[str, Callable[[], Any]] = {
        "ours": lambda: scorer.score(field, explain=False),
        "theirs": lambda: theirs.encode(texts, show_progress_bar=False),
    }
    times = {name: [_seconds(side)] for name, side in sides.items()}
    for _ in range(ROUNDS - 1):
        for name, side in sides.items():
            times[name].append(_seconds(side))
    print(f"{len(texts)} texts: {times}", file=sys.stderr)
    return {"ours_over_sentence_transformers": min(times["theirs"]) / min(times["ours"])}


def _seconds(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
