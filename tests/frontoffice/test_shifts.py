"""Shifts: opened with a float, counted blind, closed with over or short and a drop; the report, and who comes first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
import sqlalchemy as sa

from folios import clock, codes, db, statements
from folios.charges import Charge, ChargeLine, charge
from folios.corrections import allow
from folios.drafts import Origin
from folios.errors import AmountTooLarge, ChangedMeanwhile, FolioUnknown, NoDrawer, TextTooLong
from folios.folios import find_folio
from folios.models import Posting, Voucher
from folios.money import MOST_MINOR
from frontoffice import cashiering, shift_reports, shifts
from frontoffice.cashiering import DrawerInUse, DrawerOff, ShiftNeeded
from frontoffice.models.cashiering import Shift, ShiftCount
from frontoffice.shift_reports import ShiftNotCounted, ShiftReport
from frontoffice.shifts import (
    DenominationUnknown,
    DropInvalid,
    DropTooHigh,
    FloatInvalid,
    PiecesInvalid,
    ShiftClosed,
    ShiftKeyReused,
    ShiftOpenAlready,
    ShiftUnknown,
    WitnessInvalid,
)
from tests.frontoffice.house import CLERK, FIRST_DAY, House, at_once, day, euro, minor

OTHER = "colleague"


class Till:
    """Short ways to use shifts and drawers of a house."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.drawer = self.id("DRAWER")

    def id(self, number: str) -> int:
        return self.house.do(find_folio, number).id

    def second_drawer(self) -> int:
        return self.house.do(cashiering.add_drawer, "Bar drawer", "DRAWER2", CLERK).id

    def open(
        self, begin: str = "200.00", cashier: str = CLERK, drawer: int | None = None, key: str | None = None
    ) -> Shift:
        return self.house.do(shifts.open_shift, cashier, drawer or self.drawer, minor(begin), cashier, key)

    def close(self, shift: Shift, counted: str, **facts: Any) -> Shift:
        return self.count(shift, pieces_of(counted), **facts)

    def count(self, shift: Shift, pieces: Mapping[int, int], dropped: str | None = None, **facts: Any) -> Shift:
        facts = {"operator": CLERK, "dropped_minor": None if dropped is None else minor(dropped)} | facts
        return self.house.do(shifts.close_shift, shift.id, shift.version, pieces, **facts)

    def take(self, folio: int, amount: str, code: str = "CASH", operator: str = CLERK, **facts: Any) -> int:
        return self.house.do(cashiering.take_payment, folio, code, euro(amount), operator, **facts).voucher_id

    def pay_out(self, amount: str, code: str = "HOUSEPAID", folio: int | None = None, operator: str = CLERK) -> int:
        return self.house.do(cashiering.pay_out, code, euro(amount), operator, folio_id=folio).voucher_id

    def holds(self, folio: int | str) -> str:
        """What lies in a place of cash by its folio's postings."""
        folio_id = self.id(folio) if isinstance(folio, str) else folio
        return str(euro("0.00").decimal + self.money(self.house.do(statements.balance, folio_id)))

    def money(self, amount_minor: int) -> Any:
        return cashiering.Money(amount_minor, "EUR").decimal

    def report(self, shift: Shift) -> ShiftReport:
        return self.house.do(shift_reports.report, shift.id)

    def entries(self, shift: Shift) -> list[tuple[str, str, str, str, str | None]]:
        """What the shift carried itself: kind, debit, credit, amount, reference."""
        numbers = {folio.id: folio.number for folio in self.house.rows(cashiering.Folio)}
        posted = {each.voucher_id: each for each in self.house.rows(Posting)}
        return [
            (
                voucher.kind,
                numbers[posted[voucher.id].debit_folio_id],
                numbers[posted[voucher.id].credit_folio_id],
                str(self.money(posted[voucher.id].amount_minor)),
                voucher.reference,
            )
            for voucher in self.house.rows(Voucher, sender=shifts.SENDER, shift=str(shift.id))
        ]


