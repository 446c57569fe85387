"""Stays that have not begun: book, amend, assign a room, cancel, mark as a no-show.

What happens from the check-in on stands in `stays.py`; deposits in `deposits.py`; prices of nights in `nights.py`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios import events
from folios.business_day import hold_open_day
from folios.errors import N_, ReasonMissing, Refusal
from folios.events import authorised, record_all
from folios.ids import next_ids
from folios.texts import clean_text
from frontoffice.assignment import Claim, give_rooms, refuse_claims, refuse_retyping, types_of_rooms
from frontoffice.availability import days_between, free_rooms_of_types, take_nights
from frontoffice.companies import refuse_unknown_companies
from frontoffice.deposits import DEPOSIT_ASKED, refuse_asked
from frontoffice.fields import FieldUnknown
from frontoffice.guests import refuse_unknown_guests
from frontoffice.lifecycle import after, get_stay, get_stays, lock_stays
from frontoffice.models.rooms import Room, RoomType
from frontoffice.models.stays import NATURES, Stay, StayNight
from frontoffice.nights import (
    MOST_NIGHTS,
    AgreedPrice,
    clean_agreed,
    dates_of,
    night_rows,
    nights_of,
    price_nights,
    release_nights,
    write_nights,
)
from frontoffice.rates import prices, refuse_unsold_rates
from frontoffice.rooms import lock_room_types, lock_rooms
from frontoffice.sharers import refuse_amending
from frontoffice.signals import guest_changed
from frontoffice.windows import refuse_unknown_method

MOST_GUESTS = 99
REMARK_LENGTH = 2000
PLAN = ("arrival", "departure", "room_type_id", "rate_code", "nature")
FACTS = ("guest_id", "company_id", "adults", "children", "payment_method", "guaranteed", *DEPOSIT_ASKED)
DETAILS = (*FACTS, "agent", "remark")


class DepartureBeforeArrival(Refusal):
    code = "stay.departure_before_arrival"
    message = N_("The departure, {departure}, is before the arrival, {arrival}.")


class ArrivalInPast(Refusal):
    code = "stay.arrival_in_past"
    message = N_("The arrival, {arrival}, is over: it is {day}.")


class StayTooLong(Refusal):
    code = "stay.too_long"
    message = N_("A stay has at most {most} nights; this one would have {nights}.")


class PartyInvalid(Refusal):
    code = "stay.party_invalid"
    message = N_("A stay needs at least one adult, and has at most {most} adults and {most} children.")


class NatureUnknown(Refusal):
    code = "stay.nature_unknown"
    message = N_("{nature} is not a kind of stay.")


class DayNotPossible(Refusal):
    code = "stay.day_not_possible"
    message = N_("{day} cannot be: it must be from {earliest} to {latest}.")


class ReferenceIncomplete(Refusal):
    code = "stay.reference_incomplete"
    message = N_("An outside reference needs its source, and a source its reference.")


class ReferenceTaken(Refusal):
    code = "stay.reference_taken"
    message = N_("{source} sent {reference} before: it is stay {stay}.")


class NotDueYet(Refusal):
    code = "stay.not_due_yet"
    message = N_("Stay {stay} is expected on {arrival}; it is no no-show before.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """A stay to be booked. A day use departs on the day it arrives.

    `agreed` replaces the rate's price; `authorised_by` is who allowed a stay that does not pay, where that is not who
    books. `booked_on` is the open business date unless given, for bookings taken over from
    elsewhere. `source` and `reference` name it in the system it came from, where it came from one. A `guaranteed` stay
    may be charged when nobody comes. A deposit that is asked for (in minor units) is due on a day.
    """

    guest_id: int
    room_type_id: int
    rate_code: str
    arrival: date
    departure: date
    adults: int = 1
    children: int = 0
    room_id: int | None = None
    company_id: int | None = None
    agent: str | None = None
    nature: str = "paying"
    payment_method: str | None = None
    agreed: AgreedPrice | None = None
    authorised_by: str | None = None
    booked_on: date | None = None
    source: str | None = None
    reference: str | None = None
    remark: str | None = None
    guaranteed: bool = False
    deposit_asked_minor: int | None = None
    deposit_due_on: date | None = None


# --- booking --------------------------------------------------------------------------------------------------


def book(session: Session, booking: Booking, operator: str) -> Stay:
    """Books one stay; see `book_all`."""
    return book_all(session, [booking], operator)[0]


def book_all(session: Session, bookings: Sequence[Booking], operator: str) -> list[Stay]:
    """Books stays, all or none, in a constant number of statements. The price of each night is fixed here.

    Refuses, each by name: a room type with nothing left for a night, a room that is given, closed or out; an arrival
    before the business date, a departure before the arrival, more than `MOST_NIGHTS` nights; a party of nobody;
    unknown guests, companies, types and rates; a rate without a price, unless one is agreed; an outside reference that
    was booked before (`known_references` tells which).
    """
    if not bookings:
        return []
    today = hold_open_day(session)
    for booking in bookings:
        _check_booking(booking, today)
    refuse_unknown_guests(session, [each.guest_id for each in bookings])
    refuse_unknown_companies(session, [each.company_id for each in bookings if each.company_id is not None])
    refuse_unsold_rates(session, [each.rate_code for each in bookings])
    ids = next_ids(session, Stay.id, len(bookings))
    agreed = [clean_agreed(session, each.agreed) if each.agreed else None for each in bookings]
    stays = [_new_stay(stay_id, booking, today) for stay_id, booking in zip(ids, bookings, strict=True)]
    type_of_room = types_of_rooms(session, [each.room_id for each in stays if each.room_id is not None])
    types = lock_room_types(session, {each.room_type_id for each in stays} | set(type_of_room.values()))
    _refuse_known_references(session, stays)
    taken_types = [types[type_of_room.get(each.room_id or 0, each.room_type_id)] for each in stays]
    _take_from_inventory(session, stays, taken_types)
    refuse_claims(session, _claims(stays), lock_rooms(session, type_of_room))
    costs = prices(session, {each.rate_code for each in stays}, {each.room_type_id for each in stays})
    rows: list[dict[str, Any]] = []
    for stay, taken_type, price in zip(stays, taken_types, agreed, strict=True):
        days = dates_of(stay.arrival, stay.departure)
        nights = price_nights(stay, days, costs, types[stay.room_type_id], price)
        rows += night_rows(stay, nights, taken_type.id, price, operator)
    session.add_all(stays)
    session.flush()
    write_nights(session, rows)
    told = [
        (f"stay:{stay.id}", None, authorised(_told(stay), operator, booking.authorised_by))
        for stay, booking in zip(stays, bookings, strict=True)
    ]
    record_all(session, "stay.booked", operator, told)
    return stays


def known_references(session: Session, source: str, references: Collection[str]) -> dict[str, int]:
    """Which references of an outside source are booked already, and as which stay: what an import passes over."""
    known = sa.select(Stay.reference, Stay.id).where(Stay.source == source, Stay.reference.in_(references))
    return {reference: stay_id for reference, stay_id in session.execute(known) if reference is not None}


def _check_booking(booking: Booking, today: date) -> None:
    if booking.arrival < today:
        raise ArrivalInPast(arrival=booking.arrival, day=today)
    check_dates(booking.arrival, booking.departure)
    _check_party(booking.adults, booking.children)
    if booking.nature not in NATURES:
        raise NatureUnknown(nature=booking.nature)
    refuse_unknown_method(booking.payment_method)
    refuse_asked(booking.deposit_asked_minor, booking.deposit_due_on)
    if booking.booked_on is not None and booking.booked_on > today:
        raise DayNotPossible(day=booking.booked_on, earliest=date.min, latest=today)


def check_dates(arrival: date, departure: date) -> None:
    """Refuses a departure before the arrival, and more than `MOST_NIGHTS` nights."""
    if departure < arrival:
        raise DepartureBeforeArrival(arrival=arrival, departure=departure)
    if (departure - arrival).days > MOST_NIGHTS:
        raise StayTooLong(most=MOST_NIGHTS, nights=(departure - arrival).days)


def _check_party(adults: int, children: int) -> None:
    if not (1 <= adults <= MOST_GUESTS and 0 <= children <= MOST_GUESTS):
        raise PartyInvalid(most=MOST_GUESTS)


def _new_stay(stay_id: int, booking: Booking, today: date) -> Stay:
    stay = Stay(
        id=stay_id,
        status="confirmed",
        agent=clean_text("agent", booking.agent, 100),
        booked_on=booking.booked_on or today,
        source=clean_text("source", booking.source, 40),
        reference=clean_text("reference", booking.reference, 100),
        remark=clean_text("remark", booking.remark, REMARK_LENGTH),
        **{name: getattr(booking, name) for name in (*PLAN, *FACTS, "room_id")},
    )
    if (stay.source is None) != (stay.reference is None):
        raise ReferenceIncomplete
    return stay


def _refuse_known_references(session: Session, stays: Sequence[Stay]) -> None:
    """Under the room types' locks, so that the same booking sent twice at once is booked once."""
    seen: dict[tuple[str, str], int] = {}
    for source in sorted({each.source for each in stays if each.source is not None}):
        references = [each.reference for each in stays if each.source == source and each.reference is not None]
        seen |= {(source, reference): of for reference, of in known_references(session, source, references).items()}
    for stay in stays:
        if stay.source is not None and stay.reference is not None:
            first = seen.setdefault((stay.source, stay.reference), stay.id)
            if first != stay.id:
                raise ReferenceTaken(source=stay.source, reference=stay.reference, stay=first)


