"""The reports of what a day leaves to be followed up: deposits that have not come, late charges, rooms whose status
differs between the desk and the list of rooms.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.errors import N_
from folios.models import Folio, Posting, Voucher
from frontoffice.models.guests import Guest, full_name
from frontoffice.models.rooms import Room, RoomType
from frontoffice.models.stays import Stay, StayWindow
from night_audit.reports import addresses
from night_audit.reports.asking import DAY, of_day
from night_audit.reports.definition import Asked, Column, Line, Note, Part, Report

SECTION = N_("To be looked at")
STATUS_WORDS = {
    "occupied": N_("occupied"),
    "vacant": N_("vacant"),
    "clean": N_("clean"),
    "dirty": N_("dirty"),
    "inspected": N_("inspected"),
}

# --- deposits -------------------------------------------------------------------------------------------------


def deposit_lines(session: Session, asked: Asked) -> Iterator[Line]:
    """A line for each stay to come that was asked for a deposit and does not hold all of it, the first due first."""
    held = sa.func.coalesce(-Folio.balance_minor, 0)
    rows: Any = session.execute(
        sa.select(Stay, Guest.surname, Guest.first_names, held)
        .join(Guest, Guest.id == Stay.guest_id)
        .outerjoin(Folio, Folio.id == Stay.deposit_folio_id)
        .where(Stay.status == "confirmed", held < Stay.deposit_asked_minor)
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
    notes=(Note(N_("As it stood when the report was made.")),),
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


def room_lines(session: Session, _asked: Asked) -> Iterator[Line]:
    """A line for each room that the desk has a guest in and the list of rooms has not, or the other way round."""
    rows: Any = session.execute(
        sa.select(Room.number, RoomType.code, Room.occupancy, Room.condition, Stay.id, Guest.surname, Guest.first_names)
        .join(RoomType, RoomType.id == Room.room_type_id)
        .outerjoin(Stay, sa.and_(Stay.room_id == Room.id, Stay.status == "in_house"))
        .outerjoin(Guest, Guest.id == Stay.guest_id)
        .where((Room.occupancy == "occupied") != Stay.id.is_not(None), Room.until.is_(None))
        .order_by(Room.number)
    )
    for room, room_type, occupancy, condition, stay, surname, first_names in rows:
        values = {
            "room": room,
            "room_type": room_type,
            "desk": STATUS_WORDS["vacant" if stay is None else "occupied"],
            "list": STATUS_WORDS[occupancy],
            "condition": STATUS_WORDS[condition],
            "guest": None if stay is None else full_name(surname, first_names),
            "rooms": 1,
        }
        yield Line(values, {} if stay is None else {"guest": addresses.stay(stay)})


ROOM_STATUS = Report(
    name="room-status",
    title=N_("Room-status discrepancies"),
    question=N_("Which rooms are occupied by the desk and vacant by the list of rooms, or the other way round?"),
    section=SECTION,
    parts=(
        Part(
            name="rooms",
            title=N_("Room-status discrepancies"),
            columns=(
                Column("room", N_("Room")),
                Column("room_type", N_("Room type")),
                Column("desk", N_("Desk"), "word"),
                Column("list", N_("List of rooms"), "word"),
                Column("condition", N_("Condition"), "word"),
                Column("guest", N_("Guest")),
                Column("rooms", N_("Rooms"), "count", total=True),
            ),
            lines=room_lines,
            empty=N_("Desk and list of rooms agree about every room."),
        ),
    ),
    notes=(Note(N_("As it stood when the report was made.")),),
)

REPORTS = (DEPOSITS_DUE, LATE_CHARGES, ROOM_STATUS)
