"""Invoices and credit notes: issued once, with a number without gaps, kept as issued, printed again as copies.

An invoice accounts for what stands on its folio and not yet on an invoice: it bills charges and what took them back,
and acknowledges payments. It is never changed. A credit note takes it back whole; what it billed can be billed again.
What is stored is all that stands on the paper, with a hash; drawing it is `paper`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, aliased

from folios import clock
from folios.business_day import hold_open_day
from folios.errors import N_, DatabaseBusy, ReasonMissing, Refusal
from folios.events import record
from folios.folios import get_folio, lock_folios
from folios.models import Folio
from folios.money import Money
from folios.texts import clean_text
from folios.verify import Difference, holds, identity
from frontoffice.bill_lines import netted
from frontoffice.bills import (
    GROUPINGS,
    SETTLING,
    Bill,
    Recipient,
    bills_of,
    entries,
    plain_bill,
    read_bill,
    refuse_control,
)
from frontoffice.fields import clean_fields
from frontoffice.invoice_series import choose_series, take_number
from frontoffice.models.guests import Company
from frontoffice.models.invoices import Invoice, InvoicePosting, InvoicePrint
from frontoffice.models.stays import Stay, StayWindow
from frontoffice.stationery import letterhead

RECIPIENT_FIELDS = {"name": 200, "address": 300, "postal_code": 16, "city": 100, "country": 2, "vat_number": 32}
MOST_LISTED = 500


class InvoiceUnknown(Refusal):
    code = "invoice.unknown"
    message = N_("There is no invoice {invoice}. Check the number.")


class NothingToBill(Refusal):
    code = "invoice.nothing_to_bill"
    message = N_("Everything on folio {folio} stands on an invoice already. Credit that one first, or post the charge.")


class InvoiceBelowZero(Refusal):
    code = "invoice.below_zero"
    message = N_("What is to be billed comes to {total}: more was taken back than charged. Credit the earlier invoice.")


class InvoiceCredited(Refusal):
    code = "invoice.credited"
    message = N_("Invoice {invoice} was credited already, by {credit_note}.")


class CreditNoteCredited(Refusal):
    code = "invoice.credit_note"
    message = N_("{invoice} is a credit note and cannot be credited. Issue a new invoice.")


class InvoiceKeyReused(Refusal):
    code = "invoice.key_reused"
    message = N_("Key {key} was used before for something else (invoice {invoice}). Use a new key.")


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    """An invoice or credit note in a list. `prints` counts how often it went out; amounts are minor units."""

    id: int
    kind: str
    number: str
    folio_id: int
    folio: str
    issued_on: date
    issued_at: datetime
    operator: str
    recipient: str
    currency: str
    total_minor: int
    credits: str | None
    credited_by: str | None
    prints: int


# --- issuing ------------------------------------------------------------------------------------------------


def issue(
    session: Session,
    folio_id: int,
    *,
    operator: str,
    recipient: Recipient | None = None,
    series: str | None = None,
    grouping: str = "none",
    language: str | None = None,
    key: str | None = None,
) -> Invoice:
    """Issues an invoice for what stands on a folio and on no invoice yet, dated with the open business day.

    `recipient` is whom the folio's bill is for unless given; `language` (two letters) the guest's, else English. The
    same key again gives the same invoice. Refuses: nothing to bill (`NothingToBill`), more taken back than charged
    (`InvoiceBelowZero`), a control folio, a series that is unknown, closed or none of invoices, recipients without a
    name, a key used for something else.
    """
    key = clean_text("key", key, 100)
    asked = _asked("issue", folio_id, recipient and asdict(recipient), series, grouping, language)
    today = hold_open_day(session)
    folio = lock_folios(session, [folio_id])[folio_id]
    sent_before = _sent_before(session, key, asked)
    if sent_before is not None:
        return sent_before
    refuse_control(folio)
    bill = _billable(session, folio, grouping)
    to = clean_fields(asdict(recipient or bill.recipient), RECIPIENT_FIELDS, needed=("name",))
    content = {
        "kind": "invoice",
        "language": language or (bill.stay.language if bill.stay else None) or "en",
        "recipient": to,
        "letterhead": letterhead(session).plain(),
        "bill": plain_bill(bill),
        "credits": None,
        "reason": None,
    }
    taken_from = choose_series(session, "invoice", series, operator)
    facts = {"folio_id": folio_id, "operator": operator, "issued_on": today, "total_minor": bill.total_minor}
    issued = _write(session, content, taken_from, {**facts, "currency": bill.currency, **_keyed(key, asked)})
    rows = [{"invoice_id": issued.id, "posting_id": posting_id} for posting_id in bill.posting_ids]
    session.execute(sa.insert(InvoicePosting), rows)
    after = {"number": issued.number, "folio_id": folio_id, "total_minor": issued.total_minor}
    record(session, "invoice.issued", f"invoice:{issued.id}", operator, None, after)
    return issued


def to_bill(session: Session, folio_id: int, grouping: str = "none") -> Bill:
    """What an invoice issued now would say, to be looked at first. Refuses as `issue` would, and an unknown folio."""
    folio = get_folio(session, folio_id)
    refuse_control(folio)
    return _billable(session, folio, grouping)


def credit(
    session: Session,
    invoice_id: int,
    reason: str,
    operator: str,
    key: str | None = None,
    authorised_by: str | None = None,
) -> Invoice:
    """Credits an invoice whole; returns the credit note. What it billed can be billed again. `authorised_by` is who
    allowed it, where that is not the operator.

    Refuses an unknown one, a credit note (`CreditNoteCredited`), one credited before (`InvoiceCredited`), and no
    reason. The same key again gives the same credit note.
    """
    why = clean_text("reason", reason, 500)
    if why is None:
        raise ReasonMissing
    key = clean_text("key", key, 100)
    asked = _asked("credit", invoice_id, why)
    today = hold_open_day(session)
    invoice = get_invoice(session, invoice_id)
    lock_folios(session, [invoice.folio_id])
    sent_before = _sent_before(session, key, asked)
    if sent_before is not None:
        return sent_before
    if invoice.kind != "invoice":
        raise CreditNoteCredited(invoice=invoice.number)
    by = session.scalar(sa.select(Invoice.number).where(Invoice.credits_invoice_id == invoice_id))
    if by is not None:
        raise InvoiceCredited(invoice=invoice.number, credit_note=by)
    bill = _reversed(read_bill(invoice.content["bill"]))
    content = invoice.content | {
        "kind": "credit_note",
        "letterhead": letterhead(session).plain(),
        "bill": plain_bill(bill),
        "credits": {"number": invoice.number, "issued_on": invoice.issued_on.isoformat()},
        "reason": why,
    }
    taken_from = choose_series(session, "credit_note", None, operator)
    facts = {"folio_id": invoice.folio_id, "operator": operator, "issued_on": today, "total_minor": bill.total_minor}
    more = {"currency": bill.currency, "credits_invoice_id": invoice_id, **_keyed(key, asked)}
    note = _write(session, content, taken_from, facts | more)
    after = {"number": note.number, "credits": invoice.number, "reason": why, "total_minor": note.total_minor}
    record(session, "invoice.credited", f"invoice:{invoice_id}", operator, None, after, authorised_by)
    return note


def printed(session: Session, invoice_id: int, operator: str) -> int:
    """Notes that an invoice goes out now: 0 for the original, else which copy it is. Refuses an unknown invoice."""
    get_invoice(session, invoice_id, locked=True)  # two who print at once: one has the original
    before = session.scalar(sa.select(sa.func.count()).where(InvoicePrint.invoice_id == invoice_id)) or 0
    session.execute(sa.insert(InvoicePrint).values(invoice_id=invoice_id, printed_at=clock.now(), operator=operator))
    record(session, "invoice.printed", f"invoice:{invoice_id}", operator, None, {"copy": before})
    return before


# --- finding ------------------------------------------------------------------------------------------------


def get_invoice(session: Session, invoice_id: int, *, locked: bool = False) -> Invoice:
    """The invoice or credit note with this id. Refuses `InvoiceUnknown`."""
    found = session.get(Invoice, invoice_id, with_for_update={"key_share": True} if locked else None)
    if found is None:
        raise InvoiceUnknown(invoice=invoice_id)
    return found


def find_invoice(session: Session, number: str) -> Invoice:
    """The invoice or credit note with this number. Refuses `InvoiceUnknown`."""
    found = None
    if number.isprintable():
        found = session.scalar(sa.select(Invoice).where(Invoice.number == number.strip()))
    if found is None:
        raise InvoiceUnknown(invoice=number)
    return found


def invoices_of(session: Session, folio_id: int) -> list[InvoiceRow]:
    """The invoices and credit notes of a folio in the order they were issued; one statement."""
    return _listed(session, Invoice.folio_id == folio_id)


def invoices_of_guest(session: Session, guest_id: int, *, most: int = 100) -> list[InvoiceRow]:
    """The invoices of all windows of a guest's stays, the latest `most`, newest first; one statement."""
    windows = sa.select(StayWindow.folio_id).join(Stay, Stay.id == StayWindow.stay_id)
    return _listed(session, Invoice.folio_id.in_(windows.where(Stay.guest_id == guest_id)), most, latest=True)


