"""`train` and `data`: approved work and results in, checkpoints out; and what may not be learnt from any more."""

import os
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ui.commands import common

if TYPE_CHECKING:
    from store.checkpoint import Checkpoint

Out = Annotated[Path | None, typer.Option("--out", "-o", metavar="DIR", show_default=False)]


class Method(StrEnum):
    """How a writer learns."""

    SFT = "sft"
    PREFERENCE = "preference"


class Weights(StrEnum):
    """What of a writer is trained."""

    LORA = "lora"
    FULL = "full"


def add_to(app: typer.Typer) -> None:
    """Add the verbs of this module."""
    verbs = typer.Typer(help="Train on approved work and on results.", no_args_is_help=True, rich_markup_mode=None)
    for verb in (writer, approval, angles, scorer):
        verbs.command()(verb)
    app.add_typer(verbs, name="train")
    data = typer.Typer(help="Leave examples out of training.", no_args_is_help=True, rich_markup_mode=None)
    data.command()(forget)
    data.callback()(lambda: None)  # keeps `forget` a word of its own while it is the only verb
    app.add_typer(data, name="data")


def writer(
    ctx: typer.Context,
    *,
    data: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SOURCE",
            help="corpus, plain, store or a finetuning.jsonl [plain, store]; "
            "for preference verdicts, store, a preference.jsonl or the archive's Parquet [verdicts, store]. "
            "May be repeated.",
        ),
    ] = None,
    base: Annotated[
        str, typer.Option(metavar="MODEL", help="default, medium, small, a hub id or a local folder.")
    ] = "default",
    method: Annotated[Method, typer.Option(help="On approved copy, or on what was preferred.")] = Method.SFT,
    weights: Annotated[Weights, typer.Option(help="A small adapter, or everything.")] = Weights.LORA,
    rank: Annotated[int | None, typer.Option(min=1, help="Of the adapter.", show_default=False)] = None,
    parent: Annotated[
        Path | None, typer.Option(metavar="DIR", help="An adapter to go on from.", show_default=False)
    ] = None,
    epochs: Annotated[float | None, typer.Option(help="Times round the data.", show_default=False)] = None,
    learning_rate: Annotated[float | None, typer.Option(help="At its highest.", show_default=False)] = None,
    examples: Annotated[int | None, typer.Option(min=1, help="About how many [all].", show_default=False)] = None,
    language: Annotated[
        list[str] | None, typer.Option(help="Of the house corpus; may be repeated [all].", show_default=False)
    ] = None,
    channel: Annotated[
        list[str] | None, typer.Option(help="Whose copy to learn; may be repeated [all].", show_default=False)
    ] = None,
    held_out: Annotated[int, typer.Option(min=1, help="Held-out examples to measure on.")] = 128,
    seed: common.Seed = 0,
    as_json: common.Json = False,
) -> None:
    """Train a writer on approved copy.

    Stopped, the same command goes on where it was. Under `accelerate launch` it runs on many processes.
    """
    from prompts import channels
    from store.errors import parse
    from training import sources
    from training import writer as trainer
    from training.recipe import Recipe

    settings = common.settings(ctx)
    given = {"rank": rank, "parent": parent and str(parent), "epochs": epochs, "learning_rate": learning_rate}
    fixed = {"base": base, "method": method, "weights": weights, "examples": examples, "seed": seed}
    named = {key: value for key, value in given.items() if value is not None}
    known = channels.catalogue(settings)
    some = {
        "languages": tuple(language or ()),
        "channels": tuple(channels.get(known, name, "--channel").id for name in channel or ()),
    }
    recipe = parse(Recipe, {**fixed, **named, **some})
    with common.database(settings) as database:
        pairs = recipe.method == "preference"
        usual = ["verdicts" if pairs else "plain", sources.STORE]
        gathered = sources.gather(data or usual, database, recipe.languages, recipe.channels, pairs=pairs)
    for reason, count in gathered.left_out.items():
        common.say(f"left out: {count} {reason.replace('_', ' ')}")
    runs = settings.workspace / "checkpoints" / "writers"
    checkpoint, folder = trainer.train(recipe, gathered, runs, settings.model_cache, common.say, measured=held_out)
    _tell(folder, checkpoint, "GLASBRUK_WRITER__ADAPTER", as_json)


