"""Transfers and splits: value that goes from one folio to another, with what it generated, and back again."""

from __future__ import annotations

import pytest

from folios import transfers
from folios.drafts import Origin
from folios.errors import (
    AmountNotPositive,
    GeneratedLine,
    HouseLimitExceeded,
    NothingLeft,
    PostingNotHere,
    PostingUnknown,
    SameFolio,
    VoucherEmpty,
    WrongFolioType,
)
from folios.lines import standing_lines
from tests.folios.hotel import CASHIER, FIRST_DAY, Hotel, euro, figure, origin, sold


@pytest.fixture
def other(hotel: Hotel) -> int:
    """The folio of a second guest."""
    return hotel.open(number="OTHER")


@pytest.fixture
def dinner(hotel: Hotel, guest: int) -> int:
    """The posting of a dinner of 100.00 on the guest's folio, with 10.00 tax behind it."""
    hotel.tax("VAT10", "10", "FOOD")
    posted = hotel.charge(guest, sold("FOOD", "50.00", quantity=2, article="menu-7", text="Dinner"))
    return hotel.posting(posted.voucher_id)


def standing(hotel: Hotel, folio: int) -> list[tuple[str, str, str]]:
    """What stands on a folio: side, amount left, code."""
    lines = hotel.do(standing_lines, [folio])[folio]
    return [(each.side, figure(each.left_minor), each.code) for each in lines]


# --- transfers ------------------------------------------------------------------------------------------------


def test_a_line_is_transferred_with_the_tax_it_generated(hotel: Hotel, guest: int, other: int, dinner: int) -> None:
    moved = hotel.transfer(guest, other, dinner, reason="they dined together")
    assert hotel.entries(moved.voucher_id) == [
        ("OTHER", "GUEST", "100.00", "FOOD"),
        ("OTHER", "GUEST", "10.00", "VAT10"),
    ]
    assert hotel.balances() == {"OTHER": "110.00", "RESTAURANT": "-100.00", "VAT": "-10.00"}
    assert hotel.voucher(moved.voucher_id).reason == "they dined together"


def test_a_transferred_line_still_says_what_it_was_and_where_it_began(
    hotel: Hotel, guest: int, other: int, dinner: int
) -> None:
    moved = hotel.transfer(guest, other, dinner)
    line, tax = hotel.postings(moved.voucher_id)
    assert (line.quantity, line.article, line.text) == (2, "menu-7", "Dinner")
    assert (line.source_posting_id, line.source_side, line.origin_posting_id) == (dinner, "debit", dinner)
    assert (tax.parent_line, tax.origin_posting_id) == (1, dinner + 1)


def test_what_was_transferred_there_and_back_stands_where_it_was(
    hotel: Hotel, guest: int, other: int, dinner: int
) -> None:
    before = standing(hotel, guest)
    there = hotel.transfer(guest, other, dinner)
    assert (standing(hotel, guest), standing(hotel, other)) == ([], before)
    back = hotel.transfer(other, guest, hotel.posting(there.voucher_id))
    assert (standing(hotel, guest), standing(hotel, other)) == (before, [])
    assert hotel.postings(back.voucher_id)[0].origin_posting_id == dinner


def test_part_of_a_line_takes_its_share_of_the_tax_along(hotel: Hotel, guest: int, other: int, dinner: int) -> None:
    moved = hotel.transfer(guest, other, (dinner, euro("55.00").minor))
    assert [(amount, code) for _, _, amount, code in hotel.entries(moved.voucher_id)] == [
        ("50.00", "FOOD"),
        ("5.00", "VAT10"),
    ]
    assert hotel.balance(guest) == hotel.balance(other) == "55.00"


