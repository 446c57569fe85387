"""Workers as processes: killed at every step of a slip, stopped by a signal, several at once on one database."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy.engine import Engine

from frontoffice import background
from frontoffice.app import create_app
from frontoffice.cli import main
from frontoffice.config import Settings
from tests.frontoffice.house import House
from tests.pos_bridge.fake_printer import FakePrinter
from tests.pos_bridge.queue_house import Printing, long_slip, words

ROOT = Path(__file__).parents[2]
BEFORE = "POSSIBLY PRINTED BEFORE"


@pytest.fixture
def printing(engine: Engine, house: House) -> Printing:
    return Printing(engine, house)


@pytest.fixture
def fake() -> Iterator[FakePrinter]:
    with FakePrinter() as printer:
        yield printer


@contextmanager
def process(*words: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", *words]
    started = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    with started:
        yield started
        if started.poll() is None:
            started.kill()


@pytest.mark.parametrize(
    ("step", "on_paper"), [("claimed", 0), ("opened", 0), ("sending", 1), ("sent", 1), ("closed", 1)]
)
def test_a_worker_killed_at_any_step_loses_no_slip_and_prints_none_twice_unsaid(
    printing: Printing, fake: FakePrinter, database_url: str, step: str, on_paper: int
) -> None:
    printing.route(printing.network(fake.port))
    printing.ask("Once only")
    with process("tests.pos_bridge.dying_worker", database_url, step) as dying:
        assert dying.wait(60) == -signal.SIGKILL, dying.stdout and dying.stdout.read()
    assert printing.states() == ["printing"]
    printing.once()
    assert printing.states() == ["printing"]  # nobody takes it from a worker that may be alive
    before = len(fake.printed)
    with printing.later(60):
        printing.once()
    assert fake.waits_for(before + 1)
    job = printing.only()
    assert (job.status, job.attempts) == ("printed", 2)
    assert "Once only" in words(fake.printed[-1])
    assert (BEFORE in words(fake.printed[-1])) == bool(on_paper)
    whole = [each for each in fake.printed if "Once only" in words(each) and BEFORE not in words(each)]
    assert len(whole) <= 1


def test_the_command_prints_what_waits_and_stops(printing: Printing, fake: FakePrinter, database_url: str) -> None:
    printing.route(printing.network(fake.port))
    printing.ask()
    printing.ask()
    done = CliRunner().invoke(main, ["print-worker", "--once", "--database", database_url])
    assert (done.exit_code, done.output) == (0, "")
    assert fake.waits_for(2)
    assert printing.states() == ["printed"] * 2


def test_a_signal_ends_the_command_after_the_slip_under_way(
    printing: Printing, fake: FakePrinter, database_url: str
) -> None:
    fake.pace_s = 0.03
    printing.route(printing.network(fake.port, timeout_s=10))
    with process("frontoffice", "print-worker", "--database", database_url) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline().startswith("Printing.")
        printing.ask(slip=long_slip())
        printing.ask("Left for later")
        for _ in range(600):
            if printing.jobs()[0].sending_at is not None:
                break
            time.sleep(0.05)
        worker.terminate()
        assert worker.wait(60) == 0, worker.stdout.read()
    assert printing.states() == ["printed", "waiting"]
    assert [words(each).count("Business date") for each in fake.printed] == [1]


def test_processes_on_one_database_print_each_slip_once(
    printing: Printing, fake: FakePrinter, database_url: str
) -> None:
    printing.route(printing.network(fake.port, timeout_s=10))
    for number in range(10):
        printing.ask(f"Slip {number}.")
    command = ("frontoffice", "print-worker", "--database", database_url)
    with process(*command) as one, process(*command) as other:
        assert fake.waits_for(10, 60)
        for worker in (one, other):
            worker.terminate()
            assert worker.wait(60) == 0
    assert printing.states() == ["printed"] * 10
    told = [words(each) for each in fake.printed]
    assert [sum(f"Slip {number}." in each for each in told) for number in range(10)] == [1] * 10
    assert not any(BEFORE in each for each in told)


def test_pages_that_are_served_print_by_themselves() -> None:
    create_app(Settings().with_database("sqlite:///nobody-s.db"))
    assert "printing" in background._registered
