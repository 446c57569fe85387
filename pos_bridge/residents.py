"""Who lives in which room: guests and those who share with them, with all that outlets' systems are told of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from frontoffice.models.charging import ChargeStop, StaySharer
from frontoffice.models.guests import Guest, full_name
from frontoffice.models.rooms import Room
from frontoffice.models.stays import Stay, StayWindow

MOST_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Resident:
    """Somebody in house. `sharer` is None for the stay's own guest; `no_post`: no outlet may charge them."""

    stay_id: int
    sharer: int | None
    room: str
    guest_id: int
    surname: str
    first_names: str | None
    title: str | None
    language: str | None
    arrival: date
    departure: date
    no_post: bool

    @property
    def name(self) -> str:
        """As folios and lists carry it."""
        return full_name(self.surname, self.first_names)


def resident_of(row: Any) -> Resident:
    """A row of `residents`."""
    return Resident(
        *(row.stay_id, row.sharer, row.room, row.guest_id, row.surname, row.first_names, row.title, row.language),
        *(row.arrival, row.departure, bool(row.stopped)),
    )


def residents(*conditions: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """Guests and sharers of stays that have a room, the guest before the sharers."""
    guests: Any = sa.select(
        Stay.id.label("stay_id"),
        Stay.guest_id.label("guest_id"),
        sa.null().cast(StaySharer.id.type).label("sharer"),
        sa.literal_column("1").label("window"),
    ).where(*conditions)
    sharers: Any = (
        sa.select(StaySharer.stay_id, StaySharer.guest_id, StaySharer.id, StaySharer.window)
        .join(Stay, Stay.id == StaySharer.stay_id)
        .where(*conditions)
    )
    here = sa.union_all(guests, sharers).subquery("here")
    stopped = (
        sa.select(ChargeStop.id)
        .join(StayWindow, StayWindow.folio_id == ChargeStop.folio_id)
        .where(StayWindow.stay_id == here.c.stay_id, StayWindow.window == here.c.window, ChargeStop.outlet.is_(None))
        .correlate(here)
        .exists()
    )
    return (
        sa.select(
            *(here.c.stay_id, here.c.sharer, here.c.guest_id, Room.number.label("room"), stopped.label("stopped")),
            *(Guest.surname, Guest.first_names, Guest.title, Guest.language, Stay.arrival, Stay.departure),
        )
        .join(Stay, Stay.id == here.c.stay_id)
        .join(Room, Room.id == Stay.room_id)
        .join(Guest, Guest.id == here.c.guest_id)
        .order_by(Room.number, here.c.stay_id, sa.func.coalesce(here.c.sharer, 0))
    )


def residents_of(session: Session, stay_ids: Collection[int]) -> dict[int, list[Resident]]:
    """Guest and sharers of each stay, wherever it stands by now. One statement."""
    found: dict[int, list[Resident]] = {}
    for row in session.execute(residents(Stay.id.in_(list(stay_ids)))):
        found.setdefault(row.stay_id, []).append(resident_of(row))
    return found


def in_house(session: Session) -> Iterator[Resident]:
    """Everybody in house, room by room."""
    rows = session.execute(residents(Stay.status == "in_house").execution_options(yield_per=MOST_AT_ONCE))
    for row in rows:
        yield resident_of(row)


def in_room(session: Session, room: str) -> list[Resident]:
    """Who is in a room."""
    rows = session.execute(residents(Stay.status == "in_house", Stay.room_id == _room_id(room)))
    return [resident_of(row) for row in rows]


def _room_id(number: str) -> sa.ScalarSelect[Any]:
    return sa.select(Room.id).where(Room.number == number).scalar_subquery()


def plain_of(resident: Resident) -> dict[str, Any]:
    """A resident as JSON keeps it."""
    return {**asdict(resident), "arrival": resident.arrival.isoformat(), "departure": resident.departure.isoformat()}


def of_plain(plain: dict[str, Any]) -> Resident:
    """The resident that `plain_of` wrote."""
    days = {name: date.fromisoformat(plain[name]) for name in ("arrival", "departure")}
    return Resident(**{**plain, **days})
