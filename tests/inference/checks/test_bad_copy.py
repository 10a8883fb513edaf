"""A line for every way of going wrong: the code, its severity and the very words must be found."""

import pytest

from inference.checks import CHECKS, check
from store.finding import Severity
from tests.inference.checks.sample import brief, channel, email, found, selected, variant

B, W, N = Severity.BLOCK, Severity.WARN, Severity.NOTE

# code, severity, text of the preheader, the words that must be selected
ENGLISH = [
    ("unknown_figure", B, "All of it proves for 48 hours, every night of the week.", "48"),
    ("unknown_figure", B, "Now 20% of the seats are by the window.", "20%"),
    ("unknown_figure", B, "Rolls are £3.50 before your train.", "£3.50"),
    ("unknown_figure", B, "Doors open at 5am for early trains.", "5am"),
    ("unknown_figure", B, "Doors open at 6:30pm for early trains.", "6:30pm"),
    ("unknown_figure", B, "Our rye keeps 20x longer than yours.", "20x"),
    ("unknown_figure", B, "Bread day and night, 24/7.", "24/7"),
    ("wrong_currency", B, "A bacon roll costs $3.60 here.", "$3.60"),
    ("unknown_number_word", W, "There are seventeen kinds of bun.", "seventeen"),
    ("unknown_number_word", W, "Twice the crust of other loaves.", "Twice"),
    ("unknown_date", B, "Buns are back on 3 March.", "3 March"),
    ("unknown_date", B, "The sixth loaf is free until Monday.", "Monday"),
    ("unknown_date", B, "Today only: the sixth loaf is free.", "Today only"),
    ("unknown_date", W, "Get through Monday with rye.", "Monday"),
    ("unknown_offer", B, "Rye at half price for commuters.", "half price"),
    ("unknown_offer", B, "Rye at 20% savings for commuters.", "20% savings"),
    ("unknown_offer", B, "Our rye sale has begun.", "sale"),
    ("unknown_offer", B, "Use code BREAD at the counter.", "BREAD"),
    ("unknown_offer", B, "Say SAVE20 at the counter.", "SAVE20"),
    ("unknown_offer", B, "Order now for a chance to win a hamper.", "chance to win"),
    ("never_say", B, "Baked by real artisans each night.", "artisans"),
    ("never_say", B, "A guilt free slice of rye.", "guilt free"),
    ("guarantee", B, "Fresh bread, guaranteed.", "guaranteed"),
    ("guarantee", B, "A risk-free breakfast for you.", "risk-free"),
    ("superlative", W, "It is the best rye you can eat on a train.", "best"),
    ("personal_data", B, "Write to moa.berg@mail.example for rye.", "moa.berg@mail.example"),
    ("personal_data", B, "Ring us on 0131 496 0123 for rye.", "0131 496 0123"),
    ("personal_data", B, "Your number 811218-9876 is on the bag.", "811218-9876"),
    ("personal_data", B, "Your number 078-05-1120 is on the bag.", "078-05-1120"),
    ("personal_data", B, "Pay to GB82 WEST 1234 5698 7654 32 today.", "GB82 WEST 1234 5698 7654 32"),
    ("personal_data", B, "Pay with 4111 1111 1111 1111 today.", "4111 1111 1111 1111"),
    ("unknown_url", B, "Order at www.breadlane.com/now today.", "www.breadlane.com/now"),
    ("shouting", W, "The bread is READY when you are.", "READY"),
    ("shouting", W, "The sixth loaf is FREE with a card.", "FREE"),
    ("shouting", W, "The rye is AMAZING on any train.", "AMAZING"),
    ("shouting", W, "RYE FROM YOUR STREET OVEN, come by", "FROM"),
    ("shouting", W, "HMRC RYE", "HMRC"),
    ("punctuation", W, "Still warm at seven?! Yes, it is.", "?!"),
    ("emoji", W, "Still warm when you pass 🥐 on your way.", "🥐"),
    ("many_emoji", W, "Warm 🥐 and quick 🥖 on your way.", "🥖"),
    ("hashtag", W, "Still warm when you pass. #sourdough", "#sourdough"),
    ("title_case", N, "Fresh Bread Before Your Train", "Fresh Bread Before Your Train"),
    ("quoted", W, '"Still warm when you pass."', '"Still warm when you pass."'),
    ("placeholder", B, "Hello [First name], the rye is out.", "[First name]"),
    ("placeholder", B, "Hello {{ name }}, the rye is out.", "{{ name }}"),
    ("placeholder", B, "Hello <name>, the rye is out.", "<name>"),
    ("placeholder", B, "Hello {{ name, the rye is out.", "{{"),
    ("placeholder", B, "Hello name }}, the rye is out.", "}}"),
    ("placeholder", B, "Hello {% name, the rye is out.", "{%"),
    ("placeholder", B, "Hello name %}, the rye is out.", "%}"),
    ("placeholder", B, "Rolls from XX at the counter.", "XX"),
    ("placeholder", B, "Rolls from %s at the counter.", "%s"),
    ("placeholder", B, "Lorem ipsum and a roll.", "Lorem ipsum"),
    ("prompt_text", B, "Subject: the rye is out of the oven.", "Subject:"),
    ("prompt_text", B, "The rye is out. preheader: come by.", "preheader:"),
    ("prompt_text", B, "The rye is out of the oven. Spoke Yard", "Spoke Yard"),
    ("prompt_text", B, "Sure, the rye is out of the oven.", "Sure"),
    ("prompt_text", B, "Here is a headline for your bakery.", "Here is a headline"),
    ("prompt_text", B, "The **rye** is out of the oven.", "**"),
    ("prompt_text", B, "- The rye is out of the oven.", "- "),
    ("prompt_text", B, "Train commuters: the rye is out.", "Train commuters:"),
    ("names_segment", W, "Dear Train commuters, the rye is out.", "Dear Train commuters"),
    ("invisible_character", B, "The rye\u202e is out of the oven.", "\u202e"),
    ("invisible_character", B, "The rye\u200b is out of the oven.", "\u200b"),
    ("markup", W, "The <b>rye is out of the oven.", "<b>"),
    ("markup", B, "The rye is out.<script>alert()</script>", "<script>"),
    ("spam", W, "The rye is out of the oven. Click here.", "Click here"),
    ("spam", W, "Quick cash for commuters with rye.", "Quick cash"),
    ("cliche", W, "Say hello to rye that keeps.", "Say hello to"),
    ("unfinished", W, "The rye is out of the oven and", "and"),
    ("unfinished", W, "The rye is out of the oven...", "..."),
    ("doubled", W, "The rye is out of the the oven.", "the the"),
    ("wrong_language", B, "Das Brot ist frisch und wir öffnen die Tür für Sie auf dem Weg zum Zug", ""),
    ("sensitive_targeting", B, "As a diabetic you know good rye.", "As a diabetic"),
    ("sensitive_targeting", B, "Bread that helps your depression.", "your depression"),
    ("sensitive_targeting", B, "Rye for fellow Christians.", "fellow Christians"),
    ("sensitive_targeting", B, "Bread that Muslim families trust.", "Muslim families"),
    ("sensitive_targeting", B, "Rye for conservative voters.", "conservative voters"),
    ("sensitive_targeting", B, "Rye for gay men like you.", "gay men"),
]

