"""What the Results view draws, from what was counted: figures, in the order of the page."""

from collections.abc import Iterable, Mapping

from training import duel
from training.arm import Arm
from training.earned import NO_WORD, Earned
from training.reviewed import Judged, Reviewed, Spread
from training.share import Share
from ui.figure import Axis, Figure, Mark, span
from ui.plain import percent

MOST = 40  # rows that are drawn of one figure; the CSV has all
WILSON = "Intervals are 90 %, Wilson's (1927)"
NO_OUTCOMES = "No outcome is known here. Bring them in with: glasbruk import results FILE, or POST /v1/outcomes."
NO_DECISIONS = "Nothing is decided here yet. Open Review and decide on some copy, or widen the filters."
NO_DUELS = (
    "It takes two texts of one campaign, segment and channel that were scored together, shown in one test, and never "
    "learnt from by that scorer. Bring in the results of such a test first."
)


def outcomes(earned: Earned) -> list[Figure]:
    """What copy earned, and how well that was foretold."""
    return [_reach(earned), _verdicts(earned), _clearest(earned), _reliability(earned)]


def decisions(reviewed: Reviewed) -> list[Figure]:
    """What reviewers made of copy."""
    return [
        *(_judged(by, parts) for by, parts in reviewed.judged.items()),
        _changed(reviewed.changed),
        _waited(reviewed.waited),
    ]


def said(share: Share, digits: int = 0) -> str:
    """`72 % (65 to 78 %) of 1,200`."""
    low, high = share.interval
    return f"{share.value:.{digits}%} ({100 * low:.{digits}f} to {high:.{digits}%}) of {share.whole:,}".replace(
        "%", " %"
    )


def _shares(share: Share) -> tuple[float, float, float]:
    return (share.value, *share.interval)


def _reach(earned: Earned) -> Figure:
    found = sorted(earned.reach.items(), key=lambda item: (item[0][1], -item[1].value))
    drawn = {place for place, _ in sorted(found, key=lambda item: -item[1].whole)[:MOST]}
    marks = [
        Mark(segment or "no segment", said(share, 2), *_shares(share), group=channel or "no channel")
        for (segment, channel), share in found
        if (segment, channel) in drawn
    ]
    more = f" Drawn: the {MOST} with most impressions; the CSV has all." if len(found) > MOST else ""
    return Figure(
        key="click-through",
        title="Click-through by channel and segment",
        about=f"Clicks of impressions, all tests together. {WILSON}, and take impressions as independent: what differs "
        f"between tests is not in them.{more}",
        kind="ranges",
        columns=("channel", "segment", "tests", "clicks", "impressions", "click_through_rate", "low_90", "high_90"),
        rows=tuple(
            (channel, segment, earned.tests[segment, channel], share.part, share.whole, *_shares(share))
            for (segment, channel), share in found
        ),
        marks=tuple(marks),
        axis=Axis(0.0, span([mark.high for mark in marks] + [0.0], least=0.001)[1], "%"),
        empty=NO_OUTCOMES,
    )


def _verdicts(earned: Earned) -> Figure:
    order = ("won", "cannot tell", "lost")
    found = [(writer, tuple(verdicts[name] for name in order)) for writer, verdicts in sorted(earned.verdicts.items())]
    return Figure(
        key="wins-and-losses",
        title="Wins and losses, by who wrote",
        about="Each text against the rest of its test (with the same image): won or lost where their odds of a click "
        "differ by p < 0.05. By chance alone 1 in 40 wins and 1 in 40 loses.",
        kind="stacks",
        columns=("writer", "won", "cannot_tell", "lost"),
        rows=tuple((writer, *counts) for writer, counts in found),
        marks=tuple(
            _stack(writer, counts, f"{counts[0]:,} won, {counts[2]:,} lost of {sum(counts):,}")
            for writer, counts in found
        ),
        legend=order,
        empty=NO_OUTCOMES,
    )


def _stack(name: str, counts: tuple[int, ...], told: str) -> Mark:
    whole = sum(counts) or 1
    return Mark(name, told, parts=tuple(round(100 * count / whole, 2) for count in counts))


