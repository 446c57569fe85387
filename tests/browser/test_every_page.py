"""Every page of the desk on a hotel that is alive: opens, has no barrier, fits a telephone; the main ones as pictures.

The hotel is a short demo. What a page looks like does not depend on the database, so it is made on SQLite alone.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Browser, BrowserContext
from sqlalchemy.orm import Session
from waitress.server import create_server

from folios import clock
from folios.db import SessionSource, in_unit_of_work, open_engine, reading, session_source
from folios.models import Folio, Voucher
from frontoffice import (
    cashiering,
    charge_cards,
    charge_stops,
    fixed_charges,
    guests,
    jobs,
    reservations,
    sharers,
    shifts,
)
from frontoffice.disputes import open_disputes
from frontoffice.models.cashiering import Shift
from frontoffice.models.charging import ChargeStop, StaySharer
from frontoffice.models.desk import Job, Note, StayGroup
from frontoffice.models.fixed_charges import FixedCharge
from frontoffice.models.guests import Company
from frontoffice.models.invoices import Invoice, InvoiceSeries
from frontoffice.models.mail import Mail
from frontoffice.models.rates import RateCode
from frontoffice.models.rooms import Room, RoomOutage, RoomType
from frontoffice.models.stays import Stay, StayWindow
from frontoffice.night_checks import BLOCK, Row
from frontoffice.night_rows import CHECKS
from frontoffice.windows import open_window, windows_of
from night_audit import calls
from night_audit.checklist import AuditNotReady, Finding
from night_audit.demo import making
from night_audit.demo.keys import draw_keys
from night_audit.rules import rules, rules_row, set_rules
from pos_bridge import (
    door_keys,
    guest_messages,
    link_states,
    links,
    print_queue,
    printers,
    room_signs,
    specimens,
    wake_ups,
)
from pos_bridge.charging import charge
from pos_bridge.checks import Check, CheckLine, Whom
from pos_bridge.fias_links.seam import LinkState, Spoken
from pos_bridge.models.links import GuestMessage, WakeUp
from pos_bridge.models.messages import PosRequest
from pos_bridge.models.outlets import TerminalKey
from pos_bridge.models.printing import Printer, PrintJob, PrintRoute
from pos_bridge.requests import Sender
from tests.browser.person import Person, with_axe
from tests.frontoffice.desk_client import FAST, application_of_its_own
from tests.frontoffice.places import ALL_ROUTES
from tests.night_audit.report_places import drafted

ADMIN = "admin"
TODAY = date(2026, 6, 17)
YESTERDAY = date(2026, 6, 16)
CARD = "KEY-1"
FILES = (".pdf", ".png", "/file", "/log")  # what is downloaded, and looked at elsewhere
PARTS = ("/guests/pick", "/reservations/offers")  # parts of a page, fetched while something is typed
MAIN = {
    "front_desk": "/",
    "folio": "/folios/{window}/pay",
    "folio_alone": "/folios/{window}",
    "check_out": "/stays/{leaving}/check-out",
    "stay": "/stays/{stay}",
    "stop": "/folios/{window}/stop",
    "sharer": "/stays/{stay}/sharer",
    "card": "/stays/{stay}/card/give",
    "account": "/folios/{account}",
    "check_in": "/stays/{arriving}/check-in",
    "walk_in": "/walk-in",
    "reservation": "/reservations/new",
    "rooms": "/rooms",
    "discrepancies": "/rooms?differing=1",
    "calendar": "/calendar",
    "bill": "/folios/{window}/bill",
    "invoice": "/invoices/{invoice}",
    "shift": "/shifts",
    "safe": "/safe",
    "count": "/shifts/{shift}/close",
    "group": "/groups/{group}",
    "group_booking": "/groups/{group}/book",
    "accounts": "/accounts",
    "set_up": "/set-up",
    "roles": "/roles",
    "trail": "/trail",
    "printers": "/set-up/printers",
    "printer": "/set-up/printers/{printer}",
    "print_queue": "/print-queue",
    "slip": "/print-queue/{slip}",
    "outlets": "/set-up/outlets",
    "outlet": "/set-up/outlets/MINIBAR",
    "line_codes": "/set-up/outlets/RESTAURANT/codes",
    "terminal": "/set-up/terminals/BAR1",
    "monitor": "/outlets",
    "message": "/outlets/messages/{message}",
    "suspense": "/suspense",
    "place": "/suspense/{suspended}/place",
    "links": "/set-up/links",
    "link": "/set-up/links/FIAS",
    "link_new": "/set-up/links/new",
    "link_outlets": "/set-up/links/FIAS/outlets",
    "link_state": "/links/FIAS",
    "link_support": "/help/links",
    "wake_ups": "/wake-ups",
    "search": "/search?q=guest",
    "help": "/help",
    "morning": "/morning",
    "reports": "/reports",
    "manager": "/reports/manager",
    "trial_balance": "/reports/trial-balance",
    "room_status": f"/reports/room-status?date={TODAY}",
    "budgets": "/reports/budgets",
    "exports": "/exports",
    "accounts_of_the_back_office": "/set-up/ledger-accounts",
    "night_audit": "/night-audit",
    "night_rules": "/night-audit/rules",
    "night_calls": "/night-audit/calls",
    "mail": "/set-up/mail?state=failed",
    "mail_that_waits": "/set-up/mail/{mail}",
    "night_clock": "/night-audit/clock",
    "night_accept": "/night-audit/checks/shifts/accept",
    "fixed_charge": "/stays/{stay}/fixed-charge",
}


class Alive:
    """A served demo hotel, and where its things are."""

    def __init__(self, address: str, app: Flask, things: dict[str, Any]) -> None:
        self.address, self.app, self.things = address, app, things


@pytest.fixture(scope="module")
def alive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alive]:
    url = f"sqlite:///{tmp_path_factory.mktemp('alive') / 'hotel.db'}"
    engine = open_engine(url)
    list(making.make(engine, draw_keys(), TODAY, 4, FAST))
    sessions = session_source(engine)
    drafted(sessions)
    in_unit_of_work(sessions, _work_a_little)
    _charge_a_little(sessions)
    with reading(sessions) as session:
        things = _things(session)
    engine.dispose()
    with application_of_its_own(url) as app:
        server = create_server(with_axe(app), host="127.0.0.1", port=0, threads=4)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        yield Alive(f"http://127.0.0.1:{server.effective_port}", app, things)
        server.close()
        server.task_dispatcher.shutdown(timeout=5)
        server.asyncore.close_all(map=server._map, ignore_all=True)
        thread.join(timeout=5)


def _work_a_little(session: Session) -> None:
    """A shift is open, and long work was asked for."""
    drawer = cashiering.drawers(session, active=True)[0]
    shifts.open_shift(session, ADMIN, drawer.folio_id, 20000, ADMIN)
    jobs.ask(session, "bills.batch", {"folio_ids": [], "issue": False}, ADMIN, "en")
    _print_a_little(session)
    _live_together(session)
    _talk_a_little(session)
    _mail_a_little(session)


def _mail_a_little(session: Session) -> None:
    """Who is called in the night; a call that waits, and one that its recipient's server did not take."""
    told = {"call_to": "owner@hotel.example night-desk@hotel.example", "pack_to": "owner@hotel.example"}
    set_rules(session, rules_row(session).version, replace(rules(session), **told), ADMIN)
    check = next(each for each in CHECKS if each.code == "due_outs")
    finding = Finding(check.code, check.title, BLOCK, (Row("101"), Row("204")), check.address, check.acceptable)
    found = AuditNotReady(day=TODAY, findings=[finding])
    calls.stopped(session, TODAY, found, rules(session))
    (failed, _waiting) = session.scalars(sa.select(Mail).order_by(Mail.id))
    failed.status, failed.attempts, failed.error = "failed", 1, "mail.recipient_refused"
    failed.facts = {"address": failed.recipient, "cause": "550 5.1.1 The e-mail account does not exist."}


