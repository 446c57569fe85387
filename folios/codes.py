"""Transaction codes with their departments, and the taxes they generate.

`catalogue()` is the whole of it, read once and kept per engine until a change gives the ledger a new mark; the posting
path checks the mark in the same statement that posts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal, cast
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from folios.errors import (
    AmountNotPositive,
    AmountTooLarge,
    CodeInactive,
    CodeTaken,
    CodeUnknown,
    CodeWrongKind,
    FolioUnknown,
    SchemaMissing,
    TaxImpossible,
    TaxRateMissing,
    TextInvalid,
    WrongFolioType,
)
from folios.events import amend, record
from folios.ledger import new_mark
from folios.models import (
    CODE_KINDS,
    TAX_BASES,
    TENDERS,
    BusinessDay,
    CodeTax,
    Folio,
    Ledger,
    Tax,
    TaxRate,
    TransactionCode,
)
from folios.money import MOST_MINOR, Money
from folios.taxes import Levy, TaxRule, compile_rules
from folios.texts import clean_text

# USALI's order of departments; what a hotel adds follows them by name.
DEPARTMENTS = (
    "Rooms",
    "Food and beverage",
    "Other operated departments",
    "Miscellaneous income",
    "Taxes",
    "Payments",
    "Paid-outs",
    "Opening balances",
)


MOST_RATE_PPM = 10_000_000  # ten times the price: beyond any tax, short of any slip of the decimal point


@dataclass(frozen=True, slots=True)
class Code:
    """A transaction code as the posting path needs it. `folio_id` is its other side; `taxes` in their order."""

    code: str
    name: str
    kind: str
    department: str
    tender: str | None
    folio_id: int | None
    price_minor: int | None
    active: bool
    taxes: tuple[str, ...]

    @property
    def other_side(self) -> int:
        """The folio on the far side of what is posted with it; only cash and direct bill have none of their own."""
        if self.folio_id is None:
            raise LookupError(f"{self.code} has no folio of its own")
        return self.folio_id


@dataclass(frozen=True, slots=True)
class DatedTax:
    """A tax and its rates, newest first: (valid from, parts per million, minor units per person and night)."""

    code: str
    basis: Literal["percent", "person_night"]
    inclusive: bool
    stacked: bool
    rates: tuple[tuple[date, int, int], ...]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every code and tax as of one mark, with the business date that was open when it was read."""

    mark: int
    business_date: date
    currency: str
    codes: dict[str, Code]
    taxes: dict[str, DatedTax]
    _levies: dict[tuple[str, date, str], Levy] = field(default_factory=dict, compare=False, repr=False)
    _contained: dict[tuple[str, date], Levy] = field(default_factory=dict, compare=False, repr=False)

    def code(self, code: str, *kinds: str) -> Code:
        """An active code of one of the kinds. Refuses unknown, switched off, of another kind."""
        found = self.codes.get(code)
        if found is None:
            raise CodeUnknown(transaction_code=code)
        if found.kind not in kinds:
            raise CodeWrongKind(transaction_code=code, kind=found.kind)
        if not found.active:
            raise CodeInactive(transaction_code=code)
        return found

    def levy(self, code: Code, day: date, exempt_from: str) -> Levy:
        """What the code generates on a day for a folio that is exempt from some taxes. Refuses a tax without a rate."""
        key = (code.code, day, exempt_from)
        levy = self._levies.get(key)
        if levy is None:
            rules = [self._rule(self.taxes[tax], day) for tax in code.taxes]
            levy = self._levies[key] = compile_rules(rules).without(exempt_from.split())
        return levy

    def levy_contained(self, code: Code, day: date) -> Levy:
        """The code's percentages as if each were contained in the price: for who sends what is paid in the end.

        Nobody is exempt from them: the price was agreed with them inside. Amounts per person are left out.
        """
        key = (code.code, day)
        levy = self._contained.get(key)
        if levy is None:
            rules = [self._rule(self.taxes[tax], day) for tax in code.taxes]
            inside = [replace(rule, inclusive=True) for rule in rules if rule.basis == "percent"]
            levy = self._contained[key] = compile_rules(inside)
        return levy

    def _rule(self, tax: DatedTax, day: date) -> TaxRule:
        for valid_from, rate_ppm, amount_minor in tax.rates:
            if valid_from <= day:
                return TaxRule(tax.code, tax.basis, tax.inclusive, tax.stacked, rate_ppm, amount_minor)
        raise TaxRateMissing(tax=tax.code, day=day)


_kept: WeakKeyDictionary[Engine, Catalogue] = WeakKeyDictionary()

_STANDING = (
    sa.select(Ledger.catalogue_mark, Ledger.currency, BusinessDay.business_date)
    .join(BusinessDay, sa.true())
    .where(BusinessDay.status == "open")
)


