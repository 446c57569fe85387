"""Charge this: the one rule by which every door of the bridge books a check.

On PostgreSQL two statements do it: one looks who is to pay, one posts the charge with the row of the message beside it,
under conditions that hold whatever changed in between. Whatever these do not write, an ordinary unit of work looks at
again from the start: it gives the first answer again, finds the reason of a refusal and keeps it, or puts what cannot
be placed into suspense. On SQLite all of it is one unit of work.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from folios import charges, clock
from folios.business_day import hold_day
from folios.charges import Charge, charge_at_once
from folios.codes import catalogue
from folios.db import SessionSource, committing_by_itself, in_unit_of_work
from folios.drafts import Beside
from folios.errors import DatabaseBusy, DatabaseRefusal, FolioClosed, NoOpenDay, Refusal, SavedMeanwhile
from folios.money import Money
from folios.texts import clean_text
from frontoffice.language import amount, show
from frontoffice.language import gettext as _
from pos_bridge.book import Book, TerminalFacts, book, kept_book
from pos_bridge.checks import Answer, Check, content_hash
from pos_bridge.models.messages import PosRequest
from pos_bridge.models.printing import PrintJob
from pos_bridge.outlet_slips import charge_slip_row
from pos_bridge.payers import Found, Look, NotPlaced, choose, look, refuse_stopped, why_nobody
from pos_bridge.pricing import Priced, price
from pos_bridge.requests import Asked, BesideIt, Sender, body_of, first_answer, masked, own_key, refused, row_of

TWINS_WITHIN = timedelta(minutes=10)
_TEXTS = {"check_number": 32, "table": 16, "period": 16, "waiter": 40, "reference": 100, "remark": 500, "at": 40}


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a check goes: a payer's folio, or the outlet's suspense folio with the reason why."""

    folio_id: int
    payer: Found | None
    reason: str | None = None


def charge(sessions: SessionSource, sender: Sender, key: str, check: Check, beside: BesideIt | None = None) -> Answer:
    """Books a check as a unit of work of its own, once for each key of the sender; the first answer is given again.

    `beside` makes rows of the answer that are written with it, in the same transaction, also with a refusal.

    A refusal of what was asked (nobody there, house limit, no-post, sum, unknown article) is an answer, stored and
    given again. Raised, and not stored: a key used for something else (`RequestKeyReused`), a terminal that may not,
    a key or text that cannot be stored, and what the database could not do.
    """
    asked, check = asked_charge(sender, key, check, beside)
    answer = None
    with suppress(DatabaseBusy, SavedMeanwhile), committing_by_itself(sessions) as session:
        answer = None if session is None else _at_once(session, asked, check)
    return answer or in_unit_of_work(sessions, lambda session: charge_in(session, asked, check))


def asked_charge(sender: Sender, key: str, check: Check, beside: BesideIt | None = None) -> tuple[Asked, Check]:
    """A charge as it is stored, and its check with clean texts; for who books it in a unit of work of theirs."""
    check = _cleaned(check)
    asked = Asked(
        sender,
        own_key(key),
        "charge",
        content_hash("charge", check),
        body_of(check),
        check.whom.place,
        check.check_number,
        check.total_minor,
        beside,
    )
    return asked, check


def _cleaned(check: Check) -> Check:
    """Texts without control characters and card numbers, each as long as it may be."""
    told: dict[str, Any] = {name: clean_text(name, masked(getattr(check, name)), most) for name, most in _TEXTS.items()}
    lines = tuple(replace(line, text=clean_text("text", masked(line.text), 200)) for line in check.lines)
    whom = check.whom
    names: dict[str, Any] = {name: clean_text(name, masked(getattr(whom, name)), 60) for name in ("room", "name")}
    names |= {name: clean_text(name, getattr(whom, name), 60) for name in ("account", "card")}
    return replace(check, whom=replace(whom, **names), lines=lines, **told)


# --- two statements -------------------------------------------------------------------------------------------


def _at_once(session: Session, asked: Asked, check: Check) -> Answer | None:
    """The answer where two statements give it; None: nothing was written."""
    try:
        known = kept_book(session)
        terminal = asked.sender.allowed(known, "charge")
        priced = price(terminal.outlet, check, known.currency)
        seen = look(session.connection(), check.whom, terminal.outlet.code, _like(asked, terminal, priced))
        payer = choose(seen.found, check.whom)
        if payer is None or payer.folio_status != "open" or seen.mark != known.mark:
            return None
        refuse_stopped(payer)
        codes = catalogue(session, fresh=False)
        if codes.mark != known.mark:
            return None
        answer = _answer(asked, priced, known.currency, Placed(payer.folio_id, payer))
        request = _request(asked, check, terminal, priced, answer, payer.folio_id, codes.business_date, seen, known)
        posted = charge_at_once(session, request, asked.sender.origin(terminal, asked.key), codes)
    except Refusal:
        return None
    if posted is None or posted.replayed:
        return None
    return replace(answer, voucher_id=posted.voucher_id, business_date=posted.business_date)


