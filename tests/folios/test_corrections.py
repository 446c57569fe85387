"""Corrections on the same business day, allowances at any time: always a new voucher, never an edit."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from folios.drafts import Posted
from folios.errors import (
    AmountNotPositive,
    CorrectionTooLate,
    GeneratedLine,
    NotCorrectable,
    NothingLeft,
    NothingLeftOfVoucher,
    PostingNotHere,
    ReasonMissing,
    RefundTooHigh,
    TextTooLong,
    VoucherUnknown,
)
from tests.folios.hotel import FIRST_DAY, Hotel, euro, sold

TAKES_BACK: dict[str, Callable[..., Posted]] = {"correction": Hotel.correct, "allowance": Hotel.allow}


@pytest.fixture
def other(hotel: Hotel) -> int:
    """The folio of a second guest."""
    return hotel.open(number="OTHER")


@pytest.fixture
def dinner(hotel: Hotel, guest: int) -> int:
    """The voucher of a dinner of 100.00 on the guest's folio, with 10.00 tax."""
    hotel.tax("VAT10", "10", "FOOD")
    return hotel.charge(guest, sold("FOOD", "100.00")).voucher_id


# --- taking back a charge -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", TAKES_BACK)
def test_a_charge_is_taken_back_with_its_tax_by_a_voucher_that_points_at_it(
    hotel: Hotel, guest: int, dinner: int, kind: str
) -> None:
    posted = TAKES_BACK[kind](hotel, guest, dinner, reason="wrong table")
    assert hotel.entries(posted.voucher_id) == [
        ("RESTAURANT", "GUEST", "100.00", "FOOD"),
        ("VAT", "GUEST", "10.00", "VAT10"),
    ]
    assert [each.parent_line for each in hotel.postings(posted.voucher_id)] == [None, 1]
    voucher = hotel.voucher(posted.voucher_id)
    assert (voucher.kind, voucher.reason, voucher.corrects_voucher_id) == (kind, "wrong table", dinner)
    assert hotel.balances() == {}


@pytest.mark.parametrize("kind", TAKES_BACK)
def test_part_of_a_charge_is_taken_back_with_its_share_of_the_tax(
    hotel: Hotel, guest: int, dinner: int, kind: str
) -> None:
    posted = TAKES_BACK[kind](hotel, guest, dinner, (hotel.posting(dinner), euro("33.00").minor))
    assert [(amount, code) for _, _, amount, code in hotel.entries(posted.voucher_id)] == [
        ("30.00", "FOOD"),
        ("3.00", "VAT10"),
    ]
    assert hotel.balances() == {"GUEST": "77.00", "RESTAURANT": "-70.00", "VAT": "-7.00"}


@pytest.mark.parametrize("kind", TAKES_BACK)
def test_a_charge_is_not_taken_back_twice(hotel: Hotel, guest: int, dinner: int, kind: str) -> None:
    take_back = TAKES_BACK[kind]
    take_back(hotel, guest, dinner)
    for postings in ((), (hotel.posting(dinner),), ((hotel.posting(dinner), 1),)):
        with hotel.refuses(NothingLeft if postings else NothingLeftOfVoucher):
            take_back(hotel, guest, dinner, *postings)
    assert hotel.balance(guest) == "0.00"


@pytest.mark.parametrize("kind", TAKES_BACK)
def test_a_line_named_twice_is_not_taken_back_twice(hotel: Hotel, guest: int, dinner: int, kind: str) -> None:
    line = hotel.posting(dinner)
    for twice in ((line, line), ((line, 6000), (line, 6000))):
        with hotel.refuses(NothingLeft):
            TAKES_BACK[kind](hotel, guest, dinner, *twice)


@pytest.mark.parametrize("kind", TAKES_BACK)
def test_no_more_is_taken_back_than_was_charged(hotel: Hotel, guest: int, dinner: int, kind: str) -> None:
    line = hotel.posting(dinner)
    with hotel.refuses(NothingLeft) as refusal:
        TAKES_BACK[kind](hotel, guest, dinner, (line, 11001))
    assert refusal.value.params == {"posting": line, "left": euro("110.00"), "requested": euro("110.01")}
    with hotel.refuses(AmountNotPositive):
        TAKES_BACK[kind](hotel, guest, dinner, (line, 0))


def test_what_a_correction_left_is_taken_back_by_an_allowance(hotel: Hotel, guest: int, dinner: int) -> None:
    line = hotel.posting(dinner)
    hotel.correct(guest, dinner, (line, 6600))
    with hotel.refuses(NothingLeft):
        hotel.allow(guest, dinner, (line, 4401))
    hotel.allow(guest, dinner, (line, 4400))
    assert hotel.balances() == {}


