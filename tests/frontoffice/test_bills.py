"""Bills: what the guest reads of a folio, to the cent what the ledger holds."""

from __future__ import annotations

from typing import Any

import pytest

from folios import codes
from folios.charges import Charge, ChargeLine, charge
from folios.corrections import allow, correct
from folios.drafts import Origin, Posted
from folios.errors import FolioUnknown
from folios.folios import find_folio, open_folio
from folios.models import Posting
from folios.payments import Payment, refund
from folios.transfers import split, transfer
from frontoffice import bills, companies
from frontoffice.bills import Bill, BillNotFinal, ControlFolioBilled
from tests.folios.hotel import statements
from tests.frontoffice.house import CLERK, FIRST_DAY, House, day, euro, minor

ORIGIN = Origin(CLERK)


def tax(house: House, code: str, percent: str, *on: str, **how: Any) -> None:
    """A tax (or, as `kind="charge"`, a service charge) at a rate from long ago, on some codes behind what they have."""
    given = {"basis": "percent", "inclusive": True, "stacked": False, "kind": "tax", "amount": "0.00"} | how

    def add(session: Any) -> None:
        folio = open_folio(session, type="control", name=code, number=code, operator=CLERK)
        codes.add_code(
            session,
            code=code,
            name=code.title(),
            kind=given["kind"],
            department="Taxes",
            tender=None,
            folio_id=folio.id,
            operator=CLERK,
        )
        rules = {name: given[name] for name in ("basis", "inclusive", "stacked")}
        codes.add_tax(session, code=code, operator=CLERK, **rules)
        ppm, amount = int(float(percent) * 10_000), minor(given["amount"])
        codes.set_rate(session, code, day(-400), rate_ppm=ppm, amount_minor=amount, operator=CLERK)
        known = codes.catalogue(session).codes
        for each in on:
            codes.set_taxes(session, each, [*known[each].taxes, code], CLERK)

    house.do(add)


@pytest.fixture
def taxed(house: House) -> House:
    """VAT in the price (7 % of rooms and breakfast, 19 % of the rest), and a city tax of 2.50 on top of the room."""
    tax(house, "VAT7", "7", "ROOM", "BREAKFAST")
    tax(house, "VAT19", "19", "RESTAURANT", "MINIBAR")
    tax(house, "CITYTAX", "0", "ROOM", basis="person_night", inclusive=False, amount="2.50")
    return house


def sell(house: House, folio: int, code: str, amount: str, **facts: Any) -> Posted:
    on_voucher = {name: facts.pop(name) for name in ("check_number", "reference") if name in facts}
    return house.do(charge, Charge(folio, (ChargeLine(code, euro(amount), **facts),), **on_voucher), ORIGIN)


def made(house: House, folio: int, **facts: Any) -> Bill:
    """A folio's bill, which adds up: to its lines, to its taxes, to what stands on the folio."""
    found = house.do(bills.bill, folio, **facts)
    assert found.total_minor == sum(each.gross_minor for each in found.lines)
    assert found.balance_minor == found.brought_forward_minor + found.total_minor + found.paid_minor
    if facts.get("last") is None:
        assert house.balance(folio) == figure(found.balance_minor)
    return found


def figure(amount: int) -> str:
    return f"{amount / 100:.2f}"


def lines(bill: Bill) -> list[tuple[Any, ...]]:
    return [(each.text, each.quantity, figure(each.gross_minor)) for each in bill.lines]


def taxes(bill: Bill) -> list[tuple[Any, ...]]:
    return [
        (each.code, each.rate_ppm, figure(each.net_minor), figure(each.tax_minor), figure(each.gross_minor))
        for each in bill.taxes
    ]


def first_line(house: House, posted: Posted) -> int:
    return house.rows(Posting, voucher_id=posted.voucher_id)[0].id


# --- lines ----------------------------------------------------------------------------------------------------


