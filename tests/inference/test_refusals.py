"""What a server says when it does not answer."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from inference.refusals import SAID, asked_for, passing, refusal
from store.errors import InputError, ModelError

URL = "http://host/v1"


def test_how_long_it_wants_to_be_left_alone_is_read_in_seconds_or_as_a_date() -> None:
    assert asked_for("7") == 7
    assert 0 < asked_for(format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)) <= 3_600
    assert asked_for(format_datetime(datetime.now(UTC) - timedelta(hours=1), usegmt=True)) == 0


@pytest.mark.parametrize(
    "header", ["", "soon", "-5", "1e9", "9" * 400, "Fri, 31 Feb 2026", "Fri, 27 Nov 2026 10:00:00 -0000"]
)
def test_what_cannot_be_read_is_no_wait(header: str) -> None:
    assert asked_for(header) == 0


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 529])
def test_these_may_pass(status: int) -> None:
    found = passing(httpx.Response(status, headers={"Retry-After": "3"}), URL)
    assert found is not None
    assert (found.after, found.busy) == (3, status == 429)


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 413, 422])
def test_these_do_not(status: int) -> None:
    assert passing(httpx.Response(status), URL) is None


@pytest.mark.parametrize(
    ("status", "of_prompt", "kind"),
    [(400, False, ModelError), (400, True, InputError), (413, False, InputError), (401, True, ModelError)],
)
def test_whose_fault_it_is(status: int, of_prompt: bool, kind: type[Exception]) -> None:
    assert type(refusal(httpx.Response(status, text="no"), URL, "", of_prompt=of_prompt)) is kind


def test_its_words_are_on_one_line_cut_and_without_the_key() -> None:
    said = str(refusal(httpx.Response(400, text="bad key K\n\x1b[31m" + "K" * 3_000), URL, "K", of_prompt=False))
    assert "\n" not in said
    assert "\x1b" not in said
    assert "K" not in said
    assert len(said) < SAID + 300
