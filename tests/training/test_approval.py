"""Training the approval model: what it finds, its figures, its calibration and its folder."""

from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.ensemble import GradientBoostingClassifier

from inference.approval import LocalApprover
from inference.encoder import FakeEncoder
from store import checkpoint as meta
from store.angle import Angle
from store.errors import InputError
from tests import nouns
from tests.embedded import encoder
from training import boosting
from training.approval import Judged, examples_from_corpus, folds, held_out, train
from training.approval_metrics import Held, auc, average_precision, good_among_best, measure
from training.boosting import Scores
from training.spoiling import spoil

FAKE = FakeEncoder()
CLAIMS = ["Eight vegetables in every box", "Pause any week before Thursday noon", "Recipes printed on the lid"]
OPENINGS = ["So", "Well", "Today", "Again", "Friends", "Now", "Listen", "Indeed"]


def example(brand: int, number: int, good: bool) -> Judged:
    """Good copy says its claim in other words; bad copy recites another claim."""
    claim = CLAIMS[number % 3]
    said = " ".join(reversed(claim.split())) if good else CLAIMS[(number + 1) % 3]
    fields = {"subject": f"{OPENINGS[number % 8]} {said}", "preheader": f"Dinner {brand} {number}"}
    angle = Angle(claims=(claim,), relevance=0.5, reason="So.")
    variant = nouns.variant(fields=fields, angle=angle, checkpoint="corpus" if good else "writer-1")
    return Judged(brief=nouns.brief(brand=f"Brand {brand}", facts=CLAIMS), variant=variant, good=good)


def even(matrix: NDArray[Any], good: NDArray[Any]) -> boosting.Rows:
    """Rows that count alike."""
    return boosting.Rows(matrix, good, np.ones(len(good)))


@pytest.fixture(autouse=True)
def few_trees(monkeypatch: pytest.MonkeyPatch) -> None:
    """Enough for these examples, and quick."""
    monkeypatch.setattr(boosting, "TREES", 30)


EXAMPLES = [example(brand, number, good) for brand in range(6) for number in range(8) for good in (True, False)]


def test_what_is_bad_is_found_in_brands_not_seen(tmp_path: Path) -> None:
    said: list[str] = []
    made = train(EXAMPLES, FAKE, tmp_path / "approval", progress=said.append)
    assert made.metrics["auc"] == made.metrics["auc_writer-1"] > 0.9
    assert made.metrics["best_quarter_good"] > 0.7 > made.metrics["field_good"] == 0.5
    assert made.metrics["brands"] == made.metrics["fields"] == 6
    assert made.settings["origins"] == {"corpus": {"good": 48, "bad": 0}, "writer-1": {"good": 0, "bad": 48}}
    assert "part 5 of 5" in " ".join(said)
    new = [example(9, 5, good) for good in (True, False)]
    judged = LocalApprover(tmp_path / "approval", FAKE).judge(new[0].brief, [one.variant for one in new])
    assert judged[0].chance > 0.7
    assert judged[1].chance < 0.3


def test_the_same_examples_give_the_same_folder_in_any_order(tmp_path: Path) -> None:
    shuffled = [EXAMPLES[i] for i in np.random.default_rng(1).permutation(len(EXAMPLES))]
    one = train(EXAMPLES, FAKE, tmp_path / "a" / "approval")
    two = train([*shuffled, EXAMPLES[0]], FAKE, tmp_path / "b" / "approval")
    assert one == two == meta.read(tmp_path / "a" / "approval")
    a, b = (sorted((tmp_path / name / "approval").iterdir()) for name in "ab")
    assert [file.name for file in a] == ["README.md", "meta.json", "model.safetensors"]
    assert [file.read_bytes() for file in a] == [file.read_bytes() for file in b]
    assert sum(file.stat().st_size for file in a) < 3_000_000
    less = train(EXAMPLES[1:], FAKE, tmp_path / "a" / "approval", seed=1)
    assert less.data_hash != one.data_hash
    assert less.id != one.id
    assert [file.name for file in (tmp_path / "a").iterdir()] == ["approval"]


