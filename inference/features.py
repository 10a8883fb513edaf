"""The one feature function of the scorer, shared by training and serving so that they cannot drift."""

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.preprocessing import normalize

from inference.encoder import Encoder

BUCKETS = 2**15  # places for word n-grams, and as many for character n-grams
STYLE_SCALE = 0.1  # so that one penalty suits style, meaning and n-grams alike

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_YOU = frozenset(["you", "your", "yours", "you're", "you'll", "you've"])
_WE = frozenset(["i", "i'm", "my", "me", "we", "we're", "our", "us", "let's"])
_THEY = frozenset(["he", "he's", "she", "she's", "his", "her", "him", "they", "they're", "their", "them"])
_THIS = frozenset(["this", "these", "that", "that's", "those", "here", "here's", "there", "there's"])
_ASK = frozenset(["who", "what", "why", "how", "when", "where", "which"])
_NO = frozenset(["not", "no", "never", "nothing", "don't", "can't", "isn't", "doesn't", "won't", "didn't"])
_MOST = frozenset(["most", "best", "worst", "amazing", "awesome", "incredible", "ever", "every", "all", "only", "more"])

# What can be said of how a text is made: each from 0 to 1, so that copy longer than a headline stays in range.
STYLE: dict[str, Callable[[str, list[str]], float]] = {
    "length": lambda text, _: min(len(text), 120) / 120,
    "short": lambda text, _: max(0, 60 - len(text)) / 60,
    "word_length": lambda _, words: min(sum(map(len, words)) / max(1, len(words)), 10) / 10,
    "sentences": lambda text, _: min(len(re.findall(r"[.!?]+(?:\s|$)", text)), 4) / 4,
    "digit": lambda text, _: any(map(str.isdigit, text)),
    "question": lambda text, _: "?" in text,
    "exclamation": lambda text, _: "!" in text,
    "quotation": lambda text, _: any(mark in text for mark in '"“”«»'),
    "colon": lambda text, _: ":" in text,
    "comma": lambda text, _: "," in text,
    "bracket": lambda text, _: "(" in text,
    "ellipsis": lambda text, _: "..." in text or "…" in text,
    "capitals": lambda _, words: sum(len(word) > 1 and word.isupper() for word in words) / max(1, len(words)),
    "title_case": lambda _, words: sum(word[0].isupper() for word in words) / max(1, len(words)),
    "you": lambda _, words: _any(words, _YOU),
    "we": lambda _, words: _any(words, _WE),
    "they": lambda _, words: _any(words, _THEY),
    "this": lambda _, words: _any(words, _THIS),
    "question_word": lambda _, words: _any(words, _ASK),
    "negation": lambda _, words: _any(words, _NO),
    "superlative": lambda _, words: _any(words, _MOST),
}

FORMAT = f"style-{len(STYLE)} words-1-2 characters-2-5 buckets-{BUCKETS} v1"
"""Names this feature function in a checkpoint: change it whenever a text would get other features."""


def features(texts: Sequence[str], encoder: Encoder) -> sp.csr_matrix:
    """One row for each text, float64: meaning (the encoder's vector), style, hashed word and character n-grams.

    Meaning and style are dense and come first, `dense_width(encoder.width)` columns. Case does not matter to the
    n-grams, runs of white space to nothing; the n-grams of each kind have length 1.
    """
    plain = [" ".join(text.split()) for text in texts]
    return sp.csr_matrix(sp.hstack([sp.csr_matrix(encoder.encode(plain), dtype=np.float64), surface(plain)]))


def surface(texts: Sequence[str]) -> sp.csr_matrix:
    """The columns of `features` that need no encoder: style and n-grams."""
    words, characters = _hashers()
    return sp.csr_matrix(sp.hstack([sp.csr_matrix(_style(texts)), _ngrams(words, texts), _ngrams(characters, texts)]))


def dense_width(encoder_width: int) -> int:
    """How many of the columns come before the n-grams."""
    return encoder_width + len(STYLE)


def _style(texts: Sequence[str]) -> NDArray[np.float64]:
    """`STYLE` of each text, shape (texts, styles)."""
    rows = [[float(measure(text, WORD.findall(text))) for measure in STYLE.values()] for text in texts]
    return STYLE_SCALE * np.array(rows, dtype=np.float64).reshape(len(texts), len(STYLE))


def _ngrams(hasher: Any, texts: Sequence[str]) -> sp.csr_matrix:
    """Signed log counts of n-grams, scaled to length 1 a row."""
    if not texts:  # the hasher asks for the first before it knows that there is none
        return sp.csr_matrix((0, BUCKETS))
    counts = hasher.transform(texts)
    counts.data = np.sign(counts.data) * np.log1p(np.abs(counts.data))
    return sp.csr_matrix(normalize(counts))


@cache
def _hashers() -> tuple[Any, Any]:
    shared = {"n_features": BUCKETS, "norm": None, "lowercase": True}
    return (
        HashingVectorizer(analyzer="word", ngram_range=(1, 2), token_pattern=WORD.pattern, **shared),
        HashingVectorizer(analyzer="char_wb", ngram_range=(2, 5), **shared),
    )


def _any(words: list[str], known: frozenset[str]) -> bool:
    return any(word.lower().replace("’", "'") in known for word in words)
