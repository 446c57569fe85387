"""Shifts at the desk: opened, counted blind, closed; their lists and reports; cash paid out for the house.

While a shift is open no page here says, or lets anybody work out, what its drawer should hold.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import Form as PlainForm

from folios.business_day import open_date
from folios.codes import catalogue
from folios.db import reading
from folios.errors import N_
from folios.ledger import currency
from folios.money import Money
from folios.texts import search_text
from frontoffice import cashiering, safe, shift_reports, shifts
from frontoffice.app import db
from frontoffice.forms.base import Day
from frontoffice.forms.shifts import HousePayOutForm, OpenForm, count_form, digits_of
from frontoffice.language import amount as told_amount
from frontoffice.language import gettext as _
from frontoffice.rights import NotAllowed
from frontoffice.shifts import ShiftSummary
from frontoffice.submissions import Done
from frontoffice.views.access import needs, operator
from frontoffice.views.pages import may, page
from frontoffice.views.sending import answer, held_fields

LISTED = timedelta(days=27)


class Period(PlainForm):  # type: ignore[misc]
    """From which to which business day shifts are listed."""

    first = Day(N_("From"))
    last = Day(N_("To"))


@needs("shift.open", "shift.read")
def overview() -> str:
    """The reader's own shift, or how to open one; the shifts of the last weeks, with what was over or short."""
    period = Period(request.args)
    period.validate()
    with reading(db.session) as session:
        last = period.last.data or open_date(session)
        first = period.first.data or (last - LISTED if last - date.min > LISTED else date.min)
        whose = (search_text(request.args.get("cashier"), 32) or None) if may("shift.read") else operator()
        shown = {
            "period": period,
            "first": first,
            "last": last,
            "cashier": whose,
            "own": shifts.open_shift_of(session, operator()),
            "open": shifts.open_shifts(session) if may("shift.read") else [],
            "shifts": shifts.shifts_of(session, first, last, whose)[::-1],
            "safe": safe.stands(session).safe if may("safe.move") else None,
        }
        return page("frontoffice/shifts/list.html", **shown)


@needs("shift.open")
def open_one() -> Response:
    """Opens a shift at a drawer with a float."""
    form = OpenForm(held=held_fields())
    with reading(db.session) as session:
        form.offer(cashiering.drawers(session, active=True), shifts.left_in_drawers(session), currency(session))

    def work(session: Session, _authority: str | None) -> Done:
        who = operator()
        opened = shifts.open_shift(
            session, who, int(str(form.drawer.data)), form.float_amount.minor or 0, who, str(form.key.data)
        )
        return Done(f"/shifts/{opened.id}", _opened(session, opened.id))

    return answer(form, lambda: page("frontoffice/form.html", form=form, cancel="/shifts"), work)


@needs("shift.open", "shift.read")
def show(shift_id: int) -> str:
    """A shift: while it is open its float and nothing of what came since, afterwards what its count told."""
    with reading(db.session) as session:
        shift = _visible(session, shift_id)
        pieces = shifts.counts(session, shift_id) if shift.status == "closed" else {}
        return page("frontoffice/shifts/show.html", shift=shift, pieces=pieces)


@needs("shift.open", "shift.close_any")
def close(shift_id: int) -> Response:
    """Counts the drawer blind and closes the shift; only then is it told what was over or short."""
    with reading(db.session) as session:
        shift = _closable(session, shift_id)
        kept_in = currency(session)
        form = count_form(cashiering.denominations(session), kept_in, held=held_fields(), version=str(shift.version))
        form.witness.offer(shifts.witnesses(session, shift.cashier, operator()))
    if request.method == "GET" and shift.status == "closed":
        return redirect(f"/shifts/{shift_id}", 303)

    def work(session: Session, _authority: str | None) -> Done:
        shifts.close_shift(
            session, shift_id, form.seen_version, form.pieces(), dropped_minor=form.dropped.minor, bag=form.bag.data,
            witness=form.witness.data, remark=form.remark.data, operator=operator(), key=str(form.key.data),
        )  # fmt: skip
        return Done(f"/shifts/{shift_id}", _outcome(session, shift_id))

    shown: dict[str, Any] = {"form": form, "shift": shift, "digits": digits_of(kept_in)}
    return answer(form, lambda: page("frontoffice/shifts/close.html", **shown), work)


@needs("shift.open", "shift.read")
def report(shift_id: int) -> str:
    """The cashier's report of a closed shift, to be printed and signed."""
    with reading(db.session) as session:
        _visible(session, shift_id)
        return page("frontoffice/shifts/report.html", report=shift_reports.report(session, shift_id))


@needs("folio.pay")
def pay_out() -> Response:
    """Hands cash out of the drawer for the house; who may not has somebody approve it."""
    form = HousePayOutForm(held=held_fields())
    with reading(db.session) as session:
        codes = [each for each in catalogue(session).codes.values() if each.kind == "paid_out" and each.active]
        form.code.offer([(each.code, f"{each.name} ({each.code})") for each in sorted(codes, key=lambda e: e.name)])

    def work(session: Session, authority: str | None) -> Done:
        given = form.amount.data or Money(0, currency(session))
        cashiering.pay_out(
            session, str(form.code.data), given, operator(), authorised_by=authority,
            text=form.text.data, reference=form.reference.data, key=str(form.key.data),
        )  # fmt: skip
        return Done("/shifts", _("{amount} was paid out.", amount=told_amount(given)))

    return answer(form, lambda: page("frontoffice/form.html", form=form, cancel="/shifts"), work)


def _opened(session: Session, shift_id: int) -> str:
    """That a shift is open, and that the books of the safe did not have its float, when they did not."""
    told = _("Shift {number} is open.", number=shift_id)
    left = safe.stands(session).safe
    if left.minor >= 0:
        return told
    amount = told_amount(left)
    more = _("By the books the safe stands at {amount}: somebody has to bring the change fund in.", amount=amount)
    return f"{told} {more}"


def _visible(session: Session, shift_id: int) -> ShiftSummary:
    """The reader's own shift, or anybody's for who may see them. Refuses `ShiftUnknown`, `NotAllowed`."""
    shift = shifts.shift_summary(session, shift_id)
    if shift.cashier != operator() and not may("shift.read"):
        raise NotAllowed(right="shift.read", who=operator())
    return shift


def _closable(session: Session, shift_id: int) -> ShiftSummary:
    """The reader's own shift, or anybody's for who may close them. Refuses `ShiftUnknown`, `NotAllowed`."""
    shift = shifts.shift_summary(session, shift_id)
    if shift.cashier != operator() and not may("shift.close_any"):
        raise NotAllowed(right="shift.close_any", who=operator())
    return shift


def _outcome(session: Session, shift_id: int) -> str:
    """What the count came to, in a sentence."""
    shift = shifts.shift_summary(session, shift_id)
    difference = shift.difference_minor or 0
    amount = told_amount(Money(abs(difference), currency(session)))
    if difference > 0:
        return _("Shift {number} is closed. The drawer was {amount} over.", number=shift_id, amount=amount)
    if difference < 0:
        return _("Shift {number} is closed. The drawer was {amount} short.", number=shift_id, amount=amount)
    return _("Shift {number} is closed. The drawer was exact.", number=shift_id)
