"""An edit is checked like written copy, and stands beside what it edits."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from inference import review
from inference.scorer import FakeScorer
from store import decisions, variants
from store.database import Database
from store.decision import Decision, Kind
from store.errors import Conflict, Forbidden, InputError, NotFound
from store.states import State
from store.variant import Variant
from store.variants import Query
from tests.inference import house

SHORTER = {"subject": "Vegetables each week", "preheader": house.EMAIL["preheader"]}


@pytest.fixture
def pending(database: Database) -> int:
    return house.variant(database, house.campaign(database))


@pytest.fixture
def blocked(database: Database) -> int:
    return house.variant(database, house.campaign(database), {"subject": "x" * 200}, [house.BLOCKING])


@pytest.fixture
def reserve(database: Database) -> int:
    draft = Variant(
        campaign_id=house.campaign(database), segment="s", channel="email", fields=house.EMAIL, checkpoint="w"
    )
    with database.write() as session:
        stored = variants.add(session, draft, [], None, wait=True)
        variants.move(session, stored.id or 0, "hold")
    return stored.id or 0


def decide(database: Database, variant_id: int, kind: Kind, **more: object) -> Decision:
    decision = Decision.model_validate({"variant_id": variant_id, "kind": kind, "reviewer": "ada", **more})
    return review.decide(database, decision, house.CATALOGUE, role=None, four_eyes=False)


def row(database: Database, variant_id: int) -> variants.Row:
    with database.read() as session:
        return variants.rows(session, [variant_id])[0]


def test_an_edit_of_a_pending_variant_approves_it_and_stands_beside_the_original(
    database: Database, pending: int
) -> None:
    stored = decide(database, pending, Kind.EDIT, fields=SHORTER)
    after = row(database, pending)
    assert (stored.fields, stored.child_id, stored.reviewer) == (SHORTER, None, "ada")
    assert after.variant.state is State.APPROVED
    assert after.variant.fields == house.EMAIL
    assert after.fields == SHORTER


def test_an_edit_of_a_blocked_variant_is_a_new_pending_one(database: Database, blocked: int) -> None:
    stored = decide(database, blocked, Kind.EDIT, fields=SHORTER)
    assert stored.child_id is not None
    child, parent = row(database, stored.child_id).variant, row(database, blocked).variant
    assert (child.state, child.parent_id, child.author, child.fields) == (State.PENDING, blocked, "ada", SHORTER)
    assert (child.checkpoint, child.angle, child.segment, child.channel) == ("person", None, parent.segment, "email")
    assert parent.state is State.BLOCKED
    assert parent.fields == {"subject": "x" * 200}


def test_what_is_held_back_is_brought_back_by_name_and_then_decided(database: Database, reserve: int) -> None:
    with pytest.raises(Conflict, match="cannot approve; possible now: show, edit into a new variant"):
        decide(database, reserve, Kind.APPROVE)
    review.bring_back(database, reserve, "ada", role=None)
    after = row(database, reserve)
    assert after.variant.state is State.PENDING
    assert [finding.message for finding in after.findings] == ["brought back for review by ada"]
    with pytest.raises(Conflict, match=f"variant {reserve}: a variant that is pending cannot show"):
        review.bring_back(database, reserve, "bo", role=None)
    assert len(row(database, reserve).findings) == 1
    decide(database, reserve, Kind.APPROVE)
    with pytest.raises(NotFound, match="no variant 99"):
        review.bring_back(database, 99, "ada", role=None)


def test_an_edit_of_what_is_held_back_is_a_new_pending_one(database: Database, reserve: int) -> None:
    stored = decide(database, reserve, Kind.EDIT, fields=SHORTER)
    assert row(database, stored.child_id or 0).variant.state is State.PENDING
    assert row(database, reserve).variant.state is State.RESERVE


def test_an_edit_of_a_rejected_variant_is_a_new_pending_one(database: Database, pending: int) -> None:
    decide(database, pending, Kind.REJECT, reason="dull")
    stored = decide(database, pending, Kind.EDIT, fields=SHORTER)
    assert stored.child_id is not None
    assert row(database, stored.child_id).variant.state is State.PENDING
    assert row(database, pending).variant.state is State.REJECTED


def test_an_edit_that_a_check_blocks_is_refused_with_every_finding_and_changes_nothing(
    database: Database, pending: int
) -> None:
    with pytest.raises(InputError) as refused:
        decide(
            database, pending, Kind.EDIT, fields={"subject": "Now 73% off " + "x" * 200, "preheader": "Only €7 today"}
        )
    places = {problem.place for problem in refused.value.problems}
    assert {"fields.subject", "fields.preheader"} <= places
    assert "(warn)" not in str(refused.value)
    assert any("73" in problem.message for problem in refused.value.problems)
    assert row(database, pending).variant.state is State.PENDING
    with database.read() as session:
        assert decisions.history(session, pending) == []


@pytest.mark.parametrize("fields", [house.EMAIL, {key: f"  {text} " for key, text in house.EMAIL.items()}])
def test_an_edit_that_changes_nothing_is_refused(database: Database, pending: int, fields: dict[str, str]) -> None:
    with pytest.raises(InputError, match="changes nothing"):
        decide(database, pending, Kind.EDIT, fields=fields)


@pytest.mark.parametrize("fields", [None, {}, {"subject": "  "}])
def test_an_edit_without_text_is_refused(database: Database, pending: int, fields: dict[str, str] | None) -> None:
    with pytest.raises(InputError, match="needs its text"):
        decide(database, pending, Kind.EDIT, fields=fields)


def test_an_edit_with_a_field_that_the_channel_lacks_names_the_nearest(database: Database, pending: int) -> None:
    with pytest.raises(InputError, match=r'fields\.subjct: unknown key; did you mean "subject"\?'):
        decide(database, pending, Kind.EDIT, fields={"subjct": "Vegetables"})


def test_an_approval_with_fields_is_refused_instead_of_dropping_them(database: Database, pending: int) -> None:
    with pytest.raises(InputError, match="only an edit"):
        decide(database, pending, Kind.APPROVE, fields=SHORTER)
    assert row(database, pending).variant.state is State.PENDING


def test_a_blocked_variant_cannot_be_approved(database: Database, blocked: int) -> None:
    with pytest.raises(Conflict, match="blocked"):
        decide(database, blocked, Kind.APPROVE)


def test_an_unknown_variant_is_not_found(database: Database) -> None:
    with pytest.raises(NotFound, match="4711"):
        decide(database, 4711, Kind.EDIT, fields=SHORTER)


@pytest.mark.parametrize("reason", ["", " \n\t"])
def test_a_rejection_says_why(database: Database, pending: int, reason: str) -> None:
    with pytest.raises(InputError, match="reason: is missing; say in a few words what is wrong"):
        decide(database, pending, Kind.REJECT, reason=reason)
    assert row(database, pending).variant.state is State.PENDING
    assert decide(database, pending, Kind.REJECT, reason="Dull").reason == "Dull"


def test_undo_takes_an_edit_back(database: Database, pending: int) -> None:
    decide(database, pending, Kind.EDIT, fields=SHORTER)
    decide(database, pending, Kind.UNDO)
    after = row(database, pending)
    assert (after.variant.state, after.decision, after.fields) == (State.PENDING, None, house.EMAIL)


def test_of_two_who_decide_at_once_one_is_told(database: Database, pending: int) -> None:
    def attempt(kind: Kind) -> str:
        try:
            decide(database, pending, kind, fields=SHORTER if kind is Kind.EDIT else None, reason="x")
        except Conflict:
            return "told"
        return "won"

    with ThreadPoolExecutor(4) as pool:
        told = sorted(pool.map(attempt, [Kind.EDIT, Kind.APPROVE, Kind.REJECT, Kind.APPROVE]))
    assert told == ["told", "told", "told", "won"]
    with database.read() as session:
        assert len(decisions.history(session, pending)) == 1


def test_many_are_approved_or_rejected_at_once_and_a_rejection_says_why(database: Database, pending: int) -> None:
    word = Decision(variant_id=0, kind=Kind.REJECT, reviewer="ada")
    with pytest.raises(InputError, match="reason: is missing"):
        review.decide_all(database, Query(), word, 1, role=None, four_eyes=False)
    with pytest.raises(InputError, match='"edit" is said of one variant'):
        review.decide_all(database, Query(), word.model_copy(update={"kind": Kind.EDIT}), 1, role=None, four_eyes=False)
    swept = review.decide_all(
        database, Query(), word.model_copy(update={"reason": "Dull"}), 1, role=None, four_eyes=False
    )
    assert row(database, pending).variant.state is State.REJECTED
    assert review.undo_all(database, swept.sweep, "bo", role=None).done == 1
    assert row(database, pending).variant.state is State.PENDING


def test_a_look_at_an_edit_finds_what_saving_would_and_stores_nothing(database: Database, pending: int) -> None:
    look = review.look(database, pending, {"subject": "  Now 73% off ", "preheader": ""}, house.CATALOGUE)
    assert look.fields == {"subject": "Now 73% off"}
    assert {finding.code for finding in look.findings} >= {"unknown_figure", "missing_field"}
    assert row(database, pending).variant.state is State.PENDING
    with database.read() as session:
        assert decisions.history(session, pending) == []


def test_an_edit_is_rated_beside_the_text_it_edits(database: Database) -> None:
    campaign = house.campaign(database)
    ids = [house.variant(database, campaign) for _ in range(review.BESIDE + 3)]
    look = review.look(database, ids[0], SHORTER, house.CATALOGUE)
    assert len(look.beside) == review.BESIDE
    before, after = review.rate(look, FakeScorer())
    assert before.log_odds != after.log_odds


def test_with_four_eyes_an_edit_waits_for_somebody_else(database: Database, pending: int) -> None:
    edit = Decision(variant_id=pending, kind=Kind.EDIT, reviewer="ada", fields=SHORTER)
    child = review.decide(database, edit, house.CATALOGUE, role=None, four_eyes=True).child_id
    assert child is not None
    assert [row(database, one).variant.state for one in (pending, child)] == [State.PENDING, State.PENDING]
    approve = Decision(variant_id=child, kind=Kind.APPROVE, reviewer=" Ada")
    with pytest.raises(Forbidden, match=f"variant {child} was written by ada, so anybody else may approve it"):
        review.decide(database, approve, house.CATALOGUE, role=None, four_eyes=True)
    assert row(database, child).variant.state is State.PENDING
    review.decide(database, approve.model_copy(update={"reviewer": "bo"}), house.CATALOGUE, role=None, four_eyes=True)
    assert row(database, child).variant.state is State.APPROVED
    assert row(database, pending).variant.state is State.PENDING


def test_with_four_eyes_nobody_is_kept_from_rejecting_or_editing_on(database: Database, pending: int) -> None:
    edit = Decision(variant_id=pending, kind=Kind.EDIT, reviewer="ada", fields=SHORTER)
    child = review.decide(database, edit, house.CATALOGUE, role=None, four_eyes=True).child_id or 0
    again = edit.model_copy(update={"variant_id": child, "fields": house.EMAIL, "reviewer": "bo"})
    grandchild = review.decide(database, again, house.CATALOGUE, role=None, four_eyes=True).child_id or 0
    approve = Decision(variant_id=grandchild, kind=Kind.APPROVE, reviewer="ada")
    review.decide(database, approve, house.CATALOGUE, role=None, four_eyes=True)  # bo wrote it, so both have seen it
    reject = Decision(variant_id=child, kind=Kind.REJECT, reviewer="ada", reason="dull")
    review.decide(database, reject, house.CATALOGUE, role=None, four_eyes=True)
    assert row(database, child).variant.state is State.REJECTED


def test_with_four_eyes_approving_many_leaves_ones_own_edits(database: Database, pending: int) -> None:
    edit = Decision(variant_id=pending, kind=Kind.EDIT, reviewer="ada", fields=SHORTER)
    child = review.decide(database, edit, house.CATALOGUE, role=None, four_eyes=True).child_id or 0
    word = Decision(variant_id=0, kind=Kind.APPROVE, reviewer="ADA")
    swept = review.decide_all(database, Query(), word, 2, role=None, four_eyes=True)
    assert (swept.done, swept.left) == (1, 1)
    assert row(database, child).variant.state is State.PENDING
    swept = review.decide_all(
        database, Query(), word.model_copy(update={"reviewer": "bo"}), 1, role=None, four_eyes=True
    )
    assert (swept.done, swept.left) == (1, 0)


def test_without_the_rule_an_edit_approves_at_once(database: Database, blocked: int) -> None:
    child = decide(database, blocked, Kind.EDIT, fields=SHORTER).child_id or 0
    decide(database, child, Kind.APPROVE)
    assert row(database, child).variant.state is State.APPROVED
