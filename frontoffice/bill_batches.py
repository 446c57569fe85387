"""The bills of many folios in one file: a group's, or of all who leave today. Made beside the desk, as a job.

With invoices, each is issued and its print counted in one unit of work under a key of the job and its folio: when the
worker dies and the job begins again, no folio gets a second invoice and no print is counted twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.business_day import open_date
from folios.db import SessionSource, in_unit_of_work, reading
from folios.errors import N_, Refusal
from folios.models import Folio, Posting
from frontoffice import bills, invoices, jobs, paper
from frontoffice.groups import get_group
from frontoffice.invoice_series import choose_series
from frontoffice.invoices import InvoiceBelowZero, NothingToBill
from frontoffice.jobs import Claimed, Progress, Result
from frontoffice.language import gettext as _
from frontoffice.language import show
from frontoffice.models.desk import GroupMember, Job
from frontoffice.models.invoices import Invoice
from frontoffice.models.rooms import Room
from frontoffice.models.stays import Stay, StayWindow
from frontoffice.paper import Sheet

KIND = "bills.batch"
INVOICE = "invoice"
AT_A_TIME = 50  # folios read in one go


class NoBills(Refusal):
    code = "bills.empty"
    message = N_("There is nothing on these folios yet, so there are no bills.")


class NothingIssued(Refusal):
    code = "bills.nothing_issued"
    message = N_("No invoice was issued: everything on these folios stands on an invoice already.")


# --- which folios -----------------------------------------------------------------------------------------------


def folios_of_group(session: Session, group_id: int) -> list[int]:
    """The group's master and the windows of its stays with anything on them, by room. Refuses `GroupUnknown`."""
    master = get_group(session, group_id).folio_id
    windows = _windows(Stay.id.in_(sa.select(GroupMember.stay_id).where(GroupMember.group_id == group_id)))
    on_master = sa.select(Folio.id).where(Folio.id == master, _used(Folio.id))
    return [*session.scalars(on_master), *session.scalars(windows)]


def folios_of_departures(session: Session) -> list[int]:
    """The windows, with anything on them, of who is due out on the business date or left on it; by room."""
    today = open_date(session)
    due_out = sa.and_(Stay.status == "in_house", Stay.departure <= today)
    left = sa.and_(Stay.status == "departed", Stay.departed_on == today)
    return list(session.scalars(_windows(sa.or_(due_out, left))))


def _windows(where: sa.ColumnElement[bool]) -> sa.Select[Any]:
    return (
        sa.select(StayWindow.folio_id)
        .join(Stay, Stay.id == StayWindow.stay_id)
        .outerjoin(Room, Room.id == Stay.room_id)
        .where(where, _used(StayWindow.folio_id))
        .order_by(Room.number.is_(None), sa.func.length(Room.number), Room.number, Stay.id, StayWindow.window)
    )


def _used(folio_id: Any) -> sa.ColumnElement[bool]:
    debited = sa.exists().where(Posting.debit_folio_id == folio_id)
    return sa.or_(debited, sa.exists().where(Posting.credit_folio_id == folio_id))


# --- asking -----------------------------------------------------------------------------------------------------


def ask(
    session: Session,
    folio_ids: Iterable[int],
    kind: str,
    grouping: str,
    operator: str,
    language: str,
    *,
    series: str | None = None,
    key: str | None = None,
) -> Job:
    """Asks for the bills of folios in one PDF; `kind` is `information`, `interim`, or `invoice` to issue them as well.

    Refuses no folios (`NoBills`) and, for invoices, a series that cannot be used.
    """
    wanted = list(folio_ids)
    if not wanted:
        raise NoBills
    if kind not in (*bills.KINDS, INVOICE) or grouping not in bills.GROUPINGS:
        raise ValueError(f"no such bills: {kind}, {grouping}")
    arguments: dict[str, Any] = {"folio_ids": wanted, "kind": kind, "grouping": grouping}
    if kind == INVOICE:
        arguments["series"] = choose_series(session, "invoice", series, operator)
    return jobs.ask(session, KIND, arguments, operator, language, key)


# --- working ----------------------------------------------------------------------------------------------------


@jobs.kind(KIND)
def make(sessions: SessionSource, job: Claimed, progress: Progress) -> Result:
    """Gathers the sheets, each folio's when it is read or issued, and draws them into one PDF."""
    count = len(job.arguments["folio_ids"])
    if job.arguments["kind"] == INVOICE:
        sheets, notices = _issued(sessions, job, progress)
    else:
        sheets, notices = _read(sessions, job, progress), []
    if not sheets:
        raise NothingIssued
    drawn = paper.bind(sheets, drawn=lambda done: progress(count + done - 1, 2 * count))
    progress(2 * count, 2 * count)
    told = [*notices, *map(show, drawn.notices)]
    return Result(f"bills-{job.id}.pdf", "application/pdf", drawn.pdf, " ".join(told) or None)


def _read(sessions: SessionSource, job: Claimed, progress: Progress) -> list[Sheet]:
    folio_ids, asked = job.arguments["folio_ids"], job.arguments
    sheets: list[Sheet] = []
    for first in range(0, len(folio_ids), AT_A_TIME):
        some = folio_ids[first : first + AT_A_TIME]
        with reading(sessions) as session:
            made = bills.bills(session, some, kind=asked["kind"], grouping=asked["grouping"])
            sheets += paper.bill_sheets(session, made)
        progress(first + len(some), 2 * len(folio_ids))
    return sheets


def _issued(sessions: SessionSource, job: Claimed, progress: Progress) -> tuple[list[Sheet], list[str]]:
    """The original of each invoice, and what is to be said of folios that got none."""
    folio_ids = job.arguments["folio_ids"]
    issued: list[int] = []
    notices: list[str] = []
    for count, folio_id in enumerate(folio_ids, 1):
        try:
            issued.append(in_unit_of_work(sessions, lambda session, it=folio_id: _issue(session, job, it)))  # type: ignore[misc]
        except NothingToBill:
            pass
        except InvoiceBelowZero as refusal:
            notices.append(_("No invoice for a folio: {reason}", reason=show(refusal)))
        progress(count, 2 * len(folio_ids))
    sheets: list[Sheet] = []
    for first in range(0, len(issued), AT_A_TIME):
        with reading(sessions) as session:
            found = session.scalars(sa.select(Invoice).where(Invoice.id.in_(issued[first : first + AT_A_TIME])))
            by_id: Mapping[int, Invoice] = {each.id: each for each in found}
            sheets += paper.invoice_sheets(session, [(by_id[each], 0) for each in issued[first : first + AT_A_TIME]])
    return sheets, notices


def _issue(session: Session, job: Claimed, folio_id: int) -> int:
    """Issues a folio's invoice and counts its print, both or neither; what an earlier attempt issued is given again."""
    key = f"bills/{job.name}/{folio_id}"
    before = session.scalar(sa.select(Invoice.id).where(Invoice.key == key))
    if before is not None:
        return before
    asked = job.arguments
    made = invoices.issue(
        session, folio_id, operator=job.operator, series=asked["series"], grouping=asked["grouping"], key=key
    )
    invoices.printed(session, made.id, job.operator)
    return made.id