def pieces_of(amount: str) -> dict[int, int]:
    """An amount in the fewest coins and notes of the euro."""
    left, pieces = minor(amount), {}
    for value in sorted(cashiering.DENOMINATIONS["EUR"], reverse=True):
        pieces[value], left = divmod(left, value)
    return pieces


@pytest.fixture
def till(house: House) -> Till:
    return Till(house)


@pytest.fixture
def folio(house: House) -> int:
    """The folio of a guest in house."""
    return house.window(house.arrive())


def printed(lines: tuple[Any, ...]) -> list[tuple[str, int, int]]:
    return [(each.code, each.count, each.amount_minor) for each in lines]


# --- published figures ----------------------------------------------------------------------------------------


def test_the_cashiers_bank_of_the_textbook_comes_out_short_by_five(house: House, till: Till, folio: int) -> None:
    """Worked example 15: usaonlineessays.com/debits-credits/ (Vallen, ch. 10-12), figures recomputed."""
    check = {"code": "CHECK", "name": "Check", "kind": "payment", "department": "Payments", "tender": "cash"}
    house.do(codes.add_code, **check, operator=CLERK)
    shift = till.open("830.00")
    till.take(folio, "96.00")
    till.take(folio, "1032.12", "CHECK")
    till.pay_out("43.10", "PAIDOUT", folio)
    till.pay_out("19.58")
    till.close(shift, "1890.44")

    told = till.report(shift)
    assert printed(told.payments) == [("CASH", 1, 96_00), ("CHECK", 1, 1032_12)]
    assert printed(told.guest_paid_outs) == [("PAIDOUT", 1, 43_10)]
    assert printed(told.house_paid_outs) == [("HOUSEPAID", 1, 19_58)]
    assert (told.float_minor, told.net_receipts_minor, told.others_minor) == (830_00, 1065_44, 0)
    assert (told.expected_minor, told.counted_minor) == (1895_44, 1890_44)
    assert (told.over_minor, told.short_minor) == (0, 5_00)
    assert (told.turn_in_minor, told.due_back_minor, told.left_minor) == (1060_44, 0, 830_00)
    assert (till.holds("SHORT"), till.holds("DRAWER"), till.holds("SAFE")) == ("5.00", "830.00", "230.44")


def test_a_deposit_makes_a_credit_balance_and_a_card_debits_its_company(house: House, till: Till) -> None:
    """Worked example 18: lfasc.com dkcszwzono (deposit 300.00, room 200.00, balance -100.00), and
    wisdomjobs.com ...13083.html (291.00 settled by MasterCard: folio 0, card company 291.00)."""
    shift = till.open()
    stay = house.book(departure=1, room="102")
    house.do(cashiering.take_deposit, stay, "CASH", euro("300.00"), CLERK)
    house.check_in(stay)
    house.charge(stay, "200.00", "ROOM")
    assert house.balance(house.window(stay)) == "-100.00"

    other = house.arrive(room="103")
    house.charge(other, "291.00")
    till.take(house.window(other), "291.00", "MASTERCARD")
    assert (house.balance(house.window(other)), house.balance_of("MASTERCARD")) == ("0.00", "291.00")

    till.close(shift, "500.00")
    assert printed(till.report(shift).payments) == [("MASTERCARD", 1, 291_00), ("CASH", 1, 300_00)]
    assert till.report(shift).net_receipts_minor == 300_00


# --- opening --------------------------------------------------------------------------------------------------


def test_a_float_is_carried_from_the_safe_to_the_drawer(house: House, till: Till) -> None:
    shift = till.open("200.00")
    assert (shift.cashier, shift.status, shift.opened_on, shift.float_minor) == (CLERK, "open", FIRST_DAY, 200_00)
    assert till.entries(shift) == [("transfer", "DRAWER", "SAFE", "200.00", None)]
    assert (till.holds("DRAWER"), till.holds("SAFE")) == ("200.00", "-200.00")
    (event,) = house.told("shift.opened")
    assert event.after == {"cashier": CLERK, "drawer_folio_id": till.drawer, "float_minor": 200_00}