def _talk_a_little(session: Session) -> None:
    """A link that is up and said something, with a key; wake-up calls, one of them nobody answers; a message."""
    (row,) = links.all_links(session)
    now = clock.now()
    said = (
        ("in", "PR|PI101|P#1|PMROOM|WS4|DA260301|TI120000|"),
        ("out", "PL|RN101|G#7|GNFeatherstonehaugh-Cholmondeley, Wilhelmina Antoinette|P#1|DA260301|TI120000|"),
        ("in", "PS|RN101|PTC|TA1450|S11000|T1450|CTTwo bottles of mineral water, still|P#2|DA260301|TI120107|"),
        ("out", "PA|RN101|ASOK|DA260301|TI120107|P#2|"),
    )
    shown = LinkState(
        row.id,
        "alive",
        peer="127.0.0.1:49152",
        since=now,
        heard_at=now,
        sent_at=now,
        description="LD|DA260301|TI115959|V#1.13|IFPO|RT4|",
        lists=(("GI", ("RN", "G#", "GN", "GL", "GS", "SF")), ("PA", ("AS", "P#", "RN", "DA", "TI"))),
        spoken=tuple(Spoken(now, way, text) for way, text in said),
    )
    link_states.keep(session, [shown])
    stays = session.scalars(_IN_HOUSE.order_by(Stay.id).limit(2)).all()
    for number, stay in enumerate(stays):
        room = session.scalar(sa.select(Room.number).where(Room.id == stay.room_id)) or ""
        call = wake_ups.set_wake_up(session, room, now + timedelta(hours=8 + number), ADMIN)
        if number:
            call.state, call.tries, call.answer = "unanswered", 3, "NR"
    guest_messages.write(session, stays[0].id, "Your taxi comes at eight. The driver has your umbrella.", ADMIN)
    room_signs.set_sign(session, stays[0].room_id or 0, "DN", "Y", "link:FIAS")
    door_keys.ask(session, row.code, stays[0].id, coder="1", kind="D", keys=2, operator=ADMIN)
    # Set last, so that it can be taken back.
    wake_ups.set_wake_up(session, room, now + timedelta(hours=12), ADMIN)


