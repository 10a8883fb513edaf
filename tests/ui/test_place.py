"""Places, and the addresses they are kept in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.states import State
from ui.place import REMEMBERED, Place, read, write

# A noun strips the white space around its texts, so those of a place never have any.
words = st.text(st.characters(codec="utf-8"), max_size=30).map(str.strip)
places = st.builds(
    Place,
    campaign=st.none() | st.integers(1, 2**31 - 1),
    segment=words,
    channel=words,
    state=st.none() | st.sampled_from(State),
    code=words,
    text=words,
    who=words,
    score=st.sampled_from(["", "better", "open", "worse"]),
    view=st.sampled_from(["list", "grid", "pairs"]),
    other=st.none() | st.integers(1, 2**31 - 1),
    page=st.integers(1, 999),
    variant=st.none() | st.integers(1, 2**31 - 1),
    done=st.lists(
        st.integers(1, 2**31 - 1)
        | st.from_regex(r"s[0-9a-f]{16}", fullmatch=True)
        | st.integers(1, 2**31 - 1).map(lambda number: f"c{number}"),
        max_size=5,
    ).map(tuple),
)


@given(places)
def test_an_address_brings_its_place_back(place: Place) -> None:
    assert read(f"?{write(place)}") == place


@given(st.text())
def test_any_address_opens_some_place(address: str) -> None:
    assert read(address).page >= 1


@pytest.mark.parametrize(
    "address",
    [
        "",
        "?",
        "?page=2",
        "?p=0",
        "?p=-3",
        "?p=x",
        "?state=lost",
        "?score=good",
        "?done=s12",
        "?done=c0",
        "?view=carousel",
        "?variant=abc",
        "?a=b",
        f"?variant={2**63}",
    ],
)
def test_what_is_not_understood_is_left_out(address: str) -> None:
    assert read(address) == Place()


@pytest.mark.parametrize("address", ["?score=good", "?done=s12"])
def test_a_score_and_a_sweep_that_nobody_knows_are_left_out(address: str) -> None:
    assert read(address) == Place()


def test_undo_remembers_so_many_decisions() -> None:
    place = Place()
    for variant in range(1, 100):
        place = place.after_deciding(variant, variant + 1)
    assert place.variant == 100
    assert place.done == tuple(range(99, 99 - REMEMBERED, -1))
