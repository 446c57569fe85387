"""The bill on a room's television: XR asks for it, XI and XB show it, XC checks out by it.

A guest sees all windows of the stay, who shares the room the window their charges go to.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.business_day import open_date
from folios.db import in_unit_of_work, reading
from folios.errors import DatabaseRefusal, Refusal
from folios.models import Folio
from folios.statements import statement
from frontoffice.departures import DepartureBlocked
from frontoffice.language import show
from frontoffice.models.charging import StaySharer
from frontoffice.models.stays import Stay, StayWindow
from frontoffice.stays import check_out
from pos_bridge.fias.answers import AnswerStatus as Status
from pos_bridge.fias.records import Record, record
from pos_bridge.fias.values import from_date
from pos_bridge.fias_desk.calls import Call, guest_number
from pos_bridge.fias_desk.guests import named
from pos_bridge.fias_desk.statuses import status_for
from pos_bridge.residents import Resident

MOST_LINES = 200


def show_bill(call: Call) -> list[Record]:
    """Answers XR by XI for each line and XB with the balance; XB with UR where nobody is meant."""
    with reading(call.sessions) as session:
        people = named(session, call.get("RN"), call.get("G#"))
        if not people:
            return [record("XB", [*call.echoed("RN", "G#"), ("AS", Status.UNPROCESSABLE.value), *call.now()])]
        return list(_bill(call, session, people[0]))


def _bill(call: Call, session: Session, resident: Resident) -> Iterator[Record]:
    whose = [("RN", resident.room), ("G#", guest_number(resident.stay_id, resident.sharer))]
    balance = 0
    for window, folio_id in _windows(session, resident):
        told = statement(session, folio_id)
        balance += told.closing_minor
        for line in told.lines[-MOST_LINES:]:
            amount = line.debit_minor - line.credit_minor
            yield record(
                "XI",
                [
                    *whose,
                    ("BD", line.text[:30]),
                    ("BI", call.money(amount)),
                    ("F#", str(window)),
                    ("FD", "Y"),
                    ("DA", from_date(line.business_date)),
                    ("TI", "000000"),
                ],
            )
    yield record("XB", [*whose, ("BA", call.money(balance)), *call.now()])


def _windows(session: Session, resident: Resident) -> list[tuple[int, int]]:
    wanted = sa.select(StayWindow.window, StayWindow.folio_id).where(StayWindow.stay_id == resident.stay_id)
    if resident.sharer is not None:
        own = sa.select(StaySharer.window).where(StaySharer.id == resident.sharer).scalar_subquery()
        wanted = wanted.where(StayWindow.window == own)
    return [(row.window, row.folio_id) for row in session.execute(wanted.order_by(StayWindow.window))]


def leave(call: Call) -> list[Record]:
    """Answers XC: checks out who leaves today and owes nothing. The balance they saw (BA) must be what it is now."""
    try:
        status, text = in_unit_of_work(call.sessions, lambda session: _leave(session, call))
    except DatabaseRefusal:
        raise
    except DepartureBlocked as refusal:
        status, text = Status.DENIED, show(refusal.params["obstacles"][0])
    except Refusal as refusal:
        status, text = status_for(refusal), show(refusal)
    return [call.answer("XC", status, text)]


def _leave(session: Session, call: Call) -> tuple[Status, str | None]:
    people = [each for each in named(session, call.get("RN"), call.get("G#")) if each.sharer is None]
    if not people:
        return Status.NOBODY, None
    stay_id = people[0].stay_id
    if _departure(session, stay_id) > open_date(session):
        return Status.NOT_TODAY, None
    seen = call.minor("BA")
    balances = sa.select(sa.func.coalesce(sa.func.sum(Folio.balance_minor), 0)).join(
        StayWindow, StayWindow.folio_id == Folio.id
    )
    balance = int(session.scalar(balances.where(StayWindow.stay_id == stay_id)) or 0)
    if call.get("BA") and seen != balance:
        return Status.BALANCE_OFF, None
    check_out(session, stay_id, call.sender[:32])
    return Status.DONE, None


def _departure(session: Session, stay_id: int) -> date:
    return session.scalars(sa.select(Stay.departure).where(Stay.id == stay_id)).one()
