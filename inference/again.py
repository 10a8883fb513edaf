"""Copy written again from a variant: one field, shorter, by another angle, or more like it. It becomes their parent.

A writer knows one format of prompt and is asked nothing else. So each wish is met by drawing more drafts than are
wanted for a prompt of that format, and choosing among them by what was wished.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace

import numpy as np

from inference import pipeline
from inference.angles import candidates
from inference.approval import Judgement
from inference.checks import check, repeats
from inference.checks.findings import WHOLE, note
from inference.checks.repeats import fold
from inference.order import Order, Parts
from inference.pipeline import Job
from inference.scorer import Candidate
from inference.selection import NEAR
from inference.wish import Start, Way, Wish, Written
from inference.writer import Draft
from prompts import channels
from prompts.render import render
from store import campaigns, variants
from store.angle import Angle
from store.database import Database
from store.errors import Conflict, InputError, Problem, nearest
from store.finding import Finding, Severity
from store.score import Score
from store.states import State
from store.variant import Sampling, Variant
from store.variants import Query, Row

TRIES = 12  # drafts for one wish
LIKE = 3  # variants that "more like this one" gives at most
LIKELY = 0.8  # the share of its parent's chance of being approved that a shorter variant must have
BESIDE = 512  # variants of the same segment and channel that one written again is not to repeat
SHOWN = (State.PENDING, State.APPROVED, State.LIVE)
AGAIN = "again"  # the code of the note that says what was wished


def write(wish: Wish, parts: Parts, database: Database) -> list[Row]:
    """Write again what is wished, and store it with the variant as its parent: blocked only where no draft passes.

    Only "more like it" may give several. Raises NotFound; InputError for an unknown field, or a variant that no prompt
    can be made for; Conflict, saying why, where no draft is what was wished.
    """
    writing = Writing(wish, _start(wish, parts, database), parts)
    job = writing.job()
    chosen = writing.chosen(writing.drafts(job))
    return writing.keep(job, chosen, database)


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
        raise InputError(
            Problem("variant_id", f"variant {variant.id} carries no angle, so no prompt can be made for it")
        )
    others = tuple(one for one in beside if one.variant.id != variant.id)
    return Start(row, brief, channels.get(parts.catalogue, variant.channel), angle, others, children)


@dataclass(frozen=True)
class Writing:
    """One wish on its way."""

    wish: Wish
    start: Start
    parts: Parts

    def job(self) -> Job:
        """What the writer is to do; its seed makes those of the drafts. Raises InputError and Conflict."""
        wish, start = self.wish, self.start
        if wish.way is Way.FIELD and wish.field not in start.channel.written:
            known = nearest(wish.field, start.channel.written)
            raise InputError(Problem("field", f'the writer fills no "{wish.field}" in {start.channel.id}; {known}'))
        angle = self._another() if wish.way is Way.ANGLE else start.angle
        segment = start.brief.segment(start.variant.segment)
        prompt = render(start.brief, start.channel, segment, angle, shots=self.parts.writer.shots)
        number = start.children if wish.seed is None else wish.seed
        return Job(segment, start.channel, angle, prompt, seed_of(number, f"{wish.variant_id} {wish.way} {wish.field}"))

    def drafts(self, job: Job) -> list[Written]:
        """All that was drawn, checked and judged."""
        sampling = self.wish.sampling or self.start.row.variant.sampling
        seeds = [seed_of(job.seed, f"{job.prompt.hash} {number}") for number in range(TRIES)]
        with closing(self.parts.writer.write([job.prompt] * TRIES, seeds, sampling)) as written:
            answers = sorted(written, key=lambda draft: draft.index)
        made = [self._variant(draft, replace(job, seed=seeds[draft.index]), sampling) for draft in answers]
        judged = self.parts.approver.judge(self.start.brief, made)
        return [Written(one, self._findings(one), judgement) for one, judgement in zip(made, judged, strict=True)]

    def chosen(self, drafts: Sequence[Written]) -> list[Written]:
        """Those that are what was wished; the one that comes nearest to passing where none passes. Raises Conflict."""
        passing = [one for one in drafts if one.passes]
        if not passing:
            return [min(drafts, key=lambda one: sum(found.severity is Severity.BLOCK for found in one.findings))]
        if self.wish.way is Way.SHORTER:
            return [self._shortest(passing)]
        return self._nearest(passing) if self.wish.way is Way.LIKE else [self._best(passing)]

    def keep(self, job: Job, chosen: Sequence[Written], database: Database) -> list[Row]:
        """Store what was chosen, with its scores beside what is shown, in one transaction."""
        wish, campaign = self.wish, self.start.row.variant.campaign_id
        said = note(AGAIN, "", WHOLE, f"{self._words()} variant {wish.variant_id}, wished by {wish.author}")
        scores, ids = self._scores(chosen), []
        with database.write() as session:
            for one, score in zip(chosen, scores, strict=True):
                draft = one.variant.model_copy(update={"parent_id": wish.variant_id, "campaign_id": campaign})
                stored = variants.add(session, draft, [*one.findings, said], job.prompt)
                ids.append(stored.id or 0)
                if one.passes:
                    variants.add_scores(session, {ids[-1]: score})
        with database.read() as session:
            return variants.rows(session, ids)

    def _another(self) -> Angle:
        """The likeliest for the segment of the claims that what is shown there carries least often, without its own."""
        start = self.start
        ranked = self.parts.chooser.choose(start.brief, len(candidates(start.brief)))[start.variant.segment]
        others = [angle for angle in ranked if angle.claims != start.angle.claims]
        if not others:
            raise Conflict(f"the brief has no other claim that {start.variant.segment} would be told; add a fact to it")
        carried = [one.variant.angle for one in start.beside if one.variant.state in SHOWN]
        told = Counter(angle.claims for angle in carried if angle)
        return min(others, key=lambda angle: told[angle.claims])

    def _variant(self, draft: Draft, job: Job, sampling: Sampling) -> Variant:
        """A draft as a variant: whole, or one field of it in the text that is written from."""
        order = Order(self.start.brief, sampling=sampling, author=self.wish.author)
        variant, _ = pipeline.checked(draft, job, order, self.parts.writer.checkpoint, [])
        if self.wish.way is not Way.FIELD or not variant.fields:
            return variant
        fields = {**self.start.row.fields, self.wish.field: variant.fields[self.wish.field]}
        ordered = {key: fields[key] for key in self.start.channel.allowed if key in fields}
        return variant.model_copy(update={"fields": ordered, "log_probability": None})  # that was of its own whole

    def _findings(self, variant: Variant) -> tuple[Finding, ...]:
        """What the checks find, beside all that is there of its segment and channel."""
        start = self.start
        there = [start.variant, *(row.variant for row in start.beside if row.variant.state is not State.BLOCKED)]
        return (*check(variant, start.brief, start.channel), *repeats(variant, there))

    def _best(self, passing: Sequence[Written]) -> Written:
        """The likeliest to be approved; of those that say the field in other words, where it is one field."""
        key = self.wish.field if self.wish.way is Way.FIELD else ""
        was = fold(self.start.row.fields.get(key, ""))
        anew = [one for one in passing if not key or fold(one.variant.fields[key]) != was]
        if not anew:
            raise Conflict(f"{_of(len(passing))} says {key} in other words; try a bolder draw, or edit it")
        return max(anew, key=lambda one: one.judgement.chance)

    def _shortest(self, passing: Sequence[Written]) -> Written:
        """The shortest of those that are nearly as likely to be approved; of all that are shorter where none is."""
        now = len(self.start.variant.text)
        shorter = [one for one in passing if len(one.variant.text) < now]
        if not shorter:
            raise Conflict(f"{_of(len(passing))} is shorter than its {now} characters; try again, or edit it")
        likely = [one for one in shorter if one.judgement.chance >= LIKELY * self._parent.chance]
        return min(likely or shorter, key=lambda one: len(one.variant.text))

    def _nearest(self, passing: Sequence[Written]) -> list[Written]:
        """The nearest to it by the encoder, that are neither near copies of it nor of each other."""
        parent = self._parent.vector
        chosen: list[Written] = []
        for one in sorted(passing, key=lambda one: -float(one.judgement.vector @ parent)):
            known = np.stack([parent, *(other.judgement.vector for other in chosen)])
            if len(chosen) < LIKE and float((known @ one.judgement.vector).max()) < NEAR:
                chosen.append(one)
        if not chosen:
            raise Conflict(f"{_of(len(passing))} differs from it enough; try a bolder draw, or another angle")
        return chosen

    @property
    def _parent(self) -> Judgement:
        return self.parts.approver.judge(self.start.brief, [self.start.variant])[0]

    def _scores(self, chosen: Sequence[Written]) -> list[Score]:
        """What is chosen, scored against what is shown of its segment and channel."""
        shown = [row for row in (self.start.row, *self.start.beside) if row.variant.state in SHOWN]
        texts = [one.variant.text for one in chosen] + ["\n".join(row.fields.values()) for row in shown]
        own = self.start.row.variant
        return self.parts.scorer.score([Candidate(text, own.segment, own.channel) for text in texts])[: len(chosen)]

    def _words(self) -> str:
        return {
            Way.FIELD: f"{self.wish.field} anew, the rest as in",
            Way.SHORTER: "shorter than",
            Way.ANGLE: "another angle than that of",
            Way.LIKE: "more like",
        }[self.wish.way]


def seed_of(number: int, what: str) -> int:
    """A seed (48 bits) from a number and what is drawn with it."""
    return int.from_bytes(hashlib.sha256(f"{number} {what}".encode()).digest()[:6], "big")


def _of(passing: int) -> str:
    return f"none of the {passing} drafts that pass the checks, of {TRIES},"
