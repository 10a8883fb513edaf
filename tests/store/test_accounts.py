"""Accounts and visits: one name each, let in and turned out, and nothing in the store that opens anything."""

import hashlib
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from store import accounts, visits
from store.account import Account, Person
from store.columns import now
from store.database import Database
from store.errors import Conflict, InputError, NotFound, parse
from store.key import Role

STAY = visits.Stay(idle=timedelta(hours=8), whole=timedelta(days=7))
PROVIDER = "https://id.example"


def made(database: Database, name: str = "Ada Ek", email: str = "ada@example.com") -> Account:
    with database.write() as session:
        return accounts.add(session, Person(name=name, email=email, role=Role.APPROVER), "a hash")


def begun(database: Database, account: Account) -> str:
    with database.write() as session:
        return visits.begin(session, account.id, STAY)


def here(database: Database, token: str, hours: float = 0) -> Account | None:
    with database.read() as session:
        found = visits.visitor(session, token, STAY, moment=now() + timedelta(hours=hours))
    return found[0] if found else None


def test_an_account_is_known_by_its_address_in_whatever_case(database: Database) -> None:
    account = made(database)
    with database.read() as session:
        assert accounts.known(session, " ADA@Example.com ") == (account, "a hash")
        assert accounts.known(session, "bo@example.com") is None
        assert accounts.listed(session) == [account]
        assert "hash" not in account.model_dump()


@pytest.mark.parametrize(
    ("name", "email", "says"), [("Bo", "ADA@example.com", "has an account"), ("ada ek", "bo@example.com", "the name")]
)
def test_two_accounts_share_neither_name_nor_address(database: Database, name: str, email: str, says: str) -> None:
    made(database)
    with pytest.raises(Conflict, match=says):
        made(database, name, email)


def test_a_program_has_a_key_and_no_account() -> None:
    with pytest.raises(InputError, match=r"role: should be .*copywriter"):
        parse(Person, {"name": "x", "email": "a@b.c", "role": "service"})
    with pytest.raises(InputError, match="email: "):
        parse(Person, {"name": "x", "email": "nobody", "role": "admin"})


def test_a_visit_lasts_as_long_as_it_may(database: Database) -> None:
    account = made(database)
    token = begun(database, account)
    assert here(database, token) == account
    assert here(database, token, 7.9) == account
    assert here(database, token, 8.1) is None
    with database.write() as session:
        visits.note(session, token, moment=now() + timedelta(days=6, hours=23))
    assert here(database, token, 24 * 7 - 0.1) == account
    assert here(database, token, 24 * 7 + 0.1) is None
    assert here(database, token[:-1]) is None
    assert here(database, "") is None


def test_that_somebody_is_here_is_noted_once_a_minute_at_most(database: Database) -> None:
    token = begun(database, made(database))
    with database.read() as session:
        early = visits.visitor(session, token, STAY, moment=now() + timedelta(seconds=30))
        late = visits.visitor(session, token, STAY, moment=now() + timedelta(seconds=61))
    assert early is not None
    assert late is not None
    assert (early[1], late[1]) == (False, True)


def test_what_is_stored_of_a_visit_opens_nothing(database: Database) -> None:
    token = begun(database, made(database))
    with database.read() as session:
        row = session.execute(text("SELECT * FROM visits")).one()
    assert token not in str(row)
    assert row.hash == hashlib.sha256(token.encode()).hexdigest()
    assert here(database, row.hash) is None
    assert len(token) * 6 >= 8 * visits.SECRET_BYTES == 256


def test_signing_out_disabling_and_a_new_password_end_visits_at_once(database: Database) -> None:
    account, other = made(database), made(database, "Bo", "bo@example.com")
    tokens = [begun(database, account) for _ in range(4)]
    bystander = begun(database, other)
    with database.write() as session:
        visits.end(session, tokens[0])
    assert [here(database, token) is None for token in tokens] == [True, False, False, False]
    with database.write() as session:
        accounts.set_password(session, "ada@example.com", "another")
    assert [here(database, token) for token in tokens] == [None] * 4
    again = begun(database, account)
    with database.write() as session:
        assert accounts.disable(session, "Ada Ek").disabled_at is not None
    assert here(database, again) is None
    with database.write() as session:
        assert accounts.enable(session, "Ada Ek").disabled_at is None
    assert here(database, again) is None
    assert here(database, bystander) == other


def test_visits_that_lapsed_go_when_another_begins(database: Database) -> None:
    account = made(database)
    with database.write() as session:
        visits.begin(session, account.id, STAY, moment=now() - timedelta(hours=9))
    begun(database, account)
    with database.read() as session:
        assert session.execute(text("SELECT count(*) FROM visits")).scalar_one() == 1


def test_disabled_accounts_still_count(database: Database) -> None:
    with database.read() as session:
        assert not accounts.exist(session)
    made(database)
    with database.write() as session:
        accounts.disable(session, "ada@example.com")
        assert accounts.exist(session)


def test_who_is_not_there_is_told_so(database: Database) -> None:
    for act in (accounts.disable, accounts.enable, accounts.get):
        with pytest.raises(NotFound, match='no account "eve"; `glasbruk accounts list`'), database.write() as session:
            act(session, "eve")


def test_a_provider_vouches_for_one_account_each_and_brings_the_role_of_today(database: Database) -> None:
    made(database, "Ada Ek", "ada@example.com")
    with database.write() as session:
        first = accounts.vouched(session, PROVIDER, "7", name="Ada Ek", email="ada@id.example", role=Role.COPYWRITER)
        other = accounts.vouched(session, PROVIDER, "8", name="Ada Ek", email="", role=Role.ADMIN)
        again = accounts.vouched(session, PROVIDER, "7", name="Eve", email="eve@id.example", role=Role.APPROVER)
    assert (first.name, other.name) == ("Ada Ek (ada@id.example)", "Ada Ek 2")
    assert again == first.model_copy(update={"role": Role.APPROVER})
    with pytest.raises(InputError, match=r"id\.example; change it there"), database.write() as session:
        accounts.set_password(session, first.name, "a hash")
    with database.write() as session:
        accounts.disable(session, first.name)
    with pytest.raises(Conflict, match="is disabled"), database.write() as session:
        accounts.vouched(session, PROVIDER, "7", name="Ada", email="", role=Role.ADMIN)


def test_a_provider_cannot_vouch_for_an_account_of_ours(database: Database) -> None:
    account = made(database)
    with database.write() as session:
        other = accounts.vouched(
            session, PROVIDER, "ada@example.com", name="Ada Ek", email="ada@example.com", role=Role.ADMIN
        )
    assert other.id != account.id
    with database.read() as session:
        assert accounts.known(session, "ada@example.com") == (account, "a hash")


@pytest.mark.parametrize(
    "statement", ["UPDATE accounts SET name = 'x'", "UPDATE accounts SET subject = 'x'", "DELETE FROM accounts",
                  "UPDATE accounts SET role = 'king'"],
)  # fmt: skip
def test_the_database_refuses_to_change_whose_an_account_is(database: Database, statement: str) -> None:
    made(database)
    with pytest.raises(IntegrityError), database.write() as session:
        session.execute(text(statement))
