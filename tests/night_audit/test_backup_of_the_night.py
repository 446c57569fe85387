"""The backup after the pack: counted and shown; one that fails stops no audit, is told, and can be made later."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from click.testing import CliRunner
from sqlalchemy.engine import Engine

from folios import backup, clock, db
from folios.backup import Plan
from frontoffice import jobs
from frontoffice.cli import main
from frontoffice.models.desk import Job
from night_audit import audit, clockwork, rehearsal, standing, steps
from night_audit.audit import Audited
from night_audit.models.audits import Audit, AuditStep
from tests.conftest import opened
from tests.frontoffice.backups import brought_back, files_in, pg_dump_for
from tests.frontoffice.desk_client import Client
from tests.frontoffice.house import AUDITOR, House, day
from tests.night_audit.nights import states
from tests.night_audit.test_calls import NIGHT, OWNER, go_by, mails, text

Desk = Callable[[str], Client]


@pytest.fixture(autouse=True)
def few_reports(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Two reports, whatever is asked for."""
    caplog.set_level(logging.CRITICAL)

    stored = SimpleNamespace(reports={"manager": b"", "trial-balance": b""}, failed={})
    pack = SimpleNamespace(store=lambda *_facts, **_more: stored, rehearsed=lambda *_facts: None)
    monkeypatch.setattr(steps, "_pack_module", lambda: pack)


