"""Guests: enter, find, amend. What a company is stands in `companies.py`, the fields of an address in `fields.py`."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios import events
from folios.errors import N_, Refusal
from folios.events import record_all
from folios.ids import next_ids
from folios.texts import search_text
from frontoffice.fields import ADDRESS_FIELDS, clean_fields
from frontoffice.models.charging import StaySharer
from frontoffice.models.guests import NAME_LENGTH, Guest
from frontoffice.models.stays import Stay
from frontoffice.signals import guest_changed

# The longest text each field takes.
FIELDS = {
    "surname": NAME_LENGTH,
    "first_names": NAME_LENGTH,
    "title": 20,
    "language": 2,
    "id_document": 60,
    **ADDRESS_FIELDS,
}


class GuestUnknown(Refusal):
    code = "guest.unknown"
    message = N_("There is no guest {guest}.")


def add_guest(session: Session, operator: str, **fields: str | None) -> Guest:
    """Enters one guest; see `add_guests`."""
    return add_guests(session, [fields], operator)[0]


def add_guests(session: Session, guests: Sequence[Mapping[str, str | None]], operator: str) -> list[Guest]:
    """Enters guests, each by its fields (`FIELDS`; `surname` is needed), in a constant number of statements.

    Refuses a missing surname, a country or language that is none, an e-mail address without its parts, a field that a
    guest does not have, and text that is too long or cannot be stored.
    """
    if not guests:
        return []
    rows = []
    for guest_id, fields in zip(next_ids(session, Guest.id, len(guests)), guests, strict=True):
        clean = clean_fields(fields, FIELDS, needed=("surname",))
        found_as = search_name(clean["surname"], clean.get("first_names"))
        rows.append(Guest(id=guest_id, **clean, search_name=found_as))
    session.add_all(rows)
    session.flush()
    record_all(session, "guest.entered", operator, [(f"guest:{each.id}", None, {"name": each.name}) for each in rows])
    return rows


def amend_guest(
    session: Session, guest_id: int, seen_version: int, changes: Mapping[str, str | None], operator: str
) -> Guest:
    """Changes fields of a guest that was read at `seen_version`; the terminals hear of it when the guest is in house.

    Refuses what `add_guests` refuses, and `ChangedMeanwhile`.
    """
    guest = lock_guest(session, guest_id)
    clean = clean_fields(changes, FIELDS, needed=("surname",) if "surname" in changes else ())
    if {"surname", "first_names"} & clean.keys():
        clean["search_name"] = search_name(
            clean.get("surname") or guest.surname, clean.get("first_names", guest.first_names)
        )
    if events.amend(session, guest, seen_version, clean, "guest.amended", f"guest:{guest_id}", operator):
        in_house = sa.select(Stay.id).where(lives_in(guest_id), Stay.status == "in_house").order_by(Stay.id)
        stay_ids = list(session.scalars(in_house))
        if stay_ids:
            guest_changed.send(session, stay_ids=stay_ids)
    return guest


def get_guest(session: Session, guest_id: int) -> Guest:
    """The guest with this id. Refuses `GuestUnknown`."""
    found = session.get(Guest, guest_id)
    if found is None:
        raise GuestUnknown(guest=guest_id)
    return found


def lock_guest(session: Session, guest_id: int) -> Guest:
    """The guest as it is under the row's lock. Refuses `GuestUnknown`."""
    found = session.get(Guest, guest_id, with_for_update={"key_share": True}, populate_existing=True)
    if found is None:
        raise GuestUnknown(guest=guest_id)
    return found


def lives_in(guest_id: int) -> sa.ColumnElement[bool]:
    """A condition on stays: the guest's own, and those whose room they share."""
    shared = sa.select(StaySharer.stay_id).where(StaySharer.guest_id == guest_id)
    return sa.or_(Stay.guest_id == guest_id, Stay.id.in_(shared))


def refuse_unknown_guests(session: Session, guest_ids: Collection[int]) -> None:
    """Refuses (`GuestUnknown`) when one of the guests is not there."""
    wanted = set(guest_ids)
    missing = wanted - set(session.scalars(sa.select(Guest.id).where(Guest.id.in_(wanted))))
    if missing:
        raise GuestUnknown(guest=min(missing))


def find_guests(session: Session, text: str, most: int = 50) -> list[Guest]:
    """Guests whose name begins with `text` (surname first), whatever its accents and capitals, in order of the name."""
    typed = search_text(text)
    wanted = search_name(*typed.split(",", 1)) if "," in typed else plain(typed)
    if not wanted:
        return []
    by_name = (
        sa.select(Guest)
        .where(Guest.search_name.startswith(wanted, autoescape=True))
        .order_by(Guest.search_name, Guest.id)
        .limit(most)
    )
    return list(session.scalars(by_name))


def search_name(surname: str, first_names: str | None = None) -> str:
    """A name as it is searched for: `Gäste, Élan` becomes `gaste, elan`."""
    return plain(f"{surname.strip()}, {first_names.strip()}" if first_names else surname)


def plain(text: str) -> str:
    """Text in small letters and without accents, in any script; at most 300 characters of it."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(each for each in letters if not unicodedata.combining(each)).split())[:300]
