"""The rows behind the night audit's questions about guests, rooms, rates, limits and drawers, one query each."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.errors import N_
from folios.ledger import currency as ledger_currency
from folios.models import BusinessDay, Folio, LedgerClosing, Posting, TransactionCode, Voucher
from folios.money import Money
from frontoffice.discrepancies import discrepancies
from frontoffice.models.cashiering import Shift
from frontoffice.models.fixed_charges import FixedCharge
from frontoffice.models.guests import Guest
from frontoffice.models.rates import RateCode, RatePrice
from frontoffice.models.rooms import Room
from frontoffice.models.stays import Stay, StayNight, StayWindow
from frontoffice.night_checks import BLOCK, Check, Row

_STAYS = (
    sa.select(
        Stay.id, Stay.number.label("number"), Guest.surname, Room.number.label("room"), Stay.arrival, Stay.departure
    )
    .join(Guest, Guest.id == Stay.guest_id)
    .outerjoin(Room, Room.id == Stay.room_id)
    .order_by(Stay.id)
)


def _row(*facts: object, address: str | None = None) -> Row:
    return Row(" · ".join(str(each) for each in facts if each not in (None, "")), address)


def _stays(found: Iterable[Any], address: str, *more: str) -> list[Row]:
    return [
        _row(
            each.room,
            each.surname,
            each.number,
            *(getattr(each, name) for name in more),
            address=address.format(each.id),
        )
        for each in found
    ]


def _amount(minor: int, currency: str) -> str:
    return f"{Money(minor, currency).decimal} {currency}"


def arrivals(session: Session, day: date) -> list[Row]:
    """Who was due by the end of the day and has not come."""
    found = session.execute(_STAYS.where(Stay.status == "confirmed", Stay.arrival <= day))
    return _stays(found, "/stays/{}", "arrival")


def due_outs(session: Session, day: date) -> list[Row]:
    """Who was to leave by the end of the day and is in house."""
    found = session.execute(_STAYS.where(Stay.status == "in_house", Stay.departure <= day))
    return _stays(found, "/stays/{}/check-out", "departure")


def closed_windows(session: Session, _day: date) -> list[Row]:
    """Stays in house whose first window, which the night is charged to, is closed."""
    found = session.execute(
        _STAYS.add_columns(Folio.id.label("folio_id"))
        .join(StayWindow, sa.and_(StayWindow.stay_id == Stay.id, StayWindow.window == 1))
        .join(Folio, Folio.id == StayWindow.folio_id)
        .where(Stay.status == "in_house", Folio.status == "closed")
    )
    return [_row(each.room, each.surname, each.number, address=f"/folios/{each.folio_id}") for each in found]


def rates(session: Session, day: date) -> list[Row]:
    """Paying nights that cost something else than the rate says, without a reason given."""
    found = session.execute(
        _STAYS.add_columns(StayNight.price_minor, RatePrice.price_minor.label("registered_minor"), StayNight.rate_code)
        .join(StayNight, sa.and_(StayNight.stay_id == Stay.id, StayNight.date == day))
        .outerjoin(
            RatePrice,
            sa.and_(
                RatePrice.rate_code == StayNight.rate_code,
                RatePrice.room_type_id == Stay.room_type_id,
                RatePrice.from_date <= day,
                RatePrice.to_date > day,
            ),
        )
        .where(Stay.status == "in_house", Stay.nature == "paying", StayNight.override_reason.is_(None))
        .where(sa.func.coalesce(RatePrice.price_minor, -1) != StayNight.price_minor)
    )
    kept_in = ledger_currency(session)

    def told(each: Any) -> str:
        registered = "-" if each.registered_minor is None else _amount(each.registered_minor, kept_in)
        return f"{each.rate_code}: {_amount(each.price_minor, kept_in)} / {registered}"

    return [_row(each.room, each.surname, each.number, told(each), address=f"/stays/{each.id}") for each in found]


def unpaid_nights(session: Session, day: date) -> list[Row]:
    """Who sleeps here tonight without paying: complimentary and house use."""
    found = session.execute(
        _STAYS.add_columns(Stay.nature).where(
            Stay.status == "in_house", Stay.nature != "paying", Stay.departure > day, Stay.arrival <= day
        )
    )
    return _stays(found, "/stays/{}", "nature")


def nights_at_nothing(session: Session, day: date) -> list[Row]:
    """Paying guests whose night costs nothing."""
    found = session.execute(
        _STAYS.join(StayNight, sa.and_(StayNight.stay_id == Stay.id, StayNight.date == day)).where(
            Stay.status == "in_house", Stay.nature == "paying", StayNight.price_minor == 0
        )
    )
    return _stays(found, "/stays/{}")


def rooms(session: Session, day: date) -> list[Row]:
    """Rooms that housekeeping found otherwise than the desk has them; who was told to be in one is looked at first."""
    return [
        _row(
            each.number,
            each.kind,
            f"{each.occupancy} / {each.found}",
            each.guest,
            each.found_by,
            address=f"/rooms?{urlencode({'find': each.number})}" if each.stay_id is None else f"/stays/{each.stay_id}",
        )
        for each in discrepancies(session, day)
    ]


def guests(session: Session, _day: date) -> list[Row]:
    """Guests in house of whom neither address nor country is known."""
    found = session.execute(
        _STAYS.add_columns(Guest.id.label("guest_id")).where(
            Stay.status == "in_house", Guest.country.is_(None), Guest.address.is_(None)
        )
    )
    return [_row(each.room, each.surname, each.number, address=f"/guests/{each.guest_id}/edit") for each in found]


def limits(session: Session, _day: date) -> list[Row]:
    """Open folios that owe more than their limit allows."""
    found = session.execute(
        sa.select(Folio.id, Folio.number, Folio.name, Folio.balance_minor, Folio.house_limit_minor, Folio.currency)
        .where(Folio.status == "open", Folio.type != "control", Folio.balance_minor > Folio.house_limit_minor)
        .order_by(Folio.number)
    )
    return [
        _row(
            each.number,
            each.name,
            f"{_amount(each.balance_minor, each.currency)} > {_amount(each.house_limit_minor, each.currency)}",
            address=f"/folios/{each.id}",
        )
        for each in found
    ]


def not_come_accounts(session: Session, _day: date) -> list[Row]:
    """What no-shows and cancelled stays owe, have too much, or still hold as a deposit."""
    never_came = Stay.status.in_(("no_show", "cancelled"))
    windows = sa.select(StayWindow.stay_id, StayWindow.folio_id).join(Stay, Stay.id == StayWindow.stay_id)
    deposits = sa.select(Stay.id, Stay.deposit_folio_id).where(never_came, Stay.deposit_folio_id.is_not(None))
    accounts = sa.union_all(windows.where(never_came), deposits).subquery()
    found = session.execute(
        _STAYS.add_columns(Folio.id.label("folio_id"), Folio.number.label("folio"), Folio.balance_minor, Folio.currency)
        .join(accounts, accounts.c.stay_id == Stay.id)
        .join(Folio, Folio.id == accounts.c.folio_id)
        .where(Folio.balance_minor != 0)
        .order_by(Folio.id)
    )
    return _accounts(found)


def deposits_due(session: Session, day: date) -> list[Row]:
    """Deposits that were asked for by the end of the day, of stays still to come, and are not there in full."""
    held = sa.func.coalesce(-Folio.balance_minor, 0)
    found = session.execute(
        _STAYS.add_columns(Stay.deposit_asked_minor, Stay.deposit_due_on, held.label("held_minor"))
        .outerjoin(Folio, Folio.id == Stay.deposit_folio_id)
        .where(Stay.status == "confirmed", Stay.deposit_due_on <= day, held < Stay.deposit_asked_minor)
    )
    kept_in = ledger_currency(session)
    return [
        _row(
            each.surname,
            each.number,
            each.deposit_due_on,
            f"{_amount(each.held_minor, kept_in)} < {_amount(each.deposit_asked_minor, kept_in)}",
            address=f"/stays/{each.id}",
        )
        for each in found
    ]


def late_charges(session: Session, day: date) -> list[Row]:
    """Accounts of departed guests that are not at zero, or that were charged on the day after the departure."""
    charged = (
        sa.exists()
        .where(Posting.debit_folio_id == Folio.id, Posting.business_date == day)
        .where(Voucher.id == Posting.voucher_id, Voucher.kind == "charge")
    )
    late = sa.or_(Folio.balance_minor != 0, sa.and_(Stay.departed_on < day, charged))
    found = session.execute(
        _STAYS.add_columns(Folio.id.label("folio_id"), Folio.number.label("folio"), Folio.balance_minor, Folio.currency)
        .join(StayWindow, StayWindow.stay_id == Stay.id)
        .join(Folio, Folio.id == StayWindow.folio_id)
        .where(Stay.status == "departed", late)
        .order_by(Folio.id)
    )
    return _accounts(found)


def _accounts(found: Iterable[Any]) -> list[Row]:
    return [
        _row(
            each.room,
            each.surname,
            each.number,
            f"{each.folio}: {_amount(each.balance_minor, each.currency)}",
            address=f"/folios/{each.folio_id}",
        )
        for each in found
    ]


def shifts(session: Session, _day: date) -> list[Row]:
    """Shifts that nobody has counted."""
    found = session.execute(
        sa.select(Shift.id, Shift.cashier, Folio.name, Shift.opened_on)
        .join(Folio, Folio.id == Shift.drawer_folio_id)
        .where(Shift.status == "open")
        .order_by(Shift.id)
    )
    return [_row(each.cashier, each.name, each.opened_on, address=f"/shifts/{each.id}/close") for each in found]


def codes(session: Session, day: date) -> list[Row]:
    """Codes that the night would post with, and that are switched off."""
    of_nights = (
        sa.select(TransactionCode.code, Stay.id.label("stay_id"))
        .join(RateCode, RateCode.transaction_code == TransactionCode.code)
        .join(StayNight, sa.and_(StayNight.rate_code == RateCode.code, StayNight.date == day))
        .join(Stay, Stay.id == StayNight.stay_id)
        .where(Stay.status == "in_house", StayNight.price_minor > 0, ~TransactionCode.active)
    )
    of_fixed = (
        sa.select(TransactionCode.code, Stay.id)
        .join(FixedCharge, FixedCharge.code == TransactionCode.code)
        .join(Stay, Stay.id == FixedCharge.stay_id)
        .where(Stay.status == "in_house", FixedCharge.active, FixedCharge.from_date <= day, ~TransactionCode.active)
    )
    found = session.execute(sa.union(of_nights, of_fixed))
    return sorted((_row(code, stay, address=f"/set-up/code/{code}") for code, stay in found), key=lambda row: row.what)


def ledger(session: Session, _day: date) -> list[Row]:
    """What all balances come to, where that is not zero: the stored ones of accounts against the control folios'."""
    last = sa.select(sa.func.max(LedgerClosing.business_date)).scalar_subquery()
    since = sa.select(sa.func.max(BusinessDay.business_date)).where(BusinessDay.status == "closed").scalar_subquery()
    accounts = sa.select(Folio.currency, Folio.balance_minor.label("minor")).where(Folio.type != "control")
    closed = sa.select(LedgerClosing.currency, LedgerClosing.closing_minor).where(
        LedgerClosing.business_date == last, LedgerClosing.ledger == "control"
    )
    recent = sa.or_(since.is_(None), Posting.business_date > since)
    debits = (
        sa.select(Folio.currency, Posting.amount_minor)
        .join(Posting, Posting.debit_folio_id == Folio.id)
        .where(Folio.type == "control", recent)
    )
    credits = (
        sa.select(Folio.currency, -Posting.amount_minor)
        .join(Posting, Posting.credit_folio_id == Folio.id)
        .where(Folio.type == "control", recent)
    )
    parts = sa.union_all(accounts, closed, debits, credits).subquery()
    total = sa.func.sum(parts.c.minor)
    found = session.execute(sa.select(parts.c.currency, total).group_by(parts.c.currency).having(total != 0))
    return [_row(_amount(int(minor), currency), address="/trail") for currency, minor in found]


