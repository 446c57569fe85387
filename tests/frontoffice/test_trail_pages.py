"""The page of the audit trail: filtered, a page at a time, before and after readable, whatever is asked."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

import pytest

from folios.events import record
from frontoffice import guests
from frontoffice.models.guests import Guest
from frontoffice.views.trail import changes
from tests.frontoffice.desk_client import Client
from tests.frontoffice.house import CLERK, House, day

Desk = Callable[[str], Client]
ROW = re.compile(r"<tr[^>]*><td class=\"text-nowrap\">.*?</tr>", re.DOTALL)


def rows(page: str) -> list[str]:
    return [html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row))).strip() for row in ROW.findall(page)]


def test_an_edit_is_told_field_by_field_with_before_and_after(app: object, house: House, desk: Desk) -> None:
    (guest,) = house.rows(Guest)
    house.do(guests.amend_guest, house.guest, guest.version, {"city": "Porto", "remark": "<b>loud</b>"}, CLERK)
    house.do(guests.amend_guest, house.guest, guest.version + 1, {"city": "Lisboa"}, CLERK)
    page = desk("supervisor").page(f"/trail?subject=guest:{house.guest}")
    told = rows(page)
    assert [row.split("clerk ")[1] for row in told] == [
        f"guest.amended guest:{house.guest} city Porto → Lisboa",
        f"guest.amended guest:{house.guest} city Porto remark <b>loud</b>",
        f"guest.entered guest:{house.guest} name Guest, Mr.",
    ]
    assert "<b>loud" not in page
    assert f'href="/guests/{house.guest}"' in page


def test_the_trail_is_filtered_by_who_what_when_and_text(app: object, house: House, desk: Desk) -> None:
    house.do(record, "note.written", "note:1", "porter", None, {"text": "Umbrella found"})
    house.do(record, "note.done", "note:1", "porter", None, None)
    client = desk("supervisor")
    assert len(rows(client.page("/trail?operator=porter"))) == 2
    assert len(rows(client.page("/trail?action=note.done"))) == 1
    assert len(rows(client.page("/trail?subject=note:"))) == 2
    assert len(rows(client.page("/trail?text=umbrella"))) == 1
    assert len(rows(client.page(f"/trail?operator=porter&first={day(0)}&last={day(0)}"))) == 2
    assert rows(client.page(f"/trail?operator=porter&first={day(1)}")) == []
    page = client.page("/trail?operator=porter&text=umbrella")
    assert "<option selected>porter</option>" in page
    assert 'value="umbrella"' in page


def test_older_events_follow_page_by_page_without_gap_or_repetition(app: object, house: House, desk: Desk) -> None:
    def many(session):
        for number in range(120):
            record(session, "lamp.lit", f"lamp:{number}", CLERK)

    house.do(many)
    client = desk("supervisor")
    address: str | None = "/trail?action=lamp.lit"
    seen: list[str] = []
    pages = 0
    while address:
        page = client.page(address)
        seen += re.findall(r"lamp:\d+", " ".join(rows(page)))
        older = re.search(r'href="(/trail\?[^"]*before=\d+)"', page)
        address = html.unescape(older[1]) if older else None
        pages += 1
    assert seen == [f"lamp:{number}" for number in range(119, -1, -1)]
    assert pages == 3


def test_amounts_days_and_lists_are_written_as_people_read_them(app) -> None:
    with app.test_request_context("/trail"):
        from flask import g

        from frontoffice.shell import Head

        g.head = Head("Hotel", "UTC", "EUR", day(0), day(0), None, None, ())
        told = changes(
            {"price_minor": 12345, "until": None, "active": True},
            {"price_minor": -5, "until": "2026-03-09", "active": False, "rights": ["a", "b"], "nothing": None},
        )
    assert told == (
        ("price", "123.45", "-0.05"),
        ("until", "", "Mar 9, 2026"),
        ("active", "yes", "no"),
        ("rights", "", "a, b"),
    )


def test_a_subject_is_no_link_for_who_may_not_open_it(app: object, house: House, desk: Desk) -> None:
    room = house.rooms["101"]
    assert f'href="/set-up/rooms/{room}/edit"' not in desk("supervisor").page(f"/trail?subject=room:{room}")
    assert f'href="/set-up/rooms/{room}/edit"' in desk("manager").page(f"/trail?subject=room:{room}")


@pytest.mark.parametrize(
    "query",
    [
        "before=abc",
        "before=99999999999999999999999",
        "before=-1",
        "first=2026-02-30",
        "last=x&first=%00",
        "text=%00%F0%9F%98%80",
        "text=%25_%5C%22",
        "subject=" + "x" * 5000,
        "operator=%3Cscript%3E",
        "action=%27%3B%20DROP",
    ],
)
def test_whatever_the_trail_is_asked_it_answers(app: object, desk: Desk, query: str) -> None:
    page = desk("supervisor").page(f"/trail?{query}")
    assert "<script>alert" not in page
    if "2026-02-30" in query:
        assert "There is no such day." in page


def test_a_cashier_does_not_read_the_trail(app: object, desk: Desk) -> None:
    assert desk("cashier").get("/trail").status_code == 403