def catalogue(session: Session, *, fresh: bool = True) -> Catalogue:
    """All codes and taxes. `fresh=False` may return the copy kept from before: posting checks its mark."""
    session.flush()
    engine = session.get_bind().engine
    kept = _kept.get(engine)
    if kept is not None and not fresh:
        return kept
    standing = session.connection().execute(_STANDING).one_or_none()
    if standing is None:
        raise SchemaMissing
    mark, currency, business_date = standing
    if kept is None or (kept.mark, kept.business_date) != (mark, business_date):
        kept = _kept[engine] = Catalogue(mark, business_date, currency, _read_codes(session), _read_taxes(session))
    return kept


def _read_codes(session: Session) -> dict[str, Code]:
    taxes: dict[str, list[str]] = {}
    for code, tax in session.execute(
        sa.select(CodeTax.transaction_code, CodeTax.tax_code)
        .join(TransactionCode, TransactionCode.code == CodeTax.tax_code)
        .where(TransactionCode.active)
        .order_by(CodeTax.sequence, CodeTax.tax_code)
    ):
        taxes.setdefault(code, []).append(tax)
    table = TransactionCode.__table__.c
    columns = (table.code, table.name, table.kind, table.department, table.tender, table.folio_id, table.price_minor)
    rows = session.execute(sa.select(*columns, table.active))
    return {row.code: Code(*row, tuple(taxes.get(row.code, ()))) for row in rows}


def _read_taxes(session: Session) -> dict[str, DatedTax]:
    rates: dict[str, list[tuple[date, int, int]]] = {}
    for row in session.execute(
        sa.select(TaxRate.tax_code, TaxRate.valid_from, TaxRate.rate_ppm, TaxRate.amount_minor).order_by(
            TaxRate.valid_from.desc()
        )
    ):
        rates.setdefault(row.tax_code, []).append((row.valid_from, row.rate_ppm, row.amount_minor))
    rows = session.execute(sa.select(Tax.code, Tax.basis, Tax.inclusive, Tax.stacked))
    return {
        row.code: DatedTax(
            row.code,
            cast(Literal["percent", "person_night"], row.basis),
            row.inclusive,
            row.stacked,
            tuple(rates.get(row.code, ())),
        )
        for row in rows
    }


# --- setting up ---------------------------------------------------------------------------------------------


def add_code(
    session: Session,
    *,
    code: str,
    name: str,
    kind: str,
    department: str,
    operator: str,
    folio_id: int | None = None,
    tender: str | None = None,
    price_minor: int | None = None,
) -> TransactionCode:
    """Adds a code: what kind it is, whose department, which folio is its other side, and its default price.

    A charge, tax, paid-out or opening names its control folio; a card payment its permanent folio; cash and direct bill
    name none here. Refuses a code that exists and an other side of the wrong type.
    """
    wanted = clean_text("code", code, 16)
    if wanted is not None and any(character.isspace() for character in wanted):
        raise TextInvalid(field="code")
    if wanted is None or kind not in CODE_KINDS or (kind == "payment") != (tender in TENDERS):
        raise CodeWrongKind(transaction_code=code, kind=kind)
    if session.get(TransactionCode, wanted) is not None:
        raise CodeTaken(transaction_code=wanted)
    _check_price(price_minor, session)
    _check_other_side(session, kind, tender, folio_id)
    row = TransactionCode(
        code=wanted,
        name=clean_text("name", name, 100) or wanted,
        kind=kind,
        department=clean_text("department", department, 40) or DEPARTMENTS[0],
        tender=tender,
        folio_id=folio_id,
        price_minor=price_minor,
        active=True,
    )
    _add(session, row, wanted)
    _changed(session, "code.added", wanted, operator, {"name": row.name, "kind": kind, "department": row.department})
    return row


def _check_price(price_minor: int | None, session: Session) -> None:
    if price_minor is not None and price_minor <= 0:
        raise AmountNotPositive
    if price_minor is not None and price_minor > MOST_MINOR:
        currency = session.execute(sa.select(Ledger.currency)).scalar_one()
        raise AmountTooLarge(amount=Money(price_minor, currency))


def _check_other_side(session: Session, kind: str, tender: str | None, folio_id: int | None) -> None:
    if kind == "payment" and tender in ("cash", "direct_bill"):
        if folio_id is not None:
            raise WrongFolioType(kind=kind, folio=folio_id, type="code")
        return
    folio = session.get(Folio, folio_id) if folio_id is not None else None
    if folio is None:
        raise FolioUnknown(folio=folio_id)
    if folio.type != ("permanent" if kind == "payment" else "control"):
        raise WrongFolioType(kind=kind, folio=folio.number, type=folio.type)


