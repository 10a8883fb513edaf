"""The columns of segments and channels: whose they are, what holds for the unseen, and how they are kept."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file

from inference.deviations import NO_DEVIATIONS, Deviations, Factor, key
from inference.encoder import FakeEncoder
from inference.features import BUCKETS, dense_width, features
from inference.scoring import FILE, Head
from store.errors import ModelError
from tests.heads import head

FAKE = FakeEncoder()
BASIS = np.random.default_rng(2).standard_normal((3, 2))
SOME = Deviations(BASIS, Factor(("cyclists", "walkers"), 0.5), Factor(("sms",), 2.0))
ROWS = sp.csr_matrix(np.random.default_rng(3).standard_normal((2, 5)))


def test_a_text_stands_in_the_place_of_its_segment_and_of_its_channel() -> None:
    found = SOME.spread(ROWS, ["Walkers ", ""], ["email", "SMS"]).toarray()
    z = ROWS[:, :3].toarray() @ BASIS
    nothing = np.zeros(2)
    assert np.allclose(found[:, :3], ROWS[:, :3].toarray())
    assert np.allclose(found[0, 3:-2], [*nothing, *0.5 * z[0], *nothing, *nothing, *2 * z[0]])
    assert np.allclose(found[1, 3:-2], [*nothing, *nothing, *nothing, *2 * z[1], *nothing])
    assert np.allclose(found[:, -2:], ROWS[:, 3:].toarray())
    assert len(SOME.scales) == SOME.width == 10


@given(st.text(max_size=12), st.text(max_size=12))
def test_all_that_was_never_seen_is_one_and_no_name_is_the_general_effect(name: str, other: str) -> None:
    one, two, none = (SOME.spread(ROWS, [said] * 2, [""] * 2).toarray() for said in (name, other, " "))
    unseen = {"", "cyclists", "walkers"}.isdisjoint
    assert np.allclose(none[:, 3:-2], 0)
    if unseen({key(name)}) and unseen({key(other)}):
        assert np.allclose(one, two)
        assert not np.allclose(one, none)


def test_without_levels_the_features_are_as_they_were() -> None:
    assert NO_DEVIATIONS.spread(ROWS, ["a", "b"], ["", ""]) is ROWS


def apart() -> Head:
    """A head with effects of segments, for texts that the fake encoder encodes."""
    plain, draw, dense = head(FAKE), np.random.default_rng(4), dense_width(FAKE.width)
    deviations = Deviations(draw.standard_normal((dense, 2)), Factor(("åkare", "walkers"), 0.5))
    whole = dense + deviations.width
    weights = np.insert(plain.weights, dense, draw.standard_normal(deviations.width))
    return replace(plain, weights=weights, dense_factor=0.01 * np.eye(whole), deviations=deviations)


def test_a_head_with_them_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    model = apart()
    model.save(tmp_path / FILE)
    again = Head.load(tmp_path / FILE, FAKE)
    assert again.deviations.segments == model.deviations.segments
    assert again.deviations.channels == Factor()
    texts = features(["one text", "another text here"], FAKE)
    for name in ("Åkare", "walkers", "never seen", ""):
        first, second = (one.relative(one.deviations.spread(texts, [name] * 2, ["sms"] * 2)) for one in (model, again))
        assert np.allclose(first, second, atol=1e-4)


def test_a_head_of_the_most_segments_and_channels_is_below_6_mb() -> None:
    from training.pooling import DIRECTIONS, MOST_CHANNELS, MOST_SEGMENTS
    from training.reducing import KEPT

    blocks, width = 3, 1_536  # the embedded encoder's
    dense = dense_width(blocks * KEPT)
    whole = dense + DIRECTIONS * (MOST_SEGMENTS + 1 + MOST_CHANNELS + 1)
    single = whole + 2 * BUCKETS + dense * DIRECTIONS
    assert 4 * single + 2 * (whole * (whole + 1) // 2 + blocks * width * KEPT) < 6_000_000


@pytest.mark.parametrize("names", [{}, {"segments": "[broken"}, {"segments": json.dumps(["one"])}])
def test_names_that_do_not_belong_to_the_numbers_are_refused(tmp_path: Path, names: dict[str, str]) -> None:
    apart().save(tmp_path / FILE)
    save_file(load_file(tmp_path / FILE), tmp_path / FILE, metadata=names)
    with pytest.raises(ModelError, match="train it again"):
        Head.load(tmp_path / FILE, FAKE)
