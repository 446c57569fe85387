"""What a till says it sold against what the books have: check by check, and the outlet's control folio beside it.

The books of a till are its own charges of a business date less what it took back that day. What the desk corrected of
them, and what it posted to the same control folio by itself, is told beside: it explains a difference, and is none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from folios import clock
from folios.business_day import hold_open_day
from folios.db import SessionSource, in_unit_of_work
from folios.errors import N_, AmountTooLarge, CurrencyMismatch, DatabaseBusy, DatabaseRefusal, DayNotReady, Refusal
from folios.models import Folio, Posting, Voucher
from folios.money import MOST_MINOR, Money
from folios.texts import clean_text
from frontoffice.language import amount
from frontoffice.language import gettext as _
from pos_bridge.book import TerminalFacts, book
from pos_bridge.checks import Answer, content_hash
from pos_bridge.models.messages import PosRequest, ZReport
from pos_bridge.outlet_slips import queue_z_slip
from pos_bridge.requests import Asked, Sender, body_of, first_answer, own_key, refused, store

MOST_CHECKS = 5000


class ZNumberTaken(Refusal):
    code = "z_report.number_taken"
    message = N_("Z-report {number} of this terminal was sent before. Each has a number of its own.")


class ZSumMismatch(Refusal):
    code = "z_report.sum_mismatch"
    message = N_("The checks come to {sum}, the Z-total says {total}.")


class ZTooLong(Refusal):
    code = "z_report.too_long"
    message = N_("A Z-report has at most {most} checks.")


@dataclass(frozen=True, slots=True)
class ZCheck:
    """A check as the till has it: what it charged to rooms and accounts less what it took back, in minor units."""

    check_number: str
    total_minor: int


@dataclass(frozen=True, slots=True)
class ZTotals:
    """A till's Z-report: its own number, the business date (None: the open one), its total and the checks in it."""

    number: str
    total_minor: int
    checks: tuple[ZCheck, ...]
    business_date: date | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Compared:
    """A till's total beside the books', and the checks in which they differ: (number, till's, books'), None: not there.

    `desk_minor` is what the desk took back of the till's charges that day. `control`: the movement of the outlet's
    control folio, credits less debits, of which `control_outlet_minor` by its terminals.
    """

    till_minor: int
    books_minor: int
    differences: tuple[tuple[str, int | None, int | None], ...]
    desk_minor: int
    control: str
    control_minor: int
    control_outlet_minor: int


def report(sessions: SessionSource, sender: Sender, key: str, totals: ZTotals) -> tuple[Answer, ZReport | None]:
    """Takes a till's Z-report, compares and keeps it, once for each key; the report is None where it was refused.

    Refused, stored and given again: a number sent before under another key, checks that do not add up to the total, a
    day that is still to come, another currency. Raised, and not stored: as `charging.charge`.
    """
    number = clean_text("number", totals.number, 32) or ""
    content = content_hash("z_report", totals)
    asked = Asked(sender, own_key(key), "z_report", content, body_of(totals), number, total_minor=totals.total_minor)

    def work(session: Session) -> tuple[Answer, ZReport | None]:
        answer = first_answer(session, asked) or _report(session, asked, totals, number)
        session.flush()
        kept = session.scalar(sa.select(ZReport).where(ZReport.terminal == sender.terminal, ZReport.number == number))
        return answer, None if answer.outcome == "refused" else kept

    return in_unit_of_work(sessions, work)


def _report(session: Session, asked: Asked, totals: ZTotals, number: str) -> Answer:
    today = hold_open_day(session)
    known = book(session)
    terminal = asked.sender.allowed(known, "report")
    day = totals.business_date or today
    try:
        with session.begin_nested():
            _refuse(totals, known.currency, day, today)
            compared = compare(session, terminal, day, totals)
            queue_z_slip(session, known, terminal, _keep(session, terminal, totals, number, day, compared))
    except DatabaseRefusal:
        raise
    except Refusal as refusal:
        return refused(session, asked, terminal, refusal, today)
    difference = totals.total_minor - compared.books_minor
    told = amount(Money(abs(difference), known.currency))
    text = (
        _("{count} checks differ, by {amount} in all.", count=len(compared.differences), amount=told)
        if compared.differences or difference
        else _("The till and the books agree.")
    )
    answer = Answer("done", asked.key, text, total_minor=totals.total_minor, currency=known.currency)
    return store(session, asked, terminal, answer, today)


