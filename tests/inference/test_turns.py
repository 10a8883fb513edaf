"""One at a time, a short line, made at first use."""

import threading

import pytest

from inference.turns import Busy, Turns


def test_it_is_made_at_the_first_turn_and_once() -> None:
    made: list[int] = []

    def make() -> str:
        made.append(1)
        return "thing"

    turns = Turns(make)
    before = turns.ready
    for _ in range(2):
        with turns.turn() as thing:
            assert thing == "thing"
    assert (before, turns.ready) == (False, True)
    assert made == [1]


def test_it_is_made_again_where_making_it_failed() -> None:
    tries = iter([ValueError("no weights"), None])

    def make() -> str:
        if error := next(tries):
            raise error
        return "thing"

    turns = Turns(make)
    with pytest.raises(ValueError, match="no weights"), turns.turn():
        pass
    with turns.turn() as thing:
        assert thing == "thing"


def test_only_one_holds_it_and_whoever_finds_the_line_full_is_told_at_once() -> None:
    turns, held, let_go = Turns(lambda: "thing", waiting=1), threading.Event(), threading.Event()
    inside: list[str] = []

    def hold(name: str) -> None:
        with turns.turn():
            inside.append(name)
            held.set()
            let_go.wait(10)

    first = threading.Thread(target=hold, args=("first",))
    first.start()
    assert held.wait(10)
    second = threading.Thread(target=hold, args=("second",))
    second.start()
    while turns._places._value:  # until the second stands in line
        pass
    with pytest.raises(Busy), turns.turn():
        pass
    assert inside == ["first"]
    let_go.set()
    first.join(10)
    second.join(10)
    assert inside == ["first", "second"]
    with turns.turn():
        pass


def test_at_once_hands_out_what_is_made_and_free_and_waits_for_nobody() -> None:
    turns = Turns(lambda: "thing")
    with turns.at_once() as early:
        assert early is None
    with turns.turn(), turns.at_once() as taken:
        assert taken is None
    with turns.at_once() as free, turns.at_once() as second:
        assert (free, second) == ("thing", None)
    with turns.turn() as after:
        assert after == "thing"
