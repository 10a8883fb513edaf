"""The noun `Claim`."""

from datetime import datetime

from store.noun import Noun


class Claim(Noun):
    """That somebody has a variant open, so that others look at another one. It forbids nothing, and it lapses."""

    variant_id: int
    reviewer: str
    until: datetime
