"""What a side wrote, so that two sides can be held against each other: a floor that writes less is no floor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from folios import db
from folios.models import ClosingBalance, Event, Folio, LedgerClosing, Posting, Voucher

Rows = dict[str, Any]

NUMBERED = (Voucher, Posting, Event)
DATED = (ClosingBalance, LedgerClosing)
# What two writings of the same can never share.
OWN = {"id", "voucher_id", "written_at", "at", "key", "content_hash", "business_date", "subject"}
OWN |= {"opening_minor", "closing_minor"}  # they follow from the day before; the database checks that they roll forward


def check_same(sessions: db.SessionSource, ours: Callable[[], object], floor: Callable[[], object]) -> None:
    """Runs both sides once; raises `AssertionError` unless they wrote the same, but for ids, moments and keys."""
    left, right = (written_by(sessions, side) for side in (ours, floor))
    for table, rows in left.items():
        if rows != right[table]:
            raise AssertionError(
                f"the two sides write different rows of {table}: {_first_difference(rows, right[table])}"
            )


def _first_difference(ours: Any, floor: Any) -> str:
    if not isinstance(ours, list) or len(ours) != len(floor):
        return f"{ours} and {floor}"
    return next(f"{one} and {other}" for one, other in zip(ours, floor, strict=True) if one != other)


def written_by(sessions: db.SessionSource, side: Callable[[], object]) -> Rows:
    """The rows that one run of a side adds, and what it adds to the balances."""
    marks, balances = _standing(sessions)
    side()
    with db.reading(sessions) as session:
        rows: Rows = {"balances": session.execute(_BALANCES).scalar_one() - balances}
        for (table, column), mark in marks.items():
            columns = [each for each in table.__table__.columns if each.name not in OWN]
            found = sa.select(*columns).order_by(*table.__table__.primary_key)
            if mark is not None:
                found = found.where(column > mark)
            rows[table.__tablename__] = [_without_ids(dict(row)) for row in session.execute(found).mappings()]
    return rows


_BALANCES = sa.select(sa.func.coalesce(sa.func.sum(Folio.balance_minor), 0))


def _standing(sessions: db.SessionSource) -> tuple[dict[tuple[Any, Any], Any], int]:
    columns = {(table, table.id) for table in NUMBERED} | {(table, table.business_date) for table in DATED}
    with db.reading(sessions) as session:
        marks = {each: session.execute(sa.select(sa.func.max(each[1]))).scalar_one() for each in columns}
        return marks, session.execute(_BALANCES).scalar_one()


def _without_ids(row: Rows) -> Rows:
    if row.get("after"):
        row["after"] = {name: value for name, value in row["after"].items() if name not in ("voucher", "opened")}
    return row
