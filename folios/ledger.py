"""The ledger as a whole: its currency, and its first day."""

from __future__ import annotations

import secrets
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios import clock
from folios.errors import N_, Refusal, SchemaMissing
from folios.events import record
from folios.models import BusinessDay, Ledger
from folios.money import minor_digits


class LedgerExists(Refusal):
    code = "ledger.exists"
    message = N_("This database holds a ledger already.")


def create_ledger(session: Session, *, currency: str, first_date: date, operator: str) -> Ledger:
    """Starts the ledger in `currency` (ISO 4217) with `first_date` as its open business day. Refuses a second start."""
    minor_digits(currency)
    if session.get(Ledger, 1) is not None:
        raise LedgerExists
    ledger = Ledger(id=1, currency=currency, catalogue_mark=new_mark())
    session.add(ledger)
    session.add(BusinessDay(business_date=first_date, status="open", opened_at=clock.now()))
    session.flush()
    record(session, "ledger.created", "ledger:1", operator, None, {"currency": currency, "first_date": first_date})
    return ledger


def currency(session: Session) -> str:
    """The currency the ledger is kept in."""
    found = session.execute(sa.select(Ledger.currency)).scalar_one_or_none()
    if found is None:
        raise SchemaMissing
    return found


def new_mark() -> int:
    """A mark no other state of the catalogue carries, not even one that was rolled back."""
    return secrets.randbits(62)
