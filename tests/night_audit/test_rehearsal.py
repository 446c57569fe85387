"""The rehearsal: the same code, and nothing of it stays, while the hotel works on."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from folios import business_day, db
from folios.models import Posting
from night_audit import rehearsal, steps
from night_audit.models.audits import Audit
from night_audit.rehearsal import rehearse
from night_audit.rules import Rules
from tests.frontoffice.house import AUDITOR, House, day, minor
from tests.night_audit.nights import run


def test_a_rehearsal_counts_what_the_audit_then_does_and_leaves_nothing(house: House) -> None:
    for room in ("101", "102"):
        house.arrive(2, room)
    house.book(0, 1, "103")
    before = house.contents()
    draft = rehearse(house.sessions, AUDITOR)
    assert draft.stopped is None
    assert draft.audited is not None
    assert house.contents() == before
    assert house.rows(Audit) == []
    assert house.do(business_day.open_date) == day(0)
    done = run(house)
    assert draft.audited.day == done.day
    assert draft.audited.counts == done.counts


def test_the_hotel_works_on_while_an_audit_is_rehearsed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    stay = house.arrive(2, "101")
    coming = house.book(0, 2, "102")
    close = steps.close

    def work_meanwhile(*facts: object) -> object:
        """All of it while the rehearsal has rolled the date, posted the nights and not been taken back."""
        house.charge(stay, "12.00")
        house.pay(stay, "5.00")
        house.check_in(coming)
        return close(*facts)  # type: ignore[arg-type]

    monkeypatch.setattr(steps, "close", work_meanwhile)
    draft = rehearse(house.sessions, AUDITOR)
    assert draft.stopped is None
    assert [(each.code, each.amount_minor, each.business_date) for each in house.rows(Posting)] == [
        ("RESTAURANT", minor("12.00"), day(0)),
        ("VISA", minor("5.00"), day(0)),
    ]
    assert house.stay(coming).status == "in_house"
    monkeypatch.setattr(steps, "close", close)
    assert run(house).count("nights") == 2


def test_a_rehearsal_says_what_would_stop_the_audit(house: House) -> None:
    house.arrive(1)
    run(house)
    draft = rehearse(house.sessions, AUDITOR)
    assert draft.stopped is not None
    assert "due_outs" in draft.stopped
    assert draft.audited is None
    mended = rehearse(house.sessions, AUDITOR, unattended=True, going_by=Rules(extend_due_outs=True))
    assert mended.stopped is None


def test_every_table_whose_rows_an_audit_changes_is_apart_in_a_rehearsal(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an audit updates or deletes, seen on the line to the database, is in the list of the tables set apart."""
    house.arrive(1, "101")
    house.book(1, 2, "103")
    run(house)
    house.arrive(3, "102", arrival=1)
    changed = set()

    def see(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        words = statement.replace('"', "").split()
        if words[0].upper() == "UPDATE":
            changed.add(words[1])
        if words[0].upper() == "DELETE":
            changed.add(words[2])

    sa.event.listen(house.engine, "before_cursor_execute", see)
    run(house, unattended=True, going_by=Rules(extend_due_outs=True, force_shifts=True))
    sa.event.remove(house.engine, "before_cursor_execute", see)
    assert changed <= set(rehearsal.CHANGED)
    assert {"business_day", "stay", "room"} <= changed
    with db.reading(house.sessions) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Audit)) == 2