def test_a_price_with_its_tax_is_one_line_and_what_is_added_another(taxed: House) -> None:
    folio = taxed.window(taxed.arrive())
    taxed.do(charge, Charge(folio, (ChargeLine("ROOM", euro("100.00"), persons=2),)), ORIGIN)
    sell(taxed, folio, "MINIBAR", "3.00", quantity=2, text="Water", check_number="M7")
    bill = made(taxed, folio)

    assert lines(bill) == [("Room", 1, "100.00"), ("Citytax", 1, "5.00"), ("Water", 2, "6.00")]
    assert [each.follows for each in bill.lines] == [False, True, False]
    assert [figure(each.net_minor) for each in bill.lines] == ["93.46", "0.00", "5.04"]
    assert (bill.lines[2].reference, bill.lines[2].unit_minor) == ("M7", 300)
    assert taxes(bill) == [
        ("VAT19", 190_000, "5.04", "0.96", "6.00"),
        ("VAT7", 70_000, "93.46", "6.54", "100.00"),
        ("CITYTAX", None, "0.00", "5.00", "5.00"),
    ]
    assert figure(bill.balance_minor) == "111.00"


def test_taxes_added_to_the_price_are_levied_on_what_is_told(house: House) -> None:
    # Lightspeed's table: 10.00 at 7 % and 20.00 at 19 %, 10 % service first, all on top of the price, stacked.
    tax(house, "SERVICE", "10", "BAR", "SPA", inclusive=False, kind="charge")
    tax(house, "VAT7", "7", "BAR", inclusive=False, stacked=True)
    tax(house, "VAT19", "19", "SPA", inclusive=False, stacked=True)
    folio = house.window(house.arrive())
    sold = (ChargeLine("BAR", euro("10.00")), ChargeLine("SPA", euro("20.00")))
    house.do(charge, Charge(folio, sold), ORIGIN)
    bill = made(house, folio)

    assert [figure(each.gross_minor) for each in bill.lines] == ["10.00", "1.00", "0.77", "20.00", "2.00", "4.18"]
    assert taxes(bill) == [
        ("VAT19", 190_000, "22.00", "4.18", "26.18"),
        ("VAT7", 70_000, "11.00", "0.77", "11.77"),
    ]
    assert figure(bill.total_minor) == "37.95"


def test_a_tax_contained_in_the_service_too_leaves_one_line(house: House) -> None:
    tax(house, "SERVICE", "10", "BAR", inclusive=False, kind="charge")
    tax(house, "VAT", "10", "BAR", stacked=True)
    folio = house.window(house.arrive())
    sell(house, folio, "BAR", "10.00")
    bill = made(house, folio)

    assert lines(bill) == [("Bar", 1, "11.00")]
    assert taxes(bill) == [("VAT", 100_000, "10.00", "1.00", "11.00")]


def test_what_carries_no_tax_has_a_line_of_the_tax_table(taxed: House) -> None:
    folio = taxed.window(taxed.arrive())
    sell(taxed, folio, "BREAKFAST", "10.70")
    sell(taxed, folio, "SPA", "30.00")
    bill = made(taxed, folio)

    assert taxes(bill) == [("VAT7", 70_000, "10.00", "0.70", "10.70"), ("", 0, "30.00", "0.00", "30.00")]
    assert sum(each.gross_minor for each in bill.taxes) == bill.total_minor


# --- taken back -----------------------------------------------------------------------------------------------


def test_a_corrected_breakfast_is_told_in_full_but_not_on_the_final_bill(taxed: House) -> None:
    stay = taxed.arrive()
    folio = taxed.window(stay)
    sell(taxed, folio, "RESTAURANT", "23.80")
    wrong = sell(taxed, folio, "BREAKFAST", "10.70")
    taxed.do(correct, folio, wrong.voucher_id, ORIGIN, "not had")
    taxed.pay(stay, "23.80")

    full = made(taxed, folio)
    assert lines(full) == [("Restaurant", 1, "23.80"), ("Breakfast", 1, "10.70"), ("Breakfast", 1, "-10.70")]
    assert [each.kind for each in full.lines] == ["charge", "charge", "correction"]
    final = made(taxed, folio, kind="final")
    assert lines(final) == [("Restaurant", 1, "23.80")]
    assert taxes(final) == taxes(full) == [("VAT19", 190_000, "20.00", "3.80", "23.80")]
    assert figure(final.paid_minor) == "-23.80"


