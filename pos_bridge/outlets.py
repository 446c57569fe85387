"""Outlets as they are set up: what they are, which code books which line, their articles and tariffs, and suspense.

Every change draws the catalogue mark anew, so that no process acts on what it keeps of the book (`book.py`). Terminals
and their keys stand in `terminals.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from folios.codes import Code, catalogue, mark_anew
from folios.errors import (
    N_,
    AmountNotPositive,
    AmountTooLarge,
    ChangedMeanwhile,
    CodeWrongKind,
    FolioNumberTaken,
    FolioUnknown,
    Refusal,
)
from folios.events import amend, record
from folios.folios import open_folio, reopen_folio
from folios.ledger import currency
from folios.models import Folio
from folios.money import MOST_MINOR, Money
from frontoffice.codes import refuse_not_revenue
from frontoffice.fields import FieldUnknown, needed_text
from pos_bridge.book import ArticleUnknown, OutletUnknown
from pos_bridge.models.outlets import CODE_LENGTH, LINE_KINDS, TREATMENTS, Article, Outlet, OutletCode, Tariff

SUSPENSE, SUSPENSE_NAME = "SUSPENSE", "Suspense of the outlets"
HIGHEST_NUMBER, HIGHEST_ARTICLE = 99, 9999
_CODE = re.compile(rf"[A-Z0-9_-]{{1,{CODE_LENGTH}}}")
_PREFIX = re.compile(r"[0-9+*#]{0,20}")

LineCodes = Mapping[tuple[str, int], str]
"""The transaction code of each kind of line and number of the till; number 0: every number without its own."""


class ShortCodeInvalid(Refusal):
    code = "outlet.code_invalid"
    message = N_("A code has capital letters, digits, hyphens and underscores, at most 16 of them.")


class OutletTaken(Refusal):
    code = "outlet.code_taken"
    message = N_("Outlet {outlet} exists already.")


class ControlFolioTaken(Refusal):
    code = "outlet.folio_taken"
    message = N_("Control folio {folio} is that of another outlet. Each outlet has its own.")


class TreatmentInvalid(Refusal):
    code = "outlet.treatment_invalid"
    message = N_("Prices have their taxes inside, or added.")


class SuspenseWrongType(Refusal):
    code = "outlet.suspense_type"
    message = N_("Folio {folio} cannot hold charges in suspense. Choose an open master folio.")


class LineInvalid(Refusal):
    code = "outlet.line_invalid"
    message = N_("{kind} {number} is no line of a check: item, tax, service or tip, with a number from 0 to 99.")


class CodeElsewhere(Refusal):
    code = "outlet.code_elsewhere"
    message = N_("Code {transaction_code} does not post to the control folio of outlet {outlet}. Choose one that does.")


class ArticleNumberInvalid(Refusal):
    code = "article.number_invalid"
    message = N_("An article's number is from 1 to 9999.")


class ArticleTaken(Refusal):
    code = "article.number_taken"
    message = N_("Outlet {outlet} has an article {article} already.")


class PrefixInvalid(Refusal):
    code = "tariff.prefix_invalid"
    message = N_("What a call begins with is at most 20 digits, plus, star and hash signs.")


class TariffTaken(Refusal):
    code = "tariff.prefix_taken"
    message = N_("Outlet {outlet} has a tariff for calls to {prefix} already.")


class TariffUnknown(Refusal):
    code = "tariff.unknown"
    message = N_("Outlet {outlet} has no tariff for calls to {prefix}.")


class CostNegative(Refusal):
    code = "tariff.cost_negative"
    message = N_("What a call costs cannot be below zero.")


# --- outlets ------------------------------------------------------------------------------------------------


def add_outlet(
    session: Session,
    *,
    code: str,
    name: str,
    operator: str,
    folio_id: int | None = None,
    treatment: str = "inside",
    suspense_folio_id: int | None = None,
    shows_guest: bool = True,
) -> Outlet:
    """Adds an outlet. `folio_id` is its control folio; None opens one, numbered as the outlet where that is free.

    Refuses a code that is none or is taken, a folio that charges do not post to or that another outlet has, and a
    suspense folio that is no open master folio.
    """
    wanted = short_code(code)
    fields = {"name": name, "treatment": treatment, "suspense_folio_id": suspense_folio_id, "shows_guest": shows_guest}
    clean = _clean_outlet(session, fields)
    if session.get(Outlet, wanted) is not None:
        raise OutletTaken(outlet=wanted)
    if folio_id is None:
        folio_id = _own_folio(session, wanted, clean["name"], operator)
    else:
        refuse_not_revenue(session, folio_id)
        holder = session.scalar(sa.select(Outlet.code).where(Outlet.folio_id == folio_id))
        if holder == wanted:  # the same outlet, added since we looked
            raise OutletTaken(outlet=wanted)
        if holder is not None:
            raise ControlFolioTaken(folio=session.get_one(Folio, folio_id).number)
    row = Outlet(code=wanted, folio_id=folio_id, **clean)

    def taken() -> Refusal:
        there = session.scalar(sa.select(Outlet.code).where(Outlet.code == wanted))
        number = session.scalar(sa.select(Folio.number).where(Folio.id == folio_id))
        return OutletTaken(outlet=wanted) if there is not None else ControlFolioTaken(folio=number)

    insert(session, row, taken)
    changed(session, "outlet.added", f"outlet:{wanted}", operator, {**clean, "folio_id": folio_id})
    return row


def amend_outlet(session: Session, code: str, seen_version: int, changes: Mapping[str, Any], operator: str) -> Outlet:
    """Changes `name`, `treatment`, `suspense_folio_id`, `shows_guest` or `active` of an outlet read at `seen_version`.

    Its control folio stays: what was sold is on it. Refuses as `add_outlet`, and `ChangedMeanwhile`.
    """
    row = get_outlet(session, code)
    clean = _clean_outlet(session, changes)
    save(session, row, seen_version, clean, "outlet.changed", f"outlet:{row.code}", operator)
    return row


def set_codes(session: Session, code: str, seen_version: int, codes: LineCodes, operator: str) -> None:
    """Says which transaction code each line of the outlet's checks is booked with; what is not named has none.

    Items go to the outlet's own control folio, taxes to codes of taxes and service charges, service and tips to any
    charge. Refuses lines that are none, codes that are unknown, switched off, of another kind or (`CodeElsewhere`) of
    another outlet, and `ChangedMeanwhile`, by the version of the outlet.
    """
    row = get_outlet(session, code)
    for (kind, number), transaction_code in codes.items():
        if kind not in LINE_KINDS or not 0 <= number <= HIGHEST_NUMBER:
            raise LineInvalid(kind=kind, number=number)
        _fitting(session, row, kind, transaction_code)
    session.refresh(row, with_for_update={"key_share": True})
    before = line_codes(session, row.code)
    if row.version != seen_version:
        raise ChangedMeanwhile(record=f"outlet:{row.code}", changed=[f"version {row.version}"], version=row.version)
    if before == dict(codes):
        return
    session.execute(sa.delete(OutletCode).where(OutletCode.outlet_code == row.code))
    session.add_all(
        OutletCode(outlet_code=row.code, kind=kind, number=number, code=transaction_code)
        for (kind, number), transaction_code in codes.items()
    )
    flag_modified(row, "name")  # the codes are saved under the outlet's version
    told = [{f"{kind} {number}": told for (kind, number), told in each.items()} for each in (before, codes)]
    changed(session, "outlet.codes.set", f"outlet:{row.code}", operator, told[1], told[0])


def open_suspense(session: Session, operator: str) -> Folio:
    """The master folio for what outlets send and nobody can place: opened once, and opened again when it was closed."""
    found = session.scalar(sa.select(Folio).where(Folio.number == SUSPENSE))
    if found is None:
        try:
            with session.begin_nested():
                return open_folio(session, type="master", name=SUSPENSE_NAME, number=SUSPENSE, operator=operator)
        except (FolioNumberTaken, IntegrityError):  # somebody opened it at the same instant
            found = session.scalars(sa.select(Folio).where(Folio.number == SUSPENSE)).one()
    if found.type != "master":
        raise SuspenseWrongType(folio=SUSPENSE)
    if found.status != "open":
        reopen_folio(session, found.id, operator)
        session.refresh(found)
    return found


def get_outlet(session: Session, code: str) -> Outlet:
    """The outlet. Refuses `OutletUnknown`."""
    found = session.get(Outlet, code) if _CODE.fullmatch(code) else None
    if found is None:
        raise OutletUnknown(outlet=code[:100])
    return found


def line_codes(session: Session, outlet: str) -> dict[tuple[str, int], str]:
    """The codes of the outlet's lines as they are set up."""
    wanted = sa.select(OutletCode.kind, OutletCode.number, OutletCode.code).where(OutletCode.outlet_code == outlet)
    return {(row.kind, row.number): row.code for row in session.execute(wanted)}