def _take_from_inventory(session: Session, stays: Sequence[Stay], types: Sequence[RoomType]) -> None:
    begin, end = min(each.arrival for each in stays), max(each.departure for each in stays)
    free = free_rooms_of_types(session, begin, end, {each.id for each in types})
    for stay, room_type in zip(stays, types, strict=True):
        take_nights(free, room_type, days_between(stay.arrival, stay.departure))


def _claims(stays: Sequence[Stay]) -> list[Claim]:
    return [Claim(each.id, each.room_id, each.arrival, each.departure) for each in stays if each.room_id is not None]


def _told(stay: Stay) -> dict[str, Any]:
    names = ("guest_id", "room_type_id", "room_id", "rate_code", "arrival", "departure", "nature")
    return {name: getattr(stay, name) for name in names}


# --- amending -------------------------------------------------------------------------------------------------


def amend(
    session: Session,
    stay_id: int,
    seen_version: int,
    changes: Mapping[str, Any],
    operator: str,
    authorised_by: str | None = None,
) -> Stay:
    """Changes fields of a stay that was read at `seen_version`: `DETAILS` at any time, `PLAN` before it begins.
    `authorised_by` is who allowed it, where that is not the operator.

    A new rate, type or nature prices every night anew, agreed prices included; new dates price the nights they add, at
    the rate or else as the last night. An assigned room is kept, unless its type is not the one booked any more.
    Refuses what `book_all` refuses, what its sharers do not allow, and `ChangedMeanwhile`.
    """
    for field in changes:
        if field not in DETAILS and field not in PLAN:
            raise FieldUnknown(field=field)
    today = hold_open_day(session)
    seen = get_stay(session, stay_id)
    details = _clean_details(session, seen, changes)
    plan = {field: value for field, value in changes.items() if field in PLAN and getattr(seen, field) != value}
    types: dict[int, RoomType] = {}
    rooms: dict[int, Room] = {}
    if plan:
        type_of_room = types_of_rooms(session, [seen.room_id] if seen.room_id is not None else [])
        booked_types = {seen.room_type_id, plan.get("room_type_id", seen.room_type_id)}
        types = lock_room_types(session, booked_types | set(type_of_room.values()))
        rooms = lock_rooms(session, type_of_room)
    stay = get_stays(session, [stay_id], locked=True)[stay_id]
    after(stay, "plan" if plan else "describe")
    refuse_amending(session, stay, details)
    if plan and stay.version == seen_version:  # a stale one is refused below, with what both sides wanted
        plan = _replan(session, stay, plan, types, rooms, today)
    wanted = plan | details
    events.amend(session, stay, seen_version, wanted, "stay.amended", f"stay:{stay_id}", operator, authorised_by)
    if stay.status == "in_house":
        guest_changed.send(session, stay_ids=[stay_id])
    return stay


