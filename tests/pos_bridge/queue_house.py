"""The little hotel with printers: short ways to set one up, to ask for slips, and to look what became of them."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import time_machine
from sqlalchemy.engine import Engine

from folios import clock, db
from frontoffice.app import templates_folder
from pos_bridge import print_queue, print_worker, printers
from pos_bridge.models.printing import Printer, PrintJob
from pos_bridge.print_worker import Worker
from pos_bridge.receipts.templates import Receipts
from pos_bridge.slips import ChargeSlip, SlipLine
from tests.frontoffice.house import CLERK, House

HEAD: dict[str, Any] = {
    "hotel": "Hotel am Markt",
    "business_date": date(2026, 3, 1),
    "moment": datetime(2026, 3, 1, 19, 45),
    "currency": "EUR",
}
RECEIPTS = Receipts(Path(templates_folder()))
DOUBTFUL = b"POSSIBLY PRINTED"


def charge_slip(text: str = "Dinner", **facts: Any) -> ChargeSlip:
    """A check of one line."""
    given = {"outlet_name": "Bar", "lines": (SlipLine(text, 1, 1250),), "total_minor": 1250}
    return ChargeSlip(**HEAD | given | facts)


def long_slip(text: str = "Dinner") -> ChargeSlip:
    """A check that no buffer of a line holds."""
    return charge_slip(text, lines=tuple(SlipLine(f"{text} \u10d0 {each}", 1, 100) for each in range(60)))


class Printing:
    """The queue of the little hotel."""

    def __init__(self, engine: Engine, house: House | None = None) -> None:
        self.house = house or House(engine)
        self.sessions = self.house.sessions
        self.worker = Worker(self.sessions, RECEIPTS)

    def printer(self, name: str = "Bar", kind: str = "dummy", **facts: Any) -> int:
        given = {"name": name, "kind": kind, "profile": "TM-T20II", "timeout_s": 1}
        return int(self.house.do(printers.add_printer, given | facts, CLERK).id)

    def network(self, port: int, name: str = "Bar", **facts: Any) -> int:
        return self.printer(name, "network", host="127.0.0.1", port=port, **facts)

    def route(self, printer: int, **which: str) -> None:
        self.house.do(printers.add_route, printer, CLERK, **which)

    def ask(
        self, text: str = "Dinner", outlet: str | None = "BAR", slip: ChargeSlip | None = None, **more: Any
    ) -> None:
        asked = slip or charge_slip(text)
        self.house.do(print_queue.queue_slip, asked, language="en", outlet=outlet, **more)

    def jobs(self, **where: Any) -> list[PrintJob]:
        return self.house.rows(PrintJob, **where)

    def only(self) -> PrintJob:
        (job,) = self.jobs()
        return job

    def states(self) -> list[str]:
        return [each.status for each in self.jobs()]

    def state_of(self, printer: int) -> Printer:
        return self.house.rows(Printer, id=printer)[0]

    def once(self) -> None:
        self.worker.once()

    @contextmanager
    def later(self, seconds: float) -> Iterator[None]:
        """The clock of the house goes on; sockets go by their own."""
        with time_machine.travel(clock.now() + timedelta(seconds=seconds), tick=True):
            yield

    def output(self, job: int) -> bytes:
        with db.reading(self.sessions) as session:
            return session.scalar(sa.select(PrintJob.output).where(PrintJob.id == job)) or b""

    def lose_lease(self, job: int) -> None:
        """As if its worker had died a while ago."""
        past = clock.now() - timedelta(seconds=1)
        self.house.do(lambda session: session.execute(sa.update(PrintJob).values(lease_until=past)).rowcount)


def words(content: bytes) -> str:
    """The text of a slip's bytes, without commands and pictures: what a person reads on it, in one line."""
    out = io.StringIO()
    at = 0
    while at < len(content):
        if content[at : at + 3] == b"\x1dv0":
            across = content[at + 4] + 256 * content[at + 5]
            at += 8 + across * (content[at + 6] + 256 * content[at + 7])
        elif content[at] in (0x1B, 0x1D):
            at += 3 if content[at + 1] not in b"@p" else 2 if content[at + 1] == ord("@") else 5
        else:
            out.write(chr(content[at]) if content[at] >= 32 else " ")
            at += 1
    return re.sub(r"\s+", " ", out.getvalue())


__all__ = ["DOUBTFUL", "HEAD", "RECEIPTS", "Printing", "charge_slip", "long_slip", "print_worker", "words"]
