"""One search box for everything: a room, a name, a folio, voucher, check, invoice or reservation number.

Each source looks in one place, by an index or in a small table. The floors above add theirs with `source`. What is
found is named by kind and id; doors know the address of each kind, and show nobody what their rights do not cover.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.errors import N_
from folios.models import Folio, Voucher
from folios.texts import read_number, search_text
from frontoffice.guests import plain, search_name
from frontoffice.models.charging import StaySharer
from frontoffice.models.desk import StayGroup
from frontoffice.models.guests import Company, Guest, full_name
from frontoffice.models.invoices import Invoice
from frontoffice.models.rooms import Room
from frontoffice.models.stays import Stay, StayWindow

MOST_HITS = 50
LONGEST = 100  # nothing that can be searched for is longer
MOST_WORDS = 4  # of a name
LAST_CHARACTER = "\U0010ffff"

KIND_WORDS = {
    "stay": N_("Stay"),
    "room": N_("Room"),
    "guest": N_("Guest"),
    "company": N_("Company"),
    "group": N_("Group"),
    "folio": N_("Folio"),
    "voucher": N_("Voucher"),
    "invoice": N_("Invoice"),
}


@dataclass(frozen=True, slots=True)
class Hit:
    """Something found. Its address is (`kind`, `id`); `right` is needed to see it.

    `title` names it, `detail` is what is known besides, to be shown between dots: names, numbers and dates as they
    stand in the tables, with the words of `lifecycle.STATE_WORDS` and `errors.WORDS` to be translated. `exact`: the
    number or name is the very one that was typed.
    """

    kind: str
    id: int
    title: str
    detail: tuple[Any, ...]
    right: str
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """What was typed: `text` on one line, `name` as names are searched for, `number` if it is one."""

    text: str
    name: str
    number: int | None

    @property
    def codes(self) -> tuple[str, ...]:
        """The text as a number or code may be written: as typed, or in capitals."""
        return tuple(dict.fromkeys((self.text, self.text.upper())))


Source = Callable[[Session, Query, int], Iterable[Hit]]
_sources: dict[str, Source] = {}


def source(name: str) -> Callable[[Source], Source]:
    """Registers a source: from the session, what was typed, and how many at most, to hits, the best first.

    A source takes one statement, refuses nothing, and uses an index. Those registered first stand first.
    """

    def register(look: Source) -> Source:
        _sources[name] = look
        return look

    return register


def find(session: Session, text: str | None, most: int = 12, may: Callable[[str], bool] | None = None) -> list[Hit]:
    """What `text` may mean, at most `most` hits: exact ones first, then in the order of the sources.

    `may` tells whether who searches has a right; hits that need another are left out. Never refuses.
    """
    typed = search_text(text, LONGEST + 1)
    if not typed or len(typed) > LONGEST:
        return []
    most = min(max(most, 1), MOST_HITS)
    query = Query(typed, plain(typed), read_number(typed))
    found: dict[tuple[str, int], Hit] = {}
    for look in _sources.values():
        for hit in look(session, query, most):
            if may is not None and not may(hit.right):
                continue
            first = found.setdefault((hit.kind, hit.id), hit)
            if hit.exact and not first.exact:
                found[hit.kind, hit.id] = replace(first, exact=True)
    return sorted(found.values(), key=lambda hit: not hit.exact)[:most]


def go(session: Session, text: str | None, may: Callable[[str], bool] | None = None) -> Hit | None:
    """Where Enter leads: to the first exact hit, or to the only one; None when there is none, or several to choose."""
    return meant(find(session, text, may=may))


def meant(hits: Sequence[Hit]) -> Hit | None:
    """The one among hits that was meant: the first when it is exact, or the only one; None when there are several."""
    return hits[0] if hits and (hits[0].exact or len(hits) == 1) else None


# --- sources, in the order in which a clerk would mean them ---------------------------------------------------------

_STAY = (Stay.id, Guest.surname, Guest.first_names, Room.number, Stay.status, Stay.arrival, Stay.departure)


def _stays() -> Any:
    return sa.select(*_STAY).join(Guest, Guest.id == Stay.guest_id).outerjoin(Room, Room.id == Stay.room_id)


def _name(row: Any) -> str:
    return full_name(row.surname, row.first_names)


def _stay_hit(row: Any, exact: bool) -> Hit:
    room = () if row.number is None else (row.number,)
    return Hit("stay", row.id, _name(row), (*room, row.status, row.arrival, row.departure), "stay.read", exact)


@source("rooms")
def find_rooms(session: Session, query: Query, most: int) -> Iterable[Hit]:
    """A room by the beginning of its number: the stay that is in it, or else the room itself."""
    rows = session.execute(
        sa.select(*_STAY, Room.id.label("room_id"), Room.occupancy, Room.condition)
        .select_from(Room)
        .outerjoin(Stay, sa.and_(Stay.room_id == Room.id, Stay.status == "in_house"))
        .outerjoin(Guest, Guest.id == Stay.guest_id)
        .where(sa.or_(*(Room.number.startswith(code, autoescape=True) for code in query.codes)))
        .order_by(sa.func.length(Room.number), Room.number)
        .limit(most)
    )
    for row in rows:
        exact = row.number in query.codes
        if row.id is not None:
            yield _stay_hit(row, exact)
        else:
            yield Hit("room", row.room_id, row.number, (row.occupancy, row.condition), "stay.read", exact)


@source("guests in house")
def find_guests_in_house(session: Session, query: Query, most: int) -> Iterable[Hit]:
    """Stays in house by the beginning of the guest's name."""
    if not query.name:
        return
    rows = session.execute(
        _stays()
        .add_columns(Guest.search_name)
        .where(Stay.status == "in_house", _begins_with_a_name(session, query))
        .order_by(Guest.search_name, Stay.id)
        .limit(most)
    )
    for row in rows:
        yield _stay_hit(row, row.search_name in _names(query))


