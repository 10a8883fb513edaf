"""What is in force is changed by one verdict, from wherever it is asked."""

from pathlib import Path

import pytest

from store import checkpoint as meta
from store.errors import InputError
from tests.training.test_kept import adapter
from training import standing


def told(folder: Path, share: float) -> Path:
    """An adapter of which it is known how often its segment can be told."""
    adapter(folder, folder.name)
    meta.write(meta.read(folder).model_copy(update={"metrics": {"segment_told": share}}), folder)
    return folder


def test_what_is_worse_is_refused_as_foretold_and_goes_in_force_for_a_reason(tmp_path: Path) -> None:
    better, worse = told(tmp_path / "writer-1", 0.6), told(tmp_path / "writer-2", 0.5)
    assert standing.objection(better, tmp_path) == ""
    place = standing.promote(better, tmp_path)
    assert "segment_told 0.5, was 0.6" in standing.objection(worse, tmp_path)
    with pytest.raises(InputError, match=r"segment_told 0\.5, was 0\.6.*--because"):
        standing.promote(worse, tmp_path)
    assert meta.read(place).id == "writer-1"
    standing.promote(worse, tmp_path, "a new voice")
    assert meta.read(place).settings["promoted_because"] == "a new voice"


def test_rolling_back_is_a_promotion_of_the_one_before_and_can_itself_be_rolled_back(tmp_path: Path) -> None:
    place = standing.promote(told(tmp_path / "writer-1", 0.6), tmp_path)
    with pytest.raises(InputError, match="none to go back to"):
        standing.roll_back(place, tmp_path)
    standing.promote(told(tmp_path / "writer-2", 0.7), tmp_path)
    with pytest.raises(InputError, match="is worse"):
        standing.roll_back(place, tmp_path)
    assert standing.roll_back(place, tmp_path, "it shouts") == place
    assert meta.read(place).id == "writer-1"
    standing.roll_back(place, tmp_path)
    assert meta.read(place).id == "writer-2"
