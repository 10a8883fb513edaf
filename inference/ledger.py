"""`Ledger`: the output files of a run that may be killed at any point, and gone on with."""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Annotated, Any, BinaryIO, NamedTuple, Self

from pydantic import Field, ValidationError

from store.errors import Conflict, InputError, Problem, StoreError
from store.noun import Noun
from store.variant import Seed


class Line(NamedTuple):
    """One line of input."""

    number: int
    """From 1."""
    content: bytes

    @property
    def hash(self) -> str:
        """Of the content, to notice a file that was changed between two runs."""
        return hashlib.sha256(self.content).hexdigest()[:16]


class Work(Noun):
    """What a run was asked for; another run goes on with its files only if it asks for the same."""

    n: Annotated[int, Field(ge=1, le=4_096)]
    """Variants shown for each segment and channel."""
    overgenerate: Annotated[int, Field(ge=1, le=64)] = 1
    seed: Seed
    writer: str
    scorer: str
    approver: str = "none"


class Mark(Noun):
    """That a line is dealt with, and the length in bytes of both files after it."""

    line: int
    hash: str
    id: str
    refused: bool
    out: int
    errors: int


def files(out: Path) -> list[Path]:
    """The files of a run to `out`: the records, the errors, and the progress."""
    return [out, Path(f"{out}.errors.jsonl"), Path(f"{out}.progress.jsonl")]


class Ledger:
    """`out`, `out.errors.jsonl` and `out.progress.jsonl`, which says what of the other two is finished.

    Records go to their file and to the disk before their mark does; what stands behind the last mark is cut off when
    the ledger is opened again. So every line's records are there once or not at all. One process at a time may open it.
    """

    def __init__(self, out: Path, work: Work) -> None:
        self._paths = files(out)
        self._work = work
        self._marks: dict[int, Mark] = {}
        self._ids: dict[str, int] = {}
        self._files: list[BinaryIO] = []
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Open the files and cut them. Raises InputError where they belong to other work, Conflict where in use."""
        try:
            with ExitStack() as stack:
                self._open(stack)
                self._stack = stack.pop_all()
        except OSError as error:
            raise StoreError(f"{self._paths[0]}: {error.strerror}; name a file in a folder you may write to") from None
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        """Close the files, which lets another process open them."""
        self._stack.close()

    def settled(self, line: Line) -> bool:
        """Whether a line is dealt with. One that was refused and has since been changed is not.

        Raises InputError where a line has been changed whose records are already written.
        """
        mark = self._marks.get(line.number)
        if mark is None or mark.hash == line.hash:
            return mark is not None
        if mark.refused:
            return False
        raise InputError(Problem(f"line {line.number}", f"was changed after it was written; {self._afresh}"))

    def refused(self, line: Line) -> bool:
        """Whether a line that is settled was refused."""
        mark = self._marks.get(line.number)
        return mark is not None and mark.refused

    def owner(self, id: str) -> int | None:  # noqa: A002
        """The number of the line that has this id."""
        return self._ids.get(id)

    def write(self, line: Line, id: str, records: Iterable[Mapping[str, Any]], *, refused: bool = False) -> int:  # noqa: A002
        """Add a line's records, or its error where it was `refused`, and its mark. Gives the number of records."""
        file, text = self._files[refused], [_json(record) for record in records]
        try:
            _append(file, b"".join(text))
            out, errors = (file.seek(0, os.SEEK_END) for file in self._files[:2])
            mark = Mark(line=line.number, hash=line.hash, id=id, refused=refused, out=out, errors=errors)
            _append(self._files[2], _json(mark.model_dump()))
        except OSError as error:
            raise StoreError(f"{self._paths[0]}: {error.strerror}; make room and run the same again to go on") from None
        self._keep(mark)
        return len(text)

    @property
    def _afresh(self) -> str:
        return f"to begin afresh, remove {', '.join(path.name for path in self._paths)} or name another file"

    def _open(self, stack: ExitStack) -> None:
        self._paths[0].parent.mkdir(parents=True, exist_ok=True)
        if not self._paths[2].exists() and self._paths[0].exists() and self._paths[0].stat().st_size:
            raise InputError(Problem("", "is there and no run left it; name another file"), source=self._paths[0])
        progress = stack.enter_context(self._paths[2].open("a+b"))
        _lock(progress, self._paths[2])
        out, errors = self._read(progress)
        self._files += [stack.enter_context(path.open("a+b")) for path in self._paths[:2]]
        self._files.append(progress)
        for file, length, path in zip(self._files[:2], (out, errors), self._paths[:2], strict=True):
            if file.seek(0, os.SEEK_END) < length:
                raise InputError(Problem("", f"is shorter than the run left it; {self._afresh}"), source=path)
            file.truncate(length)

    def _read(self, progress: BinaryIO) -> tuple[int, int]:
        """Take in the marks, cutting a torn last line, and give the lengths of both files after the last one."""
        progress.seek(0)
        whole = progress.read().rpartition(b"\n")[0].splitlines()
        progress.truncate(sum(len(line) + 1 for line in whole))
        if not whole:
            _append(progress, _json(self._work.model_dump()))
            return 0, 0
        try:
            work, *marks = whole[0], *(Mark.model_validate_json(line) for line in whole[1:])
            self._same(Work.model_validate_json(work))
        except ValidationError:
            raise InputError(Problem("", f"is not a run's progress; {self._afresh}"), source=self._paths[2]) from None
        for mark in marks:
            self._keep(mark)
        return (marks[-1].out, marks[-1].errors) if marks else (0, 0)

    def _same(self, before: Work) -> None:
        """Refuse to go on with the files of a run that was asked for something else."""
        now = self._work.model_dump()
        differ = [Problem(key, f"was {value}, is {now[key]}") for key, value in before.model_dump().items()]
        differ = [problem for problem in differ if before.model_dump()[problem.place] != now[problem.place]]
        if differ:
            last = Problem(differ[-1].place, f"{differ[-1].message}; ask for the same to go on; {self._afresh}")
            raise InputError(*differ[:-1], last, source=self._paths[2])

    def _keep(self, mark: Mark) -> None:
        self._marks[mark.line] = mark
        if not mark.refused:
            self._ids[mark.id] = mark.line


def _lock(file: BinaryIO, path: Path) -> None:
    """The system lets go of the lock when the process ends, however it ends."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Conflict(f"{path}: another run is writing here; wait for it, or name another file") from None


def _append(file: BinaryIO, content: bytes) -> None:
    """Add to the end of the file, on the disk before this returns."""
    file.write(content)
    file.flush()
    os.fsync(file.fileno())


def _json(record: Mapping[str, Any]) -> bytes:
    """One line of JSON; a lone surrogate, which UTF-8 cannot carry, stays the escape that it came as."""
    return (json.dumps(record, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")
