"""The first page of the desk: arrivals, in house and departures of the business date, with the next action of each."""

from __future__ import annotations

from flask import request

from folios.db import reading
from frontoffice import desk
from frontoffice.app import db
from frontoffice.views.access import needs
from frontoffice.views.pages import page

# Where the next action of a row is done; its label is a verb of `lifecycle.VERB_WORDS`.
ADDRESSES = {
    "check_in": "/stays/{}/check-in",
    "assign_room": "/reservations/{}/room",
    "check_out": "/stays/{}/check-out",
}
MOST = 30  # rows of a list


@needs("stay.read")
def show() -> str:
    """The three lists with their counts, all of them or those that match what is looked for."""
    text = request.args.get("find", "")[:100]
    with reading(db.session) as session:
        lists = desk.front_desk(session, text=text, most=MOST)
    return page("frontoffice/front_desk/lists.html", desk=lists, text=text, addresses=ADDRESSES)


@needs("stay.read")
def more(name: str) -> str:
    """One of the lists alone, page by page: for a house with more guests than fit on the first page."""
    text = request.args.get("find", "")[:100]
    first = request.args.get("first", 0, type=int)
    with reading(db.session) as session:
        found = desk.desk_list(session, name, text=text, first=min(max(first, 0), 10**6), most=MOST)
    shown = {"name": name, "list": found, "text": text, "addresses": ADDRESSES, "most": MOST}
    return page("frontoffice/front_desk/one_list.html", **shown)
