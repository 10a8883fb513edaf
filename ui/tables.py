"""Tables for the terminal. Copy goes in as `Text`, so that no markup in it is obeyed."""

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import IO

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from store.channel import Channel
from store.finding import HELD_BACK
from store.ranking import Ranking
from store.score import Score
from store.states import State
from store.variants import Row
from ui.plain import one_line, score_line, visible

WIDTH = 110  # where no terminal says how wide it is
STATES = {
    State.BLOCKED: "red",
    State.PENDING: "",
    State.RESERVE: "yellow",
    State.APPROVED: "green",
    State.REJECTED: "red",
    State.LIVE: "green",
    State.RETIRED: "dim",
    State.DRAFT: "dim",
}

LEFT_OUT = {State.RESERVE: "held back", State.BLOCKED: "blocked", State.DRAFT: "not chosen from yet"}


def console(file: IO[str] | None = None, *, stderr: bool = False) -> Console:
    """A console that obeys no markup, emoji names or highlighting in what it prints."""
    plain = Console(file=file, stderr=stderr, markup=False, emoji=False, highlight=False)
    if not plain.is_terminal and "COLUMNS" not in os.environ:
        plain.width = WIDTH
    return plain


def ranked(segment: str, channel: str, rows: Sequence[Row]) -> Table:
    """The variants of one segment and channel that are up for review, best first, and how many are not."""
    shown = [row for row in rows if row.variant.state not in LEFT_OUT]
    table = Table(box=SIMPLE, title=Text(f"{one_line(segment)} / {one_line(channel)}"), title_justify="left")
    table.title_style = "bold"
    table.caption, table.caption_justify = _left_out(rows), "left"
    table.add_column("#", justify="right")
    table.add_column("id", justify="right", style="dim")
    table.add_column("score, 90 %", no_wrap=True)
    table.add_column("beats field", justify="right")
    table.add_column("state")
    table.add_column("copy", ratio=1, overflow="fold")
    ranking = Ranking.of(shown)
    for place, row in enumerate(shown, start=1):
        table.add_row(
            Text(("tie" if ranking.tie else str(place)) if row.score else ""),
            Text(str(row.variant.id)),
            Text(score_line(row.score) if row.score else ""),
            Text(_chance(row.score, ranking) if row.score else ""),
            Text(row.variant.state, style=STATES[row.variant.state]),
            copy(row),
        )
    return table


def _chance(score: Score, ranking: Ranking) -> str:
    """`54%`, or that the interval covers the whole field."""
    return "cannot tell" if ranking.cannot_tell(score) else f"{score.chance_to_beat_field:.0%}"


def _left_out(rows: Sequence[Row]) -> Text | None:
    """`12 in reserve, 3 blocked`."""
    counts = {words: sum(row.variant.state is state for row in rows) for state, words in LEFT_OUT.items()}
    said = ", ".join(f"{count} {words}" for words, count in counts.items() if count)
    return Text(said) if said else None


def copy(row: Row) -> Text:
    """What would be shown, fields parted by a bar, and the reasons where it is blocked or held back."""
    text = Text(" | ", style="dim").join(Text(one_line(value), style="") for value in row.fields.values())
    if not row.fields:
        text = Text(one_line(row.variant.raw[:120]) or "(empty)", style="dim")
    for finding in row.findings:
        if finding.severity == "block":
            text.append(f"\n{finding.code}: {one_line(finding.message)}", style="red")
        elif finding.code == HELD_BACK and row.variant.state is State.RESERVE:
            text.append(f"\n{finding.code}: {one_line(finding.message)}", style="yellow")
    return text


def variants(rows: Iterable[Row]) -> Table:
    """A list of variants of any segment and channel."""
    table = Table(box=SIMPLE)
    for name in ("id", "segment", "channel", "score, 90 %", "state"):
        table.add_column(name)
    table.add_column("copy", ratio=1, overflow="fold")
    for row in rows:
        score = score_line(row.score) if row.score else ""
        state = Text(row.variant.state, style=STATES[row.variant.state])
        cells = [str(row.variant.id), row.variant.segment, row.variant.channel, score]
        table.add_row(*(Text(one_line(cell)) for cell in cells), state, copy(row))
    return table


def channels(catalogue: Mapping[str, Channel]) -> Table:
    """Every channel with its fields: how many, how long."""
    table = Table(box=SIMPLE)
    for name in ("id", "name", "field", "takes", "maximum", "shown to", "unit"):
        table.add_column(name, justify="right" if name in {"takes", "maximum", "shown to"} else "left")
    for channel in catalogue.values():
        for place, field in enumerate(channel.fields):
            first = [channel.id, channel.name] if place == 0 else ["", ""]
            takes = str(field.most) if field.least == field.most else f"{field.least}-{field.most}"
            shown_to = "" if field.truncation is None else f"{field.truncation:,}"
            unit = field.unit.replace("_", " ")
            cells = [*first, field.name, takes, f"{field.maximum:,}", shown_to, unit]
            table.add_row(*(Text(one_line(cell)) for cell in cells), end_section=False)
    return table


def pairs(values: Mapping[str, object]) -> Table:
    """Names and values, a line each."""
    table = Table.grid(padding=(0, 2))
    for name, value in values.items():
        table.add_row(Text(name, style="dim"), Text(visible(str(value))))
    return table


def listed(names: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    """A plain table."""
    table = Table(box=SIMPLE)
    for name in names:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(Text(visible(str(cell))) for cell in row))
    return table