def _clearest(earned: Earned) -> Figure:
    arms = [*earned.wins, *reversed(earned.losses)]
    ends = [end for arm in arms for end in arm.interval]
    low, high = min([-0.05, *ends]), max([0.05, *ends])
    air = 0.04 * (high - low)
    return Figure(
        key="clearest",
        title="The clearest wins and losses",
        about="Change in the odds of a click against the rest of the test, 90 % interval (Woolf 1955). The clearest of "
        "many are partly luck: expect less of them next time.",
        kind="ranges",
        columns=("verdict", "test", "segment", "channel", "text", "log_odds", "low_90", "high_90"),
        rows=tuple(
            (arm.verdict, arm.test_id, arm.segment, arm.channel, arm.text, arm.difference, *arm.interval)
            for arm in arms
        ),
        marks=tuple(_clear(arm) for arm in arms),
        axis=Axis(low - air, high + air, "change"),
        empty="No text differs clearly from the rest of its test.",
    )


def _clear(arm: Arm) -> Mark:
    low, high = arm.interval
    told = f"{percent(arm.difference)} ({percent(low)} to {percent(high)})"
    return Mark(arm.text, told, arm.difference, low, high, group={"won": "Won", "lost": "Lost"}[arm.verdict])


def _reliability(earned: Earned) -> Figure:
    bins = duel.reliability(earned.duels)
    right = Share(sum(one.won for one in earned.duels), len(earned.duels))
    left = earned.left_out[NO_WORD]
    skipped = f" {left:,} shown texts are left out: their scorer had seen them, or is not here." if left else ""
    return Figure(
        key="reliability",
        title="How well the score ranked",
        about="Of two texts of one test, the chance that the better score would earn more, against how often it did. "
        f"On the line, it knows how sure it is. The better score was right {said(right)} pairs; those of one test "
        f"are not independent. {WILSON}.{skipped}",
        kind="square",
        columns=("foretold", "pairs", "earned_more", "share", "low_90", "high_90"),
        rows=tuple((one.chance, one.seen.whole, one.seen.part, *_shares(one.seen)) for one in bins),
        marks=tuple(
            Mark(f"foretold {one.chance:.0%}".replace("%", " %"), said(one.seen), *_shares(one.seen), across=one.chance)
            for one in bins
        ),
        axis=Axis(0.0, 1.0, "%"),
        empty=NO_DUELS,
    )


def _judged(by: str, parts: Mapping[str, Judged]) -> Figure:
    found = sorted(parts.items(), key=lambda item: -item[1].approved.whole)
    return Figure(
        key=f"approval-by-{by}",
        title=f"Approved, by {by}",
        about=f"Of all decided: approved as written, approved after an edit, rejected. {WILSON}, of both approved.",
        kind="stacks",
        columns=(by, "as_written", "edited", "rejected", "approved", "low_90", "high_90"),
        rows=tuple((name, one.as_written, one.edited, one.rejected, *_shares(one.approved)) for name, one in found),
        marks=tuple(
            _stack(name, (one.as_written, one.edited, one.rejected), f"approved {said(one.approved)}")
            for name, one in found[:MOST]
        ),
        legend=("as written", "edited", "rejected"),
        empty=NO_DECISIONS,
    )


def _changed(weeks: Mapping[str, Spread]) -> Figure:
    return Figure(
        key="edit-distance",
        title="How much edits change",
        about="Words put in, taken out or replaced, for each hundred words of the original: the middle edit of each "
        "week, and the middle half of them.",
        kind="course",
        columns=("week", "edits", "lower_quarter", "median", "upper_quarter"),
        rows=tuple((week, one.count, one.low, one.median, one.high) for week, one in weeks.items()),
        marks=tuple(
            Mark(week, f"{one.median:.0f} ({one.low:.0f} to {one.high:.0f}), {one.count:,} edits", one.median, one.low,
                 one.high, across=0.5 if len(weeks) == 1 else place / (len(weeks) - 1))
            for place, (week, one) in enumerate(weeks.items())
        ),
        axis=Axis(0.0, span([one.high for one in weeks.values()], least=10.0)[1]),
        empty="Nothing was edited here. An edit at Review shows how far copy is from what you would send.",
    )  # fmt: skip


def _waited(waits: Iterable[tuple[str, int]]) -> Figure:
    rows = tuple(waits)
    whole = sum(count for _, count in rows) or 1
    return Figure(
        key="time-to-decision",
        title="Time to decision",
        about="From when a variant was written until the decision that stands, nights included.",
        kind="bars",
        columns=("waited", "variants"),
        rows=rows,
        marks=tuple(Mark(name, f"{count:,}", at=count / whole) for name, count in rows),
        axis=Axis(0.0, max((count / whole for _, count in rows), default=1.0)),
        empty=NO_DECISIONS,
    )
