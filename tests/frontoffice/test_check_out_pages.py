"""The check-out of a stay at the desk: one list of what stands in the way, each cleared where it stands."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from frontoffice import shifts, windows
from frontoffice.cashiering import add_drawer, drawers
from frontoffice.companies import add_company
from frontoffice.models.desk import Dispute
from tests.frontoffice.desk_client import PASSWORD, Client, Forms
from tests.frontoffice.house import CLERK, House, at_once
from tests.frontoffice.test_folio_pages import line_of

Desk = Callable[[str], Client]
SIGNED = {"approver": "supervisor", "approver_password": PASSWORD}


@pytest.fixture
def cashier(app: Flask, house: House, desk: Desk) -> Client:
    """A cashier with an open shift."""
    drawer = house.do(drawers)[0].folio_id
    house.do(shifts.open_shift, "cashier", drawer, 0, "cashier")
    return desk("cashier")


def test_a_guest_is_charged_pays_and_leaves_from_one_page(house: House, cashier: Client) -> None:
    stay = house.arrive(2)
    house.charge(stay, "40.00")
    path, folio = f"/stays/{stay}/check-out", house.window(stay)
    page = cashier.page(path)
    assert "has not been charged yet" in page
    assert "Window 1 still owes 40.00" in page
    assert f'action="{path}"' not in page  # the button is grey
    page = cashier.done(f"{path}/nights", on=path)
    assert "Charged what was due: 1." in page
    assert "Window 1 still owes 140.00" in page
    pay = f"/folios/{folio}/pay"
    assert cashier.form(pay, on=f"{pay}?at={stay}")["amount"] == "140.00"
    page = cashier.done(f"{pay}?at={stay}", code="CASH")
    assert "Nothing. Every window stands at zero." in page
    assert f'action="{path}"' in page
    page = cashier.done(path)
    assert f"Stay {stay} is checked out." in page
    assert f"/folios/{folio}/bill" in page
    assert house.stay(stay).status == "departed"
    assert house.room("101") == ("vacant", "dirty")


def test_a_check_out_sent_twice_is_done_once(house: House, cashier: Client) -> None:
    stay = house.arrive(2)
    house.charge_nights(stay)
    house.pay(stay, "100.00")
    path = f"/stays/{stay}/check-out"
    form = cashier.form(path)
    assert [cashier.send(path, form).status_code for _ in range(2)] == [303, 303]
    assert house.stay(stay).status == "departed"
    assert len(house.told("stay.checked_out")) == 1


def test_what_came_in_between_holds_the_guest_back(house: House, cashier: Client) -> None:
    stay = house.arrive(2)
    house.charge_nights(stay)
    house.pay(stay, "100.00")
    path = f"/stays/{stay}/check-out"
    form = cashier.form(path)
    house.charge(stay, "7.00", "MINIBAR")
    answer = cashier.send(path, form)
    assert answer.status_code == 409
    assert "Window 1 still owes 7.00" in answer.text
    assert house.stay(stay).status == "in_house"


def test_every_window_and_credit_stands_in_the_list(house: House, cashier: Client) -> None:
    stay = house.arrive(2)
    house.charge_nights(stay)
    second = house.do(windows.open_window, stay, CLERK, name="Acme").folio_id
    house.charge(stay, "84.00", window=2)
    house.pay(stay, "130.00")
    path, first = f"/stays/{stay}/check-out", house.window(stay)
    page = cashier.page(path)
    assert "Window 1 has 30.00 too much" in page
    assert "Window 2 still owes 84.00" in page
    assert ">54.00<" in page
    cashier.done(f"/folios/{first}/transfer?at={stay}", to=str(second))
    assert "Window 2 still owes 54.00" in cashier.page(path)
    page = cashier.done(f"/folios/{second}/pay?at={stay}", code="CASH", amount="60")
    assert "Window 2 has 6.00 too much" in page
    refund = f"/folios/{second}/refund?at={stay}"
    assert "somebody who may do it" in cashier.refused(refund, code="CASH", reason="change")
    page = cashier.done(refund, code="CASH", reason="change", **SIGNED)
    assert "Nothing. Every window stands at zero." in page


def test_an_overdue_departure_is_brought_up_to_today(house: House, cashier: Client) -> None:
    stay = house.arrive(1)
    house.end_day()
    house.end_day()
    path = f"/stays/{stay}/check-out"
    assert "due out" in cashier.page(path)
    assert "The departure is today now." in cashier.done(f"{path}/extend", on=path)
    page = cashier.page(path)
    assert "has not been charged yet" in page
    assert "Extend to today" not in page
    assert "Charged what was due: 1." in cashier.done(f"{path}/nights", on=path)
    assert house.balance(house.window(stay)) == "200.00"


def test_a_contested_line_is_settled_on_the_way_out(house: House, cashier: Client) -> None:
    stay = house.arrive(2)
    house.charge_nights(stay)
    house.pay(stay, "100.00")
    house.charge(stay, "7.00", "MINIBAR")
    folio = house.window(stay)
    dispute = f"/folios/{folio}/dispute"
    cashier.done(dispute, on=f"{dispute}?line={line_of(house, folio, 'MINIBAR')}", reason="it was empty")
    assert "it was empty" in cashier.page(f"/stays/{stay}/check-out")
    settle = f"/disputes/{house.rows(Dispute)[0].id}/settle?at={stay}"
    page = cashier.done(settle, how="allow", outcome="believed", **SIGNED)
    assert "Nothing. Every window stands at zero." in page


def test_a_company_takes_the_bill_on_the_way_out(house: House, cashier: Client) -> None:
    company = house.do(add_company, CLERK, code="ACME", name="Acme").id
    stay = house.arrive(2, company_id=company)
    house.charge_nights(stay)
    pay = f"/folios/{house.window(stay)}/pay"
    assert cashier.form(pay, on=f"{pay}?at={stay}")["company"] == "ACME"
    assert "Nothing. Every window stands at zero." in cashier.done(f"{pay}?at={stay}", code="BILL")


def test_a_refused_panel_stays_on_the_check_out(house: House, desk: Desk) -> None:
    stay = house.arrive(2)
    house.charge(stay, "5.00")
    pay = f"/folios/{house.window(stay)}/pay?at={stay}"
    page = desk("cashier").refused(pay, code="CASH", reference="typed before")
    assert "You have no open shift" in page
    assert "What stands in the way" in page
    assert "typed before" in page
    assert any(action == pay for _method, action, _fields in Forms(page).found)


def test_a_folio_of_another_stay_is_not_paid_from_here(house: House, cashier: Client) -> None:
    stay, other = house.arrive(2), house.arrive(2, room="102")
    assert cashier.get(f"/folios/{house.window(other)}/pay?at={stay}").status_code == 404


@pytest.mark.parametrize("path", ["/stays/99/check-out", f"/stays/{2**65}/check-out", "/folios/1/pay?at=99"])
def test_a_stay_that_is_not_there_has_no_check_out(path: str, cashier: Client) -> None:
    assert cashier.get(path).status_code in (404, 409)


def test_a_stay_that_is_not_in_house_says_so(house: House, cashier: Client) -> None:
    stay = house.book(0, 2, "101")
    assert "confirmed" in cashier.page(f"/stays/{stay}/check-out")


def test_two_cashiers_do_not_take_the_same_money(house: House, cashier: Client, desk: Desk) -> None:
    stay = house.arrive(2)
    house.charge(stay, "84.00")
    other = desk("supervisor")
    house.do(shifts.open_shift, "supervisor", _second_drawer(house), 0, "supervisor")
    folio = house.window(stay)
    forms = [each.form(f"/folios/{folio}/pay") | {"code": "VISA"} for each in (cashier, other)]
    senders = [(cashier, forms[0]), (other, forms[1])]
    answers = at_once([lambda s=s, f=f: s.send(f"/folios/{folio}/pay", f).status_code for s, f in senders])
    assert sorted(answers) == [303, 409]
    assert house.balance(folio) == "0.00"


def _second_drawer(house: House) -> int:
    return house.do(add_drawer, "Second drawer", "DRAWER2", CLERK).id
