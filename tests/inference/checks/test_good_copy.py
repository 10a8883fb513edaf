"""What must be let through: innocent words, the brief's own claims, and a shelf of good copy."""

import json
import os
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from inference.checks import check
from prompts.briefs import examples, read
from store.brief import Brief
from store.channel import Channel
from store.finding import Severity
from store.segment import Segment
from store.variant import Variant
from tests.inference.checks.sample import brief, channel, email, found, selected

INNOCENT = [
    "Asian noodles beside a black coffee, if you like.",
    "A conservative estimate is that you will want two.",
    "Liberal with the butter, and never shy of salt.",
    "As a reader of menus, you will like ours.",
    "The gay colours of the awning are hard to miss.",
    "Trust your faithful toaster with the crust.",
    "Feel free to sniff the rye. Sugar-free it is not.",
    "Sharp knives need no roma tomatoes to cut.",
    "One loaf for you, and another for the two of us.",
    "It may rain. March in and warm your hands.",
    "Sun-dried tomatoes sat on the rye all night.",
    "What a rack of rolls is, and what it is for.",
    "E.g. a roll at the door, a.m. or later.",
    "Reply by text: the sales team and the free-standing oven will hear you.",
    "Keep your faith in trains and your addiction to coffee.",
    "Black single-origin coffee and Asian family recipes.",
    "As an alcoholic drink it fails, as bread it does not.",
    "Half-asleep is no state to slice bread in.",
    "The first roll goes to the early train.",
    "Write your name on the bag and run.",
    "Here is the oven, there is the door.",
    "Cured ham goes well with rye.",
    "Third Rise at 41 Bath Lane: 30-hour bread for £4.20, or 3.60 for a roll.",
    "We open at 06:30 and shut at 14:00 from Wednesday on.",
    "Rye on Friday? Until 31 October the 6th loaf costs nothing.",
    "On 31/10 the stamp card ends. See thirdrise.example for more.",
    "No bread in January before the holiday ends.",
]


@pytest.mark.parametrize("text", INNOCENT)
def test_innocent_words_are_not_blocked(text: str) -> None:
    assert [f for f in found(email(text)) if f.severity is Severity.BLOCK] == []


BLAMELESS = [
    ("unknown_offer", "There are 20 savings pots by the window."),
    ("unknown_offer", "A savings account pays for the rye."),
    ("unknown_offer", "Bring a loaf when the house sale is through."),
    ("unknown_offer", "Sale agreed? Rye is for sale at the corner."),
    ("spam", "The secret is in the oven. Pay by card or cash."),
    ("doubled", "We tell you you're early, and you you’re late."),
    ("doubled", "The rye that that oven had had was warm."),
    ("shouting", "What HMRC makes of your rye is another matter."),
    ("shouting", "An HVAC engineer, a CRM and a CNC mill like rye."),
    ("shouting", "Open in the AM and PM, all over the UK"),
    ("shouting", "What HVAC is to IT, rye is to us."),
    ("shouting", "UK CRM and CNC for rye"),
]


@pytest.mark.parametrize(("code", "text"), BLAMELESS)
def test_innocent_words_are_not_warned_of(code: str, text: str) -> None:
    assert found(email(text), code=code) == []


def test_abbreviations_of_the_brief_are_not_shouted() -> None:
    about = brief(facts=["We serve UNESCO staff, and the rye is FRESH"], voice={"description": "plain, as RIBENA is"})
    assert found(email("FRESH rye for UNESCO and RIBENA"), about, "shouting") == []


@pytest.mark.parametrize(
    ("copy", "gaps"),
    [
        ("Hi {{ first_name }}, shut", []),
        ("}}, open 8am Hi {{ first_name", ["}}", "{{"]),
        ("Hi {{ first_name }, shut", ["{{ first_name }"]),
        ("Hi { first_name }, shut", ["{ first_name }"]),
        ("Hi {{ last_name }}, shut", ["{{ last_name }}"]),
    ],
)
def test_only_whole_placeholders_of_the_brief_may_stand(copy: str, gaps: list[str]) -> None:
    about = brief(facts=["Hi {{ first_name }}, shut", "Open 8am"])
    blocked = found(email(copy), about, "placeholder")
    assert [selected(email(copy), finding) for finding in blocked] == gaps
    assert all(finding.severity is Severity.BLOCK for finding in blocked)


