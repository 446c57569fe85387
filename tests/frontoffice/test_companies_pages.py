"""The pages of companies: found, entered, edited, with what they owe, their stays and invoices."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

import pytest

from folios.drafts import Origin
from folios.models import Folio
from folios.payments import Payment, pay
from frontoffice import companies, invoice_series, invoices
from frontoffice.models.guests import Company
from tests.frontoffice.desk_client import PASSWORD, Client
from tests.frontoffice.house import CLERK, House, euro

Desk = Callable[[str], Client]


@pytest.fixture
def clerk(desk: Desk) -> Client:
    return desk("cashier")


def text_of(page: str) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


def enter(house: House, code: str = "ACME", **fields: object) -> int:
    return house.do(companies.add_company, CLERK, code=code, name=f"{code} Ltd", **fields).id


def test_a_company_is_entered_shown_and_found_by_code_or_part_of_its_name(house: House, clerk: Client) -> None:
    signed = {"approver": "supervisor", "approver_password": PASSWORD}
    typed = {"code": "ACME", "name": "Example <Trading>", "credit_limit_minor": "1,500.00", "country": "pt"}
    page = clerk.done("/companies/new", **typed, **signed)
    assert "Example &lt;Trading&gt;" in page
    assert "Credit left EUR 1,500.00" in text_of(page)
    (row,) = house.rows(Company)
    assert (row.code, row.terms_days, row.credit_limit_minor, row.country) == ("ACME", 30, 150000, "PT")
    assert "ACME" in clerk.page("/companies?name=trad")
    assert "ACME" in clerk.page("/companies?name=ac")
    assert "No company of this code or name." in clerk.page("/companies?name=zz")


def test_a_form_sent_twice_enters_one_company(house: House, clerk: Client) -> None:
    form = clerk.form("/companies/new") | {"code": "ACME", "name": "Example"}
    assert [clerk.send("/companies/new", form).status_code for _ in range(2)] == [303, 303]
    assert len(house.rows(Company)) == 1


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"code": "ACME"}, "Company code ACME is in use already."),
        ({"code": ""}, "Fill this in."),
        ({"terms_days": "366"}, "from 0 to 365"),
        ({"terms_days": ""}, "Fill this in."),
        ({"credit_limit_minor": "-1"}, "cannot be below zero"),
        ({"credit_limit_minor": "999999999999999"}, "larger than the ledger takes"),
        ({"email": "nobody"}, "is not an e-mail address"),
        ({"remark": "x" * 10_000}, "at most 2000 fit"),
        ({"name": "a\0b"}, "cannot be stored"),
    ],
)
def test_what_cannot_be_entered_is_refused_beside_its_field(
    house: House, desk: Desk, typed: dict[str, str], told: str
) -> None:
    enter(house)
    page = desk("supervisor").refused("/companies/new", **{"code": "NEW", "name": "New", "city": "Porto"} | typed)
    (field,) = typed
    start = page.index(f'id="{field}-more"')
    assert told in html.unescape(page[start : start + 400])
    assert 'value="Porto"' in page
    assert len(house.rows(Company)) == 1


def test_a_credit_limit_needs_who_may_set_limits(house: House, clerk: Client, desk: Desk) -> None:
    page = clerk.refused("/companies/new", code="ACME", name="Example", credit_limit_minor="900.00")
    assert "needs somebody who may do it" in page
    assert 'name="approver"' in page
    assert house.rows(Company) == []
    company = enter(house, credit_limit_minor=50000)
    address = f"/companies/{company}/edit"
    clerk.done(address, city="Lisboa")  # the limit stays as it is: nobody is asked
    for other in ("900.00", ""):
        assert "needs somebody who may do it" in clerk.refused(address, credit_limit_minor=other)
    assert house.rows(Company)[0].credit_limit_minor == 50000
    clerk.done(address, credit_limit_minor="900.00", approver="supervisor", approver_password=PASSWORD)
    desk("supervisor").done(address, credit_limit_minor="950.00")
    assert house.rows(Company)[0].credit_limit_minor == 95000
    told = [(each.operator, (each.after or {}).get("authorised_by")) for each in house.told("company.amended")]
    assert told == [("cashier", None), ("cashier", "supervisor"), ("supervisor", None)]


def test_a_stale_save_shows_both_versions_and_can_be_saved_again(house: House, clerk: Client, desk: Desk) -> None:
    company = enter(house)
    address = f"/companies/{company}/edit"
    stale = clerk.form(address)
    desk("supervisor").done(address, city="Lisboa", terms_days="14")
    answer = clerk.send(address, stale | {"city": "Porto"})
    assert answer.status_code == 409
    assert "Meanwhile changed to: Lisboa" in answer.text
    assert house.rows(Company)[0].city == "Lisboa"


def test_a_company_shows_what_it_owes_its_stays_and_its_invoices(house: House, clerk: Client) -> None:
    company = enter(house, credit_limit_minor=30000)
    stay = house.arrive(departure=1, company_id=company)
    house.charge(stay, "84.00")
    folio = house.do(companies.receivable_folio, company, CLERK).id
    payment = Payment(folio_id=house.window(stay), code="BILL", amount=euro("84.00"), tender_folio_id=folio)
    house.do(pay, payment, Origin(operator=CLERK))
    house.do(invoice_series.add_series, code="INV", name="Invoices", kind="invoice", prefix="R", operator=CLERK)
    issued = house.do(invoices.issue, house.window(stay), operator=CLERK)
    text = text_of(clerk.page(f"/companies/{company}"))
    assert "Owes EUR 84.00 Credit left EUR 216.00 Credit limit EUR 300.00" in text
    assert "Guest, Mr. in house 101" in text
    assert issued.number in text
    number = house.rows(Folio, id=folio)[0].number
    assert f"ACME Ltd ACME {number} 84.00 300.00" in text_of(clerk.page("/companies"))
    assert issued.number in clerk.page(f"/guests/{house.guest}")


def test_who_may_only_see_companies_cannot_enter_them(house: House, desk: Desk) -> None:
    from frontoffice import roles

    house.do(roles.change_rights, {}, {"cashier": ["guest.edit"]}, CLERK)
    company = enter(house)
    client = desk("cashier")
    assert client.get(f"/companies/{company}").status_code == 200
    assert "/edit" not in client.page(f"/companies/{company}").replace("/guests", "")
    assert client.get("/companies/new").status_code == 403
    assert client.get(f"/companies/{company}/edit").status_code == 403


@pytest.mark.parametrize("address", ["/companies/999", f"/companies/{10**30}", "/companies/0/edit", "/companies/-1"])
def test_a_company_that_is_not_there_is_no_page(clerk: Client, address: str) -> None:
    assert clerk.get(address).status_code == 404


@pytest.mark.parametrize("text", ["%00", "%25", "_", "%F0%9F%98%80", "x" * 10_000, "%27%3B--"])
def test_whatever_is_searched_for_finds_nothing_rather_than_failing(house: House, clerk: Client, text: str) -> None:
    enter(house)
    assert "ACME Ltd" not in clerk.page(f"/companies?name={text}") or text == "%00"
