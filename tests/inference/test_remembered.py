"""An encoder that remembers gives what the encoder gives, and asks it for no text that it still has."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.encoder import Embeddings, FakeEncoder
from inference.remembered import Remembered

Kind = str
KINDS = ["encode", "activations"]


class Asked(FakeEncoder):
    """The fake, which tells what it was asked for."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def encode(self, texts: Sequence[str]) -> Embeddings:
        """As the fake does; its activations come through here too."""
        self.texts += texts
        return super().encode(texts)


@pytest.mark.parametrize("kind", KINDS)
@given(calls=st.lists(st.lists(st.sampled_from(["", "a", "b", "a b", "c c", "d"]), max_size=6), max_size=8))
def test_rows_are_the_encoders_whatever_was_asked_before(kind: Kind, calls: list[list[str]]) -> None:
    encoder = Remembered(FakeEncoder(), vectors=3, activations=3)
    for texts in calls:
        assert np.array_equal(getattr(encoder, kind)(texts), getattr(FakeEncoder(), kind)(texts))


@pytest.mark.parametrize("kind", KINDS)
def test_a_text_is_read_once_as_long_as_there_is_room(kind: Kind) -> None:
    asked = Asked()
    ask = getattr(Remembered(asked, vectors=2, activations=2), kind)
    ask(["a", "b", "a"])
    ask(["b", "a"])
    assert asked.texts == ["a", "b"]
    ask(["c"])  # b is the least recent
    ask(["a"])
    assert asked.texts == ["a", "b", "c"]
    ask(["b"])
    assert asked.texts == ["a", "b", "c", "b"]


def test_more_than_there_is_room_for_comes_back_whole() -> None:
    texts = [f"text {number}" for number in range(50)]
    encoder = Remembered(FakeEncoder(), vectors=7)
    assert np.array_equal(encoder.encode(texts), FakeEncoder().encode(texts))
    assert np.array_equal(encoder.encode(texts[::-1]), FakeEncoder().encode(texts[::-1]))


def test_what_a_caller_does_to_a_row_is_not_remembered() -> None:
    encoder = Remembered(FakeEncoder())
    encoder.encode(["a"])[:] = 7
    encoder.encode(["a"])[:] = 7
    assert np.array_equal(encoder.encode(["a"]), FakeEncoder().encode(["a"]))


def test_threads_may_share_it() -> None:
    encoder = Remembered(FakeEncoder(), vectors=5)
    asked = [[f"{n % 3}", f"{n % 7} of many"] for n in range(200)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(encoder.encode, asked))
    assert all(np.array_equal(rows, FakeEncoder().encode(texts)) for rows, texts in zip(found, asked, strict=True))


def test_it_says_what_the_encoder_is() -> None:
    encoder = Remembered(FakeEncoder())
    assert (encoder.name, encoder.width, encoder.activation_widths) == ("fake-encoder", 64, (64,))
