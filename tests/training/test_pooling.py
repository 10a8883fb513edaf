"""Partial pooling: known effects are found again and shrunk by as much as is right; order and names are nothing."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal

from benchmarks import segments as simulated
from inference.deviations import Deviations, Factor
from inference.encoder import FakeEncoder
from inference.scorer import Candidate
from inference.scoring import FILE, Head, LocalScorer
from store import checkpoint as meta
from tests.training.test_scorer import GOOD, results
from training import pooling
from training.heads import Design
from training.likelihood import Counts, Prior, fit, posterior
from training.results import Results
from training.scorer import train

FAKE = FakeEncoder()
SETS = 12

Variances = Callable[..., np.ndarray]


def wrong(numbers: dict[str, float]) -> list[str]:
    """Where effects of segments are not found again, or not shrunk by as much as is right."""
    right = {
        "scores_coverage_90": (0.88, 0.92),
        "effects_coverage_90": (0.85, 0.92),
        "effects_few_slope": (0.8, 1.25),
        "effects_many_correlation": (0.85, 1.0),
    }
    return [name for name, (low, high) in right.items() if not low <= numbers[name] <= high]


def test_known_effects_are_found_again_and_shrunk_as_is_right() -> None:
    numbers = simulated.measure(SETS)
    assert wrong(numbers) == []
    widths = [numbers[f"scores_{kind}_width"] for kind in ("many", "some", "few", "unseen")]
    assert widths == sorted(widths)
    assert widths[3] > 1.2 * widths[0]
    assert 0.87 < numbers["scores_unseen_coverage_90"] < 0.93


@pytest.mark.parametrize("factor", [0.1, 10.0, 1e4])  # too much pooling, too little, none
def test_the_simulation_sees_shrinkage_that_is_wrong(monkeypatch: pytest.MonkeyPatch, factor: float) -> None:
    estimate: Variances = pooling._variances
    monkeypatch.setattr(pooling, "_variances", lambda *terms: factor * estimate(*terms))
    assert "effects_few_slope" in wrong(simulated.measure(4))


def test_the_variances_have_the_highest_marginal_likelihood() -> None:
    """Of a linear model of known noise, in which that likelihood is the density of what was seen."""
    draw, width = np.random.default_rng(1), 4
    found = Deviations(np.eye(width), Factor(("a", "b", "c"), 1.0), Factor(("x", "y"), 1.0))
    columns = draw.standard_normal((60, found.width))
    effects = draw.normal(0, np.repeat([0.5, 0.2], [4 * width, 3 * width]))
    seen = columns @ effects + draw.standard_normal(60)

    def likely(variances: np.ndarray) -> float:
        of_columns = np.repeat(variances, [4 * width, 3 * width])
        return float(multivariate_normal(np.zeros(60), np.eye(60) + (columns * of_columns) @ columns.T).logpdf(seen))

    best = pooling._variances(columns.T @ seen, columns.T @ columns, found)
    assert all(likely(best) >= likely(best * (1 + step)) for step in 0.1 * np.vstack([np.eye(2), -np.eye(2)]))


def drawn(seed: int) -> tuple[Design, Counts]:
    """One of the simulation's data sets, as arrays."""
    draw = np.random.default_rng(seed)
    truth = simulated.Truth.draw(draw)
    order = [(name, "sms") for name in list(truth.segments)[:5] for _ in range(8)]
    matrix = simulated.texts(draw, simulated.TEXTS * len(order))
    return Design(sp.csr_matrix(matrix), truth.basis), simulated._counts(truth, draw, matrix, order)


def scored(design: Design, head: Head, segment: str) -> tuple[np.ndarray, np.ndarray]:
    rows = design.matrix[:6]
    return head.relative(head.deviations.spread(rows, [segment] * 6, ["sms"] * 6))


PRIOR = Prior(120.0, 8.0)


@settings(max_examples=15)
@given(seed=st.integers(0, 3), names=st.permutations(["a", "B", "c ", "d", "é"]))
def test_what_segments_are_called_and_their_order_do_not_matter(seed: int, names: list[str]) -> None:
    design, data = drawn(seed)
    called = dict(zip(dict.fromkeys(data.segment), names, strict=True))
    renamed = replace(data, segment=tuple(called[name] for name in data.segment))
    one, other = (design.head(counts, PRIOR, 0.05) for counts in (data, renamed))
    for before, after in called.items():
        for first, second in zip(scored(design, one, before), scored(design, other, after), strict=True):
            assert np.allclose(first, second, atol=1e-3)


