"""The profiles of guests: found by name, entered, edited, with their stays."""

from __future__ import annotations

import sqlalchemy as sa
from flask import request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from folios.db import reading
from frontoffice import guests, invoices, notes, windows
from frontoffice.app import db
from frontoffice.forms.guests import GuestForm
from frontoffice.language import gettext as _
from frontoffice.models.guests import Guest
from frontoffice.models.rooms import Room
from frontoffice.models.stays import Stay
from frontoffice.submissions import Done
from frontoffice.views.access import needs, operator, visitor
from frontoffice.views.pages import page
from frontoffice.views.sending import answer, held_fields


@needs("guest.read")
def find() -> str:
    """Guests whose name begins with what was typed."""
    text = request.args.get("name", "")
    with reading(db.session) as session:
        found = guests.find_guests(session, text)
        return page("frontoffice/guests/list.html", text=text, guests=found)


@needs("guest.edit")
def add() -> Response:
    """Enters a guest."""
    form = GuestForm(held=held_fields(), surname=request.args.get("name"))

    def work(session: Session, _authority: str | None) -> Done:
        guest = guests.add_guest(session, operator(), **form.fields())
        return Done(f"/guests/{guest.id}", _("{name} was entered.", name=guest.name))

    return answer(form, lambda: page("frontoffice/form.html", form=form, title=_("New guest"), cancel="/guests"), work)


@needs("guest.read")
def show(guest_id: int) -> str:
    """A guest's profile with all their stays, folios and invoices."""
    with reading(db.session) as session:
        guest = guests.get_guest(session, guest_id)
        return page(
            "frontoffice/guests/show.html",
            guest=guest,
            stays=_stays(session, guest_id),
            folios=windows.folios_of_guest(session, guest_id) if visitor().may("folio.read") else None,
            invoices=invoices.invoices_of_guest(session, guest_id),
            notes=notes.notes_of(session, "guest", [guest_id])[guest_id],
        )


@needs("guest.edit")
def edit(guest_id: int) -> Response:
    """Edits a profile; who was faster is shown field by field."""
    with reading(db.session) as session:
        guest = guests.get_guest(session, guest_id)
    form = GuestForm(held=held_fields(), obj=guest, title_of=guest.title)

    def work(session: Session, _authority: str | None) -> Done:
        saved = guests.amend_guest(session, guest_id, form.seen_version, form.fields(), operator())
        return Done(f"/guests/{guest_id}", _("{name} was saved.", name=saved.name))

    shown = {"form": form, "title": guest.name, "cancel": f"/guests/{guest_id}"}
    return answer(form, lambda: page("frontoffice/form.html", **shown), work)


def _stays(session: Session, guest_id: int) -> list[sa.Row[tuple[Stay, str | None, Guest]]]:
    """The guest's stays, and those whose room they share, with the room's number and whose it is; the latest first."""
    wanted = (
        sa.select(Stay, Room.number, Guest)
        .join(Guest, Guest.id == Stay.guest_id)
        .outerjoin(Room, Room.id == Stay.room_id)
        .where(guests.lives_in(guest_id))
    )
    return list(session.execute(wanted.order_by(Stay.arrival.desc(), Stay.id.desc()).limit(200)))
