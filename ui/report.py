"""The report of a campaign: one HTML file that needs nothing else, with every text in it as text."""

import os
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment
from markupsafe import Markup
from sqlalchemy.orm import Session

from store import campaigns, variants
from store.brief import Brief
from store.campaign import Campaign
from store.database import Database
from store.errors import InputError, Problem
from store.finding import Severity
from store.ranking import Ranking
from store.states import State
from store.variants import Query, Row
from ui import marks, page, plain, plots

HELD_BACK = {State.RESERVE, State.DRAFT}
SHOWN = 3  # variants of a segment and channel that get a card
PAGE = 500  # variants read at a time


@dataclass(frozen=True)
class Panel:
    """The variants of one segment and channel, best first."""

    segment: str
    channel: str
    rows: list[Row] = field(default_factory=list)

    @property
    def scored(self) -> list[Row]:
        """Those that were ranked."""
        return [row for row in self.rows if row.score]

    @property
    def ranking(self) -> Ranking:
        """The scores side by side."""
        return Ranking.of(self.rows)

    @property
    def top(self) -> list[Row]:
        """Those that get a card."""
        return shown(self.rows)[:SHOWN]

    @property
    def held_back(self) -> list[Row]:
        """Those that passed, and were not chosen to be shown."""
        return [row for row in self.rows if row.variant.state in HELD_BACK]

    @property
    def blocked(self) -> list[Row]:
        """Those that a check kept from review."""
        return [row for row in self.rows if row.variant.state is State.BLOCKED]


def write(database: Database, campaign_id: int, out: Path, *, names: Mapping[str, str] | None = None) -> Path:
    """Write the report of a campaign to `out`, whole or not at all, and return `out`.

    `names` are the channels' names for people, by id. Raises NotFound where there is no such campaign.
    """
    with database.read() as session:
        campaign = campaigns.get(session, campaign_id)
        brief = campaigns.brief(session, campaign.brief_key)
        rows = list(_rows(session, Query(campaign_id=campaign_id)))
    replace(out, render(campaign, brief, rows, names or {}))
    return out


def check(out: Path) -> None:
    """Refuse a place where no report can be written, before the work is done. Makes its folder. Raises InputError."""
    wrong = _wrong(out)
    if wrong:
        raise InputError(Problem("", f"{wrong}; name a file ending in .html in a folder you may write to"), source=out)


def _wrong(out: Path) -> str | None:
    try:
        if out.is_dir():
            return "is a folder"
        if out.suffix.lower() != ".html":  # so it cannot be a brief either
            return "does not end in .html"
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out.parent):
            return None
    except OSError as error:
        return f"cannot be written: {error.strerror}"


def render(campaign: Campaign, brief: Brief, rows: Sequence[Row], names: Mapping[str, str]) -> str:
    """The report as HTML. `rows` stand in rank order."""
    template = _environment().get_template("report.html.j2")
    return template.render(
        campaign=campaign,
        brief=brief,
        names=names,
        panels=panels(brief, rows),
        shown=len(shown(rows)),
        held_back=sum(row.variant.state in HELD_BACK for row in rows),
        blocked=sum(row.variant.state is State.BLOCKED for row in rows),
        blocked_by=_blocked_by(rows).most_common(),
        axis=plots.axis([row.score for row in rows if row.score]),
        bars=plots.bars(rows),
        coverage=plots.coverage(brief, shown(rows)),
    )


def shown(rows: Sequence[Row]) -> list[Row]:
    """The rows that were put up for review, whatever came of them."""
    return [row for row in rows if row.variant.state not in {State.BLOCKED, *HELD_BACK}]


def _rows(session: Session, query: Query) -> Iterator[Row]:
    """Every variant that matches, best first."""
    offset = 0
    while page := variants.find(session, query, limit=PAGE, offset=offset, order="rank"):
        yield from page
        offset += len(page)


def panels(brief: Brief, rows: Sequence[Row]) -> dict[str, list[Panel]]:
    """Segment to its panels, both in the brief's order; what has no variants is left out."""
    found: dict[tuple[str, str], Panel] = {}
    for row in rows:
        place = (row.variant.segment, row.variant.channel)
        found.setdefault(place, Panel(*place)).rows.append(row)
    by_segment = {s.name: [found[s.name, c] for c in brief.channels if (s.name, c) in found] for s in brief.segments}
    return {segment: panels for segment, panels in by_segment.items() if panels}


def replace(out: Path, text: str) -> None:
    """Write `text` to `out` so that a reader finds the old file or the whole new one. An OSError names `out`."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        _replace(out, text)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(out)) from None


def _replace(out: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{out.name}.", dir=out.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).chmod(0o644)
        Path(name).replace(out)
    finally:
        Path(name).unlink(missing_ok=True)


def _blocked_by(rows: Sequence[Row]) -> Counter[str]:
    """How many variants each blocking code was found in."""
    return Counter(code for row in rows for code in {f.code for f in row.findings if f.severity is Severity.BLOCK})


@cache
def _environment() -> Environment:
    environment = page.environment()
    environment.finalize = _finalize
    environment.filters |= {"percent": plain.percent, "score_line": plain.score_line, "when": plain.when}
    environment.globals["pieces"] = marks.pieces
    return environment


def _finalize(value: Any) -> Any:
    """Every text that the template prints passes here, so none can reach the page with a control character in it."""
    return plain.visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value
