"""Stays found by what the desk knows of them: a name or number, dates of arrival, state, company.

The lists of the business date stand in `desk.py`; this is the whole book, past and to come.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.models import Folio
from folios.texts import read_number, search_text
from frontoffice.guests import plain
from frontoffice.models.desk import GroupMember, StayGroup
from frontoffice.models.guests import Company, Guest
from frontoffice.models.rooms import Room, RoomType
from frontoffice.models.stays import STATES, Stay, StayNight, StayWindow
from frontoffice.sharers import shared_by

MOST_ROWS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is looked for. Nothing given means everything; `arriving_to` is the last day, not the one after.

    `text` is in the name of the guest or a sharer, in agent or reference, begins a group's code or the room, or is the
    stay's number; `company` is in a company's name or begins its code.
    """

    text: str = ""
    company: str = ""
    state: str | None = None
    arriving_from: date | None = None
    arriving_to: date | None = None


@dataclass(frozen=True, slots=True)
class FoundStay:
    """A stay that was found. Amounts in minor units: `price_minor` is what all its nights cost, `balance_minor` what
    its windows owe, `deposit_minor` what is held for it.
    """

    stay: Stay
    guest: str
    company: str | None
    group: str | None
    room: str | None
    room_type: str
    price_minor: int
    balance_minor: int
    deposit_minor: int


@dataclass(frozen=True, slots=True)
class FoundStays:
    """A page of what was found, in order of arrival, then name; `total` is how many there are."""

    rows: tuple[FoundStay, ...]
    total: int
    first: int

    @property
    def next_first(self) -> int | None:
        """Where the next page begins, if there is one."""
        after = self.first + len(self.rows)
        return after if after < self.total else None


def find_stays(session: Session, wanted: Wanted, *, first: int = 0, most: int = 100) -> FoundStays:
    """The stays that match everything that is wanted, from row `first` on, counted from 0. Four statements."""
    first, most = min(max(first, 0), 10**9), min(max(most, 1), MOST_ROWS)
    conditions = _conditions(wanted)
    total = session.scalar(_joined(sa.select(sa.func.count(Stay.id))).where(*conditions)) or 0
    chosen: Any = session.execute(
        _joined(
            sa.select(Stay, Guest, Company.name.label("company"), StayGroup.code.label("group_code"))
            .add_columns(Room.number.label("room"), RoomType.code.label("room_type"))
            .add_columns(Folio.balance_minor.label("deposit"))
        )
        .outerjoin(RoomType, RoomType.id == Stay.room_type_id)
        .outerjoin(Folio, Folio.id == Stay.deposit_folio_id)
        .where(*conditions)
        .order_by(Stay.arrival, Guest.search_name, Stay.id)
        .offset(first)
        .limit(most)
    ).all()
    stay_ids = [row.Stay.id for row in chosen]
    priced, owed = _prices(session, stay_ids), _balances(session, stay_ids)
    return FoundStays(tuple(_found(row, priced, owed) for row in chosen), total, first)


def _found(row: Any, priced: Mapping[int, int], owed: Mapping[int, int]) -> FoundStay:
    stay = row.Stay
    return FoundStay(
        stay=stay,
        guest=row.Guest.name,
        company=row.company,
        group=row.group_code,
        room=row.room,
        room_type=row.room_type,
        price_minor=priced.get(stay.id, 0),
        balance_minor=owed.get(stay.id, 0),
        deposit_minor=-(row.deposit or 0),
    )


def _joined(query: sa.Select[Any]) -> sa.Select[Any]:
    return (
        query.select_from(Stay)
        .join(Guest, Guest.id == Stay.guest_id)
        .outerjoin(Company, Company.id == Stay.company_id)
        .outerjoin(Room, Room.id == Stay.room_id)
        .outerjoin(GroupMember, GroupMember.stay_id == Stay.id)
        .outerjoin(StayGroup, StayGroup.id == GroupMember.group_id)
    )


def _conditions(wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if wanted.state in STATES:
        found.append(Stay.status == wanted.state)
    if wanted.arriving_from is not None:
        found.append(Stay.arrival >= wanted.arriving_from)
    if wanted.arriving_to is not None:
        found.append(Stay.arrival <= wanted.arriving_to)
    text, company = search_text(wanted.text), search_text(wanted.company).lower()
    if text:
        found.append(sa.or_(*_matching(text)))
    if company:
        by_name = sa.func.lower(Company.name).contains(company, autoescape=True)
        found.append(sa.or_(by_name, sa.func.lower(Company.code).startswith(company, autoescape=True)))
    return found


def _matching(text: str) -> list[sa.ColumnElement[bool]]:
    small = text.lower()
    matches = [
        Guest.search_name.contains(plain(text), autoescape=True),
        shared_by(Guest.search_name.contains(plain(text), autoescape=True)),
        sa.func.lower(Stay.agent).contains(small, autoescape=True),
        sa.func.lower(Stay.reference) == small,
        sa.func.lower(StayGroup.code).startswith(small, autoescape=True),
        sa.func.lower(Room.number) == small,
    ]
    number = read_number(small)
    if number is not None:
        matches.append(Stay.id == number)
    return matches


def _prices(session: Session, stay_ids: list[int]) -> dict[int, int]:
    summed = sa.select(StayNight.stay_id, sa.func.sum(StayNight.price_minor)).where(StayNight.stay_id.in_(stay_ids))
    return {stay_id: int(minor) for stay_id, minor in session.execute(summed.group_by(StayNight.stay_id))}


def _balances(session: Session, stay_ids: list[int]) -> dict[int, int]:
    summed = (
        sa.select(StayWindow.stay_id, sa.func.sum(Folio.balance_minor))
        .join(Folio, Folio.id == StayWindow.folio_id)
        .where(StayWindow.stay_id.in_(stay_ids))
        .group_by(StayWindow.stay_id)
    )
    return {stay_id: int(minor) for stay_id, minor in session.execute(summed)}
