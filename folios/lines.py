"""What of a folio's postings still stands on it: what can be transferred, corrected, allowed or refunded.

A posting's value stands on a side until another posting, with this one as its source, moves it on or takes it back.
Generated lines (taxes) follow the line that generated them, in the same share.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from folios.drafts import Line
from folios.errors import AmountNotPositive, GeneratedLine, NothingLeft, PostingNotHere, PostingUnknown
from folios.models import Folio, Posting, Voucher
from folios.money import Money, allocate

Selection = Sequence[int | tuple[int, int]]
"""Postings by id, each whole or with an amount in minor units (its taxes included)."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A posting's value on one folio: `left_minor` of it is still there, on `side` ('debit': the folio owes it).

    `other_folio_id` is the far side of the charge or payment it began as, `other_type` that folio's type; of this very
    posting `other_left_minor` has not been moved on from its own far side.
    """

    posting_id: int
    voucher_id: int
    line: int
    parent_line: int | None
    folio_id: int
    side: str
    left_minor: int
    code: str
    quantity: int
    article: str | None
    text: str | None
    currency: str
    kind: str
    origin_posting_id: int
    origin_kind: str
    origin_voucher_id: int
    origin_date: date
    other_folio_id: int
    other_type: str
    other_left_minor: int
    moved: bool


def standing_lines(session: Session, folio_ids: Iterable[int]) -> dict[int, list[Standing]]:
    """All lines of the folios with something left, by folio, in the order they were posted. One statement.

    Lock the folios first when what is left decides what is written.
    """
    ids = sorted(set(folio_ids))
    found: dict[int, list[Standing]] = {folio_id: [] for folio_id in ids}
    rows = session.connection().execute(_BOTH_SIDES, {"ids": ids})
    for row in rows.all():
        found[row[4]].append(Standing(*row))
    for lines in found.values():
        lines.sort(key=lambda each: (each.voucher_id, each.line))
    return found


def _taken(side: str) -> Any:
    """How much of a posting's value on a side was moved on or taken back."""
    taker = aliased(Posting)
    return (
        sa.select(sa.func.coalesce(sa.cast(sa.func.sum(taker.amount_minor), sa.BigInteger), 0))
        .where(taker.source_posting_id == Posting.id, taker.source_side.in_((side, "both")))
        .scalar_subquery()
    )


def _side(side: str) -> Any:
    origin, origin_voucher, far = aliased(Posting), aliased(Voucher), aliased(Folio)
    taken = _taken(side)
    here = Posting.debit_folio_id if side == "debit" else Posting.credit_folio_id
    far_id = origin.credit_folio_id if side == "debit" else origin.debit_folio_id
    return (
        sa.select(
            Posting.id,
            Posting.voucher_id,
            Posting.line,
            Posting.parent_line,
            here.label("folio_id"),
            sa.literal(side).label("side"),
            (Posting.amount_minor - taken).label("left_minor"),
            Posting.code,
            Posting.quantity,
            Posting.article,
            Posting.text,
            Voucher.currency,
            Voucher.kind,
            origin.id.label("origin_posting_id"),
            origin_voucher.kind.label("origin_kind"),
            origin_voucher.id.label("origin_voucher_id"),
            origin_voucher.business_date.label("origin_date"),
            far_id.label("other_folio_id"),
            far.type.label("other_type"),
            (Posting.amount_minor - _taken("credit" if side == "debit" else "debit")).label("other_left_minor"),
            Posting.source_posting_id.is_not(None).label("moved"),
        )
        .join(Voucher, Voucher.id == Posting.voucher_id)
        .join(origin, origin.id == sa.func.coalesce(Posting.origin_posting_id, Posting.id))
        .join(origin_voucher, origin_voucher.id == origin.voucher_id)
        .join(far, far.id == far_id)
        .where(
            here.in_(sa.bindparam("ids", expanding=True)),
            sa.or_(Posting.source_side.is_(None), Posting.source_side == side),
            Posting.amount_minor > taken,
        )
    )


_BOTH_SIDES = sa.union_all(_side("debit"), _side("credit"))