def _refuse(totals: ZTotals, currency: str, day: date, today: date) -> None:
    if totals.currency not in (None, currency):
        raise CurrencyMismatch(expected=currency, given=totals.currency)
    if day > today:
        raise DayNotReady(day=day, status="to_come")
    if len(totals.checks) > MOST_CHECKS:
        raise ZTooLong(most=MOST_CHECKS)
    found = sum(each.total_minor for each in totals.checks)
    if found != totals.total_minor:
        raise ZSumMismatch(sum=Money(found, currency), total=Money(totals.total_minor, currency))
    if abs(found) > MOST_MINOR:
        raise AmountTooLarge(amount=Money(found, currency))


def _keep(
    session: Session, terminal: TerminalFacts, totals: ZTotals, number: str, day: date, compared: Compared
) -> ZReport:
    row = ZReport(
        outlet=terminal.outlet.code,
        terminal=terminal.code,
        number=number,
        business_date=day,
        received_at=clock.now(),
        till_minor=compared.till_minor,
        books_minor=compared.books_minor,
        content={
            "checks": [[each.check_number, each.total_minor] for each in totals.checks],
            "desk_minor": compared.desk_minor,
            "control": compared.control,
            "control_minor": compared.control_minor,
            "control_outlet_minor": compared.control_outlet_minor,
        },
        differences=[list(each) for each in compared.differences],
    )
    taken = sa.select(ZReport.id).where(ZReport.terminal == terminal.code, ZReport.number == number)
    if session.scalar(taken) is not None:
        raise ZNumberTaken(number=number)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:  # the same number at the same instant
        raise DatabaseBusy from None
    return row


def compare(session: Session, terminal: TerminalFacts, day: date, totals: ZTotals) -> Compared:
    """A till's totals beside the books of its terminal on a day."""
    books = _books(session, terminal.code, day)
    till: dict[str, int] = {}
    for each in totals.checks:
        till[each.check_number] = till.get(each.check_number, 0) + each.total_minor
    differing = [
        (check or "", till.get(check), books.get(check))
        for check in sorted(till.keys() | books.keys())
        if till.get(check, 0) != books.get(check, 0)
    ]
    control, moved, by_outlet = _control(session, terminal, day)
    return Compared(
        totals.total_minor,
        sum(books.values()),
        tuple(differing),
        _by_desk(session, terminal, day),
        control,
        moved,
        by_outlet,
    )


def _books(session: Session, terminal: str, day: date) -> dict[str, int]:
    """What a terminal charged on a day less what it took back, by check number ("" where it gave none)."""
    sign = sa.case((PosRequest.kind == "void", -1), else_=1)
    check = sa.func.coalesce(PosRequest.check_number, "")
    rows = session.execute(
        sa.select(check, sa.cast(sa.func.sum(sign * PosRequest.total_minor), sa.BigInteger))
        .where(PosRequest.business_date == day, PosRequest.terminal == terminal)
        .where(PosRequest.kind.in_(("charge", "void")), PosRequest.outcome != "refused")
        .where(PosRequest.voucher_id.is_not(None))
        .group_by(check)
    )
    return {number: int(total) for number, total in rows}


def _by_desk(session: Session, terminal: TerminalFacts, day: date) -> int:
    """What others took back that day of what the terminal had charged."""
    origin, charged = aliased(Posting), aliased(Voucher)
    found = session.scalar(
        sa.select(sa.func.sum(Posting.amount_minor))
        .join(Voucher, Voucher.id == Posting.voucher_id)
        .join(origin, origin.id == Posting.origin_posting_id)
        .join(charged, charged.id == origin.voucher_id)
        .where(Posting.business_date == day, Voucher.kind.in_(("correction", "allowance")))
        .where(charged.terminal == terminal.code, Voucher.operator != f"pos:{terminal.code}")
    )
    return int(found or 0)


def _control(session: Session, terminal: TerminalFacts, day: date) -> tuple[str, int, int]:
    """The control folio of the outlet: its number, what it moved that day, and how much of that by terminals."""
    folio_id = terminal.outlet.folio_id
    signed: Any = sa.case((Posting.credit_folio_id == folio_id, Posting.amount_minor), else_=-Posting.amount_minor)
    own = sa.case((Voucher.outlet == terminal.outlet.code, signed), else_=0)
    moved, by_outlet = session.execute(
        sa.select(sa.func.sum(signed), sa.func.sum(own))
        .join(Voucher, Voucher.id == Posting.voucher_id)
        .where(Posting.business_date == day)
        .where(sa.or_(Posting.credit_folio_id == folio_id, Posting.debit_folio_id == folio_id))
    ).one()
    number = session.scalar(sa.select(Folio.number).where(Folio.id == folio_id)) or ""
    return number, int(moved or 0), int(by_outlet or 0)
