"""Cash at the desk: drawers and the safe, coins and notes, and money that goes through an open shift."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from typing import Any

import pytest
import sqlalchemy as sa

from folios import codes, db
from folios.charges import Charge, ChargeLine, charge
from folios.errors import (
    FolioNumberTaken,
    KeyReused,
    NoDrawer,
    ReasonMissing,
    RefundElsewhere,
    TenderMissing,
)
from folios.folios import find_folio, get_folio, open_folio
from folios.models import Folio, Posting, Voucher
from frontoffice import cashiering, companies, setup, shifts
from frontoffice.cashiering import CashElsewhere, DenominationsInvalid, DrawerInUse, ShiftNeeded
from frontoffice.models.cashiering import CashFolio, Denomination, Shift
from tests.frontoffice.house import CLERK, House, at_once, euro, minor

OTHER = "colleague"


@pytest.fixture
def folio(house: House) -> int:
    """The folio of a guest in house."""
    return house.window(house.arrive())


@pytest.fixture
def drawer(house: House) -> int:
    return house.do(find_folio, "DRAWER").id


@pytest.fixture
def shift(house: House, drawer: int) -> Shift:
    """The clerk's open shift at the first drawer, with a float of 100.00."""
    return house.do(shifts.open_shift, CLERK, drawer, minor("100.00"), CLERK)


@pytest.fixture
def company(house: House) -> int:
    return house.do(companies.add_company, CLERK, code="ACME", name="Acme").id


def take(house: House, folio: int, amount: str, code: str = "CASH", operator: str = CLERK, **facts: Any) -> Any:
    return house.do(cashiering.take_payment, folio, code, euro(amount), operator, **facts)


def close(house: House, shift: Shift) -> Shift:
    return house.do(shifts.close_shift, shift.id, shift.version, {}, operator=CLERK)


def entry(house: House, voucher_id: int) -> tuple[str, str, int, str | None]:
    """A voucher's only posting: debit, credit, amount, and the shift it carries."""
    numbers = {each.id: each.number for each in house.rows(Folio)}
    (posting,), (voucher,) = house.rows(Posting, voucher_id=voucher_id), house.rows(Voucher, id=voucher_id)
    return numbers[posting.debit_folio_id], numbers[posting.credit_folio_id], posting.amount_minor, voucher.shift


def places(house: House) -> dict[str, str]:
    numbers = {each.id: each.number for each in house.rows(Folio)}
    return {numbers[each.folio_id]: each.place for each in house.rows(CashFolio)}


def forget_places(house: House) -> None:
    """Makes the hotel one from before shifts: with its drawer's folio, and no place of cash on any list."""
    house.do(lambda session: session.execute(sa.delete(CashFolio)))
    house.do(lambda session: session.execute(sa.delete(Denomination)))
    for number in ("SAFE", "OVER", "SHORT"):
        house.do(
            lambda session, n=number: session.execute(sa.update(Folio).where(Folio.number == n).values(number=n + "-1"))
        )


# --- where cash lies ------------------------------------------------------------------------------------------


def test_a_new_hotel_has_a_drawer_a_safe_and_what_was_over_or_short(house: House) -> None:
    assert places(house) == {
        "DRAWER": "drawer",
        "SAFE": "safe",
        "OVER": "over",
        "SHORT": "short",
        "TRANSIT": "bank",
    }
    assert {house.do(find_folio, number).type for number in places(house)} == {"control"}
    (only,) = house.do(cashiering.drawers)
    assert (only.number, only.name, only.active, only.shift_id, only.cashier) == (
        setup.DRAWER,
        "Cash drawer",
        True,
        None,
        None,
    )


def test_a_drawer_is_added_and_listed_with_who_has_it(house: House, shift: Shift) -> None:
    added = house.do(cashiering.add_drawer, "Bar drawer", "DRAWER2", CLERK)
    assert [(each.number, each.cashier, each.shift_id) for each in house.do(cashiering.drawers)] == [
        ("DRAWER", CLERK, shift.id),
        ("DRAWER2", None, None),
    ]
    assert house.told("cash.place.added")[-1].after == {"place": "drawer", "number": "DRAWER2"}
    house.do(cashiering.switch_drawer, added.id, False, CLERK)
    assert [each.number for each in house.do(cashiering.drawers, active=True)] == ["DRAWER"]
    assert [each.active for each in house.do(cashiering.drawers)] == [True, False]


