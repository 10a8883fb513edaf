"""The noun `Window`: which campaign and which days are looked at."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import ColumnElement, String, cast, func, select
from sqlalchemy.orm import InstrumentedAttribute

from store.noun import Noun
from store.tables import DecisionRow, OutcomeRow, VariantRow

Day = Annotated[date, Field(ge=date(1970, 1, 1), lt=date(2200, 1, 1))]


class Window(Noun):
    """What is None does not narrow. Days are of UTC, and both ends are in it."""

    campaign_id: int | None = None
    since: Day | None = None
    until: Day | None = None

    def decisions(self) -> list[ColumnElement[bool]]:
        """What a decision, joined with its variant, is to fulfil: it was made in these days."""
        return [*self.variants(), *self._within(DecisionRow.created_at)]

    def outcomes(self) -> list[ColumnElement[bool]]:
        """What a row of outcomes is to fulfil: its test began in these days, or was reported in them where that is
        not known. Of a campaign, the whole tests that have a row under the number of one of its variants.
        """
        began = self._within(func.coalesce(OutcomeRow.started_at, OutcomeRow.created_at))
        if self.campaign_id is None:
            return began
        numbers = select(cast(VariantRow.id, String)).where(*self.variants())
        tests = select(OutcomeRow.test_id).where(OutcomeRow.variant_id.in_(numbers))
        return [*began, OutcomeRow.test_id.in_(tests)]

    def variants(self) -> list[ColumnElement[bool]]:
        """What a row of variants is to fulfil."""
        return [] if self.campaign_id is None else [VariantRow.campaign_id == self.campaign_id]

    def _within(self, moment: InstrumentedAttribute[Any] | ColumnElement[Any]) -> list[ColumnElement[bool]]:
        after = [moment >= _midnight(self.since)] if self.since else []
        return [*after, *([moment < _midnight(self.until + timedelta(days=1))] if self.until else [])]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
