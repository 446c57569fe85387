"""Money in and out: payments with each tender, refunds, paid-outs, opening balances, and receivables that were paid."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from folios import folios, payments
from folios.errors import (
    AmountNotPositive,
    AmountTooLarge,
    CurrencyMismatch,
    FolioClosed,
    HouseLimitExceeded,
    NoDrawer,
    NotCorrectable,
    ReasonMissing,
    RefundElsewhere,
    RefundTooHigh,
    Refusal,
    SameFolio,
    TenderMissing,
    TextInvalid,
    TextTooLong,
    VoucherUnknown,
    WrongFolioType,
)
from folios.models import Voucher
from folios.money import MOST_MINOR, Money
from folios.payments import PaidOut, Payment
from folios.signals import payment_taken
from tests.folios.hotel import CASHIER, Hotel, euro, figure, origin, sold


@pytest.fixture
def company(hotel: Hotel) -> int:
    """A company's semi-permanent folio."""
    return hotel.open("semi_permanent", number="COMPANY")


# --- payments -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "tender", "debited"),
    [
        ("CASH", "DRAWER2", "DRAWER2"),
        ("VISA", None, "VISA"),
        ("MC", None, "MASTERCARD"),
        ("BILL", "COMPANY", "COMPANY"),
    ],
)
def test_a_payment_moves_the_debt_to_what_was_paid_with(
    hotel: Hotel, guest: int, company: int, code: str, tender: str | None, debited: str
) -> None:
    hotel.charge(guest, sold("ROOM", "100.00"))
    paid = hotel.pay(guest, "100.00", code, tender, text="thank you")
    assert hotel.entries(paid.voucher_id) == [(debited, "GUEST", "100.00", code)]
    assert hotel.balances() == {debited: "100.00", "ROOM": "-100.00"}
    assert hotel.postings(paid.voucher_id)[0].text == "thank you"


def test_a_payment_stores_its_reference_and_remark(hotel: Hotel, guest: int) -> None:
    voucher = hotel.voucher(hotel.pay(guest, "1.00", "VISA", reference="auth 0815", remark="ქართული").voucher_id)
    assert (voucher.kind, voucher.reference, voucher.remark) == ("payment", "auth 0815", "ქართული")


def test_a_payment_may_exceed_what_is_owed(hotel: Hotel, guest: int) -> None:
    hotel.pay(guest, "50.00", "VISA")
    assert hotel.balance(guest) == "-50.00"


@pytest.mark.parametrize("code", ["CASH", "BILL"])
def test_cash_and_direct_bill_need_to_know_where_the_money_goes(hotel: Hotel, guest: int, code: str) -> None:
    with hotel.refuses(TenderMissing) as refusal:
        hotel.do(payments.pay, Payment(guest, code, euro("1.00")), origin())
    assert refusal.value.params == {"transaction_code": code}


@pytest.mark.parametrize(
    ("code", "tender"),
    [("CASH", "COMPANY"), ("CASH", "VISA"), ("CASH", "OTHER"), ("BILL", "DRAWER"), ("BILL", "VISA"), ("BILL", "OTHER")],
)
def test_a_tender_of_the_wrong_type_is_refused(hotel: Hotel, guest: int, company: int, code: str, tender: str) -> None:
    hotel.open(number="OTHER")
    with hotel.refuses(WrongFolioType) as refusal:
        hotel.pay(guest, "1.00", code, tender)
    assert refusal.value.params["folio"] == tender


@pytest.mark.parametrize("codes", [("CASH", "BILL"), ("BILL", "CASH")])
def test_in_a_batch_each_payment_needs_a_tender_of_its_own_type(
    hotel: Hotel, guest: int, codes: tuple[str, str]
) -> None:
    batch = [(hotel.payment(guest, "1.00", code, "DRAWER"), origin()) for code in codes]
    with hotel.refuses(WrongFolioType):
        hotel.do(payments.pay_all, batch)


