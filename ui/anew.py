"""The buttons of a card by which it is written again."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from inference import again
from inference.turns import Busy
from inference.wish import Way, Wish
from store.errors import GlasbrukError
from store.settings import Settings
from ui.page import render
from ui.writing import Workshop

LOADING = "The models are still loading; try again in a moment."
BUSY = "The models are busy with other requests; try again in a moment."


@dataclass(frozen=True)
class Anew:
    """What the card's script asks."""

    workshop: Workshop
    settings: Settings

    def again(self, asked: Sequence[Any]) -> str:
        """Write again from a variant, in a way, a field of it where that is the way, for who asks; what came of it."""
        variant, way, field = int(asked[0]), Way(asked[1]), str(asked[2])
        wish = Wish(variant, way, str(asked[3]).strip()[:120] or self.settings.reviewer, field)
        if self.workshop.models.loaded is None:
            return refused(LOADING)
        try:
            with self.workshop.models.turn() as parts:
                return render("again_told", rows=again.write(wish, parts, self.workshop.database))
        except Busy:
            return refused(BUSY)
        except GlasbrukError as error:
            return refused(f"{error}.")


def refused(message: str) -> str:
    """Why nothing was written."""
    return render("notice", message=message, tone="wrong")
