"""`evaluate` and `models promote` as typed, with the fakes."""

import json
import shutil
from collections.abc import Generator, Sequence
from pathlib import Path

import pytest

from inference import scorers
from inference.encoder import FakeEncoder
from inference.writer import Draft, FakeWriter
from store import checkpoint as meta
from store.checkpoint import Checkpoint
from store.prompt import Prompt
from store.variant import Sampling
from tests.training.test_scorer import results as of_news
from tests.ui.test_cli import refused, run
from training import corpus
from training.scorer import train

SMALL = ("--brands", "2", "--places", "1", "--n", "2", "--overgenerate", "2")
ROWS = corpus.rows


@pytest.fixture(autouse=True)
def _few_rows_to_learn_from(monkeypatch: pytest.MonkeyPatch) -> None:
    every = ROWS("train")[::60]
    monkeypatch.setattr(corpus, "rows", lambda split: every if split == "train" else ROWS(split))


def adapter(folder: Path, name: str, **metrics: float) -> Path:
    made = Checkpoint(id=name, kind="writer", base="medium", method="LoRA", data_hash="d", metrics=metrics)
    meta.write(made, folder)
    (folder / "adapter_model.safetensors").write_bytes(name.encode())
    return folder


@pytest.mark.parametrize("verb", ["evaluate writer", "evaluate samples", "evaluate scorer", "models promote"])
def test_each_verb_has_help(verb: str) -> None:
    assert f"Usage: glasbruk {verb}" in run(*verb.split(), "--help").stdout


def test_figures_are_printed_and_written_flat(tmp_path: Path) -> None:
    out, sheet = tmp_path / "figures.json", tmp_path / "shown.md"
    result = run("evaluate", "writer", *SMALL, "--json", out, "--samples", sheet, "--workspace", tmp_path)
    figures = json.loads(out.read_text("utf-8"))
    assert all(isinstance(value, float) for value in figures.values())
    assert figures["written"] == 8
    assert {"shown_no_blocking", "shown_no_blocking_low", "segment_ceiling", "opening_share_max"} <= figures.keys()
    assert "shown_no_blocking" in result.stdout
    assert "8 of 8 written" in result.stderr
    assert sheet.read_text("utf-8").startswith("# What was shown")
    assert "2 of 2 places were written before" in run("evaluate", "writer", *SMALL, "--workspace", tmp_path).stderr


def test_it_is_stopped_with_a_word_and_goes_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    whole = FakeWriter.write

    def stopped(
        self: FakeWriter, prompts: Sequence[Prompt], seeds: Sequence[int], sampling: Sampling
    ) -> Generator[Draft]:
        if (tmp_path / "evaluations").exists():
            raise KeyboardInterrupt
        yield from whole(self, prompts, seeds, sampling)

    with monkeypatch.context() as patch:
        patch.setattr(FakeWriter, "write", stopped)
        result = run("evaluate", "writer", *SMALL, "--workspace", tmp_path, ok=False)
    assert result.exit_code == 130
    assert "the same command goes on" in result.stderr
    assert "1 of 2 places were written before" in run("evaluate", "writer", *SMALL, "--workspace", tmp_path).stderr


def test_files_that_cannot_be_written_are_said_before_anything_is_done(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("inference.load.parts", lambda *_: pytest.fail("the models were loaded"))
    for words in (("--json", tmp_path), ("--samples", tmp_path / "no" / "x.md"), ("--adapter", "none", "--keep")):
        assert "--keep" in (line := refused("evaluate", "writer", *words)) or "cannot be written" in line
    assert "cannot be written" in refused("evaluate", "samples", "--a", "fake", "--b", "fake", "--out", tmp_path)
    assert "meta.json" in refused("evaluate", "writer", "--adapter", tmp_path)


def test_numbers_can_be_kept_with_the_adapter(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = adapter(tmp_path / "run", "writer-1", held_out_loss=2.0)
    words = ("--adapter", folder, "--writer", "fake", "--keep", "--workspace", tmp_path)
    run("evaluate", "writer", *SMALL, *words)
    kept = meta.read(folder).metrics
    assert kept["held_out_loss"] == 2.0
    assert kept["written"] == 8


def test_two_writers_are_laid_side_by_side(tmp_path: Path) -> None:
    out = tmp_path / "samples.md"
    words = ("--count", "5", "--n", "2", "--overgenerate", "1", "--out", out, "--workspace", tmp_path)
    result = run("evaluate", "samples", "--a", "fake", "--b", "fake", *words)
    assert "5 places" in result.stdout
    assert out.read_text("utf-8").count("\n## ") == 6  # and the key


def test_a_writer_is_promoted_unless_it_is_worse(tmp_path: Path) -> None:
    old, new = (
        adapter(tmp_path / "a", "writer-1", segment_told=0.6),
        adapter(tmp_path / "b", "writer-2", segment_told=0.5),
    )
    first = json.loads(run("models", "promote", old, "--json", "--workspace", tmp_path).stdout)
    assert meta.read(Path(first["folder"])).id == "writer-1"
    assert "segment_told 0.5, was 0.6" in refused("models", "promote", new, "--workspace", tmp_path)
    run("models", "promote", new, "--because", "a new voice", "--workspace", tmp_path)
    assert meta.read(Path(first["folder"])).id == "writer-2"


@pytest.fixture
def _a_small_scorer_is_shipped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Trained with the fake encoder, which is then every verb's."""
    train(of_news(80, 1), tmp_path / "shipped", encoder=FakeEncoder(), splits=1)
    monkeypatch.setattr(scorers, "SHIPPED", tmp_path / "shipped")
    monkeypatch.setattr("inference.encoder.LocalEncoder", FakeEncoder)


@pytest.mark.usefixtures("_a_small_scorer_is_shipped")
def test_a_scorer_is_measured_by_month_and_promoted_by_the_same_verb(tmp_path: Path) -> None:
    new = tmp_path / "new.jsonl"
    started = ("2026-10-05T08:00:00Z", "2026-11-10T08:00:00Z")
    rows = [
        {"test_id": g.test, "variant_id": str(i), "text": g.texts[i], "impressions": 9_000}
        | {"clicks": g.clicks[i], "started_at": started[number % 2]}
        for number, g in enumerate(of_news(30, 4).groups)
        for i in range(3)
    ]
    new.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    run("import", "results", new, "--workspace", tmp_path)
    out = tmp_path / "drift.json"
    result = run("evaluate", "scorer", "--by", "month", "--json", out, "--workspace", tmp_path)
    assert "2026-10" in result.stdout
    assert "has seen 0 of 30 groups" in result.stderr
    figures = json.loads(out.read_text("utf-8"))
    assert figures["2026-11_tests"] == 15
    assert figures["2026-10_all_pairs_low"] <= figures["2026-10_all_pairs"] <= figures["2026-10_all_pairs_high"]
    yearly = run("evaluate", "scorer", new, "--by", "year", "--examples", "2", "--json", out, "--workspace", tmp_path)
    assert yearly.stdout.count("2026") == 1
    assert "\nwins\n" in yearly.stdout
    assert "\n    + " in yearly.stdout
    assert json.loads(out.read_text("utf-8"))["deletion_texts"] > 0

    folder = tmp_path / "other"
    shutil.copytree(scorers.SHIPPED, folder)
    meta.write(meta.read(folder).model_copy(update={"id": "scorer-other"}), folder)
    assert "was not held against scorer-" in refused("models", "promote", folder, "--workspace", tmp_path)
    run("models", "promote", folder, "--because", "a test", "--workspace", tmp_path)
    assert meta.read(scorers.in_force(tmp_path)).id == "scorer-other"
