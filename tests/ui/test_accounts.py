"""Accounts from the command: passwords are asked for and never shown."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from store import accounts, passwords
from store.account import Account
from store.database import open_database
from store.key import Role
from store.settings import Settings
from tests.ui.doorway import PASSWORD
from tests.ui.test_cli import FAKES, refused, run
from ui.cli import app

NEW = ("accounts", "new", "--name", "Ada Ek", "--email", "ada@example.com", "--role", "approver")


def made(workspace: Path, *words: str, password: str = PASSWORD) -> str:
    """What the command prints when it reads a password from standard input."""
    done = CliRunner(env=FAKES).invoke(app, [*words, "--workspace", str(workspace)], input=f"{password}\n")
    assert password not in done.output
    return done.output


def stored(workspace: Path) -> tuple[Account, str | None] | None:
    database = open_database(Settings(workspace=workspace))
    with database.read() as session:
        found = accounts.known(session, "ada@example.com")
    database.close()
    return found


def test_an_account_is_made_listed_disabled_and_given_another_password(tmp_path: Path) -> None:
    assert "account 1, Ada Ek (approver): made" in made(tmp_path, *NEW)
    found = stored(tmp_path)
    assert found is not None
    account, hashed = found
    assert (account.name, account.role) == ("Ada Ek", Role.APPROVER)
    assert passwords.same(hashed, PASSWORD)
    listed = run("accounts", "list", "--workspace", tmp_path).stdout
    assert "Ada Ek" in listed
    assert "argon2" not in listed + run("accounts", "list", "--json", "--workspace", tmp_path).stdout
    assert "has a new password" in made(tmp_path, "accounts", "password", "ada@example.com", password="x" * 12)
    found = stored(tmp_path)
    assert found is not None
    assert passwords.same(found[1], "x" * 12)
    assert "disabled" in run("accounts", "disable", "Ada Ek", "--workspace", tmp_path).stdout
    (row,) = json.loads(run("accounts", "list", "--json", "--workspace", tmp_path).stdout)["accounts"]
    assert row["disabled_at"]
    assert "enabled" in run("accounts", "enable", "ada@example.com", "--workspace", tmp_path).stdout


def test_a_password_that_is_too_short_makes_nothing(tmp_path: Path) -> None:
    assert "password: has 11 characters; use 12 to 1,000" in made(tmp_path, *NEW, password="eleven char")
    assert stored(tmp_path) is None


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("new", "--name", "x", "--email", "a@b.c", "--role", "service"), "role: should be"),
        (("new", "--name", "x", "--email", "nobody", "--role", "admin"), "email: "),
        (("disable", "eve"), 'there is no account "eve"; `glasbruk accounts list`'),
        (("password", "eve"), 'there is no account "eve"'),
    ],
)
def test_what_cannot_be_is_one_line_with_the_remedy(tmp_path: Path, words: tuple[str, ...], says: str) -> None:
    assert says in refused("accounts", *words, "--workspace", tmp_path)
