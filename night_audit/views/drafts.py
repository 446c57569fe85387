"""The reports of the last rehearsal as pages and files, marked as drafts, drawn by the hands of the final ones."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response

from folios.db import reading
from frontoffice.app import db
from frontoffice.language import written
from frontoffice.views.access import needs
from frontoffice.views.bills import as_file
from frontoffice.views.pages import page
from night_audit import drafts
from night_audit.reports import paper
from night_audit.reports.catalogue import report
from night_audit.reports.files import of_draft
from night_audit.reports.forms import FORMS
from night_audit.views.reports import asked_form, shown

HERE = "/night-audit/draft"


@needs("day.close")
def overview() -> str:
    """Which reports the last rehearsal left."""
    with reading(db.session) as session:
        draft, found = drafts.reports_of(session)
    return page("night_audit/drafts/list.html", draft=draft, reports=[report(name) for name in found])


@needs("day.close")
def show(name: str) -> str:
    """A report of the draft. Its figures open nothing: what they were made of was taken back."""
    with reading(db.session) as session:
        draft, content = drafts.draft_report(session, name)
    return page("night_audit/drafts/show.html", draft=draft, here_at=f"{HERE}/{name}", **shown(name, content))


@needs("day.close")
def as_a_file(name: str) -> Response:
    """A report of the draft as a file."""
    form = asked_form(request.args.get("form", "pdf"))
    with reading(db.session) as session:
        draft, content = drafts.draft_report(session, name)
    drawn = of_draft(content, form, written())
    return as_file(drawn, f"draft-{name}-{draft.day}.{form}", FORMS[form].media_type, inline=form == "pdf")


@needs("day.close")
def pack_file() -> Response:
    """All reports of the draft in one PDF."""
    with reading(db.session) as session:
        draft, found = drafts.reports_of(session)
    return as_file(paper.bind(list(found.values()), written(), bound=True), f"draft-reports-{draft.day}.pdf")
