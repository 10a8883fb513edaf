"""A campaign stored whole is the campaign that the pipeline stores variant by variant; and it is all there or not."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from inference import pipeline, whole
from inference.events import Finished
from inference.order import Order
from store import variants
from store.database import Database
from store.tables import CampaignRow, VariantRow
from tests.inference import house


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = house.database(tmp_path)
    yield opened
    opened.close()


def told(database: Database, campaign_id: int | None) -> list[dict[str, Any]]:
    """What is stored of each variant, without what differs between two of the same: ids, moments, and who is named."""
    with database.read() as session:
        rows = variants.find(session, variants.Query(campaign_id=campaign_id), limit=1_000, order="id")
    apart = {"id", "campaign_id", "created_at"}
    return [
        {
            **row.variant.model_dump(exclude=apart),
            "codes": [(finding.code, finding.severity, finding.field) for finding in row.findings],
            "score": row.score,
        }
        for row in rows
    ]


@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(n=st.integers(1, 3), many=st.integers(1, 4), seed=st.integers(0, 2**40))
def test_it_is_what_the_pipeline_stores(database: Database, n: int, many: int, seed: int) -> None:
    order = Order(house.brief(), n=n, seed=seed, overgenerate=many, author="ada")
    *_, last = pipeline.write(order, house.parts(), database)
    assert isinstance(last, Finished)
    written = whole.write(order, house.parts())
    with database.write() as session:
        kept = written.keep(session)
    assert told(database, kept.id) == told(database, last.campaign.id)
    apart = {"id", "started_at", "finished_at"}
    assert kept.model_dump(exclude=apart) == last.campaign.model_dump(exclude=apart)
    assert kept.finished_at is not None


def test_nothing_of_it_is_stored_where_the_transaction_fails(database: Database) -> None:
    written = whole.write(Order(house.brief(), n=1, author="ada"), house.parts())

    def keep() -> None:
        with database.write() as session:
            written.keep(session)
            raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        keep()
    with database.read() as session:
        for table in (CampaignRow, VariantRow):
            assert session.scalar(select(func.count()).select_from(table)) == 0


def test_it_tells_of_each_variant_and_stops_where_it_is_told_to() -> None:
    calls: list[int] = []

    def tell() -> None:
        calls.append(1)
        if len(calls) == 3:
            raise TimeoutError

    with pytest.raises(TimeoutError):
        whole.write(Order(house.brief(), n=2), house.parts(), tell)
    assert len(calls) == 3
