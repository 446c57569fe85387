"""Handing the ledger to the back office: the movements of closed days, summed by day and account, once and for all.

An export is kept as it was; asked for again it gives the same files, whatever was mapped meanwhile. No day is exported
twice. How its files are written stands in `export_files`.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from folios import clock, events
from folios.errors import N_, DatabaseBusy, Refusal
from folios.ledger import currency
from folios.models import BusinessDay, Folio, Posting, TransactionCode
from night_audit import ledger_accounts
from night_audit.reports import balances
from night_audit.reports.making import hotel_name
from night_audit.reports.models import LedgerExport

Content = dict[str, Any]
MOST_DAYS = 400


class ExportDaysInvalid(Refusal):
    code = "ledger_export.days_invalid"
    message = N_("An export begins on one day and ends on that or a later one, {most} days later at most.")


class ExportDayOpen(Refusal):
    code = "ledger_export.day_open"
    message = N_("{first} to {last} are not all closed. Only closed days are exported.")


class ExportedAlready(Refusal):
    code = "ledger_export.overlaps"
    message = N_("{first} to {last} were exported already. Export the days that follow, or take that export again.")


class ExportUnknown(Refusal):
    code = "ledger_export.unknown"
    message = N_("There is no export {export}.")


class ExportDamaged(Refusal):
    code = "ledger_export.damaged"
    message = N_("Export {export} is not what was exported: its bytes were changed.")


@dataclass(frozen=True, slots=True)
class Exported:
    """An export: its days, when and by whom it was made."""

    id: int
    first: date
    last: date
    exported_at: datetime
    exported_by: str
    sha256: str


def export(session: Session, first: date, last: date, operator: str) -> Exported:
    """Exports the days from `first` to `last`, or answers the export of just these days made before.

    Refuses days that are not all closed (`ExportDayOpen`) and those of which some were exported (`ExportedAlready`).
    """
    if last < first or (last - first).days >= MOST_DAYS:
        raise ExportDaysInvalid(most=MOST_DAYS)
    overlapping = session.scalar(
        sa.select(LedgerExport).where(LedgerExport.first_date <= last, LedgerExport.last_date >= first)
    )
    if overlapping is not None:
        if (overlapping.first_date, overlapping.last_date) == (first, last):
            return _told(overlapping)
        raise ExportedAlready(first=overlapping.first_date, last=overlapping.last_date)
    _hold_closed(session, first, last)
    content = canonical(content_of(session, first, last))
    row = LedgerExport(
        first_date=first,
        last_date=last,
        content=zlib.compress(content, 6),
        sha256=hashlib.sha256(content).hexdigest(),
        exported_at=clock.now(),
        exported_by=operator,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        raise DatabaseBusy from None  # somebody exported the same days at this instant: the next attempt finds it
    after = {"first": first, "last": last, "sha256": row.sha256}
    events.record(session, "ledger.exported", f"ledger_export:{row.id}", operator, None, after)
    return _told(row)


def _hold_closed(session: Session, first: date, last: date) -> None:
    """Refuses days that are not all closed; holds the first, so that of two who export overlapping days one waits."""
    days = list(
        session.execute(
            sa.select(BusinessDay.business_date, BusinessDay.status)
            .where(BusinessDay.business_date.between(first, last))
            .order_by(BusinessDay.business_date)
            .with_for_update()
        )
    )
    if len(days) != (last - first).days + 1 or any(status != "closed" for _day, status in days):
        raise ExportDayOpen(first=first, last=last)
    taken = session.scalar(
        sa.select(LedgerExport).where(LedgerExport.first_date <= last, LedgerExport.last_date >= first)
    )
    if taken is not None:
        raise ExportedAlready(first=taken.first_date, last=taken.last_date)


def _told(row: LedgerExport) -> Exported:
    return Exported(row.id, row.first_date, row.last_date, row.exported_at, row.exported_by, row.sha256)


def exports(session: Session) -> list[Exported]:
    """All exports, the newest days first."""
    return [_told(row) for row in session.scalars(sa.select(LedgerExport).order_by(LedgerExport.first_date.desc()))]


def next_days(session: Session) -> tuple[date, date] | None:
    """The closed days that were not exported yet, after the last that were; None when there are none."""
    last = session.scalar(sa.select(sa.func.max(LedgerExport.last_date)))
    closed = sa.select(sa.func.min(BusinessDay.business_date), sa.func.max(BusinessDay.business_date)).where(
        BusinessDay.status == "closed", BusinessDay.business_date > (last or date.min)
    )
    first, until = session.execute(closed).one()
    return None if first is None else (first, min(until, first + timedelta(days=MOST_DAYS - 1)))


def read(session: Session, export_id: int) -> tuple[Exported, Content]:
    """An export with its content. Refuses `ExportUnknown`, `ExportDamaged`."""
    row = session.get(LedgerExport, export_id)
    if row is None:
        raise ExportUnknown(export=export_id)
    try:
        content = zlib.decompress(row.content)
    except zlib.error:
        content = b""
    if hashlib.sha256(content).hexdigest() != row.sha256:
        raise ExportDamaged(export=export_id)
    told: Content = json.loads(content)
    return _told(row), told


def canonical(content: Content) -> bytes:
    """The bytes of an export: JSON with sorted names."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


