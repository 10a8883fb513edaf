"""Where a variant came from: what is in the picture, and what is said to be lacking."""

from typing import Any

from store.campaign import Campaign
from store.checkpoint import Checkpoint
from store.decision import Kind
from store.label import Label
from store.states import State
from tests import nouns
from ui.lineage import Lineage, Node, lineage

KNOWN = Checkpoint(
    id="fake-writer", kind="writer", base="small", method="LoRA", data_hash="d4" * 32, metrics={"examples": 512.0}
)


def label(**changes: Any) -> Label:
    brief = nouns.brief()
    run = Campaign(id=3, brief_key=brief.key, name=brief.name, seed=7, writer="w", scorer="s", asked=8, author="anna")
    whole: dict[str, Any] = {
        "variant": nouns.variant(id=12, campaign_id=3, state=State.APPROVED),
        "brief": brief,
        "campaign": run,
        "prompt": nouns.prompt(),
        "findings": (nouns.WARNING,),
        "score": nouns.score(0.2),
        "decisions": (nouns.word(12, reviewer="Bertil", reason="warm"),),
        "parents": (),
        "outcomes": (nouns.outcome("12", 100, 5),),
        "exported_at": None,
    }
    return Label(**{**whole, **changes})


def person(**changes: Any) -> Label:
    """A label of a text that a person made of another."""
    edit = nouns.variant(id=13, campaign_id=3, checkpoint="person", angle=None, author="Cecilia", parent_id=12)
    return label(variant=edit, prompt=None, score=None, parents=(nouns.variant(id=12),), **changes)


def node(found: Lineage, key: str) -> Node:
    return {one.key: one for one in found.nodes}[key]


def test_from_brief_to_decision_every_node_is_reached_and_says_what_is_known() -> None:
    found = lineage(label(), {KNOWN.id: KNOWN})
    reached = {end for edge in found.edges for end in edge}
    assert reached == {one.key for one in found.nodes}
    assert [one.key for one in found.nodes] == [
        "brief", "segment", "angle", "prompt", "data", "checkpoint", "variant", "checks", "score", "decision-1",
        "export", "outcomes",
    ]  # fmt: skip
    assert ("sha256", "d4" * 32) in node(found, "data").facts
    assert ("examples", "512") in node(found, "data").facts
    assert node(found, "decision-1").spoken == "Decision: Approved. by Bertil; at; because warm."
    assert "seed 1099511627776" in node(found, "variant").spoken
    assert node(found, "prompt").title == nouns.prompt().hash
    assert node(found, "outcomes").facts == (("t", "5 clicks of 100 impressions"),)


def test_a_checkpoint_that_is_not_here_is_said() -> None:
    lacking = node(lineage(label(), {}), "checkpoint")
    assert lacking.lacking
    assert "cannot be told" in lacking.spoken


def test_an_edit_names_its_parent_and_has_no_checkpoint() -> None:
    found = lineage(person(), {KNOWN.id: KNOWN})
    keys = {one.key for one in found.nodes}
    assert "checkpoint" not in keys
    assert node(found, "parent-1").variant_id == 12
    assert ("parent-1", "variant") in found.edges
    assert node(found, "prompt").lacking
    assert "a person wrote this text" in node(found, "angle").spoken


def test_old_parents_are_counted() -> None:
    line = tuple(nouns.variant(id=number) for number in range(9, 3, -1))
    found = lineage(person().model_copy(update={"parents": line}), {})
    assert found.right[0].title == "3 more before these"
    assert [one.variant_id for one in found.right[1:]] == [7, 8, 9]


def test_a_child_stands_beside_the_decision_that_made_it() -> None:
    word = nouns.word(12, Kind.EDIT, fields={"subject": "Supper"}).model_copy(update={"child_id": 40})
    found = lineage(label(decisions=(word, nouns.word(12, Kind.UNDO))), {})
    assert node(found, "child-1").variant_id == 40
    assert {("decision-1", "child-1"), ("decision-1", "decision-2"), ("decision-2", "export")} <= set(found.edges)


def test_a_hidden_score_is_not_the_same_as_none() -> None:
    assert node(lineage(label(score=None), {}, hidden=True), "score").title == "Hidden until decided"
    assert node(lineage(label(score=None), {}), "score").title == "None"


def test_withdrawn_consent_is_on_the_variant() -> None:
    assert (
        "left out of all training consent withdrawn"
        in node(lineage(label(forgotten="consent withdrawn"), {}), "variant").spoken
    )
    assert "left out" in node(lineage(label(forgotten=""), {}), "variant").spoken
    assert "left out" not in node(lineage(label(), {}), "variant").spoken


def test_undecided_and_unknown_are_said() -> None:
    found = lineage(label(decisions=(), outcomes=()), {})
    assert node(found, "decision-1").title == "None yet"
    assert node(found, "outcomes").lacking
    assert node(found, "export").lacking
