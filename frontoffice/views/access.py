"""Who may open which page. Every view says so, `@needs("a.right")`, `@signed_in`, `@public` or `@machines(guard)`, or
it is never served.

The guard runs before every view: it knows who sits there, whether they have sat still for too long, whether what they
send comes from a page of ours, and whether they may. What was typed into a form is kept while they sign in again.
Views for machines bring a guard of their own; of cookies and sessions they know nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

import sqlalchemy as sa
from flask import Flask, current_app, flash, g, redirect, request, session
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask.wrappers import Response as FlaskResponse
from flask_login import LoginManager, UserMixin, current_user, logout_user
from flask_wtf.csrf import validate_csrf
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.wrappers import Response
from wtforms import ValidationError

from folios import clock
from folios.db import reading, unit_of_work
from folios.errors import N_, Refusal
from frontoffice import language, rights, shell, sign_in, submissions
from frontoffice.app import db
from frontoffice.language import gettext as _
from frontoffice.models.property import Property
from frontoffice.models.users import RoleRight, User, UserRole
from frontoffice.models.visits import EndedVisit

View = TypeVar("View", bound=Callable[..., Any])

PUBLIC = ""
SIGNED_IN = "signed in"
MACHINES = "machines"
READING = frozenset({"GET", "HEAD", "OPTIONS"})
SEEN_EVERY_S = 30
BY_ITSELF = "X-By-Itself"
"""What a page sends along when it fetches itself anew: nobody was there for that, so it keeps no session alive."""
MUST_CHANGE = frozenset({"password.change", "sign_in.leave"})
"""What somebody who must change a password may still open."""
MACHINES_UNDER: list[str] = []
"""The beginnings of the addresses that are for machines: there, what no view answers is answered to a machine too."""


class SignInNeeded(Refusal):
    code = "user.sign_in_needed"
    message = N_("Sign in first.")


class FormForeign(Refusal):
    code = "form.foreign"
    message = N_("This was not sent from a page of this session. Nothing was saved. Open the page again, then send.")


@dataclass(frozen=True)
class Visitor(UserMixin):  # type: ignore[misc]
    """Who is signed in, with every right their roles give. `stamp` changes with the password."""

    code: str
    name: str
    language: str | None
    stamp: str
    must_change_password: bool
    rights: frozenset[str]
    idle_minutes: int

    def get_id(self) -> str:
        """What the browser's session carries."""
        return f"{self.code} {self.stamp}"

    def may(self, right: str) -> bool:
        """Whether a page or button of this right is for them."""
        return right in (PUBLIC, SIGNED_IN) or right in self.rights


def init_app(app: Flask) -> None:
    """Hangs Flask-Login and the guard on `app`."""
    app.session_interface = DeskSessions()
    app.config.setdefault("WTF_CSRF_TIME_LIMIT", None)  # as long as the session
    manager = LoginManager(app)
    manager.user_loader(visitor_of)
    app.before_request(guard)


# --- what views declare ---------------------------------------------------------------------------------------


def needs(right: str, *or_rights: str) -> Callable[[View], View]:
    """Declares the right that a view needs: a word of the table in `frontoffice.rights`.

    A page that shows each reader their own part of it opens for whoever has one of several rights.
    """
    for each in (right, *or_rights):
        if each not in rights.RIGHTS:
            raise LookupError(f"{each!r} is not in the table of rights")
    return _declaring(right, or_rights)


def public(view: View) -> View:
    """Declares that a view is open to everybody, signed in or not."""
    return _declaring(PUBLIC)(view)


def signed_in(view: View) -> View:
    """Declares that a view is open to everybody who is signed in: their own password, their own sign-out, the keys."""
    return _declaring(SIGNED_IN)(view)


def machines(guard: Callable[[], None]) -> Callable[[View], View]:
    """Declares that a view is for machines: `guard` lets the request in or refuses it, and nothing else is asked.

    No session, no token of a page; cookies are neither read nor set.
    """

    def declare(view: View) -> View:
        view.guard = guard  # type: ignore[attr-defined]
        return _declaring(MACHINES)(view)

    return declare


