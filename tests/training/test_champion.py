"""A new scorer beside the one in force: only what neither has seen counts, and what is worse is refused."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from inference import scorers
from inference.encoder import FakeEncoder
from inference.scoring import Head
from store import checkpoint as meta
from store.checkpoint import Checkpoint
from store.errors import InputError, ModelError
from tests.training.test_scorer import results
from training import seen
from training.champion import Champion
from training.likelihood import Prior
from training.results import Group, Pair, Results
from training.scorer import Task, train
from training.scorer_verdict import objection, promote

FAKE = FakeEncoder()


def world(groups: int, seed: int) -> Results:
    """Tests of `test_scorer.results` in one channel."""
    return Results(tuple(replace(group, channel="sms") for group in results(groups, seed).groups))


@pytest.fixture(scope="module")
def knowing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scorer that has seen much."""
    out = tmp_path_factory.mktemp("in_force") / "scorer"
    train(world(150, 0), out, encoder=FAKE, splits=1)
    return out


@pytest.fixture
def shipped(knowing: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same, as the one that is shipped."""
    monkeypatch.setattr(scorers, "SHIPPED", knowing)
    return knowing


def group(cluster: str, *texts: str, channel: str = "sms") -> Group:
    return Group(cluster, texts, (10,) * len(texts), (1,) * len(texts), cluster, channel=channel)


def test_a_cluster_of_which_one_text_was_seen_was_seen(knowing: Path) -> None:
    champion = Champion.load(knowing, FAKE)
    known = world(150, 0).groups[3].texts[0]
    found = Results(
        (group("1", "New", "Newer"), group("2", "Other", known.upper()), group("2", "Third", "Fourth")),
        (Pair("Fifth", f"  {known} ", "3"), Pair("Sixth", "Seventh", "4")),
    )
    assert champion.unseen(found).clusters == ["1", "4"]


def test_without_a_record_all_of_its_channels_was_seen(knowing: Path) -> None:
    champion = replace(Champion.load(knowing, FAKE), texts=None)
    found = Results(
        (group("1", "a", "b", channel="SMS "), group("2", "c", "d", channel="email")), (Pair("e", "f", "3"),)
    )
    assert champion.unseen(found).clusters == ["2", "3"]
    news = replace(champion, channels=frozenset({"news_headline"}))
    assert news.unseen(found).clusters == ["1", "2"]


def test_a_worse_scorer_is_refused_and_a_better_one_is_not(
    tmp_path: Path, shipped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    whole = Task.fit
    with monkeypatch.context() as patch:  # one that has everything the wrong way round

        def turned(self: Task, clusters: Sequence[str], seed: int) -> tuple[Head, Prior]:
            head, prior = whole(self, clusters, seed)
            return replace(head, weights=-head.weights), prior

        patch.setattr(Task, "fit", turned)
        made = {"splits": 2, "against": shipped, "progress": said.append}
        few = train(world(20, 7), tmp_path / "few", encoder=FAKE, **made)  # type: ignore[arg-type]
    assert any("has seen 0 of 20 clusters" in line for line in said)
    assert few.metrics["in_force_all_pairs"] > few.metrics["beside_in_force_all_pairs"]
    assert few.metrics["gain_all_pairs_low"] <= few.metrics["gain_all_pairs"] <= few.metrics["gain_all_pairs_high"] < 0
    assert "all pairs right" in (tmp_path / "few" / "README.md").read_text().split("had not seen either")[1]
    with pytest.raises(InputError, match=r"few: is worse than the one in force .*all_pairs right .*--because"):
        promote(tmp_path / "few", tmp_path)
    assert scorers.in_force(tmp_path) == shipped
    promote(tmp_path / "few", tmp_path, "to see")
    assert scorers.in_force(tmp_path) == scorers.place(tmp_path)
    assert meta.read(scorers.place(tmp_path)).settings["promoted_over"] == meta.read(shipped).id

    more = world(60, 7)
    train(more, tmp_path / "more", encoder=FAKE, splits=2, against=scorers.in_force(tmp_path))
    place = promote(tmp_path / "more", tmp_path)
    assert meta.read(place).settings["promoted_because"] == ""
    assert {file.name for file in place.iterdir()} >= {"seen.safetensors", "model.safetensors", "README.md"}
    with pytest.raises(InputError, match="was not held against"):
        promote(tmp_path / "few", tmp_path)


def test_where_all_was_seen_that_is_said(tmp_path: Path, shipped: Path) -> None:
    said: list[str] = []
    found = world(150, 0).within([f"c{number}" for number in range(30)])
    made = train(found, tmp_path / "again", encoder=FAKE, splits=1, against=shipped, progress=said.append)
    assert any("has seen 30 of 30 clusters" in line for line in said)
    assert made.metrics["compared_pairs"] == 0
    assert "had seen every result" in (tmp_path / "again" / "README.md").read_text()
    assert "has seen every result there was" in objection(made, meta.read(shipped).id)


def test_a_scorer_of_another_encoder_is_no_match(tmp_path: Path) -> None:
    said: list[str] = []
    made = train(world(12, 1), tmp_path / "new", encoder=FAKE, splits=1, against=scorers.SHIPPED, progress=said.append)
    assert any("not held against the scorer in force" in line for line in said)
    assert "compared_with" not in made.settings


@pytest.mark.parametrize(("low", "high", "worse"), [(-0.04, -0.01, True), (-0.04, 0.01, False), (0.01, 0.04, False)])
def test_worse_is_where_the_whole_interval_is_below_nought(low: float, high: float, worse: bool) -> None:
    sides = {f"{side}_all_pairs": 0.6 for side in ("beside_in_force", "in_force")}
    metrics = {"compared_pairs": 9.0, "gain_all_pairs_low": low, "gain_all_pairs_high": high, **sides}
    made = Checkpoint(
        id="b", kind="scorer", base="e", method="m", data_hash="d", metrics=metrics, settings={"compared_with": "a"}
    )
    assert bool(objection(made, "a")) is worse
    assert "was not held against c" in objection(made, "c")


def test_a_writer_is_no_scorer(tmp_path: Path) -> None:
    meta.write(Checkpoint(id="w", kind="writer", base="b", method="m", data_hash="d"), tmp_path / "w")
    with pytest.raises(InputError, match="is no scorer"):
        promote(tmp_path / "w", tmp_path)


def test_fingerprints_come_back_and_damage_is_named(tmp_path: Path) -> None:
    assert seen.read(tmp_path) is None
    seen.write(["One  text", "one TEXT", "\ud800 half"], tmp_path)
    assert seen.read(tmp_path) == frozenset(map(seen.fingerprint, ["one text", "\ud800 half"]))
    (tmp_path / seen.FILE).write_bytes(b"no")
    with pytest.raises(ModelError, match=r"seen\.safetensors: cannot be read"):
        seen.read(tmp_path)
