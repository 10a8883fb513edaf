"""The tree of prompts: whatever they share, each comes out whole, and what is shared is there once."""

from hypothesis import given
from hypothesis import strategies as st

from inference.tree import Level, levels

runs = st.lists(st.tuples(st.integers(0, 2), st.sampled_from([1, 2, 15, 17, 40])), min_size=1, max_size=4)
prompts = runs.map(lambda parts: [token for token, count in parts for _ in range(count)])


def joined(cut: list[Level]) -> list[list[int]]:
    rows: list[list[int]] = [[]]
    for level in cut:
        rows = [rows[parent] + chunk for parent, chunk in zip(level.parents, level.chunks, strict=True)]
    return rows


@given(st.lists(prompts, min_size=1, max_size=12))
def test_each_prompt_comes_out_whole_and_in_order(given_prompts: list[list[int]]) -> None:
    assert joined(levels(given_prompts)) == given_prompts


@given(st.lists(prompts, min_size=1, max_size=12))
def test_the_last_level_has_one_token_a_prompt(given_prompts: list[list[int]]) -> None:
    assert levels(given_prompts)[-1].chunks == [[prompt[-1]] for prompt in given_prompts]


def test_a_shared_beginning_is_computed_once() -> None:
    brief, channels, segments = list(range(100)), [[200] * 30, [201] * 30], [[300] * 20, [301] * 20, [302] * 20]
    cut = levels([[*brief, *channel, *segment, 9] for channel in channels for segment in segments for _ in range(4)])
    assert [sum(len(chunk) for chunk in level.chunks) for level in cut] == [100, 60, 120, 24]
