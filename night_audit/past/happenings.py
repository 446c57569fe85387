"""What happens in a generated hotel on a business day: who leaves and pays, who comes, what is sold, what goes wrong.

The rows are those the desk's own rules write; the statements at the end bring stays, rooms and balances to where the
rules would have left them. The night is not here: `making.py`.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping
from datetime import date, timedelta
from random import Random
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.folios import NUMBER_PREFIX
from folios.models import Folio
from frontoffice.cashiering import DENOMINATIONS
from frontoffice.guests import search_name
from frontoffice.models.cashiering import Shift
from frontoffice.models.guests import Guest, full_name
from frontoffice.models.rooms import Room
from frontoffice.models.stays import Stay, StayWindow
from frontoffice.room_charges import SENDER as NIGHT
from frontoffice.setup import DRAWER
from frontoffice.shifts import DROP, FLOAT, OVER_SHORT, SENDER
from night_audit.demo.names import draw_guest
from night_audit.past.house import ADMIN, AUDITOR, BANK, CARDS, CASHIER, CURRENCY, LIMIT_MINOR, TILL, House
from night_audit.past.journal import Charged, Journal
from night_audit.past.plan import Plan, PlannedStay
from night_audit.past.rows import Rows, numbers

FLOAT_MINOR = 500_00
BILLS_ARE_PAID_AFTER = timedelta(days=28)
MONDAY, WEDNESDAY = 0, 2
ONE_IN = 400  # checks of which one is rung up wrong, and one is complained of on the next day


class Happenings:
    """A hotel's days, one after the other; what it remembers from day to day is what people at a desk would."""

    def __init__(self, house: House, plan: Plan) -> None:
        self.house, self.plan = house, plan
        self.rng = Random(house.size.seed + 1)  # noqa: S311 - sales, no secrets
        self.in_house: list[PlannedStay] = []
        self.guests: list[tuple[int, str]] = []
        self.complaints: list[tuple[PlannedStay, Charged]] = []
        self.bills: dict[int, deque[tuple[date, int]]] = defaultdict(deque)
        self.cards: dict[str, int] = dict.fromkeys(CARDS, 0)
        self.accounts = dict.fromkeys(house.accounts, 0)
        self.in_drawer_minor = 0
        self.postings_due = 0
        self.check_number = 0

    def day(self, session: Session, day: date, *, night: bool) -> None:
        """Writes a business day, which is the open one; with its `night`, or without: then the audit charges it."""
        rows = Rows()
        of_day = _Day(self, session, day, rows)
        of_day.live()
        for stay in self.in_house:
            of_day.charge_night(stay, written=night)
        moved = rows.movements()
        self._leave(session, day)
        rows.write(session)
        self._settle(session, day, moved)

    def foresee(self, session: Session, day: date) -> None:
        """Writes the reservations that are known on `day` and have not come yet."""
        rows = Rows()
        of_day = _Day(self, session, day, rows)
        for arrival in sorted(each for each in self.plan.arriving if each >= day):
            for stay in self.plan.arriving[arrival]:
                if not stay.stay_id and stay.booked_on < day:
                    of_day.book(stay, "confirmed")
        rows.write(session)

    # --- in sets ----------------------------------------------------------------------------------------------

    def _leave(self, session: Session, day: date) -> None:
        due = sa.and_(Stay.status == "in_house", Stay.departure == day)
        session.execute(
            sa.update(Stay).where(due).values(status="departed", departed_on=day, version=Stay.version + 1), **_UNSYNCED
        )

    def _settle(self, session: Session, day: date, moved: Mapping[int, int]) -> None:
        """Who was expected with a deposit has come; balances move; who has left has no open folio; rooms are made."""
        come = sa.and_(Stay.status == "confirmed", Stay.arrival == day)
        session.execute(
            sa.update(Stay).where(come).values(status="in_house", checked_in_on=day, version=Stay.version + 1),
            **_UNSYNCED,
        )
        changes = [{"folio": folio_id, "net": net} for folio_id, net in sorted(moved.items()) if net]
        session.connection().execute(_ADD_TO_BALANCE, changes)
        left = sa.select(StayWindow.folio_id).join(Stay, Stay.id == StayWindow.stay_id)
        left = left.where(Stay.departure == day, Stay.status == "departed")
        used = sa.select(Stay.deposit_folio_id).where(Stay.arrival == day, Stay.checked_in_on == day)
        used = used.where(Stay.deposit_folio_id.is_not(None))
        for done in (left, used):
            session.execute(
                sa.update(Folio)
                .where(Folio.id.in_(done))
                .values(status="closed", closed_on=day, version=Folio.version + 1),
                **_UNSYNCED,
            )
        taken = sa.exists().where(Stay.room_id == Room.id, Stay.status == "in_house")
        session.execute(
            sa.update(Room).values(
                occupancy=sa.case((taken, "occupied"), else_="vacant"),
                condition=sa.case((taken, "dirty"), else_="clean"),
            ),
            **_UNSYNCED,
        )


