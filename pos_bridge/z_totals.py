"""The Z-totals of a day for whoever reports on them (`frontoffice.till_totals`): each terminal's last Z-report beside
the books as they stand now, and what the outlet's control folio moved. What a Z-report was told when it came stands in
`z_reports`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.models import Folio, Posting, Voucher
from frontoffice.till_totals import TillTotal
from pos_bridge.models.messages import PosRequest, ZReport
from pos_bridge.models.outlets import Outlet, Terminal


def of_day(session: Session, day: date) -> Iterator[TillTotal]:
    """A total for each terminal that sent a Z-report of the day, or whose charges are in its books. Four statements."""
    last = sa.select(sa.func.max(ZReport.id)).where(ZReport.business_date == day).group_by(ZReport.terminal)
    reports = {each.terminal: each for each in session.scalars(sa.select(ZReport).where(ZReport.id.in_(last)))}
    books = _books(session, day)
    controls = _controls(session, day)
    rows: Any = session.execute(
        sa.select(Terminal.code, Outlet.code, Folio.id, Folio.number)
        .join(Outlet, Outlet.code == Terminal.outlet_code)
        .join(Folio, Folio.id == Outlet.folio_id)
        .where(Terminal.code.in_(sorted({*reports, *books})))
    )
    for terminal, outlet, folio_id, number in rows:
        report = reports.get(terminal)
        moved, own = controls.get((folio_id, outlet), (0, 0))
        yield TillTotal(
            outlet=outlet,
            terminal=terminal,
            number=report.number if report else None,
            till_minor=report.till_minor if report else None,
            books_minor=books.get(terminal, 0),
            control_folio_id=folio_id,
            control=number,
            control_minor=moved,
            control_outlet_minor=own,
        )


def _books(session: Session, day: date) -> dict[str, int]:
    """What each terminal charged on the day less what it took back."""
    sign = sa.case((PosRequest.kind == "void", -1), else_=1)
    rows: Any = session.execute(
        sa.select(PosRequest.terminal, sa.cast(sa.func.sum(sign * PosRequest.total_minor), sa.BigInteger))
        .where(PosRequest.business_date == day, PosRequest.kind.in_(("charge", "void")))
        .where(PosRequest.outcome != "refused", PosRequest.voucher_id.is_not(None))
        .group_by(PosRequest.terminal)
    )
    return {terminal: int(total) for terminal, total in rows}


def _controls(session: Session, day: date) -> dict[tuple[int, str], tuple[int, int]]:
    """What each outlet's control folio was credited less debited on the day, and how much of it by its terminals."""
    credited = Posting.credit_folio_id == Outlet.folio_id
    signed: Any = sa.case((credited, Posting.amount_minor), else_=-Posting.amount_minor)
    own = sa.case((Voucher.outlet == Outlet.code, signed), else_=0)
    rows: Any = session.execute(
        sa.select(Outlet.folio_id, Outlet.code, sa.func.sum(signed), sa.func.sum(own))
        .join(Posting, sa.or_(Posting.credit_folio_id == Outlet.folio_id, Posting.debit_folio_id == Outlet.folio_id))
        .join(Voucher, Voucher.id == Posting.voucher_id)
        .where(Posting.business_date == day)
        .group_by(Outlet.folio_id, Outlet.code)
    )
    return {(folio_id, outlet): (int(moved), int(by_outlet)) for folio_id, outlet, moved, by_outlet in rows}