def test_nothing_is_billed_to_a_receivable_that_is_closed(hotel: Hotel, guest: int, company: int) -> None:
    hotel.do(folios.close_folio, company, CASHIER)
    with hotel.refuses(FolioClosed) as refusal:
        hotel.pay(guest, "1.00", "BILL", company)
    assert refusal.value.params == {"folio": "COMPANY"}


@pytest.mark.parametrize(("account", "code"), [("COMPANY", "BILL"), ("VISA", "VISA")])
def test_a_folio_does_not_pay_itself(hotel: Hotel, company: int, account: str, code: str) -> None:
    with hotel.refuses(SameFolio):
        hotel.pay(account, "1.00", code, account)


PAYS: dict[str, Callable[[Hotel, Money], object]] = {
    "pay": lambda hotel, amount: hotel.do(payments.pay, Payment(hotel.id("GUEST"), "VISA", amount), origin()),
    "refund": lambda hotel, amount: hotel.do(
        payments.refund, Payment(hotel.id("GUEST"), "VISA", amount), origin(), "paid too much"
    ),
    "pay out": lambda hotel, amount: hotel.do(
        payments.pay_out, PaidOut("PAIDOUT", amount, hotel.id("DRAWER"), hotel.id("GUEST")), origin()
    ),
}


@pytest.mark.parametrize("verb", PAYS)
@pytest.mark.parametrize(
    ("amount", "refusal"),
    [
        (Money(0, "EUR"), AmountNotPositive),
        (Money(-100, "EUR"), AmountNotPositive),
        (Money(MOST_MINOR + 1, "EUR"), AmountTooLarge),
        (Money(100, "USD"), CurrencyMismatch),
    ],
)
def test_an_amount_that_cannot_be_is_refused(
    hotel: Hotel, guest: int, verb: str, amount: Money, refusal: type[Refusal]
) -> None:
    with hotel.refuses(refusal) as refused:
        PAYS[verb](hotel, amount)
    if refusal is CurrencyMismatch:
        assert str(refused.value) == "Amounts here are in EUR; this one is in USD."


@pytest.mark.parametrize("verb", PAYS)
def test_the_smallest_amount_is_moved(hotel: Hotel, guest: int, verb: str) -> None:
    hotel.pay(guest, "5.00", "VISA")
    PAYS[verb](hotel, euro("0.01"))
    assert hotel.balance(guest) == ("-5.01" if verb == "pay" else "-4.99")


@pytest.mark.parametrize(("field", "most"), [("reference", 100), ("remark", 2000), ("text", 200)])
def test_the_texts_of_a_payment_are_checked_as_any(hotel: Hotel, guest: int, field: str, most: int) -> None:
    with hotel.refuses(TextTooLong) as too_long:
        hotel.pay(guest, "1.00", "VISA", **{field: "x" * 10_000})
    assert too_long.value.params == {"field": field, "length": 10_000, "most": most}
    with hotel.refuses(TextInvalid):
        hotel.pay(guest, "1.00", "VISA", **{field: "\x00"})


def test_payments_are_posted_together_or_not_at_all(hotel: Hotel, guest: int, company: int) -> None:
    other = hotel.open(number="OTHER")
    hotel.do(folios.close_folio, other, CASHIER)
    batch = [(hotel.payment(folio, "1.00", "BILL", company), origin()) for folio in (guest, other)]
    with hotel.refuses(FolioClosed):
        hotel.do(payments.pay_all, batch)
    hotel.do(folios.reopen_folio, other, CASHIER)
    assert [figure(each.total_minor) for each in hotel.do(payments.pay_all, batch)] == ["1.00", "1.00"]
    assert hotel.balance(company) == "2.00"
    assert hotel.do(payments.pay_all, []) == []


