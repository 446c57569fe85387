"""Companies that may be billed: enter, find, amend, and the semi-permanent folio their debts are moved to.

Also the credit limit, which holds for whatever is put on that folio. What is not here: billing, payments and reminders
of what a company owes; they work on its folio.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from folios import events
from folios.drafts import Posted
from folios.errors import N_, AmountTooLarge, Refusal
from folios.folios import get_folio, lock_folios, open_folio
from folios.ledger import currency
from folios.models import Folio, Posting
from folios.money import MOST_MINOR, Money
from folios.texts import search_text
from frontoffice.fields import ADDRESS_FIELDS, clean_fields
from frontoffice.models.guests import CODE_LENGTH, NAME_LENGTH, Company, Guest
from frontoffice.models.rooms import Room
from frontoffice.models.stays import Stay

TEXT_FIELDS = {"code": CODE_LENGTH, "name": NAME_LENGTH, **ADDRESS_FIELDS}
FIGURES = ("terms_days", "credit_limit_minor")
MOST_TERMS_DAYS = 365


class CompanyUnknown(Refusal):
    code = "company.unknown"
    message = N_("There is no company {company}.")


class CompanyCodeTaken(Refusal):
    code = "company.code_taken"
    message = N_("Company code {company} is in use already. Choose another.")


class TermsInvalid(Refusal):
    code = "company.terms_invalid"
    message = N_("The days to pay must be a whole number from 0 to {most}.")


class CreditLimitInvalid(Refusal):
    code = "company.credit_limit_invalid"
    message = N_("A credit limit cannot be below zero. Leave it empty for none.")


class CreditLimitExceeded(Refusal):
    code = "company.credit_limit"
    message = N_("Credit limit of {company} {limit}, balance {balance}, requested {requested}.")


def add_company(
    session: Session,
    operator: str,
    *,
    code: str,
    name: str,
    terms_days: int = 30,
    credit_limit_minor: int | None = None,
    authorised_by: str | None = None,
    **address: str | None,
) -> Company:
    """Enters a company. `address` takes the fields of `ADDRESS_FIELDS`; `authorised_by` is who allowed its limit, where
    that is not the operator.

    Refuses a code that is taken, a missing code or name, terms and limits out of range, and bad text.
    """
    given = {"code": code, "name": name, "terms_days": terms_days, "credit_limit_minor": credit_limit_minor, **address}
    fields = _clean(session, given)
    company = Company(**fields)
    try:
        with session.begin_nested():
            session.add(company)
    except IntegrityError:
        raise CompanyCodeTaken(company=company.code) from None
    after: dict[str, Any] = {"code": company.code, "name": company.name}
    if credit_limit_minor is not None:
        after["credit_limit_minor"] = credit_limit_minor
    events.record(session, "company.entered", f"company:{company.id}", operator, None, after, authorised_by)
    return company


def amend_company(
    session: Session,
    company_id: int,
    seen_version: int,
    changes: Mapping[str, Any],
    operator: str,
    authorised_by: str | None = None,
) -> Company:
    """Changes fields of a company that was read at `seen_version`. `authorised_by` is who allowed another credit limit,
    where that is not the operator. Refuses as `add_company`, and `ChangedMeanwhile`."""
    company = lock_company(session, company_id)
    fields = _clean(session, changes)
    try:
        with session.begin_nested():
            subject = f"company:{company_id}"
            events.amend(session, company, seen_version, fields, "company.amended", subject, operator, authorised_by)
    except IntegrityError:
        raise CompanyCodeTaken(company=fields["code"]) from None
    return company


def get_company(session: Session, company_id: int) -> Company:
    """The company with this id. Refuses `CompanyUnknown`."""
    found = session.get(Company, company_id)
    if found is None:
        raise CompanyUnknown(company=company_id)
    return found


def find_company(session: Session, code: str) -> Company:
    """The company with this code. Refuses `CompanyUnknown`."""
    found = session.scalar(sa.select(Company).where(Company.code == code))
    if found is None:
        raise CompanyUnknown(company=code)
    return found


def lock_company(session: Session, company_id: int) -> Company:
    """The company as it is under the row's lock. Refuses `CompanyUnknown`."""
    found = session.get(Company, company_id, with_for_update={"key_share": True}, populate_existing=True)
    if found is None:
        raise CompanyUnknown(company=company_id)
    return found


def refuse_unknown_companies(session: Session, company_ids: Collection[int]) -> None:
    """Refuses (`CompanyUnknown`) when one of the companies is not there."""
    wanted = set(company_ids)
    if not wanted:
        return
    missing = wanted - set(session.scalars(sa.select(Company.id).where(Company.id.in_(wanted))))
    if missing:
        raise CompanyUnknown(company=min(missing))


def receivable_folio(session: Session, company_id: int, operator: str) -> Folio:
    """The semi-permanent folio a balance is moved to when the company is to be billed for it.

    The open one is used again; when there is none, or it was paid and closed, a new one is opened. Two who ask at once
    get the same folio: the company's row is locked, which comes before folios in the order of locks.
    """
    company = lock_company(session, company_id)
    if company.folio_id is not None:
        status = lock_folios(session, [company.folio_id])[company.folio_id].status
        if status == "open":  # and stays so: whoever wants to close it waits for this unit of work
            return get_folio(session, company.folio_id)
    folio = open_folio(session, type="semi_permanent", name=company.name, operator=operator)
    company.folio_id = folio.id
    session.flush()
    after = {"folio_id": folio.id}
    events.record(session, "company.folio.opened", f"company:{company_id}", operator, None, after)
    return folio


