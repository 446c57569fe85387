"""`frontoffice init` and `frontoffice serve`, as they are typed, and what every command does when it is refused."""

import os
import select
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from sqlalchemy.orm import Session

from folios import schema
from folios.business_day import open_date
from folios.codes import DEPARTMENTS
from folios.db import reading, session_source, unit_of_work
from folios.ledger import currency
from folios.models import BusinessDay, Folio, Ledger, TransactionCode
from frontoffice import rights, setup, users
from frontoffice.cli import main
from frontoffice.models.property import Property
from frontoffice.models.users import User
from frontoffice.users import NewUser

COMMAND = [sys.executable, "-c", "from frontoffice.cli import main; main(prog_name='frontoffice')"]
PASSWORD = "correct horse battery"
SECRET = "9f2c81d0a7b34e56c1f08d927e6ab35d"
OPTIONS = {
    "--name": "Hotel am Markt",
    "--currency": "EUR",
    "--time-zone": "Europe/Berlin",
    "--first-date": "2026-03-01",
    "--administrator": "Desk1",
    "--administrator-name": "Front Office",
    "--administrator-password-file": "-",
}


def init(database: str, options: dict[str, str] | None = None, password: str = f"{PASSWORD}\n") -> Result:
    given = [each for pair in (OPTIONS if options is None else options).items() for each in pair]
    return CliRunner().invoke(main, ["init", "--database", database, *given], input=password)


def environment(**settings: str) -> dict[str, str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("FRONTOFFICE_")}
    return plain | {"PYTHONPATH": str(Path(__file__).parents[2]), "TERM": "dumb"} | settings


# --- a new hotel --------------------------------------------------------------------------------------------


def test_init_makes_a_hotel_out_of_an_empty_database(empty_database_url, empty_engine):
    result = init(empty_database_url, OPTIONS | {"--country": "de"})

    assert (result.exit_code, result.stderr) == (0, "")
    assert "Hotel am Markt is ready" in result.stdout
    assert CliRunner().invoke(main, ["verify", "--database", empty_database_url]).exit_code == 0
    schema.check(empty_engine)
    with reading(session_source(empty_engine)) as session:
        hotel = session.get(Property, 1)
        assert (hotel.name, hotel.time_zone, hotel.country) == ("Hotel am Markt", "Europe/Berlin", "DE")
        assert (currency(session), open_date(session)) == ("EUR", date(2026, 3, 1))
        rights.require(session, "desk1", "user.administer")
        assert users.check_password(session, "desk1", PASSWORD).name == "Front Office"


def test_a_new_hotel_has_a_chart_of_codes_and_their_folios(empty_database_url, empty_engine):
    init(empty_database_url)

    with reading(session_source(empty_engine)) as session:
        other_side = {
            row.code: (row.kind, row.tender, row.type)
            for row in session.execute(
                sa.select(TransactionCode.code, TransactionCode.kind, TransactionCode.tender, Folio.type).outerjoin(
                    Folio
                )
            )
        }
        assert other_side == {each.code: (each.kind, each.tender, each.other_side) for each in setup.STARTER_CHART}
        assert session.execute(sa.select(Folio.type).where(Folio.number == setup.DRAWER)).scalar_one() == "control"


def test_the_starter_chart_follows_the_order_of_the_departments():
    departments = [DEPARTMENTS.index(each.department) for each in setup.STARTER_CHART]

    assert departments == sorted(departments)


def test_what_is_missing_is_named_when_there_is_nobody_to_ask_and_nothing_is_made(empty_database_url, empty_engine):
    result = init(empty_database_url, {"--name": "Hotel am Markt", "--currency": "EUR"})

    assert result.exit_code == 2
    assert "--time-zone, --first-date, --administrator" in result.stderr
    assert sa.inspect(empty_engine).get_table_names() == []


