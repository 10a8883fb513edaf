"""`export approved` and `export training`: what leaves the store."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import typer

from ui.commands import common


class Format(StrEnum):
    """What approved copy can be written as."""

    CSV = "csv"
    JSONL = "jsonl"
    GOOGLE_ADS = "google-ads-editor"


FORMATS: dict[Format, Literal["csv", "jsonl", "google_ads"]] = {
    Format.CSV: "csv",
    Format.JSONL: "jsonl",
    Format.GOOGLE_ADS: "google_ads",
}


def add_to(app: typer.Typer) -> None:
    """Add the verbs of this module."""
    verbs = typer.Typer(help="Write approved copy or training rows.", no_args_is_help=True, rich_markup_mode=None)
    verbs.command()(approved)
    verbs.command()(training)
    app.add_typer(verbs, name="export")


def approved(
    ctx: typer.Context,
    *,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", show_default=False)],
    format: Annotated[Format, typer.Option()] = Format.CSV,  # noqa: A002
    campaign: common.Campaign = None,
    segment: common.Segment = None,
    channel: common.Channel = None,
    reviewer: common.Reviewer = None,
    as_json: common.Json = False,
) -> None:
    """Write approved copy to a file.

    A decision on copy that has been exported can no longer be undone.
    """
    from inference.export import export
    from store.variants import Query
    from ui.plain import count

    settings = common.settings(ctx, reviewer=reviewer)
    query = Query(campaign_id=campaign, segment=segment, channel=channel)
    with common.database(settings) as database:
        with database.read() as session:
            common.check_known(session, settings, campaign=campaign, segment=segment, channel=channel)
        done = export(database, query, FORMATS[format], settings.reviewer, out)
    if as_json:
        common.print_json({"file": out, "count": done.count, "left_out": done.left_out})
        return
    typer.echo(f"{out}: {count(done.count, 'approved variant')}")
    if done.left_out:
        typer.echo(f"{count(done.left_out, 'approved variant')} of other channels left out; csv and jsonl take all")


def training(
    ctx: typer.Context,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", show_default=False)],
    as_json: common.Json = False,
) -> None:
    """Write decisions, edits and outcomes as rows to train on."""
    from training import dataset
    from ui.plain import count

    with common.database(common.settings(ctx)) as database:
        counts = dataset.write(database, out)
    if as_json:
        common.print_json({"folder": out, "rows": counts})
        return
    for name, rows in counts.items():
        typer.echo(f"{out / name}.jsonl: {count(rows, 'row')}")
