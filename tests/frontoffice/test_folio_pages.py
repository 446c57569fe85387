"""The folio's page and the deeds of its panels, the way a cashier uses them."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from folios import folios as ledger
from folios.db import reading
from folios.models import Folio, Posting, Voucher
from frontoffice import shifts, users, windows
from frontoffice.accounts import open_account
from frontoffice.app import db
from frontoffice.cashiering import drawers
from frontoffice.companies import add_company
from frontoffice.models.desk import Dispute
from frontoffice.models.users import Role, RoleRight
from frontoffice.users import NewUser
from frontoffice.views import folios as pages
from tests.frontoffice.desk_client import FAST, PASSWORD, Client, Forms
from tests.frontoffice.house import CLERK, House, minor

Desk = Callable[[str], Client]


@pytest.fixture
def stay(house: House) -> int:
    return house.arrive(3)


@pytest.fixture
def folio(house: House, stay: int) -> int:
    return house.window(stay)


@pytest.fixture
def shift(app: Flask, house: House) -> int:
    """The cashier's open shift at the first drawer."""
    drawer = house.do(drawers)[0].folio_id
    return house.do(shifts.open_shift, "cashier", drawer, 0, "cashier").id


@pytest.fixture
def cashier(desk: Desk, shift: int) -> Client:
    return desk("cashier")


def line_of(house: House, folio: int, code: str = "RESTAURANT") -> int:
    """The first posting of a code on a folio."""
    wanted = sa.select(Posting.id).where(Posting.debit_folio_id == folio, Posting.code == code).order_by(Posting.id)
    with reading(house.sessions) as session:
        return session.scalars(wanted).first() or 0


def last_voucher(house: House) -> Voucher:
    return house.rows(Voucher)[-1]


def opened_window(house: House, stay: int) -> int:
    return house.do(windows.open_window, stay, CLERK).folio_id


# --- the page -------------------------------------------------------------------------------------------------


def test_a_folio_shows_its_guest_windows_lines_and_balance(house: House, folio: int, stay: int, desk: Desk) -> None:
    house.charge(stay, "40.00")
    house.pay(stay, "15.00")
    second = opened_window(house, stay)
    page = desk("cashier").page(f"/folios/{folio}")
    for text in ("Guest, Mr.", "101 STD", "BAR 100.00", "Restaurant", "40.00", "-15.00", "25.00", "500.00, 5 % used"):
        assert text in page, text
    assert f'href="/folios/{second}"' in page
    assert "Debits 40.00, credits 15.00" in page


def test_lines_are_filtered_by_date_code_and_cashier(house: House, folio: int, stay: int, desk: Desk) -> None:
    house.charge(stay, "40.00")
    house.charge(stay, "7.00", "BAR")
    desk_page = desk("cashier").page
    shown = desk_page(f"/folios/{folio}?code=BAR")
    assert "Lines not shown: 1" in shown
    assert ">40.00<" not in shown
    assert ">47.00<" in shown
    assert "No line is like this" in desk_page(f"/folios/{folio}?cashier=nobody")
    assert "Brought forward" in desk_page(f"/folios/{folio}?first=2026-03-01&last=2026-03-01")
    assert "There is no such day" in desk_page(f"/folios/{folio}?first=2026-02-30")


# --- a folio of many lines ------------------------------------------------------------------------------------


@pytest.fixture
def long_folio(house: House, stay: int, folio: int, monkeypatch: pytest.MonkeyPatch) -> int:
    """Seven lines of 1.00 to 7.00 on pages of three: the newest page has 5.00, 6.00 and 7.00."""
    monkeypatch.setattr(pages, "LINES_SHOWN", 3)
    for amount in range(1, 8):
        house.charge(stay, f"{amount}.00", "BAR" if amount % 2 else "RESTAURANT")
    return folio


def ids_on(house: House, folio: int) -> list[int]:
    """The postings of a folio in the order of the books."""
    wanted = sa.select(Posting.id).where(Posting.debit_folio_id == folio, Posting.tax_rate_ppm.is_(None))
    with reading(house.sessions) as session:
        return list(session.scalars(wanted.order_by(Posting.id)))


def test_a_long_folio_shows_its_newest_lines_and_brings_the_balance_forward(long_folio: int, desk: Desk) -> None:
    page = desk("cashier").page(f"/folios/{long_folio}")
    assert "Lines 5 to 7 of 7" in page
    for there in (">Brought forward<", ">10.00<", ">15.00<", ">21.00<", ">28.00<", "Debits 28.00", "all 7"):
        assert there in page, there
    assert 'name="newer" value="3"' in page
    assert "Later lines" not in page


