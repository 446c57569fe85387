"""Who is told by mail: each way in which an unattended night goes wrong calls once, and the pack goes out."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from datetime import time
from typing import Any

import pytest
import time_machine
from pypdf import PdfReader
from sqlalchemy.engine import Engine

from folios.db import in_unit_of_work
from frontoffice import mail_worker
from frontoffice import property as hotel_itself
from frontoffice.mail_line import MailAddressInvalid
from frontoffice.models.mail import Mail
from frontoffice.night_checks import CHECKS
from frontoffice.paper.words import translator
from night_audit import audit, clockwork, rehearsal, standing, steps
from night_audit.models.clockwork import ScheduledRun
from night_audit.reports import mailing, making
from night_audit.rules import Rules, RulesInvalid, TooManyAddresses, rules, set_rules, version
from tests.frontoffice.house import AUDITOR, CLERK, House, at_once, day
from tests.frontoffice.mail_server import mail_server
from tests.night_audit.nights import states

assert mailing  # makes the files of the pack
OWNER, BOSS = "owner@hotel.example", "boss@hotel.example"
NIGHT = "2026-03-02 02:00:05+00:00"  # three o'clock in Berlin
NEXT_NIGHT = "2026-03-03 02:00:05+00:00"


@pytest.fixture
def hotel(staffed: None, engine: Engine, caplog: pytest.LogCaptureFixture) -> Iterator[House]:
    """The little hotel in Berlin, audited at three in the morning, whose owner is called."""
    caplog.set_level(logging.CRITICAL)
    hotel = House(engine)
    hotel.look_around()
    go_by(hotel, run_at=time(3, 0), call_to=OWNER)
    yield hotel
    hotel.prove()


@pytest.fixture
def no_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "_pack_module", lambda: None)


def go_by(hotel: House, **wanted: Any) -> None:
    kept = hotel.do(rules)
    facts = {name: getattr(kept, name) for name in Rules.__dataclass_fields__} | wanted
    hotel.do(set_rules, hotel.do(version), Rules(**facts), AUDITOR)


def night(hotel: House, at: str = NIGHT) -> str | None:
    with time_machine.travel(at, tick=False):
        return clockwork.due(hotel.sessions, clockwork.NIGHT_AUDIT)


def look(hotel: House, at: str) -> int:
    with time_machine.travel(at, tick=False):
        return hotel.do(clockwork.look_for_missing)


def mails(hotel: House) -> list[tuple[str, str]]:
    return [(each.key, each.recipient) for each in sorted(hotel.rows(Mail), key=lambda each: each.id)]


def text(hotel: House, number: int = 0) -> str:
    with hotel.sessions() as session:
        return [each.text for each in session.query(Mail).order_by(Mail.id)][number]


def stays_over(hotel: House) -> None:
    """Somebody who should have left by the second night: it stops that audit."""
    hotel.arrive(1)
    audit.run(hotel.sessions, AUDITOR, report=None)


# --- calls ------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("no_reports")
def test_an_audit_that_goes_through_calls_nobody(hotel: House) -> None:
    hotel.arrive(3)
    assert night(hotel) == "2026-03-01: 1 nights, 0 no-shows"
    assert look(hotel, "2026-03-02 09:00+00:00") == 0
    assert mails(hotel) == []


@pytest.mark.usefixtures("no_reports")
def test_what_stops_it_is_told_in_words_once_for_the_day_however_often_it_is_tried(hotel: House) -> None:
    stays_over(hotel)
    night(hotel, NEXT_NIGHT)
    assert mails(hotel) == [("call/2026-03-02/audit.not_ready due_outs", OWNER)]
    told = text(hotel)
    assert "The unattended night audit of March 2, 2026 stopped." in told
    assert "(1): 101" in told
    assert "due_outs" not in told
    assert "What to do: sign in, open Night audit" in told
    assert hotel.rows(Mail)[0].subject == "Hotel am Markt: Night audit of March 2, 2026 stopped"
    night(hotel, "2026-03-04 02:00:05+00:00")
    assert len(mails(hotel)) == 1


@pytest.mark.usefixtures("no_reports")
def test_another_cause_on_the_same_day_is_another_call(hotel: House, monkeypatch: pytest.MonkeyPatch) -> None:
    stays_over(hotel)
    night(hotel, NEXT_NIGHT)
    go_by(hotel, extend_due_outs=True)

    def broken(*_facts: Any) -> None:
        raise RuntimeError("the roof")

    monkeypatch.setattr(steps, "close", broken)
    night(hotel, "2026-03-04 02:00:05+00:00")
    assert [key for key, _to in mails(hotel)] == [
        "call/2026-03-02/audit.not_ready due_outs",
        "call/2026-03-02/RuntimeError",
    ]
    assert "An error in the program: RuntimeError: the roof" in text(hotel, 1)


@pytest.mark.usefixtures("no_reports")
def test_several_processes_that_wake_up_at_once_call_once(hotel: House) -> None:
    stays_over(hotel)
    go_by(hotel, call_to=f"{OWNER}, {BOSS}")
    with time_machine.travel(NEXT_NIGHT, tick=False):
        at_once([lambda: clockwork.due(hotel.sessions, clockwork.NIGHT_AUDIT)] * 4)
    assert sorted(to for _key, to in mails(hotel)) == [BOSS, OWNER]


@pytest.mark.usefixtures("no_reports")
def test_more_days_than_it_may_close_are_a_call_too(hotel: House) -> None:
    night(hotel, "2026-03-11 02:00:05+00:00")
    assert mails(hotel) == [("call/2026-03-01/scheduler.too_many_days", OWNER)]
    assert "could not begin" in text(hotel)
    assert "10 days wait to be closed" in text(hotel)


@pytest.mark.usefixtures("no_reports")
def test_a_run_that_cannot_write_why_it_stopped_is_told_by_the_clock(
    hotel: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_facts: Any, **_more: Any) -> None:
        raise ConnectionError("no line")

    monkeypatch.setattr(audit, "run", gone)
    night(hotel)
    assert mails(hotel) == [("call/2026-03-01/ConnectionError", OWNER)]


@pytest.mark.usefixtures("no_reports")
def test_who_audits_by_hand_sees_it_and_nobody_is_called(hotel: House) -> None:
    stays_over(hotel)
    with pytest.raises(audit.AuditNotReady):
        audit.run(hotel.sessions, AUDITOR)
    assert mails(hotel) == []


@pytest.mark.usefixtures("no_reports")
def test_who_is_auditing_by_hand_at_that_moment_is_not_called_about(hotel: House) -> None:
    with time_machine.travel(NIGHT, tick=False):
        hotel.do(standing.take_up, day(0), AUDITOR, False, False)
        clockwork.due(hotel.sessions, clockwork.NIGHT_AUDIT)
    assert [each.status for each in hotel.rows(ScheduledRun)] == ["failed"]
    assert mails(hotel) == []
    assert look(hotel, "2026-03-02 05:00:05+00:00") == 1  # it never ended


@pytest.mark.usefixtures("no_reports")
def test_a_rehearsal_calls_nobody(hotel: House) -> None:
    stays_over(hotel)
    with time_machine.travel(NEXT_NIGHT, tick=False):
        assert rehearsal.rehearse(hotel.sessions, AUDITOR, unattended=True).stopped is not None
    assert mails(hotel) == []


@pytest.mark.usefixtures("no_reports")
def test_an_audit_that_nobody_started_is_missed_once_a_night(hotel: House) -> None:
    stays_over(hotel)
    assert look(hotel, "2026-03-03 04:59:00+00:00") == 0  # three hours after three o'clock, but for a minute
    assert look(hotel, "2026-03-03 05:00:00+00:00") == 1
    assert look(hotel, "2026-03-03 05:01:00+00:00") == 0
    told = text(hotel)
    assert "was due at 3/3/26, 3:00" in told.replace("\u202f", " ")
    assert "Business day March 2, 2026 is still not closed." in told
    assert "What stands in its way now:" in told
    assert "(1): 101" in told
    assert look(hotel, "2026-03-04 05:00:00+00:00") == 1
    assert [key for key, _to in mails(hotel)] == ["call/2026-03-03/missing", "call/2026-03-04/missing"]


@pytest.mark.usefixtures("no_reports")
def test_what_the_rules_do_not_ask_for_is_not_missed(hotel: House) -> None:
    go_by(hotel, call_after_hours=None)
    assert look(hotel, "2026-03-04 12:00:00+00:00") == 0
    go_by(hotel, call_after_hours=1, run_at=None)
    assert look(hotel, "2026-03-04 12:00:00+00:00") == 0
    go_by(hotel, call_to="", run_at=time(3, 0))
    assert look(hotel, "2026-03-04 12:00:00+00:00") == 0
    assert mails(hotel) == []


def test_before_there_is_a_hotel_nothing_is_missed(engine: Engine) -> None:
    assert House(engine).do(clockwork.look_for_missing) == 0


@pytest.mark.usefixtures("no_reports")
def test_a_call_in_german_writes_days_and_findings_in_german_and_the_name_with_its_umlauts(hotel: House) -> None:
    stays_over(hotel)
    go_by(hotel, mail_language="de")
    name = "Gästehaus „Zur schönen Müllerin“"
    facts = {"name": name, "time_zone": "Europe/Berlin", "country": "DE", "operator": CLERK}
    hotel.do(lambda session: hotel_itself.amend_property(session, hotel_itself.get_property(session).version, **facts))
    night(hotel, NEXT_NIGHT)
    with mail_server() as post:
        assert mail_worker.send_next(hotel.sessions, post.line, "w")
        (given,) = post.mails
    assert "2. März 2026" in given.message["Subject"]
    assert given.message["Subject"].startswith(name)
    assert given.message["From"].addresses[0].display_name == name
    title = next(each.title for each in CHECKS if each.code == "due_outs")
    assert title not in given.text
    assert translator("de")(title) in given.text
    assert given.text.rstrip().endswith(name)


# --- the pack ---------------------------------------------------------------------------------------------------


def test_the_pack_goes_out_when_the_day_is_closed_to_each_once(hotel: House) -> None:
    hotel.arrive(3)
    go_by(hotel, pack_to=f"{OWNER}\n{BOSS}", pack_files="manager.pdf trial-balance.xlsx", mail_language="de")
    night(hotel)
    assert sorted(mails(hotel)) == [("pack/2026-03-01", BOSS), ("pack/2026-03-01", OWNER)]
    assert states(hotel)[day(0)] == "done"
    with mail_server() as post:
        while mail_worker.send_next(hotel.sessions, post.line, "w"):
            pass
        first, second = post.mails
    assert [each.get_content() for each in first.message.iter_attachments()] == [
        each.get_content() for each in second.message.iter_attachments()
    ]
    pdf, workbook = first.message.iter_attachments()
    assert (pdf.get_filename(), pdf.get_content_type()) == ("manager-2026-03-01.pdf", "application/pdf")
    assert workbook.get_filename() == "trial-balance-2026-03-01.xlsx"
    assert workbook.get_content()[:2] == b"PK"
    assert "Hotel am Markt" in PdfReader(io.BytesIO(pdf.get_content())).pages[0].extract_text()
    assert "- manager-2026-03-01.pdf" in first.text
    with pytest.raises(standing.NothingToResume):
        audit.resume(hotel.sessions, AUDITOR)
    assert len(mails(hotel)) == 2


def test_an_audit_by_hand_sends_the_pack_as_well_and_a_rehearsal_does_not(hotel: House) -> None:
    hotel.arrive(3)
    go_by(hotel, pack_to=OWNER)
    rehearsal.rehearse(hotel.sessions, AUDITOR)
    assert mails(hotel) == []
    audit.run(hotel.sessions, AUDITOR)
    assert mails(hotel) == [("pack/2026-03-01", OWNER)]


def test_reports_that_fail_are_a_call_and_the_pack_goes_out_once_they_are_made(
    hotel: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    hotel.arrive(3)
    go_by(hotel, pack_to=BOSS)

    def broken(*_facts: Any) -> None:
        raise ZeroDivisionError("by no rooms")

    monkeypatch.setattr(making, "canonical", broken)
    night(hotel)
    assert mails(hotel) == [("call/2026-03-01/reports", OWNER)]
    assert "closed and sealed" in text(hotel)
    assert "- manager: ZeroDivisionError: by no rooms" in text(hotel)
    monkeypatch.undo()
    audit.resume(hotel.sessions, AUDITOR)
    assert mails(hotel)[1:] == [("pack/2026-03-01", BOSS)]


def test_a_report_that_does_not_exist_fails_its_mail_with_the_reason(hotel: House) -> None:
    hotel.arrive(3)
    go_by(hotel, call_to="", pack_to=OWNER, pack_files="nonsense.pdf")
    night(hotel)
    with mail_server() as post:
        assert mail_worker.send_next(hotel.sessions, post.line, "w")
        assert post.mails == []
    (failed,) = hotel.rows(Mail)
    assert (failed.status, failed.error) == ("failed", "mail.file_failed")
    assert "nonsense" in str(failed.facts)


# --- the rules --------------------------------------------------------------------------------------------------


def test_addresses_are_kept_one_a_line_and_what_cannot_be_one_is_refused_with_its_field(hotel: House) -> None:
    go_by(hotel, call_to=f" {OWNER};{BOSS},\n{OWNER} ", pack_to="")
    assert in_unit_of_work(hotel.sessions, rules).call_to == f"{OWNER}\n{BOSS}"
    for field in ("call_to", "pack_to"):
        with hotel.refuses(MailAddressInvalid, address="nobody", field=field):
            go_by(hotel, **{field: f"{OWNER} nobody"})
        with hotel.refuses(TooManyAddresses, field=field):
            go_by(hotel, **{field: " ".join(f"a{number}@hotel.example" for number in range(11))})
    for wrong in (
        {"call_after_hours": 0},
        {"call_after_hours": 24},
        {"mail_language": "tlh"},
        {"pack_files": "a/b.pdf"},
    ):
        with hotel.refuses(RulesInvalid):
            go_by(hotel, **wrong)
