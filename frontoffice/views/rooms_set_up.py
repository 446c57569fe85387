"""Room types and rooms as they are set up: entered, many at once, renamed, closed. Their daily status is elsewhere."""

from __future__ import annotations

from flask import request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from folios.db import reading
from frontoffice import rooms
from frontoffice.app import db
from frontoffice.forms.rooms_set_up import CloseRoomForm, NewRoomsForm, RoomForm, RoomTypeForm, RoomTypeNameForm
from frontoffice.language import gettext as _
from frontoffice.room_numbers import read_numbers
from frontoffice.submissions import Done
from frontoffice.views.access import needs, operator
from frontoffice.views.pages import page
from frontoffice.views.sending import answer, held_fields

HERE = "/set-up/rooms"


@needs("room.set_up")
def overview() -> str:
    """All room types and rooms, those that were closed last."""
    with reading(db.session) as session:
        return page("frontoffice/set_up/rooms.html", types=rooms.room_types(session), rooms=rooms.all_rooms(session))


@needs("room.set_up")
def add_type() -> Response:
    """Enters a room type."""
    form = RoomTypeForm(held=held_fields())

    def work(session: Session, _authority: str | None) -> Done:
        entered = rooms.add_room_type(session, code=form["code"].data, name=form["name"].data, operator=operator())
        more = f"{HERE}/new?room_type={entered.id}"
        return Done(more, _("Room type {code} was entered. Enter its rooms.", code=entered.code))

    return answer(form, lambda: page("frontoffice/form.html", form=form, cancel=HERE), work)


@needs("room.set_up")
def edit_type(room_type_id: int) -> Response:
    """Renames a room type."""
    with reading(db.session) as session:
        found = rooms.get_room_type(session, room_type_id)
        form = RoomTypeNameForm(held=held_fields(), obj=found)
        title = _("Room type {code}", code=found.code)

    def work(session: Session, _authority: str | None) -> Done:
        saved = rooms.amend_room_type(session, room_type_id, form.seen_version, form["name"].data, operator())
        return Done(HERE, _("Room type {code} was saved.", code=saved.code))

    return answer(form, lambda: page("frontoffice/form.html", form=form, title=title, cancel=HERE), work)


@needs("room.set_up")
def add_rooms() -> Response:
    """Enters rooms of a type, one or many."""
    form = NewRoomsForm(held=held_fields(), room_type=request.args.get("room_type"))
    with reading(db.session) as session:
        form.room_type.offer([(each.id, f"{each.code} · {each.name}") for each, _rooms in rooms.room_types(session)])

    def work(session: Session, _authority: str | None) -> Done:
        wanted = [
            rooms.NewRoom(each, int(form["room_type"].data), form["floor"].data)
            for each in read_numbers(form["numbers"].data)
        ]
        entered = rooms.add_rooms(session, wanted, operator())
        if len(entered) == 1:
            return Done(HERE, _("Room {room} was entered.", room=entered[0].number))
        first, last = entered[0].number, entered[-1].number
        return Done(
            HERE, _("{count} rooms were entered, {first} to {last}.", count=len(entered), first=first, last=last)
        )

    return answer(form, lambda: page("frontoffice/form.html", form=form, cancel=HERE), work)


@needs("room.set_up")
def edit_room(room_id: int) -> Response:
    """Changes a room's number or floor."""
    with reading(db.session) as session:
        found = rooms.get_room(session, room_id)
        form = RoomForm(held=held_fields(), obj=found)
        title = _("Room {room}", room=found.number)

    def work(session: Session, _authority: str | None) -> Done:
        changes = {"number": form["number"].data, "floor": form["floor"].data}
        saved = rooms.amend_room(session, room_id, form.seen_version, changes, operator())
        return Done(HERE, _("Room {room} was saved.", room=saved.number))

    return answer(form, lambda: page("frontoffice/form.html", form=form, title=title, cancel=HERE), work)


@needs("room.set_up")
def close_room(room_id: int) -> Response:
    """Takes a room out of the house."""
    form = CloseRoomForm(held=held_fields())
    with reading(db.session) as session:
        title = _("Close room {room}", room=rooms.get_room(session, room_id).number)

    def work(session: Session, _authority: str | None) -> Done:
        closed = rooms.close_room(session, room_id, operator())
        return Done(HERE, _("Room {room} no longer belongs to the house.", room=closed.number))

    lead = _("It leaves the house today and for good; what happened in it stays on record.")
    return answer(
        form, lambda: page("frontoffice/form.html", form=form, title=title, lead=lead, cancel=HERE, danger=True), work
    )