def test_news_of_a_payment_is_sent_once_in_its_unit_of_work(hotel: Hotel, guest: int) -> None:
    heard: list[tuple[Any, ...]] = []

    def hear(session: Any, posted: Any, payment: Any, origin: Any) -> None:
        heard.append((session.get(Voucher, posted.voucher_id).kind, payment.folio_id, origin.key))

    with payment_taken.connected_to(hear):
        hotel.pay(guest, "1.00", key="k")
        hotel.pay(guest, "1.00", key="k")
    assert heard == [("payment", guest, "k")]


# --- refunds --------------------------------------------------------------------------------------------------


def test_what_a_guest_has_too_much_is_given_back(hotel: Hotel, guest: int) -> None:
    hotel.pay(guest, "100.00", "VISA")
    hotel.charge(guest, sold("ROOM", "60.00"))
    refund = hotel.refund(guest, "40.00", "VISA", reason="left early")
    assert hotel.entries(refund.voucher_id) == [("GUEST", "VISA", "40.00", "VISA")]
    assert hotel.balances() == {"VISA": "60.00", "ROOM": "-60.00"}
    voucher = hotel.voucher(refund.voucher_id)
    assert (voucher.kind, voucher.reason, voucher.corrects_voucher_id) == ("payment", "left early", None)


@pytest.mark.parametrize(("balance", "most"), [("-40.00", "40.00"), ("0.00", "0.00"), ("25.00", "0.00")])
def test_more_than_the_credit_balance_is_not_given_back(hotel: Hotel, guest: int, balance: str, most: str) -> None:
    if balance != "0.00":
        hotel.bring_forward(guest, balance)
    requested = "40.01"
    with hotel.refuses(RefundTooHigh) as refusal:
        hotel.refund(guest, requested)
    assert str(refusal.value) == f"At most {most} can be refunded here; {requested} was asked."


def test_a_payment_is_given_back_in_parts_until_nothing_is_left_of_it(hotel: Hotel, guest: int) -> None:
    hotel.charge(guest, sold("ROOM", "100.00"))
    paid = hotel.pay(guest, "100.00", "VISA").voucher_id
    first = hotel.refund(guest, "30.00", "VISA", of=paid)
    assert hotel.voucher(first.voucher_id).corrects_voucher_id == paid
    with hotel.refuses(RefundTooHigh) as refusal:
        hotel.refund(guest, "70.01", "VISA", of=paid)
    assert refusal.value.params == {"most": euro("70.00"), "requested": euro("70.01")}
    hotel.refund(guest, "70.00", "VISA", of=paid)
    assert hotel.balances() == {"GUEST": "100.00", "ROOM": "-100.00"}
    with hotel.refuses(RefundTooHigh):
        hotel.refund(guest, "0.01", "VISA", of=paid)


def test_a_payment_goes_back_to_the_tender_it_came_from(hotel: Hotel, guest: int) -> None:
    paid = hotel.pay(guest, "100.00", "VISA").voucher_id
    for code in ("MC", "CASH"):
        with hotel.refuses(RefundElsewhere) as refusal:
            hotel.refund(guest, "10.00", code, of=paid)
        assert refusal.value.params == {"paid": ["VISA"], "transaction_code": code}


def test_the_same_money_is_not_given_back_twice_by_leaving_the_payment_unnamed(hotel: Hotel, guest: int) -> None:
    paid = hotel.pay(guest, "100.00", "CASH", "DRAWER").voucher_id
    hotel.refund(guest, "100.00", "CASH", "DRAWER")
    with hotel.refuses(RefundTooHigh):
        hotel.refund(guest, "100.00", "CASH", "DRAWER", of=paid)
    assert hotel.balances() == {}


def test_giving_a_payment_back_holds_to_the_house_limit_unless_somebody_lets_it_pass(hotel: Hotel, guest: int) -> None:
    hotel.charge(guest, sold("ROOM", "100.00"))
    paid = hotel.pay(guest, "100.00", "VISA").voucher_id
    hotel.do(folios.set_house_limit, guest, 5000, CASHIER)
    with hotel.refuses(HouseLimitExceeded):
        hotel.refund(guest, "100.00", "VISA", of=paid)
    asked = hotel.payment(guest, "100.00", "VISA")
    posted = hotel.do(payments.refund, asked, origin(), "another card", paid, over_limit_by="manager")
    assert hotel.voucher(posted.voucher_id).authorised_by == "manager"
    assert hotel.balance(guest) == "100.00"


