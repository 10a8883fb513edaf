"""What a campaign is made from: the `Order` says what is wanted, the `Parts` do the work."""

from dataclasses import dataclass, field

from inference.angles import AngleChooser
from inference.approval import Approver, FakeApprover
from inference.scorer import Scorer
from inference.writer import Writer
from store.brief import Brief
from store.channel import Channel
from store.variant import Sampling


@dataclass(frozen=True)
class Parts:
    """What a campaign is written with."""

    writer: Writer
    scorer: Scorer
    chooser: AngleChooser
    catalogue: dict[str, Channel]
    approver: Approver = field(default_factory=FakeApprover)


@dataclass(frozen=True)
class Order:
    """What is wanted: `n` variants to show for each segment and channel of the brief, or of those named here."""

    brief: Brief
    n: int = 8
    seed: int = 0
    sampling: Sampling = field(default_factory=Sampling)
    author: str = ""
    segments: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    overgenerate: int = 1
    """How many times `n` are written, for the best to be chosen from; with 1, all that pass the checks are shown."""

    @property
    def each(self) -> int:
        """How many are written for each segment and channel."""
        return self.n * self.overgenerate

    @property
    def size(self) -> int:
        """How many are written in all."""
        return self.each * len(self.segments or self.brief.segments) * len(self.channels or self.brief.channels)
