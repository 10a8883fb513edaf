"""Many requests, one writer: each gets its own answers, whatever becomes of the others."""

import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from inference.together import Gone, Together
from inference.writer import Draft, FakeWriter
from store.prompt import Message, Prompt
from store.variant import Sampling
from tests import embedded


def prompt(text: str) -> Prompt:
    return Prompt(messages=(Message(role="user", content=text),), keys=("line",), aims=(60,), format_hash="f")


class Noting(FakeWriter):
    """A fake that waits before each run until it is let go, notes what is in it, and fails at what says `poison`."""

    def __init__(self) -> None:
        self.runs: list[list[str]] = []
        self.begun, self.go_on, self.ended = threading.Event(), threading.Event(), threading.Event()
        self.one_by_one = False

    def write(self, prompts: Sequence[Prompt], seeds: Sequence[int], sampling: Sampling) -> Generator[Draft]:
        self.runs.append([one.messages[-1].content for one in prompts])
        self.begun.set()
        assert self.go_on.wait(30)
        if self.one_by_one:
            self.go_on.clear()
        try:
            for draft in super().write(prompts, seeds, sampling):
                if "poison" in self.runs[-1][draft.index]:
                    raise ValueError("it is poisoned")
                yield draft
        finally:
            self.ended.set()


def asked(together: Together, *texts: str, owner: str = "a") -> Callable[[], list[Draft]]:
    """Stand in line now; the answers when it is called."""
    ticket = together.ticket(owner, [prompt(text) for text in texts], range(len(texts)), Sampling())
    return lambda: list(together.drafts(ticket))


@pytest.fixture
def writer() -> Noting:
    return Noting()


def test_those_who_wait_at_the_same_moment_are_written_in_one_run_and_each_has_its_own(writer: Noting) -> None:
    together = Together(writer, 96)
    first = asked(together, "zero")
    assert writer.begun.wait(30)
    others = [asked(together, f"one {owner}", f"two {owner}", owner=owner) for owner in "abc"]
    writer.go_on.set()
    assert len(first()) == 1
    for owner, answers in zip("abc", others, strict=True):
        found = answers()
        alone = list(FakeWriter().write([prompt(f"one {owner}"), prompt(f"two {owner}")], [0, 1], Sampling()))
        assert found == alone
    assert [len(run) for run in writer.runs] == [1, 6]


def test_what_fails_with_others_is_tried_alone_and_fails_alone(writer: Noting) -> None:
    together = Together(writer, 96)
    first = asked(together, "zero")
    assert writer.begun.wait(30)
    good, bad, last = asked(together, "one", "two"), asked(together, "poison", owner="b"), asked(together, "three")
    writer.go_on.set()
    first()
    assert [draft.index for draft in good()] == [0, 1]
    with pytest.raises(ValueError, match="poisoned"):
        bad()
    assert len(last()) == 1
    assert sum("poison" in run for run in writer.runs) == 2


def test_a_run_that_nobody_waits_for_is_ended_and_the_rest_of_it_never_written(writer: Noting) -> None:
    together = Together(writer, 4)
    ticket = together.ticket("a", [prompt("x")] * 40, range(40), Sampling())
    assert writer.begun.wait(30)
    together.leave(ticket)
    with pytest.raises(Gone):
        next(together.drafts(ticket))
    writer.go_on.set()
    assert writer.ended.wait(30)
    assert len(asked(together, "after")()) == 1
    assert [len(run) for run in writer.runs] == [4, 1]


def test_who_leaves_does_not_disturb_the_others_of_its_run(writer: Noting) -> None:
    together = Together(writer, 96)
    asked(together, "zero")
    assert writer.begun.wait(30)
    leaving = together.ticket("a", [prompt("gone")], [0], Sampling())
    stays = asked(together, "one", "two", owner="b")
    together.leave(leaving)
    writer.go_on.set()
    assert len(stays()) == 2
    assert "gone" not in writer.runs[-1]


def test_an_iterator_that_is_closed_gives_up_what_is_not_written(writer: Noting) -> None:
    together = Together(writer, 2)
    writer.one_by_one = True
    writer.go_on.set()
    drafts = together.drafts(together.ticket("a", [prompt("x")] * 400, range(400), Sampling()))
    next(drafts)
    drafts.close()
    writer.one_by_one = False
    writer.go_on.set()
    asked(together, "after")()
    assert len(writer.runs) <= 3  # the second may have begun


def test_no_thread_stays_where_nobody_waits(writer: Noting) -> None:
    together = Together(writer, 96)
    writer.go_on.set()
    for _ in range(3):
        asked(together, "x")()
    engines = [thread for thread in threading.enumerate() if thread.name == "engine"]
    for thread in engines:
        thread.join(30)
        assert not thread.is_alive()


@pytest.mark.slow
def test_copy_is_the_same_whatever_else_is_in_its_run() -> None:
    writer = embedded.small_writer()
    texts = [f"Write a line about {what}." for what in ("glass", "a boat trip", "warm bread", "shoes for rain")]
    sampling = Sampling(temperature=1.0, max_new_tokens=8)
    alone = {text: next(writer.write([prompt(text)], [number], sampling)) for number, text in enumerate(texts)}
    together = Together(writer, 96)
    with ThreadPoolExecutor(4) as pool:

        def ask(number: int) -> list[Draft]:
            of = [prompt(texts[(number + step) % 4]) for step in range(3)]
            seeds = [(number + step) % 4 for step in range(3)]
            return sorted(together.drafts(together.ticket(number, of, seeds, sampling)), key=lambda one: one.index)

        for number, drafts in enumerate(pool.map(ask, range(4))):
            assert [one.raw for one in drafts] == [alone[texts[(number + step) % 4]].raw for step in range(3)]