def _clean_details(session: Session, stay: Stay, changes: Mapping[str, Any]) -> dict[str, Any]:
    clean = {field: value for field, value in changes.items() if field in DETAILS}
    if "guest_id" in clean:
        refuse_unknown_guests(session, [clean["guest_id"]])
    if clean.get("company_id") is not None:
        refuse_unknown_companies(session, [clean["company_id"]])
    _check_party(clean.get("adults", stay.adults), clean.get("children", stay.children))
    refuse_unknown_method(clean.get("payment_method"))
    refuse_asked(*[clean.get(name, getattr(stay, name)) for name in DEPOSIT_ASKED])
    for field, most in (("agent", 100), ("remark", REMARK_LENGTH)):
        if field in clean:
            clean[field] = clean_text(field, clean[field], most)
    return clean


def _replan(
    session: Session,
    stay: Stay,
    plan: dict[str, Any],
    types: Mapping[int, RoomType],
    rooms: Mapping[int, Room],
    today: date,
) -> dict[str, Any]:
    """Gives a stay the nights of its new plan; returns the fields to set, with the room when it lost it."""
    wanted = Stay(**{field: getattr(stay, field) for field in (*PLAN, "id", "room_id")} | plan)
    _check_plan(session, wanted, plan, today)
    if (
        "room_type_id" in plan
        and wanted.room_id is not None
        and rooms[wanted.room_id].room_type_id != wanted.room_type_id
    ):
        wanted.room_id = None
    taken = types[rooms[wanted.room_id].room_type_id if wanted.room_id is not None else wanted.room_type_id]
    old = {night.date: night for night in nights_of(session, [stay.id])[stay.id]}
    held = {day for day, night in old.items() if night.room_type_id == taken.id and day < stay.departure}
    added = [day for day in days_between(wanted.arrival, wanted.departure) if day not in held]
    if added:
        take_nights(free_rooms_of_types(session, added[0], added[-1] + timedelta(days=1), [taken.id]), taken, added)
    refuse_claims(session, _claims([wanted]), rooms)
    kept = old if not {"rate_code", "room_type_id", "nature"} & plan.keys() else {}
    rows = _replanned_nights(session, wanted, kept, types[wanted.room_type_id], taken.id)
    session.execute(sa.delete(StayNight).where(StayNight.stay_id == stay.id))
    write_nights(session, rows)
    return plan if wanted.room_id == stay.room_id else plan | {"room_id": wanted.room_id}


