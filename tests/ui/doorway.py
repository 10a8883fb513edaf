"""The door and the login page before an app that says who got in: what tests of either begin with."""

import re
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from inference.proxies import Proxies
from store import accounts, passwords
from store.account import Account, DeskRole, Person
from store.database import Database
from store.key import Role
from store.settings import ServeSettings
from ui import person
from ui.door import Door
from ui.login import Login

PASSWORD = "correct horse battery"
HASH = passwords.hashed(PASSWORD)
OURS = {"sec-fetch-site": "same-origin"}
LOOKING = {"accept": "text/html", "sec-fetch-dest": "document"}


def app(database: Database, serve: ServeSettings) -> FastAPI:
    """An app that answers every path that gets past the door with the name of who is signed in."""
    made = FastAPI(openapi_url=None)
    login = Login(database, serve)
    login.add_to(made)
    made.state.login = login

    async def within(request: Request) -> Response:
        account = person.signed_in(request)
        return JSONResponse({"name": account and account.name, "path": request.url.path})

    made.add_route("/{path:path}", within, methods=["GET", "POST", "PUT", "DELETE", "HEAD"])
    made.user_middleware.append(Middleware(Door, database=database, serve=serve))
    made.add_middleware(Proxies, root_path=serve.root_path, trusted=serve.trusted_proxies, exposed=True)
    return made


def client(database: Database, url: str = "http://testserver", **serve: Any) -> TestClient:
    """A browser that has no page of ours yet."""
    return TestClient(app(database, ServeSettings(**serve)), base_url=url, follow_redirects=False)


def account(database: Database, name: str = "Ada Ek", role: DeskRole = Role.APPROVER) -> Account:
    """An account whose password is `PASSWORD` and whose address begins with the first name."""
    email = f"{name.split(maxsplit=1)[0].lower()}@example.com"
    with database.write() as session:
        return accounts.add(session, Person(name=name, email=email, role=role), HASH)


def hidden(page: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(f'name="{name}" value="([^"]*)"', page)
    assert found, page
    return found[1]


def sign_in(browser: Any, email: str = "ada@example.com", password: str = PASSWORD, **changes: str) -> Any:
    """Open the login page, fill it in and send it; gives the answer."""
    root = changes.pop("root", "")
    page = browser.get(f"{root}/login", headers=LOOKING).text
    form = {"email": email, "password": password, "token": hidden(page, "token"), "next": "/", **changes}
    return browser.post(f"{root}/login", data=form, headers=OURS)
