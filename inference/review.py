"""A person's word on a variant: an edit is checked as the writer's copy is, before it may stand."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from inference import roles
from inference.checks import check
from inference.roles import Act
from inference.scorer import Candidate, Scorer
from inference.selection import brought_back
from prompts import channels
from store import campaigns, decisions, sweeps, variants
from store.brief import Brief
from store.channel import Channel
from store.database import Database
from store.decision import Decision, Kind
from store.errors import Forbidden, InputError, Problem, nearest
from store.finding import Finding, Severity
from store.key import Role
from store.score import Score
from store.states import MADE_ANEW
from store.sweeps import Swept
from store.variant import Variant
from store.variants import Query

BESIDE = 7  # others that an edit is scored against while it is typed, so that the score keeps up
PERSON = "person"  # the checkpoint of a variant that nobody's weights made


def decide(
    database: Database, decision: Decision, catalogue: Mapping[str, Channel], *, role: Role | None, four_eyes: bool
) -> Decision:
    """Store `decision`, after checking the text where it is an edit, and give it back as stored.

    `role` is that of whoever decides; None where nobody is asked who they are, as at the command. An edit of a pending
    variant approves it with the edited text beside the original, where its author may approve and `four_eyes` are not
    to see it; else, and of one that is blocked, held back or rejected, it leaves the variant as it is and adds a new
    pending one, whose id is the decision's `child_id`. Raises Forbidden where the role may not, or who wrote it may not
    approve it; InputError with every fault of an edit at its field, or for a rejection without a reason; NotFound; and
    Conflict where somebody was first or the state forbids it.
    """
    roles.refuse(role, Act(decision.kind))
    _refuse_unsaid(decision)
    if decision.kind is Kind.EDIT:
        return _edit(database, decision, catalogue, propose=four_eyes or not roles.may(role, Act.APPROVE))
    with database.write() as session:
        if decision.kind is Kind.APPROVE:
            _refuse_own(variants.get(session, decision.variant_id), decision.reviewer, four_eyes)
        return decisions.decide(session, decision)


def barred(variant: Variant, reviewer: str, *, four_eyes: bool) -> str:
    """Why `reviewer` may not approve a variant, and who may; empty where they may."""
    if not (four_eyes and _same(variant.author, reviewer)):
        return ""
    return f"variant {variant.id} was written by {variant.author}, so anybody else may approve it (review.four_eyes)"


def decide_all(
    database: Database, query: Query, word: Decision, expected: int, *, role: Role | None, four_eyes: bool
) -> Swept:
    """Approve or reject every pending variant that matches, as one that can be taken back as one (`undo_all`).

    Where `four_eyes` are to see an edit, those of the reviewer are left as they are by an approval. Raises Forbidden
    where the role may not; InputError for a rejection without a reason, or for an edit; Conflict where not just
    `expected` match.
    """
    roles.refuse(role, Act(word.kind))
    _refuse_unsaid(word)
    if word.kind not in {Kind.APPROVE, Kind.REJECT}:
        raise InputError(Problem("kind", f'"{word.kind}" is said of one variant; approve or reject many'))
    with database.write() as session:
        own = variants.authored(session) if four_eyes and word.kind is Kind.APPROVE else {}
        spare = {variant for variant, author in own.items() if _same(author, word.reviewer)}
        return sweeps.decide(session, query, word, expected, spare=spare)


def undo_all(database: Database, sweep: str, reviewer: str, *, role: Role | None) -> Swept:
    """Take back what still stands of a sweep. Raises Forbidden where the role may not, Conflict where nothing does."""
    roles.refuse(role, Act.UNDO)
    with database.write() as session:
        return sweeps.undo(session, sweep, reviewer)


@dataclass(frozen=True)
class Look:
    """What would be said of an edit, were it saved now."""

    variant: Variant
    """The variant that is edited, as it was written."""
    brief: Brief
    channel: Channel
    fields: dict[str, str]
    """The edited text as it would be stored."""
    findings: tuple[Finding, ...]
    beside: tuple[Variant, ...]
    """Others of its segment and channel, against which it competes."""


def look(database: Database, variant_id: int, edited: Mapping[str, str], catalogue: Mapping[str, Channel]) -> Look:
    """Check an edit in the making, and store nothing.

    Raises NotFound, and InputError for an unknown channel or field, or where no text is left.
    """
    with database.read() as session:
        variant = variants.get(session, variant_id)
        brief = _brief(session, variant)
        field = variants.Query(campaign_id=variant.campaign_id, segment=variant.segment, channel=variant.channel)
        rivals = variants.find(session, field, limit=BESIDE + 1, order="id")
    channel = channels.get(catalogue, variant.channel)
    fields = _fields(edited, channel)
    findings = check(_child(variant, fields, ""), brief, channel)
    beside = [row.variant for row in rivals if row.variant.id != variant.id and row.variant.fields]
    return Look(variant, brief, channel, fields, tuple(findings), tuple(beside[:BESIDE]))


def rate(look: Look, scorer: Scorer) -> tuple[Score, Score]:
    """The scores of a variant as it was written, and as edited, each against the same others."""
    edited = _child(look.variant, look.fields, "")
    field = [Candidate(each.text, each.segment, each.channel) for each in (look.variant, edited, *look.beside)]
    before, after, *_ = scorer.score(field, explain=False)
    return before, after


def undo(database: Database, variant_id: int, reviewer: str, *, role: Role | None) -> Decision:
    """Take back the standing decision on a variant.

    Raises Forbidden where the role may not; NotFound; Conflict once the copy has been exported.
    """
    roles.refuse(role, Act.UNDO)
    with database.write() as session:
        return decisions.undo(session, variant_id, reviewer)


def bring_back(database: Database, variant_id: int, reviewer: str, *, role: Role | None) -> None:
    """Put a variant that was held back, or that a killed run left as a draft, up for review; its label says by whom.

    Raises Forbidden where the role may not; NotFound; Conflict where its state forbids that.
    """
    roles.refuse(role, Act.BRING_BACK)
    with database.write() as session:
        variants.move(session, variant_id, "show", [brought_back(reviewer)])


def _refuse_unsaid(decision: Decision) -> None:
    if decision.kind is Kind.REJECT and not decision.reason.strip():
        raise InputError(Problem("reason", "is missing; say in a few words what is wrong: it teaches the next model"))


def _same(author: str | None, reviewer: str) -> bool:
    """Whether both name one person, however the capitals stand."""
    return author is not None and author.strip().casefold() == reviewer.strip().casefold()


def _refuse_own(variant: Variant, reviewer: str, four_eyes: bool) -> None:
    if reason := barred(variant, reviewer, four_eyes=four_eyes):
        raise Forbidden(reason)


def _edit(database: Database, decision: Decision, catalogue: Mapping[str, Channel], *, propose: bool) -> Decision:
    """Check outside the write transaction, since a check may be slow; the store refuses when the state moved on."""
    with database.read() as session:
        variant = variants.get(session, decision.variant_id)
        brief = _brief(session, variant)
    channel = channels.get(catalogue, variant.channel)
    fields = _fields(decision.fields or {}, channel)
    if fields == variant.fields:
        raise InputError(Problem("fields", "the edit changes nothing; change a field, or approve the variant as it is"))
    child, findings = _checked(variant, fields, decision.reviewer, brief, channel)
    anew = child if propose or variant.state in MADE_ANEW else None
    word = decision.model_copy(update={"fields": fields})
    with database.write() as session:
        return decisions.decide(session, word, child=anew, child_findings=findings, propose=propose)


def _brief(session: Session, variant: Variant) -> Brief:
    """The brief that the variant was written for."""
    if variant.campaign_id is None:
        raise InputError(
            Problem("variant_id", f"variant {variant.id} belongs to no campaign, so no brief can check it")
        )
    return campaigns.brief_of(session, variant.campaign_id)


def _fields(edited: Mapping[str, str], channel: Channel) -> dict[str, str]:
    """The edited fields in the channel's order; an emptied field is taken out. Refuses keys the channel lacks."""
    allowed = channel.allowed
    unknown = [
        Problem(f"fields.{key}", f"unknown key; {nearest(key, allowed)}") for key in edited if key not in allowed
    ]
    if unknown:
        raise InputError(*unknown)
    fields = {key: edited[key].strip() for key in allowed if edited.get(key, "").strip()}
    if not fields:
        raise InputError(Problem("fields", f"an edit needs its text; fields here: {', '.join(allowed)}"))
    return fields


def _checked(
    variant: Variant, fields: dict[str, str], reviewer: str, brief: Brief, channel: Channel
) -> tuple[Variant, list[Finding]]:
    """The edit as a person's variant, and what the checks say of it. Raises InputError where one of them blocks."""
    child = _child(variant, fields, reviewer)
    findings = check(child, brief, channel)
    if any(finding.severity is Severity.BLOCK for finding in findings):
        blocking_first = sorted(findings, key=lambda finding: finding.severity is not Severity.BLOCK)
        raise InputError(*map(_problem, blocking_first))
    return child, findings


def _child(variant: Variant, fields: dict[str, str], reviewer: str) -> Variant:
    return Variant(
        campaign_id=variant.campaign_id,
        segment=variant.segment,
        channel=variant.channel,
        fields=fields,
        checkpoint=PERSON,
        parent_id=variant.id,
        author=reviewer,
    )


def _problem(finding: Finding) -> Problem:
    """Where the finding stands and what it says; what blocks is told from what only warns."""
    weight = "" if finding.severity is Severity.BLOCK else f" ({finding.severity})"
    return Problem(f"fields.{finding.field}" if finding.field else "fields", f"{finding.message}{weight}")
