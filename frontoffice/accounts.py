"""House accounts and whoever else owes without being in a room: non-guests, staff, masters, companies, card firms.

An account is a folio of the ledger; opening, finding and amending it at the desk stand here. Closing and reopening are
the ledger's (`folios.folios`), billing and payments the verbs of their own nouns. The control folios on the other side
of it all are in `control_folios.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from folios.errors import N_, FolioNumberTaken, Refusal
from folios.folios import amend_folio, get_folio, open_folio
from folios.ledger import currency
from folios.models import Folio
from folios.money import Money
from folios.texts import search_text
from frontoffice.fields import FieldUnknown, needed_text
from frontoffice.models.desk import StayGroup
from frontoffice.models.guests import Company
from frontoffice.search import Hit, Query, source
from frontoffice.windows import LimitNegative

ACCOUNT_TYPES = ("non_guest", "staff", "master", "semi_permanent", "permanent")
TYPE_NAMES = {
    "non_guest": N_("House accounts"),
    "staff": N_("Staff folios"),
    "master": N_("Masters"),
    "semi_permanent": N_("Receivables"),
    "permanent": N_("Permanent (cards)"),
    "control": N_("Control folios"),
}
"""What the desk calls the accounts of a type."""
FIELDS = ("name", "house_limit_minor")
PAGE = 50
SHORTEST_NAME = 3  # what the search box looks for within names


class AccountWrongType(Refusal):
    code = "account.wrong_type"
    message = N_("A {type} folio is not opened or changed here.")


@dataclass(frozen=True, slots=True)
class Account:
    """An account as a list shows it. `limit` is the highest balance it may reach; None: it has no limit.

    `company` is whose receivable it is, and then `limit` is the credit limit of that company; `group` is whose master
    it is: their codes, where there is one.
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
    opened_on: date
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

    @property
    def over_limit(self) -> bool:
        """Whether it stands above its limit: somebody let a charge pass, or the limit was lowered."""
        return self.limit is not None and self.balance.minor > self.limit.minor


@dataclass(frozen=True, slots=True)
class Accounts:
    """One page of accounts, after the first `skip`; how many there are in all, and what stands on all of them."""

    rows: Sequence[Account]
    total: int
    balance: Money
    skip: int


@dataclass(frozen=True, slots=True)
class TypeTotal:
    """How many accounts of a type are open, and the sum of their balances: what the ledger has for the type."""

    open: int
    balance: Money


def open_account(
    session: Session,
    type: str,
    name: str,
    operator: str,
    *,
    number: str | None = None,
    house_limit_minor: int | None = None,
    authorised_by: str | None = None,
) -> Folio:
    """Opens an account of one of `ACCOUNT_TYPES`. `number` is what people know it by; one is drawn unless given.
    `authorised_by` is who allowed its limit, where that is not the operator.

    Refuses other types, a missing name, a number that is taken, a limit below zero (`LimitNegative`), too large, or
    where the type has none.
    """
    if type not in ACCOUNT_TYPES:
        raise AccountWrongType(type=type)
    called = needed_text("name", name, 200)
    _refuse_negative(house_limit_minor)
    try:
        with session.begin_nested():
            return open_folio(
                session,
                type=type,
                name=called,
                operator=operator,
                number=" ".join(number.split()) if number else None,  # typed and read on one line
                house_limit_minor=house_limit_minor,
                authorised_by=authorised_by,
            )
    except IntegrityError:  # somebody took the number at the same instant
        raise FolioNumberTaken(folio=number) from None


