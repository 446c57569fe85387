"""The lines of folios as a screen shows them: in the order of the books with the running balance, each with what is
left of it and what became of it, the lines it generated under it.

The plain statement, for paper and for other systems, is `folios.statements`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from folios.business_day import open_date
from folios.errors import FolioUnknown
from folios.folios import known_id
from folios.models import Folio, Posting, TransactionCode, Voucher
from folios.statements import balance_before
from frontoffice.models.desk import Dispute

# Folios of the system, on which lines come in by the thousand: without a period, the open day is shown.
BUSY = ("control", "permanent")


@dataclass(frozen=True, slots=True)
class FolioLine:
    """A posting as its folio sees it; `amount_minor` is above zero for a debit. All figures in minor units.

    `balance_minor` is the folio's after this line and those under it. `left_minor` still stands on the folio, of which
    something may be moved or taken back; `moved_minor`, `corrected_minor`, `allowed_minor` and `refunded_minor` say
    where the rest went. `other_folio` is the far side: where a charge was earned, a payment went, a transfer came from.
    `generated`: the taxes and service lines that follow this one. `source_posting_id`: whose value this line moves.
    """

    posting_id: int
    voucher_id: int
    line: int
    parent_line: int | None
    kind: str
    business_date: date
    written_at: datetime
    code: str
    code_name: str
    text: str | None
    quantity: int
    article: str | None
    reference: str | None
    check_number: str | None
    remark: str | None
    reason: str | None
    cashier: str
    outlet: str | None
    corrects_voucher_id: int | None
    source_posting_id: int | None
    other_folio_id: int
    other_folio: str
    amount_minor: int
    balance_minor: int
    left_minor: int
    moved_minor: int
    corrected_minor: int
    allowed_minor: int
    refunded_minor: int
    disputed: bool
    generated: tuple[FolioLine, ...] = ()

    @property
    def total_minor(self) -> int:
        """The line with what it generated."""
        return self.amount_minor + sum(each.amount_minor for each in self.generated)


@dataclass(frozen=True, slots=True)
class FolioLines:
    """A folio's lines over a period (`first` and `last` included; None: from its beginning, to now).

    `codes` (code and name) and `cashiers` are those of the whole period, to choose a filter from; the filter hides
    lines, never their part in the running balance.
    """

    folio_id: int
    number: str
    type: str
    name: str
    currency: str
    status: str
    house_limit_minor: int | None
    first: date | None
    last: date | None
    opening_minor: int
    lines: tuple[FolioLine, ...]
    closing_minor: int
    hidden: int
    codes: tuple[tuple[str, str], ...]
    cashiers: tuple[str, ...]


def folio_lines(
    session: Session,
    folio_id: int,
    *,
    code: str | None = None,
    operator: str | None = None,
    first: date | None = None,
    last: date | None = None,
) -> FolioLines:
    """One folio's lines; see `lines_of_folios`. Refuses `FolioUnknown`."""
    found = lines_of_folios(session, [folio_id], code=code, operator=operator, first=first, last=last)
    return found[folio_id]


def lines_of_folios(
    session: Session,
    folio_ids: Collection[int],
    *,
    code: str | None = None,
    operator: str | None = None,
    first: date | None = None,
    last: date | None = None,
) -> dict[int, FolioLines]:
    """The lines of folios (a stay's windows), by folio, of a period, a code or a cashier where asked for.

    A control or permanent folio without a `first` is shown from the open day on. Four statements, and two more per
    folio where a period begins. Refuses `FolioUnknown`.
    """
    columns = Folio.__table__.c
    wanted = sorted({known_id(folio_id) for folio_id in folio_ids})
    folios: Any = {row.id: row for row in session.execute(sa.select(*columns).where(columns.id.in_(wanted)))}
    for folio_id in wanted:
        if folio_id not in folios:
            raise FolioUnknown(folio=folio_id)
    if first is None and any(row.type in BUSY for row in folios.values()):
        first = open_date(session)
    period = {"ids": wanted, "first": first or date.min, "last": last or date.max}
    gone = _gone(session, period)
    disputed = set(
        session.scalars(sa.select(Dispute.posting_id).where(Dispute.folio_id.in_(wanted), Dispute.status == "open"))
    )
    rows: dict[int, list[Any]] = {folio_id: [] for folio_id in wanted}
    for row in session.connection().execute(_LINES, period):
        rows[row.folio_id].append(row)
    answers = {}
    for folio_id in wanted:
        opening = 0 if first is None else balance_before(session, folio_id, first)
        told = _told(rows[folio_id], opening, gone, disputed)
        answers[folio_id] = _shown(folios[folio_id], told, opening, (first, last), (code, operator))
    return answers


