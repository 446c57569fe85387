"""The queue of slips: asked for with one row, kept, moved, repeated, cancelled and copied; routes and printers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from folios import db
from folios.errors import ChangedMeanwhile
from folios.models import Event, Voucher
from pos_bridge import print_queue, print_worker, printers
from pos_bridge.models.printing import Printer, PrintJob
from pos_bridge.print_queue import (
    CancelReasonMissing,
    PrinterOff,
    PrintJobBusy,
    PrintJobNotPrinted,
    PrintJobOver,
    PrintJobUnknown,
    queue_slip,
    slip_row,
    wants_slip,
)
from pos_bridge.printers import (
    CodePageUnknown,
    DeviceInvalid,
    HostInvalid,
    NumberInvalid,
    PrinterKindUnknown,
    PrinterNameTaken,
    PrinterUnknown,
    PrinterUsed,
    ProfileUnknown,
    RouteTaken,
    RouteUnknown,
    best_route,
)
from pos_bridge.slips import SlipKindUnknown
from tests.frontoffice.house import CLERK, House, at_once
from tests.pos_bridge.queue_house import Printing, charge_slip, words


@pytest.fixture
def printing(engine: Engine, house: House) -> Printing:
    return Printing(engine, house)


# --- asking -------------------------------------------------------------------------------------------------------


def test_a_hotel_without_printers_has_no_queue(printing: Printing) -> None:
    printing.ask()
    assert printing.jobs() == []
    off = printing.printer(active=False)
    printing.ask()
    assert printing.jobs() == []
    assert not printing.state_of(off).active


def test_an_outlets_slip_is_queued_without_a_route_and_a_slip_of_the_desk_only_with_one(printing: Printing) -> None:
    bar = printing.printer()
    assert printing.house.do(wants_slip, "charge", "POOL", None)
    assert not printing.house.do(wants_slip, "payment", None, None)
    printing.route(bar, outlet="BAR")
    assert not printing.house.do(wants_slip, "payment", None, None)
    printing.route(bar, kind="payment")
    assert printing.house.do(wants_slip, "payment", None, None)
    assert not printing.house.do(wants_slip, "refund", None, None)


def test_a_key_queues_one_slip_however_often_it_is_asked_for_and_by_how_many(printing: Printing) -> None:
    printing.printer()
    at_once([lambda: printing.ask("Same", key="voucher/7")] * 4)
    printing.ask("Other words", key="voucher/7")
    assert [each.content["lines"][0]["text"] for each in printing.jobs()] == ["Same"]
    printing.ask()
    printing.ask()
    assert len(printing.jobs()) == 3


def test_a_row_needs_no_more_than_what_happened_and_can_be_part_of_another_statement(printing: Printing) -> None:
    """As the path of a charge writes it: the slip hangs on the voucher that the same statement draws."""
    stay = printing.house.arrive()
    printing.house.charge(stay, "12.50")
    row = slip_row(charge_slip(), language="en", outlet="BAR", terminal="B1")
    assert set(row) == {"kind", "outlet", "terminal", "voucher_id", "content", "language", "created_at"}
    table: Any = PrintJob.__table__
    voucher = sa.select(sa.func.max(Voucher.id)).scalar_subquery()

    def insert(session: Any) -> None:
        session.execute(sa.insert(table).values(row | {"voucher_id": voucher}))
        if session.get_bind().dialect.name == "postgresql":
            written = sa.insert(table).values(row | {"voucher_id": voucher}).returning(table.c.id).cte("written")
            session.execute(sa.select(written.c.id))
        session.execute(sa.insert(table).from_select(list(row), sa.select(*_literals(table, row)).where(_no_printer())))

    printing.house.do(insert)
    jobs = printing.jobs()
    assert {(each.status, each.attempts, each.copy, each.doubtful, each.lost) for each in jobs} == {
        ("waiting", 0, 0, False, 0)
    }
    assert jobs[0].voucher_id is not None
    assert len(jobs) == (2 if printing.house.engine.dialect.name == "postgresql" else 1)


def _no_printer() -> Any:
    return print_queue.any_printer()


def _literals(table: Any, row: dict[str, Any]) -> list[Any]:
    return [sa.literal(value, table.c[name].type) for name, value in row.items()]


def test_what_is_undone_is_not_printed(printing: Printing) -> None:
    printing.printer()

    def fail(session: Session) -> None:
        queue_slip(session, charge_slip(), language="en")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        printing.house.do(fail)
    assert printing.jobs() == []


# --- by hand ------------------------------------------------------------------------------------------------------


def waiting(printing: Printing) -> tuple[int, int]:
    """A slip that waits for a printer that cannot be reached, and that printer."""
    dead = printing.printer("Dead", "file", device="/nowhere/lp0")
    printing.route(dead)
    printing.ask()
    printing.once()
    assert printing.only().status == "waiting"
    return printing.only().id, dead


def test_a_slip_is_moved_to_another_printer_and_printed_there_at_once(printing: Printing) -> None:
    job, dead = waiting(printing)
    bar = printing.printer()
    printing.house.do(print_queue.move, job, bar, CLERK)
    printing.once()
    assert (printing.only().status, printing.only().printer_id) == ("printed", bar)
    (told,) = [each for each in printing.house.rows(Event) if each.action == "print.moved"]
    assert (told.before, told.after) == (
        {"printer_id": dead, "status": "waiting"},
        {"printer_id": bar, "status": "waiting"},
    )


def test_a_slip_is_cancelled_with_a_reason_and_never_printed(printing: Printing) -> None:
    job, _dead = waiting(printing)
    for nothing in ("", "  ", None):
        with pytest.raises(CancelReasonMissing):
            printing.house.do(print_queue.cancel, job, nothing, CLERK)
    printing.house.do(print_queue.cancel, job, "written by hand", CLERK)
    with printing.later(100):
        printing.once()
    assert (printing.only().status, printing.only().reason) == ("cancelled", "written by hand")
    with pytest.raises(PrintJobOver):
        printing.house.do(print_queue.retry, job, CLERK)


def test_a_slip_is_tried_again_at_once_when_somebody_says_so(printing: Printing) -> None:
    job, dead = waiting(printing)
    printing.house.do(print_queue.retry, job, CLERK)
    printing.once()
    assert printing.only().attempts == 2
    assert printing.state_of(dead).failures == 2


def test_a_printed_slip_is_printed_again_as_a_copy_that_counts(printing: Printing) -> None:
    bar = printing.printer()
    printing.route(bar)
    printing.ask()
    printing.once()
    first = printing.only().id
    printing.house.do(print_queue.print_copy, first, CLERK)
    printing.once()
    second = printing.jobs()[1]
    printing.house.do(print_queue.print_copy, second.id, CLERK)
    printing.once()
    assert [(each.copy, each.copy_of_id, each.status) for each in printing.jobs()] == [
        (0, None, "printed"),
        (1, first, "printed"),
        (2, first, "printed"),
    ]
    assert "COPY" not in words(printing.output(first))
    assert "COPY" in words(printing.output(second.id))
    assert "COPY 2" in words(printing.output(printing.jobs()[2].id))


def test_copies_that_are_asked_for_at_once_have_numbers_of_their_own(printing: Printing) -> None:
    printing.route(printing.printer())
    printing.ask()
    printing.once()
    first = printing.only().id
    at_once([lambda: printing.house.do(print_queue.print_copy, first, CLERK)] * 4)
    assert sorted(each.copy for each in printing.jobs()) == [0, 1, 2, 3, 4]


def test_nothing_is_decided_about_a_slip_that_is_being_printed_or_that_is_not_there(printing: Printing) -> None:
    bar = printing.printer()
    printing.route(bar)
    printing.ask()
    printing.house.do(print_worker.route)
    printing.house.do(print_worker.claim, bar, "busy")
    job = printing.only().id
    with pytest.raises(PrintJobBusy):
        printing.house.do(print_queue.cancel, job, "why not", CLERK)
    with pytest.raises(PrintJobNotPrinted):
        printing.house.do(print_queue.print_copy, job, CLERK)
    for unknown in (0, -1, 999, 2**63):
        with pytest.raises(PrintJobUnknown):
            printing.house.do(print_queue.retry, unknown, CLERK)


def test_what_may_be_done_is_told_by_the_rules_that_would_refuse_it(printing: Printing) -> None:
    job, _dead = waiting(printing)
    with db.reading(printing.sessions) as session:
        allowed = print_queue.deeds(print_queue.queued(session, job))
    assert [name for name, refusal in allowed.items() if refusal is None] == ["retry", "move", "cancel"]
    assert isinstance(allowed["copy"], PrintJobNotPrinted)


def test_a_printer_that_is_switched_off_keeps_its_slips_and_takes_no_more(printing: Printing) -> None:
    job, dead = waiting(printing)
    off = printing.printer("Off", active=False)
    with pytest.raises(PrinterOff):
        printing.house.do(print_queue.move, job, off, CLERK)
    with pytest.raises(PrinterUsed):
        amend(printing, dead, active=False)


# --- printers and routes --------------------------------------------------------------------------------------------


def amend(printing: Printing, printer: int, version: int | None = None, **changes: Any) -> bool:
    row = printing.state_of(printer)
    names = ("name", "kind", "host", "port", "device", "baud_rate", "usb_vendor", "usb_product", "profile")
    more = ("width_mm", "dots", "code_pages", "has_drawer", "has_cutter", "timeout_s", "active")
    facts = {name: getattr(row, name) for name in names + more} | changes
    return printing.house.do(printers.amend_printer, printer, version or row.version, facts, CLERK)


@pytest.mark.parametrize(
    ("refusal", "facts"),
    [
        (PrinterKindUnknown, {"kind": "telex"}),
        (HostInvalid, {"kind": "network", "host": "a b"}),
        (HostInvalid, {"kind": "network", "host": "-x"}),
        (HostInvalid, {"kind": "network", "host": "http://x/"}),
        (NumberInvalid, {"kind": "network", "host": "x", "port": 0}),
        (NumberInvalid, {"kind": "network", "host": "x", "port": 65_536}),
        (NumberInvalid, {"kind": "dummy", "timeout_s": 61}),
        (NumberInvalid, {"kind": "dummy", "dots": 5_000}),
        (DeviceInvalid, {"kind": "serial", "device": "ttyUSB0"}),
        (DeviceInvalid, {"kind": "serial", "device": "/dev/../etc/passwd"}),
        (DeviceInvalid, {"kind": "serial", "device": "loop://"}),
        (DeviceInvalid, {"kind": "serial", "device": "spy:///dev/ttyS0?file=/etc/cron.d/x"}),
        (DeviceInvalid, {"kind": "file", "device": "lp0"}),
        (ProfileUnknown, {"kind": "dummy", "profile": "TM-T99"}),
        (CodePageUnknown, {"kind": "dummy", "code_pages": "CP437 KLINGON"}),
    ],
)
def test_a_printer_that_cannot_be_is_refused_in_words(
    printing: Printing, refusal: type[Exception], facts: dict[str, Any]
) -> None:
    with pytest.raises(refusal) as caught:
        printing.house.do(printers.add_printer, {"name": "New"} | facts, CLERK)
    assert "{" not in str(caught.value)
    assert printing.house.rows(Printer) == []


@pytest.mark.parametrize(
    "facts",
    [
        {"kind": "network", "host": "192.168.1.50"},
        {"kind": "network", "host": "fe80::1", "port": 9101},
        {"kind": "serial", "device": "/dev/ttyUSB0", "baud_rate": 19_200},
        {"kind": "serial", "device": "socket://box.local:4001"},
        {"kind": "serial", "device": "rfc2217://10.0.0.4:2217"},
        {"kind": "usb", "usb_vendor": 0x04B8, "usb_product": 0x0202},
        {"kind": "file", "device": "/dev/usb/lp0"},
        {"kind": "dummy", "width_mm": 58},
    ],
)
def test_a_printer_is_added_as_it_is_reached(printing: Printing, facts: dict[str, Any]) -> None:
    added = printing.house.do(printers.add_printer, {"name": "New"} | facts, CLERK)
    row = printing.state_of(added.id)
    assert {name: getattr(row, name) for name in facts} == facts
    assert row.dots == (384 if facts.get("width_mm") == 58 else 576)
    assert printing.house.rows(Event, action="printer.added")


def test_who_was_faster_wins_and_a_name_stands_once(printing: Printing) -> None:
    bar = printing.printer()
    printing.printer("Pool")
    assert amend(printing, bar, name="Lobby bar", dots=512)
    assert printing.state_of(bar).version == 2
    assert not amend(printing, bar)
    with pytest.raises(ChangedMeanwhile):
        amend(printing, bar, version=1, dots=384)
    with pytest.raises(PrinterNameTaken):
        amend(printing, bar, name="Pool")
    with pytest.raises(PrinterNameTaken):
        printing.printer("Pool")


def test_what_the_worker_finds_is_no_change_of_the_printer(printing: Printing) -> None:
    job, dead = waiting(printing)
    assert printing.state_of(dead).error == "printer.unreachable"
    assert amend(printing, dead, version=1, kind="dummy")
    assert printing.state_of(dead).error is None
    printing.once()
    assert printing.jobs(id=job)[0].status == "printed"


def test_the_route_that_names_most_is_taken(printing: Printing) -> None:
    printer = {name: printing.printer(name) for name in ("any", "charge", "bar", "bar charge", "b1")}
    printing.route(printer["any"])
    printing.route(printer["charge"], kind="charge")
    printing.route(printer["bar"], outlet="BAR")
    printing.route(printer["bar charge"], outlet="BAR", kind="charge")
    printing.route(printer["b1"], terminal="B1")
    with db.reading(printing.sessions) as session:
        routes = printers.list_routes(session)

    def goes(kind: str, outlet: str | None = None, terminal: str | None = None) -> str:
        found = best_route(routes, kind, outlet, terminal)
        return found.printer if found else "nowhere"

    assert goes("payment") == "any"
    assert goes("charge", "POOL") == "charge"
    assert goes("z_report", "BAR", "B2") == "bar"
    assert goes("charge", "BAR") == "bar charge"
    assert goes("charge", "BAR", "B1") == "b1"


def test_a_route_stands_once_and_leads_to_a_printer_that_is_there(printing: Printing) -> None:
    bar = printing.printer()
    printing.route(bar, outlet="BAR")
    with pytest.raises(RouteTaken):
        printing.route(bar, outlet="BAR")
    with pytest.raises(PrinterUnknown):
        printing.route(99, outlet="POOL")
    with pytest.raises(SlipKindUnknown):
        printing.route(bar, kind="poem")
    with db.reading(printing.sessions) as session:
        (route,) = printers.list_routes(session)
    printing.house.do(printers.remove_route, route.id, CLERK)
    with pytest.raises(RouteUnknown):
        printing.house.do(printers.remove_route, route.id, CLERK)


def test_lists_show_what_waits_from_the_oldest_and_what_is_over_from_the_newest(printing: Printing) -> None:
    bar = printing.printer()
    printing.route(bar, outlet="BAR")
    for number in range(5):
        printing.ask(f"Slip {number}", outlet="BAR" if number < 3 else "POOL")
    printing.once()
    with db.reading(printing.sessions) as session:
        printed = print_queue.slips(session, "printed", most=2)
        older = print_queue.slips(session, "printed", before=printed[-1].id)
        pool = print_queue.slips(session, "waiting")
        assert print_queue.slips(session, "waiting", bar) == []
        assert print_queue.counts(session) == {"waiting": 2, "printing": 0, "failed": 0, "printed": 3, "cancelled": 0}
    assert [each.id for each in printed] == sorted((each.id for each in printed), reverse=True)
    assert len(older) == 1
    assert [each.trouble for each in pool] == ["print.no_route"] * 2
    assert pool[0].created_at <= datetime.now(UTC)
