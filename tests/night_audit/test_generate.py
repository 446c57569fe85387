"""`frontoffice generate`: a hotel with a past that nobody lived through, and books as if somebody had."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import time
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from sqlalchemy.engine import Engine

from folios import verify
from folios.business_day import open_date
from folios.db import in_unit_of_work, reading
from folios.drafts import Origin
from folios.models import Folio, Posting, Voucher
from folios.money import Money
from folios.payments import Payment, pay_all
from frontoffice.cli import main
from frontoffice.models.cashiering import Shift
from frontoffice.models.stays import Stay, StayWindow
from frontoffice.stays import check_out_all
from night_audit import audit
from night_audit.models.audits import DaySeal
from night_audit.models.totals import DayCodeTotal
from night_audit.past.house import CASHIER, CURRENCY, Size
from night_audit.past.making import Past
from night_audit.reports import making, turnover
from night_audit.reports.catalogue import REPORTS
from tests.frontoffice.test_cli_init import COMMAND, environment, interruptible
from tests.furnishing import FURNISHERS

TODAY = date(2026, 2, 9)
DAYS = 40
SIZE = Size(rooms=12, first=TODAY - timedelta(days=DAYS), today=TODAY, postings_per_night=9)


def make(engine: Engine) -> None:
    past = Past(engine, SIZE)
    past.begin()
    assert [*past.live()][-1] == TODAY - timedelta(days=1)
    past.end()


FURNISHERS |= {"generated": make}


@pytest.fixture
def generated() -> None:
    """Promises that the test's database is a generated hotel, made once for all tests of the worker."""


def generate(url: str, *options: str) -> Result:
    return CliRunner().invoke(main, ["generate", "--database", url, *options])


def off(sessions) -> list[verify.Checked]:
    with reading(sessions) as session:
        return [each for each in verify.run(session) if each.differences]


def test_every_identity_holds_on_what_was_generated(generated: None, sessions) -> None:
    assert off(sessions) == []
    with reading(sessions) as session:
        counts = dict(session.execute(sa.select(Voucher.kind, sa.func.count()).group_by(Voucher.kind)).all())
        states = dict(session.execute(sa.select(Stay.status, sa.func.count()).group_by(Stay.status)).all())
        seals = session.scalar(sa.select(sa.func.count()).select_from(DaySeal))
        shifts = session.scalar(sa.select(sa.func.count()).where(Shift.status == "closed"))
        nights = session.scalar(sa.select(sa.func.count()).where(Voucher.sender == "night"))
        postings = session.scalar(sa.select(sa.func.count()).select_from(Posting))
    assert {"charge", "payment", "transfer", "paid_out"} <= counts.keys()
    assert {"confirmed", "cancelled", "no_show", "in_house", "departed"} == states.keys()
    assert seals == shifts == DAYS
    assert SIZE.postings_per_night * 0.9 < postings / nights < SIZE.postings_per_night * 1.3


def test_the_totals_of_a_closed_day_are_what_its_postings_come_to(generated: None, sessions) -> None:
    last = TODAY - timedelta(days=1)
    with reading(sessions) as session:
        kept = dict(
            session.execute(
                sa.select(DayCodeTotal.code, DayCodeTotal.year_minor).where(DayCodeTotal.business_date == last)
            ).all()
        )
        worked_out = turnover.by_code(session, last.replace(month=1, day=1), last, ("charge", "tax"))
    assert worked_out
    assert {each.code: each.net_minor for each in worked_out} == {each.code: kept[each.code] for each in worked_out}


def test_every_report_of_a_generated_day_can_be_made(generated: None, sessions) -> None:
    with reading(sessions) as session:
        asked = making.ask(session, TODAY - timedelta(days=3))
        contents = {name: making.make(session, each, asked) for name, each in REPORTS.items()}
    silent = {name for name, each in contents.items() if not any(part["rows"] for part in each["parts"])}
    seldom = {"rate-variance", "no-shows", "complimentary", "corrections", "high-balance"}
    seldom |= {"late-charges", "deposits-due", "room-status"}  # it asks for no deposits
    assert silent <= {"outlet-reconciliation", "disputes", *seldom}