def test_a_line_is_moved_in_parts_until_nothing_is_left(hotel: Hotel, guest: int, other: int, dinner: int) -> None:
    hotel.transfer(guest, other, (dinner, 10999))
    with hotel.refuses(NothingLeft) as refusal:
        hotel.transfer(guest, other, (dinner, 2))
    assert refusal.value.params == {"posting": dinner, "left": euro("0.01"), "requested": euro("0.02")}
    hotel.transfer(guest, other, dinner)
    with hotel.refuses(NothingLeft) as refusal:
        hotel.transfer(guest, other, dinner)
    assert refusal.value.params == {"posting": dinner, "left": euro("0.00"), "requested": euro("100.00")}
    assert hotel.balances()["OTHER"] == "110.00"


@pytest.mark.parametrize("amount", [0, -1])
def test_a_part_of_nothing_is_refused(hotel: Hotel, guest: int, other: int, dinner: int, amount: int) -> None:
    with hotel.refuses(AmountNotPositive):
        hotel.transfer(guest, other, (dinner, amount))


def test_several_lines_are_moved_as_one_voucher(hotel: Hotel, guest: int, other: int, dinner: int) -> None:
    water = hotel.posting(hotel.charge(guest, sold("WATER")).voucher_id)
    paid = hotel.posting(hotel.pay(guest, "20.00", "VISA").voucher_id)
    moved = hotel.transfer(guest, other, water, dinner, paid)
    assert hotel.entries(moved.voucher_id) == [
        ("OTHER", "GUEST", "3.50", "WATER"),
        ("OTHER", "GUEST", "100.00", "FOOD"),
        ("OTHER", "GUEST", "10.00", "VAT10"),
        ("GUEST", "OTHER", "20.00", "VISA"),
    ]
    assert [each.parent_line for each in hotel.postings(moved.voucher_id)] == [None, None, 2, None]
    assert hotel.balance(other) == "93.50"


def test_a_line_named_twice_is_not_moved_twice(hotel: Hotel, guest: int, other: int, dinner: int) -> None:
    for twice in ((dinner, dinner), ((dinner, 6000), (dinner, 6000)), (dinner, (dinner, 1))):
        with hotel.refuses(NothingLeft):
            hotel.transfer(guest, other, *twice)


def test_everything_on_a_folio_is_moved_payments_too(hotel: Hotel, guest: int, other: int, dinner: int) -> None:
    hotel.pay(guest, "30.00", "VISA")
    hotel.pay_out("5.00", guest)
    moved = hotel.transfer_all(guest, other)
    assert (standing(hotel, guest), hotel.balance(guest), hotel.balance(other)) == ([], "0.00", "85.00")
    assert standing(hotel, other) == [
        ("debit", "100.00", "FOOD"),
        ("debit", "10.00", "VAT10"),
        ("credit", "30.00", "VISA"),
        ("debit", "5.00", "PAIDOUT"),
    ]
    assert [each.parent_line for each in hotel.postings(moved.voucher_id)] == [None, 1, None, None]


def test_all_that_is_left_is_moved_after_a_part_was(hotel: Hotel, guest: int, other: int, dinner: int) -> None:
    hotel.transfer(guest, other, (dinner, 1100))
    hotel.transfer_all(guest, other)
    assert (hotel.balance(guest), hotel.balance(other)) == ("0.00", "110.00")


def test_nothing_is_moved_from_a_folio_on_which_nothing_stands(
    hotel: Hotel, guest: int, other: int, dinner: int
) -> None:
    hotel.transfer_all(guest, other)
    with hotel.refuses(VoucherEmpty):
        hotel.transfer_all(guest, other)
    with hotel.refuses(VoucherEmpty):
        hotel.transfer(other, guest)


def test_a_deposit_moves_from_its_ledger_to_the_guests_at_check_in(hotel: Hotel, guest: int) -> None:
    deposit = hotel.open(number="DEPOSIT", ledger="deposit")
    hotel.pay(deposit, "300.00", "VISA")
    hotel.transfer_all(deposit, guest)
    assert hotel.balances() == {"VISA": "300.00", "GUEST": "-300.00"}


