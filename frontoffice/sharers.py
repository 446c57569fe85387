"""Sharers: who else lives in the room of a stay, by name, and which of its windows their charges go to.

Whose stay it is, and how many it is booked for, stands with the stay (`reservations.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.business_day import hold_open_day
from folios.errors import N_, ChangedMeanwhile, Refusal
from folios.events import record
from folios.models import Folio
from frontoffice.guests import get_guest
from frontoffice.lifecycle import get_stay, lock_stays
from frontoffice.models.charging import StaySharer
from frontoffice.models.guests import Guest
from frontoffice.models.stays import Stay, StayWindow
from frontoffice.signals import guest_changed


class SharerOwnGuest(Refusal):
    code = "sharer.own_guest"
    message = N_("Stay {stay} is {guest}'s own. Choose who else lives in the room.")


class SharerTwice(Refusal):
    code = "sharer.there_before"
    message = N_("{guest} lives in the room of stay {stay} already.")


class SharerUnknown(Refusal):
    code = "sharer.unknown"
    message = N_("{guest} does not live in the room of stay {stay}. Somebody may have changed that meanwhile.")


class PartyFull(Refusal):
    code = "sharer.party_full"
    message = N_("Stay {stay} is for {party}, and all of them are named. Change the party first.")


class PartyTooSmall(Refusal):
    code = "stay.party_named"
    message = N_("{named} people live in the room of stay {stay} by name. Take somebody out of the room first.")


class WindowNotOpen(Refusal):
    code = "window.not_open"
    message = N_("Stay {stay} has no open window {window}. Choose another, or open it first.")


@dataclass(frozen=True, slots=True)
class Sharer:
    """Somebody who lives in a stay's room beside its guest; their charges go to the stay's `window`."""

    stay_id: int
    guest: Guest
    window: int
    version: int


def add_sharer(session: Session, stay_id: int, guest_id: int, operator: str, *, window: int = 1) -> StaySharer:
    """Says that a guest lives in the room of a stay, in house or confirmed; their charges go to the `window`.

    Refuses an unknown stay or guest, another state of the stay, its own guest, somebody who lives there already, more
    people than the stay is for (`PartyFull`), and a window that is not open; before the check-in there is the first.
    """
    hold_open_day(session)
    stay = lock_stays(session, [stay_id], "share")[stay_id]
    guest = get_guest(session, guest_id)
    if guest_id == stay.guest_id:
        raise SharerOwnGuest(stay=stay.number, guest=guest.name)
    there = set(session.scalars(sa.select(StaySharer.guest_id).where(StaySharer.stay_id == stay_id)))
    if guest_id in there:
        raise SharerTwice(stay=stay.number, guest=guest.name)
    refuse_full(stay, len(there))
    _refuse_window(session, stay, window)
    sharer = StaySharer(stay_id=stay_id, guest_id=guest_id, window=window)
    session.add(sharer)
    session.flush()
    record(session, "stay.sharer.added", f"stay:{stay_id}", operator, None, _told(guest, window))
    _tell(session, stay)
    return sharer


def refuse_full(stay: Stay, sharers: int) -> None:
    """Refuses (`PartyFull`) another sharer where everybody the stay is for is named, its own guest among them."""
    party = stay.adults + stay.children
    if sharers + 1 >= party:
        raise PartyFull(stay=stay.number, party=party)


def change_window(
    session: Session, stay_id: int, guest_id: int, seen_version: int, window: int, operator: str
) -> StaySharer:
    """Sends a sharer's charges to another window of the stay; the sharer was read at `seen_version`.

    Refuses another state of the stay, who does not live there, a window that is not open, and `ChangedMeanwhile`.
    """
    hold_open_day(session)
    stay = lock_stays(session, [stay_id], "share")[stay_id]
    sharer, guest = _find(session, stay, guest_id)
    if sharer.version != seen_version:
        raise ChangedMeanwhile(
            record=f"stay:{stay_id}",
            changed=[f"window: {sharer.window} / {window}"],
            theirs={"window": sharer.window},
            version=sharer.version,
        )
    if sharer.window == window:
        return sharer
    _refuse_window(session, stay, window)
    before = _told(guest, sharer.window)
    sharer.window = window
    session.flush()
    record(session, "stay.sharer.changed", f"stay:{stay_id}", operator, before, _told(guest, window))
    _tell(session, stay)
    return sharer


def remove_sharer(session: Session, stay_id: int, guest_id: int, operator: str) -> None:
    """Says that somebody does not live in the room any more; what they had charged stays on its folio.

    Refuses another state of the stay, and who does not live there (`SharerUnknown`).
    """
    hold_open_day(session)
    stay = lock_stays(session, [stay_id], "share")[stay_id]
    sharer, guest = _find(session, stay, guest_id)
    before = _told(guest, sharer.window)
    session.delete(sharer)
    session.flush()
    record(session, "stay.sharer.removed", f"stay:{stay_id}", operator, before, None)
    _tell(session, stay)


def sharers_of(session: Session, stay_ids: Collection[int]) -> dict[int, list[Sharer]]:
    """Who else lives in the room of each stay, in the order in which they were added. One statement."""
    found: dict[int, list[Sharer]] = {stay_id: [] for stay_id in stay_ids}
    rows = session.execute(
        sa.select(StaySharer.stay_id, Guest, StaySharer.window, StaySharer.version)
        .join(Guest, Guest.id == StaySharer.guest_id)
        .where(StaySharer.stay_id.in_(found))
        .order_by(StaySharer.id)
    )
    for stay_id, guest, window, version in rows:
        found[stay_id].append(Sharer(stay_id, guest, window, version))
    return found


def get_sharer(session: Session, stay_id: int, guest_id: int) -> Sharer:
    """Somebody who shares the room of a stay. Refuses unknown stays and guests, and who does not live there."""
    stay = get_stay(session, stay_id)
    sharer, guest = _find(session, stay, guest_id)
    return Sharer(stay.id, guest, sharer.window, sharer.version)


def shared_by(matches: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """A condition on stays: somebody who shares the room is a guest that `matches`, a condition on `Guest`.

    The statement it stands in may have the stay's own guest in it as well.
    """
    named = sa.select(StaySharer.stay_id).join(Guest, Guest.id == StaySharer.guest_id).where(matches)
    return Stay.id.in_(named.correlate(None))


def refuse_amending(session: Session, stay: Stay, details: Mapping[str, Any]) -> None:
    """Refuses details of a stay that its sharers do not allow: a party smaller than those who are named
    (`PartyTooSmall`), and one of them as its own guest (`SharerTwice`). The stay is locked.
    """
    if not {"adults", "children", "guest_id"} & details.keys():
        return
    named = {each.guest.id: each.guest for each in sharers_of(session, [stay.id])[stay.id]}
    party = details.get("adults", stay.adults) + details.get("children", stay.children)
    if named and party < len(named) + 1:
        raise PartyTooSmall(stay=stay.number, named=len(named) + 1)
    if details.get("guest_id") in named:
        raise SharerTwice(stay=stay.number, guest=named[details["guest_id"]].name)


def back_to_first_window(session: Session, stay_id: int) -> None:
    """The stay has lost its windows with its check-in: the charges of its sharers go to its first one again."""
    moved = sa.update(StaySharer).where(StaySharer.stay_id == stay_id, StaySharer.window != 1)
    session.execute(moved.values(window=1, version=StaySharer.version + 1))


def open_windows_of(session: Session, stay: Stay) -> list[tuple[int, str]]:
    """The windows that charges to a stay can go to, with whom each bill is for; before the check-in only the first."""
    if stay.status == "confirmed":
        return [(1, "")]
    rows = session.execute(
        sa.select(StayWindow.window, Folio.name)
        .join(Folio, Folio.id == StayWindow.folio_id)
        .where(StayWindow.stay_id == stay.id, Folio.status == "open")
        .order_by(StayWindow.window)
    )
    return [(window, name) for window, name in rows]


def _refuse_window(session: Session, stay: Stay, window: int) -> None:
    if window not in {number for number, _name in open_windows_of(session, stay)}:
        raise WindowNotOpen(stay=stay.number, window=window)


def _find(session: Session, stay: Stay, guest_id: int) -> tuple[StaySharer, Guest]:
    guest = get_guest(session, guest_id)
    wanted = sa.select(StaySharer).where(StaySharer.stay_id == stay.id, StaySharer.guest_id == guest_id)
    sharer = session.scalar(wanted.execution_options(populate_existing=True))
    if sharer is None:
        raise SharerUnknown(stay=stay.number, guest=guest.name)
    return sharer, guest


def _told(guest: Guest, window: int) -> dict[str, Any]:
    return {"guest": f"guest:{guest.id}", "name": guest.name, "window": window}


def _tell(session: Session, stay: Stay) -> None:
    if stay.status == "in_house":
        guest_changed.send(session, stay_ids=[stay.id])
