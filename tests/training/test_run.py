"""A run is a process of its own: found again, one at a time, stopped and gone on with."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from store.errors import Conflict, NotFound
from training import run
from training.run import Run

ENVIRONMENT = dict(os.environ)
# Waits for a file and then says a word; an interrupt ends it as it ends the command.
WAITS = """
import os, sys, time
print("step 1 of 20, loss 1.250, 9.0 tokens/s, 3 min left")
try:
    while not os.path.exists(sys.argv[1]): time.sleep(0.01)
except KeyboardInterrupt:
    print("stopped"); sys.exit(130)
print("step 20 of 20, loss 0.750, 9.0 tokens/s, 0 min left")
"""


def words(code: str, *arguments: object) -> list[str]:
    return [sys.executable, "-c", code, *map(str, arguments)]


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Path]:
    """A workspace in which nothing runs afterwards."""
    yield tmp_path
    for one in run.runs(tmp_path):
        if one.state == "running":
            with suppress(ProcessLookupError):
                os.killpg(one.started.process, signal.SIGKILL)


def until(true: Callable[[Run], bool], workspace: Path, name: str = "1") -> Run:
    """The run once it is so; whoever looks is as busy as the desk is."""
    while not true(found := run.find(workspace, name)):
        os.sched_yield()
    return found


def test_it_runs_and_is_known_by_its_folder_alone(workspace: Path) -> None:
    begun = run.start(workspace, "A writer", words(WAITS, workspace / "go"), "anna", ENVIRONMENT)
    assert (begun.name, begun.state) == ("1", "running")
    assert until(lambda one: bool(one.steps), workspace).steps == [run.Step(1, 20, 1.25)]
    (workspace / "go").touch()
    done = until(lambda one: one.state != "running", workspace)
    assert (done.state, done.resumable, done.started.by, done.started.title) == ("done", False, "anna", "A writer")
    assert [step.number for step in done.steps] == [1, 20]


def test_only_one_runs_at_a_time_and_the_second_is_told_which(workspace: Path) -> None:
    run.start(workspace, "first", words(WAITS, workspace / "go"), "anna", ENVIRONMENT)
    with pytest.raises(Conflict, match="run 1 is not done yet"):
        run.start(workspace, "second", words("pass"), "anna", ENVIRONMENT)
    (workspace / "go").touch()
    until(lambda one: one.state == "done", workspace)
    assert run.start(workspace, "second", words("pass"), "anna", ENVIRONMENT).name == "2"
    until(lambda one: one.state == "done", workspace, "2")


def test_it_is_stopped_and_gone_on_with_in_its_folder(workspace: Path) -> None:
    run.start(workspace, "a run", words(WAITS, workspace / "go"), "anna", ENVIRONMENT)
    until(lambda one: bool(one.steps), workspace)
    run.stop(workspace, "1")
    stopped = until(lambda one: one.state != "running", workspace)
    assert (stopped.state, stopped.resumable) == ("stopped", True)
    with pytest.raises(Conflict, match="nothing to stop"):
        run.stop(workspace, "1")
    (workspace / "go").touch()
    run.resume(workspace, "1", "Bertil", ENVIRONMENT)
    done = until(lambda one: one.state != "running", workspace)
    assert (done.state, done.started.by) == ("done", "Bertil")
    assert done.tail.splitlines()[1] == "stopped"  # what it said before is still there
    with pytest.raises(Conflict, match="start a new one"):
        run.resume(workspace, "1", "Bertil", ENVIRONMENT)


def test_one_that_fails_says_why_and_one_that_was_killed_was_cut_off(workspace: Path) -> None:
    run.start(workspace, "fails", words("import sys; sys.exit('data: has no example')"), "anna", ENVIRONMENT)
    failed = until(lambda one: one.state != "running", workspace)
    assert (failed.state, failed.tail.strip()) == ("failed", "data: has no example")
    killed = run.start(workspace, "killed", words(WAITS, workspace / "go"), "anna", ENVIRONMENT)
    os.killpg(killed.started.process, signal.SIGKILL)
    assert until(lambda one: one.state != "running", workspace, "2").state == "cut off"


def test_words_are_never_read_by_the_shell_and_odd_folders_do(tmp_path: Path) -> None:
    odd = tmp_path / "a 'b' $(touch owned)"
    run.start(odd, "odd", words("import sys; print(sys.argv[1:])", "$(touch owned)", "; exit 3"), "anna", ENVIRONMENT)
    done = until(lambda one: one.state != "running", odd)
    assert done.state == "done"
    assert done.tail.strip() == str(["$(touch owned)", "; exit 3"])


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    assert run.runs(tmp_path) == []
    with pytest.raises(NotFound, match="there is no run 7"):
        run.find(tmp_path, "7")
