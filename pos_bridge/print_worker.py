"""Prints what waits in the queue: one slip after the other for each printer, all printers beside each other.

A slip is claimed in a unit of work, its line is opened, and before the first byte goes out that is written down. So
whatever dies in between leaves a slip of which it is known whether anything can be on paper: if nothing, it is printed
as if for the first time; if perhaps, it is printed with that said on it. Several workers on one database share the
work: a printer has one slip under way at a time, on a lease that whoever prints renews.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
import time
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios import clock
from folios.db import SessionSource, in_unit_of_work, reading
from folios.errors import DatabaseRefusal, Refusal
from folios.events import record
from pos_bridge import devices
from pos_bridge.devices import PrinterTrouble
from pos_bridge.models.printing import Printer
from pos_bridge.print_claims import SLIPS, WORKER, Claimed, claim, due, give_back, lease, recover, route
from pos_bridge.print_queue import CHARACTERS, TEMPLATE, SlipFailed, prune
from pos_bridge.receipts.making import make
from pos_bridge.receipts.templates import Receipts
from pos_bridge.slips import read_slip

log = logging.getLogger(__name__)

IDLE_S = 0.3
PRUNE_EVERY_S = 3600
BACK_OFF_S = (1, 2, 5, 10, 20, 30, 60)  # after the first failure of a printer, the second, ...


# --- printing ---------------------------------------------------------------------------------------------------


class TakenOver(Exception):
    """The claim ran out, and the slip is another worker's now: not a byte more is sent."""


def print_next(sessions: SessionSource, receipts: Receipts, printer_id: int, worker: str) -> bool:
    """Prints the next slip of a printer; returns whether there was one and the next may follow at once."""
    mine = f"{worker}/{secrets.token_hex(4)}"
    claimed = in_unit_of_work(sessions, lambda session: claim(session, printer_id, mine))
    if claimed is None:
        return False
    try:
        content, notice = render(claimed, receipts)
    except Refusal as refusal:
        return _fail(sessions, claimed, refusal.code, str(refusal.params.get("cause", "")))
    except Exception as error:
        log.exception("slip %d cannot be made", claimed.id)
        return _fail(sessions, claimed, SlipFailed.code, type(error).__name__)
    return _print(sessions, claimed, content, notice)


def render(claimed: Claimed, receipts: Receipts) -> tuple[bytes, str | None]:
    """The bytes of a slip, and what is to be said about it. Refuses facts that are none."""
    slip = read_slip(claimed.kind, claimed.content, claimed.voucher_id)
    made = make(
        receipts,
        slip,
        claimed.language,
        claimed.paper,
        logo=claimed.logo,
        copy=claimed.copy,
        doubtful=claimed.doubtful,
    )
    notices = [f"{CHARACTERS}{made.missing[:40]}"] if made.missing else []
    if made.fault is not None:
        notices.append(f"{TEMPLATE}{made.fault}")
    return made.content, "\n".join(notices)[:200] or None


def _print(sessions: SessionSource, claimed: Claimed, content: bytes, notice: str | None) -> bool:
    device = devices.device_for(claimed.address)
    sending = False
    try:
        device.open()
        answered = _check_before(device, claimed)
        _begin_sending(sessions, claimed)
        sending = True
        device.send(content, _Renewing(sessions, claimed))
        if answered:
            _check_after(sessions, device, claimed, len(content))
        device.end()
    except PrinterTrouble as trouble:
        _give_up(sessions, claimed, trouble, doubtful=sending)
        return False
    except TakenOver:
        log.warning("slip %d was taken over by another worker", claimed.id)
        return False
    finally:
        device.close()
    _finish(sessions, claimed, content, notice, answers=answered)
    return True


def _check_before(device: devices.Device, claimed: Claimed) -> bool:
    wait_s = claimed.address.timeout_s if claimed.answers else devices.MUTE_S
    return devices.check(device, wait_s, must_answer=claimed.answers)


