"""Nights whose process, or whose database, is killed for real: kill -9 anywhere, the server dead under a step."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from sqlalchemy.orm import Session, sessionmaker

from folios import business_day, db, schema, verify
from folios.errors import DatabaseGone
from folios.models import BusinessDay
from frontoffice import fixed_charges
from frontoffice.fixed_charges import NewFixedCharge
from frontoffice.setup import set_up_property
from frontoffice.users import NewUser
from night_audit import audit, steps
from night_audit.audit import Audited
from night_audit.clockwork import NOON
from night_audit.models.audits import AuditStep, DaySeal
from night_audit.models.clockwork import ScheduledRun
from night_audit.reports.models import StoredReport
from night_audit.rules import Rules, set_rules
from night_audit.scheduler import Clock
from night_audit.standing import unfinished
from tests.conftest import IN_CI, opened
from tests.frontoffice.conftest import staff
from tests.frontoffice.desk_client import PASSWORD, QUICK
from tests.frontoffice.house import AUDITOR, CLERK, House, day
from tests.night_audit.nights import night_charges, run, states
from tests.night_audit.test_clockwork import until
from tests.pos_bridge.dying import killed_at
from tests.postgres_server import NoPostgres, Server, own_server

NIGHTS = 2


def the_night(house: House) -> Audited:
    """Begins the audit of the day, or takes up the one whose process is gone; one posting a piece."""
    steps.AT_ONCE = 1
    waits = house.do(unfinished) is not None
    return audit.run(house.sessions, AUDITOR, resuming=waits, report=None)


def test_a_process_that_is_killed_at_any_statement_of_a_night_doubles_nothing_and_loses_nothing(
    house: House, database_url: str
) -> None:
    """Each process lives some statements longer than the last, so that the kills fall anywhere in two nights."""
    for room in ("101", "102"):
        stay = house.arrive(9, room)
        house.do(fixed_charges.add_fixed_charge, stay, NewFixedCharge("BAR", 500, "daily", day(0)), CLERK)
    kills, step = 0, 1
    while house.do(business_day.open_date) < day(NIGHTS) or house.do(unfinished):
        lived, _told = killed_at(step, database_url, the_night)
        kills += not lived
        step += 11
    assert kills > 2 * NIGHTS
    charged = night_charges(house)
    assert len(charged) == len(set(charged)) == 2 * NIGHTS
    assert {each.counts["fixed_charges"] for each in house.rows(AuditStep, step="POST")} == {2}
    assert set(states(house).values()) == {"done"}
    assert len(house.rows(DaySeal)) == NIGHTS


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["stopped", "died"])
def test_a_server_that_goes_in_the_middle_of_the_night_and_comes_back_costs_a_resume(
    monkeypatch: pytest.MonkeyPatch, how: signal.Signals
) -> None:
    try:
        with own_server(durable=True) as server, opened(server.address) as engine:
            schema.upgrade(engine)
            staff(engine)
            house = House(engine)
            house.look_around()
            house.arrive(9)
            for number, step in enumerate(("roll", "post_some", "close", "seal")):
                _goes_down_in(house, server, how, step, monkeypatch)
                assert run(house, resuming=True).day == day(number)
            assert len(night_charges(house)) == len(house.rows(DaySeal)) == 4
            assert [each.status for each in house.rows(BusinessDay)] == ["closed"] * 4 + ["open"]
            house.prove()
    except NoPostgres as reason:
        (pytest.fail if IN_CI else pytest.skip)(f"no PostgreSQL: {reason}")


def _goes_down_in(
    house: House, server: Server, how: signal.Signals, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = getattr(steps, step)

    def down(*facts: Any) -> Any:
        answer = work(*facts)
        server.stop(how)
        return answer

    with monkeypatch.context() as power:
        power.setattr(steps, step, down)
        with pytest.raises(DatabaseGone):
            run(house)
    server.start()
    house.engine.dispose()


def test_an_unattended_night_goes_by_itself_from_the_clock_to_the_stored_reports(
    sessions: sessionmaker[Session], database_url: str
) -> None:
    """The scheduler's own process, by the real clock: the audit's time is a moment from now, or just gone by."""
    at = datetime.now(UTC) + timedelta(seconds=3)
    left = at.date() - timedelta(days=1) if at.hour < NOON else at.date()
    with db.unit_of_work(sessions) as session:
        first = NewUser("auditor", "Auditor", PASSWORD)
        set_up_property(
            session,
            name="Inn",
            currency="EUR",
            time_zone="UTC",
            first_date=left,
            administrator=first,
            hasher=PasswordHasher(**QUICK),
        )
        set_rules(session, 1, Rules(run_at=at.time().replace(microsecond=0)), AUDITOR)
    clock = Clock(sessions)  # what an earlier process leaves behind: the job with its time
    clock.start()
    clock.stop()
    process = subprocess.Popen(
        [sys.executable, "-m", "frontoffice", "scheduler"],
        env=os.environ | {"FRONTOFFICE_DATABASE_URL": database_url},
        stdout=subprocess.DEVNULL,
    )
    try:
        assert until(lambda: bool(_ended(sessions)))
    finally:
        process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    assert [(each.status, each.told) for each in _ended(sessions)] == [("done", f"{left}: 0 nights, 0 no-shows")]
    with db.reading(sessions) as session:
        assert business_day.open_date(session) == left + timedelta(days=1)
        stored = {each.report for each in session.scalars(sa.select(StoredReport))}
        assert {"manager", "trial-balance"} < stored
        assert [each for each in verify.run(session) if each.differences] == []


def _ended(sessions: sessionmaker[Session]) -> list[ScheduledRun]:
    with db.reading(sessions) as session:
        return list(session.scalars(sa.select(ScheduledRun).where(ScheduledRun.ended_at.is_not(None))))
