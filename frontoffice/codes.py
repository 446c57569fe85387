"""Transaction codes as a hotel sets them up: each with its own other side; taxes with a first rate; what 100 becomes.

What a code is, and how a charge generates taxes, is the ledger's (`folios.codes`, `folios.taxes`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios import codes
from folios.business_day import open_date
from folios.codes import DEPARTMENTS, catalogue
from folios.errors import N_, ChangedMeanwhile, CodeTaken, CodeUnknown, FolioUnknown, Refusal, TaxImpossible
from folios.folios import open_folio
from folios.models import CodeTax, Folio, Tax, TaxRate, TransactionCode
from folios.money import minor_digits
from folios.taxes import TaxableLine, levy_document
from frontoffice.models.cashiering import CashFolio

# What can be added by hand: the kind of the code, its tender, and the type of the folio opened for it.
SORTS: dict[str, tuple[str, str | None, str | None]] = {
    "charge": ("charge", None, "control"),
    "paid_out": ("paid_out", None, "control"),
    "cash": ("payment", "cash", None),
    "card": ("payment", "card", "permanent"),
    "direct_bill": ("payment", "direct_bill", None),
}
PAYMENTS, TAXES = "Payments", "Taxes"
WAYS = ("contained", "added", "person_night")
"""How a tax is levied: contained in the price, added to it, or an amount for each person and night."""


class NotRevenue(Refusal):
    code = "folio.not_revenue"
    message = N_("Folio {folio} is not a control folio that charges post to. Choose one that is.")


class FolioNotShared(Refusal):
    code = "code.folio_not_shared"
    message = N_("Only a charge can share the control folio of other codes. Leave it its own.")


@dataclass(frozen=True, slots=True)
class Share:
    """What one tax receives of the example, in minor units."""

    code: str
    name: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Example:
    """What a charge of `price_minor` for one person and night becomes: net, taxes, and what is paid, in minor units.

    `refusal` stands instead of the figures when such a charge would be refused.
    """

    price_minor: int
    net_minor: int = 0
    shares: tuple[Share, ...] = ()
    gross_minor: int = 0
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """A code with its other side's folio number and the names of what it generates."""

    row: TransactionCode
    folio: str | None
    folio_id: int | None
    taxes: tuple[str, ...]


def add_code(
    session: Session,
    *,
    sort: str,
    code: str,
    name: str,
    department: str | None,
    operator: str,
    price_minor: int | None = None,
    folio_id: int | None = None,
) -> TransactionCode:
    """Adds a code of one of the `SORTS` together with the folio of its own that is its other side, where it has one.

    The folio takes the code as its number, or a drawn one where that is taken. `folio_id`: a charge shares this control
    folio instead, with the other codes of its outlet. Refuses as `folios.codes.add_code`, any other code that would
    share one (`FolioNotShared`), and a folio that is no control folio of charges (`NotRevenue`).
    """
    if session.get(TransactionCode, code.strip()) is not None:
        raise CodeTaken(transaction_code=code.strip())
    kind, tender, other_side = SORTS[sort]
    if folio_id is not None:
        if kind != "charge":
            raise FolioNotShared
        refuse_not_revenue(session, folio_id)
    elif other_side is not None:
        folio_id = _other_side(session, other_side, code, name, operator)
    return codes.add_code(
        session,
        code=code,
        name=name,
        kind=kind,
        department=PAYMENTS if kind == "payment" else department or DEPARTMENTS[0],
        tender=tender,
        folio_id=folio_id,
        price_minor=price_minor,
        operator=operator,
    )


def add_tax(
    session: Session,
    *,
    code: str,
    name: str,
    way: str,
    stacked: bool,
    service: bool,
    valid_from: date,
    operator: str,
    rate_ppm: int = 0,
    amount_minor: int = 0,
) -> TransactionCode:
    """Adds a tax with its control folio and first rate; `service`: it is income of the house, not of the state.

    `rate_ppm` for a percentage, `amount_minor` for an amount per person and night. Refuses a code that exists and
    what cannot be levied (`TaxImpossible`).
    """
    if session.get(TransactionCode, code.strip()) is not None:
        raise CodeTaken(transaction_code=code.strip())
    if way not in WAYS or (way == "person_night" and rate_ppm) or (way != "person_night" and amount_minor):
        raise TaxImpossible(tax=code)
    row = codes.add_code(
        session,
        code=code,
        name=name,
        kind="charge" if service else "tax",
        department=DEPARTMENTS[3] if service else TAXES,
        folio_id=_other_side(session, "control", code, name, operator),
        operator=operator,
    )
    basis = "person_night" if way == "person_night" else "percent"
    codes.add_tax(session, code=row.code, basis=basis, inclusive=way == "contained", stacked=stacked, operator=operator)
    codes.set_rate(session, row.code, valid_from, rate_ppm=rate_ppm, amount_minor=amount_minor, operator=operator)
    return row


def revenue_folios(session: Session) -> list[tuple[int, str, str]]:
    """The control folios that charges post to, or may: (id, number, name), by number. Not those of taxes and cash."""
    other = sa.select(TransactionCode.folio_id).where(
        TransactionCode.folio_id.is_not(None),
        sa.or_(TransactionCode.kind != "charge", TransactionCode.code.in_(sa.select(Tax.code))),
    )
    wanted = sa.select(Folio.id, Folio.number, Folio.name).where(
        Folio.type == "control", Folio.id.not_in(other), Folio.id.not_in(sa.select(CashFolio.folio_id))
    )
    return [(row.id, row.number, row.name) for row in session.execute(wanted.order_by(Folio.number))]


