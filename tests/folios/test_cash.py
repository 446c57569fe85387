"""Cash carried between the places where it lies: what is posted, what is refused, and that the books still prove."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from folios import cash, codes, corrections, db, statements, verify
from folios.cash import Carried
from folios.drafts import Posted
from folios.errors import (
    AmountNotPositive,
    AmountTooLarge,
    CodeUnknown,
    CodeWrongKind,
    ControlFolioByHand,
    CurrencyMismatch,
    FolioUnknown,
    KeyReused,
    NoDrawer,
    NotCorrectable,
    Refusal,
    SameFolio,
)
from folios.models import Posting, Voucher
from folios.money import MOST_MINOR, Money
from tests.folios.hotel import CASHIER, FIRST_DAY, Hotel, euro, origin


def carry(
    hotel: Hotel,
    amount: str = "50.00",
    start: str = "DRAWER",
    to: str = "DRAWER2",
    key: str | None = None,
    **facts: str,
) -> Posted:
    asked = Carried(hotel.id(start), hotel.id(to), euro(amount), **facts)
    return hotel.do(cash.carry, asked, origin(key))


def test_cash_that_is_carried_leaves_one_place_and_lies_in_the_other(hotel: Hotel) -> None:
    carried = carry(hotel, "200.00", reference="bag 17", remark="with a witness", text="float")
    assert hotel.entries(carried.voucher_id) == [("DRAWER2", "DRAWER", "200.00", "CASH")]
    voucher = hotel.voucher(carried.voucher_id)
    assert (voucher.kind, voucher.reference, voucher.remark) == ("transfer", "bag 17", "with a witness")
    assert hotel.balances() == {"DRAWER2": "200.00", "DRAWER": "-200.00"}


def test_what_a_place_holds_is_its_balance_over_closed_days_as_well(hotel: Hotel) -> None:
    carry(hotel, "200.00")
    hotel.end_day()
    carry(hotel, "30.00", "DRAWER2", "DRAWER")
    hotel.end_day()
    carry(hotel, "1.00")
    assert hotel.do(statements.balance, hotel.id("DRAWER2")) == 171_00
    assert hotel.do(statements.balance, hotel.id("DRAWER")) == -171_00


def test_cash_that_is_sent_twice_is_carried_once(hotel: Hotel) -> None:
    first = carry(hotel, key="k")
    again = carry(hotel, key="k")
    assert (again.voucher_id, again.replayed) == (first.voucher_id, True)
    with hotel.refuses(KeyReused):
        carry(hotel, "51.00", key="k")
    assert hotel.balances() == {"DRAWER2": "50.00", "DRAWER": "-50.00"}


@pytest.mark.parametrize("folio", ["RESTAURANT", "HOUSE", "BEFORE", "VISA", "GUEST"])
def test_cash_is_carried_between_places_of_cash_alone(hotel: Hotel, guest: int, folio: str) -> None:
    for start, to in ((folio, "DRAWER"), ("DRAWER", folio)):
        with hotel.refuses(NoDrawer) as refusal:
            carry(hotel, start=start, to=to)
        assert refusal.value.params == {"folio": folio}


def test_cash_is_not_carried_to_where_it_lies_or_to_nowhere(hotel: Hotel) -> None:
    with hotel.refuses(SameFolio):
        carry(hotel, to="DRAWER")
    with hotel.refuses(FolioUnknown):
        hotel.do(cash.carry, Carried(hotel.id("DRAWER"), 999_999, euro("1.00")), origin())


@pytest.mark.parametrize(
    ("amount", "refusal"),
    [
        (Money(0, "EUR"), AmountNotPositive),
        (Money(-100, "EUR"), AmountNotPositive),
        (Money(MOST_MINOR + 1, "EUR"), AmountTooLarge),
        (Money(100, "USD"), CurrencyMismatch),
    ],
)
def test_an_amount_that_cannot_be_carried_is_refused(hotel: Hotel, amount: Money, refusal: type[Refusal]) -> None:
    with hotel.refuses(refusal):
        hotel.do(cash.carry, Carried(hotel.id("DRAWER"), hotel.id("DRAWER2"), amount), origin())


def test_cash_is_carried_with_a_code_of_tender_cash(hotel: Hotel) -> None:
    hotel.do(
        codes.add_code, code="CHECK", name="Check", kind="payment", department="Payments", tender="cash", operator="me"
    )
    assert hotel.entries(carry(hotel, code="CHECK").voucher_id)[0][3] == "CHECK"
    for code in ("VISA", "BILL", "FOOD"):
        with hotel.refuses(CodeWrongKind):
            carry(hotel, code=code)
    with hotel.refuses(CodeUnknown):
        carry(hotel, code="NOTES")


def test_a_house_whose_cash_has_another_name_posts_with_that(hotel: Hotel) -> None:
    hotel.do(codes.switch_code, "CASH", False, CASHIER)
    with hotel.refuses(CodeUnknown):
        carry(hotel)
    hotel.do(
        codes.add_code, code="NOTES", name="Cash", kind="payment", department="Payments", tender="cash", operator="me"
    )
    assert hotel.entries(carry(hotel).voucher_id)[0][3] == "NOTES"


def test_cash_that_was_carried_is_not_moved_on_as_a_line_of_an_account(hotel: Hotel, guest: int) -> None:
    carried = carry(hotel).voucher_id
    with hotel.refuses(NotCorrectable):
        hotel.do(corrections.correct, hotel.id("DRAWER2"), carried, origin(), "mistyped")
    with hotel.refuses(ControlFolioByHand):
        hotel.transfer(hotel.id("DRAWER2"), guest, hotel.posting(carried))


@pytest.mark.parametrize(
    ("debit", "credit", "code"),
    [
        ("DRAWER2", "RESTAURANT", "CASH"),
        ("HOUSE", "DRAWER", "CASH"),
        ("DRAWER", "GUEST", "CASH"),
        ("DRAWER", "DRAWER2", "VISA"),
    ],
)
def test_a_transfer_that_touches_a_control_folio_and_carries_no_cash_is_found(
    hotel: Hotel, guest: int, debit: str, credit: str, code: str
) -> None:
    asked = Carried(hotel.id("DRAWER"), hotel.id("DRAWER2"), euro("1.00"))
    folios = {name: hotel.id(name) for name in (debit, credit)}
    with db.unit_of_work(hotel.sessions) as session:
        good = session.get_one(Voucher, cash.carry(session, asked, origin()).voucher_id)
        facts = {"business_date": FIRST_DAY, "amount_minor": 100, "quantity": 1, "code": code, "line": 2}
        session.execute(
            sa.insert(Posting).values(
                voucher_id=good.id, debit_folio_id=folios[debit], credit_folio_id=folios[credit], **facts
            )
        )
        off = {each.name for each in verify.run(session) if each.differences}
        session.rollback()
    assert "a payment, a paid-out and an opening balance stand on their tender, a drawer or their code's folio" in off
