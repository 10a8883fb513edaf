"""A scorer's head with seeded weights, and its folder, for tests."""

from pathlib import Path

import numpy as np

from inference.encoder import Encoder
from inference.features import BUCKETS, FORMAT, dense_width
from inference.scoring import FILE, Head
from store.checkpoint import Checkpoint, write


def head(encoder: Encoder) -> Head:
    """A head whose weights mean nothing, for texts encoded by `encoder`."""
    draw, dense = np.random.default_rng(0), dense_width(sum(encoder.activation_widths))
    return Head(
        weights=0.1 * draw.standard_normal(dense + BUCKETS),
        dense_factor=0.05 * np.tril(draw.standard_normal((dense, dense))),
        sparse_variance=draw.uniform(0.001, 0.01, BUCKETS),
        residual_variance=0.04,
        effect_variance=0.0625,
    )


def scorer_folder(folder: Path, encoder: Encoder) -> Path:
    """`folder` with `head` and its meta.json in it."""
    head(encoder).save(folder / FILE)
    settings = {"features": FORMAT, "channels": ["news_headline"]}
    meta = Checkpoint(
        id="scorer-test", kind="scorer", base=encoder.name, method="seeded", data_hash="none", settings=settings
    )
    write(meta, folder)
    return folder