@pytest.mark.parametrize(
    ("begin", "entry"),
    [
        ("200.00", []),
        ("250.00", [("transfer", "DRAWER", "SAFE", "50.00", None)]),
        ("120.00", [("transfer", "SAFE", "DRAWER", "80.00", None)]),
        ("0.00", [("transfer", "SAFE", "DRAWER", "200.00", None)]),
    ],
)
def test_what_the_last_count_left_is_part_of_the_next_float(till: Till, begin: str, entry: list[Any]) -> None:
    till.close(till.open("200.00"), "200.00")
    second = till.open(begin, OTHER)
    assert till.entries(second) == entry
    assert till.holds("DRAWER") == begin


def test_a_float_of_zero_carries_nothing(till: Till) -> None:
    assert till.entries(till.open("0.00")) == []


def test_a_cashier_has_one_open_shift(house: House, till: Till) -> None:
    second = till.second_drawer()
    shift = till.open()
    for drawer in (till.drawer, second):
        with house.refuses(ShiftOpenAlready, cashier=CLERK, shift=shift.id):
            till.open(drawer=drawer)


def test_a_second_cashier_cannot_open_the_same_drawer(house: House, till: Till) -> None:
    till.open()
    with house.refuses(DrawerInUse, folio="DRAWER", cashier=CLERK):
        till.open(cashier=OTHER)


@pytest.mark.parametrize("number", ["SAFE", "OVER", "SHORT", "RESTAURANT", "VISA"])
def test_a_shift_is_opened_at_a_drawer_alone(house: House, till: Till, number: str) -> None:
    with house.refuses(NoDrawer, folio=number):
        till.open(drawer=till.id(number))
    with house.refuses(FolioUnknown):
        till.open(drawer=999_999)


def test_a_drawer_that_is_switched_off_takes_no_shift(house: House, till: Till) -> None:
    house.do(cashiering.switch_drawer, till.drawer, False, CLERK)
    with house.refuses(DrawerOff, folio="DRAWER"):
        till.open()
    house.do(cashiering.switch_drawer, till.drawer, True, CLERK)
    assert till.open().status == "open"


@pytest.mark.parametrize(
    ("amount", "refusal"), [(-1, FloatInvalid), (True, FloatInvalid), (MOST_MINOR + 1, AmountTooLarge)]
)
def test_a_float_that_cannot_be_is_refused(house: House, till: Till, amount: int, refusal: Any) -> None:
    with house.refuses(refusal):
        house.do(shifts.open_shift, CLERK, till.drawer, amount, CLERK)


def test_a_form_that_opens_a_shift_twice_opens_one(house: House, till: Till) -> None:
    first = till.open(key="form")
    assert till.open(key="form").id == first.id
    till.close(first, "200.00")
    assert till.open(key="form").id == first.id, "even when it is closed by now"
    with house.refuses(ShiftKeyReused, shift=first.id):
        till.open("100.00", key="form")
    assert len(house.rows(Shift)) == 1


def test_of_two_shifts_at_one_drawer_at_once_one_is_opened(house: House, till: Till) -> None:
    answers = at_once([lambda who=who: till.open(cashier=who) for who in ("one", "two", "three", "four")])
    refused = [each for each in answers if isinstance(each, Exception)]
    assert [type(each) for each in refused] == [DrawerInUse] * 3
    assert (len(house.rows(Shift)), till.holds("DRAWER")) == (1, "200.00")


def test_of_two_shifts_of_one_cashier_at_once_one_is_opened(house: House, till: Till) -> None:
    second = till.second_drawer()
    for _ in range(5):
        answers = at_once([lambda at=at: till.open(drawer=at) for at in (till.drawer, second)])
        (opened,) = [each for each in answers if isinstance(each, Shift)]
        assert sorted(type(each).__name__ for each in answers) == ["Shift", "ShiftOpenAlready"]
        till.close(opened, "0.00")


# --- counting and closing -------------------------------------------------------------------------------------


