"""The noun `Wanted`: how a brief is to be written, as the desk asks for it."""

from typing import Annotated

from pydantic import Field

from inference.order import Order
from store.brief import Brief
from store.noun import Noun
from store.settings import WriterSettings

MAX_SEED = 2**31 - 1
BOLDEST = 1.5  # the temperature at the bold end of the desk's slider; above it copy falls apart


class Wanted(Noun):
    """How much of each is to be shown, how boldly it is drawn, and from which seed."""

    n: Annotated[int, Field(ge=1, le=64)] = 8
    temperature: Annotated[float, Field(ge=0, le=2)]
    seed: Annotated[int, Field(ge=0, le=MAX_SEED)] = 0

    def order(self, brief: Brief, settings: WriterSettings, author: str) -> Order:
        """The order for a brief, with what the settings say of the rest."""
        sampling = settings.sampling.model_copy(update={"temperature": self.temperature})
        return Order(brief, self.n, self.seed, sampling, author, overgenerate=settings.overgenerate)