def invoices_of_company(session: Session, company_id: int, *, most: int = 100) -> list[InvoiceRow]:
    """The invoices of a company's receivable folio and of the windows of its stays, the latest first."""
    own = sa.select(Company.folio_id).where(Company.id == company_id)
    windows = sa.select(StayWindow.folio_id).join(Stay, Stay.id == StayWindow.stay_id)
    windows = windows.where(Stay.company_id == company_id)
    return _listed(session, sa.or_(Invoice.folio_id.in_(own), Invoice.folio_id.in_(windows)), most, latest=True)


def list_invoices(
    session: Session, first: date, last: date, *, text: str | None = None, most: int = MOST_LISTED, latest: bool = False
) -> list[InvoiceRow]:
    """What was issued on business days from `first` to `last`, at most `most`, oldest or `latest` first; one statement.

    `text` begins the number or stands in the recipient's name.
    """
    wanted: sa.ColumnElement[bool] = Invoice.issued_on.between(first, last)
    if text:
        small = text.lower()
        begins = sa.func.lower(Invoice.number).startswith(small, autoescape=True)
        wanted &= sa.or_(begins, sa.func.lower(Invoice.recipient).contains(small, autoescape=True))
    return _listed(session, wanted, most, latest=latest)


def _listed(
    session: Session, where: sa.ColumnElement[bool], most: int | None = None, *, latest: bool = False
) -> list[InvoiceRow]:
    credited, note = aliased(Invoice), aliased(Invoice)
    prints = sa.select(sa.func.count()).where(InvoicePrint.invoice_id == Invoice.id).scalar_subquery()
    rows = session.execute(
        sa.select(
            Invoice.id,
            Invoice.kind,
            Invoice.number,
            Invoice.folio_id,
            Folio.number.label("folio"),
            Invoice.issued_on,
            Invoice.issued_at,
            Invoice.operator,
            Invoice.recipient,
            Invoice.currency,
            Invoice.total_minor,
            credited.number.label("credits"),
            note.number.label("credited_by"),
            prints.label("prints"),
        )
        .join(Folio, Folio.id == Invoice.folio_id)
        .outerjoin(credited, credited.id == Invoice.credits_invoice_id)
        .outerjoin(note, note.credits_invoice_id == Invoice.id)
        .where(where)
        .order_by(*((Invoice.id.desc(),) if latest else (Invoice.issued_on, Invoice.id)))
        .limit(most)
    )
    return [InvoiceRow(**row._mapping) for row in rows]


