"""Which claim goes to whom."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.angles import AngleChooser, EncoderChooser, FakeChooser, candidates, spread
from inference.encoder import FakeEncoder
from store.brief import Brief
from store.segment import Segment
from tests.embedded import encoder

DOG = "Dogs travel free in a compartment of their own"
CHILD = "Children under 12 travel free with an adult"
CLIMATE = "A tenth of the emissions of a flight"
FACTS = (
    "Leaves Stockholm at 17:30 and arrives in Berlin at 8:30",
    DOG,
    "Cabins have showers",
    CLIMATE,
    CHILD,
    "Breakfast is served in the cabin",
    "Bicycles can be taken along",
)
OFFER = "20 % off when booked before 1 June"


def brief(*segments: Segment, facts: tuple[str, ...] = FACTS, offer: str | None = OFFER) -> Brief:
    return Brief(
        name="Night train",
        brand="Nordljus",
        product="Night train from Stockholm to Berlin",
        facts=facts,
        offer=offer,
        call_to_action="Book now",
        segments=segments or SEGMENTS,
        channels=("email",),
    )


SEGMENTS = (
    Segment(name="Dog owners", description="People with a dog", cares_about="Taking the dog along without stress."),
    Segment(name="Families", description="Parents with small kids", cares_about="An easy holiday with the kids."),
    Segment(name="Non-flyers", cares_about="A small carbon footprint; not flying."),
)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "claim"), [("Dog owners", DOG), ("Families", CHILD), ("Non-flyers", CLIMATE)])
def test_the_obvious_fact_is_first(name: str, claim: str) -> None:
    angles = EncoderChooser(encoder()).choose(brief(), 6)[name]
    assert angles[0].claims == (claim,)
    assert f"1st of 8 claims for {name}" in angles[0].reason
    assert angles[0].relevance == max(angle.relevance for angle in angles)


@pytest.mark.slow
def test_one_segment_alone_is_ranked_by_nearness() -> None:
    angles = EncoderChooser(encoder()).choose(brief(SEGMENTS[0]), 3)["Dog owners"]
    assert angles[0].claims == (DOG,)
    assert "than to the other segments" not in angles[0].reason


def test_a_claim_near_to_all_does_not_win_everywhere() -> None:
    segments = (Segment(name="A", cares_about="travel price"), Segment(name="B", cares_about="travel comfort"))
    facts = ("travel travel travel", "price", "comfort")
    chosen = EncoderChooser(FakeEncoder()).choose(brief(*segments, facts=facts, offer=None), 2)
    assert chosen["A"][0].claims == ("price",)
    assert chosen["B"][0].claims == ("comfort",)


@pytest.mark.parametrize("chooser", [EncoderChooser(FakeEncoder()), FakeChooser()])
@pytest.mark.parametrize("n", [0, 1, 2, 8, 40])
def test_every_segment_gets_n_angles_from_the_brief(chooser: AngleChooser, n: int) -> None:
    chosen = chooser.choose(brief(), n)
    assert list(chosen) == [segment.name for segment in SEGMENTS]
    for angles in chosen.values():
        assert len(angles) == n
        assert {claim for angle in angles for claim in angle.claims} <= set(candidates(brief()))
    assert chosen == chooser.choose(brief(), n)


def test_the_offer_is_always_carried_and_a_claim_counts_once() -> None:
    twice = brief(facts=(OFFER, DOG, DOG))
    assert candidates(twice) == [OFFER, DOG]
    for angles in EncoderChooser(FakeEncoder()).choose(brief(), 4).values():
        assert (OFFER,) in [angle.claims for angle in angles]


@given(st.permutations(range(9)), st.integers(0, 50), st.none() | st.integers(0, 8))
def test_spread_repeats_the_best_and_has_the_one_that_must_be(ranked: list[int], n: int, always: int | None) -> None:
    picks = spread(ranked, n, always)
    counts = Counter(picks)
    assert len(picks) == n
    assert not counts or max(counts.values()) - min(counts.values()) <= 1 or n > len(ranked)
    assert n < 2 or always is None or always in picks
    assert n == 0 or (picks[0] == ranked[0] and counts[ranked[0]] == max(counts.values()))