def short_code(text: str) -> str:
    """A code of an outlet or terminal as it stands in addresses and messages. Refuses `ShortCodeInvalid`."""
    code = text.strip()
    if not _CODE.fullmatch(code):
        raise ShortCodeInvalid
    return code


def _own_folio(session: Session, code: str, name: str, operator: str) -> int:
    free = session.scalar(sa.select(Folio.id).where(Folio.number == code)) is None
    try:
        with session.begin_nested():
            return open_folio(session, type="control", name=name, number=code if free else None, operator=operator).id
    except IntegrityError:  # the same outlet at the same instant, by all likelihood
        raise OutletTaken(outlet=code) from None


def _clean_outlet(session: Session, fields: Mapping[str, Any]) -> dict[str, Any]:
    _refuse_others(fields, {"name", "treatment", "suspense_folio_id", "shows_guest", "active"})
    clean = dict(fields)
    if "name" in clean:
        clean["name"] = needed_text("name", clean["name"], 100)
    if "treatment" in clean and clean["treatment"] not in TREATMENTS:
        raise TreatmentInvalid
    if clean.get("suspense_folio_id") is not None:
        folio = session.get(Folio, clean["suspense_folio_id"])
        if folio is None:
            raise FolioUnknown(folio=clean["suspense_folio_id"])
        if (folio.type, folio.status) != ("master", "open"):
            raise SuspenseWrongType(folio=folio.number)
    return clean


