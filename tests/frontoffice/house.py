"""A little hotel to test on: four standard rooms, a suite, a rate, a guest, and short ways to use them.

Each verb of a `House` runs in a unit of work of its own. Days are counted from the first business date (`day(2)` is the
one after tomorrow), amounts are written as people read them ("105.50"), rooms are named by their number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from folios import business_day, db, ledger, verify
from folios.charges import Charge, ChargeLine, charge
from folios.drafts import Origin, Posted
from folios.errors import Refusal
from folios.folios import find_folio, get_folio
from folios.models import Event, Folio, Voucher
from folios.money import Money
from folios.payments import Payment, pay
from frontoffice import guests, rates, reservations, rooms, stays, windows
from frontoffice.departures import charge_what_is_due
from frontoffice.house import DayFigures, figures
from frontoffice.models.charging import ChargeCard, ChargeStop, StaySharer
from frontoffice.models.guests import Company, Guest
from frontoffice.models.rates import RateCode, RatePrice
from frontoffice.models.rooms import Room, RoomOutage, RoomType
from frontoffice.models.stays import HouseLimit, Stay, StayNight, StayWindow
from frontoffice.reservations import Booking
from frontoffice.room_charges import charge_nights, uncharged_nights
from frontoffice.setup import add_starter_chart

T = TypeVar("T")

FIRST_DAY = date(2026, 3, 1)
CLERK, AUDITOR = "clerk", "auditor"
STANDARD_ROOMS = ("101", "102", "103", "104")
WRITTEN = (Guest, Company, RoomType, Room, RoomOutage, RateCode, RatePrice, Stay, StayNight, StayWindow, HouseLimit)
WRITTEN += (ChargeStop, StaySharer, ChargeCard)
WRITTEN_BELOW = (Folio, Voucher, Event)


def day(number: int) -> date:
    return FIRST_DAY + timedelta(days=number)


def euro(figure: str) -> Money:
    return Money.of(figure, "EUR")


def minor(figure: str) -> int:
    return euro(figure).minor


class House:
    """The hotel in one database."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.sessions = db.session_source(engine)

    def look_around(self) -> None:
        """Learns what is there from a hotel that was set up before."""
        self.standard, self.suite = (self.rows(RoomType, code=code)[0].id for code in ("STD", "SUI"))
        self.rooms = {room.number: room.id for room in self.rows(Room)}
        self.guest = self.rows(Guest)[0].id

    def do(self, verb: Callable[..., T], *facts: Any, **more: Any) -> T:
        """Runs one rule in a unit of work of its own."""
        with db.unit_of_work(self.sessions) as session:
            return verb(session, *facts, **more)

    def set_up(self) -> None:
        with db.unit_of_work(self.sessions) as session:
            ledger.create_ledger(session, currency="EUR", first_date=FIRST_DAY, operator=CLERK)
            add_starter_chart(session, CLERK)
            self.standard = rooms.add_room_type(session, code="STD", name="Standard", operator=CLERK).id
            self.suite = rooms.add_room_type(session, code="SUI", name="Suite", operator=CLERK).id
            new = [rooms.NewRoom(number, self.standard, "1") for number in STANDARD_ROOMS]
            entered = rooms.add_rooms(session, [*new, rooms.NewRoom("201", self.suite, "2")], CLERK)
            self.rooms = {room.number: room.id for room in entered}
            rates.add_rate(session, code="BAR", name="Best available", operator=CLERK)
            for room_type, price in ((self.standard, "100.00"), (self.suite, "250.00")):
                rates.set_price(
                    session,
                    "BAR",
                    room_type,
                    from_date=day(-30),
                    to_date=day(300),
                    price_minor=minor(price),
                    operator=CLERK,
                )
            windows.set_limit(session, "cash", minor("500.00"), CLERK)
            windows.set_limit(session, "card", minor("2000.00"), CLERK)
            self.guest = guests.add_guest(session, CLERK, surname="Guest", first_names="Mr.").id

    # --- stays ------------------------------------------------------------------------------------------------

    def booking(self, arrival: int = 0, departure: int = 2, room: str | None = None, **facts: Any) -> Booking:
        """A booking of a standard room at the rate, between days counted from the first."""
        given = {
            "guest_id": self.guest,
            "room_type_id": self.standard,
            "rate_code": "BAR",
            "arrival": day(arrival),
            "departure": day(departure),
            "room_id": None if room is None else self.rooms[room],
        }
        return Booking(**given | facts)

    def book(self, arrival: int = 0, departure: int = 2, room: str | None = None, **facts: Any) -> int:
        """The id of a new stay."""
        return self.do(reservations.book, self.booking(arrival, departure, room, **facts), CLERK).id

    def check_in(self, stay: int, room: str | None = None, **facts: Any) -> Stay:
        room_id = None if room is None else self.rooms[room]
        return self.do(stays.check_in, stay, CLERK, room_id=room_id, **facts)

    def arrive(self, departure: int = 2, room: str = "101", arrival: int = 0, **facts: Any) -> int:
        """The id of a stay that is booked and checked in."""
        stay = self.book(arrival, departure, room, **facts)
        self.check_in(stay)
        return stay

    def check_out(self, stay: int) -> Stay:
        return self.do(stays.check_out, stay, CLERK)

    def stay(self, stay: int) -> Stay:
        (found,) = self.rows(Stay, id=stay)
        return found

    def nights(self, stay: int) -> list[tuple[int, str | None, str]]:
        """A stay's nights: day, room, price."""
        numbers = {room_id: number for number, room_id in self.rooms.items()}
        return [
            ((night.date - FIRST_DAY).days, numbers.get(night.room_id), str(Money(night.price_minor, "EUR").decimal))
            for night in self.rows(StayNight, stay_id=stay)
        ]

    def room(self, number: str) -> tuple[str, str]:
        """A room's occupancy and condition."""
        (found,) = self.rows(Room, number=number)
        return found.occupancy, found.condition

    def clean(self, *numbers: str) -> None:
        self.do(rooms.set_condition, [self.rooms[number] for number in numbers], "clean", "housekeeper")

    # --- money ------------------------------------------------------------------------------------------------

    def window(self, stay: int, window: int = 1) -> int:
        """The folio of a stay's window, by id."""
        (found,) = self.rows(StayWindow, stay_id=stay, window=window)
        return found.folio_id

    def charge(self, stay: int, amount: str, code: str = "RESTAURANT", window: int = 1) -> Posted:
        lines = (ChargeLine(code, euro(amount)),)
        return self.do(charge, Charge(self.window(stay, window), lines), Origin(CLERK))

    def pay(self, stay: int, amount: str, code: str = "VISA", window: int = 1) -> Posted:
        return self.do(pay, Payment(self.window(stay, window), code, euro(amount)), Origin(CLERK))

    def charge_nights(self, *stay_ids: int) -> None:
        """What the desk does for a guest who leaves before the night audit got to the room charge."""
        for stay in stay_ids:
            self.do(charge_what_is_due, stay, CLERK)

    def balance(self, folio_id: int) -> str:
        return str(Money(self.do(get_folio, folio_id).balance_minor, "EUR").decimal)

    def balance_of(self, number: str) -> str:
        return str(Money(self.do(find_folio, number).balance_minor, "EUR").decimal)

    def leave(self, stay: int) -> None:
        """Whatever window 1 owes is charged and paid by card, and the guest checks out."""
        self.charge_nights(stay)
        balance = self.balance(self.window(stay))
        if balance != "0.00":
            self.pay(stay, balance)
        self.check_out(stay)

    # --- the night --------------------------------------------------------------------------------------------

    def end_day(self) -> date:
        """What the night does to the front office; returns the day that is open afterwards."""
        left, opened = self.do(business_day.roll, AUDITOR)
        self.do(reservations.mark_no_shows, left, AUDITOR)

        def close(session: Session) -> None:
            charge_nights(session, uncharged_nights(session, day=left), AUDITOR, auditing=True)
            rooms.soil_slept_in_rooms(session, left)
            business_day.close_day(session, left, AUDITOR)

        self.do(close)
        return opened

    def figures(self, number: int) -> DayFigures:
        with db.reading(self.sessions) as session:
            return figures(session, day(number))

    # --- looking and checking ---------------------------------------------------------------------------------

    def rows(self, table: type[T], **where: Any) -> list[T]:
        """The rows of a table as objects, in the order of their keys."""
        key = sa.inspect(table).primary_key
        with db.reading(self.sessions) as session:
            found = list(session.scalars(sa.select(table).filter_by(**where).order_by(*key)))
            session.expunge_all()
            return found

    def told(self, action: str) -> list[Event]:
        return self.rows(Event, action=action)

    def contents(self) -> dict[str, list[tuple[Any, ...]]]:
        with db.reading(self.sessions) as session:
            return {
                table.__tablename__: sorted(map(tuple, session.execute(sa.select(table.__table__))), key=repr)
                for table in (*WRITTEN, *WRITTEN_BELOW)
            }

    @contextmanager
    def refuses(self, refusal: type[Refusal], **params: Any) -> Iterator[pytest.ExceptionInfo[Refusal]]:
        """What happens meanwhile is refused by this name, with a sentence to show, and leaves nothing behind."""
        before = self.contents()
        with pytest.raises(refusal) as caught:
            yield caught
        assert type(caught.value) is refusal
        assert "{" not in caught.value.text()
        assert {name: caught.value.params[name] for name in params} == params
        assert self.contents() == before

    def differences(self) -> list[tuple[str, verify.Difference]]:
        """What is off about the house and its books."""
        with db.reading(self.sessions) as session:
            return [(each.name, difference) for each in verify.run(session) for difference in each.differences]

    def prove(self) -> None:
        assert self.differences() == []


def at_once(verbs: Sequence[Callable[[], T]]) -> list[T | Exception]:
    """What each verb answers, or raises, when all are run at the same time."""
    from concurrent.futures import ThreadPoolExecutor
    from threading import Barrier

    start = Barrier(len(verbs))

    def run(verb: Callable[[], T]) -> T | Exception:
        start.wait()
        try:
            return verb()
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(verbs)) as pool:
        return list(pool.map(run, verbs))
