"""The lines of folios as a screen shows them: in the order of the books with the running balance, each with what is
left of it and what became of it, the lines it generated under it.

The plain statement, for paper and for other systems, is `folios.statements`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

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

    `lines` are those of one page, counted from the newest: `skipped` newer ones stand on later pages, `earlier` older
    ones on earlier pages; `brought_minor` is the balance before the first of `lines`. `total` lines are not hidden,
    with their `debits_minor` and `credits_minor`; `standing_ids` are those of them of which something is left. `picked`
    are the lines that were asked for by their ids, whatever page they are on, hidden or not.
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
    brought_minor: int
    lines: tuple[FolioLine, ...]
    earlier: int
    skipped: int
    total: int
    debits_minor: int
    credits_minor: int
    standing_ids: tuple[int, ...]
    picked: tuple[FolioLine, ...]
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


@dataclass(frozen=True, slots=True)
class Asked:
    """Which lines are wanted: of a code, by a cashier, of a period; `most` of them (None: all) after skipping that many
    of the newest; and those with the ids in `picked`, for themselves.
    """

    code: str | None = None
    operator: str | None = None
    first: date | None = None
    last: date | None = None
    most: int | None = None
    skip: int = 0
    picked: Collection[int] = ()


def lines_of_folios(
    session: Session,
    folio_ids: Collection[int],
    *,
    code: str | None = None,
    operator: str | None = None,
    first: date | None = None,
    last: date | None = None,
) -> dict[int, FolioLines]:
    """All lines of folios (a stay's windows), by folio, of a period, a code or a cashier where asked for.

    A control or permanent folio without a `first` is shown from the open day on. Four statements, and two more per
    folio where a period begins. Refuses `FolioUnknown`.
    """
    asked = Asked(code, operator, first, last)
    return pages_of_folios(session, dict.fromkeys(folio_ids, asked))


def pages_of_folios(session: Session, asked: Mapping[int, Asked]) -> dict[int, FolioLines]:
    """Pages of the lines of folios, as asked of each, over one period; statements and refusals as `lines_of_folios`."""
    columns = Folio.__table__.c
    wanted = sorted({known_id(folio_id) for folio_id in asked})
    folios: Any = {row.id: row for row in session.execute(sa.select(*columns).where(columns.id.in_(wanted)))}
    for folio_id in wanted:
        if folio_id not in folios:
            raise FolioUnknown(folio=folio_id)
    first, last = next(((each.first, each.last) for each in asked.values()), (None, None))
    if first is None and any(row.type in BUSY for row in folios.values()):
        first = open_date(session)
    period = {"ids": wanted, "first": first or date.min, "last": last or date.max}
    gone = _gone(session, period)
    disputed = set(
        session.scalars(sa.select(Dispute.posting_id).where(Dispute.folio_id.in_(wanted), Dispute.status == "open"))
    )
    rows: dict[int, list[Any]] = {folio_id: [] for folio_id in wanted}
    for row in session.connection().execute(_LINES, period).all():
        rows[row.folio_id].append(row)
    answers = {}
    for folio_id in wanted:
        opening = 0 if first is None else balance_before(session, folio_id, first)
        books = _Books(gone, disputed, opening, (first, last))
        answers[folio_id] = _shown(folios[folio_id], rows[folio_id], books, asked[folio_id])
    return answers


class _Books(NamedTuple):
    """What is known of a folio besides its rows: what was taken from each line, what is disputed, and from when."""

    gone: dict[Any, dict[str, int]]
    disputed: set[int]
    opening_minor: int
    period: tuple[date | None, date | None]


class _Counted(NamedTuple):
    """A row with its amount as the folio sees it and the folio's balance after it."""

    row: Any
    signed_minor: int
    balance_minor: int


_Family = list[_Counted]
"""A line that stands by itself, then those that it generated on the same folio."""


def _shown(folio: Any, rows: Sequence[Any], books: _Books, asked: Asked) -> FolioLines:
    counted = _counted(rows, books.opening_minor)
    families = _families(counted)
    kept = [each for each in families if _is_asked_for(each, asked)]
    end = max(len(kept) - max(asked.skip, 0), 0)
    begin = 0 if asked.most is None else max(end - asked.most, 0)
    before = kept[begin][0] if begin < end else None
    amounts = [each.signed_minor for family in kept for each in family]
    picked = [each for each in families if each[0].row.posting_id in asked.picked] if asked.picked else []
    return FolioLines(
        folio_id=folio.id,
        number=folio.number,
        type=folio.type,
        name=folio.name,
        currency=folio.currency,
        status=folio.status,
        house_limit_minor=folio.house_limit_minor,
        first=books.period[0],
        last=books.period[1],
        opening_minor=books.opening_minor,
        brought_minor=books.opening_minor if before is None else before.balance_minor - before.signed_minor,
        lines=tuple(_told(each, books) for each in kept[begin:end]),
        earlier=begin,
        skipped=len(kept) - end,
        total=len(kept),
        debits_minor=sum(each for each in amounts if each > 0),
        credits_minor=-sum(each for each in amounts if each < 0),
        standing_ids=tuple(each[0].row.posting_id for each in kept if any(_left(one.row, books) for one in each)),
        picked=tuple(_told(each, books) for each in picked),
        closing_minor=counted[-1].balance_minor if counted else books.opening_minor,
        hidden=len(families) - len(kept),
        codes=tuple(sorted({row.code: row.code_name for row in rows}.items())),
        cashiers=tuple(sorted({row.operator for row in rows})),
    )


def _is_asked_for(family: _Family, asked: Asked) -> bool:
    if asked.code is not None and all(each.row.code != asked.code for each in family):
        return False
    return asked.operator is None or family[0].row.operator == asked.operator


def _counted(rows: Iterable[Any], opening: int) -> list[_Counted]:
    """The rows with the running balance after each."""
    running = opening
    counted = []
    for row in rows:
        signed = row.amount_minor if row.side == "debit" else -row.amount_minor
        running += signed
        counted.append(_Counted(row, signed, running))
    return counted


def _families(counted: Iterable[_Counted]) -> list[_Family]:
    """The lines that stand by themselves, each with those it generated."""
    found: dict[tuple[int, int], _Family] = {}
    for each in counted:
        voucher_id, line, parent_line = each.row.voucher_id, each.row.line, each.row.parent_line
        family = found.get((voucher_id, parent_line or 0))
        if family is None:
            found[voucher_id, line] = [each]
        else:
            family.append(each)
    return list(found.values())


def _left(row: Any, books: _Books) -> int:
    """What of a row still stands on its folio."""
    if row.source_side not in (None, row.side):
        return 0
    taken = books.gone.get((row.posting_id, row.side))
    return int(row.amount_minor) - (sum(taken.values()) if taken else 0)


def _told(family: _Family, books: _Books) -> FolioLine:
    """A family as its line, with the balance after all of it."""
    head, *rest = family
    return _line(head, family[-1].balance_minor, books, tuple(_line(each, each.balance_minor, books) for each in rest))


def _line(counted: _Counted, balance: int, books: _Books, generated: tuple[FolioLine, ...] = ()) -> FolioLine:
    row = counted.row
    taken = books.gone.get((row.posting_id, row.side), {})
    became = (taken.get(kind, 0) for kind in ("transfer", "correction", "allowance", "payment"))
    disputed = row.posting_id in books.disputed
    told = (*row[2:-2], counted.signed_minor, balance, _left(row, books), *became, disputed, generated)
    return FolioLine(*told)


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
