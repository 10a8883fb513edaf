"""What the pipeline tells while it works."""

from dataclasses import dataclass

from store.campaign import Campaign
from store.variants import Row


@dataclass(frozen=True)
class Started:
    """The campaign is in the store; `asked` variants are to come."""

    campaign: Campaign


@dataclass(frozen=True)
class Written:
    """One more variant is in the store, with what the checks found."""

    row: Row
    done: int
    asked: int


@dataclass(frozen=True)
class Ranked:
    """All variants of one segment and channel are written, and those that passed are scored; the best come first."""

    segment: str
    channel: str
    rows: list[Row]


@dataclass(frozen=True)
class Finished:
    """Everything is in the store."""

    campaign: Campaign


Event = Started | Written | Ranked | Finished