def scorer(
    ctx: typer.Context,
    results: Annotated[
        list[Path] | None, typer.Argument(metavar="[RESULTS...]", help="Files of results [those in the store].")
    ] = None,
    out: Out = None,
    seed: common.Seed = 0,
    as_json: common.Json = False,
) -> None:
    """Train the scorer on results.

    They are randomised comparisons: which texts were shown in one test, how often, and how many clicks each had.
    Without files it learns from what was imported and is believed. It is held against the scorer in force on what
    neither has seen; `glasbruk models promote` then puts it in force, or refuses.
    """
    from inference import scorers
    from training import results as known
    from training import scorer as trainer

    settings = common.settings(ctx)
    against = scorers.chosen(settings)
    folder = out or settings.workspace / "checkpoints" / "scorer"
    if results:
        checkpoint = trainer.train(results, folder, seed=seed, against=against, progress=common.say)
    else:
        with common.database(settings) as database, database.read() as session:
            found = known.of_store(session)
        checkpoint = trainer.train(found, folder, seed=seed, against=against, progress=common.say)
    _tell(folder, checkpoint, "GLASBRUK_SCORER__CHECKPOINT", as_json)


def approval(
    ctx: typer.Context,
    judged: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[JUDGED...]", help="Files of judged variants, beside corpus and store."),
    ] = None,
    out: Out = None,
    seed: common.Seed = 0,
    as_json: common.Json = False,
) -> None:
    """Train the approval model, which chooses what reviewers are shown.

    It learns from the house corpus and good rows of it spoiled in known ways, from writers' copy for it that was
    judged, and from the decisions in the store.
    """
    from inference.encoder import LocalEncoder
    from store import forgotten
    from training import approval as trainer
    from training import judged as sources
    from training import spoiling

    settings = common.settings(ctx)
    with common.database(settings) as database, database.read() as session:
        gone = forgotten.ids(session)
        good = sources.examples_from_corpus("train", gone)
        examples = [*good, *spoiling.spoil(good, seed), *sources.examples_from_verdicts(gone)]
        examples += sources.examples_from_store(session)
    for path in judged or ():
        examples += sources.read(path)
    folder = out or settings.workspace / "checkpoints" / "approval"
    checkpoint = trainer.train(examples, LocalEncoder(), folder, seed, common.say)
    _tell(folder, checkpoint, "GLASBRUK_APPROVER__CHECKPOINT", as_json)


def angles(ctx: typer.Context, out: Out = None, seed: common.Seed = 0, as_json: common.Json = False) -> None:
    """Train what chooses angles, on which claim each row of the house corpus carries for whom."""
    from inference.encoder import LocalEncoder
    from training import angles as trainer
    from training import corpus

    folder = out or common.settings(ctx).workspace / "checkpoints" / "angles"
    checkpoint = trainer.train(corpus.rows(), corpus.briefs(), LocalEncoder(), folder, seed=seed, progress=common.say)
    _tell(folder, checkpoint, "GLASBRUK_ANGLES__CHECKPOINT", as_json)


def forget(
    ctx: typer.Context,
    ids: Annotated[
        list[str], typer.Argument(metavar="ID...", help="A corpus row's id, or variant:12.", show_default=False)
    ],
    reason: Annotated[str, typer.Option(help="Why; it is kept with the id.")] = "",
    as_json: common.Json = False,
) -> None:
    """Leave examples out of every training from now on.

    Checkpoints that were trained before keep what they learnt: train again, and the data hash shows the difference.
    """
    from store import forgotten
    from training import sources

    settings = common.settings(ctx)
    with common.database(settings) as database:
        sources.check_known(ids, database)
        with database.write() as session:
            new = forgotten.forget(session, ids, reason)
    if as_json:
        common.print_json({"forgotten": new})
    else:
        typer.echo(f"{new} of {len(ids)} newly left out; train again to have a writer without them")


def _tell(folder: Path, checkpoint: "Checkpoint", variable: str, as_json: bool) -> None:
    """Show a checkpoint's metrics and how to use it; of several processes only the first speaks."""
    if os.environ.get("RANK", "0") != "0":
        return
    if as_json:
        found: dict[str, Any] = {"folder": folder, "checkpoint": checkpoint}
        common.print_json(found)
        return
    typer.echo(f"{folder}: {checkpoint.id}")
    for name, value in checkpoint.metrics.items():
        typer.echo(f"  {name:40} {value:.4g}")
    typer.echo(f"To use it: {variable}={folder}")