def _charge_a_little(sessions: SessionSource) -> None:
    """What the bar sent: a charge that looks as if it came twice, one into suspense, one that was refused."""
    with reading(sessions) as session:
        room = session.scalar(
            sa.select(Room.number).join(Stay, Stay.room_id == Room.id).where(Stay.status == "in_house")
        )
    for key, where, figure in (("a", room, 990), ("b", room, 990), ("c", "999", 450), ("d", room, 99_000_00)):
        check = Check(Whom(room=where), (CheckLine("item", figure),), total_minor=figure, check_number="12")
        charge(sessions, Sender("BAR1"), key, check)


def _print_a_little(session: Session) -> None:
    """A printer that works, with a slip that was printed; one that is down, with a slip that waits."""
    works = printers.add_printer(session, {"name": "Front desk", "kind": "dummy", "has_drawer": True}, ADMIN)
    dead = printers.add_printer(session, {"name": "Bar", "kind": "network", "host": "192.0.2.7"}, ADMIN)
    printers.add_route(session, works.id, ADMIN, kind="payment")
    printers.add_route(session, dead.id, ADMIN, outlet="BAR")
    slip = specimens.specimen(session, "charge", "Bar", ADMIN)
    for printer, outlet in ((works, "DESK"), (dead, "BAR"), (None, "POOL")):
        row = print_queue.slip_row(slip, language="en", outlet=outlet)
        session.add(PrintJob(**row, printer_id=printer and printer.id, error=None if printer else "print.no_route"))
    session.flush()
    session.execute(
        sa.update(PrintJob).where(PrintJob.outlet == "DESK").values(status="printed", printed_at=clock.now())
    )
    told = {"error": "printer.unreachable", "error_detail": "Connection refused", "down_since": clock.now()}
    session.execute(sa.update(Printer).where(Printer.id == dead.id).values(**told))


def _live_together(session: Session) -> None:
    """A couple shares a room and has a card; the fullest folio is stopped."""
    stay = session.scalars(_STAYING).first()
    assert stay is not None
    reservations.amend(session, stay.id, stay.version, {"adults": 3}, ADMIN)
    sharer = guests.add_guest(session, ADMIN, surname="Featherstonehaugh-Cholmondeley", first_names="Wilhelmina")
    sharers.add_sharer(session, stay.id, sharer.id, ADMIN)
    garage = fixed_charges.NewFixedCharge("PARKING", 1800, "daily", TODAY, text="Garage")
    fixed_charges.add_fixed_charge(session, stay.id, garage, ADMIN)
    open_window(session, stay.id, ADMIN, name="Extras")
    charge_cards.give_card(session, CARD, ADMIN, stay_id=stay.id)
    for folio_id in {session.scalar(_FULLEST), windows_of(session, [stay.id])[stay.id][0].folio_id}:
        charge_stops.set_stop(session, folio_id or 0, "Lost the key; a stranger used it at the bar", ADMIN)
    folio_id = session.scalar(sa.select(Folio.id).where(Folio.type == "non_guest"))
    charge_cards.give_card(session, "CLUB-77", ADMIN, folio_id=folio_id)


