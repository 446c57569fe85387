"""Whose stay it is to be: a guest who is known, picked from a list while the name is typed, or somebody new.

Entering and editing profiles stands in `guests.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.errors import N_, Refusal
from folios.texts import clean_text, read_number, search_text
from frontoffice.guests import FIELDS, GuestUnknown, add_guest, find_guests, get_guest, search_name
from frontoffice.models.guests import Company, Guest
from frontoffice.models.stays import Stay

NEW = "new"
MOST_PICKS = 8


class GuestSameName(Refusal):
    code = "guest.same_name"
    message = N_("{name} is known already. Choose who it is below, or choose a new guest.")


@dataclass(frozen=True, slots=True)
class Pick:
    """A guest in the list, with how often they stayed and when they came last."""

    guest: Guest
    stays: int
    last_arrival: date | None


def picks(session: Session, text: str, most: int = MOST_PICKS) -> list[Pick]:
    """Guests whose name begins with `text`, in order of the name. Two statements."""
    return _told(session, find_guests(session, search_text(text), most))


def pick(session: Session, chosen: str | None) -> list[Pick]:
    """The guest who was chosen, as a list of one; nobody when nobody is. Two statements."""
    guest_id = read_number(chosen)
    found = None if guest_id is None else session.get(Guest, guest_id)
    return [] if found is None else _told(session, [found])


def _told(session: Session, guests: list[Guest]) -> list[Pick]:
    came = Stay.status.in_(("in_house", "departed"))
    wanted = (
        sa.select(Stay.guest_id, sa.func.count(), sa.func.max(Stay.arrival))
        .where(came, Stay.guest_id.in_([each.id for each in guests]))
        .group_by(Stay.guest_id)
    )
    counted = {guest_id: (count, last) for guest_id, count, last in session.execute(wanted)}
    return [Pick(each, *counted.get(each.id, (0, None))) for each in guests]


def known_or_new(session: Session, chosen: str | None, fields: Mapping[str, str | None], operator: str) -> Guest:
    """The guest with the id `chosen`, or a new one of these fields: when that was chosen (`new`), or nobody was and no
    guest of that name is known.

    Refuses a guest who is not there (`GuestUnknown`), a name that is known when nothing was chosen (`GuestSameName`),
    and what `add_guest` refuses.
    """
    if chosen and chosen != NEW:
        guest_id = read_number(chosen)
        if guest_id is None:
            raise GuestUnknown(guest=chosen[:30])
        return get_guest(session, guest_id)
    if chosen != NEW and fields.get("surname"):
        names = [clean_text(name, fields.get(name), FIELDS[name]) for name in ("surname", "first_names")]
        called = search_name(names[0] or "", names[1])
        same = session.scalar(sa.select(Guest).where(Guest.search_name == called).limit(1))
        if same is not None:
            raise GuestSameName(name=same.name)
    return add_guest(session, operator, **fields)


def suggested_companies(session: Session, most: int = 500) -> list[Company]:
    """Companies to be suggested while a code is typed, by code; one that is not among them can be typed as well."""
    return list(session.scalars(sa.select(Company).order_by(Company.code).limit(most)))
