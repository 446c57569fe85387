"""What the clock starts: when, by summer and winter time, once whoever wakes up, and caught up after a time without."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.engine import Engine

from folios import business_day, clock, db
from frontoffice.models.property import Property
from night_audit import audit, clockwork, steps
from night_audit.clockwork import Daily
from night_audit.models.clockwork import ScheduledRun
from night_audit.rules import Rules, set_rules
from night_audit.scheduler import Clock
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
            assert clockwork.failed_last(session)
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
            assert clockwork.failed_last(session)
            waiting = unfinished(session)
    assert waiting is not None
    assert (waiting.status, waiting.unattended) == ("stopped", True)
    assert "due_outs" in (waiting.failure or "")


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


def test_the_scheduler_keeps_its_jobs_and_catches_a_missed_time_up_once(hotel: House) -> None:
    hotel.arrive(90)
    today = clock.now().date()
    hotel.do(lambda session: session.execute(sa.update(Property).values(time_zone="UTC")))
    behind = (today - day(0)).days
    audit.missed(hotel.sessions, AUDITOR, day(1), report=None)
    hotel.do(set_rules, 2, Rules(run_at=time(0, 0), most_days=366), AUDITOR)
    assert behind > 1
    first = Clock(db.session_source(hotel.engine))
    first.start()
    first.stop()
    with hotel.engine.connect() as connection:
        kept = connection.execute(sa.text("SELECT id, next_run_time FROM scheduler_job")).all()
        assert [each.id for each in kept] == [clockwork.NIGHT_AUDIT]
        assert kept[0].next_run_time > (clock.now() - timedelta(minutes=1)).timestamp()


def test_without_a_time_in_the_rules_the_clock_starts_nothing(hotel: House) -> None:
    hotel.do(set_rules, 2, Rules(), AUDITOR)
    assert clockwork.due(hotel.sessions, clockwork.NIGHT_AUDIT) is None
    with db.reading(hotel.sessions) as session:
        (job,) = clockwork.jobs(session)
    assert job.next_at is None
    assert date.min < day(0)
