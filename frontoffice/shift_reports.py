"""The cashier's report of a shift: what came in and went out by code, and what the count made of it.

Every figure is added up from the postings that carry the shift's number. There is no report of an open shift: from it
the cashier would know what the drawer should hold before counting it. Opening and closing are in `shifts.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from folios.errors import N_, Refusal
from folios.models import Folio, Posting, TransactionCode, Voucher
from frontoffice.models.cashiering import CashFolio
from frontoffice.shifts import DROP, SENDER, ShiftSummary, counts, shift_summary


class ShiftNotCounted(Refusal):
    code = "shift.not_counted"
    message = N_("Shift {shift} has not been counted yet. Count its drawer and close it; then there is a report.")


@dataclass(frozen=True, slots=True)
class ReportLine:
    """What was posted with a code: how many vouchers, and their sum in minor units. `tender` of payment codes only."""

    code: str
    name: str
    tender: str | None
    count: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class ShiftReport:
    """A closed shift. Lines are by code; all figures in minor units.

    `net_receipts_minor` is the cash that came in less what went out; with the float and `others_minor` (what was moved
    through the drawer by somebody without this shift) it is what was expected. Over and short are as posted, and so is
    the turn-in; `due_back_minor` is what the house owes the float.
    """

    shift: ShiftSummary
    payments: tuple[ReportLine, ...]
    refunds: tuple[ReportLine, ...]
    guest_paid_outs: tuple[ReportLine, ...]
    house_paid_outs: tuple[ReportLine, ...]
    charges: tuple[ReportLine, ...]
    corrections: tuple[ReportLine, ...]
    allowances: tuple[ReportLine, ...]
    pieces: dict[int, int]
    float_minor: int
    net_receipts_minor: int
    others_minor: int
    expected_minor: int
    counted_minor: int
    over_minor: int
    short_minor: int
    turn_in_minor: int
    due_back_minor: int
    left_minor: int


def report(session: Session, shift_id: int) -> ShiftReport:
    """The report of a closed shift. Refuses one that is still open (`ShiftNotCounted`), and `ShiftUnknown`."""
    shift = shift_summary(session, shift_id)
    if shift.expected_minor is None or shift.counted_minor is None:
        raise ShiftNotCounted(shift=shift_id)
    rows = session.execute(_posted(shift)).all()
    own = _own(session, shift)
    turn_in = own.get(("drawer", "safe", f"{shift.id}/{DROP}"), 0)
    net_receipts = sum(row.drawer_minor for row in rows)
    return ShiftReport(
        shift=shift,
        payments=tuple(_lines(rows, kind="payment", given_back=False)),
        refunds=tuple(_lines(rows, kind="payment", given_back=True)),
        guest_paid_outs=tuple(_lines(rows, kind="paid_out", by_house=False)),
        house_paid_outs=tuple(_lines(rows, kind="paid_out", by_house=True)),
        charges=tuple(_lines(rows, kind="charge")),
        corrections=tuple(_lines(rows, kind="correction")),
        allowances=tuple(_lines(rows, kind="allowance")),
        pieces=counts(session, shift_id),
        float_minor=shift.float_minor,
        net_receipts_minor=net_receipts,
        others_minor=shift.expected_minor - shift.float_minor - net_receipts,
        expected_minor=shift.expected_minor,
        counted_minor=shift.counted_minor,
        over_minor=sum(amount for (start, _, _), amount in own.items() if start == "over"),
        short_minor=sum(amount for (_, to, _), amount in own.items() if to == "short"),
        turn_in_minor=turn_in,
        due_back_minor=shift.due_back_minor or 0,
        left_minor=shift.counted_minor - turn_in,
    )


def _of_shift(shift: ShiftSummary) -> tuple[sa.ColumnElement[bool], ...]:
    """Its vouchers. An outlet's till has shifts of its own, which are numbered without us; the days spare a search
    through all that was ever posted."""
    return (
        Voucher.business_date.between(shift.opened_on, shift.closed_on),
        Voucher.shift == str(shift.id),
        Voucher.outlet.is_(None),
    )


def _posted(shift: ShiftSummary) -> Any:
    """What the cashier posted, by kind and code; `drawer_minor` is what it brought into the drawer."""
    debited = aliased(Folio)
    given_back = sa.and_(Voucher.kind == "payment", Posting.source_posting_id.is_not(None)).label("given_back")
    by_house = sa.and_(Voucher.kind == "paid_out", debited.type == "control").label("by_house")
    in_drawer = sa.case(
        (Posting.debit_folio_id == shift.drawer_folio_id, Posting.amount_minor),
        (Posting.credit_folio_id == shift.drawer_folio_id, -Posting.amount_minor),
        else_=0,
    )
    by = (Voucher.kind, TransactionCode.code, TransactionCode.name, TransactionCode.tender, given_back, by_house)
    return (
        sa.select(
            *by,
            sa.func.count(sa.distinct(Voucher.id)).label("vouchers"),
            sa.cast(sa.func.sum(Posting.amount_minor), sa.BigInteger).label("amount_minor"),
            sa.cast(sa.func.sum(in_drawer), sa.BigInteger).label("drawer_minor"),
        )
        .join(Posting, Posting.voucher_id == Voucher.id)
        .join(TransactionCode, TransactionCode.code == Posting.code)
        .join(debited, debited.id == Posting.debit_folio_id)
        .where(*_of_shift(shift), sa.func.coalesce(Voucher.sender, "") != SENDER)
        .group_by(*by)
        .order_by(TransactionCode.tender, TransactionCode.code)
    )


def _lines(rows: Sequence[Any], **where: object) -> Iterator[ReportLine]:
    for row in rows:
        if all(getattr(row, name) == value for name, value in where.items()):
            yield ReportLine(row.code, row.name, row.tender, row.vouchers, row.amount_minor)


def _own(session: Session, shift: ShiftSummary) -> dict[tuple[str, str, str | None], int]:
    """The cash that opening and closing the shift carried: (from, to, key) and the amount."""
    start, to = aliased(CashFolio), aliased(CashFolio)
    carried = (
        sa.select(start.place, to.place, Voucher.key, Posting.amount_minor)
        .select_from(Voucher)
        .join(Posting, Posting.voucher_id == Voucher.id)
        .join(start, start.folio_id == Posting.credit_folio_id)
        .join(to, to.folio_id == Posting.debit_folio_id)
        .where(*_of_shift(shift), Voucher.sender == SENDER)
    )
    return {(row[0], row[1], row[2]): row[3] for row in session.execute(carried)}
