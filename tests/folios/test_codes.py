"""Transaction codes and the taxes they generate: how they are set up and charged, and when a change counts.

The arithmetic of taxes is tested in `test_taxes.py`; here it is seen through what is posted.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios import codes, folios, payments
from folios.errors import (
    AmountNotPositive,
    AmountTooLarge,
    CodeInactive,
    CodeTaken,
    CodeUnknown,
    CodeWrongKind,
    FolioUnknown,
    PersonsMissing,
    PriceMissing,
    QuantityInvalid,
    ReasonMissing,
    Refusal,
    TaxImpossible,
    TaxRateMissing,
    TextInvalid,
    TextTooLong,
    WrongFolioType,
)
from folios.ledger import new_mark
from folios.models import Ledger, TransactionCode
from folios.money import MOST_MINOR
from tests.folios.hotel import CASHIER, FIRST_DAY, Hotel, euro, figure, origin, sold

NEXT_DAY = FIRST_DAY + timedelta(days=1)


def add(hotel: Hotel, **facts: Any) -> None:
    """Adds a code that would be right, but for the facts given."""
    right = {"code": "BAR", "name": "Bar", "kind": "charge", "department": "Food and beverage", "operator": CASHIER}
    if facts.get("kind", "charge") != "payment":
        right["folio_id"] = hotel.id("RESTAURANT")
    hotel.do(codes.add_code, **(right | facts))


def price(code: str, minor: int) -> Callable[[Session], None]:
    """Gives a code another default price."""

    def change(session: Session) -> None:
        session.execute(sa.update(TransactionCode).where(TransactionCode.code == code).values(price_minor=minor))
        session.execute(sa.update(Ledger).values(catalogue_mark=new_mark()))

    return change


# --- setting up -----------------------------------------------------------------------------------------------


def test_a_code_that_was_added_can_be_charged(hotel: Hotel, guest: int) -> None:
    add(hotel, code=" BAR ", name=" Bar ")
    (row,) = hotel.rows(TransactionCode, code="BAR")
    assert (row.name, row.kind, row.department, row.active) == ("Bar", "charge", "Food and beverage", True)
    hotel.charge(guest, sold("BAR", "8.00"))
    assert hotel.balances() == {"GUEST": "8.00", "RESTAURANT": "-8.00"}


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"code": "FOOD"}, CodeTaken),
        ({"code": " "}, CodeWrongKind),
        ({"code": "B" * 17}, TextTooLong),
        ({"code": "CITY TAX"}, TextInvalid),  # a folio lists the taxes it does not pay separated by blanks
        ({"kind": "gift"}, CodeWrongKind),
        ({"kind": "payment"}, CodeWrongKind),
        ({"tender": "cash"}, CodeWrongKind),
        ({"kind": "payment", "tender": "shells"}, CodeWrongKind),
        ({"price_minor": 0}, AmountNotPositive),
        ({"price_minor": -1}, AmountNotPositive),
        ({"price_minor": MOST_MINOR + 1}, AmountTooLarge),
        ({"folio_id": None}, FolioUnknown),
        ({"kind": "payment", "tender": "card"}, FolioUnknown),
        ({"name": "B" * 101}, TextTooLong),
        ({"department": "B" * 41}, TextTooLong),
    ],
)
def test_a_code_that_cannot_be_is_refused(hotel: Hotel, facts: dict[str, Any], refusal: type[Refusal]) -> None:
    with hotel.refuses(refusal):
        add(hotel, **facts)


@pytest.mark.parametrize(
    ("kind", "tender", "other_side"),
    [
        ("charge", None, "VISA"),
        ("charge", None, "GUEST"),
        ("tax", None, "VISA"),
        ("paid_out", None, "GUEST"),
        ("opening", None, "VISA"),
        ("payment", "card", "DRAWER"),
        ("payment", "card", "GUEST"),
        ("payment", "cash", "DRAWER"),
        ("payment", "direct_bill", "VISA"),
    ],
)
def test_the_other_side_of_a_code_has_the_type_of_its_kind(
    hotel: Hotel, guest: int, kind: str, tender: str | None, other_side: str
) -> None:
    with hotel.refuses(WrongFolioType):
        add(hotel, kind=kind, tender=tender, folio_id=hotel.id(other_side))


def test_a_tax_says_how_it_is_levied_once(hotel: Hotel) -> None:
    hotel.tax("VAT10", "10", "FOOD")
    how = {"basis": "percent", "inclusive": True, "stacked": False, "operator": CASHIER}
    with hotel.refuses(CodeTaken):
        hotel.do(codes.add_tax, code="VAT10", **how)
    with hotel.refuses(CodeUnknown):
        hotel.do(codes.add_tax, code="NONE", **how)
    with hotel.refuses(CodeWrongKind):
        hotel.do(codes.add_tax, code="VISA", **how)


@pytest.mark.parametrize(("basis", "inclusive"), [("per_cent", False), ("person_night", True)])
def test_a_tax_that_cannot_be_levied_is_refused(hotel: Hotel, basis: str, inclusive: bool) -> None:
    add(hotel, code="CITY", kind="tax")
    with hotel.refuses(TaxImpossible):
        hotel.do(codes.add_tax, code="CITY", basis=basis, inclusive=inclusive, stacked=False, operator=CASHIER)


@pytest.mark.parametrize(
    "rate", [{"rate_ppm": -1}, {"rate_ppm": 10_000_001}, {"amount_minor": -1}, {"amount_minor": MOST_MINOR + 1}]
)
def test_a_rate_that_cannot_be_is_refused(hotel: Hotel, rate: dict[str, int]) -> None:
    hotel.tax("VAT10", "10", "FOOD")
    with hotel.refuses(TaxImpossible):
        hotel.do(codes.set_rate, "VAT10", NEXT_DAY, operator=CASHIER, **rate)


def test_a_rate_belongs_to_a_tax(hotel: Hotel) -> None:
    with hotel.refuses(CodeUnknown):
        hotel.do(codes.set_rate, "FOOD", FIRST_DAY, rate_ppm=1, operator=CASHIER)


def test_only_a_charge_generates_and_only_a_tax_is_generated(hotel: Hotel) -> None:
    hotel.tax("VAT10", "10", "FOOD")
    for code, taxes, refusal in [
        ("NONE", [], CodeUnknown),
        ("VISA", ["VAT10"], CodeWrongKind),
        ("VAT10", ["VAT10"], CodeWrongKind),
        ("FOOD", ["NONE"], CodeUnknown),
        ("FOOD", ["WATER"], CodeUnknown),
    ]:
        with hotel.refuses(refusal):
            hotel.do(codes.set_taxes, code, taxes, CASHIER)


def test_a_service_charge_does_not_generate_itself(hotel: Hotel) -> None:
    hotel.tax("SERVICE", "10", kind="charge", control="SERVICE")
    with hotel.refuses(CodeUnknown):
        hotel.do(codes.set_taxes, "SERVICE", ["SERVICE"], CASHIER)


def test_a_tax_named_twice_is_levied_once(hotel: Hotel, guest: int) -> None:
    hotel.tax("VAT10", "10")
    hotel.do(codes.set_taxes, "FOOD", ["VAT10", "VAT10"], CASHIER)
    hotel.charge(guest, sold("FOOD", "10.00"))
    assert hotel.balance(guest) == "11.00"


def test_the_taxes_of_a_code_can_be_set_again_in_the_same_unit(hotel: Hotel, guest: int) -> None:
    hotel.tax("VAT10", "10")
    hotel.tax("VAT20", "20")

    def set_twice(session: Session) -> None:
        codes.set_taxes(session, "FOOD", ["VAT10"], CASHIER)
        codes.set_taxes(session, "FOOD", ["VAT20", "VAT10"], CASHIER)
        codes.set_taxes(session, "FOOD", ["VAT20"], CASHIER)

    hotel.do(set_twice)
    hotel.charge(guest, sold("FOOD", "10.00"))
    assert hotel.balance(guest) == "12.00"


# --- what is charged with a code ------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["NONE", "", "food", "FOOD\x00", "'; DROP TABLE voucher"])
def test_a_code_that_there_is_not_is_refused(hotel: Hotel, guest: int, code: str) -> None:
    for post in (lambda: hotel.charge(guest, sold(code, "1.00")), lambda: hotel.pay(guest, "1.00", code)):
        with hotel.refuses(CodeUnknown):
            post()


def test_a_code_that_is_switched_off_is_refused_until_it_is_on_again(hotel: Hotel, guest: int) -> None:
    hotel.do(codes.switch_code, "FOOD", False, CASHIER)
    with hotel.refuses(CodeInactive):
        hotel.charge(guest, sold("FOOD", "1.00"))
    hotel.do(codes.switch_code, "VISA", False, CASHIER)
    with hotel.refuses(CodeInactive):
        hotel.pay(guest, "1.00", "VISA")
    hotel.do(codes.switch_code, "FOOD", True, CASHIER)
    hotel.charge(guest, sold("FOOD", "1.00"))
    with hotel.refuses(CodeUnknown):
        hotel.do(codes.switch_code, "NONE", True, CASHIER)


def test_a_code_is_used_for_its_own_kind_of_voucher_alone(hotel: Hotel, guest: int) -> None:
    hotel.tax("VAT10", "10")
    uses: dict[str, Callable[[str], object]] = {
        "charge": lambda code: hotel.charge(guest, sold(code, "1.00")),
        "payment": lambda code: hotel.pay(guest, "1.00", code, tender="DRAWER"),
        "paid_out": lambda code: hotel.pay_out("1.00", guest, code=code),
        "opening": lambda code: hotel.do(payments.bring_forward, guest, euro("1.00"), origin(), code),
    }
    of_kind = {"charge": "FOOD", "tax": "VAT10", "payment": "CASH", "paid_out": "PAIDOUT", "opening": "OPENING"}
    for use, post in uses.items():
        for kind, code in of_kind.items():
            if kind == use:
                post(code)
            else:
                with hotel.refuses(CodeWrongKind) as refusal:
                    post(code)
                assert refusal.value.params == {"transaction_code": code, "kind": kind}


def test_the_default_price_stands_where_no_price_is_given(hotel: Hotel, guest: int) -> None:
    hotel.charge(guest, sold("WATER"), sold("WATER", quantity=2), sold("WATER", "1.00"))
    assert hotel.balance(guest) == "11.50"


def test_a_code_without_a_default_price_needs_one(hotel: Hotel, guest: int) -> None:
    with hotel.refuses(PriceMissing) as refusal:
        hotel.charge(guest, sold("FOOD"))
    assert str(refusal.value) == "Code FOOD has no default price. Enter one."


# OPERA Cloud, "Tax generates": 5.5 % on a room rate.
@pytest.mark.parametrize(("inclusive", "rate"), [(True, "105.50"), (False, "100.00")])
def test_a_room_rate_posts_its_tax_inside_or_on_top(hotel: Hotel, guest: int, inclusive: bool, rate: str) -> None:
    hotel.tax("TAX", "5.5", "ROOM", inclusive=inclusive)
    posted = hotel.charge(guest, sold("ROOM", rate))
    assert hotel.entries(posted.voucher_id) == [("GUEST", "ROOM", "100.00", "ROOM"), ("GUEST", "VAT", "5.50", "TAX")]
    assert hotel.balances() == {"GUEST": "105.50", "ROOM": "-100.00", "VAT": "-5.50"}
    assert figure(posted.total_minor) == "105.50"

    hotel.correct(guest, posted.voucher_id)  # the source's negative charge
    assert hotel.balances() == {}


def test_a_generated_posting_says_what_it_was_levied_on(hotel: Hotel, guest: int) -> None:
    hotel.tax("TAX", "5.5", "ROOM", inclusive=True)
    room, tax = hotel.postings(hotel.charge(guest, sold("ROOM", "105.50")).voucher_id)
    assert (room.line, room.parent_line, room.tax_base_minor, room.tax_rate_ppm) == (1, None, None, None)
    assert (tax.line, tax.parent_line, tax.tax_base_minor, tax.tax_rate_ppm) == (2, 1, 10000, 55000)


# Lightspeed K-Series, "Service charge tax calculation": 10.00 at 7 % and 20.00 at 19 %, with 10 % service charge.
@pytest.mark.parametrize(
    ("inclusive", "stacked", "restaurant", "service", "taxes", "total"),
    [
        (True, False, "26.15", "3.00", ("0.66", "3.19"), "33.00"),
        (True, True, "26.16", "2.61", ("0.72", "3.51"), "33.00"),
        (False, False, "30.00", "3.00", ("0.70", "3.80"), "37.50"),
        (False, True, "30.00", "3.00", ("0.77", "4.18"), "37.95"),
    ],
)
def test_a_bill_with_two_tax_rates_and_service_posts_the_totals_of_the_source(
    hotel: Hotel,
    guest: int,
    inclusive: bool,
    stacked: bool,
    restaurant: str,
    service: str,
    taxes: tuple[str, str],
    total: str,
) -> None:
    add(hotel, code="FOOD7")
    add(hotel, code="FOOD19")
    hotel.tax("SERVICE", "10", "FOOD7", "FOOD19", control="SERVICE", kind="charge")
    hotel.tax("VAT7", "7", "FOOD7", inclusive=inclusive, stacked=stacked)
    hotel.tax("VAT19", "19", "FOOD19", inclusive=inclusive, stacked=stacked)
    posted = hotel.charge(guest, sold("FOOD7", "10.00"), sold("FOOD19", "20.00"))
    assert figure(posted.total_minor) == hotel.balance(guest) == total
    assert (hotel.balance("RESTAURANT"), hotel.balance("SERVICE")) == (f"-{restaurant}", f"-{service}")
    vat = {code: amount for _, _, amount, code in hotel.entries(posted.voucher_id) if code.startswith("VAT")}
    assert (vat["VAT7"], vat["VAT19"]) == taxes
    assert hotel.balance("VAT") == f"-{euro(taxes[0]).decimal + euro(taxes[1]).decimal}"


def test_taxes_are_worked_out_in_the_order_of_the_code_and_stack(hotel: Hotel, guest: int) -> None:
    hotel.tax("SERVICE", "10", "FOOD", control="SERVICE", kind="charge")
    hotel.tax("VAT20", "20", "FOOD", stacked=True)
    posted = hotel.charge(guest, sold("FOOD", "100.00"))
    assert hotel.entries(posted.voucher_id) == [
        ("GUEST", "RESTAURANT", "100.00", "FOOD"),
        ("GUEST", "SERVICE", "10.00", "SERVICE"),
        ("GUEST", "VAT", "22.00", "VAT20"),
    ]
    hotel.do(codes.set_taxes, "FOOD", ["VAT20", "SERVICE"], CASHIER)
    turned = hotel.charge(guest, sold("FOOD", "100.00"))
    assert [(code, amount) for _, _, amount, code in hotel.entries(turned.voucher_id)] == [
        ("FOOD", "100.00"),
        ("VAT20", "20.00"),
        ("SERVICE", "10.00"),
    ]


def test_each_line_is_followed_by_the_taxes_it_generates(hotel: Hotel, guest: int) -> None:
    hotel.tax("VAT10", "10", "FOOD", "WATER")
    posted = hotel.charge(guest, sold("FOOD", "10.00"), sold("ROOM", "50.00"), sold("WATER"))
    assert [(each.line, each.parent_line, each.code) for each in hotel.postings(posted.voucher_id)] == [
        (1, None, "FOOD"),
        (2, 1, "VAT10"),
        (3, None, "ROOM"),
        (4, None, "WATER"),
        (5, 4, "VAT10"),
    ]


def test_a_tax_of_nothing_makes_no_line(hotel: Hotel, guest: int) -> None:
    hotel.tax("VAT0", "0", "FOOD")
    posted = hotel.charge(guest, sold("FOOD", "10.00"))
    assert hotel.entries(posted.voucher_id) == [("GUEST", "RESTAURANT", "10.00", "FOOD")]


def test_a_tax_by_the_head_counts_persons_and_nights(hotel: Hotel, guest: int) -> None:
    hotel.city_tax("2.25", "ROOM")
    hotel.charge(guest, sold("ROOM", "100.00", persons=2))
    assert hotel.balances() == {"GUEST": "104.50", "ROOM": "-100.00", "CITYTAX": "-4.50"}
    hotel.charge(guest, sold("ROOM", "100.00", persons=0))
    assert hotel.balance("CITYTAX") == "-4.50"


def test_a_tax_by_the_head_needs_to_know_the_heads(hotel: Hotel, guest: int) -> None:
    hotel.city_tax("2.25", "ROOM")
    with hotel.refuses(PersonsMissing):
        hotel.charge(guest, sold("ROOM", "100.00"))


@pytest.mark.parametrize("persons", [-1, 1.5, True, 10**6])
def test_persons_are_counted_in_whole_numbers(hotel: Hotel, guest: int, persons: Any) -> None:
    hotel.city_tax("2.25", "ROOM")
    with hotel.refuses(QuantityInvalid):
        hotel.charge(guest, sold("ROOM", "100.00", persons=persons))


# --- rates by date --------------------------------------------------------------------------------------------


def test_the_rate_of_the_business_date_counts(hotel: Hotel, guest: int) -> None:
    hotel.tax("VAT10", "10", "FOOD")
    hotel.do(codes.set_rate, "VAT10", NEXT_DAY, rate_ppm=200_000, operator=CASHIER)
    hotel.charge(guest, sold("FOOD", "10.00"))
    assert hotel.balance("VAT") == "-1.00"
    hotel.roll()
    hotel.charge(guest, sold("FOOD", "10.00"))
    assert hotel.balance("VAT") == "-3.00"
    hotel.charge(guest, sold("FOOD", "10.00"), business_date=FIRST_DAY)  # the night audit, on the day left behind
    assert hotel.balance("VAT") == "-4.00"


def test_the_same_day_can_be_given_another_rate(hotel: Hotel, guest: int) -> None:
    hotel.tax("VAT10", "10", "FOOD")
    hotel.charge(guest, sold("FOOD", "10.00"))
    hotel.do(codes.set_rate, "VAT10", FIRST_DAY, rate_ppm=50_000, operator=CASHIER)
    hotel.charge(guest, sold("FOOD", "10.00"))
    assert hotel.balance("VAT") == "-1.50"


def test_a_tax_that_has_no_rate_yet_is_refused_until_its_day(hotel: Hotel, guest: int) -> None:
    hotel.tax("VAT10", None, "FOOD")
    hotel.do(codes.set_rate, "VAT10", NEXT_DAY, rate_ppm=100_000, operator=CASHIER)
    with hotel.refuses(TaxRateMissing) as refusal:
        hotel.charge(guest, sold("FOOD", "10.00"))
    assert refusal.value.params == {"tax": "VAT10", "day": FIRST_DAY}
    hotel.roll()
    hotel.charge(guest, sold("FOOD", "10.00"))
    assert hotel.balance(guest) == "11.00"


# --- exemption ------------------------------------------------------------------------------------------------


@pytest.fixture
def taxed(hotel: Hotel) -> Hotel:
    hotel.tax("VAT10", "10", "FOOD")
    hotel.city_tax("2.00", "ROOM")
    return hotel


def exempt(hotel: Hotel, folio: int, *taxes: str, reason: str = "a diplomat") -> None:
    hotel.do(folios.exempt, folio, taxes, CASHIER, reason)


def test_an_exemption_counts_from_the_very_next_charge(taxed: Hotel, guest: int) -> None:
    taxed.charge(guest, sold("FOOD", "10.00"))  # from now on the catalogue is known, and that the guest pays tax
    assert taxed.balance(guest) == "11.00"
    exempt(taxed, guest, "VAT10")
    for total in ("21.00", "31.00"):
        taxed.charge(guest, sold("FOOD", "10.00"))
        assert taxed.balance(guest) == total
    assert taxed.balance("VAT") == "-1.00"


def test_the_first_charge_of_an_exempt_folio_is_free_of_the_tax(taxed: Hotel, guest: int) -> None:
    exempt(taxed, guest, "VAT10")
    taxed.charge(guest, sold("FOOD", "10.00"))
    assert taxed.balances() == {"GUEST": "10.00", "RESTAURANT": "-10.00"}


def test_an_exemption_can_be_taken_back(taxed: Hotel, guest: int) -> None:
    exempt(taxed, guest, "CITY", "VAT10", "VAT10")
    assert taxed.folio(guest).exempt_from == "CITY VAT10"
    taxed.charge(guest, sold("FOOD", "10.00"))
    exempt(taxed, guest, reason="no diplomat after all")
    taxed.charge(guest, sold("FOOD", "10.00"))
    assert taxed.balance(guest) == "21.00"


def test_others_pay_what_an_exempt_guest_does_not(taxed: Hotel, guest: int) -> None:
    exempt(taxed, guest, "VAT10")
    other = taxed.open(number="OTHER")
    for folio in (guest, other, guest, other):
        taxed.charge(folio, sold("FOOD", "10.00"))
    assert (taxed.balance(guest), taxed.balance(other)) == ("20.00", "22.00")


def test_an_exempt_guest_pays_less_where_the_tax_is_in_the_price(hotel: Hotel, guest: int) -> None:
    hotel.tax("TAX", "5.5", "ROOM", inclusive=True)
    exempt(hotel, guest, "TAX")
    posted = hotel.charge(guest, sold("ROOM", "105.50"))
    assert hotel.entries(posted.voucher_id) == [("GUEST", "ROOM", "100.00", "ROOM")]


def test_persons_need_not_be_known_for_a_tax_the_guest_does_not_pay(taxed: Hotel, guest: int) -> None:
    exempt(taxed, guest, "CITY")
    taxed.charge(guest, sold("ROOM", "100.00"))
    assert taxed.balance(guest) == "100.00"


@pytest.mark.parametrize(
    ("tax", "reason", "refusal"),
    [
        ("NONE", "a diplomat", CodeUnknown),
        ("FOOD", "a diplomat", CodeUnknown),
        ("VAT10", "", ReasonMissing),
        ("VAT10", " \n", ReasonMissing),
    ],
)
def test_an_exemption_is_from_a_tax_and_has_a_reason(
    taxed: Hotel, guest: int, tax: str, reason: str, refusal: type[Refusal]
) -> None:
    with taxed.refuses(refusal):
        exempt(taxed, guest, tax, reason=reason)


# --- a catalogue that is changed meanwhile --------------------------------------------------------------------

# What somebody changes between two charges, and what the second of them then costs, or how it is refused.
WATER = sold("WATER")
CHANGES: dict[str, tuple[Callable[[Hotel], object], str | type[Refusal]]] = {
    "nothing": (lambda hotel: None, "3.50"),
    "a price": (lambda hotel: hotel.do(price("WATER", 400)), "4.00"),
    "a tax": (lambda hotel: hotel.tax("VAT10", "10", "WATER"), "3.85"),
    "a service charge": (
        lambda hotel: hotel.tax("SERVICE", "20", "WATER", control="SERVICE", kind="charge"),
        "4.20",
    ),
    "off": (lambda hotel: hotel.do(codes.switch_code, "WATER", False, CASHIER), CodeInactive),
    "a tax by the head": (lambda hotel: hotel.city_tax("1.00", "WATER"), PersonsMissing),
    "a tax without a rate": (lambda hotel: hotel.tax("VAT10", None, "WATER"), TaxRateMissing),
}


def costs(hotel: Hotel, guest: int) -> str:
    return figure(hotel.charge(guest, WATER).total_minor)


@pytest.mark.parametrize("change", CHANGES)
def test_what_another_process_changes_counts_from_the_very_next_charge(
    hotel: Hotel, neighbour: Hotel, guest: int, change: str
) -> None:
    assert costs(hotel, guest) == "3.50"
    made, result = CHANGES[change]
    made(neighbour)
    if isinstance(result, str):
        assert costs(hotel, guest) == result
    else:
        with hotel.refuses(result):
            costs(hotel, guest)


@pytest.mark.parametrize("change", ["off", "a tax by the head", "a tax without a rate"])
def test_what_another_process_puts_right_counts_from_the_very_next_charge(
    hotel: Hotel, neighbour: Hotel, guest: int, change: str
) -> None:
    made, refusal = CHANGES[change]
    made(hotel)
    with hotel.refuses(refusal):  # type: ignore[arg-type]
        costs(hotel, guest)
    neighbour.do(codes.set_taxes, "WATER", [], CASHIER)
    neighbour.do(codes.switch_code, "WATER", True, CASHIER)
    assert costs(hotel, guest) == "3.50"


@pytest.mark.parametrize("who", ["the same process", "another process"])
def test_a_new_code_can_be_charged_at_once(hotel: Hotel, neighbour: Hotel, guest: int, who: str) -> None:
    hotel.charge(guest, sold("FOOD", "1.00"))
    add(hotel if who == "the same process" else neighbour, code="BAR", price_minor=500)
    hotel.charge(guest, sold("BAR"))
    assert hotel.balance(guest) == "6.00"


def test_a_code_that_is_given_a_price_needs_none_from_the_next_charge_on(
    hotel: Hotel, neighbour: Hotel, guest: int
) -> None:
    with hotel.refuses(PriceMissing):
        hotel.charge(guest, sold("FOOD"))
    neighbour.do(price("FOOD", 1200))
    hotel.charge(guest, sold("FOOD"))
    assert hotel.balance(guest) == "12.00"


def test_a_day_that_another_process_rolls_counts_from_the_very_next_charge(
    hotel: Hotel, neighbour: Hotel, guest: int
) -> None:
    hotel.tax("VAT10", "10", "WATER")
    hotel.do(codes.set_rate, "VAT10", NEXT_DAY, rate_ppm=200_000, operator=CASHIER)
    assert costs(hotel, guest) == "3.85"
    neighbour.roll()
    assert costs(hotel, guest) == "4.20"


class ChangedMyMind(Exception):
    """Rolls a unit of work back."""


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_that_was_rolled_back_never_was(hotel: Hotel, guest: int, change: str) -> None:
    other = hotel.open()
    made, _ = CHANGES[change]
    with suppress(ChangedMyMind), hotel.one_unit():
        made(hotel)
        with suppress(Refusal):
            costs(hotel, other)  # whoever changes it sees it at once
        raise ChangedMyMind
    assert costs(hotel, guest) == "3.50"
    assert hotel.entries(hotel.charge(guest, WATER).voucher_id) == [("GUEST", "RESTAURANT", "3.50", "WATER")]