def test_earlier_lines_come_by_the_page_with_their_own_running_balance(long_folio: int, desk: Desk) -> None:
    page = desk("cashier").page(f"/folios/{long_folio}?newer=3")
    assert "Lines 2 to 4 of 7" in page
    for there in (">1.00<", ">3.00<", ">6.00<", ">10.00<", "Debits 28.00", ">28.00<"):
        assert there in page, there
    first = desk("cashier").page(f"/folios/{long_folio}?newer=6")
    assert "Lines 1 to 1 of 7" in first
    assert ">Brought forward<" not in first
    for rubbish in ("-3", "x", "99999999999999999999999"):
        assert desk("cashier").get(f"/folios/{long_folio}?newer={rubbish}").status_code == 200


def test_filters_of_a_long_folio_look_through_all_its_lines(long_folio: int, desk: Desk) -> None:
    page = desk("cashier").page(f"/folios/{long_folio}?code=RESTAURANT")
    for there in (">2.00<", ">4.00<", ">6.00<", "Lines not shown: 4"):
        assert there in page, there
    assert "Lines 1 to" not in page


def test_a_line_ticked_on_one_page_stays_ticked_on_another_and_is_corrected(
    house: House, long_folio: int, cashier: Client
) -> None:
    ids = ids_on(house, long_folio)
    chosen = f"line={ids[0]}&line={ids[6]}"
    page = cashier.page(f"/folios/{long_folio}?newer=3&{chosen}")
    assert "Also ticked, on other pages: 2" in page
    for posting_id in (ids[0], ids[6]):
        assert f'<input type="hidden" name="line" value="{posting_id}" data-ticked>' in page
    path = f"/folios/{long_folio}/correct"
    assert "Lines: 2, in all 8.00" in cashier.page(f"{path}?newer=3&{chosen}")
    cashier.done(path, on=f"{path}?newer=3&{chosen}", reason="wrong guest")
    assert house.balance(long_folio) == "20.00"


def test_all_lines_are_all_lines_of_all_pages_and_the_panel_says_how_many(
    house: House, stay: int, long_folio: int, cashier: Client
) -> None:
    second = opened_window(house, stay)
    path = f"/folios/{long_folio}/transfer"
    panel = cashier.page(f"{path}?all=1")
    assert "Lines: 7, in all 28.00" in panel
    assert 'name="all" value="1" checked' in panel
    assert "Lines: 3, in all 12.00" in cashier.page(f"{path}?all=1&code=RESTAURANT")
    cashier.done(path, on=f"{path}?all=1&code=RESTAURANT", to=str(second))
    assert (house.balance(long_folio), house.balance(second)) == ("16.00", "12.00")
    assert cashier.get(f"{path}?all=1&code=RESTAURANT").status_code == 422  # not: everything that is left


def test_another_window_of_many_lines_shows_its_newest_and_how_many_came_before(
    house: House, stay: int, long_folio: int, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "BESIDE_MOST", 2)
    page = desk("cashier").page(f"/folios/{opened_window(house, stay)}")
    assert "Earlier lines: 5" in page
    assert ">7.00<" in page
    assert ">5.00<" not in page


@pytest.mark.parametrize("query", ["first=x", "code=%00", "cashier=%00" + "x" * 300, "code=<b>", "at=x", "line=1"])
def test_rubbish_in_the_address_is_no_failure(query: str, folio: int, desk: Desk) -> None:
    assert desk("cashier").get(f"/folios/{folio}?{query}").status_code == 200


@pytest.mark.parametrize("path", ["/folios/99", f"/folios/{2**70}", "/folios/voucher/99", "/disputes/9/settle"])
def test_what_is_not_there_is_no_page(path: str, desk: Desk) -> None:
    assert desk("cashier").get(path).status_code == 404


def test_every_type_of_folio_has_a_page(house: House, stay: int, desk: Desk) -> None:
    house.charge(stay, "40.00")
    house.pay(stay, "40.00")
    house.do(open_account, type="staff", name="Kitchen", operator=CLERK)
    for kind in ("non_guest", "master", "semi_permanent"):
        house.do(ledger.open_folio, type=kind, name=f"A {kind}", operator=CLERK)
    clerk = desk("cashier")
    shown = {each.type: clerk.page(f"/folios/{each.id}") for each in house.rows(Folio)}
    assert shown.keys() == {"individual", "master", "non_guest", "staff", "control", "semi_permanent", "permanent"}
    visa = next(each.id for each in house.rows(Folio) if each.number == "VISA")
    assert ">40.00<" in clerk.page(f"/folios/{visa}")
    assert "Nothing was posted on this day" in clerk.page(f"/folios/{visa}?first=2026-02-27&last=2026-02-27")
    assert "the system keeps it" in shown["control"].lower()
    assert "Post a charge" not in shown["control"]


def test_a_drawer_in_hands_is_not_told_before_it_is_counted(
    house: House, stay: int, folio: int, cashier: Client, desk: Desk
) -> None:
    house.charge(stay, "84.00")
    cashier.done(f"/folios/{folio}/pay", code="CASH")
    drawer = f"/folios/{house.do(drawers)[0].folio_id}"
    assert "counted blind" in cashier.page(drawer)
    assert "84.00" not in cashier.page(drawer)
    assert ">84.00<" in desk("supervisor").page(drawer)


