"""A hotel in which all that has a name is named by a piece of HTML, for the test that no page takes it for that."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.models import Posting
from frontoffice import codes, companies, groups, guests, rates, rooms, stationery
from frontoffice.models.invoices import Invoice
from frontoffice.models.property import Property
from frontoffice.models.rooms import Room, RoomType
from tests.frontoffice.desk_client import Client
from tests.frontoffice.house import CLERK, House, day, minor

OPENING = '"><i>'


def mark(word: str) -> str:
    """A word that closes an attribute and opens an element, where it is not escaped."""
    return f"{OPENING}{word}"


@dataclass(frozen=True, slots=True)
class Marked:
    """The hotel: `pages` says which words stand on which page, `ids` what is named how in addresses."""

    ids: dict[str, Any]
    pages: dict[str, tuple[str, ...]]
    folio: int
    print: str

    def addresses(self, address: str) -> list[str]:
        """A route's addresses here; none where something of the kind does not exist."""
        if "<any" in address:
            return [f"/front-desk/{name}" for name in ("arrivals", "in_house", "departures")]
        if "<" not in address:
            return [address]
        start = next((start for start in self.ids if address.startswith(start)), None)
        return [] if start is None else [re.sub(r"<[^>]+>", str(self.ids[start]), address)]


def marked_hotel(house: House, client: Client) -> Marked:
    """Marks in every text; what happens at the desk is typed into its forms."""
    ids = house.do(_name_everything)
    house.look_around()
    (room,), (room_type,) = house.rows(Room, number=mark("r")), house.rows(RoomType, code=mark("type"))
    facts = {"guest_id": ids["/guests"], "company_id": ids["/companies"], "room_type_id": room_type.id}
    facts |= {"rate_code": mark("rate"), "agent": mark("agent"), "remark": mark("remark")}
    stay = house.arrive(room=mark("r"), **facts)
    coming = house.book(0, 2, **facts)
    house.do(groups.add_members, ids["/groups"], [stay, coming], CLERK)
    folio = house.window(stay)
    _at_the_desk(client, house, stay, folio)
    (invoice,) = house.rows(Invoice)
    printed = client.submit(f"/invoices/{invoice.id}/print").headers["Location"]
    ids |= {"/folios": folio, "/stays": stay, "/reservations": coming, "/invoices": invoice.id, "/rooms": room.id}
    ids |= {"/set-up/rooms": room.id, "/set-up/room-types": room_type.id, "/notes": 1, "/disputes": 1}
    return Marked(ids, _pages(ids), folio, printed)


def _name_everything(session: Session) -> dict[str, Any]:
    session.execute(sa.update(Property).values(name=mark("hotel")))
    names = {"company_name": mark("paper"), "footer": mark("foot"), "bank": mark("bank")}
    stationery.amend(session, 1, names, CLERK)
    room_type = rooms.add_room_type(session, code=mark("type"), name=mark("typename"), operator=CLERK)
    doors = [rooms.NewRoom(number, room_type.id, mark("floor")) for number in (mark("r"), mark("s"))]
    rooms.add_rooms(session, doors, CLERK)
    rates.add_rate(session, code=mark("rate"), name=mark("ratename"), operator=CLERK)
    prices = {room_type.id: minor("100.00")}
    rates.set_prices(session, mark("rate"), prices, from_date=day(-1), to_date=day(30), operator=CLERK)
    codes.add_code(
        session, sort="charge", code=mark("code"), name=mark("codename"), department=mark("dept"), operator=CLERK
    )
    codes.add_code(session, sort="charge", code="=CODE", name="=1+1", department="=1", operator=CLERK)
    firm = companies.add_company(session, CLERK, code=mark("FIRM"), name=mark("firm"), city=mark("city"))
    names = {"surname": mark("guest"), "first_names": mark("first"), "title": mark("ti"), "remark": mark("about")}
    guest = guests.add_guest(session, CLERK, **names, city=mark("town"), id_document=mark("document"))
    group = groups.add_group(session, code=mark("TOUR"), name=mark("group"), operator=CLERK, remark=mark("of group"))
    return {"/guests": guest.id, "/companies": firm.id, "/groups": group.id}


def _at_the_desk(client: Client, house: House, stay: int, folio: int) -> None:
    texts = {name: mark(name) for name in ("text", "reference", "article", "remark")}
    client.done(f"/folios/{folio}/charge", code=mark("code"), price="40", check_number=mark("check"), **texts)
    client.done(f"/folios/{folio}/charge", code=mark("code"), price="5", text=mark("second"))
    lines = [each.id for each in house.rows(Posting, debit_folio_id=folio)]
    client.done(f"/folios/{folio}/correct?line={lines[-1]}", reason=mark("reason"), amount="1")
    client.done(f"/folios/{folio}/dispute?line={lines[-1]}", reason=mark("contested"))
    client.done(f"/stays/{stay}/window", name=mark("window"))
    client.done(f"/notes/new?subject=stay&id={stay}", text=mark("note"), department=mark("desk"), due_on=str(day(0)))
    client.done(f"/folios/{folio}/pay", code="CASH", amount="10", reference=mark("slip"), remark=mark("paid"))
    client.done(f"/folios/{folio}/invoice", name=mark("firm"), city=mark("city"))
    outage = {"reason": mark("tap"), "from_date": str(day(0)), "to_date": str(day(2))}
    client.done(f"/rooms/{house.rooms['102']}/out", kind="out_of_order", **outage)


def _pages(ids: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    guest, firm, group, folio, stay = (ids[each] for each in ("/guests", "/companies", "/groups", "/folios", "/stays"))
    return {
        "/": ("guest", "r", "hotel"),
        "/rooms": ("guest", "r", "tap"),
        "/calendar": ("guest", "r"),
        f"/stays/{stay}": ("guest", "firm", "remark", "agent", "rate", "note", "window", "r"),
        f"/stays/{stay}/card": ("guest", "document"),
        f"/stays/{stay}/check-out": ("guest", "contested"),
        f"/folios/{folio}": ("guest", "text", "reference", "second", "slip", "contested"),
        f"/folios/{folio}/charge": ("codename",),
        f"/folios/{folio}/bill": ("guest", "text", "paper", "foot"),
        f"/invoices/{ids['/invoices']}": ("firm", "text", "foot"),
        f"/guests/{guest}": ("guest", "about", "town"),
        f"/companies/{firm}": ("firm", "city"),
        f"/groups/{group}": ("group", "of group", "guest"),
        "/traces": ("note", "desk"),
        "/trail": ("contested", "window", "firm"),
        "/search?q=%22%3E%3Ci%3E*": ("guest",),
        "/reservations": ("guest",),
        "/groups": ("group",),
        "/companies": ("firm",),
        "/set-up/codes": ("codename", "dept"),
        "/set-up/rates": ("ratename",),
        "/set-up/rooms": ("r", "typename"),
        "/set-up/stationery": ("paper", "foot"),
    }
