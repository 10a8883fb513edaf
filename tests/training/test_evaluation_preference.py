"""What preference training gave: a tiny writer learns from a small archive, and is held beside what it went on from."""

from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from inference.encoder import FakeEncoder
from store import checkpoint as meta
from store.errors import InputError
from store.settings import Settings
from tests.training import tiny
from training import examples, headlines, sources, writer
from training.evaluation_preference import _wins, preferences
from training.recipe import Recipe
from training.sources import Gathered

CLUSTERS = 60


def archive(folder: Path) -> Path:
    """Tests of two headlines each, of which the one with a secret earns far more clicks."""
    said = {True: "The secret of number {}", False: "A report on number {}"}
    rows = [
        {
            "clickability_test_id": f"t{number}",
            "eyecatcher_id": "e",
            "headline": said[better].format(number),
            "lede": f"A story about number {number}",
            "impressions": 3_000,
            "clicks": 150 if better else 30,
            "near_duplicate_cluster": number,
            "created_at": "2014-01-01",
            "test_week": 201401,
        }
        for number in range(CLUSTERS)
        for better in (True, False)
    ]
    pyarrow.parquet.write_table(pa.Table.from_pylist(rows), folder / "tests.parquet")
    return folder / "tests.parquet"


def test_a_missing_headline_has_lost_and_ties_are_halves() -> None:
    assert _wins(
        [2, 1, 1, 0, 9, 0], [1, 2, 1, 9, 0, 0], ["a", "b", "c", "d", "", ""], ["a", "b", "c", "", "e", ""]
    ) == [
        *(1.0, 0.0, 0.5),
        *(1.0, 0.0, 0.5),
    ]


@pytest.mark.slow
def test_what_it_learnt_shows_on_clusters_it_has_not_seen(tmp_path: Path) -> None:
    base, file = tiny.model(tmp_path), archive(tmp_path)
    settings = Settings()
    recipe = Recipe(base=str(base), rank=4, learning_rate=0.02)

    def trained(recipe: Recipe, data: Gathered) -> Path:
        return writer.train(recipe, data, tmp_path / "runs", tmp_path, lambda _: None, measured=4)[1]

    house = examples.some(examples.of_plain("train", ["en"]), 12, seed=0)
    parent = trained(recipe, Gathered(house, house[:4], {}))
    with pytest.raises(InputError, match="was not trained with --method preference"):
        preferences(parent, file, settings, FakeEncoder(), lambda _: None)

    pairs = headlines.of_archive(file, Counter())
    held_out = [pair for pair in pairs if sources.is_held_out(pair.brief)]
    learn = [pair for pair in pairs if not sources.is_held_out(pair.brief)]
    chosen = recipe.model_copy(update={"method": "preference", "parent": str(parent), "epochs": 4})
    found = preferences(trained(chosen, Gathered(learn, held_out, {})), file, settings, FakeEncoder(), lambda _: None)
    assert found["preference_pairs"] == found["preference_stories"] == len(held_out) > 1
    assert found["preference_pair_accuracy"] > 0.9
    assert found["preference_pair_accuracy_low"] <= found["preference_pair_accuracy"]
    assert 0 <= found["preference_win_rate"] <= 1
    assert meta.read(parent).settings["method"] == "sft"