def test_a_line_corrected_or_moved_in_part_is_smaller(taxed: House) -> None:
    folio, other = taxed.window(taxed.arrive()), taxed.window(taxed.arrive(room="102"))
    wrong = sell(taxed, folio, "BREAKFAST", "10.70", quantity=3)
    taxed.do(correct, folio, wrong.voucher_id, ORIGIN, "two of three", [(first_line(taxed, wrong), 1070)])
    dinner = sell(taxed, folio, "RESTAURANT", "119.00")
    taxed.do(split, folio, first_line(taxed, dinner), [(folio, 1), (other, 1)], ORIGIN)

    bill = made(taxed, folio, kind="interim")
    assert lines(bill) == [("Breakfast", 1, "21.40"), ("Restaurant", 1, "59.50")]
    assert taxes(bill) == [
        ("VAT19", 190_000, "50.00", "9.50", "59.50"),
        ("VAT7", 70_000, "20.00", "1.40", "21.40"),
    ]
    assert taxes(made(taxed, other)) == [("VAT19", 190_000, "50.00", "9.50", "59.50")]


def test_an_allowance_on_a_part_is_a_line_and_on_the_whole_takes_it_away(taxed: House) -> None:
    folio = taxed.window(taxed.arrive())
    room = sell(taxed, folio, "MINIBAR", "11.90")
    dinner = sell(taxed, folio, "RESTAURANT", "119.00")
    taxed.do(allow, folio, room.voucher_id, ORIGIN, "was never there")
    taxed.do(allow, folio, dinner.voucher_id, ORIGIN, "cold soup", [(first_line(taxed, dinner), 1190)])

    bill = made(taxed, folio, kind="interim")
    assert [(each.kind, figure(each.gross_minor)) for each in bill.lines] == [
        ("charge", "119.00"),
        ("allowance", "-11.90"),
    ]
    assert taxes(bill) == [("VAT19", 190_000, "90.00", "17.10", "107.10")]


def test_a_dinner_moved_here_keeps_its_day_its_check_and_its_taxes(taxed: House) -> None:
    folio, other = taxed.window(taxed.arrive()), taxed.window(taxed.arrive(room="102"))
    dinner = sell(taxed, folio, "RESTAURANT", "119.00", check_number="4711")
    taxed.end_day()
    taxed.do(transfer, folio, other, [first_line(taxed, dinner)], ORIGIN)

    bill = made(taxed, other, kind="interim")
    here = next(each for each in bill.lines if each.code == "RESTAURANT")
    assert (here.date, here.reference, figure(here.net_minor)) == (FIRST_DAY, "4711", "100.00")
    assert ("VAT19", 190_000, "100.00", "19.00", "119.00") in taxes(bill)
    assert "RESTAURANT" not in [each.code for each in made(taxed, folio, kind="interim").lines]
    assert made(taxed, folio).lines[-1].kind == "transfer"


def test_a_refund_is_told_beside_the_payment_it_gives_back(taxed: House) -> None:
    stay = taxed.arrive()
    folio = taxed.window(stay)
    taxed.pay(stay, "50.00")
    taxed.do(refund, Payment(folio, "VISA", euro("50.00")), ORIGIN, "paid twice")
    bill = made(taxed, folio, kind="final")
    assert [figure(each.amount_minor) for each in bill.settlements] == ["-50.00", "50.00"]
    assert bill.lines == ()


# --- grouping, periods, who ------------------------------------------------------------------------------------


