"""`review` and `label`: what people say of variants, and where a variant came from."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ui.commands import common

if TYPE_CHECKING:
    from store.decision import Decision

Reason = Annotated[str, typer.Option(help="Why, for those who come after.", show_default=False)]


def add_to(app: typer.Typer) -> None:
    """Add the verbs of this module."""
    verbs = typer.Typer(help="List, show and decide variants.", no_args_is_help=True, rich_markup_mode=None)
    verbs.command("list")(list_)
    for verb in (show, approve, edit, reject, undo, bring_back):
        verbs.command()(verb)
    app.add_typer(verbs, name="review")
    app.command()(label)


def list_(
    ctx: typer.Context,
    *,
    campaign: common.Campaign = None,
    segment: common.Segment = None,
    channel: common.Channel = None,
    state: Annotated[str | None, typer.Option(help="pending, reserve, blocked, approved ... or any.")] = "pending",
    code: Annotated[str | None, typer.Option(help="Only with this finding.", show_default=False)] = None,
    text: Annotated[str | None, typer.Option(help="Only with this in the copy.", show_default=False)] = None,
    limit: common.Limit = 20,
    offset: common.Offset = 0,
    as_json: common.Json = False,
) -> None:
    """List variants, best first."""
    from store import variants
    from ui import tables

    query = _query(campaign_id=campaign, segment=segment, channel=channel, state=state, code=code, text=text)
    settings = common.settings(ctx)
    with common.database(settings) as database, database.read() as session:
        common.check_known(session, settings, campaign=campaign, segment=segment, channel=channel)
        rows = variants.find(session, query, limit=limit, offset=offset, order="rank")
        found = sum(variants.count(session, query).values())
    if as_json:
        common.print_json({"found": found, "variants": rows})
        return
    tables.console().print(tables.variants(rows))
    typer.echo(f"{len(rows)} of {found} shown")


def _query(*, state: str | None, **others: Any) -> Any:
    from store.errors import parse
    from store.variants import Query

    return parse(Query, {"state": None if state == "any" else state, **others}, source="review list")


def show(ctx: typer.Context, variant: common.Id, as_json: common.Json = False) -> None:
    """Show a variant with its findings, score and decisions."""
    _label(ctx, variant, as_json=as_json, prompt=False)


def label(
    ctx: typer.Context,
    variant: common.Id,
    svg: Annotated[
        Path | None, typer.Option("--svg", metavar="FILE", help="Also draw it, as SVG.", show_default=False)
    ] = None,
    as_json: common.Json = False,
) -> None:
    """Say where a variant came from.

    Its glass label: brief, prompt, checkpoint, seed, findings, score, decisions and outcomes.
    """
    common.check_target(svg)
    if svg:
        _draw(ctx, variant, svg)
    _label(ctx, variant, as_json=as_json, prompt=True)


def _draw(ctx: typer.Context, variant: int, file: Path) -> None:
    from store import labels
    from training import kept
    from ui.lineage import lineage
    from ui.picture import svg

    settings = common.settings(ctx)
    with common.database(settings) as database, database.read() as session:
        found = lineage(labels.label(session, variant), kept.by_id(settings))
    file.write_text(svg(found, alone=True) + "\n", encoding="utf-8")


def _label(ctx: typer.Context, variant: int, *, as_json: bool, prompt: bool) -> None:
    from store import labels, variants
    from ui import labelled

    with common.database(common.settings(ctx)) as database, database.read() as session:
        found = labels.label(session, variant)
        (row,) = variants.rows(session, [variant])
    if as_json:
        common.print_json(found)
    else:
        labelled.show(found, row.fields, prompt=prompt)


def approve(
    ctx: typer.Context,
    variants: common.Ids,
    reason: Reason = "",
    reviewer: common.Reviewer = None,
    as_json: common.Json = False,
) -> None:
    """Approve variants."""
    _decide(ctx, _words("approve", variants, reason), reviewer, as_json)


def reject(
    ctx: typer.Context,
    variants: common.Ids,
    reason: Reason = "",
    reviewer: common.Reviewer = None,
    as_json: common.Json = False,
) -> None:
    """Reject variants."""
    _decide(ctx, _words("reject", variants, reason), reviewer, as_json)


def undo(
    ctx: typer.Context, variants: common.Ids, reviewer: common.Reviewer = None, as_json: common.Json = False
) -> None:
    """Take back the last decision on variants that have not been exported."""
    _decide(ctx, _words("undo", variants), reviewer, as_json)


def bring_back(
    ctx: typer.Context, variants: common.Ids, reviewer: common.Reviewer = None, as_json: common.Json = False
) -> None:
    """Put variants that were held back up for review."""
    from inference import review
    from store.variants import rows

    settings = common.settings(ctx, reviewer=reviewer)
    with common.database(settings) as database:
        for variant in variants:
            review.bring_back(database, variant, settings.reviewer, role=None)
            if not as_json:
                typer.echo(f"variant {variant}: up for review")
        if as_json:
            with database.read() as session:
                common.print_json(rows(session, variants))


def edit(
    ctx: typer.Context,
    *,
    variant: common.Id,
    fields: Annotated[
        list[str],
        typer.Option("--set", metavar="KEY=TEXT", help="A field's new text; may be repeated.", show_default=False),
    ],
    reason: Reason = "",
    reviewer: common.Reviewer = None,
    as_json: common.Json = False,
) -> None:
    """Approve a variant with other text.

    Fields that are not set stay as they are. The edit of one that is blocked, held back or rejected is a
    new variant.
    """
    from store import variants

    wanted = _fields(fields)
    with common.database(common.settings(ctx)) as database, database.read() as session:
        (row,) = variants.rows(session, [variants.get(session, variant).id or variant])
    edited = {**row.fields, **wanted}
    _decide(ctx, [{"variant_id": variant, "kind": "edit", "reason": reason, "fields": edited}], reviewer, as_json)


def _fields(texts: list[str]) -> dict[str, str]:
    """What `--set` gives. Raises InputError where one is no KEY=TEXT, or a key is set twice."""
    from store.errors import InputError, Problem, shown

    fields: dict[str, str] = {}
    for key, value in map(_field, texts):
        if key in fields:
            raise InputError(Problem("--set", f"{shown(key)} is set twice; give each field one text"))
        fields[key] = value
    return fields


def _field(text: str) -> tuple[str, str]:
    from store.errors import InputError, Problem, shown

    key, equals, value = text.partition("=")
    if not equals:
        raise InputError(Problem("--set", f"should be KEY=TEXT, such as headline_1='Fresh rolls' (got {shown(text)})"))
    return key.strip(), value


def _words(kind: str, variants: list[int], reason: str = "") -> list[dict[str, Any]]:
    """The same word on each of the variants."""
    return [{"variant_id": variant, "kind": kind, "reason": reason} for variant in variants]


def _decide(ctx: typer.Context, wanted: list[dict[str, Any]], reviewer: str | None, as_json: bool) -> None:
    """Store the decisions one after another; the first that is refused ends it, and those before it stand."""
    from inference import review
    from prompts.channels import catalogue
    from store.decision import Decision
    from store.errors import parse

    settings = common.settings(ctx, reviewer=reviewer)
    channels = catalogue(settings)
    stored = []
    with common.database(settings) as database:
        for values in wanted:
            decision = parse(Decision, {**values, "reviewer": settings.reviewer}, source="review")
            four_eyes = settings.review.four_eyes
            stored.append(review.decide(database, decision, channels, role=None, four_eyes=four_eyes))
            if not as_json:
                _tell(stored[-1])
    if as_json:
        common.print_json(stored)


def _tell(decision: "Decision") -> None:
    words = {"approve": "approved", "edit": "edited and approved", "reject": "rejected", "undo": "taken back"}
    became = f"; the edit is variant {decision.child_id}, pending" if decision.child_id else ""
    done = "edited" if decision.child_id else words[decision.kind]
    typer.echo(f"variant {decision.variant_id}: {done}{became}")
