"""How often the pages ask the database: as often for sixty stays as for three, and the main ones as often as agreed.

Whatever is listed anywhere grows with the stays: rooms, guests, companies, folios and their lines, notes, disputes,
members of one group, accounts, invoices, users, outages, shifts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from folios import clock
from folios.charges import Charge, ChargeLine, charge
from folios.drafts import Origin
from folios.models import Posting
from folios.payments import Payment, pay
from folios.transfers import transfer
from frontoffice import (
    accounts,
    cashiering,
    charge_cards,
    charge_stops,
    companies,
    disputes,
    groups,
    guests,
    invoices,
    mail,
    notes,
    reservations,
    rooms,
    sharers,
    shifts,
    stays,
    windows,
)
from frontoffice.app import db
from frontoffice.models.cashiering import Shift
from frontoffice.models.charging import ChargeStop, StaySharer
from frontoffice.models.desk import Dispute, Note, StayGroup
from frontoffice.models.fixed_charges import FixedCharge
from frontoffice.models.guests import Company, Guest
from frontoffice.models.invoices import Invoice
from frontoffice.models.mail import Mail
from frontoffice.models.rooms import Room, RoomOutage
from frontoffice.models.stays import Stay, StayWindow
from frontoffice.reservations import Booking
from frontoffice.shell import STATUSES
from frontoffice.stays import CheckIn
from pos_bridge import guest_messages, printers, specimens, wake_ups
from pos_bridge.models.links import GuestMessage, WakeUp
from pos_bridge.models.messages import PosRequest
from pos_bridge.models.outlets import TerminalKey
from pos_bridge.models.printing import Printer, PrintRoute
from tests.frontoffice.desk_client import BROWSER, Client
from tests.frontoffice.house import CLERK, House, day, euro
from tests.pos_bridge.outlet_places import add_link, add_outlet, send_nowhere

Desk = Callable[[str], Client]
FEW, MANY = 3, 60

CODES = {
    "/users/": "cashier",
    "/roles/": "cashier",
    "/set-up/code/": "RESTAURANT",
    "/set-up/rate/": "BAR",
    "/set-up/series/": "INV",
    "/set-up/outlets/": "OUT0",
    "/set-up/terminals/": "OUT0-T",
    "/set-up/links/": "LNK0",
    "/links/": "LNK0",
    "/cards/": "KEY0",
    "/reports/budgets/": "2026-03",
    "/set-up/ledger-account/": "folio:ROOM",
    "/night-audit/checks/": "shifts",
}
QUERIES = {
    "/": "find=guest",
    "/search": "q=guest*",
    "/guests": "q=guest",
    "/guests/pick": "q=guest",
    "/companies": "q=company",
    "/trail": "operator=clerk",
    "/reports/postings": "first=2026-03-01&last=2026-03-01&measure=debit",
    "/reports/trial-balance/sum": "part=ledgers&column=debits",
    "/reports/stays": "of=occupied&first=2026-03-01&last=2026-03-01",
}
AT_MOST = {
    "/": 10,
    "/front-desk/in_house": 10,
    "/rooms": 7,
    "/calendar": 13,
    "/reservations": 7,
    "/reservations/new": 20,
    "/reservations/{stay_id}": 22,
    "/walk-in": 18,
    "/stays/{stay_id}": 22,
    "/stays/{stay_id}/check-out": 22,
    "/folios/{folio_id}": 28,
    "/folios/{folio_id}/charge": 31,
    "/folios/{folio_id}/bill": 22,
    "/folios/{folio_id}/invoice": 17,
    "/folios/voucher/{voucher_id}": 5,
    "/guests?q=guest": 2,
    "/guests/{guest_id}": 7,
    "/companies": 3,
    "/companies/{company_id}": 6,
    "/groups": 3,
    "/groups/{group_id}": 15,
    "/accounts": 6,
    "/invoices": 4,
    "/invoices/{invoice_id}": 5,
    "/shifts": 9,
    "/safe": 7,
    "/shifts/{shift_id}": 3,
    "/traces": 8,
    "/search?q=guest*": 13,
    "/trail": 6,
    "/help": 2,
    "/outlets": 13,
    "/suspense": 8,
    "/wake-ups": 8,
    "/reports": 6,
    "/reports/manager": 31,
    "/reports/trial-balance": 18,
    "/reports/guest-ledger": 12,
    "/reports/trial-balance/sum?part=ledgers&column=debits": 21,
    "/reports/postings?first=2026-03-01&last=2026-03-01&measure=debit": 6,
    "/morning": 42,
}
"""Statements of each main page, with those of the guard and the frame; one more has to be worth it. Beside them each
status of the top bar asks once."""

FILES = ("/log", ".pdf", ".png", "/file", "/card")


class Crowd:
    """A house into which more and more stays come, each with everything that a stay can have."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.come = 0
        with_group = {"code": "CHOIR", "name": "Choir", "operator": CLERK}
        self.group = house.do(lambda session: groups.add_group(session, **with_group).id)

    def grow(self, to: int) -> None:
        """Lets guests come until there are so many; all at once."""
        self.house.do(self._grow, range(self.come, to))
        self.house.do(self._sell, range(self.come, to))
        self.come = to

    def _grow(self, session: Session, numbers: range) -> None:
        for number in numbers:
            mail.queue(session, mail.Letter(f"letter{number}", "Hello", "text"), ["anna@hotel.example"], CLERK)
        standard = self.house.standard
        two_each = [rooms.NewRoom(str(1000 + n), standard, str(n % 9)) for k in numbers for n in (2 * k, 2 * k + 1)]
        entered = rooms.add_rooms(session, two_each, CLERK)
        here, coming = entered[::2], entered[1::2]
        names = [{"surname": "Guest", "first_names": f"Number {n}"} for n in numbers]
        people = guests.add_guests(session, names, CLERK)
        firms = [companies.add_company(session, operator=CLERK, code=f"C{n}", name=f"Company {n}") for n in numbers]
        facts = {
            "room_type_id": standard,
            "rate_code": "BAR",
            "arrival": day(0),
            "remark": "Quiet, please.",
            "payment_method": "card",
            "adults": 2,
        }
        booked = reservations.book_all(
            session,
            [
                Booking(**facts, departure=day(0), guest_id=who.id, room_id=room.id, company_id=firm.id)
                for who, room, firm in zip(people, here, firms, strict=True)
            ]
            + [
                Booking(**facts, departure=day(2), guest_id=who.id, room_id=room.id, company_id=firms[0].id)
                for who, room in zip(people, coming, strict=True)
            ],
            CLERK,
        )
        arrived = stays.check_in_all(session, [CheckIn(stay.id) for stay in booked[: len(numbers)]], CLERK)
        groups.add_members(session, self.group, [stay.id for stay in booked], CLERK)
        for number, stay, room in zip(numbers, arrived, coming, strict=True):
            self._live(session, number, stay)
            rooms.put_out(
                session,
                room.id,
                kind="out_of_service",
                from_date=day(5),
                to_date=day(6),
                reason="Painting",
                operator=CLERK,
            )

    def _sell(self, session: Session, numbers: range) -> None:
        """Outlets, and what their terminals sent that nobody can place."""
        for number in numbers:
            add_outlet(session, f"OUT{number}")
            add_link(session, f"LNK{number}")
            send_nowhere(session, f"OUT{number}")
            send_nowhere(session, "OUT0", f"again {number}")

    def _live(self, session: Session, number: int, stay: Stay) -> None:
        """What one guest has: three dinners on the own folio and one on the first guest's, and all that comes of it."""
        folio = session.scalars(sa.select(StayWindow.folio_id).where(StayWindow.stay_id == stay.id)).one()
        first = session.scalars(sa.select(StayWindow.folio_id).order_by(StayWindow.folio_id)).first() or folio
        dinner = (ChargeLine("RESTAURANT", euro("10.00")),)
        for folio_id in (folio, folio, folio, first):
            charge(session, Charge(folio_id, dinner), Origin(CLERK))
        pay(session, Payment(folio, "VISA", euro("5.00")), Origin(CLERK))
        second = windows.open_window(session, stay.id, CLERK).folio_id
        lines = session.scalars(sa.select(Posting.id).where(Posting.debit_folio_id == folio).order_by(Posting.id)).all()
        transfer(session, folio, second, [lines[0]], Origin(CLERK))
        disputes.open_dispute(session, folio, lines[1], "Not had", CLERK)
        invoices.issue(session, second, operator=CLERK)
        for subject, subject_id in (("stay", stay.id), ("guest", stay.guest_id), ("folio", first)):
            notes.write_note(session, subject, subject_id, "A quiet room.", CLERK, due_on=day(0))
        self._share(session, number, stay, folio)
        accounts.open_account(session, "non_guest", f"Member {number}", CLERK, number=f"CLUB{number}")
        drawer = cashiering.add_drawer(session, f"Till {number}", f"TILL{number}", CLERK)
        shifts.open_shift(session, f"cashier{number}", drawer.id, 0, CLERK)
        printer = printers.add_printer(session, {"name": f"Printer {number}", "kind": "dummy"}, CLERK)
        printers.add_route(session, printer.id, CLERK, outlet=f"BAR{number}")
        specimens.queue_test(session, printer.id, CLERK, "en")

    def _share(self, session: Session, number: int, stay: Stay, folio: int) -> None:
        """Somebody else lives in the room, with a card; outlets may not charge."""
        wife = guests.add_guest(session, CLERK, surname="Guest", first_names=f"With {number}")
        sharers.add_sharer(session, stay.id, wife.id, CLERK)
        daily = {"code": "BAR", "price_minor": 500, "frequency": "daily", "from_date": stay.arrival}
        session.add(FixedCharge(stay_id=stay.id, **daily))  # no rule would: the stay is over today
        charge_cards.give_card(session, f"KEY{number}", CLERK, stay_id=stay.id)
        charge_stops.set_stop(session, folio, "Lost key", CLERK)
        room = session.scalar(sa.select(Room.number).where(Room.id == stay.room_id)) or ""
        wake_ups.set_wake_up(session, room, clock.now() + timedelta(hours=number + 1), CLERK)
        guest_messages.write(session, stay.id, "Call home", CLERK)