def test_cents_of_tax_that_do_not_divide_come_out_even_in_the_end(hotel: Hotel, guest: int) -> None:
    hotel.tax("VAT7", "7", "WATER", inclusive=True)
    voucher = hotel.charge(guest, sold("WATER", "10.00")).voucher_id
    for amount in (333, 333, 334):
        hotel.correct(guest, voucher, (hotel.posting(voucher), amount))
    assert hotel.balances() == {}


def test_one_line_of_several_is_taken_back(hotel: Hotel, guest: int) -> None:
    voucher = hotel.charge(guest, sold("FOOD", "10.00"), sold("WATER")).voucher_id
    hotel.correct(guest, voucher, hotel.posting(voucher, line=2))
    assert hotel.balances() == {"GUEST": "10.00", "RESTAURANT": "-10.00"}
    hotel.correct(guest, voucher)
    assert hotel.balances() == {}


@pytest.mark.parametrize("kind", TAKES_BACK)
def test_a_generated_line_is_not_taken_back_alone(hotel: Hotel, guest: int, dinner: int, kind: str) -> None:
    with hotel.refuses(GeneratedLine):
        TAKES_BACK[kind](hotel, guest, dinner, hotel.posting(dinner, line=2))


# --- today and too late ---------------------------------------------------------------------------------------


def test_after_its_day_a_charge_is_no_longer_corrected_but_allowed(hotel: Hotel, guest: int, dinner: int) -> None:
    today = hotel.end_day()
    with hotel.refuses(CorrectionTooLate) as refusal:
        hotel.correct(guest, dinner)
    assert str(refusal.value) == (
        f"Voucher {dinner} belongs to Mar 1, 2026, which is over. Post an allowance instead of a correction."
    )
    allowance = hotel.allow(guest, dinner, authorised_by="manager")
    assert allowance.business_date == today
    assert {each.business_date for each in hotel.postings(allowance.voucher_id)} == {today}
    assert hotel.voucher(allowance.voucher_id).authorised_by == "manager"
    assert hotel.balances() == {}


def test_a_line_of_yesterday_that_was_transferred_today_is_still_of_yesterday(
    hotel: Hotel, guest: int, other: int, dinner: int
) -> None:
    hotel.end_day()
    moved = hotel.transfer_all(guest, other).voucher_id
    with hotel.refuses(CorrectionTooLate) as refusal:
        hotel.correct(other, moved)
    assert refusal.value.params == {"voucher": dinner, "day": FIRST_DAY}
    hotel.allow(other, moved)
    assert hotel.balances() == {}


# --- where it stands now --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", TAKES_BACK)
def test_a_line_that_was_transferred_is_taken_back_where_it_stands(
    hotel: Hotel, guest: int, other: int, dinner: int, kind: str
) -> None:
    moved = hotel.transfer_all(guest, other).voucher_id
    posted = TAKES_BACK[kind](hotel, other, moved)
    assert hotel.entries(posted.voucher_id) == [
        ("RESTAURANT", "OTHER", "100.00", "FOOD"),
        ("VAT", "OTHER", "10.00", "VAT10"),
    ]
    assert hotel.balances() == {}


@pytest.mark.parametrize("kind", TAKES_BACK)
def test_a_line_that_was_transferred_is_not_taken_back_where_it_stood(
    hotel: Hotel, guest: int, other: int, dinner: int, kind: str
) -> None:
    line = hotel.posting(dinner)
    hotel.transfer_all(guest, other)
    with hotel.refuses(NothingLeft):
        TAKES_BACK[kind](hotel, guest, dinner, line)
    with hotel.refuses(NothingLeftOfVoucher):
        TAKES_BACK[kind](hotel, guest, dinner)


def test_of_a_line_that_was_split_each_guest_is_corrected_for_the_own_share(
    hotel: Hotel, guest: int, other: int, dinner: int
) -> None:
    split = hotel.split(guest, hotel.posting(dinner), (guest, 1), (other, 1)).voucher_id
    hotel.correct(guest, dinner)
    assert hotel.balances() == {"OTHER": "55.00", "RESTAURANT": "-50.00", "VAT": "-5.00"}
    hotel.correct(other, split)
    assert hotel.balances() == {}


def test_only_the_lines_of_the_named_voucher_are_taken_back(hotel: Hotel, guest: int, other: int, dinner: int) -> None:
    water = hotel.charge(guest, sold("WATER")).voucher_id
    with hotel.refuses(PostingNotHere):
        hotel.correct(other, dinner, hotel.posting(dinner))
    with hotel.refuses(PostingNotHere):
        hotel.correct(guest, dinner, hotel.posting(water))