_folios = Folio.__table__
_ADD_TO_BALANCE = (
    sa.update(_folios)  # type: ignore[arg-type]
    .where(_folios.c.id == sa.bindparam("folio"), _folios.c.type != "control")
    .values(balance_minor=_folios.c.balance_minor + sa.bindparam("net"))
)
_UNSYNCED: dict[str, Any] = {"execution_options": {"synchronize_session": False}}


class _Day:
    """One day's rows."""

    def __init__(self, hotel: Happenings, session: Session, day: date, rows: Rows) -> None:
        self.hotel, self.day, self.text, self.rows = hotel, day, day.isoformat(), rows
        self.rng, self.house = hotel.rng, hotel.house
        self.folios = hotel.house.folios
        self.journal = Journal(session, day, rows, hotel.rng)
        self.stay_ids, self.guest_ids = numbers(session, Stay.id), numbers(session, Guest.id)
        self.folio_ids, self.shift_ids = numbers(session, Folio.id), numbers(session, Shift.id)
        self.cash_minor = 0
        self.shift = ""

    def live(self) -> None:
        """The day at the desk, from the float to the count."""
        shift_id = next(self.shift_ids)
        self.shift = str(shift_id)
        self._carry(FLOAT, FLOAT_MINOR - self.hotel.in_drawer_minor, "safe", DRAWER)
        self._departures()
        self._reservations()
        self._arrivals()
        self._sales()
        self._settlements()
        self._count(shift_id)

    # --- leaving and coming -----------------------------------------------------------------------------------

    def _departures(self) -> None:
        for stay in self.hotel.plan.leaving[self.day]:
            if stay.stay_id:
                self._pay(stay)
                self.journal.event("stay.checked_out", f"stay:{stay.stay_id}", CASHIER)
                self.journal.event("folio.closed", f"folio:{stay.folio_id}", CASHIER)
        self.hotel.in_house = [each for each in self.hotel.in_house if each.departure > self.day]

    def _pay(self, stay: PlannedStay) -> None:
        """All that the guest owes, by the tender that was agreed."""
        amount = stay.owes_minor
        if not amount:
            return
        paid: dict[str, Any] = {"credit": stay.folio_id, "operator": CASHIER, "reference": f"Stay {stay.stay_id}"}
        if stay.method == "direct_bill":
            self.journal.move("payment", amount, "BILL", debit=stay.account, **paid)
            self.hotel.bills[stay.account].append((self.day, amount))
        elif stay.method == "cash":
            self.journal.move("payment", amount, "CASH", debit=self.folios[DRAWER], shift=self.shift, **paid)
            self.cash_minor += amount
        else:
            self._pay_by_card(amount, stay.folio_id, f"Stay {stay.stay_id}")
        stay.owes_minor = 0

    def _pay_by_card(self, amount_minor: int, folio_id: int, reference: str) -> tuple[int, str]:
        """Returns the posting and the card's code."""
        card = self.rng.choice(CARDS)
        self.hotel.cards[card] += amount_minor
        facts: dict[str, Any] = {"debit": self.folios[card], "credit": folio_id, "operator": CASHIER}
        return self.journal.move("payment", amount_minor, card, reference=reference, **facts), card

    def _reservations(self) -> None:
        """Deposits; who cancels; who was expected and does not come."""
        for stay in self.hotel.plan.deposits[self.day]:
            if stay.stay_id:  # foreseen without one
                continue
            folio_id = stay.deposit_folio_id = next(self.folio_ids)
            self.book(stay, "confirmed")
            self._open_folio(folio_id, "deposit", stay, None)
            stay.deposit_posting, stay.deposit_code = self._pay_by_card(stay.deposit_minor, folio_id, "Deposit")
        rooms = self.house.size.rooms
        for status, share in (("no_show", 0.008), ("cancelled", 0.02)):
            for _ in range(int(rooms * share + self.rng.random())):
                self._lose(status)

    def _lose(self, status: str) -> None:
        """Somebody who does not come, in the likeness of somebody who does."""
        coming = self.hotel.plan.arriving[self.day + timedelta(days=self.rng.randint(1, 9))]
        if not coming:
            return
        like = self.rng.choice(coming)
        arrival = self.day if status == "no_show" else like.arrival
        nights = like.departure - like.arrival
        lost = PlannedStay(
            arrival, arrival + nights, 0, "", like.type_id, like.rate, like.method, "paying", 1, 0, self.day
        )
        lost.company_id = like.company_id
        self.book(lost, status)
        action = "stay.no_show.marked" if status == "no_show" else "stay.cancelled"
        self.journal.event(action, f"stay:{lost.stay_id}", CASHIER, f'{{"status": "{status}"}}')

    def _arrivals(self) -> None:
        for stay in self.hotel.plan.arriving[self.day]:
            stay.folio_id = next(self.folio_ids)
            known = bool(stay.stay_id)  # booked with a deposit: the row is there, and moves on in sets
            if not known:
                self.book(stay, "in_house")
            self._open_folio(stay.folio_id, "guest", stay, LIMIT_MINOR)
            self.rows.of["stay_window"].append((stay.stay_id, 1, stay.folio_id))
            self.journal.event("stay.checked_in", f"stay:{stay.stay_id}", CASHIER, f'{{"room_id": {stay.room_id}}}')
            if stay.deposit_posting and stay.deposit_folio_id:
                facts: dict[str, Any] = {"debit": stay.deposit_folio_id, "credit": stay.folio_id, "operator": CASHIER}
                facts["source"] = stay.deposit_posting
                self.journal.move("transfer", stay.deposit_minor, stay.deposit_code, **facts)
                stay.owes_minor -= stay.deposit_minor
            self.hotel.in_house.append(stay)
        for each in self.hotel.plan.outages:
            if each.first == self.day:
                until = each.until.isoformat()
                self.rows.of["room_outage"].append((each.room_id, "out_of_order", self.text, until, "Painting"))

    def book(self, stay: PlannedStay, status: str) -> None:
        """The row of a stay with its guest and nights. Who is lost holds no room."""
        guest_id, name = self._guest()
        stay.stay_id = next(self.stay_ids)
        stay.name = name
        room_id = stay.room_id or None
        self.rows.of["stay"].append(
            (
                stay.stay_id,
                status,
                stay.nature,
                stay.type_id,
                room_id,
                guest_id,
                stay.company_id,
                stay.rate,
                stay.adults,
                stay.children,
                stay.arrival.isoformat(),
                stay.departure.isoformat(),
                stay.booked_on.isoformat(),
                self.text if status == "cancelled" else None,
                self.text if status == "in_house" else None,
                stay.method,
                stay.deposit_folio_id,
                1,
            )
        )
        agreed = ("loyal guest", ADMIN) if stay.agreed and stay.nature == "paying" else (None, None)
        for night in stay.nights:
            self.rows.of["stay_night"].append(
                (stay.stay_id, night.isoformat(), stay.type_id, room_id, stay.rate, self._price(stay, night), *agreed)
            )

    def _price(self, stay: PlannedStay, night: date) -> int:
        if stay.nature != "paying":
            return 0
        price = self.house.price(stay.rate, stay.type_id, night)
        return price * 9 // 10 if stay.agreed else price

    def _guest(self) -> tuple[int, str]:
        """Somebody new, or one in five somebody who was here before."""
        known = self.hotel.guests
        if known and self.rng.random() < 0.2:
            return self.rng.choice(known)
        fields = draw_guest(self.rng)
        surname, first = str(fields["surname"]), fields["first_names"]
        guest_id = next(self.guest_ids)
        row = (guest_id, surname, first, fields["language"], fields["country"], search_name(surname, first), 1)
        self.rows.of["guest"].append(row)
        known.append((guest_id, full_name(surname, first)))
        return known[-1]

    def _open_folio(self, folio_id: int, ledger: str, stay: PlannedStay, limit_minor: int | None) -> None:
        number = f"{NUMBER_PREFIX.get('individual', '')}{folio_id}"
        head = (folio_id, number, "individual", ledger, stay.name, CURRENCY, "open", limit_minor, "", 0, self.text, 1)
        self.rows.of["folio"].append(head)
        self.journal.event("folio.opened", f"folio:{folio_id}", CASHIER, f'{{"number": "{number}"}}')

    # --- selling ----------------------------------------------------------------------------------------------

    def _sales(self) -> None:
        """As many checks as make the average; some are rung up wrong, some are complained of the day after."""
        hotel, menu, rng = self.hotel, self.house.menu, self.rng
        for stay, charged in hotel.complaints:
            if stay.departure > self.day:
                self.journal.take_back("allowance", charged, CASHIER, "sent back", AUDITOR)
                stay.owes_minor -= charged.check.total_minor
        hotel.complaints = []
        per_night = self.house.size.postings_per_night - 2
        for stay in hotel.in_house:
            hotel.postings_due += per_night
            while hotel.postings_due > 0:
                check = rng.choice(menu)
                hotel.postings_due -= len(check.lines)
                charged = self._sell(check, stay.folio_id)
                stay.owes_minor += check.total_minor
                chance = rng.randrange(ONE_IN)
                if chance == 0:
                    self.journal.take_back("correction", charged, CASHIER, "wrong room", None)
                    stay.owes_minor -= check.total_minor
                elif chance == 1:
                    hotel.complaints.append((stay, charged))
        for folio_id in hotel.accounts:
            if rng.random() < 0.3:
                hotel.accounts[folio_id] += self._sell(rng.choice(menu), folio_id).check.total_minor

    def _sell(self, check: Any, folio_id: int) -> Charged:
        self.hotel.check_number += 1
        return self.journal.charge(folio_id, check, TILL, check_number=str(self.hotel.check_number), covers=2)

    def charge_night(self, stay: PlannedStay, *, written: bool) -> None:
        """Room and tax for one night, by the key that the audit knows it by; or only what it will come to."""
        price = self._price(stay, self.day)
        if price and written:
            key = (NIGHT, f"{stay.stay_id}:{self.text}")
            self.journal.charge(stay.folio_id, self.house.night(price), AUDITOR, key=key, reference=stay.room)
        stay.owes_minor += price

    # --- settling ---------------------------------------------------------------------------------------------

    def _settlements(self) -> None:
        """Companies pay by the week, card companies too, accounts by the month; flowers are paid from the drawer."""
        hotel = self.hotel
        if self.day.weekday() == MONDAY:
            for account, bills in hotel.bills.items():
                amount = 0
                while bills and bills[0][0] <= self.day - BILLS_ARE_PAID_AFTER:
                    amount += bills.popleft()[1]
                self._pay_by_bank(amount, account)
        if self.day.weekday() == WEDNESDAY:
            for card, amount in hotel.cards.items():
                self._pay_by_bank(amount, self.folios[card])
                hotel.cards[card] = 0
        if self.day.day == 1:
            for folio_id, owed in hotel.accounts.items():
                if owed:
                    self._pay_by_card(owed, folio_id, "by the month")
                    hotel.accounts[folio_id] = 0
        if self.rng.random() < 0.3:
            bears = self.folios["HOUSEPAID"]
            facts: dict[str, Any] = {"debit": bears, "credit": self.folios[DRAWER], "subject": bears}
            self.journal.move("paid_out", 24_50, "HOUSEPAID", operator=CASHIER, shift=self.shift, **facts)
            self.cash_minor -= 24_50

    def _pay_by_bank(self, amount_minor: int, folio_id: int) -> None:
        if amount_minor:
            self.journal.move("payment", amount_minor, BANK, debit=self.folios[BANK], credit=folio_id, operator=CASHIER)

    def _carry(self, what: str, amount_minor: int, origin: str, target: str) -> None:
        """Cash that the shift carries itself."""
        if amount_minor:
            facts: dict[str, Any] = {"debit": self.folios[target], "credit": self.folios[origin], "shift": self.shift}
            facts["key"] = (SENDER, f"{self.shift}/{what}")
            self.journal.move("transfer", amount_minor, "CASH", operator=CASHIER, **facts)

    def _count(self, shift_id: int) -> None:
        """The drawer is counted: one day in ten it is a little over or short."""
        expected = FLOAT_MINOR + self.cash_minor
        counted = expected + (self.rng.choice((-5_00, -50, 20, 1_00)) if self.rng.random() < 0.1 else 0)
        if counted > expected:
            self._carry(OVER_SHORT, counted - expected, "over", DRAWER)
        else:
            self._carry(OVER_SHORT, expected - counted, DRAWER, "short")
        dropped = max(counted - FLOAT_MINOR, 0)
        self._carry(DROP, dropped, DRAWER, "safe")
        self.hotel.in_drawer_minor = counted - dropped
        begun, ended = self.journal.at(7), self.journal.at(21)
        head = (shift_id, CASHIER, self.folios[DRAWER], "closed", begun, self.text, FLOAT_MINOR, ended, self.text)
        self.rows.of["shift"].append((*head, CASHIER, expected, counted, dropped, 1))
        left = counted
        for value in sorted(DENOMINATIONS[CURRENCY], reverse=True):
            pieces, left = divmod(left, value)
            if pieces:
                self.rows.of["shift_count"].append((shift_id, value, pieces))
