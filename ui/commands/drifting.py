"""`evaluate scorer`: how a scorer does on what came since."""

import json
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.commands import common

if TYPE_CHECKING:
    from training.cases import Case, Deletion
    from training.drift import Period
    from training.evaluation_intervals import Estimate


class Span(StrEnum):
    """What tests are put together by."""

    MONTH = "month"
    YEAR = "year"


def scorer(
    ctx: typer.Context,
    results: Annotated[
        list[Path] | None, typer.Argument(metavar="[RESULTS...]", help="Files of results [those in the store].")
    ] = None,
    *,
    checkpoint: Annotated[
        Path | None, typer.Option(metavar="DIR", help="A scorer's folder [the one in force].", show_default=False)
    ] = None,
    by: Annotated[Span, typer.Option(help="What tests are put together by.")] = Span.MONTH,
    examples: Annotated[
        int,
        typer.Option(min=0, metavar="N", help="Also print as many wins and misses, with the words that moved them."),
    ] = 0,
    out: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Flat names to numbers.", show_default=False)
    ] = None,
) -> None:
    """Measure a scorer on each month of results that it has not seen, to tell whether what it learnt still holds.

    A test counts in the month of the week it began in. With --examples, also the pairs that it was surest of: those it
    had right and those it had wrong, and how much the words that it names move a score beside words drawn by lot.
    """
    from inference import scorers
    from inference.encoder import LocalEncoder
    from inference.scoring import LocalScorer
    from training import cases, drift
    from training import results as known
    from training.champion import Champion

    common.check_target(out)
    settings = common.settings(ctx)
    encoder = LocalEncoder()
    folder = checkpoint or scorers.chosen(settings)
    champion = Champion.load(folder, encoder)
    if results:
        found = known.read(results)
    else:
        with common.database(settings) as database, database.read() as session:
            found = known.of_store(session)
    fresh = champion.fresh(found, encoder)
    common.say(f"{champion.id} has seen {fresh.seen} of {len(found.groups)} groups, which are left out")
    periods = drift.measure(champion, fresh, getattr(drift, by.value))
    _show_periods(periods)
    numbers = drift.flat(periods)
    if examples and fresh.results.groups:
        explaining = LocalScorer(folder, encoder)
        deletion = cases.deletion(explaining, fresh.results.texts)
        _show_cases(cases.find(champion, explaining, fresh, examples), deletion)
        numbers |= deletion._asdict()
    if out:
        out.write_text(json.dumps(numbers, indent=2) + "\n", encoding="utf-8")


def _show_periods(periods: "Sequence[Period]") -> None:
    """Print a line for each month or year."""
    from ui import tables

    def told(estimate: "Estimate | None", form: str) -> str:
        return "{0:{3}} ({1:{3}} to {2:{3}})".format(*estimate, form) if estimate else ""

    rows = [
        (
            period.name,
            period.tests,
            period.pairs,
            told(period.all_pairs, ".0%"),
            told(period.significant_pairs, ".0%"),
            told(period.claimed, ".0%"),
            told(period.calibration_error, ".3f"),
        )
        for period in periods
    ]
    names = ["begun", "tests", "pairs", "right, 90 %", "p < 0.05, 90 %", "claimed", "calibration error"]
    tables.console().print(tables.listed(names, rows))


def _show_cases(cases: "Sequence[Case]", deletion: "Deletion") -> None:
    """Print the wins, the misses, and whether the words that are named are those that count."""
    from ui.plain import one_line

    for name, right in (("wins", True), ("misses", False)):
        typer.echo(f"\n{name}")
        for case in (case for case in cases if case.right is right):
            typer.echo(f"  {case.chance:.0%} sure, seen {case.ratio:.2f} times the clicks ({one_line(case.test)})")
            for mark, text, words in (("+", case.chosen, case.chosen_words), ("-", case.other, case.other_words)):
                moved = ", ".join(f"{one.word} {one.effect:+.2f}" for one in words)
                typer.echo(f"    {mark} {one_line(text)}" + (f"\n      {one_line(moved)}" if moved else ""))
    typer.echo(
        f"\nwithout its two strongest words a text's score moves by {deletion.deletion_top:.3f},"
        f" without two drawn by lot by {deletion.deletion_random:.3f}"
        f" ({deletion.deletion_texts:.0f} texts; the strongest move it more in {deletion.deletion_won:.0%})"
    )