def test_a_grey_button_says_why_it_cannot_be_used(folio: int, desk: Desk) -> None:
    page = desk("cashier").page(f"/folios/{folio}")
    assert "<strong>Refund</strong>: " in page
    assert "cashier may not" not in page
    house_keeper = desk("night_auditor").page(f"/folios/{folio}")
    assert "Post a charge" in house_keeper


def test_a_long_folio_costs_no_more_statements_than_a_short_one(
    house: House, folio: int, stay: int, desk: Desk, app: Flask
) -> None:
    clerk = desk("cashier")
    seen: list[str] = []
    with app.app_context():
        engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", lambda _c, _u, statement, *_rest: seen.append(statement))
    house.charge(stay, "1.00")
    clerk.page(f"/folios/{folio}")
    seen.clear()
    clerk.page(f"/folios/{folio}")
    few = len(seen)
    for _ in range(7):
        opened_window(house, stay)
    for number in range(40):
        house.charge(stay, "1.00", window=1 + number % 8)
    seen.clear()
    clerk.page(f"/folios/{folio}")
    assert len(seen) == few < 40


# --- charge ---------------------------------------------------------------------------------------------------


def test_a_charge_is_posted_with_all_that_was_typed(house: House, folio: int, cashier: Client, shift: int) -> None:
    typed = {"code": "RESTAURANT", "price": "12.50", "quantity": "2", "text": "Dinner", "check_number": "4711"}
    page = cashier.done(f"/folios/{folio}/charge", **typed)
    assert "25.00 EUR was posted." in page
    assert "4711" in page
    assert "Dinner" in page
    assert house.balance(folio) == "25.00"
    assert (last_voucher(house).operator, last_voucher(house).shift) == ("cashier", str(shift))


def test_a_charge_sent_twice_is_posted_once(house: House, folio: int, cashier: Client) -> None:
    path = f"/folios/{folio}/charge"
    form = cashier.form(path) | {"code": "BAR", "price": "5"}
    first, second = cashier.send(path, form), cashier.send(path, form)
    assert first.headers["Location"] == second.headers["Location"] == f"/folios/{folio}"
    assert house.balance(folio) == "5.00"
    assert "This had been done already" in cashier.page(f"/folios/{folio}")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"code": ""}, "Fill this in."),
        ({"code": "VISA"}, "Choose one of these."),
        ({"price": "1.2.3"}, "is not an amount"),
        ({"price": "-5"}, "must be more than zero"),
        ({"price": ""}, "has no default price"),
        ({"quantity": "0"}, "uantity"),
        ({"quantity": "x"}, "is not a whole number"),
        ({"text": "a\0b"}, "text"),
        ({"remark": "x" * 10_000}, "2000"),
    ],
)
def test_a_wrong_charge_keeps_what_was_typed(
    changes: dict[str, str], words: str, house: House, folio: int, desk: Desk
) -> None:
    typed = {"code": "BAR", "price": "5", "reference": "the <b>terrace</b>"} | changes
    page = unescape(desk("cashier").refused(f"/folios/{folio}/charge", **typed))
    assert words in page
    assert "the <b>terrace</b>" in page
    assert house.balance(folio) == "0.00"


def test_beyond_the_house_limit_somebody_has_to_approve(house: House, folio: int, cashier: Client) -> None:
    path, typed = f"/folios/{folio}/charge", {"code": "BAR", "price": "600"}
    assert "House limit 500.00" in cashier.refused(path, **typed)
    signed = typed | {"approver": "supervisor", "approver_password": "wrong"}
    assert cashier.submit(path, **signed).status_code == 401
    signed = typed | {"approver": "night_auditor", "approver_password": PASSWORD}
    assert cashier.submit(path, **signed).status_code == 403
    assert house.balance(folio) == "0.00"
    cashier.done(path, **typed | {"approver": "supervisor", "approver_password": PASSWORD})
    assert house.balance(folio) == "600.00"
    assert (last_voucher(house).operator, last_voucher(house).authorised_by) == ("cashier", "supervisor")


def test_a_supervisor_goes_beyond_the_limit_with_a_yes_of_their_own(house: House, folio: int, desk: Desk) -> None:
    supervisor, path, typed = desk("supervisor"), f"/folios/{folio}/charge", {"code": "BAR", "price": "600"}
    assert "Tick the box" in supervisor.refused(path, **typed)
    supervisor.done(path, **typed, accept="y")
    assert last_voucher(house).authorised_by == "supervisor"


# --- payment --------------------------------------------------------------------------------------------------


