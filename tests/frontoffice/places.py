"""A hotel with something of everything, and for every address of a deed how to come by one that can be done."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import sqlalchemy as sa
from PIL import Image
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

import frontoffice.views
import night_audit.views
import pos_bridge.views
from folios import clock
from folios.business_day import open_date
from folios.db import reading
from folios.folios import close_folio
from folios.models import Posting
from frontoffice import (
    accounts,
    bill_batches,
    cashiering,
    charge_cards,
    charge_stops,
    codes,
    companies,
    disputes,
    fixed_charges,
    groups,
    guests,
    invoice_series,
    invoices,
    jobs,
    mail,
    notes,
    rates,
    reservations,
    rights,
    roles,
    rooms,
    sharers,
    shifts,
    stationery,
    stays,
    users,
)
from frontoffice import property as hotel
from frontoffice.models.stays import Stay
from frontoffice.room_charges import charge_nights, uncharged_nights
from frontoffice.users import NewUser
from night_audit import standing
from night_audit.models.audits import Audit
from pos_bridge import printers, specimens
from pos_bridge.models.printing import PrintJob
from tests.frontoffice.desk_client import FAST, PASSWORD
from tests.frontoffice.house import CLERK, FIRST_DAY, House, day, euro
from tests.night_audit import report_places
from tests.pos_bridge import outlet_places

ALL_ROUTES = (*frontoffice.views.ROUTES, *pos_bridge.views.ROUTES, *night_audit.views.ROUTES)
"""Every page of the desk, with those of the floors above."""

EVERYBODY = ("cashier", "supervisor", "night_auditor", "manager", "administrator")
OWNER, SECOND, THIRD = "owner", "second", "third"
"""They have every role: the first has a shift open, the second opens one, the third closes one."""


# --- a hotel with something of everything -----------------------------------------------------------------------


def busy_hotel(engine: Engine) -> None:
    """The little hotel with a staff, an open shift, series of invoices, a company."""
    house = House(engine)
    house.set_up()

    def furnish(session: Session) -> None:
        hotel.add_property(session, name="Hotel am Markt", time_zone="Europe/Berlin", country="DE", operator=CLERK)
        rights.add_starter_roles(session)
        for code in (OWNER, SECOND, THIRD):
            users.add_user(session, NewUser(code, code.capitalize(), PASSWORD, roles=list(EVERYBODY)), "test", FAST)
        users.add_user(session, NewUser("poor", "Poor", PASSWORD, roles=["cashier"]), "test", FAST)
        for kind, code in (("invoice", "INV"), ("credit_note", "CN")):
            known = {each.kind for each in invoice_series.list_series(session)}
            if kind not in known:
                invoice_series.add_series(session, code=code, name=code, kind=kind, prefix=code, operator=CLERK)
        drawer = cashiering.add_drawer(session, "Desk", "DRAWER9", CLERK)
        shifts.open_shift(session, OWNER, drawer.id, 10000, OWNER)
        companies.add_company(session, CLERK, code="ACME", name="Acme")

    house.do(furnish)


class Objects:
    """Makes what a deed is done to. Each call makes a fresh one, since a deed may use it up."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.numbers = itertools.count(1)

    def name(self, before: str) -> str:
        return f"{before}{next(self.numbers)}"

    def door(self) -> str:
        """The number of a room that is built for the purpose."""
        number = self.name("R")
        added = self.house.do(rooms.add_room, number=number, room_type_id=self.house.standard, operator=CLERK)
        self.house.rooms[number] = added.id
        return number

    def reservation(self) -> int:
        self.door()
        return self.house.book()

    def arriving(self) -> int:
        return self.house.book(0, 2, self.door())

    def stay(self) -> int:
        """In house, with a dinner, a part of which was paid."""
        stay = self.house.arrive(room=self.door())
        self.house.charge(stay, "40.00")
        self.house.pay(stay, "10.00")
        return stay

    def folio(self) -> int:
        return self.house.window(self.stay())

    def empty_folio(self) -> int:
        return self.house.window(self.house.arrive(room=self.door()))

    def line(self) -> str:
        """The address part of a folio with its dinner ticked: `12/{}?line=34`."""
        folio = self.folio()
        return f"{folio}/{{}}?line={self.dinner(folio)}"

    def dinner(self, folio: int) -> int:
        with reading(self.house.sessions) as session:
            found = session.scalar(sa.select(sa.func.min(Posting.id)).where(Posting.debit_folio_id == folio))
        assert found is not None
        return found

    def dispute(self) -> int:
        folio = self.folio()
        opened = self.house.do(disputes.open_dispute, folio, self.dinner(folio), "not mine", CLERK)
        return int(opened.id)

    def invoice(self) -> int:
        return int(self.house.do(invoices.issue, self.folio(), operator=CLERK).id)

    def leaving(self) -> int:
        """In house, and nothing stands in the way."""
        stay = self.house.arrive(room=self.door(), departure=1)
        self.house.charge_nights(stay)
        self.house.pay(stay, self.house.balance(self.house.window(stay)))
        return stay

    def arrived(self) -> int:
        return self.house.arrive(room=self.door())

    def overdue(self) -> int:
        """In house since two days, for one night: the business date moves on."""
        with reading(self.house.sessions) as session:
            today = (open_date(session) - FIRST_DAY).days
        stay = self.house.arrive(today + 1, self.door(), today)
        self.house.end_day()
        self.house.end_day()
        return stay

    def settle(self) -> None:
        """Nobody is overdue any more, and every night that is over is charged: as a night audit leaves the house."""
        with reading(self.house.sessions) as session:
            today = open_date(session)
        for stay in self.house.rows(Stay, status="in_house"):
            if stay.departure < today:
                self.house.do(stays.extend, stay.id, today, CLERK)
        self.house.do(
            lambda session: [
                charge_nights(session, uncharged_nights(session, day=FIRST_DAY + timedelta(number)), CLERK)
                for number in range((today - FIRST_DAY).days)
            ]
        )

    def deposit_cancelled(self) -> int:
        """Cancelled, with a deposit that can be used for a fee."""
        stay = self.deposit()
        self.house.do(reservations.cancel, stay, CLERK, "ill")
        return stay

    def not_come(self) -> int:
        stay = self.house.book(0, 2)
        self.house.do(reservations.mark_no_show, stay, CLERK)
        return stay

    def gone(self) -> int:
        stay = self.house.arrive(room=self.door(), departure=1)
        self.house.leave(stay)
        return stay

    def group(self, *stay_ids: int) -> int:
        group = self.house.do(groups.add_group, code=self.name("TOUR"), name="Tour", operator=CLERK)
        if stay_ids:
            self.house.do(groups.add_members, group.id, list(stay_ids), CLERK)
        return int(group.id)

    def guest(self) -> int:
        return int(self.house.do(guests.add_guest, CLERK, surname="Guest A").id)

    def company(self) -> int:
        return int(self.house.do(companies.add_company, CLERK, code=self.name("FIRM"), name="Firm").id)

    def account(self) -> int:
        return int(self.house.do(accounts.open_account, "non_guest", "Club", CLERK).id)

    def stopped(self) -> str:
        """A folio and its stop: `12/stop/34`."""
        folio = self.folio()
        return f"{folio}/stop/{self.house.do(charge_stops.set_stop, folio, 'Lost key', CLERK).id}"

    def pair(self) -> int:
        """In house, for two of whom one is named."""
        return self.house.arrive(room=self.door(), adults=2)

    def fixed_charge(self) -> str:
        """A stay and a fixed charge of it: `12/fixed-charge/34`."""
        stay = self.arrived()
        wanted = fixed_charges.NewFixedCharge("BAR", 500, "daily", day(0))
        return f"{stay}/fixed-charge/{self.house.do(fixed_charges.add_fixed_charge, stay, wanted, CLERK).id}"

    def stopped_audit(self) -> str:
        """An audit that was begun and stopped at once."""

        def begin(session: Session) -> None:
            opened = open_date(session)
            if session.get(Audit, opened) is None:
                standing.take_up(session, opened, OWNER, unattended=False, resuming=False)
                standing.stop(session, opened, "READY", "the disk was full", OWNER, unattended=False)

        self.house.do(begin)
        return ""

    def mail(self) -> int:
        """A mail that waits."""
        letter = mail.Letter(self.name("letter"), "Hello", "Good morning.")
        return self.house.do(mail.queue_test, letter, "anna@hotel.example", OWNER)

    def shared(self) -> str:
        """A stay and who shares its room: `12/sharer/34`."""
        stay, guest = self.pair(), self.guest()
        self.house.do(sharers.add_sharer, stay, guest, CLERK)
        return f"{stay}/sharer/{guest}"

    def card(self) -> str:
        """A card that a stay has."""
        return str(self.house.do(charge_cards.give_card, self.name("KEY"), CLERK, stay_id=self.arrived()).number)

    def outage(self) -> int:
        facts = {"kind": "out_of_order", "from_date": day(0), "to_date": day(3), "reason": "tap"}
        room = self.house.rooms[self.door()]
        return int(self.house.do(rooms.put_out, room, **facts, operator=CLERK).id)

    def room(self) -> int:
        return self.house.rooms[self.door()]

    def note(self, subject: str = "stay") -> int:
        about = self.reservation() if subject == "stay" else self.guest()
        return int(self.house.do(notes.write_note, subject, about, "Call a taxi", CLERK, due_on=day(0)).id)

    def note_done(self) -> int:
        note = self.note()
        self.house.do(notes.mark_done, note, CLERK)
        return note

    def drawer(self) -> int:
        return int(self.house.do(cashiering.add_drawer, "Bar", self.name("DR"), CLERK).id)

    def no_shift(self) -> str:
        """Nothing: but the second has no shift open, and there is a drawer to open one at."""
        self._close_shift_of(SECOND)
        self.drawer()
        return ""

    def shift(self) -> int:
        """An open shift of the third."""
        self._close_shift_of(THIRD)
        return int(self.house.do(shifts.open_shift, THIRD, self.drawer(), 10000, THIRD).id)

    def _close_shift_of(self, cashier: str) -> None:
        found = self.house.do(shifts.open_shift_of, cashier)
        if found is not None:
            self.house.do(shifts.close_shift, found.id, found.version, {}, dropped_minor=0, operator=cashier)

    def deposit(self) -> int:
        stay = self.reservation()
        self.house.do(cashiering.take_deposit, stay, "CASH", euro("50.00"), OWNER)
        return stay

    def credited(self) -> int:
        """The folio of a guest who paid too much."""
        stay = self.house.arrive(room=self.door())
        self.house.do(cashiering.take_payment, self.house.window(stay), "CASH", euro("30.00"), OWNER)
        return self.house.window(stay)

    def closed(self) -> int:
        folio = self.empty_folio()
        self.house.do(close_folio, folio, CLERK)
        return folio

    def series(self) -> str:
        code = self.name("S")
        facts = {"code": code, "name": "Series", "kind": "invoice", "prefix": f"{code}-"}
        self.house.do(invoice_series.add_series, **facts, operator=CLERK)
        return code

    def tax(self) -> str:
        code = self.name("TAX")
        facts = {"code": code, "name": "Tax", "way": "added", "stacked": False, "service": False}
        self.house.do(codes.add_tax, **facts, valid_from=day(0), rate_ppm=190_000, operator=CLERK)
        return code

    def rate(self) -> str:
        code = self.name("R")
        self.house.do(rates.add_rate, code=code, name="Rate", operator=CLERK)
        return code

    def user(self) -> str:
        code = self.name("user")
        self.house.do(users.add_user, NewUser(code, "Somebody", PASSWORD, roles=["cashier"]), "test", FAST)
        return code

    def disabled(self) -> str:
        code = self.user()
        self.house.do(users.disable_user, code, CLERK)
        return code

    def role(self) -> str:
        code = self.name("role")
        self.house.do(roles.add_role, code=code, name="Role", operator=CLERK)
        return code

    def room_type(self) -> int:
        return int(self.house.do(rooms.add_room_type, code=self.name("T"), name="Type", operator=CLERK).id)

    def job(self) -> int:
        asked = self.house.do(bill_batches.ask, [self.folio()], "information", "none", OWNER, "en")
        return int(asked.id)

    def ended_job(self) -> int:
        job = self.job()
        assert jobs.work_one(self.house.sessions)
        return job

    def ended_shift(self) -> int:
        shift = self.shift()
        self._close_shift_of(THIRD)
        return shift

    def printed(self) -> int:
        invoice = self.invoice()
        self.house.do(invoices.printed, invoice, OWNER)
        return invoice

    def printer(self) -> int:
        """On the screen only, with nothing to do."""
        facts = {"name": self.name("Printer "), "kind": "dummy"}
        return int(self.house.do(printers.add_printer, facts, CLERK).id)

    def print_route(self) -> int:
        return int(self.house.do(printers.add_route, self.printer(), CLERK, outlet=self.name("OUT")).id)

    def slip(self) -> int:
        """A slip that waits for its printer, and another printer that it could go to."""
        return int(self.house.do(specimens.queue_test, self.printer(), CLERK, "en").id)

    def printed_slip(self) -> int:
        slip = self.slip()
        printed = {"status": "printed", "printed_at": clock.now()}
        self.house.do(
            lambda session: session.execute(sa.update(PrintJob).where(PrintJob.id == slip).values(**printed)) and None
        )
        return slip

    def logo(self) -> str:
        picture = BytesIO()
        Image.new("RGB", (8, 8)).save(picture, "PNG")
        return str(self.house.do(stationery.set_logo, picture.getvalue(), CLERK))


