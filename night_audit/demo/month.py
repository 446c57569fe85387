"""Playing the demo hotel's business days: what the desk, the outlets and the office do from morning to the close.

Each part of a day is a unit of work. What is asked of the rules is what a desk would ask; the dice only choose.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from random import Random
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.charges import Charge, ChargeLine, charge_all
from folios.corrections import allow, correct
from folios.db import SessionSource, in_unit_of_work
from folios.models import Folio
from folios.money import Money
from folios.payments import PaidOut, Payment, pay_all, pay_out, refund
from frontoffice.companies import receivable_folio
from frontoffice.deposits import apply_deposit, take_deposit
from frontoffice.groups import add_group, add_members
from frontoffice.guests import add_guests
from frontoffice.invoices import InvoiceBelowZero, NothingToBill, credit, issue
from frontoffice.models.guests import Company
from frontoffice.models.rooms import Room, RoomOutage
from frontoffice.models.stays import Stay, StayNight, StayWindow
from frontoffice.reservations import Booking, book_all, cancel_all
from frontoffice.room_charges import charge_nights, uncharged_nights
from frontoffice.rooms import set_condition
from frontoffice.stays import CheckIn, check_in_all, check_out_all, extend, move, reinstate, shorten, walk_in
from frontoffice.windows import open_window
from night_audit import audit
from night_audit.demo.drawers import Drawers
from night_audit.demo.hotel import AUDITOR, CASHIER, CURRENCY, HOUSE_ACCOUNTS, STAFF, SUPERVISOR, House
from night_audit.demo.plan import DAY, GROUP, Plan, PlannedStay

CARDS = ("VISA", "VISA", "MASTERCARD", "MASTERCARD", "AMEX")
DEPOSIT_MINOR = 100_00
FEE_MINOR = 80_00
# Code: lowest and highest price, what is on the slip, and whether it has a check number and covers.
OUTLETS: dict[str, tuple[int, int, tuple[str, ...], bool]] = {
    "RESTAURANT": (18_00, 92_00, ("Dinner", "Lunch", "Dinner for the table"), True),
    "BAR": (6_00, 38_00, ("Bar", "Nightcap", "Tea and cake"), True),
    "MINIBAR": (3_00, 16_00, ("Water", "Juice", "Nuts", "Beer", "Chocolate"), False),
    "SPA": (35_00, 110_00, ("Massage", "Sauna", "Bath"), False),
    "PARKING": (18_00, 18_00, ("Garage",), False),
    "LAUNDRY": (6_00, 28_00, ("Shirts", "Suit pressed"), False),
    "TELEPHONE": (1_20, 9_00, ("Calls",), False),
}


class Month:
    """The demo's days, played one after the other; the stays of the plan learn their ids here."""

    def __init__(self, sessions: SessionSource, plan: Plan, house: House) -> None:
        self.sessions, self.plan, self.house = sessions, plan, house
        self.rng = Random(plan.today.toordinal() - plan.first.toordinal())  # noqa: S311 - dice, not secrets
        self.drawers = Drawers(self.rng)
        self.check_number = 1000
        self.yesterdays_dinner: tuple[int, int] | None = None  # folio and voucher

    def play(self, day: date) -> None:
        """A whole business day, from the first booking to the close."""
        parts = (
            self.open_shifts,
            self.office,
            self.departures,
            self.cleaning,
            self.arrivals,
            self.changes,
            self.outlets,
            self.odds,
            self.close_shifts,
        )
        for part in parts:
            in_unit_of_work(self.sessions, lambda session, part=part: part(session, day))  # type: ignore[misc]
        audit.run(self.sessions, AUDITOR, day=day, resuming=True, back_up=None)

    def open_shifts(self, session: Session, _day: date) -> None:
        """The cashiers take their floats."""
        self.drawers.begin(session)

    def close_shifts(self, session: Session, day: date) -> None:
        """The cashiers count and drop what they took."""
        self.drawers.end(session, last_day=day == self.plan.today - DAY)

    # --- the office -------------------------------------------------------------------------------------------

    def office(self, session: Session, day: date) -> None:
        """Bookings and their deposits, cancellations, and what to do with the deposits of those who will not come."""
        self._book(session, [each for each in self.plan.on(day, "booked_on") if not each.walk_in])
        cancelled = [each for each in self.plan.on(day, "cancelled_on") if each.stay_id]
        if cancelled:
            cancel_all(session, ids_of(cancelled), CASHIER, "cancelled by the guest")
        for each in cancelled:
            if each.deposit:
                self._give_deposit_back(session, each)
        for each in self.plan.on(day - DAY, "arrival"):
            if each.outcome == "no_show" and each.deposit:
                self._keep_deposit(session, each)

    def _book(self, session: Session, stays: Sequence[PlannedStay]) -> None:
        guests = add_guests(session, [each.guest for each in stays], CASHIER)
        bookings = [self._booking(each, guest.id) for each, guest in zip(stays, guests, strict=True)]
        for each, stay in zip(stays, book_all(session, bookings, CASHIER), strict=True):
            each.stay_id = stay.id
        choir = [each for each in stays if each.part == "group"]
        if choir:
            group = add_group(session, code="CHOIR", name=GROUP, operator=CASHIER, remark="Sings in the hall at six.")
            add_members(session, group.id, ids_of(choir), CASHIER)
        for each in stays:
            if each.deposit:
                amount = Money(DEPOSIT_MINOR, CURRENCY)
                take_deposit(session, _id(each), code="VISA", amount=amount, origin=self.drawers.origin(CASHIER))

    def _booking(self, stay: PlannedStay, guest_id: int, room_id: int | None = None) -> Booking:
        return Booking(
            guest_id=guest_id,
            room_type_id=self.house.types[stay.room_type],
            room_id=room_id,
            rate_code=stay.rate,
            arrival=stay.arrival,
            departure=stay.departure,
            adults=stay.adults,
            children=stay.children,
            company_id=self.house.companies[stay.company] if stay.company else None,
            agent=stay.agent,
            nature=stay.nature,
            payment_method=stay.method,
        )

    def _give_deposit_back(self, session: Session, stay: PlannedStay) -> None:
        folio_id = session.get_one(Stay, stay.stay_id).deposit_folio_id
        if folio_id is not None:
            payment = Payment(folio_id, "VISA", Money(DEPOSIT_MINOR, CURRENCY))
            refund(session, payment, self.drawers.origin(SUPERVISOR), "cancelled in time")

    def _keep_deposit(self, session: Session, stay: PlannedStay) -> None:
        """A fee is charged against it, and the rest given back."""
        folio_id = apply_deposit(session, _id(stay), SUPERVISOR).folio_id
        fee = Charge(folio_id, (ChargeLine("NOSHOW", Money(FEE_MINOR, CURRENCY)),))
        charge_all(session, [(fee, self.drawers.origin(SUPERVISOR))])
        rest = Payment(folio_id, "VISA", Money(DEPOSIT_MINOR - FEE_MINOR, CURRENCY))
        refund(session, rest, self.drawers.origin(SUPERVISOR), "more than the fee")

    # --- leaving ----------------------------------------------------------------------------------------------

    def departures(self, session: Session, day: date) -> None:
        """Who leaves, early or when due, settles and checks out; who stays on is extended; one comes back."""
        going = [each for each in self.plan.on(day, "leaves") if each.outcome == "stays" and each.stay_id]
        for each in going:
            if each.departure > day:
                shorten(session, _id(each), day, CASHIER)
        for each in self.plan.on(day, "departure"):
            if each.leaves > day and not each.reinstated and each.outcome == "stays" and each.stay_id:
                extend(session, _id(each), each.leaves, CASHIER)
        self.settle(session, going)
        self._bill(session, going)
        check_out_all(session, ids_of(going), CASHIER)
        back = [each for each in self.plan.on(day, "departure") if each.reinstated and each.leaves > day]
        self.settle(session, back)
        check_out_all(session, ids_of(back), CASHIER)
        for each in back:
            reinstate(session, _id(each), SUPERVISOR)
            extend(session, _id(each), each.leaves, SUPERVISOR)

    def settle(self, session: Session, stays: Sequence[PlannedStay]) -> None:
        """Everything these stays owe is charged and paid, each window by its own tender; too much goes back."""
        charge_nights(session, uncharged_nights(session, stay_ids=ids_of(stays)), CASHIER)
        by_id = {each.stay_id: each for each in stays}
        payments = []
        for stay_id, window, folio_id, balance_minor, _ in self.windows(session, ids_of(stays)):
            if balance_minor > 0:
                payments += self._payments(session, by_id[stay_id], window, folio_id, balance_minor)
            elif balance_minor < 0:
                back = Payment(folio_id, "VISA", Money(-balance_minor, CURRENCY))
                refund(session, back, self.drawers.origin(SUPERVISOR), "deposit not used up")
        pay_all(session, [(each, self.drawers.origin(CASHIER)) for each in payments])

    def _bill(self, session: Session, stays: Sequence[PlannedStay]) -> None:
        """Invoices: for companies always, for others who ask. One that went to the wrong name is credited."""
        asking = [each for each in stays if each.company or self.rng.random() < 0.3]
        for _, _, folio_id, _, _ in self.windows(session, ids_of(asking)):
            with suppress(NothingToBill, InvoiceBelowZero):
                invoice = issue(session, folio_id, operator=CASHIER)
                if self.rng.random() < 0.03:
                    credit(session, invoice.id, "made out to the wrong name", SUPERVISOR)
                    issue(session, folio_id, operator=CASHIER)

    def _payments(
        self, session: Session, stay: PlannedStay, window: int, folio_id: int, balance_minor: int
    ) -> list[Payment]:
        if stay.company and window == 1:
            account = receivable_folio(session, self.house.companies[stay.company], CASHIER)
            return [Payment(folio_id, "BILL", Money(balance_minor, CURRENCY), account.id)]
        cash_minor = 0
        if not self.drawers.takes_cash(CASHIER):
            pass
        elif stay.method == "cash":
            cash_minor = balance_minor
        elif self.rng.random() < 0.12:
            cash_minor = min(50_00, balance_minor)
        found = []
        if cash_minor:
            found.append(Payment(folio_id, "CASH", Money(cash_minor, CURRENCY), self.drawers.drawer(CASHIER)))
        if cash_minor < balance_minor:
            found.append(Payment(folio_id, self.rng.choice(CARDS), Money(balance_minor - cash_minor, CURRENCY)))
        return found

    # --- coming -----------------------------------------------------------------------------------------------

    def cleaning(self, session: Session, _day: date) -> None:
        """The housekeeper is done."""
        dirty = list(session.scalars(sa.select(Room.id).where(Room.condition == "dirty")))
        if dirty:
            set_condition(session, dirty, "clean", "housekeeping")

    def arrivals(self, session: Session, day: date) -> None:
        """Who is booked checks in, who is not walks in; a company's guest gets a window for the extras."""
        coming = [each for each in self.plan.on(day, "arrival") if each.outcome == "stays"]
        self.check_in(session, [each for each in coming if not each.walk_in])
        rooms = self.ready_rooms(session)
        for each in coming:
            if each.walk_in:
                (guest,) = add_guests(session, [each.guest], CASHIER)
                room_id = rooms[self.house.types[each.room_type]].pop(0)
                each.stay_id = walk_in(session, self._booking(each, guest.id, room_id), CASHIER).id
        for each in coming:
            if each.company and each.part is None:
                open_window(session, _id(each), CASHIER, name="Extras", house_limit_minor=400_00)

    def check_in(self, session: Session, stays: Sequence[PlannedStay]) -> None:
        """Checks stays in, each into a clean room of its type that nobody has been promised."""
        rooms = self.ready_rooms(session)
        requests = []
        for each in stays:
            given = session.get_one(Stay, each.stay_id).room_id
            requests.append(CheckIn(_id(each), given or rooms[self.house.types[each.room_type]].pop(0)))
        check_in_all(session, requests, CASHIER)

    def ready_rooms(self, session: Session) -> dict[int, list[int]]:
        """Rooms that are vacant and clean and promised to nobody, by type, in order of their number."""
        found: dict[int, list[int]] = defaultdict(list)
        promised = sa.select(StayNight.room_id).where(StayNight.date >= self.plan.today, StayNight.room_id.is_not(None))
        out = sa.select(RoomOutage.room_id).where(RoomOutage.to_date > self.plan.today)
        ready = sa.select(Room.room_type_id, Room.id).where(
            Room.occupancy == "vacant", Room.condition == "clean", Room.id.not_in(promised), Room.id.not_in(out)
        )
        for type_id, room_id in session.execute(ready.order_by(Room.number)):
            found[type_id].append(room_id)
        return found

    def changes(self, session: Session, day: date) -> None:
        """Guests who want another room."""
        rooms = self.ready_rooms(session)
        for each in self.plan.on(day, "moves_on"):
            free = rooms[self.house.types[each.room_type]]
            if each.stay_id and free and each.leaves > day:
                move(session, each.stay_id, free.pop(0), CASHIER, reason="noise from the street")

    # --- selling ----------------------------------------------------------------------------------------------

    def outlets(self, session: Session, day: date) -> None:
        """What guests, house accounts and the staff consume; nobody is charged beyond the house limit."""
        in_house = [each for each in self.plan.stays if self._is_here(each, day) and each.part != "halves"]
        folios: dict[int, tuple[int, int, int | None]] = {}
        for stay_id, _, folio_id, balance_minor, limit_minor in self.windows(session, ids_of(in_house)):
            folios[stay_id] = (folio_id, balance_minor, limit_minor)  # the last window is the one for extras
        charges = []
        for each in in_house:
            folio_id, balance_minor, limit_minor = folios[_id(each)]
            for code in self.rng.sample(list(OUTLETS), self.rng.choice((0, 0, 1, 1, 2))):
                charge = self._sale(code, folio_id)
                balance_minor += _total(charge) + 1_00
                if limit_minor is None or balance_minor < limit_minor:
                    charges.append((charge, replace(self.drawers.origin(CASHIER), outlet=code)))
        for account in self._accounts(session):
            if self.rng.random() < 0.15 and account.balance_minor < (account.house_limit_minor or 0) // 2:
                charges.append((self._sale("RESTAURANT", account.id), self.drawers.origin(CASHIER)))
        posted = charge_all(session, charges)
        dinners = [
            (charge.folio_id, each.voucher_id)
            for (charge, _), each in zip(charges, posted, strict=True)
            if charge.lines[0].code == "RESTAURANT"
        ]
        self._put_right(session, dinners)

    def _sale(self, code: str, folio_id: int) -> Charge:
        least, most, texts, has_check = OUTLETS[code]
        price_minor = self.rng.randrange(least, most + 10, 10)
        line = ChargeLine(code, Money(price_minor, CURRENCY), text=self.rng.choice(texts))
        if not has_check:
            return Charge(folio_id, (line,))
        self.check_number += 1
        return Charge(folio_id, (line,), check_number=str(self.check_number), covers=self.rng.randint(1, 4))

    def _put_right(self, session: Session, dinners: Sequence[tuple[int, int]]) -> None:
        """One dinner of today was rung up for the wrong room; part of one of yesterday's was not eaten."""
        if self.yesterdays_dinner is not None:
            folio_id, voucher_id = self.yesterdays_dinner
            if session.scalar(sa.select(Folio.status).where(Folio.id == folio_id)) == "open":
                allow(
                    session,
                    folio_id,
                    voucher_id,
                    self.drawers.origin(SUPERVISOR),
                    "sent back",
                    authorised_by=SUPERVISOR,
                )
        if len(dinners) > 1 and self.rng.random() < 0.5:
            correct(session, *dinners[0], self.drawers.origin(CASHIER), "wrong room")
        self.yesterdays_dinner = dinners[-1] if len(dinners) > 1 and self.rng.random() < 0.6 else None

    def odds(self, session: Session, day: date) -> None:
        """Paid-outs of the house, guests who pay on account, and companies that pay their bills by the week."""
        if self.rng.random() < 0.4:
            drawer_id, told = self.drawers.drawer(SUPERVISOR), "Flowers for the hall"
            paid_out = PaidOut("HOUSEPAID", Money(24_50, CURRENCY), drawer_id, text=told)
            pay_out(session, paid_out, self.drawers.origin(SUPERVISOR))
        here = [each for each in self.plan.stays if self._is_here(each, day) and each.part is None]
        payments = []
        for _, _, folio_id, balance_minor, limit_minor in self.windows(session, ids_of(here)):
            if limit_minor is not None and balance_minor > limit_minor * 8 // 10:
                payments.append(Payment(folio_id, self.rng.choice(CARDS), Money(balance_minor, CURRENCY)))
        if day.weekday() == 1:
            owing = sa.select(Folio.id, Folio.balance_minor).join(Company, Company.folio_id == Folio.id)
            for folio_id, balance_minor in session.execute(owing.where(Folio.balance_minor > 0).order_by(Folio.id)):
                part_minor = balance_minor if self.rng.random() < 0.5 else balance_minor * 6 // 10
                payments.append(Payment(folio_id, "BANK", Money(part_minor, CURRENCY)))
            payments += [
                Payment(account.id, "BANK", Money(account.balance_minor, CURRENCY))
                for account in self._accounts(session)
                if account.balance_minor > 0
            ]
        pay_all(session, [(each, self.drawers.origin(CASHIER)) for each in payments])

    # --- looking ----------------------------------------------------------------------------------------------

    def _is_here(self, stay: PlannedStay, day: date) -> bool:
        return stay.stay_id is not None and stay.outcome == "stays" and stay.arrival <= day < stay.leaves

    def windows(self, session: Session, stay_ids: Collection[int]) -> Sequence[Any]:
        """Stay, window, folio, balance and house limit (minor units) of the open windows of stays, in order."""
        wanted = (
            sa.select(StayWindow.stay_id, StayWindow.window, Folio.id, Folio.balance_minor, Folio.house_limit_minor)
            .join(Folio, Folio.id == StayWindow.folio_id)
            .where(StayWindow.stay_id.in_(stay_ids), Folio.status == "open")
            .order_by(StayWindow.stay_id, StayWindow.window)
        )
        return session.execute(wanted).all()

    def _accounts(self, session: Session) -> Sequence[Folio]:
        """The house accounts and the staff's folios."""
        ids = [self.house.accounts[number] for number in (*HOUSE_ACCOUNTS, *STAFF)]
        fresh = sa.select(Folio).where(Folio.id.in_(ids)).order_by(Folio.id)
        return session.scalars(fresh.execution_options(populate_existing=True)).all()


def _id(stay: PlannedStay) -> int:
    if stay.stay_id is None:
        raise LookupError(f"{stay} has not been booked")
    return stay.stay_id


def ids_of(stays: Collection[PlannedStay]) -> list[int]:
    """The ids of stays that have been booked."""
    return [_id(each) for each in stays]


def _total(charge: Charge) -> int:
    return sum(each.price.minor * each.quantity for each in charge.lines if each.price is not None)
