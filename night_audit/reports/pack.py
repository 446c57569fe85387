"""The pack: every report of a closed day, stored as it was said, and given again to the byte whenever it is asked for.

`store` is the audit's step REPORT; it may be repeated, and what is stored already stays. A report that fails is named
and can be made later, while the others are stored. Files made of them: `files`.
"""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass, field
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios import clock
from folios.db import SessionSource, in_unit_of_work, reading
from folios.errors import N_, Refusal, SavedMeanwhile
from folios.events import record
from folios.models import BusinessDay
from night_audit.reports import making
from night_audit.reports.catalogue import REPORTS, report
from night_audit.reports.definition import Asked
from night_audit.reports.models import StoredReport

LEVEL = 6


class PackDayNotClosed(Refusal):
    code = "report_pack.day_not_closed"
    message = N_("The reports of {day} can be stored when the day is closed; it is {status}.")


class ReportDamaged(Refusal):
    code = "report.damaged"
    message = N_("The stored report {report} of {day} is not what was stored: its bytes were changed.")


@dataclass(frozen=True, slots=True)
class Pack:
    """The reports of a day by name, as canonical bytes, and why those failed that are missing.

    `made` are those that were made now; what was stored before is not made again. `draft`: of a rehearsal, not stored.
    """

    day: date
    draft: bool
    reports: dict[str, bytes] = field(default_factory=dict)
    made: tuple[str, ...] = ()
    failed: dict[str, str] = field(default_factory=dict)


def store(sessions: SessionSource, day: date, operator: str, *, draft: bool = False) -> Pack:
    """Makes every report of a day and stores those that are not stored yet.

    With `draft` everything is made, marked as a draft and stored nowhere. Refuses (`PackDayNotClosed`) a day that is
    not closed, unless it is a draft.
    """
    with reading(sessions) as session:
        if draft:
            return rehearsed(session, day)
        asked = making.ask(session, day)
        if asked.standing != "closed":
            raise PackDayNotClosed(day=day, status=asked.standing)
        found = dict(_stored(session, day))
        made, failed = make_all(session, asked, set(REPORTS) - set(found))
    pack = Pack(day, False, found | made, tuple(made), failed)
    try:
        if made:
            in_unit_of_work(sessions, lambda work: _keep(work, pack, operator))
    except SavedMeanwhile:  # somebody stored them at the same moment: theirs are the pack
        return store(sessions, day, operator)
    return pack


def rehearsed(session: Session, day: date) -> Pack:
    """The pack of a day as a draft, from a session that is open and will be rolled back."""
    made, failed = make_all(session, making.ask(session, day, draft=True), set(REPORTS))
    return Pack(day, True, made, tuple(made), failed)


def make_all(session: Session, asked: Asked, names: set[str]) -> tuple[dict[str, bytes], dict[str, str]]:
    """Makes the named reports in a session that is open; returns their bytes, and what was wrong with the others."""
    made: dict[str, bytes] = {}
    failed: dict[str, str] = {}
    for name in REPORTS:
        if name not in names:
            continue
        try:
            with session.begin_nested():
                made[name] = making.canonical(making.make(session, report(name), asked))
        except Exception as error:
            failed[name] = f"{type(error).__name__}: {error}"[:500]
    return made, failed


def _keep(session: Session, pack: Pack, operator: str) -> None:
    there = {name for name, _content in _stored(session, pack.day)}
    rows = [
        StoredReport(
            business_date=pack.day,
            report=name,
            content=zlib.compress(pack.reports[name], LEVEL),
            sha256=hashlib.sha256(pack.reports[name]).hexdigest(),
            stored_at=clock.now(),
            stored_by=operator,
        )
        for name in pack.made
        if name not in there
    ]
    session.add_all(rows)
    session.flush()
    if rows or pack.failed:
        after = {"stored": len(rows), "failed": sorted(pack.failed)}
        record(session, "report.pack.stored", f"day:{pack.day}", operator, None, after)


def _stored(session: Session, day: date) -> list[tuple[str, bytes]]:
    rows = session.execute(
        sa.select(StoredReport.report, StoredReport.content).where(StoredReport.business_date == day)
    )
    return [(name, zlib.decompress(content)) for name, content in rows]


def last_day(session: Session) -> date | None:
    """The last business day that is closed, if any is."""
    return session.scalar(sa.select(sa.func.max(BusinessDay.business_date)).where(BusinessDay.status == "closed"))


def stored_days(session: Session, name: str | None = None) -> list[date]:
    """The days of which reports (or one of them) are stored, the newest first."""
    found = sa.select(StoredReport.business_date).distinct().order_by(StoredReport.business_date.desc())
    return list(session.scalars(found if name is None else found.where(StoredReport.report == name)))


def said(session: Session, name: str, day: date) -> tuple[bytes, bool]:
    """A report of a day as canonical bytes, and whether they are what was stored when the day was closed.

    What was not stored is made now. Refuses `ReportUnknown`, `ReportDayInvalid`, and (`ReportDamaged`) a stored one
    whose bytes are not those that were stored.
    """
    definition = report(name)
    row = session.get(StoredReport, (day, name))
    if row is None:
        return making.canonical(making.make(session, definition, making.ask(session, day))), False
    try:
        content = zlib.decompress(row.content)
    except zlib.error:
        content = b""
    if hashlib.sha256(content).hexdigest() != row.sha256:
        raise ReportDamaged(report=name, day=day)
    return content, True