@pytest.mark.parametrize("number", ["DRAWER", "SAFE", "VISA", "ROOM"])
def test_a_drawer_needs_a_number_of_its_own(house: House, number: str) -> None:
    with house.refuses(FolioNumberTaken, folio=number):
        house.do(cashiering.add_drawer, "Drawer", number, CLERK)


def test_a_drawer_that_the_ledger_knows_already_is_taken_up(house: House) -> None:
    known = house.do(lambda session: open_folio(session, type="control", name="Till", number="TILL", operator=CLERK).id)
    assert house.do(cashiering.add_drawer, "Till", "TILL", CLERK).id == known
    assert places(house)["TILL"] == "drawer"


def test_a_drawer_in_use_is_not_switched_off(house: House, shift: Shift, drawer: int) -> None:
    with house.refuses(DrawerInUse, folio="DRAWER", cashier=CLERK):
        house.do(cashiering.switch_drawer, drawer, False, CLERK)
    with house.refuses(NoDrawer):
        house.do(cashiering.switch_drawer, house.do(find_folio, "SAFE").id, False, CLERK)
    close(house, shift)
    house.do(cashiering.switch_drawer, drawer, False, CLERK)
    house.do(cashiering.switch_drawer, drawer, False, CLERK)
    assert [each.after for each in house.told("cash.drawer.switched")] == [{"active": False}]


def test_a_hotel_from_before_gets_its_places_when_they_are_first_needed(house: House, drawer: int, folio: int) -> None:
    forget_places(house)
    assert [each.number for each in house.do(cashiering.drawers)] == ["DRAWER"]
    assert house.do(cashiering.denominations)[:2] == [50000, 20000]
    assert places(house) == {}, "looking writes nothing"
    opened = house.do(shifts.open_shift, CLERK, drawer, minor("50.00"), CLERK)
    assert places(house) == {"DRAWER": "drawer", "SAFE": "safe"}
    take(house, folio, "1.00")
    house.do(shifts.close_shift, opened.id, opened.version, {5000: 1, 50: 1}, operator=CLERK)
    assert places(house) == {"DRAWER": "drawer", "SAFE": "safe", "SHORT": "short"}


def test_a_safe_whose_number_is_taken_gets_another(house: House) -> None:
    forget_places(house)
    house.do(lambda session: open_folio(session, type="individual", name="Mr. Guest", number="SAFE", operator=CLERK).id)
    safe = house.do(cashiering.place, "safe", CLERK)
    assert house.do(get_folio, safe).number == f"C{safe}"
    assert house.do(cashiering.place, "safe", CLERK) == safe


def test_all_who_need_the_safe_at_once_get_the_same_one(house: House) -> None:
    forget_places(house)
    answers = at_once([lambda: house.do(cashiering.place, "safe", CLERK)] * 6)
    assert answers == [house.do(cashiering.place, "safe", CLERK)] * 6
    assert len([each for each in house.rows(Folio) if each.number == "SAFE"]) == 1


def test_two_who_take_up_the_same_drawer_at_once_get_one(house: House, drawer: int) -> None:
    forget_places(house)
    answers = at_once([lambda: house.do(cashiering.hold_drawer, drawer, CLERK).folio_id] * 4)
    assert answers == [drawer] * 4
    assert len(house.rows(CashFolio)) == 1