# --- choosing -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Taken:
    """A standing line and how much of it is taken; `parent` numbers the taken line it follows, from 1."""

    line: Standing
    amount_minor: int
    parent: int | None


def take(session: Session, standing: Sequence[Standing], folio_id: int, selection: Selection) -> list[Taken]:
    """Chooses lines of one folio with what they generated. Amounts include the taxes and are shared out among them.

    Refuses postings that are unknown, stand elsewhere, are generated lines, or have less left than asked.
    """
    left = {each.posting_id: each for each in standing}
    places = {(each.voucher_id, each.line, each.side) for each in standing}
    generated: dict[tuple[int, int | None, str], list[int]] = {}
    for each in left.values():
        generated.setdefault((each.voucher_id, each.parent_line, each.side), []).append(each.posting_id)
    taken: list[Taken] = []
    for chosen in selection:
        posting_id, amount = chosen if isinstance(chosen, tuple) else (chosen, None)
        line = left.get(posting_id)
        if line is None:
            raise _why_not(session, folio_id, posting_id, amount)
        if line.parent_line is not None and (line.voucher_id, line.parent_line, line.side) in places:
            raise GeneratedLine(posting=posting_id)
        following = generated.get((line.voucher_id, line.line, line.side), ())
        family = [line, *(left[each] for each in following if each in left)]
        shared = _shared_out(family, amount, len(taken) + 1)
        for share in shared:  # a line named twice has less left the second time
            rest = share.line.left_minor - share.amount_minor
            if rest:
                left[share.line.posting_id] = replace(share.line, left_minor=rest)
            else:
                del left[share.line.posting_id]
        taken.extend(shared)
    return taken


def take_all(standing: Sequence[Standing]) -> list[Taken]:
    """Everything that is left, generated lines still behind the line they follow."""
    numbers = {(each.voucher_id, each.line): number for number, each in enumerate(standing, 1)}
    return [Taken(each, each.left_minor, numbers.get((each.voucher_id, each.parent_line or 0))) for each in standing]


def _shared_out(family: Sequence[Standing], amount: int | None, number: int) -> list[Taken]:
    """What is taken of a line and of those it generated, behind it: all that is left, or an amount shared out."""
    line = family[0]
    left = [each.left_minor for each in family]
    if amount is None:
        shares = left
    elif amount <= 0:
        raise AmountNotPositive
    elif amount > sum(left):
        money = (Money(figure, line.currency) for figure in (sum(left), amount))
        raise NothingLeft(posting=line.posting_id, left=next(money), requested=next(money))
    else:
        shares = allocate(amount, left)
    parent = number if shares[0] else None
    return [
        Taken(each, share, None if each is line else parent)
        for each, share in zip(family, shares, strict=True)
        if share
    ]


def _why_not(session: Session, folio_id: int, posting_id: int, amount: int | None) -> Exception:
    row = session.execute(
        sa.select(Posting.debit_folio_id, Posting.credit_folio_id, Posting.amount_minor, Voucher.currency)
        .join(Voucher, Voucher.id == Posting.voucher_id)
        .where(Posting.id == posting_id)
    ).one_or_none()
    if row is None:
        return PostingUnknown(posting=posting_id)
    if folio_id not in (row.debit_folio_id, row.credit_folio_id):
        return PostingNotHere(posting=posting_id)
    requested = Money(row.amount_minor if amount is None else amount, row.currency)
    return NothingLeft(posting=posting_id, left=Money(0, row.currency), requested=requested)


def moving_line(taken: Taken, target_folio_id: int, source_side: str | None = None) -> Line:
    """The posting that takes a value off its folio and puts it on the same side of another."""
    line = taken.line
    debit, credit = (target_folio_id, line.folio_id) if line.side == "debit" else (line.folio_id, target_folio_id)
    return Line(
        debit=debit,
        credit=credit,
        amount_minor=taken.amount_minor,
        code=line.code,
        quantity=line.quantity,
        article=line.article,
        text=line.text,
        parent=taken.parent,
        source=line.posting_id,
        source_side=source_side or line.side,
        origin=line.origin_posting_id,
    )
