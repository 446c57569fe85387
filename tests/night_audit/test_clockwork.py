"""What the clock starts: when, by summer and winter time, once whoever wakes up, and caught up after a time without."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time
from time import monotonic, sleep

import pytest
import time_machine
from sqlalchemy.engine import Engine

from folios import business_day, db
from night_audit import audit, clockwork, steps
from night_audit.clockwork import Daily
from night_audit.models.clockwork import ScheduledRun
from night_audit.rules import Rules, set_rules
from night_audit.scheduler import Clock
from night_audit.shell import told_stopped
from night_audit.standing import unfinished
from tests.frontoffice.house import AUDITOR, House, at_once, day

BERLIN = "Europe/Berlin"


@pytest.fixture
def hotel(staffed: None, engine: Engine) -> Iterator[House]:
    """The little hotel with its time zone (Berlin) and an audit at three in the morning."""
    hotel = House(engine)
    hotel.look_around()
    hotel.do(set_rules, 1, Rules(run_at=time(3, 0)), AUDITOR)
    yield hotel
    hotel.prove()


@pytest.fixture(autouse=True)
def no_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "_pack_module", lambda: None)


def fires(at: time, first: str, count: int) -> list[str]:
    trigger, now = Daily(at, BERLIN), datetime.fromisoformat(first).replace(tzinfo=UTC)
    found: list[datetime] = []
    for _ in range(count):
        found.append(trigger.get_next_fire_time(found[-1] if found else None, now))
    return [each.isoformat(timespec="minutes") for each in found]


def test_a_time_that_the_clock_leaps_over_in_spring_counts_when_it_has_leapt() -> None:
    assert fires(time(2, 30), "2026-03-28T00:00", 3) == [
        "2026-03-28T01:30+00:00",  # 02:30 in winter
        "2026-03-29T01:30+00:00",  # 03:30 in summer: there is no 02:30
        "2026-03-30T00:30+00:00",
    ]


def test_a_time_that_comes_twice_in_autumn_counts_once() -> None:
    assert fires(time(2, 30), "2026-10-24T12:00", 3) == [
        "2026-10-25T00:30+00:00",
        "2026-10-26T01:30+00:00",
        "2026-10-27T01:30+00:00",
    ]


def test_the_last_time_that_it_was_is_known_on_both_sides_of_midnight() -> None:
    trigger = Daily(time(23, 0), BERLIN)
    assert trigger.last(datetime(2026, 3, 2, 5, tzinfo=UTC)) == datetime(2026, 3, 1, 22, tzinfo=UTC)
    assert trigger.last(datetime(2026, 3, 2, 22, tzinfo=UTC)) == datetime(2026, 3, 2, 22, tzinfo=UTC)


def test_the_unattended_audit_closes_the_day_that_is_over_and_says_so(hotel: House) -> None:
    hotel.arrive(3)
    with time_machine.travel("2026-03-02 02:00:05+00:00", tick=False):
        told = clockwork.due(hotel.sessions, clockwork.NIGHT_AUDIT)
        assert told == "2026-03-01: 1 nights, 0 no-shows"
        assert clockwork.due(hotel.sessions, clockwork.NIGHT_AUDIT) is None
    assert hotel.do(business_day.open_date) == day(1)
    (run,) = hotel.rows(ScheduledRun)
    assert (run.status, run.slot) == ("done", datetime(2026, 3, 2, 2, tzinfo=UTC))


def test_several_processes_that_wake_up_at_once_make_one_audit(hotel: House) -> None:
    hotel.arrive(3)
    with time_machine.travel("2026-03-02 02:00:05+00:00", tick=False):
        answers = at_once([lambda: clockwork.due(hotel.sessions, clockwork.NIGHT_AUDIT)] * 4)
    assert sorted(str(each) for each in answers) == ["2026-03-01: 1 nights, 0 no-shows", "None", "None", "None"]
    assert hotel.do(business_day.open_date) == day(1)


def test_missed_days_are_caught_up_by_one_run_but_no_more_than_the_rules_allow(hotel: House) -> None:
    hotel.arrive(30)
    with time_machine.travel("2026-03-04 02:00:05+00:00", tick=False):
        told = clockwork.due(hotel.sessions, clockwork.NIGHT_AUDIT)
    assert told is not None
    assert told.count("1 nights") == 3
    with time_machine.travel("2026-03-11 02:00:05+00:00", tick=False):  # the clock went forward a week
        clockwork.due(hotel.sessions, clockwork.NIGHT_AUDIT)
        with db.reading(hotel.sessions) as session:
            assert told_stopped(session) is not None
    assert hotel.do(business_day.open_date) == day(3)
    failed = hotel.rows(ScheduledRun)[-1]
    assert failed.status == "failed"
    assert "7" in (failed.told or "")


def test_a_clock_that_goes_back_an_hour_starts_nothing_twice(hotel: House) -> None:
    with time_machine.travel("2026-03-02 02:00:05+00:00", tick=False):
        clockwork.due(hotel.sessions, clockwork.NIGHT_AUDIT)
    with time_machine.travel("2026-03-02 01:00:05+00:00", tick=False):
        clockwork.due(hotel.sessions, clockwork.NIGHT_AUDIT)  # the slot of yesterday: the day is closed already
    with time_machine.travel("2026-03-02 02:00:05+00:00", tick=False):
        clockwork.due(hotel.sessions, clockwork.NIGHT_AUDIT)
    assert hotel.do(business_day.open_date) == day(1)


def test_what_stops_an_unattended_audit_calls_somebody(hotel: House) -> None:
    hotel.arrive(1)
    audit.run(hotel.sessions, AUDITOR, report=None)
    with time_machine.travel("2026-03-03 02:00:05+00:00", tick=False):
        clockwork.due(hotel.sessions, clockwork.NIGHT_AUDIT)
        with db.reading(hotel.sessions) as session:
            assert told_stopped(session) is not None
            waiting = unfinished(session)
    assert waiting is not None
    assert (waiting.status, waiting.unattended) == ("stopped", True)
    assert "Departures still in house" in (waiting.failure or "")


def test_a_run_whose_process_died_is_taken_up_by_the_next_that_looks(hotel: House) -> None:
    hotel.arrive(3)
    with time_machine.travel("2026-03-02 02:00:05+00:00", tick=False):
        slot = datetime(2026, 3, 2, 2, tzinfo=UTC)
        assert hotel.do(clockwork._claim, clockwork.NIGHT_AUDIT, slot)
        assert clockwork.due(hotel.sessions, clockwork.NIGHT_AUDIT) is None
    with time_machine.travel("2026-03-02 02:11:00+00:00", tick=False):
        clockwork.live(hotel.sessions)
    assert hotel.do(business_day.open_date) == day(1)
    (run,) = [each for each in hotel.rows(ScheduledRun) if each.job == clockwork.NIGHT_AUDIT]
    assert (run.status, run.attempts) == ("done", 2)


def until(answer: Callable[[], bool]) -> bool:
    """Whether it comes to that within some seconds of the real clock."""
    end = monotonic() + 30
    while monotonic() < end and not answer():
        sleep(0.05)
    return answer()


def audits(hotel: House) -> list[ScheduledRun]:
    return [each for each in hotel.rows(ScheduledRun) if each.job == clockwork.NIGHT_AUDIT and each.ended_at]


def test_two_schedulers_on_one_database_wake_up_and_one_audits(hotel: House, database_url: str) -> None:
    hotel.arrive(9)
    second = db.open_engine(database_url)
    with time_machine.travel("2026-03-02 01:59:58+00:00", tick=True):
        clocks = [Clock(db.session_source(each)) for each in (hotel.engine, second)]
        for each in clocks:
            each.start()
        try:
            assert until(lambda: bool(audits(hotel)))
        finally:
            for each in clocks:
                each.stop()
    second.dispose()
    (run,) = audits(hotel)
    assert (run.status, run.told) == ("done", "2026-03-01: 1 nights, 0 no-shows")
    assert hotel.do(business_day.open_date) == day(1)


def test_times_that_were_missed_while_no_scheduler_ran_are_caught_up_once(hotel: House) -> None:
    hotel.arrive(9)
    with time_machine.travel("2026-03-01 12:00+00:00", tick=True):
        before = Clock(db.session_source(hotel.engine))
        before.start()
        before.stop()
    assert hotel.do(business_day.open_date) == day(0)
    with time_machine.travel("2026-03-04 12:00+00:00", tick=True):
        after = Clock(db.session_source(hotel.engine))
        after.start()
        try:
            assert until(lambda: bool(audits(hotel)))
        finally:
            after.stop()
    (run,) = audits(hotel)
    assert (run.status, run.slot) == ("done", datetime(2026, 3, 4, 2, tzinfo=UTC))
    assert hotel.do(business_day.open_date) == day(3)


def test_a_time_that_is_changed_in_the_rules_is_gone_by_without_a_new_start(hotel: House) -> None:
    with time_machine.travel("2026-03-01 12:00+00:00", tick=True):
        clock_of_house = Clock(db.session_source(hotel.engine))
        clock_of_house.start()
        try:
            hotel.do(set_rules, 2, Rules(run_at=time(4, 0)), AUDITOR)
            clock_of_house.look()
            (job,) = clock_of_house._scheduler.get_jobs("default")
            assert job.next_run_time == datetime(2026, 3, 2, 3, tzinfo=UTC)
            hotel.do(set_rules, 3, Rules(), AUDITOR)
            clock_of_house.look()
            assert clock_of_house._scheduler.get_jobs("default") == []
        finally:
            clock_of_house.stop()


def test_without_a_time_in_the_rules_the_clock_starts_nothing(hotel: House) -> None:
    hotel.do(set_rules, 2, Rules(), AUDITOR)
    assert clockwork.due(hotel.sessions, clockwork.NIGHT_AUDIT) is None
    with db.reading(hotel.sessions) as session:
        (job,) = clockwork.jobs(session)
    assert job.next_at is None
