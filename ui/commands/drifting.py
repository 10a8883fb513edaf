"""`evaluate scorer`: how a scorer does on what came since."""

import json
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.commands import common

if TYPE_CHECKING:
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
    out: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Flat names to numbers.", show_default=False)
    ] = None,
) -> None:
    """Measure a scorer on each month of results that it has not seen, to tell whether what it learnt still holds.

    A test counts in the month of the week it began in.
    """
    from inference import scorers
    from inference.encoder import LocalEncoder
    from training import drift
    from training import results as known
    from training.champion import Champion

    common.check_target(out)
    settings = common.settings(ctx)
    encoder = LocalEncoder()
    champion = Champion.load(checkpoint or scorers.chosen(settings), encoder)
    if results:
        found = known.read(results)
    else:
        with common.database(settings) as database, database.read() as session:
            found = known.of_store(session)
    periods, seen = drift.measure(champion, found, encoder, getattr(drift, by.value))
    common.say(f"{champion.id} has seen {seen} of {len(found.groups)} groups, which are left out")
    if out:
        out.write_text(json.dumps(drift.flat(periods), indent=2) + "\n", encoding="utf-8")
    _show_periods(periods)


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
