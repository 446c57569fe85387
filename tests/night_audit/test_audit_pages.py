"""The audit's page: checklist, started and watched, accepted with a reason, rules, the clock; and its commands."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask

from folios import business_day
from frontoffice import cashiering, guests, jobs, shifts
from frontoffice.cli import main
from frontoffice.models.desk import Job
from night_audit import steps, work
from night_audit.models.audits import Audit
from night_audit.reports.catalogue import REPORTS
from night_audit.rules import Rules, rules
from tests.frontoffice.desk_client import PASSWORD, Client
from tests.frontoffice.house import CLERK, House, day
from tests.night_audit.nights import states

Desk = Callable[[str], Client]


@pytest.fixture(autouse=True)
def no_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "_pack_module", lambda: None)


def shift(house: House) -> None:
    def open_one(session: object) -> None:
        drawer = cashiering.add_drawer(session, "Desk", "DRAWER1", CLERK)  # type: ignore[arg-type]
        shifts.open_shift(session, CLERK, drawer.id, 10000, CLERK)  # type: ignore[arg-type]

    house.do(open_one)


def send(client: Client, at: str, **typed: str) -> int:
    return client.send(at, client.form(at) | typed).status_code


def test_an_auditors_night_from_the_checklist_to_the_seal(house: House, desk: Desk) -> None:
    stay = house.arrive(1)
    shift(house)
    auditor, manager = desk("night_auditor"), desk("manager")
    page = auditor.page("/night-audit")
    assert "/shifts/1/close" in page
    assert "Something on the checklist stops it." in page
    assert "/night-audit/checks/shifts/accept" not in page  # by right
    assert auditor.get("/night-audit/checks/shifts/accept").status_code == 403
    assert send(manager, "/night-audit/checks/shifts/accept", reason="counts tomorrow") == 303
    assert "counts tomorrow" in auditor.page("/night-audit")
    assert send(auditor, "/night-audit/run") == 303
    page = auditor.page("/night-audit")  # looks again by itself until it is over
    assert "It was started." in page
    assert 'id="begun" data-refresh' in page
    assert jobs.work_one(house.sessions)
    assert states(house) == {day(0): "done"}
    page = auditor.page("/night-audit")
    assert 'id="begun"' not in page
    assert "1 nights" in page
    house.leave(stay)


def test_days_of_findings_are_written_as_the_reader_writes_them_and_names_are_left_alone(
    house: House, desk: Desk
) -> None:
    guest = house.do(guests.add_guest, CLERK, surname="2026-02-31").id
    stay = house.book(0, 1, guest_id=guest)
    page = desk("night_auditor").page("/night-audit")
    assert f"2026-02-31 · {stay} · Mar 1, 2026" in page


def test_a_form_that_is_sent_twice_starts_one_audit(house: House, desk: Desk) -> None:
    client = desk("night_auditor")
    form = client.form("/night-audit/run")
    assert [client.send("/night-audit/run", form).status_code for _ in range(2)] == [303, 303]
    assert len(house.rows(Job)) == 1


def test_what_stopped_it_is_said_on_the_page_and_it_is_taken_up_from_there(house: House, desk: Desk) -> None:
    stay = house.arrive(1)
    client = desk("night_auditor")
    for _ in range(2):
        assert send(client, "/night-audit/run") == 303
        jobs.work_one(house.sessions)
    page = client.page("/night-audit")
    assert "due_outs" in page
    assert "Night audit stopped" in page  # in the top bar, on every page
    house.leave(stay)
    assert send(client, "/night-audit/resume") == 303
    jobs.work_one(house.sessions)
    assert states(house) == {day(0): "done", day(1): "done"}
    assert client.send("/night-audit/resume", client.form("/night-audit/resume")).status_code == 409


def test_a_rehearsal_is_asked_for_and_its_draft_fetched(house: House, desk: Desk) -> None:
    house.arrive(2)
    client = desk("night_auditor")
    assert send(client, "/night-audit/rehearse") == 303
    assert jobs.work_one(house.sessions)
    (job,) = house.rows(Job)
    draft = json.loads(client.get(f"/jobs/{job.id}/file").data)
    assert (draft["draft"], draft["counts"]["POST"]["nights"]) == (True, 1)
    assert house.rows(Audit) == []


def test_the_rules_are_kept_and_what_cannot_be_is_refused_beside_its_field(house: House, desk: Desk) -> None:
    client = desk("manager")
    typed = {"run_at": "03:30", "minimum_hours": "6", "most_days": "2", "no_shows": "ask", "force_shifts": "y"}
    typed |= {"no_show_percent": "80", "no_show_code": "NOSHOW"}
    assert send(client, "/night-audit/rules", **typed) == 303
    kept = house.do(rules)
    assert (kept.minimum_hours, kept.most_days, kept.no_shows, kept.force_shifts) == (6, 2, "ask", True)
    assert (kept.no_show_percent, kept.no_show_code) == (80, "NOSHOW")
    wrongs: list[dict[str, str]] = [{"run_at": "25:00"}, {"run_at": "nine"}, {"minimum_hours": "99"}]
    wrongs += [{"most_days": "0"}, {"no_show_percent": "0"}, {"no_show_percent": "101"}, {"no_show_code": "VISA"}]
    for wrong in wrongs:
        assert send(client, "/night-audit/rules", **wrong) == 422, wrong
    assert house.do(rules) == kept
    assert "3:30" in client.page("/night-audit/clock").replace("\u202f", " ")


def test_who_is_told_by_mail_is_kept_with_the_files_of_the_pack(house: House, desk: Desk) -> None:
    client = desk("manager")
    assert send(client, "/night-audit/rules", run_at="03:30") == 303
    at = "/night-audit/calls"
    form = client.form(at)
    number = {name: f"report_{place}" for place, name in enumerate(REPORTS)}
    assert (form[number["manager"]], form[number["trial-balance"]]) == ("pdf", "pdf")
    chosen = {number["manager"]: "xlsx", number["trial-balance"]: "", number["guest-ledger"]: "csv"}
    told = {"call_to": "a@hotel.example, b@hotel.example", "call_after_hours": "2", "pack_to": "c@hotel.example"}
    assert client.send(at, form | chosen | told | {"mail_language": "de"}).status_code == 303
    kept = house.do(rules)
    assert (kept.call_to, kept.call_after_hours) == ("a@hotel.example\nb@hotel.example", 2)
    assert (kept.pack_to, kept.mail_language) == ("c@hotel.example", "de")
    assert set(kept.pack_files.split()) == {"manager.xlsx", "guest-ledger.csv"}
    assert kept.run_at is not None
    assert send(client, "/night-audit/rules", minimum_hours="3") == 303
    assert house.do(rules).call_to == kept.call_to
    for wrong in ({"call_to": "nobody"}, {"pack_to": "a@b@c.example"}, {"call_after_hours": "24"}):
        assert send(client, at, **wrong) == 422, wrong
    page = client.refused(at, pack_to="d@hotel.example nobody")
    assert page.index("nobody is no mail address") > page.index('name="pack_to"')
    assert desk("night_auditor").get(at).status_code == 403


def test_a_machine_starts_the_audit_once_for_a_key_and_watches_it(house: House, app: Flask) -> None:
    house.arrive(1)
    browser = app.test_client()
    at = "/api/v1/night-audit"

    def ask(method: str, who: str | None, **headers: str) -> tuple[int, dict[str, Any]]:
        auth = None if who is None else (who, PASSWORD)
        answer = browser.open(at, method=method, auth=auth, headers=headers)
        return answer.status_code, answer.get_json()

    assert ask("GET", None)[0] == 401
    assert ask("GET", "cashier")[0] == 403
    assert browser.get(at, auth=("night_auditor", "wrong")).status_code in (401, 403, 409, 422)
    status, told = ask("GET", "night_auditor")
    assert (status, told["next"], told["audit"]) == (200, day(0).isoformat(), None)
    assert ask("POST", "night_auditor")[0] == 422
    first = ask("POST", "night_auditor", **{"Idempotency-Key": "night-1"})
    assert (first[0], first[1]["day"]) == (202, day(0).isoformat())
    jobs.work_one(house.sessions)
    again = ask("POST", "night_auditor", **{"Idempotency-Key": "night-1"})
    assert (again[0], again[1]["job"], again[1]["status"]) == (202, first[1]["job"], "done")
    status, told = ask("GET", "night_auditor")
    assert (told["next"], told["audit"]["status"]) == (day(1).isoformat(), "done")
    assert {each["code"] for each in told["checks"] if each["severity"] == "block"} == {"due_outs"}
    assert len(house.rows(Job)) == 1


def invoke(url: str, *options: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["night-audit", options[0], "--database", url, *options[1:]])
    return result.exit_code, result.output


def test_the_commands_check_rehearse_run_and_tell_for_who_may(house: House, app: object, database_url: str) -> None:
    stay = house.arrive(1)
    assert invoke(database_url, "check")[0] == 0
    assert invoke(database_url, "run", "--operator", "cashier")[0] == 2
    status, told = invoke(database_url, "rehearse", "--operator", "night_auditor", "--json")
    assert (status, json.loads(told)["counts"]["POST"]["nights"]) == (0, 1)
    status, told = invoke(database_url, "run", "--operator", "night_auditor")
    assert (status, told) == (
        0,
        "Business day Mar 1, 2026 is closed: 1 nights charged, 0 no-shows, 0 fixed charges.\n",
    )
    status, told = invoke(database_url, "check", "--json")
    checks = {each["code"]: each for each in json.loads(told)["checks"]}
    assert (status, checks["due_outs"]["severity"], checks["due_outs"]["count"]) == (1, "block", 1)
    assert invoke(database_url, "run", "--operator", "night_auditor")[0] == 2
    status, told = invoke(database_url, "status", "--json")
    assert (json.loads(told)["audit"]["status"], json.loads(told)["audit"]["step"]) == ("stopped", "READY")
    house.leave(stay)
    assert invoke(database_url, "resume", "--operator", "night_auditor", "--json")[0] == 0
    assert invoke(database_url, "resume", "--operator", "night_auditor")[0] == 2
    assert house.do(business_day.open_date) == day(2)
    assert invoke(database_url, "run", "--operator", "night_auditor", "--until", day(5).isoformat())[0] == 0
    assert house.do(business_day.open_date) == day(5)


def test_reports_that_failed_do_not_stop_the_audit_and_are_made_later(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    from night_audit import audit

    def fail(*_facts: object) -> dict[str, int]:
        raise OSError("no space left on device")

    done = audit.run(house.sessions, "auditor", report=fail)  # type: ignore[arg-type]
    assert "no space left" in done.failures["REPORT"]
    assert states(house) == {day(0): "done"}
    assert audit.run(house.sessions, "auditor", report=None).day == day(1)
    again = audit.resume(house.sessions, "auditor", lambda *_: {"reports": 3})
    assert (again.day, again.counts["REPORT"], again.failures) == (day(0), {"reports": 3}, {})
    assert Rules() == house.do(rules)
    assert work.RUN