def _check_plan(session: Session, wanted: Stay, plan: Mapping[str, Any], today: date) -> None:
    if "arrival" in plan and wanted.arrival < today:
        raise ArrivalInPast(arrival=wanted.arrival, day=today)
    check_dates(wanted.arrival, wanted.departure)
    if wanted.nature not in NATURES:
        raise NatureUnknown(nature=wanted.nature)
    if "rate_code" in plan:
        refuse_unsold_rates(session, [wanted.rate_code])


def _replanned_nights(
    session: Session, wanted: Stay, kept: Mapping[date, StayNight], booked_type: RoomType, taken_type_id: int
) -> list[dict[str, Any]]:
    """The nights of a new plan: `kept` ones as they were, the others at the rate's price or else as the last kept."""
    days = dates_of(wanted.arrival, wanted.departure)
    costs = prices(session, [wanted.rate_code], [wanted.room_type_id])
    otherwise = kept[max(kept)].price_minor if kept else None
    fresh = price_nights(
        wanted, [day for day in days if day not in kept], costs, booked_type, otherwise_minor=otherwise
    )
    rows = night_rows(
        wanted, {day: fresh[day] if day in fresh else kept[day].price_minor for day in days}, taken_type_id
    )
    for row in rows:
        night = kept.get(row["date"])
        if night is not None:
            row |= {"override_reason": night.override_reason, "overridden_by": night.overridden_by}
    return rows


# --- the room -------------------------------------------------------------------------------------------------


def assign_room(
    session: Session, stay_id: int, room_id: int | None, operator: str, *, accept_out_of_service: bool = False
) -> Stay:
    """Gives a stay a room before it arrives, or takes it off (None); see `assign_rooms`."""
    return assign_rooms(session, {stay_id: room_id}, operator, accept_out_of_service=accept_out_of_service)[stay_id]


