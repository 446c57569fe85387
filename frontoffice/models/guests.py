"""The tables of the people and firms that a bill is made out to. Rules: `guests.py`, `companies.py`."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from folios.db import Base, BigId

NAME_LENGTH = 100
ADDRESS_LENGTH = 300
CODE_LENGTH = 32


def full_name(surname: str, first_names: str | None) -> str:
    """A guest's name as a folio and a list carry it."""
    return f"{surname}, {first_names}" if first_names else surname


class Address:
    """Where a bill is sent: `address` holds the street lines, `country` the ISO 3166 code (`PT`)."""

    email: Mapped[str | None] = mapped_column(sa.String(254))
    phone: Mapped[str | None] = mapped_column(sa.String(40))
    address: Mapped[str | None] = mapped_column(sa.String(ADDRESS_LENGTH))
    postal_code: Mapped[str | None] = mapped_column(sa.String(16))
    city: Mapped[str | None] = mapped_column(sa.String(NAME_LENGTH))
    country: Mapped[str | None] = mapped_column(sa.String(2))
    vat_number: Mapped[str | None] = mapped_column(sa.String(32))
    remark: Mapped[str | None] = mapped_column(sa.Text)


class Guest(Address, Base):
    """A person. `search_name` is the name as it is searched for: small letters, without accents, surname first."""

    __tablename__ = "guest"
    __table_args__ = (
        # For names by their beginning; without the class a server in another language than C would not take it.
        sa.Index("ix_guest_search_name", "search_name", postgresql_ops={"search_name": "text_pattern_ops"}),
    )

    id: Mapped[int] = mapped_column(BigId, sa.Identity(), primary_key=True)
    surname: Mapped[str] = mapped_column(sa.String(NAME_LENGTH))
    first_names: Mapped[str | None] = mapped_column(sa.String(NAME_LENGTH))
    title: Mapped[str | None] = mapped_column(sa.String(20))
    language: Mapped[str | None] = mapped_column(sa.String(2))
    id_document: Mapped[str | None] = mapped_column(sa.String(60))
    search_name: Mapped[str] = mapped_column(sa.String(300))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own spelling

    @property
    def name(self) -> str:
        """The name as a folio and a list carry it: surname, then first names."""
        return full_name(self.surname, self.first_names)


class Company(Address, Base):
    """A firm that may be billed. `folio_id` is the semi-permanent folio opened last for it, open or paid and closed."""

    __tablename__ = "company"
    __table_args__ = (
        sa.CheckConstraint("terms_days >= 0", name="terms_not_negative"),
        sa.CheckConstraint("credit_limit_minor >= 0", name="credit_limit_not_negative"),
    )

    id: Mapped[int] = mapped_column(BigId, sa.Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(CODE_LENGTH), unique=True)
    name: Mapped[str] = mapped_column(sa.String(NAME_LENGTH))
    terms_days: Mapped[int] = mapped_column(default=30)
    credit_limit_minor: Mapped[int | None] = mapped_column(sa.BigInteger)
    folio_id: Mapped[int | None] = mapped_column(sa.ForeignKey("folio.id"), unique=True)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own spelling
