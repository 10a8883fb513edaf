"""The noun `Lineage`: where a variant came from, as nodes with their facts and what led to what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf

from store.checkpoint import Checkpoint
from store.decision import Decision
from store.label import Label
from store.variant import Variant
from ui.plain import percent, score_line, when

PERSON = "person"  # what stands for a checkpoint where a person wrote
PARENTS = 3  # that are drawn; older ones are counted
FOUND = 4  # findings that are named in the picture
Facts = tuple[tuple[str, str], ...]
SAID = {"approve": "Approved", "edit": "Edited", "reject": "Rejected", "undo": "Taken back"}


@dataclass(frozen=True)
class Node:
    """One thing that the variant came from, or that came of it."""

    key: str
    kind: str
    """`Brief`."""
    title: str
    facts: Facts = ()
    lacking: bool = False
    """Whether it is there to say that something is not."""
    variant_id: int | None = None
    """Of another variant, whose own label can be opened."""

    @property
    def spoken(self) -> str:
        """All of it as a sentence or two, for who hears the picture."""
        facts = "; ".join(f"{name} {value}".strip() for name, value in self.facts)
        return f"{self.kind}: {self.title}" + (f". {facts}." if facts else ".")


@dataclass(frozen=True)
class Lineage:
    """The picture's content. What is on the left was asked for, what is on the right it was made with."""

    left: tuple[Node, ...]
    right: tuple[Node, ...]
    variant: Node
    after: tuple[tuple[Node, ...], ...]
    """What came of it, a row each, in order of time."""
    edges: tuple[tuple[str, str], ...]
    """From key to key."""

    @property
    def nodes(self) -> list[Node]:
        """All of them, in the order in which they are to be read."""
        return [*self.left, *self.right, self.variant, *(node for row in self.after for node in row)]


def lineage(label: Label, known: Mapping[str, Checkpoint], *, hidden: bool = False) -> Lineage:
    """The lineage in a label; `known` are the checkpoints that can be read here, by id.

    `hidden` says that there is a score which is not to be told yet. What a label should have and has not is a node too.
    """
    left, right = _asked(label), [*_parents(label), *_made_with(label, known)]
    variant, judged, words = _variant(label), [_checks(label), _score(label, hidden)], _decided(label)
    last = [*left[-1:], *(node for node in right if node.key in {"parent-1", "checkpoint"})]
    edges = [*_chain(left), *_chain(_parents(label)), *_chain(_made_with(label, known))]
    edges += [(node.key, "variant") for node in last] + [("variant", node.key) for node in judged]
    first = words[0][0].key
    edges += [(node.key, first) for node in judged] + _chain([row[0] for row in words])
    edges += [(row[0].key, row[1].key) for row in words if len(row) > 1]
    shown = _shown(label)
    edges += [(words[-1][0].key, shown[0].key), *_chain(shown)]
    return Lineage(tuple(left), tuple(right), variant, (tuple(judged), *words, tuple(shown)), tuple(edges))


def _chain(nodes: Sequence[Node]) -> list[tuple[str, str]]:
    return [(one.key, other.key) for one, other in pairwise(nodes)]


def _asked(label: Label) -> list[Node]:
    brief, variant, run = label.brief, label.variant, label.campaign
    segment = next((each for each in brief.segments if each.name == variant.segment), None)
    facts = [("brief", brief.key), ("campaign", str(run.id)), ("asked by", run.author), ("at", when(run.started_at))]
    care = [("care about", segment.cares_about)] if segment else []
    return [
        Node("brief", "Brief", brief.name, tuple(facts)),
        Node("segment", "Segment and channel", f"{variant.segment}, {variant.channel}", tuple(care)),
        _angle(variant),
        _prompt(label),
    ]


def _angle(variant: Variant) -> Node:
    angle = variant.angle
    if angle is None:
        why = "a person wrote this text" if variant.checkpoint == PERSON else "none was kept with it"
        return Node("angle", "Angle", "None", (("", why),), lacking=True)
    facts = (("relevance", f"{angle.relevance:.2f}"), ("", angle.reason))
    return Node("angle", "Angle", " / ".join(angle.claims), facts)


def _prompt(label: Label) -> Node:
    if label.prompt is None:
        why = "a person wrote this text" if label.variant.checkpoint == PERSON else "it is not in the store"
        return Node("prompt", "Prompt", "None", (("", why),), lacking=True)
    return Node("prompt", "Prompt", label.prompt.hash, (("format", label.prompt.format_hash),))


def _parents(label: Label) -> list[Node]:
    """The farthest first."""
    drawn = list(enumerate(label.parents, start=1))[:PARENTS]
    nodes = [
        Node(f"parent-{number}", "Parent", _text(one), _made(one), variant_id=one.id) for number, one in reversed(drawn)
    ]
    more = len(label.parents) - len(drawn)
    return [Node("parents", "Parents", f"{more} more before these"), *nodes] if more > 0 else nodes


