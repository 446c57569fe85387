"""Who is there, and may they charge: the one rule by which every door of the bridge finds who is to pay.

Guests in house by room, name or reservation, those who share their room, and accounts (house, staff, master folios) by
number; any of them by one of the hotel's own cards. Nothing is written here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from folios.db import UtcDateTime
from folios.errors import N_, FolioClosed, Refusal
from folios.folio_types import types_taking
from folios.folios import MOST_ID
from folios.models import Folio, Ledger
from folios.money import Money
from folios.prepared import Prepared
from folios.texts import search_text
from frontoffice.guests import plain
from frontoffice.language import show
from frontoffice.models.charging import ChargeCard, ChargeStop, StaySharer
from frontoffice.models.guests import Guest, full_name
from frontoffice.models.rooms import Room
from frontoffice.models.stays import Stay, StayWindow
from pos_bridge.book import TerminalFacts
from pos_bridge.checks import Whom
from pos_bridge.models.messages import PosRequest
from pos_bridge.print_queue import any_printer

MOST_MATCHES = 16
ACCOUNT_TYPES = types_taking("charge")


class NotPlaced(Refusal):
    """Nobody was found who could be charged. Where an outlet is set up so, the charge goes to suspense instead."""

    code = "payer.unknown"
    message = N_("Nobody was found to charge this to. Ask for the room and the name again.")


class NoSuchRoom(NotPlaced):
    code = "payer.room_unknown"
    message = N_("There is no room {room}. Ask for the number again.")


class NobodyInRoom(NotPlaced):
    code = "payer.room_vacant"
    message = N_("Nobody is in room {room}. Ask for the room and the name again.")


class AnotherInRoom(NotPlaced):
    code = "payer.name_mismatch"
    message = N_("The guest in room {room} has another name. Ask for the room and the name again.")


class GuestMoved(NotPlaced):
    code = "payer.moved"
    message = N_("{guest} is not in room {room}, but in {now}.")


class StayNotHere(NotPlaced):
    code = "payer.stay_gone"
    message = N_("The guest of reservation {stay} is not in house. Ask for another way to pay.")


class NoSuchAccount(NotPlaced):
    code = "payer.account_unknown"
    message = N_("There is no account {account} that can be charged.")


class NoSuchCard(NotPlaced):
    code = "payer.card_unknown"
    message = N_("This card belongs to nobody who can be charged now.")


class WhomMissing(Refusal):
    code = "payer.missing"
    message = N_("Say who is to pay: a room, a reservation, an account or a card; one of them.")


class ChargesStopped(Refusal):
    code = "payer.stopped"
    message = N_("Nothing from outlets may be charged here: {reason}. Ask for another way to pay.")


class LimitReached(Refusal):
    code = "payer.limit_reached"
    message = N_("The house limit of {limit} is used up (balance {balance}). Ask for another way to pay.")


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody who may be asked to pay, with the folio it would go to; `stop` is why outlets may not."""

    kind: str
    room: str | None
    stay_id: int | None
    guest: str
    search_name: str
    folio_id: int
    folio: str
    folio_status: str
    stop: str | None
    sharer: int | None = None


@dataclass(frozen=True, slots=True)
class Payer:
    """Somebody found, as a terminal is told. `kind`: `guest`, `sharer` (lives in the room too), `account`.

    `sharer` is the number of their living there; `guest_id` their profile.

    `may`: what the terminal may do, each with the reason when it may not (None: it may).
    """

    kind: str
    room: str | None
    stay_id: int | None
    guest: str
    title: str | None
    language: str | None
    arrival: date | None
    departure: date | None
    folio_id: int
    folio: str
    folio_type: str
    may: Mapping[str, str | None]
    sharer: int | None = None
    guest_id: int | None = None
    balance_minor: int = 0
    limit_minor: int | None = None


# --- the statements -------------------------------------------------------------------------------------------


