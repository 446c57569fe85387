"""The forms of room types and rooms."""

from __future__ import annotations

from typing import ClassVar

from folios.errors import N_
from frontoffice.forms.base import Choice, EditForm, Form, Text


class RoomTypeForm(Form):
    """A new kind of room that is sold."""

    title = N_("New room type")
    PLACES: ClassVar = {"room_type.code_taken": "code"}

    code = Text(N_("Code"), needed=True, most=16, hint=N_("Short, such as DBL. It stays as it is."))
    name = Text(N_("Name"), needed=True, most=100, hint=N_("As a guest is told it, such as Double room."))


class RoomTypeNameForm(EditForm):
    """The name of a room type; its code stays."""

    title = N_("Room type")
    name = Text(N_("Name"), needed=True, most=100)


class NewRoomsForm(Form):
    """One room or a whole row of them, all of one type and floor."""

    title = N_("New rooms")
    PLACES: ClassVar = {"room.number_taken": "numbers", "room_type.unknown": "room_type", "number": "numbers"}

    room_type = Choice(N_("Room type"), needed=True)
    numbers = Text(N_("Numbers"), needed=True, most=500, hint=N_("One, several, or rows: 101-120, 201-204, 301."))
    floor = Text(N_("Floor"), most=16)


class RoomForm(EditForm):
    """A room's number and floor; its type stays, since stays were sold by it."""

    title = N_("Room")
    PLACES: ClassVar = {"room.number_taken": "number"}

    number = Text(N_("Number"), needed=True, most=8)
    floor = Text(N_("Floor"), most=16)


class CloseRoomForm(Form):
    """A room that leaves the house for good."""

    title = N_("Close a room")
    submit = N_("Close the room")