def test_the_balance_stands_in_the_payment_already(house: House, stay: int, folio: int, cashier: Client) -> None:
    house.charge(stay, "84.00")
    assert cashier.form(f"/folios/{folio}/pay")["amount"] == "84.00"
    page = cashier.done(f"/folios/{folio}/pay", code="CASH")
    assert "84.00 EUR was paid. The balance is 0.00 EUR." in page
    assert house.balance(folio) == "0.00"


def test_money_needs_an_open_shift(house: House, stay: int, folio: int, desk: Desk) -> None:
    house.charge(stay, "84.00")
    clerk = desk("cashier")
    assert 'href="/shifts/open"' in clerk.page(f"/folios/{folio}/pay")
    assert "You have no open shift" in clerk.refused(f"/folios/{folio}/pay", code="CASH")
    assert house.balance(folio) == "84.00"


def test_who_pays_what_another_has_taken_meanwhile_is_told(
    house: House, stay: int, folio: int, cashier: Client
) -> None:
    house.charge(stay, "84.00")
    path = f"/folios/{folio}/pay"
    shown = cashier.form(path) | {"code": "VISA"}
    house.pay(stay, "84.00")
    answer = cashier.send(path, shown)
    assert answer.status_code == 409
    assert "The balance was 84.00 when this page was opened and is 0.00 now" in answer.text
    assert house.balance(folio) == "0.00"
    fields = next(dict(fields) for method, action, fields in Forms(answer.text).found if action == path)
    assert fields["amount"] == "84.00"
    assert cashier.send(path, fields).status_code == 303  # the page that came back shows it: who sends now knows
    assert house.balance(folio) == "-84.00"


def test_a_part_is_taken_whatever_happened_meanwhile(house: House, stay: int, folio: int, cashier: Client) -> None:
    house.charge(stay, "84.00")
    shown = cashier.form(f"/folios/{folio}/pay") | {"code": "VISA", "amount": "20.00"}
    house.charge(stay, "10.00")
    assert cashier.send(f"/folios/{folio}/pay", shown).status_code == 303
    assert house.balance(folio) == "74.00"


def test_a_direct_bill_needs_its_company(house: House, stay: int, folio: int, cashier: Client) -> None:
    house.charge(stay, "84.00")
    house.do(add_company, CLERK, code="ACME", name="Acme")
    path = f"/folios/{folio}/pay"
    assert "BILL" in cashier.refused(path, code="BILL")
    assert "There is no company NONE" in cashier.refused(path, code="BILL", company="NONE")
    cashier.done(path, code="BILL", company="ACME")
    assert house.balance(folio) == "0.00"
    (receivable,) = (each for each in house.rows(Folio) if each.type == "semi_permanent")
    assert receivable.balance_minor == minor("84.00")


def test_a_direct_bill_beyond_the_credit_limit_is_approved(
    house: House, stay: int, folio: int, cashier: Client, desk: Desk
) -> None:
    house.charge(stay, "84.00")
    company = house.do(add_company, CLERK, code="ACME", name="Acme", credit_limit_minor=minor("50.00")).id
    path = f"/folios/{folio}/pay"
    page = cashier.refused(path, code="BILL", company="ACME")
    assert "Credit limit of ACME 50.00, balance 0.00, requested 84.00." in page
    assert 'name="approver"' in page
    assert house.balance(folio) == "84.00"
    signed = {"approver": "supervisor", "approver_password": PASSWORD}
    cashier.done(path, code="BILL", company="ACME", **signed)
    assert house.balance(folio) == "0.00"
    assert "-34.00" in cashier.page(f"/companies/{company}")
    (told,) = house.told("company.credit.passed")
    assert (told.operator, (told.after or {})["authorised_by"]) == ("cashier", "supervisor")


def test_the_form_of_a_payment_tells_what_the_company_may_still_owe(house: House, cashier: Client) -> None:
    company = house.do(add_company, CLERK, code="ACME", name="Acme", credit_limit_minor=minor("50.00")).id
    stay = house.arrive(2, "102", company_id=company)
    assert "ACME: credit left 50.00 EUR of 50.00 EUR." in cashier.page(f"/folios/{house.window(stay)}/pay")


def test_a_refund_by_a_cashier_is_approved_by_another(house: House, stay: int, folio: int, cashier: Client) -> None:
    cashier.done(f"/folios/{folio}/pay", code="CASH", amount="50.00")
    path = f"/folios/{folio}/refund"
    assert cashier.form(path)["amount"] == "50.00"
    assert "somebody who may do it" in cashier.refused(path, code="CASH", reason="paid twice")
    oneself = {"approver": "cashier", "approver_password": PASSWORD}
    cashier.refused(path, code="CASH", reason="paid twice", **oneself)
    assert house.balance(folio) == "-50.00"
    signed = {"approver": "supervisor", "approver_password": PASSWORD}
    cashier.done(path, code="CASH", reason="paid twice", **signed)
    assert house.balance(folio) == "0.00"
    assert (last_voucher(house).reason, last_voucher(house).authorised_by) == ("paid twice", "supervisor")


