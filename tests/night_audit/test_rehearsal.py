"""The rehearsal: the same code, and nothing of it stays, while the hotel works on."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios import business_day, db
from folios.models import Posting
from frontoffice import jobs
from night_audit import drafts, rehearsal, standing, steps
from night_audit.models.audits import Audit
from night_audit.rehearsal import rehearse
from night_audit.reports.catalogue import REPORTS, ReportUnknown
from night_audit.reports.forms import FORMS
from night_audit.reports.models import StoredReport
from night_audit.rules import Rules
from tests.frontoffice.desk_client import Client
from tests.frontoffice.house import AUDITOR, House, day, minor
from tests.night_audit.nights import run
from tests.night_audit.report_places import drafted


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
    assert "Departures still in house" in draft.stopped
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


def drafts_of(house: House) -> list[str]:
    with db.reading(house.sessions) as session:
        return list(drafts.reports_of(session)[1])


def test_the_draft_of_a_rehearsal_is_there_until_the_next_one_or_until_its_day_is_sealed(house: House) -> None:
    house.arrive(2, "101")
    with house.refuses(drafts.DraftUnknown):
        drafts_of(house)
    drafted(house.sessions)
    assert drafts_of(house) == list(REPORTS)
    first = house.do(drafts.last_draft)
    drafted(house.sessions)
    second = house.do(drafts.last_draft)
    assert first is not None
    assert second is not None
    assert first.job_id < second.job_id
    with house.refuses(ReportUnknown):
        house.do(drafts.draft_report, "profit")
    run(house)
    assert house.do(drafts.last_draft) is None
    with house.refuses(drafts.DraftUnknown):
        drafts_of(house)


def test_a_rehearsal_that_would_not_go_through_leaves_no_draft(house: House) -> None:
    house.arrive(1)
    run(house)
    drafted(house.sessions)

    def ask(session: Session) -> None:
        arguments = {"day": standing.next_day(session).isoformat()}
        jobs.ask(session, drafts.REHEARSE, arguments, AUDITOR, "en")

    house.do(ask)
    assert jobs.work_one(house.sessions)
    assert house.do(drafts.last_draft) is None


def test_what_was_rehearsed_is_read_as_pages_marked_as_a_draft_which_open_nothing(
    house: House, desk: Callable[[str], Client]
) -> None:
    house.charge(house.arrive(2, "101"), "12.00")
    client = desk("night_auditor")
    assert "/night-audit/draft" not in client.page("/night-audit")
    assert client.get("/night-audit/draft").status_code == 404
    at = drafted(house.sessions)
    assert f'href="{at}"' in client.page("/night-audit")
    listed = client.page(at)
    for name in REPORTS:
        assert f'href="{at}/{name}"' in listed
        page = client.page(f"{at}/{name}")
        assert "<h1>DRAFT" in page
        assert 'role="status"><strong>DRAFT' in page
        assert "/reports/postings" not in page
    assert "12.00" in client.page(f"{at}/trial-balance")
    for form, made in FORMS.items():
        answer = client.get(f"{at}/trial-balance/file?form={form}")
        assert (answer.status_code, answer.mimetype) == (200, made.media_type)
        assert "draft-trial-balance" in answer.headers["Content-Disposition"]
    assert client.get(f"{at}/pack.pdf").data.startswith(b"%PDF")
    assert client.get(f"{at}/profit").status_code == 404
    assert client.get(f"{at}/manager/file?form=doc").status_code == 422
    assert desk("cashier").get(at).status_code == 403
    assert house.rows(StoredReport) == []
