"""A large hotel on a busy day, for the pages: 1,000 rooms of which 800 are let, arrivals, departures, 20,000 guest
profiles, a book of reservations, and a ledger of a million postings behind them.

What a hotel sets up once is set up by the rules; the masses are inserted in sets. Everybody in house has had a few
dinners; one folio has 500 lines, another stay has 500 lines in eight windows. Who has left has paid. What the main
pages do not read is left out: the closings of the days, and what stands on the invoices. It is no hotel for `verify`.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from folios import db, schema
from folios.codes import add_code, add_tax, set_rate, set_taxes
from folios.folios import open_folio
from folios.models import TransactionCode
from frontoffice import accounts, cashiering, companies, groups, invoice_series, rates, rooms, shifts
from frontoffice.rooms import NewRoom
from frontoffice.setup import DRAWER, set_up_property
from frontoffice.users import NewUser
from tests.benchmarks.pens import Pen
from tests.frontoffice.desk_client import FAST, PASSWORD, add_users

TODAY = date(2026, 3, 2)
DAYS = 120  # closed ones, before today
MANAGER, CASHIER = "administrator", "supervisor"
ROOMS, IN_HOUSE, ARRIVALS, ARRIVALS_IN_ROOMS = 1_000, 800, 120, 100
LEAVING_EVERY = 5  # of those in house, one in so many leaves today
BOOKED = 1_800  # for later days; half of them have a room
GUESTS = 20_000
NIGHTS = 4
POSTINGS = 1_000_000
CHARGES, CHARGES_IN_HOUSE = 30, 12  # vouchers of a guest, of two postings each
LINES, WINDOWS = 500, 8
INVOICES, ACCOUNTS, COMPANIES, GROUPS, GROUP_SIZE = 4_000, 200, 300, 10, 20
SHIFT_PAYMENTS = 150
NET_MINOR, TAX_MINOR, RATE_PPM = 10_000, 1_000, 100_000


@dataclass(frozen=True)
class DeskHotel:
    """A database, and what is where in it."""

    url: str
    leaving_stay: int
    leaving_folio: int
    long_folio: int
    wide_stay: int
    wide_folio: int
    shift: int
    guest: int


def open_desk_hotel(url: str, postings: int = POSTINGS) -> DeskHotel:
    """Builds the hotel in an empty database, with so many postings behind it, give or take a thousand."""
    engine = db.open_engine(url)
    try:
        schema.upgrade(engine)
        with db.unit_of_work(db.session_source(engine)) as session:
            figures = _set_up(session)
    finally:
        engine.dispose()
    left = postings // (2 * CHARGES + 1)
    with closing(Pen(url, TODAY)) as pen:
        book = Book(pen, left=left, folio=figures["folio"] + 1, **{name: figures[name] for name in BOOK_FIGURES})
        book.write()
    return DeskHotel(
        url=url,
        leaving_stay=book.stay,
        leaving_folio=book.staying,
        long_folio=book.long,
        wide_stay=book.stay + IN_HOUSE - 1,
        wide_folio=book.wide,
        shift=figures["shift"],
        guest=1,
    )


# --- what is set up once --------------------------------------------------------------------------------------


def _set_up(session: Session) -> dict[str, int]:
    """The house by its rules; returns the ids that the fill needs."""
    set_up_property(
        session,
        name="Grand Hotel",
        currency="EUR",
        time_zone="Europe/Berlin",
        first_date=TODAY,
        administrator=NewUser(MANAGER, "Administrator", PASSWORD),
        hasher=FAST,
    )
    add_users(session, CASHIER)
    vat = open_folio(session, type="control", name="VAT", operator=MANAGER)
    add_code(session, code="VAT", name="VAT", kind="tax", department="Taxes", operator=MANAGER, folio_id=vat.id)
    add_tax(session, code="VAT", basis="percent", inclusive=False, stacked=False, operator=MANAGER)
    set_rate(session, "VAT", TODAY - timedelta(days=DAYS), rate_ppm=RATE_PPM, operator=MANAGER)
    for code in ("ROOM", "RESTAURANT"):
        set_taxes(session, code, ["VAT"], MANAGER)
    kinds = [
        rooms.add_room_type(session, code=code, name=name, operator=MANAGER).id
        for code, name in (("STD", "Standard"), ("DLX", "Deluxe"), ("SUI", "Suite"), ("FAM", "Family"))
    ]
    numbers = [(floor, floor * 100 + room) for floor in range(1, 11) for room in range(100)]
    entered = rooms.add_rooms(
        session,
        [NewRoom(str(number), kinds[at % len(kinds)], str(floor)) for at, (floor, number) in enumerate(numbers)],
        MANAGER,
    )
    rates.add_rate(session, code="BAR", name="Best available", operator=MANAGER)
    return {
        "kind": kinds[0],
        "kinds": len(kinds),
        "room": min(room.id for room in entered),
        "vat": vat.id,
        **_set_up_money(session),
        **{
            name: _other_side(session, code)
            for name, code in (("sold", "RESTAURANT"), ("let", "ROOM"), ("card", "VISA"))
        },
    }


def _other_side(session: Session, code: str) -> int:
    folio_id = session.get_one(TransactionCode, code).folio_id
    assert folio_id is not None
    return folio_id


def _set_up_money(session: Session) -> dict[str, int]:
    """Accounts, companies, groups, a series of invoices and an open shift."""
    for at in range(ACCOUNTS):
        accounts.open_account(session, "non_guest", f"Member {at}", MANAGER, number=f"M{at}")
    firms = [
        companies.add_company(session, operator=MANAGER, code=f"C{at}", name=f"Company {at}", city="Berlin").id
        for at in range(COMPANIES)
    ]
    parties = [
        groups.add_group(session, code=f"G{at}", name=f"Group {at}", operator=MANAGER).id for at in range(GROUPS)
    ]
    for code, kind, prefix in (("INV", "invoice", "R"), ("CRN", "credit_note", "N")):
        invoice_series.add_series(session, code=code, name=code, kind=kind, prefix=prefix, operator=MANAGER)
    drawer = next(each.folio_id for each in cashiering.drawers(session) if each.number == DRAWER)
    shift = shifts.open_shift(session, CASHIER, drawer, 20_000, CASHIER)
    # Folios that are opened in sets come after all of these.
    last = open_folio(session, type="control", name="Last of the set-up", operator=MANAGER).id
    return {"company": min(firms), "group": min(parties), "drawer": drawer, "shift": shift.id, "folio": last}


# --- what is inserted in sets ---------------------------------------------------------------------------------


BOOK_FIGURES = ("kind", "kinds", "room", "vat", "sold", "let", "card", "company", "group", "drawer", "shift")
MOMENT = f"'{TODAY} 10:00:00.000000'"


class Book:
    """Guests, stays and what they owe. Each name is the first id of what it names."""

    def __init__(self, pen: Pen, left: int, folio: int, **figures: int) -> None:
        self.pen, self.left, self.folio, self.figures = pen, left, folio, figures
        self.staying = folio + left
        self.long, self.wide = self.staying + IN_HOUSE - 2, self.staying + IN_HOUSE - 1
        self.more_windows = self.staying + IN_HOUSE
        self.stay = left + 1
        self.arriving = self.stay + IN_HOUSE
        self.booked = self.arriving + ARRIVALS

    def write(self) -> None:
        """All of it."""
        day = self.pen.day
        self.pen.insert(
            "business_day",
            DAYS,
            business_date=day("-1 - n"),
            status="'closed'",
            opened_at=MOMENT,
            rolled_at=MOMENT,
            closed_at=MOMENT,
        )
        self._guests()
        self._folios()
        self._stays()
        self._vouchers()
        self._beside()
        self._invoices()
        self._balances()

    def _guests(self) -> None:
        self.pen.insert(
            "guest",
            GUESTS,
            id="n + 1",
            surname="'Guest ' || (n * 7919 % 5000)",
            first_names="'Number ' || n",
            search_name="'guest ' || (n * 7919 % 5000) || ' number ' || n",
            city="'Lisbon'",
            country="'PT'",
            language="'en'",
            version=1,
        )

    def _folios(self) -> None:
        def insert(many: int, first: int, status: str, name: str) -> None:
            closed = f"'{TODAY}'" if status == "closed" else "NULL"
            self.pen.insert(
                "folio",
                many,
                id=f"{first} + n",
                number=f"'F' || ({first} + n)",
                type="'individual'",
                ledger="'guest'",
                name=name,
                currency="'EUR'",
                status=f"'{status}'",
                house_limit_minor=2_000_000,
                exempt_from="''",
                balance_minor=0,
                opened_on=f"DATE('{TODAY}')",
                closed_on=closed if closed == "NULL" else f"DATE({closed})",
                version=1,
            )

        insert(self.left, self.folio, "closed", f"'Guest ' || (n % {GUESTS})")
        insert(IN_HOUSE, self.staying, "open", "'Guest ' || (n * 7919 % 5000) || ', Number ' || n")
        insert(WINDOWS - 1, self.more_windows, "open", "'Window ' || (n + 2)")

    # --- stays ------------------------------------------------------------------------------------------------

    def _stays(self) -> None:
        """Who has left slept four nights in one of 800 rooms, one after the other, up to the day before yesterday."""
        room = self.figures["room"]
        arrived = f"-{NIGHTS} * (n / {IN_HOUSE} + 2)"
        self._insert_stays(self.left, 1, "departed", f"{room} + n % {IN_HOUSE}", arrived, f"{arrived} + {NIGHTS}")
        self._insert_stays(IN_HOUSE, self.stay, "in_house", f"{room} + n", "-1 - n % 3", f"n % {LEAVING_EVERY}")
        chosen = f"CASE WHEN n < {ARRIVALS_IN_ROOMS} THEN {room + IN_HOUSE} + n END"
        self._insert_stays(ARRIVALS, self.arriving, "confirmed", chosen, "0", "1 + n % 3")
        half = BOOKED // 2
        chosen = f"CASE WHEN n < {half} THEN {room} + n END"
        self._insert_stays(BOOKED, self.booked, "confirmed", chosen, "5 + n % 7", "8 + n % 7")
        self.pen.run(
            f"INSERT INTO stay_window (stay_id, window_number, folio_id) SELECT id, 1, {self.folio} + id - 1 FROM stay"
            " WHERE status IN ('departed', 'in_house')"
        )
        wide = self.stay + IN_HOUSE - 1
        self.pen.insert(
            "stay_window", WINDOWS - 1, stay_id=wide, window_number="n + 2", folio_id=f"{self.more_windows} + n"
        )
        self._nights()
        self.pen.run(f"UPDATE room SET occupancy = 'occupied' WHERE id BETWEEN {room} AND {room + IN_HOUSE - 1}")
        self.pen.run(
            "UPDATE room SET condition = CASE id % 3 WHEN 0 THEN 'dirty' WHEN 1 THEN 'clean' ELSE 'inspected' END"
        )

    def _insert_stays(self, many: int, first: int, status: str, room: str, arrival: str, departure: str) -> None:
        day, here = self.pen.day, status in ("in_house", "departed")
        kind, firm = self.figures["kind"], self.figures["company"]
        self.pen.insert(
            "stay",
            many,
            id=f"{first} + n",
            status=f"'{status}'",
            nature="'paying'",
            room_type_id=f"{kind} + n % {self.figures['kinds']}",
            room_id=room,
            guest_id=f"1 + ({first - self.stay} + n + {GUESTS}) % {GUESTS}",
            company_id=f"CASE WHEN n % 10 = 0 THEN {firm} + n % {COMPANIES} END",
            rate_code="'BAR'",
            adults=2,
            children="n % 2",
            arrival=day(arrival),
            departure=day(departure),
            booked_on=day("-100"),
            checked_in_on=day(arrival) if here else "NULL",
            departed_on=day(departure) if status == "departed" else "NULL",
            payment_method="'card'",
            version=1,
        )

    def _nights(self) -> None:
        following = "date(stay.arrival, n || ' days')" if self.pen.on_sqlite else "stay.arrival + n"
        self.pen.run(
            f"INSERT INTO stay_night (stay_id, date, room_type_id, room_id, rate_code, price_minor)"
            f" SELECT stay.id, {following}, stay.room_type_id, stay.room_id, 'BAR', {NET_MINOR}"
            f" FROM stay JOIN numbers ON n < 10 AND {following} < stay.departure"
        )

    # --- money ------------------------------------------------------------------------------------------------

    def _vouchers(self) -> None:
        """Dinners and nights with their tax; who has left has paid; today's takings of one shift."""
        nights = f"-{NIGHTS} * (n / {CHARGES} / {IN_HOUSE} + 2) + n % {NIGHTS}"
        self._charges(self.left * CHARGES, f"{self.folio} + n / {CHARGES}", nights)
        self._charges((IN_HOUSE - 2) * CHARGES_IN_HOUSE, f"{self.staying} + n / {CHARGES_IN_HOUSE}", "-1 + n % 2")
        self._charges(LINES // 2, str(self.long), "-1 + n % 2")
        first, each = 135, 15
        others = f"{self.more_windows} + (n - {first}) / {each}"
        self._charges(
            first + each * (WINDOWS - 1), f"CASE WHEN n < {first} THEN {self.wide} ELSE {others} END", "-1 + n % 2"
        )
        paid = CHARGES * (NET_MINOR + TAX_MINOR)
        left = f"-{NIGHTS} * (n / {IN_HOUSE} + 1)"
        self._payments(self.left, "VISA", self.figures["card"], f"{self.folio} + n", paid, left, "NULL")
        shift = f"'{self.figures['shift']}'"
        self._payments(SHIFT_PAYMENTS, "CASH", self.figures["drawer"], f"{self.staying} + n", 5_000, "0", shift)
        self._transfers()

    def _charges(self, many: int, folio: str, day: str) -> None:
        figures, first, on = self.figures, self._next_voucher(), self.pen.day(day)
        night = f"n % {CHARGES} < {NIGHTS}"
        self._voucher(
            many, first, "charge", on, "'night'", outlet="'Restaurant'", check_number="'' || (100000 + n % 900000)"
        )
        code = f"CASE WHEN {night} THEN 'ROOM' ELSE 'RESTAURANT' END"
        sold = f"CASE WHEN {night} THEN {figures['let']} ELSE {figures['sold']} END"
        self.pen.run(
            "INSERT INTO posting (voucher_id, business_date, line, parent_line, debit_folio_id, credit_folio_id,"
            " amount_minor, code, quantity, tax_base_minor, tax_rate_ppm)"
            f" SELECT {first} + n, {on}, line, parent, {folio}, CASE line WHEN 1 THEN {sold} ELSE {figures['vat']} END,"
            f" amount, CASE line WHEN 1 THEN {code} ELSE 'VAT' END, 1, base, rate FROM numbers, ("
            f" SELECT 1 AS line, NULL AS parent, {NET_MINOR} AS amount, NULL AS base, NULL AS rate"
            f" UNION ALL SELECT 2, 1, {TAX_MINOR}, {NET_MINOR}, {RATE_PPM}) AS sides WHERE n < {many} ORDER BY n, line"
        )
        self._events(many, "folio.charge.posted", folio, on, first)

    def _payments(self, many: int, code: str, to: int, folio: str, minor: int, day: str, shift: str) -> None:
        first, on = self._next_voucher(), self.pen.day(day)
        self._voucher(many, first, "payment", on, f"'{CASHIER}'", shift=shift)
        self.pen.insert(
            "posting",
            many,
            voucher_id=f"{first} + n",
            business_date=on,
            line=1,
            debit_folio_id=to,
            credit_folio_id=folio,
            amount_minor=minor,
            code=f"'{code}'",
            quantity=1,
        )
        self._events(many, "folio.payment.posted", folio, on, first)

    def _transfers(self) -> None:
        """Ten dinners of the widest stay were moved from its first window to the second."""
        first, many = self._next_voucher(), 10
        self._voucher(many, first, "transfer", self.pen.day("0"), f"'{CASHIER}'")
        self.pen.run(
            "INSERT INTO posting (voucher_id, business_date, line, debit_folio_id, credit_folio_id, amount_minor, code,"
            f" quantity, source_posting_id, source_side, origin_posting_id) SELECT {first} - 1 + row_number() OVER"
            f" (ORDER BY id), {self.pen.day('0')}, 1, {self.more_windows}, {self.wide}, amount_minor, code, 1, id,"
            f" 'debit', id FROM posting WHERE debit_folio_id = {self.wide} AND code = 'RESTAURANT' ORDER BY id"
            f" LIMIT {many}"
        )
        self._events(many, "folio.line.transferred", str(self.wide), self.pen.day("0"), first)

    def _voucher(self, many: int, first: int, kind: str, on: str, operator: str, **more: str) -> None:
        self.pen.insert(
            "voucher",
            many,
            id=f"{first} + n",
            kind=f"'{kind}'",
            business_date=on,
            written_at=MOMENT,
            currency="'EUR'",
            operator=operator,
            **more,
        )

    def _next_voucher(self) -> int:
        return self.pen.number("SELECT max(id) FROM voucher") + 1

    def _events(self, many: int, action: str, folio: str, on: str, first: int) -> None:
        told = f"'{{\"voucher\": ' || ({first} + n) || ', \"total_minor\": {NET_MINOR + TAX_MINOR}}}'"
        self.pen.insert(
            "event",
            many,
            at=MOMENT,
            business_date=on,
            operator=f"'{CASHIER}'",
            action=f"'{action}'",
            subject=f"'folio:' || ({folio})",
            after=self.pen.json(told),
        )

    def _balances(self) -> None:
        debits, credits = (
            f"coalesce((SELECT sum(amount_minor) FROM posting WHERE {side}_folio_id = folio.id), 0)"
            for side in ("debit", "credit")
        )
        self.pen.run("ANALYZE")
        self.pen.run(f"UPDATE folio SET balance_minor = {debits} - {credits} WHERE type <> 'control'")

    # --- what lies beside -------------------------------------------------------------------------------------

    def _beside(self) -> None:
        """Notes and traces, disputes, groups, rooms that are out."""
        day, stay = self.pen.day, self.stay
        self.pen.insert(
            "note",
            (IN_HOUSE + ARRIVALS) // 7,
            subject="'stay'",
            subject_id=f"{stay} + n * 7",
            text="'A quiet room, please.'",
            due_on=f"CASE WHEN n % 2 = 0 THEN {day('0')} END",
            written_by=f"'{CASHIER}'",
            written_at=MOMENT,
            version=1,
        )
        self.pen.run(
            "INSERT INTO dispute (folio_id, posting_id, status, reason, opened_on, opened_by)"
            f" SELECT debit_folio_id, min(id), 'open', 'Not had', {day('0')}, '{CASHIER}' FROM posting"
            f" WHERE debit_folio_id BETWEEN {self.staying + 10} AND {self.staying + 49} AND code = 'RESTAURANT'"
            " GROUP BY debit_folio_id"
        )
        self.pen.insert(
            "group_member",
            GROUPS * GROUP_SIZE,
            stay_id=f"{stay} + n",
            group_id=f"{self.figures['group']} + n / {GROUP_SIZE}",
        )
        self.pen.insert(
            "room_outage",
            10,
            room_id=f"{self.figures['room'] + ROOMS - 20} + n",
            kind="'out_of_order'",
            from_date=day("-1"),
            to_date=day("3"),
            reason="'Painting'",
        )

    def _invoices(self) -> None:
        """Forty a day; one in fifty is credited on the day it was issued."""
        written = self.pen.day(f"-(({INVOICES} - 1 - n) / 40)")
        self._insert_invoices(INVOICES, "invoice", "INV", "R", 0, written, "NULL")
        written = self.pen.day(f"-(({INVOICES} - 1 - n * 50) / 40)")
        self._insert_invoices(INVOICES // 50, "credit_note", "CRN", "N", INVOICES, written, "n * 50 + 1")
        self.pen.run("UPDATE invoice_series SET next_number = 1 + (SELECT count(*) FROM invoice WHERE series = code)")

    def _insert_invoices(self, many: int, kind: str, series: str, prefix: str, first: int, on: str, of: str) -> None:
        self.pen.insert(
            "invoice",
            many,
            id=f"{first} + n + 1",
            kind=f"'{kind}'",
            series=f"'{series}'",
            sequence="n + 1",
            number=f"'{prefix}' || (n + 1)",
            folio_id=f"{self.folio} + n % {self.left}",
            credits_invoice_id=of,
            issued_on=on,
            issued_at=MOMENT,
            operator=f"'{CASHIER}'",
            recipient="'Guest ' || n",
            currency="'EUR'",
            total_minor=CHARGES * (NET_MINOR + TAX_MINOR),
            content=self.pen.json("'{}'"),
            content_hash="''",
        )
