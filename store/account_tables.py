"""The tables of accounts and of their visits to the desk."""

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from store.tables import Base


class AccountRow(Base):
    """An account. Its password, its role and whether it is disabled may change; who it is may not."""

    __tablename__ = "accounts"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    email: Mapped[str]
    role: Mapped[str]
    issuer: Mapped[str]
    subject: Mapped[str]
    """Who it is to its issuer; of ours the e-mail address, case folded."""
    hash: Mapped[str | None]
    """Argon2id, with its salt and parameters; NULL where another issuer asks for the password."""
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    __table_args__ = (UniqueConstraint("issuer", "subject"),)


class VisitRow(Base):
    """That somebody is signed in, by the hash of what their browser shows. Its row goes when they leave."""

    __tablename__ = "visits"
    hash: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    began_at: Mapped[datetime] = mapped_column(index=True)
    seen_at: Mapped[datetime]