def billed(session: Session, folio_ids: Collection[int]) -> dict[int, set[int]]:
    """The postings of each folio that stand on an invoice of it that is not credited, by id; one statement."""
    note = aliased(Invoice)
    found: dict[int, set[int]] = {folio_id: set() for folio_id in folio_ids}
    rows = session.execute(
        sa.select(Invoice.folio_id, InvoicePosting.posting_id)
        .join(InvoicePosting, InvoicePosting.invoice_id == Invoice.id)
        .where(Invoice.folio_id.in_(list(folio_ids)))
        .where(~sa.exists().where(note.credits_invoice_id == Invoice.id))
    )
    for folio_id, posting_id in rows:
        found[folio_id].add(posting_id)
    return found


# --- what is stored -----------------------------------------------------------------------------------------


def content_hash(content: dict[str, Any]) -> str:
    """SHA-256 of what stands on an invoice, however the database orders it."""
    told = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest()


def refuse_billing(session: Session, folio_id: int) -> None:
    """Refuses whatever `to_bill` would, without making the bill."""
    folio = get_folio(session, folio_id)
    refuse_control(folio)
    there, done = entries(session, [folio_id])[folio_id], billed(session, [folio_id])[folio_id]
    sold = [each for each in there if each.posting_id not in done and each.code_kind not in SETTLING]
    left = netted(sold)
    _refuse_total(folio, sum(each.amount_minor for each in left) if left else None)


