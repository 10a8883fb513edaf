"""Whatever the copy, the checks end, and their spans lie within their field."""

from hypothesis import given, settings
from hypothesis import strategies as st

from inference.checks import CHECKS
from tests.inference.checks.sample import brief, channel, variant

# fmt: off
PIECES = st.sampled_from([
    "£3.60", "20%", "kl. 25", "6.60pm", "1,000 000.5", "1.000 000,5", "99/99/99", "half a million", "May 5-7, 2026",
    "twenty four thousand", "3 to 4 May", "24:61", "٣٤%", "²", "½", "SAVE20", "free", "*free", "[", "{{", "<b",
    "the the", "Subject:", "!!", "🥐", "👩‍🍳", "1️⃣", "🇸🇪", "#rye", "and", "“", "your depression", "811318-9876",
    "a@b.se", "x" * 50, "+46 70", "İstanbul", "ſeven", "\u200b", "\u202e", "\x00", "\n- ", "tjugofyra", "1.000,50 €",
    "10–20 kr", "du som kristen",
])
# fmt: on
TEXT = st.lists(st.one_of(PIECES, st.text(st.characters(codec="utf-8"), max_size=8)), max_size=8)


@settings(max_examples=200)
@given(
    parts=TEXT, glue=st.sampled_from([" ", "", " - ", ", "]), language=st.sampled_from(["en", "sv", "de", "fr", "fi"])
)
def test_spans(parts: list[str], glue: str, language: str) -> None:
    copy = variant({"title": glue.join(parts), "body": "Rolls are warm when you pass by."}, "push")
    about = brief(language="sv") if language == "sv" else brief(language=language)
    for one in CHECKS:
        for finding in one(copy, about, channel("push")):
            assert finding.field in {"", *copy.fields}
            assert 0 <= finding.start <= finding.end <= len(copy.fields.get(finding.field, ""))
            assert finding.message
