"""Who may say what of copy: the one table, walked where decisions are made, whoever asks for them."""

from collections.abc import Callable

import pytest

from inference import review, roles
from inference.roles import ACTS, Act
from store import decisions, variants
from store.database import Database
from store.decision import Decision, Kind
from store.errors import Forbidden
from store.key import Role
from store.states import State
from store.variants import Query
from tests.inference import house

EDITED = {"subject": "A box of vegetables at your door", "preheader": house.EMAIL["preheader"]}


def said(variant: int, kind: Kind) -> Decision:
    fields = EDITED if kind is Kind.EDIT else None
    return Decision(variant_id=variant, kind=kind, reviewer="ada", reason="Dull", fields=fields)


def one(kind: Kind) -> Callable[[Database, int, Role | None], object]:
    return lambda database, variant, role: review.decide(
        database, said(variant, kind), house.CATALOGUE, role=role, four_eyes=False
    )


def many(kind: Kind) -> Callable[[Database, int, Role | None], object]:
    def sweep(database: Database, variant: int, role: Role | None) -> object:
        with database.read() as session:
            campaign = variants.get(session, variant).campaign_id
        return review.decide_all(database, Query(campaign_id=campaign), said(0, kind), 1, role=role, four_eyes=False)

    return sweep


# Every way in which something is said of copy, the act that it is, and how the variant stands before it.
WAYS: list[tuple[Act, State, Callable[[Database, int, Role | None], object]]] = [
    (Act.APPROVE, State.PENDING, one(Kind.APPROVE)),
    (Act.REJECT, State.PENDING, one(Kind.REJECT)),
    (Act.EDIT, State.PENDING, one(Kind.EDIT)),
    (Act.EDIT, State.RESERVE, one(Kind.EDIT)),
    (Act.UNDO, State.APPROVED, one(Kind.UNDO)),
    (Act.APPROVE, State.PENDING, many(Kind.APPROVE)),
    (Act.REJECT, State.PENDING, many(Kind.REJECT)),
    (Act.UNDO, State.APPROVED, lambda database, variant, role: review.undo(database, variant, "ada", role=role)),
    (Act.UNDO, State.APPROVED, lambda database, variant, role: review.undo_all(database, "s1", "ada", role=role)),
    (Act.BRING_BACK, State.RESERVE, lambda data, variant, role: review.bring_back(data, variant, "ada", role=role)),
]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # the store has no part in it
@pytest.mark.parametrize("role", [*Role, None])
@pytest.mark.parametrize(("act", "before", "way"), WAYS)
def test_a_role_may_do_what_the_table_says_and_else_changes_nothing(
    database: Database, act: Act, before: State, way: Callable[[Database, int, Role | None], object], role: Role | None
) -> None:
    variant = house.variant(
        database, house.campaign(database), state="reserve" if before is State.RESERVE else "pending"
    )
    if before is State.APPROVED:
        with database.write() as session:
            decisions.decide(session, said(variant, Kind.APPROVE).model_copy(update={"sweep": "s1"}))
    if roles.may(role, act):
        way(database, variant, role)
        return
    with database.read() as session:
        history = decisions.history(session, variant)
    with pytest.raises(Forbidden, match=f"the role {role} may not {act.value}; that takes the role "):
        way(database, variant, role)
    with database.read() as session:
        assert decisions.history(session, variant) == history
        assert variants.get(session, variant).state is before


def test_every_act_is_in_the_table_and_every_decision_is_an_act() -> None:
    assert set(ACTS) == set(Act)
    assert {Act(kind) for kind in Kind} <= set(Act)
    assert {act for act, _, _ in WAYS} == set(Act) - {Act.WRITE, Act.TRAIN}
    assert not any(Role.SERVICE in ACTS[act] for act in Act if act is not Act.WRITE)
    assert all(Role.ADMIN in able for able in ACTS.values())


@pytest.mark.parametrize("state", [State.PENDING, State.RESERVE])
def test_the_edit_of_who_may_not_approve_waits_for_who_may(database: Database, state: State) -> None:
    variant = house.variant(
        database, house.campaign(database), state="reserve" if state is State.RESERVE else "pending"
    )
    stored = review.decide(database, said(variant, Kind.EDIT), house.CATALOGUE, role=Role.COPYWRITER, four_eyes=False)
    assert stored.child_id is not None
    with database.read() as session:
        child = variants.get(session, stored.child_id)
        assert variants.get(session, variant).state is state
    assert (child.state, child.fields, child.author, child.parent_id) == (State.PENDING, EDITED, "ada", variant)
    review.decide(database, said(stored.child_id, Kind.APPROVE), house.CATALOGUE, role=Role.APPROVER, four_eyes=False)


def test_what_is_proposed_of_a_variant_that_was_decided_meanwhile_approves_nothing(database: Database) -> None:
    variant = house.variant(database, house.campaign(database))
    review.decide(database, said(variant, Kind.APPROVE), house.CATALOGUE, role=Role.APPROVER, four_eyes=False)
    with pytest.raises(Exception, match="was approved by ada"):
        review.decide(database, said(variant, Kind.EDIT), house.CATALOGUE, role=Role.COPYWRITER, four_eyes=False)


def test_the_edit_of_an_approver_approves(database: Database) -> None:
    variant = house.variant(database, house.campaign(database))
    assert (
        review.decide(database, said(variant, Kind.EDIT), house.CATALOGUE, role=Role.APPROVER, four_eyes=False).child_id
        is None
    )
    with database.read() as session:
        assert variants.get(session, variant).state is State.APPROVED
