"""Lengths are what the platforms and the networks count."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompts.counting import GSM_BASIC, GSM_EXTENSION, length, outside_gsm, over, parts, sms
from store.channel import Unit

GSM = "".join(sorted(GSM_BASIC | GSM_EXTENSION))
gsm_text = st.text(st.sampled_from(GSM), max_size=700)
sms_text = st.one_of(gsm_text, st.text(st.sampled_from("aé€{’😀字"), max_size=400), st.text(max_size=100))
units: st.SearchStrategy[Unit] = st.sampled_from(("characters", "sms_parts"))


def test_the_gsm_alphabet_has_its_size() -> None:
    assert len(GSM_BASIC) == 127  # 128 places, of which ESC is one
    assert len(GSM_EXTENSION) == 10
    assert not GSM_BASIC & GSM_EXTENSION


@pytest.mark.parametrize(
    ("text", "parts", "per_part"),
    [
        ("", 0, 160),
        ("a" * 160, 1, 160),
        ("a" * 161, 2, 153),
        ("a" * 306, 2, 153),
        ("a" * 307, 3, 153),
        ("ç" + "a" * 69, 1, 70),  # GSM-7 has Ç and no ç
        ("’" + "a" * 70, 2, 67),
        ("’" + "a" * 133, 2, 67),
        ("’" + "a" * 134, 3, 67),
        ("😀" * 35, 1, 70),
        ("😀" * 36, 2, 67),
        ("😀" * 66, 2, 67),  # 33 emoji a part: the 67th unit of each stays empty
        ("😀" * 67, 3, 67),
        ("€" * 80, 1, 160),
        ("€" * 81, 2, 153),
        ("€" * 152, 2, 153),  # 76 a part: the 153rd septet of each stays empty
        ("€" * 153, 3, 153),
        ("a" + "€" * 152, 2, 153),  # one septet before them, and the first part fills to the last
    ],
)
def test_parts_at_the_round_numbers(text: str, parts: int, per_part: int) -> None:
    found = sms(text)
    assert (found.parts, found.per_part) == (parts, per_part)
    assert length(text, "sms_parts") == parts


def test_extension_characters_take_two_septets_and_emoji_two_units() -> None:
    assert (sms("[5 €]").encoding, sms("[5 €]").units) == ("GSM-7", 8)
    assert (sms("😀a").encoding, sms("😀a").units) == ("UCS-2", 3)


def test_what_makes_a_text_ucs2_is_named_once_each() -> None:
    assert outside_gsm("It’s ‘fine’ 😀") == "’‘😀"
    assert outside_gsm("Café £3.60 [now]") == ""


def test_characters_are_counted_however_they_were_typed() -> None:
    assert length("Cafe\u0301", "characters") == length("Café", "characters") == 4


@given(gsm_text, gsm_text)
def test_septets_add_up(first: str, second: str) -> None:
    assert sms(first + second).units == sms(first).units + sms(second).units
    assert sms(first).encoding == "GSM-7"


@given(sms_text, sms_text)
def test_more_text_never_takes_fewer_parts(text: str, more: str) -> None:
    assert sms(text).parts <= sms(text + more).parts


@given(sms_text)
def test_parts_are_those_of_packing_by_hand(text: str) -> None:
    wide = bool(outside_gsm(text))
    alone, each = (70, 67) if wide else (160, 153)
    costs = [len(c.encode("utf-16-le", "surrogatepass")) // 2 if wide else 1 + (c in GSM_EXTENSION) for c in text]
    parts, room = 1, each
    for cost in costs:
        if cost > room:
            parts, room = parts + 1, each
        room -= cost
    assert sms(text).parts == (min(len(text), 1) if sum(costs) <= alone else parts)


@given(sms_text)
def test_a_text_falls_into_the_parts_that_are_paid_for(text: str) -> None:
    fallen, cost = parts(text), sms(text)
    assert "".join(fallen) == text
    assert len(fallen) == cost.parts
    wide = cost.encoding == "UCS-2"
    units = [
        sum(len(c.encode("utf-16-le", "surrogatepass")) // 2 if wide else 1 + (c in GSM_EXTENSION) for c in part)
        for part in fallen
    ]
    assert all(size <= cost.per_part for size in units)
    assert all(size >= cost.per_part - 1 for size in units[:-1])  # as full as whole characters let them be


@given(st.text(max_size=120) | sms_text, st.integers(1, 60), units)
def test_over_is_the_first_place_past_the_limit(text: str, limit: int, unit: Unit) -> None:
    index = over(text, limit, unit)
    if index is None:
        assert length(text, unit) <= limit
    else:
        assert length(text[:index], unit) <= limit < length(text[: index + 1], unit)


@pytest.mark.parametrize(
    ("text", "limit", "unit", "index"),
    [
        ("abcdef", 3, "characters", 3),
        ("abc", 3, "characters", None),
        ("e\u0301e\u0301e\u0301", 2, "characters", 4),
        ("a" * 161, 1, "sms_parts", 160),
        ("a" * 100 + "😀", 1, "sms_parts", 100),  # the emoji is what makes it two
    ],
)
def test_over_in_known_cases(text: str, limit: int, unit: Unit, index: int | None) -> None:
    assert over(text, limit, unit) == index
