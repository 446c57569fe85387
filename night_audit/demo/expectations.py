"""What the demo's owner expects of each month, and how the house works out its figures."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from datetime import date, timedelta

from sqlalchemy.orm import Session

from night_audit.demo.hotel import ADMIN
from night_audit.demo.plan import Plan
from night_audit.reports import budgets, settings

A_DAY = {
    budgets.SOLD: 44,
    budgets.GUESTS: 80,
    f"{budgets.REVENUE}Rooms": 4_500_00,
    f"{budgets.REVENUE}Food and beverage": 320_00,
    f"{budgets.REVENUE}Other operated departments": 560_00,
}


def expect(session: Session, plan: Plan) -> None:
    """Enters a budget for each month of the demo, and the rack rate that yield is measured against."""
    months = {
        month: {figure: amount * calendar.monthrange(month.year, month.month)[1] for figure, amount in A_DAY.items()}
        for month in _months(plan.first, plan.today)
    }
    budgets.set_months(session, months, ADMIN)
    settings.set_policy(
        session, 0, deduct_out_of_order=False, rack_rate="BAR", aging_percents="1 2 10 30 60", operator=ADMIN
    )


def _months(first: date, last: date) -> Iterator[date]:
    month = first.replace(day=1)
    while month <= last:
        yield month
        month = (month + timedelta(days=31)).replace(day=1)
