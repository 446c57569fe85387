"""The reports of what a day leaves to be followed up: deposits that have not come, late charges, rooms that
housekeeping found otherwise than the desk has them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.errors import N_
from folios.models import Folio, Posting, Voucher
from frontoffice.discrepancies import discrepancies, told_of
from frontoffice.models.guests import Guest, full_name
from frontoffice.models.property import Property
from frontoffice.models.rooms import Room
from frontoffice.models.stays import Stay, StayWindow
from night_audit.reports import addresses
from night_audit.reports.asking import DAY, of_day
from night_audit.reports.definition import Asked, Column, Line, Note, Part, Report

SECTION = N_("To be looked at")
AS_IT_STOOD = Note(N_("As it stood when the report was made."))
STATUS_WORDS = {
    "occupied": N_("occupied"),
    "vacant": N_("vacant"),
    "clean": N_("clean"),
    "dirty": N_("dirty"),
    "inspected": N_("inspected"),
    "skip": N_("skip"),
    "sleep": N_("sleep"),
}

# --- deposits -------------------------------------------------------------------------------------------------


def deposit_lines(session: Session, asked: Asked) -> Iterator[Line]:
    """A line for each stay to come that was asked for a deposit and does not hold all of it, the first due first."""
    held = sa.func.coalesce(-Folio.balance_minor, 0)
    rows: Any = session.execute(
        sa.select(Stay, Guest.surname, Guest.first_names, held)
        .join(Guest, Guest.id == Stay.guest_id)
        .outerjoin(Folio, Folio.id == Stay.deposit_folio_id)
        .where(Stay.deposit_due_on.is_not(None), Stay.status == "confirmed", held < Stay.deposit_asked_minor)
        .order_by(Stay.deposit_due_on, Stay.id)
    )
    for stay, surname, first_names, held_minor in rows:
        values = {
            "due_on": stay.deposit_due_on,
            "days": max((asked.day - stay.deposit_due_on).days, 0),
            "guest": full_name(surname, first_names),
            "stay": stay.id,
            "arrival": stay.arrival,
            "guaranteed": N_("yes") if stay.guaranteed else N_("no"),
            "asked": stay.deposit_asked_minor,
            "held": held_minor,
            "missing": stay.deposit_asked_minor - held_minor,
        }
        yield Line(values, dict.fromkeys(("guest", "stay", "missing"), addresses.stay(stay.id)))


DEPOSITS_DUE = Report(
    name="deposits-due",
    title=N_("Deposits due"),
    question=N_("Which deposits were asked for and have not come?"),
    section=SECTION,
    parts=(
        Part(
            name="deposits",
            title=N_("Deposits due"),
            columns=(
                Column("due_on", N_("Due on"), "day"),
                Column("days", N_("Days overdue"), "count"),
                Column("guest", N_("Guest")),
                Column("stay", N_("Stay")),
                Column("arrival", N_("Arrival"), "day"),
                Column("guaranteed", N_("Guaranteed"), "word"),
                Column("asked", N_("Asked for"), "money", total=True),
                Column("held", N_("Held"), "money", total=True),
                Column("missing", N_("Missing"), "money", total=True),
            ),
            lines=deposit_lines,
            empty=N_("Every deposit that was asked for is there."),
        ),
    ),
    notes=(AS_IT_STOOD,),
    wide=True,
)

# --- late charges ---------------------------------------------------------------------------------------------

_LATE = (
    sa.select(
        Voucher.id,
        sa.func.min(Posting.code),
        Voucher.outlet,
        Voucher.check_number,
        Voucher.operator,
        Folio.id,
        Folio.number,
        sa.func.coalesce(Room.number, ""),
        Guest.surname,
        Guest.first_names,
        Stay.departed_on,
        sa.cast(sa.func.sum(Posting.amount_minor), sa.BigInteger),
    )
    .select_from(Voucher)
    .join(Posting, Posting.voucher_id == Voucher.id)
    .join(StayWindow, StayWindow.folio_id == Posting.debit_folio_id)
    .join(Folio, Folio.id == StayWindow.folio_id)
    .join(Stay, Stay.id == StayWindow.stay_id)
    .join(Guest, Guest.id == Stay.guest_id)
    .outerjoin(Room, Room.id == Stay.room_id)
    .where(Voucher.kind == "charge", Posting.business_date == DAY, Stay.departed_on < DAY)
    .group_by(Voucher.id, Folio.id, Room.number, Guest.id, Stay.id)
    .order_by(Voucher.id)
)


def late_lines(session: Session, asked: Asked) -> Iterator[Line]:
    """A line for each charge of the day to an account of a guest who had left on an earlier day."""
    rows: Any = session.execute(_LATE, of_day(asked.day))
    for voucher, code, outlet, check, operator, folio_id, folio, room, surname, first_names, left, amount in rows:
        values = {
            "room": room,
            "guest": full_name(surname, first_names),
            "left": left,
            "folio": folio,
            "voucher": voucher,
            "code": code,
            "outlet": outlet,
            "check": check,
            "operator": operator,
            "amount": int(amount),
        }
        address = addresses.voucher(voucher)
        yield Line(values, {"folio": addresses.folio(folio_id), "voucher": address, "amount": address})


LATE_CHARGES = Report(
    name="late-charges",
    title=N_("Late charges"),
    question=N_("What was charged to guests who had left?"),
    section=SECTION,
    parts=(
        Part(
            name="charges",
            title=N_("Late charges"),
            columns=(
                Column("room", N_("Room")),
                Column("guest", N_("Guest")),
                Column("left", N_("Left on"), "day"),
                Column("folio", N_("Folio")),
                Column("voucher", N_("Voucher")),
                Column("code", N_("Code")),
                Column("outlet", N_("Outlet")),
                Column("check", N_("Check")),
                Column("operator", N_("By")),
                Column("amount", N_("Amount"), "money", total=True),
            ),
            lines=late_lines,
            empty=N_("Nothing was charged to guests who had left."),
        ),
    ),
    wide=True,
)

# --- rooms ----------------------------------------------------------------------------------------------------


def room_lines(session: Session, asked: Asked) -> Iterator[Line]:
    """A line for each room that was found vacant and has a guest by the desk, or the other way round."""
    found = discrepancies(session, asked.day)
    zone = ZoneInfo((session.scalar(sa.select(Property.time_zone)) if found else None) or "UTC")
    for each in found:
        values = {
            "room": each.number,
            "room_type": each.room_type,
            "difference": STATUS_WORDS[each.kind],
            "desk": STATUS_WORDS[each.occupancy],
            "found": STATUS_WORDS[each.found],
            "condition": STATUS_WORDS[each.condition],
            "guest": each.guest,
            "by": each.found_by,
            "at": f"{each.found_at.astimezone(zone):%H:%M}",
            "rooms": 1,
        }
        opens = {"room": addresses.room(each.number)}
        yield Line(values, opens if each.stay_id is None else opens | {"guest": addresses.stay(each.stay_id)})


def room_notes(session: Session, asked: Asked, lines: list[Line]) -> Iterator[Note]:
    """Of how many rooms the report can know anything, what its words mean, and as of when it speaks."""
    told, of = told_of(session, asked.day)
    yield Note(
        N_("Housekeeping told of {told} of {rooms} rooms what it found on this day."), {"told": told, "rooms": of}
    )
    if lines:
        yield Note(N_("Skip: the desk has a guest in the room, and it was found vacant."))
        yield Note(N_("Sleep: the desk has nobody in the room, and it was found occupied."))
    if asked.standing == "open":
        yield Note(N_("As it stands: what was found counts today, until the desk lets somebody in or out."))
    else:
        yield AS_IT_STOOD


ROOM_STATUS = Report(
    name="room-status",
    title=N_("Room-status discrepancies"),
    question=N_("Which rooms did housekeeping find vacant that the desk has a guest in, or the other way round?"),
    section=SECTION,
    parts=(
        Part(
            name="rooms",
            title=N_("Room-status discrepancies"),
            columns=(
                Column("room", N_("Room")),
                Column("room_type", N_("Room type")),
                Column("difference", N_("Difference"), "word"),
                Column("desk", N_("Desk"), "word"),
                Column("found", N_("Found"), "word"),
                Column("condition", N_("Condition"), "word"),
                Column("guest", N_("Guest")),
                Column("by", N_("By")),
                Column("at", N_("At")),
                Column("rooms", N_("Rooms"), "count", total=True),
            ),
            lines=room_lines,
            empty=N_("No room was found otherwise than the desk has it."),
            notes=room_notes,
        ),
    ),
    wide=True,
)

REPORTS = (DEPOSITS_DUE, LATE_CHARGES, ROOM_STATUS)
