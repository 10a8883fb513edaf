"""`train scorer`: results in, a checkpoint out."""

from pathlib import Path
from typing import Annotated

import typer

from ui.commands import common


def add_to(app: typer.Typer) -> None:
    """Add the verbs of this module."""
    verbs = typer.Typer(help="Train on results.", no_args_is_help=True, rich_markup_mode=None)
    verbs.command()(scorer)
    verbs.callback()(lambda: None)  # keeps `scorer` a word of its own while it is the only verb
    app.add_typer(verbs, name="train")


def scorer(
    ctx: typer.Context,
    results: Annotated[list[Path], typer.Argument(metavar="RESULTS...", help="Files of results.", show_default=False)],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="DIR", help="[checkpoints/scorer in the workspace]", show_default=False),
    ] = None,
    seed: common.Seed = 0,
    as_json: common.Json = False,
) -> None:
    """Train the scorer on results.

    They are randomised comparisons: which texts were shown in one test, how often, and how many clicks each had.
    """
    from training import scorer as trainer

    settings = common.settings(ctx)
    folder = out or settings.workspace / "checkpoints" / "scorer"
    checkpoint = trainer.train(results, folder, seed=seed, progress=common.say)
    if as_json:
        common.print_json({"folder": folder, "checkpoint": checkpoint})
        return
    typer.echo(f"{folder}: {checkpoint.id}")
    for name, value in checkpoint.metrics.items():
        typer.echo(f"  {name:40} {value:.4g}")
    typer.echo(f"To use it: GLASBRUK_SCORER__CHECKPOINT={folder}")
