"""The house corpus: what every row must be, and how much the whole may repeat itself.

Measured on the 2,667 rows: none is blocked by a check; the commonest opening of three words begins 4 rows (0.15 %);
94.7 % of the 82,442 runs of four words are distinct; the two closest rows of one brand share 41 % of theirs.
The bars below stand just outside these figures.
"""

import hashlib
import itertools
import re
from collections import Counter, defaultdict

import pytest

from inference.checks import check
from prompts.channels import Catalogue, catalogue
from store.angle import Angle
from store.finding import Severity
from store.variant import Variant
from training import corpus
from training.corpus import CorpusBrief, CorpusRow, Split

BLOCKED = 0.03  # share of rows that may be blocked: figures are bound by rule of thumb
OPENING = 0.002  # share of rows that may begin with the same three words
DISTINCT = 0.94  # share of runs of four words that stand once, or are the first of their kind
OVERLAP = 0.45  # share of the shorter row's runs of four words that another row of the brand may have
LEAST_WORDS = 8  # of a row that is compared; a shorter one has too few runs
SPLITS: tuple[Split, ...] = ("train", "validation", "test")


@pytest.fixture(scope="module")
def briefs() -> dict[str, CorpusBrief]:
    return corpus.briefs()


@pytest.fixture(scope="module")
def rows() -> list[CorpusRow]:
    return corpus.rows()


@pytest.fixture(scope="module")
def channels() -> Catalogue:
    return catalogue()


def words(row: CorpusRow) -> list[str]:
    return re.findall(r"\w+", " ".join(row.fields.values()).casefold())


def fours(row: CorpusRow) -> list[tuple[str, ...]]:
    every = words(row)
    return [tuple(every[i : i + 4]) for i in range(len(every) - 3)]


def side(name: str) -> str:
    """The rule in the card: the first 32 bits of the id's sha256 as a share of all there are."""
    share = int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) / 2**32
    return "train" if share < 0.8 else "validation" if share < 0.88 else "test"


def test_it_is_as_large_and_as_wide_as_it_says(briefs: dict[str, CorpusBrief], rows: list[CorpusRow]) -> None:
    assert len(rows) >= 2_660
    assert len(briefs) >= 125
    assert len({brief.trade for brief in briefs.values()}) >= 120
    assert min(len(brief.brief.segments) for brief in briefs.values()) >= 4
    assert sum(briefs[row.brief].brief.language == "sv" for row in rows) >= 310


def test_every_channel_has_its_share(rows: list[CorpusRow], channels: Catalogue) -> None:
    counts = Counter(row.channel for row in rows)
    assert counts.keys() == channels.keys()
    assert min(counts.values()) >= 265, counts


def test_ids_are_sorted_and_no_row_stands_twice(briefs: dict[str, CorpusBrief], rows: list[CorpusRow]) -> None:
    assert list(briefs) == sorted(briefs)
    ids = [row.id for row in rows]
    assert ids == sorted(set(ids))
    assert all(re.fullmatch(rf"{re.escape(row.brief)}-\d\d\d", row.id) for row in rows)
    texts = Counter(tuple(words(row)) for row in rows)
    assert [" ".join(text) for text, count in texts.items() if count > 1] == []


def test_a_brand_is_on_one_side_by_the_rule(briefs: dict[str, CorpusBrief]) -> None:
    assert [name for name, brief in briefs.items() if brief.split != side(name)] == []
    brands = Counter(brief.brief.brand.casefold() for brief in briefs.values())
    assert [brand for brand, count in brands.items() if count > 1] == []


def test_the_reader_keeps_the_sides_apart(briefs: dict[str, CorpusBrief], rows: list[CorpusRow]) -> None:
    parts = {split: corpus.rows(split) for split in SPLITS}
    assert sum(map(len, parts.values())) == len(rows)
    for split, part in parts.items():
        assert {briefs[row.brief].split for row in part} == {split}


def test_every_side_has_every_channel_and_language(briefs: dict[str, CorpusBrief], rows: list[CorpusRow]) -> None:
    found = {(briefs[row.brief].split, briefs[row.brief].brief.language, row.channel) for row in rows}
    assert found == set(itertools.product(SPLITS, ("en", "sv"), {row.channel for row in rows}))
    shares = Counter(briefs[row.brief].split for row in rows)
    assert shares["train"] / len(rows) == pytest.approx(0.8, abs=0.02)
    assert min(shares.values()) >= 240


def test_a_row_answers_its_brief(briefs: dict[str, CorpusBrief], rows: list[CorpusRow]) -> None:
    for row in rows:
        brief = briefs[row.brief].brief
        assert row.segment in {segment.name for segment in brief.segments}, row.id
        assert row.channel in brief.channels, row.id
        assert set(row.angle) <= {*brief.facts, brief.offer}, row.id


def test_every_segment_is_written_to(briefs: dict[str, CorpusBrief], rows: list[CorpusRow]) -> None:
    written = Counter((row.brief, row.segment) for row in rows)
    few = [(name, s.name) for name, brief in briefs.items() for s in brief.brief.segments if written[name, s.name] < 2]
    assert few == []