def test_a_shift_that_is_over_posts_it_into_the_drawer(house: House, till: Till, folio: int) -> None:
    shift = till.open()
    till.take(folio, "50.00")
    closed = till.close(shift, "252.50", bag="bag 7", witness=OTHER, remark="two coins found")
    assert (closed.status, closed.closed_on, closed.closed_by) == ("closed", FIRST_DAY, CLERK)
    assert (closed.expected_minor, closed.counted_minor, closed.dropped_minor) == (250_00, 252_50, 52_50)
    assert (closed.bag, closed.witness, closed.remark) == ("bag 7", OTHER, "two coins found")
    assert till.entries(shift)[1:] == [
        ("transfer", "DRAWER", "OVER", "2.50", None),
        ("transfer", "SAFE", "DRAWER", "52.50", "bag 7"),
    ]
    assert (till.holds("OVER"), till.holds("DRAWER"), till.holds("SAFE")) == ("-2.50", "200.00", "-147.50")


def test_a_shift_that_is_right_posts_neither_over_nor_short(till: Till) -> None:
    shift = till.open()
    till.close(shift, "200.00")
    assert till.entries(shift) == [("transfer", "DRAWER", "SAFE", "200.00", None)]


def test_a_drawer_can_be_emptied_into_the_safe(till: Till, folio: int) -> None:
    shift = till.open()
    till.take(folio, "50.00")
    till.close(shift, "250.00", dropped="250.00")
    assert (till.holds("DRAWER"), till.holds("SAFE")) == ("0.00", "50.00")
    assert till.report(shift).left_minor == 0


def test_when_more_was_paid_out_than_came_in_the_house_owes_the_float(till: Till) -> None:
    """Due-back: idhotelier.com/post/cashier-due-back, cited with worked example 15."""
    shift = till.open("200.00")
    till.pay_out("30.00")
    till.close(shift, "170.00")
    told = till.report(shift)
    assert (told.net_receipts_minor, told.turn_in_minor, told.due_back_minor) == (-30_00, 0, 30_00)
    assert (told.over_minor, told.short_minor, told.left_minor) == (0, 0, 170_00)
    second = till.open("200.00", OTHER)
    assert till.entries(second) == [("transfer", "DRAWER", "SAFE", "30.00", None)]


def test_a_drawer_that_paid_out_more_than_its_float_is_over_by_what_nobody_put_in(till: Till) -> None:
    shift = till.open("10.00")
    till.pay_out("30.00")
    till.close(shift, "0.00")
    assert till.report(shift).expected_minor == -20_00
    assert till.holds("OVER") == "-20.00"


def test_more_than_was_counted_cannot_be_dropped(house: House, till: Till) -> None:
    shift = till.open()
    with house.refuses(DropTooHigh) as refused:
        till.close(shift, "200.00", dropped="200.01")
    assert refused.value.text() == "Only 200.00 was counted; 200.01 cannot be dropped into the safe."
    with house.refuses(DropInvalid):
        till.close(shift, "200.00", dropped="-0.01")


@pytest.mark.parametrize(
    ("pieces", "refusal"),
    [
        ({300: 1}, DenominationUnknown),
        ({0: 1}, DenominationUnknown),
        ({100: -1}, PiecesInvalid),
        ({100: 1.5}, PiecesInvalid),
        ({100: 1_000_001}, PiecesInvalid),
    ],
)
def test_a_count_that_cannot_be_is_refused(house: House, till: Till, pieces: dict[int, int], refusal: Any) -> None:
    shift = till.open()
    with house.refuses(refusal):
        till.count(shift, pieces)
    assert house.rows(Shift, id=shift.id)[0].status == "open"


def test_what_was_counted_is_kept_by_coin_and_note(house: House, till: Till) -> None:
    shift = till.open()
    till.count(shift, {5000: 3, 2000: 2, 500: 0, 10: 100})
    assert house.do(shifts.counts, shift.id) == {5000: 3, 2000: 2, 10: 100}
    assert list(till.report(shift).pieces) == [5000, 2000, 10]


