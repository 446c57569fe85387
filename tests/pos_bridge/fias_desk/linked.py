"""The little hotel with outlets, and a link over which records come; rooms as in the published samples."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from folios.codes import mark_anew
from frontoffice import guests, rooms
from frontoffice.models.charging import StaySharer
from frontoffice.models.rooms import Room
from pos_bridge import links
from pos_bridge.fias.link import Alive, Data, Link, Send
from pos_bridge.fias.records import Record, parse, write
from pos_bridge.fias_links.seam import LinkFacts
from pos_bridge.link_hotel import link_hotel
from pos_bridge.models.outlets import Article, OutletCode
from tests.frontoffice.house import CLERK
from tests.pos_bridge.tills import Tills

SAMPLE_ROOMS = ("2781", "1421", "217", "352", "9327", "0305")
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
GUESTS = "RNG#GNGFGTGLGVGAGDGSG+NPROSF"
ASKED = {
    "GI": GUESTS,
    "GO": "RNG#GSSF",
    "GC": "RNGSG#GNGLGVGAGDRO",
    "NS": "DATI",
    "NE": "DATI",
    "PA": "SOWSIDRNG#GNASCTC#DATIP#",
    "PL": "SOWSIDRNG#GNGFGTGLGAGDG+BACLNPPMC#DATIP#",
    "XI": "RNG#BDBIF#FDDATI",
    "XB": "RNG#BAASDATI",
    "XC": "RNG#ASCT",
    "XL": "RNG#MIMT",
    "XT": "RNG#MIMTASDATI",
    "XD": "RNG#MIAS",
    "RE": "RNMLDNAS",
    "WR": "RNG#DATI",
    "WC": "RNDATI",
    "WA": "RNASCTDATI",
    "KR": "WSKCRNKTK#G#GNGAGD",
}


class Line:
    """A link that is up, without a line: what it asked for is in its state, as the runtime keeps it."""

    def __init__(self, facts: LinkFacts, asked: dict[str, str] | None = None) -> None:
        self.facts = facts
        self.link = Link(facts.settings)
        self.link.connected(NOW)
        said = [Record("LD", (("IF", "PO"),))]
        said += [Record("LR", (("RI", id_), ("FL", run))) for id_, run in (ASKED if asked is None else asked).items()]
        for record in (*said, Record("LA")):
            done = self.link.receive(record, NOW)
        assert any(isinstance(each, Alive) for each in done)

    @property
    def description(self) -> Record | None:
        return self.link.description

    def wants(self, id_: str) -> tuple[str, ...] | None:
        return self.link.wants(id_)

    def asks(self, id_: str, code: str) -> bool:
        return self.link.asks(id_, code)

    def shaped(self, records: Sequence[Record]) -> list[str]:
        """The records as they go out."""
        out = [self.link.shape(each) for each in records]
        return [write(each, self.facts.encoding).decode(self.facts.encoding) for each in out if each is not None]


class Linked(Tills):
    """The hotel with a link T: any outlet is the bar, 100 the restaurant, 200 the minibar, 300 the telephone."""

    def set_up(self) -> None:
        super().set_up()
        self.do(self._links)

    def _links(self, session: Session) -> None:
        rooms.add_rooms(session, [rooms.NewRoom(number, self.standard, "2") for number in SAMPLE_ROOMS], CLERK)
        for kind, number, code in (("item", 0, "BARFOOD"),):
            session.add(OutletCode(outlet_code="BAR", kind=kind, number=number, code=code))
        for kind, number, code in (
            ("item", 0, "MEAL"),
            ("tax", 0, "VAT10"),
        ):
            session.add(OutletCode(outlet_code="REST", kind=kind, number=number, code=code))
        session.add(OutletCode(outlet_code="PHONE", kind="item", number=0, code="CALL"))
        session.add(Article(outlet_code="MINI", number=1450, name="Water", code="SNACK", price_minor=300))
        session.flush()
        mark_anew(session)
        added = links.add_link(session, code="T", name="Till", operator=CLERK)
        numbers = {"": "BAR1", "100": "REST1", "123": "REST1", "200": "MINI1", "300": "TEL1", "WIFI": "BAR2"}
        links.set_outlets(session, "T", added.version, numbers, CLERK)
        methods = {"ROOM": None, "16": None, "AMEX": "VISA", "CASH": "CASH"}
        links.set_payments(session, "T", added.version, methods, CLERK)

    def look_around(self) -> None:
        super().look_around()
        self.desk = link_hotel(self.sessions)
        self.rooms = {room.number: room.id for room in self.rows(Room)}
        self.line = self.connect()

    def connect(self, asked: dict[str, str] | None = None, code: str = "T") -> Line:
        """A line whose other side asked for these records."""
        (facts,) = [each for each in self.desk.links() if each.code == code]
        return Line(facts, asked)

    def amend(self, **changes: Any) -> None:
        """Changes how the link is set up."""

        def work(session: Session) -> None:
            row = links.get_link(session, "T")
            links.amend_link(session, "T", row.version, changes, CLERK)

        self.do(work)
        self.line = self.connect()

    def sharer(self, stay: int, surname: str, first_names: str | None = None, window: int = 1) -> int:
        """The number (G#) of somebody who shares the room."""

        def add(session: Session) -> int:
            guest = guests.add_guest(session, CLERK, surname=surname, first_names=first_names)
            row = StaySharer(stay_id=stay, guest_id=guest.id, window=window)
            session.add(row)
            session.flush()
            return row.id

        return 1_000_000_000 + self.do(add)

    def say(self, text: str, line: Line | None = None, at: datetime = NOW) -> list[str]:
        """What is answered to a record, as it goes out."""
        line = line or self.line
        record = parse(text.encode(line.facts.encoding), line.facts.encoding)
        (action,) = line.link.receive(record, at)
        if isinstance(action, Send):
            return line.shaped([action.record])
        assert isinstance(action, Data)
        return line.shaped(self.desk.answer(line, action.record, at))

    def status(self, text: str, at: datetime = NOW) -> str:
        """The status of the only answer."""
        (answer,) = self.say(text, at=at)
        return {each[:2]: each[2:] for each in answer.split("|")[1:]}["AS"]

    def news(self, line: Line | None = None) -> list[str]:
        """What goes out by itself now; then it is sent."""
        line = line or self.line
        found = self.desk.outgoing(line, 100)
        if found:
            self.desk.sent(line, [each.id for each in found])
        return line.shaped([record for each in found for record in each.records])

    def resync(self, line: Line | None = None) -> list[str]:
        """What a resync tells, sent to its end."""
        line = line or self.line
        snapshot = self.desk.resync(line)
        told = line.shaped(list(snapshot.records))
        self.desk.resynced(line, snapshot.up_to)
        return told

    def later(self, **time: int) -> datetime:
        return NOW + timedelta(**time)


def with_links(engine: Engine) -> None:
    """Furnishes a database with the hotel and its link."""
    Linked(engine).set_up()
