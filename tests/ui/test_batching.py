"""Batches from the command: written, gone on with, helped with, listed and cancelled."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import Result

from prompts.briefs import examples
from store import jobs
from store.database import open_database
from store.job import Terms
from store.settings import Settings
from store.states import ItemState
from tests.ui.test_cli import FAKES, refused, run


def test_batch_writes_a_campaign_for_each_line(tmp_path: Path) -> None:
    brief = yaml.safe_load(next(iter(examples().values())).read_text("utf-8"))
    lines = [json.dumps(brief | {"name": name}) for name in ("One", "Two")] + ["{}"]
    (tmp_path / "briefs.jsonl").write_text("\n".join(lines), encoding="utf-8")
    words = (
        "batch",
        tmp_path / "briefs.jsonl",
        "-o",
        tmp_path / "out.jsonl",
        "--n",
        "1",
        "--overgenerate",
        "2",
        "--workspace",
        tmp_path,
        "--json",
    )
    first, again = (json.loads(run(*words).stdout) for _ in range(2))
    assert (first["done"], first["failed"], first["variants"]) == (2, 1, 2 * 12 * 2)
    assert (again["done"], again["skipped"]) == (0, 3)
    assert len((tmp_path / "out.jsonl").read_text("utf-8").splitlines()) == 48


def batch_of(folder: Path, content: str, *words: str, ok: bool = True) -> Result:
    (folder / "briefs.jsonl").write_text(content, encoding="utf-8")
    files = (folder / "briefs.jsonl", "-o", folder / "out.jsonl")
    return run("batch", *files, "--n", "1", "--workspace", folder, *words, ok=ok)


def test_a_batch_of_which_every_line_is_refused_says_why_once_and_where(tmp_path: Path) -> None:
    yaml_text = "\n".join(f"key_{i}: value" for i in range(50))
    for words in ((), ("--json",)):
        result = batch_of(tmp_path, yaml_text, *words, ok=False)
        assert result.exit_code == 2
        (line,) = result.stderr.splitlines()
        assert line.startswith(f"glasbruk: {tmp_path / 'briefs.jsonl'}: every brief was refused")
        assert line.endswith(f"see {tmp_path / 'out.jsonl.errors.jsonl'}")
        assert ("line 1: is not JSON" in line) is (words == ())  # told by the run that met it
        assert "50" in result.stdout


def test_a_batch_says_what_was_refused_and_counts_it_when_it_goes_on(tmp_path: Path) -> None:
    good = json.dumps(yaml.safe_load(next(iter(examples().values())).read_text("utf-8")))
    first = batch_of(tmp_path, f"{good}\n{{}}\n[]")
    assert "1 brief written now, 0 written before, 2 refused" in first.stdout
    assert first.stderr.splitlines()[-1].startswith("2 briefs refused, the first: line 2: ")
    assert first.stderr.endswith(f"see {tmp_path / 'out.jsonl.errors.jsonl'}\n")
    assert "0 briefs written now, 1 written before, 2 refused" in batch_of(tmp_path, f"{good}\n{{}}\n[]").stdout


def test_an_empty_batch_and_one_onto_itself_are_refused(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text("\n", encoding="utf-8")
    assert "is empty" in refused("batch", tmp_path / "in.jsonl", "-o", tmp_path / "o.jsonl", "--workspace", tmp_path)
    line = refused("batch", tmp_path / "in.jsonl", "-o", tmp_path / "in.jsonl", "--workspace", tmp_path)
    assert "name another file" in line
    assert "remove" not in line


def good(**changes: Any) -> str:
    return json.dumps(yaml.safe_load(next(iter(examples().values())).read_text("utf-8")) | changes)


def test_the_verb_may_be_left_out_and_results_are_sharded_where_asked(tmp_path: Path) -> None:
    (tmp_path / "briefs.jsonl").write_text("\n".join(good(name=f"{i}") for i in range(3)), encoding="utf-8")
    for verb, folder in ((), "a"), (("write",), "b"):
        out = ("-o", tmp_path / folder / "out.jsonl", "--shards", "2", "--n", "1", "--overgenerate", "1")
        said = run("batch", *verb, tmp_path / "briefs.jsonl", *out, "--workspace", tmp_path / folder).stdout
        assert "out-00000-of-00002.jsonl to out-00001-of-00002.jsonl: 36 variants of 3 briefs" in said
        shards = [(tmp_path / folder / f"out-0000{i}-of-00002.jsonl").read_text("utf-8") for i in (0, 1)]
        assert [{json.loads(line)["id"] for line in shard.splitlines()} for shard in shards] == [{"1", "3"}, {"2"}]


def test_batches_are_listed_and_one_that_is_cancelled_is_gone_on_with(tmp_path: Path) -> None:
    batch_of(tmp_path, f"{good()}\n{{}}")
    (listed,) = json.loads(run("batch", "list", "--workspace", tmp_path, "--json").stdout)["batches"]
    assert (listed["state"], listed["counts"]["done"], listed["counts"]["failed"]) == ("ended", 1, 1)
    assert "briefs.jsonl" in run("batch", "list", "--workspace", tmp_path).stdout
    assert "has ended" in refused("batch", "cancel", "1", "--workspace", tmp_path)
    assert "no batch 9" in refused("batch", "cancel", "9", "--workspace", tmp_path)
    begun(tmp_path)
    assert run("batch", "cancel", "2", "--workspace", tmp_path).stdout == "batch 2: cancelled\n"


def begun(workspace: Path) -> None:
    """A job of a thousand briefs that nobody works on."""
    from inference.batch import take_in
    from inference.inputs import Line

    database = open_database(Settings(workspace=workspace))
    with database.write() as session:
        job = jobs.begin(session, kind="briefs", source="test", terms=Terms(n=1), author="ada")
    take_in(database, job, [Line(number, good(name=f"Brief {number}").encode()) for number in range(1, 1_001)])
    database.close()


def test_a_worker_ends_when_nothing_is_left(tmp_path: Path) -> None:
    assert "0 of what was waiting" in run("batch", "work", "--workspace", tmp_path).stdout


@pytest.mark.slow
def test_a_worker_that_is_asked_to_end_gives_back_what_it_has(tmp_path: Path) -> None:
    begun(tmp_path)
    command = [sys.executable, "-c", "from ui.cli import main; main()", "batch", "work", "--json"]
    process = subprocess.Popen(
        [*command, "--workspace", str(tmp_path)], env={**os.environ, **FAKES}, stdout=subprocess.PIPE, text=True
    )
    database = open_database(Settings(workspace=tmp_path))
    until = time.monotonic() + 60
    done = 0
    while not done and time.monotonic() < until:
        time.sleep(0.02)
        with database.read() as session:
            done = jobs.counts(session, 1)[ItemState.DONE]
    process.send_signal(signal.SIGTERM)
    said = json.loads(process.communicate(timeout=60)[0])
    with database.read() as session:
        counts = jobs.counts(session, 1)
    assert (process.returncode, counts[ItemState.LEASED], counts[ItemState.FAILED]) == (0, 0, 0)
    assert said["settled"] == counts[ItemState.DONE] < 1_000
    database.close()


def test_ray_is_named_where_it_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    result = batch_of(tmp_path, "{}", "--engine", "ray", ok=False)
    assert result.exit_code == 2
    assert "--engine ray: ray cannot be imported" in result.stderr
    assert "pip install 'glasbruk[ray]'" in result.stderr


@pytest.mark.parametrize("words", [("--address", "head:6379"), ("--workers", "2")])
def test_what_only_ray_understands_is_refused_without_it(tmp_path: Path, words: tuple[str, str]) -> None:
    result = batch_of(tmp_path, "{}", *words, ok=False)
    assert result.exit_code == 2
    assert f"{words[0]}: is for --engine ray" in result.stderr