def test_lines_are_grouped_by_day_by_code_and_by_article(taxed: House) -> None:
    folio = taxed.window(taxed.arrive())
    sell(taxed, folio, "MINIBAR", "3.00", text="Water", article="W")
    sell(taxed, folio, "MINIBAR", "5.00", text="Beer", article="B")
    sell(taxed, folio, "BREAKFAST", "12.00")
    taxed.end_day()
    sell(taxed, folio, "MINIBAR", "3.00", quantity=2, text="Water", article="W")

    assert lines(made(taxed, folio, grouping="article")) == [
        ("Water", 3, "9.00"),
        ("Beer", 1, "5.00"),
        ("Breakfast", 1, "12.00"),
        ("Room", 1, "100.00"),
        ("Citytax", 1, "2.50"),
    ]
    assert lines(made(taxed, folio, grouping="code"))[0] == ("Minibar", 4, "14.00")
    by_day = made(taxed, folio, grouping="day")
    assert [(each.date, figure(each.gross_minor)) for each in by_day.lines] == [(day(0), "122.50"), (day(1), "6.00")]
    assert taxes(by_day) == taxes(made(taxed, folio))


def test_a_bill_of_a_period_begins_with_what_came_before(taxed: House) -> None:
    stay = taxed.arrive()
    folio = taxed.window(stay)
    sell(taxed, folio, "BREAKFAST", "10.70")
    taxed.pay(stay, "5.00")
    taxed.end_day()
    sell(taxed, folio, "BREAKFAST", "21.40")

    bill = made(taxed, folio, first=day(1))
    assert figure(bill.brought_forward_minor) == "108.20"
    assert lines(bill) == [("Breakfast", 1, "21.40")]
    assert figure(made(taxed, folio, last=day(0)).balance_minor) == "108.20"


def test_a_bill_says_whose_it_is_and_for_what_stay(house: House) -> None:
    firm = house.do(companies.add_company, CLERK, code="ACME", name="Acme", city="Porto", country="PT")
    stay = house.arrive(company_id=firm.id, adults=2)
    bill = made(house, house.window(stay))
    facts = bill.stay
    assert facts is not None
    assert (facts.number, facts.guest, facts.room, facts.persons) == (str(stay), "Mr. Guest", "101", 2)
    assert (facts.arrival, facts.departure) == (day(0), day(2))
    assert bill.recipient.name == "Mr. Guest"
    assert (bill.company.name, bill.company.city, bill.company.country) == ("Acme", "Porto", "PT")

    receivable = house.do(companies.receivable_folio, firm.id, CLERK)
    of_firm = made(house, receivable.id)
    assert (of_firm.recipient.name, of_firm.stay) == ("Acme", None)


def test_a_hundred_bills_cost_as_many_statements_as_one(house: House) -> None:
    folios = [house.window(house.arrive(room=room)) for room in ("101", "102", "103")]
    for folio in folios:
        sell(house, folio, "BREAKFAST", "10.00")
    counts = []
    for wanted in (folios[:1], folios):
        with statements(house.engine) as sent:
            found = house.do(bills.bills, wanted)
        assert [each.folio_id for each in found] == wanted
        counts.append(len(sent))
    assert counts == [5, 5]


def test_a_final_bill_waits_until_the_folio_is_settled(house: House) -> None:
    stay = house.arrive()
    folio = house.window(stay)
    sell(house, folio, "BREAKFAST", "10.00")
    with house.refuses(BillNotFinal, balance=euro("10.00")):
        house.do(bills.bill, folio, kind="final")
    assert made(house, folio, kind="interim").kind == "interim"


def test_the_house_itself_and_unknown_folios_have_no_bill(house: House) -> None:
    room = house.do(find_folio, "ROOM")
    with house.refuses(ControlFolioBilled, folio="ROOM"):
        house.do(bills.bill, room.id)
    with house.refuses(FolioUnknown, folio=999):
        house.do(bills.bills, [999])


def test_a_bill_is_the_same_after_it_was_stored(taxed: House) -> None:
    folio = taxed.window(taxed.arrive())
    taxed.do(charge, Charge(folio, (ChargeLine("ROOM", euro("100.00"), persons=2),)), ORIGIN)
    bill = made(taxed, folio, first=day(0))
    assert bills.read_bill(bills.plain_bill(bill)) == bill
