"""Keys: issued once, known by their hash, revoked for good."""

import hashlib
import hmac
import re
import secrets
from typing import NamedTuple

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from store.columns import now
from store.errors import NotFound
from store.key import Holder, Key
from store.tables import KeyRow, to_noun

SECRET_BYTES = 32  # 256 bits
FORM = re.compile(r"gbk_([0-9a-f]{12})_[\w-]{43}", re.ASCII)  # the beginning lets scanners find keys that leaked
NOBODY = "0" * 64  # compared with where no key has the handle, so that both cases take the same steps


class Issued(NamedTuple):
    """A new key, and the token that its holder sends."""

    key: Key
    token: str
    """Cannot be had again."""


def issue(session: Session, holder: Holder) -> Issued:
    """Make a key and store its hash."""
    handle = secrets.token_hex(6)
    token = f"gbk_{handle}_{secrets.token_urlsafe(SECRET_BYTES)}"
    row = KeyRow(handle=handle, hash=_hash(token), name=holder.name, role=holder.role, created_at=now())
    session.add(row)
    session.flush()
    return Issued(to_noun(row, Key), token)


def find(session: Session, token: str) -> Key | None:
    """The key that this is the token of, revoked or not; None where there is none.

    The index is searched for the handle, which is no secret; the hashes are compared in constant time.
    """
    form = FORM.fullmatch(token)
    row = session.scalar(select(KeyRow).where(KeyRow.handle == form[1])) if form else None
    same = hmac.compare_digest(row.hash if row else NOBODY, _hash(token))
    return to_noun(row, Key) if row and same else None


def listed(session: Session) -> list[Key]:
    """Every key, the oldest first, revoked ones too."""
    return [to_noun(row, Key) for row in session.scalars(select(KeyRow).order_by(KeyRow.id))]


def revoke(session: Session, id: int) -> Key:  # noqa: A002
    """Let a key open nothing from now on. One that is revoked keeps the time at which it was. Raises NotFound."""
    standing = (KeyRow.id == id, KeyRow.revoked_at.is_(None))
    session.execute(update(KeyRow).where(*standing).values(revoked_at=now()))
    row = session.get(KeyRow, id, populate_existing=True)
    if row is None:
        raise NotFound(f"there is no key {id}; `glasbruk keys list` has those there are")
    return to_noun(row, Key)


def exist(session: Session) -> bool:
    """Whether any key was ever issued; revoked ones count, so that revoking the last one opens nothing."""
    return bool(session.scalar(select(exists().select_from(KeyRow))))


def _hash(token: str) -> str:
    """SHA-256 in hex.

    A password needs a slow, salted hash because it can be guessed from a dictionary; a token has 256 random bits, which
    no dictionary holds, and a slow hash would be paid at every request.
    """
    return hashlib.sha256(token.encode()).hexdigest()
