"""What there is to print, and who prints it: slips get their printer, are claimed on a lease, and given back.

Rules on the rows alone. What happens between a claim and its end, on the line to a printer, is in `print_worker.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios import clock
from folios.events import record
from frontoffice.leases import Leases
from frontoffice.stationery import letterhead, logos
from pos_bridge.devices import Address
from pos_bridge.models.printing import Printer, PrintJob
from pos_bridge.print_queue import NoRoute, SlipLost
from pos_bridge.printers import best_route, list_routes, paper_of
from pos_bridge.receipts.library import Paper

ROUTE_AGAIN = timedelta(seconds=30)
MOST_ROUTED = 200  # in one unit of work
MOST_LOST = 3  # times a slip may be lost in the middle before it is thought to be the slip's fault
WORKER = "printing"  # who the audit trail names
SLIPS = Leases(PrintJob, "printing")


@dataclass(frozen=True, slots=True)
class Claimed:
    """A slip that this worker prints, with all it takes. `worker` is its alone, and tells its claim from any other."""

    id: int
    kind: str
    content: dict[str, Any]
    voucher_id: int | None
    language: str
    copy: int
    doubtful: bool
    worker: str
    printer_id: int
    address: Address
    answers: bool
    paper: Paper
    logo: bytes | None


def lease(timeout_s: int) -> timedelta:
    """How long a claim holds without a sign of life: longer than any one wait for a printer of this time-out."""
    return timedelta(seconds=3 * timeout_s + 5)


# --- claiming ---------------------------------------------------------------------------------------------------


def claim(session: Session, printer_id: int, worker: str) -> Claimed | None:
    """Claims the next slip of a printer; None when there is none, it is not yet to be tried, or it is busy.

    The printer's row is the lock: whoever else wants to claim for it at this moment gets nothing.
    """
    now = clock.now()
    usable = sa.and_(Printer.active, sa.or_(Printer.retry_at.is_(None), Printer.retry_at <= now))
    printer = session.scalar(
        sa.select(Printer)
        .where(Printer.id == printer_id, usable)
        .with_for_update(skip_locked=True, key_share=True)
        .execution_options(populate_existing=True)
    )
    if printer is None:
        return None
    busy = sa.select(PrintJob.id).where(PrintJob.status == "printing", PrintJob.printer_id == printer_id)
    if session.scalar(busy.limit(1)) is not None:
        return None
    job = session.scalar(
        sa.select(PrintJob)
        .where(*_due(now), PrintJob.printer_id == printer_id)
        .order_by(PrintJob.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    if job is None:
        return None
    job.status, job.worker, job.attempts = "printing", worker, job.attempts + 1
    job.lease_until, job.sending_at = now + lease(printer.timeout_s), None
    job.error = job.error_detail = None
    session.flush()
    return _claimed(session, job, printer, worker)


def _due(now: Any) -> tuple[sa.ColumnElement[bool], ...]:
    return PrintJob.status == "waiting", sa.or_(PrintJob.next_at.is_(None), PrintJob.next_at <= now)


def _claimed(session: Session, job: PrintJob, printer: Printer, worker: str) -> Claimed:
    head = letterhead(session)
    return Claimed(
        id=job.id,
        kind=job.kind,
        content=job.content,
        voucher_id=job.voucher_id,
        language=job.language,
        copy=job.copy,
        doubtful=job.doubtful,
        worker=worker,
        printer_id=printer.id,
        address=Address(
            kind=printer.kind,
            host=printer.host,
            port=printer.port,
            device=printer.device,
            baud_rate=printer.baud_rate,
            usb_vendor=printer.usb_vendor,
            usb_product=printer.usb_product,
            timeout_s=printer.timeout_s,
        ),
        answers=printer.answers,
        paper=paper_of(printer),
        logo=logos(session, [head]).get(head.logo_sha256 or ""),
    )


def route(session: Session) -> int:
    """Finds a printer for each slip that waits without one; what no route takes says so. Returns how many got one."""
    now = clock.now()
    unrouted = (
        sa.select(PrintJob)
        .where(*_due(now), PrintJob.printer_id.is_(None))
        .order_by(PrintJob.id)
        .limit(MOST_ROUTED)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    jobs = list(session.scalars(unrouted))
    routes = list_routes(session) if jobs else []
    for job in jobs:
        found = best_route(routes, job.kind, job.outlet, job.terminal)
        if found is None:
            job.error, job.next_at = NoRoute.code, now + ROUTE_AGAIN
        else:
            job.printer_id, job.error, job.next_at = found.printer_id, None, None
    session.flush()
    return sum(job.printer_id is not None for job in jobs)


def recover(session: Session) -> int:
    """Gives back the slips of workers that died with them; returns how many.

    What may be on paper is printed with that said on it; one that was lost over and over is left to a person.
    """
    jobs = SLIPS.lost(session)
    for job in jobs:
        give_back(job, doubtful=job.sending_at is not None, lost=True)
        after = {"status": job.status, "doubtful": job.doubtful}
        record(session, "print.lost", f"slip:{job.id}", WORKER, {"worker": job.worker}, after)
    session.flush()
    return len(jobs)


def give_back(job: PrintJob, *, doubtful: bool, lost: bool) -> None:
    """Ends a claim without a print. `doubtful`: something may be on paper; `lost`: it broke off in the middle."""
    job.status, job.lease_until = "waiting", None
    job.doubtful = job.doubtful or doubtful
    if lost:
        job.lost += 1
        if job.lost >= MOST_LOST:
            job.status, job.error = "failed", SlipLost.code


# --- looking ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Due:
    """What there is to do: slips without a printer, slips of dead workers, printers with something to print."""

    unrouted: bool
    lost: bool
    printers: tuple[int, ...]


def due(session: Session) -> Due:
    """Looks what there is to do. Two statements."""
    now = clock.now()
    unrouted = sa.exists().where(*_due(now), PrintJob.printer_id.is_(None))
    asked = session.execute(sa.select(unrouted, sa.exists().where(SLIPS.run_out))).one()
    waiting = sa.exists().where(*_due(now), PrintJob.printer_id == Printer.id)
    busy = sa.exists().where(PrintJob.status == "printing", PrintJob.printer_id == Printer.id)
    usable = sa.and_(Printer.active, sa.or_(Printer.retry_at.is_(None), Printer.retry_at <= now))
    ready = sa.select(Printer.id).where(usable, waiting, ~busy).order_by(Printer.id)
    return Due(bool(asked[0]), bool(asked[1]), tuple(session.scalars(ready)))
