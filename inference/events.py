"""What the pipeline tells while it works."""

from dataclasses import dataclass

from store.campaign import Campaign
from store.states import State
from store.variants import Row


@dataclass(frozen=True)
class Started:
    """The campaign is in the store; `asked` variants are to come."""

    campaign: Campaign


@dataclass(frozen=True)
class Written:
    """One more variant is in the store, with what the checks found: blocked, or a draft to be chosen from."""

    row: Row
    done: int
    asked: int


@dataclass(frozen=True)
class Ranked:
    """All variants of one segment and channel are written, and it is chosen which are shown.

    `rows` has those that are shown with the best first, then those held back, then those blocked.
    """

    segment: str
    channel: str
    rows: list[Row]

    @property
    def shown(self) -> list[Row]:
        """Those that are shown."""
        return [row for row in self.rows if row.variant.state is State.PENDING]


@dataclass(frozen=True)
class Finished:
    """Everything is in the store."""

    campaign: Campaign


Event = Started | Written | Ranked | Finished
