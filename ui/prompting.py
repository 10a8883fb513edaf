"""What the model will be told: the prompt of a brief in the making, for a segment, a channel and an angle."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from inference.angles import candidates
from inference.turns import Turns
from prompts.render import render as prompt_of
from store.angle import Angle
from store.brief import Brief
from store.channel import Channel
from store.errors import InputError
from ui import typed
from ui.drafting import faults
from ui.page import render


@dataclass(frozen=True)
class Prompting:
    """What is looked at with."""

    catalogue: Mapping[str, Channel]
    models: Turns

    def prompted(self, asked: Sequence[Any]) -> dict[str, Any]:
        """The prompt of what was typed for a segment, a channel and a claim; for the first of what is not there.

        Where the brief is not right yet, what is to be mended first.
        """
        try:
            brief = typed.of_text(str(asked[0])).sketch.brief(self.catalogue)
        except InputError as error:
            return {"prompt": faults(error.problems)}
        return {"prompt": self._prompt(brief, *map(str, asked[1:4]))}

    def _prompt(self, brief: Brief, segment: str, channel: str, claim: str) -> str:
        names = [one.name for one in brief.segments]
        readers = brief.segment(segment if segment in names else names[0])
        place = self.catalogue[channel if channel in brief.channels else brief.channels[0]]
        angles = self._angles(brief, readers.name)
        angle = next((one for one in angles if one.claims == (claim,)), angles[0])
        parts = self.models.loaded
        return render(
            "prompt",
            prompt=prompt_of(brief, place, readers, angle, shots=parts.writer.shots if parts else True),
            segment=readers.name,
            channel=place.id,
            angle=angle,
            segments=names,
            channels={name: self.catalogue[name].name for name in brief.channels},
            angles=angles,
            loaded=parts is not None,
        )

    def _angles(self, brief: Brief, segment: str) -> list[Angle]:
        """What copy for a segment may carry: the likeliest first where the models are there to ask, then the rest."""
        claims, parts = candidates(brief), self.models.loaded
        ranked = parts.chooser.choose(brief, len(claims))[segment] if parts else []
        first = {angle.claims: angle for angle in ranked}
        rest = [Angle(claims=(claim,), relevance=0.0, reason="") for claim in claims if (claim,) not in first]
        return [*first.values(), *rest]
