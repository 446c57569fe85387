"""Reports as files, and the pack of a day as one: drawn once of what is stored, kept, and given again to the byte.

What is stored and what is not: `pack`. How a form is drawn: `forms`, and of the pack `paper`.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from folios.db import SessionSource, in_unit_of_work, reading
from night_audit.reports import making, pack, paper
from night_audit.reports.catalogue import REPORTS
from night_audit.reports.forms import FORMS
from night_audit.reports.models import ReportFile

PACK_FORM = "pack"
"""The form under which the pack's PDF is kept, with the first of its reports."""

Key = tuple[date, str, str, str]
"""What a file is kept under: day, report, form, language."""


def of_report(sessions: SessionSource, name: str, day: date, form: str, language: str) -> bytes:
    """A report as a file; that of a stored report is drawn once and kept, so that it never changes.

    Of two who ask for the first time at once both get the same. Refuses what `pack.said` refuses.
    """
    key = (day, name, form, language if FORMS[form].in_language else "")
    with reading(sessions) as session:
        content, stored = pack.said(session, name, day)
        kept = session.get(ReportFile, key) if stored else None
    if kept is not None:
        return kept.content
    drawn = FORMS[form].draw(making.read(content), key[-1])
    return _keep(sessions, key, drawn) if stored else drawn


def of_pack(sessions: SessionSource, day: date, language: str) -> bytes:
    """All reports of a day in one PDF; kept like the file of a report once all of them are stored."""
    key = (day, next(iter(REPORTS)), PACK_FORM, language)
    with reading(sessions) as session:
        kept = session.get(ReportFile, key)
        said = [] if kept is not None else [pack.said(session, name, day) for name in REPORTS]
    if kept is not None:
        return kept.content
    drawn = paper.bind([making.read(content) for content, _stored in said], language, bound=True)
    return _keep(sessions, key, drawn) if all(stored for _content, stored in said) else drawn


def _keep(sessions: SessionSource, key: Key, drawn: bytes) -> bytes:
    """Keeps a file, unless somebody was first: theirs is the file then."""

    def keep(session: Session) -> bytes:
        found = session.get(ReportFile, key)
        if found is not None:
            return found.content
        names = ("business_date", "report", "form", "language")
        try:
            with session.begin_nested():
                session.add(ReportFile(**dict(zip(names, key, strict=True)), content=drawn))
        except IntegrityError:
            return session.get_one(ReportFile, key).content
        return drawn

    return in_unit_of_work(sessions, keep)


def of_draft(content: making.Content, form: str, language: str) -> bytes:
    """A report of a rehearsal as a file: drawn by the same hand, marked as a draft, kept nowhere."""
    return FORMS[form].draw(content, language if FORMS[form].in_language else "")