def assign_rooms(
    session: Session,
    rooms_of: Mapping[int, int | None],
    operator: str,
    *,
    accept_out_of_service: bool = False,
) -> dict[int, Stay]:
    """Gives stays their rooms, all or none: {stay: room, or None to take it off}. A constant number of statements.

    A room of another type than booked is an upgrade (or the opposite): the nights then take that type from the
    inventory, at the price that was booked. Refuses a room that is given for one of the nights, closed, out of order,
    out of service unless that is accepted; a type that is sold out; a stay that is not confirmed.
    """
    if not rooms_of:
        return {}
    hold_open_day(session)
    seen = get_stays(session, rooms_of)
    type_of_room = types_of_rooms(session, {room_id for room_id in rooms_of.values() if room_id is not None})
    types = lock_room_types(session, {each.room_type_id for each in seen.values()} | set(type_of_room.values()))
    rooms = lock_rooms(session, type_of_room)
    stays = lock_stays(session, rooms_of, "assign_room")
    claims, wanted_types, before = [], {}, {}
    for stay_id, room_id in rooms_of.items():
        stay = stays[stay_id]
        wanted_types[stay_id] = types[stay.room_type_id if room_id is None else type_of_room[room_id]]
        before[stay_id] = stay.room_id
        if room_id is not None:
            claims.append(Claim(stay_id, room_id, stay.arrival, stay.departure))
    refuse_claims(session, claims, rooms, accept_out_of_service)
    since = min(each.arrival for each in stays.values())
    refuse_retyping(session, wanted_types, stays, since)
    given = {stay_id: (room_id, wanted_types[stay_id].id) for stay_id, room_id in rooms_of.items()}
    give_rooms(session, given, since)
    changes = [(f"stay:{each}", {"room_id": before[each]}, {"room_id": rooms_of[each]}) for each in sorted(rooms_of)]
    record_all(session, "stay.room.assigned", operator, changes)
    return get_stays(session, rooms_of)


# --- not coming -----------------------------------------------------------------------------------------------


def cancel(session: Session, stay_id: int, operator: str, reason: str, on: date | None = None) -> Stay:
    """Cancels one stay; see `cancel_all`."""
    return cancel_all(session, [stay_id], operator, reason, on)[0]


def cancel_all(
    session: Session, stay_ids: Collection[int], operator: str, reason: str, on: date | None = None
) -> list[Stay]:
    """Cancels stays that have not begun, in a constant number of statements. Their rooms can be sold again at once.

    `on` is the day the guest told us, by default the business date. A deposit stays where it is, to be given back,
    moved, or used for a fee. Refuses other states, no reason, a day to come or before the booking.
    """
    if not stay_ids:
        return []
    why = clean_text("reason", reason, 200)
    if why is None:
        raise ReasonMissing
    today = hold_open_day(session)
    stays = lock_stays(session, stay_ids, "cancel")
    day = on or today
    earliest = max(each.booked_on for each in stays.values())
    if not earliest <= day <= today:
        raise DayNotPossible(day=day, earliest=earliest, latest=today)
    return _end(session, stays, "cancel", operator, {"reason": why, "cancelled_on": day}, cancelled_on=day)


def mark_no_show(session: Session, stay_id: int, operator: str) -> Stay:
    """Marks one stay that was due as a no-show. Refuses other states, and one that is expected later (`NotDueYet`)."""
    today = hold_open_day(session)
    stays = lock_stays(session, [stay_id], "mark_no_show")
    refuse_not_due(stays[stay_id], today)
    return _end(session, stays, "mark_no_show", operator, {})[0]


def refuse_not_due(stay: Stay, today: date) -> None:
    """Refuses (`NotDueYet`) as a no-show who is expected later."""
    if stay.arrival > today:
        raise NotDueYet(stay=stay.number, arrival=stay.arrival)


def mark_no_shows(session: Session, day: date, operator: str) -> list[Stay]:
    """Marks everybody who was due on `day` or before and has not come, in a constant number of statements.

    Refuses a day that has not come (`DayNotPossible`).
    """
    today = hold_open_day(session)
    if day > today:
        raise DayNotPossible(day=day, earliest=date.min, latest=today)
    due = session.scalars(sa.select(Stay.id).where(Stay.status == "confirmed", Stay.arrival <= day))
    waiting = get_stays(session, due, locked=True)
    missing = {stay_id: stay for stay_id, stay in waiting.items() if stay.status == "confirmed" and stay.arrival <= day}
    return _end(session, missing, "mark_no_show", operator, {}) if missing else []


def _end(
    session: Session, stays: Mapping[int, Stay], verb: str, operator: str, told: Mapping[str, Any], **values: Any
) -> list[Stay]:
    """Writes that stays will not come: the state, the nights without a room, the event."""
    before = {stay_id: {"status": stay.status, "room_id": stay.room_id} for stay_id, stay in stays.items()}
    state = after(next(iter(stays.values())), verb)
    release_nights(session, stays)
    session.execute(
        sa.update(Stay).where(Stay.id.in_(stays)).values(status=state, room_id=None, version=Stay.version + 1, **values)
    )
    action = {"cancel": "stay.cancelled", "mark_no_show": "stay.no_show.marked"}[verb]
    record_all(session, action, operator, [(f"stay:{each}", before[each], {"status": state, **told}) for each in stays])
    return list(stays.values())
