"""The noun `Pair`."""

from typing import Annotated

from pydantic import Field

from store.noun import Noun
from store.outcome import Id, Name

Text = Annotated[str, Field(min_length=1, max_length=10_000)]


class Pair(Noun):
    """Two texts of one test of which one earned significantly more; the counts are not known."""

    test_id: Id
    winner: Text
    loser: Text
    image: Name = ""
    cluster: Name = ""
    """As in `store.outcome`, and so is the image."""
