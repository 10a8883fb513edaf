"""Variants are stored whole, once, and found in order of rank."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from store import decisions, variants
from store.database import Database
from store.decision import Kind
from store.errors import Conflict, NotFound
from store.finding import Finding, Severity
from store.states import State
from store.tables import PromptRow, VariantRow
from store.variants import Query
from tests import nouns

NOTE = Finding(code="held_back", severity=Severity.NOTE, field="", message="12 % likely to be approved.")


def ids(database: Database, query: Query, **how: object) -> list[int | None]:
    with database.read() as session:
        return [row.variant.id for row in variants.find(session, query, **how)]  # type: ignore[arg-type]


def test_a_variant_comes_back_as_it_was_stored(database: Database) -> None:
    draft = nouns.variant(campaign_id=nouns.campaign(database), author="anna")
    with database.write() as session:
        added = variants.add(session, draft, [], nouns.prompt())
    with database.read() as session:
        found = variants.get(session, added.id or 0)
    assert found == added
    assert found.created_at is not None
    assert found.created_at.utcoffset() is not None
    given_back = {"id", "state", "created_at", "prompt_hash"}
    assert found.model_dump(exclude=given_back) == draft.model_dump(exclude=given_back)
    assert list(found.fields) == ["subject", "preheader"]
    assert found.prompt_hash == nouns.prompt().hash


def test_what_blocks_decides_the_state(database: Database) -> None:
    with database.write() as session:
        assert variants.add(session, nouns.variant(), [nouns.WARNING], None).state is State.PENDING
        assert variants.add(session, nouns.variant(), [nouns.WARNING, nouns.BLOCKING], None).state is State.BLOCKED


def test_only_a_draft_is_added(database: Database) -> None:
    with database.write() as session, pytest.raises(Conflict, match="pending cannot show"):
        variants.add(session, nouns.variant(state=State.PENDING), [], None)


def test_what_waits_to_be_chosen_from_stays_a_draft_unless_it_is_blocked(database: Database) -> None:
    with database.write() as session:
        assert variants.add(session, nouns.variant(), [nouns.WARNING], None, wait=True).state is State.DRAFT
        assert variants.add(session, nouns.variant(), [nouns.BLOCKING], None, wait=True).state is State.BLOCKED
        with pytest.raises(Conflict, match="pending cannot show"):
            variants.add(session, nouns.variant(state=State.PENDING), [], None, wait=True)


def test_a_draft_is_shown_or_held_back_with_a_note_and_what_is_held_back_is_shown_later(database: Database) -> None:
    with database.write() as session:
        shown, held = (variants.add(session, nouns.variant(), [], None, wait=True).id or 0 for _ in range(2))
        assert variants.move(session, shown, "show", [nouns.WARNING]) is State.PENDING
        assert variants.move(session, held, "hold", [NOTE]) is State.RESERVE
    with database.read() as session:
        assert [row.findings for row in variants.rows(session, [shown, held])] == [(nouns.WARNING,), (NOTE,)]
        assert ids(database, Query(state=State.RESERVE)) == [held]
    with database.write() as session:
        assert variants.move(session, held, "show", [nouns.WARNING]) is State.PENDING
    with database.read() as session:
        assert variants.rows(session, [held])[0].findings == (NOTE, nouns.WARNING)


def test_a_move_that_cannot_be_names_the_variant_and_changes_nothing(database: Database) -> None:
    blocked = nouns.stored(database, nouns.BLOCKING)
    with database.write() as session:
        with pytest.raises(Conflict, match=f"variant {blocked}: a variant that is blocked cannot show; possible now: "):
            variants.move(session, blocked, "show", [NOTE])
        with pytest.raises(NotFound, match="no variant 99"):
            variants.move(session, 99, "hold")
    with database.read() as session:
        assert variants.rows(session, [blocked])[0].findings == (nouns.BLOCKING,)


def test_a_missing_variant_is_named(database: Database) -> None:
    with database.read() as session, pytest.raises(NotFound, match="no variant 99"):
        variants.get(session, 99)


def test_a_prompt_is_kept_once(database: Database) -> None:
    for _ in range(3):
        nouns.stored(database)
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(PromptRow)) == 1
        assert session.scalar(select(func.count()).select_from(VariantRow)) == 3


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=60))
def test_any_text_survives(database: Database, text: str) -> None:
    variant_id = nouns.stored(database, fields={"subject": text}, raw=text)
    with database.read() as session:
        found = variants.get(session, variant_id)
    assert found.fields == nouns.variant(fields={"subject": text}).fields
    assert found.raw == nouns.variant(raw=text).raw.replace("\x00", "\ufffd")


def test_rank_is_the_newest_score_with_the_unscored_last(database: Database) -> None:
    first, second, third, unscored = [nouns.stored(database) for _ in range(4)]
    with database.write() as session:
        variants.add_scores(session, {first: nouns.score(0.9), second: nouns.score(0.5), third: nouns.score(0.5)})
        variants.add_scores(session, {first: nouns.score(0.1, checkpoint="newer")})
    assert ids(database, Query()) == [second, third, first, unscored]
    assert ids(database, Query(), order="id") == [first, second, third, unscored]
    assert ids(database, Query(), limit=2, offset=1) == [third, first]
    with database.read() as session:
        row = variants.rows(session, [first])[0]
    assert row.score == nouns.score(0.1, checkpoint="newer")


def test_a_query_narrows_by_each_of_its_parts(database: Database) -> None:
    campaign_id = nouns.campaign(database)
    plain = nouns.stored(database)
    other = nouns.stored(
        database, nouns.BLOCKING, campaign_id=campaign_id, segment=nouns.STUDENTS, channel="sms", fields={"text": "Hej"}
    )
    with database.write() as session:
        decisions.decide(session, nouns.word(plain))
    for query in [
        Query(campaign_id=campaign_id),
        Query(segment=nouns.STUDENTS),
        Query(channel="sms"),
        Query(state=State.BLOCKED),
        Query(code="too_long"),
        Query(text="HEJ"),
    ]:
        assert ids(database, query) == [other], query
    assert ids(database, Query(reviewer="anna")) == [plain]
    assert ids(database, Query(segment=nouns.STUDENTS, state=State.PENDING)) == []


@pytest.mark.parametrize(("text", "found"), [("årets GRÖN", True), ("%", False), ("_", False), ("door\nÅ", True)])
def test_search_folds_case_in_any_language_and_takes_signs_as_signs(database: Database, text: str, found: bool) -> None:
    nouns.stored(database)
    assert bool(ids(database, Query(text=text))) is found


def test_reviewer_counts_only_while_the_decision_stands(database: Database) -> None:
    variant_id = nouns.stored(database)
    with database.write() as session:
        decisions.decide(session, nouns.word(variant_id))
        decisions.undo(session, variant_id, "bo")
    assert ids(database, Query(reviewer="anna")) == []
    assert ids(database, Query(reviewer="bo")) == []


def test_count_has_every_state(database: Database) -> None:
    nouns.stored(database)
    nouns.stored(database, nouns.BLOCKING)
    nouns.stored(database, segment=nouns.STUDENTS)
    with database.read() as session:
        assert variants.count(session, Query()) == {
            **dict.fromkeys(State, 0),
            State.PENDING: 2,
            State.BLOCKED: 1,
        }
        assert variants.count(session, Query(segment=nouns.STUDENTS, code="too_long")) == dict.fromkeys(State, 0)


def test_a_row_has_findings_and_the_edited_text(database: Database) -> None:
    variant_id = nouns.stored(database, nouns.WARNING)
    edited = {"subject": "Supper is at the door"}
    with database.write() as session:
        decisions.decide(session, nouns.word(variant_id, Kind.EDIT, fields=edited))
    with database.read() as session:
        row = variants.find(session, Query())[0]
    assert row.findings == (nouns.WARNING,)
    assert row.decision is not None
    assert row.decision.kind is Kind.EDIT
    assert row.fields == edited
    assert row.variant.fields == nouns.variant().fields


def test_a_query_bounds_the_chance_of_the_newest_score(database: Database) -> None:
    low, high, unscored = (nouns.stored(database) for _ in range(3))
    chance = nouns.score()
    with database.write() as session:
        variants.add_scores(session, {low: chance, high: chance})
        variants.add_scores(session, {low: chance.model_copy(update={"chance_to_beat_field": 0.2})})
    assert ids(database, Query(chance_from=0.5)) == [high]
    assert ids(database, Query(chance_to=0.5)) == [low]
    assert ids(database, Query(chance_from=0.1, chance_to=0.9), order="id") == [low, high]
    with database.read() as session:
        assert variants.ids(session, Query(), limit=2) == [low, high]
    assert unscored in ids(database, Query())
