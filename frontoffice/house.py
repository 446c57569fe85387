"""The house on a business day in figures, and the identities of the front office that `frontoffice verify` proves.

Figures are counted from the stays and the rooms, for any day, without a loop over either. Money is not here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.errors import N_
from folios.verify import Difference, holds, identity
from frontoffice.models.rooms import Room, RoomOutage
from frontoffice.models.stays import Stay, StayNight

LONG_OUT_DAYS = 182
"""A room that is out for longer has left the inventory, by USALI's six months."""


@dataclass(frozen=True, slots=True)
class DayFigures:
    """Rooms and stays of one business day.

    Rooms: `inventory` is all that the house has; `rooms_sold` (paying), `complimentary` and `house_use` are those slept
    in, those of them with more than one guest are `shared`; `out_of_order` cannot be, and of them `long_out` for six
    months or more. Stays: `arrivals` and `departures` count day uses and walk-ins; `walk_ins` were booked on the day;
    `in_house` and `guests` are at the end of the day; a no-show counts on its day of arrival, a cancellation on the
    day it was told.
    """

    day: date
    inventory: int
    out_of_order: int
    rooms_sold: int
    complimentary: int
    house_use: int
    arrivals: int
    departures: int
    in_house: int
    guests: int
    no_shows: int
    cancellations: int
    long_out: int
    walk_ins: int
    shared: int

    @property
    def vacant(self) -> int:
        """Rooms that nobody sleeps in, though somebody could."""
        return self.inventory - self.out_of_order - self.rooms_sold - self.complimentary - self.house_use


def figures(session: Session, day: date) -> DayFigures:
    """The figures of a business day, past or present. Three statements."""
    came = Stay.status.in_(("in_house", "departed"))
    in_house = sa.and_(came, Stay.arrival <= day, sa.or_(Stay.status == "in_house", Stay.departure > day))
    counted = session.execute(
        sa.select(
            _count(Room, _in_inventory(day)).label("inventory"),
            _count(Stay, came, Stay.arrival == day).label("arrivals"),
            _count(Stay, came, Stay.arrival == day, Stay.booked_on == day).label("walk_ins"),
            _count(Stay, Stay.status == "departed", Stay.departure == day).label("departures"),
            _count(Stay, in_house).label("in_house"),
            sa.select(sa.func.coalesce(sa.func.sum(Stay.adults + Stay.children), 0))
            .where(in_house)
            .scalar_subquery()
            .label("guests"),
            _count(Stay, Stay.status == "no_show", Stay.arrival == day).label("no_shows"),
            _count(Stay, Stay.cancelled_on == day).label("cancellations"),
        )
    ).one()
    several = sa.case((Stay.adults + Stay.children > 1, 1), else_=0)
    slept = sa.select(Stay.nature, sa.func.count(), sa.func.sum(several)).join(StayNight, StayNight.stay_id == Stay.id)
    slept = slept.where(came, StayNight.date == day, StayNight.date < Stay.departure).group_by(Stay.nature)
    natures = session.execute(slept).all()
    rooms = {nature: count for nature, count, _shared in natures}
    out = _out_of_order(session, day)
    return DayFigures(
        day=day,
        out_of_order=len(out),
        long_out=sum(out.values()),
        shared=sum(int(shared) for _nature, _count, shared in natures),
        rooms_sold=rooms.get("paying", 0),
        complimentary=rooms.get("complimentary", 0),
        house_use=rooms.get("house_use", 0),
        **{name: int(figure) for name, figure in counted._mapping.items()},
    )


def _count(entity: type[Any], *conditions: sa.ColumnElement[bool]) -> sa.ScalarSelect[Any]:
    return sa.select(sa.func.count()).select_from(entity).where(*conditions).scalar_subquery()


def _in_inventory(day: date) -> sa.ColumnElement[bool]:
    return sa.and_(Room.since <= day, sa.or_(Room.until.is_(None), Room.until > day))


def _out_of_order(session: Session, day: date) -> dict[int, bool]:
    """The rooms of the house that are out of order on a day, and whether for six months or more."""
    found: dict[int, bool] = {}
    rows = session.execute(
        sa.select(RoomOutage.room_id, RoomOutage.from_date, RoomOutage.to_date)
        .join(Room, Room.id == RoomOutage.room_id)
        .where(
            _in_inventory(day),
            RoomOutage.kind == "out_of_order",
            RoomOutage.from_date <= day,
            RoomOutage.to_date > day,
        )
    )
    for room_id, begins, ends in rows:
        found[room_id] = found.get(room_id, False) or (ends - begins).days > LONG_OUT_DAYS
    return found


# --- what always holds ----------------------------------------------------------------------------------------

# Rooms slept in, and the inventory, per closed day.
_SLEPT = "s.status IN ('in_house', 'departed') AND n.date < s.departure AND n.date = b.business_date"
_THERE = "r.since <= b.business_date AND (r.until IS NULL OR r.until > b.business_date)"
_OUT = """EXISTS (SELECT 1 FROM room_outage o WHERE o.room_id = r.id AND o.kind = 'out_of_order'
                   AND o.from_date <= b.business_date AND o.to_date > b.business_date)"""

