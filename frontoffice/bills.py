"""Bills: what a folio's paper says, as plain data. How it is drawn is `paper`, how it becomes an invoice `invoices.py`.

**Lines.** A charge and the taxes contained in its price are one line, gross, as the guest agreed to it. What is added
on top (city tax, service, a tax exclusive of the price) is a line of its own behind it. Where a contained tax was
levied upon an addition too, both are one line: the price alone cannot be told any more.

**Taken back.** An information bill tells everything that happened, line by line. On an interim bill, a final bill and
an invoice a line is what is left of it: a breakfast that was corrected or moved away is not there, nor is what took it
back; a line corrected in part is smaller. An allowance on a part of a line is a rebate and stands as a line of its own;
an allowance on all of it takes the line away like a correction. What takes back a line of an earlier bill stands as a
line of its own, since there is nothing here to take it from.

**Settlement.** Payments, refunds and balances brought forward stand apart from the lines. Before what the bill shows:
`brought_forward_minor`. Always: brought forward + total + payments = balance.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import date
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from folios.errors import N_, FolioUnknown, Refusal
from folios.folios import known_id
from folios.models import Folio, Posting, Tax, TransactionCode, Voucher
from folios.money import Money
from frontoffice.bill_lines import BillLine, Entry, TaxLine, TaxMode, grouped, lines_of, netted, taxes_of
from frontoffice.models.desk import StayGroup
from frontoffice.models.guests import Company, Guest
from frontoffice.models.rooms import Room
from frontoffice.models.stays import Stay, StayWindow

__all__ = ["Bill", "BillLine", "Recipient", "Settlement", "StayFacts", "TaxLine", "bill", "bills", "bills_of"]

Kind = Literal["information", "interim", "final"]
Grouping = Literal["none", "day", "code", "article"]
KINDS = ("information", "interim", "final")
GROUPINGS = ("none", "day", "code", "article")
SETTLING = ("payment", "opening")


class ControlFolioBilled(Refusal):
    code = "bill.control_folio"
    message = N_("Folio {folio} is a control folio; it belongs to the house and has no bill.")


class BillNotFinal(Refusal):
    code = "bill.not_final"
    message = N_("Folio {folio} still has a balance of {balance}. Settle it first, or make an interim bill.")


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a bill is made out to. `country` is two letters (ISO 3166)."""

    name: str
    address: str | None = None
    postal_code: str | None = None
    city: str | None = None
    country: str | None = None
    vat_number: str | None = None


@dataclass(frozen=True, slots=True)
class StayFacts:
    """What a bill says of the stay. `language` is the guest's, where it is known."""

    number: str
    guest: str
    room: str | None
    arrival: date
    departure: date
    persons: int
    language: str | None


@dataclass(frozen=True, slots=True)
class Settlement:
    """A payment (`amount_minor` below zero), a refund (above), or a balance of a system before (either)."""

    posting_id: int
    date: date
    kind: str
    text: str
    reference: str | None
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Bill:
    """All that a bill says. Figures are minor units of `currency`; what the guest owes is above zero.

    `recipient` is who the bill is for as far as the house knows: the guest of the stay, the company of the folio, else
    the folio's name. `company` is the firm the stay came from. `posting_ids` is everything the bill accounts for, what
    cancels out included.
    """

    kind: str
    folio_id: int
    folio: str
    name: str
    currency: str
    grouping: str
    first: date | None
    last: date | None
    recipient: Recipient
    company: Recipient | None
    stay: StayFacts | None
    brought_forward_minor: int
    lines: tuple[BillLine, ...]
    settlements: tuple[Settlement, ...]
    taxes: tuple[TaxLine, ...]
    total_minor: int
    paid_minor: int
    balance_minor: int
    posting_ids: tuple[int, ...] = field(repr=False)


def bill(
    session: Session,
    folio_id: int,
    *,
    kind: Kind = "information",
    grouping: Grouping = "none",
    first: date | None = None,
    last: date | None = None,
) -> Bill:
    """The bill of one folio; see `bills`."""
    return bills(session, [folio_id], kind=kind, grouping=grouping, first=first, last=last)[0]


def bills(
    session: Session,
    folio_ids: Sequence[int],
    *,
    kind: Kind = "information",
    grouping: Grouping = "none",
    first: date | None = None,
    last: date | None = None,
) -> list[Bill]:
    """The bills of folios, in their order, for business days from `first` to `last`; five statements however many.

    `grouping` makes one line of each day's, each code's, or each article's. Refuses unknown folios (`FolioUnknown`),
    control folios (`ControlFolioBilled`), and a final bill of an open folio that is not at zero (`BillNotFinal`).
    """
    if not folio_ids:
        return []
    folios = _folios(session, folio_ids)
    if kind == "final":
        for folio in folios.values():
            if folio.status == "open" and folio.balance_minor:
                raise BillNotFinal(folio=folio.number, balance=Money(folio.balance_minor, folio.currency))
    rows = entries(session, folio_ids)
    shown: dict[int, list[Entry]] = {}
    before: dict[int, int] = {}
    for folio_id, each in rows.items():
        shown[folio_id] = [row for row in each if (first or date.min) <= row.business_date <= (last or date.max)]
        before[folio_id] = sum(row.amount_minor for row in each if row.business_date < (first or date.min))
    made = bills_of(session, folios, shown, before, kind=kind, grouping=grouping)
    return [replace(made[folio_id], first=first, last=last) for folio_id in folio_ids]


