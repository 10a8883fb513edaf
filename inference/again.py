"""Copy written again from a variant: one field, shorter, by another angle, or more like it. It becomes their parent.

A writer knows one format of prompt and is asked nothing else. So each wish is met by drawing more drafts than are
wanted for a prompt of that format, and choosing among them by what was wished.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing

import numpy as np

from inference import pipeline
from inference.approval import Judgement
from inference.checks import check, repeats
from inference.checks.findings import WHOLE, note
from inference.checks.repeats import fold
from inference.order import Order, Parts
from inference.pipeline import Job
from inference.scorer import Candidate
from inference.selection import NEAR
from inference.wish import Start, Way, Wish, Written
from prompts import channels
from prompts.render import render
from store import campaigns, variants
from store.angle import Angle
from store.database import Database
from store.errors import Conflict, InputError, Problem, nearest
from store.finding import Finding, Severity
from store.score import Score
from store.states import State
from store.variant import Variant
from store.variants import Query, Row

TRIES = 12  # drafts for one wish
LIKE = 3  # variants that "more like this one" gives at most
LIKELY = 0.8  # the share of its parent's chance of being approved that a shorter variant must have
BESIDE = 512  # variants of the same segment and channel that one written again is not to repeat
SHOWN = (State.PENDING, State.APPROVED, State.LIVE)
AGAIN = "again"  # the code of the note that says what was wished


def write(wish: Wish, parts: Parts, database: Database) -> list[Row]:
    """Write again what is wished, and store it with the variant as its parent: pending, or blocked where no draft passes.

    Only "more like it" may give several. Raises NotFound; InputError for an unknown field, or a variant that no prompt
    can be made for; Conflict, saying why, where no draft is what was wished.
    """
    start = _start(wish, parts, database)
    job = _job(wish, start, parts)
    drafts = _drafts(wish, start, job, parts)
    chosen = _chosen(wish, start, drafts, parts)
    return _keep(wish, start, job, chosen, parts, database)


def _start(wish: Wish, parts: Parts, database: Database) -> Start:
    with database.read() as session:
        variant = variants.get(session, wish.variant_id)
        if variant.campaign_id is None:
            raise InputError(Problem("variant_id", f"variant {variant.id} belongs to no campaign, so it has no brief"))
        brief = campaigns.brief(session, campaigns.get(session, variant.campaign_id).brief_key)
        angle, above = variant.angle, variant
        while angle is None and above.parent_id is not None:
            above = variants.get(session, above.parent_id)
            angle = above.angle
        field = Query(campaign_id=variant.campaign_id, segment=variant.segment, channel=variant.channel)
        beside = variants.find(session, field, limit=BESIDE, order="id")
        row = variants.rows(session, [wish.variant_id])[0]
        children = variants.children(session, wish.variant_id)
    if angle is None:
        raise InputError(Problem("variant_id", f"variant {variant.id} carries no angle, so no prompt can be made for it"))
    others = tuple(one for one in beside if one.variant.id != variant.id)
    return Start(row, brief, channels.get(parts.catalogue, variant.channel), angle, others, children)


def _job(wish: Wish, start: Start, parts: Parts) -> Job:
    """What the writer is to do, with the seed that its drafts' seeds are made from."""
    if wish.way is Way.FIELD and wish.field not in start.channel.written:
        known = nearest(wish.field, start.channel.written)
        raise InputError(Problem("field", f'the writer fills no "{wish.field}" in {start.channel.id}; {known}'))
    angle = _another(start, parts) if wish.way is Way.ANGLE else start.angle
    segment = start.brief.segment(start.variant.segment)
    prompt = render(start.brief, start.channel, segment, angle, shots=parts.writer.shots)
    base = f"{wish.variant_id} {wish.way} {wish.field} {start.children if wish.seed is None else wish.seed}"
    return Job(segment, start.channel, angle, prompt, pipeline.seed_of(base, prompt, 0))


def _another(start: Start, parts: Parts) -> Angle:
    """The likeliest claim for the segment that has come least often among what is shown there, and not in this variant."""
    count = len({*start.brief.facts, start.brief.offer} - {None})
    ranked = parts.chooser.choose(start.brief, count)[start.variant.segment]
    others = [angle for angle in dict.fromkeys(ranked) if angle.claims != start.angle.claims]
    if not others:
        raise Conflict(f"the brief has no other claim that {start.variant.segment} would be told; add a fact to it")
    carried = [one.variant.angle for one in start.beside if one.variant.state in SHOWN]
    told = Counter(angle.claims for angle in carried if angle)
    return min(others, key=lambda angle: told[angle.claims])


def _drafts(wish: Wish, start: Start, job: Job, parts: Parts) -> list[Written]:
    sampling = wish.sampling or start.row.variant.sampling
    order = Order(start.brief, sampling=sampling, author=wish.author)
    seeds = [pipeline.seed_of(job.seed, job.prompt, number) for number in range(TRIES)]
    with closing(parts.writer.write([job.prompt] * TRIES, seeds, sampling)) as written:
        answers = sorted(written, key=lambda draft: draft.index)
    made: list[tuple[Variant, list[Finding]]] = []
    for draft in answers:
        one = Job(job.segment, job.channel, job.angle, job.prompt, seeds[draft.index])
        variant, _ = pipeline.checked(draft, one, order, parts.writer.checkpoint, [])
        variant = _with_one_field(variant, start, wish.field) if wish.way is Way.FIELD else variant
        made.append((variant, _found(variant, start)))
    judged = parts.approver.judge(start.brief, [variant for variant, _ in made])
    return [Written(variant, tuple(found), one) for (variant, found), one in zip(made, judged, strict=True)]


