"""A voucher as the desk looks at it: who wrote it, when and why, what it moved, what it corrects and what corrects it.

Vouchers are written by the ledger (`folios.vouchers`) and never change.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from folios.errors import VoucherUnknown
from folios.folios import MOST_ID
from folios.models import Folio, Posting, TransactionCode, Voucher


@dataclass(frozen=True, slots=True)
class VoucherLine:
    """A posting of a voucher, with both of its folios. Amounts in minor units.

    `source_voucher_id` is the voucher whose value this line moves on or takes back.
    """

    posting_id: int
    line: int
    parent_line: int | None
    code: str
    text: str
    quantity: int
    article: str | None
    amount_minor: int
    tax_rate_ppm: int | None
    debit_folio_id: int
    debit_folio: str
    debit_name: str
    credit_folio_id: int
    credit_folio: str
    credit_name: str
    source_voucher_id: int | None


@dataclass(frozen=True, slots=True)
class Whole:
    """A voucher with its lines, and the later vouchers that correct it or move something of it: (id, kind)."""

    voucher: Voucher
    lines: tuple[VoucherLine, ...]
    later: tuple[tuple[int, str], ...]

    @property
    def total_minor(self) -> int:
        """What it moves in all."""
        return sum(each.amount_minor for each in self.lines)


def get_voucher(session: Session, voucher_id: int) -> Whole:
    """A voucher by its number; three statements. Refuses `VoucherUnknown`."""
    voucher = session.get(Voucher, voucher_id) if 0 < voucher_id <= MOST_ID else None
    if voucher is None:
        raise VoucherUnknown(voucher=voucher_id)
    return Whole(voucher, _lines(session, voucher_id), _later(session, voucher_id))


def _lines(session: Session, voucher_id: int) -> tuple[VoucherLine, ...]:
    debit, credit, source = aliased(Folio), aliased(Folio), aliased(Posting)
    rows: Any = session.execute(
        sa.select(
            Posting.id,
            Posting.line,
            Posting.parent_line,
            Posting.code,
            sa.func.coalesce(Posting.text, TransactionCode.name),
            Posting.quantity,
            Posting.article,
            Posting.amount_minor,
            Posting.tax_rate_ppm,
            debit.id,
            debit.number,
            debit.name,
            credit.id,
            credit.number,
            credit.name,
            source.voucher_id,
        )
        .join(TransactionCode, TransactionCode.code == Posting.code)
        .join(debit, debit.id == Posting.debit_folio_id)
        .join(credit, credit.id == Posting.credit_folio_id)
        .outerjoin(source, source.id == Posting.source_posting_id)
        .where(Posting.voucher_id == voucher_id)
        .order_by(Posting.line)
    )
    return tuple(VoucherLine(*row) for row in rows)


def _later(session: Session, voucher_id: int) -> tuple[tuple[int, str], ...]:
    source = aliased(Posting)
    moved = (
        sa.select(Posting.voucher_id)
        .join(source, source.id == Posting.source_posting_id)
        .where(source.voucher_id == voucher_id)
    )
    wanted = sa.or_(Voucher.corrects_voucher_id == voucher_id, Voucher.id.in_(moved))
    rows = session.execute(sa.select(Voucher.id, Voucher.kind).where(wanted).order_by(Voucher.id))
    return tuple((row.id, row.kind) for row in rows)
