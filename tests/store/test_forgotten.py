"""What is forgotten stays forgotten."""

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError

from store import forgotten
from store.database import Database
from store.tables import ForgottenRow


def test_it_is_kept_once_with_the_first_reason(database: Database) -> None:
    with database.write() as session:
        assert forgotten.forget(session, ["variant:1", "brand-001", "variant:1"], "consent withdrawn") == 2
    with database.write() as session:
        assert forgotten.forget(session, ["variant:1", "brand-002"], "another") == 1
    with database.read() as session:
        assert forgotten.ids(session) == {"variant:1", "brand-001", "brand-002"}
        kept = session.get(ForgottenRow, "variant:1")
        assert kept is not None
        assert kept.reason == "consent withdrawn"


def test_the_database_refuses_to_remember_again(database: Database) -> None:
    with database.write() as session:
        forgotten.forget(session, ["variant:1"], "")
    for change in (delete(ForgottenRow), update(ForgottenRow).values(example_id="variant:2")):
        with pytest.raises(IntegrityError, match="rows are only added"), database.write() as session:
            session.execute(change)
