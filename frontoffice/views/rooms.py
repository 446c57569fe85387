"""The room rack and housekeeping: what state each room is in, reports of it, and rooms that are out."""

from __future__ import annotations

from datetime import date, timedelta

from flask import request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from folios.business_day import open_date
from folios.db import reading
from folios.errors import N_, Refusal
from frontoffice import rooming, rooms
from frontoffice.app import db
from frontoffice.forms.base import Form
from frontoffice.forms.reservations import is_near
from frontoffice.forms.rooms import CONDITION_WORDS, OCCUPANCY_WORDS, OUTAGE_WORDS, ConditionForm, OutageForm
from frontoffice.language import gettext as _
from frontoffice.submissions import Done
from frontoffice.views.access import needs, operator
from frontoffice.views.pages import page
from frontoffice.views.sending import answer, held_fields


class NoRoomChosen(Refusal):
    code = "room.none_chosen"
    message = N_("Tick at least one room.")


WORDS = CONDITION_WORDS | OCCUPANCY_WORDS | OUTAGE_WORDS


@needs("stay.read")
def rack() -> str:
    """All rooms by floor, with who is in them and what state they are in."""
    return _rack(ConditionForm())


@needs("room.status")
def report() -> Response:
    """Takes the housekeeper's report for the rooms that were ticked."""
    form = ConditionForm(held=held_fields())

    def work(session: Session, _authority: str | None) -> Done:
        chosen = form.rooms()
        if not chosen:
            raise NoRoomChosen
        rooms.set_condition(session, chosen, form.condition(), operator())
        words = _(CONDITION_WORDS[form.condition()])
        return Done("/rooms", _("{count} rooms are {condition} now.", count=len(chosen), condition=words))

    return answer(form, lambda: _rack(form), work)


@needs("room.status")
def take_out(room_id: int) -> Response:
    """Takes a room out of order, or out of service, for a while."""
    with reading(db.session) as session:
        room, today = rooms.get_room(session, room_id), open_date(session)
    form = OutageForm(held=held_fields(), from_date=today, to_date=today + timedelta(days=1), kind="out_of_order")
    form.kind.offer([(kind, _(words)) for kind, words in OUTAGE_WORDS.items()])

    def work(session: Session, _authority: str | None) -> Done:
        facts = {name: form[name].data for name in ("kind", "from_date", "to_date", "reason")}
        rooms.put_out(session, room_id, **facts, operator=operator())
        return Done("/rooms", _("Room {room} is out.", room=room.number))

    title = _("Take room {room} out", room=room.number)
    return answer(form, lambda: page("frontoffice/form.html", form=form, title=title, cancel="/rooms"), work)


@needs("room.status")
def put_back(outage_id: int) -> Response:
    """Ends an outage today."""
    form = Form(held=held_fields())

    def shown() -> str:
        with reading(db.session) as session:
            rooms.get_outage(session, outage_id)
        title, lead = _("Put the room back"), _("It can be used from today on.")
        return page("frontoffice/form.html", form=form, title=title, lead=lead, cancel="/rooms")

    def work(session: Session, _authority: str | None) -> Done:
        rooms.put_back(session, outage_id, operator())
        return Done("/rooms", _("The room can be used again."))

    return answer(form, shown, work)


def _rack(form: Form) -> str:
    with reading(db.session) as session:
        found = rooming.rack(session, _day(request.args.get("day")))
    return page("frontoffice/rooms/rack.html", rack=found, form=form, words=WORDS, conditions=CONDITION_WORDS)


def _day(text: str | None) -> date | None:
    """The day that was asked for; None for today, for what is no day, and for one that is too far away."""
    try:
        asked = date.fromisoformat(text or "")
    except ValueError:
        return None
    return asked if is_near(asked) else None
