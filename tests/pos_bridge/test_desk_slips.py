"""Slips of the desk: of payments, deposits, refunds, paid-outs and shifts; where a route takes them, and once each."""

from __future__ import annotations

import pytest
from sqlalchemy.engine import Engine

from folios.codes import catalogue
from frontoffice import cashiering, guests, shifts
from frontoffice import property as hotel
from frontoffice.models.cashiering import Shift
from pos_bridge import desk_slips  # noqa: F401 - hears the news
from pos_bridge.slips import DESK_KINDS, read_slip
from tests.frontoffice.house import CLERK, House, euro, minor
from tests.pos_bridge.queue_house import Printing, words

ANA = "ana"


@pytest.fixture
def printing(engine: Engine, house: House) -> Printing:
    """Ana has a shift open; everything of the desk goes to one printer."""
    house.do(hotel.add_property, name="Hotel am Markt", time_zone="Asia/Tbilisi", country="GE", operator=CLERK)
    drawer = house.do(cashiering.add_drawer, "Desk", "DRAWER9", CLERK)
    house.do(shifts.open_shift, ANA, drawer.id, minor("100.00"), ANA)
    printing = Printing(engine, house)
    printer = printing.printer(has_drawer=True)
    for kind in DESK_KINDS:
        printing.route(printer, kind=kind)
    return printing


def test_a_payment_prints_a_receipt_and_opens_the_drawer(printing: Printing, house: House) -> None:
    folio = house.window(house.arrive(room="102"))
    house.do(cashiering.take_payment, folio, "CASH", euro("30.00"), ANA, reference="R7", key="k1")
    job = printing.only()
    slip = read_slip(job.kind, job.content)
    assert (job.kind, job.voucher_id is not None) == ("payment", True)
    assert (slip.amount_minor, slip.room, slip.operator, slip.cash) == (3000, "102", ANA, True)  # type: ignore[union-attr]
    assert (slip.hotel, slip.balance_minor) == ("Hotel am Markt", -3000)  # type: ignore[union-attr]
    printing.once()
    assert b"\x1bp" in printing.output(job.id)
    assert "Cash EUR 30.00" in words(printing.output(job.id))


def test_a_payment_that_is_sent_again_prints_no_second_receipt(printing: Printing, house: House) -> None:
    folio = house.window(house.arrive())
    for _ in range(3):
        house.do(cashiering.take_payment, folio, "CASH", euro("30.00"), ANA, key="same")
    assert len(printing.jobs()) == 1


def test_a_deposit_has_a_slip_of_its_own_kind(printing: Printing, house: House) -> None:
    stay = house.book(0, 2)
    house.do(cashiering.take_deposit, stay, "VISA", euro("50.00"), ANA, key="k1")
    assert [(each.kind, each.content["cash"]) for each in printing.jobs()] == [("deposit", False)]


def test_a_refund_prints_its_reason_and_a_line_to_sign(printing: Printing, house: House) -> None:
    folio = house.window(house.arrive())
    house.do(cashiering.take_payment, folio, "CASH", euro("30.00"), ANA)
    for _ in range(2):
        house.do(cashiering.give_refund, folio, "CASH", euro("10.00"), "paid twice", ANA, key="back")
    refunds = printing.jobs(kind="refund")
    assert [each.content["reason"] for each in refunds] == ["paid twice"]
    printing.once()
    assert "Signature" in words(printing.output(refunds[0].id))


def test_a_paid_out_prints_for_a_guest_and_for_the_house(printing: Printing, house: House) -> None:
    folio = house.window(house.arrive())
    code = next(each.code for each in house.do(catalogue).codes.values() if each.kind == "paid_out")
    house.do(cashiering.pay_out, code, euro("5.00"), ANA, folio_id=folio, text="Taxi", key="a")
    house.do(cashiering.pay_out, code, euro("7.00"), ANA, text="Stamps", key="b")
    house.do(cashiering.pay_out, code, euro("7.00"), ANA, text="Stamps", key="b")
    told = [(each.content["text"], each.content.get("folio") is not None) for each in printing.jobs(kind="paid_out")]
    assert told == [("Taxi", True), ("Stamps", False)]


def test_a_closed_shift_prints_its_report_once(printing: Printing, house: House) -> None:
    folio = house.window(house.arrive())
    house.do(cashiering.take_payment, folio, "CASH", euro("30.00"), ANA)
    (shift,) = house.rows(Shift)
    count = {"pieces": {10000: 1, 1000: 2}, "operator": ANA, "key": "count"}
    for _ in range(2):
        house.do(shifts.close_shift, shift.id, shift.version, **count)
    (report,) = printing.jobs(kind="shift_report")
    slip = read_slip(report.kind, report.content)
    assert (slip.expected_minor, slip.counted_minor, slip.dropped_minor) == (13000, 12000, 2000)  # type: ignore[union-attr]
    printing.once()
    assert "Over or short -10.00" in words(printing.output(report.id))


def test_a_slip_speaks_the_guests_language_and_tells_the_hotels_time(printing: Printing, house: House) -> None:
    guest = house.do(guests.add_guest, CLERK, surname="Gast", language="de")
    stay = house.arrive(guest_id=guest.id)
    with printing.later(0):
        house.do(cashiering.take_payment, house.window(stay), "CASH", euro("30.00"), ANA)
    job = printing.only()
    assert job.language == "de"
    here, utc = job.content["moment"], job.created_at
    assert int(here[11:13]) == (utc.hour + 4) % 24


def test_without_a_route_for_the_desk_nothing_is_queued(engine: Engine, house: House) -> None:
    printing = Printing(engine, house)
    printing.route(printing.printer(), outlet="BAR")
    folio = house.window(house.arrive())
    drawer = house.do(cashiering.add_drawer, "Desk", "DRAWER9", CLERK)
    house.do(shifts.open_shift, ANA, drawer.id, 0, ANA)
    house.do(cashiering.take_payment, folio, "CASH", euro("30.00"), ANA)
    assert printing.jobs() == []


def test_money_that_no_cashier_took_prints_nothing(printing: Printing, house: House) -> None:
    house.pay(house.arrive(), "10.00")
    assert printing.jobs() == []
