"""The counts of many business days at once, from stays, rooms and postings: what the key figures are worked out from.

A handful of statements for a day as for a year; `frontoffice.house.figures` counts one day, and the same.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.codes import Catalogue, catalogue
from folios.errors import TaxRateMissing
from folios.taxes import TaxableLine, levy_document
from frontoffice.models.rates import RateCode, RatePrice
from frontoffice.models.rooms import Room, RoomOutage
from frontoffice.models.stays import Stay, StayNight
from night_audit.reports import turnover
from night_audit.reports.definition import Policy
from night_audit.reports.key_figures import Counts

LONG_OUT_DAYS = 182
"""A room that is out for longer has left the inventory, by USALI's six months."""
ONE_DAY = timedelta(days=1)
CAME = Stay.status.in_(("in_house", "departed"))
NATURES = {"paying": "sold", "complimentary": "complimentary", "house_use": "house_use"}


def days(first: date, last: date) -> Iterator[date]:
    """Every day from `first` to `last`, both included."""
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def counts_by_day(session: Session, first: date, last: date, policy: Policy) -> dict[date, Counts]:
    """The counts of each day from `first` to `last`, in order."""
    sums: dict[date, Counter[str]] = {day: Counter() for day in days(first, last)}
    _count_rooms(session, sums, policy)
    _count_nights(session, sums, first, last)
    _count_dated(session, sums, first, last)
    for (day, department), minor in turnover.by_day(session, first, last).items():
        sums[day]["total_revenue"] += minor
        sums[day]["room_revenue"] += minor if department == turnover.ROOMS else 0
    return {day: Counts(**each) for day, each in sums.items()}


def available_by_day(session: Session, first: date, last: date, policy: Policy) -> dict[date, int]:
    """The rooms that count as available on each day from `first` to `last`, in order; also of days to come."""
    sums: dict[date, Counter[str]] = {day: Counter() for day in days(first, last)}
    _count_rooms(session, sums, policy)
    return {day: Counts(**each).available(policy.deduct_out_of_order) for day, each in sums.items()}


def total(counts: Sequence[Counts]) -> Counts:
    """All of them together."""
    return sum(counts, Counts())


def _count_dated(session: Session, sums: dict[date, Counter[str]], first: date, last: date) -> None:
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
            .where(on.between(first, last), *conditions)
            .group_by(on)
            for name, on, conditions in dated
        )
    )
    rows: Any = session.execute(found)
    for name, day, count in rows:
        sums[day][name] += count


def _count_nights(session: Session, sums: dict[date, Counter[str]], first: date, last: date) -> None:
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
        .where(CAME, StayNight.date.between(first, last), StayNight.date < Stay.departure)
        .group_by(StayNight.date, Stay.nature)
    )
    for day, nature, rooms, guests, shared in rows:
        sums[day][NATURES[nature]] += rooms
        sums[day]["guests"] += int(guests)
        sums[day]["shared"] += int(shared)


def _count_rooms(session: Session, sums: dict[date, Counter[str]], policy: Policy) -> None:
    """The inventory of each day, what of it is out, and what the rest would bring at the rack rate."""
    rooms: dict[int, tuple[int, date, date]] = {
        row.id: (row.room_type_id, row.since, row.until or date.max)
        for row in session.execute(sa.select(Room.id, Room.room_type_id, Room.since, Room.until))
    }
    first, last = min(sums), max(sums)
    changes: Counter[tuple[date, int]] = Counter()
    for type_id, since, until in rooms.values():
        changes[max(since, first), type_id] += 1
        changes[until, type_id] -= 1
    out = _outages(session, first, last)
    prices = RackPrices(session, policy, first, last)
    there: Counter[int] = Counter()
    by_date: dict[date, list[tuple[int, int]]] = defaultdict(list)
    for (day, type_id), change in changes.items():
        by_date[day].append((type_id, change))
    for day, counted in sums.items():
        for type_id, change in by_date[day]:
            there[type_id] += change
        counted["inventory"] = there.total()
        available = Counter(there)
        for room_id, long in out.get(day, {}).items():
            type_id, since, until = rooms[room_id]
            if since <= day < until:
                counted["long_out" if long else "out_of_order"] += 1
                available[type_id] -= 1 if long or policy.deduct_out_of_order else 0
        counted["rack"] = sum(count * prices.on(type_id, day) for type_id, count in available.items())


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

    def __init__(self, session: Session, policy: Policy, first: date, last: date) -> None:
        self.periods: list[RatePrice] = []
        self.code: str | None = None
        if policy.rack_rate is None:
            return
        self.catalogue: Catalogue = catalogue(session)
        self.code = session.scalar(sa.select(RateCode.transaction_code).where(RateCode.code == policy.rack_rate))
        self.periods = list(
            session.scalars(
                sa.select(RatePrice).where(
                    RatePrice.rate_code == policy.rack_rate, RatePrice.from_date <= last, RatePrice.to_date > first
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
