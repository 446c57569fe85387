"""Nights that go wrong: a full disk, a database that goes away, charges while the day is closed, a house of nothing."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from folios import business_day, db, ledger, verify
from folios.charges import Charge, ChargeLine, charge
from folios.drafts import Origin
from folios.errors import DatabaseFull, DatabaseRefusal
from folios.models import BusinessDay, Posting
from frontoffice.setup import add_starter_chart
from night_audit import audit, steps
from night_audit.models.audits import AuditStep, DaySeal
from night_audit.rules import Rules
from tests.frontoffice.house import AUDITOR, CLERK, FIRST_DAY, House, at_once, day, euro
from tests.night_audit.nights import night_charges, run, states


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_full_disk_stops_the_audit_and_it_goes_on_when_there_is_room_again(house: House) -> None:
    for room in ("101", "102"):
        house.arrive(3, room)

    def fill(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA max_page_count = 1")  # SQLite takes as many as there are now

    house.engine.dispose()
    sa.event.listen(house.engine, "connect", fill)
    with pytest.raises(DatabaseFull):
        _charge_until_it_is_full(house)
    with pytest.raises(DatabaseFull):
        run(house)
    sa.event.remove(house.engine, "connect", fill)
    house.engine.dispose()
    run(house)
    assert len(night_charges(house)) == 2
    assert states(house) == {day(0): "done"}


def _charge_until_it_is_full(house: House) -> None:
    request = Charge(house.window(1), (ChargeLine("BAR", euro("0.01")),))
    while True:
        house.do(charge, request, Origin(CLERK))


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
@pytest.mark.parametrize("step", ["roll", "post_some", "close", "seal"])
def test_a_database_that_ends_the_line_in_the_middle_of_a_step_costs_nothing_but_a_resume(
    house: House, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    house.arrive(3)
    work = getattr(steps, step)

    def cut(session: Any, *facts: Any) -> Any:
        work(session, *facts)
        session.execute(sa.text("SELECT pg_terminate_backend(pg_backend_pid())"))

    with monkeypatch.context() as power:
        power.setattr(steps, step, cut)
        with pytest.raises(DatabaseRefusal):
            run(house)
    assert run(house, resuming=True).day == day(0)
    assert len(night_charges(house)) == 1
    assert [each.status for each in house.rows(BusinessDay)] == ["closed", "open"]


def test_charges_that_come_from_everywhere_while_the_day_is_closed_all_count_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "AT_ONCE", 1)
    stays = [house.arrive(3, room) for room in ("101", "102", "103", "104")]

    def bar(number: int) -> list[Any]:
        line = ChargeLine("BAR", euro("1.00"))
        posted = []
        for turn in range(8):
            origin = Origin(CLERK, sender="till", key=f"{number}/{turn}")
            request = Charge(house.window(stays[number]), (line,))
            posted.append(
                db.in_unit_of_work(house.sessions, lambda session, r=request, o=origin: charge(session, r, o))
            )
        return posted

    answers = at_once([lambda: run(house), *(lambda n=number: bar(n) for number in range(4))])
    assert not [each for each in answers if isinstance(each, Exception)], answers
    found = [each for each in house.rows(Posting) if each.code == "BAR"]
    assert len(found) == 32
    assert {each.business_date for each in found} <= {day(0), day(1)}
    run(house)
    assert len(house.rows(DaySeal)) == 2


def test_a_hotel_without_rooms_rates_or_guests_is_audited_night_after_night(engine: Engine) -> None:
    sessions = db.session_source(engine)
    with db.unit_of_work(sessions) as session:
        ledger.create_ledger(session, currency="EUR", first_date=FIRST_DAY, operator=CLERK)
        add_starter_chart(session, CLERK)
    done = audit.missed(sessions, AUDITOR, day(3), report=None)
    assert [each.day for each in done] == [day(0), day(1), day(2)]
    with db.reading(sessions) as session:
        assert [each for each in verify.run(session) if each.differences] == []
        assert business_day.open_date(session) == day(3)


def test_a_guest_who_never_leaves_is_kept_and_charged_night_after_night(house: House) -> None:
    stay = house.arrive(1)
    rules = Rules(extend_due_outs=True)
    for number in range(10):
        done = run(house, unattended=True, going_by=rules)
        assert (done.count("nights"), done.count("extended")) == (1, int(number > 0))
    assert house.stay(stay).departure == day(10)
    assert house.nights(stay) == [(number, "101", "100.00") for number in range(10)]
    assert len(set(night_charges(house))) == 10


def test_each_step_is_timed_counted_and_says_how_often_it_was_begun(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.arrive(2)

    def fail(*_facts: Any) -> Any:
        raise OSError("printer on fire")

    with monkeypatch.context() as broken:
        broken.setattr(steps, "close", fail)
        with pytest.raises(OSError, match="fire"):
            run(house)
    (close,) = house.rows(AuditStep, step="CLOSE")
    assert (close.status, close.attempts, close.error) == ("failed", 1, "OSError: printer on fire")
    run(house)
    (close,) = house.rows(AuditStep, step="CLOSE")
    assert (close.status, close.attempts, close.error) == ("done", 2, None)
    assert close.ended_at is not None
    assert close.ended_at >= close.begun_at
