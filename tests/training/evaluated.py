"""Places with rows that were written by hand, for the tests of evaluations."""

from collections.abc import Sequence
from functools import cache

from store.angle import Angle
from store.states import State
from store.variant import Variant
from store.variants import Row
from training import corpus
from training.corpus import CorpusBrief
from training.evaluation_draw import Site
from training.evaluation_run import Place

BRIEF = "pennyrook"  # a test brand


@cache
def briefs() -> dict[str, CorpusBrief]:
    return corpus.briefs()


def brief() -> CorpusBrief:
    return briefs()[BRIEF]


def row(fields: dict[str, str], state: State = State.PENDING, *, claim: int = 0, channel: str = "email") -> Row:
    """A row for the first segment of the brief that carries its fact number `claim`."""
    angle = Angle(claims=(brief().brief.facts[claim],), relevance=0, reason="")
    segment = brief().brief.segments[0].name
    made = Variant(segment=segment, channel=channel, angle=angle, fields=fields, checkpoint="hand", state=state)
    return Row(variant=made, findings=(), score=None, decision=None, fields=fields)


def place(rows: Sequence[Row], *, of: str = BRIEF, channel: str = "email", segment: int = 0) -> Place:
    site = Site(brief=of, segment=briefs()[of].brief.segments[segment].name, channel=channel)
    return Place(key=f"{of} {channel} {segment}", site=site, rows=tuple(rows), seconds=2.0)
