"""Which reports are believed: what cannot be is set aside, by row and by test, and told with its reason."""

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from scipy.special import chdtrc
from sqlalchemy.orm import Session

from store import outcomes, pairs
from store.outcome import Reason, Reported

STRICT = 0.001  # a p-value below it is a mismatch
EXPECTED = 5.0  # impressions that every arm must be due before the test is valid (Cochran 1954)


class Sifted(NamedTuple):
    """What is reported of one test, segment and channel."""

    rows: list[Reported]
    p: float
    """The chance of impressions at least as uneven as these, if who saw what was left to chance."""
    reason: Reason | None
    """Why nothing of the test is believed; None where what is believed can be compared."""

    @property
    def believed(self) -> list[Reported]:
        """The rows to learn from."""
        return [] if self.reason else [row for row in self.rows if not row.reason]


class SetAside(NamedTuple):
    """A row that nothing is learnt from."""

    row: Reported
    reason: Reason
    p: float
    """As in `Sifted`."""


class Summary(NamedTuple):
    """What the store holds of tests."""

    tests: int
    """Tests, segments and channels that there are reports of."""
    rows: int
    pairs: int
    """Of texts without counts."""
    set_aside_rows: Counter[Reason]
    set_aside_tests: Counter[Reason]
    worst: list[tuple[float, str]]
    """The `SHOWN` lowest p-values of mismatched tests, with their ids."""


SHOWN = 10


def sift(rows: Iterable[Reported]) -> Iterator[Sifted]:
    """Sift rows that come by test, segment and channel. Memory is that of the largest test."""
    for _, same in itertools.groupby(rows, lambda row: (row.test_id, row.segment, row.channel)):
        yield _sift(list(same))


def mismatch(arms: Iterable[tuple[int, float]]) -> float:
    """The p-value of a sample-ratio mismatch: impressions of each arm, and its part of the audience in any unit.

    Pearson's chi-square (1900) of the impressions against what the parts make them, with one degree of freedom less
    than there are arms; 1 where there are fewer than two arms, or too few impressions for it. A p-value below `STRICT`
    means that something other than chance chose who saw what, so that nothing can be learnt from the clicks either:
    Fabijan et al. (2019), "Diagnosing Sample Ratio Mismatch in Online Controlled Experiments", KDD; the threshold is
    that of Kohavi, Tang and Xu (2020), "Trustworthy Online Controlled Experiments", chapter 21. It is strict because
    it is asked of every test, and one that is thrown away wrongly is lost.
    """
    found = list(arms)
    if len(found) < 2:
        return 1.0
    scale = sum(shown for shown, _ in found) / sum(part for _, part in found)
    due = [(shown, part * scale) for shown, part in found]
    if min(expected for _, expected in due) < EXPECTED:
        return 1.0
    return float(chdtrc(len(due) - 1, sum((shown - expected) ** 2 / expected for shown, expected in due)))


def set_aside(session: Session) -> Iterator[SetAside]:
    """Yield every row of the store that nothing is learnt from, by test, segment, channel and variant."""
    for test in sift(outcomes.stream(session)):
        for row in test.rows:
            reason = row.reason or test.reason
            if reason:
                yield SetAside(row, reason, test.p)


def summary(session: Session) -> Summary:
    """Count what the store holds, and what of it is set aside."""
    tests = rows = 0
    by_row: Counter[Reason] = Counter()
    by_test: Counter[Reason] = Counter()
    worst: list[tuple[float, str]] = []
    for test in sift(outcomes.stream(session)):
        tests, rows = tests + 1, rows + len(test.rows)
        by_row.update(reason for row in test.rows if (reason := row.reason or test.reason))
        by_test.update([test.reason] if test.reason else [])
        if test.reason is Reason.MISMATCH:
            worst = sorted([*worst, (test.p, test.rows[0].test_id)])[:SHOWN]
    return Summary(tests, rows, pairs.count(session), by_row, by_test, worst)


def _sift(rows: list[Reported]) -> Sifted:
    """An arm that was never shown took no part; equal parts are expected where the file does not say otherwise."""
    arms = [row for row in rows if not row.reason and row.impressions]
    p = mismatch((row.impressions, row.share or 1.0) for row in arms)
    alone = Reason.ALONE if len(arms) < 2 else None
    return Sifted(rows, p, Reason.MISMATCH if p < STRICT else alone)
