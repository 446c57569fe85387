"""Everything that is set up, on one page, with what is still missing; and the hotel's own facts and house limits."""

from __future__ import annotations

from flask import current_app, request
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from folios.db import reading
from frontoffice import property as hotel
from frontoffice import readiness, windows
from frontoffice.app import db
from frontoffice.forms.set_up import LimitsForm, PropertyForm
from frontoffice.language import gettext as _
from frontoffice.rights import SET_UP
from frontoffice.submissions import Done
from frontoffice.views.access import needs, operator
from frontoffice.views.pages import may, page
from frontoffice.views.sending import answer, held_fields


@needs(*SET_UP)
def overview() -> str:
    """What is set up, with counts, in the order of work."""
    with reading(db.session) as session:
        items = [each for each in readiness.standing(session) if may(each.item.right) and _is_served(each.item.address)]
        return page("frontoffice/set_up/overview.html", items=items)


@needs("property.set_up")
def edit_property() -> Response:
    """Edits the hotel's facts; who was faster is shown field by field."""
    with reading(db.session) as session:
        form = PropertyForm(held=held_fields(), obj=hotel.get_property(session))

    def work(session: Session, _authority: str | None) -> Done:
        hotel.amend_property(
            session,
            form.seen_version,
            name=form["name"].data,
            time_zone=form["time_zone"].data,
            country=form["country"].data,
            idle_minutes=form["idle_minutes"].data,
            operator=operator(),
        )
        return Done("/set-up", _("The hotel was saved."))

    return answer(form, lambda: page("frontoffice/form.html", form=form, cancel="/set-up"), work)


@needs("property.set_up")
def set_limits() -> Response:
    """Sets how much guests may owe, by how they will pay; who was faster is shown field by field."""
    with reading(db.session) as session:
        standing, version = windows.house_limits(session), windows.limits_version(session)
    form = LimitsForm(held=held_fields(), version=version, **standing)

    def work(session: Session, _authority: str | None) -> Done:
        windows.set_limits(session, form.seen_version, form.limits(), operator())
        return Done("/set-up", _("The house limits were saved."))

    shown = {"form": form, "lead": _("For windows that are opened from now on. Open folios keep their limit.")}
    return answer(form, lambda: page("frontoffice/form.html", cancel="/set-up", **shown), work)


def _is_served(address: str) -> bool:
    """Whether some part of the house answers there."""
    try:
        current_app.create_url_adapter(request).match(address, method="GET")  # type: ignore[union-attr]
    except HTTPException:
        return False
    return True
