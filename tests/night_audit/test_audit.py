"""The audit of a business day: what it posts and marks, what stops it, and who takes it up again."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from folios import business_day, clock
from folios.charges import Charge, ChargeLine, charge
from folios.codes import add_code, add_tax, set_rate, set_taxes
from folios.db import in_unit_of_work
from folios.drafts import Origin
from folios.errors import DayNotReady
from folios.folios import close_folio, open_folio, reopen_folio
from folios.models import BusinessDay, Folio, Posting, Voucher
from folios.payments import Payment, pay
from frontoffice import stays
from frontoffice.departures import DepartureBlocked, NightNotCharged
from frontoffice.deposits import take_deposit
from frontoffice.models.stays import Stay
from night_audit import audit, steps
from night_audit.audit import Audited, AuditNotReady
from night_audit.models.audits import Audit, AuditStep, DaySeal
from night_audit.rules import Rules, set_rules
from night_audit.standing import AuditRunning, AuditUnsealed
from tests.frontoffice.house import AUDITOR, CLERK, House, at_once, day, euro
from tests.night_audit.nights import PowerCut, night_charges, run, states
from tests.night_audit.nights import steps as steps_of


def test_each_guest_in_house_is_charged_the_night_once_on_the_day_that_was_left(house: House) -> None:
    first, second = house.arrive(2, "101"), house.arrive(1, "102")
    house.book(0, 1, "103")
    house.book(1, 2, "104")
    done = run(house)
    assert (done.day, done.count("no_shows"), done.count("nights"), done.count("posted_minor")) == (day(0), 1, 2, 20000)
    assert night_charges(house) == [(f"{stay}:{day(0)}", day(0)) for stay in (first, second)]
    assert house.do(business_day.open_date) == day(1)
    assert [each.status for each in house.rows(BusinessDay)] == ["closed", "open"]
    assert house.balance(house.window(first)) == "100.00"
    assert states(house) == {day(0): "done"}
    assert steps_of(house, 0) == dict.fromkeys(("CLOSE", "POST", "READY", "ROLL", "SEAL"), "done")


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
    run(house)
    assert [(each.code, each.amount_minor) for each in house.rows(Posting)] == [("ROOM", 10000), ("CITY", 500)]
    assert house.balance(house.window(stay)) == "105.00"


def test_a_night_without_a_price_is_slept_and_not_charged(house: House) -> None:
    house.arrive(1, "101", nature="complimentary")
    assert run(house).count("nights") == 0
    assert house.figures(0).complimentary == 1


def test_the_house_limit_does_not_stop_the_night_that_was_slept(house: House) -> None:
    stay = house.book(0, 1, "101")
    house.check_in(stay, house_limit_minor=5000)
    done = run(house)
    assert house.balance(house.window(stay)) == "100.00"
    assert done.count("over_limit") == 1


def test_charges_that_arrive_during_the_audit_count_for_the_new_day(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    stay = house.arrive(2)
    close = steps.close

    def charge_meanwhile(session: Session, left: date, operator: str) -> dict[str, int]:
        line = ChargeLine("BAR", euro("7.00"))
        posted = charge(session, Charge(house.window(stay), (line,)), Origin(CLERK))
        assert posted.business_date == day(1)
        return close(session, left, operator)

    monkeypatch.setattr(steps, "close", charge_meanwhile)
    run(house)
    assert {each.code: each.business_date for each in house.rows(Posting)} == {"ROOM": day(0), "BAR": day(1)}


def test_a_power_cut_before_or_after_any_unit_of_work_doubles_nothing_and_loses_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One posting a piece, so that it is also between any two postings. Each night is cut at one place more, and each
    night two do not come: one who paid a deposit, and one who did not.
    """
    monkeypatch.setattr(steps, "AT_ONCE", 1)
    house.do(set_rules, 1, Rules(no_show_percent=60), AUDITOR)
    for room in ("101", "102"):
        house.arrive(60, room)
    number = 0
    absent = [_expect_two(house, number)]
    while _cut(house, monkeypatch, number):
        assert states(house)[day(number)] == "done"
        number += 1
        absent.append(_expect_two(house, number))
    assert number > 20
    charged = night_charges(house)
    assert len(charged) == len(set(charged)) == 2 * (number + 1)
    assert {each.business_date for each in house.rows(DaySeal)} == {day(each) for each in range(number + 1)}
    assert house.do(business_day.open_date) == day(number + 1)
    for step in house.rows(AuditStep, step="POST"):
        assert (step.counts["nights"], step.counts["no_shows"], step.counts["no_show_fees"]) == (2, 2, 2)
    for paid, unpaid in absent:
        assert (house.balance(house.window(paid)), house.balance(house.window(unpaid))) == ("35.00", "60.00")
    fees = [(each.key, each.business_date) for each in house.rows(Voucher, sender="no_show")]
    assert len(fees) == len(set(fees)) == 2 * (number + 1)
    assert len(house.told("stay.no_show.charged")) == len(house.told("stay.deposit.used")) * 2 == len(fees)


