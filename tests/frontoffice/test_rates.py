"""Rate codes and their dated prices."""

from __future__ import annotations

import pytest

from folios.errors import AmountTooLarge, ChangedMeanwhile, CodeUnknown, CodeWrongKind, TextTooLong
from folios.money import MOST_MINOR
from frontoffice import rates
from frontoffice.fields import FieldMissing, FieldUnknown
from frontoffice.models.rates import RateCode, RatePrice
from frontoffice.rooms import PeriodInvalid, RoomTypeUnknown
from tests.frontoffice.house import CLERK, House, day, minor


def set_price(house: House, begin: int, end: int, price: str, rate: str = "BAR") -> None:
    period = {"from_date": day(begin), "to_date": day(end)}
    house.do(rates.set_price, rate, house.standard, **period, price_minor=minor(price), operator=CLERK)


def periods(house: House) -> list[tuple[int, int, int]]:
    return [
        ((row.from_date - day(0)).days, (row.to_date - day(0)).days, row.price_minor // 100)
        for row in house.rows(RatePrice, room_type_id=house.standard)
    ]


def test_a_rate_is_entered_with_its_charge_and_meal_plan(house: House) -> None:
    house.do(rates.add_rate, code="HB", name="Half board", meal_plan="half_board", operator=CLERK)
    (rate,) = house.rows(RateCode, code="HB")
    assert (rate.transaction_code, rate.meal_plan, rate.active) == ("ROOM", "half_board", True)


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"code": "BAR"}, rates.RateTaken),
        ({"code": ""}, FieldMissing),
        ({"code": "x" * 17}, TextTooLong),
        ({"name": ""}, FieldMissing),
        ({"meal_plan": "brunch"}, rates.MealPlanUnknown),
        ({"transaction_code": "NONE"}, CodeUnknown),
        ({"transaction_code": "VISA"}, CodeWrongKind),
    ],
)
def test_a_rate_that_cannot_be_is_refused(house: House, facts: dict, refusal: type) -> None:
    with house.refuses(refusal):
        house.do(rates.add_rate, **{"code": "NEW", "name": "New", "operator": CLERK} | facts)


def test_a_rate_is_amended_unless_someone_else_was_faster(house: House) -> None:
    house.do(rates.amend_rate, "BAR", 1, {"name": "Public", "active": False}, CLERK)
    with house.refuses(ChangedMeanwhile):
        house.do(rates.amend_rate, "BAR", 1, {"name": "Rack"}, CLERK)
    with house.refuses(rates.RateInactive):
        house.book()
    with house.refuses(FieldUnknown):
        house.do(rates.amend_rate, "BAR", 2, {"code": "RACK"}, CLERK)
    with house.refuses(rates.RateUnknown):
        house.do(rates.amend_rate, "XXX", 1, {"name": "None"}, CLERK)


def test_a_price_holds_from_its_first_day_up_to_its_last(house: House) -> None:
    set_price(house, 10, 12, "140.00")
    found = [house.do(rates.price, "BAR", house.standard, day(number)) for number in (9, 10, 11, 12)]
    assert found == [10000, 14000, 14000, 10000]


def test_a_new_price_takes_the_place_of_what_stood_there(house: House) -> None:
    set_price(house, 10, 20, "140.00")
    assert periods(house) == [(-30, 10, 100), (10, 20, 140), (20, 300, 100)]
    set_price(house, 15, 25, "150.00")
    assert periods(house) == [(-30, 10, 100), (10, 15, 140), (15, 25, 150), (25, 300, 100)]
    set_price(house, -30, 300, "90.00")
    assert periods(house) == [(-30, 300, 90)]


def test_a_night_without_a_price_is_refused(house: House) -> None:
    with house.refuses(rates.NoPrice, rate="BAR", room_type="STD", day=day(300)):
        house.do(rates.price, "BAR", house.standard, day(300))
    with house.refuses(rates.NoPrice, day=day(300)):
        house.book(299, 301)


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"to_date": day(0)}, PeriodInvalid),
        ({"price_minor": -1}, rates.PriceNegative),
        ({"price_minor": MOST_MINOR + 1}, AmountTooLarge),
        ({"rate_code": "XXX"}, rates.RateUnknown),
        ({"room_type_id": 999}, RoomTypeUnknown),
    ],
)
def test_a_price_that_cannot_be_is_refused(house: House, facts: dict, refusal: type) -> None:
    given = {"rate_code": "BAR", "room_type_id": house.standard, "from_date": day(0), "to_date": day(1)}
    with house.refuses(refusal):
        house.do(rates.set_price, **given | {"price_minor": 1, "operator": CLERK} | facts)


def test_a_booked_stay_keeps_its_price_when_the_rate_changes(house: House) -> None:
    stay = house.book(0, 2)
    set_price(house, 0, 10, "300.00")
    assert house.nights(stay) == [(0, None, "100.00"), (1, None, "100.00")]
