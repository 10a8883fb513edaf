"""Which checkpoints there are here, and which of them are in force."""

import shutil
from pathlib import Path

from inference import scorers
from store import checkpoint as meta
from store.checkpoint import Checkpoint
from store.settings import ScorerSettings, Settings, WriterSettings
from training import evaluation_verdict
from training.kept import by_id, kept


def adapter(folder: Path, name: str) -> Path:
    meta.write(Checkpoint(id=name, kind="writer", base="medium", method="LoRA", data_hash=name), folder)
    (folder / "adapter_model.safetensors").write_bytes(name.encode())
    return folder


def standing(settings: Settings) -> dict[tuple[str, str], str]:
    return {(one.checkpoint.kind, one.folder.name): one.standing for one in kept(settings)}


def test_what_is_shipped_is_in_force_where_nothing_else_is(tmp_path: Path) -> None:
    found = standing(Settings(workspace=tmp_path))
    assert found.pop(("writer", "small")) == "shipped"  # for another base
    assert set(found) == {("angles", "angles"), ("approval", "approval"), ("scorer", "scorer"), ("writer", "default")}
    assert set(found.values()) == {"in force"}


def test_a_promoted_writer_is_in_force_and_the_one_before_is_kept(tmp_path: Path) -> None:
    settings = Settings(workspace=tmp_path, writer=WriterSettings(model="medium"))
    for name in ("writer-1", "writer-2"):
        folder = adapter(tmp_path / "checkpoints" / "writers" / name, name)
        evaluation_verdict.promote(folder, tmp_path, "because")
    (tmp_path / "checkpoints" / "writers" / "writer-2" / "checkpoint-7").mkdir()  # a save of the run
    (tmp_path / "checkpoints" / "broken").mkdir()
    (tmp_path / "checkpoints" / "broken" / "meta.json").write_text("{", encoding="utf-8")
    found = {folder: where for (kind, folder), where in standing(settings).items() if kind == "writer"}
    assert found == {
        "medium": "in force", "medium.previous": "before", "writer-1": "trained", "writer-2": "trained",
        "default": "shipped", "small": "shipped",
    }  # fmt: skip
    assert by_id(settings)["writer-2"].settings["promoted_over"] == "writer-1"


def test_what_a_setting_names_is_in_force_wherever_it_lies(tmp_path: Path) -> None:
    shutil.copytree(scorers.SHIPPED, tmp_path / "elsewhere")
    settings = Settings(workspace=tmp_path / "w", scorer=ScorerSettings(checkpoint=tmp_path / "elsewhere"))
    found = standing(settings)
    assert (found["scorer", "elsewhere"], found["scorer", "scorer"]) == ("in force", "shipped")
    (one,) = [one for one in kept(settings) if one.folder.name == "elsewhere"]
    assert one.card.startswith("# scorer-")
    assert [path.name for path in one.pictures] == ["reliability.png"]
