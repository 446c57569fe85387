"""Guests in the fields of FIAS: who is meant by G#, and what GI, GC and PL say of somebody."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.folios import MOST_ID
from frontoffice.models.charging import StaySharer
from pos_bridge.fias.values import from_date
from pos_bridge.fias_desk.calls import guest_number, read_guest_number
from pos_bridge.residents import Resident, in_room

# Languages as FIAS has always named them; every other by its two letters.
LANGUAGES = {"en": "EA", "fr": "FR", "de": "GE", "it": "IT", "ja": "JA", "es": "SP"}


def stay_of(session: Session, text: str) -> tuple[int, int | None]:
    """The stay and the sharer that G# names; stay 0 for nobody."""
    stay_id, sharer = read_guest_number(text)
    if sharer is not None:
        known = 0 < sharer <= MOST_ID
        stay_id = session.scalar(sa.select(StaySharer.stay_id).where(StaySharer.id == sharer)) if known else 0
    return stay_id or 0, sharer


def named(session: Session, room: str, number: str) -> list[Resident]:
    """Who in a room is meant: everybody where G# says nothing; nobody where it is somebody else's."""
    people = in_room(session, room)
    if not number:
        return people
    return [each for each in people if guest_number(each.stay_id, each.sharer) == number.lstrip("0")]


def told_of(resident: Resident) -> list[tuple[str, str | None]]:
    """The fields of GI and GC that say who somebody is."""
    return [
        ("GN", resident.name),
        ("GF", resident.first_names),
        ("GT", resident.title),
        ("GL", language(resident.language)),
        ("GV", "0"),
        ("GA", from_date(resident.arrival)),
        ("GD", from_date(resident.departure)),
        ("G+", str(resident.guest_id)),
        ("NP", "Y" if resident.no_post else "N"),
    ]


def language(code: str | None) -> str | None:
    """GL for a language."""
    return None if not code else LANGUAGES.get(code.lower(), code.upper()[:2])