def guest_language(session: Session, folio_id: int) -> str | None:
    """The language of the guest whose bill the folio's is, where it is known. Refuses as `bills` does."""
    stay = _stays(session, _folios(session, [folio_id])).get(folio_id)
    return None if stay is None else stay[0].language


def bills_of(
    session: Session,
    folios: Mapping[int, Any],
    shown: Mapping[int, Sequence[Entry]],
    before: Mapping[int, int],
    *,
    kind: str,
    grouping: str,
) -> dict[int, Bill]:
    """The bills of folios (their rows, by id) that show the given entries, after what came before in minor units."""
    if kind not in (*KINDS, "invoice") or grouping not in GROUPINGS:
        raise ValueError(f"no such bill: {kind}, {grouping}")
    modes = _tax_modes(session)
    facts = _stays(session, folios)
    firms = _firms(session, folios)
    made = {}
    for folio_id, folio in folios.items():
        sold = [each for each in shown[folio_id] if each.code_kind not in SETTLING]
        paid = [each for each in shown[folio_id] if each.code_kind in SETTLING]
        if kind != "information":
            sold, paid = netted(sold), netted(paid)
        stay = facts.get(folio_id)
        lines = lines_of(sold, modes, stay[0].room if stay else None)
        settlements = tuple(_settlement(each) for each in paid)
        total = sum(each.gross_minor for each in lines)
        settled = sum(each.amount_minor for each in settlements)
        made[folio_id] = Bill(
            kind=kind,
            folio_id=folio_id,
            folio=folio.number,
            name=folio.name,
            currency=folio.currency,
            grouping=grouping,
            first=None,
            last=None,
            recipient=stay[1] if stay else firms.get(folio_id, Recipient(folio.name)),
            company=stay[2] if stay else firms.get(folio_id),
            stay=stay[0] if stay else None,
            brought_forward_minor=before[folio_id],
            lines=tuple(grouped(lines, grouping)),
            settlements=settlements,
            taxes=tuple(taxes_of(sold, modes)),
            total_minor=total,
            paid_minor=settled,
            balance_minor=before[folio_id] + total + settled,
            posting_ids=tuple(sorted(each.posting_id for each in shown[folio_id])),
        )
    return made


def _settlement(entry: Entry) -> Settlement:
    day = entry.business_date
    return Settlement(entry.posting_id, day, entry.kind, entry.text, entry.reference, entry.amount_minor)


# --- reading ------------------------------------------------------------------------------------------------


def _folios(session: Session, folio_ids: Collection[int]) -> dict[int, Any]:
    wanted = sa.select(
        Folio.id, Folio.number, Folio.type, Folio.name, Folio.currency, Folio.status, Folio.balance_minor
    )
    rows = session.execute(wanted.where(Folio.id.in_({known_id(each) for each in folio_ids})))
    found = {row.id: row for row in rows}
    for folio_id in folio_ids:
        if folio_id not in found:
            raise FolioUnknown(folio=folio_id)
        refuse_control(found[folio_id])
    return found


def refuse_control(folio: Any) -> None:
    """Refuses (`ControlFolioBilled`) the row of a control folio."""
    if folio.type == "control":
        raise ControlFolioBilled(folio=folio.number)


def entries(session: Session, folio_ids: Collection[int]) -> dict[int, list[Entry]]:
    """All postings of the folios as each sees them, by folio, in the order a guest reads; one statement.

    A line that was moved here keeps the day, the check and the reference of the charge it began as.
    """
    found: dict[int, list[Entry]] = {folio_id: [] for folio_id in folio_ids}
    for row in session.execute(_ENTRIES, {"ids": list(found)}):
        found[row.folio_id].append(Entry(*row[1:]))
    for rows in found.values():
        rows.sort(key=lambda each: (each.date, each.voucher_id, each.line))
    return found


