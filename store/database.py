"""The database: one file of SQLite, or PostgreSQL by URL; opened, migrated, and written to in whole transactions."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import URL, Connection, Engine, ExceptionContext, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from store import migrating
from store.errors import StoreError
from store.settings import Settings

PATIENCE = 30.0  # seconds that one writer waits for another before it gives up
POSTGRESQL = {"postgres", "postgresql", "postgresql+psycopg"}

# What SQLite says when the file, the disk or another program is at fault, and the remedy. Other codes are our bugs.
SQLITE_FAULTS = {
    sqlite3.SQLITE_BUSY: f"another program has been writing to it for {PATIENCE:.0f} seconds; wait for it, or stop it",
    sqlite3.SQLITE_LOCKED: "another program holds it; wait for it, or stop it",
    sqlite3.SQLITE_READONLY: "may not be written to; give yourself the right to, or set another workspace",
    sqlite3.SQLITE_IOERR: "the disk reports an error; look at the disk, and restore a copy of the workspace if need be",
    sqlite3.SQLITE_CORRUPT: "is damaged; restore a copy of the workspace",
    sqlite3.SQLITE_FULL: "the disk is full; free some space and do it again",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened or created; check that its folder is there and may be written to",
    sqlite3.SQLITE_NOTADB: "is not a database; move that file away, or set another database_url",
}


class Database:
    """An open database. `name` is how errors name it, without password; `close` lets its connections go."""

    def __init__(self, url: str | URL) -> None:
        """Take `url` without connecting. Raises StoreError where it names no database that can be used."""
        self.url = _normal(url)
        self.name = _shown(self.url)
        self.engine = _engine(self.url, self.name)
        self._writing = self.engine.execution_options(writes=True)
        reading = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True} if self.is_postgresql else {}
        self._reading = self.engine.execution_options(**reading)

    @property
    def is_postgresql(self) -> bool:
        """Whether it is PostgreSQL; SQLite otherwise."""
        return self.url.get_backend_name() == "postgresql"

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session in one transaction: all of it is stored at the end, or nothing where an exception leaves the block.

        On SQLite the transaction takes the write lock at its start, so that two writers queue instead of failing.
        """
        with Session(self._writing, expire_on_commit=False) as session, session.begin():
            session.connection()  # begins now, not at the first statement
            yield session

    def read(self) -> Session:
        """A session that cannot write, and sees the database as it was at its first statement.

        Close it, or use it in a `with`.
        """
        return Session(self._reading, expire_on_commit=False)

    def close(self) -> None:
        """Let all connections go."""
        self.engine.dispose()


def open_database(settings: Settings) -> Database:
    """Open the database in force, made and migrated where need be.

    Raises StoreError where it cannot be opened, is not a database, or comes from a newer version than this.
    """
    database = Database(settings.database)
    try:
        if not database.is_postgresql:
            _make_folder(database)
        migrating.bring_up(database.engine, database.name)
    except BaseException:
        database.close()
        raise
    return database


def _make_folder(database: Database) -> None:
    folder = Path(database.name).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or error
        raise StoreError(f"{folder}: cannot be made ({reason}); set `workspace` to a folder you may write to") from None


def _normal(url: str | URL) -> URL:
    """The URL with our driver for its database."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise StoreError(
            "database_url: is not a database URL; write postgresql://user:password@host/name, or sqlite:///path/file.db"
        ) from None
    if parsed.drivername in POSTGRESQL:
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername in {"sqlite", "sqlite+pysqlite"} and parsed.database not in {None, "", ":memory:"}:
        return parsed
    if parsed.get_backend_name() == "sqlite":
        raise StoreError("database_url: names no file; write sqlite:///path/file.db")
    raise StoreError(f"database_url: {parsed.drivername!r} is neither of what is supported: postgresql, sqlite")


def _shown(url: URL) -> str:
    """The path of a file, or the URL with nothing that could be a secret."""
    return url.database or "" if url.get_backend_name() == "sqlite" else url.set(query={}).render_as_string()


def _engine(url: URL, name: str) -> Engine:
    """The engine. Its errors do not repeat what was to be stored: a traceback in a log is to hold no copy."""
    try:
        if url.get_backend_name() == "sqlite":
            engine = create_engine(url, hide_parameters=True, connect_args={"timeout": PATIENCE})
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
        else:
            timeout = {"connect_timeout": int(PATIENCE)}
            engine = create_engine(url, hide_parameters=True, pool_pre_ping=True, connect_args=timeout)
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        raise StoreError(f"{name}: cannot be used: {error}") from None

    def explain(context: ExceptionContext) -> BaseException | None:
        reason = _reason(context.original_exception, connecting=context.connection is None)
        return StoreError(f"{name}: {reason}") if reason else None

    event.listen(engine, "handle_error", explain, retval=True)
    return engine


def _reason(error: BaseException | None, *, connecting: bool) -> str | None:
    """Why the database cannot be used, where it is the database and not our statement that is at fault."""
    if isinstance(error, sqlite3.Error):
        return SQLITE_FAULTS.get((getattr(error, "sqlite_errorcode", None) or 0) & 0xFF)  # the low byte is the family
    if isinstance(error, psycopg.OperationalError) or (connecting and isinstance(error, psycopg.Error)):
        line = " ".join(str(error).split())
        return f"cannot be used: {line}; check that the server runs and that database_url is right"
    return None


def _prepare_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    """What every connection needs before anything else.

    `synchronous=NORMAL` with a write-ahead log: a killed process loses nothing that was committed; a power cut may lose
    the last commits, but never damages what is there.
    """
    connection.isolation_level = None  # transactions begin where `_begin_sqlite` says, not where sqlite3 guesses
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute(f"PRAGMA busy_timeout = {int(PATIENCE * 1000)}")
    _use_log(cursor)
    cursor.close()


def _use_log(cursor: DBAPICursor) -> None:
    """Turn on the write-ahead log. Two programs that do so at once on a new file are refused without any waiting."""
    cursor.execute("PRAGMA journal_mode")
    if cursor.fetchone() == ("wal",):
        return
    end = time.monotonic() + PATIENCE
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
            time.sleep(0.02)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql(f"PRAGMA query_only = {'OFF' if writes else 'ON'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
