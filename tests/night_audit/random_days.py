"""Business days of the little hotel on which anything may happen, drawn by dice: what reports are held against.

Guests come, eat, pay, dispute, leave; companies are billed and pay; deposits are taken; cash is counted; each day is
closed but the last. The rules are the desk's own.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from random import Random
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios import corrections, db, payments, transfers
from folios.charges import Charge, ChargeLine, charge
from folios.codes import add_code, add_tax, set_rate, set_taxes
from folios.drafts import Origin
from folios.errors import Refusal
from folios.folios import open_folio
from folios.lines import standing_lines
from folios.models import Folio
from folios.payments import PaidOut, Payment
from frontoffice import companies, deposits, reservations, rooms, shifts, stays
from frontoffice.models.stays import Stay
from night_audit import audit, shell  # noqa: F401 - registers the questions of the checklist
from night_audit.rules import Rules, set_rules, version
from tests.frontoffice.house import AUDITOR, CLERK, House, day, euro

SOLD = ("RESTAURANT", "BAR", "SPA", "MINIBAR", "LAUNDRY")
ORIGIN = Origin(CLERK, outlet=None)


class Days:
    """The dice, and the house they are thrown in."""

    def __init__(self, house: House, seed: int) -> None:
        self.house, self.rng = house, Random(seed)
        house.do(self._set_up)

    def _set_up(self, session: Session) -> None:
        for code, ppm, inclusive, on in (("VAT19", 190_000, False, SOLD), ("VAT7", 70_000, True, ("ROOM",))):
            folio = open_folio(session, type="control", name=code, number=code, operator=CLERK)
            facts = {"code": code, "name": code, "kind": "tax", "department": "Taxes", "folio_id": folio.id}
            add_code(session, **facts, operator=CLERK)
            add_tax(session, code=code, basis="percent", inclusive=inclusive, stacked=False, operator=CLERK)
            set_rate(session, code, day(-30), rate_ppm=ppm, operator=CLERK)
            for each in on:
                set_taxes(session, each, [code], CLERK)
        set_rules(session, version(session), Rules(no_show_percent=70), AUDITOR)
        self.club = open_folio(session, type="non_guest", name="Club", number="CLUB", operator=CLERK).id
        self.group = open_folio(session, type="master", name="Choir", number="CHOIR", operator=CLERK).id
        self.company = companies.add_company(session, CLERK, code="ACME", name="Acme").id
        self.drawer = int(session.scalar(sa.select(Folio.id).where(Folio.number == "DRAWER")) or 0)

    def pass_by(self, count: int) -> list[date]:
        """So many days, all closed; then one more that stays open. Returns them all."""
        passed = []
        for number in range(count + 1):
            self._day(number)
            passed.append(day(number))
            if number < count:
                self.leave_all(number)
                audit.run(self.house.sessions, AUDITOR, day=day(number), report=None)
        return passed

    def _day(self, number: int) -> None:
        shift = self.house.do(shifts.open_shift, CLERK, self.drawer, 10_000, CLERK).id
        for _ in range(self.rng.randint(1, 3)):
            self._try(self._arrive, number)
        for _ in range(self.rng.randint(8, 20)):
            deed = self.rng.choice(
                (self._charge, self._charge, self._charge, self._pay, self._take_back, self._move, self._pay_out,
                 self._deposit, self._club, self._book_and_cancel, self._bill)
            )  # fmt: skip
            self._try(deed, number)
        counted = self.rng.choice((0, 10_000, 12_345 // 5 * 5))
        pieces = {value: count for value, count in ((500, counted // 500), (5, counted % 500 // 5)) if count}
        version = self.house.do(shifts.shift_summary, shift).version
        self.house.do(shifts.close_shift, shift, version, pieces, operator=CLERK)

    def _try(self, deed: Any, number: int) -> None:
        try:
            with db.unit_of_work(self.house.sessions) as session:
                deed(session, number)
        except Refusal:
            return  # the desk was told why; the dice do not care

    def _arrive(self, session: Session, number: int) -> None:
        free = [room.id for room in session.scalars(sa.select(rooms.Room).where(rooms.Room.occupancy == "vacant"))]
        if not free:
            return
        room = self.rng.choice(free)
        rooms.set_condition(session, [room], "clean", CLERK)
        nature = self.rng.choice(("paying", "paying", "paying", "complimentary", "house_use"))
        booking = self.house.booking(number, number + self.rng.randint(1, 3), adults=self.rng.randint(1, 2))
        type_id = session.get_one(rooms.Room, room).room_type_id
        facts = {"room_type_id": type_id, "nature": nature}
        stay = reservations.book(session, replace(booking, **facts), CLERK)
        stays.check_in(session, stay.id, CLERK, room_id=room, house_limit_minor=50_000)

    def _window(self, session: Session) -> int | None:
        guests = (Folio.type == "individual", Folio.ledger == "guest", Folio.status == "open")
        found = list(session.scalars(sa.select(Folio.id).where(*guests).order_by(Folio.id)))
        return self.rng.choice(found) if found else None

    def _charge(self, session: Session, _number: int) -> None:
        folio = self._window(session)
        if folio:
            amount = euro(f"{self.rng.randint(100, 9000) / 100:.2f}")
            outlet = self.rng.choice((None, "BAR", "RESTAURANT"))
            code = self.rng.choice(SOLD)
            charge(
                session, Charge(folio, (ChargeLine(code, amount),), limit_applies=False), Origin(CLERK, outlet=outlet)
            )

    def _club(self, session: Session, _number: int) -> None:
        charge(session, Charge(self.club, (ChargeLine("BAR", euro("19.99")),)), ORIGIN)

    def _pay(self, session: Session, _number: int) -> None:
        folio = self._window(session)
        if folio:
            amount = euro(f"{self.rng.randint(100, 5000) / 100:.2f}")
            code = self.rng.choice(("VISA", "CASH", "AMEX"))
            payments.pay(session, Payment(folio, code, amount, self.drawer if code == "CASH" else None), ORIGIN)

    def _bill(self, session: Session, _number: int) -> None:
        folio = self._window(session)
        if folio:
            account = companies.receivable_folio(session, self.company, CLERK).id
            payments.pay(session, Payment(folio, "BILL", euro("20.00"), account), ORIGIN)
            if self.rng.random() < 0.5:
                payments.pay(session, Payment(account, "VISA", euro("7.00")), ORIGIN)

    def _take_back(self, session: Session, _number: int) -> None:
        folio = self._window(session)
        lines = (
            [each for each in standing_lines(session, [folio])[folio] if each.origin_kind == "charge"] if folio else []
        )
        parents = [each for each in lines if each.parent_line is None and each.side == "debit"]
        if folio and parents:
            line = self.rng.choice(parents)
            verb = self.rng.choice((corrections.correct, corrections.allow))
            part = [(line.posting_id, max(line.left_minor // 2, 1))] if self.rng.random() < 0.5 else [line.posting_id]
            verb(session, folio, line.voucher_id, ORIGIN, "=cmd|' /C calc'!A0", part, authorised_by="BOSS")

    def _move(self, session: Session, _number: int) -> None:
        folio = self._window(session)
        if folio:
            lines = [each for each in standing_lines(session, [folio])[folio] if each.parent_line is None]
            if lines:
                transfers.transfer(session, folio, self.group, [self.rng.choice(lines).posting_id], ORIGIN)

    def _pay_out(self, session: Session, _number: int) -> None:
        folio = self._window(session) if self.rng.random() < 0.5 else None
        code = "PAIDOUT" if folio else "HOUSEPAID"
        payments.pay_out(session, PaidOut(code, euro("4.50"), self.drawer, folio), Origin(CLERK))

    def _deposit(self, session: Session, number: int) -> None:
        stay = reservations.book(session, self.house.booking(number + 5, number + 6), CLERK)
        deposits.take_deposit(session, stay.id, code="VISA", amount=euro("50.00"), origin=ORIGIN)

    def _book_and_cancel(self, session: Session, number: int) -> None:
        stay = reservations.book(session, self.house.booking(number, number + 1, guaranteed=True), CLERK)
        if self.rng.random() < 0.6:
            reservations.cancel_all(session, [stay.id], CLERK, "changed their mind")

    def leave_all(self, number: int) -> None:
        """Who is due out leaves; what is left in their favour goes to the group."""
        for stay in self.house.rows(Stay, status="in_house", departure=day(number)):
            self._leave(stay.id)

    def _leave(self, stay: int) -> None:
        folio = self.house.window(stay)
        self.house.charge_nights(stay)
        balance = self.house.balance(folio)
        if balance.startswith("-"):
            self.house.do(transfers.transfer_all, folio, self.group, ORIGIN)
        elif balance != "0.00":
            self.house.pay(stay, balance)
        self.house.check_out(stay)
