"""The postings behind an amount, with their vouchers: their sum is the amount itself.

What may be asked, and how an address says it: `drilling`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from folios.models import Folio, Posting, TransactionCode, Voucher
from night_audit.reports.drilling import PAGE, Shown, Wanted
from night_audit.reports.turnover import TAKEN_BACK


def postings(session: Session, wanted: Sequence[Wanted], skip: int = 0, most: int = PAGE) -> Shown:
    """The postings that any of `wanted` asks for, the newest last, each with the sign it counts with. Two statements.

    One that counts up in one and down in another, such as a transfer between two of the folios, counts for nothing.
    """
    chosen = _chosen(wanted)
    count, total = session.execute(
        sa.select(sa.func.count(), sa.cast(sa.func.coalesce(sa.func.sum(chosen.c.minor), 0), sa.BigInteger))
    ).one()
    first = min(skip, max((count - 1) // most * most, 0))
    debited, credited = aliased(Folio), aliased(Folio)
    rows = session.execute(
        sa.select(
            Posting.business_date,
            Posting.voucher_id,
            Voucher.kind,
            Posting.code,
            sa.func.coalesce(Posting.text, TransactionCode.name).label("text"),
            debited.id.label("debit_id"),
            debited.number.label("debit"),
            credited.id.label("credit_id"),
            credited.number.label("credit"),
            sa.func.coalesce(Voucher.check_number, Voucher.reference).label("reference"),
            Voucher.operator,
            chosen.c.minor.label("minor"),
        )
        .join(chosen, chosen.c.id == Posting.id)
        .join(Voucher, Voucher.id == Posting.voucher_id)
        .join(TransactionCode, TransactionCode.code == Posting.code)
        .join(debited, debited.id == Posting.debit_folio_id)
        .join(credited, credited.id == Posting.credit_folio_id)
        .order_by(Posting.business_date, Posting.voucher_id, Posting.line)
        .offset(first)
        .limit(most)
    )
    return Shown(list(rows), int(count), int(total), first)


def _chosen(wanted: Sequence[Wanted]) -> Any:
    """Ids of the postings that are asked for, with the amount each counts for."""
    each_one = [_still_open(each) if each.measure == "open" else _measured(each) for each in wanted]
    if len(each_one) == 1:
        return each_one[0].subquery()
    every = sa.union_all(*each_one).subquery()
    minor = sa.cast(sa.func.sum(every.c.minor), sa.BigInteger)
    return sa.select(every.c.id, minor.label("minor")).group_by(every.c.id).having(minor != 0).subquery()


def _measured(wanted: Wanted) -> Any:
    debited, credited, origin = aliased(Folio), aliased(Folio), aliased(Posting)
    on_debit, on_credit = _is_on(debited, wanted), _is_on(credited, wanted)
    debit, credit = (sa.case((side, 1), else_=0) for side in (on_debit, on_credit))
    sign = {
        "debit": debit,
        "credit": credit,
        "balance": debit - credit,
        "revenue": credit - debit,
        "base": credit - debit,
        "sold": sa.case((Voucher.kind.in_(TAKEN_BACK), -1), else_=1),
    }[wanted.measure]
    amount: Any = Posting.amount_minor
    if wanted.measure == "base":  # what was taken back at the share of the base that it had
        whole = 2 * origin.amount_minor
        amount = (2 * sa.func.coalesce(origin.tax_base_minor, 0) * amount + origin.amount_minor) // whole
    return (
        sa.select(Posting.id, (sign * amount).label("minor"))
        .join(Voucher, Voucher.id == Posting.voucher_id)
        .join(TransactionCode, TransactionCode.code == Posting.code)
        .join(origin, origin.id == sa.func.coalesce(Posting.origin_posting_id, Posting.id))
        .join(debited, debited.id == Posting.debit_folio_id)
        .join(credited, credited.id == Posting.credit_folio_id)
        .where(sign != 0, *_conditions(wanted, origin))
    )


def _conditions(wanted: Wanted, origin: Any) -> list[Any]:
    """What a posting and its voucher must be, whichever side counts."""
    facts = wanted.facts
    conditions: list[Any] = []
    if wanted.first is not None:
        conditions.append(Posting.business_date >= wanted.first)
    conditions.append(
        Posting.business_date < wanted.last if wanted.one("before") else Posting.business_date <= wanted.last
    )
    by_text: dict[str, Any] = {
        "code": Posting.code,
        "department": TransactionCode.department,
        "operator": Voucher.operator,
        "terminal": Voucher.terminal,
        "kind": Voucher.kind,
        "code_kind": TransactionCode.kind,
        "outlet": sa.func.coalesce(Voucher.outlet, ""),
        "shift": Voucher.shift,
        "sender": Voucher.sender,
        "key": Voucher.key,
        "rate": sa.func.coalesce(origin.tax_rate_ppm, 0),
    }
    conditions += [column.in_(facts[name]) for name, column in by_text.items() if name in facts]
    if "not_outlet" in facts:
        conditions.append(sa.func.coalesce(Voucher.outlet, "").not_in(facts["not_outlet"]))
    if "taken" in facts:
        taken = Voucher.kind.in_(TAKEN_BACK)
        conditions.append(taken if wanted.one("taken") else ~taken)
    if "folio" in facts:  # said of the posting itself, whose folios have an index
        ids = _ids(facts["folio"])
        conditions.append(sa.or_(Posting.debit_folio_id.in_(ids), Posting.credit_folio_id.in_(ids)))
    return conditions


def _is_on(side: Any, wanted: Wanted) -> Any:
    """Whether a side of a posting is one of the accounts that are asked for.

    A balance is that of accounts that still stood at something: what was closed before stood at zero.
    """
    facts = wanted.facts
    conditions = []
    if "folio" in facts:
        conditions.append(side.id.in_(_ids(facts["folio"])))
    if "ledger" in facts:
        conditions.append(side.ledger.in_(facts["ledger"]))
    if "type" in facts:
        conditions.append(side.type.in_(facts["type"]))
    if wanted.measure in ("revenue", "base") and "folio" not in facts:
        conditions.append(side.id == TransactionCode.folio_id)
    if wanted.measure == "balance" and "folio" not in facts:
        still = side.closed_on >= wanted.last if wanted.one("before") else side.closed_on > wanted.last
        conditions.append(sa.or_(side.closed_on.is_(None), still))
    return sa.and_(sa.true(), *conditions)


def _ids(folios: Sequence[int]) -> Any:
    """Written out, since a ledger may have more folios than a statement may have parameters."""
    return sa.bindparam(None, list(folios), expanding=True, literal_execute=True, type_=sa.BigInteger)


# --- what is open of a balance ------------------------------------------------------------------------------------


def _still_open(wanted: Wanted) -> Any:
    """Of each debit what is open of it `on` a day: the newest up to the balance, as `aging` spreads it."""
    ids, on = wanted.facts["folio"], wanted.one("on")
    taker, debit = aliased(Posting), aliased(Posting)
    taken = (
        sa.select(sa.func.coalesce(sa.func.sum(taker.amount_minor), 0))
        .where(
            taker.source_posting_id == debit.id,
            taker.source_side.in_(("debit", "both")),
            taker.business_date <= on,
        )
        .scalar_subquery()
    )
    left = (
        sa.select(debit.id, debit.debit_folio_id, debit.business_date, (debit.amount_minor - taken).label("minor"))
        .where(debit.debit_folio_id.in_(_ids(ids)), debit.business_date <= on)
        .subquery()
    )
    newer = sa.func.sum(left.c.minor).over(
        partition_by=left.c.debit_folio_id, order_by=(left.c.business_date.desc(), left.c.id.desc()), rows=(None, -1)
    )
    balance = _balances(ids, on)
    unpaid = (
        sa.select(
            left.c.id, left.c.business_date, left.c.minor, (balance.c.minor - sa.func.coalesce(newer, 0)).label("rest")
        )
        .join(balance, balance.c.folio_id == left.c.debit_folio_id)
        .subquery()
    )
    still = sa.case((unpaid.c.rest >= unpaid.c.minor, unpaid.c.minor), else_=unpaid.c.rest)
    wants = [unpaid.c.business_date <= wanted.last, unpaid.c.rest > 0, unpaid.c.minor > 0]
    if wanted.first is not None:
        wants.append(unpaid.c.business_date >= wanted.first)
    return sa.select(unpaid.c.id, sa.cast(still, sa.BigInteger).label("minor")).where(*wants)


def _balances(ids: Sequence[int], on: Any) -> Any:
    sides = [
        sa.select(side.label("folio_id"), (sign * Posting.amount_minor).label("minor")).where(
            side.in_(_ids(ids)), Posting.business_date <= on
        )
        for side, sign in ((Posting.debit_folio_id, 1), (Posting.credit_folio_id, -1))
    ]
    both = sa.union_all(*sides).subquery()
    return sa.select(both.c.folio_id, sa.func.sum(both.c.minor).label("minor")).group_by(both.c.folio_id).subquery()
