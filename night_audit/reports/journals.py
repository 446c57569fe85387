"""The journals of a day: every posting once, told by cashier, by code or by outlet, with sums in front of the lines.

Each journal's total is the same: all that was moved on the day, which is the debits of the trial balance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from folios.errors import N_, WORDS
from folios.models import Folio, Posting, TransactionCode, Voucher
from night_audit.reports import addresses
from night_audit.reports.asking import DAY, of_day
from night_audit.reports.definition import Asked, Column, Line, Note, Part, Report

DESK = N_("desk")
BY: dict[str, Any] = {"operator": Voucher.operator, "code": Posting.code, "outlet": Voucher.outlet}
ORDER = {"operator": (Voucher.operator,), "code": (Posting.code,), "outlet": (sa.func.coalesce(Voucher.outlet, ""),)}


def summed(by: str) -> Callable[[Session, Asked], Iterator[Line]]:
    """The sums of a journal: by code within each cashier or outlet; of the journal by code, by kind of voucher."""
    second = Voucher.kind if by == "code" else Posting.code
    statement = (
        sa.select(
            BY[by],
            second,
            TransactionCode.name,
            sa.func.count(sa.distinct(Voucher.id)),
            sa.cast(sa.func.sum(Posting.amount_minor), sa.BigInteger),
        )
        .select_from(Posting)
        .join(Voucher, Voucher.id == Posting.voucher_id)
        .join(TransactionCode, TransactionCode.code == Posting.code)
        .where(Posting.business_date == DAY)
        .group_by(BY[by], second, TransactionCode.name, *ORDER[by])
        .order_by(*ORDER[by], second)
    )

    def lines(session: Session, asked: Asked) -> Iterator[Line]:
        rows: Any = session.execute(statement, of_day(asked.day))
        for first, then, name, count, amount in rows:
            of = {by: first if first is not None else "", "kind" if by == "code" else "code": then}
            values = {by: _named(by, first), "of": WORDS[then] if by == "code" else then, "name": name}
            address = addresses.postings(asked.day, asked.day, "debit", **of)
            yield Line(values | {"vouchers": count, "amount": int(amount)}, {"amount": address, "vouchers": address})

    return lines


def listed(by: str) -> Callable[[Session, Asked], Iterator[Line]]:
    """Every posting of the day, in the order of the journal."""
    debited, credited = aliased(Folio), aliased(Folio)
    statement = (
        sa.select(
            BY[by],
            Voucher.id,
            Voucher.kind,
            Posting.code,
            sa.func.coalesce(Posting.text, TransactionCode.name),
            debited.number,
            credited.number,
            sa.func.coalesce(Voucher.check_number, Voucher.reference),
            Voucher.operator,
            Posting.amount_minor,
        )
        .select_from(Posting)
        .join(Voucher, Voucher.id == Posting.voucher_id)
        .join(TransactionCode, TransactionCode.code == Posting.code)
        .join(debited, debited.id == Posting.debit_folio_id)
        .join(credited, credited.id == Posting.credit_folio_id)
        .where(Posting.business_date == DAY)
        .order_by(*ORDER[by], Voucher.id, Posting.line)
    )

    def lines(session: Session, asked: Asked) -> Iterator[Line]:
        rows: Any = session.execute(statement, of_day(asked.day))
        for first, voucher, kind, code, text, debit, credit, reference, operator, amount in rows:
            values = {
                "voucher": voucher,
                "kind": WORDS[kind],
                "code": code,
                "text": text,
                "debit": debit,
                "credit": credit,
                "reference": reference,
                "operator": operator,
                "amount": amount,
            }
            address = addresses.voucher(voucher)
            yield Line(values | {by: _named(by, first)}, {"voucher": address, "amount": address})

    return lines


def _named(by: str, name: str | None) -> str:
    return DESK if by == "outlet" and name is None else str(name)


def _ties(_session: Session, _asked: Asked, _lines: list[Line]) -> Iterator[Note]:
    yield Note(N_("The total is all that was moved on the day: the debits of the trial balance."))


def _journal(by: str, name: str, title: str, question: str, head: str) -> Report:
    kind = "word" if by == "outlet" else "text"
    first = Column(by, head, kind)
    listed_columns = (
        first,
        Column("voucher", N_("Voucher")),
        Column("kind", N_("Kind"), "word"),
        Column("code", N_("Code")),
        Column("text", N_("Text")),
        Column("debit", N_("Debited")),
        Column("credit", N_("Credited")),
        Column("reference", N_("Check or reference")),
        Column("operator", N_("By")),
        Column("amount", N_("Amount"), "money", total=True),
    )
    shown = tuple(each for number, each in enumerate(listed_columns) if number == 0 or each.name != by)
    of = Column("of", N_("Kind"), "word") if by == "code" else Column("of", N_("Code"))
    sums = (first, of, Column("name", N_("Name")))
    counted = (Column("vouchers", N_("Vouchers"), "count"), Column("amount", N_("Amount"), "money", total=True))
    empty = N_("Nothing was posted on this day.")
    return Report(
        name=name,
        title=title,
        question=question,
        section=N_("Journals"),
        parts=(
            Part("sums", N_("Sums"), (*sums, *counted), summed(by), empty, group=by, notes=_ties),
            Part("lines", N_("Postings"), shown, listed(by), empty, group=by),
        ),
        wide=True,
    )


REPORTS = (
    _journal(
        "operator",
        "journal-by-cashier",
        N_("Journal by cashier"),
        N_("Who posted what on the day?"),
        N_("Cashier"),
    ),
    _journal(
        "code", "journal-by-code", N_("Journal by code"), N_("What was posted under each code on the day?"), N_("Code")
    ),
    _journal(
        "outlet",
        "journal-by-outlet",
        N_("Journal by outlet"),
        N_("What did each outlet post on the day, and what the desk?"),
        N_("Outlet"),
    ),
)
