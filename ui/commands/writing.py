"""`demo`, `write` and `batch`: briefs in, ranked variants out."""

import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ui.commands import common

if TYPE_CHECKING:
    from inference.batch import Summary
    from store.settings import Settings

Report = Annotated[Path | None, typer.Option(metavar="FILE", help="[report.html in the workspace]", show_default=False)]


EXAMPLE = "inn-to-inn"  # the brief that `demo` runs


def add_to(app: typer.Typer) -> None:
    """Add the verbs of this module."""
    app.command()(demo)
    app.command()(write)
    app.command()(batch)


def demo(
    ctx: typer.Context,
    *,
    writer: common.Writer = None,
    n: common.Variants = 3,
    overgenerate: Annotated[
        int, typer.Option(min=1, max=64, help="How many times as many are written, to choose from.")
    ] = 3,
    seed: common.Seed = 0,
    temperature: common.Temperature = None,
    report: Report = None,
    as_json: common.Json = False,
) -> None:
    """Run the example campaign, from brief to report.

    It writes less than a campaign of your own, so that it is done in a few minutes.
    """
    from prompts.briefs import examples

    chosen = common.settings(ctx, **common.writer_flags(writer, temperature), writer__overgenerate=overgenerate)
    brief = examples()[EXAMPLE]
    _write(chosen, brief, {"n": n, "seed": seed}, report, as_json)


def write(
    ctx: typer.Context,
    *,
    brief: Annotated[Path, typer.Argument(metavar="BRIEF", help="A brief in YAML or JSON.", show_default=False)],
    writer: common.Writer = None,
    n: common.Variants = 8,
    overgenerate: common.Overgenerate = None,
    seed: common.Seed = 0,
    temperature: common.Temperature = None,
    segment: Annotated[list[str] | None, typer.Option(help="Only for this one; may be repeated.")] = None,
    channel: Annotated[list[str] | None, typer.Option(help="Only for this one; may be repeated.")] = None,
    report: Report = None,
    as_json: common.Json = False,
) -> None:
    """Write, check and rank the copy of a brief.

    Many are written for each segment and channel. The n that are likeliest to be approved, and differ, are scored, put
    up for review and shown in a report; the others are kept in reserve.
    """
    chosen = common.settings(ctx, **common.writer_flags(writer, temperature), writer__overgenerate=overgenerate)
    parts = {"n": n, "seed": seed, "segments": tuple(segment or ()), "channels": tuple(channel or ())}
    _write(chosen, brief, parts, report, as_json)


def _write(settings: "Settings", brief: Path, order: dict[str, Any], report: Path | None, as_json: bool) -> None:
    from prompts import briefs, channels
    from ui import demo
    from ui import report as reports

    read = briefs.read(brief, channels.catalogue(settings))
    if report is not None:
        reports.check(report)
    with common.database(settings) as database:
        done = demo.run(settings, database, read, order, report or settings.workspace / "report.html")
    if as_json:
        common.print_json(done.as_json())
    else:
        demo.show(done)


def batch(
    ctx: typer.Context,
    *,
    briefs: Annotated[Path, typer.Argument(metavar="BRIEFS", help="JSONL, a brief a line.", show_default=False)],
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="OUT", help="JSONL of ranked variants.", show_default=False)
    ],
    writer: common.Writer = None,
    n: common.Variants = 8,
    overgenerate: common.Overgenerate = None,
    seed: common.Seed = 0,
    temperature: common.Temperature = None,
    as_json: common.Json = False,
) -> None:
    """Write the copy of many briefs.

    The same command again goes on where a run was stopped.
    """
    from inference import batch, load

    chosen = common.settings(ctx, **common.writer_flags(writer, temperature), writer__overgenerate=overgenerate)
    batch.check(briefs, out)
    parts = load.parts(chosen, lambda line: common.say(f"{line} ..."))
    with common.database(chosen) as database:
        wanted = {"n": n, "overgenerate": chosen.writer.overgenerate, "seed": seed}
        summary = batch.run(briefs, out, parts, database, **wanted, progress=_now_and_then())
    _tell_batch(summary, briefs, out, as_json)


def _now_and_then() -> "Callable[[Summary], None]":
    """What prints a line of progress, but no more often than a campaign does."""
    from ui.demo import EVERY
    from ui.plain import count

    last = time.monotonic()

    def progress(summary: "Summary") -> None:
        nonlocal last
        if time.monotonic() - last >= EVERY:
            last = time.monotonic()
            done = f"{count(summary.done, 'brief')} written, {summary.failed:,} refused"
            common.say(f"{done}, {summary.variants:,} variants")

    return progress


def _tell_batch(summary: "Summary", briefs: Path, out: Path, as_json: bool) -> None:
    """Say what a batch came to. Raises InputError where every brief was refused."""
    from inference.ledger import files
    from store.errors import InputError, Problem
    from ui.plain import count

    errors = files(out)[1]
    if as_json:
        common.print_json({**asdict(summary), "errors": errors})
    else:
        written = f"{count(summary.variants, 'variant')} of {count(summary.done, 'brief')} written now"
        before = summary.skipped - summary.refused_before
        typer.echo(f"{out}: {written}, {before:,} written before, {summary.refused:,} refused")
    first = f"the first: {summary.reason}; " if summary.reason else ""
    if summary.useless:
        raise InputError(Problem("", f"every brief was refused, {first}see {errors}"), source=briefs)
    if summary.refused:
        common.say(f"{count(summary.refused, 'brief')} refused, {first}see {errors}")
