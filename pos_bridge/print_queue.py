"""The queue of slips: asked for by whatever happens, kept until they are printed, moved and taken out by hand.

Asking only writes a row, in the unit of work of what happened; a printer that is down delays nobody. Printing itself is
in `print_worker.py`, printers and routes are in `printers.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from folios import clock
from folios.errors import N_, Refusal
from folios.events import record
from folios.folios import MOST_ID
from folios.texts import clean_text
from pos_bridge.devices import TROUBLES
from pos_bridge.models.printing import Printer, PrintJob, PrintRoute
from pos_bridge.printers import get_printer
from pos_bridge.slips import DESK_KINDS, Slip, SlipContentInvalid, SlipKindUnknown, content_of

KEPT = timedelta(days=30)
MOST_REASON = 200
CHARACTERS, TEMPLATE = "characters:", "template:"  # how a line of a slip's notice begins
STATES = ("waiting", "printing", "failed", "printed", "cancelled")


class PrintJobUnknown(Refusal):
    code = "print.unknown"
    message = N_("There is no slip {job} in the print queue. Printed slips are kept for {days} days.")


class PrintJobOver(Refusal):
    code = "print.over"
    message = N_("Slip {job} does not wait any more: it was printed or cancelled. Print a copy instead.")


class PrintJobBusy(Refusal):
    code = "print.busy"
    message = N_("Slip {job} is being printed at this moment. Look again in a few seconds.")


class PrintJobNotPrinted(Refusal):
    code = "print.not_printed"
    message = N_("Slip {job} has not been printed yet. Let it be tried again instead of printing a copy.")


class PrinterOff(Refusal):
    code = "printer.switched_off"
    message = N_("Printer {name} is switched off. Switch it on first, or choose another.")


class CancelReasonMissing(Refusal):
    code = "print.reason_missing"
    message = N_("Say why the slip is not printed.")


class NoRoute(Refusal):
    """Why a slip waits; nobody is refused anything."""

    code = "print.no_route"
    message = N_("No printer is set up for this slip. Add a route for it, or move it to a printer.")


class SlipLost(Refusal):
    """Why a slip failed."""

    code = "print.lost"
    message = N_(
        "It broke off in the middle several times. Look at the printer and what came out of it, then try it again."
    )


class SlipFailed(Refusal):
    """Why a slip failed."""

    code = "print.program_failed"
    message = N_("Something went wrong in the program ({cause}). Tell the administrator, who finds it in the log.")


WHY: dict[str, type[Refusal]] = {
    **TROUBLES,
    **{each.code: each for each in (NoRoute, SlipLost, SlipFailed, SlipContentInvalid, SlipKindUnknown)},
}


def why(code: str, detail: str | None) -> Refusal:
    """Why a slip is not printed, as a refusal that says it in words."""
    known = WHY.get(code, SlipFailed)
    return known(cause=detail or code, kind=detail or "")


# --- asking -----------------------------------------------------------------------------------------------------


def slip_row(
    slip: Slip,
    *,
    language: str,
    outlet: str | None = None,
    terminal: str | None = None,
    voucher_id: int | None = None,
    key: str | None = None,
) -> dict[str, Any]:
    """The columns of a `print_job` for a slip: for an insert of one's own, alone or as part of another statement.

    The database gives everything else its value. `outlet` and `terminal` are codes, by which the printer is found;
    `voucher_id` may be left to the statement that draws it. `key` makes it safe to ask twice, where the insert says
    what to do about a conflict. Ask `wants_slip` first, or take `any_printer()` as the condition of the insert.
    """
    row = {
        "kind": slip.kind,
        "outlet": outlet,
        "terminal": terminal,
        "voucher_id": voucher_id,
        "content": content_of(slip),
        "language": language,
        "created_at": clock.now(),
    }
    return row if key is None else row | {"key": key}


def queue_slip(
    session: Session,
    slip: Slip,
    *,
    language: str,
    outlet: str | None = None,
    terminal: str | None = None,
    voucher_id: int | None = None,
    key: str | None = None,
) -> None:
    """Has a slip printed when this unit of work is committed, if the hotel wants such slips: see `wants_slip`.

    One statement more when it does. With a `key` that was used before nothing is queued: its first slip stands.
    """
    if wants_slip(session, slip.kind, outlet, terminal):
        row = slip_row(slip, language=language, outlet=outlet, terminal=terminal, voucher_id=voucher_id, key=key)
        insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        session.execute(insert(PrintJob).values(row).on_conflict_do_nothing(index_elements=[PrintJob.key]))


def wants_slip(session: Session, kind: str, outlet: str | None, terminal: str | None) -> bool:
    """Whether a slip is queued at all. One statement.

    One of an outlet is, in a hotel that has any printer: without a route it waits, and is shown. One of the desk is
    only where a route leads it to a printer. A hotel without printers has no queue.
    """
    wanted = a_route(kind, outlet, terminal) if kind in DESK_KINDS else any_printer()
    return bool(session.scalar(sa.select(wanted)))


def any_printer() -> sa.Exists:
    """The condition that the hotel has a printer that is switched on."""
    return sa.exists().where(Printer.active)


def a_route(kind: str, outlet: str | None, terminal: str | None) -> sa.Exists:
    """The condition that a route leads such slips to a printer that is switched on."""
    asked = ((PrintRoute.kind, kind), (PrintRoute.outlet, outlet), (PrintRoute.terminal, terminal))
    matching = [column.in_(("", given) if given else ("",)) for column, given in asked]
    return sa.exists().where(*matching, PrintRoute.printer_id == Printer.id, Printer.active)


# --- looking ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Queued:
    """A slip as lists show it. `trouble` is the code of why it is not printed, its own or its printer's."""

    id: int
    kind: str
    outlet: str | None
    terminal: str | None
    voucher_id: int | None
    status: str
    printer_id: int | None
    printer: str | None
    printer_active: bool | None
    attempts: int
    copy: int
    doubtful: bool
    created_at: datetime
    printed_at: datetime | None
    next_at: datetime | None
    trouble: str | None
    detail: str | None
    notice: str | None
    reason: str | None
    language: str


