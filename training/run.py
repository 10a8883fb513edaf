"""The noun `Run`: a training run as a process of its own, which outlives whoever started it.

All that is known of it lies in its folder: `run.json` (what was started, and when), `log.txt` (what it says), `ended`
(its exit status). A lock that the process holds for as long as it lives says whether it runs, so that a restarted desk
knows it again, and that there is never more than one in a workspace.
"""

import contextlib
import fcntl
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from store.columns import now
from store.errors import Conflict, NotFound
from store.noun import Noun

TAIL = 16_000  # bytes of the log's end that are looked at
STOPPED = 130  # the exit status of a command that was interrupted
STEP = re.compile(r"^step (\d+) of (\d+), loss ([\d.]+)", re.MULTILINE)

# The shell waits for the command and notes how it ended; an interrupt is for the command alone.
KEEPER = (
    'folder=$1; shift; trap : INT; "$@" >>"$folder/log.txt" 2>&1; '
    'echo $? >"$folder/ended.new"; mv "$folder/ended.new" "$folder/ended"'
)
PATIENCE = 1.0  # seconds that a start waits for those who only look whether one runs

State = Literal["running", "stopped", "done", "failed", "cut off"]


class Started(Noun):
    """What `run.json` says."""

    title: str
    """For people."""
    words: tuple[str, ...]
    """The command."""
    folder: Path
    """Where it was started, and so what its paths are seen from."""
    by: str
    at: datetime
    process: int = 0
    """The number of its group of processes; only to be believed while the lock is held."""


@dataclass(frozen=True)
class Step:
    """How far it said that it was."""

    number: int
    of: int
    loss: float


@dataclass(frozen=True)
class Run:
    """One run as it stands now."""

    folder: Path
    started: Started
    state: State
    """`cut off`: it ended without a word, as when the machine went down."""

    @property
    def name(self) -> str:
        """Names it among the workspace's runs."""
        return self.folder.name

    @property
    def resumable(self) -> bool:
        """Whether the same command goes on, or begins anew where its kind keeps nothing on its way."""
        return self.state in {"stopped", "failed", "cut off"}

    @property
    def tail(self) -> str:
        """The end of what it said."""
        try:
            with (self.folder / "log.txt").open("rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - TAIL))
                return file.read().decode("utf-8", "replace")
        except FileNotFoundError:
            return ""

    @property
    def steps(self) -> list[Step]:
        """The steps that it told of at the end of its log, in order."""
        return [Step(int(number), int(of), float(loss)) for number, of, loss in STEP.findall(self.tail)]


def start(workspace: Path, title: str, words: Sequence[str], by: str, environment: Mapping[str, str]) -> Run:
    """Start a command in a new folder of the workspace's runs. Raises Conflict while another one runs."""
    with _lock(workspace) as lock:
        known = [int(one.name) for one in _place(workspace).iterdir() if one.name.isdecimal()]
        folder = _place(workspace) / str(max(known, default=0) + 1)
        folder.mkdir()
        started = Started(title=title, words=tuple(words), folder=Path.cwd(), by=by, at=now())
        return _begin(folder, started, environment, lock)


def resume(workspace: Path, name: str, by: str, environment: Mapping[str, str]) -> Run:
    """Start the command of a run that has ended again, in its folder. Raises NotFound; Conflict while one runs."""
    run = find(workspace, name)
    with _lock(workspace) as lock:
        if not run.resumable:
            raise Conflict(f"run {name} is {run.state}, so there is nothing to go on with; start a new one")
        return _begin(run.folder, run.started.model_copy(update={"by": by, "at": now()}), environment, lock)


def stop(workspace: Path, name: str) -> None:
    """Interrupt a run, as Ctrl+C would. Raises NotFound, and Conflict where it does not run."""
    run = find(workspace, name)
    if run.state != "running":
        raise Conflict(f"run {name} is {run.state}; there is nothing to stop")
    with contextlib.suppress(ProcessLookupError):  # it ended just now
        os.killpg(run.started.process, signal.SIGINT)


def find(workspace: Path, name: str) -> Run:
    """The run of that name. Raises NotFound."""
    found = next((run for run in runs(workspace) if run.name == name), None)
    if found is None:
        raise NotFound(f"there is no run {name}")
    return found


def runs(workspace: Path) -> list[Run]:
    """The workspace's runs, the newest first."""
    alive = _running(workspace)
    folders = [one for one in _place(workspace).iterdir() if one.name.isdecimal()]
    order = sorted(folders, key=lambda one: int(one.name), reverse=True)
    found = [(folder, _started(folder)) for folder in order]
    return [Run(folder, started, _state(folder, alive)) for folder, started in found if started]


def _begin(folder: Path, started: Started, environment: Mapping[str, str], lock: int) -> Run:
    """Start the process, which inherits the lock and so holds it until the last of its own processes has ended."""
    (folder / "ended").unlink(missing_ok=True)
    os.pwrite(lock, folder.name.ljust(20).encode(), 0)
    process = subprocess.Popen(  # noqa: S603 - our own command, of which the shell reads no word
        ["/bin/sh", "-c", KEEPER, "keeper", str(folder.resolve()), *started.words],
        cwd=started.folder,
        env={**environment, "PYTHONUNBUFFERED": "1"},
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        pass_fds=(lock,),
    )
    started = started.model_copy(update={"process": process.pid})
    (folder / "run.new").write_text(started.model_dump_json(indent=2) + "\n", encoding="utf-8")
    (folder / "run.new").replace(folder / "run.json")
    return Run(folder, started, "running")


@contextlib.contextmanager
def _lock(workspace: Path) -> Iterator[int]:
    """Hold the lock of the workspace's runs. Raises Conflict where a run holds it."""
    lock = os.open(_place(workspace) / "lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        end = time.monotonic() + PATIENCE
        while not _locked(lock, fcntl.LOCK_EX):
            if time.monotonic() > end:
                name = os.pread(lock, 20, 0).decode().strip()
                raise Conflict(f"run {name} is not done yet, and only one trains at a time; wait for it, or stop it")
            time.sleep(0.02)
        yield lock
    finally:
        os.close(lock)


def _running(workspace: Path) -> str:
    """The name of the run that holds the lock; empty where none does."""
    lock = os.open(_place(workspace) / "lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        return "" if _locked(lock, fcntl.LOCK_SH) else os.pread(lock, 20, 0).decode().strip()
    finally:
        os.close(lock)


def _locked(lock: int, how: int) -> bool:
    try:
        fcntl.flock(lock, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _place(workspace: Path) -> Path:
    folder = workspace / "runs"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _started(folder: Path) -> Started | None:
    try:
        return Started.model_validate_json((folder / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValidationError):
        return None


def _state(folder: Path, alive: str) -> State:
    if folder.name == alive:
        return "running"
    try:
        status = int((folder / "ended").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return "cut off"
    return "done" if status == 0 else "stopped" if status == STOPPED else "failed"
