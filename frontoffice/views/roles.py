"""Roles: the one table of which role has which right, roles added, renamed and removed."""

from __future__ import annotations

from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from folios.db import reading
from frontoffice import roles
from frontoffice.app import db
from frontoffice.forms.roles import NewRoleForm, RemoveRoleForm, RenameRoleForm, RightsForm
from frontoffice.language import gettext as _
from frontoffice.rights import RIGHTS
from frontoffice.submissions import Done
from frontoffice.views.access import needs, operator
from frontoffice.views.pages import page
from frontoffice.views.sending import answer, held_fields

HERE = "/roles"


@needs("user.administer")
def overview() -> Response:
    """The table of rights by role; sent, it gives and takes what was changed in it."""
    held = held_fields()
    form = RightsForm(held=held)
    with reading(db.session) as session:
        listed = roles.all_roles(session)
    form.stand(listed, held)

    def work(session: Session, _authority: str | None) -> Done:
        changed = roles.change_rights(session, form.wanted(), form.seen_rights(), operator())
        if not changed:
            return Done(HERE, _("Nothing was changed."))
        return Done(HERE, _("Changed: {roles}. It counts from the next click on.", roles=", ".join(changed)))

    shown = {"form": form, "roles": listed, "rights": RIGHTS}
    return answer(form, lambda: page("frontoffice/roles/table.html", **shown), work)


@needs("user.administer")
def add() -> Response:
    """Adds a role."""
    form = NewRoleForm(held=held_fields())
    with reading(db.session) as session:
        form.like.offer([(role.code, role.name) for role in roles.all_roles(session)])

    def work(session: Session, _authority: str | None) -> Done:
        given = {"code": form["code"].data, "name": form["name"].data, "like": form["like"].data}
        added = roles.add_role(session, **given, operator=operator())
        return Done(HERE, _("Role {role} was added.", role=added.name))

    return answer(form, lambda: page("frontoffice/form.html", form=form, cancel=HERE), work)


@needs("user.administer")
def rename(code: str) -> Response:
    """Gives a role another name; its code stays."""
    with reading(db.session) as session:
        standing = roles.get_role(session, code).name
    form = RenameRoleForm(held=held_fields(), seen=standing, name=standing)

    def work(session: Session, _authority: str | None) -> Done:
        role = roles.rename_role(session, code, str(form.seen.data), str(form["name"].data), operator())
        return Done(HERE, _("The role is called {name} now.", name=role.name))

    def shown() -> str:
        if form.refused:
            with reading(db.session) as session:
                form.show_standing(roles.get_role(session, code).name)
        title = _("Rename role {role}", role=standing)
        return page("frontoffice/form.html", form=form, title=title, cancel=HERE)

    return answer(form, shown, work)


@needs("user.administer")
def remove(code: str) -> Response:
    """Removes a role that nobody has."""
    form = RemoveRoleForm(held=held_fields())

    def work(session: Session, _authority: str | None) -> Done:
        roles.remove_role(session, code, operator())
        return Done(HERE, _("Role {role} was removed.", role=code))

    def shown() -> str:
        with reading(db.session) as session:
            title = _("Remove role {role}", role=roles.get_role(session, code).name)
        return page("frontoffice/form.html", form=form, title=title, cancel=HERE, danger=True)

    return answer(form, shown, work)
