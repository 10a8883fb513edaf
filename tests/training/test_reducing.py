"""Finding the directions in which texts of one test differ."""

from dataclasses import replace

import numpy as np
import pytest

from training import reducing
from training.likelihood import Counts
from training.reducing import reduced

NONE = np.zeros(0, dtype=np.int64)


def world(groups: int = 40) -> tuple[np.ndarray, Counts]:
    """Tests that differ a lot in the first column, and texts of one test a little in the second; five are noise."""
    draw = np.random.default_rng(0)
    group = np.repeat(np.arange(groups), 3)
    rows = 0.01 * draw.standard_normal((len(group), 7))
    rows[:, 0] += 10 * draw.standard_normal(groups)[group]
    rows[:, 1] += draw.standard_normal(len(group))
    ones = np.ones(len(group))
    return rows.astype(np.float32), Counts(np.arange(len(group)), group, ones, ones, NONE, NONE)


def test_what_the_texts_of_a_test_share_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reducing, "KEPT", 1)
    rows, data = world()
    (part,) = reduced(rows, (7,), data).parts
    assert part.shape == (7, 1)
    assert abs(part[1, 0]) == pytest.approx(1, abs=0.01)
    assert abs(part[0, 0]) < 0.05


def test_pairs_count_as_groups_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reducing, "KEPT", 1)
    rows, data = world()
    pairs = replace(
        data, row=NONE, group=NONE, impressions=NONE, clicks=NONE, winner=data.row[::3], loser=data.row[1::3]
    )
    (part,) = reduced(rows, (7,), pairs).parts
    assert abs(part[1, 0]) == pytest.approx(1, abs=0.01)


def test_each_block_has_its_own_directions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reducing, "KEPT", 2)
    rows, data = world()
    found = reduced(rows, (3, 4), data)
    assert [part.shape for part in found.parts] == [(3, 2), (4, 2)]
    for part in found.parts:
        assert np.allclose(part.T @ part, np.eye(2), atol=2e-3)


def test_small_blocks_are_left_as_they_are() -> None:
    rows, data = world()
    assert reduced(rows, (7,), data).parts == ()
