"""Cash carried from one place to another: the float into a drawer, the drop into the safe, what was over or short.

A place where cash lies is a control folio that is no code's own, as a cashier's drawer is; carrying cash between two of
them changes what nobody owes. Money that comes from or goes to an account is in `folios.payments`.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from functools import partial

from sqlalchemy.orm import Session

from folios.codes import Catalogue, Code, catalogue
from folios.drafts import Draft, Line, Origin, Posted
from folios.errors import CodeUnknown, CodeWrongKind, SameFolio
from folios.folios import get_folio
from folios.money import Money
from folios.payments import MOST_REMARK, checked_amount, refuse_no_drawer
from folios.texts import clean_text
from folios.vouchers import answered, post

CASH = "CASH"


@dataclass(frozen=True, slots=True)
class Carried:
    """Cash that goes from one place to another. `code` is of tender cash; None: the one the house uses for cash."""

    from_folio_id: int
    to_folio_id: int
    amount: Money
    code: str | None = None
    reference: str | None = None
    remark: str | None = None
    text: str | None = None


def carry(session: Session, carried: Carried, origin: Origin) -> Posted:
    """Posts cash that was carried, as a transfer that debits where it went and credits where it came from.

    Refuses places that hold no cash (`NoDrawer`) or are the same (`SameFolio`), a code that is no cash code, another
    currency, an amount that is not above zero, and a key that was used for something else.
    """
    content = ["carry", *astuple(carried)]
    write = partial(_carry, session, carried, origin, content)
    return answered(session, "transfer", [(origin, content)], lambda _: [write()])[0]


def _carry(session: Session, carried: Carried, origin: Origin, content: object) -> Posted:
    codes = catalogue(session)
    code = cash_code(codes, carried.code)
    if carried.from_folio_id == carried.to_folio_id:
        raise SameFolio
    for folio_id in (carried.from_folio_id, carried.to_folio_id):
        refuse_no_drawer(codes, get_folio(session, folio_id))
    line = Line(
        debit=carried.to_folio_id,
        credit=carried.from_folio_id,
        amount_minor=checked_amount(codes, carried.amount),
        code=code.code,
        text=clean_text("text", carried.text, 200),
    )
    draft = Draft(
        kind="transfer",
        origin=origin,
        currency=codes.currency,
        lines=(line,),
        accounts=(),
        content=content,
        reference=clean_text("reference", carried.reference, 100),
        remark=clean_text("remark", carried.remark, MOST_REMARK),
    )
    return post(session, [draft])[0]


def cash_code(codes: Catalogue, named: str | None = None) -> Code:
    """The code cash is posted with: the one that is named, else `CASH`, else the house's first of tender cash.

    Refuses codes that are unknown, switched off or of another tender, and a house that takes no cash (`CodeUnknown`).
    """
    if named is not None:
        code = codes.code(named, "payment")
        if code.tender != "cash":
            raise CodeWrongKind(transaction_code=named, kind=code.tender)
        return code
    of_cash = {each.code: each for each in codes.codes.values() if each.tender == "cash" and each.active}
    if not of_cash:
        raise CodeUnknown(transaction_code=CASH)
    return of_cash.get(CASH) or of_cash[min(of_cash)]