def amend_account(
    session: Session,
    folio_id: int,
    seen_version: int,
    changes: Mapping[str, Any],
    operator: str,
    authorised_by: str | None = None,
) -> Folio:
    """Changes `name` or `house_limit_minor` of an account that was read at `seen_version`. `authorised_by` is who
    allowed another limit, where that is not the operator.

    Refuses other fields, other types of folio, what `open_account` refuses, and `ChangedMeanwhile`.
    """
    for field in changes:
        if field not in FIELDS:
            raise FieldUnknown(field=field)
    clean = dict(changes)
    if "name" in clean:
        clean["name"] = needed_text("name", clean["name"], 200)
    _refuse_negative(clean.get("house_limit_minor"))
    folio = get_folio(session, folio_id)
    if folio.type not in ACCOUNT_TYPES:
        raise AccountWrongType(type=folio.type)
    return amend_folio(session, folio_id, seen_version, clean, operator, authorised_by)


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
    """Accounts in the order of `ACCOUNT_TYPES` and by number: `most` after the first `skip`, else the last page.

    `text` is what the number, or the company's or group's code begins with, or what stands in the name. Never refuses.
    Two statements, and one more when nothing is found.
    """
    wanted = _rows()
    if type is not None:
        wanted = wanted.where(Folio.type == type)
    if only_open:
        wanted = wanted.where(Folio.status == "open")
    asked = search_text(text)
    if asked:
        wanted = wanted.where(named(asked, Company.code, StayGroup.code))
    found = wanted.subquery()
    sums: Any = session.execute(
        sa.select(sa.func.count(), sa.cast(sa.func.sum(found.c.balance_minor), sa.BigInteger)).select_from(found)
    ).one()
    total, skipped = sums[0], page_start(skip, sums[0], most)
    page = wanted.order_by(_BY_TYPE, Folio.number).offset(skipped).limit(most)
    rows = [_account(row) for row in session.execute(page)]
    kept_in = rows[0].balance.currency if rows else currency(session)
    return Accounts(rows, total, Money(sums[1] or 0, kept_in), skipped)


def type_totals(session: Session) -> dict[str, TypeTotal]:
    """What stands on each type of account, all of `ACCOUNT_TYPES`; a closed account stands at zero. One statement."""
    rows = session.execute(
        sa.select(
            Folio.type,
            Folio.currency,
            sa.func.sum(sa.case((Folio.status == "open", 1), else_=0)),
            sa.cast(sa.func.sum(Folio.balance_minor), sa.BigInteger),
        )
        .where(Folio.type.in_(ACCOUNT_TYPES))
        .group_by(Folio.type, Folio.currency)
    ).all()
    found = {type: TypeTotal(open, Money(balance_minor, kept_in)) for type, kept_in, open, balance_minor in rows}
    if len(found) < len(ACCOUNT_TYPES):
        nothing = TypeTotal(0, Money(0, currency(session)))
        return {type: found.get(type, nothing) for type in ACCOUNT_TYPES}
    return {type: found[type] for type in ACCOUNT_TYPES}


@source("accounts")
def find_accounts(session: Session, query: Query, most: int) -> Iterable[Hit]:
    """An open account with this in its name; a company's or group's is found with the company or group."""
    if len(query.text) < SHORTEST_NAME:
        return
    wanted = _rows().where(Folio.status == "open", Company.id.is_(None), StayGroup.id.is_(None), named(query.text))
    for row in session.execute(wanted.order_by(_BY_TYPE, Folio.number).limit(most)):
        yield Hit("folio", row.id, row.number, (row.name, row.type, row.status), "folio.read")


def named(asked: str, *codes: Any) -> sa.ColumnElement[bool]:
    """Whether a folio's number, or one of the `codes`, begins with what was typed, or it stands in the name.

    Capitals do not matter; SQLite folds those of English alone, so it is asked for as typed, in capitals and without.
    """
    spelled = {asked, asked.lower(), asked.upper(), asked.capitalize()} if not asked.isascii() else {asked}
    begins = [column.istartswith(each, autoescape=True) for column in (Folio.number, *codes) for each in spelled]
    return sa.or_(*begins, *(Folio.name.icontains(each, autoescape=True) for each in sorted(spelled)))


def page_start(skip: int, total: int, most: int) -> int:
    """Where the page begins that was asked for; the last one begins there when there are fewer."""
    return skip if skip < total else max((total - 1) // most, 0) * most


def _refuse_negative(limit_minor: int | None) -> None:
    if limit_minor is not None and limit_minor < 0:
        raise LimitNegative


_BY_TYPE = sa.case({type: sa.literal(place) for place, type in enumerate(ACCOUNT_TYPES)}, value=Folio.type)


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
            sa.func.coalesce(Folio.house_limit_minor, Company.credit_limit_minor).label("limit_minor"),
            Folio.opened_on,
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
        limit=None if row.limit_minor is None else Money(row.limit_minor, row.currency),
        company_id=row.company_id,
        company=row.company,
        group_id=row.group_id,
        group=row.group,
        opened_on=row.opened_on,
        version=row.version,
    )
