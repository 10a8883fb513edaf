"""A reduction: block by block, and the same when it comes back."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from inference.reduction import WHOLE, Reduction


def made(seed: int, *shapes: tuple[int, int]) -> Reduction:
    draw = np.random.default_rng(seed)
    return Reduction(tuple(draw.standard_normal(shape).astype(np.float16).astype(np.float32) for shape in shapes))


@given(st.integers(0, 99), st.integers(0, 4))
def test_each_block_is_mapped_by_its_own_part(seed: int, rows: int) -> None:
    found = made(seed, (5, 2), (3, 3))
    activations = np.random.default_rng(seed).standard_normal((rows, 8))
    expected = np.hstack([activations[:, :5] @ found.parts[0], activations[:, 5:] @ found.parts[1]])
    assert np.allclose(found.apply(activations), expected)
    assert found.width(8) == found.apply(activations).shape[1] == 5


def test_it_comes_back_from_its_tensors() -> None:
    found = made(0, (5, 2), (3, 3))
    again = Reduction.read({"weights": np.zeros(3), **found.tensors()})
    assert all((a == b).all() for a, b in zip(found.parts, again.parts, strict=True))
    assert all(part.dtype == np.float16 for part in found.tensors().values())


def test_without_parts_nothing_is_reduced() -> None:
    activations = np.ones((2, 7))
    assert WHOLE.apply(activations) is activations
    assert WHOLE.width(7) == 7
    assert Reduction.read(WHOLE.tensors()) == WHOLE