# --- coins and notes ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("currency", "smallest", "largest", "how_many"),
    [
        ("EUR", 1, 50000, 15),
        ("USD", 1, 10000, 12),
        ("GBP", 1, 5000, 12),
        ("CHF", 5, 100000, 13),
        ("JPY", 1, 10000, 10),
        ("KWD", 5, 20000, 11),
        ("SEK", 1, 50000, 15),
        ("KRW", 1, 500000, 18),
        ("BHD", 1, 500000, 18),
    ],
)
def test_each_currency_begins_with_its_coins_and_notes(
    currency: str, smallest: int, largest: int, how_many: int
) -> None:
    values = cashiering.starter_denominations(currency)
    assert (min(values), max(values), len(values)) == (smallest, largest, how_many)
    assert list(values) == sorted(set(values))


def test_coins_and_notes_are_changed_and_told(house: House, shift: Shift) -> None:
    house.do(cashiering.set_denominations, [100, 5000, 50], CLERK)
    assert house.do(cashiering.denominations) == [5000, 100, 50]
    told = house.told("cash.denominations.set")[-1]
    assert told.before == {"values_minor": list(cashiering.DENOMINATIONS["EUR"])}
    assert told.after == {"values_minor": [50, 100, 5000]}
    house.do(cashiering.set_denominations, [50, 100, 5000], CLERK)
    assert len(house.told("cash.denominations.set")) == 2, "the same list again is no change"
    with house.refuses(shifts.DenominationUnknown, value=euro("20.00")):
        house.do(shifts.close_shift, shift.id, shift.version, {2000: 1}, operator=CLERK)


@pytest.mark.parametrize("values", [[], [0], [100, -5], [10**13 + 1], range(1, 42)])
def test_coins_and_notes_that_cannot_be_are_refused(house: House, values: Any) -> None:
    with house.refuses(DenominationsInvalid, most=40):
        house.do(cashiering.set_denominations, values, CLERK)


def test_lists_of_coins_and_notes_made_at_once_do_not_mix(house: House) -> None:
    lists = [[1, 2, 3], [10, 20, 30], [100, 200, 300]]
    assert at_once([lambda v=v: house.do(cashiering.set_denominations, v, CLERK) for v in lists]) == [None] * 3
    assert sorted(house.do(cashiering.denominations)) in lists


# --- money in and out -----------------------------------------------------------------------------------------


def test_money_needs_an_open_shift(house: House, folio: int) -> None:
    verbs = {
        "pay": lambda: take(house, folio, "1.00"),
        "pay by card": lambda: take(house, folio, "1.00", "VISA"),
        "refund": lambda: house.do(cashiering.give_refund, folio, "CASH", euro("1.00"), "too much", CLERK),
        "pay out": lambda: house.do(cashiering.pay_out, "HOUSEPAID", euro("1.00"), CLERK),
        "deposit": lambda: house.do(cashiering.take_deposit, house.book(2, 4), "CASH", euro("1.00"), CLERK),
    }
    for name in ("pay", "pay by card", "refund", "pay out"):
        with house.refuses(ShiftNeeded) as refused:
            verbs[name]()
        assert refused.value.text().startswith("You have no open shift. Open a shift")
    with pytest.raises(ShiftNeeded):
        verbs["deposit"]()


def test_the_shift_of_a_colleague_does_not_do(house: House, shift: Shift, folio: int) -> None:
    with house.refuses(ShiftNeeded):
        take(house, folio, "1.00", operator=OTHER)


def test_cash_goes_into_the_drawer_of_whoever_takes_it(house: House, shift: Shift, folio: int) -> None:
    second = house.do(cashiering.add_drawer, "Bar drawer", "DRAWER2", CLERK)
    other = house.do(shifts.open_shift, OTHER, second.id, 0, OTHER)
    guest = house.do(get_folio, folio).number
    mine = take(house, folio, "10.00", reference="r", remark="m", text="t")
    theirs = take(house, folio, "20.00", operator=OTHER)
    assert entry(house, mine.voucher_id) == ("DRAWER", guest, 10_00, str(shift.id))
    assert entry(house, theirs.voucher_id) == ("DRAWER2", guest, 20_00, str(other.id))
    (voucher,) = house.rows(Voucher, id=mine.voucher_id)
    assert (voucher.operator, voucher.reference, voucher.remark) == (CLERK, "r", "m")


