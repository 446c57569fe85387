"""What the front desk looks at: arrivals, guests in house and departures of the business date, each with the next
action and why it cannot be done.

Only reading stands here, in a constant number of statements. The head of a stay's screens stands in `stay_head.py`, the
lines of a folio in `folio_lines.py`, the room rack in `rooming.py`, the calendar in `calendar.py`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.errors import NoOpenDay, Refusal
from folios.models import BusinessDay, Folio, Ledger
from folios.texts import read_number, search_text
from frontoffice.allowed import Answers, StayFacts, Window, stay_actions
from frontoffice.deposits import missing_deposit
from frontoffice.folio_lines import FolioLine, FolioLines, folio_lines, lines_of_folios
from frontoffice.guests import plain
from frontoffice.lifecycle import standing
from frontoffice.models.desk import Dispute, GroupMember, Note, StayGroup
from frontoffice.models.guests import Company, Guest
from frontoffice.models.rooms import Room, RoomType
from frontoffice.models.stays import Stay, StayWindow
from frontoffice.rooms import READY
from frontoffice.sharers import shared_by

__all__ = [
    "DeskList",
    "DeskRow",
    "FolioLine",
    "FolioLines",
    "FrontDesk",
    "desk_list",
    "folio_lines",
    "front_desk",
    "lines_of_folios",
]

LISTS = ("arrivals", "in_house", "departures")
MOST_ROWS = 1000
ESCAPE = "/"


@dataclass(frozen=True, slots=True)
class DeskRow:
    """A stay in one of the desk's lists. Amounts in minor units of the hotel's currency.

    `standing`: as `lifecycle.standing` says. `balance_minor` is over all windows; `limit_percent` how much of its house
    limit the fullest window has used (None: no window has one). `ready`: its room is vacant, clean, and not out.
    `traces` are those due. `action` is what comes next (`assign_room`, `check_in`, `check_out`; None: nothing is due),
    `refusal` why that cannot be done now.
    """

    stay_id: int
    number: str
    version: int
    standing: str
    nature: str
    guest_id: int
    guest: str
    company: str | None
    group: str | None
    room_id: int | None
    room: str | None
    room_type: str
    occupancy: str | None
    condition: str | None
    ready: bool
    arrival: date
    departure: date
    nights: int
    adults: int
    children: int
    balance_minor: int
    limit_percent: int | None
    deposit_minor: int
    deposit_missing_minor: int
    folio_id: int | None
    has_remark: bool
    notes: int
    traces: int
    disputes: int
    overdue: bool
    action: str | None
    refusal: Refusal | None

    @property
    def marked(self) -> bool:
        """Whether there is anything to be told of it beside its facts."""
        told = self.overdue or self.disputes or self.traces or self.has_remark or self.notes or self.group
        return bool(told or self.deposit_missing_minor) or self.nature != "paying" or (self.limit_percent or 0) >= 80


@dataclass(frozen=True, slots=True)
class DeskList:
    """One page of a list: `total` stays are in it, of which `overdue` should have come or gone on an earlier day;
    `first` counts from 0 where the page begins.
    """

    rows: tuple[DeskRow, ...]
    total: int
    overdue: int
    first: int

    @property
    def more(self) -> bool:
        """Whether stays follow after this page."""
        return self.first + len(self.rows) < self.total


@dataclass(frozen=True, slots=True)
class FrontDesk:
    """The three lists of a business date. Who is due out stands among those in house as well.

    `arrived` and `departed` count those of today whom nobody has to see to any more.
    """

    business_date: date
    currency: str
    arrivals: DeskList
    in_house: DeskList
    departures: DeskList
    arrived: int
    departed: int


# --- the lists ------------------------------------------------------------------------------------------------


def front_desk(session: Session, *, text: str | None = None, most: int = 100) -> FrontDesk:
    """The first page of each list, at most `most` stays each; the counts are of all that match `text`.

    `text` is looked for in the names of guest and sharers, company, group, agent and room, and is the number of a stay.
    Seven statements, whatever the house. Refuses `NoOpenDay`.
    """
    return _lists(session, LISTS, text, 0, most)


def desk_list(session: Session, name: str, *, text: str | None = None, first: int = 0, most: int = 100) -> DeskList:
    """A page of one list (`arrivals`, `in_house`, `departures`), from row `first` on, counted from 0."""
    desk = _lists(session, (name,), text, first, most)
    return {"arrivals": desk.arrivals, "in_house": desk.in_house, "departures": desk.departures}[name]


def _lists(session: Session, names: Collection[str], text: str | None, first: int, most: int) -> FrontDesk:
    wanted = search_text(text)
    first, most = max(first, 0), min(max(most, 1), MOST_ROWS)
    sought = _sought(wanted)
    counted = session.execute(_counts(bool(wanted)), sought).one_or_none()
    if counted is None:
        raise NoOpenDay
    today = counted.business_date
    page = {"today": today, "first": first, "most": most}
    found: Any = session.execute(_pages(tuple(names), bool(wanted)), sought | page).all()
    stays = {row.Stay.id: row.Stay for row in found}
    facts = StayFacts(session, stays.values(), today)
    lying = beside(session, list(stays.values()), today)
    due = [stay for stay in stays.values() if standing(stay, today) in ("due_in", "due_out")]
    rooms = {row.Room.id: row.Room for row in found if row.Room is not None}
    answers = stay_actions(session, due, ("check_in", "check_out", "assign_room"), _narrowed(facts, due, rooms))
    out = {each.room_id for each in facts.outages if each.from_date <= today < each.to_date}
    rows: dict[str, list[DeskRow]] = {name: [] for name in LISTS}
    for row in found:
        stay_windows = facts.windows[row.Stay.id]
        rows[row.list].append(_row(row, today, stay_windows, lying, answers.get(row.Stay.id, {}), out))
    counts = counted._mapping
    lists = {name: DeskList(tuple(rows[name]), counts[name], counts.get(f"{name}_overdue", 0), first) for name in LISTS}
    return FrontDesk(today, counted.currency, **lists, arrived=counted.arrived, departed=counted.departed)


def _narrowed(facts: StayFacts, due: Iterable[Stay], rooms: dict[int, Room]) -> StayFacts:
    """What is known of the stays that something is due for, with what was read for the whole page."""
    facts.rooms = rooms
    narrowed = StayFacts(facts.session, due, facts.today)
    narrowed.rooms, narrowed.outages, narrowed.windows = facts.rooms, facts.outages, facts.windows
    return narrowed


def _in_list(name: str, today: Any) -> sa.ColumnElement[bool]:
    if name == "arrivals":
        return sa.and_(Stay.status == "confirmed", Stay.arrival <= today)
    if name == "in_house":
        return Stay.status == "in_house"
    return sa.and_(Stay.status == "in_house", Stay.departure <= today)


@lru_cache
def _counts(narrowed: bool) -> sa.Select[Any]:
    """The open day, the currency, and how many stays of each list match; the stays are passed over once."""
    today = sa.select(BusinessDay.business_date).where(BusinessDay.status == "open").scalar_subquery()
    here, done = Stay.status == "in_house", sa.and_(Stay.status == "departed", Stay.departure == today)

    def count(name: str, *conditions: sa.ColumnElement[bool]) -> Any:
        return sa.func.count(sa.case((sa.and_(*conditions), 1))).label(name)

    counted = (
        joined(
            sa.select(
                *(count(name, _in_list(name, today)) for name in LISTS),
                count("arrivals_overdue", _in_list("arrivals", today), Stay.arrival < today),
                count("departures_overdue", _in_list("departures", today), Stay.departure < today),
                count("arrived", sa.or_(here, done), Stay.arrival == today),
                count("departed", done),
            ).select_from(Stay)
        )
        .where(sa.or_(_in_list("arrivals", today), here, done), *_matching(narrowed))
        .subquery()
    )
    return (
        sa.select(BusinessDay.business_date, Ledger.currency, *counted.c)
        .select_from(BusinessDay)
        .join(Ledger, sa.true())
        .join(counted, sa.true())
        .where(BusinessDay.status == "open")
    )


def joined(query: sa.Select[Any]) -> sa.Select[Any]:
    return (
        query.join(Guest, Guest.id == Stay.guest_id)
        .outerjoin(Company, Company.id == Stay.company_id)
        .outerjoin(Room, Room.id == Stay.room_id)
        .outerjoin(GroupMember, GroupMember.stay_id == Stay.id)
        .outerjoin(StayGroup, StayGroup.id == GroupMember.group_id)
    )


def _matching(narrowed: bool) -> list[sa.ColumnElement[bool]]:
    """What `_sought` looks for; nothing when nothing is looked for."""
    if not narrowed:
        return []
    plainly, anywhere, begun = (sa.bindparam(name, type_=sa.String) for name in ("plainly", "anywhere", "begun"))
    return [
        sa.or_(
            Guest.search_name.like(plainly, escape=ESCAPE),
            shared_by(Guest.search_name.like(plainly, escape=ESCAPE)),
            sa.func.lower(Company.name).like(anywhere, escape=ESCAPE),
            sa.func.lower(StayGroup.code).like(begun, escape=ESCAPE),
            sa.func.lower(StayGroup.name).like(anywhere, escape=ESCAPE),
            sa.func.lower(Stay.agent).like(anywhere, escape=ESCAPE),
            sa.func.lower(Room.number).like(begun, escape=ESCAPE),
            Stay.id == sa.bindparam("number", type_=sa.BigInteger),
        )
    ]


def _sought(text: str) -> dict[str, Any]:
    """A text as the patterns of `_matching`."""
    if not text:
        return {}
    small = text.lower()
    return {
        "plainly": f"%{_literal(plain(text))}%",
        "anywhere": f"%{_literal(small)}%",
        "begun": f"{_literal(small)}%",
        "number": read_number(small),
    }


def _literal(text: str) -> str:
    """A text of which no character means another in a pattern."""
    for character in (ESCAPE, "%", "_"):
        text = text.replace(character, ESCAPE + character)
    return text


@lru_cache
def _pages(names: tuple[str, ...], narrowed: bool) -> sa.Select[Any]:
    """The stays of a page of each list, with what is told of them in the same row, in the order of the list. It takes
    `today`, `first` and `most`.
    """
    today = sa.bindparam("today", type_=sa.Date)
    by_room = (sa.func.length(Room.number), Room.number, Stay.id)
    by_name = (Guest.search_name, Stay.id)
    pages = []
    for name in names:
        order = by_name if name == "arrivals" else by_room
        place = sa.func.row_number().over(order_by=order)
        page = sa.select(sa.literal(name).label("list"), Stay.id.label("stay_id"), place.label("place"))
        page = joined(page.select_from(Stay)).where(_in_list(name, today), *_matching(narrowed))
        pages.append(
            sa.select(page.order_by(*order).limit(sa.bindparam("most")).offset(sa.bindparam("first")).subquery())
        )
    chosen = sa.union_all(*pages).subquery()
    told = joined(
        sa.select(
            chosen.c.list,
            Stay,
            Guest,
            Company.name.label("company"),
            Room,
            RoomType.code.label("room_type"),
            StayGroup.code.label("group_code"),
            Folio.balance_minor.label("deposit_minor"),
        )
        .select_from(chosen)
        .join(Stay, Stay.id == chosen.c.stay_id)
    )
    return (
        told.join(RoomType, RoomType.id == sa.func.coalesce(Room.room_type_id, Stay.room_type_id))
        .outerjoin(Folio, Folio.id == Stay.deposit_folio_id)
        .order_by(chosen.c.list, chosen.c.place)
    )


class Beside(NamedTuple):
    """What lies beside stays: notes and those of them that are due, by (subject, id), and open disputes by stay."""

    notes: dict[tuple[str, int], tuple[int, int]]
    disputes: dict[int, int]


def beside(session: Session, stays: Sequence[Stay], today: date) -> Beside:
    """Notes on stays and their guests, and disputes on their windows. One statement."""
    due = sa.func.sum(sa.case((sa.and_(Note.due_on <= today, Note.done_by.is_(None)), 1), else_=0))
    about = sa.or_(
        sa.and_(Note.subject == "stay", Note.subject_id.in_({stay.id for stay in stays})),
        sa.and_(Note.subject == "guest", Note.subject_id.in_({stay.guest_id for stay in stays})),
    )
    notes = sa.select(Note.subject, Note.subject_id, sa.func.count(), due).where(about)
    disputes = (
        sa.select(sa.literal("dispute"), StayWindow.stay_id, sa.func.count(), sa.literal(0))
        .join(Dispute, Dispute.folio_id == StayWindow.folio_id)
        .where(Dispute.status == "open", StayWindow.stay_id.in_({stay.id for stay in stays}))
        .group_by(StayWindow.stay_id)
    )
    found = Beside({}, {})
    for subject, subject_id, count, traces in session.execute(
        notes.group_by(Note.subject, Note.subject_id).union_all(disputes)
    ):
        if subject == "dispute":
            found.disputes[subject_id] = count
        else:
            found.notes[subject, subject_id] = (count, int(traces))
    return found


def _row(
    row: Any, today: date, windows: Sequence[Window], beside: Beside, answers: Answers, out: Collection[int]
) -> DeskRow:
    stay, room = row.Stay, row.Room
    noted = [beside.notes.get(about, (0, 0)) for about in (("stay", stay.id), ("guest", stay.guest_id))]
    action = _next_action(stay, today)
    called = standing(stay, today)
    shares = [each.limit_percent for each in windows if each.limit_percent is not None]
    ready = room is not None and room.occupancy == "vacant" and room.condition in READY and room.id not in out
    return DeskRow(
        stay_id=stay.id,
        number=stay.number,
        version=stay.version,
        standing=called,
        nature=stay.nature,
        guest_id=stay.guest_id,
        guest=row.Guest.name,
        company=row.company,
        group=row.group_code,
        room_id=stay.room_id,
        room=None if room is None else room.number,
        room_type=row.room_type,
        occupancy=None if room is None else room.occupancy,
        condition=None if room is None else room.condition,
        ready=ready,
        arrival=stay.arrival,
        departure=stay.departure,
        nights=stay.nights,
        adults=stay.adults,
        children=stay.children,
        balance_minor=sum(each.balance_minor for each in windows),
        limit_percent=max(shares, default=None),
        deposit_minor=-(row.deposit_minor or 0),
        deposit_missing_minor=missing_deposit(stay, -(row.deposit_minor or 0)),
        folio_id=windows[0].folio_id if windows else None,
        has_remark=bool(stay.remark or row.Guest.remark),
        notes=sum(count for count, _ in noted),
        traces=sum(due for _, due in noted),
        disputes=beside.disputes.get(stay.id, 0),
        overdue=(called == "due_in" and stay.arrival < today) or (called == "due_out" and stay.departure < today),
        action=action,
        refusal=None if action is None else answers.get(action),
    )


def _next_action(stay: Stay, today: date) -> str | None:
    called = standing(stay, today)
    if called == "due_in":
        return "assign_room" if stay.room_id is None else "check_in"
    return "check_out" if called == "due_out" else None
