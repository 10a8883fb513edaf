"""Repeats."""

from hypothesis import given
from hypothesis import strategies as st

from inference.checks import repeats
from inference.checks.repeats import GRAM, NEAR, fold
from store.finding import Severity
from tests.inference.checks.sample import email, found, variant

RYE = "Rye goes in the oven tonight, so order by six and run for the train."


def test_an_exact_repeat_is_blocked_and_named() -> None:
    earlier = email(RYE).model_copy(update={"id": 7})
    (finding,) = repeats(email(f"  {RYE.upper()}!"), [email("Rolls."), earlier])
    assert (finding.code, finding.severity) == ("repeat", Severity.BLOCK)
    assert "variant 7" in finding.message


def test_a_near_repeat_is_a_warning() -> None:
    (finding,) = repeats(email(RYE.replace("tonight", "tonite")), [email(RYE)])
    assert (finding.code, finding.severity) == ("near_repeat", Severity.WARN)


def test_other_copy_segments_and_channels_are_no_repeats() -> None:
    assert repeats(email(RYE), []) == []
    assert repeats(email(RYE), [email("Buns are two streets away and still warm at seven, says the baker.")]) == []
    assert repeats(email(RYE), [email(RYE).model_copy(update={"segment": "Cafe owners"})]) == []
    assert repeats(email(RYE), [email(RYE).model_copy(update={"channel": "push"})]) == []
    assert repeats(variant({}), [variant({})]) == []


def test_going_round_in_circles_is_blocked_at_the_second_time() -> None:
    copy = email("You want rolls in the morning. You want rolls in the morning. You want rolls in the mor")
    (finding,) = found(copy, code="repeated_sentence")
    assert (finding.start, finding.end) == (31, 60)
    assert not found(email("No rain. No rain. Rye on Saturday."), code="repeated_sentence")


def test_the_same_is_said_once_of_a_field() -> None:
    copy = email("Rolls for £77, buns for £77 and rye for £78.")
    assert [finding.start for finding in found(copy, code="unknown_figure")] == [10, 40]


def test_a_price_is_not_a_percentage() -> None:
    assert repeats(email("Save £5"), [email("Save 5%")])[0].code != "repeat"


@given(st.text("abcd ", min_size=1, max_size=30), st.text("abcd ", min_size=1, max_size=30))
def test_near_means_the_jaccard_index_of_shingles(first: str, second: str) -> None:
    one, two = (variant({"body": text}, "push") for text in (first, second))
    folded = [fold(copy.text) for copy in (one, two)]
    sets = [{text[i : i + GRAM] for i in range(max(1, len(text) - GRAM + 1))} for text in folded]
    expected = [] if not folded[0] else ["repeat"] if folded[0] == folded[1] else []
    if folded[0] and not expected and len(sets[0] & sets[1]) >= NEAR * len(sets[0] | sets[1]):
        expected = ["near_repeat"]
    assert [finding.code for finding in repeats(one, [two])] == expected


def test_two_fields_that_say_the_same() -> None:
    copy = variant({"subject": "Rye is out", "preheader": "rye is out!"})
    (finding,) = found(copy, code="repeated_field")
    assert (finding.field, finding.severity) == ("preheader", Severity.BLOCK)
    assert "subject" in finding.message