def _with_one_field(draft: Variant, start: Start, key: str) -> Variant:
    """The variant that is written from, with one field of the draft; how probable that is, the writer has not said."""
    fields = {**start.row.fields, key: draft.fields[key]} if draft.fields else {}
    ordered = {name: fields[name] for name in start.channel.allowed if name in fields}
    return draft.model_copy(update={"fields": ordered, "log_probability": None})


def _found(variant: Variant, start: Start) -> list[Finding]:
    """What the checks find, beside all that is there of its segment and channel."""
    there = [start.variant, *(row.variant for row in start.beside if row.variant.state is not State.BLOCKED)]
    return [*check(variant, start.brief, start.channel), *repeats(variant, there)]


def _chosen(wish: Wish, start: Start, drafts: Sequence[Written], parts: Parts) -> list[Written]:
    """The drafts that are what was wished, the best first; the one that comes nearest to passing where none passes."""
    passing = [one for one in drafts if one.passes]
    if not passing:
        return [min(drafts, key=lambda one: sum(found.severity is Severity.BLOCK for found in one.findings))]
    parent = parts.approver.judge(start.brief, [start.variant])[0]
    return CHOICES[wish.way](wish, start, parent, passing)


Choose = Callable[[Wish, Start, Judgement, Sequence[Written]], list[Written]]


def _best(wish: Wish, start: Start, parent: Judgement, passing: Sequence[Written]) -> list[Written]:
    """The likeliest to be approved."""
    key = wish.field
    anew = [one for one in passing if not key or fold(one.variant.fields[key]) != fold(start.row.fields.get(key, ""))]
    if not anew:
        raise Conflict(f"{_of(len(passing))} says {key} in other words; try a bolder draw, or edit it")
    return [max(anew, key=lambda one: one.judgement.chance)]


def _shortest(wish: Wish, start: Start, parent: Judgement, passing: Sequence[Written]) -> list[Written]:
    """The shortest of those that are nearly as likely to be approved; of all that are shorter where none is."""
    now = len(start.variant.text)
    shorter = [one for one in passing if len(one.variant.text) < now]
    if not shorter:
        raise Conflict(f"{_of(len(passing))} is shorter than its {now} characters; try again, or edit it")
    likely = [one for one in shorter if one.judgement.chance >= LIKELY * parent.chance]
    return [min(likely or shorter, key=lambda one: len(one.variant.text))]


def _nearest(wish: Wish, start: Start, parent: Judgement, passing: Sequence[Written]) -> list[Written]:
    """The nearest to it by the encoder, that are neither near copies of it nor of each other."""
    chosen: list[Written] = []
    for one in sorted(passing, key=lambda one: -float(one.judgement.vector @ parent.vector)):
        known = np.stack([parent.vector, *(other.judgement.vector for other in chosen)])
        if len(chosen) < LIKE and float((known @ one.judgement.vector).max()) < NEAR:
            chosen.append(one)
    if not chosen:
        raise Conflict(f"{_of(len(passing))} differs from it enough; try a bolder draw, or another angle")
    return chosen


CHOICES: dict[Way, Choose] = {Way.FIELD: _best, Way.SHORTER: _shortest, Way.ANGLE: _best, Way.LIKE: _nearest}


def _of(passing: int) -> str:
    return f"none of the {passing} drafts that pass the checks, of {TRIES},"


def _keep(wish: Wish, start: Start, job: Job, chosen: Sequence[Written], parts: Parts, database: Database) -> list[Row]:
    """Store what was chosen, with its scores beside what is shown, in one transaction."""
    scores = _scores(start, chosen, parts)
    said = note(AGAIN, "", WHOLE, f"{_words(wish)} variant {wish.variant_id}, wished by {wish.author}")
    ids = []
    with database.write() as session:
        for one, score in zip(chosen, scores, strict=True):
            update = {"parent_id": wish.variant_id, "campaign_id": start.row.variant.campaign_id}
            draft = one.variant.model_copy(update=update)
            stored = variants.add(session, draft, [*one.findings, said], job.prompt)
            ids.append(stored.id or 0)
            if one.passes:
                variants.add_scores(session, {ids[-1]: score})
    with database.read() as session:
        return variants.rows(session, ids)


def _scores(start: Start, chosen: Sequence[Written], parts: Parts) -> list[Score]:
    """What is chosen, scored against what is shown of its segment and channel."""
    shown = [row for row in (start.row, *start.beside) if row.variant.state in SHOWN]
    texts = [one.variant.text for one in chosen] + ["\n".join(row.fields.values()) for row in shown]
    field = [Candidate(text, start.variant.segment, start.variant.channel) for text in texts]
    return parts.scorer.score(field)[: len(chosen)]


def _words(wish: Wish) -> str:
    return {
        Way.FIELD: f"{wish.field} anew, the rest as in",
        Way.SHORTER: "shorter than",
        Way.ANGLE: "another angle than that of",
        Way.LIKE: "more like",
    }[wish.way]
