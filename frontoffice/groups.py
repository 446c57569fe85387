"""Groups: stays that belong together, and their master folio; entered, amended, booked, listed.

What a group does in one go (check in, settle on the master, leave) stands in `group_stays.py`, billing the master with
the invoices.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from folios import events
from folios.business_day import hold_open_day
from folios.errors import N_, Refusal
from folios.events import record
from folios.folios import amend_folio, get_folio, lock_folios, open_folio
from folios.ledger import currency
from folios.models import Folio
from folios.money import Money
from folios.texts import clean_text
from folios.verify import holds
from frontoffice.companies import refuse_unknown_companies
from frontoffice.fields import FieldUnknown, needed_text
from frontoffice.lifecycle import get_stays
from frontoffice.models.desk import GroupMember, StayGroup
from frontoffice.models.guests import Company, Guest
from frontoffice.models.rooms import Room
from frontoffice.models.stays import Stay, StayWindow
from frontoffice.reservations import Booking, book_all

MOST_CODE, MOST_NAME, MOST_REMARK = 32, 100, 2000
CURRENT = ("confirmed", "in_house")


class GroupUnknown(Refusal):
    code = "group.unknown"
    message = N_("There is no group {group}.")


class GroupCodeTaken(Refusal):
    code = "group.code_taken"
    message = N_("Group code {group} is in use already. Choose another.")


class MemberElsewhere(Refusal):
    code = "group.member_elsewhere"
    message = N_("Stay {stay} belongs to group {group}. Take it out there first.")


class MemberOver(Refusal):
    code = "group.member_over"
    message = N_("Stay {stay} is over or will not come; it cannot join a group.")


class NotMember(Refusal):
    code = "group.not_member"
    message = N_("Stay {stay} does not belong to group {group}.")


@dataclass(frozen=True, slots=True)
class Member:
    """A stay of a group as a list shows it. `balance` is that of all its windows together."""

    stay_id: int
    number: str
    guest: str
    room: str | None
    status: str
    arrival: date
    departure: date
    folio_ids: tuple[int, ...]
    balance: Money


@dataclass(frozen=True, slots=True)
class Group:
    """A group as a list shows it: how many stays are in it and in house, from when to when, what its master owes."""

    group_id: int
    code: str
    name: str
    company: str | None
    folio_id: int
    members: int
    in_house: int
    arrival: date | None
    departure: date | None
    balance: Money


# --- the group ------------------------------------------------------------------------------------------------
# A group is locked after the business day and before everything else.


def add_group(
    session: Session,
    *,
    code: str,
    name: str,
    operator: str,
    company_id: int | None = None,
    remark: str | None = None,
    house_limit_minor: int | None = None,
    authorised_by: str | None = None,
) -> StayGroup:
    """Enters a group and opens its master folio, under its name and with a limit if it is to have one.
    `authorised_by` is who allowed the limit, where that is not the operator.

    Refuses a code that is taken, a missing code or name, an unknown company, and a limit below zero.
    """
    fields = _clean(session, {"code": code, "name": name, "company_id": company_id, "remark": remark})
    if session.scalar(sa.select(StayGroup.id).where(StayGroup.code == fields["code"])) is not None:
        raise GroupCodeTaken(group=fields["code"])
    folio = open_folio(
        session,
        type="master",
        name=fields["name"],
        operator=operator,
        house_limit_minor=house_limit_minor,
        authorised_by=authorised_by,
    )
    group = StayGroup(**fields, folio_id=folio.id)
    try:
        with session.begin_nested():
            session.add(group)
    except IntegrityError:
        raise GroupCodeTaken(group=fields["code"]) from None
    after = {"code": group.code, "name": group.name, "folio_id": folio.id}
    record(session, "group.entered", f"group:{group.id}", operator, None, after)
    return group


def amend_group(
    session: Session, group_id: int, seen_version: int, changes: Mapping[str, Any], operator: str
) -> StayGroup:
    """Changes `code`, `name`, `company_id` or `remark` of a group read at `seen_version`; the master takes the name.

    Refuses other fields, what `add_group` refuses, and `ChangedMeanwhile`.
    """
    fields = _clean(session, changes)
    group = lock_group(session, group_id)
    try:
        with session.begin_nested():
            events.amend(session, group, seen_version, fields, "group.amended", f"group:{group_id}", operator)
    except IntegrityError:
        raise GroupCodeTaken(group=fields["code"]) from None
    if "name" in fields:
        lock_folios(session, [group.folio_id])
        folio = get_folio(session, group.folio_id)
        amend_folio(session, folio.id, folio.version, {"name": group.name}, operator)
    return group


def _clean(session: Session, fields: Mapping[str, Any]) -> dict[str, Any]:
    clean: dict[str, Any] = {}
    for field, value in fields.items():
        if field == "code":
            clean[field] = needed_text(field, value, MOST_CODE)
        elif field == "name":
            clean[field] = needed_text(field, value, MOST_NAME)
        elif field == "remark":
            clean[field] = clean_text(field, value, MOST_REMARK)
        elif field == "company_id":
            refuse_unknown_companies(session, [] if value is None else [value])
            clean[field] = value
        else:
            raise FieldUnknown(field=field)
    return clean


def get_group(session: Session, group_id: int) -> StayGroup:
    """The group with this id. Refuses `GroupUnknown`."""
    found = session.get(StayGroup, group_id)
    if found is None:
        raise GroupUnknown(group=group_id)
    return found


def find_group(session: Session, code: str) -> StayGroup:
    """The group with this code. Refuses `GroupUnknown`."""
    found = session.scalar(sa.select(StayGroup).where(StayGroup.code == code))
    if found is None:
        raise GroupUnknown(group=code)
    return found


def lock_group(session: Session, group_id: int) -> StayGroup:
    """The group as it is under the row's lock, the business day held. Refuses `GroupUnknown`."""
    hold_open_day(session)
    found = session.get(StayGroup, group_id, with_for_update={"key_share": True}, populate_existing=True)
    if found is None:
        raise GroupUnknown(group=group_id)
    return found


