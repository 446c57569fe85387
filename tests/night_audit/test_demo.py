"""`frontoffice demo`: made whole, by the rules; found again as it was left; never made over a real hotel."""

from __future__ import annotations

import shutil
import signal
import socket
import stat
import subprocess
import time
import urllib.request
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from click.testing import CliRunner, Result
from sqlalchemy.engine import Engine

from folios import schema
from folios.business_day import open_date
from folios.db import in_unit_of_work, open_engine, reading, session_source
from folios.models import BusinessDay, Event, Folio, Posting, Voucher
from frontoffice import setup, users
from frontoffice.cli import main
from frontoffice.departures import departure_obstacles
from frontoffice.discrepancies import discrepancies
from frontoffice.disputes import open_disputes
from frontoffice.groups import groups
from frontoffice.house import figures
from frontoffice.models.cashiering import Shift
from frontoffice.models.rooms import Room, RoomOutage
from frontoffice.models.stays import Stay, StayWindow
from frontoffice.sign_in import sign_in
from frontoffice.users import NewUser
from night_audit.demo import making
from night_audit.demo.keys import draw_keys, note_of, read_keys
from night_audit.demo.plan import ROOMS, ROOMS_OF_TYPES, Plan
from tests.frontoffice.test_cli_init import COMMAND, environment, free_port, interruptible
from tests.furnishing import FURNISHERS

FAST = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
TODAY = date(2026, 6, 17)
DAYS = 3


def make_short(engine: Engine) -> None:
    list(making.make(engine, draw_keys(), TODAY, DAYS, FAST))


FURNISHERS |= {"short_demo": make_short}


@pytest.fixture
def short_demo() -> None:
    """Promises that the test's database is a short demo, made by the rules once for all tests of the worker."""


def demo(url: str, *options: str) -> Result:
    return CliRunner().invoke(main, ["demo", "--no-serve", "--days", str(DAYS), "--database", url, *options])


def scalar(sessions, what):
    with reading(sessions) as session:
        return session.scalar(what)


def count(sessions, *where) -> int:
    return scalar(sessions, sa.select(sa.func.count()).select_from(Stay).where(*where))


@pytest.fixture(scope="module")
def template(tmp_path_factory) -> Path:
    """The file of a short demo, with its note; not to be changed."""
    folder = tmp_path_factory.mktemp("demo")
    result = demo(f"sqlite:///{folder}/demo.db")
    assert result.exit_code == 0, result.output
    return folder / "demo.db"


@pytest.fixture
def copied(template, tmp_path) -> str:
    """The address of a copy of the short demo, with its note."""
    for path in (template, note_of(sa.engine.make_url(f"sqlite:///{template}"))):
        shutil.copy(path, tmp_path / path.name)
    return f"sqlite:///{tmp_path}/demo.db"


def keys_of(url: str):
    return read_keys(note_of(sa.engine.make_url(url)))


# --- the hotel ------------------------------------------------------------------------------------------------


def test_the_books_of_the_demo_balance_and_its_days_are_closed(short_demo, database_url, sessions):
    assert CliRunner().invoke(main, ["verify", "--database", database_url]).exit_code == 0
    with reading(sessions) as session:
        days = session.execute(sa.select(BusinessDay.business_date, BusinessDay.status).order_by("business_date")).all()
        told = [figures(session, day) for day, _ in days]
    assert [status for _, status in days] == ["closed"] * DAYS + ["open"]
    assert days[-1][0] == TODAY
    assert all(0.55 <= day.rooms_sold / day.inventory <= 0.85 for day in told[:-1])
    assert {day.inventory for day in told} == {ROOMS}