def _declaring(right: str, or_rights: tuple[str, ...] = ()) -> Callable[[View], View]:
    def declare(view: View) -> View:
        view.right = right  # type: ignore[attr-defined]
        view.or_rights = or_rights  # type: ignore[attr-defined]
        return view

    return declare


def declared_right(view: Callable[..., Any]) -> str | None:
    """The right a view needs, `PUBLIC`, `SIGNED_IN`, `MACHINES`, or None when it declares nothing."""
    return getattr(view, "right", None)


def other_rights(view: Callable[..., Any]) -> tuple[str, ...]:
    """The rights that open a view as well as its own."""
    return getattr(view, "or_rights", ())


def machine_asks() -> bool:
    """Whether this request is for a view of machines, or for an address among theirs that no view answers."""
    if request.endpoint is None:
        return request.path.startswith(tuple(MACHINES_UNDER))
    return declared_right(current_app.view_functions[request.endpoint]) == MACHINES


class DeskSessions(SecureCookieSessionInterface):
    """The browsers' sessions. A machine's answer carries no cookie, nor does it say that it depends on one."""

    def save_session(self, app: Flask, session: SessionMixin, response: FlaskResponse) -> None:
        """Gives a browser its cookie."""
        if not machine_asks():
            super().save_session(app, session, response)


# --- who it is ------------------------------------------------------------------------------------------------


def visitor() -> Visitor:
    """Who is signed in. Refuses (`SignInNeeded`) when nobody is."""
    if not current_user.is_authenticated:
        raise SignInNeeded
    found: Visitor = current_user._get_current_object()
    return found


def operator() -> str:
    """The code of the user who is signed in. Refuses (`SignInNeeded`) when nobody is."""
    return visitor().code


def address() -> str:
    """Where the request comes from, as far as the trusted proxies tell."""
    return (request.remote_addr or "")[:45]


def visitor_of(identity: str) -> Visitor | None:
    """The visitor of a browser's session; None when they signed out of it, which a copy of its cookie does not outlive,
    when the password was changed since, or the user disabled."""
    code, _space, stamp = identity.partition(" ")
    with reading(db.session) as records:
        rows = records.execute(_VISITOR, {"code": code, "visit": session.get("visit", "")}).all()
        if rows:
            g.head = shell.head(records, code)
    if not rows or sign_in.session_stamp(rows[0][0]) != stamp:
        return None
    return visitor_for(rows[0][0], rows[0][1], frozenset(row[2] for row in rows if row[2]))


# Every page asks this: put together once.
_VISITOR = (
    sa.select(User, Property.idle_minutes, RoleRight.right)
    .select_from(User)
    .join(Property, sa.true())
    .outerjoin(UserRole, UserRole.user_id == User.id)
    .outerjoin(RoleRight, RoleRight.role_code == UserRole.role_code)
    .where(
        User.code == sa.bindparam("code"),
        User.active,
        ~sa.select(EndedVisit.token).where(EndedVisit.token == sa.bindparam("visit")).exists(),
    )
)


def visitor_for(user: User, idle_minutes: int, held: frozenset[str]) -> Visitor:
    """A user as the browser's session knows them."""
    stamp = sign_in.session_stamp(user)
    return Visitor(user.code, user.name, user.language, stamp, user.must_change_password, held, idle_minutes)


# --- the guard ------------------------------------------------------------------------------------------------


def guard() -> Response | None:
    """Runs before every view. Sends who is not signed in to sign in, and who must change a password to do so.

    Refuses a form that is not from one of our pages (`FormForeign`) and who lacks the right (`NotAllowed`).
    """
    if request.endpoint is None:
        return None  # there is no such page, which is what the answer will say
    view = current_app.view_functions[request.endpoint]
    right = declared_right(view)
    if right is None:
        raise LookupError(f"the view {request.endpoint} declares no right")
    if request.endpoint == "static":
        return None
    if right == MACHINES:
        guard_of_machines: Callable[[], None] = getattr(view, "guard")  # noqa: B009 - `machines` has put it there
        guard_of_machines()
        return None
    timed_out = _time_out()
    if current_user.is_authenticated:
        language.choose(current_user.language)
    elif right != PUBLIC:
        return _to_sign_in(timed_out)
    if request.method not in READING and not _from_our_page():
        return _sent_from_another_session()
    elsewhere = None if right == PUBLIC else _refuse_or_pass(right, other_rights(view))
    if elsewhere is None and request.method == "GET" and "held" in request.args:
        g.held = _held_fields(request.args["held"])
    return elsewhere