def test_too_little_and_a_folder_in_use_are_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"examples: 48 good and 0 bad examples of 6 brands are too few; at least 20"):
        train([one for one in EXAMPLES if one.good], FAKE, tmp_path / "out")
    few = [example(brand, number, good) for brand in range(2) for number in range(20) for good in (True, False)]
    with pytest.raises(InputError, match="of 2 brands are too few"):
        train(few, FAKE, tmp_path / "out")
    lopsided = [one for one in EXAMPLES if one.good or one.group == "brand 1"]
    lopsided += [example(1, number, False) for number in range(8, 30)]
    with pytest.raises(InputError, match="of a few brands"):
        train(lopsided, FAKE, tmp_path / "out")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("precious")
    with pytest.raises(InputError, match="holds other files"):
        train(EXAMPLES, FAKE, tmp_path / "mine")
    assert [file.name for file in (tmp_path / "mine").iterdir()] == ["thesis.txt"]
    assert not (tmp_path / "out").exists()


def by(one: Judged, checkpoint: str, *, good: bool) -> Judged:
    return Judged(brief=one.brief, variant=one.variant.model_copy(update={"checkpoint": checkpoint}), good=good)


def test_what_readers_said_counts_more_than_how_copy_was_made(tmp_path: Path) -> None:
    """Half of the examples were read, and the readers thought the opposite: they are believed."""
    made = [one if one.good else by(one, "spoiled-so", good=False) for one in EXAMPLES]
    read = [by(one, "writer-1", good=not one.good) for one in EXAMPLES[:48]]
    metrics = train([*made, *read], FAKE, tmp_path / "approval").metrics
    assert (metrics["read"], metrics["read_good"]) == (48, 24)
    assert metrics["auc_read"] > 0.7
    new = [example(9, 5, good) for good in (True, False)]
    judged = LocalApprover(tmp_path / "approval", FAKE).judge(new[0].brief, [one.variant for one in new])
    assert judged[0].chance < 0.4
    assert judged[1].chance > 0.6


def test_no_brand_is_in_two_parts_and_all_parts_are_used() -> None:
    groups = [f"brand {i % 12}" for i in range(100)]
    parts = folds(groups, 3)
    assert len(set(parts)) == 5
    assert len({(group, part) for group, part in zip(groups, parts, strict=True)}) == 12
    assert (parts == folds(groups, 3)).all()
    assert (parts != folds(groups, 4)).any()


def test_a_part_is_measured_by_trees_that_have_not_seen_it() -> None:
    """Labels by chance cannot be foretold of rows held out, though trees that have seen them know them all."""
    draw = np.random.default_rng(0)
    rows, good = draw.normal(size=(300, 4)), draw.random(300) < 0.5
    assert auc(boosting.fit(even(rows, good), 0).sums(rows), good) > 0.75
    assert auc(held_out(even(rows, good), np.arange(300) % 5, 0), good) < 0.62


def test_the_arrays_say_what_scikit_learn_says() -> None:
    draw = np.random.default_rng(0)
    rows = draw.integers(0, 9, size=(400, 6)) / 7  # thresholds between values that float32 cannot hold
    good = rows[:, 0] + draw.normal(size=400) > rows[:, 1]
    model = GradientBoostingClassifier(
        n_estimators=boosting.TREES,
        max_depth=boosting.DEPTH,
        learning_rate=boosting.RATE,
        min_samples_leaf=boosting.LEAF,
        subsample=boosting.SHARE,
        max_features=6,
        random_state=5,
    ).fit(rows, good)
    assert np.allclose(boosting.fit(even(rows, good), 5).sums(rows), model.decision_function(rows), atol=1e-4)