def test_a_balance_moves_to_a_receivable_and_never_to_a_card_company(hotel: Hotel, guest: int, dinner: int) -> None:
    hotel.transfer_all(guest, hotel.open("semi_permanent", number="COMPANY"))
    assert hotel.balance("COMPANY") == "110.00"
    hotel.charge(guest, sold("WATER"))
    with hotel.refuses(WrongFolioType):
        hotel.transfer_all(guest, "VISA")


def test_a_transfer_moves_no_revenue(hotel: Hotel, guest: int, other: int, dinner: int) -> None:
    control = {number: figure for number, figure in hotel.balances().items() if number in ("RESTAURANT", "VAT")}
    hotel.transfer_all(guest, other)
    assert {number: hotel.balance(number) for number in control} == control


def test_a_line_of_yesterday_is_transferred_on_todays_date(hotel: Hotel, guest: int, other: int, dinner: int) -> None:
    today = hotel.end_day()
    assert hotel.transfer(guest, other, dinner).business_date == today > FIRST_DAY


# --- what cannot be moved -------------------------------------------------------------------------------------


def test_a_generated_line_does_not_go_alone(hotel: Hotel, guest: int, other: int, dinner: int) -> None:
    with hotel.refuses(GeneratedLine) as refusal:
        hotel.transfer(guest, other, dinner + 1)
    assert refusal.value.params == {"posting": dinner + 1}


def test_a_posting_that_there_is_not_or_that_stands_elsewhere_is_refused(
    hotel: Hotel, guest: int, other: int, dinner: int
) -> None:
    with hotel.refuses(PostingUnknown):
        hotel.transfer(guest, other, 999_999)
    with hotel.refuses(PostingNotHere):
        hotel.transfer(other, guest, dinner)


def test_a_folio_is_not_transferred_to_itself(hotel: Hotel, guest: int, dinner: int) -> None:
    for move in (
        lambda: hotel.transfer(guest, guest, dinner),
        lambda: hotel.transfer_all(guest, guest),
        lambda: hotel.split(guest, dinner, (guest, 1), (guest, 1)),
        lambda: hotel.do(transfers.transfer_each, [(guest, guest)], origin()),
    ):
        with hotel.refuses(SameFolio):
            move()


# --- the house limit of who receives --------------------------------------------------------------------------


def test_the_house_limit_of_the_receiving_folio_holds(hotel: Hotel, guest: int, dinner: int) -> None:
    limited = hotel.open(number="LIMITED", house_limit_minor=10999)
    for move in (
        lambda: hotel.transfer(guest, limited, dinner),
        lambda: hotel.transfer_all(guest, limited),
        lambda: hotel.do(transfers.transfer_each, [(guest, limited)], origin()),
        lambda: hotel.split(guest, dinner, (limited, 1), (guest, 0)),
    ):
        with hotel.refuses(HouseLimitExceeded) as refusal:
            move()
        assert str(refusal.value) == "House limit 109.99, balance 0.00, requested 110.00."
    hotel.transfer(guest, limited, (dinner, 10999))
    assert hotel.balance(limited) == "109.99"


def test_a_named_authoriser_lets_a_transfer_pass_and_is_stored(hotel: Hotel, guest: int, dinner: int) -> None:
    limited = hotel.open(number="LIMITED", house_limit_minor=1)
    moved = hotel.transfer(guest, limited, dinner, over_limit_by="manager")
    assert hotel.voucher(moved.voucher_id).authorised_by == "manager"


def test_a_folio_over_its_limit_can_give_away(hotel: Hotel, other: int) -> None:
    limited = hotel.open(number="LIMITED", house_limit_minor=100)
    hotel.charge(limited, sold("ROOM", "5.00"), over_limit_by="manager")
    hotel.transfer_all(limited, other)
    assert hotel.balance(other) == "5.00"


# --- splits ---------------------------------------------------------------------------------------------------


def test_a_bill_is_split_in_three_to_the_cent(hotel: Hotel, guest: int, other: int) -> None:
    third = hotel.open(number="THIRD")
    line = hotel.posting(hotel.charge(guest, sold("FOOD", "100.00")).voucher_id)
    hotel.split(guest, line, (guest, 1), (other, 1), (third, 1))
    assert [hotel.balance(each) for each in (guest, other, third)] == ["33.34", "33.33", "33.33"]


