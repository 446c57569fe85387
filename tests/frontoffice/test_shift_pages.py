"""The pages of a shift: opened, counted blind, closed, told; another's; the report; cash paid out for the house."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from folios.models import Posting, Voucher
from frontoffice import cashiering
from frontoffice.models.cashiering import Shift
from tests.frontoffice.desk_client import PASSWORD, Client
from tests.frontoffice.house import House, euro

Desk = Callable[[str], Client]


def opened(client: Client, amount: str = "100.00") -> str:
    """The address of a shift that was opened through its page."""
    answer = client.submit("/shifts/open", float_amount=amount)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def take_cash(house: House, amount: str, cashier: str = "cashier") -> None:
    stay = house.arrive()
    house.charge(stay, amount)
    house.do(cashiering.take_payment, house.window(stay), "CASH", euro(amount), cashier)


def shift(house: House) -> Shift:
    (found,) = house.rows(Shift)
    return found


# --- opening ----------------------------------------------------------------------------------------------------


def test_a_cashier_opens_a_shift_with_a_float(house: House, desk: Desk) -> None:
    client = desk("cashier")
    assert "You have no open shift" in client.page("/shifts")
    page = client.page(opened(client, "100.00"))
    assert "Shift 1" in page
    assert "100.00" in page
    assert "Count and close" in page
    assert (shift(house).cashier, shift(house).float_minor, shift(house).status) == ("cashier", 10000, "open")
    assert 'href="/shifts/1"' in client.page("/shifts")


def test_opening_sent_twice_opens_one_shift(house: House, desk: Desk) -> None:
    client = desk("cashier")
    fields = client.form("/shifts/open") | {"float_amount": "100"}
    first, second = client.send("/shifts/open", fields), client.send("/shifts/open", fields)
    assert (first.status_code, first.headers["Location"]) == (second.status_code, second.headers["Location"])
    assert len(house.rows(Shift)) == 1


@pytest.mark.parametrize(("typed", "told"), [("", "Fill this in"), ("-5", "not below zero"), ("abc", "abc")])
def test_a_float_that_cannot_be_is_refused_beside_its_field(house: House, desk: Desk, typed: str, told: str) -> None:
    page = desk("cashier").refused("/shifts/open", float_amount=typed)
    assert told in page
    assert f'value="{typed}"' in page
    assert house.rows(Shift) == []


def test_a_second_cashier_is_told_who_has_the_drawer(house: House, desk: Desk) -> None:
    opened(desk("cashier"))
    client = desk("supervisor")
    assert "in the hands of cashier" in client.page("/shifts/open")
    assert "is in the hands of cashier" in client.refused("/shifts/open", float_amount="50")


def test_a_second_shift_of_the_same_cashier_is_refused(house: House, desk: Desk) -> None:
    client = desk("cashier")
    opened(client)
    house.do(cashiering.add_drawer, "Bar drawer", "DRAWER2", "manager")
    fields = client.form("/shifts/open")
    drawer = next(str(each.folio_id) for each in house.do(cashiering.drawers) if each.number == "DRAWER2")
    answer = client.send("/shifts/open", fields | {"drawer": drawer, "float_amount": "10"})
    assert answer.status_code == 409
    assert "has a shift open already" in answer.text


def test_the_next_cashier_sees_what_the_last_count_left(house: House, desk: Desk) -> None:
    client = desk("cashier")
    where = opened(client)
    client.done(f"{where}/close", pieces_5000="2", dropped="25")
    assert "the last count left 75.00" in client.page("/shifts/open")


# --- blind ------------------------------------------------------------------------------------------------------


def test_no_page_of_an_open_shift_tells_what_the_drawer_should_hold(house: House, desk: Desk) -> None:
    client = desk("cashier")
    where = opened(client, "100.00")
    take_cash(house, "43.21")
    for address in ("/shifts", where, f"{where}/close", "/shifts/pay-out", "/shifts/open"):
        page = client.page(address)
        assert "43.21" not in page, address
    assert desk("cashier").get(f"{where}/report").status_code == 409


def test_a_refused_count_tells_nothing_either(house: House, desk: Desk) -> None:
    client = desk("cashier")
    where = opened(client, "100.00")
    take_cash(house, "43.21")
    for wrong in ({"pieces_100": "-1"}, {"pieces_100": "1", "dropped": "999"}, {"pieces_100": "many"}):
        assert "143.21" not in client.refused(f"{where}/close", **wrong)
    assert shift(house).status == "open"


# --- counting and closing ---------------------------------------------------------------------------------------


def test_a_count_closes_the_shift_and_then_tells_what_was_short(house: House, desk: Desk) -> None:
    client = desk("cashier")
    where = opened(client, "100.00")
    take_cash(house, "43.21")
    count = {"pieces_10000": "1", "pieces_2000": "2", "pieces_100": "3"}
    page = client.done(f"{where}/close", **count, bag="B-17", witness="supervisor", remark="busy")
    assert "The drawer was 0.21 EUR short" in page
    assert "143.21" in page
    assert "143.00" in page
    assert "B-17" in page
    assert "busy" in page
    closed = shift(house)
    assert (closed.expected_minor, closed.counted_minor, closed.dropped_minor) == (14321, 14300, 4300)
    assert (closed.bag, closed.witness, closed.remark) == ("B-17", "supervisor", "busy")


@pytest.mark.parametrize(("pieces", "told"), [("1", "was exact"), ("2", "100.00 EUR over"), ("0", "100.00 EUR short")])
def test_over_short_and_exact_are_told_in_words(house: House, desk: Desk, pieces: str, told: str) -> None:
    client = desk("cashier")
    assert told in client.done(f"{opened(client)}/close", pieces_10000=pieces)


def test_a_count_sent_twice_closes_once(house: House, desk: Desk) -> None:
    client = desk("cashier")
    where = opened(client)
    fields = client.form(f"{where}/close") | {"pieces_5000": "1"}
    first, second = (client.send(f"{where}/close", fields) for _ in range(2))
    assert first.status_code == second.status_code == 303
    over_short = sa.select(sa.func.count()).select_from(Voucher).where(Voucher.key == "1/over-short")
    assert house.do(lambda session: session.scalar(over_short)) == 1


def test_another_count_after_the_close_is_refused(house: House, desk: Desk) -> None:
    client = desk("cashier")
    where = opened(client)
    late = client.form(f"{where}/close") | {"pieces_5000": "2"}
    client.done(f"{where}/close", pieces_5000="1")
    answer = client.send(f"{where}/close", late)
    assert answer.status_code == 409
    assert "There is nothing left to count" in answer.text
    assert client.get(f"{where}/close").headers["Location"] == where


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"pieces_5000": "-1"}, "whole pieces"),
        ({"pieces_5000": "9999999"}, "whole pieces"),
        ({"pieces_5000": "1.5"}, "1.5 is not a whole number"),
        ({"pieces_5000": "1", "dropped": "60"}, "Only 50.00"),
        ({"pieces_5000": "1", "dropped": "-1"}, "cannot be below zero"),
        ({"pieces_5000": "1", "witness": "nobody"}, "Choose one of these"),
        ({"pieces_5000": "1", "bag": "x" * 41}, "41"),
    ],
)
def test_what_cannot_be_counted_or_dropped_is_refused_and_kept(
    house: House, desk: Desk, changes: dict[str, str], told: str
) -> None:
    client = desk("cashier")
    page = client.refused(f"{opened(client)}/close", **changes, remark="typed before")
    assert told in page
    assert "typed before" in page
    assert f'value="{changes["pieces_5000"]}"' in page
    assert shift(house).status == "open"


def test_nobody_witnesses_their_own_count(house: House, desk: Desk) -> None:
    client = desk("cashier")
    page = client.page(f"{opened(client)}/close")
    assert 'value="supervisor"' in page
    assert 'value="cashier"' not in page


# --- others -----------------------------------------------------------------------------------------------------


def test_another_cashiers_shift_opens_for_who_may_see_them_all(house: House, desk: Desk) -> None:
    opened(desk("supervisor"))
    assert desk("cashier").get("/shifts/1").status_code == 403
    assert desk("cashier").get("/shifts/1/close").status_code == 403
    assert "Shift 1" in desk("night_auditor").page("/shifts/1")


def test_another_cashiers_shift_is_closed_with_the_right_for_it(house: House, desk: Desk) -> None:
    where = opened(desk("cashier"))
    page = desk("night_auditor").done(f"{where}/close", pieces_10000="1")
    assert "by night_auditor" in page
    assert (shift(house).status, shift(house).closed_by) == ("closed", "night_auditor")


def test_a_cashiers_list_has_their_own_shifts_only(house: House, desk: Desk) -> None:
    client = desk("supervisor")
    client.done(f"{opened(client)}/close", pieces_10000="1")
    assert 'href="/shifts/1"' not in desk("cashier").page("/shifts?cashier=supervisor")
    assert 'href="/shifts/1"' in desk("night_auditor").page("/shifts?cashier=supervisor")
    assert 'href="/shifts/1"' not in desk("night_auditor").page("/shifts?cashier=cashier")


@pytest.mark.parametrize("query", ["first=2026-02-30", "first=abc&last=0", "cashier=%00<b>", "first=0001-01-01"])
def test_a_strange_period_is_answered_with_a_page(house: House, desk: Desk, query: str) -> None:
    page = desk("supervisor").page(f"/shifts?{query}")
    assert "<b>" not in page


@pytest.mark.parametrize("deed", ["", "/close", "/report"])
def test_a_shift_that_does_not_exist_is_no_page(house: House, desk: Desk, deed: str) -> None:
    for number in ("99", str(2**63 - 1), str(2**70)):
        assert desk("supervisor").get(f"/shifts/{number}{deed}").status_code == 404


# --- the report -------------------------------------------------------------------------------------------------


def test_the_report_of_a_closed_shift_adds_up(house: House, desk: Desk) -> None:
    client = desk("cashier")
    where = opened(client)
    take_cash(house, "43.21")
    client.done(f"{where}/close", pieces_10000="1", pieces_2000="2", pieces_100="4")
    page = client.page(f"{where}/report")
    for figure in ("100.00", "43.21", "143.21", "144.00", "0.79", "44.00"):
        assert f">{figure}<" in page, figure
    assert "Payments" in page
    assert "CASH" in page


# --- paid out for the house -------------------------------------------------------------------------------------


def pay_out(client: Client, **changes: Any) -> Any:
    return client.submit("/shifts/pay-out", **({"code": "HOUSEPAID", "amount": "12.50", "text": "Stamps"} | changes))


def test_cash_is_paid_out_for_the_house_by_who_may(house: House, desk: Desk) -> None:
    client = desk("supervisor")
    opened(client)
    assert "12.50 EUR was paid out" in client.page(pay_out(client).headers["Location"])
    (voucher,) = house.rows(Voucher, kind="paid_out")
    (posting,) = house.rows(Posting, voucher_id=voucher.id)
    assert (voucher.shift, posting.amount_minor, posting.text) == ("1", 1250, "Stamps")


def test_a_cashier_has_somebody_approve_what_is_paid_out(house: House, desk: Desk) -> None:
    client = desk("cashier")
    opened(client)
    asked = pay_out(client)
    assert asked.status_code == 409
    assert "Approved by" in asked.text
    assert 'value="Stamps"' in asked.text
    approved = pay_out(client, approver="supervisor", approver_password=PASSWORD)
    assert approved.status_code == 303, approved.text
    (voucher,) = house.rows(Voucher, kind="paid_out")
    assert (voucher.operator, voucher.authorised_by) == ("cashier", "supervisor")


def test_paying_out_needs_an_open_shift_of_ones_own(house: House, desk: Desk) -> None:
    answer = pay_out(desk("supervisor"))
    assert answer.status_code == 409
    assert "You have no open shift" in answer.text


def test_a_pay_out_sent_twice_is_paid_once(house: House, desk: Desk) -> None:
    client = desk("supervisor")
    opened(client)
    fields = client.form("/shifts/pay-out") | {"code": "HOUSEPAID", "amount": "5", "text": "Stamps"}
    assert [client.send("/shifts/pay-out", fields).status_code for _ in range(2)] == [303, 303]
    assert len(house.rows(Voucher, kind="paid_out")) == 1