_IN_HOUSE = sa.select(Stay).where(Stay.status == "in_house")
_STAYING = _IN_HOUSE.where(Stay.departure > TODAY).order_by(Stay.id)
_FULLEST = (
    sa.select(StayWindow.folio_id)
    .join(Stay, Stay.id == StayWindow.stay_id)
    .join(Folio, Folio.id == StayWindow.folio_id)
    .where(Stay.status == "in_house", Folio.balance_minor > 0)
    .order_by(Folio.balance_minor.desc())
)


def _things(session: Session) -> dict[str, Any]:
    """An id for each thing that an address names."""
    disputes = open_disputes(session)
    disputed = next(each for found in disputes.values() for each in found)
    stay = session.scalars(_STAYING).first()
    assert stay is not None
    stopped = session.scalar(_FULLEST)
    found = {
        "stay": stay.id,
        "leaving": session.scalar(
            _IN_HOUSE.where(Stay.departure <= TODAY).order_by(Stay.id.desc()).with_only_columns(Stay.id)
        ),
        "arriving": session.scalar(
            sa.select(Stay.id).where(Stay.status == "confirmed", Stay.arrival == TODAY, Stay.room_id.is_not(None))
        ),
        "window": stopped,
        "stop": session.scalar(sa.select(ChargeStop.id).where(ChargeStop.folio_id == stopped)),
        "charge": session.scalar(sa.select(FixedCharge.id)),
        "sharer": session.scalar(sa.select(StaySharer.guest_id).where(StaySharer.stay_id == stay.id)),
        "guest": stay.guest_id,
        "dispute": disputed.dispute.id,
    }
    for name, table in (
        ("company", Company),
        ("group", StayGroup),
        ("invoice", Invoice),
        ("room", Room),
        ("room_type", RoomType),
        ("outage", RoomOutage),
        ("shift", Shift),
        ("voucher", Voucher),
        ("note", Note),
        ("job", Job),
        ("mail", Mail),
        ("printer", Printer),
        ("route", PrintRoute),
        ("wake_up", WakeUp),
        ("guest_message", GuestMessage),
    ):
        found[name] = session.scalar(sa.select(sa.func.max(table.id)))
    found["shift"] = session.scalar(sa.select(Shift.id).where(Shift.status == "open"))
    found["counted"] = session.scalar(sa.select(sa.func.max(Shift.id)).where(Shift.status == "closed"))
    found["account"] = session.scalar(sa.select(Folio.id).where(Folio.type == "non_guest"))
    found["drawer"] = cashiering.drawers(session)[0].folio_id
    found["number"] = 1
    found["key"] = session.scalar(sa.select(TerminalKey.id).where(TerminalKey.terminal_code == "BAR1"))
    sent = sa.select(PosRequest.id, PosRequest.voucher_id).where(PosRequest.outcome == "suspense")
    found["message"], found["suspended"] = session.execute(sent).one()
    found["slip"] = session.scalar(sa.select(PrintJob.id).where(PrintJob.outlet == "BAR"))
    found["printed"] = session.scalar(sa.select(PrintJob.id).where(PrintJob.status == "printed"))
    found["rate"] = session.scalar(sa.select(sa.func.min(RateCode.code)))
    found["series"] = session.scalar(sa.select(sa.func.min(InvoiceSeries.code)))
    return found


