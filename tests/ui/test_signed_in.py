"""The real desk behind its door: at every path, in a browser, and behind a proxy that serves it under a prefix."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

from inference.access import OPEN, guarded
from store import claims, decisions, variants
from store.decision import Kind
from store.key import Role
from store.settings import ServeSettings
from store.states import State
from tests import nouns
from tests.inference import house
from tests.ui import doorway
from tests.ui.conftest import PATIENCE, Served, fakes, serving
from tests.ui.doorway import PASSWORD
from training import run
from ui import app, tickets
from ui.door import DOORWAY

pytestmark = pytest.mark.slow

PREFIX = "/glasbruk"


@contextmanager
def desk(folder: Path, **serve: Any) -> Iterator[Served]:
    """A desk with an approver, Ada, and a copywriter, Cilla."""
    settings = fakes(folder).model_copy(update={"serve": ServeSettings(port=0, **serve)})
    with serving(settings) as served:
        doorway.account(served.database, "Ada Ek", Role.APPROVER)
        doorway.account(served.database, "Cilla Bo", Role.COPYWRITER)
        yield served


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A desk on loopback that asks, since it has accounts."""
    with desk(tmp_path_factory.mktemp("closed")) as served:
        yield served


@pytest.fixture(scope="module")
def context(browser: BrowserContext) -> Iterator[BrowserContext]:
    """A browser of its own, since cookies know no ports; what it has loaded once is there for all tests."""
    assert browser.browser
    made = browser.browser.new_context(viewport={"width": 1280, "height": 900})
    made.set_default_timeout(PATIENCE)
    yield made
    made.close()


@pytest.fixture
def tab(context: BrowserContext) -> Iterator[Page]:
    """A page of a browser that is signed in nowhere, and whose scripts break nowhere."""
    context.clear_cookies()
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    page.close()
    assert faults == []


def enter(page: Page, url: str, email: str) -> None:
    page.goto(url)
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#card .card")).to_be_visible(timeout=4 * PATIENCE)  # all scripts are loaded for the first time
    expect(page.locator("#signed-in b")).to_be_visible()


def queue(served: Served, count: int = 2) -> tuple[int, list[int]]:
    campaign = nouns.campaign(served.database)
    return campaign, [nouns.stored(served.database, campaign_id=campaign) for _ in range(count)]


def leaves(routes: Any) -> Iterator[Any]:
    """The routes, those of included routers too."""
    for route in routes:
        inside = getattr(route, "original_router", None)
        yield from leaves(inside.routes) if inside else [route]


def test_a_stranger_gets_nothing_from_any_route_that_the_desk_has(closed: Served) -> None:
    desks: Any = app.create_app(closed.settings, database=closed.database).routes[-1]
    gradio = desks.app.desks["sv"].routes[-1].app
    routes = [
        (method, each.path) for each in leaves(gradio.routes) for method in getattr(each, "methods", None) or ["GET"]
    ]
    assert len(routes) > 40
    with httpx.Client(base_url=closed.url) as client:
        for method, path in [*routes, ("GET", "/nothing"), ("POST", "/logout"), ("GET", "/gradio_api/info/")]:
            where = re.sub(r"\{[^}]*\}", "x", path) or "/"
            if where in DOORWAY | OPEN or guarded(where):
                continue
            assert client.request(method, where).status_code == 401, (method, where)
        assert client.get("/", headers={"accept": "text/html"}).status_code == 303
        assert client.get("/v1/variants").status_code == 401
        assert client.get("/healthz").status_code == 200


def test_what_a_browser_says_of_itself_is_nobodys_name(closed: Served) -> None:
    """The name that the page would send goes into the same call; the server takes it from the visit."""
    campaign, (variant, _) = queue(closed)
    ours = {"origin": closed.url}
    with httpx.Client(base_url=closed.url, timeout=60) as client:
        doorway.sign_in(client)
        config = client.get("/config").json()
        approve = next(part["id"] for part in config["components"] if part["props"].get("elem_id") == "approve")
        (call,) = [each for each in config["dependencies"] if [approve, "click"] in each["targets"]]
        data = [f"?campaign={campaign}&variant={variant}", True, "Eve"]
        body = {"data": data, "fn_index": call["id"], "session_hash": "s1", "event_data": None, "trigger_id": approve}
        assert client.post("/gradio_api/queue/join", json=body).status_code == 403  # from no page of ours
        assert client.post("/gradio_api/queue/join", json=body, headers=ours).status_code == 200
        with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": "s1"}) as told:
            assert "process_completed" in "".join(told.iter_text())
    with closed.database.read() as session:
        assert [(word.kind, word.reviewer) for word in decisions.history(session, variant)] == [
            (Kind.APPROVE, "Ada Ek")
        ]


def test_an_approver_signs_in_decides_and_signs_out(tab: Page, closed: Served) -> None:
    campaign, ids = queue(closed)
    tab.goto(closed.url)
    assert tab.url.endswith("/login")
    found = Axe().run(tab).response["violations"]
    assert [each["id"] for each in found if each["impact"] in {"serious", "critical"}] == []
    enter(tab, f"{closed.url}/?campaign={campaign}", "ada@example.com")
    assert f"campaign={campaign}" in tab.url
    expect(tab.locator("#signed-in")).to_contain_text("Ada Ek approver")
    expect(tab.locator("#reviewer")).to_be_hidden()
    expect(tab.locator("#write")).to_be_hidden()
    tab.keyboard.press("a")
    expect(tab.locator("#notice")).to_contain_text(f"Approved: #{ids[0]}")
    with closed.database.read() as session:
        assert [word.reviewer for word in decisions.history(session, ids[0])] == ["Ada Ek"]
        assert claims.standing(session, [ids[1]])[ids[1]].reviewer == "Ada Ek"
    tab.get_by_role("button", name="Sign out").click()
    expect(tab.get_by_label("E-mail address")).to_be_visible()
    tab.go_back()
    expect(tab.get_by_label("E-mail address")).to_be_visible()


