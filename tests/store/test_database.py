"""A database opens whole, whoever is killed, and says in one line why where it cannot."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import event, func, select, text
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from store import campaigns, migrating, variants
from store import database as databases
from store.database import Database, open_database
from store.errors import StoreError
from store.settings import Settings
from store.tables import Base, VariantRow
from tests import nouns

SECRET = "geheim"
OPEN = """
import sys
from store.database import open_database
from store.settings import Settings
print("ready", flush=True)
sys.stdin.readline()
open_database(Settings(database_url=sys.argv[1])).close()
"""
ADD = """
import sys
from store import variants
from store.database import open_database
from store.settings import Settings
from tests import nouns
opened = open_database(Settings(database_url=sys.argv[1]))
while True:
    print(nouns.stored(opened, nouns.WARNING, campaign_id=int(sys.argv[2])), flush=True)
"""


def program(source: str, *arguments: str) -> subprocess.Popen[str]:
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen([sys.executable, "-c", source, *arguments], text=True, **pipes)  # type: ignore[call-overload,no-any-return]


def refusal(url: str) -> str:
    """Why a database is not opened, in one line that holds no secret."""
    with pytest.raises(StoreError) as caught:
        open_database(Settings(database_url=url))
    assert "\n" not in str(caught.value)
    assert SECRET not in str(caught.value)
    return str(caught.value)


def test_opening_makes_the_workspace_and_opening_again_keeps_what_is_there(tmp_path: Path) -> None:
    settings = Settings(workspace=tmp_path / "a folder" / "100% new? #1")
    first = open_database(settings)
    nouns.campaign(first)
    first.close()
    again = open_database(settings)
    with again.read() as session:
        assert len(campaigns.recent(session)) == 1
    again.close()
    assert (settings.workspace / "glasbruk.db").is_file()


def test_sqlite_is_set_up_for_many_and_for_kill(tmp_path: Path) -> None:
    opened = open_database(Settings(workspace=tmp_path))
    with opened.read() as session:
        found = {
            name: session.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "foreign_keys", "synchronous")
        }
        assert session.scalar(text("PRAGMA busy_timeout")) == 30_000
    assert found == {"journal_mode": "wal", "foreign_keys": 1, "synchronous": 1}
    opened.close()


def test_a_write_is_stored_whole_or_not_at_all(database: Database) -> None:
    def fail_between() -> None:
        with database.write() as session:
            variants.add(session, nouns.variant(), [nouns.WARNING], nouns.prompt())
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        fail_between()
    with database.read() as session:
        for table in Base.metadata.sorted_tables:
            assert session.scalar(select(func.count()).select_from(table)) == 0, table.name


def test_a_reading_session_cannot_write(database: Database) -> None:
    with database.read() as session, pytest.raises((StoreError, SQLAlchemyError)):
        variants.add(session, nouns.variant(), [], None)
    nouns.stored(database)  # and the connection can, when it is next used for writing


def test_a_reading_session_sees_one_moment(database: Database) -> None:
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(VariantRow)) == 0
        nouns.stored(database)
        assert session.scalar(select(func.count()).select_from(VariantRow)) == 0


def test_writers_queue(database: Database) -> None:
    """Each reads and then writes, which fails at once on SQLite where the write lock is not taken at the start."""

    def work(_: int) -> None:
        with database.write() as session:
            session.scalar(select(func.count()).select_from(VariantRow))
            variants.add(session, nouns.variant(), [], None)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(30)))
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(VariantRow)) == 30


def test_a_writer_that_waits_too_long_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(databases, "PATIENCE", 0.05)
    opened = open_database(Settings(workspace=tmp_path))
    with opened.write(), pytest.raises(StoreError, match="another program has been writing"), opened.write():
        pass
    opened.close()


def test_a_killed_program_loses_nothing_it_told_of(database_url: str, database: Database) -> None:
    campaign_id = nouns.campaign(database)
    told: list[int] = []
    for lines in (1, 20):
        writing = program(ADD, database_url, str(campaign_id))
        assert writing.stdout is not None
        told += [int(writing.stdout.readline()) for _ in range(lines)]
        writing.send_signal(signal.SIGKILL)
        told += [int(line) for line in writing.stdout.read().split("\n") if line]
        writing.communicate()
        assert writing.returncode == -signal.SIGKILL
    database.close()
    again = open_database(Settings(database_url=database_url))
    with again.read() as session:
        if not again.is_postgresql:
            assert session.scalar(text("PRAGMA integrity_check")) == "ok"
        stored = set(session.scalars(select(VariantRow.id)))
        assert stored >= set(told)
        found = variants.findings_of(session, sorted(stored))
        assert all(found[variant_id] == [nouns.WARNING] for variant_id in stored)
        assert campaigns.get(session, campaign_id).written == len(stored)
    nouns.stored(again)
    again.close()


def test_programs_that_open_a_new_database_at_once_all_succeed(empty_url: str) -> None:
    opening = [program(OPEN, empty_url) for _ in range(2)]
    for one in opening:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    for one in opening:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    assert [(one.communicate(timeout=60)[1], one.returncode) for one in opening] == [("", 0)] * 2


def test_threads_that_open_a_new_database_at_once_all_succeed(tmp_path: Path) -> None:
    def work(number: int) -> None:
        open_database(Settings(workspace=tmp_path / str(number // 6))).close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(24)))


def test_a_database_from_a_newer_version_is_named_with_the_remedy(empty_url: str) -> None:
    opened = open_database(Settings(database_url=empty_url))
    head = ScriptDirectory.from_config(migrating._config()).get_current_head()
    with opened.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9z9z'"))
    line = refusal(empty_url)
    assert line.startswith(opened.name)
    assert all(part in line for part in ('"9z9z"', f'"{head}"', "upgrade glasbruk", "a copy of the older database"))
    opened.close()


def test_what_is_not_a_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "letter.db").write_text("Dear reader, " * 100)
    assert "letter.db: is not a database" in refusal(f"sqlite:///{tmp_path / 'letter.db'}")
    assert "cannot be opened" in refusal(f"sqlite:///{tmp_path}")


def test_a_damaged_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "glasbruk.db"
    open_database(Settings(workspace=tmp_path)).close()
    content = path.read_bytes()
    path.write_bytes(content[:100] + b"\xff" * (len(content) - 100))
    assert "is damaged; restore a copy" in refusal(f"sqlite:///{path}")


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=r"file/below: cannot be made .*set `workspace`"):
        open_database(Settings(workspace=tmp_path / "file" / "below"))


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_to_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StoreError, match="may be written to"):
        open_database(Settings(workspace=tmp_path))


def test_a_full_disk_is_named(tmp_path: Path) -> None:
    opened = open_database(Settings(workspace=tmp_path))
    event.listen(opened.engine, "begin", lambda connection: connection.exec_driver_sql("PRAGMA max_page_count = 1"))
    with pytest.raises(StoreError, match=r"glasbruk\.db: the disk is full; free some space"):
        nouns.stored(opened, raw="x" * 1_000_000)
    opened.close()


def test_our_own_mistakes_keep_their_traceback(tmp_path: Path) -> None:
    opened = open_database(Settings(workspace=tmp_path))
    with opened.read() as session, pytest.raises(SQLAlchemyError, match="no such table"):
        session.execute(text("SELECT * FROM nowhere"))
    opened.close()


@pytest.mark.parametrize(
    ("url", "says"),
    [
        (f"postgresql://ada:{SECRET}@127.0.0.1:1/db", "postgresql+psycopg://ada:***@127.0.0.1:1/db: cannot be used"),
        (f"postgres://127.0.0.1:1/db?password={SECRET}", "postgresql+psycopg://127.0.0.1:1/db: cannot be used"),
        (f"postgresql://ada:{SECRET}@127.0.0.1:1/db?colour=red", 'invalid connection option "colour"'),
        (f"postgresql://ada:{SECRET}@127.0.0.1:port/db", "is not a database URL"),
        (f"ada:{SECRET}@somewhere", "is not a database URL"),
        (f"mysql://ada:{SECRET}@127.0.0.1/db", "'mysql' is neither of what is supported"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
    ],
)
def test_a_url_that_cannot_be_used_says_why_without_its_password(url: str, says: str) -> None:
    assert says in refusal(url)


def test_an_error_does_not_repeat_what_was_to_be_stored(database: Database) -> None:
    with pytest.raises(IntegrityError) as caught, database.write() as session:
        session.execute(text("INSERT INTO forgotten (example_id) VALUES (:copy)"), {"copy": "zanzibarine"})
    assert "zanzibarine" not in str(caught.value).partition("DETAIL")[0]  # PostgreSQL's own words may
