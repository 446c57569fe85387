"""What may be done with stays now, each verb with the reason when it may not; and the same of folios and lines, which
the ledger answers (`folios.allowed`).

The answers come from the very rules that the verbs refuse by. They say what can be told before anything is chosen: a
room, a date or a type may still be refused when it is named. Rights are not asked here; doors do that.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import cached_property
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.allowed import (
    FOLIO_ACTIONS,
    LINE_ACTIONS,
    Answers,
    asked,
    folio_action,
    folio_actions,
    folio_actions_and_refund,
    line_action,
    line_actions,
    line_actions_of,
)
from folios.business_day import open_date
from folios.errors import Refusal
from folios.lines import Standing, take
from folios.models import Folio
from frontoffice.assignment import Claim, refuse_closed, refuse_out
from frontoffice.charge_cards import refuse_giving
from frontoffice.charge_stops import refuse_stopping
from frontoffice.departures import DepartureBlocked, obstacles
from frontoffice.deposits import refuse_no_deposit
from frontoffice.disputes import refuse_disputing
from frontoffice.expected_again import NoShowPosted, refuse_over
from frontoffice.lifecycle import NEXT, after
from frontoffice.models.desk import Dispute
from frontoffice.models.rooms import Room, RoomOutage
from frontoffice.models.stays import Stay, StayWindow
from frontoffice.reservations import refuse_not_due
from frontoffice.rooms import outages
from frontoffice.stays import (
    SomethingPosted,
    posted_beside_deposit,
    refuse_another_day,
    refuse_not_earlier,
    refuse_occupied,
    refuse_other_arrival,
    refuse_unready,
    room_of_stay,
)
from frontoffice.windows import refuse_another_window

__all__ = [
    "FOLIO_ACTIONS",
    "LINE_ACTIONS",
    "STAY_ACTIONS",
    "Answers",
    "StayFacts",
    "Window",
    "asked",
    "folio_action",
    "folio_actions",
    "folio_actions_and_refund",
    "line_action",
    "line_actions",
    "line_actions_of",
    "stay_actions",
    "windows_with_folios",
]


ONE_DAY = timedelta(days=1)


class Window(NamedTuple):
    """A window of a stay with its folio; figures in minor units."""

    stay_id: int
    window: int
    folio_id: int
    number: str
    name: str
    status: str
    currency: str
    balance_minor: int
    house_limit_minor: int | None

    @property
    def limit_percent(self) -> int | None:
        """How much of the house limit is used, in whole percent; None without a limit."""
        if self.house_limit_minor is None:
            return None
        owed = max(self.balance_minor, 0)
        return owed * 100 // self.house_limit_minor if self.house_limit_minor else 100 * bool(owed)


def windows_with_folios(session: Session, stay_ids: Collection[int]) -> dict[int, list[Window]]:
    """The windows of stays with their folios, by stay, in order. One statement."""
    found: dict[int, list[Window]] = {stay_id: [] for stay_id in stay_ids}
    rows = session.execute(
        sa.select(
            StayWindow.stay_id,
            StayWindow.window,
            Folio.id,
            Folio.number,
            Folio.name,
            Folio.status,
            Folio.currency,
            Folio.balance_minor,
            Folio.house_limit_minor,
        )
        .join(Folio, Folio.id == StayWindow.folio_id)
        .where(StayWindow.stay_id.in_(found))
        .order_by(StayWindow.stay_id, StayWindow.window)
    )
    for row in rows:
        found[row.stay_id].append(Window._make(row))
    return found


class StayFacts:
    """What the rules ask about some stays, each read for all of them when a rule first asks for it."""

    def __init__(self, session: Session, stays: Iterable[Stay], today: date | None = None) -> None:
        self.session = session
        self.stays = {stay.id: stay for stay in stays}
        self.today = open_date(session) if today is None else today

    @cached_property
    def rooms(self) -> dict[int, Room]:
        """The rooms the stays have, by id."""
        room_ids = {stay.room_id for stay in self.stays.values() if stay.room_id is not None}
        return {room.id: room for room in self.session.scalars(sa.select(Room).where(Room.id.in_(room_ids)))}

    @cached_property
    def outages(self) -> list[RoomOutage]:
        """The outages of these rooms from today to the last departure."""
        last = max((stay.departure for stay in self.stays.values()), default=self.today)
        return outages(self.session, self.rooms.keys(), self.today, max(last, self.today + ONE_DAY))

    @cached_property
    def windows(self) -> dict[int, list[Window]]:
        """The windows with their folios."""
        return windows_with_folios(self.session, self.stays.keys())

    @cached_property
    def obstacles(self) -> dict[int, list[Any]]:
        """What stands in the way of the departure of those in house."""
        in_house = {stay_id: stay for stay_id, stay in self.stays.items() if stay.status == "in_house"}
        folios = {each.folio_id: each for opened in self.windows.values() for each in opened}
        # A window's row carries what the rule asks of a window and of its folio.
        windows: Mapping[int, Any] = self.windows
        return obstacles(self.session, in_house, windows, folios, self.today)

    @cached_property
    def posted(self) -> set[int]:
        """Which of those who came today, or did not, have anything on their windows beside their deposit."""
        due = [each for each in self.stays.values() if each.arrival == self.today]
        asked_of = [each.id for each in due if each.checked_in_on or each.status == "no_show"]
        return posted_beside_deposit(self.session, asked_of)

    @cached_property
    def deposits(self) -> dict[int, int]:
        """The balances of the deposit folios, by folio."""
        ids = {stay.deposit_folio_id for stay in self.stays.values()} - {None}
        held = sa.select(Folio.id, Folio.balance_minor).where(Folio.id.in_(ids))
        return dict(self.session.execute(held).all())


def stay_actions(
    session: Session, stays: Iterable[Stay], only: Collection[str] | None = None, facts: StayFacts | None = None
) -> dict[int, Answers]:
    """What may be done with each stay: the verbs of `lifecycle.NEXT` (or `only` some), None or the refusal by name.

    `describe` is changing its details, `plan` its dates, type or rate. A constant number of statements, and fewer for
    fewer verbs; the stays are taken as they were read.
    """
    known = facts or StayFacts(session, stays)
    wanted = STAY_ACTIONS if only is None else only
    return {
        stay.id: {verb: asked(_RULES.get(verb, _fits_state), stay, known, verb) for verb in wanted}
        for stay in known.stays.values()
    }


@folio_action("stop")
def _stop(_session: Session, folios: Mapping[int, Any]) -> dict[int, Refusal | None]:
    return {folio_id: asked(refuse_stopping, row) for folio_id, row in folios.items()}


@folio_action("give_card")
def _give_card(_session: Session, folios: Mapping[int, Any]) -> dict[int, Refusal | None]:
    return {folio_id: asked(refuse_giving, row) for folio_id, row in folios.items()}


@line_action("dispute")
def _dispute(session: Session, standing: Mapping[int, Sequence[Standing]]) -> dict[int, Refusal | None]:
    contested = sa.select(Dispute).where(Dispute.folio_id.in_(standing), Dispute.status == "open")
    before = {each.posting_id: each for each in session.scalars(contested)}
    of_voucher: dict[tuple[int, int], list[Standing]] = {}
    for line in (line for lines in standing.values() for line in lines):
        of_voucher.setdefault((line.folio_id, line.voucher_id), []).append(line)

    def dispute(lines: Sequence[Standing], line: Standing) -> None:
        chosen = take(session, lines, line.folio_id, [line.posting_id])[0].line
        refuse_disputing(chosen, before.get(line.posting_id))

    return {line.posting_id: asked(dispute, lines, line) for lines in of_voucher.values() for line in lines}


# --- rules: each in the order in which its verb refuses -------------------------------------------------------------


def _fits_state(stay: Stay, _facts: StayFacts, verb: str) -> None:
    after(stay, verb)


def _check_in(stay: Stay, facts: StayFacts, verb: str) -> None:
    after(stay, verb)
    refuse_other_arrival(stay, facts.today)
    room = facts.rooms[room_of_stay(stay)]
    refuse_unready(room)
    # That nobody else was given the room for these nights, the unique index of the nights sees to.
    refuse_closed(room)
    refuse_out(Claim(stay.id, room.id, facts.today, stay.departure), room, facts.outages)


def _mark_no_show(stay: Stay, facts: StayFacts, verb: str) -> None:
    after(stay, verb)
    refuse_not_due(stay, facts.today)


def _expect_again(stay: Stay, facts: StayFacts, verb: str) -> None:
    after(stay, verb)
    refuse_over(stay, facts.today)
    if stay.id in facts.posted:
        raise NoShowPosted(stay=stay.number)


def _deposit(stay: Stay, facts: StayFacts, verb: str) -> None:
    after(stay, verb)
    held = None if stay.deposit_folio_id is None else facts.deposits.get(stay.deposit_folio_id)
    refuse_no_deposit(stay, held)


def _open_window(stay: Stay, facts: StayFacts, verb: str) -> None:
    after(stay, verb)
    refuse_another_window(stay, max((each.window for each in facts.windows[stay.id]), default=0))


def _shorten(stay: Stay, facts: StayFacts, verb: str) -> None:
    after(stay, verb)
    refuse_not_earlier(stay, facts.today, facts.today)


def _reverse_check_in(stay: Stay, facts: StayFacts, verb: str) -> None:
    after(stay, verb)
    refuse_another_day(stay.checked_in_on, facts.today)
    if stay.id in facts.posted:
        raise SomethingPosted(stay=stay.number)


def _check_out(stay: Stay, facts: StayFacts, verb: str) -> None:
    after(stay, verb)
    if facts.obstacles[stay.id]:
        raise DepartureBlocked(stay=stay.number, obstacles=facts.obstacles[stay.id])


def _reinstate(stay: Stay, facts: StayFacts, verb: str) -> None:
    after(stay, verb)
    refuse_another_day(stay.departed_on, facts.today)
    room = facts.rooms[room_of_stay(stay)]
    refuse_occupied(room)
    refuse_closed(room)
    refuse_out(Claim(stay.id, room.id, facts.today, facts.today), room, facts.outages, accept_out_of_service=True)


_RULES: Mapping[str, Callable[[Stay, StayFacts, str], None]] = {
    "check_in": _check_in,
    "mark_no_show": _mark_no_show,
    "expect_again": _expect_again,
    "move_deposit": _deposit,
    "apply_deposit": _deposit,
    "open_window": _open_window,
    "shorten": _shorten,
    "reverse_check_in": _reverse_check_in,
    "check_out": _check_out,
    "reinstate": _reinstate,
}
STAY_ACTIONS = tuple(dict.fromkeys(verb for _, verb in NEXT))
