"""Stays from the check-in on: check in, walk in, move, extend, shorten, check out, and the ways back on the same day.

What happens before stands in `reservations.py`. Settling a bill is a payment or a transfer of the ledger, done before
the check-out by whoever serves the guest.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.business_day import hold_open_day
from folios.errors import N_, ChangedMeanwhile, Refusal
from folios.events import record, record_all
from folios.folios import close_folios, lock_folios, reopen_folio
from folios.models import Posting
from folios.texts import clean_text
from frontoffice.assignment import Claim, give_rooms, refuse_claims, refuse_retyping, types_of_rooms
from frontoffice.availability import days_between, free_rooms_of_types, take_nights
from frontoffice.departures import DepartureBlocked, obstacles
from frontoffice.deposits import take_back_deposit, use_deposits
from frontoffice.lifecycle import after, get_stay, get_stays, lock_stays
from frontoffice.models.rooms import Room
from frontoffice.models.stays import Stay, StayNight, StayWindow
from frontoffice.nights import cut_nights, night_rows, nights_of, price_nights, write_nights
from frontoffice.rates import prices
from frontoffice.reservations import Booking, assign_rooms, book, check_dates
from frontoffice.rooms import READY, RoomNotReady, RoomOccupied, lock_room_types, lock_rooms, mark_rooms
from frontoffice.sharers import back_to_first_window
from frontoffice.signals import guest_changed, guest_checked_in, guest_checked_out, guest_moved
from frontoffice.windows import NewWindow, house_limits, limit_for, open_windows, windows_of


class NotArrivalDay(Refusal):
    code = "stay.not_arrival_day"
    message = N_("Stay {stay} arrives on {arrival}; it is {day}. Change its arrival first.")


class NoRoom(Refusal):
    code = "stay.no_room"
    message = N_("Stay {stay} has no room. Assign one.")


class SameRoom(Refusal):
    code = "stay.same_room"
    message = N_("Stay {stay} is in room {room} already.")


class DepartureNotPossible(Refusal):
    code = "stay.departure_not_possible"
    message = N_("Stay {stay} departs on {departure}; it cannot be made {wanted} this way.")


class SomethingPosted(Refusal):
    code = "stay.something_posted"
    message = N_("Something was posted for stay {stay}. Check it out instead.")


class TooLate(Refusal):
    code = "stay.too_late"
    message = N_("That was on {done}; it can only be taken back on the same business day.")


@dataclass(frozen=True, slots=True)
class CheckIn:
    """A stay to be checked in: into the room it has, unless another is given. The limit (minor units) is the one for
    its method of payment unless given."""

    stay_id: int
    room_id: int | None = None
    house_limit_minor: int | None = None


# --- checking in ----------------------------------------------------------------------------------------------


def check_in(
    session: Session,
    stay_id: int,
    operator: str,
    *,
    room_id: int | None = None,
    house_limit_minor: int | None = None,
    accept_out_of_service: bool = False,
) -> Stay:
    """Checks one stay in; see `check_in_all`."""
    request = CheckIn(stay_id, room_id, house_limit_minor)
    return check_in_all(session, [request], operator, accept_out_of_service=accept_out_of_service)[0]


def check_in_all(
    session: Session, requests: Sequence[CheckIn], operator: str, *, accept_out_of_service: bool = False
) -> list[Stay]:
    """Checks stays in, all or none, in a constant number of statements: the room becomes occupied, window 1 is opened,
    a deposit is moved to it.

    Refuses a stay that is not confirmed or arrives on another day; no room, one that is occupied, not clean, out of
    order, or out of service unless that is accepted; and what assigning a room is refused for.
    """
    if not requests:
        return []
    today = hold_open_day(session)
    seen = get_stays(session, [each.stay_id for each in requests])
    room_before = {stay_id: stay.room_id for stay_id, stay in seen.items()}
    wanted = {each.stay_id: each.room_id for each in requests if each.room_id not in (None, room_before[each.stay_id])}
    type_of_room = types_of_rooms(session, {each for each in (room_before | wanted).values() if each is not None})
    if wanted:  # a room of another type takes its nights from that type
        lock_room_types(session, {each.room_type_id for each in seen.values()} | set(type_of_room.values()))
    rooms = lock_rooms(session, type_of_room)
    stays = lock_stays(session, seen, "check_in")
    _refuse_other_rooms(stays, room_before)
    if wanted:
        stays |= assign_rooms(session, wanted, operator, accept_out_of_service=accept_out_of_service)
    for stay in stays.values():
        refuse_other_arrival(stay, today)
    _refuse_unready_rooms(stays.values(), rooms)
    claims = [Claim(each.id, room_of_stay(each), today, each.departure) for each in stays.values()]
    refuse_claims(session, claims, rooms, accept_out_of_service)
    _begin(session, stays, {each.stay_id: each.house_limit_minor for each in requests}, today, operator)
    return [stays[each.stay_id] for each in requests]


def walk_in(
    session: Session,
    booking: Booking,
    operator: str,
    *,
    house_limit_minor: int | None = None,
    accept_out_of_service: bool = False,
) -> Stay:
    """Books a guest who stands at the desk, and checks in. The booking must arrive on the business date, in a room; one
    out of service is taken only when that is accepted."""
    if not accept_out_of_service or booking.room_id is None:
        stay = book(session, booking, operator)
        return check_in(session, stay.id, operator, house_limit_minor=house_limit_minor)
    # A reservation never gets such a room: it is given with the check-in, by who has seen it.
    stay = book(session, replace(booking, room_id=None), operator)
    request = CheckIn(stay.id, booking.room_id, house_limit_minor)
    return check_in_all(session, [request], operator, accept_out_of_service=True)[0]


def refuse_other_arrival(stay: Stay, today: date) -> None:
    """Refuses (`NotArrivalDay`) to check in a stay that arrives on another day."""
    if stay.arrival != today:
        raise NotArrivalDay(stay=stay.number, arrival=stay.arrival, day=today)


def refuse_occupied(room: Room) -> None:
    """Refuses (`RoomOccupied`) a room that somebody is in."""
    if room.occupancy == "occupied":
        raise RoomOccupied(room=room.number)


def refuse_unready(room: Room) -> None:
    """Refuses a room that nobody can go into now: somebody is in it, or it is not clean."""
    refuse_occupied(room)
    if room.condition not in READY:
        raise RoomNotReady(room=room.number, condition=room.condition)


def _refuse_unready_rooms(stays: Iterable[Stay], rooms: Mapping[int, Room]) -> None:
    """The same for many, and a room that two are going into with the same call."""
    entered: set[int] = set()
    for stay in stays:
        room = rooms[room_of_stay(stay)]
        if room.id in entered:
            raise RoomOccupied(room=room.number)
        refuse_unready(room)
        entered.add(room.id)


def _begin(
    session: Session, stays: Mapping[int, Stay], given_limits: Mapping[int, int | None], today: date, operator: str
) -> None:
    """Writes that stays have begun: state, room, first window, deposit, event; and tells the floors above."""
    session.execute(
        sa.update(Stay)
        .where(Stay.id.in_(stays))
        .values(status="in_house", checked_in_on=today, version=Stay.version + 1)
    )
    mark_rooms(session, [room_of_stay(each) for each in stays.values()], "check_in")
    limits = house_limits(session)
    requests = []
    for stay_id, stay in stays.items():
        given = given_limits.get(stay_id)
        limit = limit_for(limits, stay.payment_method) if given is None else given
        requests.append(NewWindow(stay, house_limit_minor=limit))
    windows = open_windows(session, requests, operator)
    use_deposits(session, [(stays[each.stay_id], each.folio_id) for each in windows], operator)
    told = [
        (f"stay:{each.id}", None, {"room_id": each.room_id, "departure": each.departure}) for each in stays.values()
    ]
    record_all(session, "stay.checked_in", operator, told)
    guest_checked_in.send(session, stay_ids=list(stays))


def reverse_check_in(session: Session, stay_id: int, operator: str) -> Stay:
    """Takes a check-in back on the same business day, while nothing is posted: the stay is confirmed again, its room
    vacant and still assigned to it, its deposit a deposit.

    Refuses another state or day (`TooLate`), and any posting other than the deposit's (`SomethingPosted`).
    """
    today, stay = _hold_in_house(session, stay_id, "reverse_check_in")
    refuse_another_day(stay.checked_in_on, today)
    windows = windows_of(session, [stay_id])[stay_id]
    folio_ids = [each.folio_id for each in windows]
    folios = lock_folios(session, [*folio_ids, *([stay.deposit_folio_id] if stay.deposit_folio_id else [])])
    if posted_beside_deposit(session, [stay_id]):
        raise SomethingPosted(stay=stay.number)
    take_back_deposit(session, stay, windows[0].folio_id, operator)
    close_folios(session, [folio_id for folio_id in folio_ids if folios[folio_id].status == "open"], operator)
    session.execute(sa.delete(StayWindow).where(StayWindow.stay_id == stay_id))
    back_to_first_window(session, stay_id)
    stay.status = after(stay, "reverse_check_in")
    stay.checked_in_on = None
    session.flush()
    mark_rooms(session, [room_of_stay(stay)], "reverse_check_in")
    record(session, "stay.check_in.reversed", f"stay:{stay_id}", operator, {"folio_ids": folio_ids}, None)
    guest_checked_out.send(session, stay_ids=[stay_id])
    return stay


def refuse_another_day(done: date | None, today: date) -> None:
    """Refuses (`TooLate`) to take back what was done on another business day than the open one."""
    if done != today:
        raise TooLate(done=done)


def posted_beside_deposit(session: Session, stay_ids: Collection[int]) -> set[int]:
    """Which of these stays have anything on their windows that does not come from their deposit. One statement."""
    here = (Posting.debit_folio_id, Posting.credit_folio_id)
    sides = [
        sa.select(StayWindow.stay_id)
        .join(Stay, Stay.id == StayWindow.stay_id)
        .join(Posting, side == StayWindow.folio_id)
        .where(StayWindow.stay_id.in_(stay_ids), other != sa.func.coalesce(Stay.deposit_folio_id, 0))
        for side, other in (here, here[::-1])
    ]
    return set(session.scalars(sa.union(*sides)))


# --- while in house -------------------------------------------------------------------------------------------


def move(
    session: Session,
    stay_id: int,
    room_id: int,
    operator: str,
    *,
    reason: str | None = None,
    accept_out_of_service: bool = False,
) -> Stay:
    """Moves a guest in house to another room, from the business date on; earlier nights keep the room they were in.

    The price stays as it is, also in a room of another type. Refuses a room that is occupied, not clean, given to
    somebody for one of the nights, closed or out, a type that is sold out, and the room the guest is in.
    """
    why = clean_text("reason", reason, 200)
    today = hold_open_day(session)
    seen = get_stay(session, stay_id)
    after(seen, "move")
    type_of_room = types_of_rooms(session, {room_id, seen.room_id or room_id})
    types = lock_room_types(session, type_of_room.values())
    rooms = lock_rooms(session, type_of_room)
    room_of = {stay_id: seen.room_id}
    stay = lock_stays(session, [stay_id], "move")[stay_id]
    _refuse_other_rooms({stay_id: stay}, room_of)
    left = rooms[room_of_stay(stay)]
    if left.id == room_id:
        raise SameRoom(stay=stay.number, room=left.number)
    target = rooms[room_id]
    refuse_unready(target)
    refuse_claims(session, [Claim(stay_id, room_id, today, max(stay.departure, today))], rooms, accept_out_of_service)
    refuse_retyping(session, {stay_id: types[target.room_type_id]}, {stay_id: stay}, today)
    give_rooms(session, {stay_id: (room_id, target.room_type_id)}, today)
    mark_rooms(session, [left.id], "check_out")
    mark_rooms(session, [room_id], "check_in")
    told = {"room": target.number, "reason": why}
    record(session, "stay.room.moved", f"stay:{stay_id}", operator, {"room": left.number}, told)
    guest_moved.send(session, stay_ids=[stay_id], from_room_id=left.id)
    return get_stay(session, stay_id)


def extend(session: Session, stay_id: int, departure: date, operator: str) -> Stay:
    """Keeps a guest in house until a later `departure`, in the room they are in.

    The nights added cost what the rate says, or as much as the last night where it has no price. Refuses a departure
    that is not later, a room that is given to another stay or out, a type that is sold out, too many nights.
    """
    today = hold_open_day(session)
    seen = get_stay(session, stay_id)
    after(seen, "extend")
    type_of_room = types_of_rooms(session, [seen.room_id] if seen.room_id is not None else [])
    types = lock_room_types(session, {seen.room_type_id, *type_of_room.values()})
    rooms = lock_rooms(session, type_of_room)
    room_of = {stay_id: seen.room_id}
    stay = lock_stays(session, [stay_id], "extend")[stay_id]
    _refuse_other_rooms({stay_id: stay}, room_of)
    if departure <= max(stay.departure, today - timedelta(days=1)):
        raise DepartureNotPossible(stay=stay.number, departure=stay.departure, wanted=departure)
    check_dates(stay.arrival, departure)
    room = rooms[room_of_stay(stay)]
    added = days_between(stay.departure, departure)
    take_nights(
        free_rooms_of_types(session, stay.departure, departure, [room.room_type_id]), types[room.room_type_id], added
    )
    refuse_claims(session, [Claim(stay_id, room.id, stay.departure, departure)], rooms, accept_out_of_service=True)
    last_minor = nights_of(session, [stay_id])[stay_id][-1].price_minor
    costs = prices(session, [stay.rate_code], [stay.room_type_id])
    before = stay.departure
    stay.departure = departure
    session.execute(sa.delete(StayNight).where(StayNight.stay_id == stay_id, StayNight.date >= before))
    fresh = price_nights(stay, added, costs, types[stay.room_type_id], otherwise_minor=last_minor)
    session.flush()
    write_nights(session, night_rows(stay, fresh, room.room_type_id))
    _tell_departure(session, stay, before, "stay.extended", operator)
    return stay


def shorten(session: Session, stay_id: int, departure: date, operator: str) -> Stay:
    """Lets a guest in house leave earlier, on the business date or later; the nights that fall away can be sold.

    A stay that is to leave on its day of arrival becomes a day use, at the price of its first night.
    Refuses a departure that is not earlier, or over.
    """
    today, stay = _hold_in_house(session, stay_id, "shorten")
    refuse_not_earlier(stay, departure, today)
    before = stay.departure
    cut_nights(session, [stay], departure)
    stay.departure = departure
    session.flush()
    _tell_departure(session, stay, before, "stay.shortened", operator)
    return stay


def refuse_not_earlier(stay: Stay, departure: date, today: date) -> None:
    """Refuses (`DepartureNotPossible`) to shorten a stay to a departure that is not earlier, or over."""
    if not today <= departure < stay.departure:
        raise DepartureNotPossible(stay=stay.number, departure=stay.departure, wanted=departure)


def _tell_departure(session: Session, stay: Stay, before: date, action: str, operator: str) -> None:
    record(session, action, f"stay:{stay.id}", operator, {"departure": before}, {"departure": stay.departure})
    guest_changed.send(session, stay_ids=[stay.id])


# --- checking out ---------------------------------------------------------------------------------------------


def check_out(session: Session, stay_id: int, operator: str) -> Stay:
    """Checks one stay out; see `check_out_all`."""
    return check_out_all(session, [stay_id], operator)[0]


def check_out_all(session: Session, stay_ids: Collection[int], operator: str) -> list[Stay]:
    """Checks stays out, all or none, in a constant number of statements: the folios are closed, the rooms vacant and
    dirty, nights that were not slept can be sold.

    Refuses (`DepartureBlocked`, naming everything that stands in the way of the first such stay): windows that are not
    at zero, nights and days used that are not charged yet, an overdue departure. Refuses stays that are not in house.
    """
    if not stay_ids:
        return []
    today = hold_open_day(session)
    room_of = {stay_id: stay.room_id for stay_id, stay in get_stays(session, stay_ids).items()}
    lock_rooms(session, {room_id for room_id in room_of.values() if room_id is not None})
    stays = lock_stays(session, room_of, "check_out")
    _refuse_other_rooms(stays, room_of)
    windows = windows_of(session, stays)
    folios = lock_folios(session, {each.folio_id for opened in windows.values() for each in opened})
    for stay_id, found in obstacles(session, stays, windows, folios, today).items():
        if found:
            raise DepartureBlocked(stay=stays[stay_id].number, obstacles=found)
    close_folios(session, [folio_id for folio_id, row in folios.items() if row.status == "open"], operator)
    cut_nights(session, [each for each in stays.values() if each.departure > today], today)
    changes = [(f"stay:{each.id}", {"departure": each.departure}, {"departed_on": today}) for each in stays.values()]
    session.execute(
        sa.update(Stay)
        .where(Stay.id.in_(stays))
        .values(status="departed", departure=today, departed_on=today, version=Stay.version + 1)
    )
    mark_rooms(session, [room_of_stay(each) for each in stays.values()], "check_out")
    record_all(session, "stay.checked_out", operator, changes)
    guest_checked_out.send(session, stay_ids=list(stays))
    return [stays[stay_id] for stay_id in stay_ids]


def reinstate(session: Session, stay_id: int, operator: str, authorised_by: str | None = None) -> Stay:
    """Takes a check-out back on the same business day: the guest is in house again, due out today, the folios open.
    `authorised_by` is who allowed it, where that is not the operator.

    Refuses another state or day (`TooLate`), and a room that somebody is in by now, or that is out of order. A guest
    who stays the night is then extended.
    """
    today = hold_open_day(session)
    seen = get_stay(session, stay_id)
    rooms = lock_rooms(session, [seen.room_id] if seen.room_id is not None else [])
    stay = lock_stays(session, [stay_id], "reinstate")[stay_id]
    refuse_another_day(stay.departed_on, today)
    room = rooms[room_of_stay(stay)]
    refuse_occupied(room)
    refuse_claims(session, [Claim(stay_id, room.id, today, today)], rooms, accept_out_of_service=True)
    for folio_id, row in lock_folios(
        session, [each.folio_id for each in windows_of(session, [stay_id])[stay_id]]
    ).items():
        if row.status == "closed":
            reopen_folio(session, folio_id, operator)
    stay.status = after(stay, "reinstate")
    stay.departed_on = None
    session.flush()
    mark_rooms(session, [room.id], "reinstate")
    record(session, "stay.reinstated", f"stay:{stay_id}", operator, None, {"room": room.number}, authorised_by)
    guest_checked_in.send(session, stay_ids=[stay_id])
    return stay


# --- small parts ----------------------------------------------------------------------------------------------


def room_of_stay(stay: Stay) -> int:
    """The stay's room. Refuses `NoRoom`."""
    if stay.room_id is None:
        raise NoRoom(stay=stay.number)
    return stay.room_id


def _hold_in_house(session: Session, stay_id: int, verb: str) -> tuple[date, Stay]:
    """The business date, and a stay locked after its room."""
    today = hold_open_day(session)
    seen = get_stay(session, stay_id)
    after(seen, verb)
    room_of = {stay_id: seen.room_id}
    lock_rooms(session, [room_id for room_id in room_of.values() if room_id is not None])
    stay = lock_stays(session, [stay_id], verb)[stay_id]
    _refuse_other_rooms({stay_id: stay}, room_of)
    return today, stay


def _refuse_other_rooms(stays: Mapping[int, Stay], room_of: Mapping[int, int | None]) -> None:
    """Refuses (`ChangedMeanwhile`) stays that were given another room before theirs was locked."""
    for stay_id, stay in stays.items():
        if stay.room_id != room_of[stay_id]:
            raise ChangedMeanwhile(record=f"stay:{stay_id}", changed=[f"room_id: {stay.room_id} / {room_of[stay_id]}"])
