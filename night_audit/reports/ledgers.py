"""The reports of the books: the trial balance, each ledger folio by folio, and the balances near or over a limit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.errors import N_, WORDS
from folios.models import TransactionCode
from folios.money import half_up
from frontoffice.models.cashiering import CashFolio
from frontoffice.models.guests import Company
from frontoffice.models.rooms import Room
from frontoffice.models.stays import Stay, StayWindow
from night_audit.reports import addresses, balances
from night_audit.reports.asking import FOLIOS
from night_audit.reports.definition import Asked, Column, Line, Note, Part, Report

NEAR_LIMIT_PERCENT = 80
ROLL_FORWARD = (
    Column("opening", N_("Opening"), "money", total=True),
    Column("debits", N_("Debits"), "money", total=True),
    Column("credits", N_("Credits"), "money", total=True),
    Column("closing", N_("Closing"), "money", total=True),
)
LEDGER_NAMES = {
    "guest": N_("Guest ledger"),
    "city": N_("City ledger"),
    "deposit": N_("Deposit ledger"),
    "control": N_("Control folios"),
}
RULE = N_("Opening + debits - credits = closing. All ledgers together close at zero, and debits equal credits.")


def _rolled(each: balances.Moved) -> dict[str, int]:
    return {
        "opening": each.opening_minor,
        "debits": each.debits_minor,
        "credits": each.credits_minor,
        "closing": each.closing_minor,
    }


def _opened(asked: Asked) -> dict[str, str]:
    """What each figure of a roll-forward was made from, of all folios; `_of` narrows it to a line's."""
    day = asked.day
    return {
        "debits": addresses.postings(day, day, "debit"),
        "credits": addresses.postings(day, day, "credit"),
        "closing": addresses.postings(None, day, "balance"),
        "opening": addresses.postings(None, day, "balance", before=1),
    }


def _of(opened: dict[str, str], **facts: object) -> dict[str, str]:
    narrowed = addresses.narrowing(**facts)
    return {name: address + narrowed for name, address in opened.items()}


# --- trial balance --------------------------------------------------------------------------------------------


def trial_lines(session: Session, asked: Asked) -> Iterator[Line]:
    """A line for each folio type of each ledger."""
    opened = _opened(asked)
    for each in balances.ledgers(session, asked.day):
        ledger, type = each.key
        values = {"ledger": LEDGER_NAMES[ledger], "type": WORDS[type], **_rolled(each)}
        yield Line(values, _of(opened, ledger=ledger, type=type))


def trial_notes(_session: Session, asked: Asked, lines: list[Line]) -> Iterator[Note]:
    """The rule, and the net worth that follows from it."""
    yield Note(RULE)
    by_ledger = dict.fromkeys(LEDGER_NAMES.values(), 0)
    for line in lines:
        by_ledger[line.values["ledger"]] += line.values["closing"]
    owed = by_ledger[LEDGER_NAMES["guest"]] + by_ledger[LEDGER_NAMES["city"]] + by_ledger[LEDGER_NAMES["deposit"]]
    yield Note(
        N_("Guest ledger + city ledger - deposits held = {net_minor}; the control folios stand against it."),
        {"net_minor": owed},
        {"net_minor": addresses.postings(None, asked.day, "balance", ledger=["guest", "city", "deposit"])},
    )


_USES = (
    sa.select(TransactionCode.folio_id, sa.func.min(TransactionCode.kind))
    .where(TransactionCode.folio_id.is_not(None))
    .group_by(TransactionCode.folio_id)
)
_CASH = sa.select(CashFolio.folio_id)


def control_lines(session: Session, asked: Asked) -> Iterator[Line]:
    """A line for each control folio that moved or stands at something, with what it is there for."""
    kinds = {folio_id or 0: kind for folio_id, kind in session.execute(_USES)}
    kinds |= dict.fromkeys(session.scalars(_CASH), "cash")
    opened = _opened(asked)
    for each in balances.folios(session, asked.day, "control"):
        values = {"number": each.number, "name": each.name, "use": _use(kinds.get(each.key)), **_rolled(each)}
        yield Line(values, {"number": addresses.folio(each.key), **_of(opened, folio=each.key)})