SWEDISH = [
    ("unknown_figure", B, "Degen jäser i 36 timmar hos oss.", "36"),
    ("unknown_figure", B, "Limpan kostar 39:- i dag.", "39:-"),
    ("wrong_currency", B, "Limpan kostar €48 hos oss.", "€48"),
    ("unknown_number_word", W, "Vi har sjutton sorters bullar.", "sjutton"),
    ("unknown_date", B, "Gratis bulle hos oss på måndag.", "måndag"),
    ("unknown_offer", B, "Halva priset på bullar före jobbet.", "Halva priset"),
    ("guarantee", B, "Färskt varje morgon, garanterat.", "garanterat"),
    ("superlative", W, "Det bästa brödet vid Slussen.", "bästa"),
    ("never_say", B, "Riktigt hantverket från Slussen.", "hantverket"),
    ("cliche", W, "Upptäck bröd som håller hela veckan.", "Upptäck"),
    ("sensitive_targeting", B, "Bröd som hjälper mot din depression.", "din depression"),
    ("sensitive_targeting", B, "Bröd som muslimska familjer litar på.", "muslimska familjer"),
]


@pytest.mark.parametrize(("code", "severity", "text", "words"), ENGLISH)
def test_the_words_are_found(code: str, severity: Severity, text: str, words: str) -> None:
    copy = email(text) if code != "wrong_language" else email(text, subject="Das Brot ist fertig")
    hits = [(finding.severity, selected(copy, finding)) for finding in found(copy, code=code)]
    assert (severity, words) in hits