@pytest.fixture
def folder(tmp_path: Path, house: House, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the settings say backups go; the commands read them from the environment. It is not there yet."""
    wanted = tmp_path / "backups"
    named = pg_dump_for(house.engine)
    backup.plan(house.engine, Plan(wanted, 14, named))
    monkeypatch.setenv("FRONTOFFICE_BACKUP_FOLDER", str(wanted))
    monkeypatch.setenv("FRONTOFFICE_PG_DUMP", named or "")
    return wanted


def report_step(house: House, number: int = 0) -> AuditStep:
    return next(each for each in house.rows(AuditStep, step="REPORT") if each.business_date == day(number))


def night_audit(database_url: str, *arguments: str) -> str:
    done = CliRunner().invoke(main, ["night-audit", *arguments, "--database", database_url])
    assert done.exit_code == 0, done.output
    return done.output


def test_the_audit_backs_the_database_up_once_its_reports_are_stored(
    house: House, folder: Path, desk: Desk, request: pytest.FixtureRequest
) -> None:
    folder.mkdir()
    house.arrive(2)
    done = audit.run(house.sessions, AUDITOR)
    (name,) = files_in(folder)
    assert name.startswith("frontoffice-2026-03-01-")  # the day that was closed
    counts = done.counts["REPORT"]
    assert (counts["reports"], counts["backup"]) == (2, name)
    assert counts["backup_bytes"] == (folder / name).stat().st_size
    assert done.failures == {}
    page = desk("night_auditor").page("/night-audit")
    assert name in page
    assert "2 reports" in page
    with brought_back(folder / name, request) as url, opened(url) as copy:
        assert states(House(copy))[day(0)] == "running"  # all of it but the last word
        House(copy).prove()


def test_a_command_and_the_worker_beside_the_pages_make_it_by_the_settings(
    house: House, folder: Path, database_url: str, desk: Desk
) -> None:
    folder.mkdir()
    assert "backup" in night_audit(database_url, "run", "--operator", "night_auditor", "--json")
    assert len(files_in(folder)) == 1
    client = desk("night_auditor")
    assert client.send("/night-audit/run", client.form("/night-audit/run")).status_code == 303
    with time_machine.travel("2027-03-02 12:00+00:00"):
        assert jobs.work_one(house.sessions)
    assert [each[:22] for each in files_in(folder)] == ["frontoffice-2026-03-01", "frontoffice-2026-03-02"]


def test_a_backup_that_fails_stops_no_audit_is_told_everywhere_and_made_later(
    house: House, folder: Path, database_url: str, desk: Desk
) -> None:
    go_by(house, run_at=time(3, 0), call_to=OWNER, pack_to=OWNER)
    with time_machine.travel(NIGHT, tick=False):
        clockwork.due(house.sessions, clockwork.NIGHT_AUDIT)
    assert states(house) == {day(0): "done"}
    step = report_step(house)
    assert (step.status, step.counts) == ("failed", {"reports": 2})
    assert step.error is not None
    assert step.error.startswith(f"backup: The folder of the backups, {folder}, cannot be written to")
    assert mails(house) == [("call/2026-03-01/backup", OWNER), ("pack/2026-03-01", OWNER)]
    assert "could not be backed up" in text(house)
    assert f"- The folder of the backups, {folder}" in text(house)
    assert "frontoffice night-audit resume" in text(house)
    for told in (night_audit(database_url, "status"), night_audit(database_url, "status", "--json")):
        assert f"backup: The folder of the backups, {folder}" in told
    assert "cannot be written to" in desk("night_auditor").page("/night-audit")
    folder.mkdir()
    audit.resume(house.sessions, AUDITOR)
    (name,) = files_in(folder)
    step = report_step(house)
    assert (step.status, step.error, step.counts["reports"], step.counts["backup"]) == ("done", None, 2, name)
    assert len(mails(house)) == 2
    with pytest.raises(standing.NothingToResume):
        audit.resume(house.sessions, AUDITOR)


def test_who_audits_at_the_desk_is_told_that_the_backup_failed_and_nobody_is_called(
    house: House, folder: Path, desk: Desk
) -> None:
    go_by(house, call_to=OWNER)
    client = desk("night_auditor")
    assert client.send("/night-audit/run", client.form("/night-audit/run")).status_code == 303
    assert jobs.work_one(house.sessions)
    (job,) = house.rows(Job)
    assert f"The day is closed, but: backup: The folder of the backups, {folder}" in str(job.notice)
    assert mails(house) == []
    assert str(folder) in client.page("/night-audit")


def test_reports_that_fail_keep_nothing_from_being_backed_up_and_their_pack_from_being_sent(
    house: House, folder: Path
) -> None:
    folder.mkdir()
    go_by(house, call_to=OWNER, pack_to=OWNER)

    def some(*_facts: Any) -> dict[str, Any]:
        return {"reports": 1, "failed": {"manager": "ZeroDivisionError: by no rooms"}}

    done = audit.run(house.sessions, AUDITOR, unattended=True, report=some)
    assert done.failures == {"REPORT": "manager: ZeroDivisionError: by no rooms"}
    assert (done.counts["REPORT"]["reports"], done.counts["REPORT"]["reports_missing"]) == (1, 1)
    assert len(files_in(folder)) == 1
    assert mails(house) == [("call/2026-03-01/reports", OWNER)]
    done = audit.resume(house.sessions, AUDITOR)
    assert (done.counts["REPORT"]["reports"], done.failures) == (2, {})
    assert mails(house)[1:] == [("pack/2026-03-01", OWNER)]


def test_an_error_nobody_foresaw_in_the_backup_stops_nothing_either(house: House) -> None:
    def broken(*_facts: Any) -> dict[str, Any]:
        raise ZeroDivisionError("by no disks")

    done = audit.run(house.sessions, AUDITOR, back_up=broken)
    assert done.failures == {"REPORT": "backup: ZeroDivisionError: by no disks"}
    assert states(house) == {day(0): "done"}


def test_a_rehearsal_and_a_house_without_a_folder_make_none(house: House, engine: Engine, folder: Path) -> None:
    folder.mkdir()
    assert rehearsal.rehearse(house.sessions, AUDITOR).stopped is None
    backup.plan(engine, Plan(None))
    done = audit.run(house.sessions, AUDITOR)
    assert done.counts["REPORT"] == {"reports": 2}
    assert files_in(folder) == []


def test_an_audit_whose_backup_takes_long_gives_signs_of_life_meanwhile(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "SIGN_S", 0.01)

    def alive() -> Any:
        with db.reading(house.sessions) as session:
            return session.scalar(sa.select(Audit.alive_at))

    def long(*_facts: Any) -> dict[str, Any]:
        begun = clock.now()
        while alive() < begun:
            pass
        return {"backup": "long.db"}

    done: Audited = audit.run(house.sessions, AUDITOR, back_up=long)
    assert done.counts["REPORT"]["backup"] == "long.db"
