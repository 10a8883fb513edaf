"""What readers meet of a variant, by channel."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompts import channels
from prompts.counting import length
from store.channel import Channel
from store.settings import Settings
from tests import nouns
from ui.preview import DRAWN, line, preview

CATALOGUE = channels.catalogue(Settings())
LONG = "Four cheeses and no queue at the deli counter on a wet Saturday morning"


class Words(HTMLParser):
    """The text of markup, without its titles."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.text = ""
        self.feed(markup)

    def handle_data(self, data: str) -> None:
        self.text += data


def read(channel: str, **fields: str) -> str:
    """What a reader sees, on one line."""
    return " ".join(Words(preview(fields, CATALOGUE[channel], nouns.brief())).text.split())


def test_every_built_in_channel_is_drawn() -> None:
    assert sorted(DRAWN) == sorted(CATALOGUE)


@pytest.mark.parametrize("channel", list(DRAWN))
def test_every_text_that_fits_is_seen(channel: str) -> None:
    texts = {key: f"Words{n}" for n, key in enumerate(CATALOGUE[channel].written)}
    seen = read(channel, **texts)
    assert [text for text in texts.values() if text not in seen] == []


def test_an_inbox_cuts_at_the_channels_point_and_a_phone_before() -> None:
    seen = read("email", subject=LONG, preheader="Ask a few people round")
    assert f"{LONG[:50].rstrip()}…" in seen
    assert f"{LONG[:30].rstrip()}…" in seen
    assert f"A phone cuts off “{LONG[30:]}”" in seen
    assert "A phone" not in read("email", subject="Four cheeses", preheader="Ask a few people round")


def test_an_sms_falls_into_bubbles_and_says_what_it_costs() -> None:
    markup = preview({"text": "a" * 161}, CATALOGUE["sms"], nouns.brief())
    assert markup.count('class="bubble') - markup.count('class="bubbles') == 2
    assert "2 parts 161 of 306 units in GSM-7; each part is paid for" in " ".join(Words(markup).text.split())


def test_a_search_ad_shows_three_headlines_and_the_others_in_turn() -> None:
    seen = read("google_search_ad", headline_1="A", headline_2="B", headline_3="C", headline_4="D", path_1="boxes")
    assert "A | B | C" in seen
    assert "In turn D" in seen
    assert "› boxes" in seen


def test_assets_say_how_many_the_platform_takes() -> None:
    seen = read("google_performance_max", headline_1="A", headline_2="B", long_headline_1="C")
    assert "headline 2 of 15" in seen
    assert "long headline 1 of 5" in seen


def test_a_channel_of_the_users_own_and_an_answer_without_fields_have_no_preview() -> None:
    own = Channel.model_validate(CATALOGUE["push"].model_dump() | {"id": "shop_sign"})
    assert preview({"title": "Open"}, own, nouns.brief()) == ""
    assert preview({}, CATALOGUE["push"], nouns.brief()) == ""


def test_a_built_in_channel_that_lost_its_fields_is_drawn_with_what_there_is() -> None:
    bare = CATALOGUE["email"].model_copy(update={"fields": CATALOGUE["email"].fields[:1]})
    assert "Hello" in preview({"subject": "Hello"}, bare, nouns.brief())


@given(st.text(max_size=80), st.none() | st.integers(1, 60))
def test_a_line_loses_nothing_but_what_it_says_it_loses(text: str, limit: int | None) -> None:
    cut = line(text, limit)
    assert cut.shown + cut.lost == text
    assert limit is None or length(cut.shown, "characters") <= limit
    assert bool(cut.lost) == (limit is not None and length(text, "characters") > limit)


@given(st.sampled_from(sorted(DRAWN)), st.text("<>&\"'`${}ab", min_size=1, max_size=20))
def test_copy_comes_out_as_text(channel: str, text: str) -> None:
    key = next(iter(CATALOGUE[channel].written))
    markup = preview({key: text}, CATALOGUE[channel], nouns.brief())
    assert "<script" not in markup.replace("&lt;", "")
    assert not set("{}$`") & set(markup)
