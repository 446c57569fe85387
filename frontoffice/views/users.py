"""Users: listed, added, amended with their roles, given a fresh password, let in and no longer."""

from __future__ import annotations

from collections.abc import Callable

from flask import make_response
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from folios.db import reading
from frontoffice import roles, users
from frontoffice.app import db
from frontoffice.forms.base import Form
from frontoffice.forms.users import NewUserForm, ResetForm, SwitchForm, UserForm, with_roles
from frontoffice.language import gettext as _
from frontoffice.submissions import Done
from frontoffice.users import NewUser
from frontoffice.views.access import needs, operator
from frontoffice.views.pages import page
from frontoffice.views.sending import answer, held_fields

HERE = "/users"


@needs("user.administer")
def overview() -> str:
    """All users with their roles, those who may sign in first."""
    with reading(db.session) as session:
        return page("frontoffice/users/list.html", users=users.all_users(session))


@needs("user.administer")
def add() -> Response:
    """Adds a user with roles and a password that is shown once."""
    with reading(db.session) as session:
        form = with_roles(NewUserForm, roles.all_roles(session), (), held=held_fields())

    def work(session: Session) -> tuple[Done, str]:
        password = users.readable_password()
        new = NewUser(
            form["code"].data, form["name"].data, password, form.roles(), form["language"].data, temporary=True
        )
        added = users.add_user(session, new, operator())
        return Done(f"{HERE}/{added.code}", _("User {user} was added.", user=added.code)), password

    return _with_password(form, lambda: page("frontoffice/form.html", form=form, cancel=HERE), work)


@needs("user.administer")
def show(code: str) -> str:
    """A user and what can be done about them."""
    with reading(db.session) as session:
        found = users.find_user(session, users.known_code(code))
        held = users.roles_of(session, found.code)
        names = [role.name for role in roles.all_roles(session) if role.code in held]
        return page("frontoffice/users/show.html", user=found, roles=names)


@needs("user.administer")
def edit(code: str) -> Response:
    """Changes a user's name, language and roles."""
    with reading(db.session) as session:
        found = users.find_user(session, users.known_code(code))
        held = users.roles_of(session, code)
        form = with_roles(UserForm, roles.all_roles(session), held, held=held_fields(), obj=found)

    def work(session: Session, _authority: str | None) -> Done:
        name, spoken = form["name"].data, form["language"].data
        users.amend_user(session, code, form.seen_version, name=name, language=spoken, operator=operator())
        users.change_roles(session, code, form.roles(), form.roles_seen(), operator())
        return Done(f"{HERE}/{code}", _("User {user} was saved.", user=code))

    shown = {"form": form, "title": _("User {user}", user=code), "cancel": f"{HERE}/{code}"}
    return answer(form, lambda: page("frontoffice/form.html", **shown), work)


@needs("user.administer")
def reset_password(code: str) -> Response:
    """Gives a user a fresh password, shown once."""
    form = ResetForm(held=held_fields())
    with reading(db.session) as session:
        found = users.find_user(session, users.known_code(code))
        title = _("Reset the password of {user}", user=found.name)

    def work(session: Session) -> tuple[Done, str]:
        password = users.reset_password(session, code, operator())
        return Done(f"{HERE}/{code}", _("The password of {user} was reset.", user=code)), password

    lead = _("They get a password that is shown once, and choose their own when they sign in. Their sessions end now.")
    shown = {"form": form, "title": title, "lead": lead, "cancel": f"{HERE}/{code}", "danger": True}
    return _with_password(form, lambda: page("frontoffice/form.html", **shown), work)


@needs("user.administer")
def enable(code: str) -> Response:
    """Lets a user sign in again."""
    return _switch(
        code, users.enable_user, _("Let {user} sign in again", user=code), _("{user} may sign in.", user=code)
    )


@needs("user.administer")
def disable(code: str) -> Response:
    """Keeps a user from signing in."""
    told = _("{user} can no longer sign in.", user=code)
    return _switch(code, users.disable_user, _("Keep {user} from signing in", user=code), told)


def _switch(code: str, verb: Callable[[Session, str, str], None], title: str, told: str) -> Response:
    form = SwitchForm(held=held_fields())
    with reading(db.session) as session:
        users.find_user(session, users.known_code(code))

    def work(session: Session, _authority: str | None) -> Done:
        verb(session, code, operator())
        return Done(f"{HERE}/{code}", told)

    shown = {"form": form, "title": title, "cancel": f"{HERE}/{code}"}
    return answer(form, lambda: page("frontoffice/form.html", **shown), work)


def _with_password(form: Form, shown: Callable[[], str], work: Callable[[Session], tuple[Done, str]]) -> Response:
    """Does the work and shows the password it made on the answer itself: it is kept nowhere, nor in the session.

    Who sends the form again learns that it was done, but not the password; it can be reset again.
    """
    made: dict[str, str] = {}

    def once(session: Session, _authority: str | None) -> Done:
        done, made["password"] = work(session)
        made["location"] = done.location
        return done

    response = answer(form, shown, once)
    return make_response(page("frontoffice/users/password.html", **made)) if response.location and made else response