def test_the_brief_may_claim_what_others_may_not() -> None:
    bold = brief(
        facts=["The best rye of 2025, guaranteed", "Whether you're early or late, act now for a cash prize draw"]
    )
    copy = email("The best rye, and we guarantee it. Whether you're late or not, act now: cash and a prize draw.")
    assert {f.code for f in found(copy, bold)}.isdisjoint(
        {"guarantee", "superlative", "cliche", "spam", "unknown_offer"}
    )


def test_offers_are_known_by_any_word_of_their_kind() -> None:
    assert not found(email("The sixth loaf is on us, at no charge."), code="unknown_offer")
    assert found(email("Rye at a discount for you."), code="unknown_offer")
    assert not found(email("Rye at a discount for you."), brief(offer="Rye at half price"), "unknown_offer")


def test_a_sensitive_word_of_the_brief_itself_is_a_warning() -> None:
    about = brief(facts=["Low-carb bread, made with the Diabetes Trust"])
    severities = [f.severity for f in found(email("Easier on your diabetes."), about, "sensitive_targeting")]
    assert severities == [Severity.WARN]


@pytest.mark.parametrize("name", examples())
def test_a_brief_may_be_quoted(name: str) -> None:
    about = read(examples()[name])
    for line in (*about.facts, about.call_to_action, *([about.offer] if about.offer else ())):
        copy = email(line)
        codes = {f.code for f in found(copy, about) if f.severity is Severity.BLOCK}
        assert codes <= {"too_long", "must_say_missing"}, line


def _data() -> Path:
    named = os.environ.get("GLASBRUK_DATA")
    return Path(named) if named else Path(__file__).resolve().parents[4] / "shared" / "data"


CHANNELS = {"search_ad": "google_search_ad", "social_ad": "meta_feed_ad"}


@lru_cache(maxsize=1)
def _shelf() -> list[tuple[Variant, Brief, Channel]]:
    folder = _data() / "copy"
    if not (folder / "rows.jsonl").is_file():
        pytest.skip(f"the good copy is not at {folder}; GLASBRUK_DATA names another place")
    briefs = {row["id"]: _brief(row) for row in _rows(folder / "brands.jsonl")}
    return [_variant(row, briefs[row["brand"]]) for row in _rows(folder / "rows.jsonl")]


def _rows(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def _brief(row: dict[str, Any]) -> Brief:
    kept = ("brand", "product", "facts", "offer", "call_to_action", "never_say", "language")
    segments = [Segment.model_validate(segment) for segment in row["segments"]]
    more = {"name": row["id"], "voice": {"description": row["voice"]}, "segments": segments, "channels": ["email"]}
    return Brief.model_validate({key: row[key] for key in kept} | more)


def _variant(row: dict[str, Any], about: Brief) -> tuple[Variant, Brief, Channel]:
    name = CHANNELS.get(row["channel"], row["channel"])
    copy = Variant(segment=row["segment"], channel=name, fields=row["copy"], checkpoint="person")
    has = set(copy.fields)
    optional = [
        f if f.keys(f.least)[0] in has else f.model_copy(update={"least": 0}) for f in channel(name).fields if f.least
    ]
    return (
        copy,
        about,
        channel(name).model_copy(update={"fields": (*optional, *(f for f in channel(name).fields if not f.least))}),
    )


def test_good_copy_is_let_through() -> None:
    shelf = _shelf()
    said = [(copy, check(copy, about, where)) for copy, about, where in shelf]
    blocked = [(copy.text, f.message) for copy, findings in said for f in findings if f.severity is Severity.BLOCK]
    assert len(blocked) <= 0.01 * len(shelf), blocked
    warned = sum(any(f.severity is Severity.WARN and f.code != "truncated" for f in findings) for _, findings in said)
    assert warned <= 0.1 * len(shelf)


def test_the_same_copy_under_another_brief_is_mostly_caught() -> None:
    """The check does not know too much: with another brand's brief, figures stand out."""
    shelf = [row for row in _shelf() if any(character.isdigit() for character in row[0].text)]
    shifted = zip(shelf, shelf[len(shelf) // 2 :] + shelf, strict=False)
    codes = [{f.code for f in check(copy, other, where)} for (copy, _, where), (_, other, _) in shifted]
    caught = sum(bool(found & {"unknown_figure", "unknown_date", "wrong_currency"}) for found in codes)
    assert caught >= 0.9 * len(shelf)
