"""An edit in the making: what counts, checks and score say of it while it is typed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from inference import review
from inference.review import Look
from inference.turns import Turns
from store import claims
from store.channel import Channel
from store.database import Database
from store.errors import GlasbrukError
from store.score import Score
from ui import card, person
from ui.difference import difference
from ui.page import render
from ui.preview import preview

LONGEST = 20_000  # characters of one field that are looked at


@dataclass(frozen=True)
class Following:
    """What an editor is told while somebody types."""

    database: Database
    catalogue: Mapping[str, Channel]
    models: Turns

    def told(self, asked: Sequence[Any], request: Any) -> dict[str, Any]:
        """For a variant's id, its fields as typed, whether the score is hidden, and who types: each place's markup.

        `fields` has the count and the findings of each field, `mock` the preview, `rest` what is about the whole.
        """
        variant, typed, blind = int(asked[0]), {str(k): str(v)[:LONGEST] for k, v in asked[1].items()}, bool(asked[2])
        try:
            look = review.look(self.database, variant, typed, self.catalogue)
        except GlasbrukError as error:
            return {"rest": render("notice", message=str(error), tone="wrong")}
        self._keep(variant, person.named(request, str(asked[3])))
        rest = render("following", changes=_changes(look), general=_general(look), **self._score(look, blind))
        return {
            "fields": {key: _field(look, key, text) for key, text in typed.items() if key in look.channel.allowed},
            "mock": preview(look.fields, look.channel, look.brief),
            "rest": rest,
        }

    def _keep(self, variant: int, reviewer: str) -> None:
        """Whoever types still has it."""
        if reviewer:
            with self.database.write() as session:
                claims.take(session, variant, reviewer)

    def _score(self, look: Look, blind: bool) -> dict[str, Any]:
        """The scores before and after; none where they would anchor, or the models are not there to ask."""
        if blind and look.variant.state in card.UNDECIDED:
            return _rated("It shows once you have decided.")
        parts = self.models.loaded
        if parts is None:
            return _rated("It follows when the models are loaded.")
        return _rated("", *review.rate(look, parts.scorer))


def _rated(why: str, before: Score | None = None, after: Score | None = None) -> dict[str, Any]:
    return {"why": why, "before": before, "after": after, "percent": card.percent}


def _field(look: Look, key: str, text: str) -> dict[str, Any]:
    count = card.count(text, look.channel.allowed[key])
    own = [finding for finding in look.findings if finding.field == key]
    return {"words": count.words, "over": count.over, "cut": count.cut, "told": render("told", findings=own)}


def _general(look: Look) -> list[Any]:
    return [finding for finding in look.findings if finding.field not in look.fields]


def _changes(look: Look) -> list[tuple[str, list[Any]]]:
    """The fields that differ from what was written, each with its runs of words."""
    was, now = look.variant.fields, look.fields
    keys = [key for key in dict.fromkeys([*was, *now]) if was.get(key, "") != now.get(key, "")]
    return [(card.field_name(key), difference(was.get(key, ""), now.get(key, ""))) for key in keys]