@contextmanager
def counting(app: Flask) -> Iterator[list[str]]:
    """The statements that are sent meanwhile, but for the word that a transaction only reads."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if statement != "SET TRANSACTION READ ONLY":
            sent.append(statement)

    with app.app_context():
        engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


def asked(app: Flask, client: Client, address: str) -> tuple[int, list[str]]:
    """The status of a page, and the statements it sent; what a program asks once was asked before."""
    client.browser.get(address, headers=BROWSER)
    with counting(app) as sent:
        status = client.browser.get(address, headers=BROWSER).status_code
    return status, list(sent)


def ids(house: House) -> dict[str, int]:
    """What each number in an address stands for: always the first of its kind, which has the most to show."""
    window = house.rows(StayWindow)[0]
    return {
        "stay_id": window.stay_id,
        "folio_id": window.folio_id,
        "guest_id": house.rows(Guest)[1].id,
        "company_id": house.rows(Company)[0].id,
        "group_id": house.rows(StayGroup)[0].id,
        "room_id": house.rooms["101"],
        "room_type_id": house.standard,
        "outage_id": house.rows(RoomOutage)[0].id,
        "voucher_id": 1,
        "dispute_id": house.rows(Dispute)[0].id,
        "shift_id": house.rows(Shift)[0].id,
        "invoice_id": house.rows(Invoice)[0].id,
        "note_id": house.rows(Note)[0].id,
        "job_id": 1,
        "mail_id": house.rows(Mail)[0].id,
        "printer_id": house.rows(Printer)[0].id,
        "route_id": house.rows(PrintRoute)[0].id,
        "stop_id": house.rows(ChargeStop)[0].id,
        "charge_id": house.rows(FixedCharge)[0].id,
        "number": 1,
        "key_id": house.rows(TerminalKey, terminal_code="OUT0-T")[0].id,
        "message_id": house.rows(PosRequest)[0].id,
        "wake_up_id": house.rows(WakeUp)[0].id,
    }


def addresses(app: Flask, house: House) -> list[str]:
    """Every page that opens with GET, on something that is there."""
    known = ids(house)
    found = []
    for rule in app.url_map.iter_rules():
        beside = rule.rule.startswith(("/static", "/api/"))  # the interface for tills has tests of its own
        if "GET" not in (rule.methods or ()) or beside or rule.rule.endswith(FILES):
            continue
        address = rule.rule.replace("<any(arrivals, in_house, departures):name>", "in_house")
        at_hand = known | {"guest_id": house.rows(StaySharer)[0].guest_id} if "/sharer/" in address else known
        if address.startswith("/guest-messages/"):
            at_hand = known | {"message_id": house.rows(GuestMessage)[0].id}
        address = re.sub(r"<int:(\w+)>", lambda match, at_hand=at_hand: str(at_hand[match[1]]), address)
        address = re.sub("^/(reports|night-audit/draft)/<name>", r"/\1/trial-balance", address)
        code = next((code for prefix, code in CODES.items() if address.startswith(prefix)), "")
        address = re.sub(r"<(?:path:)?(?:code|number|month|subject)>", code, address).replace("<prefix>", "00")
        if address.startswith("/suspense/"):
            address = f"/suspense/{house.rows(PosRequest)[0].voucher_id}/place"
        assert "<" not in address, f"what stands in {rule.rule}? Say it in ids() or CODES"
        query = QUERIES.get(address)
        found.append(f"{address}?{query}" if query else address)
    return found


def test_no_page_asks_more_often_for_sixty_stays_than_for_three(app: Flask, house: House, desk: Desk) -> None:
    crowd, client = Crowd(house), desk("administrator")
    crowd.grow(FEW)
    few = {address: asked(app, client, address) for address in addresses(app, house)}
    crowd.grow(MANY)
    differing = []
    for address, (status, statements) in few.items():
        status_of_many, of_many = asked(app, client, address)
        if (status, len(statements)) != (status_of_many, len(of_many)):
            differing.append((address, status, status_of_many, len(statements), len(of_many)))
    assert differing == []


def test_no_main_page_asks_more_often_than_agreed(app: Flask, house: House, desk: Desk) -> None:
    crowd, client = Crowd(house), desk("supervisor")
    crowd.grow(FEW)
    known, wrong = ids(house), []
    for address, most in AT_MOST.items():
        status, sent = asked(app, client, address.format(**known))
        assert status == 200, address
        if not 0 < len(sent) <= most + len(STATUSES):
            wrong.append((address, len(sent) - len(STATUSES), most))
    assert wrong == []
