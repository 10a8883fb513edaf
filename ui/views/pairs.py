"""Two variants side by side: which is better?"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from store import campaigns, preferences, variants
from store.brief import Brief
from store.channel import Channel
from store.database import Database
from store.errors import GlasbrukError, parse
from store.preference import Preference
from store.variant import Variant
from ui import card, shelf
from ui.page import render
from ui.place import Place
from ui.preview import preview
from ui.seat import Seat
from ui.views.notices import NAMELESS
from ui.views.sight import Notice

DONE = "No two of one segment and channel are left to compare here; other filters, or new copy, bring more."


class Side(NamedTuple):
    """One of the two, as it is shown."""

    key: str
    name: str
    press: str
    """The key that says it is the better one."""
    id: int
    mock: str
    fields: list[tuple[str, str]]


def settle(session: Session, place: Place, seat: Seat) -> Place:
    """The place with two to compare: its own, or the next that this reviewer has not compared; none where all are."""
    if place.variant and place.other:
        return place
    draw = preferences.following(session, shelf.asked(place, seat), seat.reviewer).draw
    both = {"variant": draw.left_id, "other": draw.right_id} if draw else {"variant": None, "other": None}
    return place.model_copy(update=both)


def markup(session: Session, place: Place, catalogue: Mapping[str, Channel], seat: Seat) -> str:
    """Both variants of a settled place, or why there are none."""
    rows = variants.rows(session, [place.variant or 0, place.other or 0])
    brief = _brief(session, rows[0].variant) if len(rows) == 2 else None
    if brief is None:
        return render("pair", sides=[], why=DONE)
    first = rows[0].variant
    channel = catalogue.get(first.channel)
    segment = next((each for each in brief.segments if each.name == first.segment), None)
    turn = preferences.following(session, shelf.asked(place, seat), seat.reviewer)
    named = zip(rows, (("left", "Left", "1"), ("right", "Right", "2")), strict=True)
    return render(
        "pair",
        sides=[_side(row.variant, name, channel, brief) for row, name in named],
        segment=first.segment,
        about=segment.cares_about if segment else "",
        channel=first.channel,
        channel_name=channel.name if channel else first.channel,
        left=turn.left,
        more=turn.more,
    )


def say(database: Database, place: Place, seat: Seat, better: str) -> tuple[Place, Notice]:
    """Store which of the two is better; the place with the next two, and what to tell."""
    if not (place.variant and place.other and seat.reviewer):
        return place, NAMELESS if place.variant else Notice(DONE, "wrong")
    lot = preferences.sides(place.variant, place.other, seat.reviewer)
    said = {"left_id": place.variant, "right_id": place.other, "better": better, "reviewer": seat.reviewer}
    try:
        word = parse(Preference, {**said, "seed": lot.seed})
        with database.write() as session:
            stored = preferences.say(session, word)
    except GlasbrukError as error:
        return _next(place), Notice(f"Nothing was stored: {error}.", "wrong")
    told = f"#{stored.chosen} is better" if stored.chosen else "Cannot say"
    return _next(place.after_deciding(f"c{stored.id}", None)), Notice(f"{told}: #{place.variant} and #{place.other}")


def undo(database: Database, place: Place, seat: Seat, name: str) -> tuple[Place, Notice]:
    """Take back the comparison of that name (`c12`); the place with its two, and what to tell."""
    place = place.model_copy(update={"done": tuple(one for one in place.done if one != name)})
    try:
        with database.write() as session:
            taken = preferences.undo(session, int(name[1:]), seat.reviewer)
    except GlasbrukError as error:
        return place, Notice(f"{error}.", "wrong")
    both = {"view": "pairs", "variant": taken.left_id, "other": taken.right_id}
    return place.model_copy(update=both), Notice(f"Taken back: #{taken.left_id} and #{taken.right_id}")


def _next(place: Place) -> Place:
    return place.model_copy(update={"variant": None, "other": None})


def _brief(session: Session, variant: Variant) -> Brief | None:
    run = variant.campaign_id
    return campaigns.brief_of(session, run) if run is not None else None


def _side(variant: Variant, name: tuple[str, str, str], channel: Channel | None, brief: Brief) -> Side:
    """The variant as it was written: an edit of it is another text."""
    mock: Any = preview(variant.fields, channel, brief) if channel else ""
    return Side(*name, variant.id or 0, mock, [(card.field_name(key), text) for key, text in variant.fields.items()])
