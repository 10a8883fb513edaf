"""Tries run out and come back, for each key on its own, and what is full again is forgotten."""

from hypothesis import given
from hypothesis import strategies as st

from ui import throttle
from ui.throttle import SPAN, Throttle


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_after_so_many_tries_one_waits_for_the_next() -> None:
    clock = Clock()
    tries = Throttle(10, clock)
    assert [tries.take("ada") for _ in range(12)] == [0] * 10 + [90, 90]
    assert tries.take("bo") == 0
    clock.now += 89
    assert tries.take("ada") == 1
    clock.now += 1
    assert [tries.take("ada"), tries.take("ada")] == [0, 90]


def test_a_good_try_is_given_back() -> None:
    tries = Throttle(2, Clock())
    for _ in range(20):
        assert tries.take("ada") == 0
        tries.give_back("ada")


@given(st.lists(st.floats(0, 100), max_size=200))
def test_no_span_has_more_than_twice_the_tries(waits: list[float]) -> None:
    clock = Clock()
    tries, good = Throttle(10, clock), []
    for wait in waits:
        clock.now += wait
        good += [clock.now] if tries.take("ada") == 0 else []
    assert all(sum(start <= moment < start + SPAN for moment in good) <= 20 for start in good)


def test_keys_that_are_full_again_are_forgotten() -> None:
    clock = Clock()
    tries = Throttle(10, clock)
    for number in range(5 * throttle.TIDY):
        clock.now += SPAN / 10
        tries.take(number)
    assert len(tries._levels) <= throttle.TIDY + 2