def _check_after(sessions: SessionSource, device: devices.Device, claimed: Claimed, length: int) -> None:
    """Asks again: an answer says that everything before it arrived. A slow printer gets the time it needs."""
    renew = _Renewing(sessions, claimed)
    waited, most = 0.0, claimed.address.timeout_s + min(length / device.bytes_per_second, devices.MOST_S)
    while True:
        try:
            devices.check(device, claimed.address.timeout_s, must_answer=True)
            return
        except devices.PrinterSilent:
            waited += claimed.address.timeout_s
            if waited >= most:
                raise
            renew()


def _begin_sending(sessions: SessionSource, claimed: Claimed) -> None:
    if not in_unit_of_work(sessions, lambda session: _update(session, claimed, sending_at=clock.now())):
        raise TakenOver


class _Renewing:
    """Renews the lease now and then while a slow printer takes its time."""

    def __init__(self, sessions: SessionSource, claimed: Claimed) -> None:
        self.sessions, self.claimed = sessions, claimed
        self.at = time.monotonic()

    def __call__(self) -> None:
        if time.monotonic() - self.at >= self.claimed.address.timeout_s:
            if not in_unit_of_work(self.sessions, lambda session: _update(session, self.claimed)):
                raise TakenOver
            self.at = time.monotonic()


def _update(session: Session, claimed: Claimed, **values: Any) -> bool:
    """Writes to a slip and renews its lease; whether it is still this worker's."""
    renewed = {"lease_until": clock.now() + lease(claimed.address.timeout_s)}
    return SLIPS.write(session, claimed.id, claimed.worker, **(renewed | values))


# --- what came of it --------------------------------------------------------------------------------------------


def _finish(sessions: SessionSource, claimed: Claimed, content: bytes, notice: str | None, *, answers: bool) -> None:
    kept = {"output": content} if claimed.address.kind == "dummy" else {}
    done = {"status": "printed", "printed_at": clock.now(), "lease_until": None, "notice": notice, "lost": 0}

    def write(session: Session) -> None:
        if not _update(session, claimed, **done, **kept):
            log.warning("slip %d was printed, but thought lost meanwhile", claimed.id)
        _up(session, claimed, answers)

    in_unit_of_work(sessions, write)


def _up(session: Session, claimed: Claimed, answers: bool) -> None:
    """The printer works; the audit trail hears of it when it did not before."""
    row = session.execute(sa.select(Printer.error, Printer.answers).where(Printer.id == claimed.printer_id)).one()
    if row.error is None and (row.answers or not answers):
        return
    well: dict[str, Any] = {"error": None, "error_detail": None, "down_since": None, "failures": 0, "retry_at": None}
    session.execute(
        sa.update(Printer)
        .where(Printer.id == claimed.printer_id)
        .values(**well, answers=row.answers or answers)
        .execution_options(synchronize_session=False)
    )
    if row.error is not None:
        record(session, "printer.up", f"printer:{claimed.printer_id}", WORKER, {"error": row.error}, None)


def _give_up(sessions: SessionSource, claimed: Claimed, trouble: PrinterTrouble, *, doubtful: bool) -> None:
    """The slip goes back to those that wait, and its printer rests a while, longer with each failure."""

    def write(session: Session) -> None:
        job = SLIPS.mine(session, claimed.id, claimed.worker)
        if job is not None:
            give_back(job, doubtful=doubtful, lost=doubtful)
            if job.status == "failed":
                job.error_detail = trouble.code
            session.flush()
        _down(session, claimed, trouble)

    in_unit_of_work(sessions, write)


def _down(session: Session, claimed: Claimed, trouble: PrinterTrouble) -> None:
    printer = session.execute(
        sa.select(Printer.error, Printer.failures, Printer.down_since)
        .where(Printer.id == claimed.printer_id)
        .with_for_update(key_share=True)
    ).one()
    now = clock.now()
    rest_s = BACK_OFF_S[min(printer.failures, len(BACK_OFF_S) - 1)]
    told = {"error": trouble.code, "error_detail": str(trouble.params.get("cause", ""))[:200] or None}
    session.execute(
        sa.update(Printer)
        .where(Printer.id == claimed.printer_id)
        .values(
            **told,
            failures=printer.failures + 1,
            retry_at=now + timedelta(seconds=rest_s),
            down_since=printer.down_since or now,
        )
        .execution_options(synchronize_session=False)
    )
    if printer.error != trouble.code:
        record(session, "printer.down", f"printer:{claimed.printer_id}", WORKER, {"error": printer.error}, told)


