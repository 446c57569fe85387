"""The room rack and housekeeping: what state each room is in, reports of it, and rooms that are out."""

from __future__ import annotations

from datetime import date, timedelta
from urllib.parse import urlencode

from flask import request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from folios.business_day import open_date
from folios.db import reading
from folios.errors import N_, Refusal
from folios.texts import read_number, search_text
from frontoffice import rooming, rooms
from frontoffice.app import db
from frontoffice.forms.base import Form
from frontoffice.forms.reservations import is_near
from frontoffice.forms.rooms import (
    CONDITION_WORDS,
    DISCREPANCY_WORDS,
    OCCUPANCY_WORDS,
    OUTAGE_WORDS,
    OutageForm,
    ReportForm,
)
from frontoffice.language import gettext as _
from frontoffice.submissions import Done
from frontoffice.views.access import needs, operator
from frontoffice.views.pages import page
from frontoffice.views.sending import answer, held_fields


class NoRoomChosen(Refusal):
    code = "room.none_chosen"
    message = N_("Tick at least one room.")


ROOMS_SHOWN = 60  # a page of the rack
MOST_FIRST = 10**6
ALL = "*"  # for the floor: a room may have none
WORDS = CONDITION_WORDS | OCCUPANCY_WORDS | OUTAGE_WORDS | DISCREPANCY_WORDS
FILTERS = ("day", "floor", "differing", "first")


@needs("stay.read")
def rack() -> str:
    """The rooms by floor, page by page, with who is in them and what state they are in."""
    return _rack(ReportForm())


@needs("room.status")
def report() -> Response:
    """Takes the housekeeper's report for the rooms that were ticked: how clean they are, or how they were found."""
    form = ReportForm(held=held_fields())

    def work(session: Session, _authority: str | None) -> Done:
        chosen, said = form.rooms(), form.said()
        if not chosen:
            raise NoRoomChosen
        if said in OCCUPANCY_WORDS:
            rooms.set_found(session, chosen, said, operator())
            words = _(OCCUPANCY_WORDS[said])
            return Done(_here(), _("{count} rooms were found {found}.", count=len(chosen), found=words))
        rooms.set_condition(session, chosen, said, operator())
        words = _(CONDITION_WORDS[said])
        return Done(_here(), _("{count} rooms are {condition} now.", count=len(chosen), condition=words))

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
    ticked = {number for text in request.values.getlist("room") if (number := read_number(text)) is not None}
    floor, asked = request.args.get("floor"), search_text(request.args.get("find"), 16)
    differing = bool(request.args.get("differing"))
    with reading(db.session) as session:
        found = rooming.rack(
            session,
            _day(request.args.get("day")),
            floor=None if floor is None or floor == ALL else search_text(floor, 16),
            only_differing=differing,
            first=min(max(request.args.get("first", 0, type=int), 0), MOST_FIRST),
            most=ROOMS_SHOWN,
            meant=asked or read_number(request.args.get("id", "")),
        )
        shown = {room.room_id for each in found.floors for room in each.rooms}
        elsewhere = rooms.numbers_of(session, ticked - shown)
    words = {"words": WORDS, "conditions": CONDITION_WORDS, "most": ROOMS_SHOWN, "here": _here, "all": ALL}
    facts = {"rack": found, "form": form, "floor": floor, "asked": asked, "ticked": ticked, "elsewhere": elsewhere}
    return page("frontoffice/rooms/rack.html", differing=differing, **facts, **words)


def _here(path: str = "/rooms", **changes: object) -> str:
    """The rack as it is narrowed now, with `changes`; what is nothing is left out."""
    kept: dict[str, object] = {name: request.args.get(name) for name in FILTERS}
    query = urlencode([(name, str(value)) for name, value in (kept | changes).items() if value not in (None, "", 0)])
    return f"{path}?{query}" if query else path


def _day(text: str | None) -> date | None:
    """The day that was asked for; None for today, for what is no day, and for one that is too far away."""
    try:
        asked = date.fromisoformat(text or "")
    except ValueError:
        return None
    return asked if is_near(asked) else None