def test_cards_and_direct_bills_carry_the_shift_as_well(house: House, shift: Shift, folio: int, company: int) -> None:
    guest = house.do(get_folio, folio).number
    card = take(house, folio, "10.00", "VISA")
    bill = take(house, folio, "20.00", "BILL", company_id=company)
    receivable = house.do(companies.receivable_folio, company, CLERK).number
    assert entry(house, card.voucher_id) == ("VISA", guest, 10_00, str(shift.id))
    assert entry(house, bill.voucher_id) == (receivable, guest, 20_00, str(shift.id))
    back = house.do(cashiering.give_refund, folio, "BILL", euro("20.00"), "not theirs", CLERK, company_id=company)
    assert entry(house, back.voucher_id) == (guest, receivable, 20_00, str(shift.id))
    with house.refuses(TenderMissing):
        take(house, folio, "1.00", "BILL")


def test_cash_is_given_back_and_paid_out_from_the_drawer(house: House, shift: Shift, folio: int) -> None:
    guest = house.do(get_folio, folio).number
    paid = take(house, folio, "50.00").voucher_id
    back = house.do(cashiering.give_refund, folio, "CASH", euro("20.00"), "too much", CLERK, of_voucher_id=paid)
    assert entry(house, back.voucher_id) == (guest, "DRAWER", 20_00, str(shift.id))
    taxi = house.do(cashiering.pay_out, "PAIDOUT", euro("12.00"), CLERK, folio_id=folio, reference="taxi")
    stamps = house.do(cashiering.pay_out, "HOUSEPAID", euro("3.00"), CLERK, text="stamps")
    assert entry(house, taxi.voucher_id) == (guest, "DRAWER", 12_00, str(shift.id))
    assert entry(house, stamps.voucher_id) == ("HOUSEPAID", "DRAWER", 3_00, str(shift.id))
    with house.refuses(RefundElsewhere):
        house.do(cashiering.give_refund, folio, "VISA", euro("1.00"), "too much", CLERK)


def test_a_deposit_is_taken_through_the_shift(house: House, shift: Shift) -> None:
    stay = house.book(2, 4)
    taken = house.do(cashiering.take_deposit, stay, "CASH", euro("80.00"), CLERK, key="form")
    deposit = house.stay(stay).deposit_folio_id
    assert entry(house, taken.voucher_id) == ("DRAWER", house.do(get_folio, deposit).number, 80_00, str(shift.id))
    close(house, shift)
    again = house.do(cashiering.take_deposit, stay, "CASH", euro("80.00"), CLERK, key="form")
    assert (again.voucher_id, again.replayed) == (taken.voucher_id, True)


@pytest.mark.parametrize("code", ["CASH", "VISA", "BILL"])
def test_a_payment_that_is_sent_again_gets_its_first_answer_whatever_shift_there_is(
    house: House, shift: Shift, folio: int, company: int, code: str
) -> None:
    facts = {"company_id": company if code == "BILL" else None, "key": "form"}
    first = take(house, folio, "10.00", code, **facts)
    assert take(house, folio, "10.00", code, **facts).voucher_id == first.voucher_id
    with house.refuses(KeyReused):
        take(house, folio, "11.00", code, **facts)
    close(house, shift)
    assert take(house, folio, "10.00", code, **facts).replayed
    second = house.do(cashiering.add_drawer, "Bar drawer", "DRAWER2", CLERK)
    house.do(shifts.open_shift, CLERK, second.id, 0, CLERK)
    assert take(house, folio, "10.00", code, **facts).replayed
    assert house.balance(folio) == "-10.00"


def test_refunds_and_paid_outs_that_are_sent_again_give_once(house: House, shift: Shift, folio: int) -> None:
    take(house, folio, "50.00")
    for _ in range(2):
        house.do(cashiering.give_refund, folio, "CASH", euro("20.00"), "too much", CLERK, key="back")
        house.do(cashiering.pay_out, "PAIDOUT", euro("5.00"), CLERK, folio_id=folio, key="out")
    close(house, shift)
    again = house.do(cashiering.pay_out, "PAIDOUT", euro("5.00"), CLERK, folio_id=folio, key="out")
    assert again.replayed
    assert house.do(cashiering.give_refund, folio, "CASH", euro("20.00"), "too much", CLERK, key="back").replayed
    assert house.balance(folio) == "-25.00"


