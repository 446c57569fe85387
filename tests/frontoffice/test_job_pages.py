"""Long work on the screen: its progress, its file or why it failed, and nobody else's work."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from folios.db import SessionSource
from frontoffice import jobs
from frontoffice.jobs import Claimed, Progress, Result
from frontoffice.models.desk import Job
from frontoffice.stays import NoRoom
from tests.frontoffice.desk_client import Client
from tests.frontoffice.house import House

Desk = Callable[[str], Client]


@pytest.fixture(autouse=True)
def kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two kinds of work; what a test registers is gone after it."""
    monkeypatch.setattr(jobs, "_kinds", {})
    jobs.kind("test.letter")(letter)
    jobs.kind("test.room")(room)


def letter(_sessions: SessionSource, _job: Claimed, progress: Progress) -> Result:
    progress(1, 1)
    return Result("letter.html", "text/html", b"<script>alert(1)</script>", "One <b>letter</b> is missing.")


def room(_sessions: SessionSource, _job: Claimed, _progress: Progress) -> Result:
    raise NoRoom(stay="17")


def ask(house: House, kind: str = "test.letter", operator: str = "cashier") -> int:
    return house.do(jobs.ask, kind, {}, operator, "en").id


def test_work_that_waits_is_looked_at_anew_until_it_is_done(house: House, desk: Desk) -> None:
    client, number = desk("cashier"), ask(house)
    assert 'data-refresh="2"' in client.page(f"/jobs/{number}")
    assert client.get(f"/jobs/{number}/file").status_code == 409
    jobs.work_one(house.sessions)
    page = client.page(f"/jobs/{number}")
    assert "data-refresh" not in page
    assert "One &lt;b&gt;letter&lt;/b&gt; is missing." in page
    assert "letter.html" in client.page("/jobs")


def test_work_under_way_tells_how_far_it_is(house: House, desk: Desk) -> None:
    number = ask(house)

    def halfway(session: object) -> None:
        found = session.get(Job, number)  # type: ignore[attr-defined]
        found.status, found.done_count, found.total_count = "running", 3, 12

    house.do(halfway)
    page = desk("cashier").page(f"/jobs/{number}")
    assert 'value="3" max="12"' in page
    assert "25 %" in page


def test_a_file_that_is_no_pdf_is_only_ever_saved(house: House, desk: Desk) -> None:
    number = ask(house)
    jobs.work_one(house.sessions)
    answer = desk("cashier").get(f"/jobs/{number}/file")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.data == b"<script>alert(1)</script>"


def test_work_that_was_refused_says_why(house: House, desk: Desk) -> None:
    number = ask(house, "test.room")
    jobs.work_one(house.sessions)
    page = desk("cashier").page(f"/jobs/{number}")
    assert "17" in page
    assert "alert-danger" in page
    assert desk("cashier").get(f"/jobs/{number}/file").status_code == 409


def test_the_work_of_others_is_not_there(house: House, desk: Desk) -> None:
    number = ask(house, operator="supervisor")
    for address in (f"/jobs/{number}", f"/jobs/{number}/file", f"/jobs/{2**63 - 1}", f"/jobs/{2**70}", "/jobs/0"):
        assert desk("cashier").get(address).status_code == 404
    assert "You have asked for nothing" in desk("cashier").page("/jobs")
