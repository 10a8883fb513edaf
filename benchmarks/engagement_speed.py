"""How fast the shipped scorer is: many texts beside sentence-transformers' `encode` of them, and one text anew."""

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from inference.encoder import LocalEncoder, embedded
from inference.remembered import Remembered
from inference.scorer import Candidate
from inference.scorers import SHIPPED
from inference.scoring import LocalScorer
from training.results import read

TEXTS = 10_000
ROUNDS = 3  # of each side, in turns
TYPED = 40  # texts that are scored anew, one by one
WARM = 8  # of them, that do not count
FIELD = 7  # texts of the same segment and channel, which stay as they are


def measure(encoder: LocalEncoder, files: list[Path]) -> dict[str, float]:
    """`rescore_ms_median` and `explain_ms_median`, and `ours_over_sentence_transformers` where that is installed.

    Over 1, ours is faster.
    """
    texts = read(files).texts[:TEXTS]
    return {**_rescore(encoder, texts), **_beside(encoder, texts)}


def _rescore(encoder: LocalEncoder, texts: list[str]) -> dict[str, float]:
    """Median milliseconds of one text scored anew in its field, as the desk does while it is typed, and explained."""
    scorer, plain = LocalScorer(SHIPPED, Remembered(encoder)), LocalScorer(SHIPPED, encoder)
    candidates = [Candidate(text, channel="news_headline") for text in texts[: WARM + TYPED + FIELD]]
    field, changed = candidates[:FIELD], candidates[FIELD:]
    typed = [_seconds(lambda one=one: scorer.score([one, *field], explain=False)) for one in changed]  # type: ignore[misc]
    explained = [_seconds(lambda one=one: plain.score([one])) for one in changed]  # type: ignore[misc]
    return {
        "rescore_ms_median": 1000 * statistics.median(typed[WARM:]),
        "explain_ms_median": 1000 * statistics.median(explained[WARM:]),
    }


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
