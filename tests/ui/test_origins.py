"""Where requests come from and are sent on to: no other site gets at a session, and nobody is led to one."""

from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ui import origins

HOST = "desk.example:7860"


def scope(method: str = "POST", **headers: str) -> dict[str, Any]:
    named = {"host": HOST} | {name.replace("_", "-"): value for name, value in headers.items()}
    raw = [(name.encode(), value.encode()) for name, value in named.items()]
    return {"type": "http", "method": method, "scheme": "http", "headers": raw}


@pytest.mark.parametrize(
    ("headers", "ours"),
    [
        ({"sec_fetch_site": "same-origin"}, True),
        ({"sec_fetch_site": "none"}, True),
        ({"sec_fetch_site": "same-site", "origin": f"http://{HOST}"}, False),
        ({"sec_fetch_site": "cross-site"}, False),
        ({"origin": f"http://{HOST}"}, True),
        ({"origin": f"HTTP://{HOST.upper()}"}, True),
        ({"origin": f"https://{HOST}"}, False),
        ({"origin": "http://desk.example"}, False),
        ({"origin": "http://evil.example"}, False),
        ({"origin": "null"}, False),
        ({}, None),
    ],
)
def test_a_page_of_ours_is_told_from_others(headers: dict[str, str], ours: bool | None) -> None:
    assert origins.is_ours(scope(**headers)) is ours
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert origins.may_pass(scope(method, **headers), signed_in=True) is (ours is True)
        assert origins.may_pass(scope(method, **headers), signed_in=False) is (ours is not False)
    assert origins.may_pass(scope("GET", **headers), signed_in=True)


def led_to(path: str) -> str:
    """Where a browser goes from a page of ours, by the URL standard: blanks out, backslashes as slashes."""
    read = path.strip("".join(map(chr, range(0x21))))
    for left_out in "\t\n\r":
        read = read.replace(left_out, "")
    return urlsplit(urljoin(f"http://{HOST}/login", read.replace("\\", "/"))).netloc


@given(st.text(st.sampled_from("/\\ \t\r\n:@.?#a%e\x00é"), max_size=12) | st.text(max_size=30))
@example("//evil.example")
@example("/\\evil.example")
@example("/\t/evil.example")
@example("https://evil.example/")
@example("javascript:alert(1)")
def test_nobody_is_led_to_another_site(wanted: str) -> None:
    path = origins.path_of_ours(wanted)
    assert path.startswith("/")
    assert led_to(path) == HOST


@pytest.mark.parametrize("path", ["/", "/?campaign=3&variant=17", "/?text=50%25#review", "/a//b"])
def test_a_view_of_ours_is_kept(path: str) -> None:
    assert origins.path_of_ours(path) == path


@pytest.mark.parametrize("path", ["", "/login?next=/", "/logout", "/" + "a" * 2_000])
def test_what_leads_round_in_a_circle_is_not(path: str) -> None:
    assert origins.path_of_ours(path) == "/"
