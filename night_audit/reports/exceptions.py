"""The reports of what somebody should look at: what was taken back or paid out and why, what drawers were over or
short, tills against the books, prices that differ from the registered rate, what guests contest.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from folios.errors import N_, WORDS
from folios.models import Folio, Posting, Voucher
from frontoffice import till_totals
from frontoffice.models.cashiering import CashFolio, Shift
from frontoffice.models.desk import Dispute
from frontoffice.models.guests import Guest, full_name
from frontoffice.models.rates import RatePrice
from frontoffice.models.rooms import Room
from frontoffice.models.stays import Stay, StayNight
from frontoffice.room_charges import is_charge_of
from frontoffice.shifts import DROP, SENDER
from frontoffice.shifts import OVER_SHORT as OVER_SHORT_KEY
from night_audit.reports import addresses
from night_audit.reports.asking import DAY, of_day
from night_audit.reports.definition import Asked, Column, Line, Note, Part, Report

# --- corrections, allowances, paid-outs -----------------------------------------------------------------------

_debited, _credited = aliased(Folio), aliased(Folio)
_named_folio = sa.case((_credited.type == "control", _debited.number), else_=_credited.number)
_TAKEN = (
    sa.select(
        Voucher.kind,
        Voucher.id,
        Voucher.corrects_voucher_id,
        sa.func.min(_named_folio),
        sa.func.min(Posting.code),
        sa.func.coalesce(Voucher.reason, Voucher.remark),
        Voucher.operator,
        Voucher.authorised_by,
        sa.cast(sa.func.sum(Posting.amount_minor), sa.BigInteger),
    )
    .select_from(Voucher)
    .join(Posting, Posting.voucher_id == Voucher.id)
    .join(_debited, _debited.id == Posting.debit_folio_id)
    .join(_credited, _credited.id == Posting.credit_folio_id)
    .where(Voucher.business_date == DAY, Voucher.kind.in_(("correction", "allowance", "paid_out")))
    .where(sa.func.coalesce(Voucher.sender, "").not_in(("shift", "safe")))
    .group_by(Voucher.id)
    .order_by(Voucher.kind.desc(), Voucher.id)
)


def taken_lines(session: Session, asked: Asked) -> Iterator[Line]:
    """A line for each correction, allowance and paid-out of the day, with its reason and who answers for it."""
    rows: Any = session.execute(_TAKEN, of_day(asked.day))
    for kind, voucher, corrects, number, code, reason, operator, authorised_by, amount in rows:
        values = {
            "kind": WORDS[kind],
            "voucher": voucher,
            "of": corrects,
            "folio": number,
            "code": code,
            "reason": reason,
            "operator": operator,
            "authorised_by": authorised_by,
            "amount": int(amount),
        }
        opens = {"voucher": addresses.voucher(voucher), "amount": addresses.voucher(voucher)}
        yield Line(values, opens | ({"of": addresses.voucher(corrects)} if corrects else {}))


TAKEN_BACK = Report(
    name="corrections",
    title=N_("Corrections, allowances and paid-outs"),
    question=N_("What was taken back or paid out, why, and who answers for it?"),
    section=N_("To be looked at"),
    parts=(
        Part(
            name="vouchers",
            title=N_("Corrections, allowances and paid-outs"),
            columns=(
                Column("kind", N_("Kind"), "word"),
                Column("voucher", N_("Voucher")),
                Column("of", N_("Of voucher")),
                Column("folio", N_("Folio")),
                Column("code", N_("Code")),
                Column("reason", N_("Reason")),
                Column("operator", N_("By")),
                Column("authorised_by", N_("Authorised by")),
                Column("amount", N_("Amount"), "money", total=True),
            ),
            lines=taken_lines,
            group="kind",
            empty=N_("Nothing was taken back or paid out."),
        ),
    ),
    wide=True,
)


# --- over and short -------------------------------------------------------------------------------------------

_SHIFTS = (
    sa.select(Shift, Folio.number)
    .join(Folio, Folio.id == Shift.drawer_folio_id)
    .where(Shift.status == "closed", Shift.closed_on == DAY)
    .order_by(Shift.id)
)


def shift_lines(session: Session, asked: Asked) -> Iterator[Line]:
    """A line for each shift that was closed on the day."""
    rows: Any = session.execute(_SHIFTS, of_day(asked.day))
    for shift, drawer in rows:
        counted, expected = shift.counted_minor or 0, shift.expected_minor or 0
        values = {
            "shift": shift.id,
            "cashier": shift.cashier,
            "drawer": drawer,
            "float": shift.float_minor,
            "expected": expected,
            "counted": counted,
            "difference": counted - expected,
            "dropped": shift.dropped_minor or 0,
            "closed_by": shift.closed_by,
            "remark": shift.remark,
        }
        yield Line(values, _shift_opens(shift))


def _shift_opens(shift: Shift) -> dict[str, str]:
    """What came through the drawer, what was made of the count, and what was dropped; else the shift's own report."""
    opens = dict.fromkeys(("shift", "float", "counted"), addresses.shift(shift.id))
    first, last = shift.opened_on, shift.closed_on or shift.opened_on
    drawer = {"folio": shift.drawer_folio_id, "sender": SENDER}
    return opens | {
        "expected": addresses.postings(first, last, "balance", folio=shift.drawer_folio_id, shift=shift.id),
        "difference": addresses.postings(last, last, "balance", **drawer, key=f"{shift.id}/{OVER_SHORT_KEY}"),
        "dropped": addresses.postings(last, last, "credit", **drawer, key=f"{shift.id}/{DROP}"),
    }