def test_the_morning_has_one_of_each_thing_a_desk_meets(short_demo, sessions):
    with reading(sessions) as session:
        due_out = session.scalars(sa.select(Stay).where(Stay.status == "in_house", Stay.departure == TODAY)).all()
        free_to_go = [each for each in due_out if not departure_obstacles(session, each.id)]
        company = sa.select(StayWindow.stay_id).join(Folio).where(Folio.name == "Northwind Instruments")
        (shared,) = session.scalars(company).all()
        halves = sa.select(Folio.balance_minor).join(StayWindow).where(StayWindow.stay_id == shared)
        first, second = session.scalars(halves.order_by(StayWindow.window)).all()
        near = session.execute(
            sa.select(Folio.balance_minor, Folio.house_limit_minor).where(
                Folio.balance_minor > Folio.house_limit_minor * 9 // 10
            )
        ).all()
        shifts = session.execute(
            sa.select(Shift.cashier, Shift.counted_minor - Shift.expected_minor).where(
                Shift.closed_on == TODAY - making.DAY
            )
        ).all()
        dirty = (
            sa.select(sa.func.count()).select_from(Room).where(Room.occupancy == "vacant", Room.condition == "dirty")
        )
        assert session.scalar(dirty) >= 4
        disputed = [each for listed in open_disputes(session).values() for each in listed]
        (group,) = groups(session)
        differing = sorted(each.kind for each in discrepancies(session, TODAY))
    assert differing == ["skip", "sleep"]
    assert len(disputed) == 1
    assert (group.members, group.in_house, group.departure) == (10, 10, TODAY)
    assert len(due_out) > 14
    assert len(free_to_go) >= 1
    assert abs(first - second) <= 5
    assert first > 100_00
    assert near
    assert sorted(shifts) == [("cashier", -5_00), ("supervisor", 0)]
    assert count(sessions, Stay.status == "in_house", Stay.departure == TODAY, Stay.rate_code == "GROUP") == 10
    assert count(sessions, Stay.status == "confirmed", Stay.arrival == TODAY, Stay.room_id.is_not(None)) == 5
    assert count(sessions, Stay.status == "confirmed", Stay.arrival == TODAY, Stay.room_id.is_(None)) > 2
    assert count(sessions, Stay.status == "departed", Stay.departure == TODAY) == 2
    assert count(sessions, Stay.status == "confirmed", Stay.arrival > TODAY) > 50
    assert scalar(sessions, sa.select(sa.func.count()).select_from(RoomOutage)) == 2


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_the_demo_comes_out_the_same_for_the_same_day(short_demo, engine, empty_engine):
    make_short(empty_engine)
    told = []
    for each in (engine, empty_engine):
        with reading(session_source(each)) as session:
            lines = sa.select(Posting.voucher_id, Posting.code, Posting.amount_minor, Posting.text, Voucher.kind)
            told.append(session.execute(lines.join(Voucher).order_by(Posting.id)).all())

    assert len(told[0]) > 300
    assert told[0] == told[1]


@pytest.mark.parametrize("today", [date(2026, 3, 1), date(2027, 1, 6), date(2028, 2, 29)])
def test_the_plan_fills_the_house_of_a_whole_month_without_overselling_a_type(today):
    plan = Plan(today - 31 * making.DAY, today)

    for number in range(31):
        day = plan.first + number * making.DAY
        slept = [each for each in plan.stays if each.outcome == "stays" and each.arrival <= day < each.leaves]
        assert 0.55 <= len(slept) / ROOMS <= 0.9
        for room_type, rooms in ROOMS_OF_TYPES.items():
            assert sum(each.room_type == room_type and day in each.nights for each in plan.stays) <= rooms
    outcomes = {each.outcome for each in plan.stays}
    assert outcomes == {"stays", "no_show", "cancelled"}
    assert any(each.walk_in for each in plan.stays)
    assert any(each.reinstated for each in plan.stays)


# --- made whole or not at all -----------------------------------------------------------------------------------


def test_a_demo_that_was_interrupted_is_made_anew_at_the_next_start(empty_database_url, empty_engine, monkeypatch):
    steps = making.make(empty_engine, draw_keys(), TODAY, DAYS, FAST)
    for _ in range(5):
        next(steps)
    steps.close()
    assert making.standing(empty_engine) == "interrupted"

    monkeypatch.setattr(making, "HASHER", FAST)
    result = demo(empty_database_url)

    assert result.exit_code == 0, result.output
    assert making.standing(empty_engine) == "finished"
    assert CliRunner().invoke(main, ["verify", "--database", empty_database_url]).exit_code == 0
    note_of(empty_engine.url).unlink()


def test_a_demo_killed_while_it_is_made_is_whole_after_the_next_start(tmp_path):
    command = [*COMMAND, "demo", "--no-serve", "--days", str(DAYS)]
    first = subprocess.Popen(command, env=environment(), cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.PIPE)
    note = tmp_path / "frontoffice-demo.db-passwords.toml"
    until = time.monotonic() + 30
    while not note.exists() and time.monotonic() < until:
        time.sleep(0.02)
    time.sleep(0.8)
    first.kill()
    first.communicate()
    again = subprocess.run(command, env=environment(), cwd=tmp_path, capture_output=True, text=True, check=False)

    assert again.returncode == 0, again.stderr
    assert "cashier" in again.stdout
    verified = CliRunner().invoke(main, ["verify", "--database", f"sqlite:///{tmp_path}/frontoffice-demo.db"])
    assert verified.exit_code == 0


def test_the_demo_is_found_again_as_it_was_left(copied):
    engine = open_engine(copied)
    in_unit_of_work(session_source(engine), lambda session: users.disable_user(session, "cashier", "admin"))
    before = keys_of(copied)
    shown = demo(copied)

    assert shown.exit_code == 0
    assert "was made" not in shown.stderr
    assert all(password in shown.stdout for code, password in before.passwords.items() if code != "cashier")
    assert before.passwords["cashier"] not in shown.stdout
    assert keys_of(copied) == before
    engine.dispose()