def test_who_approves_a_refund_lets_nothing_pass_the_house_limit(
    house: House, stay: int, folio: int, cashier: Client
) -> None:
    cashier.done(f"/folios/{folio}/pay", code="CASH", amount="100.00")
    paid = last_voucher(house).id
    house.charge(stay, "590.00")
    signed = {"approver": "supervisor", "approver_password": PASSWORD}
    typed = {"code": "CASH", "payment": str(paid), "reason": "pays by card later"} | signed
    assert "House limit 500.00" in cashier.refused(f"/folios/{folio}/refund", amount="100.00", **typed)
    cashier.done(f"/folios/{folio}/refund", amount="10.00", **typed)
    assert house.balance(folio) == "500.00"


def test_cash_is_paid_out_for_a_guest(house: House, folio: int, cashier: Client) -> None:
    signed = {"approver": "supervisor", "approver_password": PASSWORD}
    cashier.done(f"/folios/{folio}/pay-out", code="PAIDOUT", amount="20", text="Taxi", **signed)
    assert house.balance(folio) == "20.00"
    assert last_voucher(house).authorised_by == "supervisor"


# --- lines ----------------------------------------------------------------------------------------------------


def test_ticked_lines_are_corrected_with_a_reason(house: House, stay: int, folio: int, cashier: Client) -> None:
    house.charge(stay, "40.00")
    house.charge(stay, "7.00", "BAR")
    chosen = f"line={line_of(house, folio)}&line={line_of(house, folio, 'BAR')}"
    panel = cashier.page(f"/folios/{folio}/correct?{chosen}")
    assert "Lines: 2, in all 47.00" in panel
    assert panel.count("checked") == 2
    path = f"/folios/{folio}/correct"
    assert "Fill this in." in cashier.refused(path, on=f"{path}?{chosen}")
    page = cashier.done(path, on=f"{path}?{chosen}", reason="wrong guest")
    assert "47.00 EUR was taken back." in page
    assert page.count(">corrected<") == 2
    assert house.balance(folio) == "0.00"


def test_a_payment_is_taken_back_by_who_may_refund_or_with_their_signature(
    house: House, stay: int, folio: int, cashier: Client
) -> None:
    house.charge(stay, "50.00")
    cashier.done(f"/folios/{folio}/pay", code="CASH", amount="50.00")
    with reading(house.sessions) as session:
        paid = session.scalars(sa.select(Posting.id).where(Posting.credit_folio_id == folio)).one()
    path, both = f"/folios/{folio}/correct", f"line={paid}&line={line_of(house, folio)}"
    for ticked in (f"line={paid}", both):
        page = cashier.refused(path, on=f"{path}?{ticked}", reason="wrong guest")
        assert "somebody who may do it" in page
        assert 'name="approver"' in page
    assert house.balance(folio) == "0.00"
    signed = {"approver": "supervisor", "approver_password": PASSWORD}
    cashier.done(path, on=f"{path}?line={paid}", reason="wrong guest", **signed)
    assert house.balance(folio) == "50.00"
    assert (last_voucher(house).kind, last_voucher(house).authorised_by) == ("correction", "supervisor")
    cashier.done(path, on=f"{path}?line={line_of(house, folio)}", reason="wrong guest")  # a charge needs nobody else
    assert house.balance(folio) == "0.00"


def test_a_part_of_one_line_is_corrected(house: House, stay: int, folio: int, cashier: Client) -> None:
    house.charge(stay, "40.00")
    house.charge(stay, "7.00", "BAR")
    one, other = line_of(house, folio), line_of(house, folio, "BAR")
    path = f"/folios/{folio}/correct"
    assert "one line at a time" in cashier.refused(
        path, on=f"{path}?line={one}&line={other}", reason="half", amount="5"
    )
    page = cashier.done(path, on=f"{path}?line={one}", reason="half", amount="15.00")
    assert "corrected: 15.00" in page
    assert house.balance(folio) == "32.00"


def test_no_line_and_foreign_lines_are_refused(house: House, stay: int, folio: int, cashier: Client) -> None:
    other = house.arrive(2, room="102")
    house.charge(other, "40.00")
    house.charge(stay, "7.00", "BAR")
    foreign = line_of(house, house.window(other))
    path = f"/folios/{folio}/correct"
    assert "No line is ticked" in cashier.refused(path, reason="why")
    assert cashier.get(f"{path}?line={foreign}").status_code == 409
    assert cashier.get(f"{path}?line=abc").status_code == 404
    assert cashier.get(f"{path}?line={10**30}").status_code == 404
    for deed, more in (("correct", {}), ("allow", {"approver": "supervisor", "approver_password": PASSWORD})):
        form = cashier.form(f"/folios/{folio}/{deed}") | {"line": str(foreign), "reason": "why"} | more
        assert cashier.send(f"/folios/{folio}/{deed}", form).status_code == 409
    form = cashier.form(f"/folios/{folio}/transfer") | {"line": str(foreign), "to": "new"}
    assert cashier.send(f"/folios/{folio}/transfer", form).status_code == 409
    assert house.balance(house.window(other)) == "40.00"
    assert cashier.send(path, form | {"line": "abc"}).status_code == 404


