"""Keys from the command: shown once, listed without what opens, revoked."""

import json
from pathlib import Path

import pytest

from store import keys
from store.database import open_database
from store.key import Key, Role
from store.settings import Settings
from tests.ui.test_cli import refused, run


def found(workspace: Path, token: str) -> Key | None:
    database = open_database(Settings(workspace=workspace))
    with database.read() as session:
        key = keys.find(session, token)
    database.close()
    return key


def test_a_key_is_printed_once_and_alone_so_that_it_can_be_piped(tmp_path: Path) -> None:
    made = run("keys", "new", "--role", "approver", "--name", "Åsa Ek", "--workspace", tmp_path)
    token = made.stdout.strip()
    key = found(tmp_path, token)
    assert key is not None
    assert (key.name, key.role) == ("Åsa Ek", Role.APPROVER)
    assert "cannot be shown again" in made.stderr
    listed = run("keys", "list", "--workspace", tmp_path).stdout
    assert "Åsa Ek" in listed
    assert key.handle in listed
    whole = listed + run("keys", "list", "--json", "--workspace", tmp_path).stdout
    assert token[-43:] not in whole
    assert "hash" not in whole


def test_a_key_has_its_roles_name_where_none_is_given(tmp_path: Path) -> None:
    made = json.loads(run("keys", "new", "--role", "service", "--json", "--workspace", tmp_path).stdout)
    assert made["key"]["name"] == "service"
    assert found(tmp_path, made["token"]) is not None


def test_a_revoked_key_is_listed_with_the_time(tmp_path: Path) -> None:
    token = run("keys", "new", "--role", "admin", "--workspace", tmp_path).stdout.strip()
    said = run("keys", "revoke", "1", "--workspace", tmp_path).stdout
    assert said.startswith("key 1: revoked at ")
    key = found(tmp_path, token)
    assert key is not None
    assert key.revoked_at is not None
    (row,) = json.loads(run("keys", "list", "--json", "--workspace", tmp_path).stdout)["keys"]
    assert row["revoked_at"]
    assert run("keys", "revoke", "1", "--workspace", tmp_path).stdout == said


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("new", "--role", "king"), "role: should be 'copywriter', 'approver', 'service' or 'admin' (got 'king')"),
        (("new", "--role", "admin", "--name", " "), "name: "),
        (("new",), "--role"),
        (("revoke", "9"), "there is no key 9; `glasbruk keys list`"),
    ],
)
def test_what_cannot_be_is_one_line_with_the_remedy(tmp_path: Path, words: tuple[str, ...], says: str) -> None:
    assert says in refused("keys", *words, "--workspace", tmp_path)