@pytest.mark.parametrize(("code", "severity", "text", "words"), SWEDISH)
def test_the_words_are_found_in_swedish(code: str, severity: Severity, text: str, words: str) -> None:
    copy = email(text, subject="Ljuset är tänt hos bagaren")
    hits = [(finding.severity, selected(copy, finding)) for finding in found(copy, brief(language="sv"), code)]
    assert (severity, words) in hits


def test_the_frame_of_these_lines_is_blameless() -> None:
    assert found(email("Rolls are warm when you pass on your way to the train.")) == []
    swedish = email("Bröd och bullar är varma när du går förbi.", subject="Ljuset är tänt hos bagaren")
    assert found(swedish, brief(language="sv")) == []


def test_every_message_names_the_words_in_one_line() -> None:
    for code, _, text, words in ENGLISH:
        for finding in found(email(text), code=code):
            assert "\n" not in finding.message
            if selected(email(text), finding) == words and code not in {"invisible_character", "many_emoji"}:
                assert words.strip() in finding.message


def test_a_formal_channel_is_stricter() -> None:
    fields = {"headline_1": "Rye at Bath Lane!", "headline_2": "Warm rolls 🥐", "headline_3": "Bread By Bike Today"}
    copy = variant(fields | {"description_1": "Come by.", "description_2": "Rolls are warm!"}, "google_search_ad")
    blocks = [(f.code, f.field) for f in found(copy) if f.severity is B]
    assert blocks == [("exclamation", "headline_1"), ("emoji", "headline_2")]
    assert not found(copy, code="title_case")


def test_emoji_are_the_voices_choice() -> None:
    assert not found(email("Warm 🥐 on your way."), brief(voice={"emoji": True}), "emoji")
    assert not found(email("The oven 👩‍🍳 is on."), brief(voice={"emoji": True}), "invisible_character")


def test_must_say() -> None:
    demands = brief(must_say=["Allergens at the counter"])
    assert [f.severity for f in found(email("Rolls are warm."), demands, "must_say_missing")] == [B]
    assert not found(email("Rolls are warm. allergens  at the Counter."), demands, "must_say_missing")
    long = brief(must_say=["Terms and conditions: " + "a rather long line of law. " * 8])
    assert [f.severity for f in found(email("Rolls are warm."), long, "must_say_missing")] == [W]


def test_an_answer_that_could_not_be_parsed_says_only_that() -> None:
    copy = variant({}, raw="I cannot help with that.")
    assert [(f.code, f.severity) for f in check(copy, brief(must_say=["Ask us"]), channel())] == [("unparsed", B)]


def test_the_list_is_of_plain_functions() -> None:
    assert len({one.__name__ for one in CHECKS}) == len(CHECKS)
