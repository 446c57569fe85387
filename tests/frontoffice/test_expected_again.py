"""A no-show that is taken back on its own day: what comes back, what is refused, and what the night then does."""

from __future__ import annotations

from collections.abc import Callable

from folios.drafts import Origin
from frontoffice import reservations
from frontoffice.availability import TypeSoldOut
from frontoffice.deposits import apply_deposit, take_deposit
from frontoffice.expected_again import NoShowOver, NoShowPosted, expect_again
from frontoffice.fees import charge_fee
from frontoffice.lifecycle import StateForbids
from frontoffice.models.stays import StayWindow
from tests.frontoffice.desk_client import Client
from tests.frontoffice.house import CLERK, House, at_once, day, euro


def no_show(house: House, room: str | None = None, **facts: object) -> int:
    stay = house.book(0, 2, room, **facts)
    house.do(reservations.mark_no_show, stay, CLERK)
    return stay


def test_who_was_marked_by_mistake_is_expected_again_without_a_room_and_can_check_in(house: House) -> None:
    stay = no_show(house, "101")
    house.do(expect_again, stay, CLERK)
    assert (house.stay(stay).status, house.stay(stay).room_id) == ("confirmed", None)
    assert house.nights(stay) == [(0, None, "100.00"), (1, None, "100.00")]
    assert len(house.told("stay.no_show.reversed")) == 1
    house.check_in(stay, "102")
    assert house.stay(stay).status == "in_house"


def test_a_deposit_that_was_put_on_a_window_is_a_deposit_again(house: House) -> None:
    stay = house.book(0, 2)
    house.do(take_deposit, stay, code="VISA", amount=euro("40.00"), origin=Origin(CLERK))
    house.do(reservations.mark_no_show, stay, CLERK)
    house.do(apply_deposit, stay, CLERK)
    house.do(expect_again, stay, CLERK)
    folio_id = house.stay(stay).deposit_folio_id
    assert folio_id is not None
    assert house.balance(folio_id) == "-40.00"
    assert house.rows(StayWindow, stay_id=stay) == []
    house.check_in(stay, "101")
    assert house.balance(house.window(stay)) == "-40.00"


def test_a_no_show_that_was_charged_a_fee_stays_one(house: House) -> None:
    stay = no_show(house)
    house.do(charge_fee, stay, "NOSHOW", euro("50.00"), Origin(CLERK))
    with house.refuses(NoShowPosted, stay=str(stay)):
        house.do(expect_again, stay, CLERK)


def test_a_no_show_of_a_day_that_is_over_stays_in_its_figures(house: House) -> None:
    stay = no_show(house)
    house.end_day()
    with house.refuses(NoShowOver, stay=str(stay), arrival=day(0)):
        house.do(expect_again, stay, CLERK)
    assert house.figures(0).no_shows == 1


def test_nights_that_were_sold_meanwhile_do_not_come_back(house: House) -> None:
    stay = no_show(house)
    for _ in range(4):
        house.book(1, 2)
    with house.refuses(TypeSoldOut, day=day(1)):
        house.do(expect_again, stay, CLERK)


def test_only_a_no_show_can_be_expected_again(house: House) -> None:
    for stay in (house.book(0, 2), house.arrive(1, "101")):
        with house.refuses(StateForbids, verb="expect_again"):
            house.do(expect_again, stay, CLERK)


def test_two_who_take_the_last_room_back_at_once_do_not_sell_it_twice(house: House) -> None:
    first, second = no_show(house), no_show(house)
    for _ in range(3):
        house.book(0, 2)
    answers = at_once([lambda: house.do(expect_again, first, CLERK), lambda: house.do(expect_again, second, CLERK)])
    assert sum(isinstance(each, TypeSoldOut) for each in answers) == 1, answers
    assert sorted(house.stay(each).status for each in (first, second)) == ["confirmed", "no_show"]


def test_the_button_stands_on_the_page_of_a_no_show_and_says_why_when_it_cannot_be_used(
    house: House, desk: Callable[[str], Client]
) -> None:
    stay, charged = no_show(house), no_show(house)
    house.do(charge_fee, charged, "NOSHOW", euro("50.00"), Origin(CLERK))
    cashier = desk("supervisor")
    page = cashier.page(f"/stays/{charged}")
    assert "Something was posted for stay" in page
    assert f'href="/reservations/{stay}/expect-again"' in cashier.page(f"/stays/{stay}")
    assert "is expected again." in cashier.done(f"/reservations/{stay}/expect-again")
    assert house.stay(stay).status == "confirmed"
