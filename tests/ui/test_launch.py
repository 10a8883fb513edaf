"""What the Models view starts is a command that the command line takes."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from store.settings import Settings
from ui import launch
from ui.cli import app


def typed(kind: str, epochs: float = 0.5) -> list[str]:
    """What is typed after the program's own name."""
    return launch.words(kind, base="small", seed=7, epochs=epochs, examples=40)[len(launch.PROGRAM) :]


def test_a_writer_has_its_recipe_and_others_do_not() -> None:
    (writer, *_), scorer = launch.KINDS, list(launch.KINDS)[2]
    assert typed(writer) == [
        "train", "writer", "--method", "sft", "--seed", "7", "--base", "small", "--epochs", "0.5", "--examples", "40"
    ]  # fmt: skip
    assert "--epochs" not in typed(writer, 0)
    assert typed(scorer) == ["train", "scorer", "--seed", "7"]


@pytest.mark.parametrize("kind", launch.KINDS)
def test_every_kind_is_understood_by_the_command(kind: str) -> None:
    words = launch.words(kind, base="small", seed=0, epochs=1, examples=2)[len(launch.PROGRAM) :]
    assert CliRunner().invoke(app, [*words, "--help"]).exit_code == 0


def test_the_command_works_where_the_desk_does_and_names_no_password(tmp_path: Path) -> None:
    settings = Settings(workspace=tmp_path, database_url="postgresql://a:secret@b/c")
    found = launch.environment(settings)
    assert found["GLASBRUK_WORKSPACE"] == str(tmp_path)
    assert found["GLASBRUK_DATABASE_URL"] == settings.database_url
    assert "secret" not in " ".join(launch.words(next(iter(launch.KINDS)), base="small", seed=0, epochs=0, examples=0))
