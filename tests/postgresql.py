"""A PostgreSQL of the tests' own: on loopback, in a temporary folder, gone when the session ends."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url

from store import job_tables  # noqa: F401 - so that the tables of jobs are among them
from store.tables import Base

VARIABLE = "GLASBRUK_TEST_POSTGRESQL"  # the URL of a server to use instead, as a superuser
PATIENCE = 30  # seconds that a server may take to start
# Nothing here needs to outlive a power cut.
QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=50", "shared_buffers=32MB")


@contextmanager
def server() -> Iterator[str]:
    """Run a server and give the URL of a database in it. Skips, saying so, where PostgreSQL is not installed."""
    if os.environ.get(VARIABLE):
        yield os.environ[VARIABLE]
        return
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="glasbruk-pg-"))
    try:
        with _running(programs, folder) as url:
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def new_database(url: str) -> Iterator[str]:
    """Make a database on the server of `url`; give its URL, and drop it at the end."""
    name = f"glasbruk_{uuid.uuid4().hex[:12]}"
    admin = make_url(url).set(drivername="postgresql")
    with psycopg.connect(admin.render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        try:
            yield admin.set(database=name).render_as_string(hide_password=False)
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def empty(url: str) -> None:
    """Take every row out of the database, past the triggers that would refuse it; numbering begins at 1 again."""
    ours = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    with psycopg.connect(url) as connection:
        connection.execute(f"SELECT pg_terminate_backend(pid) FROM ({ours}) AS left_open")
        connection.execute("SET session_replication_role = replica")
        connection.execute(f"TRUNCATE {', '.join(Base.metadata.tables)} RESTART IDENTITY")


def _programs() -> Path:
    """The folder with the server's programs."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    found = [folder for folder in folders if (folder / "initdb").is_file()]
    if not found and (initdb := shutil.which("initdb")):
        found = [Path(initdb).resolve().parent]
    if found:
        return found[0]
    missing = f"PostgreSQL is not installed (Debian: apt-get install postgresql), and {VARIABLE} names no server"
    if os.environ.get("CI"):
        pytest.fail(missing)
    pytest.skip(missing)


@contextmanager
def _running(programs: Path, folder: Path) -> Iterator[str]:
    user = _ordinary_user(folder)
    data = folder / "data"
    subprocess.run(
        [programs / "initdb", "-D", data, "-U", "glasbruk", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
        check=True,
        capture_output=True,
        cwd=folder,
        **user,
    )
    port = _free_port()
    settings = [f"port={port}", "listen_addresses=127.0.0.1", f"unix_socket_directories={folder}", *QUICK]
    command = [str(programs / "postgres"), "-D", str(data), *[part for setting in settings for part in ("-c", setting)]]
    with (folder / "log").open("wb") as log:
        process: subprocess.Popen[bytes] = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, **user)
    try:
        url = f"postgresql://glasbruk@127.0.0.1:{port}/postgres"
        _wait(url, process, folder / "log")
        yield url
    finally:
        process.send_signal(signal.SIGINT)  # "fast": PostgreSQL ends the sessions and stops
        process.wait(PATIENCE)


def _ordinary_user(folder: Path) -> dict[str, Any]:
    """How to run a program as somebody who may be PostgreSQL, which refuses root; the folder becomes theirs."""
    if os.getuid() != 0:
        return {}
    names = {entry.pw_name for entry in pwd.getpwall()}
    entry = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    os.chown(folder, entry.pw_uid, entry.pw_gid)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            psycopg.connect(url, connect_timeout=2).close()
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > end:
                pytest.fail(f"PostgreSQL did not start: {log.read_text()[-500:]}")
            time.sleep(0.05)
        else:
            return
