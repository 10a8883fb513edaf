"""The noun `Contact`: an address, a link or a number that leads to a person, an account or a page."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

Kind = Literal["e-mail address", "link", "IBAN", "card number", "personal identity number", "phone number"]


@dataclass(frozen=True)
class Contact:
    """What was found, and where."""

    kind: Kind
    text: str
    start: int
    end: int


_TLDS = "com|org|net|edu|gov|io|eu|app|shop|store|ai|dev|info|biz|ly|se|dk|fi|de|fr|es|nl|uk|ie|nu|au|ca|example|test"
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_LINK = re.compile(
    r"(?:https?://|www\.)[^\s<>\"')\]]+"
    rf"|(?<![\w@.])(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+(?:{_TLDS})(?![\w-])(?:/[^\s<>\"')\]]*)?"
)
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]{4}){2,7}(?:[ ]?[A-Z0-9]{1,3})?(?!\w)")
_CARD = re.compile(r"(?<![\w.,])\d(?:[ -]?\d){12,18}(?![\w])")
_SWEDISH_ID = re.compile(r"(?<!\d)(?:\d{2})?(\d{6})[-+]?\d{4}(?!\d)")
_SSN = re.compile(r"(?<![\d-])(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\d-])")
_PHONE = re.compile(
    r"\+\d[\d .()/-]{6,18}\d"
    r"|(?<![\w.,:-])(?<!\d )\(?0\d{1,4}\)?[ /-]{0,2}\d(?:[ -]?\d){4,9}(?![\w%]|[.,:]\d)"
    r"|(?<![\w.,-])(?:1[ .-])?(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}(?![\w-])"
    r"|(?<![\w.,-])\d{3}-\d{4}(?![\w-])"
)
_CLOCK_RANGE = re.compile(r"[012]?\d[0-5]\d ?- ?[012]?\d[0-5]\d")


def links(text: str) -> list[Contact]:
    """E-mail addresses and links in `text`. Cheap where there is neither a full stop inside a word nor an @."""
    mails = [Contact("e-mail address", m.group(), *m.span()) for m in _EMAIL.finditer(text)] if "@" in text else []
    found = _LINK.finditer(text) if "." in text or "://" in text else ()
    pages = [Contact("link", m.group().rstrip(".,;:!?"), m.start(), m.end()) for m in found]
    pages = [Contact(p.kind, p.text, p.start, p.start + len(p.text)) for p in pages]
    return mails + [p for p in pages if not any(m.start < p.end and p.start < m.end for m in mails)]


def contacts(text: str) -> list[Contact]:
    """Every contact in `text`, none overlapping, in order; the more telling kind where two readings are possible."""
    found = links(text)
    if sum(character.isdigit() for character in text) >= 7:
        for contact in _numbers(text):
            if not any(other.start < contact.end and contact.start < other.end for other in found):
                found.append(contact)
    return sorted(found, key=lambda contact: contact.start)


def _numbers(text: str) -> Iterator[Contact]:
    for match in _IBAN.finditer(text):
        if is_iban(match.group()):
            yield Contact("IBAN", match.group(), *match.span())
    for match in _CARD.finditer(text):
        if luhn(match.group()):
            yield Contact("card number", match.group(), *match.span())
    for match in _SWEDISH_ID.finditer(text):
        if is_swedish_id(match.group()):
            yield Contact("personal identity number", match.group(), *match.span())
    for match in _SSN.finditer(text):
        yield Contact("personal identity number", match.group(), *match.span())
    for match in _PHONE.finditer(text):
        if not _CLOCK_RANGE.fullmatch(match.group()):
            yield Contact("phone number", match.group(), *match.span())


def digits(text: str) -> str:
    """The digits of `text` alone."""
    return "".join(filter(str.isdigit, text))


def luhn(number: str) -> bool:
    """Whether the last digit is the check digit of the others (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, digit in enumerate(reversed(digits(number))):
        doubled = int(digit) * (2 if place % 2 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def is_iban(text: str) -> bool:
    """Whether an IBAN's check digits hold (ISO 13616: the number, rearranged, leaves 1 when divided by 97)."""
    compact = text.replace(" ", "")
    return int("".join(str(int(c, 36)) for c in compact[4:] + compact[:4])) % 97 == 1


def is_swedish_id(text: str) -> bool:
    """Whether it is a Swedish personal identity number: a day that exists (or day + 60), and the check digit holds."""
    ten = digits(text)[-10:]
    year, month, day = 2000 + int(ten[:2]), int(ten[2:4]), int(ten[4:6])
    try:
        date(year, month, day - 60 if day > 60 else day)
    except ValueError:
        return False
    return luhn(ten)
