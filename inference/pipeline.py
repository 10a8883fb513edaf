"""The main path of this floor: an order for copy becomes stored, checked, scored and ranked variants."""

import hashlib
from collections import defaultdict
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass

from inference.checks import check, repeats
from inference.events import Event, Finished, Ranked, Started, Written
from inference.order import Order, Parts
from inference.parsing import parse
from inference.scorer import Candidate, Scorer
from inference.writer import Draft
from prompts import channels
from prompts.render import render
from store import campaigns, variants
from store.angle import Angle
from store.campaign import Campaign
from store.channel import Channel
from store.database import Database
from store.errors import InputError, Problem, nearest
from store.finding import Finding
from store.prompt import Prompt
from store.segment import Segment
from store.states import State
from store.variant import Sampling, Variant
from store.variants import Row


def write(order: Order, parts: Parts, database: Database) -> Generator[Event]:
    """Write, check, score and store what is ordered, telling of each step as it is done.

    Each variant is stored before it is told of. Closing the generator stops the writer, and keeps and scores what is
    stored. Raises InputError where the order names a segment or channel that is not there.
    """
    jobs = plan(order, parts)
    campaign = _start(order, parts, len(jobs), database)
    yield Started(campaign)
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    drafts = parts.writer.write([job.prompt for job in jobs], [job.seed for job in jobs], order.sampling)
    with closing(drafts):
        try:
            for done, draft in enumerate(drafts, start=1):
                job = jobs[draft.index]
                group = groups[job.key]
                variant = _variant(draft, job, campaign, order.sampling)
                findings = [*check(variant, order.brief, job.channel), *repeats(variant, _passed(group))]
                group.append(_store(variant, findings, job.prompt, database))
                yield Written(group[-1], done, len(jobs))
                if len(group) == order.n:
                    yield Ranked(*job.key, rank(groups.pop(job.key), parts.scorer, database))
        finally:
            for rows in groups.values():
                rank(rows, parts.scorer, database)
            campaign = _finish(campaign, database)
    yield Finished(campaign)


def plan(order: Order, parts: Parts) -> list["Job"]:
    """One job a variant, in the order brief, channel, segment, angle, so that neighbours begin alike."""
    brief = order.brief
    known = {segment.name: segment for segment in brief.segments}
    unknown = [name for name in order.segments if name not in known]
    if unknown:
        raise InputError(Problem("segments", f'"{unknown[0]}" is not in the brief; {nearest(unknown[0], known)}'))
    angles = parts.chooser.choose(brief, order.n)
    jobs = []
    for channel in (channels.get(parts.catalogue, name) for name in order.channels or brief.channels):
        for segment in (known[name] for name in order.segments or known):
            for number, angle in enumerate(angles[segment.name]):
                prompt = render(brief, channel, segment, angle)
                jobs.append(Job(segment, channel, angle, prompt, seed_of(order.seed, prompt, number)))
    return jobs


@dataclass(frozen=True)
class Job:
    """One variant to be written."""

    segment: Segment
    channel: Channel
    angle: Angle
    prompt: Prompt
    seed: int

    @property
    def key(self) -> tuple[str, str]:
        """The segment and channel in which the variant competes."""
        return self.segment.name, self.channel.id


def seed_of(seed: int, prompt: Prompt, number: int) -> int:
    """A variant's own seed (48 bits) from the order's seed, its prompt and its number."""
    digest = hashlib.sha256(f"{seed} {prompt.hash} {number}".encode()).digest()
    return int.from_bytes(digest[:6], "big")


def rank(rows: Sequence[Row], scorer: Scorer, database: Database) -> list[Row]:
    """Score the rows that may reach review against each other, store the scores, and return all rows, best first."""
    field = _passed(rows)
    scores = scorer.score([Candidate(variant.text, variant.segment, variant.channel) for variant in field])
    by_id = {variant.id: score for variant, score in zip(field, scores, strict=True) if variant.id is not None}
    with database.write() as session:
        variants.add_scores(session, by_id)
    scored = [row._replace(score=by_id.get(row.variant.id or 0)) for row in rows]
    return sorted(scored, key=lambda row: row.score.log_odds if row.score else float("-inf"), reverse=True)


def _passed(rows: Sequence[Row]) -> list[Variant]:
    return [row.variant for row in rows if row.variant.state is State.PENDING]


def _variant(draft: Draft, job: Job, campaign: Campaign, sampling: Sampling) -> Variant:
    """A draft as a variant. One that does not parse has no fields, which a check blocks: it is stored all the same."""
    return Variant(
        campaign_id=campaign.id,
        segment=job.segment.name,
        channel=job.channel.id,
        angle=job.angle,
        prompt_hash=job.prompt.hash,
        fields=parse(draft.raw, job.prompt.keys) or {},
        raw=draft.raw,
        checkpoint=campaign.writer,
        seed=job.seed,
        sampling=sampling,
    )


def _store(variant: Variant, findings: Sequence[Finding], prompt: Prompt, database: Database) -> Row:
    with database.write() as session:
        stored = variants.add(session, variant, findings, prompt)
    return Row(variant=stored, findings=tuple(findings), score=None, decision=None, fields=stored.fields)


def _start(order: Order, parts: Parts, asked: int, database: Database) -> Campaign:
    with database.write() as session:
        return campaigns.start(
            session,
            order.brief,
            seed=order.seed,
            writer=parts.writer.checkpoint,
            scorer=parts.scorer.checkpoint,
            asked=asked,
            author=order.author,
        )


def _finish(campaign: Campaign, database: Database) -> Campaign:
    with database.write() as session:
        return campaigns.finish(session, campaign.id or 0)
