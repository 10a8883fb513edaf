"""Files of results -> the store, batch by batch: what is known is left as it is, and what cannot be is set aside."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from store import outcomes, pairs
from store.database import Database
from store.growing import Counts
from store.outcome import Reason, Reported
from store.pair import Pair
from training import reports, table

OFTEN = 100_000  # rows between two words of progress


class Taken(NamedTuple):
    """What importing a file did."""

    counts: Counts
    set_aside: Counter[Reason]
    """Rows of the file that cannot be, looking at each alone."""


def take(
    database: Database,
    path: Path,
    mapping: reports.Mappings | None = None,
    progress: Callable[[str], None] | None = None,
) -> Taken:
    """Import a file of results: the same file again changes nothing, one that grew adds what grew.

    Each batch is one transaction, so that a run that is killed leaves whole batches, and the next run adds the rest.
    Memory is that of one batch. Raises InputError as `reports.read`; batches before the fault are kept.
    """
    counts, set_aside, done, said = Counts(0, 0, 0), Counter[Reason](), 0, 0
    for batch in reports.read(path, mapping):
        rows = [numbered.said for numbered in batch]
        counts += _record(database, rows)
        set_aside.update(row.reason for row in rows if isinstance(row, Reported) and row.reason)
        done += len(rows)
        if progress and done // OFTEN > said:
            said = done // OFTEN
            total = table.size(path)
            progress(f"{path}: {done:,} rows" + (f" of {total:,}" if total else ""))
    return Taken(counts, set_aside)


def _record(database: Database, rows: list[Reported | Pair]) -> Counts:
    """Store one batch in one transaction; a file holds reports or pairs, never both."""
    with database.write() as session:
        if isinstance(rows[0], Pair):
            return pairs.record(session, [row for row in rows if isinstance(row, Pair)])
        return outcomes.record(session, [row for row in rows if isinstance(row, Reported)])
