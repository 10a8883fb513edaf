"""The doctor: what it finds broken, what it says is in force, and that nothing it looks at can stop it."""

import json
import socket
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file
from typer.testing import CliRunner

from inference import weights
from store.database import open_database
from store.settings import ScorerSettings, ServeSettings, Settings, WriterSettings
from ui import checkups, doctor, embedded, machine
from ui.checkups import Check
from ui.cli import app

FAKE = {"writer": WriterSettings(kind="fake"), "scorer": ScorerSettings(kind="fake")}


def settings(folder: Path, **changes: object) -> Settings:
    """Settings with the fakes, a workspace of their own and any free port."""
    return Settings.model_validate({"workspace": folder / "w", "serve": ServeSettings(port=0), **FAKE, **changes})


def found(name: str, of: Settings) -> Check:
    """What the doctor says of one thing."""
    (check,) = [check for check in doctor.examine(of) if check.name == name]
    return check


def test_everything_is_well_on_a_fresh_machine_and_nothing_is_made(tmp_path: Path) -> None:
    checks = doctor.examine(settings(tmp_path))
    assert [check for check in checks if check.state == "broken"] == []
    assert {"python", "packages", "writer", "scorer", "database", "workspace", "disk", "cache", "port"} <= {
        c.name for c in checks
    }
    assert list(tmp_path.iterdir()) == []


def test_a_missing_package_is_broken_and_another_version_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkups, "PINS", tmp_path / "constraints.txt")
    (tmp_path / "constraints.txt").write_text("typer==0.0.1\nnot-installed==1\n# a comment\n", encoding="utf-8")
    told = found("packages", settings(tmp_path))
    assert told.state == "note"
    assert "typer" in told.detail
    assert "pinned 0.0.1" in told.detail
    assert "not-installed" not in told.detail
    (tmp_path / "constraints.txt").write_text("torch==2.13.0\n", encoding="utf-8")
    monkeypatch.setattr("importlib.metadata.version", lambda _: "2.13.0+cpu")
    assert found("packages", settings(tmp_path)).state == "ok"
    monkeypatch.setattr(checkups, "_installed", lambda name: None if name == "typer" else "1")
    assert found("packages", settings(tmp_path)) == Check(
        "packages", "broken", "not installed: typer", "run `make setup`"
    )


def test_a_model_whose_packages_are_missing_is_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = replace(weights.EMBEDDED["small"], packages=("no_such_package",))
    monkeypatch.setitem(weights.EMBEDDED, "small", gone)
    told = found("writer", settings(tmp_path, cache=tmp_path, writer=WriterSettings(model="small")))
    assert told.state == "broken"
    assert "no-such-package is not installed" in told.detail


def test_a_model_is_installed_then_ready_then_damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    piece = tmp_path / "part1.bin"
    piece.write_bytes(b"x" * 10)
    monkeypatch.setattr(weights, "pieces", lambda _: [piece])
    monkeypatch.setitem(weights.EMBEDDED, "small", replace(weights.EMBEDDED["small"], size=10))
    of = settings(tmp_path, cache=tmp_path / "cache", writer=WriterSettings(model="small"))
    assert found("writer", of).state == "ok"
    assert embedded.models(of)[2]["state"] == "installed"

    folder = tmp_path / "cache" / "models" / weights.EMBEDDED["small"].folder
    folder.mkdir(parents=True)
    save_file({"one": np.zeros(1)}, folder / "model.safetensors")
    size = (folder / "model.safetensors").stat().st_size
    (folder / weights.MANIFEST).write_text(f'{{"model.safetensors": {size}}}', encoding="utf-8")
    assert embedded.models(of)[2]["state"] == "ready"
    (folder / "model.safetensors").write_bytes(b"x" * (size - 1))
    told = found("writer", of)
    assert told.state == "broken"
    assert str(folder) in told.detail

    (folder / weights.MANIFEST).unlink()
    piece.write_bytes(b"x" * 9)
    told = found("writer", of)
    assert told.state == "broken"
    assert "9 of 10 bytes" in told.detail


def test_a_writer_in_a_folder_needs_its_files(tmp_path: Path) -> None:
    writer = WriterSettings(model=str(tmp_path), adapter=tmp_path)
    assert found("writer", settings(tmp_path, writer=writer)).state == "broken"
    assert found("adapter", settings(tmp_path, writer=writer)).state == "broken"
    for name in ("config.json", "adapter_config.json"):
        (tmp_path / name).write_text("{}", encoding="utf-8")
    assert found("writer", settings(tmp_path, writer=writer)).state == "ok"
    assert found("adapter", settings(tmp_path, writer=writer)).state == "ok"


@pytest.mark.slow
def test_the_shipped_scorer_and_its_encoder_load(tmp_path: Path) -> None:
    of = settings(tmp_path, scorer=ScorerSettings())
    assert found("encoder", of).state == found("scorer", of).state == "ok"


@pytest.mark.slow
def test_a_scorer_that_is_not_there_is_broken(tmp_path: Path) -> None:
    told = found("scorer", settings(tmp_path, scorer=ScorerSettings(checkpoint=tmp_path / "none")))
    assert told.state == "broken"
    assert str(tmp_path / "none") in told.detail


