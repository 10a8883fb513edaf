"""Approved copy leaves the house as a file: CSV for people, JSONL for programs, or Google Ads Editor's CSV."""

import csv
import io
import json
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from sqlalchemy.orm import Session

from store import campaigns, exports, variants
from store.database import Database
from store.errors import InputError, Problem, StoreError
from store.states import State

Format = Literal["csv", "jsonl", "google_ads"]

PAGE = 500  # variants read at a time
SUFFIXES: dict[Format, str] = {"csv": ".csv", "jsonl": ".jsonl", "google_ads": ".csv"}
SEARCH_AD = "google_search_ad"  # the one channel that Google Ads Editor's responsive search ads are written for

# A spreadsheet takes a cell that begins so for a formula, and a formula can call out of the house.
FORMULA = tuple("=+-@\t\r\n＝＋－＠")


class Exported(NamedTuple):
    """What an export did."""

    count: int  # type: ignore[assignment] # hides tuple.count, which counts members
    """Variants in the file."""
    left_out: int
    """Approved variants of other channels than the format has a place for."""


class Copy(NamedTuple):
    """One approved variant as it leaves: the text that a person let through, and who and when."""

    variant_id: int
    campaign: str
    segment: str
    channel: str
    fields: dict[str, str]
    reviewer: str
    decided_at: str


def export(database: Database, query: variants.Query, format: Format, reviewer: str, out: Path) -> Exported:  # noqa: A002
    """Write the approved variants of `query` to `out` and mark them as exported, which ends their undo.

    The file is put in place whole, before the transaction that marks ends: no crash leaves a variant marked that is not
    in a file. A crash in between leaves a file whose variants are not marked; the same export again mends that. It does
    no harm at any time, since what was exported before is in the file again. All files are UTF-8; the CSV ones begin
    with a byte order mark, without which Excel takes å for Ã¥. Raises InputError where `query` asks for another state
    than approved or `out` is there and is, by its suffix, of another format, and StoreError where it cannot be written.
    """
    if query.state not in {None, State.APPROVED}:
        raise InputError(Problem("state", f"is {query.state}, but only approved copy is exported; leave it out"))
    _refuse_another(out, format)
    approved = query.model_copy(update={"state": State.APPROVED})
    with database.write() as session:
        found = list(_found(session, approved))
        chosen = [variant_id for variant_id, channel in found if format != "google_ads" or channel == SEARCH_AD]
        copies = list(_marked(session, chosen, format, reviewer))
        _replace(out, FORMATS[format](copies))  # before the transaction ends, and so before any mark is in force
    return Exported(len(copies), len(found) - len(copies))


def _refuse_another(out: Path, format: Format) -> None:  # noqa: A002
    """An earlier export may be written over; what its name says is something else may not. Raises InputError."""
    suffix = SUFFIXES[format]
    if out.exists() and out.suffix.lower() != suffix:
        message = f"is there already and is no {suffix} file, so it is not written over; name a file ending in {suffix}"
        raise InputError(Problem("", message), source=out)


def _found(session: Session, query: variants.Query) -> Iterator[tuple[int, str]]:
    """Id and channel of every variant that matches, by id."""
    offset = 0
    while rows := variants.find(session, query, limit=PAGE, offset=offset, order="id"):
        yield from ((row.variant.id or 0, row.variant.channel) for row in rows)
        offset += len(rows)


def _marked(session: Session, ids: Sequence[int], format: Format, reviewer: str) -> Iterator[Copy]:  # noqa: A002
    """Mark the variants and then read them: a mark holds them until the transaction ends, so no undo comes between."""
    names: dict[int, str] = {}
    for start in range(0, len(ids), PAGE):
        page = ids[start : start + PAGE]
        exports.mark(session, page, format, reviewer)
        for row in variants.rows(session, page):
            campaign_id = row.variant.campaign_id
            if campaign_id is not None and campaign_id not in names:
                names[campaign_id] = campaigns.get(session, campaign_id).name
            yield _copy(row, names.get(campaign_id or 0, ""))


