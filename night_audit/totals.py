"""What a closed day came to, written once in sets: by code with its month and year so far, and the rooms' figures.

The cost follows the day's postings and the number of codes, never the age of the ledger. The tables say what each
figure is: `models/totals.py`.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from folios.models import Folio, Posting, TransactionCode, Voucher
from frontoffice.house import figures
from night_audit.models.totals import DayCodeTotal, DayFigure

_debit, _credit = aliased(Folio), aliased(Folio)


def write_totals(session: Session, day: date) -> int:
    """Writes the totals of a day by code; returns how many codes. Days are written in their order, each once."""
    moved = _moved(day)
    before = aliased(DayCodeTotal)
    columns = [column.name for column in DayCodeTotal.__table__.columns]
    last = session.scalar(sa.select(sa.func.max(DayCodeTotal.business_date)).where(DayCodeTotal.business_date < day))
    yesterday = sa.and_(before.code == TransactionCode.code, before.business_date == (last or day - timedelta(days=1)))
    in_month = last is not None and (last.year, last.month) == (day.year, day.month)
    in_year = last is not None and last.year == day.year
    zero = sa.literal(0)
    net = sa.func.coalesce(moved.c.net, 0)
    rows = (
        sa.select(
            sa.literal(day),
            TransactionCode.code,
            TransactionCode.department,
            sa.func.coalesce(moved.c.postings, 0),
            sa.func.coalesce(moved.c.corrected, 0),
            sa.func.coalesce(moved.c.allowed, 0),
            net,
            net + (sa.func.coalesce(before.month_minor, 0) if in_month else zero),
            net + (sa.func.coalesce(before.year_minor, 0) if in_year else zero),
        )
        .outerjoin(moved, moved.c.code == TransactionCode.code)
        .outerjoin(before, yesterday)
        .where(sa.or_(moved.c.code.is_not(None), before.code.is_not(None) if in_year else sa.false()))
    )
    written = session.execute(sa.insert(DayCodeTotal).from_select(columns, rows))
    return int(written.rowcount)  # type: ignore[attr-defined]


def _moved(day: date) -> sa.Subquery:
    """Per code that was posted on a day: how many postings, what was taken back how, and the net."""
    value = value_of_posting()
    taken = -sa.case((value < 0, value), else_=0)

    def total(expression: Any) -> Any:
        return sa.cast(sa.func.sum(expression), sa.BigInteger)

    return (
        sa.select(
            Posting.code.label("code"),
            sa.func.count().label("postings"),
            total(sa.case((Voucher.kind == "correction", taken), else_=0)).label("corrected"),
            total(sa.case((Voucher.kind == "allowance", taken), else_=0)).label("allowed"),
            total(value).label("net"),
        )
        .join(Voucher, Voucher.id == Posting.voucher_id)
        .join(TransactionCode, TransactionCode.code == Posting.code)
        .join(_debit, _debit.id == Posting.debit_folio_id)
        .join(_credit, _credit.id == Posting.credit_folio_id)
        .where(Posting.business_date == day)
        .group_by(Posting.code)
        .subquery()
    )


def value_of_posting() -> Any:
    """What a posting counts for its code: its amount as a rule, below zero where it takes back, 0 where it moves on.

    A charge, tax or opening counts by its control folio, a card by its permanent folio, cash by the drawers, a direct
    bill by the semi-permanent folios, a paid-out by the cash that left.
    """
    own, amount, code = TransactionCode.folio_id, Posting.amount_minor, TransactionCode

    def sides(up: Any, down: Any) -> Any:
        return sa.case((sa.and_(up, sa.not_(down)), amount), (sa.and_(down, sa.not_(up)), -amount), else_=0)

    debit, credit = Posting.debit_folio_id == own, Posting.credit_folio_id == own
    return sa.case(
        (code.tender == "cash", sides(_debit.type == "control", _credit.type == "control")),
        (code.tender == "direct_bill", sides(_debit.type == "semi_permanent", _credit.type == "semi_permanent")),
        (code.tender == "card", sides(debit, credit)),
        (code.kind == "paid_out", sides(_is_cash(_credit, own), _is_cash(_debit, own))),
        else_=sides(credit, debit),
    )


def _is_cash(folio: Any, own: Any) -> Any:
    """A control folio that is not the code's own: where the cash of a paid-out lies."""
    return sa.and_(folio.type == "control", folio.id != own)


def write_figures(session: Session, day: date) -> None:
    """Keeps the rooms' and stays' figures of a day as they are now."""
    session.execute(sa.insert(DayFigure).values(**_columns(asdict(figures(session, day)))))


def _columns(counted: dict[str, Any]) -> dict[str, Any]:
    return {("business_date" if name == "day" else name): value for name, value in counted.items()}