def test_calibration_mends_sums_that_are_too_sure() -> None:
    draw = np.random.default_rng(0)
    odds, unknown = draw.normal(size=4_000), np.full(4_000, np.nan)
    good = draw.random(4_000) < 1 / (1 + np.exp(-odds))
    intercept, slope, of_confidence = boosting.calibrate(Scores(3 * odds + 1, unknown, good))
    assert (slope, intercept) == (pytest.approx(1 / 3, abs=0.03), pytest.approx(-1 / 3, abs=0.1))
    assert of_confidence == 0.0
    assert boosting.calibrate(Scores(-odds, unknown, good))[1] == 0.0  # never turned round
    few = Scores(np.array([-1.0, 1.0]), unknown[:2], np.array([False, True]))
    assert np.isfinite(boosting.calibrate(few)).all()


def test_calibration_weighs_the_writers_confidence_where_it_is_known() -> None:
    draw = np.random.default_rng(0)
    sums, confidences = draw.normal(size=4_000), draw.normal(0, 0.1, size=4_000)
    known = np.where(np.arange(4_000) % 4 > 0, confidences, np.nan)
    good = draw.random(4_000) < 1 / (1 + np.exp(-(sums + 20 * np.nan_to_num(known) - 1)))
    intercept, of_sums, of_confidence = boosting.calibrate(Scores(sums, known, good))
    assert (intercept, of_sums) == (pytest.approx(-1, abs=0.15), pytest.approx(1, abs=0.15))
    assert of_confidence == pytest.approx(20, abs=3)
    assert boosting.calibrate(Scores(sums, -known, good))[2] == 0.0  # never turned round


CHANCES = st.lists(st.sampled_from([0.1, 0.2, 0.5, 0.9]), min_size=2, max_size=12)


@given(CHANCES, st.data())
def test_auc_is_the_share_of_pairs_in_order(chances: list[float], data: st.DataObject) -> None:
    good = np.array(data.draw(st.lists(st.booleans(), min_size=len(chances), max_size=len(chances))))
    values = np.array(chances)
    pairs = [(x > y) + 0.5 * (x == y) for x in values[good] for y in values[~good]]
    assert np.isnan(auc(values, good)) if not pairs else auc(values, good) == pytest.approx(np.mean(pairs))


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.sampled_from([0.1, 0.5, 0.9]), st.booleans()), min_size=1, max_size=5), st.data())
def test_precision_among_the_best_is_that_of_ties_broken_by_chance(
    rows: list[tuple[float, bool]], data: st.DataObject
) -> None:
    count = data.draw(st.integers(1, len(rows)))
    orders = [sorted(order, key=lambda row: -row[0])[:count] for order in permutations(rows)]
    expected = np.mean([[good for _, good in best] for best in orders])
    chances, good = (np.array(column) for column in zip(*rows, strict=True))
    assert good_among_best(chances, good, count) == pytest.approx(expected)


def test_average_precision_by_hand() -> None:
    good = np.array([True, False, True, False])
    assert average_precision(np.array([0.9, 0.8, 0.7, 0.1]), good) == pytest.approx((1 + 2 / 3) / 2)
    assert average_precision(np.array([0.5, 0.5, 0.5, 0.5]), good) == 0.5


def test_a_model_that_knows_nothing_measures_as_nothing() -> None:
    everything = np.full(len(EXAMPLES), fill_value=True)
    found = measure(Held(EXAMPLES, np.full(len(EXAMPLES), 0.5), everything))
    assert found["auc"] == found["auc_in_field"] == found["best_quarter_good"] == found["field_good"] == 0.5
    assert found["calibration_error"] == 0.0
    known = measure(Held(EXAMPLES, np.array([float(one.good) for one in EXAMPLES]), everything))
    assert known["auc"] == known["auc_low"] == known["best_quarter_good"] == known["average_precision"] == 1.0


@pytest.mark.slow
def test_copy_of_the_corpus_is_told_from_the_same_copy_spoiled(tmp_path: Path) -> None:
    good = examples_from_corpus("train")
    brands = sorted({one.group for one in good})[::12]
    some = [one for one in good if one.group in brands and one.brief.language == "en"]
    made = train([*some, *spoil(some)], encoder(), tmp_path / "approval")
    assert made.metrics["auc"] > 0.78
    assert made.metrics["best_quarter_good"] > 0.7