def test_a_payment_that_was_moved_goes_back_from_where_it_stands(hotel: Hotel, guest: int) -> None:
    deposit = hotel.open(ledger="deposit")
    paid = hotel.pay(deposit, "300.00", "VISA").voucher_id
    hotel.transfer_all(deposit, guest)
    with hotel.refuses(RefundTooHigh):
        hotel.refund(deposit, "300.00", "VISA", of=paid)
    hotel.refund(guest, "300.00", "VISA", of=paid)
    assert hotel.balances() == {}


def test_what_was_paid_in_several_ways_goes_back_each_by_its_own(hotel: Hotel, guest: int) -> None:
    hotel.pay(guest, "30.00", "VISA")
    hotel.pay(guest, "20.00", "CASH", "DRAWER")
    hotel.pay(guest, "10.00", "VISA")
    with hotel.refuses(RefundElsewhere):
        hotel.refund(guest, "60.00", "VISA")
    given = hotel.refund(guest, "35.00", "VISA")
    assert hotel.entries(given.voucher_id) == [("GUEST", "VISA", "30.00", "VISA"), ("GUEST", "VISA", "5.00", "VISA")]
    hotel.refund(guest, "20.00", "CASH", "DRAWER2")
    assert hotel.balance(guest) == "-5.00"


def test_cash_goes_back_from_the_drawer_of_whoever_is_on_duty(hotel: Hotel, guest: int) -> None:
    paid = hotel.pay(guest, "100.00", "CASH", "DRAWER").voucher_id
    hotel.refund(guest, "100.00", "CASH", "DRAWER2", of=paid)
    assert hotel.balances() == {"DRAWER": "100.00", "DRAWER2": "-100.00"}


def test_a_direct_bill_goes_back_to_the_company(hotel: Hotel, guest: int, company: int) -> None:
    paid = hotel.pay(guest, "100.00", "BILL", company).voucher_id
    hotel.refund(guest, "100.00", "BILL", company, of=paid)
    assert hotel.balances() == {}


def test_only_a_payment_of_the_same_folio_is_given_back(hotel: Hotel, guest: int) -> None:
    elsewhere = hotel.pay(hotel.open(), "10.00", "VISA").voucher_id
    with hotel.refuses(RefundTooHigh) as refusal:
        hotel.refund(guest, "10.00", "VISA", of=elsewhere)
    assert refusal.value.params["most"] == euro("0.00")
    charged = hotel.charge(guest, sold("FOOD", "10.00")).voucher_id
    with hotel.refuses(NotCorrectable):
        hotel.refund(guest, "10.00", "VISA", of=charged)
    with hotel.refuses(VoucherUnknown):
        hotel.refund(guest, "10.00", "VISA", of=999_999)


def test_a_deposit_that_was_moved_to_the_guest_can_be_given_back_there(hotel: Hotel, guest: int) -> None:
    deposit = hotel.open(ledger="deposit")
    hotel.pay(deposit, "300.00", "VISA")
    moved = hotel.transfer_all(deposit, guest).voucher_id
    with hotel.refuses(NotCorrectable):
        hotel.refund(guest, "300.00", "VISA", of=moved)
    hotel.refund(guest, "300.00", "VISA")
    assert hotel.balances() == {}


@pytest.mark.parametrize("reason", ["", " \t"])
def test_a_refund_needs_a_reason(hotel: Hotel, guest: int, reason: str) -> None:
    hotel.pay(guest, "10.00")
    with hotel.refuses(ReasonMissing):
        hotel.refund(guest, "10.00", reason=reason)


# --- paid-outs ------------------------------------------------------------------------------------------------


