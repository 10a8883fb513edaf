"""Training the scorer: the likelihood against brute force, known effects, the folder, and a part of the real data."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import approx_fprime, minimize

from inference.encoder import FakeEncoder
from inference.features import features
from inference.scorer import Candidate
from inference.scoring import LocalScorer
from store import checkpoint as meta
from store.errors import InputError
from tests import upworthy
from tests.embedded import encoder
from training import card, ranking, reducing
from training.likelihood import Counts, Prior, counts, fit, log_likelihood, posterior, true_variance
from training.results import Group, Pair, Results, read
from training.scorer import split, train

FAKE = FakeEncoder()
GOOD, BAD, DULL = "puppy", "taxes", ["the", "of", "and", "some", "more", "very", "quite", "rather"]


def results(groups: int = 300, seed: int = 0) -> Results:
    """Tests of three texts in which one word earns e^0.6 as much, another e^-0.6, and the tests differ a lot."""
    draw, found = np.random.default_rng(seed), []
    for number in range(groups):
        texts = [" ".join(draw.choice(DULL, 4)) + f" {word} {number}" for word in (GOOD, BAD, "plain")]
        rates = draw.uniform(0.01, 0.1) * np.exp([0.6, -0.6, 0])
        shown = draw.integers(1_000, 9_000, 3)
        clicks = draw.binomial(shown, rates)
        found.append(Group(f"t{number}", tuple(texts), tuple(map(int, shown)), tuple(map(int, clicks)), f"c{number}"))
    return Results(tuple(found))


def write(path: Path, found: Results) -> Path:
    rows = [
        {"test_id": g.test, "variant_id": str(i), "text": g.texts[i], "segment": "", "channel": "sms"}
        | {"impressions": g.impressions[i], "clicks": g.clicks[i]}
        for g in found.groups
        for i in range(len(g.texts))
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def tiny() -> tuple[sp.csr_matrix, Counts]:
    """Two groups and two pairs over five texts of three features."""
    found = Results(
        (
            Group("t", ("a", "b", "c"), (100, 200, 300), (10, 40, 20), "1"),
            Group("u", ("a", "d"), (500, 400), (30, 20), "1"),
        ),
        (Pair("b", "e", "1"), Pair("d", "c", "1")),
    )
    matrix = sp.csr_matrix(np.random.default_rng(3).standard_normal((5, 3)))
    return matrix, counts(found, {text: row for row, text in enumerate("abcde")})


def by_hand(weights: np.ndarray, prior: Prior) -> float:
    """Minus the log of likelihood x prior of `tiny`, written out as the formulas stand."""
    s = dict(zip("abcde", tiny()[0].toarray() @ weights, strict=True))
    total = 0.0
    for shown, clicks in (({"a": 100, "b": 200, "c": 300}, [10, 40, 20]), ({"a": 500, "d": 400}, [30, 20])):
        worth = [n * np.exp(s[text]) for text, n in shown.items()]
        total += sum(c * np.log(w / sum(worth)) for c, w in zip(clicks, worth, strict=True))
    for winner, loser in ("be", "dc"):
        total += np.log(1 / (1 + np.exp(-prior.slope * (s[winner] - s[loser]))))
    return float(-total + prior.penalty / 2 * sum(weights**2))


def test_the_fit_agrees_with_brute_force() -> None:
    matrix, data = tiny()
    prior = Prior(penalty=2.0, slope=3.0)
    brute = minimize(by_hand, np.zeros(3), args=(prior,), method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12})
    for dense in (0, 2, 3):
        assert np.allclose(fit(matrix, data, prior, dispersion=0.0, dense=dense), brute.x, atol=1e-4)


def test_a_store_that_holds_too_little_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the store: 9 independent tests have counts of two texts"):
        train(results(9), tmp_path / "scorer", encoder=FAKE)


def test_the_posterior_is_the_inverse_curvature() -> None:
    matrix, data = tiny()
    prior = Prior(penalty=2.0, slope=3.0)
    mode = fit(matrix, data, prior, dispersion=0.0)

    def slope(weights: np.ndarray) -> np.ndarray:
        return np.asarray(approx_fprime(weights, by_hand, 1e-5, prior))

    curvature = np.array([(slope(mode + e) - slope(mode - e)) / 2e-3 for e in 1e-3 * np.eye(3)])
    covariance, _ = posterior(matrix, data, mode, prior, 0.0, dense=3)
    assert np.allclose(covariance, np.linalg.inv(curvature), rtol=0.02, atol=1e-4)
    block, variance = posterior(matrix, data, mode, prior, 0.0, dense=2)
    assert block.shape == (2, 2)
    assert variance == pytest.approx(1 / curvature[2, 2], rel=0.02)


@given(st.floats(-5, 5), st.floats(0.001, 1_000))
def test_what_a_group_has_in_common_cancels(level: float, more: float) -> None:
    _, data = tiny()
    scores = np.array([0.1, -0.2, 0.3, 0.0, 0.4])
    shifted = scores + level * (data.group == 0)
    assert np.isclose(log_likelihood(data, scores, 0.0), log_likelihood(data, shifted, 0.0))
    scaled = replace(data, impressions=data.impressions * np.where(data.group == 0, more, 1))
    assert np.isclose(log_likelihood(data, scores, 0.0), log_likelihood(scaled, scores, 0.0))


def test_the_true_variance_is_found_again() -> None:
    draw, groups, each = np.random.default_rng(5), 1_500, 4
    group = np.repeat(np.arange(groups), each)
    shown = np.full(len(group), 20_000.0)
    rates = 0.02 * np.exp(draw.normal(0, 0.3, groups)[group] + draw.normal(0, 0.25, len(group)))
    none = np.zeros(0, dtype=np.int64)
    data = Counts(group, group, shown, draw.binomial(20_000, rates).astype(float), none, none)
    zeros = np.zeros(len(group))
    assert true_variance(data, zeros) == pytest.approx(0.25**2, rel=0.1)
    assert true_variance(data, zeros, known=0.04) == pytest.approx(0.25**2 - 0.04, rel=0.25)


def test_splits_never_share_a_cluster_and_hold_out_both_kinds() -> None:
    found = replace(results(20), pairs=tuple(Pair("x", "y", f"p{i}") for i in range(10)))
    learn, hold = split(found, found.clusters, seed=1, share=0.2)
    assert sorted([*learn, *hold]) == found.clusters
    assert (sum(c[0] == "c" for c in hold), sum(c[0] == "p" for c in hold)) == (4, 2)
    assert (learn, hold) == split(found, found.clusters, seed=1, share=0.2)
    assert hold != split(found, found.clusters, seed=2, share=0.2)[1]


def test_known_effects_are_found(tmp_path: Path) -> None:
    path = write(tmp_path / "r.jsonl", results(150))
    said: list[str] = []
    made = train([path], tmp_path / "scorer", encoder=FAKE, splits=2, progress=said.append)
    assert made.metrics["accuracy_significant_pairs"] > 0.9
    assert made.metrics["coverage_90"] > 0.8
    assert any("split 2 of 2" in line for line in said)
    texts = [f"some {word} of the 999" for word in (GOOD, "plain", BAD)]
    good, plain, bad = LocalScorer(tmp_path / "scorer", FAKE).score([Candidate(t, channel="sms") for t in texts])
    assert good.log_odds > plain.log_odds > bad.log_odds
    assert good.low > 0 > bad.high
    assert good.words[0].word == GOOD
    assert good.words[0].effect > 0 > bad.words[0].effect


def test_the_folder_is_whole_and_the_same_again(tmp_path: Path) -> None:
    path = write(tmp_path / "r.jsonl", results(40))
    one, two = (train([path], tmp_path / name / "scorer", encoder=FAKE, splits=1) for name in "ab")
    assert one == two == meta.read(tmp_path / "a" / "scorer")
    a, b = (sorted((tmp_path / name / "scorer").iterdir()) for name in "ab")
    assert [file.name for file in a] == [
        "README.md",
        "meta.json",
        "model.safetensors",
        "reliability.png",
        "seen.safetensors",
    ]
    assert [file.read_bytes() for file in a] == [file.read_bytes() for file in b]
    assert str(tmp_path) not in (tmp_path / "a" / "scorer" / "meta.json").read_text()
    assert (tmp_path / "a" / "scorer" / card.PLOT).stat().st_size < 60_000
    again = train([path], tmp_path / "a" / "scorer", encoder=FAKE, splits=1, seed=1)
    assert meta.read(tmp_path / "a" / "scorer") == again != one
    assert [file.name for file in (tmp_path / "a").iterdir()] == ["scorer"]


def test_too_little_and_a_folder_in_use_are_said(tmp_path: Path) -> None:
    few = write(tmp_path / "few.jsonl", results(9))
    with pytest.raises(InputError, match=r"9 independent tests .* at least 10 are needed"):
        train([few], tmp_path / "out", encoder=FAKE)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("precious")
    with pytest.raises(InputError, match="holds other files"):
        train([write(tmp_path / "r.jsonl", results(12))], tmp_path / "mine", encoder=FAKE)
    assert [file.name for file in (tmp_path / "mine").iterdir()] == ["thesis.txt"]
    assert not (tmp_path / "out").exists()


def test_reliability_counts_what_happened() -> None:
    chance = np.array([0.05, 0.05, 0.95, 0.95, 1.0])
    table = ranking.reliability(chance, np.array([False, True, True, True, False]))
    assert np.allclose(table, [[0.05, 0.5, 2], [2.9 / 3, 2 / 3, 3]])
    assert ranking.calibration_error(table) == pytest.approx((2 * 0.45 + 3 * 0.3) / 5)


@pytest.mark.slow
@upworthy.needed
def test_a_part_of_the_real_results_gives_a_scorer_that_knows_how_sure_it_is(tmp_path: Path) -> None:
    whole = read([upworthy.TESTS])
    part = whole.within(whole.clusters[::12])
    path = write(tmp_path / "part.jsonl", part)
    made = train([path], tmp_path / "scorer", encoder=encoder(), splits=1)
    assert made.metrics["coverage_90"] == pytest.approx(0.9, abs=0.1)
    assert 0.15 < made.settings["effect_sd"] < 0.35


def test_unseen_texts_have_features_of_the_same_width() -> None:
    assert features(["x"], FAKE).shape[1] == features(["y z", "w"], FAKE).shape[1]


def test_a_scorer_whose_activations_were_reduced_says_the_same_when_it_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reducing, "KEPT", 20)
    made = train(results(60), tmp_path / "scorer", encoder=FAKE, splits=1)
    assert made.metrics["accuracy_significant_pairs"] > 0.8
    scorer = LocalScorer(tmp_path / "scorer", FAKE)
    assert [part.shape for part in scorer.head.reduction.parts] == [(64, 20)]
    good, bad = scorer.score([Candidate(f"some {word} of the 999") for word in (GOOD, BAD)])
    assert good.log_odds > 0 > bad.log_odds
    assert good.chance_to_beat_field > 0.7
