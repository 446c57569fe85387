"""The demo's open day, laid out as a desk finds it in the morning: one of each thing that has to be dealt with."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.charges import Charge, ChargeLine, charge_all
from folios.db import in_unit_of_work
from folios.drafts import Origin
from folios.models import Posting, Voucher
from folios.money import Money
from folios.payments import Payment, pay_all
from folios.transfers import split
from frontoffice.disputes import open_dispute
from frontoffice.models.rooms import Room, RoomOutage
from frontoffice.notes import write_note
from frontoffice.reservations import assign_rooms
from frontoffice.room_charges import SENDER as NIGHT
from frontoffice.rooms import put_out, set_condition, set_found
from frontoffice.stays import check_out_all
from frontoffice.windows import open_window
from night_audit.demo.hotel import CASHIER, COMPANIES, CURRENCY, LIMITS, SUPERVISOR
from night_audit.demo.month import Month, ids_of
from night_audit.demo.plan import DAY, PlannedStay

HOUSEKEEPING = "housekeeping"


def lay_out(month: Month, today: date) -> None:
    """Plays the morning of `today`; the rest of the day is for whoever looks at the demo."""
    steps: tuple[Callable[[Month, Session, date], None], ...] = (
        _early_birds,
        _rooms,
        _arrivals,
        _bills,
        _sales,
        _notes,
        _walk,
    )
    in_unit_of_work(month.sessions, lambda session: month.office(session, today))
    for step in steps:
        in_unit_of_work(month.sessions, lambda session, step=step: step(month, session, today))  # type: ignore[misc]


def _early_birds(month: Month, session: Session, today: date) -> None:
    """Two guests have left before breakfast; their rooms are dirty."""
    due_out = [each for each in month.plan.on(today, "departure") if _plain(each) and each.leaves == today]
    leaving = [each for each in due_out if not each.company][:2]
    month.settle(session, leaving)
    check_out_all(session, ids_of(leaving), CASHIER)


def _rooms(month: Month, session: Session, today: date) -> None:
    """One room is out of order, one out of service, one waits for the housekeeper."""
    rooms = month.ready_rooms(session)
    standard, superior = (rooms[month.house.types[each]] for each in ("STD", "SUP"))
    for free, kind, reason in (
        (standard, "out_of_order", "shower leaks into the room below"),
        (superior, "out_of_service", "lamp at the desk is broken"),
    ):
        if free:
            until = today + 3 * DAY
            room_id = free.pop()
            put_out(session, room_id, kind=kind, from_date=today, to_date=until, reason=reason, operator=SUPERVISOR)
    if standard:
        set_condition(session, [standard.pop()], "dirty", HOUSEKEEPING)


def _arrivals(month: Month, session: Session, _today: date) -> None:
    """Of today's arrivals some have a clean room, some a dirty one, most none yet; one is in the house already."""
    rooms = month.ready_rooms(session)
    given, dirty = {}, []
    for part in ("ready", "dirty"):
        for each in month.plan.part(part):
            free = rooms[month.house.types[each.room_type]]
            if free:
                room_id = free.pop(0)
                given[ids_of([each])[0]] = room_id
                dirty += [room_id] if part == "dirty" else []
    assign_rooms(session, given, CASHIER)
    if dirty:
        set_condition(session, dirty, "dirty", HOUSEKEEPING)
    left = month.ready_rooms(session)
    others = [each for each in month.plan.on(month.plan.today, "arrival") if _plain(each) and not each.company]
    month.check_in(session, [each for each in others if left[month.house.types[each.room_type]]][:1])


def _bills(month: Month, session: Session, _today: date) -> None:
    """Of who is due out one has paid, one owes it all, one shares the room with the company, half and half."""
    payments = [
        Payment(folio_id, "VISA", Money(balance_minor, CURRENCY))
        for _, _, folio_id, balance_minor, _ in month.windows(session, ids_of(month.plan.part("paid")))
        if balance_minor > 0
    ]
    pay_all(session, [(each, Origin(CASHIER)) for each in payments])
    for each in month.plan.part("halves"):
        (stay_id,) = ids_of([each])
        (_, _, folio_id, _, _), *_rest = month.windows(session, [stay_id])
        company = COMPANIES[each.company or ""][0]
        window = open_window(session, stay_id, CASHIER, name=company, house_limit_minor=LIMITS["direct_bill"])
        nights = (
            sa.select(Posting.id)
            .join(Voucher, Voucher.id == Posting.voucher_id)
            .where(Voucher.sender == NIGHT, Voucher.key.startswith(f"{stay_id}:"), Posting.line == 1)
        )
        for posting_id in session.scalars(nights.order_by(Posting.id)).all():
            split(session, folio_id, posting_id, [(folio_id, 1), (window.folio_id, 1)], Origin(CASHIER))


