"""The first of two reviewers wins, the other is told; nothing is overwritten."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from store import decisions, exports, variants
from store.database import Database
from store.decision import Decision, Kind
from store.errors import Conflict, GlasbrukError, InputError, NotFound
from store.states import State
from store.variants import Query
from tests import nouns

EDITED = {"subject": "Supper is at the door"}


def decide(database: Database, variant_id: int, kind: Kind = Kind.APPROVE, reviewer: str = "anna") -> Decision:
    fields = EDITED if kind is Kind.EDIT else None
    with database.write() as session:
        return decisions.decide(session, nouns.word(variant_id, kind, reviewer, fields=fields))


def undo(database: Database, variant_id: int, reviewer: str = "anna") -> Decision:
    with database.write() as session:
        return decisions.undo(session, variant_id, reviewer)


def state(database: Database, variant_id: int) -> State:
    with database.read() as session:
        return variants.get(session, variant_id).state


def kinds(database: Database, variant_id: int) -> list[Kind]:
    with database.read() as session:
        return [word.kind for word in decisions.history(session, variant_id)]


@pytest.mark.parametrize(
    ("kind", "then"),
    [(Kind.APPROVE, State.APPROVED), (Kind.EDIT, State.APPROVED), (Kind.REJECT, State.REJECTED)],
)
def test_a_decision_moves_the_state_and_an_undo_moves_it_back(database: Database, kind: Kind, then: State) -> None:
    variant_id = nouns.stored(database)
    made = decide(database, variant_id, kind)
    assert made.id is not None
    assert made.created_at is not None
    assert state(database, variant_id) is then
    assert undo(database, variant_id, "bo").kind is Kind.UNDO
    assert state(database, variant_id) is State.PENDING
    assert kinds(database, variant_id) == [kind, Kind.UNDO]


def test_the_second_reviewer_is_told_who_decided_what(database: Database) -> None:
    variant_id = nouns.stored(database)
    decide(database, variant_id, Kind.REJECT, "anna")
    with pytest.raises(Conflict, match=rf"variant {variant_id} was rejected by anna at 20.* UTC; undo that first"):
        decide(database, variant_id, Kind.APPROVE, "bo")
    assert kinds(database, variant_id) == [Kind.REJECT]


def test_of_eight_at_once_exactly_one_wins(database: Database) -> None:
    variant_id = nouns.stored(database)
    start = threading.Barrier(8)

    def reviewer(number: int) -> Decision | GlasbrukError:
        start.wait(10)
        try:
            return decide(database, variant_id, Kind.APPROVE if number % 2 else Kind.REJECT, f"reviewer {number}")
        except Conflict as conflict:
            return conflict

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(reviewer, range(8)))
    won = [answer for answer in answers if isinstance(answer, Decision)]
    assert len(won) == 1
    told = [str(answer) for answer in answers if isinstance(answer, Conflict)]
    assert all(f"by {won[0].reviewer} at" in line for line in told), told
    assert kinds(database, variant_id) == [won[0].kind]


def test_of_six_undoing_at_once_exactly_one_does(database: Database) -> None:
    variant_id = nouns.stored(database)
    decide(database, variant_id)
    start = threading.Barrier(6)

    def reviewer(number: int) -> bool:
        start.wait(10)
        try:
            undo(database, variant_id, f"reviewer {number}")
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(reviewer, range(6))) == 1
    assert kinds(database, variant_id) == [Kind.APPROVE, Kind.UNDO]


def test_undo_and_export_at_once_never_both(database: Database) -> None:
    for _ in range(5):
        variant_id = nouns.stored(database)
        decide(database, variant_id)
        start = threading.Barrier(2)

        def taking_back(start: threading.Barrier = start, variant_id: int = variant_id) -> bool:
            start.wait(10)
            try:
                undo(database, variant_id)
            except Conflict:
                return False
            return True

        def leaving(start: threading.Barrier = start, variant_id: int = variant_id) -> bool:
            start.wait(10)
            try:
                with database.write() as session:
                    exports.mark(session, [variant_id], "csv", "bo")
            except Conflict:
                return False
            return True

        with ThreadPoolExecutor(2) as pool:
            first, second = pool.submit(taking_back), pool.submit(leaving)
            assert first.result(20) + second.result(20) == 1


def test_a_decision_on_nothing_is_not_found(database: Database) -> None:
    for act in (lambda: decide(database, 7), lambda: undo(database, 7), lambda: kinds(database, 7)):
        with pytest.raises(NotFound, match="no variant 7"):
            act()


def test_a_blocked_variant_is_not_approved(database: Database) -> None:
    variant_id = nouns.stored(database, nouns.BLOCKING)
    with pytest.raises(Conflict, match=rf"variant {variant_id}: a variant that is blocked cannot approve") as told:
        decide(database, variant_id)
    assert str(told.value).endswith("possible now: edit into a new variant")


def test_undo_needs_a_decision_and_is_done_once(database: Database) -> None:
    variant_id = nouns.stored(database)
    with pytest.raises(Conflict, match="no decision to undo; it is pending"):
        undo(database, variant_id)
    decide(database, variant_id)
    undo(database, variant_id)
    with pytest.raises(Conflict, match="no decision to undo"):
        undo(database, variant_id)


def test_undo_ends_with_the_export(database: Database) -> None:
    variant_id = nouns.stored(database)
    decide(database, variant_id)
    with database.write() as session:
        exports.mark(session, [variant_id], "csv", "anna")
    remedy = "exported, so its decision cannot be taken back; change the copy where it is used, or write it anew"
    with pytest.raises(Conflict, match=remedy):
        undo(database, variant_id)
    for kind in (Kind.REJECT, Kind.EDIT, Kind.APPROVE):
        with pytest.raises(Conflict, match=f"approved by anna at 20.* UTC and has been {remedy}$"):
            decide(database, variant_id, kind)
    assert state(database, variant_id) is State.APPROVED


def test_undo_can_be_said_as_a_decision(database: Database) -> None:
    variant_id = nouns.stored(database)
    decide(database, variant_id)
    with database.write() as session:
        made = decisions.decide(session, nouns.word(variant_id, Kind.UNDO, reason="Too soon"))
    assert (made.kind, made.reason) == (Kind.UNDO, "Too soon")
    assert state(database, variant_id) is State.PENDING


@pytest.mark.parametrize("blocked", [True, False])
def test_an_edit_of_a_refused_variant_is_a_new_one(database: Database, blocked: bool) -> None:
    campaign_id = nouns.campaign(database)
    parent = nouns.stored(database, *([nouns.BLOCKING] if blocked else []), campaign_id=campaign_id)
    if not blocked:
        decide(database, parent, Kind.REJECT)
    before = state(database, parent)
    child = nouns.variant(fields=EDITED, checkpoint="person", author="anna", state=before)
    with database.write() as session:
        word = nouns.word(parent, Kind.EDIT, fields=EDITED)
        made = decisions.decide(session, word, child=child, child_findings=[nouns.WARNING])
    assert made.child_id is not None
    with database.read() as session:
        row = variants.rows(session, [made.child_id])[0]
        shown = variants.rows(session, [parent])[0].fields
    assert (row.variant.parent_id, row.variant.campaign_id) == (parent, campaign_id)
    assert (row.variant.state, row.fields, row.findings) == (State.PENDING, EDITED, (nouns.WARNING,))
    assert state(database, parent) is before
    assert shown == nouns.variant().fields


def test_undo_of_an_edit_that_made_a_child_leaves_the_child(database: Database) -> None:
    parent = nouns.stored(database)
    decide(database, parent, Kind.REJECT)
    with database.write() as session:
        word = nouns.word(parent, Kind.EDIT, fields=EDITED)
        made = decisions.decide(session, word, child=nouns.variant(fields=EDITED))
    undo(database, parent)
    assert state(database, made.child_id or 0) is State.PENDING
    assert state(database, parent) is State.REJECTED  # the rejection before the edit stands again
    undo(database, parent)
    assert state(database, parent) is State.PENDING
    assert kinds(database, parent) == [Kind.REJECT, Kind.EDIT, Kind.UNDO, Kind.UNDO]


def test_an_edit_whose_variant_was_rejected_meanwhile_is_told(database: Database) -> None:
    variant_id = nouns.stored(database)
    decide(database, variant_id, Kind.REJECT, "bo")
    with pytest.raises(Conflict, match="rejected by bo"):
        decide(database, variant_id, Kind.EDIT)


def test_a_child_is_not_made_of_a_pending_variant(database: Database) -> None:
    variant_id = nouns.stored(database)
    with database.write() as session:
        word = nouns.word(variant_id, Kind.EDIT, fields=EDITED)
        assert decisions.decide(session, word, child=nouns.variant()).child_id is None
    with database.read() as session:
        assert sum(variants.count(session, Query()).values()) == 1


def test_text_belongs_to_edits_and_edits_have_text(database: Database) -> None:
    variant_id = nouns.stored(database)
    for word in [nouns.word(variant_id, Kind.EDIT), nouns.word(variant_id, Kind.REJECT, fields=EDITED)]:
        with pytest.raises(InputError, match="fields"), database.write() as session:
            decisions.decide(session, word)
    assert kinds(database, variant_id) == []


def test_a_decision_and_its_move_are_one(database: Database) -> None:
    variant_id = nouns.stored(database)

    def decide_and_fail() -> None:
        with database.write() as session:
            decisions.decide(session, nouns.word(variant_id))
            raise RuntimeError("the power goes")

    with pytest.raises(RuntimeError):
        decide_and_fail()
    assert state(database, variant_id) is State.PENDING
    assert kinds(database, variant_id) == []