@source("sharers in house")
def find_sharers_in_house(session: Session, query: Query, most: int) -> Iterable[Hit]:
    """Stays in house by the beginning of the name of somebody who shares the room."""
    if not query.name:
        return
    rows = session.execute(
        sa.select(*_STAY, Guest.search_name)
        .select_from(StaySharer)
        .join(Guest, Guest.id == StaySharer.guest_id)
        .join(Stay, Stay.id == StaySharer.stay_id)
        .outerjoin(Room, Room.id == Stay.room_id)
        .where(Stay.status == "in_house", _begins_with_a_name(session, query))
        .order_by(Guest.search_name, Stay.id)
        .limit(most)
    )
    for row in rows:
        yield _stay_hit(row, row.search_name in _names(query))


@source("stays")
def find_stays(session: Session, query: Query, most: int) -> Iterable[Hit]:
    """A stay by its number, or by the reference of the system it was booked in."""
    by_number = [] if query.number is None else [Stay.id == query.number]
    rows = session.execute(
        _stays().where(sa.or_(*by_number, Stay.reference == query.text)).order_by(Stay.arrival.desc()).limit(most)
    )
    for row in rows:
        yield _stay_hit(row, exact=True)


@source("folios")
def find_folios(session: Session, query: Query, most: int) -> Iterable[Hit]:
    """A folio by its number."""
    rows = session.execute(
        sa.select(Folio.id, Folio.number, Folio.name, Folio.type, Folio.status, Room.number.label("room"))
        .outerjoin(StayWindow, StayWindow.folio_id == Folio.id)
        .outerjoin(Stay, sa.and_(Stay.id == StayWindow.stay_id, Stay.status == "in_house"))
        .outerjoin(Room, Room.id == Stay.room_id)
        .where(Folio.number.in_(query.codes))
        .limit(most)
    )
    for row in rows:
        room = () if row.room is None else (row.room,)
        yield Hit("folio", row.id, row.number, (row.name, *room, row.type, row.status), "folio.read", exact=True)


@source("invoices")
def find_invoices(session: Session, query: Query, most: int) -> Iterable[Hit]:
    """An invoice or credit note by its number."""
    rows = session.execute(
        sa.select(Invoice.id, Invoice.number, Invoice.recipient, Invoice.issued_on)
        .where(Invoice.number.in_(query.codes))
        .limit(most)
    )
    for row in rows:
        yield Hit("invoice", row.id, row.number, (row.recipient, row.issued_on), "folio.read", exact=True)


