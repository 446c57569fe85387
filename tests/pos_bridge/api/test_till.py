"""The till of the command line against a served hotel: the line down and up again, and power cuts of the till."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from frontoffice.cli import main
from frontoffice.models.stays import Stay
from pos_bridge.till.client import AddressInvalid, Client, HotelUnreachable, TillKeyMissing
from pos_bridge.till.queue import Queue, QueueKeyReused, QueueUnusable
from tests.frontoffice.house import House
from tests.pos_bridge.api.conftest import KEYS, ROOM, Hotel, dinner, serving

Run = Callable[..., Result]
DINNER = ("charge", "--room", ROOM, "--item", "Dinner=45.50")


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs `frontoffice terminal ...` with a queue of its own."""

    def invoke(port: int, *words: str, key: str = KEYS["TILL1"], **more: Any) -> Result:
        environment = {
            "FRONTOFFICE_TERMINAL_URL": f"http://127.0.0.1:{port}",
            "FRONTOFFICE_TERMINAL_KEY": key,
            "FRONTOFFICE_TERMINAL_QUEUE": str(tmp_path / "till" / "queue"),
        }
        return CliRunner().invoke(main, ["terminal", *words], env=environment | more)

    return invoke


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def test_a_till_asks_charges_takes_back_and_reports(hotel: Hotel, run: Run) -> None:
    asked = run(hotel.port, "guests", "--room", ROOM)
    assert (asked.exit_code, asked.output) == (0, "101  Guest, Mr.  may charge\n")
    charged = run(hotel.port, *DINNER, "--tip", "4.50", "--check", "7", "--covers", "2", "--message-key", "c-1")
    assert charged.exit_code == 0, charged.output
    assert "50.00 EUR charged to 101" in charged.output
    assert hotel.balance() == "50.00"
    part = run(hotel.port, "void", "c-1", "--reason", "cold", "--amount", "10.00")
    assert (part.exit_code, "10.00 EUR taken back" in part.output) == (0, True)
    reported = run(hotel.port, "z-report", "Z1", "--check", "7=40.00")
    assert (reported.exit_code, reported.output.startswith("The till and the books agree.")) == (0, True)
    differing = run(hotel.port, "z-report", "Z2", "--check", "7=41.00")
    assert "check 7: till 41.00 EUR, books 40.00 EUR" in differing.output
    priced = run(hotel.port, "--json", "charge", "--room", ROOM, "--article", "7x2")
    assert json.loads(priced.output)["total_minor"] == 700


def test_a_refusal_is_told_and_ends_with_two_and_is_not_sent_again(hotel: Hotel, run: Run) -> None:
    refused = run(hotel.port, "charge", "--room", "102", "--item", "Dinner=45.50")
    assert (refused.exit_code, "Nobody is in room 102" in refused.output) == (2, True)
    assert run(hotel.port, "queue", "send").output == "0 still wait.\n"
    assert run(hotel.port, "guests").exit_code == 2
    assert run(hotel.port, *DINNER[:-1], "Dinner=4.555").exit_code == 2
    assert run(hotel.port, *DINNER, "--currency", "XXQ").exit_code == 2
    assert run(hotel.port, "guests", "--room", ROOM, key="").exit_code == 2
    listed = run(hotel.port, "--json", "queue", "list")
    assert [each["answer"]["status"] for each in json.loads(listed.output)["messages"]] == [409]
    assert run(hotel.port, "queue", "forget").output == "1 forgotten.\n"
    assert run(hotel.port, "queue", "list").output == "Nothing is kept.\n"


def test_what_happens_while_the_hotel_is_down_is_sent_in_order_when_it_is_back(
    api: Flask, house: House, run: Run, closed_port: int
) -> None:
    house.arrive(5, ROOM)
    for number in (1, 2):
        kept = run(closed_port, *DINNER, "--message-key", f"c-{number}")
        assert kept.exit_code == 3
        assert f"Kept with key c-{number}" in kept.output
    assert run(closed_port, "void", "c-1", "--reason", "sent back", "--message-key", "v-1").exit_code == 3
    assert run(closed_port, "queue", "send").exit_code == 3
    with serving(api) as port:
        sent = run(port, "--json", "queue", "send")
        assert sent.exit_code == 0, sent.output
        told = json.loads(sent.output)
        assert [(each["key"], each["answer"]["status"]) for each in told["answered"]] == [
            ("c-1", 201),
            ("c-2", 201),
            ("v-1", 201),
        ]
        assert house.balance(house.window(house.rows(Stay)[0].id)) == "45.50"
        assert run(port, "queue", "send").output == "0 still wait.\n"
        assert run(port, *DINNER, "--message-key", "c-2").exit_code == 0  # the same again: the same answer
    assert house.balance(house.window(house.rows(Stay)[0].id)) == "45.50"


