"""What the desk reads from the store for one place: a page of the queue, and its neighbours."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy.orm import Session

from store import claims, variants
from store.claim import Claim
from store.states import State
from ui.place import PAGE, Place
from ui.seat import Seat


@dataclass(frozen=True)
class Shelf:
    """One page of the queue."""

    rows: tuple[variants.Row, ...]
    beyond: int | None
    """The first variant of the next page."""
    counts: dict[State, int]
    """How many there are in each state, whatever state is filtered for."""
    total: int
    """How many the filters let through."""
    taken: dict[int, Claim]
    """The variants that somebody else has open."""

    @property
    def pages(self) -> int:
        """How many pages the queue has, at least one."""
        return max(1, -(-self.total // PAGE))

    @property
    def ids(self) -> list[int]:
        """The variants of this page."""
        return _ids(self.rows)


def asked(place: Place, seat: Seat) -> variants.Query:
    """The filters of a place, without that of the score where it is not to be known."""
    return place.query.model_copy(update={"chance_from": None, "chance_to": None}) if seat.blind else place.query


def read(session: Session, place: Place, seat: Seat, *, counted: bool = True) -> Shelf:
    """The page of the queue at `place`: by score, or by age where the score is not to be known.

    What is not `counted` has no counts, which in a long queue take longest.
    """
    order: Literal["rank", "id"] = "id" if seat.blind else "rank"
    query = asked(place, seat)
    found = variants.find(session, query, limit=PAGE + 1, offset=place.offset, order=order)
    counts = variants.count(session, query.model_copy(update={"state": None})) if counted else {}
    total = sum(counts.values()) if place.state is None else counts.get(place.state, 0)
    beyond = _ids(found[PAGE:])
    held = claims.standing(session, _ids(found))
    taken = {variant: claim for variant, claim in held.items() if claim.reviewer != seat.reviewer}
    return Shelf(tuple(found[:PAGE]), beyond[0] if beyond else None, dict(counts), total, taken)


def settle(session: Session, place: Place, seat: Seat) -> tuple[Place, Shelf]:
    """The place with a page that exists and a variant that is open: its own, or the page's first that nobody has."""
    shelf = read(session, place, seat)
    if place.page > shelf.pages:
        place = place.model_copy(update={"page": shelf.pages})
        shelf = read(session, place, seat)
    if place.variant is None and shelf.rows:
        place = place.model_copy(update={"variant": _first_free(shelf, shelf.ids)})
    return place, shelf


def following(shelf: Shelf, variant: int | None) -> int | None:
    """The next after this one that nobody else has; from the page's first where this one has left the queue."""
    if variant not in shelf.ids:
        return _first_free(shelf, shelf.ids)
    ahead = [*shelf.ids, *([shelf.beyond] if shelf.beyond else [])]
    return _first_free(shelf, ahead[shelf.ids.index(variant) + 1 :])


def step(session: Session, place: Place, by: Literal[1, -1], seat: Seat) -> Place:
    """The place one variant on or back, over the page's edge where need be; the same at the queue's ends."""
    shelf = read(session, place, seat)
    if place.variant not in shelf.ids:
        return place.model_copy(update={"variant": following(shelf, None)})
    index = shelf.ids.index(place.variant) + by
    if 0 <= index < len(shelf.rows):
        return place.model_copy(update={"variant": shelf.ids[index]})
    turned = place.model_copy(update={"page": place.page + by, "variant": None})
    if not 1 <= turned.page <= shelf.pages:
        return place
    ids = read(session, turned, seat).ids
    return turned.model_copy(update={"variant": (ids[0] if by == 1 else ids[-1]) if ids else None})


def _first_free(shelf: Shelf, ids: Sequence[int]) -> int | None:
    """The first of `ids` that nobody else has open, else the first."""
    return next((variant for variant in ids if variant not in shelf.taken), ids[0] if ids else None)


def _ids(rows: Sequence[variants.Row]) -> list[int]:
    return [row.variant.id for row in rows if row.variant.id is not None]