def test_fields_are_the_channels_own_in_its_order(rows: list[CorpusRow], channels: Catalogue) -> None:
    for row in rows:
        optional = ["description"] if row.channel == "meta_feed_ad" and "description" in row.fields else []
        assert list(row.fields) == [*channels[row.channel].written, *optional], row.id


def test_no_field_is_cut_off(rows: list[CorpusRow], channels: Catalogue) -> None:
    long = [
        (row.id, key, len(text))
        for row in rows
        for key, text in row.fields.items()
        if (field := channels[row.channel].allowed[key]).unit == "characters"
        and len(text) > (field.truncation or field.maximum)
    ]
    assert long == []


@pytest.mark.slow  # every check on every row: five seconds
def test_the_products_own_checks_pass(
    briefs: dict[str, CorpusBrief], rows: list[CorpusRow], channels: Catalogue
) -> None:
    blocked = [line for row in rows if (line := verdict(row, briefs[row.brief], channels))]
    assert len(blocked) <= BLOCKED * len(rows), "\n".join(blocked)


def verdict(row: CorpusRow, brief: CorpusBrief, channels: Catalogue) -> str:
    """What blocks a row, on one line; empty where nothing does."""
    angle = Angle(claims=row.angle, relevance=0, reason="written for it")
    variant = Variant(segment=row.segment, channel=row.channel, angle=angle, fields=row.fields, checkpoint="person")
    found = check(variant, brief.brief, channels[row.channel])
    return "; ".join(f"{row.id} {f.field}: {f.code}: {f.message}" for f in found if f.severity is Severity.BLOCK)


def test_it_opens_differently(rows: list[CorpusRow]) -> None:
    openings = Counter(" ".join(words(row)[:3]) for row in rows)
    assert [(words, n) for words, n in openings.most_common(10) if n > OPENING * len(rows)] == []


def test_it_does_not_say_the_same_four_words_again(rows: list[CorpusRow]) -> None:
    counts = Counter(itertools.chain.from_iterable(map(fours, rows)))
    assert len(counts) / counts.total() >= DISTINCT, counts.most_common(20)


def test_rows_of_a_brand_are_no_near_copies(rows: list[CorpusRow]) -> None:
    of_brand: dict[str, list[tuple[str, set[tuple[str, ...]]]]] = defaultdict(list)
    for row in rows:
        if len(words(row)) >= LEAST_WORDS:
            of_brand[row.brief].append((row.id, set(fours(row))))
    pairs = itertools.chain.from_iterable(itertools.combinations(brand, 2) for brand in of_brand.values())
    near = [(a, b) for (a, one), (b, two) in pairs if len(one & two) > OVERLAP * min(len(one), len(two))]
    assert near == []


def test_verdicts_are_of_train_and_validation_brands_only(briefs: dict[str, CorpusBrief], channels: Catalogue) -> None:
    verdicts = corpus.verdicts()
    assert {one.good for one in verdicts} == {True, False}
    assert [one.id for one in verdicts] == sorted({one.id for one in verdicts})
    for one in verdicts:
        brief = briefs[one.brief]
        assert brief.split != "test", one.id
        assert one.segment in {segment.name for segment in brief.brief.segments}, one.id
        assert set(one.angle) <= {*brief.brief.facts, brief.brief.offer}, one.id
        assert list(one.fields) == list(channels[one.channel].written), one.id


def test_what_an_editor_mended_is_another_text_that_passes_the_checks(
    briefs: dict[str, CorpusBrief], channels: Catalogue
) -> None:
    mended = [one.model_copy(update={"fields": one.mended}) for one in corpus.verdicts() if one.mended]
    before = {one.id: one for one in corpus.verdicts()}
    assert len(mended) > 100
    for one in mended:
        assert not before[one.id].good, one.id
        assert list(one.fields) == list(before[one.id].fields), one.id
        assert one.fields != before[one.id].fields, one.id
    blocked = [line for one in mended if (line := verdict(one, briefs[one.brief], channels))]
    assert len(blocked) <= BLOCKED * len(mended), "\n".join(blocked)


def test_plain_rows_are_of_every_brand_and_pass_the_checks(briefs: dict[str, CorpusBrief], channels: Catalogue) -> None:
    rows = corpus.plain()
    assert [row.id for row in rows] == sorted({row.id for row in rows})
    assert {row.brief for row in rows} == briefs.keys()
    assert {briefs[row.brief].split for row in corpus.plain("test")} == {"test"}
    assert [row.id for row in rows if list(row.fields) != list(channels[row.channel].written)] == []
    blocked = [line for row in rows if (line := verdict(row, briefs[row.brief], channels))]
    assert len(blocked) <= BLOCKED * len(rows), "\n".join(blocked)


def test_plain_rows_open_differently_and_none_stands_twice() -> None:
    rows = corpus.plain()
    openings = Counter(" ".join(words(row)[:3]) for row in rows)
    assert [(opening, n) for opening, n in openings.most_common(10) if n > max(2, 0.015 * len(rows))] == []
    assert len({tuple(words(row)) for row in rows}) == len(rows)