def _fitting(session: Session, outlet: Outlet, kind: str, transaction_code: str) -> Code:
    """The transaction code, if a line of this kind may be booked with it at this outlet."""
    known = catalogue(session)
    code = known.code(transaction_code, *(("charge", "tax") if kind == "tax" else ("charge",)))
    if kind == "tax" and code.kind == "charge" and code.code not in known.taxes:
        raise CodeWrongKind(transaction_code=code.code, kind=code.kind)
    if kind == "item" and code.folio_id != outlet.folio_id:
        raise CodeElsewhere(transaction_code=code.code, outlet=outlet.name)
    return code


# --- articles -----------------------------------------------------------------------------------------------


def add_article(
    session: Session, outlet: str, *, number: int, name: str, code: str, price_minor: int, operator: str
) -> Article:
    """Adds something that the outlet sells at our price, by the till's number. Refuses a number that is none or is
    taken, a code that does not post to the outlet's control folio, and a price that is not above zero.
    """
    of = get_outlet(session, outlet)
    if not 1 <= number <= HIGHEST_ARTICLE:
        raise ArticleNumberInvalid
    clean = _clean_article(session, of, {"name": name, "code": code, "price_minor": price_minor})
    if session.get(Article, (of.code, number)) is not None:
        raise ArticleTaken(outlet=of.name, article=number)
    row = Article(outlet_code=of.code, number=number, **clean)
    insert(session, row, lambda: ArticleTaken(outlet=of.name, article=number))
    changed(session, "article.added", f"article:{of.code}/{number}", operator, clean)
    return row


def amend_article(
    session: Session, outlet: str, number: int, seen_version: int, changes: Mapping[str, Any], operator: str
) -> Article:
    """Changes `name`, `code`, `price_minor` or `active` of an article. Refuses as `add_article`, `ChangedMeanwhile`."""
    of = get_outlet(session, outlet)
    row = get_article(session, outlet, number)
    clean = _clean_article(session, of, changes)
    save(session, row, seen_version, clean, "article.changed", f"article:{of.code}/{number}", operator)
    return row


def get_article(session: Session, outlet: str, number: int) -> Article:
    """The article. Refuses `ArticleUnknown`."""
    of = get_outlet(session, outlet)
    found = session.get(Article, (of.code, number)) if 1 <= number <= HIGHEST_ARTICLE else None
    if found is None:
        raise ArticleUnknown(outlet=of.name, article=number)
    return found


def _clean_article(session: Session, outlet: Outlet, fields: Mapping[str, Any]) -> dict[str, Any]:
    _refuse_others(fields, {"name", "code", "price_minor", "active"})
    clean = dict(fields)
    if "name" in clean:
        clean["name"] = needed_text("name", clean["name"], 40)
    if "code" in clean:
        clean["code"] = _fitting(session, outlet, "item", clean["code"]).code
    if "price_minor" in clean:
        if clean["price_minor"] <= 0:
            raise AmountNotPositive
        _refuse_beyond(session, clean["price_minor"])
    return clean


# --- tariffs ------------------------------------------------------------------------------------------------

_COSTS = ("connection_minor", "minute_minor", "pulse_minor")