@source("vouchers")
def find_vouchers(session: Session, query: Query, most: int) -> Iterable[Hit]:
    """A voucher by its number, or by the check number of an outlet, the newest first."""
    columns = (Voucher.id, Voucher.kind, Voucher.business_date, Voucher.check_number, Voucher.operator)
    by_check = sa.select(*columns).where(Voucher.check_number.in_(query.codes)).order_by(Voucher.id.desc()).limit(most)
    wanted: Any = sa.select(by_check.subquery())
    if query.number is not None:
        wanted = sa.union(sa.select(*columns).where(Voucher.id == query.number), wanted)
    rows = session.execute(wanted).all()
    for row in sorted(rows, key=lambda row: (row.id != query.number, -row.id)):
        check = () if row.check_number is None else (row.check_number,)
        detail = (row.kind, row.business_date, *check, row.operator)
        yield Hit("voucher", row.id, str(row.id), detail, "folio.read", exact=True)


@source("groups")
def find_groups(session: Session, query: Query, most: int) -> Iterable[Hit]:
    """A group by the beginning of its code, or by any part of its name."""
    small = query.text.lower()
    code, name = sa.func.lower(StayGroup.code), sa.func.lower(StayGroup.name)
    rows = session.execute(
        sa.select(StayGroup.id, StayGroup.code, StayGroup.name)
        .where(sa.or_(code.startswith(small, autoescape=True), name.contains(small, autoescape=True)))
        .order_by(StayGroup.code)
        .limit(most)
    )
    for row in rows:
        yield Hit("group", row.id, row.name, (row.code,), "stay.read", row.code.lower() == small)


@source("companies")
def find_companies(session: Session, query: Query, most: int) -> Iterable[Hit]:
    """A company by the beginning of its code, or by any part of its name."""
    small = query.text.lower()
    code, name = sa.func.lower(Company.code), sa.func.lower(Company.name)
    rows = session.execute(
        sa.select(Company.id, Company.code, Company.name, Company.city)
        .where(sa.or_(code.startswith(small, autoescape=True), name.contains(small, autoescape=True)))
        .order_by(Company.name, Company.id)
        .limit(most)
    )
    for row in rows:
        city = () if row.city is None else (row.city,)
        exact = small in (row.code.lower(), row.name.lower())
        yield Hit("company", row.id, row.name, (row.code, *city), "guest.read", exact)


@source("guests")
def find_profiles(session: Session, query: Query, most: int) -> Iterable[Hit]:
    """Guests who are not in house, by the beginning of their name; who is in house is found as a stay."""
    if not query.name:
        return
    sharing = sa.select(StaySharer.id).join(Stay, Stay.id == StaySharer.stay_id)
    sharing = sharing.where(StaySharer.guest_id == Guest.id, Stay.status == "in_house")
    rows = session.execute(
        sa.select(Guest.id, Guest.surname, Guest.first_names, Guest.city, Guest.country)
        .where(_begins_with_a_name(session, query))
        .where(~sa.exists().where(Stay.guest_id == Guest.id, Stay.status == "in_house"))
        .where(~sharing.exists())
        .order_by(Guest.search_name, Guest.id)
        .limit(most)
    )
    for row in rows:
        yield Hit("guest", row.id, _name(row), tuple(filter(None, (row.city, row.country))), "guest.read")


def _names(query: Query) -> tuple[str, ...]:
    """A name as it is stored, however it was typed: without a comma the surname may stand first or last."""
    if "," in query.text:
        return (search_name(*query.text.split(",", 1)),)
    words = query.name.split()
    turned = (
        search_name(" ".join(words[end:]), " ".join(words[:end])) for end in range(1, min(len(words), MOST_WORDS))
    )
    return (query.name, *turned)


def _begins_with_a_name(session: Session, query: Query) -> sa.ColumnElement[bool]:
    return sa.or_(*(_begins_with(session, Guest.search_name, name) for name in _names(query)))


def _begins_with(session: Session, column: Any, text: str) -> Any:
    """Whether an indexed column begins with `text`: each database by the condition for which it takes the index."""
    if session.get_bind().dialect.name == "sqlite":
        return sa.and_(column >= text, column < text + LAST_CHARACTER)
    return column.startswith(text, autoescape=True)