# --- payments and the rest ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "tender"), [("CASH", "DRAWER"), ("VISA", None), ("BILL", "COMPANY")])
def test_a_payment_of_today_is_corrected_on_both_sides(hotel: Hotel, guest: int, code: str, tender: str | None) -> None:
    hotel.open("semi_permanent", number="COMPANY")
    paid = hotel.pay(guest, "50.00", code, tender).voucher_id
    hotel.correct(guest, paid)
    assert hotel.balances() == {}
    with hotel.refuses(NothingLeftOfVoucher):
        hotel.correct(guest, paid)


def test_a_card_payment_that_was_transferred_is_corrected_where_it_stands(hotel: Hotel, guest: int, other: int) -> None:
    hotel.pay(guest, "50.00", "VISA")
    moved = hotel.transfer_all(guest, other).voucher_id
    hotel.correct(other, moved)
    assert hotel.balances() == {}


def test_a_direct_bill_that_was_transferred_is_not_corrected(hotel: Hotel, guest: int, other: int) -> None:
    hotel.pay(guest, "50.00", "BILL", hotel.open("semi_permanent", number="COMPANY"))
    moved = hotel.transfer_all(guest, other).voucher_id
    with hotel.refuses(NotCorrectable) as refusal:
        hotel.correct(other, moved)
    assert refusal.value.params == {"kind": "transfer"}


@pytest.mark.parametrize("verb", ["correct", "refund"])
def test_a_direct_bill_is_not_taken_back_from_a_company_that_has_handed_it_on(
    hotel: Hotel, guest: int, verb: str
) -> None:
    first, second = hotel.open("semi_permanent", number="FIRST"), hotel.open("semi_permanent", number="SECOND")
    paid = hotel.pay(guest, "50.00", "BILL", first).voucher_id
    hotel.transfer_all(first, second)
    with hotel.refuses(NothingLeft if verb == "correct" else RefundTooHigh):
        if verb == "correct":
            hotel.correct(guest, paid)
        else:
            hotel.refund(guest, "50.00", "BILL", first, of=paid)


def test_what_was_refunded_of_a_payment_is_not_corrected_again(hotel: Hotel, guest: int) -> None:
    paid = hotel.pay(guest, "50.00", "VISA").voucher_id
    hotel.refund(guest, "20.00", "VISA", of=paid)
    hotel.correct(guest, paid)
    assert hotel.balances() == {}


def test_a_paid_out_and_an_opening_balance_of_today_are_corrected(hotel: Hotel, guest: int) -> None:
    for voucher in (hotel.pay_out("5.00", guest), hotel.bring_forward(guest, "-7.00")):
        hotel.correct(guest, voucher.voucher_id)
    assert hotel.balances() == {}


def test_an_allowance_is_posted_on_charges_alone(hotel: Hotel, guest: int) -> None:
    for voucher, kind in (
        (hotel.pay(guest, "5.00"), "payment"),
        (hotel.pay_out("5.00", guest), "paid_out"),
        (hotel.bring_forward(guest, "7.00"), "opening"),
    ):
        with hotel.refuses(NotCorrectable) as refusal:
            hotel.allow(guest, voucher.voucher_id)
        assert refusal.value.params == {"kind": kind}


@pytest.mark.parametrize("kind", TAKES_BACK)
def test_a_correction_or_an_allowance_is_not_taken_back_itself(
    hotel: Hotel, guest: int, dinner: int, kind: str
) -> None:
    taken_back = TAKES_BACK[kind](hotel, guest, dinner).voucher_id
    with hotel.refuses(NotCorrectable) as refusal:
        hotel.correct(guest, taken_back)
    assert refusal.value.params == {"kind": kind}


# --- what every one needs -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", TAKES_BACK)
@pytest.mark.parametrize("reason", ["", "  \n"])
def test_a_reason_is_needed(hotel: Hotel, guest: int, dinner: int, kind: str, reason: str) -> None:
    with hotel.refuses(ReasonMissing):
        TAKES_BACK[kind](hotel, guest, dinner, reason=reason)


def test_a_reason_has_its_bounds(hotel: Hotel, guest: int, dinner: int) -> None:
    with hotel.refuses(TextTooLong) as refusal:
        hotel.correct(guest, dinner, reason="ლ" * 501)
    assert refusal.value.params == {"field": "reason", "length": 501, "most": 500}
    hotel.correct(guest, dinner, reason="ლ" * 500)


@pytest.mark.parametrize("kind", TAKES_BACK)
def test_a_voucher_that_there_is_not_is_refused(hotel: Hotel, guest: int, kind: str) -> None:
    with hotel.refuses(VoucherUnknown) as refusal:
        TAKES_BACK[kind](hotel, guest, 999_999)
    assert refusal.value.params == {"voucher": 999_999}
