"""The control folios as a list: outlets, taxes, paid-outs and the places of cash, each with what stands on it.

Nobody opens, changes or posts to one by hand; the set-up of codes and drawers opens them. They keep no balance: it is
worked out from the last closing (`folios.statements`). A drawer in somebody's hands is counted blind, so what it holds
is kept from its cashier and from whoever may not see the shifts of others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.errors import N_
from folios.ledger import currency
from folios.models import Folio, TransactionCode
from folios.money import Money
from folios.statements import balances
from folios.texts import search_text
from frontoffice.accounts import PAGE, named, page_start
from frontoffice.models.cashiering import CashFolio, Shift

KIND_NAMES = {
    "charge": N_("outlet"),
    "tax": N_("tax"),
    "paid_out": N_("paid-out"),
    "opening": N_("opening balances"),
    "drawer": N_("cash drawer"),
    "safe": N_("safe"),
    "over": N_("cash over"),
    "short": N_("cash short"),
    "bank": N_("cash on its way to the bank"),
}
"""What a control folio is there for."""


@dataclass(frozen=True, slots=True)
class ControlFolio:
    """A control folio. `kinds` are words of `KIND_NAMES`, none when no code or cash uses it.

    `cashier` has the drawer in hands now; `balance` is None when it is kept from who asks.
    """

    folio_id: int
    number: str
    name: str
    kinds: Sequence[str]
    cashier: str | None
    balance: Money | None
    opened_on: date


@dataclass(frozen=True, slots=True)
class ControlFolios:
    """One page of control folios, after the first `skip`; how many there are in all.

    `balance` is what stands on all of them, None when one of theirs is kept from who asks: it would tell that one.
    """

    rows: Sequence[ControlFolio]
    total: int
    balance: Money | None
    skip: int


def control_folios(
    session: Session, reader: str, *, all_shifts: bool, text: str | None = None, skip: int = 0, most: int = PAGE
) -> ControlFolios:
    """Control folios by number, for `reader`, who may see the shifts of others or not (`all_shifts`).

    `text` is what the number begins with, or what stands in the name. Never refuses. Four statements.
    """
    wanted = (
        sa.select(Folio.id, Folio.number, Folio.name, Folio.opened_on, CashFolio.place, Shift.cashier)
        .outerjoin(CashFolio, CashFolio.folio_id == Folio.id)
        .outerjoin(Shift, sa.and_(Shift.drawer_folio_id == Folio.id, Shift.status == "open"))
        .where(Folio.type == "control")
        .order_by(Folio.number)
    )
    asked = search_text(text)
    if asked:
        wanted = wanted.where(named(asked))
    rows: Any = session.execute(wanted).all()
    minors, kept_in = balances(session, [row.id for row in rows]), currency(session)
    hidden = {row.id for row in rows if kept_from(reader, all_shifts, row.cashier)}
    first = page_start(skip, len(rows), most)
    page = rows[first : first + most]
    kinds = _kinds(session, [row.id for row in page])
    shown = [
        ControlFolio(
            folio_id=row.id,
            number=row.number,
            name=row.name,
            kinds=[row.place] if row.place else kinds.get(row.id, ()),
            cashier=row.cashier,
            balance=None if row.id in hidden else Money(minors[row.id], kept_in),
            opened_on=row.opened_on,
        )
        for row in page
    ]
    return ControlFolios(shown, len(rows), None if hidden else Money(sum(minors.values()), kept_in), first)


def counted_blind(session: Session, folio_id: int, reader: str, *, all_shifts: bool) -> bool:
    """Whether what stands on this folio is kept from `reader`: a drawer in somebody's hands, to be counted blind."""
    cashier = session.scalar(sa.select(Shift.cashier).where(Shift.drawer_folio_id == folio_id, Shift.status == "open"))
    return kept_from(reader, all_shifts, cashier)


def kept_from(reader: str, all_shifts: bool, cashier: str | None) -> bool:
    """Whether a drawer's balance is kept from `reader` while `cashier` has it in hands (None: nobody has)."""
    return cashier is not None and (cashier == reader or not all_shifts)


def _kinds(session: Session, folio_ids: Sequence[int]) -> dict[int, list[str]]:
    """The kinds of the codes whose other side each folio is."""
    rows: Any = session.execute(
        sa.select(TransactionCode.folio_id, TransactionCode.kind)
        .where(TransactionCode.folio_id.in_(folio_ids))
        .distinct()
        .order_by(TransactionCode.kind)
    )
    found: dict[int, list[str]] = {}
    for folio_id, kind in rows:
        found.setdefault(folio_id, []).append(kind)
    return found