def _expect_two(house: House, number: int) -> tuple[int, int]:
    """Two guests who will not come that day; the first has paid a deposit of 25.00."""
    paid, unpaid = (house.book(number, number + 1, guaranteed=True) for _ in range(2))
    house.do(take_deposit, paid, code="VISA", amount=euro("25.00"), origin=Origin(CLERK))
    return paid, unpaid


def _cut(house: House, monkeypatch: pytest.MonkeyPatch, place: int) -> bool:
    """Audits a day with a cut before (even places) or after (odd ones) a unit of work; whether it came to that."""
    begun = 0

    def unit(sessions: Any, work: Any) -> Any:
        nonlocal begun
        begun += 1
        if 2 * begun - 2 == place:
            raise PowerCut
        answer = in_unit_of_work(sessions, work)
        if 2 * begun - 1 == place:
            raise PowerCut
        return answer

    with monkeypatch.context() as power:
        power.setattr(audit, "in_unit_of_work", unit)
        try:
            run(house, place)
        except PowerCut:
            pass
        else:
            return False
    with suppress(DayNotReady):  # cut after all was done
        run(house, place, resuming=True)
    return True


def test_an_audit_whose_process_ended_is_taken_up_by_the_next_run_when_it_gives_no_sign(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.arrive(2)

    def die(*_facts: object) -> dict[str, int]:
        raise PowerCut

    with monkeypatch.context() as power:
        power.setattr(steps, "close", die)
        with pytest.raises(PowerCut):
            run(house)
    with house.refuses(AuditRunning, day=day(0)):
        run(house)
    house.do(lambda session: session.execute(sa.update(Audit).values(alive_at=clock.now() - audit.standing.DEAD_AFTER)))
    assert run(house).day == day(0)
    assert len(night_charges(house)) == 1


def test_two_auditors_who_start_together_make_one_audit(house: House) -> None:
    for room in ("101", "102", "103"):
        house.arrive(3, room)
    answers = at_once([lambda: run(house, 0)] * 2)
    assert any(isinstance(each, Audited) for each in answers), answers
    assert all(isinstance(each, Audited | AuditRunning | DayNotReady) for each in answers), answers
    assert len(night_charges(house)) == 3
    assert house.do(business_day.open_date) == day(1)


def test_two_who_resume_the_same_audit_at_once_double_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "AT_ONCE", 1)
    for room in ("101", "102", "103"):
        house.arrive(3, room)
    with monkeypatch.context() as power:
        power.setattr(steps, "post_some", lambda *_: (_ for _ in ()).throw(PowerCut))
        with pytest.raises(PowerCut):
            run(house)
    answers = at_once([lambda: run(house, 0, resuming=True)] * 2)
    assert any(isinstance(each, Audited) for each in answers), answers
    assert all(isinstance(each, Audited | DayNotReady) for each in answers), answers
    assert len(night_charges(house)) == 3
    (posted,) = house.rows(AuditStep, step="POST")
    assert posted.counts["nights"] == 3


def test_a_run_that_fails_after_another_took_over_and_finished_stops_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.arrive(3)

    def late(_night: audit.Night) -> None:
        monkeypatch.undo()
        run(house, resuming=True)
        raise OSError("the network came back too late")

    monkeypatch.setattr(audit.Night, "close", late)
    with pytest.raises(OSError, match="too late"):
        run(house)
    assert states(house) == {day(0): "done"}
    assert run(house).day == day(1)


@pytest.mark.parametrize("number", [-1, 1, 7])
def test_a_day_that_is_not_open_cannot_be_audited(house: House, number: int) -> None:
    with house.refuses(DayNotReady, day=day(number)):
        run(house, number)


def test_the_next_audit_is_refused_until_the_last_is_sealed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_facts: object) -> dict[str, int]:
        raise PowerCut

    with monkeypatch.context() as power:
        power.setattr(steps, "seal", die)
        with pytest.raises(PowerCut):
            run(house)
    assert [each.status for each in house.rows(BusinessDay)] == ["closed", "open"]
    with house.refuses(AuditUnsealed, day=day(0)):
        run(house, 1)
    assert run(house, resuming=True).day == day(0)
    assert run(house).day == day(1)


