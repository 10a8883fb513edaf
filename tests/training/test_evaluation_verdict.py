"""Promotion: what is worse is refused, what is not is put in force, and nothing is lost."""

from pathlib import Path

import pytest

from inference import adapters
from inference.adapters import in_force, place
from store import checkpoint as meta
from store.checkpoint import Checkpoint
from store.errors import InputError, ModelError
from training.evaluation_verdict import HIGHER, LOWER, compare, keep_metrics, promote

OLD = {"shown_no_blocking": 0.97, "shown_no_blocking_low": 0.95, "shown_no_blocking_high": 0.99}
SAME = {"sites": 7.0, "n": 8.0, "overgenerate": 4.0}


@pytest.fixture(autouse=True)
def _nothing_is_shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapters, "SHIPPED", tmp_path / "shipped")


def adapter(folder: Path, name: str = "writer-1", **metrics: float) -> Path:
    folder.mkdir(parents=True)
    made = Checkpoint(id=name, kind="writer", base="small", method="LoRA", data_hash="d", metrics=metrics)
    meta.write(made, folder)
    (folder / "adapter_model.safetensors").write_bytes(name.encode())
    (folder / "README.md").write_text("card", encoding="utf-8")
    (folder / "training_args.bin").write_bytes(b"a pickle")
    (folder / "checkpoint-9").mkdir()
    return folder


def test_inside_the_interval_is_not_worse_and_outside_it_is() -> None:
    assert compare({"shown_no_blocking": 0.95}, OLD).objection == ""
    objection = compare({"shown_no_blocking": 0.94}, OLD).objection
    assert "shown_no_blocking 0.94, was 0.97 (0.95 to 0.99)" in objection


def test_without_an_interval_any_less_is_worse() -> None:
    assert compare({"loss_below_base": 0.399}, {"loss_below_base": 0.4}).worse
    assert not compare({"loss_below_base": 0.4}, {"loss_below_base": 0.4}).worse


def test_less_similarity_is_better() -> None:
    old = {"similarity": 0.4, "similarity_low": 0.38, "similarity_high": 0.42}
    assert compare({"similarity": 0.43}, old).worse
    assert not compare({"similarity": 0.2}, old).worse


def test_one_metric_that_is_worse_is_enough() -> None:
    old = dict.fromkeys([*HIGHER, *LOWER], 0.5)
    assert not compare(old, old).objection
    for name in HIGHER:
        assert len(compare({**old, name: 0.4}, old).worse) == 1
    for name in LOWER:
        assert len(compare({**old, name: 0.6}, old).worse) == 1


def test_evaluations_of_other_places_are_not_compared() -> None:
    assert "other sites, n" in compare({**OLD, **SAME}, {**OLD, **SAME, "sites": 8.0, "n": 4.0}).objection
    assert "no held-out metric" in compare({}, OLD).objection


def test_the_first_writer_of_a_base_is_put_in_force_without_what_could_run_code(tmp_path: Path) -> None:
    folder = adapter(tmp_path / "run")
    target = promote(folder, tmp_path / "workspace")
    assert target == place("small", tmp_path / "workspace") == in_force("small", tmp_path / "workspace")
    assert {file.name for file in target.iterdir()} == {"meta.json", "README.md", "adapter_model.safetensors"}
    assert meta.read(target).settings == {"promoted_over": None, "promoted_because": ""}


def test_what_is_worse_is_refused_and_nothing_moves(tmp_path: Path) -> None:
    promote(adapter(tmp_path / "old", "writer-1", **OLD), tmp_path)
    worse = adapter(tmp_path / "new", "writer-2", shown_no_blocking=0.9)
    with pytest.raises(InputError, match=r"new: is worse .*shown_no_blocking 0.9.*--because"):
        promote(worse, tmp_path)
    assert meta.read(place("small", tmp_path)).id == "writer-1"


def test_what_is_worse_is_promoted_for_a_reason_that_is_kept(tmp_path: Path) -> None:
    promote(adapter(tmp_path / "old", "writer-1", **OLD), tmp_path)
    target = promote(adapter(tmp_path / "new", "writer-2", shown_no_blocking=0.9), tmp_path, "the house voice")
    assert meta.read(target).settings == {"promoted_over": "writer-1", "promoted_because": "the house voice"}
    assert (target / "adapter_model.safetensors").read_bytes() == b"writer-2"
    assert meta.read(target.with_name("small.previous")).id == "writer-1"


def test_the_shipped_writer_is_in_force_until_another_is_promoted(tmp_path: Path) -> None:
    adapter(tmp_path / "shipped" / "small", "writer-0", **OLD)
    assert in_force("small", tmp_path / "w") == tmp_path / "shipped" / "small"
    with pytest.raises(InputError, match="no held-out metric"):
        promote(adapter(tmp_path / "new"), tmp_path / "w")
    promote(adapter(tmp_path / "better", "writer-2", shown_no_blocking=0.98), tmp_path / "w")
    assert in_force("small", tmp_path / "w") == place("small", tmp_path / "w")
    assert meta.read(tmp_path / "shipped" / "small").id == "writer-0"


def test_each_base_has_its_own_place_inside_the_workspace(tmp_path: Path) -> None:
    for base in ("owner/name", "../up", "/etc", "..", ""):
        assert place(base, tmp_path).parent == tmp_path / "checkpoints" / "writer"
    assert place("owner/name", tmp_path).name == "owner--name"


def test_what_is_no_adapter_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"meta\.json"):
        promote(tmp_path, tmp_path)
    whole = adapter(tmp_path / "whole")
    (whole / "adapter_model.safetensors").unlink()
    with pytest.raises(InputError, match="no writer's adapter"):
        promote(whole, tmp_path)
    target = promote(adapter(tmp_path / "run"), tmp_path)
    with pytest.raises(InputError, match="in force already"):
        promote(target, tmp_path)


def test_numbers_are_added_to_a_checkpoint_s_own(tmp_path: Path) -> None:
    folder = adapter(tmp_path / "run", held_out_loss=2.0)
    keep_metrics(folder, {"shown_no_blocking": 0.9})
    assert meta.read(folder).metrics == {"held_out_loss": 2.0, "shown_no_blocking": 0.9}
