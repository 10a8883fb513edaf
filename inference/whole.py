"""A campaign that is written before any of it is stored, and then stored whole, in a transaction of the caller's.

`inference.pipeline` stores variant by variant, so that people see them come. A batch wants all or nothing, so that an
item whose worker was killed leaves nothing behind; the copy, the checks and the choice are the same.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass

from sqlalchemy.orm import Session

from inference import pipeline
from inference.order import Order, Parts
from inference.pipeline import Choice, Job
from store import campaigns, variants
from store.campaign import Campaign
from store.finding import Finding, Severity
from store.states import State
from store.variant import Variant
from store.variants import Row


@dataclass(frozen=True)
class Place:
    """What was written for one segment and channel, and what of it is shown."""

    rows: list[Row]
    """Without ids, in the order in which they were written."""
    choice: Choice


@dataclass(frozen=True)
class Whole:
    """A campaign that is not stored yet."""

    order: Order
    parts: Parts
    jobs: dict[str, Job]
    """One of those that share a prompt, by the prompt's hash."""
    asked: int
    places: list[Place]

    def keep(self, session: Session) -> Campaign:
        """Store all of it, as `pipeline.write` would have, in the session's transaction."""
        asked = pipeline.origin(self.order, self.parts)
        campaign = campaigns.start(session, self.order.brief, asked=self.asked, **asked)
        for place in self.places:
            place.choice.keep(session, [self._stored(row, campaign, session) for row in place.rows])
        return campaigns.finish(session, campaign.id or 0)

    def _stored(self, row: Row, campaign: Campaign, session: Session) -> Row:
        draft = row.variant.model_copy(update={"campaign_id": campaign.id, "state": State.DRAFT})
        prompt = self.jobs[draft.prompt_hash].prompt
        return row._replace(variant=variants.add(session, draft, row.findings, prompt, wait=True))


def write(order: Order, parts: Parts, told: Callable[[], None] = lambda: None) -> Whole:
    """Write, check and choose what is ordered. `told` is called after each variant; what it raises ends the writing.

    Raises InputError where the order names a segment or channel that is not there.
    """
    jobs = pipeline.plan(order, parts)
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    written = parts.writer.write([job.prompt for job in jobs], [job.seed for job in jobs], order.sampling)
    with closing(written):
        for draft in written:
            job = jobs[draft.index]
            group = groups[job.key]
            group.append(_row(*pipeline.checked(draft, job, order, parts.writer.checkpoint, group)))
            told()
    places = [Place(rows, pipeline.choose(rows, order, parts)) for rows in groups.values()]
    return Whole(order, parts, {job.prompt.hash: job for job in jobs}, len(jobs), places)


def _row(variant: Variant, findings: Sequence[Finding]) -> Row:
    """A variant with its findings, in the state that it will be stored in."""
    blocked = any(finding.severity is Severity.BLOCK for finding in findings)
    drafted = variant.model_copy(update={"state": State.BLOCKED if blocked else State.DRAFT})
    return Row(variant=drafted, findings=tuple(findings), score=None, decision=None, fields=variant.fields)