def test_the_database_is_looked_at_and_not_changed(tmp_path: Path) -> None:
    of = settings(tmp_path)
    open_database(of).close()
    assert "at revision" in found("database", of).detail
    path = tmp_path / "w" / "glasbruk.db"
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    told = found("database", of)
    assert told.state == "broken"
    assert "newer" in told.detail
    for rest in path.parent.glob("glasbruk.db-*"):
        rest.unlink()
    path.write_bytes(b"not a database at all, and long enough to be sure of it" * 50)
    told = found("database", of)
    assert told.state == "broken"
    assert "is not a database" in told.detail


def test_an_empty_database_is_brought_up_later(tmp_path: Path) -> None:
    of = settings(tmp_path)
    (tmp_path / "w").mkdir()
    sqlite3.connect(tmp_path / "w" / "glasbruk.db").execute("VACUUM").close()
    told = found("database", of)
    assert told.state == "ok"
    assert "on first use" in told.detail


def test_a_workspace_that_is_a_file_and_a_full_disk_are_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "w").write_text("x", encoding="utf-8")
    assert found("workspace", settings(tmp_path)).state == "broken"
    monkeypatch.setattr(checkups, "ROOM", 10**18)
    told = found("disk", settings(tmp_path / "other"))
    assert told.state == "broken"
    assert "needed" in told.detail


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A port on which something listens that is not ours."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other


def test_a_port_in_use_is_broken_unless_the_desk_runs_there(
    listener: socket.socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = settings(tmp_path, serve=ServeSettings(port=listener.getsockname()[1]))
    monkeypatch.setattr(machine, "PATIENCE", 0.1)
    told = found("port", of)
    assert told.state == "broken"
    assert "serve.port" in told.remedy
    monkeypatch.setattr(machine, "healthy", lambda *_: True)
    assert found("port", of).state == "ok"


def test_listening_beyond_this_machine_is_told(tmp_path: Path) -> None:
    assert found("reach", settings(tmp_path, serve=ServeSettings(host="0.0.0.0", port=0))).state == "note"


def test_a_check_that_fails_itself_does_not_stop_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def odd(_: Settings) -> Iterator[Check]:
        raise RuntimeError("first line\nsecond line")

    monkeypatch.setattr(doctor, "CHECKS", (odd, checkups.python))
    first, second = doctor.examine(settings(tmp_path))
    assert (first.name, first.state, first.detail) == ("odd", "broken", "RuntimeError: first line")
    assert second.state == "ok"


def run(*words: str, **env: str) -> "tuple[int, str]":
    """The doctor's exit status and what it prints, with the fakes."""
    fakes = {"GLASBRUK_WRITER__KIND": "fake", "GLASBRUK_SCORER__KIND": "fake", "GLASBRUK_SERVE__PORT": "0"}
    result = CliRunner(env={**fakes, **env}).invoke(app, ["doctor", *words])
    return result.exit_code, result.stdout


def test_the_command_tells_each_settings_origin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "glasbruk.toml").write_text('reviewer = "[red]Åsa[/red]"\nworkspace = "a"\n', encoding="utf-8")
    status, text = run("--json", "--workspace", str(tmp_path / "b"))
    told = json.loads(text)
    force = {row["name"]: (row["value"], row["origin"]) for row in told["settings"]}
    assert (status, told["ok"]) == (0, True)
    assert force["reviewer"] == ("[red]Åsa[/red]", "glasbruk.toml")
    assert force["writer.kind"] == ("fake", "GLASBRUK_WRITER__KIND")
    assert force["workspace"] == (str(tmp_path / "b"), "flag")
    assert force["writer.top_k"][1] == "default"
    status, text = run()
    assert status == 0
    assert "[red]Åsa[/red]" in text
    assert "everything that is needed works" in text


def test_the_command_ends_with_1_when_something_is_broken(tmp_path: Path) -> None:
    path = tmp_path / "glasbruk.db"
    path.write_bytes(b"no database" * 500)
    status, text = run("--workspace", str(tmp_path))
    assert status == 1
    assert "broken: database" in text
    status, text = run("--workspace", str(tmp_path), "--json")
    assert (status, json.loads(text)["ok"]) == (1, False)


@pytest.mark.parametrize(
    "url",
    ["postgresql://ada:s3cret@127.0.0.1:1/x", "postgresql://ada@127.0.0.1:1/x?password=s3cret", "odd://a:s3cret@h/x"],
)
def test_no_password_is_ever_printed(tmp_path: Path, url: str) -> None:
    status, text = run("--workspace", str(tmp_path), "--database-url", url)
    assert status == 1
    assert "s3cret" not in text.replace("\n", "")


def test_the_machine_is_read_or_said_to_be_unreadable(monkeypatch: pytest.MonkeyPatch) -> None:
    files = {
        "/proc/meminfo": "MemTotal: 9 kB\nMemAvailable:    2048 kB\n",
        "/sys/fs/cgroup/memory.max": "1024\n",
    }
    monkeypatch.setattr(machine, "_read", lambda path: files.get(path, ""))
    assert machine.memory() == 1024
    files["/sys/fs/cgroup/memory.max"] = "max\n"
    assert machine.memory() == 2048 * 1024
    files.clear()
    assert machine.memory() is None
