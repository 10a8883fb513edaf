"""The main path of this floor: an order for copy becomes stored, checked, scored and ranked variants."""

import hashlib
from collections import defaultdict
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field

from inference.angles import AngleChooser
from inference.checks import check, repeats
from inference.parsing import parse
from inference.scorer import Candidate, Scorer
from inference.writer import Draft, Writer
from prompts import channels
from prompts.render import render
from store import campaigns, variants
from store.angle import Angle
from store.brief import Brief
from store.campaign import Campaign
from store.channel import Channel
from store.database import Database
from store.errors import InputError, Problem, nearest
from store.prompt import Prompt
from store.segment import Segment
from store.states import State
from store.variant import Sampling, Variant
from store.variants import Row


@dataclass(frozen=True)
class Parts:
    """What a campaign is written with."""

    writer: Writer
    scorer: Scorer
    chooser: AngleChooser
    catalogue: dict[str, Channel]


@dataclass(frozen=True)
class Order:
    """What is wanted: `n` variants for each segment and channel of the brief, or of those named here."""

    brief: Brief
    n: int = 8
    seed: int = 0
    sampling: Sampling = field(default_factory=Sampling)
    author: str = ""
    segments: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Started:
    """The campaign is in the store; `asked` variants are to come."""

    campaign: Campaign


@dataclass(frozen=True)
class Written:
    """One more variant is in the store, with what the checks found."""

    row: Row
    done: int
    asked: int


@dataclass(frozen=True)
class Ranked:
    """All variants of one segment and channel are written, and those that passed are scored; the best come first."""

    segment: str
    channel: str
    rows: list[Row]


@dataclass(frozen=True)
class Finished:
    """Everything is in the store."""

    campaign: Campaign


Event = Started | Written | Ranked | Finished


@dataclass(frozen=True)
class _Job:
    """One variant to be written."""

    segment: Segment
    channel: Channel
    angle: Angle
    prompt: Prompt
    seed: int


def write(order: Order, parts: Parts, database: Database) -> Generator[Event]:
    """Write, check, score and store what is ordered, telling of each step as it is done.

    Each variant is stored before it is told of. Closing the generator stops the writer and keeps what is stored.
    Raises InputError where the order names a segment or channel that is not there.
    """
    jobs = plan(order, parts)
    with database.write() as session:
        campaign = campaigns.start(
            session,
            order.brief,
            seed=order.seed,
            writer=parts.writer.checkpoint,
            scorer=parts.scorer.checkpoint,
            asked=len(jobs),
            author=order.author,
        )
    assert campaign.id is not None  # noqa: S101 - the store gives it
    yield Started(campaign)
    open_groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    try:
        for done, draft in enumerate(_drafts(jobs, order, parts.writer), start=1):
            job = jobs[draft.index]
            group = open_groups[job.segment.name, job.channel.id]
            group.append(_keep(draft, job, group, order, campaign.id, parts, database))
            yield Written(group[-1], done, len(jobs))
            if len(group) == order.n:
                ranked = rank(open_groups.pop((job.segment.name, job.channel.id)), parts.scorer, database)
                yield Ranked(job.segment.name, job.channel.id, ranked)
    finally:  # stopped early: what is stored is scored all the same
        for rows in open_groups.values():
            rank(rows, parts.scorer, database)
        with database.write() as session:
            campaign = campaigns.finish(session, campaign.id)
    yield Finished(campaign)


def plan(order: Order, parts: Parts) -> list[_Job]:
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
                jobs.append(_Job(segment, channel, angle, prompt, seed_of(order.seed, prompt, number)))
    return jobs


def seed_of(seed: int, prompt: Prompt, number: int) -> int:
    """A variant's own seed (48 bits) from the order's seed, its prompt and its number."""
    digest = hashlib.sha256(f"{seed} {prompt.hash} {number}".encode()).digest()
    return int.from_bytes(digest[:6], "big")


def rank(rows: Sequence[Row], scorer: Scorer, database: Database) -> list[Row]:
    """Score the rows that may reach review against each other, store the scores, and return all rows, best first."""
    field = [row for row in rows if row.variant.state is State.PENDING]
    scores = scorer.score([Candidate(row.variant.text, row.variant.segment, row.variant.channel) for row in field])
    by_id = {row.variant.id: score for row, score in zip(field, scores, strict=True) if row.variant.id is not None}
    with database.write() as session:
        variants.add_scores(session, by_id)
    scored = [row._replace(score=by_id.get(row.variant.id or 0)) for row in rows]
    return sorted(scored, key=lambda row: row.score.log_odds if row.score else float("-inf"), reverse=True)


def _drafts(jobs: Sequence[_Job], order: Order, writer: Writer) -> Iterator[Draft]:
    drafts = writer.write([job.prompt for job in jobs], [job.seed for job in jobs], order.sampling)
    with closing(drafts):
        yield from drafts


def _keep(
    draft: Draft, job: _Job, group: Sequence[Row], order: Order, campaign_id: int, parts: Parts, database: Database
) -> Row:
    """Check one draft and store it with its findings. A draft that does not parse is stored too, and blocked."""
    variant = Variant(
        campaign_id=campaign_id,
        segment=job.segment.name,
        channel=job.channel.id,
        angle=job.angle,
        prompt_hash=job.prompt.hash,
        fields=parse(draft.raw, job.prompt.keys) or {},
        raw=draft.raw,
        checkpoint=parts.writer.checkpoint,
        seed=job.seed,
        sampling=order.sampling,
    )
    earlier = [row.variant for row in group if row.variant.state is State.PENDING]
    findings = [*check(variant, order.brief, job.channel), *repeats(variant, earlier)]
    with database.write() as session:
        stored = variants.add(session, variant, findings, job.prompt)
    return Row(variant=stored, findings=tuple(findings), score=None, decision=None, fields=stored.fields)
