"""Playing a real hotel's bookings through the rules the desk uses, business day by business day.

Each part of a day (bookings and cancellations, departures, day use, arrivals, the close) is a unit of work that finds
for itself what is left to do, so that a replay may be stopped anywhere, by a power cut too, and started again.

What the file does not say is decided like this: a booking has one guest, known by its line; the room type is the one
that was assigned; the house has just as many rooms of a type as the bookings ask for at the same time; the price of a
night is `adr`, tax included; companies take their stays on account, everybody else pays by card.
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.business_day import standing
from folios.codes import add_code, add_tax, set_rate, set_taxes
from folios.db import SessionSource, in_unit_of_work, reading
from folios.drafts import Origin
from folios.errors import N_, Refusal
from folios.events import record
from folios.folios import open_folio
from folios.models import ClosingBalance, Event, Folio
from folios.money import Money
from folios.payments import Payment, pay_all
from frontoffice.companies import add_company, receivable_folio
from frontoffice.guests import add_guests
from frontoffice.house import figures
from frontoffice.models.guests import Company
from frontoffice.models.property import Property
from frontoffice.models.rooms import Room, RoomType
from frontoffice.models.stays import Stay, StayWindow
from frontoffice.nights import AgreedPrice
from frontoffice.rates import add_rate
from frontoffice.reservations import Booking, book_all, cancel_all, known_references
from frontoffice.room_charges import charge_nights, uncharged_nights
from frontoffice.rooms import NewRoom, add_room_type, add_rooms, set_condition
from frontoffice.setup import set_up_property
from frontoffice.stays import CheckIn, check_in_all, check_out_all
from frontoffice.users import NewUser
from night_audit import audit, steps
from night_audit.booking_file import FileBooking
from night_audit.models.audits import Audit

OPERATOR = "replay"
SOURCE = "replay"
RATE = "AGREED"
TAX = "VAT"
TAX_RATE_PPM = 60_000
CARD = "VISA"
ON_ACCOUNT = "BILL"
STARTED = "replay.started"


class HotelInUse(Refusal):
    code = "replay.hotel_in_use"
    message = N_("This database holds another hotel, or another replay. Choose an empty one.")


@dataclass(frozen=True, slots=True)
class DayLine:
    """What one business day came to. Arrivals and departures count day use; money is in minor units."""

    date: str
    arrivals: int
    departures: int
    in_house: int
    rooms_sold: int
    room_revenue_gross_minor: int
    room_revenue_net_minor: int
    vat_minor: int
    no_shows: int
    cancellations: int


class Replay:
    """One file's bookings on one database. `bookings` is not empty; `mark` tells this replay from any other.

    `played` counts the business days that were audited here, those of an earlier run not among them. `report` makes
    the pack of each night, None: no packs.
    """

    def __init__(
        self,
        sessions: SessionSource,
        bookings: Sequence[FileBooking],
        mark: str,
        report: steps.Report | None = steps.store_pack,
    ) -> None:
        self.sessions = sessions
        self.report = report
        self.bookings = bookings
        self.mark = mark
        self.played = 0
        self.first = min(each.arrival for each in bookings)
        self.last = max(each.last_happening for each in bookings)
        self._booked_on: dict[date, list[FileBooking]] = defaultdict(list)
        self._cancelled_on: dict[date, list[FileBooking]] = defaultdict(list)
        self._arriving_on: dict[date, list[FileBooking]] = defaultdict(list)
        for each in bookings:
            self._booked_on[each.booked_on].append(each)
            self._arriving_on[each.arrival].append(each)
            if each.outcome == "cancelled":
                self._cancelled_on[each.status_date].append(each)

    @property
    def days(self) -> int:
        """How many business days are played."""
        return (self.last - self.first).days + 1

    def play(self) -> Iterator[DayLine]:
        """Plays what has not been played yet, and tells every day from the first, in order.

        Refuses (`HotelInUse`) a database with another hotel or replay in it.
        """
        in_unit_of_work(self.sessions, self._set_up)
        for day in self._days():
            if not self._is_audited(day):
                self._play(day)
                self.played += 1
            with reading(self.sessions) as session:
                line = day_line(session, day)
            yield line

    def _days(self) -> Iterator[date]:
        return (self.first + timedelta(days=count) for count in range(self.days))

    def _is_audited(self, day: date) -> bool:
        with reading(self.sessions) as session:
            return session.scalar(sa.select(Audit.status).where(Audit.business_date == day)) == "done"

    # --- setting up -------------------------------------------------------------------------------------------

    def _set_up(self, session: Session) -> None:
        if session.scalar(sa.select(Property.id)) is not None:
            if session.scalar(sa.select(Event.id).where(Event.action == STARTED, Event.subject == self.mark)) is None:
                raise HotelInUse
            return
        set_up_property(
            session,
            name=self.bookings[0].hotel or "Hotel",
            currency="EUR",
            time_zone="Europe/Lisbon",
            first_date=self.first,
            administrator=NewUser(code=OPERATOR, name="Replay"),
        )
        _levy_vat(session, self.first)
        add_rate(session, code=RATE, name="As agreed", operator=OPERATOR)
        self._add_rooms(session)
        for company in sorted({each.company for each in self.bookings if each.company}):
            add_company(session, OPERATOR, code=company, name=f"Company {company}")
        record(session, STARTED, self.mark, OPERATOR, None, {"bookings": len(self.bookings)})

    def _add_rooms(self, session: Session) -> None:
        numbers = itertools.count(1)
        for code, needed in sorted(rooms_needed(self.bookings).items()):
            room_type = add_room_type(session, code=code, name=f"Type {code}", operator=OPERATOR)
            rooms = [NewRoom(f"{number:03}", room_type.id) for number in itertools.islice(numbers, needed)]
            add_rooms(session, rooms, OPERATOR)

    # --- a day ------------------------------------------------------------------------------------------------

    def _play(self, day: date) -> None:
        with reading(self.sessions) as session:
            played = standing(session, day) != "open"
        if not played:
            if day == self.first:
                for past in sorted(each for each in {*self._booked_on, *self._cancelled_on} if each < day):
                    self._office(past)
            self._office(day)
            self._do(_settle_and_leave, day, day_use=False)
            self._arrive(day, day_use=True)
            self._do(_settle_and_leave, day, day_use=True)
            self._arrive(day, day_use=False)
        audit.run(self.sessions, OPERATOR, day=day, resuming=True, report=self.report, back_up=None)

    def _do(self, work: Callable[..., None], day: date, **options: bool) -> None:
        in_unit_of_work(self.sessions, lambda session: work(session, day, **options))

    def _office(self, day: date) -> None:
        """What the reservation office does on a day: new bookings, then cancellations."""
        booked, cancelled = self._booked_on[day], self._cancelled_on[day]
        if booked:
            in_unit_of_work(self.sessions, lambda session: self._book(session, booked))
        if cancelled:
            in_unit_of_work(self.sessions, lambda session: self._cancel(session, cancelled, day))

    def _book(self, session: Session, booked: Sequence[FileBooking]) -> None:
        known = known_references(session, SOURCE, [_reference(each) for each in booked])
        new = [each for each in booked if _reference(each) not in known]
        guests = add_guests(session, [{"surname": f"Guest {each.line}"} for each in new], OPERATOR)
        types = dict(session.execute(sa.select(RoomType.code, RoomType.id)).all())
        companies = dict(session.execute(sa.select(Company.code, Company.id)).all())
        bookings = [
            Booking(
                guest_id=guest.id,
                room_type_id=types[each.room_type],
                rate_code=RATE,
                arrival=each.arrival,
                departure=each.departure,
                adults=max(each.adults, 1),
                children=each.children,
                company_id=companies.get(each.company or ""),
                agent=each.agent,
                payment_method="direct_bill" if each.company else "card",
                agreed=AgreedPrice(each.rate_minor, "rate of the booking"),
                booked_on=each.booked_on,
                source=SOURCE,
                reference=_reference(each),
            )
            for each, guest in zip(new, guests, strict=True)
        ]
        book_all(session, bookings, OPERATOR)

    def _cancel(self, session: Session, cancelled: Sequence[FileBooking], day: date) -> None:
        ids = self._confirmed(session, cancelled)
        if ids:
            cancel_all(session, ids, OPERATOR, "cancelled by the guest", day)

    def _arrive(self, day: date, *, day_use: bool) -> None:
        """Checks in who comes and stays the night, or who comes for the day."""
        coming = [each for each in self._arriving_on[day] if each.outcome == "stayed" and (each.nights == 0) == day_use]
        if coming:
            in_unit_of_work(self.sessions, lambda session: self._check_in(session, coming))

    def _check_in(self, session: Session, coming: Sequence[FileBooking]) -> None:
        ids = self._confirmed(session, coming)
        if not ids:
            return
        _clean_vacant_rooms(session)
        vacant = _vacant_rooms(session)
        wanted = session.execute(sa.select(Stay.id, Stay.room_type_id).where(Stay.id.in_(ids)).order_by(Stay.id))
        check_in_all(
            session,
            [CheckIn(stay_id, room_id=vacant[type_id].pop(0)) for stay_id, type_id in wanted],
            OPERATOR,
        )

    def _confirmed(self, session: Session, bookings: Sequence[FileBooking]) -> list[int]:
        references = [_reference(each) for each in bookings]
        found = sa.select(Stay.id).where(
            Stay.source == SOURCE, Stay.reference.in_(references), Stay.status == "confirmed"
        )
        return list(session.scalars(found.order_by(Stay.id)))


def _reference(booking: FileBooking) -> str:
    return str(booking.line)


def _levy_vat(session: Session, first: date) -> None:
    folio = open_folio(session, type="control", name="Value added tax", number=TAX, operator=OPERATOR)
    add_code(
        session,
        code=TAX,
        name="Value added tax",
        kind="tax",
        department="Taxes",
        folio_id=folio.id,
        operator=OPERATOR,
    )
    add_tax(session, code=TAX, basis="percent", inclusive=True, stacked=False, operator=OPERATOR)
    set_rate(session, TAX, first, rate_ppm=TAX_RATE_PPM, operator=OPERATOR)
    set_taxes(session, "ROOM", [TAX], OPERATOR)


def rooms_needed(bookings: Sequence[FileBooking]) -> Counter[str]:
    """How many rooms of each type let every booking be taken, and every guest in, in the order of the replay.

    A booking counts for each of its nights from the day it was made to the day it was cancelled. A day use counts
    beside those who stay on over its day. A type that is only asked for by who never came has one room.
    """
    needed = Counter(dict.fromkeys((each.room_type for each in bookings), 1))
    sold: Counter[tuple[str, date]] = Counter()
    made, ended = defaultdict(list), defaultdict(list)
    for each in bookings:
        made[each.booked_on].append(each)
        if each.outcome == "cancelled":
            ended[each.status_date].append(each)
    for day in sorted({*made, *ended}):
        for change, several in ((1, made[day]), (-1, ended[day])):
            for each in several:
                for night in range(each.nights):
                    place = each.room_type, each.arrival + timedelta(days=night)
                    sold[place] += change
                    needed[each.room_type] = max(needed[each.room_type], sold[place])
    staying_on: Counter[tuple[str, date]] = Counter()
    by_day: Counter[tuple[str, date]] = Counter()
    for each in bookings:
        if each.outcome == "stayed":
            by_day[each.room_type, each.arrival] += each.nights == 0
            for night in range(1, each.nights):
                staying_on[each.room_type, each.arrival + timedelta(days=night)] += 1
    for (room_type, day), count in by_day.items():
        needed[room_type] = max(needed[room_type], count + staying_on[room_type, day])
    return needed


def _settle_and_leave(session: Session, day: date, *, day_use: bool) -> None:
    """Who is due out is charged for the day's use, pays, or has it put on the company's account, and leaves."""
    is_day_use = Stay.arrival == Stay.departure
    leaving = sa.select(Stay.id).where(
        Stay.status == "in_house", Stay.departure == day, is_day_use if day_use else ~is_day_use
    )
    stay_ids = list(session.scalars(leaving.order_by(Stay.id)))
    if not stay_ids:
        return
    charge_nights(session, uncharged_nights(session, stay_ids=stay_ids), OPERATOR)
    due = session.execute(
        sa.select(Stay.id, Stay.company_id, Folio.id, Folio.balance_minor, Folio.currency)
        .join(StayWindow, StayWindow.stay_id == Stay.id)
        .join(Folio, Folio.id == StayWindow.folio_id)
        .where(Stay.id.in_(stay_ids))
        .order_by(Stay.id)
    ).all()
    companies = sorted({row.company_id for row in due if row.company_id and row.balance_minor})
    accounts = {company_id: receivable_folio(session, company_id, OPERATOR).id for company_id in companies}
    payments = []
    for stay_id, company_id, folio_id, balance_minor, currency in due:
        if balance_minor:
            code = ON_ACCOUNT if company_id else CARD
            amount = Money(balance_minor, currency)
            payment = Payment(folio_id, code, amount, accounts.get(company_id), reference=f"Stay {stay_id}")
            payments.append((payment, Origin(OPERATOR)))
    pay_all(session, payments)
    check_out_all(session, stay_ids, OPERATOR)


def _clean_vacant_rooms(session: Session) -> None:
    dirty = sa.select(Room.id).where(Room.occupancy == "vacant", Room.condition == "dirty")
    set_condition(session, list(session.scalars(dirty)), "clean", OPERATOR)


def _vacant_rooms(session: Session) -> dict[int, list[int]]:
    vacant: dict[int, list[int]] = defaultdict(list)
    rooms = sa.select(Room.room_type_id, Room.id).where(Room.occupancy == "vacant").order_by(Room.number)
    for type_id, room_id in session.execute(rooms):
        vacant[type_id].append(room_id)
    return vacant


# --- telling --------------------------------------------------------------------------------------------------


def day_line(session: Session, day: date) -> DayLine:
    """What a closed business day came to: the stays' figures, and the revenue as the control folios closed it."""
    counted = figures(session, day)
    earned = _earned(session, day, ("ROOM", TAX))
    return DayLine(
        date=day.isoformat(),
        arrivals=counted.arrivals,
        departures=counted.departures,
        in_house=counted.in_house,
        rooms_sold=counted.rooms_sold,
        room_revenue_gross_minor=earned["ROOM"] + earned[TAX],
        room_revenue_net_minor=earned["ROOM"],
        vat_minor=earned[TAX],
        no_shows=counted.no_shows,
        cancellations=counted.cancellations,
    )


def _earned(session: Session, day: date, numbers: Collection[str]) -> dict[str, int]:
    """What control folios were credited on a closed day, net of what was taken back, in minor units."""
    moved = session.execute(
        sa.select(Folio.number, ClosingBalance.opening_minor - ClosingBalance.closing_minor)
        .join(ClosingBalance, ClosingBalance.folio_id == Folio.id)
        .where(Folio.number.in_(numbers), ClosingBalance.business_date == day)
    )
    return dict.fromkeys(numbers, 0) | dict(moved.all())


def as_record(line: DayLine) -> dict[str, object]:
    """The line as it is printed with --json."""
    return asdict(line)
