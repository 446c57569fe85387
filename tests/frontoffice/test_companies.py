"""Companies, and the semi-permanent folio their debts are moved to."""

from __future__ import annotations

from typing import Any

import pytest

from folios.db import in_unit_of_work
from folios.drafts import Origin, Posted
from folios.errors import AmountTooLarge, ChangedMeanwhile, TextInvalid
from folios.folios import close_folio, set_house_limit
from folios.models import Folio, Posting
from folios.money import MOST_MINOR
from folios.payments import Payment, pay
from frontoffice import cashiering, companies, disputes, folio_deeds, shifts
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


# --- the credit limit ---------------------------------------------------------------------------------------------


def billed(house: House, company: int, stay: int, amount: str, **facts: Any) -> Posted:
    """A part of what a stay owes, put on the company's receivable."""
    return house.do(
        cashiering.take_payment, house.window(stay), "BILL", euro(amount), CLERK, company_id=company, **facts
    )


@pytest.fixture
def guest_of_company(house: House, company: int) -> int:
    """A stay that owes 2,000.00; the clerk has an open shift. The company may owe 1,000.00."""
    house.do(shifts.open_shift, CLERK, house.do(cashiering.drawers)[0].folio_id, 0, CLERK)
    stay = house.arrive(departure=1)
    house.do(set_house_limit, house.window(stay), None, CLERK)
    house.charge(stay, "2000.00", "SPA")
    return stay


def test_a_bill_beyond_the_credit_limit_is_refused_with_the_figures(
    house: House, company: int, guest_of_company: int
) -> None:
    billed(house, company, guest_of_company, "400.00")
    told = {"company": "ACME", "limit": euro("1000.00"), "balance": euro("400.00"), "requested": euro("600.01")}
    with house.refuses(companies.CreditLimitExceeded, **told):
        billed(house, company, guest_of_company, "600.01")
    assert house.do(companies.credit_left, company) == euro("600.00")
    billed(house, company, guest_of_company, "600.00", key="form")
    assert house.do(companies.credit_left, company) == euro("0.00")
    assert billed(house, company, guest_of_company, "600.00", key="form").replayed  # sent again, it is not asked again


def test_who_may_lets_a_bill_pass_the_credit_limit_and_the_trail_says_so(
    house: House, company: int, guest_of_company: int
) -> None:
    posted = billed(house, company, guest_of_company, "1200.00", over_limit_by="manager")
    (told,) = house.told("company.credit.passed")
    assert (told.subject, told.operator) == (f"company:{company}", CLERK)
    assert told.after == {
        "voucher": posted.voucher_id,
        "credit_limit_minor": 100000,
        "balance_minor": 120000,
        "authorised_by": "manager",
    }
    billed(house, company, guest_of_company, "0.01", over_limit_by=CLERK)
    assert "authorised_by" not in (house.told("company.credit.passed")[-1].after or {})


def test_a_refund_to_a_company_above_its_limit_is_no_bill(house: House, company: int, guest_of_company: int) -> None:
    posted = billed(house, company, guest_of_company, "1500.00", over_limit_by="manager")
    house.do(
        cashiering.give_refund,
        house.window(guest_of_company),
        "BILL",
        euro("100.00"),
        "too much",
        CLERK,
        of_voucher_id=posted.voucher_id,
        company_id=company,
    )
    assert house.do(companies.credit_left, company) == euro("-400.00")
    assert len(house.told("company.credit.passed")) == 1


def test_a_transfer_by_number_and_a_disputed_line_do_not_pass_the_credit_limit_either(
    house: House, company: int, guest_of_company: int
) -> None:
    receivable = house.do(companies.receivable_folio, company, CLERK).id
    window = house.window(guest_of_company)
    with house.refuses(companies.CreditLimitExceeded):
        house.do(folio_deeds.transfer_lines, window, receivable, [], CLERK, key="k1")
    (line,) = (each for each in house.rows(Posting, debit_folio_id=window) if each.code == "SPA")
    dispute = house.do(disputes.open_dispute, window, line.id, "not mine", CLERK).id
    with house.refuses(companies.CreditLimitExceeded):
        house.do(disputes.move_disputed, dispute, Origin(CLERK), company_id=company, reason="ask them")
    house.do(folio_deeds.transfer_lines, window, receivable, [], CLERK, over_limit_by="manager", key="k2")
    assert house.do(companies.credit_left, company) == euro("-1000.00")


@pytest.mark.parametrize("opened", [True, False])
def test_two_bills_at_once_cannot_both_pass_the_credit_limit(
    house: House, company: int, guest_of_company: int, opened: bool
) -> None:
    if opened:
        billed(house, company, guest_of_company, "1.00")

    def bill() -> Posted:
        return in_unit_of_work(
            house.sessions,
            lambda session: cashiering.take_payment(
                session, house.window(guest_of_company), "BILL", euro("600.00"), CLERK, company_id=company
            ),
        )

    answers = at_once([bill] * 3)
    assert sum(isinstance(each, Posted) for each in answers) == 1
    assert sum(isinstance(each, companies.CreditLimitExceeded) for each in answers) == 2
    assert house.do(companies.credit_left, company) == euro("399.00" if opened else "400.00")
