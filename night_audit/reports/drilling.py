"""What a figure was made from: the postings behind an amount, the stays and rooms behind a count, with their vouchers.

The addresses stand in the reports (`addresses`); what they ask is read here, and their sum is the figure itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from folios.errors import N_, Refusal
from folios.models import CODE_KINDS, LEDGERS, TYPES, VOUCHER_KINDS, Folio, Posting, TransactionCode, Voucher
from folios.texts import read_number
from frontoffice.models.guests import Guest, full_name
from frontoffice.models.rooms import Room, RoomOutage
from frontoffice.models.stays import Stay, StayNight
from frontoffice.room_charges import SENDER
from night_audit.reports.counting import LONG_OUT_DAYS
from night_audit.reports.turnover import TAKEN_BACK

PAGE = 100
MEASURES = {
    "debit": N_("debits"),
    "credit": N_("credits"),
    "balance": N_("debits less credits"),
    "revenue": N_("credits to the control folio less debits"),
    "sold": N_("charges less what was taken back"),
}
"""Which side of a posting counts, and how."""
TEXTS = ("code", "department", "operator", "outlet", "terminal")
CHOICES = {"ledger": LEDGERS, "type": TYPES, "kind": VOUCHER_KINDS, "code_kind": CODE_KINDS}
NUMBERS = ("folio", "rate", "taken", "before")
LONGEST = 100


class DrillInvalid(Refusal):
    code = "report_drill.invalid"
    message = N_("This address asks for nothing that can be listed. Go back to the report and open the figure there.")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which postings are asked for: from `first` (None: from the beginning) to `last`, measured so, and of what."""

    first: date | None
    last: date
    measure: str
    facts: Mapping[str, Any]

    @classmethod
    def read(cls, asked: Mapping[str, str]) -> Wanted:
        """What an address asks. Refuses `DrillInvalid`."""
        facts: dict[str, Any] = {}
        for name in asked:
            text = asked[name][:LONGEST]
            if (name in CHOICES and text in CHOICES[name]) or (name in TEXTS and "\0" not in text):
                facts[name] = text
            elif name in NUMBERS and read_number(text) is not None:
                facts[name] = read_number(text)
            elif name not in ("first", "last", "measure", "page", "date"):
                raise DrillInvalid
        if asked.get("measure") not in MEASURES:
            raise DrillInvalid
        first = _day(asked["first"]) if "first" in asked else None
        return cls(first, _day(asked.get("last", "")), asked["measure"], facts)


@dataclass(frozen=True, slots=True)
class Shown:
    """One page of what a figure was made from; `total` and `count` are those of all pages."""

    rows: list[Any]
    count: int
    total: int
    skip: int


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise DrillInvalid from None


# --- postings -------------------------------------------------------------------------------------------------


