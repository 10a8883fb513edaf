"""Copy written again from a variant: what was wished, with the variant as its parent."""

from collections.abc import Generator, Sequence
from dataclasses import replace

import pytest

from inference import again, load, pipeline, review
from inference.again import LIKE, TRIES
from inference.order import Order, Parts
from inference.wish import Way, Wish
from inference.writer import Draft, FakeWriter
from prompts import channels
from store import campaigns, labels, variants
from store.brief import Brief
from store.database import Database
from store.decision import Decision, Kind
from store.errors import Conflict, InputError, NotFound
from store.finding import Severity
from store.prompt import Prompt
from store.settings import ScorerSettings, Settings, WriterSettings
from store.states import State
from store.variant import Sampling
from store.variants import Query, Row
from tests import nouns

FACTS = [
    "Eight vegetables from farms nearby in every box, washed and ready",
    "Pause any week or swap what you do not like until Sunday night",
    "Recipes for four suppers come along, each done in half an hour",
]


class Said(FakeWriter):
    """Says what it is told to, one answer after another, and remembers with which seeds."""

    def __init__(self, *answers: str) -> None:
        self.answers = answers
        self.seeds: list[int] = []

    def write(self, prompts: Sequence[Prompt], seeds: Sequence[int], sampling: Sampling) -> Generator[Draft]:
        """As `Writer.write`."""
        self.seeds += seeds
        yield from (Draft(index, self.answers[index % len(self.answers)]) for index in range(len(prompts)))


def brief() -> Brief:
    return nouns.brief(facts=FACTS)


def parts(*answers: str) -> Parts:
    fakes = Settings(writer=WriterSettings(kind="fake"), scorer=ScorerSettings(kind="fake"))
    made = load.parts(fakes)
    return replace(made, writer=Said(*answers)) if answers else made


def campaign(database: Database, n: int = 2) -> list[Row]:
    """What a campaign put up for review for the first segment."""
    for _ in pipeline.write(Order(brief(), n=n, author="ada"), parts(), database):
        pass
    with database.read() as session:
        run = campaigns.recent(session)[0]
        return variants.find(session, Query(campaign_id=run.id, segment=nouns.PARENTS, state=State.PENDING), order="id")


def wish(row: Row, way: Way, **more: object) -> Wish:
    return Wish(row.variant.id or 0, way, "ada", **more)  # type: ignore[arg-type]


def copy(subject: str, preheader: str) -> str:
    return f"subject: {subject}\npreheader: {preheader}"


GOOD = [
    copy("Pause any week until Sunday night", "Swap what you do not like until Sunday"),
    copy("Until Sunday night you can pause", "Any week, and swap what you do not like"),
]


def test_each_way_makes_a_pending_child_with_its_prompt_and_seed_on_the_label(database: Database) -> None:
    parent = campaign(database)[0]
    ways = [wish(parent, Way.FIELD, field="subject"), wish(parent, Way.ANGLE), wish(parent, Way.LIKE)]
    for one in ways:
        made = again.write(one, parts(), database)
        assert 1 <= len(made) <= (LIKE if one.way is Way.LIKE else 1)
        for row in made:
            assert (row.variant.state, row.variant.parent_id) == (State.PENDING, parent.variant.id)
            assert row.variant.campaign_id == parent.variant.campaign_id
            assert row.score is not None
            assert any(note.code == "again" and "wished by ada" in note.message for note in row.findings)
            with database.read() as session:
                label = labels.label(session, row.variant.id or 0)
            assert label.prompt is not None
            assert label.prompt.hash == row.variant.prompt_hash
            assert [above.id for above in label.parents] == [parent.variant.id]
            drawn = next(FakeWriter().write([label.prompt], [row.variant.seed], row.variant.sampling))
            assert drawn.raw == row.variant.raw


def test_one_field_is_new_and_the_others_stay_as_they_are_shown(database: Database) -> None:
    parent = campaign(database)[0]
    edited = {**parent.fields, "preheader": "Pause any week, says the edit"}
    decision = Decision(variant_id=parent.variant.id or 0, kind=Kind.EDIT, reviewer="bo", fields=edited)
    review.decide(database, decision, channels.catalogue(), role=None, four_eyes=False)
    made = again.write(wish(parent, Way.FIELD, field="subject"), parts(*GOOD), database)[0]
    assert made.fields["preheader"] == "Pause any week, says the edit"
    assert made.fields["subject"] in {"Pause any week until Sunday night", "Until Sunday night you can pause"}
    assert made.variant.log_probability is None


def test_shorter_is_shorter(database: Database) -> None:
    parent = campaign(database)[0]
    text = parent.variant.text
    short = copy("Pause any week", "Swap until Sunday night")
    made = again.write(
        wish(parent, Way.SHORTER), parts(copy(text[:30] + " any week at all", text[:60]), short), database
    )
    assert made[0].variant.text == "Pause any week\nSwap until Sunday night"
    long = copy(
        "You may swap what you do not like " * 2, "Pause any week or swap what you do not like, until then " * 1
    )
    with pytest.raises(Conflict, match=f"is shorter than its {len(made[0].variant.text)} characters"):
        again.write(wish(made[0], Way.SHORTER), parts(long), database)