def _copy(row: variants.Row, campaign: str) -> Copy:
    decision, variant = row.decision, row.variant
    return Copy(
        variant_id=variant.id or 0,
        campaign=campaign,
        segment=variant.segment,
        channel=variant.channel,
        fields=dict(row.fields),
        reviewer=decision.reviewer if decision else "",
        decided_at=decision.created_at.isoformat() if decision and decision.created_at else "",
    )


def _csv(copies: Sequence[Copy]) -> bytes:
    """One row a variant; a column for every field key that occurs. Cells that would be formulas begin with `'`."""
    keys = _keys(copies)
    rows = [["variant_id", "campaign", "segment", "channel", *keys, "reviewer", "decided_at"]]
    for copy in copies:
        texts = [copy.fields.get(key, "") for key in keys]
        cells = [copy.campaign, copy.segment, copy.channel, *texts, copy.reviewer, copy.decided_at]
        rows.append([str(copy.variant_id), *map(harmless, cells)])
    return table(rows)


def harmless(cell: str) -> str:
    """The cell, with a `'` before what a spreadsheet would take for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _keys(copies: Sequence[Copy]) -> list[str]:
    """Every field key: fields as they first occur, `headline_2` before `headline_10`."""
    fields: dict[str, set[int]] = {}
    for copy in copies:
        for key in copy.fields:
            name, number = _split(key)
            fields.setdefault(name, set()).add(number)
    return [f"{name}_{number}" if number else name for name, numbers in fields.items() for number in sorted(numbers)]


def _split(key: str) -> tuple[str, int]:
    """`headline_2` as `("headline", 2)`, `subject` as `("subject", 0)`."""
    numbered = re.fullmatch(r"(.+)_([1-9]\d*)", key)
    return (numbered[1], int(numbered[2])) if numbered else (key, 0)


def _jsonl(copies: Sequence[Copy]) -> bytes:
    """One JSON object a line, with the names of `Copy`."""
    return "".join(json.dumps(copy._asdict(), ensure_ascii=False) + "\n" for copy in copies).encode()


def _google_ads(copies: Sequence[Copy]) -> bytes:
    """Responsive search ads, paused, in the columns that Google Ads Editor knows by name.

    Source: Google Ads Editor Help, "CSV file columns" (support.google.com/google-ads/editor/answer/57747). The segment
    is the ad group. The final URL stays empty, since a brief has none; the Editor asks for it. Text is exact, without
    the `'` of the plain CSV: the Editor is no spreadsheet, and would show that sign in the ad.
    """
    headlines, descriptions = [f"Headline {i}" for i in range(1, 16)], [f"Description {i}" for i in range(1, 5)]
    texts = [*headlines, *descriptions, "Path 1", "Path 2"]
    rows = [["Campaign", "Ad group", "Ad type", *texts, "Final URL", "Status"]]
    for copy in copies:
        cells = [copy.fields.get(name.lower().replace(" ", "_"), "") for name in texts]
        rows.append([copy.campaign, copy.segment, "Responsive search ad", *cells, "", "Paused"])
    return table(rows)


FORMATS: dict[Format, Callable[[Sequence[Copy]], bytes]] = {"csv": _csv, "jsonl": _jsonl, "google_ads": _google_ads}


def table(rows: Sequence[Sequence[str]]) -> bytes:
    """CSV in UTF-8, with the byte order mark that Excel asks for."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("utf-8-sig")


def _replace(out: Path, content: bytes) -> None:
    """Put `content` at `out` whole or not at all, and on the disk before this returns."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=out.parent, prefix=f".{out.name}.", delete=False) as file:
            temporary = Path(file.name)
            try:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
                temporary.chmod(0o644)
                temporary.replace(out)
            except BaseException:
                temporary.unlink(missing_ok=True)
                raise
    except OSError as error:
        raise StoreError(
            f"{out}: cannot be written: {error.strerror}; name a file in a folder you may write to"
        ) from None