def _held_fields(token: str) -> list[list[str]] | None:
    """What the reader typed into this page's form before they signed in again: read before the view begins to read."""
    if not current_user.is_authenticated:
        return None
    with reading(db.session) as records:
        found = submissions.held(records, token, current_user.code)
    return found.fields if found is not None and found.path == request.path else None


def _refuse_or_pass(right: str, or_rights: tuple[str, ...]) -> Response | None:
    """Whether who is signed in may open the page."""
    if not any(current_user.may(each) for each in (right, *or_rights)):
        raise rights.NotAllowed(right=right, who=current_user.code)
    if current_user.must_change_password and request.endpoint not in MUST_CHANGE:
        return redirect("/password", 303)
    return None


def _time_out() -> str | None:
    """Ends a session in which nothing was done for too long; returns whose it was."""
    now = int(clock.now().timestamp())
    if not current_user.is_authenticated:
        return session.get("was")
    idle_s = now - session.get("seen", 0)
    if idle_s > current_user.idle_minutes * 60:
        code: str = current_user.code
        logout_user()
        session["was"] = code
        return code
    if idle_s > SEEN_EVERY_S and BY_ITSELF not in request.headers:
        session["seen"] = now
    return None


def _to_sign_in(timed_out: str | None) -> Response:
    """To the sign-in page, and from there back to this page; a form that was sent is kept for who typed it."""
    if not _wants_page():
        raise SignInNeeded
    where = {"next": _this_page()}
    if request.method not in READING:
        where = {"next": _page_with(_hold(timed_out) if timed_out and _from_our_page() else None)}
    return redirect(f"/sign-in?{urlencode(where)}", 303)


def _sent_from_another_session() -> Response:
    """A page that was open since before the sign-in: what was typed comes back with a fresh form. Else refused."""
    if current_user.is_authenticated and _wants_page() and _signed_by_us() and request.endpoint != "sign_in.leave":
        token = _hold(current_user.code)
        if token:
            flash(_("This page was open since before you signed in. Nothing was saved; look at it, then send again."))
            return redirect(_page_with(token), 303)
    raise FormForeign


def _hold(code: str) -> str | None:
    """Keeps the fields that were sent, but no passwords and no file."""
    fields = [
        (name, value)
        for name, value in request.form.items(multi=True)
        if "password" not in name and name != "csrf_token"
    ]
    with unit_of_work(db.session) as records:
        return submissions.hold(records, code, request.path, fields)


def _page_with(token: str | None) -> str:
    """Where the form that was sent stands, with what its address asked for and the token of what was typed.

    A button without a page of its own leads back to the page it stood on.
    """
    if request.url_rule is None or "GET" not in (request.url_rule.methods or ()):
        before = urlsplit(request.referrer or "")
        inside = before.netloc == request.host
        return f"{before.path}?{before.query}".removesuffix("?") if inside else "/"
    asked = [(name, value) for name, value in request.args.items(multi=True) if name != "held"]
    kept = [("held", token)] if token else []
    return f"{request.path}?{urlencode(asked + kept)}".removesuffix("?")


def _this_page() -> str:
    return request.full_path.removesuffix("?")


def _wants_page() -> bool:
    return request.accept_mimetypes.quality("text/html") > request.accept_mimetypes.quality("application/problem+json")


def _from_our_page() -> bool:
    """Whether what was sent carries the token of this browser's session."""
    if "from_our_page" not in g:
        try:
            validate_csrf(_token())
            g.from_our_page = True
        except ValidationError:
            g.from_our_page = False
    return bool(g.from_our_page)


def _signed_by_us() -> bool:
    """Whether it carries a token of another session of ours: nobody else can make one."""
    try:
        URLSafeTimedSerializer(current_app.secret_key or "", salt="wtf-csrf-token").loads(_token() or "")
    except BadData:
        return False
    return True


def _token() -> str | None:
    return request.form.get("csrf_token") or request.headers.get("X-CSRFToken")
