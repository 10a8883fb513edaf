"""Lengths and structure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.checks.lengths import encoding, lengths, structure
from prompts.counting import length, sms
from store.channel import Channel, Field
from store.finding import Severity
from tests.inference.checks.sample import brief, channel, variant

TEXT = st.text(st.characters(codec="utf-8"), min_size=1, max_size=60).filter(lambda text: text == text.strip() != "")


@given(text=TEXT, maximum=st.integers(1, 60), shown=st.integers(1, 60))
def test_the_span_begins_at_the_first_character_too_many(text: str, maximum: int, shown: int) -> None:
    shown = min(shown, maximum)
    place = Channel(id="sign", name="Sign", fields=(Field(name="line", maximum=maximum, truncation=shown, aim=1),))
    findings = list(lengths(variant({"line": text}, "sign"), brief(), place))
    size = length(text, "characters")
    assert [f.code for f in findings] == (["too_long"] if size > maximum else ["truncated"] if size > shown else [])
    for finding in findings:
        limit = maximum if finding.code == "too_long" else shown
        assert finding.end == len(text)
        assert length(text[: finding.start], "characters") <= limit < length(text[: finding.start + 1], "characters")


@given(text=st.text("aé🥐€", min_size=1, max_size=400))
def test_sms_parts_and_encoding(text: str) -> None:
    copy = variant({"text": text}, "sms")
    size = sms(text)
    codes = [f.code for f in (*lengths(copy, brief(), channel("sms")), *encoding(copy, brief(), channel("sms")))]
    assert ("too_long" in codes) == (size.parts > 3)
    assert ("truncated" in codes) == (1 < size.parts <= 3)
    assert ("ucs2" in codes) == (size.encoding == "UCS-2")


def test_an_sms_says_what_it_costs_and_why() -> None:
    text = "Rye is out, “warm” and ready. " * 3
    copy = variant({"text": text}, "sms")
    (cost,), (why,) = lengths(copy, brief(), channel("sms")), encoding(copy, brief(), channel("sms"))
    assert "2 parts of 67 in UCS-2" in cost.message
    assert (why.severity, text[why.start : why.end]) == (Severity.NOTE, "“")
    assert "“”" in why.message


@pytest.mark.parametrize(
    ("fields", "codes"),
    [
        ({"subject": "Rye", "preheader": "Warm"}, []),
        ({"subject": "Rye"}, ["missing_field"]),
        ({"subject": "Rye", "preheader": ""}, ["empty_field", "missing_field"]),
        ({"subject": "Rye", "preheader": "Warm", "preheadr": "Warm"}, ["unknown_field"]),
        ({}, ["unparsed"]),
    ],
)
def test_structure(fields: dict[str, str], codes: list[str]) -> None:
    findings = list(structure(variant(fields), brief(), channel()))
    assert [finding.code for finding in findings] == codes
    assert all(finding.severity is Severity.BLOCK for finding in findings)


def test_an_unknown_field_names_the_nearest() -> None:
    copy = variant({"subject": "Rye", "preheader": "Warm", "preheadr": "x"})
    (finding,) = structure(copy, brief(), channel())
    assert '"preheader"' in finding.message


def test_runs_of_fields_are_counted() -> None:
    copy = variant(
        {"headline_1": "Rye", "headline_2": "Rolls", "description_1": "Warm.", "description_2": "Soon."},
        "google_search_ad",
    )
    (finding,) = structure(copy, brief(), channel("google_search_ad"))
    assert "needs 3 headline, and there are 2" in finding.message