def add_tariff(
    session: Session,
    outlet: str,
    *,
    prefix: str,
    name: str,
    code: str,
    operator: str,
    connection_minor: int = 0,
    minute_minor: int = 0,
    pulse_minor: int = 0,
) -> Tariff:
    """Says what calls that begin with `prefix` cost ("": every call): once, for each begun minute, for each pulse.

    Refuses a beginning that cannot be dialled or is taken, a code as for articles, and costs below zero. A call may
    be free: the police is.
    """
    of = get_outlet(session, outlet)
    wanted = prefix.strip()
    if not _PREFIX.fullmatch(wanted):
        raise PrefixInvalid
    costs = dict(zip(_COSTS, (connection_minor, minute_minor, pulse_minor), strict=True))
    clean = _clean_tariff(session, of, {"name": name, "code": code, **costs})
    taken = TariffTaken(outlet=of.name, prefix=wanted or "*")
    if session.get(Tariff, (of.code, wanted)) is not None:
        raise taken
    row = Tariff(outlet_code=of.code, prefix=wanted, **clean)
    insert(session, row, lambda: taken)
    changed(session, "tariff.added", _of_tariff(row), operator, clean)
    return row


def amend_tariff(
    session: Session, outlet: str, prefix: str, seen_version: int, changes: Mapping[str, Any], operator: str
) -> Tariff:
    """Changes the `name`, `code` or costs of a tariff. Refuses as `add_tariff`, and `ChangedMeanwhile`."""
    row = get_tariff(session, outlet, prefix)
    clean = _clean_tariff(session, get_outlet(session, outlet), changes)
    save(session, row, seen_version, clean, "tariff.changed", _of_tariff(row), operator)
    return row


def remove_tariff(session: Session, outlet: str, prefix: str, seen_version: int, operator: str) -> None:
    """Removes a tariff that was read at `seen_version`; calls that were charged by it stay as they are."""
    row = get_tariff(session, outlet, prefix)
    session.refresh(row, with_for_update=True)
    if row.version != seen_version:
        raise ChangedMeanwhile(record=_of_tariff(row), changed=[f"version {row.version}"], version=row.version)
    before = {"name": row.name, "code": row.code, **{cost: getattr(row, cost) for cost in _COSTS}}
    session.delete(row)
    changed(session, "tariff.removed", _of_tariff(row), operator, None, before)


def get_tariff(session: Session, outlet: str, prefix: str) -> Tariff:
    """The tariff with exactly this beginning. Refuses `TariffUnknown`."""
    of = get_outlet(session, outlet)
    found = session.get(Tariff, (of.code, prefix)) if _PREFIX.fullmatch(prefix) else None
    if found is None:
        raise TariffUnknown(outlet=of.name, prefix=prefix[:100] or "*")
    return found


def _of_tariff(row: Tariff) -> str:
    return f"tariff:{row.outlet_code}/{row.prefix or '*'}"


def _clean_tariff(session: Session, outlet: Outlet, fields: Mapping[str, Any]) -> dict[str, Any]:
    _refuse_others(fields, {"name", "code", *_COSTS})
    clean = dict(fields)
    if "name" in clean:
        clean["name"] = needed_text("name", clean["name"], 40)
    if "code" in clean:
        clean["code"] = _fitting(session, outlet, "item", clean["code"]).code
    for cost in _COSTS:
        if clean.get(cost, 0) < 0:
            raise CostNegative
        _refuse_beyond(session, clean.get(cost, 0))
    return clean


# --- what all of it has in common -----------------------------------------------------------------------------


class Saved(Protocol):
    """A row of the set-up that carries a version."""

    version: Any


def insert(session: Session, row: object, taken: Callable[[], Refusal]) -> None:
    """Writes a new row. Refuses what `taken` says when somebody wrote the same at the same instant."""
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        raise taken() from None


def save(
    session: Session,
    row: Saved,
    seen_version: int,
    changes: Mapping[str, Any],
    action: str,
    subject: str,
    operator: str,
) -> None:
    """Amends a row of the set-up, and makes stale what is kept of the book."""
    if amend(session, row, seen_version, changes, action, subject, operator):
        mark_anew(session)


def changed(
    session: Session,
    action: str,
    subject: str,
    operator: str,
    after: Mapping[str, Any] | None,
    before: Mapping[str, Any] | None = None,
) -> None:
    """Writes what was changed, makes stale what is kept of the book, and records it."""
    session.flush()
    mark_anew(session)
    record(session, action, subject, operator, before, after)


def _refuse_others(fields: Mapping[str, Any], known: set[str]) -> None:
    for name in fields:
        if name not in known:
            raise FieldUnknown(field=name)


def _refuse_beyond(session: Session, amount_minor: int) -> None:
    if amount_minor > MOST_MINOR:
        raise AmountTooLarge(amount=Money(amount_minor, currency(session)))
