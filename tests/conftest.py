"""What tests share: databases of both kinds, each test with its own."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from store.database import Database, open_database
from store.settings import PREFIX, Settings
from tests import postgresql

KEPT = {"GLASBRUK_DATA", "GLASBRUK_TEST_POSTGRESQL", "GLASBRUK_CACHE"}  # where things are, not how the product behaves
settings.register_profile("unhurried", deadline=None)  # how fast a busy machine is, is no property
settings.load_profile("unhurried")
BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)]

for variable in [name for name in os.environ if name.startswith(PREFIX) and name not in KEPT]:
    del os.environ[variable]  # the settings of whoever runs the tests must not steer them


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """The URL of a database on a running server; the tests make their own databases beside it."""
    with postgresql.server() as url:
        yield url


@pytest.fixture(scope="session")
def postgresql_migrated(postgresql_url: str) -> Iterator[str]:
    """The URL of a migrated database, which each test empties before it begins."""
    with postgresql.new_database(postgresql_url) as url:
        open_database(Settings(database_url=url)).close()
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file to copy."""
    settings = Settings(workspace=tmp_path_factory.mktemp("template"))
    open_database(settings).close()
    return settings.workspace / "glasbruk.db"


@pytest.fixture(params=BOTH)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database with nothing in it, one test for each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'glasbruk.db'}"
    else:
        with postgresql.new_database(request.getfixturevalue("postgresql_url")) as url:
            yield url


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a migrated database without rows, one test for each kind."""
    if request.param == "sqlite":
        copied = shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "glasbruk.db")
        return f"sqlite:///{copied}"
    url: str = request.getfixturevalue("postgresql_migrated")
    postgresql.empty(url)
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An open database, one test for each kind."""
    opened = open_database(Settings(database_url=database_url))
    yield opened
    opened.close()
