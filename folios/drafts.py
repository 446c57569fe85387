"""The shapes of what goes into the ledger: origins, lines, drafts, and the answers. No database here.

A verb makes drafts, `folios.vouchers.post` writes them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa

from folios.texts import clean_text

BUSINESS_DATE = "business_date"
ACTIONS = {
    "charge": "folio.charge.posted",
    "payment": "folio.payment.posted",
    "paid_out": "folio.paid_out.posted",
    "transfer": "folio.line.transferred",
    "correction": "folio.line.corrected",
    "allowance": "folio.allowance.posted",
    "opening": "folio.opening.posted",
}


@dataclass(frozen=True, slots=True)
class Origin:
    """Who sends a voucher in, and from where. `sender` and `key` together make it safe to send twice."""

    operator: str
    outlet: str | None = None
    terminal: str | None = None
    shift: str | None = None
    sender: str | None = None
    key: str | None = None

    def __post_init__(self) -> None:
        if (self.sender is None) != (self.key is None):
            raise ValueError("a key belongs to its sender: give both or none")
        if any(given is not None and not given.strip() for given in (self.operator, self.sender, self.key)):
            raise ValueError("an operator, a sender and a key are not blank")
        for name, most in (
            ("operator", 32),
            ("outlet", 32),
            ("terminal", 32),
            ("shift", 32),
            ("sender", 40),
            ("key", 100),
        ):
            clean_text(name, getattr(self, name), most)


@dataclass(frozen=True, slots=True)
class Line:
    """One posting to be: `amount_minor` from the credit folio to the debit folio. `parent`: the line it follows."""

    debit: int
    credit: int
    amount_minor: int
    code: str
    quantity: int = 1
    article: str | None = None
    text: str | None = None
    parent: int | None = None
    tax_base_minor: int | None = None
    tax_rate_ppm: int | None = None
    source: int | None = None
    source_side: str | None = None
    origin: int | None = None


@dataclass(frozen=True, slots=True)
class Beside:
    """A row of a floor above that is written with the voucher, in the same statement where that is one.

    `row` by column name, each as the column takes it; the column `voucher_id`, and `business_date` where there is one,
    are the voucher's.
    What its table refuses (a number given twice) refuses the voucher too.
    """

    table: sa.Table
    row: Mapping[str, Any]

    def filled(self, voucher_id: int, day: date) -> dict[str, Any]:
        """The whole row."""
        dated = {BUSINESS_DATE: day} if BUSINESS_DATE in self.table.c else {}
        return {**self.row, "voucher_id": voucher_id, **dated}


@dataclass(frozen=True, slots=True)
class Draft:
    """A voucher to be.

    `accounts` are the folios it names (checked against what their type takes); `tenders` other folios with a stored
    balance, with the type each must have. Control folios appear in lines only. `limited`: the house limits of the
    accounts hold. `content` is what the sender asked, for recognising the same key with other content.
    """

    kind: str
    origin: Origin
    currency: str
    lines: tuple[Line, ...]
    accounts: tuple[int, ...]
    tenders: Mapping[int, str] = field(default_factory=dict)
    limited: bool = False
    business_date: date | None = None
    content: object = None
    check_number: str | None = None
    covers: int | None = None
    reference: str | None = None
    remark: str | None = None
    reason: str | None = None
    authorised_by: str | None = None
    corrects: int | None = None
    beside: tuple[Beside, ...] = ()

    @property
    def subject(self) -> int:
        """The folio the voucher is about; a house paid-out names none and is about who bears it."""
        return self.accounts[0] if self.accounts else self.lines[0].debit

    @property
    def total_minor(self) -> int:
        """What the voucher moves in all."""
        return sum(line.amount_minor for line in self.lines)

    def content_hash(self) -> str | None:
        """SHA-256 of what was asked; None without a key."""
        if self.origin.key is None:
            return None
        asked = json.dumps([self.kind, self.content], sort_keys=True, default=str, ensure_ascii=False)
        return hashlib.sha256(asked.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Posted:
    """The answer to a voucher: its number, the business date it counts for, what it moved; `replayed`: sent before."""

    voucher_id: int
    business_date: date
    total_minor: int
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Assumed:
    """What drafts were made from without asking the database: the catalogue's mark, the day, folios' exemptions."""

    mark: int
    business_date: date
    exempt_from: Mapping[int, str]


class Stale(Exception):
    """An assumption no longer holds. Whoever made the drafts makes them again; `exempt_from` is what was found."""

    def __init__(self, exempt_from: Mapping[int, str]) -> None:
        self.exempt_from = exempt_from
        super().__init__("assumptions are stale")


def stored(draft: Draft) -> set[int]:
    """The folios of a draft whose balance is stored, and whose row is therefore locked."""
    return {*draft.accounts, *draft.tenders}


def movement(drafts: Iterable[Draft]) -> dict[int, int]:
    """By how much each folio with a stored balance goes up (debits less credits), in minor units."""
    moved: dict[int, int] = {}
    for draft in drafts:
        kept = stored(draft)
        for line in draft.lines:
            if line.debit in kept:
                moved[line.debit] = moved.get(line.debit, 0) + line.amount_minor
            if line.credit in kept:
                moved[line.credit] = moved.get(line.credit, 0) - line.amount_minor
    return moved


def voucher_row(draft: Draft, voucher_id: int | None) -> dict[str, Any]:
    """A voucher's columns, but for the day and the moment."""
    origin = draft.origin
    return {
        "id": voucher_id,
        "kind": draft.kind,
        "currency": draft.currency,
        "operator": origin.operator,
        "outlet": origin.outlet,
        "terminal": origin.terminal,
        "shift": origin.shift,
        "sender": origin.sender,
        "key": origin.key,
        "content_hash": draft.content_hash(),
        "check_number": draft.check_number,
        "covers": draft.covers,
        "reference": draft.reference,
        "remark": draft.remark,
        "reason": draft.reason,
        "authorised_by": draft.authorised_by,
        "corrects_voucher_id": draft.corrects,
    }


def posting_row(line: Line, number: int) -> dict[str, Any]:
    """A posting's columns, but for its voucher and day."""
    return {
        "line": number,
        "parent_line": line.parent,
        "debit_folio_id": line.debit,
        "credit_folio_id": line.credit,
        "amount_minor": line.amount_minor,
        "code": line.code,
        "quantity": line.quantity,
        "article": line.article,
        "text": line.text,
        "tax_base_minor": line.tax_base_minor,
        "tax_rate_ppm": line.tax_rate_ppm,
        "source_posting_id": line.source,
        "source_side": line.source_side,
        "origin_posting_id": line.origin,
    }
