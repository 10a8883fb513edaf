"""Briefs over HTTP: kept by their key, so that they need not be sent each time."""

from typing import Annotated

from fastapi import Path, Query

from inference.bodies import BRIEF_KEY, Pages
from inference.service import Service, With
from prompts import briefs as reading
from store import briefs, campaigns
from store.brief import Brief
from store.briefs import Entry
from store.errors import InputError, Problem
from store.noun import Noun


class KeptBrief(Noun):
    """A brief, and the key that names it."""

    key: str
    brief: Brief


class BriefPage(Noun):
    """A page of briefs."""

    briefs: tuple[Entry, ...]


def keep_brief(body: Brief, service: With) -> KeptBrief:
    """Check a brief as a file's is, and keep it; `key` names it from then on, and the same brief has the same key."""
    brief = checked(service, body)
    with service.database.write() as session:
        briefs.keep(session, brief)
    return KeptBrief(key=brief.key, brief=brief)


def list_briefs(query: Annotated[Pages, Query()], service: With) -> BriefPage:
    """The briefs that are kept, the newest first."""
    with service.database.read() as session:
        return BriefPage(briefs=tuple(briefs.listed(session, limit=query.limit, offset=query.offset)))


def show_brief(
    key: Annotated[str, Path(pattern=BRIEF_KEY, description="The brief's key.")], service: With
) -> KeptBrief:
    """One brief that is kept."""
    with service.database.read() as session:
        return KeptBrief(key=key, brief=campaigns.brief(session, key))


def chosen(service: Service, brief: Brief | None, key: str | None) -> Brief:
    """The brief that was sent, checked as a file's is, or the one that is kept. Raises InputError and NotFound."""
    if brief is None:
        with service.database.read() as session:
            return campaigns.brief(session, key or "")
    try:
        return checked(service, brief)
    except InputError as error:
        raise InputError(*[Problem(f"brief.{fault.place}", fault.message) for fault in error.problems]) from None


def checked(service: Service, brief: Brief) -> Brief:
    """The brief, after the checks that its fields alone do not make. Raises InputError."""
    return reading.from_data(brief.model_dump(mode="json"), channels=service.catalogue)
