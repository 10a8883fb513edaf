"""`accounts`: who may sit down at the desk, and as what."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from ui.commands import common

if TYPE_CHECKING:
    from store.account import Account

Who = Annotated[str, typer.Argument(metavar="WHO", help="Their e-mail address, or their name.", show_default=False)]
Name = Annotated[str, typer.Option(help="Stands on what they decide.", show_default=False)]
Email = Annotated[str, typer.Option(help="What they sign in with.", show_default=False)]
Role = Annotated[str, typer.Option(metavar="ROLE", help="copywriter, approver or admin.", show_default=False)]


def add_to(app: typer.Typer) -> None:
    """Add the verbs of this module."""
    verbs = typer.Typer(help="Make, list and disable the desk's accounts.", no_args_is_help=True, rich_markup_mode=None)
    verbs.command("new")(new)
    verbs.command("list")(list_)
    verbs.command()(password)
    verbs.command()(disable)
    verbs.command()(enable)
    app.add_typer(verbs, name="accounts")


def new(ctx: typer.Context, name: Name, email: Email, role: Role, as_json: common.Json = False) -> None:
    """Make an account. Its password is asked for at the terminal, or read from standard input.

    From the first account on, the desk lets nobody in who has not signed in, and the API nobody without a key.
    """
    from store import accounts, passwords
    from store.account import Person
    from store.errors import parse

    person = parse(Person, {"name": name, "email": email, "role": role}, source="accounts new")
    hashed = passwords.hashed(passwords.checked(_asked()))
    with common.database(common.settings(ctx)) as database, database.write() as session:
        _tell(accounts.add(session, person, hashed), "made", as_json)


def list_(ctx: typer.Context, as_json: common.Json = False) -> None:
    """List the accounts, disabled ones too."""
    from store import accounts
    from ui import tables

    with common.database(common.settings(ctx)) as database, database.read() as session:
        found = accounts.listed(session)
    if as_json:
        common.print_json({"accounts": found})
        return
    head = ["id", "name", "e-mail", "role", "signs in", "made", "disabled"]
    rows = [
        [
            each.id,
            each.name,
            each.email,
            each.role,
            f"at {each.issuer}" if each.issuer else "here",
            common.moment(each.created_at),
            common.moment(each.disabled_at),
        ]
        for each in found
    ]
    tables.console().print(tables.listed(head, rows))


def password(ctx: typer.Context, who: Who, as_json: common.Json = False) -> None:
    """Give an account another password; whoever is signed in with it is signed out."""
    from store import accounts, passwords

    with common.database(common.settings(ctx)) as database:
        with database.read() as session:
            accounts.get(session, who)
        hashed = passwords.hashed(passwords.checked(_asked()))
        with database.write() as session:
            _tell(accounts.set_password(session, who, hashed), "has a new password", as_json)


def disable(ctx: typer.Context, who: Who, as_json: common.Json = False) -> None:
    """Let nobody in with an account any more; whoever is signed in with it is signed out."""
    from store import accounts

    with common.database(common.settings(ctx)) as database, database.write() as session:
        _tell(accounts.disable(session, who), "disabled", as_json)


def enable(ctx: typer.Context, who: Who, as_json: common.Json = False) -> None:
    """Let an account's holder in again."""
    from store import accounts

    with common.database(common.settings(ctx)) as database, database.write() as session:
        _tell(accounts.enable(session, who), "enabled", as_json)


def _asked() -> str:
    """A password: typed twice at a terminal, where it is not shown, or the first line of standard input."""
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\r\n")


def _tell(account: "Account", what: str, as_json: bool) -> None:
    if as_json:
        common.print_json(account)
    else:
        typer.echo(f"account {account.id}, {account.name} ({account.role}): {what}")
