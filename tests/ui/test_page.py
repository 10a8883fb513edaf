"""What templates let through: text, and never markup or template syntax."""

from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from ui.page import render, visible


class Reader(HTMLParser):
    """Collects the tags and the text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


alphabet = st.sampled_from("<>&\"'`${}%#/=ab \u202e") | st.characters(codec="utf-8", exclude_characters="\r")


@given(st.text(alphabet, min_size=1))
def test_any_message_comes_out_as_its_text_and_no_template_syntax_is_left(message: str) -> None:
    markup = render("notice", message=message, tone="done")
    reader = Reader()
    reader.feed(markup)
    assert reader.tags == ["div"]
    assert reader.text.strip() == visible(message).strip()
    assert not set("{}$`") & set(markup)


def test_what_hides_is_shown_by_number() -> None:
    assert visible("a\u202eb\u200f\x00\tc\n") == "a[U+202E]b[U+200F][U+0000]\tc\n"
