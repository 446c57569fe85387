"""The draft of the reports that the last rehearsal left: kept with its job, replaced by the next rehearsal's.

There is a draft as long as its day is the one that the next audit works on; of a sealed day the stored reports count.
What the rehearsal does is in `rehearsal.py`, the work that keeps its result in `work.py`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.errors import N_, Refusal
from frontoffice.models.desk import Job
from night_audit import standing
from night_audit.reports import making
from night_audit.reports.catalogue import REPORTS, report
from night_audit.reports.making import Content

REHEARSE = "night_audit.rehearse"
"""The kind of the job that rehearses."""


class DraftUnknown(Refusal):
    code = "report_draft.unknown"
    message = N_("There is no draft of {day}. Rehearse its audit; then there is one until the day is sealed.")


@dataclass(frozen=True, slots=True)
class Draft:
    """What the last rehearsal left: of which day, who rehearsed and when it was done; its job."""

    job_id: int
    day: date
    made_by: str
    made_at: datetime


def last_draft(session: Session) -> Draft | None:
    """The draft that there is; None where nothing was rehearsed, it would not go through, or the day is sealed."""
    row = session.execute(
        sa.select(Job.id, Job.arguments, Job.operator, Job.finished_at, Job.notice)
        .where(Job.kind == REHEARSE, Job.status == "done")
        .order_by(Job.id.desc())
        .limit(1)
    ).one_or_none()
    if row is None or row.notice is not None or row.finished_at is None:
        return None
    day = date.fromisoformat(row.arguments["day"])
    return Draft(row.id, day, row.operator, row.finished_at) if day == standing.next_day(session) else None


def reports_of(session: Session) -> tuple[Draft, dict[str, Content]]:
    """The draft and its reports by name, in the catalogue's order. Refuses (`DraftUnknown`) where there is none."""
    draft = last_draft(session)
    if draft is None:
        raise DraftUnknown(day=standing.next_day(session))
    kept = json.loads(session.scalar(sa.select(Job.result).where(Job.id == draft.job_id)) or b"{}")
    found: dict[str, Content] = kept.get("reports", {})
    return draft, {name: found[name] for name in REPORTS if name in found}


def draft_report(session: Session, name: str) -> tuple[Draft, Content]:
    """A report of the draft. Refuses `ReportUnknown`, and `DraftUnknown` where it was not made."""
    report(name)
    draft, found = reports_of(session)
    if name not in found:
        raise DraftUnknown(day=draft.day)
    if found[name]["standing"] != making.DRAFT:
        raise ValueError("a rehearsal's report must say that it is a draft")
    return draft, found[name]