# --- what is exported -----------------------------------------------------------------------------------------


def content_of(session: Session, first: date, last: date) -> Content:
    """The chart as it is mapped now, what each account opened and closed with, and the movements between."""
    chart = {each.subject: each for each in ledger_accounts.chart(session)}
    opening = {subject: each.opening_minor for subject, each in _standing(session, first).items()}
    closing = {subject: each.closing_minor for subject, each in _standing(session, last).items()}
    lines = _lines(session, first, last)
    used = {*opening, *closing, *(line[side] for line in lines for side in ("debit", "credit"))}
    return {
        "hotel": hotel_name(session),
        "currency": currency(session),
        "first": first.isoformat(),
        "last": last.isoformat(),
        "accounts": {
            subject: {"kind": each.kind, "number": each.number, "name": each.name}
            for subject, each in chart.items()
            if subject in used
        },
        "opening": {subject: minor for subject, minor in opening.items() if minor},
        "closing": closing,
        "lines": lines,
    }


def _standing(session: Session, day: date) -> dict[str, balances.Moved]:
    """Each subject over a day: single folios by themselves, the others by ledger and type."""
    found: dict[str, balances.Moved] = {}
    for each in balances.ledgers(session, day):
        ledger, type = each.key
        if type not in ("control", "permanent"):
            found[f"{ledger}:{type}"] = each
    for folio in balances.folios(session, day, "control", "city"):
        if folio.type in ("control", "permanent"):
            found[f"folio:{folio.number}"] = folio
    return found


def _lines(session: Session, first: date, last: date) -> list[Content]:
    debited, credited = aliased(Folio), aliased(Folio)
    debit, credit = _subject(debited), _subject(credited)
    rows: Any = session.execute(
        sa.select(
            Posting.business_date,
            debit,
            credit,
            Posting.code,
            TransactionCode.name,
            sa.cast(sa.func.sum(Posting.amount_minor), sa.BigInteger),
            sa.func.count(),
        )
        .join(TransactionCode, TransactionCode.code == Posting.code)
        .join(debited, debited.id == Posting.debit_folio_id)
        .join(credited, credited.id == Posting.credit_folio_id)
        .where(Posting.business_date.between(first, last))
        .group_by(Posting.business_date, debit, credit, Posting.code, TransactionCode.name)
    )
    found = [
        {"day": day.isoformat(), "debit": to, "credit": of, "code": code, "text": name, "minor": int(minor), "count": n}
        for day, to, of, code, name, minor, n in rows
        if to != of  # between guests: nothing the back office sees
    ]
    return sorted(found, key=lambda line: (line["day"], line["debit"], line["credit"], line["code"]))


def _subject(folio: Any) -> Any:
    own = sa.literal("folio:", sa.Text) + folio.number
    together = folio.ledger + sa.literal(":", sa.Text) + folio.type
    return sa.case((folio.type.in_(("control", "permanent")), own), else_=together)
