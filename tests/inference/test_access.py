"""Who may do what: every endpoint times every role, and the table in the docs is the table in the code."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter
from fastapi.testclient import TestClient
from starlette.routing import Route

from inference import access, api
from inference.api import create_api
from store import jobs, keys
from store.database import Database, open_database
from store.job import Terms
from store.key import Holder, Role
from tests.inference import house

DOCS = Path(__file__).parents[2] / "docs" / "service.md"
BODIES: dict[str, dict[str, Any]] = {
    "/v1/copy": {"brief": house.brief_data(), "n": 1, "overgenerate": 1},
    "/v1/score": {"texts": ["Fresh rolls"]},
    "/v1/check": {"brief": house.brief_data(), "pieces": [{"channel": "email", "fields": house.EMAIL}]},
    "/v1/briefs": house.brief_data(),
    "/v1/variants/{id}/bring-back": {},
    "/v1/variants/{id}/comments": {"text": "Is it true?"},
    "/v1/outcomes": {
        "outcomes": [{"test_id": "t", "variant_id": "1", "text": "Fresh rolls", "impressions": 9, "clicks": 1}]
    },
    "/v1/chat/completions": {"model": "fake", "messages": [{"role": "user", "content": "Fresh rolls"}]},
    "/v1/variants/{id}/decision": {"kind": "approve"},
}


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TestClient, Database, dict[Role, str]]]:
    """A client, its database, and a token of each role."""
    settings = house.settings(tmp_path_factory.mktemp("access"))
    database = open_database(settings)
    with database.write() as session:
        tokens = {role: keys.issue(session, Holder(name=f"the {role}", role=role)).token for role in Role}
    yield TestClient(create_api(settings, house.parts(), database)), database, tokens
    database.close()


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(("method", "path"), access.ROLES)
def test_a_role_may_do_what_the_table_says_and_nothing_else(
    guarded: tuple[TestClient, Database, dict[Role, str]], method: str, path: str, role: Role
) -> None:
    client, database, tokens = guarded
    variant = house.variant(database, house.campaign(database), state="reserve" if "bring" in path else "pending")
    where = path.format(id=batch(database) if "batches" in path else variant, key=house.brief().key)
    body = BODIES.get(path) if method == "POST" else None
    if "decision" in path and role is Role.COPYWRITER:  # who may edit, and no more
        body = {"kind": "edit", "fields": {**house.EMAIL, "subject": "A box of vegetables at your door"}}
    sent: dict[str, Any] = {"content": b"{}"} if path == "/v1/batches" else {"json": body}
    answer = client.request(method, where, **sent, headers={"authorization": f"Bearer {tokens[role]}"})
    if role in access.ROLES[method, path]:
        assert answer.status_code == 200, answer.text
    else:
        said = house.problem(answer, 403)["detail"]
        assert f"the role {role} may not" in said
        assert any(f"{able}" in said for able in access.ROLES[method, path])
    house.problem(client.request(method, where, **sent), 401)


def batch(database: Database) -> int:
    """A batch that nobody works on."""
    with database.write() as session:
        return jobs.begin(session, kind="requests", source="api", terms=Terms(), author="ada").id


def test_every_endpoint_is_in_the_table_or_open_to_all(guarded: tuple[TestClient, Database, dict[Role, str]]) -> None:
    app: Any = guarded[0].app
    assert [route for route in app.routes if not isinstance(route, Route)] == []  # nothing that would hide others
    served = {(method, route.path) for route in app.routes for method in route.methods if method != "HEAD"}
    assert served >= {(method, path) for method, path, _, _ in api.ROUTES}
    assert {(method, path) for method, path in served if path not in access.OPEN} == set(access.ROLES)
    assert not [path for _, path in access.ROLES if not access.guarded(path)]
    assert not [path for path in access.OPEN if access.guarded(path)]


def test_an_endpoint_that_the_table_lacks_cannot_be_served() -> None:
    router = APIRouter(route_class=access.KeyedRoute)
    with pytest.raises(KeyError):
        router.add_api_route("/v1/new", api.health, methods=["GET"])


def test_a_role_that_may_not_is_told_before_the_body_is_read(
    guarded: tuple[TestClient, Database, dict[Role, str]],
) -> None:
    client, _, tokens = guarded
    headers = {"authorization": f"Bearer {tokens[Role.APPROVER]}", "content-type": "application/json"}
    house.problem(client.post("/v1/copy", content=b"{", headers=headers), 403)
    house.problem(client.post("/v1/copy", content=b"{", headers={"content-type": "application/json"}), 401)


def written_out() -> dict[tuple[str, str], set[str]]:
    """The table of roles in docs/service.md."""
    section = DOCS.read_text("utf-8").partition("## Roles")[2].partition("\n## ")[0]
    lines = [line.strip("| ").split("|") for line in section.splitlines() if line.startswith("|")]
    roles = [cell.strip() for cell in lines[0][1:]]
    table = {}
    for name, *cells in lines[2:]:
        method, path = re.sub("`", "", name).split()
        table[method, path] = {role for role, cell in zip(roles, cells, strict=True) if cell.strip() == "yes"}
    return table


def test_the_docs_show_the_table() -> None:
    assert written_out() == {place: set(roles) for place, roles in access.ROLES.items()}