def test_a_line_of_a_closed_day_is_not_corrected_but_allowed(house: House, stay: int, folio: int, desk: Desk) -> None:
    house.charge(stay, "40.00")
    house.end_day()
    line, clerk = line_of(house, folio), desk("cashier")
    assert "allowance" in clerk.page(f"/folios/{folio}/correct?line={line}")
    path = f"/folios/{folio}/allow"
    assert "somebody who may do it" in clerk.refused(path, on=f"{path}?line={line}", reason="cold", amount="10")
    signed = {"approver": "supervisor", "approver_password": PASSWORD}
    page = clerk.done(path, on=f"{path}?line={line}", reason="cold", amount="10", **signed)
    assert "10.00 EUR was allowed." in page
    assert "allowed: 10.00" in page
    assert house.balance(folio) == "130.00"
    assert (last_voucher(house).kind, last_voucher(house).authorised_by) == ("allowance", "supervisor")


def test_lines_go_to_another_window_a_new_one_a_room_and_a_folio(
    house: House, stay: int, folio: int, cashier: Client
) -> None:
    for amount in ("10.00", "20.00", "30.00", "40.00"):
        house.charge(stay, amount)
    second, neighbour = opened_window(house, stay), house.window(house.arrive(2, room="102"))
    with reading(house.sessions) as session:
        lines = list(session.scalars(sa.select(Posting.id).where(Posting.debit_folio_id == folio).order_by(Posting.id)))
    path = f"/folios/{folio}/transfer"
    number = house.do(ledger.get_folio, neighbour).number
    for line, where in zip(
        lines, ({"to": str(second)}, {"to": "new"}, {"room": "102"}, {"folio": number}), strict=True
    ):
        cashier.done(path, on=f"{path}?line={line}", **where)
    assert [house.balance(each) for each in (folio, second, house.window(stay, 3), neighbour)] == [
        "0.00",
        "10.00",
        "20.00",
        "70.00",
    ]


def test_everything_goes_when_no_line_is_ticked(house: House, stay: int, folio: int, cashier: Client) -> None:
    house.charge(stay, "30.00")
    house.pay(stay, "10.00")
    second = opened_window(house, stay)
    assert "Everything on this folio moves" in cashier.page(f"/folios/{folio}/transfer")
    cashier.done(f"/folios/{folio}/transfer", to=str(second))
    assert (house.balance(folio), house.balance(second)) == ("0.00", "20.00")


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ({}, "Say where it goes"),
        ({"room": "102", "to": "new"}, "One of them"),
        ({"room": "102"}, "Nobody is in room 102"),
        ({"room": "\0"}, "Nobody is in room"),
        ({"folio": "nothing"}, "There is no folio nothing"),
        ({"folio": "ROOM"}, "ROOM"),
        ({"to": "7777"}, "Choose one of these"),
    ],
)
def test_a_transfer_to_nowhere_is_refused(
    where: dict[str, str], words: str, house: House, stay: int, folio: int, cashier: Client
) -> None:
    house.charge(stay, "30.00")
    assert words in cashier.refused(f"/folios/{folio}/transfer", **where)
    assert house.balance(folio) == "30.00"


def test_a_transfer_over_the_limit_of_the_other_is_approved(house: House, stay: int, cashier: Client) -> None:
    neighbour = house.window(house.arrive(2, room="102"))
    house.do(ledger.set_house_limit, neighbour, minor("20.00"), CLERK)
    house.charge(stay, "30.00")
    path = f"/folios/{house.window(stay)}/transfer"
    assert "House limit 20.00" in cashier.refused(path, room="102")
    cashier.done(path, room="102", approver="supervisor", approver_password=PASSWORD)
    assert house.balance(neighbour) == "30.00"


@pytest.mark.parametrize(
    ("way", "shares", "there", "left"),
    [
        ("pieces", {"here": "1", "part": "2"}, "66.67", "33.33"),
        ("percent", {"part": "25"}, "25.00", "75.00"),
        ("amount", {"part": "12.34"}, "12.34", "87.66"),
    ],
)
def test_a_line_is_split_by_pieces_percent_and_amount(
    way: str, shares: dict[str, str], there: str, left: str, house: House, stay: int, folio: int, cashier: Client
) -> None:
    house.charge(stay, "100.00")
    second = opened_window(house, stay)
    path, typed = f"/folios/{folio}/split", dict(shares)
    typed[f"part_{second}"] = typed.pop("part")
    cashier.done(path, on=f"{path}?line={line_of(house, folio)}", way=way, **typed)
    assert (house.balance(second), house.balance(folio)) == (there, left)