def _refuse_total(folio: Any, total_minor: int | None) -> None:
    """Refuses a bill without lines (None), and one that is below zero."""
    if total_minor is None:
        raise NothingToBill(folio=folio.number)
    if total_minor < 0:
        raise InvoiceBelowZero(total=Money(total_minor, folio.currency))


def _billable(session: Session, folio: Any, grouping: str) -> Bill:
    bill = _unbilled(session, folio, grouping)
    _refuse_total(folio, bill.total_minor if bill.lines else None)
    return bill


def _unbilled(session: Session, folio: Any, grouping: str) -> Bill:
    if grouping not in GROUPINGS:
        raise ValueError(f"no such grouping: {grouping}")
    there, done = entries(session, [folio.id])[folio.id], billed(session, [folio.id])[folio.id]
    shown = [each for each in there if each.posting_id not in done]
    before = sum(each.amount_minor for each in there if each.posting_id in done)
    made = bills_of(
        session, {folio.id: folio}, {folio.id: shown}, {folio.id: before}, kind="invoice", grouping=grouping
    )
    return made[folio.id]


def _reversed(bill: Bill) -> Bill:
    """The bill of a credit note: every line and tax the other way, and no payments, which stay as they are."""
    turned = {
        "lines": tuple(replace(each, net_minor=-each.net_minor, gross_minor=-each.gross_minor) for each in bill.lines),
        "taxes": tuple(
            replace(each, net_minor=-each.net_minor, tax_minor=-each.tax_minor, gross_minor=-each.gross_minor)
            for each in bill.taxes
        ),
    }
    total = -bill.total_minor
    return replace(
        bill,
        kind="credit_note",
        **turned,  # type: ignore[arg-type]
        settlements=(),
        brought_forward_minor=0,
        total_minor=total,
        paid_minor=0,
        balance_minor=total,
        posting_ids=(),
    )


def _write(session: Session, content: dict[str, Any], series: str, facts: dict[str, Any]) -> Invoice:
    """Takes the number, which others then wait for, and writes the invoice."""
    sequence, number = take_number(session, content["kind"], series)
    content = content | {"number": number, "issued_on": facts["issued_on"].isoformat(), "operator": facts["operator"]}
    values = {
        "kind": content["kind"],
        "series": series,
        "sequence": sequence,
        "number": number,
        "issued_at": clock.now(),
        "recipient": content["recipient"]["name"],
        "content": content,
        "content_hash": content_hash(content),
        **facts,
    }
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    invoice_id = session.scalar(
        insert(Invoice).values(values).on_conflict_do_nothing(index_elements=["key"]).returning(Invoice.id)
    )
    if invoice_id is None:
        raise DatabaseBusy  # the same key was sent at the same instant: the next attempt finds the first answer
    return session.get_one(Invoice, invoice_id)


def _asked(*facts: object) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _keyed(key: str | None, asked: str) -> dict[str, str | None]:
    return {"key": key, "asked_hash": asked if key else None}


