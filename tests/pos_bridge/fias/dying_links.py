"""Links that are killed at a step of a posting: `python -m tests.pos_bridge.fias.dying_links URL STEP`."""

from __future__ import annotations

import os
import signal
import sys
from typing import Any, NoReturn

from folios import db
from pos_bridge.fias.records import Record
from pos_bridge.fias_links.runner import Runner
from pos_bridge.fias_links.tcp import TcpLine
from pos_bridge.fias_links.worker import Links
from pos_bridge.link_hotel import Desk, link_hotel

answer, send = Desk.answer, Runner._send


def die(*_any: Any, **_more: Any) -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("unreachable")


def after_answering(*given: Any) -> NoReturn:
    answer(*given)
    die()


def while_sending(self: Runner, record: Record, token: int | None = None) -> bool:
    if record.id == "PA":
        line = self.line
        assert isinstance(line, TcpLine)
        assert line._peer is not None
        line._peer.sendall(b"\x02PA|ASO")
        die()
    return send(self, record, token)


def after_sending(self: Runner, record: Record, token: int | None = None) -> bool:
    sent = send(self, record, token)
    if record.id == "PA":
        die()
    return sent


STEPS = {
    "received": (Desk, "answer", die),
    "answered": (Desk, "answer", after_answering),
    "sending": (Runner, "_send", while_sending),
    "sent": (Runner, "_send", after_sending),
}


def main() -> None:
    url, step = sys.argv[1:]
    place, name, fatal = STEPS[step]
    setattr(place, name, fatal)
    Links(link_hotel(db.session_source(db.open_engine(url)))).run()


if __name__ == "__main__":
    main()
