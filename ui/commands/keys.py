"""`keys`: who may use the API, and as what."""

from typing import Annotated

import typer

from ui.commands import common

KeyId = Annotated[int, typer.Argument(min=1, max=common.LARGEST, metavar="ID", help="A key's id.", show_default=False)]
Role = Annotated[str, typer.Option(metavar="ROLE", help="copywriter, approver, service or admin.", show_default=False)]
Name = Annotated[str | None, typer.Option(help="Who holds it; signs their decisions. [the role]", show_default=False)]


def add_to(app: typer.Typer) -> None:
    """Add the verbs of this module."""
    verbs = typer.Typer(help="Issue, list and revoke the API's keys.", no_args_is_help=True, rich_markup_mode=None)
    verbs.command("new")(new)
    verbs.command("list")(list_)
    verbs.command()(revoke)
    app.add_typer(verbs, name="keys")


def new(ctx: typer.Context, role: Role, name: Name = None, as_json: common.Json = False) -> None:
    """Issue a key and print it, once.

    It is sent as `Authorization: Bearer KEY`. From the first key on, the API answers nobody without one.
    """
    from store import keys
    from store.errors import parse
    from store.key import Holder

    holder = parse(Holder, {"role": role, "name": role if name is None else name}, source="keys new")
    with common.database(common.settings(ctx)) as database, database.write() as session:
        key, token = keys.issue(session, holder)
    if as_json:
        common.print_json({"key": key, "token": token})
    else:
        typer.echo(token)
        common.say(f"key {key.id}, {key.role}: keep what is printed above, it cannot be shown again")


def list_(ctx: typer.Context, as_json: common.Json = False) -> None:
    """List the keys, revoked ones too. What opens is not stored, so it is not shown."""
    from store import keys
    from ui import tables

    with common.database(common.settings(ctx)) as database, database.read() as session:
        found = keys.listed(session)
    if as_json:
        common.print_json({"keys": found})
        return
    head = ["id", "begins with", "role", "name", "made", "revoked"]
    rows = [
        [key.id, f"gbk_{key.handle}", key.role, key.name, common.moment(key.created_at), common.moment(key.revoked_at)]
        for key in found
    ]
    tables.console().print(tables.listed(head, rows))


def revoke(ctx: typer.Context, key: KeyId, as_json: common.Json = False) -> None:
    """Let a key open nothing any more, from the next request on and for good."""
    from store import keys

    with common.database(common.settings(ctx)) as database, database.write() as session:
        revoked = keys.revoke(session, key)
    if as_json:
        common.print_json(revoked)
    else:
        typer.echo(f"key {revoked.id}: revoked at {common.moment(revoked.revoked_at)}")