@pytest.mark.parametrize(
    ("way", "share"), [("percent", "101"), ("amount", "100.01"), ("pieces", "x"), ("pieces", ""), ("amount", "1e5")]
)
def test_a_split_that_does_not_add_up_is_refused(
    way: str, share: str, house: House, stay: int, folio: int, cashier: Client
) -> None:
    house.charge(stay, "100.00")
    path = f"/folios/{folio}/split"
    cashier.refused(path, on=f"{path}?line={line_of(house, folio)}", way=way, part_new=share)
    assert house.balance(folio) == "100.00"
    assert len(house.rows(Folio, type="individual")) == 1


# --- disputes, limit, windows, close --------------------------------------------------------------------------


def test_a_contested_line_is_marked_and_settled_by_an_allowance(
    house: House, stay: int, folio: int, cashier: Client
) -> None:
    house.charge(stay, "40.00")
    path = f"/folios/{folio}/dispute"
    page = cashier.done(path, on=f"{path}?line={line_of(house, folio)}", reason="never had it")
    assert ">disputed<" in page
    assert "never had it" in page
    assert "Of it disputed" in page
    (dispute,) = house.rows(Dispute)
    settle = f"/disputes/{dispute.id}/settle"
    assert "somebody who may do it" in cashier.refused(settle, how="allow", outcome="right")
    signed = {"approver": "supervisor", "approver_password": PASSWORD}
    assert "reason" in cashier.refused(settle, how="allow", **signed)
    page = cashier.done(settle, how="allow", outcome="right", **signed)
    assert "The dispute is settled." in page
    assert house.balance(folio) == "0.00"
    assert house.rows(Dispute)[0].settlement == "allowed"


@pytest.mark.parametrize(
    ("how", "settled", "left"), [("move", "moved", "0.00"), ("uphold", "upheld", "40.00"), ("agree", "agreed", "40.00")]
)
def test_a_dispute_ends_in_other_ways(
    how: str, settled: str, left: str, house: House, stay: int, folio: int, desk: Desk
) -> None:
    house.charge(stay, "40.00")
    house.do(add_company, CLERK, code="ACME", name="Acme")
    supervisor, path = desk("supervisor"), f"/folios/{folio}/dispute"
    supervisor.done(path, on=f"{path}?line={line_of(house, folio)}", reason="never had it")
    (dispute,) = house.rows(Dispute)
    supervisor.done(f"/disputes/{dispute.id}/settle", how=how, outcome="agreed at the desk", company="ACME")
    assert house.rows(Dispute)[0].settlement == settled
    assert house.balance(folio) == left


def test_a_dispute_ends_by_an_allowance_of_who_may_post_allowances(
    house: House, stay: int, folio: int, desk: Desk
) -> None:
    without = sa.delete(RoleRight).where(RoleRight.role_code == "supervisor", RoleRight.right == "folio.allow")
    house.do(lambda session: session.execute(without))
    house.charge(stay, "40.00")
    supervisor, path = desk("supervisor"), f"/folios/{folio}/dispute"
    supervisor.done(path, on=f"{path}?line={line_of(house, folio)}", reason="never had it")
    settle = f"/disputes/{house.rows(Dispute)[0].id}/settle"
    page = supervisor.refused(settle, how="allow", outcome="right")
    assert "somebody who may do it" in page
    assert 'name="approver"' in page
    signed = {"approver": "manager", "approver_password": PASSWORD}
    assert "may not settle disputes" in desk("cashier").refused(
        settle, how="allow", outcome="right", approver="night_auditor", approver_password=PASSWORD
    )
    assert house.balance(folio) == "40.00"
    supervisor.done(settle, how="allow", outcome="right", **signed)
    assert house.balance(folio) == "0.00"
    assert last_voucher(house).authorised_by == "manager"


@pytest.mark.parametrize("how", ["allow", "move", "uphold", "agree"])
def test_the_trail_tells_who_approved_the_end_of_a_dispute(
    how: str, house: House, stay: int, folio: int, cashier: Client
) -> None:
    house.charge(stay, "40.00")
    house.do(add_company, CLERK, code="ACME", name="Acme")
    path = f"/folios/{folio}/dispute"
    cashier.done(path, on=f"{path}?line={line_of(house, folio)}", reason="never had it")
    settle = f"/disputes/{house.rows(Dispute)[0].id}/settle"
    typed = {"outcome": "at the desk", "company": "ACME", "approver": "supervisor", "approver_password": PASSWORD}
    cashier.done(settle, how=how, **typed)
    (told,) = house.told("dispute.settled")
    assert (told.operator, (told.after or {})["authorised_by"]) == ("cashier", "supervisor")


