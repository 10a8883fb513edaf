"""Everybody who asks gets a place or is told at once, and the models are loaded once."""

import threading
from collections.abc import Generator, Sequence

import pytest

from inference.order import Parts
from inference.together import Gone
from inference.turns import Busy, Turns
from inference.writer import Draft, FakeWriter
from store.prompt import Message, Prompt
from store.variant import Sampling
from tests.inference import house

PROMPT = Prompt(messages=(Message(role="user", content="Say it"),), keys=("line",), aims=(40,), format_hash="f")


class Held(FakeWriter):
    """A writer that waits before its first answer until it is let go, and notes when it is stopped."""

    def __init__(self) -> None:
        self.begun, self.let_go, self.stopped = threading.Event(), threading.Event(), threading.Event()

    def write(self, prompts: Sequence[Prompt], seeds: Sequence[int], sampling: Sampling) -> Generator[Draft]:
        try:
            self.begun.set()
            assert self.let_go.wait(30)
            yield from super().write(prompts, seeds, sampling)
        finally:
            self.stopped.set()


def held() -> tuple[Held, Turns]:
    writer, parts = Held(), house.parts()
    return writer, Turns(lambda: Parts(writer, parts.scorer, parts.chooser, parts.catalogue))


def test_the_models_are_loaded_at_the_first_turn_and_once() -> None:
    made: list[int] = []

    def make() -> Parts:
        made.append(1)
        return house.parts()

    turns = Turns(make)
    before = turns.ready
    for _ in range(2):
        with turns.turn() as parts:
            assert parts.writer.checkpoint == "fake-writer"
    assert (before, turns.ready) == (False, True)
    assert made == [1]


def test_they_are_loaded_again_where_that_failed() -> None:
    tries = iter([ValueError("no weights"), None])

    def make() -> Parts:
        if error := next(tries):
            raise error
        return house.parts()

    turns = Turns(make)
    with pytest.raises(ValueError, match="no weights"), turns.turn():
        pass
    with turns.turn() as parts:
        assert parts.scorer.checkpoint == "fake-scorer"


def test_whoever_finds_no_place_is_told_at_once_and_whose_doing_it_is() -> None:
    turns = Turns(house.parts, places=3, each=2)
    with turns.enter(1), turns.enter(1):
        with pytest.raises(Busy) as own:
            turns.enter(1)
        assert own.value.owner == 1
        with turns.enter(2), pytest.raises(Busy) as others:
            turns.enter(3)
        assert others.value.owner is None
    for _ in range(5):
        with turns.enter(1):
            pass


def test_a_place_that_is_left_stops_its_writing_and_is_free_again() -> None:
    writer, turns = held()
    told: list[BaseException] = []
    place = turns.enter()

    def write() -> None:
        with place:
            try:
                list(place.parts().writer.write([PROMPT] * 3, [0, 1, 2], Sampling()))
            except Gone as gone:
                told.append(gone)

    thread = threading.Thread(target=write)
    thread.start()
    assert writer.begun.wait(30)
    place.leave()
    thread.join(30)
    assert len(told) == 1  # without waiting for the writer, which is still held
    writer.let_go.set()
    assert writer.stopped.wait(30)
    with pytest.raises(Gone):
        list(place.parts().writer.write([PROMPT], [0], Sampling()))


def test_the_models_are_had_without_a_place_once_they_are_loaded() -> None:
    turns = Turns(house.parts, places=1)
    early = turns.loaded
    with turns.turn() as parts:
        late = turns.loaded
    assert early is None
    assert late is not None
    assert late.scorer is parts.scorer
