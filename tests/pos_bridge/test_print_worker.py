"""Slips on their way to printers that work, hang, run dry and die: nothing is lost, nothing is printed twice unsaid."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from io import BytesIO

import pytest
import sqlalchemy as sa
from PIL import Image
from sqlalchemy.engine import Engine

from folios import db
from folios.models import Event
from frontoffice import stationery
from pos_bridge import print_queue, print_worker, printers
from pos_bridge.models.printing import PrintJob
from pos_bridge.print_worker import Worker, claim
from tests.frontoffice.house import CLERK, House
from tests.pos_bridge.fake_printer import COVER_OPEN, OUT_OF_PAPER, FakePrinter
from tests.pos_bridge.queue_house import RECEIPTS, Printing, charge_slip, long_slip, words

BEFORE = "POSSIBLY PRINTED BEFORE"


@pytest.fixture
def printing(engine: Engine, house: House) -> Printing:
    return Printing(engine, house)


@pytest.fixture
def fake() -> Iterator[FakePrinter]:
    with FakePrinter() as printer:
        yield printer


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# --- the way of a slip ------------------------------------------------------------------------------------------


def test_a_slip_comes_out_of_the_printer_its_route_names(printing: Printing, fake: FakePrinter) -> None:
    bar = printing.network(fake.port)
    printing.route(bar, outlet="BAR")
    printing.ask("Gin and tonic")
    printing.once()
    assert fake.waits_for(1)
    told = words(fake.printed[0])
    assert "Gin and tonic 12.50" in told
    assert BEFORE not in told
    assert "COPY" not in told
    job = printing.only()
    assert (job.status, job.printer_id, job.attempts, job.error) == ("printed", bar, 1, None)
    assert printing.state_of(bar).answers


def test_a_dummy_keeps_the_bytes_to_be_looked_at(printing: Printing) -> None:
    printing.route(printing.printer())
    printing.ask()
    printing.once()
    assert "Dinner 12.50" in words(printing.output(printing.only().id))


def test_slips_come_out_in_the_order_they_were_asked_for(printing: Printing, fake: FakePrinter) -> None:
    printing.route(printing.network(fake.port))
    for number in range(6):
        printing.ask(f"Round {number}")
    printing.once()
    assert fake.waits_for(6)
    assert [f"Round {number}" in words(each) for number, each in enumerate(fake.printed)] == [True] * 6


def test_a_slip_without_a_route_waits_and_says_so_until_there_is_one(printing: Printing) -> None:
    bar = printing.printer()
    printing.ask()
    printing.once()
    job = printing.only()
    assert (job.status, job.printer_id, job.error) == ("waiting", None, "print.no_route")
    printing.route(bar, kind="charge")
    printing.once()
    assert printing.only().status == "printed"
    assert printing.only().error is None


def test_a_printer_that_never_answers_prints_all_the_same(printing: Printing, fake: FakePrinter) -> None:
    fake.answers = None
    bar = printing.network(fake.port)
    printing.route(bar)
    printing.ask()
    printing.once()
    assert fake.waits_for(1)
    assert printing.states() == ["printed"]
    assert not printing.state_of(bar).answers


def test_a_slow_printer_gets_the_time_it_needs(printing: Printing, fake: FakePrinter) -> None:
    fake.pace_s = 0.02
    printing.route(printing.network(fake.port))
    printing.ask(slip=long_slip())
    printing.once()
    assert fake.waits_for(1)
    assert printing.states() == ["printed"]
    assert printing.only().attempts == 1


def test_the_logo_of_the_paper_stands_on_the_slip(printing: Printing) -> None:
    picture = BytesIO()
    Image.new("RGB", (200, 100), "black").save(picture, "PNG")
    printing.route(printing.printer())
    printing.ask()
    printing.once()
    without = printing.output(printing.only().id)
    printing.house.do(stationery.set_logo, picture.getvalue(), CLERK)
    printing.ask()
    printing.once()
    assert len(printing.output(printing.jobs()[1].id)) > len(without) + 5_000


# --- printers that do not print -----------------------------------------------------------------------------------


def test_a_printer_that_is_off_is_down_and_prints_as_if_nothing_was_when_it_is_on_again(printing: Printing) -> None:
    port = free_port()
    bar = printing.network(port)
    printing.route(bar)
    printing.ask()
    printing.once()
    assert (printing.only().status, printing.only().doubtful) == ("waiting", False)
    state = printing.state_of(bar)
    assert (state.error, state.failures) == ("printer.unreachable", 1)
    with db.reading(printing.sessions) as session:
        assert printers.down(session) == ["Bar"]
    printing.once()
    assert printing.only().attempts == 1  # it is left alone for a while
    with FakePrinter(port) as fake:
        with printing.later(2):
            printing.once()
        assert fake.waits_for(1)
        assert BEFORE not in words(fake.printed[0])
    assert (printing.state_of(bar).error, printing.state_of(bar).failures) == (None, 0)
    told = [each.action for each in printing.house.rows(Event) if each.action in ("printer.down", "printer.up")]
    assert told == ["printer.down", "printer.up"]


@pytest.mark.parametrize(
    ("answers", "error"), [(OUT_OF_PAPER, "printer.paper_out"), (COVER_OPEN, "printer.cover_open")]
)
def test_a_printer_that_says_it_cannot_gets_nothing_until_it_can(
    printing: Printing, fake: FakePrinter, answers: dict[int, int], error: str
) -> None:
    fake.answers = answers
    bar = printing.network(fake.port)
    printing.route(bar)
    printing.ask()
    printing.once()
    assert printing.state_of(bar).error == error
    assert (printing.only().status, printing.only().doubtful) == ("waiting", False)
    assert fake.printed == []
    fake.well()
    with printing.later(2):
        printing.once()
    assert fake.waits_for(1)
    assert BEFORE not in words(fake.printed[0])


def test_a_printer_that_answered_once_and_is_silent_now_is_down(printing: Printing, fake: FakePrinter) -> None:
    bar = printing.network(fake.port)
    printing.route(bar)
    printing.ask()
    printing.once()
    fake.answers = None
    printing.ask()
    printing.once()
    assert printing.state_of(bar).error == "printer.silent"
    assert printing.states() == ["printed", "waiting"]
    assert not printing.jobs()[1].doubtful


@pytest.mark.parametrize("then", ["stall", "close"])
@pytest.mark.parametrize("slip", [charge_slip(), long_slip()], ids=["short", "long"])
def test_a_slip_that_breaks_off_is_printed_again_with_that_said_on_it(
    printing: Printing, fake: FakePrinter, then: str, slip: object
) -> None:
    fake.takes, fake.then = 60, then
    bar = printing.network(fake.port)
    printing.route(bar)
    printing.ask(slip=slip)
    printing.once()
    job = printing.only()
    assert (job.status, job.doubtful, job.lost) == ("waiting", True, 1)
    assert printing.state_of(bar).error in ("printer.stalled", "printer.gone", "printer.silent")
    fake.well()
    with printing.later(2):
        printing.once()
    assert fake.waits_for(1)
    assert BEFORE in words(fake.printed[0])
    assert printing.states() == ["printed"]


def test_a_slip_that_breaks_off_over_and_over_is_left_to_a_person(printing: Printing, fake: FakePrinter) -> None:
    fake.takes, fake.then = 30, "close"
    printing.route(printing.network(fake.port))
    printing.ask("Poison")
    printing.ask("Behind it")
    for pause in (0, 70, 140, 210):
        with printing.later(pause):
            printing.once()
    assert printing.jobs()[0].status == "failed"
    assert printing.jobs()[0].error == "print.lost"
    fake.well()
    with printing.later(400):
        printing.once()
    assert fake.waits_for(1)
    assert "Behind it" in words(fake.printed[-1])


def test_a_printer_that_is_dead_delays_neither_another_nor_who_asks(printing: Printing, fake: FakePrinter) -> None:
    with FakePrinter() as hanging:
        hanging.answers, hanging.takes = None, 0
        dead, well = printing.network(hanging.port, "Dead", timeout_s=20), printing.network(fake.port, "Well")
        printing.route(dead, outlet="DEAD")
        printing.route(well, outlet="WELL")
        printing.ask(outlet="DEAD", slip=long_slip())
        printing.worker.start()
        for _ in range(200):
            if hanging.lines:
                break
            time.sleep(0.05)
        assert hanging.lines == 1
        for number in range(3):
            printing.ask(f"Well {number}", outlet="WELL")
        assert fake.waits_for(3)
        assert printing.jobs(outlet="DEAD")[0].status == "printing"
        hanging.over.set()
        printing.worker.stop()
    assert [each.status for each in printing.jobs(outlet="WELL")] == ["printed"] * 3


def test_a_slip_whose_facts_cannot_be_read_fails_and_those_behind_it_go_on(printing: Printing) -> None:
    printing.route(printing.printer())
    printing.ask("Broken")
    printing.house.do(lambda session: session.execute(sa.update(PrintJob).values(content={"hotel": 1})).rowcount)
    printing.ask("Whole")
    printing.once()
    first, second = printing.jobs()
    assert (first.status, first.error, second.status) == ("failed", "slip.content_invalid", "printed")


# --- workers that die, and several at once ------------------------------------------------------------------------


def test_a_claim_that_sent_nothing_is_given_back_as_if_nothing_was(printing: Printing) -> None:
    bar = printing.printer()
    printing.route(bar)
    printing.ask()
    printing.house.do(print_worker.route)
    assert printing.house.do(claim, bar, "dead") is not None
    printing.once()
    assert printing.states() == ["printing"]  # its worker may be alive
    with printing.later(60):
        printing.once()
    job = printing.only()
    assert (job.status, job.doubtful, job.attempts) == ("printed", False, 2)
    assert BEFORE not in words(printing.output(job.id))


def test_a_claim_that_began_to_send_is_printed_again_with_that_said_on_it(printing: Printing) -> None:
    bar = printing.printer()
    printing.route(bar)
    printing.ask()
    printing.house.do(print_worker.route)
    claimed = printing.house.do(claim, bar, "dead")
    assert claimed is not None
    print_worker._begin_sending(printing.sessions, claimed)
    with printing.later(60):
        printing.once()
    job = printing.only()
    assert (job.status, job.doubtful) == ("printed", True)
    assert words(printing.output(job.id)).count(BEFORE) == 2


def test_a_worker_that_was_thought_dead_sends_nothing_more(printing: Printing) -> None:
    bar = printing.printer()
    printing.route(bar)
    printing.ask()
    printing.house.do(print_worker.route)
    slow = printing.house.do(claim, bar, "slow")
    assert slow is not None
    with printing.later(60):
        printing.once()
        with pytest.raises(print_worker.TakenOver):
            print_worker._begin_sending(printing.sessions, slow)
    assert printing.only().status == "printed"


def test_a_printer_has_one_slip_under_way_at_a_time(printing: Printing) -> None:
    bar = printing.printer()
    printing.route(bar)
    printing.ask()
    printing.ask()
    printing.house.do(print_worker.route)
    assert printing.house.do(claim, bar, "one") is not None
    assert printing.house.do(claim, bar, "other") is None


def test_workers_on_one_database_print_each_slip_once(printing: Printing, fake: FakePrinter) -> None:
    with FakePrinter() as second:
        printing.route(printing.network(fake.port, "One", timeout_s=10), outlet="ONE")
        printing.route(printing.network(second.port, "Two", timeout_s=10), outlet="TWO")
        for number in range(8):
            printing.ask(f"Slip {number}.", outlet=("ONE", "TWO")[number % 2])
        workers = [Worker(printing.sessions, RECEIPTS) for _ in range(3)]
        for worker in workers:
            worker.start()
        assert fake.waits_for(4, 60)
        assert second.waits_for(4, 60)
        for worker in workers:
            worker.stop()
        printed = [words(each) for each in fake.printed + second.printed]
    assert printing.states() == ["printed"] * 8
    assert len(printed) == 8
    for number in range(8):
        assert sum(f"Slip {number}." in each for each in printed) == 1
    assert not any(BEFORE in each for each in printed)
    assert [each.attempts for each in printing.jobs()] == [1] * 8


def test_a_worker_that_is_told_to_stop_finishes_the_slip_and_begins_no_other(
    printing: Printing, fake: FakePrinter
) -> None:
    fake.pace_s = 0.02
    printing.route(printing.network(fake.port, timeout_s=10))
    printing.ask(slip=long_slip())
    printing.ask("Not begun")
    printing.worker.start()
    for _ in range(200):
        if "printing" in printing.states():
            break
        time.sleep(0.02)
    printing.worker.stop(60)
    assert printing.states() == ["printed", "waiting"]
    assert not [each for each in threading.enumerate() if each.name.startswith("printer-")]


def test_old_slips_go_and_what_waits_stays(printing: Printing) -> None:
    printing.route(printing.printer(), outlet="BAR")
    printing.ask()
    printing.once()
    printing.ask(outlet="NOWHERE")
    with printing.later(29 * 86400):
        assert printing.house.do(print_queue.prune, CLERK) == 0
    with printing.later(31 * 86400):
        assert printing.house.do(print_queue.prune, CLERK) == 1
    assert printing.states() == ["waiting"]
