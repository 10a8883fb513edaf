"""`import results` and `results set-aside`: what channels report comes in, and what of it is not believed."""

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.commands import common

if TYPE_CHECKING:
    from collections.abc import Iterator

    from training.intake import Taken
    from training.sifting import SetAside, Summary

WORDS = {  # of a reason
    "negative_count": "a count below zero",
    "clicks_exceed_impressions": "more clicks than impressions",
    "conversions_exceed_clicks": "more conversions than clicks",
    "one_variant": "one variant only",
    "sample_ratio_mismatch": "a sample-ratio mismatch (chi-square, p < 0.001)",
}
MISMATCH = "sample_ratio_mismatch"


def add_to(app: typer.Typer) -> None:
    """Add the verbs of this module."""
    incoming = typer.Typer(help="Bring in what channels report.", no_args_is_help=True, rich_markup_mode=None)
    incoming.command()(results)
    incoming.callback()(lambda: None)  # keeps `results` a word of its own while it is the only verb
    app.add_typer(incoming, name="import")
    kept = typer.Typer(help="Look at results that were brought in.", no_args_is_help=True, rich_markup_mode=None)
    kept.command("set-aside")(set_aside)
    kept.callback()(lambda: None)
    app.add_typer(kept, name="results")


def results(
    ctx: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="CSV, JSONL (either may be .gz) or Parquet.")],
    mapping: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help='TOML, a line a column: "Their name" = "ours".', show_default=False),
    ] = None,
    as_json: common.Json = False,
) -> None:
    """Import results: who was shown which text, and how many clicked.

    The same file again changes nothing, and one that has grown adds what grew. What cannot be right is set aside with
    a reason, and nothing is learnt from it.
    """
    from training import intake, reports, sifting

    theirs = reports.read_mapping(mapping) if mapping else None
    taken: list[tuple[Path, Taken]] = []
    with common.database(common.settings(ctx)) as database:
        for path in files:
            taken.append((path, intake.take(database, path, theirs, common.say)))
            if not as_json:
                _tell(*taken[-1])
        with database.read() as session:
            summary = sifting.summary(session)
    if as_json:
        common.print_json({"files": [_file(*one) for one in taken], "store": summary})
    else:
        _sum_up(summary)


def set_aside(
    ctx: typer.Context,
    limit: common.Limit = 50,
    offset: common.Offset = 0,
    as_json: common.Json = False,
) -> None:
    """List the results that nothing is learnt from, and why."""
    from training import sifting

    with common.database(common.settings(ctx)) as database, database.read() as session:
        found = list(islice(sifting.set_aside(session), offset, offset + limit))
    if as_json:
        common.print_json({"set_aside": found})
        return
    for line in _lines(found):
        typer.echo(line)


def _tell(path: Path, taken: "Taken") -> None:
    new, changed, same = taken.counts
    typer.echo(f"{path}: {new:,} new, {changed:,} changed, {same:,} as they were")


def _file(path: Path, taken: "Taken") -> dict[str, object]:
    return {"file": path, **taken.counts._asdict(), "set_aside": dict(taken.set_aside)}


def _sum_up(summary: "Summary") -> None:
    """What the store holds now; a test counts once for each segment and channel."""
    from ui.plain import count, one_line

    held = [count(summary.tests, "test"), count(summary.rows, "text"), count(summary.pairs, "pair")]
    typer.echo(f"in the store: {', '.join(held)}")
    for reason, rows in sorted(summary.set_aside_rows.items()):
        tests = summary.set_aside_tests[reason]
        of = f" of {count(tests, 'test')}" if tests else ""
        typer.echo(f"set aside: {count(rows, 'text')}{of} with {WORDS[reason]}")
    for p, test in summary.worst:
        typer.echo(f"  test {one_line(test)}: p = {p:.1e}")
    more = sum(tests for reason, tests in summary.set_aside_tests.items() if reason == MISMATCH) - len(summary.worst)
    if more > 0:
        typer.echo(f"  and {count(more, 'test')} more")
    if summary.set_aside_rows:
        typer.echo("To see them: glasbruk results set-aside")


def _lines(found: "list[SetAside]") -> "Iterator[str]":
    """A line a text: where it is, its counts, the reason."""
    from ui.plain import one_line

    for row, reason, p in found:
        place = " / ".join(part for part in (row.test_id, row.segment, row.channel, row.variant_id) if part)
        counts = f"{row.impressions:,} impressions, {row.clicks:,} clicks"
        why = f"{WORDS[reason]}, p = {p:.1e}" if reason == MISMATCH else WORDS[reason]
        yield one_line(f"{place}: {counts}: {why}")
    if not found:
        yield "nothing is set aside"
