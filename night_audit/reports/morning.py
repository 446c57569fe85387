"""The morning: how the day before went against last week, last year and the budget, where it comes from and where it is
going, what is open, and whether the night has done its work.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios import business_day
from folios.errors import N_
from folios.models import Posting
from frontoffice.models.cashiering import Shift
from frontoffice.models.desk import Dispute
from frontoffice.models.stays import Stay, StayNight
from night_audit.models.audits import Audit, AuditStep
from night_audit.reports import (
    addresses,
    balances,
    budgets,
    counting,
    key_figures,
    making,
    managers_report,
    turnover,
)
from night_audit.reports.definition import Asked, same_day_last_year
from night_audit.reports.key_figures import Counts
from night_audit.reports.ledgers import high_lines

DAYS_BACK, DAYS_AHEAD = 90, 30
WEEK = timedelta(days=7)
SHOWN: tuple[tuple[str, str, str], ...] = (
    ("paid_occupancy", N_("Occupancy"), "percent"),
    ("adr", N_("ADR"), "money"),
    ("revpar", N_("RevPAR"), "money"),
    ("room_revenue", N_("Room revenue"), "money"),
    ("total_revenue", N_("Total revenue"), "money"),
    ("sold", N_("Rooms sold"), "count"),
    ("guests", N_("Guests"), "count"),
    ("arrivals", N_("Arrivals"), "count"),
    ("departures", N_("Departures"), "count"),
)
BUDGETED = {"paid_occupancy", "adr", "revpar", "room_revenue", "total_revenue", "sold", "guests"}
AUDIT_WORDS = {
    "running": N_("The night audit is at step {step}."),
    "stopped": N_("The night audit stopped at step {step}: {failure}"),
    "done": N_("Audited by {operator}, sealed."),
    "failed": N_("Audited by {operator}, sealed; reports are missing: {failure}"),
}


@dataclass(frozen=True, slots=True)
class Compared:
    """A figure of the day with those it is compared with; None where there is nothing. `href` opens what it is of."""

    name: str
    title: str
    kind: str
    value: int | None
    last_week: int | None
    last_year: int | None
    budget: int | None
    href: str


@dataclass(frozen=True, slots=True)
class Department:
    """What a department earned on the day, and its share of the largest in percent."""

    name: str
    minor: int
    share: int
    href: str


@dataclass(frozen=True, slots=True)
class Open:
    """Something that is open: how many, how much in minor units (None: no amount), and where it is looked at."""

    title: str
    count: int | None
    minor: int | None
    href: str


@dataclass(frozen=True, slots=True)
class AuditState:
    """How the night audit of the day went: a word of `AUDIT_WORDS` and what is put into it."""

    word: str
    step: str
    operator: str
    failure: str

    @property
    def good(self) -> bool:
        """Whether there is nothing left to do."""
        return self.word == "done"


@dataclass(frozen=True, slots=True)
class Morning:
    """The page. Curves are (day, occupancy, ADR, RevPAR), the books (day, rooms, of how many)."""

    day: date
    standing: str
    open_day: date
    auditing: date | None
    figures: list[Compared]
    curves: list[tuple[date, int | None, int | None, int | None]]
    books: list[tuple[date, int, int]]
    departments: list[Department]
    open: list[Open]
    audit: AuditState | None


def morning(session: Session, day: date) -> Morning:
    """The morning after `day`. Refuses (`ReportDayInvalid`) a day that the ledger does not have."""
    asked = making.ask(session, day)
    back = counting.counts_by_day(session, day - timedelta(days=DAYS_BACK - 1), day, asked.policy)
    open_day = business_day.open_date(session)
    return Morning(
        day=day,
        standing=asked.standing,
        open_day=open_day,
        auditing=business_day.auditing_date(session),
        figures=_figures(session, asked, back),
        curves=_curves(asked, back),
        books=_books(session, asked, open_day),
        departments=_departments(session, day),
        open=_open(session, asked),
        audit=_audit(session, day),
    )


def _audit(session: Session, day: date) -> AuditState | None:
    """How the audit of the day stands; None where it was closed before there was one, or is still open."""
    row = session.get(Audit, day)
    if row is None:
        return None
    missing = session.scalar(
        sa.select(AuditStep.error).where(AuditStep.business_date == day, AuditStep.status == "failed")
    )
    word = "failed" if row.status == "done" and missing else row.status
    return AuditState(word, row.step, row.operator, row.failure or missing or "")


def _value(name: str, counts: Counts | None, asked: Asked) -> int | None:
    if counts is None or not (counts.inventory or counts.total_revenue):
        return None
    if name in key_figures.BY_NAME:
        return key_figures.value(name, counts, deduct_out_of_order=asked.policy.deduct_out_of_order)
    return int(getattr(counts, name))


def _address(name: str, day: date) -> str:
    of = key_figures.BY_NAME.get(name)
    if of is None:
        return managers_report.figure_address(name, day, day)
    return managers_report.figure_address(of.of, day, day, figure=name)


def _figures(session: Session, asked: Asked, back: dict[date, Counts]) -> list[Compared]:
    day, year_ago = asked.day, same_day_last_year(asked.day)
    last_year = counting.counts_by_day(session, year_ago, year_ago, asked.policy)[year_ago]
    amounts = budgets.expected(session, day, day)
    wanted = None if amounts is None else budgets.as_counts(amounts, back[day])
    return [
        Compared(
            name=name,
            title=title,
            kind=kind,
            value=_value(name, back[day], asked),
            last_week=_value(name, back[day - WEEK], asked),
            last_year=_value(name, last_year, asked),
            budget=_value(name, wanted, asked) if name in BUDGETED else None,
            href=_address(name, day),
        )
        for name, title, kind in SHOWN
    ]


def _curves(asked: Asked, back: dict[date, Counts]) -> list[tuple[date, int | None, int | None, int | None]]:
    """Occupancy, ADR and RevPAR of each day from the first on which there was a house; a day without one is a gap."""
    first = min((day for day, counts in back.items() if counts.inventory), default=None)
    return [
        (
            day,
            _value("paid_occupancy", counts, asked),
            _value("adr", counts, asked),
            _value("revpar", counts, asked),
        )
        for day, counts in back.items()
        if first is not None and day >= first
    ]


def _books(session: Session, asked: Asked, first: date) -> list[tuple[date, int, int]]:
    """Rooms on the books and rooms available, for the days to come from `first` on."""
    last = first + timedelta(days=DAYS_AHEAD - 1)
    available = counting.available_by_day(session, first, last, asked.policy)
    taken = sa.select(StayNight.date, sa.func.count()).join(Stay, Stay.id == StayNight.stay_id)
    taken = taken.where(StayNight.date.between(first, last), StayNight.date < Stay.departure)
    taken = taken.where(Stay.status.in_(("confirmed", "in_house"))).group_by(StayNight.date)
    rows: Any = session.execute(taken)
    rooms = dict(rows.all())
    return [(day, int(rooms.get(day, 0)), count) for day, count in available.items()]


def _departments(session: Session, day: date) -> list[Department]:
    earned = {department: minor for (_day, department), minor in turnover.by_day(session, day, day).items()}
    most = max([*earned.values(), 1])
    return [
        Department(
            name,
            earned[name],
            max(earned[name] * 100 // most, 0),
            managers_report.figure_address(f"department:{name}", day, day),
        )
        for name in sorted(earned, key=turnover.usali)
        if earned[name]
    ]


def _open(session: Session, asked: Asked) -> list[Open]:
    day = asked.day
    ledgers = {"guest": 0, "city": 0, "deposit": 0}
    for each in balances.ledgers(session, day):
        ledgers[each.key[0]] = ledgers.get(each.key[0], 0) + each.closing_minor
    disputed: Any = session.execute(
        sa.select(sa.func.count(), sa.cast(sa.func.coalesce(sa.func.sum(Posting.amount_minor), 0), sa.BigInteger))
        .select_from(Dispute)
        .join(Posting, Posting.id == Dispute.posting_id)
        .where(Dispute.status == "open")
    ).one()
    counted: Any = session.execute(
        sa.select(
            sa.func.count(),
            sa.cast(sa.func.coalesce(sa.func.sum(Shift.counted_minor - Shift.expected_minor), 0), sa.BigInteger),
        ).where(Shift.status == "closed", Shift.closed_on == day)
    ).one()
    high = list(high_lines(session, asked))
    return [
        Open(N_("Guest ledger"), None, ledgers["guest"], addresses.report("guest-ledger", day)),
        Open(N_("City ledger"), None, ledgers["city"], addresses.report("aging", day)),
        Open(N_("Deposits held"), None, -ledgers["deposit"], addresses.report("deposit-ledger", day)),
        Open(
            N_("Near or over the limit"),
            len(high),
            sum(line.values["over"] for line in high),
            addresses.report("high-balance", day),
        ),
        Open(N_("Disputes open now"), disputed[0], int(disputed[1]), addresses.report("disputes", day)),
        Open(N_("Cashiers over and short"), counted[0], int(counted[1]), addresses.report("cashier-over-short", day)),
    ]
