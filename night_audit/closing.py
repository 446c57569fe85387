"""Closing a business day: roll the date, then settle what the day left behind, step by step.

Each step is its own unit of work and may be repeated: a closing that was interrupted is taken up where it stopped, and
nothing is posted twice. The desk and the outlets work on the new date meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.business_day import auditing_date, close_day, open_date, roll, standing
from folios.db import SessionSource, in_unit_of_work
from folios.errors import N_, DayNotReady, Refusal
from folios.folios import close_paid_receivables
from folios.models import Folio
from frontoffice.models.stays import Stay, StayWindow
from frontoffice.reservations import mark_no_shows
from frontoffice.room_charges import AT_ONCE, charge_nights, uncharged_nights
from frontoffice.rooms import soil_slept_in_rooms


class DueOutsInHouse(Refusal):
    """Params: `stays` (their numbers), `day`."""

    code = "day.due_outs_in_house"
    message = N_("Stays due out by {day} are still in house: {stays}. Check them out or extend them first.")


class WindowsClosed(Refusal):
    """Params: `stays` (their numbers)."""

    code = "day.windows_closed"
    message = N_("The first window of these stays in house is closed: {stays}. Reopen it, the night is charged there.")


@dataclass(frozen=True, slots=True)
class Closed:
    """A business day that was closed: how many no-shows were marked and nights charged by this run."""

    day: date
    no_shows: int
    nights: int


def close_business_day(sessions: SessionSource, operator: str, day: date | None = None) -> Closed:
    """Closes `day`: the one whose closing was interrupted, or else the open one (default: whichever of these it is).

    Refuses (`DayNotReady`) a day that is neither, so that of two who ask for the same day one closes it; and
    (`DueOutsInHouse`) while somebody who was due to leave has neither left nor been extended, or (`WindowsClosed`) has
    a window that cannot be charged.
    """
    left = in_unit_of_work(sessions, lambda session: _leave(session, operator, day))
    no_shows = in_unit_of_work(sessions, lambda session: len(mark_no_shows(session, left, operator)))
    nights = 0
    while charged := in_unit_of_work(sessions, lambda session: _charge_some(session, left, operator)):
        nights += charged
    in_unit_of_work(sessions, lambda session: _settle(session, left, operator))
    return Closed(left, no_shows, nights)


def _leave(session: Session, operator: str, day: date | None) -> date:
    """Rolls the open day, unless the day left behind last time is still waiting to be closed."""
    unfinished = auditing_date(session)
    wanted = day or unfinished or open_date(session)
    if unfinished is not None and wanted == unfinished:
        return unfinished
    if wanted != open_date(session):
        raise DayNotReady(day=wanted, status=standing(session, wanted))
    left, _ = roll(session, operator)
    # Nobody checks in or out between here and the end of this unit of work: they would have to hold the rolled day.
    due_out = sa.select(Stay.id).where(Stay.status == "in_house", Stay.departure <= left).order_by(Stay.id)
    stays = list(session.scalars(due_out))
    if stays:
        raise DueOutsInHouse(stays=stays, day=left)
    _refuse_closed_windows(session)
    return left


def _refuse_closed_windows(session: Session) -> None:
    """The night is charged to window 1: found closed, it would stop the audit with the day half done."""
    closed = (
        sa.select(Stay.id)
        .join(StayWindow, sa.and_(StayWindow.stay_id == Stay.id, StayWindow.window == 1))
        .join(Folio, Folio.id == StayWindow.folio_id)
        .where(Stay.status == "in_house", Folio.status == "closed")
        .order_by(Stay.id)
    )
    stays = list(session.scalars(closed))
    if stays:
        raise WindowsClosed(stays=stays)


def _charge_some(session: Session, day: date, operator: str) -> int:
    nights = uncharged_nights(session, day=day, most=AT_ONCE)
    posted = charge_nights(session, nights, operator, auditing=True)
    return sum(not each.replayed for each in posted)


def _settle(session: Session, day: date, operator: str) -> None:
    soil_slept_in_rooms(session, day)
    close_paid_receivables(session, operator)
    close_day(session, day, operator)
