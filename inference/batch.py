"""Many briefs from a file, each to a campaign, and their variants to a file; killed at any point, it can go on.

The file is a job of the store and its lines are the job's items: any number of workers may write them, here or in other
processes and on other machines, and the outcome streams to `out` and `out.errors.jsonl` as it comes.
"""

import hashlib
import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from inference import inputs
from inference.inputs import Line
from inference.results import Results, Told, files
from store import items, jobs
from store.database import Database
from store.errors import InputError, Problem, parse
from store.job import Job, Terms
from store.states import ItemState
from store.variant import Sampling

TOGETHER, BYTES = 500, 8_000_000  # lines, and about how many bytes of them, that are taken in at a time
POLL = 0.2  # seconds between two looks at what others are doing


@dataclass(frozen=True)
class Summary:
    """What became of the briefs so far."""

    done: int = 0
    """Briefs written in this run, by whichever worker."""
    failed: int = 0
    """Briefs refused in this run."""
    skipped: int = 0
    """Briefs that an earlier run had written or refused."""
    variants: int = 0
    """Variants written in this run."""
    refused_before: int = 0
    """Of those skipped, how many an earlier run had refused."""
    reason: str = field(default="", compare=False)
    """Why the first brief of this run that was refused was."""
    first: int = field(default=0, compare=False)
    """The number of its line."""
    total: int = field(default=0, compare=False)
    """Briefs in the file."""

    @property
    def refused(self) -> int:
        """Briefs that are refused as it stands now, in this run or an earlier one."""
        return self.failed + self.refused_before

    @property
    def useless(self) -> bool:
        """Whether no brief at all has been written."""
        return self.done + self.skipped == self.refused_before

    def __add__(self, told: Told) -> "Summary":
        """With one more item that is settled."""
        item = told.item
        if item.state is not ItemState.FAILED:
            return replace(self, done=self.done + 1, variants=self.variants + told.records)
        failed = replace(self, failed=self.failed + 1)
        if self.reason and self.first < item.number:
            return failed
        said = (item.error or {}).get("detail", "").removeprefix(f"line {item.number}: ")
        return replace(failed, reason=f"line {item.number}: {said}", first=item.number)


class Crew(Protocol):
    """Who writes the items of a job: a `Worker`, or many."""

    @property
    def checkpoints(self) -> str:
        """The ids of what writes, scores and chooses."""
        ...

    def work(self, job_id: int) -> Iterator[object | None]:
        """Settle the job's items until nothing is left, and conclude it.

        Yields after each that is settled, and None where the next is to be waited for.
        """
        ...


def run(
    source: Path,
    out: Path,
    crew: Crew,
    database: Database,
    *,
    terms: Terms,
    shards: int = 1,
    progress: Callable[[Summary], None] = lambda _: None,
) -> Summary:
    """Write a campaign for each line of `source`, and a line of `out` for each variant of it, whatever its state.

    `source` is JSONL, CSV, Parquet or a folder that `datasets` saved. A row is a brief, with an `id` if you like (the
    row's number otherwise), or, in a file whose first row has `custom_id` and `body`, a request for `/v1/copy`. A line
    of `out` has id, brief_key, campaign_id, variant_id, state, segment, channel, fields, findings and score. A row that
    is refused, or fails three times, becomes a line of `out.errors.jsonl` with line, id, detail and problems, and the
    rest goes on; mend it and run again to write it. Rows may be added at the end between runs. `progress` is called
    after each item.

    The job is found again by the file's path, the terms and the models. Raises InputError where `source` is refused by
    `check` or the files are those of other work, Conflict where another run is writing to them, StoreError where they
    cannot be written, and what the crew raises.
    """
    check(source, out, shards)
    kind = inputs.kind(next(inputs.lines(source)))
    job = _resume(database, source, kind, terms, crew.checkpoints)
    with Results(database, job.id, out, shards) as results:
        take_in(database, job, inputs.lines(source))
        summary = _before(database, job)
        for told in _told(crew, results, job):
            summary += told
            progress(summary)
    return summary


def check(source: Path, out: Path, shards: int = 1) -> None:
    """Raise InputError where `source` cannot be read, has no line in it, or is one of the files that a run writes."""
    if source.exists() and any(path.exists() and path.samefile(source) for path in files(out, shards)):
        raise InputError(Problem("", f"the run to {out} would write here; name another file"), source=source)
    next(inputs.lines(source))


def take_in(database: Database, job: Job, lines: Iterable[Line]) -> None:
    """Make items of the lines, a few at a time, and say that the input is complete. Raises as `items.add`."""
    for chunk in _chunks(lines):
        with database.write() as session:
            items.add(session, job.id, [inputs.entry(line, job.kind) for line in chunk])
    with database.write() as session:
        jobs.completed(session, job.id)


def _chunks(lines: Iterable[Line]) -> Iterator[list[Line]]:
    chunk: list[Line] = []
    size = 0
    for line in lines:
        chunk.append(line)
        size += len(line.content)
        if len(chunk) == TOGETHER or size > BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _resume(database: Database, source: Path, kind: str, terms: Terms, models: str) -> Job:
    same: list[Any] = [str(source.absolute()), kind, terms.model_dump(mode="json"), models]
    key = hashlib.sha256(json.dumps(same, sort_keys=True).encode()).hexdigest()[:32]
    with database.write() as session:
        return jobs.resume(session, key, kind=kind, source=same[0], terms=terms, author="batch", checkpoints=models)


def _before(database: Database, job: Job) -> Summary:
    """What earlier runs have settled."""
    with database.read() as session:
        told, all_ = jobs.counts(session, job.id, told=True), jobs.counts(session, job.id)
    return Summary(skipped=sum(told.values()), refused_before=told[ItemState.FAILED], total=sum(all_.values()))


def _told(crew: Crew, results: Results, job: Job) -> Iterator[Told]:
    """Work until nothing is left, and yield each item of the job once its outcome is in the files, whoever wrote it."""
    yield from _new(results)
    for settled in crew.work(job.id):
        if settled is None:
            time.sleep(POLL)
        yield from _new(results)
    yield from _new(results)


def _new(results: Results) -> Iterator[Told]:
    while told := results.tell():
        yield from told


def terms(n: int, overgenerate: int, seed: int, sampling: Sampling | None = None) -> Terms:
    """What is written for each brief. Raises InputError where one of them is not what it should be."""
    return parse(
        Terms, {"n": n, "overgenerate": overgenerate, "seed": seed, "sampling": (sampling or Sampling()).model_dump()}
    )