def refuse_not_revenue(session: Session, folio_id: int) -> None:
    """Refuses an unknown folio, and (`NotRevenue`) one that charges do not post to."""
    folio = session.get(Folio, folio_id)
    if folio is None:
        raise FolioUnknown(folio=folio_id)
    if folio_id not in {each[0] for each in revenue_folios(session)}:
        raise NotRevenue(folio=folio.number)


def _other_side(session: Session, folio_type: str, code: str, name: str, operator: str) -> int:
    number: str | None = code.strip()
    if session.scalar(sa.select(Folio.id).where(Folio.number == number)) is not None:
        number = None
    return open_folio(session, type=folio_type, name=name or code, number=number, operator=operator).id


# --- as they are set up ---------------------------------------------------------------------------------------


def get_code(session: Session, code: str) -> TransactionCode:
    """The code. Refuses `CodeUnknown`."""
    found = session.get(TransactionCode, code[:100].replace("\0", ""))
    if found is None:
        raise CodeUnknown(transaction_code=code[:100])
    return found


def other_side(session: Session, row: TransactionCode) -> Folio | None:
    """The folio on the far side of what is posted with the code; None when it is named with each payment."""
    return None if row.folio_id is None else session.get(Folio, row.folio_id)


def by_department(session: Session) -> list[tuple[str, list[Standing]]]:
    """Every code under its department: those of USALI in their order, then the hotel's own. Two statements."""
    rows = session.execute(
        sa.select(TransactionCode, Folio.number, Folio.id)
        .outerjoin(Folio, Folio.id == TransactionCode.folio_id)
        .order_by(TransactionCode.active.desc(), TransactionCode.code)
    ).all()
    taxes: dict[str, list[str]] = {}
    for code, tax in session.execute(
        sa.select(CodeTax.transaction_code, CodeTax.tax_code).order_by(CodeTax.sequence, CodeTax.tax_code)
    ):
        taxes.setdefault(code, []).append(tax)
    found: dict[str, list[Standing]] = {}
    for row, number, folio_id in rows:
        standing = Standing(row, number, folio_id, tuple(taxes.get(row.code, ())))
        found.setdefault(row.department, []).append(standing)
    order = {department: place for place, department in enumerate(DEPARTMENTS)}
    return sorted(found.items(), key=lambda each: (order.get(each[0], len(order)), each[0]))


def charges(session: Session) -> list[tuple[str, str]]:
    """What can be charged for a night: every charge that is on and no tax, as (code, code and name), rooms first."""
    wanted = sa.select(TransactionCode.code, TransactionCode.name)
    wanted = wanted.where(TransactionCode.kind == "charge", TransactionCode.active)
    wanted = wanted.where(TransactionCode.code.not_in(sa.select(Tax.code)))
    order = (TransactionCode.department != DEPARTMENTS[0], TransactionCode.code)
    return [(row.code, f"{row.code} · {row.name}") for row in session.execute(wanted.order_by(*order))]


def departments(session: Session) -> list[str]:
    """What a charge may be under: the departments of USALI that earn, and the hotel's own."""
    own = session.scalars(sa.select(TransactionCode.department).distinct().order_by(TransactionCode.department))
    known = [*DEPARTMENTS[:4], "Paid-outs"]
    return [*known, *(each for each in own if each not in DEPARTMENTS)]


def all_taxes(session: Session) -> list[tuple[Tax, TransactionCode]]:
    """Every tax and service charge with its code, by code."""
    wanted = sa.select(Tax, TransactionCode).join(TransactionCode, TransactionCode.code == Tax.code).order_by(Tax.code)
    return [(tax, row) for tax, row in session.execute(wanted)]


def tax_of(session: Session, code: str) -> tuple[Tax, Sequence[TaxRate]] | None:
    """How the code is levied, with its rates, newest first; None when it is no tax."""
    found = session.get(Tax, code)
    if found is None:
        return None
    rates = sa.select(TaxRate).where(TaxRate.tax_code == code).order_by(TaxRate.valid_from.desc())
    return found, session.scalars(rates).all()


def taxes_of(session: Session, code: str) -> list[tuple[str, str]]:
    """The taxes a code generates, in the order they are worked out: code and name."""
    wanted = sa.select(CodeTax.tax_code, TransactionCode.name)
    wanted = wanted.join(TransactionCode, TransactionCode.code == CodeTax.tax_code)
    wanted = wanted.where(CodeTax.transaction_code == code).order_by(CodeTax.sequence, CodeTax.tax_code)
    return [(row.tax_code, row.name) for row in session.execute(wanted)]


def set_taxes(session: Session, code: str, taxes: Sequence[str], seen: Sequence[str], operator: str) -> None:
    """Says which taxes a charge generates, in their order, by who saw those in `seen`.

    Refuses `ChangedMeanwhile` when others stand there now, and as `folios.codes.set_taxes`.
    """
    session.execute(sa.select(TransactionCode.code).where(TransactionCode.code == code).with_for_update()).all()
    standing = [tax for tax, _name in taxes_of(session, code)]
    if standing != list(seen):
        raise ChangedMeanwhile(record=code, changed=standing or ["–"])
    codes.set_taxes(session, code, taxes, operator)


def example(session: Session, code: str, day: date | None = None) -> Example:
    """What a charge of 100 for one person and night gives with this code on a day, by default the open one."""
    known = catalogue(session)
    price_minor = 100 * 10 ** minor_digits(known.currency)
    try:
        levy = known.levy(known.codes[code], day or open_date(session), "")
        (line,) = levy_document([TaxableLine(price_minor, levy, persons=1)])
    except Refusal as refusal:
        return Example(price_minor, refusal=refusal)
    shares = tuple(Share(each.code, known.codes[each.code].name, each.amount_minor) for each in line.shares)
    return Example(price_minor, line.net_minor, shares, line.gross_minor)