def _sales(month: Month, session: Session, _today: date) -> None:
    """A minibar line that will be contested, and a dinner that takes a guest near the house limit."""
    charges = []
    for each in month.plan.part("disputing"):
        (_, _, folio_id, _, _), *_rest = month.windows(session, ids_of([each]))
        line = ChargeLine("MINIBAR", Money(4_50, CURRENCY), quantity=3, text="Juice")
        charges.append((Charge(folio_id, (line,), reference="list of the morning"), Origin(CASHIER, outlet="MINIBAR")))
    for each in month.plan.part("near_limit"):
        (_, _, folio_id, balance_minor, limit_minor), *_rest = month.windows(session, ids_of([each]))
        room_minor = (limit_minor or 0) * 97 // 100 - balance_minor
        if room_minor > 0:
            line = ChargeLine("RESTAURANT", Money(room_minor - room_minor % 10, CURRENCY), text="Dinner for the table")
            charges.append((Charge(folio_id, (line,), check_number="980", covers=6), Origin(CASHIER)))
    posted = charge_all(session, charges)
    for (charge, _), answer in zip(charges, posted, strict=True):
        if charge.lines[0].code == "MINIBAR":
            contested = sa.select(Posting.id).where(Posting.voucher_id == answer.voucher_id, Posting.line == 1)
            open_dispute(session, charge.folio_id, session.scalars(contested).one(), "the minibar was empty", CASHIER)


def _notes(month: Month, session: Session, today: date) -> None:
    """What the desk left for itself: notes, and traces that somebody has to see to today."""
    told: tuple[tuple[str, str, str | None, date | None], ...] = (
        ("late", "Asked to keep the room until 14:00; nobody has answered yet.", "Front desk", today),
        ("ready", "Quiet room, away from the lift.", None, None),
        ("dirty", "Baby cot into the room before they come.", "Housekeeping", today),
        ("disputing", "Says the minibar was empty; look at the list of the morning.", "Front desk", today),
        ("near_limit", "Ask for a payment before dinner.", "Front desk", today),
        ("group", "One bill for all rooms, extras each by themselves.", None, None),
        ("paid", "Taxi at 10:30.", "Concierge", today),
    )
    for part, text, department, due_on in told:
        stay_id = ids_of(month.plan.part(part))[0]
        write_note(session, "stay", stay_id, text, SUPERVISOR, department=department, due_on=due_on)
    write_note(session, "company", month.house.companies["NORTHWIND"], "Pays room and breakfast only.", SUPERVISOR)


def _walk(_month: Month, session: Session, _today: date) -> None:
    """Housekeeping has walked the first floor, where one guest is gone, and heard somebody in a vacant room above."""
    first_floor = Room.floor == sa.select(sa.func.min(Room.floor)).scalar_subquery()
    walked: dict[str, list[int]] = {"occupied": [], "vacant": []}
    for room_id, occupancy in session.execute(sa.select(Room.id, Room.occupancy).where(first_floor).order_by(Room.id)):
        walked[occupancy].append(room_id)
    out = sa.select(RoomOutage.room_id)
    vacant = sa.select(sa.func.max(Room.id)).where(Room.occupancy == "vacant", Room.id.not_in(out), ~first_floor)
    set_found(session, walked["vacant"] + walked["occupied"][:1], "vacant", HOUSEKEEPING)
    set_found(session, [*walked["occupied"][1:], session.scalars(vacant).one()], "occupied", HOUSEKEEPING)


def _plain(stay: PlannedStay) -> bool:
    """Whether nothing else is planned for the stay's part in the morning."""
    return stay.part is None and stay.outcome == "stays" and stay.stay_id is not None
