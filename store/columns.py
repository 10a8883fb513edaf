"""How values become columns: instants in UTC and text that both databases can store."""

from datetime import UTC, datetime

from sqlalchemy import DateTime, Dialect, Text
from sqlalchemy.types import TypeDecorator


class Moment(TypeDecorator[datetime]):
    """An instant, in UTC and saying so on both databases. One without a zone is taken to be UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """To UTC; SQLite keeps no zone, so only UTC goes in."""
        return None if value is None else utc(value)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """From UTC."""
        return None if value is None else utc(value)


class Words(TypeDecorator[str]):
    """Text in which U+0000 is stored as U+FFFD: PostgreSQL cannot store it, and both databases are to hold the same."""

    impl = Text()
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Replace U+0000."""
        return None if value is None else words(value)


def words(text: str) -> str:
    """The text as it can be stored."""
    return text.replace("\x00", "\ufffd")


def utc(moment: datetime) -> datetime:
    """The same instant in UTC."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def now() -> datetime:
    """The present instant, in UTC."""
    return datetime.now(UTC)
