"""Closing a business day: room and tax once for everybody in house, no-shows, the next date; whatever interrupts it."""

from __future__ import annotations

from datetime import date

import pytest
from click.testing import CliRunner
from sqlalchemy.orm import Session

from folios import business_day
from folios.charges import Charge, ChargeLine, charge
from folios.codes import add_code, add_tax, set_rate, set_taxes
from folios.drafts import Origin
from folios.errors import DayNotReady
from folios.folios import close_folio, open_folio, reopen_folio
from folios.models import BusinessDay, Folio, Posting, Voucher
from folios.payments import Payment, pay
from frontoffice import rights, stays, users
from frontoffice.cli import main
from frontoffice.departures import DepartureBlocked, NightNotCharged
from frontoffice.models.stays import Stay
from night_audit import closing
from night_audit.closing import DueOutsInHouse, WindowsClosed, close_business_day
from tests.frontoffice.house import AUDITOR, CLERK, House, at_once, day, euro


def close(house: House, number: int | None = None) -> closing.Closed:
    return close_business_day(house.sessions, AUDITOR, None if number is None else day(number))


def nights_charged(house: House) -> list[tuple[str | None, date]]:
    """Key and business date of each room charge."""
    return [(each.key, each.business_date) for each in house.rows(Voucher, kind="charge", sender="night")]


def test_each_guest_in_house_is_charged_the_night_once_on_the_day_that_was_left(house: House) -> None:
    first, second = house.arrive(2, "101"), house.arrive(1, "102")
    house.book(0, 1, "103")
    house.book(1, 2, "104")
    closed = close(house)
    assert closed == closing.Closed(day(0), no_shows=1, nights=2)
    assert nights_charged(house) == [(f"{stay}:{day(0)}", day(0)) for stay in (first, second)]
    assert house.do(business_day.open_date) == day(1)
    assert [each.status for each in house.rows(BusinessDay)] == ["closed", "open"]
    assert house.balance(house.window(first)) == "100.00"


def test_room_and_tax_post_what_the_code_generates_per_person_and_night(house: House) -> None:
    def levy_city_tax(session: Session) -> None:
        folio = open_folio(session, type="control", name="City tax", number="CITY", operator=CLERK)
        add_code(
            session, code="CITY", name="City tax", kind="tax", department="Taxes", operator=CLERK, folio_id=folio.id
        )
        add_tax(session, code="CITY", basis="person_night", inclusive=False, stacked=False, operator=CLERK)
        set_rate(session, "CITY", day(0), amount_minor=250, operator=CLERK)
        set_taxes(session, "ROOM", ["CITY"], CLERK)

    house.do(levy_city_tax)
    stay = house.arrive(1, adults=2, children=1)
    close(house)
    assert [(each.code, each.amount_minor) for each in house.rows(Posting)] == [("ROOM", 10000), ("CITY", 500)]
    assert house.balance(house.window(stay)) == "105.00"


def test_a_night_without_a_price_is_slept_and_not_charged(house: House) -> None:
    house.arrive(1, "101", nature="complimentary")
    assert close(house).nights == 0
    assert house.figures(0).complimentary == 1


def test_the_house_limit_does_not_stop_the_night_that_was_slept(house: House) -> None:
    stay = house.book(0, 1, "101")
    house.check_in(stay, house_limit_minor=5000)
    close(house)
    assert house.balance(house.window(stay)) == "100.00"


def test_charges_that_arrive_during_the_close_count_for_the_new_day(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    stay = house.arrive(2)
    settle = closing._settle

    def charge_meanwhile(session: Session, left: date, operator: str) -> None:
        line = ChargeLine("BAR", euro("7.00"))
        posted = charge(session, Charge(house.window(stay), (line,)), Origin(CLERK))
        assert posted.business_date == day(1)
        settle(session, left, operator)

    monkeypatch.setattr(closing, "_settle", charge_meanwhile)
    close(house)
    assert {each.code: each.business_date for each in house.rows(Posting)} == {"ROOM": day(0), "BAR": day(1)}


STEPS = ("_leave", "mark_no_shows", "_charge_some", "charge_nights", "_settle", "close_day")


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_close_that_was_interrupted_at_any_step_is_taken_up_and_doubles_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch, step: str, when: str
) -> None:
    for room in ("101", "102"):
        house.arrive(2, room)
    house.book(0, 1, "103")
    work = getattr(closing, step)

    def interrupted(*facts: object, **more: object) -> object:
        if when == "after":
            work(*facts, **more)
        raise PowerCut

    with monkeypatch.context() as cut:
        cut.setattr(closing, step, interrupted)
        with pytest.raises(PowerCut):
            close(house)
    assert house.do(business_day.auditing_date) == (None if step == "_leave" else day(0))
    assert close(house, 0).day == day(0)
    assert len(nights_charged(house)) == len(set(nights_charged(house))) == 2
    assert [each.status for each in house.rows(Stay)] == ["in_house", "in_house", "no_show"]
    assert [each.status for each in house.rows(BusinessDay)] == ["closed", "open"]