def test_reset_makes_it_anew(copied):
    engine = open_engine(copied)
    sessions = session_source(engine)
    in_unit_of_work(sessions, lambda session: users.disable_user(session, "cashier", "admin"))

    assert demo(copied, "--reset").exit_code == 0

    with reading(sessions) as session:
        assert users.find_user(session, "cashier").active
        assert open_date(session) >= TODAY
        assert session.scalar(sa.select(sa.func.count()).where(Event.action == making.FINISHED)) == 1
    engine.dispose()


@pytest.mark.parametrize("options", [(), ("--reset",)])
def test_the_hotel_of_somebody_else_is_never_touched(database_url, sessions, options):
    in_unit_of_work(
        sessions,
        lambda session: setup.set_up_property(
            session,
            name="Hotel am Markt",
            currency="EUR",
            time_zone="Europe/Berlin",
            first_date=date(2026, 3, 1),
            administrator=NewUser("desk1", "Desk1", "correct horse battery"),
            hasher=FAST,
        ),
    )
    before = scalar(sessions, sa.select(sa.func.count()).select_from(Event))

    result = demo(database_url, *options)

    assert result.exit_code == 2
    assert "other than the demo hotel" in result.stderr
    assert scalar(sessions, sa.select(sa.func.count()).select_from(Event)) == before
    assert not note_of(sessions.kw["bind"].url).exists()


@pytest.mark.parametrize("options", [(), ("--reset",)])
def test_a_database_of_another_program_is_never_touched(empty_database_url, empty_engine, options):
    with empty_engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE diary (entry varchar(100))"))

    assert demo(empty_database_url, *options).exit_code == 2
    assert sa.inspect(empty_engine).get_table_names() == ["diary"]


def test_a_demo_that_another_process_holds_is_not_made_anew(empty_database_url, empty_engine):
    with making.held(empty_engine):
        result = demo(empty_database_url)

    assert result.exit_code == 2
    assert "End that one first" in result.stderr
    assert sa.inspect(empty_engine).get_table_names() == []


def test_a_schema_without_a_hotel_in_it_becomes_the_demo(empty_database_url, empty_engine):
    schema.upgrade(empty_engine)

    assert making.standing(empty_engine) == "empty"


# --- signing in -------------------------------------------------------------------------------------------------


def test_everybody_signs_in_with_the_password_in_the_note_which_only_its_owner_reads(copied):
    engine = open_engine(copied)
    note = note_of(engine.url)

    assert stat.S_IMODE(note.stat().st_mode) == 0o600
    for code, password in keys_of(copied).passwords.items():
        user = sign_in(session_source(engine), code, password, "127.0.0.1")
        assert (user.code, user.must_change_password) == (code, False)
    engine.dispose()


def test_a_lost_note_is_written_anew_with_passwords_that_work(copied):
    engine = open_engine(copied)
    lost = keys_of(copied)
    note_of(engine.url).write_text("secret_key = 7")

    result = demo(copied)

    assert result.exit_code == 0
    found = keys_of(copied)
    assert found.passwords != lost.passwords
    assert found.passwords["manager"] in result.stdout
    sign_in(session_source(engine), "manager", found.passwords["manager"], "127.0.0.1")
    engine.dispose()


def test_no_password_stands_in_the_database(copied):
    passwords = keys_of(copied).passwords.values()
    content = Path(copied.removeprefix("sqlite:///")).read_bytes()

    assert not any(password.encode() in content for password in passwords)


def hears_us(port):
    """The link is alive for a till that starts it."""
    for _try in range(100):
        with suppress(ConnectionError), socket.create_connection(("127.0.0.1", port), timeout=10) as till:
            assert till.recv(100).startswith(b"\x02LS|")
            till.sendall(b"\x02LD|V#1|IFPO|\x03\x02LA|\x03")
            assert till.recv(100).startswith(b"\x02LA|")
            return
        time.sleep(0.1)
    pytest.fail("nobody listens")


def test_the_demo_serves_its_pages_until_it_is_stopped(copied):
    port, fias_port = free_port(), free_port()
    served = subprocess.Popen(
        [*COMMAND, "demo", "--database", copied, "--port", str(port), "--fias-port", str(fias_port)],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=interruptible,  # noqa: PLW1509 - no thread is running here
    )
    try:
        assert served.stdout.readline() == f"Serving on http://127.0.0.1:{port}\n"
        assert served.stdout.readline() == "You can sign in as:\n"
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=10) as answer:
            assert answer.status == 200
        hears_us(fias_port)
        held = demo(copied, "--reset")
        assert (held.exit_code, "End that one first" in held.stderr) == (2, True)
        served.send_signal(signal.SIGTERM)
        _, said = served.communicate(timeout=15)
    finally:
        served.kill()
        served.communicate()

    assert served.returncode == 0
    assert "Traceback" not in said
