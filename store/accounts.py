"""Accounts of the desk: made by an administrator or vouched for by an OpenID provider; disabled, never removed."""

from collections.abc import Iterator

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from store import passwords
from store.account import HERE, Account, DeskRole, Person
from store.account_tables import AccountRow, VisitRow
from store.columns import now
from store.errors import Conflict, InputError, NotFound, Problem
from store.tables import to_noun


def add(session: Session, person: Person, hash: str) -> Account:  # noqa: A002
    """Make an account with the hash of a password. Raises Conflict where the name or the e-mail address is taken.

    Hash before the transaction begins: it is slow, and nobody else may write meanwhile.
    """
    subject = _folded(person.email)
    if _at(session, HERE, subject):
        raise Conflict(f"{person.email} has an account; `glasbruk accounts list` has those there are")
    if _taken(session, person.name):
        raise Conflict(
            f'another account has the name "{person.name}"; names stand on decisions, so choose one of its own'
        )
    return _insert(session, person, HERE, subject, hash)


def vouched(session: Session, issuer: str, subject: str, *, name: str, email: str, role: DeskRole) -> Account:
    """The account of whom an OpenID provider vouches for; made at their first visit, its role as they come with today.

    Where another account has the name, the address or a number is put behind it. Raises Conflict where it is disabled.
    """
    row = _at(session, issuer, subject)
    if row is None:
        free = next(each for each in _called(name, email) if not _taken(session, each))
        person = Person.model_construct(name=free, email=email, role=role)
        return _insert(session, person, issuer, subject, None)
    if row.disabled_at is not None:
        raise Conflict(f"the account of {row.name} is disabled; ask whoever looks after this desk")
    row.role = role
    session.flush()
    return to_noun(row, Account)


def known(session: Session, email: str) -> tuple[Account, str | None] | None:
    """The account that signs in with this address, and the hash of its password; None where there is none."""
    row = _at(session, HERE, _folded(email))
    return (to_noun(row, Account), row.hash) if row else None


def get(session: Session, email: str) -> Account:
    """The account that signs in with this address, or the one by this name. Raises NotFound."""
    return to_noun(_named(session, email), Account)


def set_password(session: Session, email: str, hash: str) -> Account:  # noqa: A002
    """Put another password's hash in force, and end the visits that began with the old one.

    Raises NotFound; InputError where an OpenID provider asks for the password.
    """
    row = _named(session, email)
    if row.issuer != HERE:
        raise InputError(Problem("password", f"is asked for by {row.issuer}; change it there"))
    row.hash = hash
    _turn_out(session, row.id)
    return to_noun(row, Account)


def rehash(session: Session, account_id: int, old: str, new: str) -> None:
    """Put the same password's new hash in place of the old one, unless somebody has set another meanwhile."""
    row = session.get(AccountRow, account_id)
    if row is not None and row.hash == old:
        row.hash = new


def disable(session: Session, email: str) -> Account:
    """Let nobody in with it from now on, and end its visits. Raises NotFound."""
    row = _named(session, email)
    row.disabled_at = row.disabled_at or now()
    _turn_out(session, row.id)
    return to_noun(row, Account)


def enable(session: Session, email: str) -> Account:
    """Let its holder in again. Raises NotFound."""
    row = _named(session, email)
    row.disabled_at = None
    session.flush()
    return to_noun(row, Account)


def listed(session: Session) -> list[Account]:
    """Every account, the oldest first, disabled ones too."""
    return [to_noun(row, Account) for row in session.scalars(select(AccountRow).order_by(AccountRow.id))]


def exist(session: Session) -> bool:
    """Whether any account was ever made; disabled ones count, so that disabling the last one opens nothing."""
    return bool(session.scalar(select(exists().select_from(AccountRow))))


def any_here(session: Session) -> bool:
    """Whether anybody has a password of ours."""
    return bool(session.scalar(select(exists().where(AccountRow.issuer == HERE))))


def _insert(session: Session, person: Person, issuer: str, subject: str, hash: str | None) -> Account:  # noqa: A002
    values = {"name": person.name, "email": person.email, "role": person.role}
    row = AccountRow(**values, issuer=issuer, subject=subject, hash=hash, created_at=now())
    session.add(row)
    session.flush()
    return to_noun(row, Account)


def _turn_out(session: Session, account_id: int) -> None:
    session.flush()
    session.execute(delete(VisitRow).where(VisitRow.account_id == account_id))


def _at(session: Session, issuer: str, subject: str) -> AccountRow | None:
    return session.scalar(select(AccountRow).where(AccountRow.issuer == issuer, AccountRow.subject == subject))


def _named(session: Session, wanted: str) -> AccountRow:
    row = _at(session, HERE, _folded(wanted)) or session.scalar(select(AccountRow).where(AccountRow.name == wanted))
    if row is None:
        raise NotFound(f'there is no account "{wanted}"; `glasbruk accounts list` has those there are')
    return row


def _taken(session: Session, name: str) -> bool:
    """Whether an account has this name, in whatever case: only people could tell them apart, and not all of them."""
    return _folded(name) in {_folded(each) for each in session.scalars(select(AccountRow.name))}


def _called(name: str, email: str) -> Iterator[str]:
    """Names for somebody whose own may be taken, each to fit where a name stands."""
    yield name[:120]
    if email:
        yield f"{name[:60]} ({email[:57]})"
    yield from (f"{name[:100]} {number}" for number in range(2, 1_000_000))


def _folded(words: str) -> str:
    return passwords.folded(words).strip().casefold()