def _like(asked: Asked, terminal: TerminalFacts, priced: Priced) -> Mapping[str, Any]:
    return {
        "terminal": terminal.code,
        "place": asked.place,
        "check": asked.check_number,
        "total": priced.total_minor,
        "since": clock.now() - TWINS_WITHIN,
    }


# --- one unit of work -----------------------------------------------------------------------------------------


def charge_in(session: Session, asked: Asked, check: Check) -> Answer:
    """The same in the caller's unit of work. `DatabaseBusy`: the same key came at the same instant; try again."""
    before = first_answer(session, asked)
    if before is not None:
        return before
    held = hold_day(session.connection(), "open")
    if held is None:
        raise NoOpenDay
    day, mark = held
    known = book(session, mark=mark)
    terminal = asked.sender.allowed(known, "charge")
    codes = catalogue(session, fresh=False)
    if (codes.mark, codes.business_date) != (mark, day):
        catalogue(session)
    try:
        with session.begin_nested():
            return _post(session, asked, check, known, terminal, day)
    except IntegrityError:
        raise DatabaseBusy from None
    except DatabaseRefusal:
        raise
    except Refusal as refusal:
        return refused(session, asked, terminal, refusal, day, may={"charge": show(refusal)})


def _post(session: Session, asked: Asked, check: Check, known: Book, terminal: TerminalFacts, day: date) -> Answer:
    priced = price(terminal.outlet, check, known.currency)
    seen = look(session.connection(), check.whom, terminal.outlet.code, _like(asked, terminal, priced))
    placed = _place(session, asked.sender, check, terminal, seen)
    answer = _answer(asked, priced, known.currency, placed)
    request = _request(asked, check, terminal, priced, answer, placed.folio_id, day, seen, known)
    posted = charges.charge(session, request, asked.sender.origin(terminal, asked.key))
    if posted.replayed:  # the same message came in between: what it was answered is the answer
        raise DatabaseBusy
    return replace(answer, voucher_id=posted.voucher_id, business_date=posted.business_date)


def _place(session: Session, sender: Sender, check: Check, terminal: TerminalFacts, seen: Look) -> Placed:
    """Where the check goes. Refuses what cannot be placed, unless the outlet has a suspense folio."""
    payer = choose(seen.found, check.whom)
    reason: NotPlaced | FolioClosed
    if payer is None:
        reason = why_nobody(session, check.whom, seen.found)
    elif payer.folio_status != "open":
        reason = FolioClosed(folio=payer.folio)
    else:
        refuse_stopped(payer)
        return Placed(payer.folio_id, payer)
    if terminal.outlet.suspense_folio_id is None or not sender.suspends:
        raise reason
    return Placed(terminal.outlet.suspense_folio_id, None, show(reason))


# --- the shapes of both ---------------------------------------------------------------------------------------


def _request(
    asked: Asked,
    check: Check,
    terminal: TerminalFacts,
    priced: Priced,
    answer: Answer,
    folio_id: int,
    day: date,
    seen: Look,
    known: Book,
) -> Charge:
    row = row_of(asked, terminal, answer, folio_id=folio_id, twin_id=seen.twin_id)
    beside = [Beside(PosRequest.__table__, row)]  # type: ignore[arg-type]
    beside += () if asked.beside is None else asked.beside(answer)
    if seen.prints:
        slip = charge_slip_row(known, terminal, check, priced, answer, day)
        beside.append(Beside(PrintJob.__table__, slip))  # type: ignore[arg-type]
    return Charge(
        folio_id,
        priced.lines,
        check_number=check.check_number,
        covers=check.covers,
        reference=check.reference,
        remark=check.remark,
        over_limit_by=asked.sender.over_limit_by,
        beside=tuple(beside),
        mark=known.mark,
    )


def _answer(asked: Asked, priced: Priced, currency: str, placed: Placed) -> Answer:
    total = amount(Money(priced.total_minor, currency))
    payer = placed.payer
    if payer is None:
        text = _(
            "{reason} {amount} went to suspense; the front desk will place it.", reason=placed.reason, amount=total
        )
        return Answer(
            "suspense", asked.key, text, total_minor=priced.total_minor, currency=currency, may={"void": None}
        )
    whom = f"{payer.room}, {payer.guest}" if payer.room else f"{payer.folio}, {payer.guest}"
    return Answer(
        "done",
        asked.key,
        _("{amount} charged to {whom}.", amount=total, whom=whom),
        total_minor=priced.total_minor,
        currency=currency,
        folio=payer.folio,
        room=payer.room,
        guest=payer.guest,
        may={"void": None},
    )
