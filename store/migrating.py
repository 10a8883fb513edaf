"""Bringing a database up to the schema of this version, by Alembic."""

import threading
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from store.errors import StoreError

LOCK = 0x676C6173  # the advisory lock that migrating programs queue for on PostgreSQL
ONE_AT_A_TIME = threading.Lock()  # Alembic keeps what it works on in variables of its module


def bring_up(engine: Engine, name: str) -> None:
    """Migrate up to this version's schema, in one transaction, while any other program that opens it waits.

    Raises StoreError where the database is from a newer version.
    """
    config = _config()
    scripts = ScriptDirectory.from_config(config)
    with engine.connect() as connection:
        if _revision(connection, scripts, name) == scripts.get_current_head():
            return
    with engine.execution_options(writes=True).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        if _revision(connection, scripts, name) != scripts.get_current_head():  # nobody did it while we waited
            config.attributes["connection"] = connection
            with ONE_AT_A_TIME:
                command.upgrade(config, "head")


def revisions(engine: Engine, name: str) -> tuple[str | None, str | None]:
    """The revision the database is at (None for an empty one), and this version's. Raises StoreError as `bring_up`."""
    scripts = ScriptDirectory.from_config(_config())
    with engine.connect() as connection:
        return _revision(connection, scripts, name), scripts.get_current_head()


def _config() -> Config:
    config = Config()
    folder = str(Path(__file__).parent / "migrations")
    config.set_main_option("script_location", folder.replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _revision(connection: Connection, scripts: ScriptDirectory, name: str) -> str | None:
    """The revision the database is at; None for an empty one. Raises StoreError where this version does not know it."""
    revision = MigrationContext.configure(connection).get_current_revision()
    known = [script.revision for script in scripts.walk_revisions()]
    if revision is not None and revision not in known:
        raise StoreError(
            f'{name}: is at revision "{revision}", from a newer version than this one, which knows up to "{known[0]}"; '
            "upgrade glasbruk, or use a copy of the older database"
        )
    return revision
