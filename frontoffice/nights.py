"""The nights of stays: which there are, what each costs, and what becomes of them when dates change.

Which room a night has stands in `assignment.py`, how many can be sold in `availability.py`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.business_day import hold_open_day
from folios.errors import N_, ReasonMissing, Refusal
from folios.events import record
from folios.texts import clean_text
from frontoffice.availability import days_between
from frontoffice.lifecycle import lock_stays
from frontoffice.models.rooms import RoomType
from frontoffice.models.stays import Stay, StayNight
from frontoffice.rates import NoPrice, Prices, check_price

MOST_NIGHTS = 365


class NightUnknown(Refusal):
    code = "night.unknown"
    message = N_("Stay {stay} has no night of {day}.")


class NightOver(Refusal):
    code = "night.over"
    message = N_("The night of {day} is over; its price stands. Post an allowance instead.")


@dataclass(frozen=True, slots=True)
class AgreedPrice:
    """A price agreed for each night instead of the rate's, in minor units, with the reason for it.

    `by` is who allowed it, where that is not who books.
    """

    price_minor: int
    reason: str
    by: str | None = None


def dates_of(arrival: date, departure: date) -> list[date]:
    """The dates that a stay has a night for: those before its departure, or its one day for a day use."""
    return days_between(arrival, departure) or [arrival]


def nights_of(session: Session, stay_ids: Collection[int]) -> dict[int, list[StayNight]]:
    """The nights of stays as the database has them now, by stay, in order of their date."""
    found: dict[int, list[StayNight]] = {stay_id: [] for stay_id in stay_ids}
    wanted = sa.select(StayNight).where(StayNight.stay_id.in_(stay_ids)).order_by(StayNight.stay_id, StayNight.date)
    for night in session.scalars(wanted, execution_options={"populate_existing": True}):
        found[night.stay_id].append(night)
    return found


def price_nights(
    stay: Stay,
    days: Iterable[date],
    prices: Prices,
    room_type: RoomType,
    agreed: AgreedPrice | None = None,
    otherwise_minor: int | None = None,
) -> dict[date, int]:
    """What each night costs, in minor units: as agreed, nothing when the stay does not pay, or the rate's price.

    `otherwise_minor` is taken where the rate has no price; without it that is refused (`NoPrice`).
    """
    costs = {}
    for day in days:
        cost = agreed.price_minor if agreed else None
        if cost is None:
            cost = prices.on(stay.rate_code, stay.room_type_id, day) if stay.nature == "paying" else 0
        if cost is None:
            cost = otherwise_minor
        if cost is None:
            raise NoPrice(rate=stay.rate_code, room_type=room_type.code, day=day)
        costs[day] = cost
    return costs


def night_rows(
    stay: Stay, costs: Mapping[date, int], room_type_id: int, agreed: AgreedPrice | None = None, operator: str = ""
) -> list[dict[str, Any]]:
    """Nights of a stay as they are stored, in its room; a day use's night has none."""
    return [
        {
            "stay_id": stay.id,
            "date": day,
            "room_type_id": room_type_id,
            "room_id": stay.room_id if stay.arrival < stay.departure else None,
            "rate_code": stay.rate_code,
            "price_minor": cost,
            "override_reason": agreed.reason if agreed else None,
            "overridden_by": (agreed.by or operator) if agreed else None,
        }
        for day, cost in costs.items()
    ]


def write_nights(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Stores nights; one statement. The stays themselves must be there already."""
    if rows:
        session.execute(sa.insert(StayNight), [dict(row) for row in rows])


def release_nights(session: Session, stay_ids: Collection[int]) -> None:
    """Takes the rooms off all nights of stays that will not come. The nights and their prices stay as they were."""
    session.execute(
        sa.update(StayNight).where(StayNight.stay_id.in_(stay_ids), StayNight.room_id.is_not(None)).values(room_id=None)
    )


def cut_nights(session: Session, stays: Collection[Stay], departure: date) -> None:
    """Drops the nights from `departure` on. A stay that is left without any keeps its first, without a room: it has
    become a day use. Three statements at most.
    """
    day_uses = [each.id for each in stays if each.arrival == departure]
    others = [each.id for each in stays if each.arrival < departure]
    if day_uses:
        session.execute(sa.delete(StayNight).where(StayNight.stay_id.in_(day_uses), StayNight.date > departure))
        release_nights(session, day_uses)
    if others:
        session.execute(sa.delete(StayNight).where(StayNight.stay_id.in_(others), StayNight.date >= departure))


def override_price(
    session: Session,
    stay_id: int,
    days: Iterable[date],
    price_minor: int,
    reason: str,
    operator: str,
    authorised_by: str | None = None,
) -> None:
    """Agrees on a price, in minor units, for some nights of a stay that are not over.

    `authorised_by` is who allowed it, where that is not the operator.

    Refuses nights the stay does not have (`NightUnknown`) or that are over (`NightOver`), a price below zero or too
    large, no reason, and a stay that has ended.
    """
    agreed = clean_agreed(session, AgreedPrice(price_minor, reason))
    today = hold_open_day(session)
    lock_stays(session, [stay_id], "price")
    wanted = sorted(set(days))
    nights = {each.date: each for each in nights_of(session, [stay_id])[stay_id]}
    for day in wanted:
        if day not in nights:
            raise NightUnknown(stay=stay_id, day=day)
        if day < today:
            raise NightOver(day=day)
    before = {day.isoformat(): nights[day].price_minor for day in wanted}
    for day in wanted:
        nights[day].price_minor = agreed.price_minor
        nights[day].override_reason = agreed.reason
        nights[day].overridden_by = authorised_by or operator
    session.flush()
    after = dict.fromkeys(before, agreed.price_minor) | {"reason": agreed.reason}
    record(session, "stay.price.overridden", f"stay:{stay_id}", operator, before, after, authorised_by)


def clean_agreed(session: Session, agreed: AgreedPrice) -> AgreedPrice:
    """An agreed price as it is stored. Refuses one below zero or too large, and no reason."""
    check_price(session, agreed.price_minor)
    reason = clean_text("reason", agreed.reason, 200)
    if reason is None:
        raise ReasonMissing
    return AgreedPrice(agreed.price_minor, reason, agreed.by)