_QUEUED: Any = sa.select(
    PrintJob.id,
    PrintJob.kind,
    PrintJob.outlet,
    PrintJob.terminal,
    PrintJob.voucher_id,
    PrintJob.status,
    PrintJob.printer_id,
    Printer.name,
    Printer.active,
    PrintJob.attempts,
    PrintJob.copy,
    PrintJob.doubtful,
    PrintJob.created_at,
    PrintJob.printed_at,
    sa.func.coalesce(PrintJob.next_at, Printer.retry_at, type_=PrintJob.next_at.type),
    sa.case((PrintJob.status == "waiting", sa.func.coalesce(PrintJob.error, Printer.error)), else_=PrintJob.error),
    sa.case(
        (PrintJob.status == "waiting", sa.func.coalesce(PrintJob.error_detail, Printer.error_detail)),
        else_=PrintJob.error_detail,
    ),
    PrintJob.notice,
    PrintJob.reason,
    PrintJob.language,
).outerjoin(Printer, Printer.id == PrintJob.printer_id)


def slips(
    session: Session, state: str, printer_id: int | None = None, *, most: int = 100, before: int | None = None
) -> list[Queued]:
    """The slips of a state: those that wait from the oldest on, what is over from the newest on. One statement.

    `printer_id` None: of all printers, and of none. `before` goes on after the slip of that number.
    """
    over = state in ("printed", "cancelled", "failed")
    wanted = _QUEUED.where(PrintJob.status == state).order_by(PrintJob.id.desc() if over else PrintJob.id).limit(most)
    if printer_id is not None:
        wanted = wanted.where(PrintJob.printer_id == printer_id)
    if before is not None:
        wanted = wanted.where(PrintJob.id < before if over else PrintJob.id > before)
    return [Queued(*row) for row in session.execute(wanted)]


def counts(session: Session, printer_id: int | None = None) -> dict[str, int]:
    """How many slips there are of each state. One statement."""
    wanted = sa.select(PrintJob.status, sa.func.count()).group_by(PrintJob.status)
    if printer_id is not None:
        wanted = wanted.where(PrintJob.printer_id == printer_id)
    found = {status: count for status, count in session.execute(wanted)}  # noqa: C416 - typed, where dict() is not
    return {state: found.get(state, 0) for state in STATES}


def waiting_by_printer(session: Session) -> dict[int, int]:
    """How many slips wait for each printer. One statement."""
    waiting = (
        sa.select(PrintJob.printer_id, sa.func.count())
        .where(PrintJob.status.in_(("waiting", "printing")), PrintJob.printer_id.is_not(None))
        .group_by(PrintJob.printer_id)
    )
    return {printer_id: count for printer_id, count in session.execute(waiting) if printer_id is not None}


def queued(session: Session, job_id: int) -> Queued:
    """One slip of the queue. Refuses `PrintJobUnknown`."""
    row = session.execute(_QUEUED.where(PrintJob.id == job_id)).one_or_none() if 0 < job_id <= MOST_ID else None
    if row is None:
        raise PrintJobUnknown(job=job_id, days=KEPT.days)
    return Queued(*row)


def get_job(session: Session, job_id: int) -> PrintJob:
    """The row of a slip. Refuses `PrintJobUnknown`."""
    found = session.get(PrintJob, job_id) if 0 < job_id <= MOST_ID else None
    if found is None:
        raise PrintJobUnknown(job=job_id, days=KEPT.days)
    return found


