"""Signing in and out. A session that timed out comes back here, and from here to the page it was on."""

from __future__ import annotations

import secrets
from http import HTTPStatus

from flask import make_response, redirect, request, session
from flask_login import current_user, login_user, logout_user
from werkzeug.wrappers import Response

from folios import clock
from folios.db import reading, unit_of_work
from folios.errors import Refusal
from frontoffice import sign_in
from frontoffice.app import db
from frontoffice.forms.sign_in import SignInForm
from frontoffice.models.users import User
from frontoffice.property import find_name
from frontoffice.users import SignInRefused
from frontoffice.views.access import address, public, signed_in, visitor_of
from frontoffice.views.answers import status_of
from frontoffice.views.pages import page


@public
def enter() -> Response:
    """The page to sign in on; then on to the page that was asked for."""
    form = SignInForm(next=_inside(request.args.get("next")))
    status = HTTPStatus.OK
    if request.method == "POST":
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        if form.validate():
            try:
                _begin(sign_in.sign_in(db.session, form.user.data or "", form.password.data, address()))
                return redirect(_inside(form.next.data), HTTPStatus.SEE_OTHER)
            except Refusal as refusal:
                form.refuse(refusal)
                status = status_of(refusal)
    with reading(db.session) as records:
        hotel = find_name(records)
    return make_response(page("frontoffice/sign_in.html", form=form, hotel=hotel, was=session.get("was")), status)


@signed_in
def leave() -> Response:
    """Signs out; the next one at this desk sees nothing of it."""
    with unit_of_work(db.session) as records:
        sign_in.sign_out(records, current_user.code, session.get("visit"))
    logout_user()
    session.clear()
    return redirect("/sign-in", HTTPStatus.SEE_OTHER)


def _begin(user: User) -> None:
    """A new session for somebody: nothing of the one before goes on. Refuses who was disabled this very moment."""
    session.clear()
    found = visitor_of(f"{user.code} {sign_in.session_stamp(user)}")
    if found is None:
        raise SignInRefused
    login_user(found)
    session["visit"] = secrets.token_urlsafe(24)
    session["seen"] = int(clock.now().timestamp())


def _inside(address_wanted: str | None) -> str:
    """The page that was asked for, if it is one of ours."""
    wanted = address_wanted or "/"
    inside = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if inside else "/"
