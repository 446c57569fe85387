"""How a form is answered: shown, sent, refused with everything that was typed, or done once and told.

Each deed has one address: GET shows its form within its page, POST does it. A view makes the form, says how its page is
rendered and which verb does the work; what is the same for all of them stands here.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from flask import flash, g, make_response, redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from folios.db import in_unit_of_work
from folios.errors import N_, Refusal
from frontoffice import sign_in, submissions
from frontoffice.app import db
from frontoffice.forms.base import Form
from frontoffice.language import gettext as _
from frontoffice.language import show
from frontoffice.submissions import Done, FormSentBefore
from frontoffice.views import access
from frontoffice.views.answers import status_of

Work = Callable[[Session, str | None], Done]


class ApprovalNeeded(Refusal):
    code = "approval.needed"
    message = N_("This needs somebody who may do it. They enter their code and password here; you stay signed in.")


class ApprovalOfOneself(Refusal):
    code = "approval.yes_missing"
    message = N_("You may let this pass. Tick the box and send again.")


def held_fields() -> list[list[str]] | None:
    """What the reader typed into this page's form before they had to sign in again; the guard has looked it up."""
    found: list[list[str]] | None = g.get("held")
    return found


def answer(form: Form, page: Callable[[], str], work: Work) -> Response:
    """GET: the page. POST: does the work once and goes on to where it says, or shows the page with the refusal.

    `work(session, authority)` runs in a unit of work and is repeatable from its start; `authority` is the code of who
    approved, when the form's `approval` was needed and given. What was typed is kept in `form`, whatever happens.
    """
    if request.method != "POST":
        return make_response(page())
    if not form.validate():
        form.refused = True
        return make_response(page(), HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        authority = _authority(form)
        done, before = in_unit_of_work(db.session, lambda session: _once(session, form, work, authority))
    except Refusal as refusal:
        return _refused(form, page, refusal)
    flash(_("This had been done already: {done}", done=done.message) if before else done.message, "done")
    flash(request.path, "sent")
    return redirect(done.location, HTTPStatus.SEE_OTHER)


def _once(session: Session, form: Form, work: Work, authority: str | None) -> tuple[Done, bool]:
    path, content = request.path[:200], form.content()
    key = str(form.key.data)[:64]
    return submissions.once(session, key, access.operator(), path, content, lambda: work(session, authority))


def _authority(form: Form) -> str | None:
    """Who answers for the deed: the reader, when they have the right; who signed for it; nobody yet."""
    approval = form.approval
    if approval is None:
        return None
    lacking = approval.lacking(access.visitor().may)
    if not lacking:
        needs_yes = bool(approval.refusals)
        return access.operator() if not needs_yes or form["accept"].data else None
    if form["approver"].data:
        code, password = str(form["approver"].data), str(form["approver_password"].data or "")
        return sign_in.approve(db.session, code, password, access.address(), lacking, access.operator())
    if approval.refusals:
        return None
    raise ApprovalNeeded


def _refused(form: Form, page: Callable[[], str], refusal: Refusal) -> Response:
    """The page again, with what was typed and why it was not done."""
    if isinstance(refusal, FormSentBefore):
        form.renew_key()
    approval = form.approval
    if approval is not None:
        form.asks_approval = (
            isinstance(refusal, (*approval.refusals, ApprovalNeeded)) or form["approver"].data or form["accept"].data
        )
        form.asks_yes = not approval.lacking(access.visitor().may)
        if isinstance(refusal, approval.refusals):
            form.complaints.append(show((ApprovalOfOneself if form.asks_yes else ApprovalNeeded)()))
    form.refuse(refusal)
    return make_response(page(), status_of(refusal))
