"""The main path of this floor: an order for copy becomes variants that are stored, checked, chosen from and ranked."""

import hashlib
from collections import defaultdict
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from inference.approval import Judgement
from inference.checks import check, repeats
from inference.events import Event, Finished, Ranked, Started, Written
from inference.order import Order, Parts
from inference.parsing import parse
from inference.scorer import Candidate
from inference.selection import Selection, notes, opening, select
from inference.writer import Draft
from prompts import channels
from prompts.render import render
from store import campaigns, variants
from store.angle import Angle
from store.campaign import Campaign
from store.channel import Channel
from store.database import Database
from store.errors import Conflict, InputError, Problem, nearest
from store.finding import Finding, Severity
from store.prompt import Prompt
from store.score import Score
from store.segment import Segment
from store.states import State
from store.variant import Variant
from store.variants import Row


def write(order: Order, parts: Parts, database: Database) -> Generator[Event]:
    """Write, check and store what is ordered, choose what is shown, score that, telling of each step as it is done.

    Each variant is stored before it is told of. Closing the generator stops the writer, keeps what is stored and
    chooses from it. Raises InputError where the order names a segment or channel that is not there.
    """
    jobs = plan(order, parts)
    campaign = _start(order, parts, len(jobs), database)
    yield Started(campaign)
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    written = parts.writer.write([job.prompt for job in jobs], [job.seed for job in jobs], order.sampling)
    with closing(written):
        try:
            for done, draft in enumerate(written, start=1):
                job = jobs[draft.index]
                group = groups[job.key]
                variant, findings = checked(draft, job, order, campaign.writer, group)
                of_campaign = variant.model_copy(update={"campaign_id": campaign.id})
                group.append(_store(of_campaign, findings, job.prompt, database))
                yield Written(group[-1], done, len(jobs))
                if len(group) == order.each:
                    yield Ranked(*job.key, settle(groups.pop(job.key), order, parts, database))
        finally:
            for rows in groups.values():
                settle(rows, order, parts, database)
            campaign = _finish(campaign, database)
    yield Finished(campaign)


def plan(order: Order, parts: Parts) -> list["Job"]:
    """One job a variant, in the order brief, channel, segment, angle, so that neighbours begin alike."""
    brief = order.brief
    segments, wanted = places(order, parts.catalogue)
    angles = parts.chooser.choose(brief, order.each, order.n)
    jobs = []
    for channel in wanted:
        for segment in segments:
            for number, angle in enumerate(angles[segment.name]):
                prompt = render(brief, channel, segment, angle, shots=parts.writer.shots)
                jobs.append(Job(segment, channel, angle, prompt, seed_of(order.seed, prompt, number)))
    return jobs


def places(order: Order, catalogue: Mapping[str, Channel]) -> tuple[list[Segment], list[Channel]]:
    """The segments and channels that are written for. Raises InputError where one that is named is not there."""
    known = {segment.name: segment for segment in order.brief.segments}
    unknown = [name for name in order.segments if name not in known]
    if unknown:
        raise InputError(Problem("segments", f'"{unknown[0]}" is not in the brief; {nearest(unknown[0], known)}'))
    named = [channels.get(catalogue, name) for name in order.channels or order.brief.channels]
    return [known[name] for name in order.segments or known], named


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


def checked(draft: Draft, job: Job, order: Order, writer: str, earlier: Sequence[Row]) -> tuple[Variant, list[Finding]]:
    """A draft as a variant, and what the checks find of it beside those of its segment and channel that came before.

    One that does not parse has no fields, which a check blocks: it is stored all the same.
    """
    variant = Variant(
        segment=job.segment.name,
        channel=job.channel.id,
        angle=job.angle,
        prompt_hash=job.prompt.hash,
        fields=parse(draft.raw, job.prompt.keys) or {},
        raw=draft.raw,
        checkpoint=writer,
        seed=job.seed,
        sampling=draft.sampling or order.sampling,
        log_probability=draft.log_probability,
    )
    passed = [row.variant for row in drafts(earlier)]
    return variant, [*check(variant, order.brief, job.channel), *repeats(variant, passed)]


