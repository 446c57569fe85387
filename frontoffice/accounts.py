"""House accounts and whoever else owes without being in a room: non-guests, staff, masters, companies, card firms.

An account is a folio of the ledger; opening, finding and amending it at the desk stand here. Closing and reopening are
the ledger's (`folios.folios`), billing and payments the verbs of their own nouns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from folios.errors import N_, FolioNumberTaken, Refusal
from folios.folios import amend_folio, get_folio, open_folio
from folios.models import Folio
from folios.money import Money
from frontoffice.fields import FieldUnknown, needed_text
from frontoffice.models.desk import StayGroup
from frontoffice.models.guests import Company

ACCOUNT_TYPES = ("non_guest", "staff", "master", "semi_permanent", "permanent")
FIELDS = ("name", "house_limit_minor")
PAGE = 50


class AccountWrongType(Refusal):
    code = "account.wrong_type"
    message = N_("A {type} folio is not opened or changed here.")


@dataclass(frozen=True, slots=True)
class Account:
    """An account as a list shows it. `limit` is the highest balance it may reach; None: it has no limit.

    `company` is whose receivable it is, `group` whose master it is: their codes, where there is one.
    """

    folio_id: int
    number: str
    type: str
    name: str
    status: str
    balance: Money
    limit: Money | None
    company_id: int | None
    company: str | None
    group_id: int | None
    group: str | None
    version: int

    @property
    def left(self) -> Money | None:
        """How much more may be charged; below zero when it is over its limit, None without one."""
        return None if self.limit is None else self.limit - self.balance

    @property
    def used_percent(self) -> int | None:
        """How much of the limit is used, in whole percent rounded down; None without a limit, or when it is zero."""
        if self.limit is None or self.limit.minor == 0:
            return None
        return max(self.balance.minor, 0) * 100 // self.limit.minor


@dataclass(frozen=True, slots=True)
class Accounts:
    """One page of accounts, and how many there are in all."""

    rows: Sequence[Account]
    total: int


def open_account(
    session: Session,
    type: str,
    name: str,
    operator: str,
    *,
    number: str | None = None,
    house_limit_minor: int | None = None,
) -> Folio:
    """Opens an account of one of `ACCOUNT_TYPES`. `number` is what people know it by; one is drawn unless given.

    Refuses other types, a missing name, a number that is taken, a limit below zero or where the type has none.
    """
    if type not in ACCOUNT_TYPES:
        raise AccountWrongType(type=type)
    called = needed_text("name", name, 200)
    try:
        with session.begin_nested():
            return open_folio(
                session,
                type=type,
                name=called,
                operator=operator,
                number=number,
                house_limit_minor=house_limit_minor,
            )
    except IntegrityError:  # somebody took the number at the same instant
        raise FolioNumberTaken(folio=number) from None


def amend_account(
    session: Session, folio_id: int, seen_version: int, changes: Mapping[str, Any], operator: str
) -> Folio:
    """Changes `name` or `house_limit_minor` of an account that was read at `seen_version`.

    Refuses other fields, other types of folio, what `open_account` refuses, and `ChangedMeanwhile`.
    """
    for field in changes:
        if field not in FIELDS:
            raise FieldUnknown(field=field)
    clean = dict(changes)
    if "name" in clean:
        clean["name"] = needed_text("name", clean["name"], 200)
    folio = get_folio(session, folio_id)
    if folio.type not in ACCOUNT_TYPES:
        raise AccountWrongType(type=folio.type)
    return amend_folio(session, folio_id, seen_version, clean, operator)


def account(session: Session, folio_id: int) -> Account:
    """One account as the list shows it. Refuses `FolioUnknown`, and folios that are none (`AccountWrongType`)."""
    found = session.execute(_rows().where(Folio.id == folio_id)).one_or_none()
    if found is None:
        raise AccountWrongType(type=get_folio(session, folio_id).type)
    return _account(found)


def accounts(
    session: Session,
    type: str | None = None,
    text: str | None = None,
    *,
    only_open: bool = True,
    skip: int = 0,
    most: int = PAGE,
) -> Accounts:
    """Accounts by type and number, `most` of them after the first `skip`. Two statements.

    `text` is what the number, or the company's or group's code begins with, or what stands in the name.
    """
    wanted = _rows()
    if type is not None:
        wanted = wanted.where(Folio.type == type)
    if only_open:
        wanted = wanted.where(Folio.status == "open")
    if text is not None and text.strip():
        asked = text.strip()
        begins = [each.istartswith(asked, autoescape=True) for each in (Folio.number, Company.code, StayGroup.code)]
        wanted = wanted.where(sa.or_(Folio.name.icontains(asked, autoescape=True), *begins))
    total = session.scalar(sa.select(sa.func.count()).select_from(wanted.subquery())) or 0
    page = wanted.order_by(Folio.type, Folio.number).offset(skip).limit(most)
    return Accounts([_account(row) for row in session.execute(page)], total)


def _rows() -> Any:
    return (
        sa.select(
            Folio.id,
            Folio.number,
            Folio.type,
            Folio.name,
            Folio.status,
            Folio.currency,
            Folio.balance_minor,
            Folio.house_limit_minor,
            Folio.version,
            Company.id.label("company_id"),
            Company.code.label("company"),
            StayGroup.id.label("group_id"),
            StayGroup.code.label("group"),
        )
        .outerjoin(Company, Company.folio_id == Folio.id)
        .outerjoin(StayGroup, StayGroup.folio_id == Folio.id)
        .where(Folio.type.in_(ACCOUNT_TYPES))
    )


def _account(row: Any) -> Account:
    return Account(
        folio_id=row.id,
        number=row.number,
        type=row.type,
        name=row.name,
        status=row.status,
        balance=Money(row.balance_minor, row.currency),
        limit=None if row.house_limit_minor is None else Money(row.house_limit_minor, row.currency),
        company_id=row.company_id,
        company=row.company,
        group_id=row.group_id,
        group=row.group,
        version=row.version,
    )