def test_a_split_shares_out_the_tax_line_by_line(hotel: Hotel, guest: int, other: int, dinner: int) -> None:
    third = hotel.open(number="THIRD")
    split = hotel.split(guest, dinner, (other, 1), (guest, 1), (third, 1))
    assert hotel.entries(split.voucher_id) == [
        ("OTHER", "GUEST", "33.34", "FOOD"),
        ("OTHER", "GUEST", "3.34", "VAT10"),
        ("THIRD", "GUEST", "33.33", "FOOD"),
        ("THIRD", "GUEST", "3.33", "VAT10"),
    ]
    assert [each.parent_line for each in hotel.postings(split.voucher_id)] == [None, 1, None, 3]
    assert hotel.balance(guest) == "36.66"


@pytest.mark.parametrize(
    ("parts", "share"), [((50, 50), "55.00"), ((75, 25), "27.50"), ((11000 - 2200, 2200), "22.00"), ((0, 1), "110.00")]
)
def test_a_bill_is_split_by_percent_or_amount(
    hotel: Hotel, guest: int, other: int, dinner: int, parts: tuple[int, int], share: str
) -> None:
    hotel.split(guest, dinner, (guest, parts[0]), (other, parts[1]))
    assert hotel.balance(other) == share


def test_what_is_left_of_a_line_is_split(hotel: Hotel, guest: int, other: int, dinner: int) -> None:
    hotel.transfer(guest, other, (dinner, 5500))
    hotel.split(guest, dinner, (guest, 1), (other, 1))
    assert (hotel.balance(guest), hotel.balance(other)) == ("27.50", "82.50")


@pytest.mark.parametrize("weights", [(1, 0), (0, 0), (1, -1)])
def test_a_split_that_gives_the_others_nothing_is_refused(
    hotel: Hotel, guest: int, other: int, dinner: int, weights: tuple[int, int]
) -> None:
    with hotel.refuses(AmountNotPositive):
        hotel.split(guest, dinner, (guest, weights[0]), (other, weights[1]))


def test_a_split_takes_whole_lines_that_stand_here(hotel: Hotel, guest: int, other: int, dinner: int) -> None:
    for posting, refusal in ((dinner + 1, GeneratedLine), (999_999, PostingUnknown)):
        with hotel.refuses(refusal):
            hotel.split(guest, posting, (other, 1))


# --- many at once ---------------------------------------------------------------------------------------------


def test_many_folios_are_moved_to_a_group_one_voucher_each(hotel: Hotel, guest: int, other: int, dinner: int) -> None:
    group = hotel.open("master", number="GROUP")
    hotel.charge(other, sold("WATER"))
    posted = hotel.do(transfers.transfer_each, [(guest, group), (other, group)], origin())
    assert [figure(each.total_minor) for each in posted] == ["110.00", "3.50"]
    assert hotel.balance(group) == "113.50"


def test_one_of_many_folios_without_anything_on_it_moves_none(
    hotel: Hotel, guest: int, other: int, dinner: int
) -> None:
    group = hotel.open("master")
    with hotel.refuses(VoucherEmpty):
        hotel.do(transfers.transfer_each, [(guest, group), (other, group)], origin())


def test_a_folio_named_twice_among_many_is_not_moved_twice(hotel: Hotel, guest: int, other: int, dinner: int) -> None:
    group = hotel.open("master")
    with hotel.refuses(VoucherEmpty):
        hotel.do(transfers.transfer_each, [(guest, group), (guest, other)], origin())


def test_one_key_does_not_stand_for_many_transfers(hotel: Hotel, guest: int, other: int, dinner: int) -> None:
    with pytest.raises(ValueError, match="one key"):
        hotel.do(transfers.transfer_each, [(guest, other)], Origin(CASHIER, sender="till", key="1"))
