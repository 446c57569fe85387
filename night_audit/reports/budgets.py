"""What is expected of each month: rooms sold, guests, and revenue by department; a day has its share of the month.

Typed in or read from a file with a line per month (CSV or XLSX). The parts of a month always add up to it.
"""

from __future__ import annotations

import calendar
import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from zipfile import BadZipFile

import sqlalchemy as sa
from python_calamine import CalamineError, CalamineWorkbook
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from folios import events
from folios.business_day import hold_open_day
from folios.codes import DEPARTMENTS
from folios.errors import N_, DatabaseBusy, Refusal
from folios.ledger import currency
from folios.models import TransactionCode
from folios.money import MOST_MINOR, allocate, minor_digits
from night_audit.reports.key_figures import Counts
from night_audit.reports.models import Budget
from night_audit.reports.turnover import ROOMS, usali

SOLD, GUESTS = "rooms_sold", "guests"
REVENUE = "revenue:"  # before the name of a department
MOST_ROWS = 600
MOST_BYTES = 1_000_000


class BudgetInvalid(Refusal):
    code = "budget.invalid"
    message = N_("{figure} of {month} is {typed}: a budget is a figure of zero or more that is not absurd.")


class BudgetFileInvalid(Refusal):
    code = "budget_file.invalid"
    message = N_(
        "This file is no budget: {cause}. Its first line names the columns: month (such as 2026-03), rooms_sold, "
        "guests and departments; each further line is a month."
    )


class MonthInvalid(Refusal):
    code = "month.invalid"
    message = N_("There is no month {month}. Write it as year and month, such as 2026-03.")


def departments(session: Session) -> list[str]:
    """The departments that earn something, in USALI's order."""
    found = session.scalars(sa.select(TransactionCode.department).where(TransactionCode.kind == "charge").distinct())
    return sorted(found, key=usali)


def figures(session: Session) -> list[str]:
    """What a month can be budgeted by: words of `Budget.figure`."""
    return [SOLD, GUESTS, *(f"{REVENUE}{each}" for each in departments(session))]


def read_month(text: str) -> date:
    """The first day of a month written as 2026-03. Refuses `MonthInvalid`."""
    try:
        return datetime.strptime(text.strip()[:7], "%Y-%m").date()  # noqa: DTZ007 - a month, not a moment
    except ValueError:
        raise MonthInvalid(month=text[:20]) from None


def of_year(session: Session, year: int) -> dict[date, dict[str, int]]:
    """The budgets of a year's months, by figure."""
    rows = session.scalars(sa.select(Budget).where(Budget.month.between(date(year, 1, 1), date(year, 12, 31))))
    found: dict[date, dict[str, int]] = {date(year, month, 1): {} for month in range(1, 13)}
    for row in rows:
        found[row.month][row.figure] = row.amount
    return found


def set_month(session: Session, month: date, amounts: Mapping[str, int | None], operator: str) -> None:
    """Sets what is expected of a month: rooms and guests as they are, revenue in minor units; None takes one out.

    Refuses figures that are below zero or absurd (`BudgetInvalid`).
    """
    set_months(session, {month: amounts}, operator)


def set_months(session: Session, months: Mapping[date, Mapping[str, int | None]], operator: str) -> None:
    """The same for many months, all or none."""
    hold_open_day(session)
    for month, amounts in sorted(months.items()):
        if month.day != 1:
            raise MonthInvalid(month=str(month))
        known = {each.figure: each for each in session.scalars(sa.select(Budget).where(Budget.month == month))}
        before = {name: each.amount for name, each in known.items()}
        for figure, amount in amounts.items():
            if amount is not None and not 0 <= amount <= MOST_MINOR:
                raise BudgetInvalid(figure=figure, month=f"{month:%Y-%m}", typed=amount)
            if amount is None:
                if figure in known:
                    session.delete(known[figure])
            elif figure in known:
                known[figure].amount = amount
            else:
                session.add(Budget(month=month, figure=figure[:60], amount=amount))
        try:
            session.flush()
        except (IntegrityError, StaleDataError):
            raise DatabaseBusy from None  # somebody set the same month at this instant: the next attempt finds it
        after = before | {name: amount for name, amount in amounts.items() if amount is not None}
        after = {name: amount for name, amount in after.items() if amounts.get(name, 0) is not None}
        if after != before:
            events.record(session, "budget.set", f"budget:{month:%Y-%m}", operator, before, after)


# --- a period's share -----------------------------------------------------------------------------------------


def expected(session: Session, first: date, last: date) -> dict[str, int] | None:
    """What is expected from `first` to `last`, by figure; None where no month of them has a budget."""
    rows = session.scalars(sa.select(Budget).where(Budget.month.between(first.replace(day=1), last)))
    found: dict[str, int] = {}
    for row in rows:
        begins, ends = max(first, row.month), min(last, _end(row.month))
        shares = allocate(row.amount, [1] * _end(row.month).day)
        found[row.figure] = found.get(row.figure, 0) + sum(shares[begins.day - 1 : ends.day])
    return found or None