def test_the_next_day_is_lived_by_the_desk_and_closed_by_the_real_audit(generated: None, sessions) -> None:
    in_unit_of_work(sessions, settle_and_check_out)
    done = audit.run(sessions, "auditor", report=None)
    assert done.day == TODAY
    assert done.count("nights") > 0
    with reading(sessions) as session:
        assert open_date(session) == TODAY + timedelta(days=1)
        assert session.get(DaySeal, TODAY).previous_hash == session.get(DaySeal, TODAY - timedelta(days=1)).hash
    assert off(sessions) == []


def settle_and_check_out(session) -> None:
    """Everybody who is due out pays what their folio says, and goes."""
    due = session.execute(
        sa.select(Stay.id, Folio.id, Folio.balance_minor)
        .join(StayWindow, StayWindow.stay_id == Stay.id)
        .join(Folio, Folio.id == StayWindow.folio_id)
        .where(Stay.status == "in_house", Stay.departure == TODAY)
    ).all()
    assert due
    paid = [(Payment(folio, "VISA", Money(owed, CURRENCY)), Origin(CASHIER)) for _, folio, owed in due if owed]
    pay_all(session, paid)
    check_out_all(session, [stay for stay, _, _ in due], CASHIER)


def test_a_day_may_be_left_to_the_real_audit_as_well(empty_engine: Engine) -> None:
    size = Size(rooms=4, first=TODAY - timedelta(days=3), today=TODAY, postings_per_night=6)
    past = Past(empty_engine, size)
    past.begin()
    for day in past.live():
        last = day
    past.end()
    for number in range(1, 4):
        past.desk(last + timedelta(days=number))
        assert audit.run(past.sessions, "auditor", report=None).day == last + timedelta(days=number)
    assert off(past.sessions) == []


def test_the_command_says_what_it_made_and_refuses_a_database_that_holds_anything(empty_database_url: str) -> None:
    options = ("--rooms", "3", "--days", "2", "--until", "2026-02-09", "--postings-per-night", "5")
    made = generate(empty_database_url, *options)
    assert made.exit_code == 0, made.output
    assert "Business days        2" in made.output
    assert "frontoffice user reset admin" in made.output
    again = generate(empty_database_url, *options)
    assert (again.exit_code, "holds something already" in again.output) == (2, True)
    assert CliRunner().invoke(main, ["verify", "--database", empty_database_url]).exit_code == 0


def test_a_database_of_something_else_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE recipes (name)")
    refused = generate(f"sqlite:///{path}", "--rooms", "3", "--days", "2")
    assert (refused.exit_code, "holds something already" in refused.output) == (2, True)
    with closing(sqlite3.connect(path)) as other:
        assert [name for (name,) in other.execute("SELECT name FROM sqlite_master")] == ["recipes"]


def test_the_same_seed_gives_the_same_hotel_and_another_another(tmp_path: Path) -> None:
    def seal_of(name: str, seed: str) -> str:
        path = tmp_path / name
        options = ("--rooms", "3", "--days", "2", "--until", "2026-02-09", "--seed", seed)
        assert generate(f"sqlite:///{path}", *options).exit_code == 0
        with closing(sqlite3.connect(path)) as made:
            return str(made.execute("SELECT hash FROM day_seal ORDER BY business_date DESC").fetchone()[0])

    first = seal_of("first.db", "7")
    assert first == seal_of("second.db", "7")
    assert first != seal_of("third.db", "8")


@pytest.mark.skipif(os.name != "posix", reason="signals as on Linux and macOS")
def test_stopped_by_hand_it_is_whole_up_to_the_day_under_way_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "hotel.db"
    url = f"sqlite:///{path}"
    command = [*COMMAND, "generate", "--database", url, "--rooms", "3", "--days", "3000"]
    with subprocess.Popen(
        command,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=interruptible,  # noqa: PLW1509 - no thread is running here
    ) as process:
        while process.poll() is None and days_in(path) < 3:
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        told = process.communicate(timeout=120)
    assert process.returncode == 130, told
    assert "The hotel is whole up to there" in told[1]
    assert 3 <= days_in(path) < 3000
    assert CliRunner().invoke(main, ["verify", "--database", url]).exit_code == 0


def days_in(path: Path) -> int:
    """Closed days of a database that somebody may be making."""
    if not path.exists():
        return 0
    try:
        with closing(sqlite3.connect(path)) as made:
            return int(made.execute("SELECT count(*) FROM day_seal").fetchone()[0])
    except sqlite3.OperationalError:
        return 0