def address_of(rule: str, things: dict[str, Any]) -> str:
    """The address of a route, with things that are there."""
    words = {"folio_id": "window", "shift_id": "shift"}
    special = {
        "/shifts/<int:shift_id>/report": f"/shifts/{things['counted']}/report",
        "/notes/new": f"/notes/new?subject=stay&id={things['stay']}",
        "/accounts/<int:folio_id>/edit": f"/accounts/{things['account']}/edit",
        "/stays/<int:stay_id>/sharer/<int:guest_id>": f"/stays/{things['stay']}/sharer/{things['sharer']}",
        "/set-up/drawers/<int:folio_id>": f"/set-up/drawers/{things['drawer']}",
        "/print-queue/<int:job_id>/copy": f"/print-queue/{things['printed']}/copy",
        "/print-queue/<int:job_id>": f"/print-queue/{things['slip']}",
        "/guest-messages/<int:message_id>": f"/guest-messages/{things['guest_message']}",
        "/suspense/<int:voucher_id>": f"/suspense/{things['suspended']}",
        "/set-up/outlets/<code>/tariffs/<prefix>": "/set-up/outlets/TELEPHONE/tariffs/00",
        "/reports/<name>/sum": f"/reports/trial-balance/sum?date={YESTERDAY}&part=ledgers&column=debits",
        "/reports/<name>": "/reports/manager",
        "/night-audit/draft/<name>": "/night-audit/draft/manager",
        "/reports/budgets/<month>": "/reports/budgets/2026-06",
        "/reports/postings": f"/reports/postings?first={YESTERDAY}&last={YESTERDAY}&measure=debit",
        "/reports/stays": f"/reports/stays?of=occupied&first={YESTERDAY}&last={YESTERDAY}",
        "/set-up/ledger-account/<path:subject>": "/set-up/ledger-account/folio%3AROOM",
    }
    for beginning, address in special.items():
        if rule.startswith(beginning):
            return rule.replace(beginning, address)
    address = re.sub(
        r"<int:(\w+)>", lambda each: str(things[words.get(each[1], each[1].removesuffix("_id"))] or 1), rule
    )
    by_name = {"any(arrivals, in_house, departures):name": "in_house", "number": CARD}
    for words_of, value in by_name.items():
        address = address.replace(f"<{words_of}>", value)
    code = {
        "/users": "cashier",
        "/roles": "cashier",
        "/set-up/rate": things["rate"],
        "/set-up/series": things["series"],
        "/set-up/outlets": "MINIBAR",
        "/night-audit/checks": "shifts",
        "/set-up/terminals": "BAR1",
        "/set-up/links": "FIAS",
        "/links": "FIAS",
    }
    value = next((value for beginning, value in code.items() if address.startswith(beginning)), "ROOM")
    return re.sub(r"<(path:)?code>", str(value), address)


PAGES = [
    rule
    for rule, methods, _view in ALL_ROUTES
    if "GET" in methods and not rule.endswith(FILES) and rule not in ("/health", "/sign-in", *PARTS)
]


@pytest.fixture(scope="module")
def windows(chromium: Browser, alive: Alive) -> Iterator[Callable[..., Person]]:
    """Windows of somebody who may see everything. One of each kind: what pages share is fetched and read once."""
    contexts: dict[bool, BrowserContext] = {}
    people: dict[bool, Person] = {}

    def window(*, dark: bool) -> Person:
        if dark not in people:
            scheme = "dark" if dark else "light"
            contexts[dark] = chromium.new_context(color_scheme=scheme, locale="en-GB", reduced_motion="reduce")
            people[dark] = Person(contexts[dark].new_page(), alive.address)
            people[dark].is_signed_in(alive.app, ADMIN)
        return people[dark]

    yield window
    for context in contexts.values():
        context.close()


@pytest.fixture
def administrator(windows: Callable[..., Person]) -> Callable[..., Person]:
    """Somebody who may see everything, in a window of a given size; complaints of the page before are forgotten."""

    def sit(width: int = 1440, height: int = 900, *, dark: bool = False) -> Person:
        person = windows(dark=dark)
        person.complaints.clear()
        person.page.set_viewport_size({"width": width, "height": height})
        return person

    return sit


@pytest.mark.parametrize("rule", PAGES)
def test_each_page_opens_without_a_barrier_and_fits_a_telephone(
    rule: str, alive: Alive, administrator: Callable[..., Person]
) -> None:
    person = administrator()
    answer = person.page.goto(alive.address + address_of(rule, alive.things))
    assert answer is not None
    assert answer.status == 200, (address_of(rule, alive.things), answer.status)
    person.finds_no_barrier()
    person.page.set_viewport_size({"width": 360, "height": 740})
    person.page_does_not_scroll_sideways()
    assert person.complaints == []


@pytest.mark.parametrize("name", MAIN)
def test_the_main_screens_as_pictures_wide_narrow_and_dark(
    name: str, alive: Alive, administrator: Callable[..., Person], pictures: Path
) -> None:
    for look, facts in (("wide", {}), ("narrow", {"width": 360, "height": 740}), ("dark", {"dark": True})):
        person = administrator(**facts)
        person.opens(MAIN[name].format(**alive.things))
        person.sees("Hotel")
        if look == "dark":
            person.finds_no_barrier()
        picture = person.looks(pictures, f"{name}-{look}", full=look == "narrow")
        assert picture.stat().st_size > 5_000
