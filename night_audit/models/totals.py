"""What is summed up once, when a day is closed, so that reports cost as much in the tenth year as on the first day.

Balances are not here: `folios.models.ClosingBalance` (per folio that moved) and `LedgerClosing` (per ledger and folio
type) are written by the same step. Rules: `night_audit/totals.py`.
"""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from folios.db import Base


class DayCodeTotal(Base):
    """What a transaction code came to on a closed day, and in its month and year up to that day. Immutable.

    A closed day has a row for each code that was posted in the year so far, also on days without it: one row tells day,
    month and year to date, the row a year before those of last year. Minor units, net of what was taken back: a charge
    or tax as its control folio was credited less debited, a payment as taken less given back, a paid-out as paid out
    less returned. Of the day's net, `corrected_minor` and `allowed_minor` (zero or above) were taken off by corrections
    and allowances. `department` is the code's at the close.
    """

    __tablename__ = "day_code_total"
    __table_args__ = (sa.Index("ix_day_code_total_code", "code", "business_date"),)

    business_date: Mapped[date] = mapped_column(sa.ForeignKey("business_day.business_date"), primary_key=True)
    code: Mapped[str] = mapped_column(sa.ForeignKey("transaction_code.code"), primary_key=True)
    department: Mapped[str] = mapped_column(sa.String(40))
    postings: Mapped[int]
    corrected_minor: Mapped[int] = mapped_column(sa.BigInteger)
    allowed_minor: Mapped[int] = mapped_column(sa.BigInteger)
    day_minor: Mapped[int] = mapped_column(sa.BigInteger)
    month_minor: Mapped[int] = mapped_column(sa.BigInteger)
    year_minor: Mapped[int] = mapped_column(sa.BigInteger)


class DayFigure(Base):
    """The rooms and stays of a closed day, as `frontoffice.house.figures` counted them when it was closed. Immutable.

    Later check-outs that are taken back, or rooms that leave the house, do not change what a day had.
    """

    __tablename__ = "day_figure"

    business_date: Mapped[date] = mapped_column(sa.ForeignKey("business_day.business_date"), primary_key=True)
    inventory: Mapped[int]
    out_of_order: Mapped[int]
    rooms_sold: Mapped[int]
    complimentary: Mapped[int]
    house_use: Mapped[int]
    arrivals: Mapped[int]
    departures: Mapped[int]
    in_house: Mapped[int]
    guests: Mapped[int]
    no_shows: Mapped[int]
    cancellations: Mapped[int]
    long_out: Mapped[int]
    walk_ins: Mapped[int]
    shared: Mapped[int]
