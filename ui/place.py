"""The noun `Place`: where a reviewer stands. It lives in the page's address, so that a refresh keeps it."""

from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl, urlencode

from pydantic import Field, ValidationError

from store.noun import Noun
from store.states import State
from store.variants import Query

PAGE = 20  # variants a page
PAGE_KEY = "p"  # Gradio has a use of its own for an address's `page`
REMEMBERED = 20  # decisions that Undo can walk back through

Number = Annotated[int, Field(ge=1, le=2**31 - 1)]  # what every database takes for an id
Sweep = Annotated[str, Field(pattern=r"^s[0-9a-f]{16}$")]  # the name of decisions made at once
Compared = Annotated[str, Field(pattern=r"^c[1-9][0-9]{0,9}$")]  # the id of a preference
View = Literal["list", "grid", "pairs"]

# Chances to beat the field, by the word that stands for them in the address.
CHANCES = {"better": (0.6, 1.0), "open": (0.4, 0.6), "worse": (0.0, 0.4)}


class Place(Noun):
    """The filters in force, the page and the variant that is open; an empty value does not filter."""

    campaign: Number | None = None
    segment: str = ""
    channel: str = ""
    state: State | None = State.PENDING
    code: str = ""
    who: str = ""
    score: Literal["", "better", "open", "worse"] = ""
    text: str = ""
    view: View = "list"
    """How the queue is looked at: one beneath the other, many beside each other, or two at a time to compare."""
    page: Number = 1
    variant: Number | None = None
    other: Number | None = None
    """The variant on the right, where two are compared."""
    done: tuple[Number | Sweep | Compared, ...] = ()
    """Variants, sweeps of them and comparisons decided from here, the latest first: what Undo goes back to."""

    @property
    def query(self) -> Query:
        """The filters, for the store."""
        least, greatest = CHANCES.get(self.score, (None, None))
        return Query(
            campaign_id=self.campaign,
            segment=self.segment or None,
            channel=self.channel or None,
            state=self.state,
            code=self.code or None,
            reviewer=self.who or None,
            chance_from=least,
            chance_to=greatest,
            text=self.text or None,
        )

    @property
    def narrowed(self) -> int:
        """How many filters are set otherwise than at first."""
        usual = Place()
        names = ("campaign", "segment", "channel", "state", "code", "who", "score", "text")
        return sum(getattr(self, name) != getattr(usual, name) for name in names)

    @property
    def offset(self) -> int:
        """How many variants come before this page."""
        return (self.page - 1) * PAGE

    def after_deciding(self, variant: int | str, following: int | None) -> "Place":
        """The place with `following` open, and `variant`, or a sweep, the next that Undo takes back."""
        return self.model_copy(update={"variant": following, "done": (variant, *self.done)[:REMEMBERED]})


def write(place: Place) -> str:
    """The place as an address's query: `campaign=3&variant=17`; what stands at its default is left out."""
    values = place.model_dump(exclude_defaults=True)
    if "state" in values:
        values["state"] = place.state or "any"
    if "page" in values:
        values[PAGE_KEY] = values.pop("page")
    if "done" in values:
        values["done"] = ".".join(map(str, place.done))
    return urlencode(values)


def read(address: str) -> Place:
    """The place in an address's query. What cannot be understood is left out: a mangled link opens the queue."""
    place = Place()
    for name, text in parse_qsl(address.removeprefix("?")):
        key = {PAGE_KEY: "page", "page": ""}.get(name, name)
        if key in Place.model_fields:
            place = _with(place, key, text)
    return place


def _with(place: Place, key: str, text: str) -> Place:
    value: Any = text
    if key == "done":
        value = tuple(part for part in text.split(".") if part)
    elif key == "state" and text == "any":
        value = None
    try:
        return Place.model_validate({**place.model_dump(), key: value})
    except ValidationError:
        return place
