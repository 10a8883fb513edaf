"""`Results`: the files that the outcome of a job streams to, whoever wrote it; killed at any point, they can be gone on
with. What each outcome is as a line stands here too, for files and for the API.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, NamedTuple, Self

from store import campaigns, items, jobs, variants
from store.database import Database
from store.errors import Conflict, InputError, Problem, StoreError
from store.item import Item
from store.states import ItemState

PAGE = 500  # variants read at a time
TOLD = 50  # items whose outcome goes to the disk together


class Told(NamedTuple):
    """An item whose outcome is in the files now."""

    item: Item
    records: int


def files(out: Path, shards: int = 1) -> list[Path]:
    """The files of a run to `out`: the records, in one file or in `out-00000-of-00004.jsonl` and so on, and the errors.

    An item's records are in the shard that its number gives, all of them together.
    """
    names = [out.with_name(f"{out.stem}-{shard:05}-of-{shards:05}{out.suffix}") for shard in range(shards)]
    return [*(names if shards > 1 else [out]), Path(f"{out}.errors.jsonl")]


class Results:
    """The files of one job.

    Records go to the disk before the store is told how long each file is now, and what stands behind that length is cut
    off when the files are opened again: so every item is in them once. Files that are gone are written again from the
    store. One process at a time may open them.
    """

    def __init__(self, database: Database, job_id: int, out: Path, shards: int = 1) -> None:
        self._database, self._job_id, self._shards = database, job_id, shards
        self._paths = files(out, shards)
        self._files: list[BinaryIO] = []
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Open the files and cut them.

        Raises InputError where they are another's or have lost their end, Conflict where they are in use, StoreError
        where they cannot be written.
        """
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

    def tell(self) -> list[Told]:
        """Add the outcomes that are not in the files yet, some at a time; gives those that were added.

        Raises Conflict where another run has taken the job to other files.
        """
        with self._database.read() as session:
            found = items.untold(session, self._job_id, TOLD)
        if not found:
            return []
        try:
            told = [Told(item, self._add(item)) for item in found]
            lengths = [_flush(file) for file in self._files]
        except OSError as error:
            raise StoreError(f"{self._paths[0]}: {error.strerror}; make room and run the same again to go on") from None
        self._keep(lengths, [item.id for item in found])
        return told

    def _add(self, item: Item) -> int:
        lines = errors_of(item) if item.state is ItemState.FAILED else records(item, self._database)
        file = self._files[-1 if item.state is ItemState.FAILED else (item.number - 1) % self._shards]
        return sum(bool(file.write(as_line(line))) for line in lines)

    def _keep(self, lengths: list[int], told: list[int]) -> None:
        with self._database.write() as session:
            if jobs.files(session, self._job_id).get("paths") != self._names:
                raise Conflict(f"{self._paths[0]}: another run of the same job writes to other files now; wait for it")
            jobs.keep_files(session, self._job_id, {"paths": self._names, "lengths": lengths}, told)

    @property
    def _names(self) -> list[str]:
        return [str(path.absolute()) for path in self._paths]

    def _open(self, stack: ExitStack) -> None:
        self._paths[0].parent.mkdir(parents=True, exist_ok=True)
        self._files = [stack.enter_context(path.open("a+b")) for path in self._paths]
        _lock(self._files[0], self._paths[0])
        sizes = [file.seek(0, os.SEEK_END) for file in self._files]
        with self._database.write() as session:
            kept = jobs.files(session, self._job_id)
            ours = kept.get("paths") == self._names
            if not ours or not any(sizes):
                self._refuse_others(sizes)
                begun = {"paths": self._names, "lengths": [0] * len(sizes)}
                jobs.keep_files(session, self._job_id, begun)
        if ours and any(sizes):
            self._cut(sizes, kept["lengths"])

    def _refuse_others(self, sizes: list[int]) -> None:
        for path, size in zip(self._paths, sizes, strict=True):
            if size:
                message = "is there, and a run that was asked for the same did not leave it; name another file"
                raise InputError(Problem("", message), source=path)

    def _cut(self, sizes: list[int], lengths: list[int]) -> None:
        for file, path, size, length in zip(self._files, self._paths, sizes, lengths, strict=True):
            if size < length:
                names = ", ".join(path.name for path in self._paths)
                message = f"is shorter than the run left it; remove {names} to have all written out again"
                raise InputError(Problem("", message), source=path)
            file.truncate(length)


def records(item: Item, database: Database) -> Iterator[dict[str, Any]]:
    """Everything that was written for an item, the best first; what is not up for review has a finding why."""
    offset, query = 0, variants.Query(campaign_id=item.campaign_id)
    with database.read() as session:
        brief_key = campaigns.get(session, item.campaign_id or 0).brief_key
        while rows := variants.find(session, query, limit=PAGE, offset=offset, order="rank"):
            offset += len(rows)
            yield from (_record(item, brief_key, row) for row in rows)


def _record(item: Item, brief_key: str, row: variants.Row) -> dict[str, Any]:
    return {
        "id": item.custom_id,
        "brief_key": brief_key,
        "campaign_id": item.campaign_id,
        "variant_id": row.variant.id,
        "state": row.variant.state,
        "segment": row.variant.segment,
        "channel": row.variant.channel,
        "fields": row.fields,
        "findings": [finding.model_dump() for finding in row.findings],
        "score": row.score.model_dump() if row.score else None,
    }


def errors_of(item: Item) -> list[dict[str, Any]]:
    """Why an item failed, as the one line of an errors file."""
    return [{"line": item.number, "id": item.custom_id or str(item.number), **(item.error or {})}]


def as_line(record: Mapping[str, Any]) -> bytes:
    """One line of JSON; a lone surrogate, which UTF-8 cannot carry, stays the escape that it came as."""
    return (json.dumps(record, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")


def _flush(file: BinaryIO) -> int:
    """Bring the file to the disk before this returns; gives its length."""
    file.flush()
    os.fsync(file.fileno())
    return file.seek(0, os.SEEK_END)


def _lock(file: BinaryIO, path: Path) -> None:
    """The system lets go of the lock when the process ends, however it ends."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Conflict(f"{path}: another run is writing here; wait for it, or name another file") from None