def hold_credit_limit(session: Session, posted: Posted, operator: str, over_limit_by: str | None = None) -> None:
    """Refuses (`CreditLimitExceeded`) what was just posted, when it brings a company's receivable above its limit.

    It asks after posting, which has locked the receivable: of two bills at once, one sees the balance of both, and the
    refusal takes its own back with the unit of work. `over_limit_by` lets it pass, which the trail keeps. What was sent
    before is not asked again. One statement, and one for each limit that was passed over.
    """
    if posted.replayed:
        return
    for row in session.execute(_BILLED, {"voucher": posted.voucher_id}).all():
        balance, limit = (Money(figure, row.currency) for figure in (row.balance_minor, row.credit_limit_minor))
        if row.billed_minor <= 0 or balance.minor <= limit.minor:
            continue
        billed = Money(row.billed_minor, row.currency)
        if over_limit_by is None:
            raise CreditLimitExceeded(company=row.code, limit=limit, balance=balance - billed, requested=billed)
        after = {"voucher": posted.voucher_id, "credit_limit_minor": limit.minor, "balance_minor": balance.minor}
        events.record(session, "company.credit.passed", f"company:{row.id}", operator, None, after, over_limit_by)


_ON_RECEIVABLE = Posting.debit_folio_id == Company.folio_id
_BILLED = (
    sa.select(
        Company.id,
        Company.code,
        Company.credit_limit_minor,
        Folio.balance_minor,
        Folio.currency,
        sa.cast(
            sa.func.sum(sa.case((_ON_RECEIVABLE, Posting.amount_minor), else_=-Posting.amount_minor)), sa.BigInteger
        ).label("billed_minor"),
    )
    .join(Folio, Folio.id == Company.folio_id)
    .join(Posting, sa.or_(_ON_RECEIVABLE, Posting.credit_folio_id == Company.folio_id))
    .where(Posting.voucher_id == sa.bindparam("voucher"), Company.credit_limit_minor.is_not(None))
    .group_by(Company.id, Company.code, Company.credit_limit_minor, Folio.balance_minor, Folio.currency)
    .order_by(Company.id)
)


def credit_left(session: Session, company_id: int) -> Money | None:
    """How much more the company may owe before its credit limit; None when it has no limit."""
    company = get_company(session, company_id)
    if company.credit_limit_minor is None:
        return None
    balance = session.scalar(sa.select(Folio.balance_minor).where(Folio.id == company.folio_id)) or 0
    return Money(company.credit_limit_minor - balance, currency(session))


# --- as they are looked at --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Listed:
    """A company with the receivable folio opened last for it, and what stands on that: minor units."""

    company: Company
    folio_id: int | None
    folio: str | None
    balance_minor: int | None


def find_companies(session: Session, text: str | None, most: int = 100) -> list[Listed]:
    """Companies whose code begins with the text or whose name holds it, by name; without a text those who owe most.

    Never refuses. One statement.
    """
    wanted = sa.select(Company, Folio.id, Folio.number, Folio.balance_minor)
    wanted = wanted.outerjoin(Folio, Folio.id == Company.folio_id)
    typed = search_text(text, NAME_LENGTH).lower()
    if typed:
        code, name = sa.func.lower(Company.code), sa.func.lower(Company.name)
        wanted = wanted.where(sa.or_(code.startswith(typed, autoescape=True), name.contains(typed, autoescape=True)))
        wanted = wanted.order_by(Company.name, Company.id)
    else:
        owed = sa.func.coalesce(Folio.balance_minor, 0)
        wanted = wanted.order_by(owed.desc(), Company.name, Company.id)
    return [Listed(*row) for row in session.execute(wanted.limit(most))]


def company_folio(session: Session, company: Company) -> Folio | None:
    """The receivable folio opened last for the company, open or paid and closed; None before its first bill."""
    return None if company.folio_id is None else session.get(Folio, company.folio_id)


def stays_of_company(session: Session, company_id: int, most: int = 100) -> list[sa.Row[Any]]:
    """The company's stays, the latest first: the stay, its guest, the number of its room. One statement."""
    wanted = sa.select(Stay, Guest, Room.number).join(Guest, Guest.id == Stay.guest_id)
    wanted = wanted.outerjoin(Room, Room.id == Stay.room_id).where(Stay.company_id == company_id)
    return list(session.execute(wanted.order_by(Stay.arrival.desc(), Stay.id.desc()).limit(most)))


def _clean(session: Session, fields: Mapping[str, Any]) -> dict[str, Any]:
    texts = {name: value for name, value in fields.items() if name not in FIGURES}
    clean = clean_fields(texts, TEXT_FIELDS, needed={"code", "name"} & texts.keys())
    if "terms_days" in fields:
        clean["terms_days"] = fields["terms_days"]
        if not 0 <= clean["terms_days"] <= MOST_TERMS_DAYS:
            raise TermsInvalid(most=MOST_TERMS_DAYS)
    if "credit_limit_minor" in fields:
        clean["credit_limit_minor"] = limit = fields["credit_limit_minor"]
        if limit is not None and limit < 0:
            raise CreditLimitInvalid
        if limit is not None and limit > MOST_MINOR:
            raise AmountTooLarge(amount=Money(limit, currency(session)))
    return clean
