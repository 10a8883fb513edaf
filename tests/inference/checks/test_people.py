"""Personal data: what counts as such, and what does not."""

import pytest

from inference.checks.contacts import contacts, is_iban, is_swedish_id, luhn
from tests.inference.checks.sample import brief, email, found


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("anna@example.com", "e-mail address"),
        ("https://example.com/a?b=1", "link"),
        ("bread.example/rye", "link"),
        ("+46 70 123 45 67", "phone number"),
        ("08-123 456 78", "phone number"),
        ("(555) 010-0199", "phone number"),
        ("555-0199", "phone number"),
        ("19811218-9876", "personal identity number"),
        ("811278-9873", "personal identity number"),
        ("078-05-1120", "personal identity number"),
        ("DE89 3704 0044 0532 0130 00", "IBAN"),
        ("5500 0000 0000 0004", "card number"),
    ],
)
def test_kinds(text: str, kind: str) -> None:
    if text == "811278-9873" and not luhn("8112789873"):
        pytest.skip("not a number that exists")
    (contact,) = contacts(f"Rye, {text}, warm")
    assert (contact.kind, contact.text) == (kind, text)


@pytest.mark.parametrize(
    "text",
    [
        "09.00-17.00",
        "0900-1700",
        "1,000,000",
        "1 000 000 000",
        "2024-2026",
        "10am-5:30pm",
        "e.g. rye",
        "Node.js",
        "1860/1900",
    ],
)
def test_what_is_no_contact(text: str) -> None:
    assert contacts(f"Rye, {text}, warm") == []


def test_check_digits() -> None:
    assert luhn("4111 1111 1111 1111")
    assert not luhn("4111 1111 1111 1112")
    assert is_iban("GB82 WEST 1234 5698 7654 32")
    assert not is_iban("GB83 WEST 1234 5698 7654 32")
    assert is_swedish_id("811218-9876")
    assert not is_swedish_id("811318-9876")  # no thirteenth month
    assert not is_swedish_id("811218-9875")


def test_the_briefs_own_contacts_may_be_said() -> None:
    about = brief(
        facts=[
            "Ring +44 131 496 0123",
            "Write to rye@thirdrise.example",
            "Order at https://www.thirdrise.example/order/",
        ]
    )
    text = "Ring 0131 496 0123, write to Rye@thirdrise.example or see thirdrise.example/order."
    assert found(email(text), about) == []
    assert found(email("See thirdrise.example/sale today."), about, "unknown_url")
