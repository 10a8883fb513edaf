"""A brief in English, one in Swedish, and copy for them."""

from functools import lru_cache
from typing import Any

from inference.checks import check
from prompts.channels import catalogue
from store.brief import Brief
from store.channel import Channel
from store.finding import Finding
from store.variant import Variant

ENGLISH: dict[str, Any] = {
    "name": "Morning bread",
    "brand": "Third Rise",
    "product": "Slow sourdough from a bakery on Bath Lane, ordered at thirdrise.example/order.",
    "facts": [
        "Open 6:30am to 2pm, Tuesday to Sunday, at 41 Bath Lane",
        "Every loaf proves for 30 hours",
        "Country loaf £4.20, bacon roll £3.60",
        "20 seats by the window, and three kinds of rye",
        "93% of orders are ready on time, says our NHS customer",
        "Closed from 24 December to 2 January",
    ],
    "offer": "Stamp card: buy five loaves and the sixth is free, until 31 October",
    "call_to_action": "Order by 6pm for tomorrow",
    "never_say": ["artisan", "guilt-free"],
    "segments": [
        {"name": "Train commuters", "cares_about": "Breakfast in one hand"},
        {"name": "Cafe owners", "cares_about": "Bread before opening"},
    ],
    "channels": ["email", "push", "sms", "google_search_ad"],
}

SWEDISH: dict[str, Any] = {
    "name": "Morgonbröd",
    "brand": "Tredje Jäsen",
    "product": "Surdegsbröd från ett bageri vid Slussen.",
    "facts": ["Öppet tisdag till söndag kl. 6.30–14", "Degen jäser i tjugofyra timmar", "Limpa 48 kr, bulle 1 000 öre"],
    "call_to_action": "Beställ före kl. 18",
    "never_say": ["hantverk"],
    "language": "sv",
    "segments": [{"name": "Pendlare", "cares_about": "Frukost i farten"}],
    "channels": ["email"],
}


@lru_cache(maxsize=1)
def _channels() -> dict[str, Channel]:
    return catalogue()


def channel(name: str = "email") -> Channel:
    return _channels()[name]


def brief(**changes: Any) -> Brief:
    return Brief.model_validate((SWEDISH if changes.get("language") == "sv" else ENGLISH) | changes)


def variant(fields: dict[str, str], name: str = "email", **changes: Any) -> Variant:
    data = {"segment": "Train commuters", "channel": name, "fields": fields, "checkpoint": "person"}
    return Variant.model_validate(data | changes)


def email(preheader: str, subject: str = "The lights are on at Bath Lane") -> Variant:
    """An e-mail that is blameless but for `preheader`."""
    return variant({"subject": subject, "preheader": preheader})


def found(copy: Variant, about: Brief | None = None, code: str = "") -> list[Finding]:
    """What the checks say of copy, all of it or of one code."""
    findings = check(copy, about or brief(), channel(copy.channel))
    return [finding for finding in findings if code in ("", finding.code)]


def selected(copy: Variant, finding: Finding) -> str:
    """The words that a finding's span selects; the whole text where it has none."""
    text = copy.fields.get(finding.field, "")
    return text[finding.start : finding.end] if finding.end else text
