"""Ways to run audits in tests: on the little hotel, by the rules of a new one, without the reports' pack."""

from __future__ import annotations

from datetime import date
from typing import Any

from folios.models import Voucher
from night_audit import audit, shell  # noqa: F401 - registers the questions
from night_audit.audit import Audited
from night_audit.models.audits import Audit, AuditStep
from tests.frontoffice.house import AUDITOR, House, day


class PowerCut(BaseException):
    """The process is gone; nothing after this line happens."""


def run(house: House, number: int | None = None, **options: Any) -> Audited:
    """Audits the day that waits, or the one of that number."""
    given = {"report": None} | options
    return audit.run(house.sessions, AUDITOR, day=None if number is None else day(number), **given)


def night_charges(house: House) -> list[tuple[str | None, date]]:
    """Key and business date of each room charge."""
    return [(each.key, each.business_date) for each in house.rows(Voucher, kind="charge", sender="night")]


def states(house: House) -> dict[date, str]:
    return {each.business_date: each.status for each in house.rows(Audit)}


def steps(house: House, number: int) -> dict[str, str]:
    return {each.step: each.status for each in house.rows(AuditStep, business_date=day(number))}
