"""Files of results -> `Results`: what was shown at random against each other, and what each text earned.

Three kinds of file are read, told apart by their columns; CSV, JSONL (either may be .gz) and Parquet by their suffix:
the Upworthy Research Archive's tests, its headline pairs, and the product's own outcomes. Further columns are ignored.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from store.errors import InputError, Problem, shown
from training import table

ARCHIVE = ("clickability_test_id", "eyecatcher_id", "headline", "impressions", "clicks")
PAIRS = ("clickability_test_id", "headline_1", "headline_2", "higher_CTR")
OWN = ("test_id", "variant_id", "text", "impressions", "clicks")  # segment, channel and started_at may be there
SHAPES = {
    OWN: "a file of outcomes has test_id, variant_id, text, segment, channel, impressions, clicks"
    " (segment and channel may be left out)",
    ARCHIVE: f"a file of the Upworthy archive's tests has {', '.join(ARCHIVE)}",
    PAIRS: f"a file of the Upworthy archive's pairs has {', '.join(PAIRS)}",
}
CITATION = (
    "Matias, Munger, Aubin Le Quere, Ebersole (2021), The Upworthy Research Archive, a time series of 32,487 "
    "experiments in U.S. media, Scientific Data 8:195, doi 10.1038/s41597-021-00934-7 (CC BY 4.0)"
)
NEWS = "news_headline"  # the channel of the archive's texts
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
        rows = [[g.test, g.channel, *sorted(zip(g.texts, g.impressions, g.clicks, strict=True))] for g in self.groups]
        lines = sorted(json.dumps(row) for row in [*rows, *([pair.winner, pair.loser] for pair in self.pairs)])
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def within(self, clusters: Iterable[str]) -> "Results":
        """The part of these clusters."""
        kept = set(clusters)
        return Results(
            tuple(group for group in self.groups if group.cluster in kept),
            tuple(pair for pair in self.pairs if pair.cluster in kept),
        )


@dataclass(frozen=True)
class _Row:
    """One text in one test, whichever file it came from."""

    group: tuple[str, str, str]
    variant: str
    text: str
    impressions: int
    clicks: int
    joined: str
    week: str
    channel: str


def read(paths: Sequence[Path]) -> Results:
    """Read files of results as one.

    Rows of one text in one group are added up; the last row stands where the product's own file has a variant twice;
    a text that was never shown and a group left with one text say nothing and are left out. Raises InputError that
    names the file, row, column, value and remedy.
    """
    rows: dict[tuple[str, ...], _Row] = {}
    pairs: list[Pair] = []
    for path in paths:
        records = table.records(path)
        kind = _kind(path, list(records[0]))
        if kind == PAIRS:
            pairs += [_pair(path, number, record) for number, record in enumerate(records, 1)]
            continue
        for number, record in enumerate(records, 1):
            row = _row(path, number, record, archive=kind == ARCHIVE)
            rows[*row.group, row.variant] = row
    groups = sorted(_groups(rows.values()), key=lambda found: (found[0].test, found[0].channel, found[0].texts))
    results = _clustered(groups, sorted(pairs, key=lambda pair: (pair.winner, pair.loser)))
    if not results.groups and not results.pairs:
        raise InputError(
            Problem("", "no test has two texts that were shown; there is nothing to compare"), source=paths[0]
        )
    return results


def _kind(path: Path, columns: list[str]) -> tuple[str, ...]:
    """The kind of file with these columns. Raises InputError with what the nearest kind has, and what is missing."""
    kind = max(SHAPES, key=lambda kind: len(set(kind) & set(columns)) / len(kind))
    missing = [name for name in kind if name not in columns]
    if missing:
        are = "column is" if len(missing) == 1 else "columns are"
        raise InputError(Problem(", ".join(missing), f"{are} missing; {SHAPES[kind]}"), source=path)
    return kind


def _row(path: Path, number: int, record: table.Record, *, archive: bool) -> _Row:
    impressions, clicks = (table.count(path, number, record, column) for column in ("impressions", "clicks"))
    if clicks > impressions:
        message = f"{clicks} exceed the {impressions} impressions; a text cannot earn more clicks than it was shown"
        raise table.wrong(path, number, "clicks", message)
    if archive:
        return _archive_row(path, number, record, impressions, clicks)
    test, variant, text = (table.text(path, number, record, column) for column in ("test_id", "variant_id", "text"))
    segment, channel = (table.name(record, column) for column in ("segment", "channel"))
    week = table.week(path, number, record, "started_at")
    return _Row((test, segment, channel), variant, text, impressions, clicks, f"test {test}", week, channel)


def _archive_row(path: Path, number: int, record: table.Record, impressions: int, clicks: int) -> _Row:
    """A row of the archive, which has no id of its own: each counts, and those of one headline and image add up."""
    test, text = (table.text(path, number, record, column) for column in ("clickability_test_id", "headline"))
    image, week, near = (table.name(record, name) for name in ("eyecatcher_id", "test_week", "near_duplicate_cluster"))
    joined = f"cluster {near}" if near else f"test {test}"
    return _Row((test, image, NEWS), f"row {number}", text, impressions, clicks, joined, week, NEWS)


def _pair(path: Path, number: int, record: table.Record) -> Pair:
    test, first, second = (table.text(path, number, record, column) for column in PAIRS[:3])
    higher, near = (table.name(record, name) for name in ("higher_CTR", "near_duplicate_cluster"))
    if higher not in {"1", "1.0", "2", "2.0"}:
        raise table.wrong(
            path, number, "higher_CTR", f"{shown(higher)} should be 1 or 2, the headline that earned more"
        )
    winner, loser = (first, second) if higher[0] == "1" else (second, first)
    return Pair(winner, loser, f"cluster {near}" if near else f"test {test}")


def _groups(rows: Iterable[_Row]) -> Iterator[tuple[Group, set[str]]]:
    """Groups of two texts or more, each with the clusters that the file gave to its rows."""
    by_group: dict[tuple[str, ...], list[_Row]] = {}
    for row in rows:
        if row.impressions:
            by_group.setdefault(row.group, []).append(row)
    for same in by_group.values():
        totals: dict[str, tuple[int, int]] = {}
        for row in same:
            shown_before, clicks_before = totals.get(row.text, (0, 0))
            totals[row.text] = (shown_before + row.impressions, clicks_before + row.clicks)
        if len(totals) > 1:
            texts = sorted(totals)
            impressions, clicks = zip(*(totals[text] for text in texts), strict=True)
            first = same[0]
            group = Group(first.group[0], tuple(texts), impressions, clicks, "", first.week, first.channel)
            yield group, {row.joined for row in same}


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