def _shown(
    folio: Any,
    lines: list[FolioLine],
    opening: int,
    period: tuple[date | None, date | None],
    chosen: tuple[str | None, str | None],
) -> FolioLines:
    code, operator = chosen
    families = _families(lines)
    kept = tuple(
        each
        for each in families
        if (code is None or code in {each.code, *(one.code for one in each.generated)})
        and (operator is None or each.cashier == operator)
    )
    return FolioLines(
        folio_id=folio.id,
        number=folio.number,
        type=folio.type,
        name=folio.name,
        currency=folio.currency,
        status=folio.status,
        house_limit_minor=folio.house_limit_minor,
        first=period[0],
        last=period[1],
        opening_minor=opening,
        lines=kept,
        closing_minor=lines[-1].balance_minor if lines else opening,
        hidden=len(families) - len(kept),
        codes=tuple(sorted({each.code: each.code_name for each in lines}.items())),
        cashiers=tuple(sorted({each.cashier for each in lines})),
    )


def _told(rows: Iterable[Any], opening: int, gone: dict[Any, dict[str, int]], disputed: set[int]) -> list[FolioLine]:
    """The rows as lines, with the running balance after each."""
    lines = []
    running = opening
    for row in rows:
        debit = row.side == "debit"
        signed = row.amount_minor if debit else -row.amount_minor
        running += signed
        taken = gone.get((row.posting_id, row.side), {})
        stands = row.source_side is None or row.source_side == row.side
        left = row.amount_minor - sum(taken.values()) if stands else 0
        became = (taken.get(kind, 0) for kind in ("transfer", "correction", "allowance", "payment"))
        told = [*row[2:-2], signed, running, left, *became, row.posting_id in disputed]
        lines.append(FolioLine(*told))
    return lines


def _families(lines: Iterable[FolioLine]) -> list[FolioLine]:
    """The lines that stand by themselves, each with those it generated on the same folio and its balance after them."""
    heads: dict[tuple[int, int], FolioLine] = {}
    for line in lines:
        head = heads.get((line.voucher_id, line.parent_line or 0))
        if head is None:
            heads[line.voucher_id, line.line] = line
        else:
            whole = replace(head, generated=(*head.generated, line), balance_minor=line.balance_minor)
            heads[line.voucher_id, head.line] = whole
    return list(heads.values())


# --- statements -----------------------------------------------------------------------------------------------


def _gone(session: Session, period: dict[str, Any]) -> dict[Any, dict[str, int]]:
    """What was taken from each line, by (posting, side) and the kind of voucher that took it. One statement."""
    found: dict[Any, dict[str, int]] = {}
    for posting_id, taken_side, kind, amount in session.connection().execute(_GONE, period):
        for side in ("debit", "credit") if taken_side == "both" else (taken_side,):
            kinds = found.setdefault((posting_id, side), {})
            kinds[kind] = kinds.get(kind, 0) + int(amount)
    return found


def _in_period(here: Any) -> sa.ColumnElement[bool]:
    return sa.and_(
        here.in_(sa.bindparam("ids", expanding=True)),
        Posting.business_date.between(sa.bindparam("first"), sa.bindparam("last")),
    )


def _side(side: str) -> Any:
    debit = side == "debit"
    here = Posting.debit_folio_id if debit else Posting.credit_folio_id
    there = Posting.credit_folio_id if debit else Posting.debit_folio_id
    other = aliased(Folio)
    return (
        sa.select(
            here.label("folio_id"),
            sa.literal(side).label("side"),
            Posting.id.label("posting_id"),
            Posting.voucher_id.label("voucher_id"),
            Posting.line.label("line"),
            Posting.parent_line,
            Voucher.kind,
            Posting.business_date.label("business_date"),
            Voucher.written_at,
            Posting.code,
            TransactionCode.name.label("code_name"),
            Posting.text,
            Posting.quantity,
            Posting.article,
            Voucher.reference,
            Voucher.check_number,
            Voucher.remark,
            Voucher.reason,
            Voucher.operator,
            Voucher.outlet,
            Voucher.corrects_voucher_id,
            Posting.source_posting_id,
            there.label("other_folio_id"),
            other.number.label("other_folio"),
            Posting.amount_minor,
            Posting.source_side,
        )
        .join(Voucher, Voucher.id == Posting.voucher_id)
        .join(TransactionCode, TransactionCode.code == Posting.code)
        .join(other, other.id == there)
        .where(_in_period(here))
    )


_LINES = sa.union_all(_side("debit"), _side("credit")).order_by("business_date", "voucher_id", "line")


def _taken() -> Any:
    taker, taker_voucher = aliased(Posting), aliased(Voucher)
    here = sa.union(
        *(sa.select(Posting.id).where(_in_period(side)) for side in (Posting.debit_folio_id, Posting.credit_folio_id))
    ).subquery()
    return (
        sa.select(
            taker.source_posting_id,
            taker.source_side,
            taker_voucher.kind,
            sa.cast(sa.func.sum(taker.amount_minor), sa.BigInteger),
        )
        .join(here, here.c.id == taker.source_posting_id)
        .join(taker_voucher, taker_voucher.id == taker.voucher_id)
        .group_by(taker.source_posting_id, taker.source_side, taker_voucher.kind)
    )


_GONE = _taken()
