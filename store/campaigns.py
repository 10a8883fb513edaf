"""Campaigns in the store, and the briefs they were written for."""

from typing import Any, NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from store import briefs
from store.brief import Brief
from store.campaign import Campaign
from store.columns import now
from store.errors import NotFound, parse
from store.tables import BriefRow, CampaignRow, VariantRow, to_noun


class Named(NamedTuple):
    """A campaign in a list."""

    id: int
    name: str
    brief_key: str


def start(session: Session, brief: Brief, *, seed: int, writer: str, scorer: str, asked: int, author: str) -> Campaign:
    """Store the brief, once for the same content, and a campaign that starts now.

    `writer` and `scorer` are checkpoint ids, `asked` the number of variants asked for. Raises InputError where one of
    them is not what it should be.
    """
    values: dict[str, Any] = {"seed": seed, "writer": writer, "scorer": scorer, "asked": asked, "author": author}
    campaign = parse(Campaign, {"brief_key": brief.key, "name": brief.name, "started_at": now(), **values})
    briefs.keep(session, brief)
    row = CampaignRow(**campaign.model_dump(exclude={"id"}))
    session.add(row)
    session.flush()
    return to_noun(row, Campaign)


def finish(session: Session, campaign_id: int) -> Campaign:
    """Close a campaign with the numbers of what it wrote. Raises NotFound."""
    get(session, campaign_id)
    numbers = _written(session, campaign_id)
    session.execute(update(CampaignRow).where(CampaignRow.id == campaign_id).values(finished_at=now(), **numbers))
    return get(session, campaign_id)


def get(session: Session, campaign_id: int) -> Campaign:
    """The campaign of that id; the numbers of one that is not finished are counted now. Raises NotFound."""
    row = session.get(CampaignRow, campaign_id, populate_existing=True)
    if row is None:
        raise NotFound(f"there is no campaign {campaign_id}")
    return _noun(session, row)


def recent(session: Session, limit: int = 50) -> list[Campaign]:
    """The campaigns that started last, the newest first."""
    rows = session.scalars(select(CampaignRow).order_by(CampaignRow.id.desc()).limit(limit))
    return [_noun(session, row) for row in rows.all()]


def named(session: Session, limit: int = 50) -> list[Named]:
    """As `recent`, with no more than names; nothing is counted."""
    columns = (CampaignRow.id, CampaignRow.name, CampaignRow.brief_key)
    return [Named(*row) for row in session.execute(select(*columns).order_by(CampaignRow.id.desc()).limit(limit))]


def brief_of(session: Session, campaign_id: int) -> Brief:
    """The brief that a campaign was written for. Raises NotFound."""
    row = session.get(CampaignRow, campaign_id)
    if row is None:
        raise NotFound(f"there is no campaign {campaign_id}")
    return brief(session, row.brief_key)


def brief(session: Session, key: str) -> Brief:
    """The brief of that key. Raises NotFound."""
    row = session.get(BriefRow, key)
    if row is None:
        raise NotFound(f'there is no brief "{key}"')
    return Brief.model_validate(row.content)


def _noun(session: Session, row: CampaignRow) -> Campaign:
    campaign = to_noun(row, Campaign)
    return campaign if campaign.finished_at else campaign.model_copy(update=_written(session, row.id))


def _written(session: Session, campaign_id: int) -> dict[str, int]:
    """How many variants the writer wrote, and how many of them have fields; what people made of them does not count."""
    written = [VariantRow.campaign_id == campaign_id, VariantRow.parent_id.is_(None)]
    everything = session.scalar(select(func.count()).select_from(VariantRow).where(*written))
    parsed = session.scalar(select(func.count()).select_from(VariantRow).where(*written, VariantRow.search != ""))
    return {"written": everything or 0, "parsed": parsed or 0}