def drafts(rows: Sequence[Row]) -> list[Row]:
    """Those that nothing blocks, and that wait to be chosen from."""
    return [row for row in rows if row.variant.state is State.DRAFT]


@dataclass(frozen=True)
class Choice:
    """What is shown of the drafts of one segment and channel, by their places among them."""

    selection: Selection
    chances: list[float]
    scores: dict[int, Score]
    """Of those that are shown."""
    approver: str

    def keep(self, session: Session, rows: Sequence[Row]) -> list[Row]:
        """Store it for these rows, and give them as they now stand: shown with the best first, held back, blocked."""
        ids = [row.variant.id or 0 for row in drafts(rows)]
        said = notes(self.selection, self.chances, ids, self.approver)
        for place, (variant_id, findings) in enumerate(zip(ids, said, strict=True)):
            with suppress(Conflict):  # a person has brought it back meanwhile
                variants.move(session, variant_id, "show" if place in self.scores else "hold", findings)
        variants.add_scores(session, {ids[place]: score for place, score in self.scores.items()})
        return sorted(variants.rows(session, [row.variant.id or 0 for row in rows]), key=_order)


def choose(rows: Sequence[Row], order: Order, parts: Parts) -> Choice:
    """Choose which variants of one segment and channel are shown, and score those."""
    waiting = drafts(rows)
    passed = [row.variant for row in waiting]
    judged = parts.approver.judge(order.brief, passed)
    selection = _selection(waiting, judged, order.n)
    field = [Candidate(passed[i].text, passed[i].segment, passed[i].channel) for i in selection.chosen]
    scores = dict(zip(selection.chosen, parts.scorer.score(field), strict=True))
    return Choice(selection, [one.chance for one in judged], scores, parts.approver.checkpoint)


def settle(rows: Sequence[Row], order: Order, parts: Parts, database: Database) -> list[Row]:
    """Choose, and store what was chosen in one transaction; gives the rows as `Choice.keep` does."""
    choice = choose(rows, order, parts)
    with database.write() as session:
        return choice.keep(session, rows)


def _selection(waiting: Sequence[Row], judged: Sequence[Judgement], n: int) -> Selection:
    vectors = np.stack([judgement.vector for judgement in judged]) if judged else np.zeros((0, 0), dtype=np.float32)
    angles = [row.variant.angle.claims if row.variant.angle else () for row in waiting]
    openings = [opening(row.variant.text) for row in waiting]
    warned = {place for place, row in enumerate(waiting) if any(f.severity is Severity.WARN for f in row.findings)}
    return select([one.chance for one in judged], vectors, angles, openings, n, warned)


def _order(row: Row) -> tuple[int, float]:
    """Where a row stands among those of its segment and channel, by state and score."""
    shown = (State.PENDING, State.RESERVE)
    state = row.variant.state
    return shown.index(state) if state in shown else len(shown), -row.score.log_odds if row.score else 0.0


def _store(variant: Variant, findings: Sequence[Finding], prompt: Prompt, database: Database) -> Row:
    with database.write() as session:
        stored = variants.add(session, variant, findings, prompt, wait=True)
    return Row(variant=stored, findings=tuple(findings), score=None, decision=None, fields=stored.fields)


def _start(order: Order, parts: Parts, asked: int, database: Database) -> Campaign:
    with database.write() as session:
        return campaigns.start(session, order.brief, asked=asked, **origin(order, parts))


def origin(order: Order, parts: Parts) -> dict[str, Any]:
    """What a campaign keeps of what it was made from, besides the brief."""
    checkpoints = {"writer": parts.writer.checkpoint, "scorer": parts.scorer.checkpoint}
    return {"seed": order.seed, "author": order.author, **checkpoints}


def _finish(campaign: Campaign, database: Database) -> Campaign:
    with database.write() as session:
        return campaigns.finish(session, campaign.id or 0)