@pytest.mark.parametrize(
    ("option", "value", "word"),
    [
        ("--name", " ", "name"),
        ("--currency", "EURO", "EURO"),
        ("--time-zone", "Berlin", "Europe/Berlin"),
        ("--country", "Germany", "Germany"),
        ("--first-date", "1.3.2026", "year-month-day"),
        ("--administrator", "desk one", "desk one"),
        ("--administrator-name", "", "name"),
        ("--administrator-password-file", "/nowhere/password", "/nowhere/password"),
    ],
)
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_wrong_value_is_refused_and_nothing_is_made(empty_database_url, empty_engine, option, value, word):
    result = init(empty_database_url, OPTIONS | {option: value})

    assert result.exit_code == 2
    assert word in result.stderr
    assert sa.inspect(empty_engine).get_table_names() == []


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("password", ["", "\n", "too short\n"])
def test_a_short_password_is_refused(empty_database_url, password):
    result = init(empty_database_url, password=password)

    assert result.exit_code == 2
    assert "at least 10" in result.stderr


# --- a hotel that is there ----------------------------------------------------------------------------------


def test_init_may_run_again_and_changes_nothing(empty_database_url, empty_engine):
    init(empty_database_url)

    again = init(empty_database_url, {})
    other = init(empty_database_url, OPTIONS | {"--name": "Another Hotel"})

    assert (again.exit_code, again.stderr) == (0, "")
    assert other.exit_code == 0
    assert "Not used: --name, --currency" in other.stderr
    assert counts(empty_engine) == (1, 1, 1, 1)
    with reading(session_source(empty_engine)) as session:
        assert session.execute(sa.select(Property.name)).scalar_one() == "Hotel am Markt"


def test_init_brings_an_older_database_up_to_date_and_keeps_its_hotel(empty_database_url, empty_engine):
    schema.upgrade(empty_engine, "0002")
    with empty_engine.begin() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO property (id, name, time_zone, version) VALUES (1, 'Hotel am Markt', 'Europe/Berlin', 1)"
            )
        )

    result = init(empty_database_url, {})

    assert result.exit_code == 0
    assert f"Hotel am Markt is ready. The database is of version {schema.needed_version()}." in result.stdout
    schema.check(empty_engine)


def test_init_refuses_a_database_of_a_newer_program(empty_database_url, empty_engine):
    init(empty_database_url)
    with empty_engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))

    result = init(empty_database_url, {})

    assert result.exit_code == 2
    assert "newer program" in result.stderr


@pytest.mark.parametrize("reached", ["0001", "head"])
def test_init_completes_what_a_crash_left_after_the_schema(empty_database_url, empty_engine, reached):
    schema.upgrade(empty_engine, reached)

    result = init(empty_database_url)

    assert (result.exit_code, result.stderr) == (0, "")
    assert counts(empty_engine) == (1, 1, 1, 1)


def test_a_set_up_that_fails_on_its_way_leaves_nothing_and_can_be_repeated(empty_database_url, empty_engine):
    schema.upgrade(empty_engine)
    with pytest.raises(RuntimeError), unit_of_work(session_source(empty_engine)) as session:
        set_up_and_stop(session)
    assert counts(empty_engine) == (0, 0, 0, 0)

    assert init(empty_database_url).exit_code == 0
    assert counts(empty_engine) == (1, 1, 1, 1)


def test_two_who_set_up_at_once_make_one_hotel(empty_database_url, empty_engine):
    both = [
        subprocess.Popen(
            [*COMMAND, "init", "--database", empty_database_url, *typed({"--name": name, "--administrator": name})],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(),
        )
        for name in ("north", "south")
    ]
    for process in both:
        process.stdin.write(PASSWORD)
        process.stdin.close()
        process.stdin = None
    said = [process.communicate(timeout=60) for process in both]

    assert [process.returncode for process in both] == [0, 0], said
    assert counts(empty_engine) == (1, 1, 1, 1)
    with reading(session_source(empty_engine)) as session:
        name = session.execute(sa.select(Property.name)).scalar_one()
        assert session.execute(sa.select(User.code)).scalars().all() == [name]
    assert all(f"{name} is ready" in stdout for stdout, _ in said)


