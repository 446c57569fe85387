"""What a group does in one go: get its rooms, check in, have its bills moved to the master, check out.

What each of its stays goes through stands in `stays.py`, the group and its members in `groups.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.business_day import open_date
from folios.drafts import Origin, Posted
from folios.errors import N_, DatabaseRefusal, Refusal
from folios.gathering import gather
from frontoffice.availability import free_rooms
from frontoffice.billed_lines import refuse_billed
from frontoffice.departures import departure_obstacles_of
from frontoffice.groups import lock_group, refuse_strangers
from frontoffice.lifecycle import NEXT, StateForbids, get_stays
from frontoffice.models.desk import GroupMember, StayGroup
from frontoffice.models.rooms import Room
from frontoffice.models.stays import Stay
from frontoffice.reservations import assign_rooms
from frontoffice.rooms import READY, lock_room_types, lock_rooms
from frontoffice.stays import CheckIn, check_in_all, check_out_all
from frontoffice.windows import windows_of

OF_STAY = N_("stay {stay}: {obstacles}")


class NobodyThere(Refusal):
    code = "group.empty"
    message = N_("There is nobody in group {group} whom this concerns.")


class GroupObstacles(Refusal):
    """Params: `group` (its code), `obstacles` ({a stay's number: refusals, each with code, text and params})."""

    code = "group.obstacles"
    message = N_("Group {group}: {obstacles}.")

    def text(self, translate: Callable[[str], str] = lambda message: message, locale: str = "en") -> str:
        """The sentence, with every obstacle of every stay in the reader's language."""
        told = [
            translate(OF_STAY).format(stay=stay, obstacles=", ".join(each.text(translate, locale) for each in reasons))
            for stay, reasons in self.params["obstacles"].items()
        ]
        return translate(self.message).format(group=self.params["group"], obstacles="; ".join(told))


class GroupNotReady(GroupObstacles):
    """Somebody of the group cannot check in; see `GroupObstacles`."""

    code = "group.not_ready"
    message = N_("Group {group} cannot check in: {obstacles}")


class GroupCannotLeave(GroupObstacles):
    """Somebody of the group cannot check out; see `GroupObstacles`."""

    code = "group.cannot_leave"
    message = N_("Group {group} cannot check out: {obstacles}")


@dataclass(frozen=True, slots=True)
class Arrival:
    """Who was checked in, and who waits for which reason, by stay."""

    checked_in: Sequence[Stay]
    waiting: Mapping[int, Refusal]


@dataclass(frozen=True, slots=True)
class Assigned:
    """Who was given a room, and who was not, because none of their type is free for all of their nights."""

    given: Sequence[Stay]
    without: Sequence[Stay]


def assign_group_rooms(
    session: Session, group_id: int, operator: str, *, stay_ids: Collection[int] | None = None
) -> Assigned:
    """Gives those of a group who have no room yet, or the chosen ones of them, a room of the type they booked.

    Rooms next to each other by number, and for those who come today the ready ones first. A room out of order or out of
    service is not given. Who gets none is told and stops nobody. Refuses strangers, and when nobody is without a room
    (`NobodyThere`). A few statements for each different type and dates, and a constant number for giving.
    """
    group = lock_group(session, group_id)
    chosen = get_stays(session, _chosen(session, group, stay_ids, "confirmed"))
    waiting = [each for each in chosen.values() if each.status == "confirmed" and each.room_id is None]
    if not waiting:
        raise NobodyThere(group=group.code)
    lock_room_types(session, {each.room_type_id for each in waiting})  # whoever gives rooms of these types waits here
    picked = _pick_rooms(session, waiting, open_date(session))
    given = assign_rooms(session, picked, operator)
    return Assigned([given[each] for each in sorted(picked)], [each for each in waiting if each.id not in picked])


def _pick_rooms(session: Session, stays: Sequence[Stay], today: date) -> dict[int, int | None]:
    """A room for each stay, where there is one: who comes first chooses first, and of those who stays longest."""
    free: dict[tuple[int, date, date], list[Room]] = {}
    taken: dict[int, list[tuple[date, date]]] = {}
    picked: dict[int, int | None] = {}
    for stay in sorted(stays, key=lambda each: (each.arrival, -each.departure.toordinal(), each.id)):
        begin, end = stay.arrival, max(stay.departure, stay.arrival + timedelta(days=1))
        wanted = (stay.room_type_id, stay.arrival, stay.departure)
        if wanted not in free:
            free[wanted] = free_rooms(session, *wanted)
            if stay.arrival == today:
                free[wanted].sort(key=lambda room: room.occupancy != "vacant" or room.condition not in READY)
        for room in free[wanted]:
            if all(end <= other_begin or other_end <= begin for other_begin, other_end in taken.get(room.id, ())):
                taken.setdefault(room.id, []).append((begin, end))
                picked[stay.id] = room.id
                break
    return picked


def check_in_group(
    session: Session,
    group_id: int,
    operator: str,
    *,
    stay_ids: Collection[int] | None = None,
    only_ready: bool = False,
    accept_out_of_service: bool = False,
) -> Arrival:
    """Checks in those of a group who have not come yet, or the chosen ones, into the rooms they have.

    All or none, refused with the reasons of each (`GroupNotReady`); or `only_ready`: who can is checked in, and the
    answer tells why the others wait. Refuses strangers, and when nobody is left (`NobodyThere`).
    """
    group = lock_group(session, group_id)
    chosen = _chosen(session, group, stay_ids, "confirmed")
    seen = get_stays(session, chosen)
    # All locks first and in order: what is tried one by one below cannot lock up with anybody.
    lock_rooms(session, {each.room_id for each in seen.values() if each.room_id is not None})
    stays = get_stays(session, chosen, locked=True)

    def check_in(*those: int) -> list[Stay] | Refusal:
        requests = [CheckIn(stay_id) for stay_id in those]
        try:
            with session.begin_nested():
                return check_in_all(session, requests, operator, accept_out_of_service=accept_out_of_service)
        except DatabaseRefusal:
            raise
        except Refusal as refusal:
            return refusal

    together = check_in(*chosen)
    if not isinstance(together, Refusal):
        return Arrival(together, {})
    checked_in: list[Stay] = []
    waiting: dict[int, Refusal] = {}
    for stay_id in chosen:
        answer = check_in(stay_id)
        if isinstance(answer, Refusal):
            waiting[stay_id] = answer
        else:
            checked_in += answer
    if waiting and not only_ready:
        raise GroupNotReady(group=group.code, obstacles={stays[each].number: [waiting[each]] for each in waiting})
    return Arrival(checked_in, waiting)


def settle_on_master(
    session: Session,
    group_id: int,
    stay_ids: Collection[int] | None,
    origin: Origin,
    *,
    codes: Collection[str] | None = None,
    reason: str | None = None,
    over_limit_by: str | None = None,
) -> dict[int, Posted]:
    """Moves to the master what stands on the open windows of members (None: of all), or only lines with these `codes`
    and the taxes they generated; by window's folio, one voucher each. Windows at zero are left as they are.

    The key stands for all: sent again, nothing more is moved. Refuses strangers, when there is nothing to move
    (`VoucherEmpty`), lines that stand on an invoice (`LineInvoiced`), and what the master's house limit does not allow
    unless somebody authorises it.
    """
    group = lock_group(session, group_id)
    chosen = _chosen(session, group, stay_ids, None)
    windows = windows_of(session, chosen)
    folio_ids = [window.folio_id for opened in windows.values() for window in opened]
    asked = ["group", group_id, None if stay_ids is None else chosen]
    moved = gather(
        session,
        folio_ids,
        group.folio_id,
        origin,
        codes=codes,
        asked=asked,
        reason=reason,
        over_limit_by=over_limit_by,
    )
    refuse_billed(session, [each.voucher_id for each in moved.values()])
    return moved


def leave_obstacles(session: Session, stay_ids: Collection[int]) -> dict[int, list[Refusal]]:
    """What stands in the way of each stay's departure, nothing for those that can leave; a few statements."""
    stays = get_stays(session, stay_ids)
    obstacles: dict[int, list[Refusal]] = {}
    staying = [stay_id for stay_id, stay in stays.items() if (stay.status, "check_out") in NEXT]
    due = departure_obstacles_of(session, staying)
    for stay_id, stay in stays.items():
        state = StateForbids(stay=stay.number, state=stay.status, verb="check_out")
        obstacles[stay_id] = due.get(stay_id, [state])
    return obstacles


def leave(session: Session, group_id: int, stay_ids: Collection[int] | None, operator: str) -> list[Stay]:
    """Checks members out together (None: all who are in house), all or none, in a constant number of statements.

    Refuses (`GroupCannotLeave`) naming everything that stands in the way of each of them; strangers; and nobody.
    """
    group = lock_group(session, group_id)
    chosen = _chosen(session, group, stay_ids, "in_house")
    stays = get_stays(session, chosen)
    blocked = {stays[each].number: told for each, told in leave_obstacles(session, chosen).items() if told}
    if blocked:
        raise GroupCannotLeave(group=group.code, obstacles=blocked)
    return check_out_all(session, chosen, operator)


def _chosen(session: Session, group: StayGroup, stay_ids: Collection[int] | None, status: str | None) -> list[int]:
    """The chosen stays of a group, or those in a state when none are chosen; refuses strangers, and nobody."""
    if stay_ids is not None:
        refuse_strangers(session, group, stay_ids)
        chosen = sorted(set(stay_ids))
    else:
        wanted = sa.select(GroupMember.stay_id).where(GroupMember.group_id == group.id).order_by(GroupMember.stay_id)
        if status is not None:
            wanted = wanted.join(Stay, Stay.id == GroupMember.stay_id).where(Stay.status == status)
        chosen = list(session.scalars(wanted))
    if not chosen:
        raise NobodyThere(group=group.code)
    return chosen
