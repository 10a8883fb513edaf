"""Owners take turns, whoever came first is first among an owner's own, and nothing is lost or written twice."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from inference import line
from inference.line import Line, Piece, Ticket
from store.prompt import Message, Prompt
from store.variant import Sampling


def prompt(text: str = "Say it") -> Prompt:
    return Prompt(messages=(Message(role="user", content=text),), keys=("line",), aims=(40,), format_hash="f")


def ticket(owner: object, count: int, *, temperature: float = 0.5, text: str = "Say it", most: int = 160) -> Ticket:
    sampling = Sampling(temperature=temperature, max_new_tokens=most)
    return Ticket(owner, [prompt(text)] * count, list(range(count)), sampling)


def runs(waiting: Line) -> list[list[Piece]]:
    found = []
    while run := waiting.take():
        found.append(run)
    return found


TICKETS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 40), st.sampled_from([0.0, 0.5]), st.sampled_from([160, 1_024])),
    max_size=12,
)


@given(TICKETS, st.integers(1, 30))
def test_every_prompt_is_in_one_run_and_a_run_has_one_sampling_and_keeps_to_its_room(
    tickets: list[tuple[int, int, float, int]], room: int
) -> None:
    waiting = Line(room)
    made = [ticket(owner, count, temperature=bold, most=most) for owner, count, bold, most in tickets]
    for one in made:
        waiting.add(one)
    found = runs(waiting)
    assert Counter((piece.ticket, piece.index) for run in found for piece in run) == Counter(
        (one, index) for one in made for index in range(len(one.prompts))
    )
    for run in found:
        assert len({piece.ticket.sampling for piece in run}) == 1
        assert len(run) == 1 or len(run) * max(run[0].ticket.sampling.max_new_tokens, 160) <= room * 160


@given(TICKETS, st.integers(1, 30))
def test_of_one_owner_nobody_passes_who_came_before(tickets: list[tuple[int, int, float, int]], room: int) -> None:
    waiting = Line(room)
    made = [ticket(owner, count, temperature=bold, most=most) for owner, count, bold, most in tickets]
    for one in made:
        waiting.add(one)
    served = [piece for run in runs(waiting) for piece in run]
    for owner in range(4):
        own = [(made.index(piece.ticket), piece.index) for piece in served if piece.ticket.owner == owner]
        assert own == sorted(own)


@given(st.integers(2, 5), st.integers(1, 6))
def test_while_all_owners_have_much_to_ask_none_gets_more_than_a_turn_ahead(owners: int, turns: int) -> None:
    waiting = Line(turns * line.TURN)
    for owner in range(owners):
        waiting.add(ticket(owner, 1_000))
    served: Counter[object] = Counter(dict.fromkeys(range(owners), 0))
    for _ in range(20):
        served.update(piece.ticket.owner for piece in waiting.take())
        assert max(served.values()) - min(served.values()) <= line.TURN


def test_a_small_request_does_not_wait_for_all_of_a_large_one() -> None:
    waiting = Line(96)
    waiting.add(ticket("large", 1_000))
    waiting.take()
    small = ticket("small", 4)
    waiting.add(small)
    assert [piece.index for piece in waiting.take() if piece.ticket is small] == [0, 1, 2, 3]


def test_who_asks_for_another_sampling_is_first_in_the_next_run() -> None:
    waiting = Line(8)
    for owner, bold in (("a", 0.0), ("b", 0.5), ("c", 0.0)):
        waiting.add(ticket(owner, 100, temperature=bold))
    assert [run[0].ticket.owner for run in (waiting.take(), waiting.take(), waiting.take())] == ["a", "b", "c"]


def test_prompts_that_share_little_go_into_fewer_seats() -> None:
    waiting = Line(96)
    for number in range(40):
        waiting.add(ticket(number, 2, text=f"{number} " + "x" * 30_000))
    first = waiting.take()
    assert len(first) == 12  # six texts; a second prompt with the same one takes no room
    waiting = Line(96)
    waiting.add(ticket("same", 96, text="x" * 30_000))
    assert len(waiting.take()) == 96


def test_who_leaves_is_not_served_and_who_is_put_back_is_served_alone_and_first() -> None:
    waiting = Line(96)
    one, two, three = ticket("a", 3), ticket("a", 3), ticket("b", 3)
    for each in (one, two, three):
        waiting.add(each)
    assert len(waiting.take()) == 9
    waiting.add(two)
    waiting.put_back(one, [1, 2])
    waiting.remove(two)
    waiting.add(three)
    assert [(piece.ticket, piece.index) for piece in waiting.take()] == [(one, 1), (one, 2)]
    assert waiting.take() == []
