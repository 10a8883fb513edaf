"""Pairs from what people said of two variants side by side, all who compared them taken together."""

from collections import Counter
from collections.abc import Iterator

from sqlalchemy.orm import Session

from store import preferences
from training import decided
from training.pair import SAME_PLACE, SAME_PROMPT, Pair

Votes = dict[tuple[int, int], Counter[int | None]]


def pairs(session: Session, left_out: Counter[str]) -> Iterator[Pair]:
    """Yield each two variants of which most who compared them found one better, by their ids.

    The margin is the share of all who compared them by which the better one leads. `left_out` counts those of which
    nobody could say, or as many said the one as the other.
    """
    for (one, other), votes in sorted(_votes(session).items()):
        lead = votes[one] - votes[other]
        if not lead:
            left_out["no_preference"] += 1
            continue
        better, worse = (one, other) if lead > 0 else (other, one)
        chosen, rejected = decided.written(session, better), decided.written(session, worse)
        margin = SAME_PROMPT if chosen.prompt_hash == rejected.prompt_hash else SAME_PLACE
        yield Pair(chosen, rejected.id, rejected.fields, margin * abs(lead) / votes.total(), "comparison")


def _votes(session: Session) -> Votes:
    """How often each of two was found the better one; under None, how often nobody could say."""
    votes: Votes = {}
    for word in preferences.standing(session):
        votes.setdefault(word.pair, Counter())[word.chosen] += 1
    return votes
