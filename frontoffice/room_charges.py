"""Room and tax: the charge for each night of a stay, posted once, by whoever comes first.

The night audit posts the night of the day it closes for everybody in house; the desk posts a day use before the guest
leaves. Both send the same key per stay and date, so that a second attempt finds the first answer.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.business_day import open_date
from folios.charges import Charge, ChargeLine, charge_all
from folios.drafts import Origin, Posted
from folios.errors import N_
from folios.ledger import currency
from folios.models import Voucher
from folios.money import Money
from folios.verify import holds
from frontoffice.models.rates import RateCode
from frontoffice.models.rooms import Room
from frontoffice.models.stays import Stay, StayNight, StayWindow

SENDER = "night"
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class UnchargedNight:
    """A night that was slept, or a day that was used, with a price and no charge yet. The price is in minor units."""

    stay_id: int
    day: date
    folio_id: int
    transaction_code: str
    price_minor: int
    adults: int
    room: str


def is_charge_of(stay_id: Any, night: Any) -> sa.ColumnElement[bool]:
    """Whether a voucher is the charge of a stay's night; both are columns."""
    key = sa.cast(stay_id, sa.String) + ":" + sa.cast(night, sa.String)
    return sa.and_(Voucher.sender == SENDER, Voucher.key == key)


def uncharged_nights(
    session: Session,
    *,
    day: date | None = None,
    stay_ids: Collection[int] | None = None,
    most: int | None = None,
) -> list[UnchargedNight]:
    """Nights of guests who came that have no charge yet: of one business day, of some stays, or all; one statement.

    A night counts once its business day is over; the first counts at once, for who leaves on the day of arrival.
    """
    charged = sa.exists().where(is_charge_of(StayNight.stay_id, StayNight.date))
    wanted = (
        sa.select(
            StayNight.stay_id,
            StayNight.date,
            StayWindow.folio_id,
            RateCode.transaction_code,
            StayNight.price_minor,
            Stay.adults,
            Room.number,
        )
        .join(Stay, Stay.id == StayNight.stay_id)
        .join(StayWindow, sa.and_(StayWindow.stay_id == Stay.id, StayWindow.window == 1))
        .join(RateCode, RateCode.code == StayNight.rate_code)
        .outerjoin(Room, Room.id == sa.func.coalesce(StayNight.room_id, Stay.room_id))
        .where(Stay.status.in_(("in_house", "departed")), StayNight.price_minor > 0, ~charged)
        .where(sa.or_(StayNight.date < open_date(session), StayNight.date == Stay.arrival))
        .order_by(StayNight.stay_id, StayNight.date)
        .limit(most)
    )
    if day is not None:
        wanted = wanted.where(StayNight.date == day)
    if stay_ids is not None:
        wanted = wanted.where(StayNight.stay_id.in_(stay_ids))
    rows: Any = session.execute(wanted)
    return [UnchargedNight(*row) for row in rows]


def charge_nights(
    session: Session, nights: Sequence[UnchargedNight], operator: str, *, auditing: bool = False
) -> list[Posted]:
    """Posts nights with what their codes generate; a constant number of statements.

    The house limit does not stop a night that was slept: it shows on the high-balance report. `auditing`: the nights
    are of the business day that the audit is working on.
    """
    kept_in = currency(session)
    return charge_all(
        session,
        [
            (
                Charge(
                    folio_id=night.folio_id,
                    lines=(
                        ChargeLine(night.transaction_code, Money(night.price_minor, kept_in), persons=night.adults),
                    ),
                    reference=night.room,
                    limit_applies=False,
                    business_date=night.day if auditing else None,
                ),
                Origin(operator, sender=SENDER, key=f"{night.stay_id}:{night.day.isoformat()}"),
            )
            for night in nights
        ],
    )


holds(
    N_("each night slept on a closed day is charged once, and each charged night was slept"),
    f"""
    SELECT 'stay and night ' || k.key, CASE WHEN sum(k.nights) > 0 THEN '1 charge' ELSE 'no charge' END,
           sum(k.charges) || ' charges'
    FROM (SELECT n.stay_id || ':' || n.date AS key, 1 AS nights, 0 AS charges,
                 CASE WHEN n.price_minor > 0 AND b.status = 'closed' AND s.status IN ('in_house', 'departed')
                      THEN 1 ELSE 0 END AS due
          FROM stay_night n JOIN stay s ON s.id = n.stay_id LEFT JOIN business_day b ON b.business_date = n.date
          UNION ALL
          SELECT key, 0, 1, 0 FROM voucher WHERE sender = '{SENDER}') k
    GROUP BY k.key
    HAVING sum(k.charges) > 1 OR sum(k.due) > sum(k.charges) OR (sum(k.charges) > 0 AND sum(k.nights) = 0)
    """,  # noqa: S608 - no outside text in it
)
