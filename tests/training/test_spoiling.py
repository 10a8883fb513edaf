"""Spoiled copy: each way does what it says, and always the same."""

import random
from collections import Counter
from functools import cache

from prompts.channels import catalogue
from store.angle import Angle
from tests import nouns
from training.judged import SPOILED, Judged, examples_from_corpus
from training.spoiling import WAYS, spoil

FACTS = ["Eight vegetables in every box for £12", "Pause any week by 5pm"]


def row(subject: str, preheader: str, fact: int = 0) -> Judged:
    angle = Angle(claims=(FACTS[fact],), relevance=0.5, reason="So.")
    variant = nouns.variant(fields={"subject": subject, "preheader": preheader}, angle=angle, checkpoint="corpus")
    return Judged(brief=nouns.brief(facts=FACTS), variant=variant, good=True)


BOX = row("Dinner for £12", "Eight vegetables, one box, nothing to carry home on the bus")
PAUSE = row("Away? Tell us", "Press pause by 5pm and we skip the week", fact=1)


@cache
def validation() -> list[Judged]:
    return examples_from_corpus("validation")


def way(name: str, example: Judged = BOX) -> dict[str, str] | None:
    return WAYS[name](example, [BOX, PAUSE], random.Random(0))


def test_each_way_does_what_it_says() -> None:
    assert way("says_another") == PAUSE.variant.fields
    assert way("ends_with_another") == {**BOX.variant.fields, "preheader": PAUSE.variant.fields["preheader"]}
    assert way("recites") == {"subject": FACTS[0], "preheader": FACTS[0]}
    assert way("recites_at_the_end") == {**BOX.variant.fields, "preheader": FACTS[0]}
    assert way("recites_the_readers") == {**BOX.variant.fields, "preheader": "Time"}
    assert way("misbinds") == {**BOX.variant.fields, "subject": "Dinner for £5"}
    broken = way("breaks_off")
    assert broken is not None
    assert BOX.variant.fields["preheader"].startswith(broken["preheader"])
    assert len(broken["preheader"]) < len(BOX.variant.fields["preheader"])


def test_a_way_that_does_not_fit_gives_nothing() -> None:
    assert WAYS["says_another"](BOX, [BOX], random.Random(0)) is None
    assert way("misbinds", row("Dinner", "No figure here")) is None


def test_the_corpus_is_spoiled_in_every_way_inside_its_limits() -> None:
    good = validation()
    bad = spoil(good, seed=1)
    assert len(bad) == len(good)
    ways = Counter(example.variant.checkpoint for example in bad)
    assert set(ways) == {f"{SPOILED}-{name}" for name in WAYS}
    assert min(ways.values()) > len(good) / len(WAYS) / 3
    assert not any(example.good for example in bad)
    for before, after in zip(good, bad, strict=True):
        assert after.variant.fields != before.variant.fields
        assert list(after.variant.fields.values()).count("") == 0
        assert (after.brief, after.variant.segment, after.variant.angle) == (
            before.brief,
            before.variant.segment,
            before.variant.angle,
        )
    assert {example.variant.channel for example in bad} <= set(catalogue())


def test_the_same_seed_spoils_alike() -> None:
    good = validation()[:40]
    assert spoil(good, 7) == spoil(good, 7) != spoil(good, 8)


def test_bad_copy_is_not_spoiled_further() -> None:
    assert spoil([BOX.model_copy(update={"good": False})]) == []
