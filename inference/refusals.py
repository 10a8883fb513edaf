"""What a server answers when it does not answer: what may pass, and what is to be mended."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from store.errors import CONTROLS, GlasbrukError, InputError, ModelError, Problem

PATIENCE = 120.0  # seconds that a server may ask to be left alone for
SAID = 300  # characters of its words that an error repeats
BUSY, PASSING = 429, {408, 409, 425, 429}  # and everything from 500


class Passing(ModelError):
    """A failure that may be gone the next time."""

    def __init__(self, said: str, *, after: float = 0.0, busy: bool = False) -> None:
        super().__init__(said)
        self.after = after
        """Seconds that the server asks to be left alone for."""
        self.busy = busy
        """Whether it works and has too much to do."""


def passing(response: httpx.Response, url: str) -> Passing | None:
    """The failure that may pass, if the response is one. Raises ModelError where it wants more patience than is had."""
    if response.status_code not in PASSING and response.status_code < httpx.codes.INTERNAL_SERVER_ERROR:
        return None
    after = asked_for(response.headers.get("retry-after", ""))
    status = f"{response.status_code} {response.reason_phrase}".strip()
    if after > PATIENCE:
        raise ModelError(
            f"{url}: answers {status} and wants to be left alone for {after:,.0f} s; run the same again after that"
        )
    busy = response.status_code == BUSY
    remedy = "ask for fewer at a time with openai.concurrency" if busy else "see the server's log"
    return Passing(f"{url}: answers {status}; {remedy}", after=after, busy=busy)


def asked_for(header: str) -> float:
    """Seconds in a `Retry-After` (RFC 9110, section 10.2.3), which has them as a number or as a date; else none."""
    if re.fullmatch(r"\d{1,9}", header.strip()):
        return float(header)
    try:
        return max(0.0, (parsedate_to_datetime(header) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return 0.0


def refusal(response: httpx.Response, url: str, key: str, *, of_prompt: bool) -> GlasbrukError:
    """What the server will refuse again. With `of_prompt` a bad request is the fault of what was to be written."""
    status, said = response.status_code, _said(response, key)
    if status in {401, 403}:
        return ModelError(f"{url}: refuses the key ({status}): {said}; set openai.api_key")
    if status == httpx.codes.NOT_FOUND:
        return ModelError(f"{url}: does not know what is asked ({status}): {said}; see openai.base_url, writer.model")
    if response.is_redirect:
        return ModelError(f"{url}: sends elsewhere ({status}); set openai.base_url to where it sends")
    if status == httpx.codes.REQUEST_ENTITY_TOO_LARGE or "context length" in said.lower() or of_prompt:
        return InputError(Problem("prompt", f"{url} refuses it ({status}): {said}; shorten the brief"))
    fields = "openai.server, openai.structured, openai.seeds and openai.logprobs say what is asked"
    return ModelError(f"{url}: refuses what is asked ({status}): {said}; {fields}, writer.model of whom")


def _said(response: httpx.Response, key: str) -> str:
    """The server's own words, without the key, which some repeat."""
    text = re.sub(CONTROLS, " ", response.text.replace(key, "***") if key else response.text)
    return repr(text[:SAID])
