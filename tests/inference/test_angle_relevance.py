"""How claims stand to segments, and what weights are refused."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file

from inference.angle_relevance import CLAUSES, FILE, NAMES, Relations, Relevance, checked, clauses, relations
from inference.encoder import FakeEncoder
from store.errors import ModelError
from store.segment import Segment
from tests.inference.weighed import weighed

FAKE = FakeEncoder()
DOGS = Segment(name="Dog owners", description="People with a dog", cares_about="Space for the dog, and a quiet night")
OTHERS = Segment(name="Families", cares_about="An easy holiday")
CLAIMS = ("A quiet night", "An easy holiday", "Dogs and their owners sleep here")


def value(found: Relations, name: str, *, apart: bool = False) -> list[float]:
    """Of the first segment, for each claim."""
    return [float(one) for one in found.values[0, :, NAMES.index(name) + apart * len(NAMES)]]


def test_each_relation_is_what_it_is_called() -> None:
    found = relations(CLAIMS, [DOGS, OTHERS], FAKE)
    assert found.values.shape == (2, 3, 2 * len(NAMES))
    texts = [
        *CLAIMS,
        DOGS.cares_about,
        DOGS.description,
        DOGS.name,
        "a quiet night",
        "Space for the dog",
        "People",
        "a dog",
    ]
    vectors = FAKE.encode(texts).astype(np.float64)
    cosines = vectors[:3] @ vectors[3:].T
    for column, name in enumerate(("cares", "description", "name")):
        assert value(found, name) == pytest.approx(cosines[:, column], abs=1e-6)
    assert value(found, "care_clause_most") == pytest.approx(cosines[:, 3:5].max(axis=1), abs=1e-6)
    assert value(found, "description_clause_most") == pytest.approx(cosines[:, 5:].max(axis=1), abs=1e-6)
    assert value(found, "words") == [2, 0, 1]  # quiet, night; owners
    assert found.nearest[0][0] == "a quiet night"
    assert (found.nearest[1][1], found.nearest[1][2]) == ("An easy holiday", "")


def test_apart_is_the_difference_from_the_mean_over_segments_and_nothing_for_one_alone() -> None:
    found = relations(CLAIMS, [DOGS, OTHERS], FAKE)
    plain, apart = found.values[..., : len(NAMES)], found.values[..., len(NAMES) :]
    assert np.allclose(apart, plain - plain.mean(axis=0))
    assert not relations(CLAIMS, [DOGS], FAKE).values[..., len(NAMES) :].any()


def test_who_has_no_description_is_described_by_the_name() -> None:
    found = relations(CLAIMS, [OTHERS], FAKE)
    assert value(found, "description") == value(found, "name")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Fast delivery, fair prices and no fuss", ["Fast delivery", "fair prices", "no fuss"]),
        ("Öppet sent, eller lugn och ro", ["Öppet sent", "lugn"]),
        ("Open at 10.30; under 1,000 crowns", ["Open at 10.30", "under 1,000 crowns"]),
        ("Quiet", ["Quiet"]),
        ("?!", ["?!"]),
    ],
)
def test_a_text_falls_into_its_clauses(text: str, parts: list[str]) -> None:
    assert clauses(text) == parts


@given(st.text(min_size=1, max_size=200))
def test_any_text_has_a_clause_and_not_too_many(text: str) -> None:
    assert 1 <= len(clauses(text)) <= CLAUSES


def test_weights_come_back_as_they_were_saved(tmp_path: Path) -> None:
    folder = weighed(tmp_path, {"cares": 1.5, "words, apart": -0.25})
    found, relevance = checked(folder, FAKE)
    assert found.id == "angles-test"
    assert relevance.weights[NAMES.index("cares")] == 1.5
    assert relevance.weights[-1] == -0.25
    utilities = relevance.utilities(relations(CLAIMS, [DOGS, OTHERS], FAKE))
    assert utilities.shape == (2, 3)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"kind": "scorer"}, "kind is 'scorer', but here it must be 'angles'"),
        ({"base": "another"}, "base is 'another', but here it must be 'fake-encoder'"),
        ({"settings": {"features": "v0"}}, "features is 'v0'"),
        ({"settings": {}}, "features is None"),
    ],
)
def test_weights_made_for_something_else_are_refused(tmp_path: Path, changes: dict[str, object], said: str) -> None:
    with pytest.raises(ModelError, match=rf"meta\.json: {said}.*glasbruk train angles"):
        checked(weighed(tmp_path, {}, **changes), FAKE)


@pytest.mark.parametrize(
    "tensors",
    [
        {"weights": np.zeros(3, dtype=np.float32)},
        {"other": np.zeros(2 * len(NAMES), dtype=np.float32)},
        {"weights": np.full(2 * len(NAMES), np.nan, dtype=np.float32)},
    ],
)
def test_damaged_weights_are_refused(tmp_path: Path, tensors: dict[str, np.ndarray]) -> None:
    save_file(tensors, tmp_path / FILE)
    with pytest.raises(ModelError, match=r"model\.safetensors: holds .* train it again"):
        Relevance.load(tmp_path / FILE)


def test_a_missing_or_truncated_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        Relevance.load(tmp_path / FILE)
    weighed(tmp_path, {})
    (tmp_path / FILE).write_bytes((tmp_path / FILE).read_bytes()[:40])
    with pytest.raises(ModelError, match="cannot be read"):
        Relevance.load(tmp_path / FILE)
