"""Many briefs from a file, each to a campaign, and their variants to a file; killed at any point, it can go on.

Beside `out` stand `out.errors.jsonl`, with the briefs that were refused and why, and `out.progress.jsonl`, with what is
finished. A brief that a kill interrupted is written again from its start: the store then has two campaigns for it, the
first unfinished, and `out` has it once.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from inference import pipeline
from inference.events import Finished
from inference.ledger import Ledger, Line, Work, files
from inference.order import Order, Parts
from prompts import briefs as reading
from store import variants
from store.brief import Brief
from store.campaign import Campaign
from store.database import Database
from store.errors import InputError, NotFound, Problem, parse, shown

MAX_LINE = 2_000_000  # bytes
PAGE = 500  # variants read at a time


@dataclass(frozen=True)
class Summary:
    """What became of the briefs so far."""

    done: int = 0
    """Briefs written in this run."""
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

    @property
    def refused(self) -> int:
        """Briefs that are refused as it stands now, in this run or an earlier one."""
        return self.failed + self.refused_before

    @property
    def useless(self) -> bool:
        """Whether no brief at all has been written."""
        return self.done + self.skipped == self.refused_before

    def __add__(self, other: "Summary") -> "Summary":
        """Both together."""
        return Summary(
            self.done + other.done,
            self.failed + other.failed,
            self.skipped + other.skipped,
            self.variants + other.variants,
            self.refused_before + other.refused_before,
            self.reason or other.reason,
        )


def run(
    briefs: Path,
    out: Path,
    parts: Parts,
    database: Database,
    *,
    n: int = 8,
    overgenerate: int = 1,
    seed: int = 0,
    progress: Callable[[Summary], None] = lambda _: None,
) -> Summary:
    """Write a campaign for each line of `briefs`, and a line of `out` for each variant of it, whatever its state.

    A line of `briefs` is a brief as a JSON object, with an `id` if you like (the line's number otherwise). A line of
    `out` has id (the brief's), brief_key, campaign_id, variant_id, state, segment, channel, fields, findings and score.
    A brief that is refused becomes a line of `out.errors.jsonl` with line, id, detail and problems, and the rest goes
    on; mend its line and run again to write it. Lines may be added at the end between runs. `progress` is called after
    each brief.

    Raises InputError where `n` is not 1 to 4,096 or `overgenerate` not 1 to 64, `briefs` is refused by `check` or the
    files are those of other work, Conflict where another run is writing to them, StoreError where they cannot be
    written.
    """
    checkpoints = {"writer": parts.writer.checkpoint, "scorer": parts.scorer.checkpoint}
    wanted = {"n": n, "overgenerate": overgenerate, "seed": seed, "approver": parts.approver.checkpoint}
    work = parse(Work, wanted | checkpoints)
    check(briefs, out)
    summary = Summary()
    with _open(briefs) as file, Ledger(out, work) as ledger:
        for line in _lines(file):
            if ledger.settled(line):
                summary += Summary(skipped=1, refused_before=int(ledger.refused(line)))
            else:
                summary += _one(line, ledger, parts, database, work)
                progress(summary)
    return summary


def check(briefs: Path, out: Path) -> None:
    """Raise InputError where `briefs` cannot be read, has no line in it, or is one of the files that a run writes."""
    with _open(briefs) as file:
        if any(path.exists() and path.samefile(briefs) for path in files(out)):
            raise InputError(
                Problem("", f"the run to {out} would write here; name another file to write"), source=briefs
            )
        if next(_lines(file), None) is None:
            raise InputError(Problem("", "is empty; write a brief a line, each a JSON object"), source=briefs)


def _open(briefs: Path) -> BinaryIO:
    try:
        return briefs.open("rb")
    except OSError as error:
        raise InputError(Problem("", f"cannot be read: {error.strerror}"), source=briefs) from None


def _lines(file: BinaryIO) -> Iterator[Line]:
    """The lines that are not blank. Of one over `MAX_LINE` bytes only so much is read, and one more to tell."""
    number = 0
    while content := file.readline(MAX_LINE + 1):
        number += 1
        rest = content
        while rest and not rest.endswith(b"\n"):
            rest = file.readline(MAX_LINE)
        if content.strip():
            yield Line(number, content.strip())


def _one(line: Line, ledger: Ledger, parts: Parts, database: Database, work: Work) -> Summary:
    """Write one brief's campaign and records, or its error."""
    id = str(line.number)  # noqa: A001
    try:
        data = _object(line)
        id = _id(data, line, ledger)  # noqa: A001
        brief = reading.from_data(data, f"line {line.number}", parts.catalogue)
        order = Order(brief=brief, n=work.n, overgenerate=work.overgenerate, seed=work.seed, author="batch")
        campaign = _written(order, parts, database)
    except (InputError, NotFound) as error:
        ledger.write(line, id, [_refusal(line, id, error)], refused=True)
        reason = str(error).removeprefix(f"line {line.number}: ")
        return Summary(failed=1, reason=f"line {line.number}: {reason}")
    return Summary(done=1, variants=ledger.write(line, id, _records(id, brief, campaign, database)))


def _object(line: Line) -> dict[str, Any]:
    """The line as a JSON object. Raises InputError."""
    if len(line.content) > MAX_LINE:
        raise InputError(Problem("", f"is longer than {MAX_LINE:,} bytes; a brief takes a few thousand"))
    try:
        data = json.loads(line.content)
    except (ValueError, RecursionError) as error:
        raise InputError(Problem("", f"is not JSON in UTF-8: {error}")) from None
    if not isinstance(data, dict):
        raise InputError(Problem("", f"is no JSON object but {shown(data)}; write a brief a line"))
    return data


def _id(data: dict[str, Any], line: Line, ledger: Ledger) -> str:
    """Take the id out of the object. Raises InputError where it is none, or another line's."""
    given = data.pop("id", line.number)
    given = given.strip() if isinstance(given, str) else given
    usable = isinstance(given, str | int) and not isinstance(given, bool) and str(given).isprintable()
    if not usable or not 0 < len(str(given)) <= 200:
        raise InputError(Problem("id", f"is {shown(given)}; give a text of 1 to 200 characters on a line, or none"))
    owner = ledger.owner(str(given))
    if owner not in {None, line.number}:
        raise InputError(
            Problem("id", f"{shown(given)} is the id of line {owner} too; give each line its own, or none")
        )
    return str(given)


def _written(order: Order, parts: Parts, database: Database) -> Campaign:
    for event in pipeline.write(order, parts, database):
        if isinstance(event, Finished):
            return event.campaign
    raise RuntimeError("the pipeline ended without saying that it had finished")


def _refusal(line: Line, id: str, error: InputError | NotFound) -> dict[str, Any]:  # noqa: A002
    problems = error.problems if isinstance(error, InputError) else ()
    places = [{"place": problem.place, "message": problem.message} for problem in problems]
    return {"line": line.number, "id": id, "detail": str(error), "problems": places}


def _records(id: str, brief: Brief, campaign: Campaign, database: Database) -> Iterator[dict[str, Any]]:  # noqa: A002
    """Everything that was written for the brief, the best first; what is not up for review has a finding why."""
    offset = 0
    query = variants.Query(campaign_id=campaign.id)
    with database.read() as session:
        while rows := variants.find(session, query, limit=PAGE, offset=offset, order="rank"):
            offset += len(rows)
            for row in rows:
                yield {
                    "id": id,
                    "brief_key": brief.key,
                    "campaign_id": campaign.id,
                    "variant_id": row.variant.id,
                    "state": row.variant.state,
                    "segment": row.variant.segment,
                    "channel": row.variant.channel,
                    "fields": row.fields,
                    "findings": [finding.model_dump() for finding in row.findings],
                    "score": row.score.model_dump() if row.score else None,
                }
