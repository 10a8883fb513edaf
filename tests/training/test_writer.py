"""Training a writer: it learns, goes on where it was killed, and leaves a checkpoint that loads."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from transformers import Trainer

from inference.local_writer import load
from prompts.render import format_hash
from store import checkpoint as meta
from store.errors import InputError, ModelError
from store.settings import WriterSettings
from tests.training import tiny
from training import examples, writer
from training.evaluation_draw import Plan
from training.evaluation_loss import losses
from training.recipe import Recipe
from training.sources import Gathered
from training.writer_card import SAMPLES

pytestmark = pytest.mark.slow
Teach = Callable[..., Path]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.model(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def data() -> Gathered:
    learn = examples.some(examples.of_corpus("train", ["en"]), 24, seed=0)
    return Gathered(learn, examples.some(examples.of_corpus("validation", ["en"]), 8, seed=0), {})


@pytest.fixture
def teach(base: Path, data: Gathered, tmp_path: Path) -> Teach:
    def run(name: str = "runs", gathered: Gathered = data, **changes: object) -> Path:
        recipe = Recipe.model_validate({"base": str(base), "rank": 4, "learning_rate": 0.02, "epochs": 2, **changes})
        _, folder = writer.train(recipe, gathered, tmp_path / name, tmp_path, lambda _: None)
        return folder

    return run


def weights(folder: Path) -> dict[str, torch.Tensor]:
    found: dict[str, torch.Tensor] = load_file(folder / "adapter_model.safetensors")
    return found


def test_it_learns_and_leaves_a_checkpoint_that_loads(teach: Teach, base: Path, tmp_path: Path) -> None:
    folder = teach()
    checkpoint = meta.read(folder)
    assert checkpoint.metrics["held_out_loss"] < checkpoint.metrics["held_out_loss_base"] - 0.02
    assert checkpoint.prompt_format == format_hash(shots=False)
    card = (folder / "README.md").read_text("utf-8")
    assert checkpoint.id in card
    assert card.count(", to say ") == SAMPLES
    assert (folder / "loss.png").read_bytes().startswith(b"\x89PNG")
    assert list(folder.glob("**/events.out.tfevents*"))
    found = losses(folder, Plan(split="validation", language="en"), tmp_path, lambda _: None)
    assert found["loss_below_base"] == pytest.approx(1 - found["held_out_loss"] / found["held_out_loss_base"], abs=1e-3)
    assert found["loss_below_base"] > 0.001
    loaded = load(WriterSettings(model=str(base), adapter=folder), tmp_path)
    assert (loaded.checkpoint, loaded.shots) == (checkpoint.id, False)


def test_killed_and_started_again_it_ends_as_if_it_had_never_stopped(
    teach: Teach, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = teach("whole")
    step = Trainer.training_step
    taken = 0

    def stops_at_four(self: Trainer, *args: object, **kwargs: object) -> torch.Tensor:
        nonlocal taken
        taken += 1
        if taken == 4:
            raise KeyboardInterrupt
        loss: torch.Tensor = step(self, *args, **kwargs)
        return loss

    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "training_step", stops_at_four)
        with pytest.raises(KeyboardInterrupt):
            teach("killed")
    again = teach("killed")
    assert taken == 4
    assert again.name == whole.name
    for name, tensor in weights(whole).items():
        torch.testing.assert_close(weights(again)[name], tensor, rtol=0, atol=0, msg=name)


def test_it_goes_on_from_an_adapter_and_names_it(teach: Teach, tmp_path: Path) -> None:
    first = teach(epochs=1)
    second = teach(epochs=1, parent=str(first))
    assert meta.read(second).parent == meta.read(first).id
    before, after = (meta.read(folder).metrics["held_out_loss"] for folder in (first, second))
    assert after < before
    (first / "meta.json").unlink()
    with pytest.raises(ModelError, match=r"meta\.json"):
        teach("other", parent=str(first))


def test_it_is_kept_without_asking_the_hub_for_its_base(
    teach: Teach, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    monkeypatch.setattr("peft.utils.other.file_exists", lambda *place, **_: asked.append(place))
    monkeypatch.setattr(writer, "locate", lambda *_: str(base))
    assert meta.read(teach(base="small")).base == "small"
    assert not asked


def test_a_run_that_is_done_is_not_done_again(teach: Teach, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = teach()
    monkeypatch.setattr(Trainer, "train", lambda *_, **__: pytest.fail("trained again"))
    assert teach() == folder


def test_other_data_or_another_recipe_is_another_checkpoint(teach: Teach, data: Gathered) -> None:
    less = data._replace(learn=data.learn[1:])
    folders = [teach(epochs=0.2), teach(epochs=0.2, seed=1), teach(epochs=0.2, gathered=less)]
    assert len(set(folders)) == 3
    hashes = [meta.read(folder).data_hash for folder in folders]
    assert hashes[0] == hashes[1] != hashes[2]


def test_full_weights_train_too(teach: Teach, tmp_path: Path) -> None:
    folder = teach(weights="full", epochs=0.5, learning_rate=0.001)
    assert (folder / "model.safetensors").exists()
    assert meta.read(folder).method == "Full fine-tuning"


def test_nothing_to_learn_from_is_said(teach: Teach) -> None:
    with pytest.raises(InputError, match="has no example"):
        teach(gathered=Gathered([], [], {}))


def test_two_processes_learn_as_one(base: Path, tmp_path: Path) -> None:
    """`accelerate launch` on two CPU processes: one checkpoint, with the loss of both."""
    command = [
        *(sys.executable, "-m", "accelerate.commands.launch", "--cpu", "--num_processes", "2", "--num_machines", "1"),
        *("--mixed_precision", "no", "--dynamo_backend", "no"),
        *(str(Path(sys.executable).parent / "glasbruk"), "--workspace", str(tmp_path / "w"), "train", "writer"),
        *("--base", str(base), "--data", "corpus", "--examples", "24", "--language", "en", "--rank", "4"),
        *("--held-out", "8", "--learning-rate", "0.02", "--json"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, timeout=600)
    assert done.returncode == 0, done.stderr[-2_000:]
    (folder,) = (tmp_path / "w" / "checkpoints" / "writers").iterdir()
    said = json.loads(done.stdout)  # once, though there were two
    assert said["checkpoint"]["id"] == meta.read(folder).id
    assert meta.read(folder).metrics["held_out_loss"] < meta.read(folder).metrics["held_out_loss_base"]
