"""The reports as pages and as files: which there are, one of a business day, the pack of a day in one PDF."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from folios.business_day import open_date
from folios.db import reading
from folios.errors import N_, Refusal
from frontoffice.app import db
from frontoffice.language import written
from frontoffice.views.access import needs
from frontoffice.views.bills import as_file
from frontoffice.views.pages import head, may, page
from night_audit.reports import files, making, pack, showing
from night_audit.reports.catalogue import report, sections
from night_audit.reports.forms import FORMS
from night_audit.reports.making import Content
from night_audit.reports.telling import Telling

ONE_DAY = timedelta(days=1)


class ReportFormInvalid(Refusal):
    code = "report_form.invalid"
    message = N_("A report is not made as {form}. Choose one of: {forms}.")


@needs("report.read")
def overview() -> str:
    """Every report with the question it answers, for a day that is chosen."""
    with reading(db.session) as session:
        day = asked_day(session)
        stored = day in pack.stored_days(session)
    return page("night_audit/reports/list.html", sections=sections(), stored=stored, **days(day))


@needs("report.read")
def show(name: str) -> str:
    """A report of a business day, each of whose figures opens what it was made from."""
    with reading(db.session) as session:
        day = asked_day(session)
        said, stored = pack.said(session, name, day)
    return page("night_audit/reports/show.html", stored=stored, **shown(name, making.read(said)), **days(day))


def shown(name: str, content: Content) -> dict[str, Any]:
    """What the page of a report shows of it, for whoever reads: a final one or a draft."""
    telling = Telling(written(), content["currency"])
    firsts = {str(request.args.get("part", "")): request.args.get("first", 0, type=int)}
    return {
        "report": report(name),
        "parts": showing.parts(content, telling, may, firsts),
        "notes": [showing.note(content, each, telling, may) for each in content["notes"]],
        "standing": telling.standing(content),
        "most": showing.MOST,
    }


@needs("report.read")
def as_a_file(name: str) -> Response:
    """A report as a file; that of a closed day is the same to the byte whenever it is asked for."""
    form = asked_form(request.args.get("form", "pdf"))
    report(name)
    with reading(db.session) as session:
        day = asked_day(session)
    content = files.of_report(db.session, name, day, form, written())
    return as_file(content, f"{name}-{day}.{form}", FORMS[form].media_type, inline=form == "pdf")


def asked_form(form: str) -> str:
    """The form of a file. Refuses `ReportFormInvalid`."""
    if form not in FORMS:
        raise ReportFormInvalid(form=form[:20], forms=", ".join(FORMS))
    return form


@needs("report.read")
def pack_file() -> Response:
    """All reports of a day in one PDF; that of a closed day is the same to the byte whenever it is asked for."""
    with reading(db.session) as session:
        day = asked_day(session)
    return as_file(files.of_pack(db.session, day, written()), f"reports-{day}.pdf", inline=True)


def asked_day(session: Session) -> date:
    """The day that the address asks for; the last one that is closed, else the open one. Refuses what is no day."""
    text = request.args.get("date", "")
    if not text:
        return pack.last_day(session) or open_date(session)
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise DateInvalid from None
    making.ask(session, day)
    return day


class DateInvalid(Refusal):
    code = "report.date_invalid"
    message = N_("There is no such day. Write it as year-month-day, such as 2026-03-01.")


def days(day: date) -> dict[str, date | None]:
    """The day of a page, and those before and after it, where there are any."""
    top = head()
    latest = top.business_date if top else None
    after = day + ONE_DAY
    return {"date": day, "before": day - ONE_DAY, "after": after if latest and after <= latest else None}