def test_an_approver_looks_at_models_and_changes_none(tab: Page, closed: Served) -> None:
    queue(closed)
    enter(tab, closed.url, "ada@example.com")
    tab.get_by_role("tab", name="Models").click()
    tab.get_by_role("button", name="Start training").click()
    expect(tab.locator("#runs")).to_contain_text("the role approver may not train a model or put one in force")
    tab.get_by_role("button", name="Put the second in force").click()
    expect(tab.locator("#model-said")).to_contain_text("that takes the role admin")
    assert run.runs(closed.settings.workspace) == []


def test_a_copywriter_edits_and_has_nothing_to_approve_with(tab: Page, closed: Served) -> None:
    campaign, ids = queue(closed)
    enter(tab, f"{closed.url}/?campaign={campaign}", "cilla@example.com")
    for part in ("#approve", "#reject", "#reason", "#undo", ".sweep-open"):
        expect(tab.locator(part)).to_be_hidden()
    tab.keyboard.press("a")  # a key, or a script, may press it all the same
    expect(tab.locator("#notice")).to_contain_text("the role copywriter may not approve; that takes the role")
    tab.keyboard.press("e")
    tab.locator("textarea[data-key=subject]").fill("Dinner at your door tonight")
    tab.locator("#save").click()
    expect(tab.locator("#notice")).to_contain_text("for review")
    with closed.database.read() as session:
        (word,) = decisions.history(session, ids[0])
        assert (word.kind, word.reviewer) == (Kind.EDIT, "Cilla Bo")
        assert word.child_id is not None
        assert [variants.get(session, each).state for each in (ids[0], word.child_id)] == [State.PENDING] * 2


def test_who_was_signed_out_elsewhere_gets_to_the_login_page_at_the_next_click(tab: Page, closed: Served) -> None:
    campaign, ids = queue(closed)
    enter(tab, f"{closed.url}/?campaign={campaign}", "ada@example.com")
    tab.context.clear_cookies(name=tickets.VISIT)
    tab.keyboard.press("a")
    expect(tab.get_by_label("E-mail address")).to_be_visible()
    with closed.database.read() as session:
        assert decisions.history(session, ids[0]) == []


def proxy(target: str) -> Starlette:
    """A reverse proxy as people set them up: it takes the prefix away and adds the X-Forwarded headers."""
    client = httpx.AsyncClient(base_url=target, timeout=60)

    async def passed_on(request: Request) -> StreamingResponse:
        path = request.url.path.removeprefix(PREFIX) or "/"
        left_out = ("host", "content-length", "accept-encoding")
        headers = {name: value for name, value in request.headers.items() if name not in left_out}
        headers |= {"x-forwarded-for": "203.0.113.9", "x-forwarded-host": request.headers["host"]}
        headers |= {"x-forwarded-proto": request.url.scheme}
        url = httpx.URL(path=path, query=request.url.query.encode())
        sent = client.build_request(request.method, url, headers=headers, content=await request.body())
        answer = await client.send(sent, stream=True)
        made = StreamingResponse(answer.aiter_raw(), answer.status_code, background=BackgroundTask(answer.aclose))
        made.raw_headers = [
            (name.lower(), value) for name, value in answer.headers.raw if name.lower() != b"transfer-encoding"
        ]
        return made

    routes = [Route(f"{PREFIX}{{path:path}}", passed_on, methods=["GET", "POST", "HEAD"])]
    return Starlette(routes=routes)


def test_behind_a_proxy_desk_and_api_live_under_their_prefix(tab: Page, tmp_path: Path) -> None:
    with (
        desk(tmp_path, root_path=PREFIX, trusted_proxies=("127.0.0.1",)) as served,
        house.live(proxy(served.url)) as url,
    ):
        _, ids = queue(served)
        failed: list[str] = []
        asked: list[str] = []
        tab.on("response", lambda answer: failed.append(answer.url) if answer.status >= 400 else None)
        tab.on("request", lambda request: asked.append(request.url))
        enter(tab, f"{url}{PREFIX}", "ada@example.com")
        tab.locator("#approve").click()
        expect(tab.locator("#notice")).to_contain_text(f"Approved: #{ids[0]}")
        tab.keyboard.press("e")
        tab.locator("textarea[data-key=subject]").fill("Dinner at your door tonight")
        expect(tab.locator(".following .diff")).to_be_visible()
        assert httpx.get(f"{url}{PREFIX}/healthz").json()["status"] == "ok"
        assert httpx.get(f"{url}{PREFIX}/v1/variants").status_code == 401
        assert httpx.get(f"{url}{PREFIX}/docs").status_code == 200
        assert httpx.get(f"{url}{PREFIX}/openapi.json").json()["servers"] == [{"url": PREFIX}]
        assert httpx.get(f"{url}{PREFIX}", headers=doorway.LOOKING).status_code in {303, 308}
        tab.get_by_role("button", name="Sign out").click()
        expect(tab.get_by_label("E-mail address")).to_be_visible()
        assert [each for each in asked if not each.startswith((f"{url}{PREFIX}", "data:", "blob:"))] == []
        assert failed == []
