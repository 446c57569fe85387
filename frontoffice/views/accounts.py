"""Accounts of who owes without being in a room, and the control folios: listed, opened, renamed and limited.

What stands on an account, and closing and reopening it, are on its folio's page (`folios.py`).
"""

from __future__ import annotations

from typing import Any

from flask import request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from folios.db import reading
from folios.texts import read_number
from frontoffice import accounts
from frontoffice.accounts import ACCOUNT_TYPES, PAGE, TYPE_NAMES
from frontoffice.app import db
from frontoffice.control_folios import KIND_NAMES, control_folios
from frontoffice.forms.accounts import AccountForm, NewAccountForm
from frontoffice.language import gettext as _
from frontoffice.submissions import Done
from frontoffice.views.access import needs, operator, visitor
from frontoffice.views.pages import page
from frontoffice.views.sending import answer, held_fields

HERE = "/accounts"
MOST_PAGES = 10**6


@needs("folio.read")
def find() -> str:
    """Accounts by type, number and name with what stands on them, or the control folios, which are looked at alone."""
    asked = {name: request.args.get(name, "") for name in ("type", "text", "closed")}
    asked["type"] = asked["type"] if asked["type"] in TYPE_NAMES else ""
    text, skip = asked["text"], (_page_asked() - 1) * PAGE
    with reading(db.session) as session:
        shown = {"asked": asked, "names": TYPE_NAMES, "kinds": KIND_NAMES, "totals": accounts.type_totals(session)}
        if asked["type"] == "control":
            all_shifts = visitor().may("shift.read")
            found = control_folios(session, operator(), all_shifts=all_shifts, text=text, skip=skip)
            return page("frontoffice/accounts/control.html", **shown, found=found, most=PAGE)
        listed = accounts.accounts(session, asked["type"] or None, text, only_open=not asked["closed"], skip=skip)
        return page("frontoffice/accounts/list.html", **shown, found=listed, most=PAGE)


@needs("folio.open")
def add() -> Response:
    """Opens an account; who may not set limits has somebody approve the one it gets."""
    chosen = request.args.get("type")
    form = NewAccountForm(
        held=held_fields(), type=chosen if chosen in ACCOUNT_TYPES else ACCOUNT_TYPES[0], name=request.args.get("name")
    )
    form.offer()

    def work(session: Session, authority: str | None) -> Done:
        type, name = str(form.type.data), str(form.name.data)
        given: dict[str, Any] = {"number": form.number.data, "house_limit_minor": form.house_limit_minor.minor}
        folio = accounts.open_account(session, type, name, operator(), **given, authorised_by=authority)
        return Done(f"/folios/{folio.id}", _("Account {number} was opened for {name}.", number=folio.number, name=name))

    return answer(form, lambda: page("frontoffice/form.html", form=form, cancel=HERE), work)


@needs("folio.open")
def edit(folio_id: int) -> Response:
    """Renames an account or sets its limit; who may not set limits has somebody approve it."""
    with reading(db.session) as session:
        account = accounts.account(session, folio_id)
    form = AccountForm(held=held_fields(), obj=account, house_limit_minor=account.limit)
    form.about(account)

    def work(session: Session, authority: str | None) -> Done:
        saved = accounts.amend_account(session, folio_id, form.seen_version, form.changes(), operator(), authority)
        return Done(f"/folios/{folio_id}", _("Account {number} was saved.", number=saved.number))

    title = f"{account.number} {account.name}"
    shown = {"form": form, "title": title, "cancel": f"/folios/{folio_id}"}
    return answer(form, lambda: page("frontoffice/form.html", **shown), work)


def _page_asked() -> int:
    return min(max(read_number(request.args.get("page")) or 1, 1), MOST_PAGES)
