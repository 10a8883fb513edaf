"""Reports -> `Results`: what was shown at random against each other, and what each text earned.

They come from files (`training.reports` says which) or from the store.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from store import outcomes, pair, pairs
from store.columns import utc
from store.errors import InputError, Problem
from store.outcome import Reported
from training import reports, sifting, table
from training.reports import NEWS

CITATION = (
    "Matias, Munger, Aubin Le Quere, Ebersole (2021), The Upworthy Research Archive, a time series of 32,487 "
    "experiments in U.S. media, Scientific Data 8:195, doi 10.1038/s41597-021-00934-7 (CC BY 4.0)"
)
FAULTY_WEEKS = ("201326", "201402")  # first and last in which the archive's randomisation was faulty


@dataclass(frozen=True)
class Group:
    """Texts shown at random against each other: those of one test and image, or of one test, segment and channel."""

    test: str
    texts: tuple[str, ...]
    impressions: tuple[int, ...]
    clicks: tuple[int, ...]
    cluster: str
    """Groups and pairs that share a text, or that the file joins, have one cluster: never split it."""
    week: str = ""
    """Year and week, `201446`; empty where unknown."""
    channel: str = ""
    segment: str = ""

    @property
    def faulty(self) -> bool:
        """Whether it ran while the archive's randomisation was faulty (25 June 2013 to 10 January 2014)."""
        return self.channel == NEWS and FAULTY_WEEKS[0] <= self.week <= FAULTY_WEEKS[1]


@dataclass(frozen=True)
class Pair:
    """Two texts of one test of which one earned significantly more; the counts are not known."""

    winner: str
    loser: str
    cluster: str


@dataclass(frozen=True)
class Results:
    """Everything that a scorer learns from."""

    groups: tuple[Group, ...]
    pairs: tuple[Pair, ...] = ()

    @property
    def texts(self) -> list[str]:
        """Every text once, sorted."""
        in_groups = {text for group in self.groups for text in group.texts}
        return sorted(in_groups | {text for pair in self.pairs for text in (pair.winner, pair.loser)})

    @property
    def clusters(self) -> list[str]:
        """Every cluster once, sorted."""
        return sorted({group.cluster for group in self.groups} | {pair.cluster for pair in self.pairs})

    @property
    def hash(self) -> str:
        """sha256 of what was read, the same for any order of rows and any kind of file."""
        rows = [
            [g.test, g.channel, *filter(None, [g.segment]), *sorted(zip(g.texts, g.impressions, g.clicks, strict=True))]
            for g in self.groups
        ]
        lines = sorted(json.dumps(row) for row in [*rows, *([pair.winner, pair.loser] for pair in self.pairs)])
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def within(self, clusters: Iterable[str]) -> "Results":
        """The part of these clusters."""
        kept = set(clusters)
        return Results(
            tuple(group for group in self.groups if group.cluster in kept),
            tuple(pair for pair in self.pairs if pair.cluster in kept),
        )


def read(paths: Sequence[Path]) -> Results:
    """Read files of results as one.

    Rows of one text in one group are added up; the last row stands where the product's own file has a variant twice;
    a text that was never shown and a group left with one text say nothing and are left out. Raises InputError that
    names the file, row, column, value and remedy, also where a row cannot be.
    """
    rows: dict[tuple[str, ...], Reported] = {}
    found: list[pair.Pair] = []
    for path in paths:
        for batch in reports.read(path):
            for number, said in batch:
                if isinstance(said, pair.Pair):
                    found.append(said)
                elif said.reason:
                    raise table.wrong(path, number, *reports.complaint(said))
                else:
                    rows[said.test_id, said.segment, said.channel, said.variant_id] = said
    return _some(_results(rows.values(), found), str(paths[0]))


def of_store(session: Session) -> Results:
    """What the store has to learn from: what is set aside (`training.sifting`) is not among it. Raises InputError."""
    tests = sifting.sift(outcomes.stream(session))
    found = _results((row for test in tests for row in test.believed), pairs.stream(session))
    return _some(found, "the store")


def _some(results: Results, source: str) -> Results:
    if not results.groups and not results.pairs:
        message = "no test has two texts that were shown; there is nothing to compare"
        raise InputError(Problem("", message), source=source)
    return results


def _results(rows: Iterable[Reported], found: Iterable[pair.Pair]) -> Results:
    groups = sorted(_groups(rows), key=lambda found: _place(found[0]))
    duels = [Pair(one.winner, one.loser, _joined(one)) for one in found]
    return _clustered(groups, sorted(duels, key=lambda duel: (duel.winner, duel.loser)))


def _place(group: Group) -> tuple[object, ...]:
    """What a group is sorted by, so that the order of rows does not matter."""
    return group.test, group.segment, group.channel, group.texts, group.impressions, group.clicks


def _joined(said: Reported | pair.Pair) -> str:
    """What the report itself joins its test to: a cluster, or nothing else."""
    return f"cluster {said.cluster}" if said.cluster else f"test {said.test_id}"


def _week(started_at: datetime | None) -> str:
    """Year and ISO week in UTC, `202647`; empty where it is not known."""
    if started_at is None:
        return ""
    year, week, _ = utc(started_at).isocalendar()
    return f"{year}{week:02d}"


def _groups(rows: Iterable[Reported]) -> Iterator[tuple[Group, set[str]]]:
    """Groups of two texts or more, each with the clusters that the file gave to its rows."""
    by_group: dict[tuple[str, ...], list[Reported]] = {}
    for row in rows:
        if row.impressions:
            by_group.setdefault((row.test_id, row.segment, row.channel, row.image), []).append(row)
    for same in by_group.values():
        totals: dict[str, tuple[int, int]] = {}
        for row in same:
            shown_before, clicks_before = totals.get(row.text, (0, 0))
            totals[row.text] = (shown_before + row.impressions, clicks_before + row.clicks)
        if len(totals) > 1:
            texts = sorted(totals)
            impressions, clicks = zip(*(totals[text] for text in texts), strict=True)
            week = min(row.week or _week(row.started_at) for row in same)
            place = (same[0].channel, same[0].segment)
            group = Group(same[0].test_id, tuple(texts), impressions, clicks, "", week, *place)
            yield group, {_joined(row) for row in same}


def _clustered(groups: Sequence[tuple[Group, set[str]]], pairs: Sequence[Pair]) -> Results:
    """Give one cluster to all that share a text, or that the files join, directly or by way of others."""
    above: dict[str, str] = {}

    def root(key: str) -> str:
        while above.setdefault(key, key) != key:
            above[key] = above[above[key]]
            key = above[key]
        return key

    members = [(group.texts, given) for group, given in groups]
    members += [((pair.winner, pair.loser), {pair.cluster}) for pair in pairs]
    names = [[*sorted(given), *(f"text {text.casefold()}" for text in texts)] for texts, given in members]
    for same in names:
        for name in same[1:]:
            above[root(name)] = root(same[0])
    first_name: dict[str, str] = {}  # in alphabetical order, so that the order of rows does not matter
    for same in names:
        first_name[root(same[0])] = min(first_name.get(root(same[0]), same[0]), *same)
    found = [first_name[root(same[0])] for same in names]
    return Results(
        tuple(replace(group, cluster=cluster) for (group, _), cluster in zip(groups, found, strict=False)),
        tuple(replace(pair, cluster=cluster) for pair, cluster in zip(pairs, found[len(groups) :], strict=True)),
    )