# --- its members ----------------------------------------------------------------------------------------------


def add_members(session: Session, group_id: int, stay_ids: Collection[int], operator: str) -> None:
    """Puts stays that are booked or in house into a group, all or none; those that are in it already stay in it.

    Refuses stays that are unknown, over (`MemberOver`) or in another group (`MemberElsewhere`).
    """
    group = lock_group(session, group_id)
    stays = get_stays(session, stay_ids, locked=True)
    groups = groups_of(session, stays)
    joining = []
    for stay_id, stay in stays.items():
        if stay.status not in CURRENT:
            raise MemberOver(stay=stay.number)
        before = groups.get(stay_id)
        if before is None:
            joining.append(stay_id)
        elif before.id != group_id:
            raise MemberElsewhere(stay=stay.number, group=before.code)
    _join(session, group, joining, operator)


def remove_member(session: Session, group_id: int, stay_id: int, operator: str) -> None:
    """Takes a stay out of a group; what was settled on the master stays there. Refuses `NotMember`."""
    group = lock_group(session, group_id)
    refuse_strangers(session, group, [stay_id])
    session.execute(sa.delete(GroupMember).where(GroupMember.stay_id == stay_id))
    record(session, "group.member.removed", f"group:{group_id}", operator, {"stay_ids": [stay_id]}, None)


def book_group(session: Session, group_id: int, bookings: Sequence[Booking], operator: str) -> list[Stay]:
    """Books stays for a group, all or none; those that name no company are its company's. Refuses what booking does."""
    group = lock_group(session, group_id)
    named = [each if each.company_id is not None else replace(each, company_id=group.company_id) for each in bookings]
    stays = book_all(session, named, operator)
    _join(session, group, [each.id for each in stays], operator)
    return stays


def _join(session: Session, group: StayGroup, stay_ids: Sequence[int], operator: str) -> None:
    if stay_ids:
        session.add_all([GroupMember(stay_id=stay_id, group_id=group.id) for stay_id in stay_ids])
        session.flush()
        record(session, "group.member.added", f"group:{group.id}", operator, None, {"stay_ids": list(stay_ids)})


def groups_of(session: Session, stay_ids: Collection[int]) -> dict[int, StayGroup]:
    """The group of each stay that is in one, by stay; one statement."""
    wanted = (
        sa.select(GroupMember.stay_id, StayGroup)
        .join(StayGroup, StayGroup.id == GroupMember.group_id)
        .where(GroupMember.stay_id.in_(stay_ids))
    )
    return dict(session.execute(wanted).all())


