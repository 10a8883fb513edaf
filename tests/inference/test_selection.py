"""Of many variants the likeliest are chosen, as long as they differ, and each one left out knows why."""

from collections.abc import Hashable, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from inference.selection import NEAR, LeftOut, Selection, Why, brought_back, notes, opening, select
from store.finding import APPROVAL, BROUGHT_BACK, HELD_BACK, Severity

Pool = tuple[list[float], NDArray[np.float32], list[int], list[str]]


def vectors(*angles: float) -> NDArray[np.float32]:
    """Unit vectors at these angles, in degrees."""
    turned = np.radians(angles)
    return np.stack([np.cos(turned), np.sin(turned)], axis=1).astype(np.float32)


def apart(count: int) -> NDArray[np.float32]:
    """Vectors that have nothing in common."""
    return np.eye(count, dtype=np.float32)


def chosen(
    chances: Sequence[float],
    n: int,
    *,
    at: NDArray[np.float32] | None = None,
    angles: Sequence[Hashable] = "",
    openings: Sequence[str] = "",
) -> Selection:
    """A selection in which what is not given makes no difference."""
    count = len(chances)
    numbers = [str(index) for index in range(count)]
    return select(chances, apart(count) if at is None else at, angles or numbers, openings or numbers, n)


def test_one_that_a_check_warns_of_is_shown_only_where_there_is_no_other() -> None:
    chances, numbers = [0.9, 0.2, 0.1], ["0", "1", "2"]
    two = select(chances, apart(3), numbers, numbers, 2, warned={0})
    assert two.chosen == (1, 2)
    assert two.left_out == {0: LeftOut(Why.WARNED, 2)}
    said = [[finding.message for finding in found] for found in notes(two, chances, [7, 8, 9], "a")]
    assert any("variant 9 has none" in message for message in said[0])
    assert set(select(chances, apart(3), numbers, numbers, 3, warned={0}).chosen) == {0, 1, 2}


@st.composite
def pools(draw: st.DrawFn) -> Pool:
    """Candidates of which some have the same angle, open alike or lie near each other."""
    count = draw(st.integers(0, 14))
    chances = draw(st.lists(st.floats(0, 1), min_size=count, max_size=count))
    degrees = draw(st.lists(st.integers(0, 179), min_size=count, max_size=count))
    angles = draw(st.lists(st.integers(0, 4), min_size=count, max_size=count))
    openings = draw(st.lists(st.sampled_from("abcdefgh"), min_size=count, max_size=count))
    return chances, vectors(*degrees), angles, openings


def clash(pool: Pool, one: int, two: int) -> bool:
    """Whether two say nearly the same or open alike."""
    _, at, _, openings = pool
    cosine = round(float(at[one].astype(np.float64) @ at[two].astype(np.float64)), 6)
    return cosine >= NEAR or openings[one] == openings[two]


@given(pools(), st.integers(1, 16))
def test_n_different_ones_are_chosen_and_the_others_have_a_reason_that_is_chosen(pool: Pool, n: int) -> None:
    found = select(*pool, n)
    everything = set(range(len(pool[0])))
    assert len(found.chosen) == len(set(found.chosen)) == min(n, len(everything))
    assert set(found.chosen) | found.left_out.keys() == everything
    assert not set(found.chosen) & found.left_out.keys()
    assert {left_out.beside for left_out in found.left_out.values()} <= set(found.chosen)
    assert found == select(*pool, n)


@given(pools(), st.integers(1, 16))
def test_the_reasons_are_true(pool: Pool, n: int) -> None:
    chances, at, angles, openings = pool
    found = select(*pool, n)
    for index, left_out in found.left_out.items():
        beside = left_out.beside
        match left_out.why:
            case Why.SAME:
                assert at[index] @ at[beside] > NEAR - 1e-4
            case Why.OPENING:
                assert openings[index] == openings[beside]
            case Why.UNLIKELY:
                assert all(chances[other] > chances[index] for other in found.chosen)
            case Why.ANGLE:
                assert (angles[index], True) == (angles[beside], chances[beside] >= chances[index])
            case Why.ALIKE:
                assert at[index] @ at[beside] > max(at[index] @ at[other] for other in found.chosen) - 1e-4


@given(pools(), st.integers(1, 16))
def test_none_is_chosen_beside_one_that_it_repeats_while_there_is_another(pool: Pool, n: int) -> None:
    found = select(*pool, n)
    for place, index in enumerate(found.chosen):
        before = found.chosen[:place]
        if any(clash(pool, index, other) for other in before):
            waiting = [*found.chosen[place:], *found.left_out]
            assert all(any(clash(pool, each, other) for other in before) for each in waiting)