def postings(session: Session, wanted: Wanted, skip: int = 0, most: int = PAGE) -> Shown:
    """The postings behind an amount, the newest last, each with the sign it counts with. Two statements."""
    chosen = _chosen(wanted)
    count, total = session.execute(
        sa.select(sa.func.count(), sa.cast(sa.func.coalesce(sa.func.sum(chosen.c.minor), 0), sa.BigInteger))
    ).one()
    first = min(skip, max((count - 1) // most * most, 0))
    debited, credited = aliased(Folio), aliased(Folio)
    rows = session.execute(
        sa.select(
            Posting.business_date,
            Posting.voucher_id,
            Voucher.kind,
            Posting.code,
            sa.func.coalesce(Posting.text, TransactionCode.name).label("text"),
            debited.id.label("debit_id"),
            debited.number.label("debit"),
            credited.id.label("credit_id"),
            credited.number.label("credit"),
            sa.func.coalesce(Voucher.check_number, Voucher.reference).label("reference"),
            Voucher.operator,
            chosen.c.minor.label("minor"),
        )
        .join(chosen, chosen.c.id == Posting.id)
        .join(Voucher, Voucher.id == Posting.voucher_id)
        .join(TransactionCode, TransactionCode.code == Posting.code)
        .join(debited, debited.id == Posting.debit_folio_id)
        .join(credited, credited.id == Posting.credit_folio_id)
        .order_by(Posting.business_date, Posting.voucher_id, Posting.line)
        .offset(first)
        .limit(most)
    )
    return Shown(list(rows), int(count), int(total), first)


def _chosen(wanted: Wanted) -> Any:
    """Ids of the postings that are asked for, with the amount each counts for."""
    debited, credited, origin = aliased(Folio), aliased(Folio), aliased(Posting)
    facts = wanted.facts
    on_debit, on_credit = _is_on(debited, wanted), _is_on(credited, wanted)
    ones = {
        "debit": sa.case((on_debit, 1), else_=0),
        "credit": sa.case((on_credit, 1), else_=0),
        "balance": sa.case((on_debit, 1), else_=0) - sa.case((on_credit, 1), else_=0),
        "revenue": sa.case((on_credit, 1), else_=0) - sa.case((on_debit, 1), else_=0),
        "sold": sa.case((Voucher.kind.in_(TAKEN_BACK), -1), else_=1),
    }
    sign = ones[wanted.measure]
    conditions = [sign != 0]
    if wanted.first is not None:
        conditions.append(Posting.business_date >= wanted.first)
    last = Posting.business_date < wanted.last if facts.get("before") else Posting.business_date <= wanted.last
    conditions.append(last)
    by_text = {
        "code": Posting.code,
        "department": TransactionCode.department,
        "operator": Voucher.operator,
        "terminal": Voucher.terminal,
        "kind": Voucher.kind,
        "code_kind": TransactionCode.kind,
    }
    conditions += [column == facts[name] for name, column in by_text.items() if name in facts]
    if "outlet" in facts:
        conditions.append(sa.func.coalesce(Voucher.outlet, "") == facts["outlet"])
    if "rate" in facts:
        conditions.append(sa.func.coalesce(origin.tax_rate_ppm, 0) == facts["rate"])
    if "taken" in facts:
        taken = Voucher.kind.in_(TAKEN_BACK)
        conditions.append(taken if facts["taken"] else ~taken)
    return (
        sa.select(Posting.id, (sign * Posting.amount_minor).label("minor"))
        .join(Voucher, Voucher.id == Posting.voucher_id)
        .join(TransactionCode, TransactionCode.code == Posting.code)
        .join(origin, origin.id == sa.func.coalesce(Posting.origin_posting_id, Posting.id))
        .join(debited, debited.id == Posting.debit_folio_id)
        .join(credited, credited.id == Posting.credit_folio_id)
        .where(*conditions)
        .subquery()
    )


def _is_on(side: Any, wanted: Wanted) -> Any:
    """Whether a side of a posting is one of the accounts that are asked for.

    A balance is that of accounts that still stood at something: what was closed before stood at zero.
    """
    facts = wanted.facts
    conditions = []
    if "folio" in facts:
        conditions.append(side.id == facts["folio"])
    if "ledger" in facts:
        conditions.append(side.ledger == facts["ledger"])
    if "type" in facts:
        conditions.append(side.type == facts["type"])
    if wanted.measure == "revenue" and "folio" not in facts:
        conditions.append(side.id == TransactionCode.folio_id)
    if wanted.measure == "balance" and "folio" not in facts:
        still = side.closed_on >= wanted.last if facts.get("before") else side.closed_on > wanted.last
        conditions.append(sa.or_(side.closed_on.is_(None), still))
    return sa.and_(sa.true(), *conditions)


# --- stays and rooms ------------------------------------------------------------------------------------------

CAME = Stay.status.in_(("in_house", "departed"))
SLEPT = (CAME, StayNight.date < Stay.departure)
NIGHTS: dict[str, tuple[Any, ...]] = {
    "sold": (*SLEPT, Stay.nature == "paying"),
    "complimentary": (*SLEPT, Stay.nature == "complimentary"),
    "house_use": (*SLEPT, Stay.nature == "house_use"),
    "occupied": SLEPT,
    "guests": SLEPT,
    "shared": (*SLEPT, Stay.adults + Stay.children > 1),
}
DATED: dict[str, tuple[Any, ...]] = {
    "arrivals": (Stay.arrival, CAME),
    "walk_ins": (Stay.arrival, CAME, Stay.booked_on == Stay.arrival),
    "departures": (Stay.departure, Stay.status == "departed"),
    "no_shows": (Stay.arrival, Stay.status == "no_show"),
    "cancellations": (Stay.cancelled_on, Stay.cancelled_on.is_not(None)),
    "expected": (Stay.arrival, Stay.status.in_(("confirmed", "in_house", "departed", "no_show"))),
}
ROOMS = ("inventory", "out_of_order", "long_out")
OF = {
    "sold": N_("Rooms sold"),
    "complimentary": N_("Complimentary"),
    "house_use": N_("House use"),
    "occupied": N_("Rooms slept in"),
    "guests": N_("Guests"),
    "shared": N_("Rooms with more than one guest"),
    "arrivals": N_("Arrivals"),
    "walk_ins": N_("Walk-ins"),
    "departures": N_("Departures"),
    "no_shows": N_("No-shows"),
    "cancellations": N_("Cancellations"),
    "expected": N_("Arrivals expected"),
    "inventory": N_("Rooms of the house"),
    "out_of_order": N_("Out of order"),
    "long_out": N_("Out for six months or more"),
}


def stays(session: Session, of: str, first: date, last: date, skip: int = 0, most: int = PAGE) -> Shown:
    """The nights, stays or rooms behind a count, with the voucher of each night's charge. Two statements."""
    if of not in OF or last < first or (last - first).days > 400:
        raise DrillInvalid
    if of in ROOMS:
        return _rooms(session, of, first, last, skip, most)
    key = sa.cast(Stay.id, sa.String) + ":" + sa.cast(StayNight.date, sa.String)
    weight: Any = Stay.adults + Stay.children if of == "guests" else sa.literal(1)
    dated, *conditions = (StayNight.date, *NIGHTS[of]) if of in NIGHTS else DATED[of]
    night = sa.and_(StayNight.stay_id == Stay.id, sa.true() if of in NIGHTS else StayNight.date == dated)
    chosen = (
        sa.select(
            dated.label("day"),
            Stay.id.label("stay_id"),
            Guest.surname,
            Guest.first_names,
            Room.number.label("room"),
            Stay.arrival,
            Stay.departure,
            Stay.status,
            StayNight.price_minor.label("minor"),
            weight.label("weight"),
            Voucher.id.label("voucher_id"),
        )
        .select_from(Stay)
        .join(Guest, Guest.id == Stay.guest_id)
        .join(StayNight, night, isouter=of not in NIGHTS)
        .outerjoin(Room, Room.id == sa.func.coalesce(StayNight.room_id, Stay.room_id))
        .outerjoin(Voucher, sa.and_(Voucher.sender == SENDER, Voucher.key == key))
        .where(dated.between(first, last), *conditions)
    )
    found = chosen.subquery()
    count, total = session.execute(
        sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(found.c.weight), 0)).select_from(found)
    ).one()
    begin = min(skip, max((count - 1) // most * most, 0))
    rows = session.execute(chosen.order_by(dated, Stay.id).offset(begin).limit(most)).all()
    return Shown([_stay(row) for row in rows], int(count), int(total), begin)


@dataclass(frozen=True, slots=True)
class NightShown:
    """A night, a stay or a room of a list; `voucher_id` is the charge of the night."""

    day: date
    stay_id: int | None
    name: str
    room: str
    arrival: date
    departure: date | None
    status: str
    price_minor: int | None
    weight: int
    voucher_id: int | None


def _stay(row: Any) -> NightShown:
    return NightShown(
        row.day,
        row.stay_id,
        full_name(row.surname, row.first_names),
        row.room or "",
        row.arrival,
        row.departure,
        row.status,
        row.minor,
        row.weight,
        row.voucher_id,
    )


def _rooms(session: Session, of: str, first: date, last: date, skip: int, most: int) -> Shown:
    """Rooms by day: few enough to be worked out here, since only those that are out are told one by one."""
    there = (Room.since <= last, sa.or_(Room.until.is_(None), Room.until > first))
    rooms = session.execute(sa.select(Room).where(*there).order_by(Room.number)).scalars().all()
    outages = list(
        session.scalars(
            sa.select(RoomOutage).where(
                RoomOutage.kind == "out_of_order", RoomOutage.from_date <= last, RoomOutage.to_date > first
            )
        )
    )
    told = _told_rooms(of, rooms, outages, first, last)
    total = sum(each.weight for each in told)
    begin = min(skip, max((len(told) - 1) // most * most, 0))
    return Shown(told[begin : begin + most], len(told), total, begin)


def _told_rooms(of: str, rooms: Any, outages: list[RoomOutage], first: date, last: date) -> list[NightShown]:
    told = []
    for room in rooms:
        of_room = [each for each in outages if each.room_id == room.id]
        there = _within(room.since, room.until or date.max, first, last)
        lasting = [each for each in of_room if (each.to_date - each.from_date).days > LONG_OUT_DAYS]
        long, out = (
            {day for each in several for day in _within(each.from_date, each.to_date, first, last)} & there
            for several in (lasting, of_room)
        )
        weight = len({"inventory": there, "long_out": long, "out_of_order": out - long}[of])
        reason = ", ".join(each.reason for each in of_room) if of != "inventory" else ""
        if weight:
            told.append(NightShown(first, None, reason, room.number, room.since, room.until, "", None, weight, None))
    return told


def _within(begins: date, ends: date, first: date, last: date) -> set[date]:
    """The days from `begins` up to `ends`, which is none of them, within a period."""
    numbers = range(max(begins, first).toordinal(), min(ends.toordinal(), last.toordinal() + 1))
    return {date.fromordinal(number) for number in numbers}
