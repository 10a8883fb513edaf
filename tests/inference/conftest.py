"""A client of the API over the fakes, with a database of each kind."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from inference.api import create_api
from store.database import Database, open_database
from store.settings import Settings
from tests.conftest import BOTH
from tests.inference import house


@pytest.fixture(scope="session", params=BOTH)
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One database for many tests, none of which minds what others left; once of each kind."""
    url = request.getfixturevalue("postgresql_migrated") if request.param == "postgresql" else None
    opened = open_database(Settings(workspace=tmp_path_factory.mktemp("api"), database_url=url))
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def client(shared: Database, tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    """An error that is no answer is raised in the test, so no 500 passes unseen."""
    return TestClient(create_api(house.settings(tmp_path_factory.mktemp("api")), house.parts(), shared))


@pytest.fixture
def pending(shared: Database) -> int:
    return house.variant(shared, house.campaign(shared))
