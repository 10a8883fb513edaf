"""`evaluate` and `models promote`: what a writer or a scorer is worth, and which one is in force."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ui.commands import common, drifting

if TYPE_CHECKING:
    from inference.encoder import Encoder
    from inference.order import Parts
    from store.settings import Settings
    from training.evaluation_draw import Plan


class Split(StrEnum):
    """The sides of the house corpus that no writer is trained on."""

    TEST = "test"
    VALIDATION = "validation"


class Language(StrEnum):
    """The languages of the house corpus."""

    EN = "en"
    SV = "sv"


Adapter = Annotated[
    str | None,
    typer.Option(
        "--adapter", metavar="DIR", help="An adapter's folder, or none [the one in force].", show_default=False
    ),
]
OfSplit = Annotated[Split, typer.Option("--split", help="Which brands.")]
InLanguage = Annotated[Language, typer.Option("--language", help="Which brands.")]
Brands = Annotated[int | None, typer.Option("--brands", min=1, help="How many brands [all].", show_default=False)]
Places = Annotated[
    int | None, typer.Option("--places", min=1, help="Segments and channels of each brand [all].", show_default=False)
]
Over = Annotated[int, typer.Option("--overgenerate", min=1, max=64, help="How many times n are written.")]


ALONE = "base:"


def add_to(app: typer.Typer) -> None:
    """Add the verbs of this module."""
    verbs = typer.Typer(
        help="Measure a writer on held-out brands, or a scorer on new results.",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    verbs.command()(writer)
    verbs.command()(drifting.scorer)
    verbs.command()(samples)
    app.add_typer(verbs, name="evaluate")


def writer(
    ctx: typer.Context,
    *,
    writer: common.Writer = None,
    adapter: Adapter = None,
    split: OfSplit = Split.TEST,
    language: InLanguage = Language.EN,
    brands: Brands = None,
    places: Places = None,
    n: common.Variants = 8,
    overgenerate: Over = 4,
    seed: common.Seed = 0,
    out: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Flat names to numbers.", show_default=False)
    ] = None,
    sheet: Annotated[
        Path | None, typer.Option("--samples", metavar="FILE", help="What was shown, as Markdown.", show_default=False)
    ] = None,
    preferences: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="The Upworthy archive's tests, for what was trained on them.", show_default=False
        ),
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Put the numbers into the adapter's meta.json.")] = False,
) -> None:
    """Measure what a writer has shown to reviewers, on brands it has not seen.

    It is the product's own path: as many are written, checked, judged and held back as in a campaign. Stopped, the same
    command goes on where it was.
    """
    from inference import adapters
    from store.errors import InputError, Problem
    from training import corpus, evaluation, evaluation_sheet, evaluation_verdict

    for file in (out, sheet):
        common.check_target(file)
    settings = common.settings(ctx, **{**_of_adapter(adapter), **_of_model(writer)})
    worn = adapters.chosen(settings)
    if keep and worn is None:
        raise InputError(Problem("--keep", "has nowhere to put the numbers; name the adapter with --adapter"))
    wanted = {"brands": brands, "places": places, "n": n, "overgenerate": overgenerate, "seed": seed}
    plan = _plan(settings, split=split.value, language=language.value, **wanted)
    with _going_on(settings):
        beside = {**_losses(worn, plan, settings), **_preferences(worn, preferences, settings, seed)}
        done = evaluation.evaluate(plan, *_loaded(settings), _kept(settings), beside=beside, say=common.say)
    if out:
        out.write_text(json.dumps(done.metrics, indent=2) + "\n", encoding="utf-8")
    if sheet:
        sheet.write_text(evaluation_sheet.samples(done.places, corpus.briefs()), encoding="utf-8")
    if keep and worn:
        evaluation_verdict.keep_metrics(worn, done.metrics)
    _show(done.metrics)


def samples(
    ctx: typer.Context,
    *,
    a: Annotated[
        str,
        typer.Option(
            "--a", metavar="MODEL", help="A model, base:MODEL without its adapter, or an adapter.", show_default=False
        ),
    ],
    b: Annotated[str, typer.Option("--b", metavar="MODEL", help="The other one.", show_default=False)],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="Markdown.")] = Path("samples.md"),
    count: Annotated[int, typer.Option("--count", min=1, help="How many places, spread over the brands.")] = 20,
    split: OfSplit = Split.TEST,
    language: InLanguage = Language.EN,
    n: common.Variants = 8,
    overgenerate: Over = 4,
    seed: common.Seed = 0,
) -> None:
    """Write a sheet of two writers side by side, unnamed, to be read by people."""
    from training import corpus, evaluation_draw, evaluation_run, evaluation_sheet

    common.check_target(out)
    briefs, sides = corpus.briefs(), []
    for side in (a, b):
        settings = common.settings(ctx, **_side(side))
        wanted = {"split": split.value, "language": language.value, "n": n, "overgenerate": overgenerate, "seed": seed}
        held_out = {site.brief for site in evaluation_draw.draw(_plan(settings, **wanted), briefs)}
        plan = _plan(settings, **wanted, places=-(-count // len(held_out)))
        with _going_on(settings):
            sides.append(evaluation_run.write(plan, _loaded(settings)[0], _kept(settings), common.say))
    text = evaluation_sheet.blind(sides[0], sides[1], briefs, (a, b), count=count, seed=seed)
    out.write_text(text, encoding="utf-8")
    typer.echo(f"{out}: {count} places; the key is at its end")


def promote(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A writer's adapter, or a scorer.", show_default=False)],
    because: Annotated[
        str | None, typer.Option(help="Why, where it is worse than the one in force.", show_default=False)
    ] = None,
    as_json: common.Json = False,
) -> None:
    """Put a trained writer or scorer in force, unless it is worse on what neither it nor the one in force has seen."""
    from training import standing

    place = standing.promote(folder, common.settings(ctx).workspace, because)
    if as_json:
        common.print_json({"folder": place})
    else:
        typer.echo(f"{place}: in force from now on")


def _plan(settings: "Settings", **wanted: Any) -> "Plan":
    """What is to be written, with the sampling in force."""
    from training.evaluation_draw import Plan

    return Plan(sampling=settings.writer.sampling, **wanted)


def _loaded(settings: "Settings") -> "tuple[Parts, Encoder]":
    """The parts in force, and the encoder that measures: the fake one where the scorer is."""
    from inference import encoder, load

    parts = load.parts(settings, lambda line: common.say(f"{line} ..."))
    return parts, encoder.FakeEncoder() if settings.scorer.kind == "fake" else encoder.LocalEncoder()


def _of_model(name: str | None) -> dict[str, Any]:
    """The flags for a model's name, where one is given."""
    return {flag: value for flag, value in common.writer_flags(name, None).items() if value is not None}