def _side(side: str) -> Any:
    origin, began = aliased(Posting), aliased(Voucher)
    here = Posting.debit_folio_id if side == "debit" else Posting.credit_folio_id
    moved_here = sa.and_(Voucher.kind == "transfer", Posting.source_side == side)
    return (
        sa.select(
            here.label("folio_id"),
            Posting.id,
            Posting.voucher_id,
            Posting.line,
            Posting.parent_line,
            Posting.business_date,
            sa.case((moved_here, began.business_date), else_=Posting.business_date),
            Voucher.kind,
            Posting.code,
            TransactionCode.kind,
            TransactionCode.name,
            sa.func.coalesce(Posting.text, TransactionCode.name),
            Posting.article,
            Posting.quantity,
            sa.func.coalesce(Voucher.check_number, began.check_number),
            sa.func.coalesce(Voucher.reference, began.reference),
            Posting.amount_minor if side == "debit" else -Posting.amount_minor,
            Posting.tax_base_minor,
            sa.func.coalesce(Posting.tax_rate_ppm, origin.tax_rate_ppm),
            Posting.source_posting_id,
            Posting.source_side,
        )
        .join(Voucher, Voucher.id == Posting.voucher_id)
        .join(TransactionCode, TransactionCode.code == Posting.code)
        .outerjoin(origin, origin.id == Posting.origin_posting_id)
        .outerjoin(began, began.id == origin.voucher_id)
        .where(here.in_(sa.bindparam("ids", expanding=True)))
    )


_ENTRIES = sa.union_all(_side("debit"), _side("credit"))


def _tax_modes(session: Session) -> dict[str, TaxMode]:
    wanted = sa.select(Tax.code, TransactionCode.name, TransactionCode.kind, Tax.basis, Tax.inclusive, Tax.stacked)
    rows = session.execute(wanted.join(TransactionCode, TransactionCode.code == Tax.code))
    return {row.code: TaxMode(*row) for row in rows}


def _stays(session: Session, folio_ids: Collection[int]) -> dict[int, tuple[StayFacts, Recipient, Recipient | None]]:
    """The stay of each folio that is one's window or deposit: facts, guest, company; two statements."""
    ids = list(folio_ids)
    window = sa.select(StayWindow.folio_id.label("folio_id"), StayWindow.stay_id).where(StayWindow.folio_id.in_(ids))
    deposit = sa.select(Stay.deposit_folio_id, Stay.id).where(Stay.deposit_folio_id.in_(ids))
    owned = sa.union_all(window, deposit).subquery()
    wanted = (
        sa.select(owned.c.folio_id, Stay, Guest, Company, Room.number)
        .join(Stay, Stay.id == owned.c.stay_id)
        .join(Guest, Guest.id == Stay.guest_id)
        .outerjoin(Company, Company.id == Stay.company_id)
        .outerjoin(Room, Room.id == Stay.room_id)
    )
    found = {}
    for folio_id, stay, guest, company, room in session.execute(wanted):
        name = called(guest)
        persons = stay.adults + stay.children
        facts = StayFacts(stay.number, name, room, stay.arrival, stay.departure, persons, guest.language)
        found[folio_id] = (facts, _addressed(name, guest), _addressed(company.name, company) if company else None)
    return found


def _firms(session: Session, folio_ids: Collection[int]) -> dict[int, Recipient]:
    """The company whose receivable, or whose group's master folio, each folio is; one statement."""
    ids = list(folio_ids)
    receivable = sa.select(Company.folio_id.label("folio_id"), Company.id).where(Company.folio_id.in_(ids))
    master = sa.select(StayGroup.folio_id, StayGroup.company_id).where(StayGroup.folio_id.in_(ids))
    owned = sa.union_all(receivable, master).subquery()
    wanted = sa.select(owned.c.folio_id, Company).join(Company, Company.id == owned.c.id)
    return {folio_id: _addressed(firm.name, firm) for folio_id, firm in session.execute(wanted)}


def called(guest: Guest) -> str:
    """A guest as a letter calls him: title, first names, surname."""
    return " ".join(part for part in (guest.title, guest.first_names, guest.surname) if part)


def _addressed(name: str, where: Guest | Company) -> Recipient:
    return Recipient(name, where.address, where.postal_code, where.city, where.country, where.vat_number)


# --- as plain data, to be stored ----------------------------------------------------------------------------

_NESTED = {"lines": BillLine, "settlements": Settlement, "taxes": TaxLine}
_DAYS = ("date", "first", "last", "arrival", "departure")


def plain_bill(bill: Bill) -> dict[str, Any]:
    """The bill as JSON takes it: days as text, tuples as lists."""
    return {name: _plain(value) for name, value in asdict(bill).items()}


def read_bill(plain: Mapping[str, Any]) -> Bill:
    """The bill that `plain_bill` told."""
    made = _read(Bill, plain)
    for name, shape in _NESTED.items():
        made[name] = tuple(shape(**_read(shape, each)) for each in plain[name])
    for name, shape in {"recipient": Recipient, "company": Recipient, "stay": StayFacts}.items():
        made[name] = None if plain[name] is None else shape(**_read(shape, plain[name]))
    made["posting_ids"] = tuple(plain["posting_ids"])
    return Bill(**made)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value.isoformat() if isinstance(value, date) else value


def _read(shape: Any, plain: Mapping[str, Any]) -> dict[str, Any]:
    days = {name: date.fromisoformat(plain[name]) for name in _DAYS if plain.get(name) is not None}
    return {each.name: days.get(each.name, plain[each.name]) for each in fields(shape)}
