"""Taking a no-show back on its own business day: the stay is expected again, as before it was marked.

Once the day is over it stays a no-show in that day's figures, and whoever comes after all is booked anew.
"""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.business_day import hold_open_day
from folios.errors import N_, Refusal
from folios.events import record
from folios.folios import close_folios, lock_folios
from frontoffice.assignment import give_rooms
from frontoffice.availability import days_between, free_rooms_of_types, take_nights
from frontoffice.deposits import take_back_deposit
from frontoffice.lifecycle import after, get_stay, lock_stays
from frontoffice.models.stays import Stay, StayWindow
from frontoffice.rooms import lock_room_types
from frontoffice.sharers import back_to_first_window
from frontoffice.stays import posted_beside_deposit
from frontoffice.windows import windows_of

VERB = "expect_again"


class NoShowOver(Refusal):
    code = "no_show.over"
    message = N_(
        "Stay {stay} was expected on {arrival}, and stays a no-show in the figures of that day. "
        "Book the guest anew and move the deposit; a fee is taken back with an allowance."
    )


class NoShowPosted(Refusal):
    code = "no_show.posted"
    message = N_(
        "Something was posted for stay {stay} since it was marked as a no-show, and it stays one. Book the guest anew."
    )


def expect_again(session: Session, stay_id: int, operator: str) -> Stay:
    """Takes a no-show back on the day it was due: it is confirmed again, without a room, its deposit a deposit.

    Refuses another state, a day that is over (`NoShowOver`), anything posted beside the deposit, a fee above all
    (`NoShowPosted`), and nights that were sold meanwhile (`TypeSoldOut`).
    """
    today = hold_open_day(session)
    seen = get_stay(session, stay_id)
    after(seen, VERB)
    types = lock_room_types(session, [seen.room_type_id])
    stay = lock_stays(session, [stay_id], VERB)[stay_id]
    refuse_over(stay, today)
    windows = windows_of(session, [stay_id])[stay_id]
    folio_ids = [each.folio_id for each in windows]
    folios = lock_folios(session, [*folio_ids, *([stay.deposit_folio_id] if stay.deposit_folio_id else [])])
    if posted_beside_deposit(session, [stay_id]):
        raise NoShowPosted(stay=stay.number)
    free = free_rooms_of_types(session, stay.arrival, stay.departure, [stay.room_type_id])
    take_nights(free, types[stay.room_type_id], days_between(stay.arrival, stay.departure))
    if windows:
        take_back_deposit(session, stay, folio_ids[0], operator)
        close_folios(session, [folio_id for folio_id in folio_ids if folios[folio_id].status == "open"], operator)
        session.execute(sa.delete(StayWindow).where(StayWindow.stay_id == stay_id))
        back_to_first_window(session, stay_id)
    stay.status = after(stay, VERB)
    session.flush()
    give_rooms(session, {stay_id: (None, stay.room_type_id)}, stay.arrival)
    record(session, "stay.no_show.reversed", f"stay:{stay_id}", operator, {"folio_ids": folio_ids}, None)
    return get_stay(session, stay_id)


def refuse_over(stay: Stay, today: date) -> None:
    """Refuses (`NoShowOver`) a no-show of a day that is over."""
    if stay.arrival != today:
        raise NoShowOver(stay=stay.number, arrival=stay.arrival)
