"""The ledger for the back office: what was exported, exporting the days that follow, and the accountant's chart."""

from __future__ import annotations

from urllib.parse import quote

from flask import request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from folios.db import reading
from frontoffice.app import db
from frontoffice.language import gettext as _
from frontoffice.submissions import Done
from frontoffice.views.access import needs, operator
from frontoffice.views.bills import as_file
from frontoffice.views.pages import day, page
from frontoffice.views.sending import answer, held_fields
from night_audit import ledger_accounts, ledger_export
from night_audit.export_files import FORMS
from night_audit.forms.exports import AccountForm, ExportForm
from night_audit.views.reports import ReportFormInvalid

HERE, CHART = "/exports", "/set-up/ledger-accounts"


@needs("ledger.export")
def overview() -> str:
    """What was exported, and the closed days that were not."""
    with reading(db.session) as session:
        done, waiting = ledger_export.exports(session), ledger_export.next_days(session)
    return page("night_audit/exports/list.html", exports=done, waiting=waiting, forms=FORMS)


@needs("ledger.export")
def add() -> Response:
    """Exports days; those exported before are not exported twice."""
    with reading(db.session) as session:
        first, last = ledger_export.next_days(session) or (None, None)
    form = ExportForm(held=held_fields(), first=first, last=last)

    def work(session: Session, _authority: str | None) -> Done:
        made = ledger_export.export(session, form["first"].data, form["last"].data, operator())
        return Done(HERE, _("{first} to {last} were exported.", first=day(made.first), last=day(made.last)))

    return answer(form, lambda: page("frontoffice/form.html", form=form, cancel=HERE), work)


@needs("ledger.export")
def as_a_file(export_id: int) -> Response:
    """An export as a file, the same whenever it is taken."""
    form = request.args.get("form", "csv")
    if form not in FORMS:
        raise ReportFormInvalid(form=form[:20], forms=", ".join(FORMS))
    with reading(db.session) as session:
        told, content = ledger_export.read(session, export_id)
    name = f"ledger-{told.first}-{told.last}.{FORMS[form].ending}"
    return as_file(FORMS[form].write(content), name, FORMS[form].media_type, inline=False)


@needs("ledger.export")
def accounts() -> str:
    """The accountant's chart: what each folio is exported under."""
    with reading(db.session) as session:
        chart = ledger_accounts.chart(session)
    return page("night_audit/exports/accounts.html", chart=chart, address=account_address)


def account_address(subject: str) -> str:
    """Where an account of the chart is edited."""
    return f"/set-up/ledger-account/{quote(subject, safe='')}/edit"


@needs("ledger.export")
def edit_account(subject: str) -> Response:
    """Says under which account something is exported; who was faster is shown field by field."""
    with reading(db.session) as session:
        account = ledger_accounts.account(session, subject)
    form = AccountForm(held=held_fields(), obj=account)

    def work(session: Session, _authority: str | None) -> Done:
        number, name = str(form["number"].data or ""), str(form["name"].data or "")
        ledger_accounts.map_account(session, subject, form.seen_version, number, name, operator())
        return Done(CHART, _("{name} is exported under {number}.", name=_(account.ours), number=number))

    shown = {"form": form, "title": _("Account for {name}", name=_(account.ours)), "cancel": CHART}
    return answer(form, lambda: page("frontoffice/form.html", **shown), work)