def set_up_and_stop(session: Session) -> None:
    setup.set_up_property(
        session,
        name="Hotel am Markt",
        currency="EUR",
        time_zone="UTC",
        first_date=date(2026, 3, 1),
        administrator=NewUser("desk1", "Desk1", PASSWORD),
    )
    raise RuntimeError("the machine stops here")


def typed(changes: dict[str, str]) -> list[str]:
    return [each for pair in (OPTIONS | changes).items() for each in pair]


def counts(engine: sa.Engine) -> tuple[int, ...]:
    tables = (Property, Ledger, BusinessDay, User)
    with reading(session_source(engine)) as session:
        return tuple(session.execute(sa.select(sa.func.count()).select_from(table)).scalar_one() for table in tables)


# --- asking on a terminal -----------------------------------------------------------------------------------


def interruptible() -> None:
    """What a shell in the background takes from its children: that ^C ends them."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Terminal:
    """A command at a terminal of its own: what it asks is awaited, then answered."""

    def __init__(self, *arguments: str) -> None:
        pty = pytest.importorskip("pty", reason="terminals of this kind are there on Unix only")
        self.controller, terminal = pty.openpty()
        self.process = subprocess.Popen(
            [*COMMAND, *arguments],
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            env=environment(),
            start_new_session=True,
            preexec_fn=interruptible,  # noqa: PLW1509 - no thread is running here
        )
        os.close(terminal)
        self.seen = self.read = ""

    def asked(self, prompt: str) -> None:
        while prompt not in self.read:
            assert self._read_on(), f"no {prompt!r} in {self.seen!r}"
        self.read = self.read.split(prompt, 1)[1]

    def answer(self, prompt: str, text: str) -> None:
        self.asked(prompt)
        time.sleep(0.1)  # the echo is switched off after the prompt, and takes away what was typed before
        os.write(self.controller, f"{text}\n".encode())

    def end(self) -> int:
        while self._read_on():
            pass
        return self.process.wait(timeout=30)

    def _read_on(self) -> bool:
        if not select.select([self.controller], [], [], 30)[0]:
            return False
        try:
            read = os.read(self.controller, 4096).decode()
        except OSError:  # the other end of the terminal is closed
            read = ""
        self.seen += read
        self.read += read
        return bool(read)


@contextmanager
def terminal(*arguments: str) -> Iterator[Terminal]:
    opened = Terminal(*arguments)
    try:
        yield opened
    finally:
        if opened.process.poll() is None:
            opened.process.kill()
            opened.process.wait()
        os.close(opened.controller)


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_init_asks_for_what_is_missing_and_asks_again_for_what_is_wrong(empty_database_url, empty_engine):
    with terminal(
        "init", "--database", empty_database_url, "--name", "Hotel am Markt", "--administrator", "desk1"
    ) as desk:
        desk.answer("Currency (three letters): ", "euro")
        desk.answer("Currency (three letters): ", "eur")
        desk.answer("Time zone (such as Europe/Berlin): ", "Europe/Berlin")
        desk.answer("First business date (year-month-day): ", "2026-03-01")
        desk.answer("Name of the first administrator: ", "Front Office")
        desk.answer("Password: ", "short")
        desk.answer("Password: ", PASSWORD)
        desk.answer("The same once more: ", "something else")
        desk.answer("Password: ", PASSWORD)
        desk.answer("The same once more: ", PASSWORD)
        assert desk.end() == 0, desk.seen

    assert "There is no currency euro" in desk.seen
    assert "at least 10" in desk.seen
    assert "The two passwords differ" in desk.seen
    assert PASSWORD not in desk.seen
    with reading(session_source(empty_engine)) as session:
        assert currency(session) == "EUR"
        assert users.check_password(session, "desk1", PASSWORD).name == "Front Office"


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_whoever_interrupts_the_questions_leaves_nothing_behind(empty_database_url, tmp_path):
    with terminal("--language", "de", "init", "--database", empty_database_url) as desk:
        desk.answer("Name des Hotels: ", "Hotel am Markt")
        desk.answer("Währung (drei Buchstaben): ", "EUR")
        desk.asked("Zeitzone (etwa Europe/Berlin): ")
        time.sleep(0.1)  # until it waits for the answer
        desk.process.send_signal(signal.SIGINT)
        assert desk.end() == 130

    assert "Abgebrochen." in desk.seen
    assert "Traceback" not in desk.seen
    assert list(tmp_path.glob("*.db")) == []


# --- every command ------------------------------------------------------------------------------------------


def test_without_a_database_every_command_says_how_to_name_one():
    result = CliRunner(env={"FRONTOFFICE_DATABASE_URL": None}).invoke(main, ["serve"])

    assert result.exit_code == 2
    assert "FRONTOFFICE_DATABASE_URL" in result.stderr


def test_a_wrong_setting_is_refused_before_anything_else():
    result = CliRunner(env={"FRONTOFFICE_DATABSE_URL": "sqlite:///x.db"}).invoke(main, ["serve"])

    assert result.exit_code == 2
    assert "FRONTOFFICE_DATABSE_URL" in result.stderr


def test_a_file_that_is_not_there_is_refused_and_not_made(tmp_path):
    result = CliRunner().invoke(main, ["serve", "--database", f"sqlite:///{tmp_path}/hotel.db"])

    assert result.exit_code == 2
    assert "frontoffice init" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_older_database_is_refused_by_the_commands_that_work_with_it(empty_database_url, empty_engine):
    schema.upgrade(empty_engine, "0001")

    result = CliRunner().invoke(main, ["serve", "--database", empty_database_url])

    assert result.exit_code == 2
    assert "version 0001" in result.stderr


@pytest.mark.parametrize("command", ["serve", "init"])
def test_a_database_that_cannot_be_reached_is_refused_without_a_traceback(command):
    url = "postgresql://desk:topsecret@127.0.0.1:1/hotel"
    result = CliRunner().invoke(main, ["--language", "de", command, "--database", url])

    assert result.exit_code == 2
    assert result.stderr == "Die Datenbank ist nicht erreichbar. Versuchen Sie es gleich noch einmal.\n"


def test_a_file_that_is_no_database_is_refused_without_a_traceback(tmp_path):
    (tmp_path / "hotel.db").write_text("Dear diary, " * 1000)

    result = CliRunner().invoke(main, ["serve", "--database", f"sqlite:///{tmp_path}/hotel.db"])

    assert result.exit_code == 2
    assert "not a database" in result.stderr


# --- serving ------------------------------------------------------------------------------------------------


def test_serve_refuses_to_work_without_a_secret(database_url):
    result = CliRunner(env={"FRONTOFFICE_SECRET_KEY": None}).invoke(main, ["serve", "--database", database_url])

    assert result.exit_code == 2
    assert "FRONTOFFICE_SECRET_KEY" in result.stderr


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_serve_answers_until_it_is_stopped(empty_database_url, end):
    init(empty_database_url)
    port = free_port()
    served = subprocess.Popen(
        [*COMMAND, "serve", "--port", str(port)],
        env=environment(FRONTOFFICE_DATABASE_URL=empty_database_url, FRONTOFFICE_SECRET_KEY=SECRET),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=interruptible,  # noqa: PLW1509 - no thread is running here
    )
    try:
        assert served.stdout.readline() == f"Serving on http://127.0.0.1:{port}\n"
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=10) as answer:
            assert b'"2026-03-01"' in answer.read()
            assert answer.headers["Server"] is None
        served.send_signal(end)
        _, said = served.communicate(timeout=15)
    finally:
        served.kill()
        served.communicate()

    assert served.returncode == 0
    assert "Traceback" not in said


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_serve_says_when_the_port_is_taken(database_url):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = subprocess.run(
            [*COMMAND, "serve", "--port", str(port)],
            env=environment(FRONTOFFICE_DATABASE_URL=database_url, FRONTOFFICE_SECRET_KEY=SECRET),
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    assert result.returncode == 2
    assert f"port {port}" in result.stderr
    assert "Traceback" not in result.stderr


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]
