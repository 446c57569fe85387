"""The reports of what was earned: departments in USALI's order, and taxes by rate."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from folios.errors import N_
from folios.models import Posting, TransactionCode
from folios.money import half_up
from night_audit.reports import addresses, turnover
from night_audit.reports.asking import DAY, of_day
from night_audit.reports.definition import Asked, Column, Line, Note, Part, Report

PERIODS = ("day", "month", "year")


def revenue_lines(session: Session, asked: Asked) -> Iterator[Line]:
    """A line for each code, the departments in USALI's order; all of them but taxes are revenue."""
    first = {"day": asked.day, "month": asked.month, "year": asked.year}
    for each in turnover.to_date(session, asked.day):
        today, code = each.day, each.day.code
        values = {
            "department": today.department,
            "code": code,
            "name": today.name,
            "posted": today.posted_minor,
            "taken": -today.taken_minor,
            "day": today.net_minor,
            "month": each.month_minor,
            "year": each.year_minor,
        }
        opens = {
            name: addresses.postings(first[name], asked.day, "revenue", code=code) for name in PERIODS if values[name]
        }
        if values["posted"]:
            opens["posted"] = addresses.postings(asked.day, asked.day, "revenue", code=code, taken=0)
        if values["taken"]:
            opens["taken"] = addresses.postings(asked.day, asked.day, "revenue", code=code, taken=1)
        yield Line(values, opens)


def _revenue_notes(_session: Session, _asked: Asked, _lines: list[Line]) -> Iterator[Note]:
    yield Note(N_("Revenue without taxes. Corrections and allowances count against the day on which they were posted."))
    yield Note(N_("Order of departments: Uniform System of Accounts for the Lodging Industry."))


DEPARTMENTAL_REVENUE = Report(
    name="departmental-revenue",
    title=N_("Departmental revenue"),
    question=N_("What did each department earn, on the day, in the month and in the year to date?"),
    section=N_("Revenue"),
    parts=(
        Part(
            name="codes",
            title=N_("Departmental revenue"),
            columns=(
                Column("department", N_("Department"), "word"),
                Column("code", N_("Code")),
                Column("name", N_("Name")),
                Column("posted", N_("Posted"), "money", total=True),
                Column("taken", N_("Taken back"), "money", total=True),
                Column("day", N_("Day"), "money", total=True),
                Column("month", N_("Month to date"), "money", total=True),
                Column("year", N_("Year to date"), "money", total=True),
            ),
            lines=revenue_lines,
            group="department",
            notes=_revenue_notes,
            empty=N_("Nothing was earned in this year yet."),
        ),
    ),
)


# --- taxes ----------------------------------------------------------------------------------------------------

_origin, _sign = aliased(Posting), turnover.sign_of_own()
_LEVIED = (
    TransactionCode.code,
    TransactionCode.name,
    _origin.tax_rate_ppm,
    _sign,
    Posting.amount_minor,
    _origin.tax_base_minor,
    _origin.amount_minor,
)
_TAXES = (
    sa.select(*_LEVIED, sa.func.count())
    .select_from(Posting)
    .join(TransactionCode, TransactionCode.code == Posting.code)
    .join(_origin, _origin.id == sa.func.coalesce(Posting.origin_posting_id, Posting.id))
    .where(Posting.business_date == DAY, TransactionCode.kind == "tax", _sign != 0)
    .group_by(*_LEVIED)
)


def tax_lines(session: Session, asked: Asked) -> Iterator[Line]:
    """A line for each tax and rate, with what it was levied on; what was taken back counts at the rate it had."""
    rows: Any = session.execute(_TAXES, of_day(asked.day))
    sums: dict[tuple[str, int, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for code, name, rate, turned, amount, base, whole, count in rows:
        of = sums[code, rate or 0, name]
        of[0] += turned * count * (half_up((base or 0) * amount, whole) if whole else 0)
        of[1] += turned * count * amount
        of[2] += count
    for (code, rate, name), (base, tax, count) in sorted(sums.items()):
        address = addresses.postings(asked.day, asked.day, "revenue", code=code, rate=rate)
        values = {"code": code, "name": name, "tax": tax, "count": count}
        values |= {"rate": rate, "base": base} if rate else {}
        levied = addresses.postings(asked.day, asked.day, "base", code=code, rate=rate)
        yield Line(values, {"tax": address, "rate": address, "base": levied, "count": address})


def _tax_notes(_session: Session, _asked: Asked, _lines: list[Line]) -> Iterator[Note]:
    yield Note(N_("The tax is what the control folios of the taxes were credited less what was taken back."))
    yield Note(N_("A tax without a rate is an amount per person and night, and has no base."))


TAX_BY_RATE = Report(
    name="tax-by-rate",
    title=N_("Tax by rate"),
    question=N_("Which taxes were charged, at which rate and on what?"),
    section=N_("Revenue"),
    parts=(
        Part(
            name="taxes",
            title=N_("Tax by rate"),
            columns=(
                Column("code", N_("Code")),
                Column("name", N_("Tax")),
                Column("rate", N_("Rate"), "rate"),
                Column("base", N_("Base"), "money"),
                Column("tax", N_("Tax amount"), "money", total=True),
                Column("count", N_("Postings"), "count", total=True),
            ),
            lines=tax_lines,
            notes=_tax_notes,
            empty=N_("No tax was charged."),
        ),
    ),
)

REPORTS = (DEPARTMENTAL_REVENUE, TAX_BY_RATE)