def test_nobody_leaves_before_the_night_is_charged(house: House) -> None:
    stay = house.arrive(1)
    house.do(business_day.roll, AUDITOR)
    with house.refuses(DepartureBlocked) as refused:
        house.check_out(stay)
    assert NightNotCharged.code in {each.code for each in refused.value.params["obstacles"]}
    run(house)
    house.leave(stay)
    assert house.stay(stay).status == "departed"


def test_a_company_account_that_was_paid_is_closed_with_the_day(house: House) -> None:
    owing, paid = (house.do(open_folio, type="semi_permanent", name="Company", operator=CLERK).id for _ in range(2))
    stay = house.arrive(2)
    house.charge(stay, "80.00")
    house.do(pay, Payment(house.window(stay), "BILL", euro("80.00"), owing), Origin(CLERK))
    run(house)
    assert {each.id: each.status for each in house.rows(Folio, type="semi_permanent")} == {
        owing: "open",
        paid: "closed",
    }


def test_a_day_is_not_closed_over_a_guest_who_should_have_left(house: House) -> None:
    stay = house.arrive(1)
    run(house)
    with pytest.raises(AuditNotReady, match="Departures still in house") as refused:
        run(house)
    assert str(stay) in str(refused.value.params["found"])
    assert states(house)[day(1)] == "stopped"
    assert house.do(business_day.open_date) == day(1)
    house.do(stays.extend, stay, day(2), CLERK)
    assert run(house).count("nights") == 1
    house.leave(stay)
    run(house)


def test_what_changed_since_the_checklist_is_seen_when_the_date_is_rolled(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    stay = house.arrive(2)
    ready = audit.Night.ready

    def close_behind_its_back(night: audit.Night) -> None:
        ready(night)
        house.do(close_folio, house.window(stay), CLERK)

    with monkeypatch.context() as changed:
        changed.setattr(audit.Night, "ready", close_behind_its_back)
        with pytest.raises(AuditNotReady, match="Closed windows"):
            run(house)
    assert house.do(business_day.open_date) == day(0)
    house.do(reopen_folio, house.window(stay), CLERK)
    assert run(house).count("nights") == 1


def test_a_night_that_may_not_mark_no_shows_waits_for_a_decision(house: House) -> None:
    house.book(0, 1, "101")
    with pytest.raises(AuditNotReady, match="Arrivals that have not come"):
        run(house, going_by=Rules(no_shows="ask"))
    assert run(house, going_by=Rules(no_shows="mark")).count("no_shows") == 1
    assert [each.status for each in house.rows(Stay)] == ["no_show"]


def test_forty_missed_days_are_closed_one_by_one_with_what_belongs_to_each(house: House) -> None:
    stay = house.arrive(45)
    house.book(3, 5, "102")
    done = audit.missed(house.sessions, AUDITOR, day(40), report=None)
    assert [each.day for each in done] == [day(number) for number in range(40)]
    assert {each.count("nights") for each in done} == {1}
    assert [each.day for each in done if each.count("no_shows")] == [day(3)]
    assert night_charges(house) == [(f"{stay}:{day(number)}", day(number)) for number in range(40)]


def test_a_hotel_with_no_guests_is_audited_all_the_same(house: House) -> None:
    done = run(house)
    assert (done.count("nights"), done.count("vouchers")) == (0, 0)


@pytest.mark.parametrize(
    ("moment", "number", "found"),
    [
        ("2026-03-01 23:00", 0, None),  # the evening of the day itself
        ("2026-03-02 05:00", 0, None),  # the morning after
        ("2026-02-28 23:59", 0, "is the clock right"),  # the clock is a day back
        ("2026-03-08 05:00", 0, None),  # a week forward: the day is over by any clock
    ],
)
def test_a_day_is_audited_when_it_has_begun_by_the_clock(
    house: House, moment: str, number: int, found: str | None
) -> None:
    with time_machine.travel(f"{moment}+00:00", tick=False):
        if found is None:
            assert run(house).day == day(number)
        else:
            with pytest.raises(AuditNotReady, match=found):
                run(house)


def test_a_second_audit_in_the_same_night_is_stopped_by_the_hours_between_them(house: House) -> None:
    with time_machine.travel("2026-03-01 23:00+00:00", tick=False):
        run(house)
    with (
        time_machine.travel("2026-03-02 05:00+00:00", tick=False),
        pytest.raises(AuditNotReady, match="after the last"),
    ):
        run(house)
    with time_machine.travel("2026-03-02 23:00+00:00", tick=False):
        run(house)
    going_back = time_machine.travel("2026-03-02 22:00+00:00", tick=False)
    with going_back, pytest.raises(AuditNotReady, match="is the clock right"):
        run(house)  # the clock went back an hour