def test_shorter_is_not_bought_with_copy_that_nobody_would_approve(database: Database) -> None:
    parent = campaign(database)[0]
    off = copy("Hello", "Hi again")
    on = copy(parent.fields["subject"], parent.fields["preheader"].rpartition(" ")[0])
    made = again.write(wish(parent, Way.SHORTER), parts(off, on), database)[0]
    assert made.variant.raw == on
    only = again.write(wish(parent, Way.SHORTER), parts(off), database)[
        0
    ]  # for a person to judge, where there is no other
    assert only.variant.raw == off


def test_another_angle_is_one_that_is_not_told_to_the_segment_yet(database: Database) -> None:
    shown = campaign(database)
    used = {row.variant.angle.claims for row in shown if row.variant.angle}
    parent = shown[0]
    first = again.write(wish(parent, Way.ANGLE), parts(), database)[0]
    assert first.variant.angle is not None
    assert first.variant.angle.claims not in used
    second = again.write(wish(first, Way.ANGLE), parts(), database)[0]  # all are told now: the least told of the others
    assert second.variant.angle is not None
    assert second.variant.angle.claims != first.variant.angle.claims


def test_more_like_it_has_the_angle_and_is_no_copy_of_it_or_of_each_other(database: Database) -> None:
    parent = campaign(database)[0]
    made = again.write(wish(parent, Way.LIKE), parts(), database)
    assert {row.variant.angle for row in made} == {parent.variant.angle}
    texts = [row.variant.text for row in made]
    assert len({parent.variant.text, *texts}) == len(made) + 1
    with pytest.raises(Conflict, match="differs from it enough"):
        again.write(
            wish(parent, Way.LIKE), parts(copy(parent.fields["subject"], parent.fields["preheader"] + " x")), database
        )


def test_where_no_draft_passes_the_best_of_them_is_kept_blocked(database: Database) -> None:
    parent = campaign(database)[0]
    one, two = copy("Save 25 % on boxes", "Any week"), copy("Save 25 %, 30 % or 40 %", "Only 3 days, 99 boxes left")
    made = again.write(wish(parent, Way.ANGLE), parts(two, one), database)[0]
    assert made.variant.state is State.BLOCKED
    assert made.variant.raw == one
    assert made.score is None


def test_the_same_wish_again_draws_anew_and_a_seed_draws_the_same(database: Database) -> None:
    parent = campaign(database)[0]
    first, second = parts(*GOOD), parts(*GOOD)
    again.write(wish(parent, Way.ANGLE), first, database)
    again.write(wish(parent, Way.FIELD, field="subject"), second, database)
    seeds = []
    for _ in range(2):
        writer = Said(*GOOD)
        with database.read() as session:
            assert variants.children(session, parent.variant.id or 0) >= 2
        try:
            again.write(wish(parent, Way.ANGLE, seed=7), replace(parts(), writer=writer), database)
        finally:
            seeds.append(writer.seeds)
    assert seeds[0] != first.writer.seeds  # type: ignore[attr-defined]
    assert len(set(seeds[0])) == TRIES


def test_what_a_person_wrote_is_written_again_by_the_angle_that_it_comes_from(database: Database) -> None:
    parent = campaign(database)[0]
    word = Decision(variant_id=parent.variant.id or 0, kind=Kind.REJECT, reviewer="bo", reason="dull")
    review.decide(database, word, channels.catalogue(), role=None, four_eyes=False)
    edit = word.model_copy(
        update={
            "kind": Kind.EDIT,
            "reason": "",
            "fields": {"subject": "Pause any week", "preheader": "Swap until Sunday night"},
        }
    )
    child = review.decide(database, edit, channels.catalogue(), role=None, four_eyes=False).child_id
    assert child is not None
    made = again.write(Wish(child, Way.FIELD, "ada", field="subject"), parts(*GOOD), database)[0]
    assert (made.variant.parent_id, made.variant.angle) == (child, parent.variant.angle)


def test_what_cannot_be_wished_is_refused(database: Database) -> None:
    parent = campaign(database)[0]
    with pytest.raises(InputError, match='did you mean "subject"'):
        again.write(wish(parent, Way.FIELD, field="subjct"), parts(), database)
    with pytest.raises(NotFound):
        again.write(Wish(999, Way.LIKE, "ada"), parts(), database)
    alone = nouns.stored(database)
    with pytest.raises(InputError, match="belongs to no campaign"):
        again.write(Wish(alone, Way.LIKE, "ada"), parts(), database)
    by_hand = nouns.stored(database, campaign_id=parent.variant.campaign_id, angle=None)
    with pytest.raises(InputError, match="carries no angle"):
        again.write(Wish(by_hand, Way.LIKE, "ada"), parts(), database)
    one_claim = nouns.campaign(database, nouns.brief(facts=["Pause any week"]))
    only = nouns.stored(database, campaign_id=one_claim)
    with pytest.raises(Conflict, match="no other claim"):
        again.write(Wish(only, Way.ANGLE, "ada"), parts(), database)


def test_what_is_written_again_does_not_count_as_written_by_the_campaign(database: Database) -> None:
    parent = campaign(database)[0]
    again.write(wish(parent, Way.LIKE), parts(), database)
    with database.read() as session:
        run = campaigns.get(session, parent.variant.campaign_id or 0)
    assert run.written == run.asked
    assert all(finding.severity is not Severity.BLOCK for finding in parent.findings)