@pytest.mark.parametrize("witness", [CLERK, OTHER])
def test_nobody_witnesses_a_drop_of_his_own(house: House, till: Till, witness: str) -> None:
    shift = till.open(cashier=OTHER)
    with house.refuses(WitnessInvalid):
        till.close(shift, "200.00", witness=witness)
    with house.refuses(TextTooLong):
        till.close(shift, "200.00", bag="b" * 41)


def test_somebody_else_may_close_a_shift_and_is_named(till: Till) -> None:
    closed = till.close(till.open(cashier=OTHER), "200.00", operator="supervisor")
    assert (closed.cashier, closed.closed_by) == (OTHER, "supervisor")


def test_a_shift_is_closed_once(house: House, till: Till) -> None:
    shift = till.open()
    till.close(shift, "199.00")
    with house.refuses(ShiftClosed, shift=shift.id, closed_by=CLERK):
        till.close(shift, "199.00")
    with house.refuses(ShiftClosed):
        till.close(shift, "199.00", key="another form")
    assert till.holds("SHORT") == "1.00"


def test_a_form_that_closes_a_shift_twice_does_one_thing(house: House, till: Till, folio: int) -> None:
    shift = till.open()
    till.take(folio, "20.00")
    facts = {"bag": "bag 7", "witness": OTHER, "key": "form"}
    first = till.close(shift, "219.00", **facts)
    before = house.contents()
    again = till.close(shift, "219.00", **facts)
    assert (again.id, again.version, again.dropped_minor) == (first.id, first.version, 19_00)
    assert house.contents() == before
    for changed in ({"bag": "bag 8"}, {"dropped": "0.00"}, {"witness": None}):
        with house.refuses(ShiftKeyReused, shift=shift.id):
            till.close(shift, "219.00", **facts | changed)
    with house.refuses(ShiftKeyReused):
        till.count(shift, {100: 219}, **facts)


def test_two_clicks_at_once_close_a_shift_once(house: House, till: Till, folio: int) -> None:
    shift = till.open()
    till.take(folio, "20.00")
    answers = at_once([lambda: till.close(shift, "219.00", key="form")] * 4)
    assert [(each.id, each.counted_minor) for each in answers if isinstance(each, Shift)] == [(shift.id, 219_00)] * 4
    assert len(till.entries(shift)) == 3
    assert len(house.told("shift.closed")) == 1


def test_a_shift_that_was_seen_at_another_version_is_not_closed(house: House, till: Till) -> None:
    shift = till.open()
    with house.refuses(ChangedMeanwhile) as refused:
        house.do(shifts.close_shift, shift.id, shift.version + 1, {}, operator=CLERK)
    assert "200" not in f"{refused.value.text()} {refused.value.params}", "what was expected is not told by the way"
    with house.refuses(ShiftUnknown, shift=999):
        house.do(shifts.close_shift, 999, 1, {}, operator=CLERK)