def _shift_notes(session: Session, asked: Asked, _lines: list[Line]) -> Iterator[Note]:
    """What the folios of over and short moved on the day; the differences above are the same."""
    of_place = CashFolio.place.in_(("over", "short"))
    places = list(session.scalars(sa.select(CashFolio.folio_id).where(of_place).order_by(CashFolio.folio_id)))
    found = sa.or_(Posting.credit_folio_id.in_(places), Posting.debit_folio_id.in_(places))
    sign = sa.case((Posting.credit_folio_id.in_(places), 1), else_=-1)
    moved = session.scalar(
        sa.select(sa.cast(sa.func.sum(sign * Posting.amount_minor), sa.BigInteger))
        .join(Voucher, Voucher.id == Posting.voucher_id)
        .where(Posting.business_date == asked.day, found, Voucher.sender == SENDER)
    )
    yield Note(
        N_("The folios of what was over or short moved by {moved_minor} on the day, which is the total difference."),
        {"moved_minor": int(moved or 0)},
        {"moved_minor": addresses.postings(asked.day, asked.day, "revenue", folio=places, sender=SENDER)},
    )


OVER_SHORT = Report(
    name="cashier-over-short",
    title=N_("Cashiers over and short"),
    question=N_("Whose drawer was over or short when it was counted?"),
    section=N_("To be looked at"),
    parts=(
        Part(
            name="shifts",
            title=N_("Shifts closed on the day"),
            columns=(
                Column("shift", N_("Shift")),
                Column("cashier", N_("Cashier")),
                Column("drawer", N_("Drawer")),
                Column("float", N_("Float"), "money"),
                Column("expected", N_("Expected"), "money", total=True),
                Column("counted", N_("Counted"), "money", total=True),
                Column("difference", N_("Over, or short below zero"), "money", total=True),
                Column("dropped", N_("Dropped"), "money", total=True),
                Column("closed_by", N_("Closed by")),
                Column("remark", N_("Remark")),
            ),
            lines=shift_lines,
            notes=_shift_notes,
            empty=N_("No shift was closed on this day."),
        ),
    ),
    wide=True,
)


# --- outlets against their control folios ---------------------------------------------------------------------


def outlet_lines(session: Session, asked: Asked) -> Iterator[Line]:
    """A line for each outlet's Z-totals beside the books of its tills and its control folio."""
    for each in till_totals.totals(session, asked.day):
        difference = None if each.till_minor is None else each.till_minor - each.books_minor
        values = {
            "outlet": each.outlet,
            "terminal": each.terminal,
            "number": each.number,
            "till": each.till_minor,
            "books": each.books_minor,
            "difference": difference,
            "control": each.control,
            "control_minor": each.control_minor,
            "others": each.control_minor - each.control_outlet_minor,
        }
        books = addresses.postings(asked.day, asked.day, "sold", terminal=each.terminal)
        control = addresses.postings(asked.day, asked.day, "revenue", folio=each.control_folio_id)
        others = addresses.postings(
            asked.day, asked.day, "revenue", folio=each.control_folio_id, not_outlet=each.outlet
        )
        opens = dict.fromkeys(("till", "books", "difference"), books)
        yield Line(values, opens | {"control_minor": control, "others": others})


def _outlet_notes(_session: Session, _asked: Asked, lines: list[Line]) -> Iterator[Note]:
    yield Note(
        N_("Till - books = difference. Books: what the terminal charged on the day less what it took back, with taxes.")
    )
    silent = sorted(str(line.values["terminal"]) for line in lines if line.values["till"] is None)
    if silent:
        yield Note(N_("No Z-report came from: {terminals}."), {"terminals": ", ".join(silent)})


OUTLETS = Report(
    name="outlet-reconciliation",
    title=N_("Outlet reconciliation"),
    question=N_("Does each till's Z-total agree with the books and the outlet's control folio?"),
    section=N_("To be looked at"),
    parts=(
        Part(
            name="tills",
            title=N_("Tills and control folios"),
            columns=(
                Column("outlet", N_("Outlet")),
                Column("terminal", N_("Terminal")),
                Column("number", N_("Z-report")),
                Column("till", N_("Z-total"), "money", total=True),
                Column("books", N_("Books"), "money", total=True),
                Column("difference", N_("Difference"), "money", total=True),
                Column("control", N_("Control folio")),
                Column("control_minor", N_("Control folio moved"), "money"),
                Column("others", N_("Of it not by tills"), "money"),
            ),
            lines=outlet_lines,
            notes=_outlet_notes,
            empty=N_("No outlet has a terminal, or none sent anything on this day."),
        ),
    ),
    wide=True,
)


