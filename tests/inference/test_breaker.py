"""The breaker opens after failures in a row over a while, and closes at the first answer."""

from hypothesis import given
from hypothesis import strategies as st

from inference.breaker import FAILURES, PATIENCE, PAUSE, Breaker


class Clock:
    """A clock that is set."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def broken(clock: Clock) -> Breaker:
    """One that has just opened."""
    breaker = Breaker(clock=clock)
    for _ in range(FAILURES):
        breaker.failed()
        clock.now += PATIENCE / (FAILURES - 1)
    assert breaker.state == "open"
    return breaker


def test_it_opens_after_so_many_failures_in_a_row_over_so_long() -> None:
    clock = Clock()
    breaker = Breaker(clock=clock)
    for _ in range(50):
        breaker.failed()
    assert breaker.state == "closed"  # many at once are one fault, which asking again may get over
    clock.now += PATIENCE
    breaker.failed()
    assert (breaker.state, breaker.left) == ("open", PAUSE)


def test_an_answer_between_them_begins_the_count_anew() -> None:
    clock = Clock()
    breaker = Breaker(clock=clock)
    for _ in range(FAILURES - 1):
        breaker.failed()
        clock.now += PATIENCE
    breaker.answered()
    breaker.failed()
    assert breaker.state == "closed"


def test_it_is_half_open_after_a_pause_and_the_first_word_decides() -> None:
    for word, state in (("answered", "closed"), ("failed", "open")):
        clock = Clock()
        breaker = broken(clock)
        clock.now += PAUSE
        assert (breaker.state, breaker.left) == ("half-open", 0)
        getattr(breaker, word)()
        assert breaker.state == state


def test_failures_that_come_late_do_not_lengthen_the_pause() -> None:
    clock = Clock()
    breaker = broken(clock)
    clock.now += PAUSE - PATIENCE
    breaker.failed()
    assert breaker.left <= PAUSE


@given(st.lists(st.tuples(st.sampled_from(["answered", "failed"]), st.floats(0, 30)), max_size=40))
def test_it_is_never_open_right_after_an_answer_nor_longer_than_the_pause(
    words: list[tuple[str, float]],
) -> None:
    clock = Clock()
    breaker = Breaker(clock=clock)
    for word, seconds in words:
        clock.now += seconds
        getattr(breaker, word)()
        assert word == "failed" or breaker.state == "closed"
        assert breaker.left <= PAUSE
    clock.now += PAUSE
    assert breaker.state != "open"
