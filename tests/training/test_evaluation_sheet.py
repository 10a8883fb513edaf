"""Sheets for reading: nothing of the copy is obeyed, and a blind sheet names nobody before its key."""

import re

import pytest

from store.errors import InputError
from store.states import State
from tests.training.evaluated import BRIEF, briefs, place, row
from training.evaluation_run import Place
from training.evaluation_sheet import blind, samples

BRIEFS = briefs()
BRANDS = [name for name, brief in BRIEFS.items() if brief.split == "test"]


def places(word: str, brands: int = 6, channels: tuple[str, ...] = ("email", "sms")) -> list[Place]:
    return [
        place([row({"text": f"{word} {name} {channel} {i}"}, claim=i) for i in range(2)], of=name, channel=channel)
        for name in BRANDS[:brands]
        for channel in channels
    ]


def test_the_sheet_has_every_shown_variant_with_what_it_was_to_say() -> None:
    shown, held = row({"subject": "Sent", "preheader": "By us"}), row({"subject": "Held back"}, State.BLOCKED)
    text = samples([place([shown, held])], BRIEFS)
    assert "## Pennyrook" in text
    assert "**subject** Sent" in text
    assert "To say: From template to sent invoice in 48 seconds on average" in text
    assert "Held back" not in text
    assert "Nothing: none of the 1 written passed." in samples([place([held])], BRIEFS)


def test_a_brand_is_told_of_once() -> None:
    text = samples([place([], channel=channel) for channel in ("email", "sms")], BRIEFS)
    assert text.count("## Pennyrook") == 1
    assert text.count("\n### ") == 2


def test_markup_in_copy_stands_as_it_was_written() -> None:
    text = samples([place([row({"subject": "# <b>*Now*</b>\n| [x](y)"})])], BRIEFS)
    assert r"\# \<b\>\*Now\*\</b\> \| \[x\]\(y\)" in text


def test_the_blind_sheet_has_each_place_once_and_no_name_before_the_key() -> None:
    text = blind(places("first"), places("second"), BRIEFS, ("base", "shipped"), count=7)
    sheet, key = text.split("## Key")
    assert len(re.findall(r"^## \d+\. ", sheet, re.MULTILINE)) == 7
    assert "base" not in sheet.split("## 1.")[1].replace("based", "")
    assert "shipped" not in sheet
    assert len(re.findall(r"^\| \d+ \|", key, re.MULTILINE)) == 7


def test_the_key_is_true() -> None:
    text = blind(places("first"), places("second"), BRIEFS, ("one", "two"), count=12, seed=3)
    sheet, key = text.split("## Key")
    words = re.findall(r"\*\*text\*\* (first|second)", sheet)
    names = [name for line in re.findall(r"^\| \d+ \| (.*) \|$", key, re.MULTILINE) for name in line.split(" | ")]
    assert [{"first": "one", "second": "two"}[word] for word in words] == names
    assert set(names[::2]) == {"one", "two"}  # which stands first is left to chance


def test_both_are_shown_on_the_same_angle_where_they_can_be() -> None:
    text = blind(places("first"), places("second"), BRIEFS, ("one", "two"), count=12)
    asked = re.findall(r"^\*\*[AB]\.\*\* (.*)$", text, re.MULTILINE)
    assert asked[::2] == asked[1::2]
    mine, theirs = place([row({"text": "x"}, claim=0)]), place([row({"text": "y"}, claim=1)])
    assert "**text** y" in blind([mine], [theirs], BRIEFS, ("one", "two"))


def test_brands_take_turns() -> None:
    text = blind(places("a"), places("b"), BRIEFS, ("one", "two"), count=6)
    brands = re.findall(r"^## \d+\. (.*?): ", text, re.MULTILINE)
    assert len(set(brands)) == 6


def test_the_seed_repeats_it() -> None:
    sheets = [blind(places("a"), places("b"), BRIEFS, ("one", "two"), seed=seed) for seed in (1, 1, 2)]
    assert sheets[0] == sheets[1] != sheets[2]


def test_nothing_in_common_is_refused() -> None:
    empty = [place([row({"text": "x"}, State.BLOCKED)], of=BRIEF)]
    with pytest.raises(InputError, match="no place in common"):
        blind(empty, places("b"), BRIEFS, ("one", "two"))
