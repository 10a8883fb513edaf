"""Boosted trees as arrays: what they say, and what they refuse to read."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from inference.boosted import Trees
from store.errors import ModelError
from tests.trees import stump


def test_a_row_goes_left_up_to_the_threshold() -> None:
    rows = np.array([[0.0, 0.5], [0.0, 0.5001], [9.0, -9.0]])
    assert stump(1, 0.5).sums(rows).tolist() == [-2, 2, -2]


def test_calibration_is_a_line_through_a_logistic() -> None:
    trees = replace(stump(0, 0), calibration=np.array([1, 0.5, 4], dtype=np.float32))
    rows, unknown = np.array([[1.0], [-1.0]]), np.array([np.nan, np.nan])
    assert trees.chances(rows, unknown) == pytest.approx([1 / (1 + np.exp(-2)), 0.5])
    assert trees.chances(rows, np.array([0, 0.5])) == pytest.approx([1 / (1 + np.exp(-2)), 1 / (1 + np.exp(-2))])


def test_what_is_saved_says_the_same(tmp_path: Path) -> None:
    stump(2, 0.25).save(tmp_path / "t.safetensors")
    rows = np.random.default_rng(0).normal(size=(20, 3))
    assert Trees.load(tmp_path / "t.safetensors", 3).sums(rows).tolist() == stump(2, 0.25).sums(rows).tolist()


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("feature", np.array([[3, -1, -1]], dtype=np.int32), "lead outside of 3 columns"),
        ("left", np.array([[7, 1, 2]], dtype=np.int32), "lead outside of 3 columns and 3 nodes"),
        ("right", np.array([[-1, 1, 2]], dtype=np.int32), "lead outside"),
        ("value", np.array([[np.nan, 0, 0]], dtype=np.float32), "not finite"),
        ("value", np.zeros((2, 3), dtype=np.float32), "shapes"),
        ("offset", np.zeros(2, dtype=np.float32), "other shapes"),
        ("threshold", np.zeros((1, 3), dtype=np.float64), "not .* in their types"),
        ("extra", np.zeros(1, dtype=np.float32), "not .* in their types"),
    ],
)
def test_damaged_weights_are_refused(tmp_path: Path, name: str, value: np.ndarray, message: str) -> None:
    path = tmp_path / "t.safetensors"
    stump(2, 0.5).save(path)
    save_file({**load_file(path), name: value}, path)
    with pytest.raises(ModelError, match=rf"t\.safetensors: .*{message}.*; train it again"):
        Trees.load(path, 3)


def test_a_torn_or_missing_file_is_said(tmp_path: Path) -> None:
    path = tmp_path / "t.safetensors"
    with pytest.raises(ModelError, match="cannot be read"):
        Trees.load(path, 3)
    stump(0, 0.5).save(path)
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(ModelError, match="cannot be read"):
        Trees.load(path, 3)
