"""What the Review view says of what was done, in words."""

from store.decision import Kind
from store.sweeps import Swept
from ui.place import Place
from ui.views.sight import Notice

SAID = {Kind.APPROVE: "Approved", Kind.EDIT: "Saved and approved", Kind.REJECT: "Rejected", Kind.UNDO: "Taken back"}
NAMELESS = Notice("Put your name at the top first.", "wrong")


def nameless(place: Place) -> Notice:
    """Why nothing is done: no variant is open, or it is not known who wants it."""
    return NAMELESS if place.variant else Notice("No variant is open.", "wrong")


def many(swept: Swept, why: str) -> str:
    """`37 variants; 2 left as they are: exported since`."""
    left = f"; {swept.left} left as they are: {why}" if swept.left else ""
    return f"{swept.done} {'variant' if swept.done == 1 else 'variants'}{left}"
