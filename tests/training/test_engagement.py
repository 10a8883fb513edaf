"""The benchmark of the scorer: what it holds out, what it counts, and that it goes on where it was stopped."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import engagement
from benchmarks.engagement_measures import Predicted, Unseen, measures, sealed, table
from benchmarks.engagement_ways import WAYS, Kept
from inference.encoder import Embeddings, FakeEncoder
from tests.training.test_champion import world
from training.results import Group, Pair, Results


class Counting(FakeEncoder):
    """Counts the texts that it is given."""

    def __init__(self) -> None:
        self.given = 0

    def encode(self, texts: Sequence[str]) -> Embeddings:
        self.given += len(texts)
        return super().encode(texts)


def one_group(week: str = "201446") -> Unseen:
    """Three texts that earned 1, 2 and 4 %, the first two too alike to tell, and two pairs without counts."""
    group = Group("t", ("a", "b", "c"), (1_000, 1_000, 1_000), (10, 20, 40), "one", week, "news_headline")
    pairs = (Pair("a", "b", "two"), Pair("c", "b", "two"))
    return Unseen.of(Results((group,), pairs), {"a": 0, "b": 1, "c": 2})


def said(scores: list[float], margins: list[float], chance: list[float] | None = None) -> Predicted:
    return Predicted(np.array(scores), np.array(margins), np.array(chance or []))


def test_every_measure_is_counted_as_it_is_named() -> None:
    found = measures("", [(one_group(), said([3, 1, 2], [1, -1]))])
    assert found["all_pairs"] == pytest.approx(1 / 3, abs=1e-4)
    assert found["p05_pairs"] == pytest.approx(1 / 2, abs=1e-4)
    assert found["strong_pairs"] == 0.5
    assert found["top1_of_three"] == 0
    assert found["pick_over_mean"] == pytest.approx(10 / (70 / 3) - 1, abs=1e-4)
    assert "ece" not in found


def test_a_tie_is_half_right() -> None:
    found = measures("", [(one_group(), said([0, 0, 0], [0, 0]))])
    assert found["all_pairs"] == found["strong_pairs"] == 0.5


def test_faulty_weeks_are_left_out_of_the_sound_ones_alone() -> None:
    found = measures("", [(one_group("201330"), said([1, 2, 3], [1, 1]))])
    assert found["all_pairs"] == 1
    assert "all_pairs_sound_weeks" not in found


def test_calibration_looks_at_a_duel_from_either_side() -> None:
    unseen = one_group()
    sure = [float(won) for won in unseen.first_won]
    assert measures("", [(unseen, said([1, 2, 3], [1, 1], sure))])["ece"] == 0
    assert measures("", [(unseen, said([1, 2, 3], [1, 1], [1 - one for one in sure]))])["ece"] == 1


@given(st.sets(st.text(max_size=5)), st.sets(st.text(max_size=5)))
def test_what_is_sealed_does_not_depend_on_what_else_there_is(some: set[str], more: set[str]) -> None:
    assert sealed(some) == sealed(some | more) & some


def test_a_fifth_is_sealed() -> None:
    assert len(sealed(f"cluster {number}" for number in range(5_000))) == pytest.approx(1_000, rel=0.1)


def test_vectors_are_kept_and_come_back_in_order(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder, texts = tmp_path_factory.mktemp("kept"), [f"text {'x' * (number % 7)} {number}" for number in range(600)]
    first, second = Counting(), Counting()
    made = Kept(first, folder).encode(texts)
    assert np.allclose(made, FakeEncoder().encode(texts))
    assert (Kept(second, folder).encode(texts) == made).all()
    assert np.allclose(Kept(first, folder).activations(texts), made)
    assert (first.given, second.given) == (1_200, 0)


def test_ways_are_measured_beside_each_other_and_again_without_work(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, results = tmp_path_factory.mktemp("cache"), world(60, 1)
    numbers = engagement.run(results, list(WAYS), 1, FakeEncoder(), cache=folder)
    assert numbers["all_pairs"] > 0.7
    assert numbers["tfidf_all_pairs"] > 0.7
    assert numbers["frozen_all_pairs"] > 0.7
    assert 0 <= numbers["sealed_ece"] <= 1
    assert "| all pairs of one test and image (sealed fifth) |" in table(numbers, list(WAYS))
    monkeypatch.setattr(engagement, "WAYS", dict.fromkeys(WAYS))
    assert engagement.run(results, list(WAYS), 1, FakeEncoder(), cache=folder) == numbers


def test_tuning_never_sees_what_is_sealed(monkeypatch: pytest.MonkeyPatch) -> None:
    results = world(60, 1)
    met: set[str] = set()

    def watched(task: object, learn: list[str], unseen: Unseen, seed: int) -> Predicted:
        met.update(learn, unseen.clusters)
        return WAYS["length"](task, learn, unseen, seed)  # type: ignore[arg-type]

    monkeypatch.setattr(engagement, "WAYS", {"ours": watched})
    numbers = engagement.run(results, ["ours"], 3, FakeEncoder(), tuning=True)
    closed = sealed(results.clusters)
    assert closed
    assert not met & closed
    assert not [name for name in numbers if name.startswith("sealed")]