def _use(kind: str | None) -> str:
    return {
        "charge": N_("revenue"),
        "tax": N_("tax"),
        "paid_out": N_("paid-outs"),
        "opening": N_("opening balances"),
        "cash": N_("cash"),
    }.get(kind or "", N_("other"))


TRIAL_BALANCE = Report(
    name="trial-balance",
    title=N_("Trial balance"),
    question=N_("Do the books balance, and how did each ledger roll forward?"),
    section=N_("The books"),
    parts=(
        Part(
            name="ledgers",
            title=N_("Ledgers"),
            columns=(Column("ledger", N_("Ledger"), "word"), Column("type", N_("Folio type"), "word"), *ROLL_FORWARD),
            lines=trial_lines,
            group="ledger",
            notes=trial_notes,
            empty=N_("Nothing was posted yet."),
        ),
        Part(
            name="control",
            title=N_("Control folios"),
            columns=(
                Column("number", N_("Number")),
                Column("name", N_("Name")),
                Column("use", N_("For"), "word"),
                *ROLL_FORWARD,
            ),
            lines=control_lines,
            empty=N_("No control folio has moved."),
        ),
    ),
)


# --- a ledger in detail ---------------------------------------------------------------------------------------


_ROOMS = (
    sa.select(StayWindow.folio_id, Stay.id, sa.func.coalesce(Room.number, ""))
    .join(Stay, Stay.id == StayWindow.stay_id)
    .outerjoin(Room, Room.id == Stay.room_id)
    .where(StayWindow.folio_id.in_(FOLIOS))
)


def _rooms(session: Session, folio_ids: Sequence[int]) -> dict[int, tuple[int, str]]:
    """Of each folio that is a stay's window: the stay and its room."""
    rows: Any = session.execute(_ROOMS, {"folios": folio_ids}) if folio_ids else ()
    return {folio_id: (stay_id, room) for folio_id, stay_id, room in rows}


def guest_lines(session: Session, asked: Asked) -> Iterator[Line]:
    """The guest ledger, by room."""
    found, opened = balances.folios(session, asked.day, "guest"), _opened(asked)
    rooms = _rooms(session, [each.key for each in found])
    for each in sorted(found, key=lambda each: (rooms.get(each.key, (0, "~"))[1], each.number)):
        stay_id, room = rooms.get(each.key, (None, ""))
        values = {"room": room, "number": each.number, "name": each.name, "type": WORDS[each.type], **_rolled(each)}
        opens = {"number": addresses.folio(each.key), **_of(opened, folio=each.key)}
        yield Line(values, opens | ({"room": addresses.stay(stay_id)} if stay_id else {}))


def city_lines(session: Session, asked: Asked) -> Iterator[Line]:
    """The city ledger, by type and number."""
    opened = _opened(asked)
    for each in sorted(balances.folios(session, asked.day, "city"), key=lambda each: (each.type, each.number)):
        values = {"type": WORDS[each.type], "number": each.number, "name": each.name, **_rolled(each)}
        yield Line(values, {"number": addresses.folio(each.key), **_of(opened, folio=each.key)})


_DEPOSITS_OF = sa.select(Stay.deposit_folio_id, Stay.id, Stay.arrival).where(Stay.deposit_folio_id.in_(FOLIOS))


def deposit_lines(session: Session, asked: Asked) -> Iterator[Line]:
    """The deposits held, with the stay they are for."""
    found, opened = balances.folios(session, asked.day, "deposit"), _opened(asked)
    rows: Any = session.execute(_DEPOSITS_OF, {"folios": [each.key for each in found]}) if found else ()
    stays = {row.deposit_folio_id: row for row in rows}
    for each in found:
        row = stays.get(each.key)
        values = {"number": each.number, "name": each.name, "arrival": row.arrival if row else None, **_rolled(each)}
        opens = {"number": addresses.folio(each.key), **_of(opened, folio=each.key)}
        yield Line(values, opens | ({"arrival": addresses.stay(row.id)} if row else {}))


def _ties_to(_session: Session, _asked: Asked, _lines: list[Line]) -> Iterator[Note]:
    yield Note(N_("The totals are those of this ledger on the trial balance."))


NUMBER, NAME, TYPE = Column("number", N_("Folio")), Column("name", N_("Name")), Column("type", N_("Folio type"), "word")

