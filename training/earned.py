"""What copy earned: click-through by segment and channel, wins and losses within tests, and what was foretold of both.

One pass over the outcomes, test by test: memory is that of the largest test, however many there are.
"""

import heapq
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from sqlalchemy.orm import Session

from store import growing
from store.outcome import Reason, Reported
from store.tables import OutcomeRow
from training import duel, ours, sifting
from training.arm import Arm, arms
from training.duel import Duel
from training.ours import Ours
from training.share import Share
from training.sifting import Sifted
from training.window import Window

ELSEWHERE = "elsewhere"  # who wrote what is not from this store
NO_WORD = "seen_or_unknown_scorer"  # of a text that says nothing of the scorer
STRONGEST = 6  # wins, and as many losses, that are named
AT_ONCE = 2_000  # rows fetched together
COLUMNS = ("test_id", "segment", "channel", "variant_id", "text", "image", "impressions", "clicks", "share", "reason")

Place = tuple[str, str]
"""Segment and channel."""


@dataclass
class Earned:
    """The totals, filled as the tests come."""

    reach: dict[Place, Share] = field(default_factory=dict)
    """Clicks of impressions."""
    tests: Counter[Place] = field(default_factory=Counter)
    verdicts: dict[str, Counter[str]] = field(default_factory=dict)
    """By who wrote: how many texts `won` against the rest of their test, `lost`, or of which one `cannot tell`."""
    wins: list[Arm] = field(default_factory=list)
    """The clearest, the clearest first."""
    losses: list[Arm] = field(default_factory=list)
    duels: list[Duel] = field(default_factory=list)
    """Between texts that the scorer had not seen."""
    left_out: Counter[str] = field(default_factory=Counter)
    """Rows by the reason for which they count nowhere, and scored texts that say nothing of the scorer."""


def read(session: Session, window: Window, texts: Mapping[str, Collection[int] | None]) -> Earned:
    """Sum up the outcomes of a window.

    `texts` are the fingerprints of what each scorer was trained on, by its id; None where they are not known. Tests
    that are set aside as mismatched (`training.sifting`) count nowhere. Of a campaign, only its own texts count, beside
    whatever they were shown against.
    """
    known, found = ours.read(session), Earned()
    for test in sifting.sift(_stream(session, window)):
        _add(found, test, known, window.campaign_id, texts)
    return found


def _stream(session: Session, window: Window) -> Iterator[Reported]:
    """The newest totals by test, as bare rows: what the store has checked once is not checked again."""
    columns = [getattr(OutcomeRow, name) for name in COLUMNS]
    query = growing.newest(OutcomeRow, *window.outcomes()).with_only_columns(*columns).order_by(*columns[:4])
    return cast("Iterator[Reported]", session.execute(query.execution_options(yield_per=AT_ONCE)))


def _add(
    found: Earned,
    test: Sifted,
    known: Mapping[str, Ours],
    campaign: int | None,
    texts: Mapping[str, Collection[int] | None],
) -> None:
    """Add what one test came to."""
    if test.reason is Reason.MISMATCH:
        found.left_out[test.reason] += len(test.rows)
        return
    believed = [row for row in test.rows if not row.reason and row.impressions]
    found.left_out.update(str(row.reason) for row in test.rows if row.reason)
    mine = {row.variant_id: one for row in believed if (one := known.get(row.variant_id)) and one.says(row.text)}
    counted = [row for row in believed if campaign is None or _of(mine.get(row.variant_id), campaign)]
    _add_reach(found, counted)
    compared = {(row.variant_id, row.image) for row in counted}
    for arm in arms(believed):
        if (arm.variant_id, arm.image) in compared:
            _add_verdict(found, arm, mine.get(arm.variant_id))
    _add_duels(found, counted, mine, texts)


def _of(one: Ours | None, campaign: int) -> bool:
    return one is not None and one.campaign_id == campaign


def _add_reach(found: Earned, rows: Sequence[Reported]) -> None:
    if rows:
        place = rows[0].segment, rows[0].channel
        total = Share(sum(row.clicks for row in rows), sum(row.impressions for row in rows))
        found.reach[place] = found.reach.get(place, Share(0, 0)) + total
        found.tests[place] += 1


def _add_verdict(found: Earned, arm: Arm, one: Ours | None) -> None:
    """Count an arm under its writer, and keep it where it is among the clearest."""
    found.verdicts.setdefault(one.writer if one else ELSEWHERE, Counter())[arm.verdict] += 1
    if arm.verdict == "won":
        found.wins = heapq.nlargest(STRONGEST, [*found.wins, arm], key=lambda each: each.z)
    elif arm.verdict == "lost":
        found.losses = heapq.nsmallest(STRONGEST, [*found.losses, arm], key=lambda each: each.z)


def _add_duels(
    found: Earned, rows: Sequence[Reported], mine: Mapping[str, Ours], texts: Mapping[str, Collection[int] | None]
) -> None:
    scored = [
        (row, mine[row.variant_id].foretold) for row in rows if row.variant_id in mine and mine[row.variant_id].foretold
    ]
    fresh = duel.unseen([(row, foretold) for row, foretold in scored if foretold], texts)
    found.left_out[NO_WORD] += len(scored) - len(fresh)
    by_image: dict[str, list[tuple[Reported, ours.Foretold]]] = {}
    for row, foretold in fresh:
        by_image.setdefault(row.image, []).append((row, foretold))
    for same in by_image.values():
        found.duels.extend(duel.between(same))