def members(session: Session, group_id: int) -> list[Member]:
    """The stays of a group with what their windows owe, by room, those without one last. A few statements."""
    get_group(session, group_id)
    money = currency(session)
    wanted = (
        sa.select(Stay, Guest, Room.number)
        .join(GroupMember, GroupMember.stay_id == Stay.id)
        .join(Guest, Guest.id == Stay.guest_id)
        .outerjoin(Room, Room.id == Stay.room_id)
        .where(GroupMember.group_id == group_id)
        .order_by(Room.number.is_(None), Room.number, Stay.id)
    )
    owed = (
        sa.select(StayWindow.stay_id, StayWindow.folio_id, Folio.balance_minor)
        .join(GroupMember, GroupMember.stay_id == StayWindow.stay_id)
        .join(Folio, Folio.id == StayWindow.folio_id)
        .where(GroupMember.group_id == group_id)
        .order_by(StayWindow.stay_id, StayWindow.window)
    )
    windows: dict[int, list[tuple[int, int]]] = {}
    for stay_id, folio_id, balance_minor in session.execute(owed):
        windows.setdefault(stay_id, []).append((folio_id, balance_minor))
    return [
        Member(
            stay_id=stay.id,
            number=stay.number,
            guest=guest.name,
            room=room,
            status=stay.status,
            arrival=stay.arrival,
            departure=stay.departure,
            folio_ids=tuple(folio_id for folio_id, _ in windows.get(stay.id, ())),
            balance=Money(sum(balance for _, balance in windows.get(stay.id, ())), money),
        )
        for stay, guest, room in session.execute(wanted)
    ]


def groups(session: Session, text: str | None = None, *, skip: int = 0, most: int = 50) -> list[Group]:
    """Groups with their figures, the latest arrival first; `text` begins the code or stands in the name. One statement.

    Stays that were cancelled or did not come are not counted.
    """
    coming = Stay.status.not_in(("cancelled", "no_show"))
    wanted = (
        sa.select(
            StayGroup.id,
            StayGroup.code,
            StayGroup.name,
            Company.name.label("company"),
            Folio.id.label("folio_id"),
            sa.func.count(Stay.id).label("members"),
            sa.func.count(sa.case((Stay.status == "in_house", 1))).label("in_house"),
            sa.func.min(Stay.arrival).label("arrival"),
            sa.func.max(Stay.departure).label("departure"),
            Folio.balance_minor,
            Folio.currency,
        )
        .join(Folio, Folio.id == StayGroup.folio_id)
        .outerjoin(Company, Company.id == StayGroup.company_id)
        .outerjoin(GroupMember, GroupMember.group_id == StayGroup.id)
        .outerjoin(Stay, sa.and_(Stay.id == GroupMember.stay_id, coming))
        .group_by(StayGroup.id, Company.id, Folio.id)
        .order_by(sa.func.max(Stay.arrival).desc().nulls_first(), StayGroup.id.desc())
        .offset(skip)
        .limit(most)
    )
    if text is not None and text.strip():
        begins = StayGroup.code.istartswith(text.strip(), autoescape=True)
        wanted = wanted.where(sa.or_(begins, StayGroup.name.icontains(text.strip(), autoescape=True)))
    return [
        Group(
            group_id=row.id,
            code=row.code,
            name=row.name,
            company=row.company,
            folio_id=row.folio_id,
            members=row.members,
            in_house=row.in_house,
            arrival=row.arrival,
            departure=row.departure,
            balance=Money(row.balance_minor, row.currency),
        )
        for row in session.execute(wanted)
    ]


def refuse_strangers(session: Session, group: StayGroup, stay_ids: Collection[int]) -> None:
    """Refuses (`NotMember`) when one of the stays is not in the group."""
    wanted = sa.select(GroupMember.stay_id).where(GroupMember.group_id == group.id, GroupMember.stay_id.in_(stay_ids))
    strangers = set(stay_ids) - set(session.scalars(wanted))
    if strangers:
        raise NotMember(stay=min(strangers), group=group.code)


# --- what always holds ----------------------------------------------------------------------------------------

holds(
    N_("the folio of a group is a master folio"),
    """
    SELECT 'group ' || g.code, 'a master folio', f.type
    FROM stay_group g JOIN folio f ON f.id = g.folio_id WHERE f.type <> 'master'
    """,
)