class PowerCut(Exception):
    """The process is gone; nothing after this line happens."""


def test_many_nights_are_charged_in_pieces_that_each_are_whole(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(closing, "AT_ONCE", 1)
    for room in ("101", "102", "103"):
        house.arrive(1, room)
    assert close(house).nights == 3
    assert len(nights_charged(house)) == 3


def test_two_auditors_who_start_together_close_one_day(house: House) -> None:
    for room in ("101", "102", "103"):
        house.arrive(3, room)
    answers = at_once([lambda: close(house, 0)] * 2)
    assert any(isinstance(each, closing.Closed) for each in answers)
    assert all(isinstance(each, closing.Closed | DayNotReady) for each in answers)
    assert len(nights_charged(house)) == 3
    assert house.do(business_day.open_date) == day(1)


@pytest.mark.parametrize("number", [-1, 1, 7])
def test_a_day_that_is_not_open_cannot_be_closed(house: House, number: int) -> None:
    with house.refuses(DayNotReady, day=day(number)):
        close(house, number)


def test_nobody_leaves_before_the_night_is_charged(house: House) -> None:
    stay = house.arrive(1)
    house.do(business_day.roll, AUDITOR)
    with house.refuses(DepartureBlocked) as refused:
        house.check_out(stay)
    assert NightNotCharged.code in {each.code for each in refused.value.params["obstacles"]}
    close(house)
    house.leave(stay)
    assert house.stay(stay).status == "departed"


def test_a_company_account_that_was_paid_is_closed_with_the_day(house: House) -> None:
    owing, paid = (house.do(open_folio, type="semi_permanent", name="Company", operator=CLERK).id for _ in range(2))
    stay = house.arrive(2)
    house.charge(stay, "80.00")
    house.do(pay, Payment(house.window(stay), "BILL", euro("80.00"), owing), Origin(CLERK))
    close(house)
    assert {each.id: each.status for each in house.rows(Folio, type="semi_permanent")} == {
        owing: "open",
        paid: "closed",
    }


def test_a_day_is_not_closed_over_a_guest_who_should_have_left(house: House) -> None:
    stay = house.arrive(1)
    close(house)
    with house.refuses(DueOutsInHouse, stays=[stay], day=day(1)):
        close(house)
    house.do(stays.extend, stay, day(2), CLERK)
    assert close(house).nights == 1
    house.leave(stay)
    close(house)


def test_a_day_is_not_left_while_a_guests_window_is_closed(house: House) -> None:
    stay = house.arrive(2)
    house.do(close_folio, house.window(stay), CLERK)
    with house.refuses(WindowsClosed, stays=[stay]):
        close(house)
    house.do(reopen_folio, house.window(stay), CLERK)
    assert close(house).nights == 1


def test_the_command_closes_the_day_for_who_may_and_refuses_who_may_not(house: House, database_url: str) -> None:
    def staff(session: Session) -> None:
        rights.add_starter_roles(session)
        users.add_user(session, users.NewUser("NIGHT", "Night auditor", roles=["night_auditor"]), CLERK)
        users.add_user(session, users.NewUser("DESK", "Cashier", roles=["cashier"]), CLERK)

    house.do(staff)
    house.arrive(1)

    def run(*options: str) -> tuple[int, str]:
        result = CliRunner().invoke(main, ["close-day", "--database", database_url, *options])
        return result.exit_code, result.output

    status, told = run("--operator", "DESK")
    assert status == 2
    assert "desk" in told
    assert house.do(business_day.open_date) == day(0)
    status, told = run("--operator", "NIGHT", "--day", day(0).isoformat())
    assert (status, told) == (0, "Business day Mar 1, 2026 is closed: 1 nights charged, 0 no-shows.\n")
    assert run("--operator", "NIGHT", "--day", day(0).isoformat())[0] == 2
    assert house.do(business_day.open_date) == day(1)
