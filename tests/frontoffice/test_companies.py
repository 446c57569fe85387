"""Companies, and the semi-permanent folio their debts are moved to."""

from __future__ import annotations

import pytest

from folios.db import in_unit_of_work
from folios.drafts import Origin
from folios.errors import AmountTooLarge, ChangedMeanwhile, TextInvalid
from folios.folios import close_folio
from folios.models import Folio
from folios.money import MOST_MINOR
from folios.payments import Payment, pay
from frontoffice import companies
from frontoffice.fields import CountryUnknown, FieldMissing, FieldUnknown
from tests.frontoffice.house import CLERK, House, at_once, euro, minor


@pytest.fixture
def company(house: House) -> int:
    facts = {"code": "ACME", "name": "Acme Ltd.", "credit_limit_minor": minor("1000.00")}
    return house.do(companies.add_company, CLERK, **facts).id


def test_a_company_is_entered_and_found_by_its_code(house: House, company: int) -> None:
    found = house.do(companies.find_company, "ACME")
    assert (found.id, found.terms_days, found.credit_limit_minor) == (company, 30, 100_000)


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"code": "ACME"}, companies.CompanyCodeTaken),
        ({"code": ""}, FieldMissing),
        ({"name": ""}, FieldMissing),
        ({"name": "A\x00"}, TextInvalid),
        ({"terms_days": -1}, companies.TermsInvalid),
        ({"terms_days": 366}, companies.TermsInvalid),
        ({"credit_limit_minor": -1}, companies.CreditLimitInvalid),
        ({"credit_limit_minor": MOST_MINOR + 1}, AmountTooLarge),
        ({"country": "QQ"}, CountryUnknown),
        ({"surname": "Guest"}, FieldUnknown),
    ],
)
def test_a_company_that_cannot_be_is_refused(house: House, company: int, facts: dict, refusal: type) -> None:
    with house.refuses(refusal):
        house.do(companies.add_company, CLERK, **{"code": "NEW", "name": "New"} | facts)


def test_a_company_is_amended_unless_someone_else_was_faster(house: House, company: int) -> None:
    house.do(companies.amend_company, company, 1, {"code": "ACME", "terms_days": 15, "city": "Porto"}, CLERK)
    assert house.do(companies.get_company, company).terms_days == 15
    with house.refuses(ChangedMeanwhile):
        house.do(companies.amend_company, company, 1, {"terms_days": 60}, CLERK)
    house.do(companies.add_company, CLERK, code="OTHER", name="Other")
    with house.refuses(companies.CompanyCodeTaken, company="OTHER"):
        house.do(companies.amend_company, company, 2, {"code": "OTHER"}, CLERK)
    for unknown in (lambda: house.do(companies.get_company, 999), lambda: house.do(companies.find_company, "XXX")):
        with house.refuses(companies.CompanyUnknown):
            unknown()


def test_the_receivable_folio_is_opened_once_and_again_when_it_was_paid(house: House, company: int) -> None:
    first = house.do(companies.receivable_folio, company, CLERK)
    assert (first.type, first.name) == ("semi_permanent", "Acme Ltd.")
    assert house.do(companies.receivable_folio, company, CLERK).id == first.id
    house.do(close_folio, first.id, CLERK)
    second = house.do(companies.receivable_folio, company, CLERK)
    assert second.id != first.id
    assert house.do(companies.receivable_folio, company, CLERK).id == second.id
    assert len(house.told("company.folio.opened")) == 2


def test_two_who_ask_for_the_receivable_folio_at_once_get_the_same(house: House, company: int) -> None:
    def ask() -> int:
        return in_unit_of_work(house.sessions, lambda session: companies.receivable_folio(session, company, CLERK).id)

    answers = at_once([ask] * 4)
    assert len(set(answers)) == 1
    assert len(house.rows(Folio, type="semi_permanent")) == 1


def test_what_a_company_may_still_owe_goes_down_with_its_balance(house: House, company: int) -> None:
    assert house.do(companies.credit_left, company) == euro("1000.00")
    stay = house.arrive(departure=1)
    house.charge(stay, "300.00", "SPA")
    folio = house.do(companies.receivable_folio, company, CLERK).id
    house.do(pay, Payment(house.window(stay), "BILL", euro("300.00"), folio), Origin(CLERK))
    assert house.do(companies.credit_left, company) == euro("700.00")
    other = house.do(companies.add_company, CLERK, code="OTHER", name="Other").id
    assert house.do(companies.credit_left, other) is None
