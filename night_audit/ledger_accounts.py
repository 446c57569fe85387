"""The accountant's chart: which account each control folio, each card company and each kind of folio is exported under.

What nobody mapped is exported under its own number and name, so that an export is whole from the first day on.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from folios import events
from folios.errors import N_, ChangedMeanwhile, Refusal
from folios.models import Folio, TransactionCode
from folios.texts import clean_text
from frontoffice.models.cashiering import CashFolio
from night_audit.reports.models import LedgerAccount

MOST_NUMBER, MOST_NAME = 20, 100
KINDS = ("Assets", "Liabilities", "Income", "Expenses", "Equity")
TOGETHER = {
    "guest:individual": N_("Guest ledger, guests"),
    "guest:master": N_("Guest ledger, groups"),
    "deposit:individual": N_("Deposits held"),
    "city:non_guest": N_("House accounts"),
    "city:staff": N_("Employees"),
    "city:semi_permanent": N_("Companies"),
}
"""Folios that are exported together, by ledger and type, and what they are called until somebody says otherwise."""
OF_CODE = {"charge": "Income", "tax": "Liabilities", "paid_out": "Expenses", "opening": "Equity"}
OF_PLACE = {"over": "Expenses", "short": "Expenses"}


class AccountUnknown(Refusal):
    code = "ledger_account.unknown"
    message = N_("Nothing is exported under {subject}.")


class AccountInvalid(Refusal):
    code = "ledger_account.invalid"
    message = N_("An account needs a number of letters, digits, dots or dashes, and a name with a letter in it.")


@dataclass(frozen=True, slots=True)
class Account:
    """An account: its kind in bookkeeping, number and name. `subject` is what of ours it stands for.

    `version` is 0 while nobody mapped it; `number` and `name` are then our own.
    """

    subject: str
    kind: str
    number: str
    name: str
    ours: str
    version: int


def chart(session: Session) -> list[Account]:
    """Every account that is exported under, in the order of a balance sheet. Four statements."""
    mapped = {each.subject: each for each in session.scalars(sa.select(LedgerAccount))}
    codes = dict(
        session.execute(
            sa.select(TransactionCode.folio_id, sa.func.min(TransactionCode.kind))
            .where(TransactionCode.folio_id.is_not(None))
            .group_by(TransactionCode.folio_id)
        ).all()
    )
    places = dict(session.execute(sa.select(CashFolio.folio_id, CashFolio.place)).all())
    found = [(subject, "Liabilities" if subject.startswith("deposit") else "Assets", subject.partition(":")[2], name)
             for subject, name in TOGETHER.items()]  # fmt: skip
    singles = session.execute(
        sa.select(Folio.id, Folio.number, Folio.name, Folio.type)
        .where(Folio.type.in_(("control", "permanent")))
        .order_by(Folio.number)
    )
    for folio_id, number, name, type in singles:
        kind = "Assets" if type == "permanent" else OF_CODE.get(codes.get(folio_id, ""), "Assets")
        kind = OF_PLACE.get(places.get(folio_id, ""), kind)
        found.append((f"folio:{number}", kind, number, name))
    accounts = [_account(subject, kind, number, name, mapped.get(subject)) for subject, kind, number, name in found]
    return sorted(accounts, key=lambda each: (KINDS.index(each.kind), each.number, each.subject))


def _account(subject: str, kind: str, number: str, name: str, mapped: LedgerAccount | None) -> Account:
    if mapped is None:
        return Account(subject, kind, number, name, name, 0)
    return Account(subject, kind, mapped.number, mapped.name, name, mapped.version)


def account(session: Session, subject: str) -> Account:
    """One account of the chart. Refuses `AccountUnknown`."""
    found = next((each for each in chart(session) if each.subject == subject), None)
    if found is None:
        raise AccountUnknown(subject=subject[:60])
    return found


def map_account(session: Session, subject: str, seen_version: int, number: str, name: str, operator: str) -> Account:
    """Says under which account something is exported from now on; what was exported stays as it was.

    Refuses `AccountUnknown`, `AccountInvalid`, and (`ChangedMeanwhile`) when somebody mapped it in between.
    """
    known = account(session, subject)
    clean_number, clean_name = clean_text("number", number, MOST_NUMBER), clean_text("name", name, MOST_NAME)
    if not clean_number or not clean_name or not all(each.isalnum() or each in ".-" for each in clean_number):
        raise AccountInvalid
    if not clean_number[0].isalnum() or not any(each.isalnum() for each in clean_name):
        raise AccountInvalid
    changes = {"number": clean_number, "name": clean_name}
    row = session.get(LedgerAccount, subject)
    if row is not None:
        subject_of = f"ledger_account:{subject}"
        events.amend(session, row, seen_version, changes, "ledger.account.mapped", subject_of, operator)
    else:
        row = LedgerAccount(subject=subject, version=1, **changes)
        try:
            with session.begin_nested():
                session.add(row)
        except IntegrityError:
            theirs = session.get_one(LedgerAccount, subject)
            raise ChangedMeanwhile(
                record=f"ledger_account:{subject}",
                changed=[f"number: {theirs.number} / {clean_number}"],
                theirs={"number": theirs.number, "name": theirs.name},
                version=theirs.version,
            ) from None
        before = {"number": known.number, "name": known.name}
        events.record(session, "ledger.account.mapped", f"ledger_account:{subject}", operator, before, changes)
    return account(session, subject)
