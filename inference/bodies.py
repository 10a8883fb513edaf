"""What the HTTP API is sent and answers, as nouns."""

from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from store import variants
from store.brief import Brief
from store.campaign import Campaign
from store.comment import LONGEST
from store.decision import Decision, Kind
from store.finding import Finding
from store.noun import Noun
from store.outcome import Reason, Reported
from store.score import Score
from store.states import State
from store.variant import Variant

MAX_ID = 2**31 - 1  # the largest that PostgreSQL's integer holds
PAGE = 500  # variants in one answer

BRIEF_KEY = "^[0-9a-f]{16}$"
NAMED = "Whose doing it is. With a key it is its holder's, whatever stands here."

Text = Annotated[str, Field(min_length=1, max_length=2_000)]
EXAMPLE_BRIEF = {
    "name": "Autumn boxes",
    "brand": "Skördelådan",
    "product": "A weekly box of vegetables from farms within 100 km, left at the door",
    "facts": ["Every box holds 6 to 8 vegetables", "Pause or stop any week"],
    "offer": "20% off the first box",
    "call_to_action": "Order your first box",
    "segments": [{"name": "Busy parents", "cares_about": "Dinner on the table without a trip to the shop"}],
    "channels": ["email"],
}


EITHER: dict[str, Any] = {"oneOf": [{"required": ["brief"]}, {"required": ["brief_key"]}]}  # for the description


def _example(**body: Any) -> ConfigDict:
    """The configuration of a request's noun, with an example for the docs."""
    described: dict[str, Any] = {"examples": [body], **(EITHER if "brief" in body else {})}
    return ConfigDict(json_schema_extra=described)


class OfBrief(Noun):
    """A request about a brief: one that is sent, or the key of one that is kept."""

    brief: Brief | None = None
    brief_key: Annotated[str, Field(pattern=BRIEF_KEY, description="Instead of `brief`.")] | None = None

    @model_validator(mode="after")
    def _one_brief(self) -> Self:
        if (self.brief is None) == (self.brief_key is None):
            raise ValueError("give either brief or brief_key")
        return self


class CopyRequest(OfBrief):
    """What to write: a brief, or the key of one that is stored, and how much of it."""

    model_config = _example(brief=EXAMPLE_BRIEF, n=4, seed=7)

    segments: Annotated[tuple[Text, ...], Field(max_length=64, description="Names; all of the brief's if empty.")] = ()
    channels: Annotated[tuple[Text, ...], Field(max_length=32, description="Ids; all of the brief's if empty.")] = ()
    n: Annotated[int, Field(ge=1, le=64, description="Variants to show for each segment and channel.")] = 8
    overgenerate: (
        Annotated[int, Field(ge=1, le=64, description="How many times `n` are written; as set if null.")] | None
    ) = None
    seed: Annotated[int, Field(ge=0, le=MAX_ID, description="The same seed gives the same copy.")] = 0
    temperature: Annotated[float, Field(ge=0, le=2, description="How boldly; as set if null.")] | None = None
    author: Annotated[str, Field(min_length=1, max_length=120, description=NAMED)] | None = None
    stream: Annotated[bool, Field(description="Whether to tell of each step as an event.")] = False


class Shown(Noun):
    """A variant with what belongs to it."""

    variant: Variant
    findings: tuple[Finding, ...]
    score: Score | None
    decision: Decision | None
    """The one that stands."""
    fields: dict[str, str]
    """What is shown: the edited text where the decision that stands is an edit, else the variant's own."""


class CopyAnswer(Noun):
    """What was written."""

    campaign: Campaign
    variants: tuple[Shown, ...]
    """What is up for review, the best first. `/v1/variants` has what is in reserve or blocked, and why."""
    counts: dict[State, int]
    """How many were written, by the state they are in."""


class RankedEvent(Noun):
    """That all variants of one segment and channel are written, and which are shown: those first, the best first."""

    segment: str
    channel: str
    variants: tuple[Shown, ...]


class ScoreRequest(Noun):
    """Texts of one field, to be compared with each other."""

    model_config = _example(texts=["Dinner, sorted", "Fresh vegetables at your door every week"], channel="email")

    texts: Annotated[tuple[Text, ...], Field(min_length=1, max_length=10_000)]
    segment: Annotated[str, Field(max_length=80)] = ""
    channel: Annotated[str, Field(max_length=80)] = ""


