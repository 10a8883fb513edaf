"""Figures: how they are read, and the two promises of the check: the brief's own pass, all others are found."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.checks.extraction import figures
from inference.checks.figures import unknown_figures
from inference.checks.known import known
from store.finding import Finding, Severity
from tests.inference.checks.sample import brief, channel, email, found, selected

READ = [
    ("en", "£3.60", "money", "3.6", "£"),
    ("en", "89p", "money", "0.89", "£"),
    ("en", "£1.2 million", "money", "1200000", "£"),
    ("en", "US$20", "money", "20", "$"),
    ("en", "1,000,000", "number", "1000000", ""),
    ("en", "10k", "number", "10000", ""),
    ("en", "5 km", "number", "5", ""),
    ("en", "50 %", "percent", "50", ""),
    ("en", "twelve", "number", "12", ""),
    ("en", "twenty-four thousand", "number", "24000", ""),
    ("en", "a dozen", "number", "12", ""),
    ("en", "half", "number", "0.5", ""),
    ("en", "2½", "number", "2.5", ""),
    ("en", "3rd", "ordinal", "3", ""),
    ("en", "2x", "times", "2", ""),
    ("en", "twice", "times", "2", ""),
    ("en", "9 out of 10", "ratio", "9/10", ""),
    ("en", "6.30 a.m.", "time", "06:30", ""),
    ("en", "12am", "time", "00:00", ""),
    ("en", "12pm", "time", "12:00", ""),
    ("en", "noon", "time", "12:00", ""),
    ("en", "31st of October", "date", "10-31", ""),
    ("en", "Oct. 31, 2026", "date", "2026-10-31", ""),
    ("en", "2026-10-31", "date", "2026-10-31", ""),
    ("en", "31/10/26", "date", "2026-10-31", ""),
    ("en", "in May", "month", "05", ""),
    ("en", "Fridays", "weekday", "4", ""),
    ("en", "MP3", "code", "MP3", ""),
    ("sv", "1 000 kr", "money", "1000", "kr"),
    ("sv", "99:-", "money", "99", "kr"),
    ("sv", "3,5 km", "number", "3.5", ""),
    ("sv", "kl. 18.30", "time", "18:30", ""),
    ("sv", "3:e maj", "date", "05-03", ""),
    ("sv", "tjugofyra", "number", "24", ""),
    ("sv", "25 procent", "percent", "25", ""),
    ("sv", "fredagar", "weekday", "4", ""),
    ("de", "1.000,50 €", "money", "1000.5", "€"),
    ("de", "3. März", "date", "03-03", ""),
    ("de", "18 Uhr", "time", "18:00", ""),
    ("fr", "50 pour cent", "percent", "50", ""),
    ("fi", "perjantaina", "weekday", "4", ""),
]


@pytest.mark.parametrize(("language", "text", "kind", "value", "unit"), READ)
def test_how_a_figure_is_read(language: str, text: str, kind: str, value: str, unit: str) -> None:
    (figure,) = figures(f"Rye, {text}, warm", language)
    assert (figure.kind, figure.value, figure.unit) == (kind, value, unit)


@pytest.mark.parametrize(
    "text", ["£3.60", "3.60", "6:30am", "6.30", "06:30", "14:00", "2 pm", "Thursday", "30", "thirty", "3", "31 October"]
)
def test_what_the_brief_says_may_be_said_in_other_ways(text: str) -> None:
    assert found(email(f"Rye and rolls: {text}, at the counter.")) == []


@pytest.mark.parametrize(
    "text", ["£30", "30%", "30x", "6:30pm", "Monday", "30 October", "3.6%", "$4.20", "November", "41:30"]
)
def test_a_number_does_not_become_something_else(text: str) -> None:
    assert found(email(f"Rye and rolls: {text}, at the counter."))


def test_ranges_hold_what_lies_between() -> None:
    days = {reading.value for reading in known(brief().claims, "en") if reading.kind == "weekday"}
    months = {reading.value for reading in known(brief().claims, "en") if reading.kind == "month"}
    assert days == {"1", "2", "3", "4", "5", "6"}
    assert months == {"12", "01", "10"}


def test_half_price_and_50_percent_are_the_same() -> None:
    assert not found(email("Rolls at 50% after one."), brief(offer="Rolls at half price"), "unknown_figure")


LANGUAGES = st.sampled_from(["en", "sv", "de", "fr", "fi"])
TEXTS = st.text(
    alphabet=st.one_of(st.sampled_from("0123456789.,:/-%£$€ kmpx½'april"), st.characters(codec="utf-8")), max_size=60
)


@given(text=TEXTS, language=LANGUAGES)
def test_every_digit_lies_in_exactly_one_figure(text: str, language: str) -> None:
    if "@" in text or "://" in text or "www." in text or sum(c.isdigit() for c in text) >= 7:
        return  # a contact, perhaps: other checks look at those
    covered = [0] * len(text)
    for figure in figures(text, language):
        assert text[figure.start : figure.end] == figure.text != ""
        for index in range(figure.start, figure.end):
            covered[index] += 1
    assert max(covered, default=0) <= 1
    assert all(count == 1 for count, character in zip(covered, text, strict=True) if character.isdecimal())


def said(text: str) -> list[Finding]:
    return list(unknown_figures(email(text), brief(), channel()))


CLAIMED = [(claim, figure) for claim in brief().claims for figure in figures(claim, "en")]
FRAMES = st.sampled_from(
    ["{}", "Rye: {}.", "Come for {} and stay", "({})", "From {}, warm!", "{} or not", "so {}; yes"]
)


@given(claimed=st.sampled_from(CLAIMED), frame=FRAMES)
def test_a_figure_of_the_brief_is_never_flagged(claimed: tuple[str, object], frame: str) -> None:
    claim, figure = claimed
    assert said(frame.format(getattr(figure, "text"))) == []  # noqa: B009
    assert said(claim) == []


NUMBERS = {reading.value for reading in known(brief().claims, "en")}
UNITS = st.sampled_from(
    ["{}", "£{}", "{}%", "{} rolls", "{}-hour", "{}g", "{}x", "{}pm", "€{}", "{} out of 5", "No{}", "{},", "{}th"]
)


@given(
    number=st.one_of(st.integers(0, 10**9), st.decimals(0, 10**6, places=2)).filter(
        lambda n: f"{Decimal(n).normalize():f}" not in NUMBERS
    ),
    unit=UNITS,
    frame=FRAMES,
)
def test_a_number_that_the_brief_lacks_is_always_flagged(number: int | Decimal, unit: str, frame: str) -> None:
    if f"{number}" in {"6.30", "2.00", "6.00", "18.30", "18.00", "14.00"}:
        return  # hours of the brief
    copy = email(frame.format(unit.format(number)))
    codes = {"unknown_figure", "unknown_date", "wrong_currency", "personal_data"}
    blocks = [finding for finding in found(copy) if finding.code in codes and finding.severity is Severity.BLOCK]
    assert blocks
    for finding in blocks:
        words = selected(copy, finding)
        assert any(character.isdigit() for character in words)
        assert " ".join(words.split()) in finding.message


@pytest.mark.parametrize("text", ["10% off departures in March.", "Save 10% in May and walk."])
def test_a_month_of_the_brief_that_could_be_a_verb_is_known(text: str) -> None:
    assert not found(email(text), brief(offer="10% off March and May departures"), "unknown_date")
    assert found(email(text), brief(offer="10% off June departures"), "unknown_date")
