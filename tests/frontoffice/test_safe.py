"""The safe: the change fund brought in, the deposit taken to the bank, floats the books do not have, by whom."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from functools import partial

import pytest

from folios import statements
from folios.db import in_unit_of_work
from folios.drafts import Posted
from folios.errors import AmountNotPositive, KeyReused
from folios.models import Voucher
from frontoffice import cashiering, safe, shifts
from frontoffice.safe import SafeShort
from tests.frontoffice.desk_client import Client
from tests.frontoffice.house import CLERK, House, at_once, day, euro, minor

Desk = Callable[[str], Client]


def text_of(page: str) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


def in_safe(house: House) -> str:
    return str(house.do(safe.stands).safe.decimal)


def at_bank(house: House) -> str:
    return str(house.do(safe.stands).bank.decimal)


def bring(house: House, amount: str, operator: str = CLERK, **facts: str) -> Posted:
    return house.do(safe.bring_in, euro(amount), operator, **facts)


def bank(house: House, amount: str, operator: str = CLERK, **facts: str) -> Posted:
    return house.do(safe.take_to_bank, euro(amount), operator, **facts)


def open_shift(house: House, amount: str, cashier: str = CLERK) -> shifts.Shift:
    return house.do(shifts.open_shift, cashier, house.do(cashiering.drawers)[0].folio_id, minor(amount), cashier)


def test_the_change_fund_is_brought_in_floats_go_out_drops_come_back_and_the_bank_gets_the_rest(house: House) -> None:
    bring(house, "1000.00", "general", reference="slip 7")
    shift = open_shift(house, "200.00")
    assert (in_safe(house), at_bank(house)) == ("800.00", "-1000.00")
    stay = house.arrive()
    house.do(cashiering.take_payment, house.window(stay), "CASH", euro("150.00"), CLERK)
    pieces = {20000: 1, 10000: 1, 5000: 1}
    house.do(shifts.close_shift, shift.id, shift.version, pieces, operator=CLERK)
    assert in_safe(house) == "950.00"  # all above the float was dropped
    bank(house, "150.00", "general", reference="bag 3")
    assert (in_safe(house), at_bank(house)) == ("800.00", "-850.00")
    moved = house.do(safe.movements, day(0), day(0))
    assert [(each.operator, each.place, str(each.amount.decimal), each.reference) for each in moved] == [
        ("general", "bank", "-150.00", "bag 3"),
        (CLERK, "drawer", "150.00", None),
        (CLERK, "drawer", "-200.00", None),
        ("general", "bank", "1000.00", "slip 7"),
    ]
    people = [(each.operator, str(each.brought.decimal), str(each.taken.decimal)) for each in safe.by_person(moved)]
    assert people == [(CLERK, "150.00", "200.00"), ("general", "1000.00", "150.00")]
    told = [(each.action, each.operator) for each in (*house.told("safe.brought_in"), *house.told("safe.banked"))]
    assert told == [("safe.brought_in", "general"), ("safe.banked", "general")]


def test_more_than_the_books_have_in_the_safe_cannot_be_taken_to_the_bank(house: House) -> None:
    bring(house, "100.00")
    with house.refuses(SafeShort, balance=euro("100.00"), requested=euro("100.01")):
        bank(house, "100.01")
    bank(house, "100.00")
    with house.refuses(AmountNotPositive):
        bring(house, "0.00")
    assert in_safe(house) == "0.00"


def test_two_who_take_to_the_bank_at_once_do_not_take_the_same_cash(house: House) -> None:
    bring(house, "100.00")
    work = partial(in_unit_of_work, house.sessions, lambda session: safe.take_to_bank(session, euro("60.00"), CLERK))
    answers = at_once([work] * 3)
    assert sorted(type(each).__name__ for each in answers) == ["Posted", "SafeShort", "SafeShort"]
    assert in_safe(house) == "40.00"


@pytest.mark.parametrize("verb", [bring, bank])
def test_a_movement_that_is_sent_twice_moves_once(house: House, verb: Callable[..., Posted]) -> None:
    bring(house, "100.00")
    first, again = verb(house, "80.00", key="form"), verb(house, "80.00", key="form")
    assert (again.voucher_id, again.replayed) == (first.voucher_id, True)
    assert in_safe(house) == ("180.00" if verb is bring else "20.00")
    assert len(house.told("safe.brought_in")) + len(house.told("safe.banked")) == 2
    with pytest.raises(KeyReused):
        verb(house, "81.00", key="form")


def test_a_float_the_books_do_not_have_is_given_out_and_told(house: House) -> None:
    shift = open_shift(house, "200.00")
    assert in_safe(house) == "-200.00"
    (told,) = house.told("safe.below_zero")
    assert (told.operator, told.after) == (CLERK, {"balance_minor": -20000, "shift": shift.id})
    bring(house, "500.00")
    assert in_safe(house) == "300.00"


def test_cash_in_transit_is_a_control_folio_that_proves_with_the_rest(house: House) -> None:
    bring(house, "100.00")
    standing = house.do(safe.stands)
    assert house.do(statements.balance, standing.bank_folio_id) == -10000
    assert [each.kind for each in house.rows(Voucher)] == ["transfer"]
    assert house.differences() == []


# --- the pages ----------------------------------------------------------------------------------------------------


def test_the_safe_is_filled_and_emptied_on_its_page_by_who_may(house: House, desk: Desk) -> None:
    supervisor = desk("supervisor")
    assert "Nothing went into or out of the safe" in text_of(supervisor.page("/safe"))
    page = text_of(supervisor.done("/safe/bring", amount="1,000.00", reference="slip <7>"))
    assert "1,000.00 EUR was brought into the safe." in page
    assert "slip <7>" in page
    refused = supervisor.refused("/safe/bank", amount="1,000.01", reference="bag 3")
    assert "The safe holds 1,000.00 by the books; 1,000.01 cannot be taken out of it." in refused
    assert 'value="bag 3"' in refused
    fields = supervisor.form("/safe/bank") | {"amount": "400.00"}
    assert [supervisor.send("/safe/bank", fields).status_code for _ in range(2)] == [303, 303]
    assert in_safe(house) == "600.00"
    assert "In the safe by the books: 600.00" in text_of(supervisor.page("/shifts"))
    assert "Fill this in." in supervisor.refused("/safe/bring", amount="")
    for address in ("/safe", "/safe/bring", "/safe/bank"):
        assert desk("cashier").get(address).status_code == 403
    assert "/safe" not in desk("cashier").page("/shifts")


def test_who_opens_a_shift_on_an_empty_safe_is_told(house: House, desk: Desk) -> None:
    cashier = desk("cashier")
    drawer = house.do(cashiering.drawers)[0].folio_id
    page = text_of(cashier.done("/shifts/open", drawer=drawer, float_amount="200.00"))
    assert "By the books the safe stands at -200.00 EUR" in page
    assert "below zero" in text_of(desk("supervisor").page("/safe"))