def _of_adapter(named: str | None) -> dict[str, Any]:
    """The flags for an adapter's folder, on the base that its meta.json names, or for none. Raises ModelError."""
    from store import checkpoint

    if named in {None, "none"}:
        return {"writer__adapter": named}
    return {**_of_model(checkpoint.read(Path(str(named))).base), "writer__adapter": named}


def _side(named: str) -> dict[str, Any]:
    """The flags for a model's name or folder, for `base:MODEL`, which wears no adapter, or for an adapter's folder."""
    from inference import adapters

    if named.startswith(ALONE):
        return {**_of_model(named.removeprefix(ALONE)), "writer__adapter": "none"}
    return _of_adapter(named) if (Path(named) / adapters.FILE).exists() else _of_model(named)


def _losses(adapter: Path | None, plan: "Plan", settings: "Settings") -> dict[str, float]:
    """The held-out losses of an adapter and its base; nothing where there is none, or the writer is the fake one."""
    from training import evaluation_loss

    if adapter is None or settings.writer.kind == "fake":
        return {}
    return evaluation_loss.losses(adapter, plan, settings.model_cache, common.say)


def _preferences(adapter: Path | None, archive: Path | None, settings: "Settings", seed: int) -> dict[str, float]:
    """What preference training gave; nothing where no archive is named."""
    from inference.encoder import LocalEncoder
    from store.errors import InputError, Problem
    from training import evaluation_preference

    if archive is None:
        return {}
    if adapter is None:
        raise InputError(Problem("--preferences", "is for an adapter that was trained on them; name it with --adapter"))
    return evaluation_preference.preferences(adapter, archive, settings, LocalEncoder(), common.say, seed=seed)


def _kept(settings: "Settings") -> Path:
    """Where what was written for evaluations is kept, so that a stopped one goes on."""
    return settings.workspace / "evaluations" / "writer.jsonl"


@contextmanager
def _going_on(settings: "Settings") -> Iterator[None]:
    """Say, where the user stops it, that what is done is not lost."""
    try:
        yield
    except KeyboardInterrupt:
        kept = f"the places that are done are kept in {_kept(settings)}"
        raise KeyboardInterrupt(f"stopped; {kept}, and the same command goes on") from None


def _show(metrics: Mapping[str, float]) -> None:
    """Print each figure with its interval and what it is."""
    from training.evaluation import MEANINGS
    from ui import tables

    rows = [
        (name, f"{value:.3f}", f"{metrics[f'{name}_low']:.3f} to {metrics[f'{name}_high']:.3f}", MEANINGS.get(name, ""))
        for name, value in metrics.items()
        if f"{name}_low" in metrics
    ]
    tables.console().print(tables.listed(["figure", "is", "90 %, by brand", "meaning"], rows))
    known = {f"{name}{end}" for name, *_ in rows for end in ("", "_low", "_high")}
    rest = {name: f"{value:,.0f}" if value.is_integer() else f"{value:.3f}" for name, value in metrics.items()}
    tables.console().print(tables.pairs({name: value for name, value in rest.items() if name not in known}))
