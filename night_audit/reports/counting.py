"""The counts of many business days at once: what the key figures are worked out from.

A closed day's rooms and stays are those it was closed with, a day still open is counted from stays and rooms; money is
read from the day's totals. A handful of statements for a day as for a year; `frontoffice.house.figures` counts one
day, and the same.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.codes import Catalogue, catalogue
from folios.errors import TaxRateMissing
from folios.models import BusinessDay
from folios.taxes import TaxableLine, levy_document
from frontoffice.house import LONG_OUT_DAYS
from frontoffice.models.rates import RateCode, RatePrice
from frontoffice.models.rooms import Room, RoomOutage
from frontoffice.models.stays import Stay, StayNight
from night_audit.models.totals import DayFigure
from night_audit.reports import turnover
from night_audit.reports.asking import DAY, FIRST, LAST
from night_audit.reports.definition import Policy
from night_audit.reports.key_figures import Counts

ONE_DAY = timedelta(days=1)
CAME = Stay.status.in_(("in_house", "departed"))
NATURES = {"paying": "sold", "complimentary": "complimentary", "house_use": "house_use"}
KEPT: dict[str, Any] = {
    "inventory": DayFigure.inventory,
    "long_out": DayFigure.long_out,
    "out_of_order": DayFigure.out_of_order - DayFigure.long_out,
    "sold": DayFigure.rooms_sold,
    "complimentary": DayFigure.complimentary,
    "house_use": DayFigure.house_use,
    "guests": DayFigure.guests,
    "shared": DayFigure.shared,
    "arrivals": DayFigure.arrivals,
    "walk_ins": DayFigure.walk_ins,
    "departures": DayFigure.departures,
    "no_shows": DayFigure.no_shows,
    "cancellations": DayFigure.cancellations,
}
"""The counts of a closed day, as they were kept."""
_ON = DayFigure.business_date
_MONTH, _YEAR = (sa.bindparam(name, type_=sa.Date()) for name in ("month", "year"))
_PERIOD = sa.case((_ON == DAY, "day"), (_ON >= _MONTH, "month"), else_="year")
_KEPT_BY_DAY = sa.select(_ON, *KEPT.values()).where(_ON.between(FIRST, LAST))
_KEPT_TO_DATE = (
    sa.select(_PERIOD, *(sa.func.sum(each) for each in KEPT.values())).where(_ON.between(_YEAR, DAY)).group_by(_PERIOD)
)
_NOT_KEPT = sa.select(BusinessDay.business_date).where(
    BusinessDay.business_date.between(FIRST, LAST), ~sa.exists().where(BusinessDay.business_date == _ON)
)


def days(first: date, last: date) -> Iterator[date]:
    """Every day from `first` to `last`, both included."""
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def counts_by_day(session: Session, first: date, last: date, policy: Policy) -> dict[date, Counts]:
    """The counts of each day from `first` to `last`, in order; zeros on days that the ledger does not have."""
    sums: dict[date, Counter[str]] = {day: Counter() for day in days(first, last)}
    rows: Any = session.execute(_KEPT_BY_DAY, {"first": first, "last": last})
    for day, *kept in rows:
        sums[day].update(dict(zip(KEPT, kept, strict=True)))
    for found in (_live(session, first, last), _rack(session, first, last, policy)):
        for day, counted in found.items():
            sums[day].update(counted)
    for (day, department), minor in turnover.by_day(session, first, last).items():
        sums[day]["total_revenue"] += minor
        sums[day]["room_revenue"] += minor if department == turnover.ROOMS else 0
    return {day: Counts(**each) for day, each in sums.items()}


def counts_to_date(session: Session, day: date, policy: Policy) -> dict[str, Counts]:
    """The counts of a day, and of its month and year up to it, under "day", "month" and "year"; without the revenue."""
    month, year = day.replace(day=1), day.replace(month=1, day=1)
    sums: dict[str, Counter[str]] = {"day": Counter(), "month": Counter(), "year": Counter()}
    rows: Any = session.execute(_KEPT_TO_DATE, {"day": day, "month": month, "year": year})
    for name, *kept in rows:
        sums[name].update({each: int(figure) for each, figure in zip(KEPT, kept, strict=True)})
    for found in (_live(session, year, day), _rack(session, year, day, policy)):
        for each, counted in found.items():
            sums["day" if each == day else "month" if each >= month else "year"].update(counted)
    sums["month"].update(sums["day"])
    sums["year"].update(sums["month"])
    return {name: Counts(**each) for name, each in sums.items()}


def available_by_day(session: Session, first: date, last: date, policy: Policy) -> dict[date, int]:
    """The rooms that count as available on each day from `first` to `last`, in order; also of days to come."""
    sums: dict[date, Counter[str]] = {day: Counter() for day in days(first, last)}
    _count_rooms(session, sums)
    return {day: Counts(**each).available(policy.deduct_out_of_order) for day, each in sums.items()}


def _live(session: Session, first: date, last: date) -> dict[date, Counter[str]]:
    """The counts of those days of the ledger whose figures are not kept yet: one day, or a few that were missed."""
    missing = session.scalars(_NOT_KEPT, {"first": first, "last": last}).all()
    if not missing:
        return {}
    sums: dict[date, Counter[str]] = {day: Counter() for day in days(min(missing), max(missing))}
    _count_rooms(session, sums)
    _count_nights(session, sums)
    _count_dated(session, sums)
    return {day: sums[day] for day in missing}


def _count_dated(session: Session, sums: dict[date, Counter[str]]) -> None:
    """What happened to stays on each day, by the date that says when. One statement."""
    dated: tuple[tuple[str, Any, tuple[Any, ...]], ...] = (
        ("arrivals", Stay.arrival, (CAME,)),
        ("walk_ins", Stay.arrival, (CAME, Stay.booked_on == Stay.arrival)),
        ("departures", Stay.departure, (Stay.status == "departed",)),
        ("no_shows", Stay.arrival, (Stay.status == "no_show",)),
        ("cancellations", Stay.cancelled_on, (Stay.cancelled_on.is_not(None),)),
    )
    found = sa.union_all(
        *(
            sa.select(sa.literal(name).label("name"), on.label("day"), sa.func.count().label("count"))
            .where(on.between(min(sums), max(sums)), *conditions)
            .group_by(on)
            for name, on, conditions in dated
        )
    )
    rows: Any = session.execute(found)
    for name, day, count in rows:
        sums[day][name] += count


def _count_nights(session: Session, sums: dict[date, Counter[str]]) -> None:
    people = Stay.adults + Stay.children
    rows = session.execute(
        sa.select(
            StayNight.date,
            Stay.nature,
            sa.func.count(),
            sa.func.sum(people),
            sa.func.sum(sa.case((people > 1, 1), else_=0)),
        )
        .join(Stay, Stay.id == StayNight.stay_id)
        .where(CAME, StayNight.date.between(min(sums), max(sums)), StayNight.date < Stay.departure)
        .group_by(StayNight.date, Stay.nature)
    )
    for day, nature, rooms, guests, shared in rows:
        sums[day][NATURES[nature]] += rooms
        sums[day]["guests"] += int(guests)
        sums[day]["shared"] += int(shared)


def _count_rooms(session: Session, sums: dict[date, Counter[str]]) -> None:
    """The inventory of each day, and what of it is out."""
    for day, inventory in _inventories(session, min(sums), max(sums)):
        sums[day]["inventory"] = inventory.rooms.total()
        sums[day]["long_out"] = inventory.long_out.total()
        sums[day]["out_of_order"] = inventory.short_out.total()


def _rack(session: Session, first: date, last: date, policy: Policy) -> dict[date, Counter[str]]:
    """What the rooms available on each day would bring at the rack rate; nothing where there is none."""
    if policy.rack_rate is None:
        return {}
    prices = RackPrices(session, policy.rack_rate, first, last)
    return {
        day: Counter(
            rack=sum(
                count * prices.on(type_id, day)
                for type_id, count in inventory.available(policy.deduct_out_of_order).items()
            )
        )
        for day, inventory in _inventories(session, first, last)
    }


@dataclass(frozen=True, slots=True)
class Inventory:
    """The rooms of a house on a day by room type: all of them, and those out of order for long and for a short time."""

    rooms: Counter[int]
    long_out: Counter[int]
    short_out: Counter[int]

    def available(self, deduct_out_of_order: bool) -> Counter[int]:
        """Those that count as available."""
        return self.rooms - self.long_out - (self.short_out if deduct_out_of_order else Counter())


def _inventories(session: Session, first: date, last: date) -> Iterator[tuple[date, Inventory]]:
    """Each day's rooms, in order. Two statements."""
    rooms: dict[int, tuple[int, date, date]] = {
        row.id: (row.room_type_id, row.since, row.until or date.max)
        for row in session.execute(sa.select(Room.id, Room.room_type_id, Room.since, Room.until))
    }
    changes: dict[date, Counter[int]] = defaultdict(Counter)
    for type_id, since, until in rooms.values():
        changes[max(since, first)][type_id] += 1
        changes[max(until, first)][type_id] -= 1
    out = _outages(session, first, last)
    there: Counter[int] = Counter()
    for day in days(first, last):
        for type_id, change in changes[day].items():
            there[type_id] += change
        gone: dict[bool, Counter[int]] = {True: Counter(), False: Counter()}
        for room_id, long in out.get(day, {}).items():
            type_id, since, until = rooms[room_id]
            gone[long][type_id] += since <= day < until
        yield day, Inventory(Counter(there), gone[True], gone[False])


