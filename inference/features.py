"""The one feature function of the scorer, shared by training and serving so that they cannot drift."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.preprocessing import normalize

from inference.encoder import Activations, Encoder
from inference.reduction import WHOLE, Reduction
from inference.words import WORD

BUCKETS = 2**16  # places for n-grams

# So that one penalty suits all alike.
STYLE_SCALE = 0.15
MEANING_SCALE = 1.5
NGRAM_SCALE = 1.3

TOKEN = rf"{WORD.pattern}|[?!.,:\"…^$]"  # of n-grams: marks count, and so does where a text begins (^) and ends ($)
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

FORMAT = f"activations style-{len(STYLE)} words-1-3 buckets-{BUCKETS} v2"
"""Names this feature function in a checkpoint: change it whenever a text would get other features."""


@dataclass(frozen=True)
class Raw:
    """Features before the activations are reduced, which is a head's own affair."""

    activations: Activations
    surface: sp.csr_matrix

    def reduced(self, reduction: Reduction) -> sp.csr_matrix:
        """One row for each text, float64: reduced activations and style, which are dense, then n-grams."""
        meaning = MEANING_SCALE * reduction.apply(self.activations).astype(np.float64)
        return sp.csr_matrix(sp.hstack([sp.csr_matrix(meaning), self.surface]))


def raw(texts: Sequence[str], encoder: Encoder) -> Raw:
    """What texts set off in the encoder, and their surface. Runs of white space count as one."""
    plain = [" ".join(text.split()) for text in texts]
    return Raw(encoder.activations(plain), surface(plain))


def features(texts: Sequence[str], encoder: Encoder, reduction: Reduction = WHOLE) -> sp.csr_matrix:
    """One row for each text, float64: meaning (the encoder's activations, reduced), style, hashed word n-grams.

    Meaning and style are dense and come first, `dense_width(reduction.width(encoder.activation_width))` columns. Case
    does not matter to the n-grams, runs of white space to nothing; all n-grams together have length `NGRAM_SCALE`.
    """
    return raw(texts, encoder).reduced(reduction)


def surface(texts: Sequence[str]) -> sp.csr_matrix:
    """The columns of `features` that need no encoder: style and n-grams."""
    return sp.csr_matrix(sp.hstack([sp.csr_matrix(_style(texts)), _ngrams(texts)]))


def dense_width(meaning: int) -> int:
    """How many of the columns come before the n-grams, where so many are of meaning."""
    return meaning + len(STYLE)


def _style(texts: Sequence[str]) -> NDArray[np.float64]:
    """`STYLE` of each text, shape (texts, styles)."""
    rows = [[float(measure(text, WORD.findall(text))) for measure in STYLE.values()] for text in texts]
    return STYLE_SCALE * np.array(rows, dtype=np.float64).reshape(len(texts), len(STYLE))


def _ngrams(texts: Sequence[str]) -> sp.csr_matrix:
    """Signed log counts of n-grams, scaled to one length a row."""
    if not texts:  # the hasher asks for the first before it knows that there is none
        return sp.csr_matrix((0, BUCKETS))
    counts = _hasher().transform([f"^ {text} $" for text in texts])
    counts.data = np.sign(counts.data) * np.log1p(np.abs(counts.data))
    return sp.csr_matrix(NGRAM_SCALE * normalize(counts))


@cache
def _hasher() -> Any:
    return HashingVectorizer(ngram_range=(1, 3), token_pattern=TOKEN, n_features=BUCKETS, norm=None, lowercase=True)


def _any(words: list[str], known: frozenset[str]) -> bool:
    return any(word.lower().replace("’", "'") in known for word in words)
