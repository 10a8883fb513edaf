"""A folder of weights for choosing angles by the fake encoder, set by hand."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from inference.angle_relevance import FILE, FORMAT, NAMES, Relevance
from inference.encoder import FakeEncoder
from store.checkpoint import Checkpoint, write


def weighed(folder: Path, weights: Mapping[str, float], **changes: object) -> Path:
    """Weights by the name of the relation, `cares` or `cares, apart`; 0 for all others."""
    names = [*NAMES, *(f"{name}, apart" for name in NAMES)]
    data = {"kind": "angles", "base": FakeEncoder.name, "settings": {"features": FORMAT}, **changes}
    write(Checkpoint.model_validate({"id": "angles-test", "method": "", "data_hash": "", **data}), folder)
    Relevance(np.array([weights.get(name, 0.0) for name in names])).save(folder / FILE)
    return folder
