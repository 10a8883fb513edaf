"""The texts that a scorer was trained on, as fingerprints beside its weights, so that nobody measures it on them."""

from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from store.errors import ModelError

FILE = "seen.safetensors"


def fingerprint(text: str) -> int:
    """63 bits of the text's hash; case and runs of white space do not matter."""
    plain = " ".join(text.casefold().split()).encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(plain, digest_size=8).digest(), "big") >> 1


def write(texts: Iterable[str], folder: Path) -> None:
    """Write `folder/seen.safetensors`: sorted fingerprints, int64."""
    found = np.array(sorted({fingerprint(text) for text in texts}), dtype=np.int64)
    save_file({"texts": found}, folder / FILE)
    (folder / FILE).chmod(0o644)  # safetensors writes for the owner only


def read(folder: Path) -> frozenset[int] | None:
    """The fingerprints; None where the scorer was made before they were kept. Raises ModelError where damaged."""
    if not (folder / FILE).exists():
        return None
    try:
        return frozenset(load_file(folder / FILE)["texts"].tolist())
    except (OSError, SafetensorError, KeyError) as error:
        raise ModelError(
            f"{folder / FILE}: cannot be read: {error}; train it again with glasbruk train scorer"
        ) from None