def _made(variant: Variant) -> Facts:
    who = variant.author or f"{variant.checkpoint}, seed {variant.seed}"
    return (("variant", str(variant.id)), ("by", who), ("at", when(variant.created_at)), ("state", variant.state))


def _made_with(label: Label, known: Mapping[str, Checkpoint]) -> list[Node]:
    """The checkpoint and what it was trained on; nothing where a person wrote."""
    name = label.variant.checkpoint
    if name == PERSON:
        return []
    checkpoint = known.get(name)
    if checkpoint is None:
        why = "its folder is not here, so what it was trained on cannot be told"
        return [Node("checkpoint", "Checkpoint", name, (("", why),), lacking=True)]
    examples = checkpoint.metrics.get("examples", -inf)
    counted = [("examples", f"{examples:.0f}")] if examples >= 0 else []
    licence = [("licence", checkpoint.licence)] if checkpoint.licence else []
    parent = [("goes on from", checkpoint.parent)] if checkpoint.parent else []
    form = [("format", checkpoint.prompt_format)] if checkpoint.prompt_format else []
    base = [("base", checkpoint.base), ("method", checkpoint.method), ("seed", str(checkpoint.seed))]
    return [
        Node("data", "Trained on", f"data {checkpoint.data_hash[:16]}",
             (("sha256", checkpoint.data_hash), *counted, *licence)),
        Node("checkpoint", "Checkpoint", name, (*base, *form, *parent)),
    ]  # fmt: skip


def _variant(label: Label) -> Node:
    variant = label.variant
    forgotten = [] if label.forgotten is None else [("left out of all training", label.forgotten or "no reason kept")]
    drawn = [] if variant.checkpoint == PERSON else [("drawn with", str(variant.sampling))]
    facts = (*_made(variant), *drawn, *forgotten)
    return Node("variant", f"Variant {variant.id}", _text(variant) or "An answer that could not be read", facts)


def _text(variant: Variant) -> str:
    return " / ".join(variant.fields.values())


def _checks(label: Label) -> Node:
    found = [(f"{one.severity} {one.code}", one.message) for one in label.findings[:FOUND]]
    more = len(label.findings) - FOUND
    return Node(
        "checks", "Checks", f"{len(label.findings)} found" if found else "Nothing found",
        (*found, *([("", f"and {more} more")] if more > 0 else [])),
    )  # fmt: skip


def _score(label: Label, hidden: bool) -> Node:
    score = label.score
    if score is None:
        why = ("Hidden until decided", "") if hidden else ("None", "it was never held against others")
        return Node("score", "Score", why[0], (("", why[1]),) if why[1] else (), lacking=True)
    words = ", ".join(f"{word.word} {percent(word.effect)}" for word in score.words)
    moved = [("moved by", words)] if words else []
    chance = ("beats its field", f"{score.chance_to_beat_field:.0%} of the time")
    return Node("score", "Score", score_line(score), (("by", score.checkpoint), chance, *moved))


def _decided(label: Label) -> list[tuple[Node, ...]]:
    """A row for each decision, with the variant that an edit made beside it."""
    if not label.decisions:
        state = label.variant.state
        return [(Node("decision-1", "Decision", "None yet", (("state", state),), lacking=True),)]
    return [_decision(number, one) for number, one in enumerate(label.decisions, start=1)]


def _decision(number: int, decision: Decision) -> tuple[Node, ...]:
    reason = [("because", decision.reason)] if decision.reason else []
    edited = [("to", " / ".join(decision.fields.values()))] if decision.fields else []
    facts = (("by", decision.reviewer), ("at", when(decision.created_at)), *reason, *edited)
    node = Node(f"decision-{number}", "Decision", SAID[decision.kind], facts)
    if decision.child_id is None:
        return (node,)
    child = Node(f"child-{number}", "Child", f"Variant {decision.child_id}", (("", "the edit, for review"),),
                 variant_id=decision.child_id)  # fmt: skip
    return (node, child)


def _shown(label: Label) -> list[Node]:
    left = when(label.exported_at)
    export = Node("export", "Export", "Left the house" if left else "Not exported", (("at", left),) if left else (),
                  lacking=not left)  # fmt: skip
    if not label.outcomes:
        return [export, Node("outcomes", "Outcomes", "None known", lacking=True)]
    seen = [(one.test_id, f"{one.clicks:,} clicks of {one.impressions:,} impressions") for one in label.outcomes]
    return [export, Node("outcomes", "Outcomes", f"{len(seen)} in all" if len(seen) > 1 else "Shown", tuple(seen))]
