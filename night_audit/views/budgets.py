"""What is expected: budgets by month, typed or read from a file; and how the hotel's figures are worked out."""

from __future__ import annotations

import csv
import io

import sqlalchemy as sa
from flask import abort, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from folios.business_day import open_date
from folios.db import reading
from folios.ledger import currency
from folios.money import minor_digits
from folios.texts import read_number
from frontoffice.app import db
from frontoffice.language import gettext as _
from frontoffice.models.rates import RateCode
from frontoffice.submissions import Done
from frontoffice.views.access import needs, operator
from frontoffice.views.bills import as_file
from frontoffice.views.pages import page
from frontoffice.views.sending import answer, held_fields
from night_audit.forms.budgets import BudgetUploadForm, PolicyForm, budget_form, figure_name
from night_audit.reports import budgets, settings

HERE = "/reports/budgets"


@needs("report.read")
def overview() -> str:
    """A year's months with what is expected of each."""
    with reading(db.session) as session:
        year = _year(session)
        months, figures = budgets.of_year(session, year), budgets.figures(session)
    names = {figure: figure_name(figure) for figure in figures}
    totals = {figure: sum(month.get(figure, 0) for month in months.values()) for figure in figures}
    return page("night_audit/budgets/list.html", year=year, months=months, names=names, totals=totals)


@needs("report.read")
def as_a_file() -> Response:
    """A year's budgets as the file that can be read again."""
    with reading(db.session) as session:
        year = _year(session)
        months, figures = budgets.of_year(session, year), budgets.figures(session)
        rows = budgets.as_rows(months, figures, minor_digits(currency(session)))
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return as_file(out.getvalue().encode(), f"budget-{year}.csv", "text/csv", inline=False)


@needs("report.set_up")
def edit(month: str) -> Response:
    """Types in what is expected of a month."""
    try:
        first = budgets.read_month(month)
    except budgets.MonthInvalid:
        abort(404)
    with reading(db.session) as session:
        figures, standing = budgets.figures(session), budgets.of_year(session, first.year)[first]
    form = budget_form(figures, standing, held=held_fields())

    def work(session: Session, _authority: str | None) -> Done:
        budgets.set_month(session, first, form.amounts(), operator())
        return Done(f"{HERE}?year={first.year}", _("The budget of {month} was saved.", month=f"{first:%Y-%m}"))

    shown = {"form": form, "title": _("Budget of {month}", month=f"{first:%Y-%m}"), "cancel": HERE}
    return answer(form, lambda: page("frontoffice/form.html", **shown), work)


@needs("report.set_up")
def upload() -> Response:
    """Reads the budgets of months from a CSV or XLSX file, all or none."""
    form = BudgetUploadForm(held=held_fields())
    content = form.content_of_file() if request.method == "POST" else b""

    def work(session: Session, _authority: str | None) -> Done:
        months = budgets.read_file(session, content)
        budgets.set_months(session, months, operator())
        return Done(HERE, _("The budgets of {count} months were saved.", count=len(months)))

    return answer(form, lambda: page("frontoffice/form.html", form=form, cancel=HERE), work)


@needs("report.set_up")
def set_policy() -> Response:
    """Decides how figures are worked out; who was faster is shown field by field."""
    with reading(db.session) as session:
        form = PolicyForm(held=held_fields(), obj=settings.standing(session))
        rates = session.execute(sa.select(RateCode.code, RateCode.name).order_by(RateCode.code))
        form["rack_rate"].offer([(code, f"{code} {name}") for code, name in rates])

    def work(session: Session, _authority: str | None) -> Done:
        facts = {name: form[name].data for name in ("deduct_out_of_order", "rack_rate", "aging_percents")}
        settings.set_policy(session, form.seen_version, **facts, operator=operator())
        return Done("/set-up", _("How figures are worked out was saved."))

    shown = {"form": form, "cancel": "/set-up", "lead": _("Reports that are stored keep the rule they were made by.")}
    return answer(form, lambda: page("frontoffice/form.html", **shown), work)


def _year(session: Session) -> int:
    asked = read_number(request.args.get("year")) or 0
    return asked if 1900 <= asked <= 2999 else open_date(session).year