def _residents(*conditions: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """Guests in house and those who share with them, each with the folio of their window; the guest before sharers.

    There is always a row, for the catalogue's mark; without a guest it holds nothing else.
    """
    here = (Stay.status == "in_house", *conditions)
    guests: Any = sa.select(
        Stay.id.label("stay_id"),
        Stay.room_id.label("room_id"),
        Stay.guest_id.label("guest_id"),
        sa.literal_column("1").label("window"),
        sa.literal_column("'guest'").label("kind"),
        sa.null().cast(StaySharer.id.type).label("sharer"),
    ).where(*here)
    sharers: Any = (
        sa.select(
            Stay.id, Stay.room_id, StaySharer.guest_id, StaySharer.window, sa.literal_column("'sharer'"), StaySharer.id
        )
        .join(StaySharer, StaySharer.stay_id == Stay.id)
        .where(*here)
    )
    resident = sa.union_all(guests, sharers).subquery("resident")
    return (
        sa.select(
            *_facts(resident.c.kind),
            Room.number.label("room"),
            resident.c.stay_id,
            resident.c.sharer,
            resident.c.guest_id,
            Guest.surname,
            Guest.first_names,
            Guest.search_name,
            Guest.title,
            Guest.language,
            Stay.arrival,
            Stay.departure,
        )
        .select_from(Ledger)
        .outerjoin(resident, sa.true())
        .outerjoin(Stay, Stay.id == resident.c.stay_id)
        .outerjoin(Room, Room.id == resident.c.room_id)
        .outerjoin(Guest, Guest.id == resident.c.guest_id)
        .outerjoin(
            StayWindow, sa.and_(StayWindow.stay_id == resident.c.stay_id, StayWindow.window == resident.c.window)
        )
        .outerjoin(Folio, Folio.id == StayWindow.folio_id)
        .where(Ledger.id == 1)
        .order_by(Room.number, resident.c.stay_id, resident.c.kind)
    )


def _facts(kind: Any) -> list[Any]:
    stop = (
        sa.select(ChargeStop.reason)
        .where(ChargeStop.folio_id == Folio.id)
        .where(sa.or_(ChargeStop.outlet.is_(None), ChargeStop.outlet == sa.bindparam("outlet")))
        .limit(1)
        .correlate(Folio)
        .scalar_subquery()
    )
    return [
        Ledger.catalogue_mark.label("mark"),
        _twin().label("twin"),
        any_printer().label("prints"),
        kind.label("kind"),
        Folio.id.label("folio_id"),
        Folio.number.label("folio"),
        Folio.name.label("folio_name"),
        Folio.type.label("folio_type"),
        Folio.status.label("folio_status"),
        Folio.currency,
        Folio.balance_minor,
        Folio.house_limit_minor,
        stop.label("stop"),
    ]


def _twin() -> Any:
    """An earlier charge of the terminal for the same place, check and amount within minutes; asked for by charges."""
    check = sa.bindparam("check", type_=sa.String)
    return (
        sa.select(PosRequest.id)
        .where(PosRequest.terminal == sa.bindparam("terminal", type_=sa.String))
        .where(PosRequest.place == sa.bindparam("place", type_=sa.String))
        .where(PosRequest.received_at > sa.bindparam("since", type_=UtcDateTime))
        .where(PosRequest.kind == "charge", PosRequest.outcome != "refused")
        .where(PosRequest.total_minor == sa.bindparam("total", type_=sa.BigInteger))
        .where(PosRequest.check_number.is_not_distinct_from(check))
        .order_by(PosRequest.id.desc())
        .limit(1)
        .scalar_subquery()
    )


NO_TWIN: Mapping[str, Any] = dict.fromkeys(("check", "terminal", "place", "since", "total"))


def _accounts(*conditions: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """Folios that can be charged; a window of a stay only while its guest is in house."""
    lodger = (
        sa.select(StayWindow.folio_id)
        .join(Stay, Stay.id == StayWindow.stay_id)
        .where(Stay.status == "in_house", StayWindow.folio_id == Folio.id)
        .correlate(Folio)
        .exists()
    )
    chargeable = sa.and_(
        sa.or_(*(Folio.type == each for each in ACCOUNT_TYPES)),
        Folio.ledger != "deposit",
        sa.or_(Folio.type != "individual", lodger),
        *conditions,
    )
    nothing = sa.null()
    return (
        sa.select(
            *_facts(sa.literal_column("'account'")),
            *(
                nothing.label(name)
                for name in (
                    *("room", "stay_id", "sharer", "guest_id", "surname", "first_names", "title", "language"),
                    *("arrival", "departure"),
                )
            ),
            sa.literal_column("''").label("search_name"),
        )
        .select_from(Ledger)
        .outerjoin(Folio, chargeable)
        .where(Ledger.id == 1)
        .order_by(Folio.number)
    )


_room_id = sa.select(Room.id).where(Room.number == sa.bindparam("room")).scalar_subquery()
_STATEMENTS = {
    "room": _residents(Stay.room_id == _room_id),
    "stay": _residents(Stay.id == sa.bindparam("stay")),
    "account": _accounts(Folio.number == sa.bindparam("account")),
    "folio_id": _accounts(Folio.id == sa.bindparam("folio_id")),
}
_PREPARED = {way: Prepared({"sqlite": each, "postgresql": each}) for way, each in _STATEMENTS.items()}


def _way(connection: Connection, whom: Whom) -> tuple[str, dict[str, Any]]:
    """Which of the statements finds who is meant, and what it is given. A card is looked up for whose it is.

    Refuses `WhomMissing` where nobody is named, or a name alone.
    """
    if whom.card is not None:
        owner = connection.execute(
            sa.select(ChargeCard.folio_id, ChargeCard.stay_id).where(
                ChargeCard.number == "".join(whom.card.split()).upper(), ChargeCard.active
            )
        ).first()
        if owner is not None and owner.stay_id is not None:
            return "stay", {"stay": owner.stay_id}
        return "folio_id", {"folio_id": 0 if owner is None else owner.folio_id}
    if whom.room is not None:
        return "room", {"room": whom.room}
    if whom.stay is not None:
        return "stay", {"stay": whom.stay if 0 < whom.stay <= MOST_ID else 0}
    if whom.account is not None:
        return "account", {"account": whom.account}
    raise WhomMissing


# --- one payer, for a charge ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at the database gave: the catalogue's mark, who is there, a charge that this one looks like, and
    whether the hotel prints slips at all.
    """

    mark: int
    found: list[Found]
    twin_id: int | None
    prints: bool


def look(connection: Connection, whom: Whom, outlet: str, like: Mapping[str, Any] = NO_TWIN) -> Look:
    """Who is meant, in one statement (a card: two). `like`: what an earlier charge must have in common to be a twin.

    Refuses `WhomMissing` where nobody is named, or a name alone.
    """
    way, given = _way(connection, whom)
    rows = _PREPARED[way].run(connection, {**given, "outlet": outlet, **like}).all()
    return Look(
        rows[0].mark, [_found(row) for row in rows if row.folio_id is not None], rows[0].twin, bool(rows[0].prints)
    )


def _found(row: Any) -> Found:
    guest = row.folio_name if row.surname is None else full_name(row.surname, row.first_names)
    return Found(
        row.kind,
        row.room,
        row.stay_id,
        guest,
        row.search_name,
        row.folio_id,
        row.folio,
        row.folio_status,
        row.stop,
        row.sharer,
    )


def choose(found: Sequence[Found], whom: Whom) -> Found | None:
    """The one of those found who is meant: the guest before those who share; None when nobody fits.

    A reservation number and a name given beside the room must be theirs.
    """
    for each in found:
        if whom.stay is not None and each.stay_id != whom.stay:
            continue
        if whom.sharer is not None and each.sharer != whom.sharer:
            continue
        if whom.name is not None and each.kind != "account" and not is_called(each, whom.name):
            continue
        return _on_open_window(each, found)
    return None


def _on_open_window(payer: Found, found: Sequence[Found]) -> Found:
    """A sharer whose own window was closed charges the first window, the guest's."""
    if payer.kind != "sharer" or payer.folio_status == "open":
        return payer
    for each in found:
        if each.kind == "guest" and each.stay_id == payer.stay_id:
            return replace(
                payer, folio_id=each.folio_id, folio=each.folio, folio_status=each.folio_status, stop=each.stop
            )
    return payer


def is_called(found: Found, name: str) -> bool:
    """Whether each word of a name begins a word of theirs: `smi jo` is John Smith."""
    theirs = found.search_name.replace(",", " ").split()
    asked = plain(name).replace(",", " ").split()
    return bool(asked) and all(any(word.startswith(each) for word in theirs) for each in asked)


def refuse_stopped(found: Found) -> None:
    """Refuses (`ChargesStopped`) an account that outlets may not charge."""
    if found.stop is not None:
        raise ChargesStopped(reason=found.stop)


def why_nobody(session: Session, whom: Whom, found: Sequence[Found]) -> NotPlaced:
    """Why `choose` found nobody, in words a waiter can act upon."""
    if whom.card is not None:
        return NoSuchCard()
    if whom.room is not None:
        return _why_not_in_room(session, whom, found)
    if whom.stay is not None:
        return StayNotHere(stay=whom.stay)
    return NoSuchAccount(account=whom.account)


def _why_not_in_room(session: Session, whom: Whom, found: Sequence[Found]) -> NotPlaced:
    elsewhere: Sequence[Any] = ()
    if whom.stay is not None:
        elsewhere = session.execute(_STATEMENTS["stay"], {"stay": whom.stay, "outlet": "", **NO_TWIN}).all()
    elif whom.name is not None:
        elsewhere = session.execute(_named(whom.name), {"outlet": "", **NO_TWIN}).all()
    moved = [row for row in elsewhere if row.room is not None and row.room != whom.room]
    if len(moved) == 1:
        return GuestMoved(guest=full_name(moved[0].surname, moved[0].first_names), room=whom.room, now=moved[0].room)
    if found:
        return AnotherInRoom(room=whom.room)
    known = session.scalar(sa.select(Room.id).where(Room.number == whom.room, Room.active))
    return NoSuchRoom(room=whom.room) if known is None else NobodyInRoom(room=whom.room)


# --- all who fit, for an inquiry --------------------------------------------------------------------------------


def find_payers(session: Session, terminal: TerminalFacts, whom: Whom, most: int = MOST_MATCHES) -> list[Payer]:
    """Everybody who fits, guests before those who share their room; at most `most`, 16 unless told.

    An unknown room or name is nobody, not a refusal. Refuses `WhomMissing` where nothing is asked, and a terminal that
    is off or may not inquire.
    """
    terminal.require("inquire")
    rows = _asked(session, whom, terminal.outlet.code)
    payers = []
    for row in rows:
        if row.folio_id is not None and _fits(row, whom):
            payers.append(_payer(row))
    return payers[: max(1, min(most, MOST_MATCHES))]


def _asked(session: Session, whom: Whom, outlet: str) -> Sequence[Any]:
    if whom.name is not None and search_text(whom.name) and whom == Whom(name=whom.name):
        return session.execute(_named(whom.name), {"outlet": outlet, **NO_TWIN}).all()
    way, given = _way(session.connection(), whom)
    return session.execute(_STATEMENTS[way], {**given, "outlet": outlet, **NO_TWIN}).all()


def _named(name: str) -> sa.Select[Any]:
    """Residents whose surname begins like the first word of a name; `_fits` looks at the other words."""
    words = plain(search_text(name)).replace(",", " ").split()
    beginning = words[0] if words else "\0"
    called = sa.or_(
        Guest.search_name.startswith(beginning, autoescape=True),
        Guest.search_name.contains(f" {beginning}", autoescape=True),
    )
    people = sa.select(Guest.id).where(called)
    own = Stay.guest_id.in_(people)
    shared = Stay.id.in_(sa.select(StaySharer.stay_id).where(StaySharer.guest_id.in_(people)))
    return _residents(sa.or_(own, shared))


def _fits(row: Any, whom: Whom) -> bool:
    return choose([_found(row)], Whom(name=whom.name, stay=whom.stay)) is not None


def _payer(row: Any) -> Payer:
    found = _found(row)
    return Payer(
        kind=found.kind,
        room=found.room,
        stay_id=found.stay_id,
        guest=found.guest,
        title=row.title,
        language=row.language,
        arrival=row.arrival,
        departure=row.departure,
        folio_id=found.folio_id,
        folio=found.folio,
        folio_type=row.folio_type,
        may={"charge": _why_no_charge(row, found)},
        sharer=row.sharer,
        guest_id=row.guest_id,
        balance_minor=row.balance_minor,
        limit_minor=row.house_limit_minor,
    )


def _why_no_charge(row: Any, found: Found) -> str | None:
    limit, balance = row.house_limit_minor, row.balance_minor
    try:
        refuse_stopped(found)
        if found.folio_status != "open":
            raise FolioClosed(folio=found.folio)
        if limit is not None and balance >= limit:
            raise LimitReached(limit=Money(limit, row.currency), balance=Money(balance, row.currency))
    except Refusal as refusal:
        return show(refusal)
    return None
