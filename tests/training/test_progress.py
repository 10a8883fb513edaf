"""Long measuring tells how far it is."""

import time

import pytest

from training import progress


def test_a_line_now_and_then_says_how_many_are_done_and_what_time_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 1000, 6))  # six seconds a pack
    monkeypatch.setattr(time, "monotonic", lambda: float(next(clock)))
    said: list[str] = []
    assert list(progress.paced("abcdefgh", "loss", said.append)) == list("abcdefgh")
    assert said == ["loss: 2 of 8 packs, 0.9 min left", "loss: 5 of 8 packs, 0.4 min left"]


def test_what_is_quick_says_nothing() -> None:
    said: list[str] = []
    assert list(progress.paced([1, 2, 3], "loss", said.append)) == [1, 2, 3]
    assert list(progress.paced([], "loss", said.append)) == []
    assert said == []
