"""Comments, as the Review view takes them in."""

from store import comments
from store.comment import Comment
from store.database import Database
from store.errors import GlasbrukError, parse
from ui.place import Place
from ui.seat import Seat
from ui.views.notices import nameless
from ui.views.sight import Notice


def say(database: Database, place: Place, seat: Seat, text: str) -> tuple[Notice, str]:
    """Store a comment on the open variant; what to tell, and the text where it was not stored."""
    if place.variant is None or not seat.reviewer:
        return nameless(place), text
    try:
        comment = parse(Comment, {"variant_id": place.variant, "author": seat.reviewer, "text": text})
        with database.write() as session:
            comments.add(session, comment)
    except GlasbrukError as error:
        return Notice(f"Not said: {error}.", "wrong"), text
    return Notice(f"Said of #{place.variant}"), ""
