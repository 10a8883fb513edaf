"""`Remembered`: an encoder that does not read the same text twice in a row.

A brief's claims and readers stand beside every variant that is judged, and whoever edits one line of eight has the
other seven scored again at each pause.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.encoder import Activations, Embeddings, Encoder

VECTORS = 16_384  # some 25 MB at 384 wide
ACTIVATIONS = 1_024  # some 19 MB for the embedded encoder, whose rows are twelve times as long

Rows = NDArray[np.float32]


class Remembered:
    """An encoder that keeps the rows of the texts it was last asked for; the least recent ones make room.

    May be called from several threads. Rows may differ in what `encoder` leaves open (the third digit of activations).
    """

    def __init__(self, encoder: Encoder, *, vectors: int = VECTORS, activations: int = ACTIVATIONS) -> None:
        self.name, self.width, self.activation_widths = encoder.name, encoder.width, encoder.activation_widths
        self._vectors = _Rows(encoder.encode, self.width, vectors)
        self._activations = _Rows(encoder.activations, sum(self.activation_widths), activations)

    def encode(self, texts: Sequence[str]) -> Embeddings:
        """As `Encoder.encode`."""
        return self._vectors.of(texts)

    def activations(self, texts: Sequence[str]) -> Activations:
        """As `Encoder.activations`."""
        return self._activations.of(texts)


class _Rows:
    """The last rows of one kind, by text, and how others are made."""

    def __init__(self, make: Callable[[Sequence[str]], Rows], width: int, most: int) -> None:
        self._make, self._width, self._most = make, width, most
        self._kept: OrderedDict[str, Any] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, texts: Sequence[str]) -> Rows:
        """A row for each text, in their order, shape (texts, width)."""
        rows = self._known(texts)
        missing = [text for text in dict.fromkeys(texts) if text not in rows]
        if missing:  # not under the lock: two who miss the same text both make it, and nobody waits
            rows |= zip(missing, self._make(missing), strict=True)
            self._keep({text: rows[text].copy() for text in missing[-self._most :]})  # not the whole that it is part of
        return np.stack([rows[text] for text in texts]) if texts else np.zeros((0, self._width), dtype=np.float32)

    def _known(self, texts: Sequence[str]) -> dict[str, Any]:
        with self._lock:
            found = {text: self._kept[text] for text in dict.fromkeys(texts) if text in self._kept}
            for text in found:
                self._kept.move_to_end(text)
        return found

    def _keep(self, rows: dict[str, Any]) -> None:
        with self._lock:
            self._kept.update(rows)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