def amend_code(
    session: Session, code: str, seen_version: int, changes: Mapping[str, object], operator: str
) -> TransactionCode:
    """Changes a code's `name`, `department` or `price_minor` (None: none), as read at `seen_version`.

    What was posted with it stays. Refuses as `add_code`, and `ChangedMeanwhile`.
    """
    row = _code(session, code)
    if not changes.keys() <= {"name", "department", "price_minor"}:
        raise ValueError(f"{sorted(changes)} cannot all be changed")
    _check_price(cast(int | None, changes.get("price_minor")), session)
    clean = dict(changes)
    for text, most, otherwise in (("name", 100, code), ("department", 40, row.department)):
        if text in changes:
            clean[text] = clean_text(text, cast(str | None, changes[text]), most) or otherwise
    if amend(session, row, seen_version, clean, "code.amended", f"code:{code}", operator):
        mark_anew(session)
    return row


def switch_code(session: Session, code: str, active: bool, operator: str) -> None:
    """Switches a code on or off; what was posted with it stays. A tax that is off is not levied."""
    row = _code(session, code)
    row.active = active
    _changed(session, "code.switched", code, operator, {"active": active})


def add_tax(session: Session, *, code: str, basis: str, inclusive: bool, stacked: bool, operator: str) -> None:
    """Says how a tax (or service charge) is levied. Its code exists already and names the control folio it goes to."""
    row = _code(session, code)
    if row.kind not in ("tax", "charge"):
        raise CodeWrongKind(transaction_code=code, kind=row.kind)
    if session.get(Tax, code) is not None:
        raise CodeTaken(transaction_code=code)
    if basis not in TAX_BASES or (basis == "person_night" and inclusive):
        raise TaxImpossible(tax=code)
    _add(session, Tax(code=code, basis=basis, inclusive=inclusive, stacked=stacked), code)
    _changed(session, "tax.added", code, operator, {"basis": basis, "inclusive": inclusive, "stacked": stacked})


def set_rate(
    session: Session, tax_code: str, valid_from: date, *, rate_ppm: int = 0, amount_minor: int = 0, operator: str
) -> None:
    """Sets a tax's rate from a day on: parts per million (6 % is 60000), or minor units per person and night."""
    if not (0 <= rate_ppm <= MOST_RATE_PPM and 0 <= amount_minor <= MOST_MINOR):
        raise TaxImpossible(tax=tax_code)
    if session.get(Tax, tax_code) is None:
        raise CodeUnknown(transaction_code=tax_code)
    session.merge(TaxRate(tax_code=tax_code, valid_from=valid_from, rate_ppm=rate_ppm, amount_minor=amount_minor))
    after = {"valid_from": valid_from, "rate_ppm": rate_ppm, "amount_minor": amount_minor}
    _changed(session, "tax.rate.set", tax_code, operator, after)


def set_taxes(session: Session, transaction_code: str, tax_codes: Sequence[str], operator: str) -> None:
    """Says which taxes a charge code generates, in the order they are worked out; an empty list: none."""
    row = _code(session, transaction_code)
    if row.kind != "charge":
        raise CodeWrongKind(transaction_code=transaction_code, kind=row.kind)
    for tax_code in tax_codes:
        if session.get(Tax, tax_code) is None or tax_code == transaction_code:
            raise CodeUnknown(transaction_code=tax_code)
    session.execute(sa.delete(CodeTax).where(CodeTax.transaction_code == transaction_code))
    session.add_all(
        CodeTax(transaction_code=transaction_code, tax_code=tax_code, sequence=sequence)
        for sequence, tax_code in enumerate(dict.fromkeys(tax_codes), 1)
    )
    _changed(session, "code.taxes.set", transaction_code, operator, {"taxes": " ".join(tax_codes)})


def _code(session: Session, code: str) -> TransactionCode:
    row = session.get(TransactionCode, code)
    if row is None:
        raise CodeUnknown(transaction_code=code)
    return row


def _add(session: Session, row: TransactionCode | Tax, code: str) -> None:
    """Enters a new record; refuses (`CodeTaken`) when somebody entered one of this code at the same instant."""
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        raise CodeTaken(transaction_code=code) from None


def _changed(session: Session, action: str, code: str, operator: str, after: dict[str, object]) -> None:
    session.flush()
    mark_anew(session)
    record(session, action, f"code:{code}", operator, None, after)


def mark_anew(session: Session) -> None:
    """Makes every kept copy of the catalogue stale, and with it whatever a floor above keeps under the same mark."""
    session.execute(sa.update(Ledger).values(catalogue_mark=new_mark()).execution_options(synchronize_session=False))
