"""The noun `Duel`: two texts of one test, what their scores foretold, and which of them earned more."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import hypot, sqrt

from scipy.special import ndtr

from store.outcome import Reported
from training import seen
from training.ours import Foretold
from training.share import REACH, Share

BINS = 5  # from a half to 1


@dataclass(frozen=True)
class Duel:
    """Oriented so that the better score comes first."""

    chance: float
    """That the first is seen to earn more, half to 1, the chance of few clicks included."""
    won: bool


@dataclass(frozen=True)
class Bin:
    """Duels of which much the same was foretold."""

    chance: float
    """The mean of what was foretold."""
    seen: Share
    """How many of the better scores earned more."""


def between(arms: Sequence[tuple[Reported, Foretold]]) -> Iterator[Duel]:
    """Every two of one test that were scored side by side and earned unlike shares of clicks."""
    for (one, ahead), (other, behind) in combinations(arms, 2):
        if (ahead.field, ahead.checkpoint) != (behind.field, behind.checkpoint):
            continue
        if one.clicks * other.impressions == other.clicks * one.impressions or ahead.log_odds == behind.log_odds:
            continue
        better = one.clicks * other.impressions > other.clicks * one.impressions
        yield Duel(_chance(one, ahead, other, behind), better == (ahead.log_odds > behind.log_odds))


def _chance(one: Reported, ahead: Foretold, other: Reported, behind: Foretold) -> float:
    """That the better score is seen to earn more.

    The two differences from the field's mean are taken as independent, as in `store.ranking`; what chance does to few
    clicks has the variance of the delta method, as in `training.likelihood.log_rates`.
    """
    among = max(ahead.among, 2)
    deviation = hypot(ahead.width, behind.width) / 2 / REACH * sqrt(among / (among - 1))
    noise = 1 / (one.clicks + 0.5) + 1 / (other.clicks + 0.5)
    return float(ndtr(abs(ahead.log_odds - behind.log_odds) / sqrt(deviation**2 + noise)))


def unseen(
    arms: Iterable[tuple[Reported, Foretold]], texts: Mapping[str, Collection[int] | None]
) -> list[tuple[Reported, Foretold]]:
    """Those whose scorer was not trained on them; `texts` are the fingerprints of what each scorer was trained on.

    Of a scorer whose fingerprints are not known nothing is unseen.
    """
    return [
        (row, foretold)
        for row, foretold in arms
        if (known := texts.get(foretold.checkpoint)) is not None and seen.fingerprint(row.text) not in known
    ]


def reliability(duels: Iterable[Duel]) -> list[Bin]:
    """The duels by equal bins of what was foretold, the least sure first; empty bins are left out."""
    found: dict[int, tuple[float, Share]] = {}
    for duel in duels:
        place = min(int((duel.chance - 0.5) * 2 * BINS), BINS - 1)
        total, share = found.get(place, (0.0, Share(0, 0)))
        found[place] = (total + duel.chance, share + Share(int(duel.won), 1))
    return [Bin(total / share.whole, share) for _, (total, share) in sorted(found.items())]
