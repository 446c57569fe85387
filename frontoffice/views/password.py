"""One's own password."""

from __future__ import annotations

from http import HTTPStatus

from flask import flash, make_response, redirect, request, session
from flask_login import login_user
from werkzeug.wrappers import Response

from folios.errors import N_, Refusal
from frontoffice import sign_in
from frontoffice.app import db
from frontoffice.forms.sign_in import PasswordForm
from frontoffice.language import gettext as _
from frontoffice.views.access import address, operator, signed_in, visitor, visitor_of
from frontoffice.views.answers import status_of
from frontoffice.views.pages import page


class PasswordsDiffer(Refusal):
    code = "again_password.mismatch"
    message = N_("The two passwords differ. Type the new one twice.")


@signed_in
def change() -> Response:
    """Changes the reader's password and ends their sessions everywhere else."""
    form = PasswordForm()
    status = HTTPStatus.OK
    if request.method == "POST":
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        if form.validate():
            try:
                return _changed(form)
            except Refusal as refusal:
                form.refuse(refusal)
                status = status_of(refusal)
    return make_response(page("frontoffice/form.html", form=form, lead=_lead()), status)


def _changed(form: PasswordForm) -> Response:
    if form.password.data != form.again_password.data:
        raise PasswordsDiffer
    user = sign_in.change_own_password(db.session, operator(), form.old_password.data, form.password.data, address())
    login_user(visitor_of(f"{user.code} {sign_in.session_stamp(user)}"))
    session.pop("csrf_token", None)
    flash(_("Your password was changed. Other sessions of yours have ended."), "done")
    return redirect("/", HTTPStatus.SEE_OTHER)


def _lead() -> str:
    if visitor().must_change_password:
        return _("Somebody else gave you your password. Choose one of your own before you go on.")
    return _("Your sessions in other browsers end with it.")
