"""One checkpoint beside another: samples and card from its README, metrics with their intervals."""

from pathlib import Path

from store.checkpoint import Checkpoint
from store.settings import Settings, WriterSettings
from tests.training.test_kept import adapter
from training import standing, writer_card
from ui.page import render
from ui.sides import Side, beside, first_two, sides


def found(workspace: Path) -> dict[str, Side]:
    return sides(Settings(workspace=workspace, writer=WriterSettings(model="medium")))


def test_what_is_shipped_can_be_looked_at(tmp_path: Path) -> None:
    side = sides(Settings(workspace=tmp_path))["writer-f10568bd@default"]
    assert side.samples
    assert "What it writes" not in side.card
    assert "loss.png" not in side.card
    assert "## Limits" in side.card
    assert side.pictures[0][1].startswith("data:image/png;base64,")
    assert side.objection == ""


def test_a_card_without_samples_is_whole(tmp_path: Path) -> None:
    folder = adapter(tmp_path / "checkpoints" / "writers" / "writer-1", "writer-1")
    made = Checkpoint(id="writer-1", kind="writer", base="medium", method="LoRA", data_hash="d")
    (folder / "README.md").write_text(writer_card.text(made), encoding="utf-8")
    side = found(tmp_path)["writer-1@writer-1"]
    assert side.samples == []
    assert side.card.count("## ") == writer_card.text(made).count("\n## ") - 1
    (folder / "README.md").unlink()
    assert found(tmp_path)["writer-1@writer-1"].card == ""


def test_the_objection_is_the_verdicts_and_other_kinds_say_how(tmp_path: Path) -> None:
    standing.promote(adapter(tmp_path / "checkpoints" / "writers" / "writer-1", "writer-1"), tmp_path)
    adapter(tmp_path / "checkpoints" / "writers" / "writer-2", "writer-2")
    assert "no held-out metric" in found(tmp_path)["writer-2@writer-2"].objection
    assert found(tmp_path)["writer-1@medium"].objection == ""
    assert first_two(list(found(tmp_path).values()))[0] == "writer-1@medium"


def test_metrics_stand_beside_each_other_with_what_they_are_sure_of() -> None:
    left, right = {"a": 0.5, "a_low": 0.4, "a_high": 0.6, "b": 1.0, "b_sd": 0.25}, {"a": 0.25, "low": 3.0}
    assert beside(left, right) == [("a", "0.5 (0.4 to 0.6)", "0.25"), ("b", "1 ± 0.25", ""), ("low", "", "3")]


def test_no_template_syntax_is_left_of_what_a_card_says(tmp_path: Path) -> None:
    side = sides(Settings(workspace=tmp_path))["writer-f10568bd@default"]
    assert not set("{}$`") & set(render("models", sides=[side], metrics=[("a", "{{1}}", "")]))