def test_the_house_limit_is_set_with_approval_and_seen_version(house: House, folio: int, desk: Desk) -> None:
    supervisor, path = desk("supervisor"), f"/folios/{folio}/limit"
    seen = supervisor.form(path)
    assert seen["house_limit_minor"] == "500.00"
    supervisor.done(path, house_limit_minor="750")
    stale = supervisor.send(path, seen | {"house_limit_minor": "900"})
    assert stale.status_code == 409
    assert "Meanwhile changed to: 750.00" in stale.text
    assert desk("cashier").submit(path, house_limit_minor="9").status_code in (403, 409)
    assert house.do(ledger.get_folio, folio).house_limit_minor == minor("750.00")
    desk("cashier").done(path, house_limit_minor="800", approver="supervisor", approver_password=PASSWORD)
    own, approved = house.told("folio.amended")
    assert (own.operator, own.after) == ("supervisor", {"house_limit_minor": minor("750.00")})
    assert (approved.operator, approved.after) == (
        "cashier",
        {"house_limit_minor": minor("800.00"), "authorised_by": "supervisor"},
    )


def test_windows_are_opened_up_to_eight(house: House, stay: int, folio: int, cashier: Client) -> None:
    page = cashier.done(f"/folios/{folio}/window", name="Acme, extras", limit="100")
    assert "Window 2 was opened." in page
    assert "Acme, extras" in page
    for _ in range(6):
        opened_window(house, stay)
    assert "all its 8 windows" in cashier.refused(f"/folios/{folio}/window")


def test_a_window_beyond_the_usual_limit_needs_who_may_set_limits(house: House, folio: int, cashier: Client) -> None:
    path = f"/folios/{folio}/window"
    refused = cashier.refused(path, limit="500.01")
    assert "above the usual 500.00 needs an approval" in refused
    assert 'name="approver"' in refused
    assert len(house.rows(Folio, type="individual")) == 1
    cashier.done(path, limit="900", approver="supervisor", approver_password=PASSWORD)
    opened = house.rows(Folio, type="individual")[-1]
    assert opened.house_limit_minor == minor("900.00")
    (told,) = house.told("folio.limit.set")
    assert (told.subject, (told.after or {})["authorised_by"]) == (f"folio:{opened.id}", "supervisor")


def test_a_folio_is_closed_at_zero_and_reopened_with_approval(
    house: House, stay: int, folio: int, cashier: Client
) -> None:
    house.charge(stay, "5.00")
    assert "still has a balance" in cashier.refused(f"/folios/{folio}/close")
    house.pay(stay, "5.00")
    assert "The folio was closed." in cashier.done(f"/folios/{folio}/close")
    assert "is closed" in cashier.refused(f"/folios/{folio}/charge", code="BAR", price="1")
    assert "somebody who may do it" in cashier.refused(f"/folios/{folio}/reopen")
    cashier.done(f"/folios/{folio}/reopen", approver="supervisor", approver_password=PASSWORD)
    assert house.do(ledger.get_folio, folio).status == "open"
    (told,) = house.told("folio.reopened")
    assert (told.operator, told.after) == ("cashier", {"authorised_by": "supervisor"})


# --- vouchers, rights -----------------------------------------------------------------------------------------


def test_a_voucher_tells_who_when_why_and_what_takes_it_back(
    house: House, stay: int, folio: int, cashier: Client
) -> None:
    posted = house.charge(stay, "40.00")
    path = f"/folios/{folio}/correct"
    cashier.done(path, on=f"{path}?line={line_of(house, folio)}", reason="wrong <i>guest</i>")
    charged = cashier.page(f"/folios/voucher/{posted.voucher_id}")
    assert f'/folios/voucher/{last_voucher(house).id}">' in charged
    assert f'/folios/{folio}">' in charged
    correction = cashier.page(f"/folios/voucher/{last_voucher(house).id}")
    assert "wrong &lt;i&gt;guest&lt;/i&gt;" in correction
    assert f'/folios/voucher/{posted.voucher_id}">' in correction


def test_nobody_without_the_right_does_a_deed(house: House, folio: int, stay: int, app: Flask, desk: Desk) -> None:
    def add_reader(session: Session) -> None:
        session.add(Role(code="reader", name="Reader"))
        session.flush()
        session.add(RoleRight(role_code="reader", right="folio.read"))
        session.flush()
        users.add_user(session, NewUser("reader", "Reader", PASSWORD, roles=["reader"]), CLERK, FAST)

    house.do(add_reader)
    reader = desk("reader")
    page = reader.page(f"/folios/{folio}")
    assert "reader may not" in page
    for deed in ("charge", "pay", "refund", "pay-out", "correct", "allow", "transfer", "split", "limit", "close"):
        assert reader.get(f"/folios/{folio}/{deed}").status_code == 403, deed
        assert reader.send(f"/folios/{folio}/{deed}", reader.form("/sign-out", f"/folios/{folio}")).status_code == 403