def test_a_segment_without_tests_is_as_one_that_was_never_seen() -> None:
    design, data = drawn(0)
    found = pooling.pooled(design.matrix, data, PRIOR, 0.05, design.basis)
    idle = replace(found, segments=replace(found.segments, levels=("idle", *found.segments.levels)))
    matrix, entries = pooling.placed(design.matrix, data, idle)
    weights, dense = fit(matrix, entries, PRIOR, 0.05), len(design.basis) + idle.width
    covariance, variance = posterior(matrix, entries, weights, PRIOR, 0.05, dense=dense)
    head = Head(weights, np.linalg.cholesky(covariance), variance, 0.0, 0.0, idle)
    assert np.allclose(scored(design, head, "idle"), scored(design, head, "never seen"))
    (mean, deviation), general = scored(design, head, "idle"), scored(design, head, "")
    assert np.allclose(mean, general[0])
    assert (deviation > general[1]).all()


def test_one_segment_and_one_channel_is_the_general_effect_alone(tmp_path: Path) -> None:
    found = results(30)
    everywhere = Results(tuple(replace(group, segment="Walkers", channel="sms") for group in found.groups))
    made = [train(some, tmp_path / name, encoder=FAKE, splits=1) for some, name in ((found, "a"), (everywhere, "b"))]
    assert (tmp_path / "a" / FILE).read_bytes() == (tmp_path / "b" / FILE).read_bytes()
    assert made[0].data_hash != made[1].data_hash
    assert "segments" not in made[1].settings


def test_what_one_segment_likes_and_another_does_not_is_learnt_and_kept(tmp_path: Path) -> None:
    found = results(120)
    parted = [replace(group, segment="Walkers", channel="sms") for group in found.groups[::2]]
    for group in found.groups[1::2]:  # what is good for the others is bad for these
        good, bad = (next(i for i, text in enumerate(group.texts) if word in text) for word in (GOOD, "taxes"))
        swapped = list(group.texts)
        swapped[good], swapped[bad] = swapped[bad], swapped[good]
        parted.append(replace(group, texts=tuple(swapped), segment="Cyclists", channel="sms"))
    made = train(Results(tuple(parted)), tmp_path / "scorer", encoder=FAKE, splits=1)
    assert made == meta.read(tmp_path / "scorer")
    assert made.settings["segments"] == ["cyclists", "walkers"]
    assert made.metrics["accuracy_significant_pairs"] > 0.9
    assert "cyclists, walkers" in (tmp_path / "scorer" / "README.md").read_text()
    scorer = LocalScorer(tmp_path / "scorer", FAKE)
    texts = [f"some {word} of the 999" for word in (GOOD, "plain", "taxes")]
    of = {
        name: scorer.score([Candidate(text, name, "sms") for text in texts])
        for name in ("walkers", " WALKERS ", "Cyclists", "", "Sailors")
    }
    assert of["walkers"][0].low > 0 > of["walkers"][2].high
    assert of["Cyclists"][0].high < 0 < of["Cyclists"][2].low
    assert of["walkers"] == of[" WALKERS "]
    assert of["walkers"][0].words[0].effect > 0 > of["Cyclists"][0].words[0].effect
    assert [score.log_odds for score in of["Sailors"]] == pytest.approx([score.log_odds for score in of[""]])
    widths = {name: scores[0].high - scores[0].low for name, scores in of.items()}
    assert widths["Sailors"] > 1.5 * widths["walkers"]


def test_directions_give_each_kind_of_feature_the_same_say() -> None:
    draw = np.random.default_rng(0)
    matrix = np.hstack([draw.normal(0, [3.0, 0.1, 0.1], (500, 3)), draw.normal(0, [0.02, 0.001], (500, 2))])
    basis = pooling.directions(sp.csr_matrix(matrix), [3, 2], count=2)
    values = matrix @ basis
    assert basis.shape == (5, 2)
    assert np.allclose(values.var(axis=0), 1, atol=0.1)
    assert {int(np.argmax(np.abs(np.corrcoef(value, matrix.T)[0, 1:]))) for value in values.T} == {0, 3}