def test_what_says_nothing_about_a_message_keeps_it(hotel: Hotel, run: Run) -> None:
    kept = run(hotel.port, *DINNER, "--message-key", "c-1", key="wrong")
    assert (kept.exit_code, "This key does not open anything" in kept.output) == (3, True)
    assert run(hotel.port, "queue", "send").exit_code == 0
    assert hotel.balance() == "45.50"


class Swallower:
    """A line that carries what the till sends to the hotel, and of the answer nothing; it tells when one was given."""

    def __init__(self, port: int) -> None:
        self.answered = threading.Event()
        self._port = port
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        near, _address = self._socket.accept()
        with near, socket.create_connection(("127.0.0.1", self._port)) as far:
            near.settimeout(1)
            try:
                while more := near.recv(65536):
                    far.sendall(more)
                    if more.endswith(b"}"):
                        break
            except TimeoutError:
                pass
            if far.recv(65536):
                self.answered.set()
            near.settimeout(30)
            near.recv(1)  # until the till is gone

    def close(self) -> None:
        self._socket.close()


def test_a_power_cut_of_the_till_between_charge_and_answer_neither_loses_nor_doubles(
    hotel: Hotel, run: Run, tmp_path: Path
) -> None:
    line = Swallower(hotel.port)
    command = [sys.executable, "-m", "frontoffice", "terminal", *DINNER, "--message-key", "c-1"]
    environment = os.environ | {
        "FRONTOFFICE_TERMINAL_URL": f"http://127.0.0.1:{line.port}",
        "FRONTOFFICE_TERMINAL_KEY": KEYS["TILL1"],
        "FRONTOFFICE_TERMINAL_QUEUE": str(tmp_path / "till" / "queue"),
    }
    till = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert line.answered.wait(60)
    till.send_signal(signal.SIGKILL)
    till.wait(30)
    line.close()
    assert hotel.balance() == "45.50"
    (kept,) = Queue(tmp_path / "till" / "queue").waiting()
    assert (kept.key, kept.reply) == ("c-1", None)
    sent = run(hotel.port, "--json", "queue", "send")
    assert json.loads(sent.output)["answered"][0]["answer"]["replayed"] is True
    assert hotel.balance() == "45.50"


def test_a_charge_written_down_before_a_power_cut_is_sent_afterwards(hotel: Hotel, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "till" / "queue"
    writes_and_dies = (
        "import os, sys, json, pathlib\n"
        "from pos_bridge.till.queue import Queue\n"
        "queue = Queue(pathlib.Path(sys.argv[1]))\n"
        "queue.put('/charges', json.loads(sys.argv[2]), 'c-1')\n"
        "os.kill(os.getpid(), 9)\n"
    )
    died = subprocess.run([sys.executable, "-c", writes_and_dies, str(path), json.dumps(dinner())], check=False)
    assert died.returncode == -signal.SIGKILL
    assert run(hotel.port, "queue", "send").exit_code == 0
    assert hotel.balance() == "45.50"


def test_the_queue_is_its_owners_alone_and_refuses_another_message_under_a_key(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "queue"
    queue = Queue(path)
    queue.put("/charges", dinner(), "k")
    queue.put("/charges", dinner(), "k")
    assert len(queue.waiting()) == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(QueueKeyReused):
        queue.put("/charges", dinner(1), "k")
    (tmp_path / "no-queue").write_text("this is no queue, but something that somebody wrote by hand")
    with pytest.raises(QueueUnusable):
        Queue(tmp_path / "no-queue")


def test_what_is_no_hotel_is_never_taken_for_an_answer(closed_port: int) -> None:
    with pytest.raises(HotelUnreachable):
        Client(f"http://127.0.0.1:{closed_port}", "k").get("/business-date")
    for url in ("ftp://hotel", "hotel", "http://", "file:///etc/passwd", "http://hotel?x=1"):
        with pytest.raises(AddressInvalid):
            Client(url, "k")
    with pytest.raises(TillKeyMissing):
        Client("http://hotel", " ")


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 6\r\n\r\n<html>",
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n[]",
        b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}",
        b'HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{"key": "other"}',
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 302 Found\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 201 Created\r\nContent-Length: 200\r\n\r\n{",
        b"garbage\r\n\r\n",
        b"",
    ],
)
def test_an_answer_that_is_none_keeps_the_message(tmp_path: Path, answer: bytes) -> None:
    def serve() -> None:
        near, _address = listening.accept()
        with near:
            near.recv(65536)
            near.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        queue = Queue(tmp_path / "queue")
        queue.put("/charges", dinner(), "k")
        sent = queue.send(Client(f"http://127.0.0.1:{listening.getsockname()[1]}", "k", 5))
        thread.join(10)
    assert sent.answered == []
    assert sent.why_not_all
    assert len(queue.waiting()) == 1
