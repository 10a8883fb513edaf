"""A key is shown once, known by its hash, and shut for good when it is revoked."""

import hashlib

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from store import keys
from store.columns import now
from store.database import Database
from store.errors import NotFound
from store.key import Holder, Role


def issued(database: Database, role: Role = Role.SERVICE, name: str = "nightly") -> keys.Issued:
    with database.write() as session:
        return keys.issue(session, Holder(name=name, role=role))


def test_a_key_is_found_by_its_token_and_by_nothing_else(database: Database) -> None:
    key, token = issued(database, Role.APPROVER, "Åsa")
    other = issued(database)
    with database.read() as session:
        assert keys.find(session, token) == key
        assert (key.name, key.role, key.revoked_at) == ("Åsa", Role.APPROVER, None)
        swapped = token[:-43] + other.token[-43:]  # the handle of one with the secret of another
        for wrong in (swapped, token[:-1], f"{token} ", token.upper(), key.handle, "", "gbk_\x00", "å" * 60):
            assert keys.find(session, wrong) is None


def test_what_is_stored_opens_nothing(database: Database) -> None:
    token = issued(database).token
    with database.read() as session:
        row = session.execute(text("SELECT * FROM keys")).one()
        assert token[-43:] not in str(row)
        assert row.hash == hashlib.sha256(token.encode()).hexdigest()
        assert keys.find(session, row.hash) is None


def test_tokens_differ_and_hold_256_random_bits(database: Database) -> None:
    tokens = {issued(database).token for _ in range(20)}
    assert len({token[-43:] for token in tokens}) == 20
    assert all(keys.FORM.fullmatch(token) for token in tokens)
    assert 43 * 6 >= 8 * keys.SECRET_BYTES == 256


def test_revoking_sets_a_time_once(database: Database) -> None:
    key, token = issued(database)
    before = now()
    with database.write() as session:
        revoked = keys.revoke(session, key.id)
    assert revoked.revoked_at is not None
    assert before <= revoked.revoked_at <= now()
    with database.write() as session:
        assert keys.revoke(session, key.id) == revoked
        assert keys.find(session, token) == revoked
        assert keys.listed(session) == [revoked]


def test_a_key_that_is_not_there_cannot_be_revoked(database: Database) -> None:
    with pytest.raises(NotFound, match="no key 7; `glasbruk keys list`"), database.write() as session:
        keys.revoke(session, 7)


def test_revoked_keys_still_count_as_keys(database: Database) -> None:
    with database.read() as session:
        assert not keys.exist(session)
    key = issued(database).key
    with database.write() as session:
        keys.revoke(session, key.id)
        assert keys.exist(session)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE keys SET role = 'admin'",
        "UPDATE keys SET hash = ''",
        "UPDATE keys SET revoked_at = NULL",
        "DELETE FROM keys",
        "INSERT INTO keys (handle, hash, name, role, created_at) SELECT 'x', '', '', 'king', created_at FROM keys",
        "INSERT INTO keys (handle, hash, name, role, created_at) SELECT handle, '', '', role, created_at FROM keys",
    ],
)
def test_the_database_refuses_to_change_a_key_or_to_bring_it_back(database: Database, statement: str) -> None:
    key, token = issued(database)
    with database.write() as session:
        revoked = keys.revoke(session, key.id)
    with pytest.raises(IntegrityError), database.write() as session:
        session.execute(text(statement))
    with database.read() as session:
        assert keys.find(session, token) == revoked


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # PostgreSQL has no INSERT OR REPLACE
def test_a_key_is_not_replaced_by_another_of_its_id_or_handle(database: Database) -> None:
    issued(database)
    for columns in ("id, handle, hash, name, role, created_at", "handle, hash, name, role, created_at"):
        with pytest.raises(IntegrityError, match="rows are only added"), database.write() as session:
            session.execute(text(f"INSERT OR REPLACE INTO keys ({columns}) SELECT {columns} FROM keys"))
