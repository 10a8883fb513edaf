"""The README tells the truth: its commands run, they print what it shows, and its tree is the tree.

Blocks fenced as `console` hold `$ command` lines, each followed by the output it prints (`...` stands for what is left
out); blocks fenced as `bash` hold commands only. A block runs unless the line before its fence is a comment of the form
`<!-- not run: reason -->`. The tree is the `text` block whose first line is `glasbruk/`.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from store.settings import FILE, PREFIX, load, names

ROOT = Path(__file__).parent.parent
FLOORS = ("store", "prompts", "inference", "training", "ui")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NOT_RUN = re.compile(r"<!-- not run: \S.* -->\n\Z")
ENTRY = re.compile(r"^(?P<indent> *)(?P<name>[\w.-]+/?)(?: {2,}(?P<about>\S.*))?$")
PATIENCE = 120  # seconds that one command may take before it counts as stuck


@dataclass
class Command:
    """A command of the README, and the output it shows for it."""

    text: str
    shown: list[str] = field(default_factory=list)

    @property
    def first(self) -> str:
        """The first line shown that is not left out."""
        return next((line for line in self.shown if line.strip() not in {"", "..."}), "")


def readme() -> str:
    return (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(text: str) -> Iterator[tuple[str, str]]:
    """Language and content of each fenced block that is to be run."""
    for fence in FENCE.finditer(text):
        if fence[1] in {"console", "bash"} and not NOT_RUN.search(text[: fence.start()]):
            yield fence[1], fence[2]


def commands(language: str, content: str) -> list[Command]:
    """The commands of one block; a line that ends in a backslash goes on in the next."""
    found: list[Command] = []
    for line in content.replace("\\\n", " ").splitlines():
        if language == "console" and line.startswith("$ "):
            found.append(Command(line.removeprefix("$ ")))
        elif language == "bash" and line.strip() and not line.startswith("#"):
            found.append(Command(line))
        elif language == "console" and found:
            found[-1].shown.append(line)
    return found


def environment() -> dict[str, str]:
    """As a user's, with the fakes in place of the models and no settings of whoever runs the tests."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GLASBRUK_")}
    fakes = {"GLASBRUK_WRITER__KIND": "fake", "GLASBRUK_SCORER__KIND": "fake"}
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**inherited, **fakes, "PATH": programs, "COLUMNS": "120", "NO_COLOR": "1", "TERM": "dumb"}


def squeezed(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.slow
def test_every_command_runs_and_prints_what_is_shown(tmp_path: Path) -> None:
    to_run = [command for language, content in blocks(readme()) for command in commands(language, content)]
    assert to_run, "the README has no commands that can be run"
    for command in to_run:
        done = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", command.text],
            cwd=tmp_path,
            env=environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        printed = f"{done.stdout}\n{done.stderr}"
        assert done.returncode == 0, f"$ {command.text}\n{printed}"
        assert squeezed(command.first) in squeezed(printed), (
            f"$ {command.text}\nshows {command.first!r}, prints\n{printed}"
        )


def test_the_readme_shows_commands_with_their_output() -> None:
    consoles = [commands(language, content) for language, content in blocks(readme()) if language == "console"]
    assert any(command.first for block in consoles for command in block)


def tree() -> dict[Path, str]:
    """The paths of the README's tree, each with what is said of it."""
    drawn = next((fence[2] for fence in FENCE.finditer(readme()) if fence[2].startswith("glasbruk/\n")), "")
    found: dict[Path, str] = {}
    folders: list[str] = []
    for line in drawn.splitlines()[1:]:
        entry = ENTRY.match(line)
        assert entry, f"a line of the tree is not `name  what it is`: {line!r}"
        depth = len(entry["indent"]) // 2 - 1  # everything stands below `glasbruk/`
        folders[depth:] = [entry["name"].rstrip("/")]
        found[Path(*folders)] = entry["about"] or ""
    return found


def test_everything_in_the_tree_exists_and_is_described() -> None:
    assert tree()
    assert [str(path) for path in tree() if not (ROOT / path).exists()] == []
    assert [str(path) for path, about in tree().items() if not about] == []


@pytest.mark.parametrize("floor", FLOORS)
def test_the_tree_lists_every_file_and_folder_of_a_floor(floor: str) -> None:
    modules = [path for path in (ROOT / floor).glob("*.py") if path.name != "__init__.py"]
    folders = [path for path in (ROOT / floor).iterdir() if path.is_dir() and path.name != "__pycache__"]
    there = {path.relative_to(ROOT) for path in [*modules, *folders]}
    assert sorted(map(str, there - tree().keys())) == []


def test_the_settings_it_shows_are_settings(tmp_path: Path) -> None:
    shown = [fence[2] for fence in FENCE.finditer(readme()) if fence[1] == "toml"]
    for content in shown:
        (tmp_path / FILE).write_text(content, encoding="utf-8")
        load(folder=tmp_path, environ={})
    variables = set(re.findall(r"`(GLASBRUK_[A-Z_]+)", readme()))
    known = {f"{PREFIX}{name.replace('.', '__').upper()}" for name in names()}
    assert sorted(variables - known) == []


def test_blocks_marked_as_not_run_are_left_out_only_with_a_reason() -> None:
    block = "```console\n$ glasbruk demo\n```\n"
    assert list(blocks(f"Text.\n\n{block}"))
    assert list(blocks(f"<!-- not run: -->\n{block}"))
    assert not list(blocks(f"<!-- not run: it needs the large model -->\n{block}"))


def test_commands_are_told_from_their_output() -> None:
    first, second = commands("console", "$ one \\\n  more\n...\nshown\n\n$ two\n")
    assert (squeezed(first.text), first.first) == ("one more", "shown")
    assert (second.text, second.first) == ("two", "")
