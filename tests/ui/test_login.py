"""The login page and the door: strangers get nowhere, and who is signed in is who the server says."""

import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from store import accounts, keys, passwords, visits
from store.columns import now
from store.database import Database, open_database
from store.errors import StoreError
from store.key import Holder, Role
from store.settings import Settings
from tests.ui import doorway
from tests.ui.doorway import LOOKING, OURS, PASSWORD, sign_in
from ui import login, throttle, tickets

UI = Path(login.__file__).parent


@pytest.fixture
def database(sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    """SQLite alone: what differs between the two has tests of its own in the store."""
    opened = open_database(Settings(database_url=f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'glasbruk.db')}"))
    yield opened
    opened.close()


def test_without_any_account_nobody_is_asked(database: Database) -> None:
    browser = doorway.client(database)
    assert browser.get("/").json() == {"name": None, "path": "/"}
    assert browser.post("/gradio_api/queue/join").status_code == 200


def test_keys_of_the_api_do_not_close_the_desk(database: Database) -> None:
    with database.write() as session:
        keys.issue(session, Holder(name="nightly", role=Role.SERVICE))
    assert doorway.client(database).get("/").status_code == 200


@pytest.mark.parametrize(
    "serve",
    [{"host": "0.0.0.0"}, {"root_path": "/glasbruk"}, {"trusted_proxies": ("10.0.0.2",)}],
)
def test_where_others_can_reach_it_it_asks_before_there_is_an_account(
    database: Database, serve: dict[str, Any]
) -> None:
    browser = doorway.client(database, **serve)
    assert browser.get("/", headers=LOOKING).status_code == 303
    assert "glasbruk accounts new" in browser.get("/login").text


@pytest.mark.parametrize("path", ["/", "/?campaign=3", "/gradio_api/file=/etc/passwd", "/config", "/theme.css", "/a/b"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE"])
def test_a_stranger_gets_the_login_page_or_401_at_every_path(database: Database, method: str, path: str) -> None:
    doorway.account(database)
    browser = doorway.client(database)
    assert browser.request(method, path).status_code == 401
    looked = browser.request(method, path, headers=LOOKING)
    if method in {"GET", "HEAD"}:
        assert looked.status_code == 303
        assert looked.headers["location"].startswith("/login")
    else:
        assert looked.status_code == 401
    assert browser.request(method, path, headers={**LOOKING, "sec-fetch-dest": "iframe"}).status_code == 401


def test_signing_in_leads_to_where_one_wanted_to_go(database: Database) -> None:
    doorway.account(database)
    browser = doorway.client(database)
    way = browser.get("/?campaign=3&text=50%25", headers=LOOKING)
    page = browser.get(way.headers["location"])
    form = {"email": "ADA@example.com ", "password": PASSWORD}
    form |= {name: doorway.hidden(page.text, name).replace("&amp;", "&") for name in ("token", "next")}
    answer = browser.post("/login", data=form, headers=OURS)
    assert (answer.status_code, answer.headers["location"]) == (303, "/?campaign=3&text=50%25")
    assert browser.get("/").json()["name"] == "Ada Ek"
    assert browser.get("/login").status_code == 303


def test_the_cookie_is_for_us_alone_and_holds_nothing_but_chance(database: Database) -> None:
    doorway.account(database)
    plain, secure = (doorway.client(database, url=f"{scheme}://testserver") for scheme in ("http", "https"))
    for browser, wanted in ((plain, False), (secure, True)):
        cookie = next(each for each in sign_in(browser).headers.get_list("set-cookie") if tickets.VISIT in each)
        assert re.match(rf"{tickets.VISIT}=[\w-]{{43}};", cookie)
        assert "httponly" in cookie.lower()
        assert "samesite=lax" in cookie.lower()
        assert "path=/;" in f"{cookie.lower()};"
        assert ("secure" in cookie.lower()) is wanted
        assert "domain" not in cookie.lower()


def test_whatever_is_wrong_the_same_is_said_and_the_same_is_computed(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    doorway.account(database)
    doorway.account(database, "Bo")
    with database.write() as session:
        accounts.disable(session, "Bo")
        accounts.vouched(session, "https://id", "eva@example.com", name="Eva", email="", role=Role.ADMIN)
    compared: list[str | None] = []
    same = passwords.same

    def counted(stored: str | None, password: str) -> bool:
        compared.append(stored)
        return same(stored, password)

    monkeypatch.setattr(passwords, "same", counted)
    browser = doorway.client(database)
    tries = [("ada@example.com", "wrong password"), ("bo@example.com", PASSWORD), ("eva@example.com", PASSWORD)]
    answers = [sign_in(browser, *each) for each in [*tries, ("nobody@example.com", PASSWORD)]]
    assert {answer.status_code for answer in answers} == {403}
    assert all(login.WRONG in answer.text for answer in answers)
    assert len({re.sub(r'value="[^"]*"', "", answer.text) for answer in answers}) == 1
    assert len(compared) == 4  # one hash each
    assert not any(tickets.VISIT in cookie for each in answers for cookie in each.headers.get_list("set-cookie"))


def test_too_many_tries_at_one_name_close_it_and_no_other(database: Database) -> None:
    doorway.account(database)
    doorway.account(database, "Bo")
    browser = doorway.client(database)
    for _ in range(throttle.BY_NAME):  # a long password is refused without being hashed
        assert sign_in(browser, password="x" * 1_001).status_code == 403
    for email in ("ada@example.com", " ADA@EXAMPLE.COM"):
        closed = sign_in(browser, email)
        assert closed.status_code == 429
        assert 0 < int(closed.headers["retry-after"]) <= throttle.SPAN / throttle.BY_NAME
        assert "too many tries" in closed.text
    assert sign_in(browser, "bo@example.com").status_code == 303


def test_too_many_tries_from_one_address_close_it(database: Database) -> None:
    doorway.account(database)
    browser = doorway.client(database)
    for number in range(throttle.BY_ADDRESS):
        assert sign_in(browser, f"{number}@example.com", "x" * 1_001).status_code == 403
    assert sign_in(browser).status_code == 429


def test_good_tries_are_not_counted(database: Database) -> None:
    doorway.account(database)
    browser = doorway.client(database)
    assert [sign_in_anew(browser).status_code for _ in range(throttle.BY_NAME + 2)] == [303] * (throttle.BY_NAME + 2)


def sign_in_anew(browser: TestClient) -> Any:
    browser.cookies.clear()
    return sign_in(browser)


@pytest.mark.parametrize("changed", [{"token": ""}, {"token": "x" * 43}, {"token": "å"}])
def test_a_form_without_its_word_signs_nobody_in(database: Database, changed: dict[str, str]) -> None:
    doorway.account(database)
    browser = doorway.client(database)
    answer = sign_in(browser, **changed)
    assert answer.status_code == 403
    assert "Try again" in answer.text
    assert browser.get("/").status_code == 401


def test_the_word_of_another_browser_signs_nobody_in(database: Database) -> None:
    doorway.account(database)
    theirs = doorway.hidden(doorway.client(database).get("/login").text, "token")
    assert sign_in(doorway.client(database), token=theirs).status_code == 403
    without = doorway.client(database)
    form = {"email": "ada@example.com", "password": PASSWORD, "token": theirs}
    assert without.post("/login", data=form, headers=OURS).status_code == 403


@pytest.mark.parametrize(
    "foreign", [{"sec-fetch-site": "cross-site"}, {"origin": "http://evil.example"}, {"origin": "null"}, {}]
)
def test_no_other_site_acts_with_somebodys_cookie(database: Database, foreign: dict[str, str]) -> None:
    doorway.account(database)
    browser = doorway.client(database)
    sign_in(browser)
    for path in ("/gradio_api/queue/join", "/logout", "/gradio_api/upload", "/login"):
        refused = browser.post(path, headers=foreign)
        assert refused.status_code == 403
        assert "another site" in refused.json()["detail"]
    assert browser.get("/").json()["name"] == "Ada Ek"
    assert browser.post("/gradio_api/queue/join", headers={"origin": "http://testserver"}).status_code == 200


def test_no_other_site_signs_somebody_in_as_somebody(database: Database) -> None:
    doorway.account(database)
    browser = doorway.client(database)
    token = doorway.hidden(browser.get("/login").text, "token")
    form = {"email": "ada@example.com", "password": PASSWORD, "token": token}
    assert browser.post("/login", data=form, headers={"origin": "http://evil.example"}).status_code == 403


def shown(database: Database, token: str) -> int:
    """What a browser gets that shows this."""
    return doorway.client(database).get("/", headers={"cookie": f"{tickets.VISIT}={token}"}).status_code


def test_signing_out_ends_the_visit_for_whoever_kept_the_cookie(database: Database) -> None:
    doorway.account(database)
    browser = doorway.client(database)
    sign_in(browser)
    kept = browser.cookies[tickets.VISIT]
    answer = browser.post("/logout", headers=OURS)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert tickets.VISIT not in browser.cookies
    assert shown(database, kept) == 401


def test_a_visit_begins_with_a_cookie_of_its_own(database: Database) -> None:
    doorway.account(database)
    browser = doorway.client(database)
    sign_in(browser)
    first = browser.cookies[tickets.VISIT]
    laid = doorway.client(database)
    laid.cookies.set(tickets.VISIT, "laid-there-by-somebody", domain="testserver.local", path="/")
    sign_in(laid)
    assert laid.get("/").status_code == 200
    assert shown(database, "laid-there-by-somebody") == 401
    assert shown(database, first) == 200


def test_a_disabled_account_and_a_visit_that_lapsed_are_strangers_at_once(database: Database) -> None:
    account = doorway.account(database)
    browser = doorway.client(database, idle_hours=1)
    sign_in(browser)
    with database.write() as session:
        visits.note(session, browser.cookies[tickets.VISIT], moment=now() - timedelta(minutes=61))
    assert browser.get("/").status_code == 401
    sign_in_anew(browser)
    assert browser.get("/").status_code == 200
    with database.write() as session:
        accounts.disable(session, account.email)
    assert browser.get("/").status_code == 401


def test_somebody_who_does_something_stays(database: Database) -> None:
    doorway.account(database)
    browser = doorway.client(database, idle_hours=1)
    sign_in(browser)
    token = browser.cookies[tickets.VISIT]
    with database.write() as session:
        visits.note(session, token, moment=now() - timedelta(minutes=59))
    assert browser.get("/").status_code == 200
    with database.read() as session:
        found = visits.visitor(
            session, token, visits.Stay(timedelta(hours=1), timedelta(days=7)), moment=now() + timedelta(minutes=58)
        )
    assert found is not None


@pytest.mark.parametrize("there", ["//evil.example", "https://evil.example", "/\\evil.example", "/\t/evil.example"])
def test_signing_in_leads_nowhere_else(database: Database, there: str) -> None:
    doorway.account(database)
    browser = doorway.client(database)
    assert sign_in(browser, next=there).headers["location"] == "/"
    assert browser.get("/login", params={"next": there}).headers["location"] == "/"


def test_a_form_that_is_too_large_is_read_no_further(database: Database) -> None:
    doorway.account(database)
    browser = doorway.client(database)
    assert sign_in(browser, extra="x" * login.LONGEST).status_code == 403


def test_a_hash_of_other_parameters_is_made_anew(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    doorway.account(database)
    monkeypatch.setattr(passwords, "is_stale", lambda stored: stored == doorway.HASH)
    assert sign_in(doorway.client(database)).status_code == 303
    with database.read() as session:
        stored = accounts.known(session, "ada@example.com")
    assert stored is not None
    assert stored[1] not in {None, doorway.HASH}
    assert sign_in(doorway.client(database)).status_code == 303


def test_a_database_that_cannot_be_read_lets_nobody_in(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> None:
        raise StoreError("the disk is full")

    browser = doorway.client(database)
    monkeypatch.setattr(database, "read", fails)
    assert browser.get("/").status_code == 503


def test_the_page_runs_nothing_and_is_framed_by_nobody(database: Database) -> None:
    doorway.account(database)
    answer = doorway.client(database).get("/login")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "<script" not in answer.text
    assert answer.headers["cache-control"] == "no-store"


def test_what_was_typed_comes_back_as_text(database: Database) -> None:
    doorway.account(database)
    answer = sign_in(doorway.client(database), '"><script>alert(1)</script>', "x" * 1_001)
    assert "<script" not in answer.text


def test_under_a_prefix_every_way_has_it(database: Database) -> None:
    doorway.account(database)
    browser = doorway.client(database, root_path="/glasbruk")
    way = browser.get("/glasbruk/?campaign=3", headers=LOOKING)
    assert way.headers["location"] == "/glasbruk/login?next=/%3Fcampaign%3D3"
    page = browser.get(way.headers["location"])
    assert 'action="/glasbruk/login"' in page.text
    assert 'href="/glasbruk/login.css"' in page.text
    answer = sign_in(browser, root="/glasbruk")
    assert answer.headers["location"] == "/glasbruk/"
    assert "Path=/glasbruk/" in answer.headers["set-cookie"]
    assert browser.get("/glasbruk/a").json()["name"] == "Ada Ek"
    assert browser.post("/glasbruk/logout", headers=OURS).headers["location"] == "/glasbruk/login"


def test_the_page_has_the_desks_colours_and_type() -> None:
    desk, page = ((UI / name).read_text("utf-8") for name in ("desk.css", "login.css"))
    light, dark = (dict(re.findall(r"--([\w-]+): ([^;]+);", part)) for part in desk.split("}")[:2])
    for name, value in re.findall(r"--([\w-]+): ([^;]+);", page):
        shown = re.fullmatch(r"light-dark\((.+), (.+)\)", value)
        assert (light[name], dark[name]) == shown.groups() if shown else light[name] == value