def _fail(sessions: SessionSource, claimed: Claimed, code: str, detail: str) -> bool:
    """A slip that cannot be made is left to a person; those behind it go on."""
    values = {"status": "failed", "lease_until": None, "error": code[:60], "error_detail": detail[:200] or None}

    def write(session: Session) -> None:
        if _update(session, claimed, **values):
            record(session, "print.failed", f"slip:{claimed.id}", WORKER, None, {"error": code})

    in_unit_of_work(sessions, write)
    return True


# --- going on ---------------------------------------------------------------------------------------------------


class Worker:
    """Prints until it is stopped: looks what is due, and has each printer that has something served by a thread."""

    def __init__(self, sessions: SessionSource, receipts: Receipts) -> None:
        self._sessions, self._receipts = sessions, receipts
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._busy: dict[int, threading.Thread] = {}
        self.name = f"{socket.gethostname()[:16]}/{os.getpid()}"

    def start(self) -> None:
        """Begins to print beside whatever else the process does."""
        if self._thread is None:
            self._stop.clear()
            self._thread = threading.Thread(target=self.run, name="printing", daemon=True)
            self._thread.start()

    def stop(self, timeout_s: float = 30) -> None:
        """Ends after the slips that are being printed, and waits for them, `timeout_s` at most."""
        self.ask_to_stop()
        if self._thread is not None:
            self._thread.join(timeout_s)
            self._thread = None

    def ask_to_stop(self) -> None:
        """Has it end after the slips that are being printed; returns at once. A signal may call this."""
        self._stop.set()

    def run(self) -> None:
        """Goes on until it is asked to stop. Whatever happens, it goes on; what went wrong is logged."""
        prune_at = 0.0
        while not self._stop.is_set():
            try:
                if time.monotonic() >= prune_at:
                    in_unit_of_work(self._sessions, lambda session: prune(session, WORKER))
                    prune_at = time.monotonic() + PRUNE_EVERY_S
                self.look()
            except DatabaseRefusal as refusal:
                log.warning("printing waits: %s", refusal)
            except Exception:
                log.exception("printing met something unforeseen and goes on")
            self._stop.wait(IDLE_S)
        self._join()

    def once(self) -> None:
        """Prints all that is due now, and returns."""
        while self.look() or self._busy:
            self._join()
            if self._stop.is_set():
                return

    def look(self) -> bool:
        """Does what is due; the printing itself goes on in threads. Returns whether there was anything."""
        with reading(self._sessions) as session:
            found = due(session)
        if found.lost:
            in_unit_of_work(self._sessions, recover)
        routed = in_unit_of_work(self._sessions, route) if found.unrouted else 0
        for printer_id, thread in list(self._busy.items()):
            if not thread.is_alive():
                del self._busy[printer_id]
        for printer_id in found.printers:
            if printer_id not in self._busy:
                self._serve(printer_id)
        return bool(routed or found.lost or found.printers)

    def _serve(self, printer_id: int) -> None:
        thread = threading.Thread(target=self._print_all, args=(printer_id,), name=f"printer-{printer_id}", daemon=True)
        self._busy[printer_id] = thread
        thread.start()

    def _print_all(self, printer_id: int) -> None:
        try:
            while not self._stop.is_set():
                if not print_next(self._sessions, self._receipts, printer_id, self.name):
                    return
        except DatabaseRefusal as refusal:
            log.warning("printer %d waits: %s", printer_id, refusal)
        except Exception:
            log.exception("printer %d met something unforeseen", printer_id)

    def _join(self) -> None:
        for printer_id, thread in list(self._busy.items()):
            thread.join()
            del self._busy[printer_id]