def _outages(session: Session, first: date, last: date) -> dict[date, dict[int, bool]]:
    """For each day the rooms that are out of order, and whether for six months or more."""
    rows = session.execute(
        sa.select(RoomOutage.room_id, RoomOutage.from_date, RoomOutage.to_date).where(
            RoomOutage.kind == "out_of_order", RoomOutage.from_date <= last, RoomOutage.to_date > first
        )
    )
    found: dict[date, dict[int, bool]] = defaultdict(dict)
    for room_id, begins, ends in rows:
        long = (ends - begins).days > LONG_OUT_DAYS
        for day in days(max(begins, first), min(ends - ONE_DAY, last)):
            found[day][room_id] = found[day].get(room_id, False) or long
    return found


class RackPrices:
    """What a night of each room type costs at the rack rate, without tax; nothing where none is set."""

    def __init__(self, session: Session, rack_rate: str, first: date, last: date) -> None:
        self.catalogue: Catalogue = catalogue(session)
        self.code = session.scalar(sa.select(RateCode.transaction_code).where(RateCode.code == rack_rate))
        self.periods = list(
            session.scalars(
                sa.select(RatePrice).where(
                    RatePrice.rate_code == rack_rate, RatePrice.from_date <= last, RatePrice.to_date > first
                )
            )
        )

    def on(self, type_id: int, day: date) -> int:
        """The price of a room type on a day, in minor units."""
        for each in self.periods:
            if each.room_type_id == type_id and each.from_date <= day < each.to_date:
                return self._without_tax(each.price_minor, day)
        return 0

    def _without_tax(self, price_minor: int, day: date) -> int:
        code = self.catalogue.codes.get(self.code or "")
        if code is None:
            return price_minor
        try:
            levy = self.catalogue.levy(code, day, "")
        except TaxRateMissing:
            return price_minor
        return levy_document([TaxableLine(price_minor, levy, 1)])[0].net_minor