def test_what_breaks_off_after_over_or_short_was_posted_leaves_nothing(
    house: House, till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    shift = till.open()
    real = shifts._post

    def broken(session: Any, shift: Shift, what: str, *facts: Any) -> Any:
        if what == shifts.DROP:
            assert session.scalar(sa.select(sa.func.count()).where(Voucher.key == f"{shift.id}/over-short")) == 1
            raise KeyboardInterrupt
        return real(session, shift, what, *facts)

    before = house.contents()
    monkeypatch.setattr(shifts, "_post", broken)
    with pytest.raises(KeyboardInterrupt):
        till.close(shift, "250.00")
    monkeypatch.undo()
    assert house.contents() == before
    assert house.rows(ShiftCount) == []
    assert house.rows(Shift)[0].status == "open"
    till.close(shift, "250.00")
    assert till.holds("OVER") == "-50.00"


# --- what is told, and when -----------------------------------------------------------------------------------


def test_what_a_drawer_should_hold_is_not_told_before_the_count(house: House, till: Till, folio: int) -> None:
    shift = till.open()
    till.take(folio, "77.77")
    told = [
        house.do(shifts.shift_summary, shift.id),
        house.do(shifts.open_shift_of, CLERK),
        *house.do(shifts.open_shifts),
        *house.do(shifts.shifts_of, FIRST_DAY, FIRST_DAY),
        *house.do(cashiering.drawers),
    ]
    assert len(told) == 5
    assert all("7777" not in repr(each) and "27777" not in repr(each) for each in told)
    for each in told[:4]:
        assert (each.expected_minor, each.difference_minor, each.left_minor, each.due_back_minor) == (None,) * 4
    with house.refuses(ShiftNotCounted, shift=shift.id):
        till.report(shift)
    till.close(shift, "277.00")
    closed = house.do(shifts.shift_summary, shift.id)
    assert (closed.expected_minor, closed.difference_minor, closed.left_minor) == (277_77, -77, 200_00)


def test_a_report_tells_apart_all_that_a_cashier_posts(house: House, till: Till, folio: int) -> None:
    shift = till.open()
    till.take(folio, "30.00")
    till.take(folio, "20.00")
    till.take(folio, "10.00", "VISA")
    house.do(cashiering.give_refund, folio, "CASH", euro("35.00"), "paid too much", CLERK)
    mistake = till.take(folio, "5.00")
    house.do(cashiering.correct, folio, mistake, "mistyped", CLERK)
    lines = (ChargeLine("BAR", euro("8.00")), ChargeLine("MINIBAR", euro("4.00")))
    bar = [
        house.do(lambda session: charge(session, Charge(folio, lines), cashiering.origin(session, CLERK)))
        for _ in range(2)
    ]
    house.do(cashiering.correct, folio, bar[0].voucher_id, "mistyped", CLERK)
    house.do(lambda s: allow(s, folio, bar[1].voucher_id, cashiering.origin(s, CLERK), "warm beer"))
    house.do(charge, Charge(folio, lines), Origin("waiter", outlet="bar", shift=str(shift.id)))
    till.close(shift, "215.00")

    told = till.report(shift)
    assert printed(told.payments) == [("VISA", 1, 10_00), ("CASH", 3, 55_00)]
    assert printed(told.refunds) == [("CASH", 1, 35_00)]
    assert printed(told.charges) == [("BAR", 2, 16_00), ("MINIBAR", 2, 8_00)]
    assert sorted(printed(told.corrections)) == [("BAR", 1, 8_00), ("CASH", 1, 5_00), ("MINIBAR", 1, 4_00)]
    assert printed(told.allowances) == [("BAR", 1, 8_00), ("MINIBAR", 1, 4_00)]
    assert (told.net_receipts_minor, told.expected_minor, told.over_minor, told.short_minor) == (15_00, 215_00, 0, 0)


def test_cash_that_somebody_moved_without_the_shift_is_told_apart(house: House, till: Till, folio: int) -> None:
    shift = till.open()
    till.take(folio, "10.00")
    house.do(cashiering.payments.pay, cashiering.Payment(folio, "CASH", euro("3.00"), till.drawer), Origin("till"))
    till.close(shift, "213.00")
    told = till.report(shift)
    assert (told.net_receipts_minor, told.others_minor, told.expected_minor) == (10_00, 3_00, 213_00)


def test_a_shift_goes_on_over_the_night(house: House, till: Till) -> None:
    folio = house.window(house.arrive(departure=4))
    shift = till.open()
    till.take(folio, "10.00")
    house.end_day()
    till.take(folio, "20.00")
    house.end_day()
    till.close(shift, "230.00")
    told = till.report(shift)
    assert (told.shift.opened_on, told.shift.closed_on) == (day(0), day(2))
    assert (printed(told.payments), told.short_minor) == ([("CASH", 2, 30_00)], 0)


def test_shifts_are_listed_by_day_and_cashier(house: House, till: Till) -> None:
    first = till.open()
    till.close(first, "200.00")
    house.end_day()
    second = till.open(cashier=OTHER)

    def listed(*facts: Any) -> list[int]:
        return [each.id for each in house.do(shifts.shifts_of, *facts)]

    assert listed(day(0), day(5)) == [first.id, second.id]
    assert (listed(day(0), day(0)), listed(day(1), day(1))) == ([first.id], [second.id])
    assert (listed(day(0), day(5), CLERK), listed(day(0), day(5), "nobody")) == ([first.id], [])
    assert [each.id for each in house.do(shifts.open_shifts)] == [second.id]
    assert house.do(shifts.open_shift_of, CLERK) is None
    with house.refuses(ShiftUnknown):
        house.do(shifts.shift_summary, 999)


# --- a payment and the count of the same instant ----------------------------------------------------------------


def test_a_payment_and_the_close_of_its_shift_agree_on_who_came_first(house: House, till: Till, folio: int) -> None:
    for _ in range(12):
        shift = till.open("100.00")
        verbs: list[Callable[[], object]] = [lambda: till.take(folio, "1.00") for _ in range(3)]
        *paid, closed = at_once([*verbs, lambda shift=shift: till.close(shift, "100.00", dropped="0.00")])

        assert isinstance(closed, Shift), closed
        taken = [each for each in paid if isinstance(each, int)]
        assert [type(each) for each in paid if not isinstance(each, int)] == [ShiftNeeded] * (3 - len(taken))
        assert closed.expected_minor == 100_00 + 100 * len(taken)
        assert till.report(shift).net_receipts_minor == 100 * len(taken)
        assert {each.shift for each in house.rows(Voucher) if each.id in taken} <= {str(shift.id)}
        assert till.holds("DRAWER") == "100.00"


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_a_count_waits_for_a_payment_that_has_begun(house: House, till: Till, folio: int) -> None:
    from concurrent.futures import ThreadPoolExecutor
    from concurrent.futures import TimeoutError as NotYet

    shift = till.open("100.00")
    with ThreadPoolExecutor(1) as other:
        with db.unit_of_work(house.sessions) as session:
            cashiering.take_payment(session, folio, "CASH", euro("7.00"), CLERK)
            closing = other.submit(till.close, shift, "107.00")
            with pytest.raises(NotYet):
                closing.result(0.5)
        assert closing.result(10).expected_minor == 107_00


# --- the proof finds a shift that was tampered with --------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        (
            "UPDATE shift_count SET pieces = pieces + 1",
            {"what was counted in a shift is what its coins and notes add up to"},
        ),
        (
            "UPDATE shift SET dropped_minor = dropped_minor - 1",
            {"a closed shift's count, less what was expected, stands as over or short; its drop went to the safe"},
        ),
        (
            "UPDATE shift SET expected_minor = expected_minor + 100",
            {
                "a closed shift's count, less what was expected, stands as over or short; its drop went to the safe",
                "what a drawer was expected to hold is its float and what the shift took in and gave out",
            },
        ),
        (
            "UPDATE shift SET float_minor = float_minor - 100",
            {"what a drawer was expected to hold is its float and what the shift took in and gave out"},
        ),
    ],
)
def test_a_shift_that_was_changed_behind_its_back_is_found(
    house: House, till: Till, folio: int, changed: str, found: set[str]
) -> None:
    shift = till.open()
    till.take(folio, "50.00")
    till.count(shift, {5000: 5, 100: 1})
    kept = house.rows(Shift)[0]
    house.do(lambda session: session.execute(sa.text(changed)))
    assert {name for name, _ in house.differences()} == found
    house.do(
        lambda session: session.execute(
            sa.update(Shift).values(
                dropped_minor=kept.dropped_minor, expected_minor=kept.expected_minor, float_minor=kept.float_minor
            )
        )
    )
    house.do(
        lambda session: session.execute(
            sa.text("UPDATE shift_count SET pieces = CASE value_minor WHEN 5000 THEN 5 ELSE 1 END")
        )
    )


def test_the_clock_tells_when_a_shift_was_opened_and_closed(till: Till) -> None:
    before = clock.now()
    shift = till.open()
    closed = till.close(shift, "200.00")
    assert closed.closed_at is not None
    assert before <= shift.opened_at <= closed.closed_at <= clock.now()
