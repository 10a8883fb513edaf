"""Drift: each month of what a scorer has not seen, and that a world which turned shows."""

from dataclasses import replace

import numpy as np
import pytest

from inference.encoder import FakeEncoder
from tests.training.test_scorer import results
from training import drift, ranking
from training.champion import Champion
from training.results import Results
from training.scorer import train

FAKE = FakeEncoder()


@pytest.fixture(scope="module")
def champion(tmp_path_factory: pytest.TempPathFactory) -> Champion:
    """A scorer that was trained on other tests of the same world."""
    out = tmp_path_factory.mktemp("drift") / "scorer"
    train(results(80, 1), out, encoder=FAKE, splits=1)
    return Champion.load(out, FAKE)


def test_a_test_counts_in_the_month_of_its_weeks_thursday() -> None:
    group = results(1).groups[0]
    weeks = {"202649": "2026-12", "202601": "2026-01", "202653": "2026-12", "": "undated", "202654": "undated"}
    assert {week: drift.month(replace(group, week=week)) for week in weeks} == weeks
    assert [drift.year(replace(group, week=week)) for week in ("202049", "")] == ["2020", "undated"]


def test_a_world_that_turned_shows_in_its_month(champion: Champion) -> None:
    weeks = ["202610", "202614", ""]
    found = [
        replace(group, week=weeks[number % 3], texts=tuple(f"{text} anew" for text in group.texts))
        for number, group in enumerate(results(90, 5).groups)
    ]
    turned = [
        replace(g, clicks=(g.clicks[1], g.clicks[0], *g.clicks[2:]), impressions=(5_000,) * 3) for g in found[1::3]
    ]
    old = [replace(group, cluster="old") for group in results(80, 1).groups[:7]]
    fresh = champion.fresh(Results((*found[::3], *turned, *found[2::3], *old)), FAKE)
    assert fresh.seen == 7
    periods = drift.measure(champion, fresh)
    assert [period.name for period in periods] == ["2026-03", "2026-04", "undated"]
    assert [period.tests for period in periods] == [30, 30, 30]
    march, april, _ = periods
    assert march.all_pairs
    assert april.all_pairs
    assert march.all_pairs.low > april.all_pairs.high
    assert march.calibration_error
    assert april.calibration_error
    assert march.calibration_error.high < april.calibration_error.low
    assert april.claimed
    assert april.claimed.low > april.all_pairs.high
    flat = drift.flat(periods)
    assert flat["2026-03_all_pairs_low"] == march.all_pairs.low
    assert flat["undated_tests"] == 30
    assert all(isinstance(value, float) for value in flat.values())


def test_the_calibration_error_is_that_of_the_model_card(champion: Champion) -> None:
    draw = np.random.default_rng(0)
    chance, won = draw.random(200), draw.random(200) < 0.5
    group = np.arange(200)
    duels = ranking.Duels(chance, won, np.zeros(200, dtype=bool), group)
    found = drift._calibration_error(np.array([f"c{n % 40}" for n in group], dtype=object), duels)
    table = ranking.reliability(*ranking.both_ways([duels]))
    assert found.value == pytest.approx(ranking.calibration_error(table))
    assert found.low < found.value < found.high


def test_what_was_all_seen_has_no_month(champion: Champion) -> None:
    fresh = champion.fresh(Results(results(80, 1).groups), FAKE)
    assert (drift.measure(champion, fresh), fresh.seen) == ([], 80)
