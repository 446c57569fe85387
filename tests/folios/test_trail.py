"""The audit trail is read newest first, by whatever one looks for, page by page, however long it has become."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios import clock, db, events, trail
from folios.models import Event
from folios.trail import Page, Wanted
from tests.folios.hotel import CASHIER, FIRST_DAY, Hotel, sold, statements

NEXT_DAY = FIRST_DAY + timedelta(days=1)


def look(hotel: Hotel, before_id: int | None = None, most: int = 50, **wanted: Any) -> Page:
    with db.reading(hotel.sessions) as session:
        return trail.trail(session, Wanted(**wanted), before_id=before_id, most=most)


def subjects(page: Page) -> list[str]:
    return [entry.subject for entry in page.entries]


@pytest.fixture
def told(hotel: Hotel) -> Hotel:
    """Six events of a story: two operators, two kinds of things, two days."""
    hotel.do(events.record, "stay.booked", "stay:1", "clerk", None, {"guest": "Gäste & Söhne", "rooms": 2})
    hotel.do(events.record, "stay.booked", "stay:12", "clerk")
    hotel.do(events.record, "stay.cancelled", "stay:1", "desk", {"status": "confirmed"}, {"status": "cancelled"})
    hotel.end_day()
    hotel.do(events.record, "stay.booked", "stay:2", "desk", None, {"remark": "50 % off_season"})
    hotel.do(events.record, "room.condition.set", "room:1", "clerk", {"condition": "dirty"}, {"condition": "clean"})
    hotel.do(events.record, "stay.booked", "stay:3", "desk")
    return hotel


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"operator": "clerk"}, ["room:1", "stay:12", "stay:1"]),
        ({"action": "stay."}, ["stay:3", "stay:2", "stay:1", "stay:12", "stay:1"]),
        ({"action": "stay.cancelled"}, ["stay:1"]),
        ({"subject": "stay:1"}, ["stay:1", "stay:1"]),
        ({"subject": "stay:1", "operator": "clerk"}, ["stay:1"]),
        ({"subject": "room:"}, ["room:1"]),
        ({"first": NEXT_DAY, "action": "stay."}, ["stay:3", "stay:2"]),
        ({"last": FIRST_DAY, "action": "stay."}, ["stay:1", "stay:12", "stay:1"]),
        ({"first": NEXT_DAY, "last": NEXT_DAY, "operator": "clerk"}, ["room:1"]),
        ({"text": "Gäste & S"}, ["stay:1"]),
        ({"text": "CLEAN"}, ["room:1"]),
        ({"text": "50 % off_season"}, ["stay:2"]),
        ({"text": "50 _ off"}, []),
        ({"text": "%", "action": "stay."}, ["stay:2"]),
        ({"operator": "%"}, []),
        ({"first": NEXT_DAY, "last": FIRST_DAY}, []),
        ({"first": date(2050, 1, 1)}, []),
        ({"last": date(1999, 1, 1)}, []),
        ({"action": "\x00stay.cancelled"}, ["stay:1"]),
        ({"operator": "\ud800clerk" * 1000}, []),
    ],
)
def test_the_trail_is_narrowed_by_what_one_looks_for(told: Hotel, wanted: dict[str, Any], expected: list[str]) -> None:
    assert subjects(look(told, **wanted)) == expected


def test_the_trail_goes_on_where_a_page_ended(told: Hotel) -> None:
    whole = look(told, most=500)
    assert whole.before_id is None
    assert [entry.id for entry in whole.entries] == sorted((entry.id for entry in whole.entries), reverse=True)
    assert len(whole.entries) == len(told.rows(Event))
    read, before = [], None
    while True:
        page = look(told, before_id=before, most=4)
        read += page.entries
        if (before := page.before_id) is None:
            break
    assert read == list(whole.entries)


def test_what_is_written_meanwhile_does_not_move_the_next_page(told: Hotel) -> None:
    first = look(told, most=2, action="stay.")
    told.do(events.record, "stay.booked", "stay:99", "clerk")
    assert subjects(look(told, before_id=first.before_id, most=2, action="stay.")) == ["stay:1", "stay:12"]


def test_a_search_that_finds_little_says_where_it_got_to(told: Hotel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trail, "LOOKED_AT", 2)
    page, found, pages = look(told, text="Gäste"), [], 0
    while page.before_id is not None:
        page = look(told, before_id=page.before_id, text="Gäste")
        found, pages = [*found, *subjects(page)], pages + 1
    assert found == ["stay:1"]
    assert pages > 2


def test_an_entry_tells_what_was_before_and_after(told: Hotel) -> None:
    (entry,) = look(told, action="stay.cancelled").entries
    assert (entry.operator, entry.business_date, entry.before, entry.after) == (
        "desk",
        FIRST_DAY,
        {"status": "confirmed"},
        {"status": "cancelled"},
    )


def test_the_history_of_one_thing_is_that_of_no_other(told: Hotel) -> None:
    with db.reading(told.sessions) as session:
        page = trail.history(session, "stay:1", most=1)
        rest = trail.history(session, "stay:1", before_id=page.before_id)
        nothing = trail.history(session, "stay:")
        far = trail.history(session, "stay:1", before_id=2**80)
    assert [entry.action for entry in (*page.entries, *rest.entries)] == ["stay.cancelled", "stay.booked"]
    assert (nothing.entries, len(far.entries)) == ((), 2)


def test_the_choices_are_the_operators_and_actions_of_the_period(told: Hotel) -> None:
    with db.reading(told.sessions) as session:
        everything, today = trail.choices(session), trail.choices(session, NEXT_DAY)
        never = trail.choices(session, date(2050, 1, 1))
    assert {"clerk", "desk", "auditor", CASHIER} <= set(everything.operators)
    assert {"stay.booked", "stay.cancelled", "day.rolled"} <= set(everything.actions)
    assert today == trail.Choices(
        ("auditor", "clerk", "desk"), ("day.closed", "day.rolled", "room.condition.set", "stay.booked")
    )
    assert (never.operators, never.actions) == ((), ())


def test_what_the_audit_writes_into_the_day_it_left_is_found_under_that_day(hotel: Hotel, guest: int) -> None:
    hotel.charge(guest, sold("WATER"))
    hotel.roll()
    hotel.charge(guest, sold("WATER"))

    def late(session: Session) -> None:
        facts = {"at": clock.now(), "operator": "auditor", "action": "folio.charge.posted", "subject": "folio:late"}
        session.execute(sa.insert(Event).values(business_date=FIRST_DAY, **facts))

    hotel.do(late)
    charged = look(hotel, last=FIRST_DAY, action="folio.charge.posted")
    assert subjects(charged) == ["folio:late", f"folio:{guest}"]
    assert subjects(look(hotel, first=NEXT_DAY, action="folio.charge.posted")) == [f"folio:{guest}"]


def test_a_page_takes_three_statements_at_most(told: Hotel) -> None:
    for wanted in ({}, {"first": FIRST_DAY, "text": "x"}, {"subject": "stay:1"}):
        with statements(told.engine) as sent:
            look(told, **wanted)
        assert len([each for each in sent if not each.startswith("SET ")]) <= 3