GUEST_LEDGER = Report(
    name="guest-ledger",
    title=N_("Guest ledger"),
    question=N_("What does each guest in the house, and each group, owe?"),
    section=N_("The books"),
    parts=(
        Part(
            name="folios",
            title=N_("Guest ledger"),
            columns=(Column("room", N_("Room")), NUMBER, NAME, TYPE, *ROLL_FORWARD),
            lines=guest_lines,
            notes=_ties_to,
            empty=N_("No guest owes anything, and nothing moved."),
        ),
    ),
)
CITY_LEDGER = Report(
    name="city-ledger",
    title=N_("City ledger"),
    question=N_("What do companies, house accounts, employees and card companies owe?"),
    section=N_("The books"),
    parts=(
        Part(
            name="folios",
            title=N_("City ledger"),
            columns=(TYPE, NUMBER, NAME, *ROLL_FORWARD),
            lines=city_lines,
            group="type",
            notes=_ties_to,
            empty=N_("Nobody outside the house owes anything, and nothing moved."),
        ),
    ),
)
DEPOSIT_LEDGER = Report(
    name="deposit-ledger",
    title=N_("Deposit ledger"),
    question=N_("Which deposits does the house hold, and for whom?"),
    section=N_("The books"),
    parts=(
        Part(
            name="folios",
            title=N_("Deposit ledger"),
            columns=(NUMBER, NAME, Column("arrival", N_("Arrival"), "day"), *ROLL_FORWARD),
            lines=deposit_lines,
            notes=_ties_to,
            empty=N_("The house holds no deposit."),
        ),
    ),
)


# --- high balance ---------------------------------------------------------------------------------------------


_CREDIT_LIMITS = sa.select(Company.folio_id, Company.credit_limit_minor).where(Company.credit_limit_minor.is_not(None))


def high_lines(session: Session, asked: Asked) -> Iterator[Line]:
    """Folios of guests and accounts whose balance is near their limit or over it, the furthest over first."""
    credit_limits: dict[int, int] = {folio_id or 0: limit or 0 for folio_id, limit in session.execute(_CREDIT_LIMITS)}
    limited = [
        (each, credit_limits.get(each.key, each.house_limit_minor))
        for each in balances.folios(session, asked.day, "guest", "city")
        if each.closing_minor > 0
    ]
    found = [
        (each, limit)
        for each, limit in limited
        if limit is not None and each.closing_minor * 100 >= limit * NEAR_LIMIT_PERCENT
    ]
    rooms = _rooms(session, [each.key for each, _limit in found])
    for each, limit in sorted(found, key=lambda pair: (pair[1] - pair[0].closing_minor, pair[0].number)):
        over = max(each.closing_minor - limit, 0)
        values = {
            "room": rooms.get(each.key, (0, ""))[1],
            "number": each.number,
            "name": each.name,
            "closing": each.closing_minor,
            "limit": limit,
            "used": half_up(each.closing_minor * 10_000, limit) if limit else None,
            "over": over,
        }
        balance = addresses.postings(None, asked.day, "balance", folio=each.key)
        opens = dict.fromkeys(("number", "limit"), addresses.folio(each.key))
        opens |= dict.fromkeys(("closing", "used", "over"), balance)
        yield Line(values, opens)


def _high_notes(_session: Session, _asked: Asked, _lines: list[Line]) -> Iterator[Note]:
    told = N_("Balances at {percent} % and more of the limit. A folio without a limit is not listed.")
    yield Note(told, {"percent": NEAR_LIMIT_PERCENT})


HIGH_BALANCE = Report(
    name="high-balance",
    title=N_("High balance"),
    question=N_("Who is near or over the house limit or the credit limit?"),
    section=N_("The books"),
    parts=(
        Part(
            name="folios",
            title=N_("High balance"),
            columns=(
                Column("room", N_("Room")),
                NUMBER,
                NAME,
                Column("closing", N_("Balance"), "money", total=True),
                Column("limit", N_("Limit"), "money"),
                Column("used", N_("Used"), "percent"),
                Column("over", N_("Over"), "money", total=True),
            ),
            lines=high_lines,
            notes=_high_notes,
            empty=N_("Nobody is near the limit."),
        ),
    ),
)

REPORTS = (TRIAL_BALANCE, GUEST_LEDGER, CITY_LEDGER, DEPOSIT_LEDGER, HIGH_BALANCE)
