"""Which claim goes to whom."""

from collections import Counter
from math import ceil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.angle_relevance import SHIPPED
from inference.angles import AngleChooser, EncoderChooser, FakeChooser, candidates, depth, spread
from inference.encoder import FakeEncoder
from store import checkpoint as meta
from store.brief import Brief
from store.errors import ModelError
from store.segment import Segment
from tests.embedded import encoder
from tests.inference.weighed import weighed

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


@pytest.fixture(scope="module")
def fake(tmp_path_factory: pytest.TempPathFactory) -> EncoderChooser:
    """By the words that claims share with what a segment cares about, and how many more than with the others."""
    folder = weighed(tmp_path_factory.mktemp("angles"), {"cares": 1.0, "cares, apart": 1.0})
    return EncoderChooser(FakeEncoder(), folder)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "claim"), [("Dog owners", DOG), ("Families", CHILD), ("Non-flyers", CLIMATE)])
def test_the_obvious_fact_is_first_by_the_weights_that_ship(name: str, claim: str) -> None:
    angles = EncoderChooser(encoder()).choose(brief(), 6)[name]
    assert angles[0].claims == (claim,)
    assert f"1st of 8 claims for {name} by what earlier copy tells" in angles[0].reason
    assert -1 <= angles[0].relevance <= 1


@pytest.mark.slow
def test_a_claim_without_a_word_in_common_is_found_by_what_they_care_about() -> None:
    owners = Segment(name="Night workers", cares_about="Somewhere quiet to sleep in the daytime")
    others = Segment(name="Tourists", cares_about="Seeing the old town")
    facts = ("The walls let no sound through", "Two streets from the cathedral", "Founded in 1962", "Cards accepted")
    angles = EncoderChooser(encoder()).choose(brief(owners, others, facts=facts, offer=None), 2)
    assert [angles[name][0].claims[0] for name in angles] == list(facts[:2])


@pytest.mark.slow
def test_one_segment_alone_is_ranked() -> None:
    assert EncoderChooser(encoder()).choose(brief(SEGMENTS[0]), 3)["Dog owners"][0].claims == (DOG,)


def test_a_claim_near_to_all_does_not_win_everywhere(fake: EncoderChooser) -> None:
    segments = (Segment(name="A", cares_about="travel price"), Segment(name="B", cares_about="travel comfort"))
    chosen = fake.choose(brief(*segments, facts=("travel travel travel", "price", "comfort"), offer=None), 2)
    assert chosen["A"][0].claims == ("price",)
    assert chosen["B"][0].claims == ("comfort",)


def test_the_reason_says_rank_and_nearest_clause_and_what_is_near_to_nothing(fake: EncoderChooser) -> None:
    segment = Segment(name="Commuters", cares_about="a seat every morning, coffee")
    chosen = fake.choose(brief(segment, facts=("Coffee", "Lamps"), offer=None), 2)["Commuters"]
    first, second = (angle.reason for angle in chosen)
    ranked = "of 2 claims for Commuters by what earlier copy tells readers like them"
    assert first == f'1st {ranked}; of what they care about it is nearest to "coffee".'
    assert second == f"2nd {ranked}; it is near to nothing they care about."


def test_a_long_clause_is_cut_in_the_reason(fake: EncoderChooser) -> None:
    segment = Segment(name="Commuters", cares_about=" ".join(["coffee"] * 40))
    (angle,) = fake.choose(brief(segment, facts=("Coffee",), offer=None), 1)["Commuters"]
    quoted = angle.reason.split('"')[1]
    assert quoted.endswith("coffee...")
    assert len(quoted) <= 80


def test_relevance_is_the_cosine_of_claim_and_sentence(fake: EncoderChooser) -> None:
    claim, sentence = FakeEncoder().encode([DOG, SEGMENTS[0].sentence])
    angles = {angle.claims[0]: angle for angle in fake.choose(brief(), 8)["Dog owners"]}
    assert angles[DOG].relevance == pytest.approx(float(claim @ sentence), abs=1e-6)


@pytest.mark.parametrize("kind", ["by words", "fake"])
@pytest.mark.parametrize("n", [0, 1, 2, 8, 40])
def test_every_segment_gets_n_angles_from_the_brief(kind: str, n: int, fake: EncoderChooser) -> None:
    chooser: AngleChooser = fake if kind == "by words" else FakeChooser()
    chosen = chooser.choose(brief(), n)
    assert list(chosen) == [segment.name for segment in SEGMENTS]
    for angles in chosen.values():
        assert len(angles) == n
        assert {claim for angle in angles for claim in angle.claims} <= set(candidates(brief()))
    assert chosen == chooser.choose(brief(), n)


@pytest.mark.parametrize("n", [2, 4, 32])
def test_the_offer_is_always_carried_and_says_so_where_its_rank_is_low(n: int, fake: EncoderChooser) -> None:
    chosen = fake.choose(brief(), n)
    reasons = [
        angle.reason
        for angles in chosen.values()
        for angle in {a.claims: a for a in angles if a.claims == (OFFER,)}.values()
    ]
    assert len(reasons) == len(SEGMENTS)
    for reason in reasons:
        held = reason.startswith("The offer, which some variants always carry: ")
        assert held is (int(reason.removeprefix("The offer, which some variants always carry: ")[0]) > depth(n, 8))


def test_a_claim_counts_once() -> None:
    assert candidates(brief(facts=(OFFER, DOG, DOG))) == [OFFER, DOG]


@pytest.mark.parametrize(
    ("n", "claims", "deep"), [(8, 9, 5), (8, 10, 5), (32, 9, 6), (32, 10, 6), (32, 3, 3), (64, 40, 24)]
)
def test_many_variants_do_not_reach_for_what_is_beside_the_point(n: int, claims: int, deep: int) -> None:
    assert depth(n, claims) == deep


def test_what_is_written_beyond_what_is_shown_carries_no_more_claims(fake: EncoderChooser) -> None:
    angles = [angle.claims for angle in fake.choose(brief(), 12, shown=3)["Dog owners"]]
    assert Counter(angles) == dict.fromkeys(angles[:3], 4)
    assert set(angles) == {angle.claims for angle in fake.choose(brief(), 3)["Dog owners"]}


@given(st.permutations(range(9)), st.integers(0, 50), st.none() | st.integers(0, 8))
def test_spread_repeats_the_best_and_has_the_one_that_must_be(ranked: list[int], n: int, always: int | None) -> None:
    picks = spread(ranked, n, depth(n, 9), always)
    counts = Counter(picks)
    assert len(picks) == n
    assert not counts or max(counts.values()) - min(counts.values()) <= 1
    assert n < 2 or always is None or always in picks
    assert n == 0 or (picks[0] == ranked[0] and counts[ranked[0]] == max(counts.values()))
    assert len(counts) == depth(n, 9) <= min(n, ceil(0.6 * 9))


def test_weights_for_another_encoder_are_refused() -> None:
    with pytest.raises(ModelError, match=r"meta\.json: base is 'all-minilm-l6-v2', but here it must be 'fake-encoder'"):
        EncoderChooser(FakeEncoder())


def test_a_folder_without_weights_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"meta\.json: is missing"):
        EncoderChooser(FakeEncoder(), tmp_path)


def test_what_ships_is_small_and_knows_its_name(fake: EncoderChooser) -> None:
    assert meta.read(SHIPPED).kind == "angles"
    assert sum(file.stat().st_size for file in SHIPPED.iterdir()) < 20_000
    assert fake.checkpoint == "angles-test"