Place = Callable[[Objects], str]


def _at(pattern: str, make: Callable[[Objects], Any]) -> Place:
    return lambda has: pattern.format(make(has))


def _of_line(deed: str) -> Place:
    return lambda has: "/folios/" + has.line().format(deed)


def _nothing(_has: Objects) -> None:
    return None


def _with_members(has: Objects, *stay_ids: int) -> int:
    return has.group(*(stay_ids or (has.stay(),)))


_DEEDS_ABOVE = outlet_places.DEEDS | report_places.DEEDS
PLACES: dict[str, Place] = _DEEDS_ABOVE | {
    "/rooms/<int:room_id>/out": _at("/rooms/{}/out", Objects.room),
    "/rooms/outages/<int:outage_id>/back": _at("/rooms/outages/{}/back", Objects.outage),
    "/guests/<int:guest_id>/edit": _at("/guests/{}/edit", Objects.guest),
    "/accounts/<int:folio_id>/edit": _at("/accounts/{}/edit", Objects.account),
    "/folios/<int:folio_id>/charge": _at("/folios/{}/charge", Objects.folio),
    "/folios/<int:folio_id>/pay": _at("/folios/{}/pay", Objects.folio),
    "/folios/<int:folio_id>/refund": _at("/folios/{}/refund", Objects.credited),
    "/folios/<int:folio_id>/pay-out": _at("/folios/{}/pay-out", Objects.folio),
    "/folios/<int:folio_id>/correct": _of_line("correct"),
    "/folios/<int:folio_id>/allow": _of_line("allow"),
    "/folios/<int:folio_id>/transfer": _of_line("transfer"),
    "/folios/<int:folio_id>/split": _of_line("split"),
    "/folios/<int:folio_id>/dispute": _of_line("dispute"),
    "/folios/<int:folio_id>/limit": _at("/folios/{}/limit", Objects.folio),
    "/folios/<int:folio_id>/window": _at("/folios/{}/window", Objects.folio),
    "/folios/<int:folio_id>/close": _at("/folios/{}/close", Objects.empty_folio),
    "/folios/<int:folio_id>/reopen": _at("/folios/{}/reopen", Objects.closed),
    "/disputes/<int:dispute_id>/settle": _at("/disputes/{}/settle", Objects.dispute),
    "/stays/<int:stay_id>/check-out": _at("/stays/{}/check-out", Objects.leaving),
    "/stays/<int:stay_id>/check-out/nights": _at("/stays/{}/check-out/nights", Objects.stay),
    "/stays/<int:stay_id>/check-out/extend": _at("/stays/{}/check-out/extend", Objects.overdue),
    "/shifts/open": _at("/shifts/open", Objects.no_shift),
    "/shifts/<int:shift_id>/close": _at("/shifts/{}/close", Objects.shift),
    "/companies/<int:company_id>/edit": _at("/companies/{}/edit", Objects.company),
    "/folios/<int:folio_id>/invoice": _at("/folios/{}/invoice", Objects.folio),
    "/invoices/<int:invoice_id>/print": _at("/invoices/{}/print", Objects.invoice),
    "/invoices/<int:invoice_id>/credit": _at("/invoices/{}/credit", Objects.invoice),
    "/groups/<int:group_id>/bills": _at("/groups/{}/bills", _with_members),
    "/bills/departures": _at("/bills/departures", Objects.gone),
    "/set-up/series/<path:code>/begin": _at("/set-up/series/{}/begin", Objects.series),
    "/set-up/series/<path:code>/on": _at("/set-up/series/{}/on", Objects.series),
    "/set-up/series/<path:code>/off": _at("/set-up/series/{}/off", Objects.series),
    "/set-up/drawers/<int:folio_id>/on": _at("/set-up/drawers/{}/on", Objects.drawer),
    "/set-up/drawers/<int:folio_id>/off": _at("/set-up/drawers/{}/off", Objects.drawer),
    "/set-up/rooms/<int:room_id>/edit": _at("/set-up/rooms/{}/edit", Objects.room),
    "/set-up/rooms/<int:room_id>/close": _at("/set-up/rooms/{}/close", Objects.room),
    "/set-up/room-types/<int:room_type_id>/edit": _at("/set-up/room-types/{}/edit", Objects.room_type),
    "/set-up/code/<path:code>/edit": _at("/set-up/code/RESTAURANT/edit", _nothing),
    "/set-up/code/<path:code>/on": _at("/set-up/code/MINIBAR/on", _nothing),
    "/set-up/code/<path:code>/off": _at("/set-up/code/MINIBAR/off", _nothing),
    "/set-up/code/<path:code>/taxes": _at("/set-up/code/MINIBAR/taxes", _nothing),
    "/set-up/code/<path:code>/rate": _at("/set-up/code/{}/rate", Objects.tax),
    "/set-up/rate/<path:code>/edit": _at("/set-up/rate/{}/edit", Objects.rate),
    "/set-up/rate/<path:code>/prices": _at("/set-up/rate/{}/prices", Objects.rate),
    "/set-up/rate/<path:code>/copy": _at("/set-up/rate/{}/copy", Objects.rate),
    "/set-up/printers/<int:printer_id>/edit": _at("/set-up/printers/{}/edit", Objects.printer),
    "/set-up/printers/<int:printer_id>/test": _at("/set-up/printers/{}/test", Objects.printer),
    "/set-up/print-routes/new": _at("/set-up/print-routes/new", Objects.printer),
    "/set-up/print-routes/<int:route_id>/remove": _at("/set-up/print-routes/{}/remove", Objects.print_route),
    "/print-queue/<int:job_id>/retry": _at("/print-queue/{}/retry", Objects.slip),
    "/print-queue/<int:job_id>/move": _at("/print-queue/{}/move", Objects.slip),
    "/print-queue/<int:job_id>/cancel": _at("/print-queue/{}/cancel", Objects.slip),
    "/print-queue/<int:job_id>/copy": _at("/print-queue/{}/copy", Objects.printed_slip),
    "/users/<code>/edit": _at("/users/{}/edit", Objects.user),
    "/users/<code>/password": _at("/users/{}/password", Objects.user),
    "/users/<code>/enable": _at("/users/{}/enable", Objects.disabled),
    "/users/<code>/disable": _at("/users/{}/disable", Objects.user),
    "/roles/<code>/rename": _at("/roles/{}/rename", Objects.role),
    "/roles/<code>/remove": _at("/roles/{}/remove", Objects.role),
    "/reservations/<int:stay_id>/edit": _at("/reservations/{}/edit", Objects.reservation),
    "/reservations/<int:stay_id>/room": _at("/reservations/{}/room", Objects.reservation),
    "/reservations/<int:stay_id>/price": _at("/reservations/{}/price", Objects.reservation),
    "/reservations/<int:stay_id>/cancel": _at("/reservations/{}/cancel", Objects.reservation),
    "/reservations/<int:stay_id>/no-show": _at("/reservations/{}/no-show", Objects.reservation),
    "/reservations/<int:stay_id>/expect-again": _at("/reservations/{}/expect-again", Objects.not_come),
    "/reservations/<int:stay_id>/deposit": _at("/reservations/{}/deposit", Objects.reservation),
    "/reservations/<int:stay_id>/deposit/refund": _at("/reservations/{}/deposit/refund", Objects.deposit),
    "/reservations/<int:stay_id>/deposit/move": _at("/reservations/{}/deposit/move", Objects.deposit),
    "/reservations/<int:stay_id>/deposit/use": _at("/reservations/{}/deposit/use", Objects.deposit_cancelled),
    "/stays/<int:stay_id>/check-in": _at("/stays/{}/check-in", Objects.arriving),
    "/stays/<int:stay_id>/reverse-check-in": _at("/stays/{}/reverse-check-in", Objects.arrived),
    "/stays/<int:stay_id>/move": _at("/stays/{}/move", Objects.stay),
    "/stays/<int:stay_id>/dates": _at("/stays/{}/dates", Objects.stay),
    "/stays/<int:stay_id>/window": _at("/stays/{}/window", Objects.stay),
    "/stays/<int:stay_id>/reinstate": _at("/stays/{}/reinstate", Objects.gone),
    "/notes/new": _at("/notes/new?subject=stay&id={}", Objects.reservation),
    "/notes/<int:note_id>/edit": _at("/notes/{}/edit", Objects.note),
    "/notes/<int:note_id>/done": _at("/notes/{}/done", Objects.note),
    "/notes/<int:note_id>/undo": _at("/notes/{}/undo", Objects.note_done),
    "/folios/<int:folio_id>/stop": _at("/folios/{}/stop", Objects.folio),
    "/folios/<int:folio_id>/stop/<int:stop_id>/lift": _at("/folios/{}/lift", Objects.stopped),
    "/folios/<int:folio_id>/card": _at("/folios/{}/card", Objects.account),
    "/stays/<int:stay_id>/sharer": _at("/stays/{}/sharer", Objects.pair),
    "/stays/<int:stay_id>/sharer/<int:guest_id>/window": _at("/stays/{}/window", Objects.shared),
    "/stays/<int:stay_id>/sharer/<int:guest_id>/remove": _at("/stays/{}/remove", Objects.shared),
    "/stays/<int:stay_id>/card/give": _at("/stays/{}/card/give", Objects.arrived),
    "/stays/<int:stay_id>/fixed-charge": _at("/stays/{}/fixed-charge", Objects.arrived),
    "/stays/<int:stay_id>/fixed-charge/<int:charge_id>/edit": _at("/stays/{}/edit", Objects.fixed_charge),
    "/stays/<int:stay_id>/fixed-charge/<int:charge_id>/end": _at("/stays/{}/end", Objects.fixed_charge),
    "/night-audit/run": _at("/night-audit/run", _nothing),
    "/night-audit/resume": _at("/night-audit/resume", Objects.stopped_audit),
    "/night-audit/rehearse": _at("/night-audit/rehearse", _nothing),
    "/night-audit/checks/<code>/accept": _at("/night-audit/checks/shifts/accept", _nothing),
    "/night-audit/rules": _at("/night-audit/rules", _nothing),
    "/night-audit/calls": _at("/night-audit/calls", _nothing),
    "/set-up/mail/<int:mail_id>/again": _at("/set-up/mail/{}/again", Objects.mail),
    "/cards/<number>/take-back": _at("/cards/{}/take-back", Objects.card),
    "/groups/<int:group_id>/edit": _at("/groups/{}/edit", Objects.group),
    "/groups/<int:group_id>/book": _at("/groups/{}/book", Objects.group),
    "/groups/<int:group_id>/join": _at("/groups/{}/join", Objects.group),
    "/groups/<int:group_id>/rooms": _at("/groups/{}/rooms", lambda has: _with_members(has, has.reservation())),
    "/groups/<int:group_id>/remove": _at("/groups/{}/remove", _with_members),
    "/groups/<int:group_id>/check-in": _at("/groups/{}/check-in", lambda has: _with_members(has, has.arriving())),
    "/groups/<int:group_id>/settle": _at("/groups/{}/settle", _with_members),
    "/groups/<int:group_id>/leave": _at("/groups/{}/leave", lambda has: _with_members(has, has.leaving())),
}
_PAGES_ABOVE = outlet_places.PAGES | report_places.PAGES
PAGES: dict[str, Place] = _PAGES_ABOVE | {
    "/front-desk/<any(arrivals, in_house, departures):name>": _at("/front-desk/arrivals", _nothing),
    "/guests/<int:guest_id>": _at("/guests/{}", Objects.guest),
    "/folios/<int:folio_id>": _at("/folios/{}", Objects.folio),
    "/folios/voucher/<int:voucher_id>": _at("/folios/voucher/1", Objects.folio),
    "/shifts/<int:shift_id>": _at("/shifts/{}", Objects.shift),
    "/shifts/<int:shift_id>/report": _at("/shifts/{}/report", Objects.ended_shift),
    "/companies/<int:company_id>": _at("/companies/{}", Objects.company),
    "/folios/<int:folio_id>/bill": _at("/folios/{}/bill", Objects.folio),
    "/folios/<int:folio_id>/bill.pdf": _at("/folios/{}/bill.pdf", Objects.folio),
    "/invoices/<int:invoice_id>": _at("/invoices/{}", Objects.invoice),
    "/invoices/<int:invoice_id>.pdf": _at("/invoices/{}.pdf?copy=0", Objects.printed),
    "/logos/<string(length=64):sha256>.png": _at("/logos/{}.png", Objects.logo),
    "/jobs/<int:job_id>": _at("/jobs/{}", Objects.job),
    "/jobs/<int:job_id>/file": _at("/jobs/{}/file", Objects.ended_job),
    "/set-up/code/<path:code>": _at("/set-up/code/RESTAURANT", _nothing),
    "/set-up/rate/<path:code>": _at("/set-up/rate/{}", Objects.rate),
    "/set-up/printers/<int:printer_id>": _at("/set-up/printers/{}", Objects.printer),
    "/set-up/printers/<int:printer_id>/<kind>.png": _at("/set-up/printers/{}/charge.png", Objects.printer),
    "/set-up/mail/<int:mail_id>": _at("/set-up/mail/{}", Objects.mail),
    "/print-queue/<int:job_id>": _at("/print-queue/{}", Objects.slip),
    "/print-queue/<int:job_id>.png": _at("/print-queue/{}.png", Objects.slip),
    "/users/<code>": _at("/users/{}", Objects.user),
    "/reservations/<int:stay_id>": _at("/reservations/{}", Objects.reservation),
    "/stays/<int:stay_id>": _at("/stays/{}", Objects.stay),
    "/stays/<int:stay_id>/card": _at("/stays/{}/card", Objects.stay),
    "/groups/<int:group_id>": _at("/groups/{}", Objects.group),
}
"""Pages without a deed, and how to come by one."""
SHOWN_ON = {"/sign-out": "/", "/rooms/condition": "/rooms"} | {
    f"/stays/<int:stay_id>/check-out/{deed}": ".." for deed in ("nights", "extend")
}
"""Deeds without a page of their own, and where their button stands; ".." is the page above."""
BY = {"/shifts/open": SECOND, "/shifts/<int:shift_id>/close": THIRD}