def _sent_before(session: Session, key: str | None, asked: str) -> Invoice | None:
    found = session.scalar(sa.select(Invoice).where(Invoice.key == key)) if key else None
    if found is not None and found.asked_hash != asked:
        raise InvoiceKeyReused(key=key, invoice=found.number)
    return found


# --- always true --------------------------------------------------------------------------------------------

# An invoice's postings as its folio sees them; what settles is acknowledged, not billed.
_BILLED = """
    SELECT i.id, i.number, i.folio_id, p.id AS posting_id,
           CASE WHEN p.debit_folio_id = i.folio_id THEN p.amount_minor WHEN p.credit_folio_id = i.folio_id
                THEN -p.amount_minor END AS amount,
           CASE WHEN c.kind IN ('payment', 'opening') THEN 0 ELSE 1 END AS billing
    FROM invoice i JOIN invoice_posting b ON b.invoice_id = i.id JOIN posting p ON p.id = b.posting_id
    JOIN transaction_code c ON c.code = p.code
"""

holds(
    N_("each series of invoices has given out its numbers without a gap and none twice"),
    """
    SELECT 'series ' || s.code, s.next_number - s.first_number || ' numbers from ' || s.first_number,
           count(i.id) || ' from ' || coalesce(min(i.sequence), 0) || ' to ' || coalesce(max(i.sequence), 0)
    FROM invoice_series s LEFT JOIN invoice i ON i.series = s.code
    GROUP BY s.code, s.first_number, s.next_number
    HAVING count(i.id) <> s.next_number - s.first_number OR count(DISTINCT i.sequence) <> count(i.id)
        OR min(i.sequence) <> s.first_number OR max(i.sequence) <> s.next_number - 1
    """,
)
holds(
    N_("an invoice's total is what it bills, and a credit note's what it credits"),
    f"""
    SELECT 'invoice ' || i.number, coalesce(b.billed, -n.total_minor), i.total_minor
    FROM invoice i LEFT JOIN invoice n ON n.id = i.credits_invoice_id
    LEFT JOIN (SELECT id, sum(amount * billing) AS billed FROM ({_BILLED}) x GROUP BY id) b ON b.id = i.id
    WHERE i.total_minor <> coalesce(b.billed, -n.total_minor) OR coalesce(b.billed, n.total_minor) IS NULL
    """,  # noqa: S608 - no outside text in it
)
holds(
    N_("an invoice bills postings of its folio, and none that another of that folio bills which is not credited"),
    f"""
    SELECT 'posting ' || b.posting_id || ' of folio ' || b.folio_id, 'one invoice', 'invoices ' || min(b.number) || ', '
           || max(b.number)
    FROM ({_BILLED}) b WHERE NOT EXISTS (SELECT 1 FROM invoice n WHERE n.credits_invoice_id = b.id)
    GROUP BY b.posting_id, b.folio_id HAVING count(*) > 1 OR count(b.amount) < count(*)
    """,  # noqa: S608 - no outside text in it
)


@identity(N_("what is stored of an invoice is what was issued, and its lines add up to its total"))
def _kept(session: Session) -> Iterable[Difference]:
    columns = (Invoice.number, Invoice.kind, Invoice.issued_on, Invoice.total_minor, Invoice.content_hash)
    rows = session.execute(sa.select(*columns, Invoice.content).order_by(Invoice.id).execution_options(yield_per=500))
    for number, kind, issued_on, total, hashed, content in rows:
        found = content_hash(content)
        if found != hashed:
            yield Difference(f"invoice {number}", hashed, found)
        told = (content.get("number"), content.get("kind"), content.get("issued_on"))
        if told != (number, kind, issued_on.isoformat()):
            yield Difference(f"invoice {number}", f"{number}, {kind}, {issued_on}", ", ".join(map(str, told)))
        bill = content.get("bill") or {"lines": (), "total_minor": None}
        lines = sum(each["gross_minor"] for each in bill["lines"])
        if not lines == bill["total_minor"] == total:
            yield Difference(f"invoice {number}", total, lines)