def deeds(slip: Queued) -> dict[str, Refusal | None]:
    """What may be done with a slip by hand, each with the reason when it may not."""
    standing = PrintJobBusy if slip.status == "printing" else PrintJobOver
    undecided = None if slip.status in ("waiting", "failed") else standing(job=slip.id)
    copied = None if slip.status == "printed" else PrintJobNotPrinted(job=slip.id)
    return {"retry": undecided, "move": undecided, "cancel": undecided, "copy": copied}


# --- by hand ----------------------------------------------------------------------------------------------------


def move(session: Session, job_id: int, printer_id: int, operator: str) -> None:
    """Has a slip that is not printed yet printed by another printer, at once.

    Refuses one that is over (`PrintJobOver`) or just being printed (`PrintJobBusy`), and a printer switched off.
    """
    job = _held(session, job_id)
    printer = get_printer(session, printer_id)
    if not printer.active:
        raise PrinterOff(name=printer.name)
    before = {"printer_id": job.printer_id, "status": job.status}
    _try_again(job)
    job.printer_id = printer.id
    session.flush()
    record(session, "print.moved", f"slip:{job_id}", operator, before, {"printer_id": printer.id, "status": "waiting"})


def retry(session: Session, job_id: int, operator: str) -> None:
    """Has a slip tried again now, and its printer, however often that failed before. Refuses as `move`."""
    job = _held(session, job_id)
    before = {"status": job.status, "attempts": job.attempts}
    _try_again(job)
    session.flush()
    if job.printer_id is not None:
        at_once = sa.update(Printer).where(Printer.id == job.printer_id).values(retry_at=None)
        session.execute(at_once.execution_options(synchronize_session=False))
    record(session, "print.retried", f"slip:{job_id}", operator, before, {"status": "waiting"})


def _try_again(job: PrintJob) -> None:
    job.status, job.next_at, job.lost = "waiting", None, 0
    job.error = job.error_detail = None


def cancel(session: Session, job_id: int, reason: str | None, operator: str) -> None:
    """Takes a slip out of the queue; the reason is kept. Refuses as `move`, and no reason (`CancelReasonMissing`)."""
    why = clean_text("reason", reason, MOST_REASON)
    if why is None:
        raise CancelReasonMissing
    job = _held(session, job_id)
    before = {"status": job.status}
    job.status, job.reason = "cancelled", why
    session.flush()
    record(session, "print.cancelled", f"slip:{job_id}", operator, before, {"status": "cancelled", "reason": why})


def print_copy(session: Session, job_id: int, operator: str, printer_id: int | None = None) -> PrintJob:
    """Has a printed slip printed once more, as a copy that says which it is, where it was printed or on `printer_id`.

    Refuses what has not been printed (`PrintJobNotPrinted`), and a printer that is switched off.
    """
    original = _locked(session, job_id)
    if original.status != "printed":
        raise PrintJobNotPrinted(job=job_id)
    printer = get_printer(session, printer_id or original.printer_id or 0)
    if not printer.active:
        raise PrinterOff(name=printer.name)
    first_id = original.copy_of_id or original.id
    if first_id != original.id:
        session.execute(sa.select(PrintJob.id).where(PrintJob.id == first_id).with_for_update())
    latest = session.scalar(sa.select(sa.func.max(PrintJob.copy)).where(PrintJob.copy_of_id == first_id)) or 0
    copy = PrintJob(
        kind=original.kind,
        outlet=original.outlet,
        terminal=original.terminal,
        voucher_id=original.voucher_id,
        content=original.content,
        language=original.language,
        created_at=clock.now(),
        printer_id=printer.id,
        copy=max(latest, original.copy) + 1,
        copy_of_id=first_id,
    )
    session.add(copy)
    session.flush()
    record(session, "print.copied", f"slip:{first_id}", operator, None, {"copy": copy.copy, "slip": copy.id})
    return copy


def _locked(session: Session, job_id: int) -> PrintJob:
    found = None
    if 0 < job_id <= MOST_ID:
        found = session.get(PrintJob, job_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise PrintJobUnknown(job=job_id, days=KEPT.days)
    return found


def _held(session: Session, job_id: int) -> PrintJob:
    """A slip that can still be decided about, under its lock."""
    job = _locked(session, job_id)
    if job.status == "printing":
        raise PrintJobBusy(job=job_id)
    if job.status not in ("waiting", "failed"):
        raise PrintJobOver(job=job_id)
    return job


# --- old slips --------------------------------------------------------------------------------------------------


def prune(session: Session, operator: str) -> int:
    """Removes slips that were printed or cancelled more than 30 days ago; returns how many. What waits is kept."""
    before = clock.now() - KEPT
    old: Sequence[Any] = session.execute(
        sa.delete(PrintJob)
        .where(PrintJob.status.in_(("printed", "cancelled")), PrintJob.created_at < before)
        .returning(PrintJob.id)
        .execution_options(synchronize_session=False)
    ).all()
    if old:
        record(session, "print.pruned", "print_queue", operator, None, {"count": len(old)})
    return len(old)
