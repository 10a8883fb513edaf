"""Where a writer's examples come from, what of them is held out, and what is left out for good."""

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from sqlalchemy.orm import Session

from store import forgotten
from store.database import Database
from store.errors import InputError, Problem, nearest
from store.tables import VariantRow
from training import corpus, dataset, examples, headlines
from training.examples import Example

STORE = "store"
HOUSE = {
    "corpus": examples.of_corpus,
    "plain": examples.of_plain,
    "verdicts": examples.of_verdicts,
}
HELD_OUT = (0.8, 0.88)  # of the range of a brief's hash: the house corpus' rule for its validation side


class Gathered(NamedTuple):
    """Examples from all sources."""

    learn: list[Example]
    held_out: list[Example]
    """Of briefs that nothing is learnt from."""
    left_out: dict[str, int]
    """What was not taken, by reason."""


def gather(
    sources: Sequence[str],
    database: Database,
    languages: Sequence[str] = (),
    channels: Sequence[str] = (),
    *,
    pairs: bool = False,
) -> Gathered:
    """The examples of the house corpus (`corpus`), its plain rows (`plain`), the store's approved copy, and of files.

    With `pairs`, what is preferred: an editor's mending over a writer's failure (`verdicts`), in the store, and in
    files, the Upworthy archive's Parquet among them. Where `channels` are named, only what is written for these counts.
    What was forgotten is left out and counted. Of the store's and files' briefs one in twelve is held out, by the hash
    of its key. Raises InputError where a file cannot be read.
    """
    left_out: Counter[str] = Counter()
    learn: list[Example] = []
    held_out: list[Example] = []
    for source in sources:
        if source in HOUSE:
            learn += HOUSE[source]("train", languages)
            held_out += HOUSE[source]("validation", languages)
            continue
        found = _found(source, database, left_out, pairs=pairs)
        learn += [example for example in found if not is_held_out(example.brief)]
        held_out += [example for example in found if is_held_out(example.brief)]
    with database.read() as session:
        gone = forgotten.ids(session)
    left_out["forgotten"] = sum(example.id in gone for example in (*learn, *held_out))
    kept, unseen = (
        [
            example
            for example in part
            if example.id not in gone
            and (example.rejected is not None) == pairs
            and (not channels or example.channel in channels)
        ]
        for part in (learn, held_out)
    )
    return Gathered(kept, unseen, {reason: count for reason, count in sorted(left_out.items()) if count})


def _found(source: str, database: Database, left_out: Counter[str], *, pairs: bool) -> list[Example]:
    """The examples of one source that is not the corpus."""
    if source == STORE:
        return (_preferred if pairs else _approved)(database, left_out)
    if source.endswith(".parquet"):
        return headlines.of_archive(Path(source), left_out)
    return examples.of_file(Path(source), left_out)


def _approved(database: Database, left_out: Counter[str]) -> list[Example]:
    with database.read() as session:
        return list(examples.of_rows(dataset.finetuning_rows(session, left_out), left_out))


def _preferred(database: Database, left_out: Counter[str]) -> list[Example]:
    with database.read() as session:
        return list(examples.of_pairs(dataset.preference_rows(session, left_out), left_out))


def is_held_out(brief: str) -> bool:
    """Whether a brief of the store, or of a file, is one that nothing is learnt from: one in twelve, by its hash."""
    share = int(hashlib.sha256(brief.encode()).hexdigest()[:8], 16) / 2**32
    return HELD_OUT[0] <= share < HELD_OUT[1]


def check_known(ids: Sequence[str], database: Database) -> None:
    """Raise InputError for an id that names no row of the house corpus and no variant of the store."""
    rows = {row.id for row in (*corpus.rows(), *corpus.plain(), *corpus.verdicts())}
    with database.read() as session:
        for number, example_id in enumerate(ids):
            known = example_id in rows or _is_variant(session, example_id)
            if not known:
                message = f'"{example_id}" is no row of the house corpus ({nearest(example_id, rows)}) and no variant; '
                raise InputError(Problem(f"ids[{number}]", f"{message}a variant's is written variant:12"))


def _is_variant(session: Session, example_id: str) -> bool:
    number = re.fullmatch(r"variant:([1-9][0-9]{0,8})", example_id)
    return number is not None and session.get(VariantRow, int(number[1])) is not None