def as_counts(amounts: Mapping[str, int], counted: Counts) -> Counts:
    """A budget in the shape of counts, over the rooms that there really were."""
    revenue = {name: amount for name, amount in amounts.items() if name.startswith(REVENUE)}
    return Counts(
        inventory=counted.inventory,
        long_out=counted.long_out,
        out_of_order=counted.out_of_order,
        rack=counted.rack,
        sold=amounts.get(SOLD, 0),
        guests=amounts.get(GUESTS, 0),
        room_revenue=revenue.get(f"{REVENUE}{ROOMS}", 0),
        total_revenue=sum(revenue.values()),
    )


def _end(month: date) -> date:
    return month.replace(day=calendar.monthrange(month.year, month.month)[1])


# --- reading a file -------------------------------------------------------------------------------------------


def read_file(session: Session, content: bytes) -> dict[date, dict[str, int | None]]:
    """The months of a CSV or XLSX file, with revenue in minor units; amounts with a decimal point. Refuses any other
    file (`BudgetFileInvalid`), an unknown column, and what is no figure (`BudgetInvalid`)."""
    if not content or len(content) > MOST_BYTES:
        raise BudgetFileInvalid(cause=N_("it is empty or too large"))
    rows = _workbook(content) if content.startswith(b"PK") else _text(content)
    if len(rows) < 2 or len(rows) > MOST_ROWS:
        raise BudgetFileInvalid(cause=N_("it has no months, or too many"))
    columns = _columns(session, rows[0])
    digits = minor_digits(currency(session))
    months: dict[date, dict[str, int | None]] = {}
    for row in rows[1:]:
        if not any(str(cell).strip() for cell in row):
            continue
        cells = dict(zip(columns, row, strict=False))
        month = _month(cells.pop("month", ""))
        months[month] = {name: _figure(name, month, cell, digits) for name, cell in cells.items()}
    return months


def _columns(session: Session, head: Sequence[object]) -> list[str]:
    """The figure of each column; a department may be written with or without `revenue:` before it."""
    known = {each.casefold(): each for each in ("month", *figures(session))}
    known |= {each.casefold(): f"{REVENUE}{each}" for each in (*departments(session), *DEPARTMENTS)}
    found = [known.get(str(cell).strip().casefold()) for cell in head]
    unknown = [str(cell) for cell, name in zip(head, found, strict=True) if name is None]
    if unknown or "month" not in found:
        raise BudgetFileInvalid(cause=", ".join(unknown)[:80] or N_("no column is called month"))
    return [str(name) for name in found]


def _month(cell: object) -> date:
    if isinstance(cell, date):
        return date(cell.year, cell.month, 1)
    return read_month(str(cell))


def _figure(name: str, month: date, cell: object, digits: int) -> int | None:
    text = str(cell).strip()
    if not text:
        return None
    try:
        exact = Decimal(text) * (10**digits if name.startswith(REVENUE) else 1)
        if not exact.is_finite() or exact != exact.to_integral_value():
            raise InvalidOperation
    except InvalidOperation:
        raise BudgetInvalid(figure=name, month=f"{month:%Y-%m}", typed=text[:30]) from None
    return int(exact)


def _text(content: bytes) -> list[list[str]]:
    try:
        text = content.decode("utf-8-sig")
        dialect = csv.Sniffer().sniff(text.splitlines()[0], delimiters=",;\t")
        return [row for row in csv.reader(io.StringIO(text, newline=""), dialect, strict=True) if row]
    except (UnicodeDecodeError, csv.Error, IndexError) as error:
        raise BudgetFileInvalid(cause=str(error)) from None


def _workbook(content: bytes) -> list[list[object]]:
    try:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
        return [list(row) for row in sheet.to_python(skip_empty_area=True)]
    except (CalamineError, BadZipFile, ValueError, IndexError) as error:
        raise BudgetFileInvalid(cause=str(error)) from None


def as_rows(months: Mapping[date, Mapping[str, int]], names: Iterable[str], digits: int) -> list[list[str]]:
    """Budgets as the lines of a file that `read_file` takes."""
    chosen = list(names)
    rows = [["month", *chosen]]
    for month, amounts in sorted(months.items()):
        cells = [amounts.get(name) for name in chosen]
        written = (_written(name, cell, digits) for name, cell in zip(chosen, cells, strict=True))
        rows.append([f"{month:%Y-%m}", *written])
    return rows


def _written(name: str, amount: int | None, digits: int) -> str:
    if amount is None:
        return ""
    return str(Decimal(f"{amount}e-{digits}")) if name.startswith(REVENUE) else str(amount)