CHECKS = (
    Check(
        "arrivals",
        N_("Arrivals that have not come: check them in, move them, or book them as no-shows"),
        arrivals,
        address="/",
        held=True,
    ),
    Check(
        "due_outs",
        N_("Departures still in house: check them out or extend them"),
        due_outs,
        BLOCK,
        acceptable=False,
        address="/",
        held=True,
    ),
    Check(
        "closed_windows",
        N_("Closed windows that the night is charged to: open them again"),
        closed_windows,
        BLOCK,
        acceptable=False,
        held=True,
    ),
    Check(
        "codes",
        N_("Codes that the night posts with and that are switched off: switch them on, or end what uses them"),
        codes,
        BLOCK,
        acceptable=False,
        address="/set-up/codes",
        held=True,
    ),
    Check("guests", N_("Guests in house with neither address nor country"), guests),
    Check("rates", N_("Nights that cost something else than their rate, without a reason"), rates),
    Check("free_nights", N_("Paying guests whose night costs nothing"), nights_at_nothing),
    Check("unpaid_nights", N_("Complimentary and house use: somebody should know of each"), unpaid_nights),
    Check(
        "rooms",
        N_("Rooms that housekeeping found vacant and the desk has a guest in, or the other way round"),
        rooms,
        address="/rooms?differing=1",
    ),
    Check("limits", N_("Folios beyond their limit"), limits),
    Check(
        "not_come",
        N_("No-shows and cancellations whose account is not at zero: a fee that is owed, a deposit still held"),
        not_come_accounts,
    ),
    Check(
        "deposits_due", N_("Deposits asked for that have not come: ask again, or change the reservation"), deposits_due
    ),
    Check(
        "late_charges", N_("Late charges: departed guests whose account was charged or is not at zero"), late_charges
    ),
    Check("shifts", N_("Shifts that are still open: count and close them"), shifts, BLOCK, address="/shifts"),
    Check("ledger", N_("A ledger that does not come to 0.00"), ledger, BLOCK, acceptable=False, address="/trail"),
)