@given(st.integers(0, 2**32), st.integers(1, 12))
def test_the_order_makes_no_difference(seed: int, n: int) -> None:
    draw = np.random.default_rng(seed)
    at = draw.normal(size=(12, 3)).astype(np.float32)  # in few dimensions, so that some lie near
    at /= np.linalg.norm(at, axis=1, keepdims=True)
    chances, angles, openings = draw.random(12), draw.integers(0, 4, 12), [str(i) for i in draw.integers(0, 9, 12)]
    order = draw.permutation(12)
    straight = select(list(chances), at, list(angles), openings, n)
    mixed = select(list(chances[order]), at[order], list(angles[order]), [openings[i] for i in order], n)
    assert tuple(order[index] for index in mixed.chosen) == straight.chosen
    assert {order[index]: left_out.why for index, left_out in mixed.left_out.items()} == {
        index: left_out.why for index, left_out in straight.left_out.items()
    }


def test_the_likeliest_is_first_and_the_unlikely_are_left_out() -> None:
    found = chosen([0.2, 0.9, 0.5, 0.1], 2)
    assert found.chosen == (1, 2)
    assert found.left_out == {0: LeftOut(Why.UNLIKELY, 2), 3: LeftOut(Why.UNLIKELY, 2)}


def test_angles_take_turns() -> None:
    found = chosen([0.9, 0.8, 0.7, 0.2, 0.1], 4, angles="aaabc")
    assert found.chosen == (0, 3, 4, 1)
    assert found.left_out == {2: LeftOut(Why.ANGLE, 0)}


def test_of_two_that_are_likely_the_one_that_says_something_else_comes_first() -> None:
    found = chosen([0.9, 0.8, 0.7], 2, at=vectors(0, 30, 90))
    assert found.chosen == (0, 2)
    assert found.left_out == {1: LeftOut(Why.ALIKE, 0)}
    assert chosen([0.9, 0.8, 0.4], 2, at=vectors(0, 30, 90)).chosen == (0, 1)  # but not where it is much likelier


def test_near_repeats_and_equal_openings_wait_behind_all_others() -> None:
    at = vectors(0, 1, 60, 120)
    near = chosen([0.9, 0.8, 0.1, 0.1], 3, at=at)
    assert (set(near.chosen), near.left_out) == ({0, 2, 3}, {1: LeftOut(Why.SAME, 0)})
    alike = chosen([0.9, 0.8, 0.1], 2, openings=["stay in bed", "stay in bed", "walk to dinner"])
    assert (alike.chosen, alike.left_out) == ((0, 2), {1: LeftOut(Why.OPENING, 0)})


def test_of_nothing_nothing_is_chosen() -> None:
    assert select([], np.zeros((0, 3), dtype=np.float32), [], [], 8) == Selection((), {})


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [
        ("Stay in bed, walk later", "stay in bed: they bring it", True),
        ("Stay\nin bed", "Stay in bed", True),
        ("Stay in bed", "Stay in town", False),
        ("Stay", "Stay in", False),
        ("£545 for five", "£600 for five", False),
    ],
)
def test_an_opening_is_three_words(one: str, two: str, same: bool) -> None:
    assert (opening(one) == opening(two)) is same


def test_notes_say_how_likely_and_why_not() -> None:
    whys = [Why.SAME, Why.OPENING, Why.UNLIKELY, Why.ANGLE, Why.ALIKE]
    selection = Selection((0, 1), {index: LeftOut(why, 1) for index, why in enumerate(whys, start=2)})
    first, _, *others = notes(selection, [0.61, 0.5] + [0.12] * 5, [10, 11, 12, 13, 14, 15, 16], "approval-1")
    assert [(note.code, note.severity, note.message) for note in first] == [
        (APPROVAL, Severity.NOTE, "61 % likely to be approved as it stands, thinks approval-1")
    ]
    assert [[note.code for note in said] for said in others] == [[APPROVAL, HELD_BACK]] * 5
    assert [said[1].message for said in others] == [
        "says nearly what variant 11 says",
        "opens with the words of variant 11",
        "12 % likely to be approved; the 2 shown are likelier",
        "carries the angle of variant 11, which is at least as likely to be approved",
        "is most like variant 11; what is shown instead differs more",
    ]
    alone = list(notes(Selection((0,), {1: LeftOut(Why.UNLIKELY, 0)}), [0.9, 0.1], [5, 6], "a"))
    assert alone[1][1].message == "10 % likely to be approved; the one shown is likelier"
    assert (brought_back("ada").code, brought_back("ada").message) == (BROUGHT_BACK, "brought back for review by ada")
