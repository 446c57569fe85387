"""The pages of printers and of the print queue, as the people who use them go through them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy.engine import Engine

from pos_bridge.models.printing import Printer
from tests.frontoffice.desk_client import Client
from tests.frontoffice.house import House
from tests.pos_bridge.queue_house import Printing, words

Desk = Callable[[str], Client]


@pytest.fixture
def printing(engine: Engine, house: House) -> Printing:
    return Printing(engine, house)


def test_a_printer_is_set_up_tried_and_given_its_slips(desk: Desk, printing: Printing) -> None:
    manager = desk("manager")
    assert "No printer yet." in manager.page("/set-up/printers")
    done = manager.done("/set-up/printers/new", name="Bar", kind="dummy", profile="TM-T20II")
    assert "Printer Bar was added. Print a test slip." in done
    (printer,) = printing.house.rows(Printer)
    assert "A test slip is on its way to printer Bar." in manager.done(f"/set-up/printers/{printer.id}/test")
    manager.done("/set-up/print-routes/new", outlet="BAR", printer=str(printer.id))
    assert "BAR" in manager.page("/set-up/printers")
    printing.once()
    assert "Hotel am Markt" in words(printing.output(printing.only().id))


def test_wrong_addresses_are_told_beside_their_field(desk: Desk, printing: Printing) -> None:
    manager = desk("manager")
    page = manager.refused("/set-up/printers/new", name="Bar", kind="network", host="a b")
    assert "is no name or address of a printer" in page.partition('id="host-more"')[2].partition("</div>")[0]
    page = manager.refused("/set-up/printers/new", name="Bar", kind="usb", usb_vendor="wxyz")
    assert 'value="wxyz"' in page
    assert printing.house.rows(Printer) == []


def test_every_kind_of_slip_is_shown_as_it_comes_out(desk: Desk, printing: Printing) -> None:
    manager, printer = desk("manager"), printing.printer()
    for kind in ("charge", "payment", "shift_report", "z_report", "test"):
        assert "<pre" in manager.page(f"/set-up/printers/{printer}?slip={kind}")
        picture = manager.get(f"/set-up/printers/{printer}/{kind}.png")
        assert (picture.status_code, picture.data[:4]) == (200, b"\x89PNG")
    assert manager.get(f"/set-up/printers/{printer}/poem.png").status_code == 404


def test_a_printer_that_is_down_stands_in_the_top_bar_and_says_why_in_the_queue(desk: Desk, printing: Printing) -> None:
    supervisor = desk("supervisor")
    assert "Printer down" not in supervisor.page("/")
    printing.route(printing.printer("Dead", "file", device="/nowhere/lp0"))
    printing.ask()
    printing.once()
    assert "Printer down: Dead" in desk("cashier").page("/")
    page = supervisor.page("/print-queue")
    assert "It cannot be reached (No such file or directory)" in page
    assert desk("cashier").get("/print-queue").status_code == 403


def test_a_slip_is_moved_cancelled_and_copied_on_its_page(desk: Desk, printing: Printing) -> None:
    supervisor, bar = desk("supervisor"), printing.printer()
    printing.ask(outlet="POOL")
    printing.ask(outlet="POOL")
    printing.once()
    first, second = printing.jobs()
    assert "No printer is set up for this slip." in supervisor.page(f"/print-queue/{first.id}")
    supervisor.done(f"/print-queue/{first.id}/move", printer=str(bar))
    supervisor.refused(f"/print-queue/{second.id}/cancel", reason=" ")
    supervisor.done(f"/print-queue/{second.id}/cancel", reason="written by hand")
    printing.once()
    supervisor.done(f"/print-queue/{first.id}/copy")
    printing.once()
    assert printing.states() == ["printed", "cancelled", "printed"]
    assert "COPY" in words(printing.output(printing.jobs()[2].id))
    assert "written by hand" in supervisor.page("/print-queue?state=cancelled")
    assert supervisor.get(f"/print-queue/{first.id}.png").data[:4] == b"\x89PNG"


def test_a_slip_is_copied_once_however_often_its_form_is_sent(desk: Desk, printing: Printing) -> None:
    supervisor = desk("supervisor")
    printing.route(printing.printer())
    printing.ask()
    printing.once()
    address = f"/print-queue/{printing.only().id}/copy"
    fields = supervisor.form(address)
    for _ in range(3):
        assert supervisor.send(address, fields).status_code == 303
    assert [each.copy for each in printing.jobs()] == [0, 1]
