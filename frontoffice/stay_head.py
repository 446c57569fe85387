"""The head of the screens of one stay and of its folios: who, where, when, at what rate, and what is owed.

Only reading stands here; the page of the stay below its head is `stay_sheet.py`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.models import BusinessDay, Folio, Ledger
from frontoffice.allowed import Window, windows_with_folios
from frontoffice.deposits import missing_deposit
from frontoffice.desk import beside, joined
from frontoffice.lifecycle import StayUnknown, standing
from frontoffice.models.desk import Dispute, StayGroup
from frontoffice.models.guests import Company, Guest
from frontoffice.models.rates import RateCode
from frontoffice.models.rooms import Room, RoomType
from frontoffice.models.stays import Stay, StayNight


@dataclass(frozen=True, slots=True)
class HeadWindow:
    """A window in the head: its folio, whom its bill is for (`owner`), balance and limit in minor units."""

    window: int
    folio_id: int
    number: str
    owner: str
    status: str
    balance_minor: int
    house_limit_minor: int | None
    limit_percent: int | None
    disputes: int


@dataclass(frozen=True, slots=True)
class StayHead:
    """What stands above the screens of a stay and of its folios. Amounts in minor units of `currency`.

    `prices`: what each night costs, by date, as agreed. `limit_minor` is the first window's. `notes` are those of the
    stay and its guest, `traces` those of them that are due.
    """

    stay: Stay
    standing: str
    business_date: date
    currency: str
    guest: Guest
    room: Room | None
    room_type: RoomType
    rate: RateCode
    prices: tuple[tuple[date, int], ...]
    company: Company | None
    group: StayGroup | None
    windows: tuple[HeadWindow, ...]
    balance_minor: int
    limit_minor: int | None
    deposit_minor: int
    deposit_folio_id: int | None
    notes: int
    traces: int
    disputes: int

    @property
    def deposit_missing_minor(self) -> int:
        """What of the deposit that was asked for is not there."""
        return missing_deposit(self.stay, self.deposit_minor)


_HEAD = (
    joined(
        sa.select(Stay, Guest, Company, Room, StayGroup, RoomType, RateCode, BusinessDay.business_date)
        .add_columns(Ledger.currency, Folio.balance_minor.label("deposit_minor"))
        .select_from(Stay)
    )
    .join(RoomType, RoomType.id == sa.func.coalesce(Room.room_type_id, Stay.room_type_id))
    .join(RateCode, RateCode.code == Stay.rate_code)
    .join(BusinessDay, BusinessDay.status == "open")
    .join(Ledger, sa.true())
    .outerjoin(Folio, Folio.id == Stay.deposit_folio_id)
    .where(Stay.id == sa.bindparam("stay_id"))
    .execution_options(populate_existing=True)
)


def stay_head(session: Session, stay_id: int) -> StayHead:
    """The head of a stay's screens, as the database has it now. Five statements. Refuses `StayUnknown`."""
    row: Any = session.execute(_HEAD, {"stay_id": stay_id}).one_or_none()
    if row is None:
        raise StayUnknown(stay=stay_id)
    windows = windows_with_folios(session, [stay_id])[stay_id]
    disputes = _disputes_of(session, [each.folio_id for each in windows])
    nights = sa.select(StayNight.date, StayNight.price_minor).where(StayNight.stay_id == stay_id)
    noted = beside(session, [row.Stay], row.business_date).notes.values()
    return StayHead(
        stay=row.Stay,
        standing=standing(row.Stay, row.business_date),
        business_date=row.business_date,
        currency=row.currency,
        guest=row.Guest,
        room=row.Room,
        room_type=row.RoomType,
        rate=row.RateCode,
        prices=tuple(session.execute(nights.order_by(StayNight.date))),
        company=row.Company,
        group=row.StayGroup,
        windows=tuple(_head_window(each, disputes.get(each.folio_id, 0)) for each in windows),
        balance_minor=sum(each.balance_minor for each in windows),
        limit_minor=windows[0].house_limit_minor if windows else None,
        deposit_minor=-(row.deposit_minor or 0),
        deposit_folio_id=row.Stay.deposit_folio_id,
        notes=sum(count for count, _ in noted),
        traces=sum(due for _, due in noted),
        disputes=sum(disputes.values()),
    )


def _head_window(each: Window, disputes: int) -> HeadWindow:
    figures = (each.balance_minor, each.house_limit_minor, each.limit_percent)
    return HeadWindow(each.window, each.folio_id, each.number, each.name, each.status, *figures, disputes)


def _disputes_of(session: Session, folio_ids: Collection[int]) -> dict[int, int]:
    """How many open disputes each folio has."""
    counted = sa.select(Dispute.folio_id, sa.func.count()).where(
        Dispute.folio_id.in_(folio_ids), Dispute.status == "open"
    )
    return dict(session.execute(counted.group_by(Dispute.folio_id)).all())