def test_cash_paid_out_for_a_guest_is_owed_by_the_guest(hotel: Hotel, guest: int) -> None:
    paid_out = hotel.pay_out("12.00", guest, reference="taxi", text="to the station")
    assert hotel.entries(paid_out.voucher_id) == [("GUEST", "DRAWER", "12.00", "PAIDOUT")]
    voucher = hotel.voucher(paid_out.voucher_id)
    assert (voucher.kind, voucher.reference) == ("paid_out", "taxi")


def test_cash_paid_out_for_the_house_is_borne_by_the_codes_own_folio(hotel: Hotel) -> None:
    paid_out = hotel.pay_out("9.00", text="stamps")
    assert hotel.entries(paid_out.voucher_id) == [("HOUSE", "DRAWER", "9.00", "PAIDOUT")]
    assert hotel.balances() == {"HOUSE": "9.00", "DRAWER": "-9.00"}


@pytest.mark.parametrize("folio", ["VISA", "GUEST", "HOUSE", "RESTAURANT"])
def test_only_a_drawer_takes_cash_and_pays_it_out(hotel: Hotel, guest: int, folio: str) -> None:
    with hotel.refuses(NoDrawer):
        hotel.pay_out("1.00", guest, drawer_folio_id=hotel.id(folio))
    with hotel.refuses(NoDrawer if folio in ("HOUSE", "RESTAURANT") else WrongFolioType):
        hotel.pay(guest, "1.00", "CASH", hotel.id(folio))


# --- opening balances -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("balance", "entry"),
    [("80.00", ("GUEST", "BEFORE", "80.00", "OPENING")), ("-30.00", ("BEFORE", "GUEST", "30.00", "OPENING"))],
)
def test_a_balance_is_brought_forward_from_the_system_before(
    hotel: Hotel, guest: int, balance: str, entry: tuple[str, ...]
) -> None:
    assert hotel.entries(hotel.bring_forward(guest, balance).voucher_id) == [entry]
    assert hotel.balance(guest) == balance


@pytest.mark.parametrize(
    ("balance", "refusal"),
    [
        (Money(0, "EUR"), AmountNotPositive),
        (Money(MOST_MINOR + 1, "EUR"), AmountTooLarge),
        (Money(-MOST_MINOR - 1, "EUR"), AmountTooLarge),
        (Money(5, "USD"), CurrencyMismatch),
    ],
)
def test_an_opening_balance_that_cannot_be_is_refused(
    hotel: Hotel, guest: int, balance: Money, refusal: type[Refusal]
) -> None:
    with hotel.refuses(refusal):
        hotel.do(payments.bring_forward, guest, balance, origin())


def test_a_balance_brought_forward_may_exceed_the_house_limit(hotel: Hotel) -> None:
    folio = hotel.open(house_limit_minor=100)
    hotel.bring_forward(folio, "50.00")
    assert hotel.balance(folio) == "50.00"


# --- receivables ----------------------------------------------------------------------------------------------


def test_a_receivable_that_was_paid_closes_and_one_with_a_balance_stays(hotel: Hotel, guest: int, company: int) -> None:
    owing = hotel.open("semi_permanent", number="OWING")
    for receivable in (company, owing):
        hotel.pay(guest, "50.00", "BILL", receivable)
    hotel.end_day()
    hotel.pay(company, "50.00", "VISA")
    new_today = hotel.open("semi_permanent", number="NEW")
    assert hotel.do(folios.close_paid_receivables, "auditor") == 1
    assert [hotel.folio(each).status for each in (company, owing, new_today)] == ["closed", "open", "open"]
    assert hotel.do(folios.close_paid_receivables, "auditor") == 0


def test_only_receivables_close_by_themselves(hotel: Hotel, guest: int) -> None:
    hotel.end_day()
    assert hotel.do(folios.close_paid_receivables, "auditor") == 0
    assert hotel.folio(guest).status == "open"
