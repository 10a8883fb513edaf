"""The states are one table, and nothing but the table moves one."""

import itertools
import re

import pytest

from store.decision import Kind
from store.errors import Conflict
from store.states import ITEM_MOVES, JOB_MOVES, MOVES, ItemState, JobState, State, after

EXPECTED = {
    ("draft", "block"): "blocked",
    ("draft", "show"): "pending",
    ("draft", "hold"): "reserve",
    ("reserve", "show"): "pending",
    ("pending", "approve"): "approved",
    ("pending", "edit"): "approved",
    ("pending", "reject"): "rejected",
    ("approved", "undo"): "pending",
    ("rejected", "undo"): "pending",
    ("approved", "publish"): "live",
    ("live", "retire"): "retired",
}
NAMES = sorted({move for _, move in MOVES} | set(Kind) | {"", "revive"})


def test_the_table_is_what_the_design_says() -> None:
    assert EXPECTED == MOVES


@pytest.mark.parametrize(("state", "move"), list(itertools.product(State, NAMES)))
def test_every_move_is_in_the_table_or_refused(state: State, move: str) -> None:
    if (state.value, move) in EXPECTED:
        assert after(state, move) is State(EXPECTED[state.value, move])
        return
    with pytest.raises(Conflict) as caught:
        after(state, move)
    said = re.fullmatch(rf"a variant that is {state} cannot {move}; possible now: (.*)", str(caught.value))
    assert said is not None
    possible = set() if said[1] == "nothing" else set(said[1].split(", "))
    anew = {"edit into a new variant"} if state in {"blocked", "reserve", "rejected"} else set()
    assert possible == {name for source, name in EXPECTED if source == state} | anew


def test_a_decision_of_any_kind_is_a_move() -> None:
    assert set(Kind) <= {move for _, move in MOVES}


def test_a_job_ends_or_is_cancelled_and_may_be_opened_again() -> None:
    finished = {JobState.ENDED, JobState.CANCELLED}
    assert {after for (_, move), after in JOB_MOVES.items() if move == "conclude"} == finished
    assert {move for (state, move) in JOB_MOVES if state in finished} == {"reopen"}
    assert {after for (_, move), after in JOB_MOVES.items() if move == "reopen"} == {JobState.QUEUED}


def test_what_is_done_stays_done_and_only_a_lease_settles() -> None:
    assert not any(state is ItemState.DONE for state, _ in ITEM_MOVES)
    settled = {ItemState.DONE, ItemState.FAILED}
    assert {state for (state, _), after in ITEM_MOVES.items() if after in settled} == {ItemState.LEASED}
