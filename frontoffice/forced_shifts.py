"""Closing a shift that nobody counted: what the night audit does where the house lets it.

Nothing is invented: the drawer is taken to hold what the books say, nothing is dropped, and the shift says that it was
not counted. The next who opens the drawer counts it, and what is missing then shows as theirs to explain.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios import clock, events, statements
from folios.business_day import hold_open_day
from frontoffice.models.cashiering import Shift
from frontoffice.signals import shift_closed

REMARK = "Not counted: closed by the night audit."


def force_shifts(session: Session, operator: str) -> list[int]:
    """Closes every open shift without a count; returns their numbers."""
    today = hold_open_day(session)
    open_ones = sa.select(Shift).where(Shift.status == "open").order_by(Shift.id).with_for_update(key_share=True)
    forced = []
    for shift in session.scalars(open_ones.execution_options(populate_existing=True)).all():
        expected = statements.balance(session, shift.drawer_folio_id)
        changes = {
            "status": "closed",
            "closed_at": clock.now(),
            "closed_on": today,
            "closed_by": operator,
            "expected_minor": expected,
            "counted_minor": expected,
            "dropped_minor": 0,
            "remark": REMARK,
        }
        events.amend(session, shift, shift.version, changes, "shift.forced", f"shift:{shift.id}", operator)
        shift_closed.send(session, shift_id=shift.id)
        forced.append(shift.id)
    return forced