# --- rate variance --------------------------------------------------------------------------------------------

_VARIANCE = (
    sa.select(
        Stay.id,
        Room.number,
        Guest.surname,
        Guest.first_names,
        StayNight.rate_code,
        RatePrice.price_minor,
        StayNight.price_minor,
        StayNight.override_reason,
        StayNight.overridden_by,
        Voucher.id,
    )
    .select_from(StayNight)
    .join(Stay, Stay.id == StayNight.stay_id)
    .join(Guest, Guest.id == Stay.guest_id)
    .outerjoin(Room, Room.id == sa.func.coalesce(StayNight.room_id, Stay.room_id))
    .outerjoin(
        RatePrice,
        sa.and_(
            RatePrice.rate_code == StayNight.rate_code,
            RatePrice.room_type_id == Stay.room_type_id,
            RatePrice.from_date <= StayNight.date,
            RatePrice.to_date > StayNight.date,
        ),
    )
    .outerjoin(Voucher, is_charge_of(Stay.id, StayNight.date))
    .where(StayNight.date == DAY, Stay.status.in_(("in_house", "departed")), Stay.nature == "paying")
    .where(sa.or_(RatePrice.price_minor.is_(None), RatePrice.price_minor != StayNight.price_minor))
    .order_by(Room.number, Stay.id)
)


def variance_lines(session: Session, asked: Asked) -> Iterator[Line]:
    """A line for each night slept at another price than the one registered for its rate and room type."""
    rows: Any = session.execute(_VARIANCE, of_day(asked.day))
    for stay, room, surname, first_names, rate, price, charged, reason, by, voucher in rows:
        values = {
            "room": room,
            "guest": full_name(surname, first_names),
            "rate": rate,
            "registered": price,
            "charged": charged,
            "difference": None if price is None else charged - price,
            "reason": reason,
            "by": by,
        }
        night = addresses.voucher(voucher) if voucher else addresses.stay(stay)
        opens = dict.fromkeys(("registered", "charged", "difference"), night)
        yield Line(values, opens | {"room": addresses.stay(stay)})


RATE_VARIANCE = Report(
    name="rate-variance",
    title=N_("Rate variance"),
    question=N_("Who slept at another price than the registered rate, why, and who agreed?"),
    section=N_("To be looked at"),
    parts=(
        Part(
            name="nights",
            title=N_("Rate variance"),
            columns=(
                Column("room", N_("Room")),
                Column("guest", N_("Guest")),
                Column("rate", N_("Rate")),
                Column("registered", N_("Registered"), "money", total=True),
                Column("charged", N_("Price of the night"), "money", total=True),
                Column("difference", N_("Difference"), "money", total=True),
                Column("reason", N_("Reason")),
                Column("by", N_("Agreed by")),
            ),
            lines=variance_lines,
            empty=N_("Every night was slept at its registered rate."),
        ),
    ),
    wide=True,
)

# --- disputes -------------------------------------------------------------------------------------------------

_CONTESTED = (
    sa.select(Dispute, Folio.number, Folio.name, Posting.voucher_id, Posting.code, Posting.amount_minor)
    .join(Folio, Folio.id == Dispute.folio_id)
    .join(Posting, Posting.id == Dispute.posting_id)
    .where(Dispute.opened_on <= DAY)
    .where(sa.or_(Dispute.settled_on.is_(None), Dispute.settled_on > DAY))
    .order_by(Dispute.id)
)


def dispute_lines(session: Session, asked: Asked) -> Iterator[Line]:
    """A line for each dispute that was open at the end of the day."""
    rows: Any = session.execute(_CONTESTED, of_day(asked.day))
    for dispute, number, name, voucher, code, amount in rows:
        values = {
            "folio": number,
            "name": name,
            "voucher": voucher,
            "code": code,
            "reason": dispute.reason,
            "opened_on": dispute.opened_on,
            "opened_by": dispute.opened_by,
            "amount": amount,
        }
        address = addresses.voucher(voucher)
        yield Line(values, {"folio": addresses.folio(dispute.folio_id), "voucher": address, "amount": address})


DISPUTES = Report(
    name="disputes",
    title=N_("Open disputes"),
    question=N_("Which lines do guests contest, and since when?"),
    section=N_("To be looked at"),
    parts=(
        Part(
            name="disputes",
            title=N_("Open disputes"),
            columns=(
                Column("folio", N_("Folio")),
                Column("name", N_("Name")),
                Column("voucher", N_("Voucher")),
                Column("code", N_("Code")),
                Column("reason", N_("Reason")),
                Column("opened_on", N_("Since"), "day"),
                Column("opened_by", N_("By")),
                Column("amount", N_("Amount"), "money", total=True),
            ),
            lines=dispute_lines,
            empty=N_("Nothing is contested."),
        ),
    ),
    wide=True,
)

REPORTS = (RATE_VARIANCE, OUTLETS, OVER_SHORT, TAKEN_BACK, DISPUTES)
