"""The archive's tests as preferences: the right headline over the right one, split by cluster."""

from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest

from store.errors import InputError
from tests import upworthy
from training import headlines
from training.examples import Example


def row(headline: str, clicks: int, **changes: Any) -> dict[str, Any]:
    data = {
        "clickability_test_id": "t",
        "eyecatcher_id": "e",
        "impressions": 1_000,
        "lede": "<p>A story &amp; more</p>",
    }
    return {**data, "headline": headline, "clicks": clicks, "near_duplicate_cluster": 7, **changes}


def read(folder: Path, *rows: dict[str, Any]) -> tuple[list[Example], Counter[str]]:
    pyarrow.parquet.write_table(pa.Table.from_pylist(list(rows)), folder / "tests.parquet")
    left_out: Counter[str] = Counter()
    return headlines.of_archive(folder / "tests.parquet", left_out), left_out


def test_the_headline_that_earned_more_is_preferred(tmp_path: Path) -> None:
    (pair,), left_out = read(tmp_path, row("Worse", 10), row("Better", 50))
    assert (pair.fields, pair.rejected) == ({"headline": "Better"}, {"headline": "Worse"})
    assert pair.prompt.messages[-1].content.endswith("A story & more")
    assert pair.brief == "cluster:7"
    assert 0.99 < pair.weight <= 1
    assert not left_out


def test_clicks_count_by_impressions(tmp_path: Path) -> None:
    (pair,), _ = read(tmp_path, row("Often seen", 60, impressions=10_000), row("Seldom seen", 50))
    assert pair.fields == {"headline": "Seldom seen"}


def test_what_says_nothing_is_left_out_and_counted(tmp_path: Path) -> None:
    found, left_out = read(
        tmp_path,
        *(row("One", 20), row("Two", 21)),
        *(row("Same", 10, eyecatcher_id="f"), row("SAME", 90, eyecatcher_id="f")),
        *(row("Mute", 10, eyecatcher_id="g", lede=""), row("Dumb", 90, eyecatcher_id="g", lede="")),
        *(row("Another test", 90, clickability_test_id="u"), row("Unseen", 0, clickability_test_id="u", impressions=0)),
    )
    assert found == []
    assert left_out == {"under_margin": 2, "identical": 1, "no_lede": 1}


def test_another_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"has no column .*lede"):
        read(tmp_path, {"headline": "One"})


@upworthy.needed
def test_the_archive_itself() -> None:
    left_out: Counter[str] = Counter()
    found = headlines.of_archive(upworthy.TESTS, left_out)
    assert len(found) == 5_039
    assert len({pair.brief for pair in found}) > 1_000