def test_one_form_that_is_sent_many_times_at_once_pays_once(house: House, shift: Shift, folio: int) -> None:
    def pay() -> int:
        work = lambda session: cashiering.take_payment(session, folio, "CASH", euro("9.00"), CLERK, key="form")  # noqa: E731
        return db.in_unit_of_work(house.sessions, work).voucher_id

    answers = at_once([pay] * 6)
    assert len(set(answers)) == 1
    assert house.balance(folio) == "-9.00"


def test_charges_carry_the_shift_when_there_is_one(house: House, folio: int, drawer: int) -> None:
    def post(key: str | None = None) -> Voucher:
        lines = (ChargeLine("BAR", euro("8.00")),)
        posted = house.do(lambda s: charge(s, Charge(folio, lines), cashiering.origin(s, CLERK, key)))
        (voucher,) = house.rows(Voucher, id=posted.voucher_id)
        return voucher

    assert (post().shift, post("a").key) == (None, "a")
    shift = house.do(shifts.open_shift, CLERK, drawer, 0, CLERK)
    assert (post().shift, post("b").sender) == (str(shift.id), "desk")
    close(house, shift)
    assert post().shift is None


# --- taking back ----------------------------------------------------------------------------------------------


def test_cash_is_corrected_through_the_drawer_it_went_through(house: House, shift: Shift, folio: int) -> None:
    guest = house.do(get_folio, folio).number
    paid = take(house, folio, "50.00").voucher_id
    second = house.do(cashiering.add_drawer, "Bar drawer", "DRAWER2", CLERK)
    with house.refuses(ShiftNeeded):
        house.do(cashiering.correct, folio, paid, "mistyped", OTHER)
    house.do(shifts.open_shift, OTHER, second.id, 0, OTHER)
    with house.refuses(CashElsewhere, voucher=paid, folio="DRAWER"):
        house.do(cashiering.correct, folio, paid, "mistyped", OTHER)
    with house.refuses(ReasonMissing):
        house.do(cashiering.correct, folio, paid, " ", CLERK)
    back = house.do(cashiering.correct, folio, paid, "mistyped", CLERK, key="form")
    assert entry(house, back.voucher_id) == (guest, "DRAWER", 50_00, str(shift.id))
    close(house, shift)
    assert house.do(cashiering.correct, folio, paid, "mistyped", CLERK, key="form").replayed


def test_what_was_no_cash_is_corrected_by_anybody(house: House, shift: Shift, folio: int) -> None:
    card = take(house, folio, "50.00", "VISA").voucher_id
    back = house.do(cashiering.correct, folio, card, "another card", OTHER)
    assert entry(house, back.voucher_id)[3] is None
    assert house.balance(folio) == "0.00"


# --- a close that has begun -----------------------------------------------------------------------------------


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_a_payment_that_comes_while_the_drawer_is_closed_waits_and_is_refused(
    house: House, shift: Shift, folio: int
) -> None:
    with ThreadPoolExecutor(1) as other:
        with db.unit_of_work(house.sessions) as session:
            shifts.close_shift(session, shift.id, shift.version, {10000: 1}, operator=CLERK)
            paying = other.submit(take, house, folio, "7.00")
            with pytest.raises(NotYet):
                paying.result(0.5)
        with pytest.raises(ShiftNeeded):
            paying.result(10)
    assert house.balance(folio) == "0.00"


def test_a_code_that_is_switched_off_takes_no_money(house: House, shift: Shift, folio: int) -> None:
    house.do(codes.switch_code, "VISA", False, CLERK)
    with pytest.raises(codes.CodeInactive):
        take(house, folio, "1.00", "VISA")
    with pytest.raises(codes.CodeUnknown):
        take(house, folio, "1.00", "NONE")