class ScoreAnswer(Noun):
    """A score for each text, in the order of the texts."""

    checkpoint: str
    scores: tuple[Score, ...]


Fields = Annotated[
    dict[Annotated[str, Field(max_length=80)], Annotated[str, Field(max_length=10_000)]], Field(max_length=200)
]


class Piece(Noun):
    """Copy for one channel."""

    channel: Text
    segment: Annotated[str, Field(max_length=80)] = ""
    fields: Fields


class CheckRequest(OfBrief):
    """Copy to be checked, and the brief that says what it may claim."""

    model_config = _example(
        brief=EXAMPLE_BRIEF,
        pieces=[{"channel": "email", "fields": {"subject": "73% off", "preheader": "Order your first box"}}],
    )

    pieces: Annotated[tuple[Piece, ...], Field(min_length=1, max_length=PAGE)]


class Checked(Noun):
    """What the checks say of one piece."""

    passes: bool
    """Whether nothing blocks it."""
    findings: tuple[Finding, ...]


class CheckAnswer(Noun):
    """What the checks say of each piece, in the order of the pieces."""

    pieces: tuple[Checked, ...]


class Pages(Noun):
    """Which page of a list."""

    limit: Annotated[int, Field(ge=1, le=PAGE)] = 100
    offset: Annotated[int, Field(ge=0, le=MAX_ID)] = 0


class Filter(variants.Query):
    """Which variants, and which page of them."""

    campaign_id: Annotated[int, Field(ge=1, le=MAX_ID)] | None = None
    limit: Annotated[int, Field(ge=1, le=PAGE)] = 100
    offset: Annotated[int, Field(ge=0, le=MAX_ID)] = 0
    order: Annotated[Literal["rank", "id"], Field(description="`rank`: the highest score first.")] = "rank"


class Page(Noun):
    """A page of variants, and how many match in each state altogether."""

    variants: tuple[Shown, ...]
    counts: dict[State, int]


class DecisionRequest(Noun):
    """A person's word on a variant."""

    model_config = _example(kind="edit", reviewer="ada", reason="shorter", fields={"subject": "Dinner, sorted"})

    kind: Annotated[Kind, Field(description="`undo` takes back the decision that stands.")]
    reviewer: Annotated[str, Field(min_length=1, max_length=120, description=NAMED)] | None = None
    reason: Annotated[str, Field(max_length=2_000)] = ""
    fields: Annotated[Fields, Field(description="All fields as they are to be, where `kind` is `edit`.")] | None = None


class BringBackRequest(Noun):
    """Who wants to see a variant again."""

    model_config = _example(reviewer="ada")

    reviewer: Annotated[str, Field(min_length=1, max_length=120, description=NAMED)] | None = None


class CommentRequest(Noun):
    """What somebody says of a variant to the others."""

    model_config = _example(text="Is the van free on Sundays?", reviewer="ada")

    text: Annotated[str, Field(min_length=1, max_length=LONGEST)]
    reviewer: Annotated[str, Field(min_length=1, max_length=120, description=NAMED)] | None = None


class OutcomesRequest(Noun):
    """Totals of tests, as they are now."""

    model_config = _example(
        outcomes=[
            {"test_id": "week 48", "variant_id": "17", "text": "Dinner, sorted", "impressions": 900, "clicks": 31},
            {"test_id": "week 48", "variant_id": "18", "text": "Eight greens", "impressions": 912, "clicks": 24},
        ]
    )

    outcomes: Annotated[tuple[Reported, ...], Field(min_length=1, max_length=5_000)]


class SetAside(Noun):
    """A row that nothing is learnt from."""

    index: int
    """Which of the rows sent, from 0."""
    reason: Reason


class OutcomesAnswer(Noun):
    """What was taken in."""

    added: int
    """Rows of a text, test, segment and channel that was not known."""
    changed: int
    unchanged: int
    set_aside: tuple[SetAside, ...]


class Health(Noun):
    """That the server answers, and whether its models are loaded."""

    status: Literal["ok"] = "ok"
    models_loaded: bool


def shown(row: variants.Row) -> Shown:
    """A row of the store as the API answers it."""
    return Shown(**row._asdict())