holds(
    N_("rooms sold, complimentary, in house use, vacant and out of order make up the inventory"),
    f"""
    SELECT 'day ' || day, inventory,
           slept || ' slept in + ' || vacant || ' vacant + ' || out_of_order || ' out of order'
    FROM (SELECT b.business_date AS day,
                 (SELECT count(*) FROM room r WHERE {_THERE}) AS inventory,
                 (SELECT count(*) FROM stay_night n JOIN stay s ON s.id = n.stay_id WHERE {_SLEPT}) AS slept,
                 (SELECT count(*) FROM room r WHERE {_THERE} AND {_OUT}) AS out_of_order,
                 (SELECT count(*) FROM room r WHERE {_THERE} AND NOT {_OUT} AND NOT EXISTS (
                      SELECT 1 FROM stay_night n JOIN stay s ON s.id = n.stay_id
                      WHERE n.room_id = r.id AND {_SLEPT})) AS vacant
          FROM business_day b WHERE b.status = 'closed') AS told
    WHERE slept + vacant + out_of_order <> inventory
    """,  # noqa: S608 - no outside text in it
)
holds(
    N_("in house yesterday, plus arrivals, less departures, is in house today"),
    f"""
    SELECT 'day ' || day, before || ' + ' || arrivals || ' - ' || departures, slept
    FROM (SELECT day, slept, arrivals, departures, coalesce(lag(slept) OVER (ORDER BY day), 0) AS before
          FROM (SELECT b.business_date AS day,
                       (SELECT count(*) FROM stay_night n JOIN stay s ON s.id = n.stay_id WHERE {_SLEPT}) AS slept,
                       (SELECT count(*) FROM stay s WHERE s.arrival = b.business_date
                            AND s.status IN ('in_house', 'departed')) AS arrivals,
                       (SELECT count(*) FROM stay s WHERE s.departure = b.business_date
                            AND s.status = 'departed') AS departures
                FROM business_day b WHERE b.status = 'closed') AS counted) AS rolled
    WHERE before + arrivals - departures <> slept
    """,  # noqa: S608
)
holds(
    N_("a room is occupied exactly while a stay is in house in it"),
    """
    SELECT 'room ' || r.number, CASE WHEN s.id IS NULL THEN 'vacant' ELSE 'occupied by stay ' || s.id END, r.occupancy
    FROM room r LEFT JOIN stay s ON s.room_id = r.id AND s.status = 'in_house'
    WHERE (s.id IS NOT NULL) <> (r.occupancy = 'occupied')
    """,
)
holds(
    N_("a guest in house has its nights to come in the room it is in"),
    """
    SELECT 'stay ' || s.id || ' on ' || n.date, s.room_id, n.room_id
    FROM stay s JOIN stay_night n ON n.stay_id = s.id JOIN business_day b ON b.status = 'open'
    WHERE s.status = 'in_house' AND n.date >= b.business_date AND n.date < s.departure
      AND (n.room_id IS NULL OR n.room_id <> s.room_id)
    """,
)
holds(
    N_("a night that nobody sleeps holds no room"),
    """
    SELECT 'stay ' || s.id || ' on ' || n.date, 'no room', n.room_id
    FROM stay s JOIN stay_night n ON n.stay_id = s.id
    WHERE n.room_id IS NOT NULL AND (s.status IN ('cancelled', 'no_show') OR n.date >= s.departure)
    """,
)
holds(
    N_("the windows of a departed stay are closed, unless one was opened again"),
    """
    SELECT 'stay ' || s.id || ' window ' || w.window_number, 'closed, 0', f.status || ', ' || f.balance_minor
    FROM stay s JOIN stay_window w ON w.stay_id = s.id JOIN folio f ON f.id = w.folio_id
    WHERE s.status = 'departed' AND f.status <> 'closed' AND NOT EXISTS (
        SELECT 1 FROM event e WHERE e.subject = 'folio:' || f.id AND e.action = 'folio.reopened')
    """,
)
holds(
    N_("a stay that began has a first window, and its deposit has been used"),
    """
    SELECT 'stay ' || s.id, 'a window, deposit 0',
           CASE WHEN w.folio_id IS NULL THEN 'no window' ELSE 'deposit ' || d.balance_minor END
    FROM stay s LEFT JOIN stay_window w ON w.stay_id = s.id AND w.window_number = 1
    LEFT JOIN folio d ON d.id = s.deposit_folio_id
    WHERE s.status IN ('in_house', 'departed') AND (w.folio_id IS NULL OR d.balance_minor <> 0)
    """,
)


@identity(N_("a stay has one night for each date before its departure, a day use one for its day"))
def check_nights(session: Session) -> Iterable[Difference]:
    """How many days lie between two dates is told differently by the two databases; the rest is one query."""
    days = "s.departure - s.arrival"
    if session.get_bind().dialect.name == "sqlite":
        days = "CAST(julianday(s.departure) - julianday(s.arrival) AS integer)"
    wrong = f"""
        SELECT 'stay ' || s.id, CASE WHEN s.departure = s.arrival THEN 1 ELSE {days} END, count(n.date)
        FROM stay s LEFT JOIN stay_night n ON n.stay_id = s.id
             AND n.date >= s.arrival AND (n.date < s.departure OR n.date = s.arrival)
        GROUP BY s.id, s.arrival, s.departure
        HAVING count(n.date) <> CASE WHEN s.departure = s.arrival THEN 1 ELSE {days} END
            OR count(n.date) <> (SELECT count(*) FROM stay_night a WHERE a.stay_id = s.id)
    """  # noqa: S608 - no outside text in it
    return [Difference(*row) for row in session.execute(sa.text(wrong))]
