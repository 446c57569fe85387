"""The manager's report: the house in figures on the day, in the month and in the year to date, beside the same of last
year and the budget; under each key figure the rule it was worked out by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.errors import N_
from folios.models import BusinessDay
from night_audit.reports import addresses, budgets, counting, key_figures, turnover
from night_audit.reports.definition import Asked, Column, Line, Note, Part, Report, same_day_last_year
from night_audit.reports.key_figures import Counts

ROOMS, KEY_FIGURES, REVENUE = N_("Rooms and guests"), N_("Key figures"), N_("Revenue")
COUNTED = (
    ("inventory", N_("Rooms of the house"), ""),
    ("long_out", N_("Out for six months or more"), ""),
    ("out_of_order", N_("Out of order"), N_("for a shorter time")),
    ("available", N_("Rooms available"), ""),
    ("sold", N_("Rooms sold"), N_("slept in and paid for; a day use is no night")),
    ("complimentary", N_("Complimentary"), ""),
    ("house_use", N_("House use"), ""),
    ("guests", N_("Guests"), N_("in all rooms slept in")),
    ("arrivals", N_("Arrivals"), N_("with day uses and walk-ins")),
    ("walk_ins", N_("Walk-ins"), N_("booked on the day of arrival")),
    ("departures", N_("Departures"), N_("with day uses")),
    ("no_shows", N_("No-shows"), ""),
    ("cancellations", N_("Cancellations"), N_("told on the day")),
)
BUDGETED_COUNTS = {"sold", "guests"}


@dataclass(frozen=True, slots=True)
class Period:
    """One column: from when to when, what was counted and earned, or what was expected."""

    name: str
    first: date
    last: date
    counts: Counts | None
    departments: Mapping[str, int]
    budget: bool = False


def periods(session: Session, asked: Asked) -> list[Period]:
    """The nine columns. Before the ledger's first day, and without a budget, there is nothing to show; nothing is
    expected of days before it either, or a year that began elsewhere would be held against the rooms of a part of it.
    """
    found: list[Period] = []
    for suffix, day in (("", asked.day), ("_last_year", same_day_last_year(asked.day))):
        counted = counting.counts_to_date(session, day, asked.policy)
        earned = turnover.to_date(session, day)
        for name, first in (("day", day), ("month", day.replace(day=1)), ("year", day.replace(month=1, day=1))):
            departments = _departments(earned, name)
            total, rooms = sum(departments.values()), departments.get(turnover.ROOMS, 0)
            counts = replace(counted[name], total_revenue=total, room_revenue=rooms)
            known = counts if counts.inventory or counts.total_revenue else None
            found.append(Period(f"{name}{suffix}", first, day, known, departments))
    begun = session.scalar(sa.select(sa.func.min(BusinessDay.business_date))) or asked.day
    for name, first in (("day", asked.day), ("month", asked.month), ("year", asked.year)):
        amounts = budgets.expected(session, max(first, begun), asked.day)
        real = next(each.counts for each in found if each.name == name) or Counts()
        shares = {each.removeprefix(budgets.REVENUE): amount for each, amount in (amounts or {}).items()}
        wanted = None if amounts is None else budgets.as_counts(amounts, real)
        found.append(Period(f"{name}_budget", first, asked.day, wanted, shares, budget=True))
    return found


def _departments(earned: Iterable[turnover.ToDate], period: str) -> dict[str, int]:
    """What each department that moved in a period brought."""
    found: dict[str, int] = {}
    for each in earned:
        minor = {"day": each.day.net_minor, "month": each.month_minor, "year": each.year_minor}[period]
        found[each.day.department] = found.get(each.day.department, 0) + minor
    return found


def manager_lines(session: Session, asked: Asked) -> Iterator[Line]:
    """Counts, key figures, revenue by department."""
    columns = periods(session, asked)
    deduct = asked.policy.deduct_out_of_order
    for name, title, rule in COUNTED:
        shown = _available_rule(asked) if name == "available" else rule
        of = _available(asked) if name == "available" else name
        yield _line(ROOMS, title, shown, "count", columns, _counted(name, deduct), of)
    for each in key_figures.FIGURES:
        rule = each.rule
        if each.name == "yield" and asked.policy.rack_rate is None:
            rule = N_("no rack rate is set")

        def worked_out(period: Period, each: key_figures.Figure = each) -> int | None:
            if period.counts is None or (period.budget and not each.budgeted):
                return None
            return each.work_out(period.counts, period.counts.available(deduct))

        yield _line(KEY_FIGURES, each.title, rule, each.kind, columns, worked_out, each.of, figure=each.name)
    names = sorted({name for each in columns for name in each.departments if name not in _COUNTS}, key=turnover.usali)
    for department in names:
        yield _line(REVENUE, department, "", "money", columns, _earned(department), f"department:{department}")
    total = N_("all departments, without taxes, after corrections and allowances")
    yield _line(REVENUE, N_("Total operated revenue"), total, "money", columns, _total, "total_revenue")


_COUNTS = {budgets.SOLD, budgets.GUESTS}


def _available(asked: Asked) -> str:
    """The list of the rooms that count as available."""
    return "available_in_order" if asked.policy.deduct_out_of_order else "available"


def _available_rule(asked: Asked) -> str:
    deduct = asked.policy.deduct_out_of_order
    return key_figures.AVAILABLE_RULE_DEDUCTED if deduct else key_figures.AVAILABLE_RULE


def _counted(name: str, deduct: bool) -> Callable[[Period], int | None]:
    def figure(period: Period) -> int | None:
        if period.counts is None or (period.budget and name not in BUDGETED_COUNTS):
            return None
        return period.counts.available(deduct) if name == "available" else int(getattr(period.counts, name))

    return figure


def _earned(department: str) -> Callable[[Period], int | None]:
    return lambda period: None if period.counts is None else period.departments.get(department, 0)


def _total(period: Period) -> int | None:
    return None if period.counts is None else period.counts.total_revenue


def _line(
    section: str,
    title: str,
    rule: str,
    kind: str,
    columns: list[Period],
    worked_out: Callable[[Period], int | None],
    of: str,
    **facts: str,
) -> Line:
    values = {"section": section, "figure": title, "rule": rule} | {each.name: worked_out(each) for each in columns}
    opens = {
        each.name: addresses.BUDGETS if each.budget else figure_address(of, each.first, each.last, **facts)
        for each in columns
        if values[each.name] is not None
    }
    return Line(values, opens, kind)


def figure_address(of: str, first: date, last: date, **facts: str) -> str:
    """What a figure of the report was made from, postings or stays; `figure` names the key figure that is asked for."""
    if of == "total_revenue":
        return addresses.postings(first, last, "revenue", code_kind="charge", **facts)
    if of == "room_revenue":
        return addresses.postings(first, last, "revenue", code_kind="charge", department=turnover.ROOMS, **facts)
    if of.startswith("department:"):
        return addresses.postings(first, last, "revenue", code_kind="charge", department=of.partition(":")[2])
    return addresses.stays(of, first, last, **facts)


def _manager_notes(session: Session, asked: Asked, lines: list[Line]) -> Iterator[Note]:
    figures = {line.values["figure"]: line.values["day"] for line in lines}
    ledger = sum(each.net_minor for each in turnover.by_code(session, asked.day, asked.day))
    yield Note(
        N_("Total operated revenue of the day is what the control folios of revenue moved: {ledger_minor}."),
        {"ledger_minor": ledger},
        {"ledger_minor": figure_address("total_revenue", asked.day, asked.day)},
    )
    sold, available = figures[N_("Rooms sold")] or 0, figures[N_("Rooms available")] or 0
    if sold > available:
        yield Note(
            N_("Occupancy is above 100 %: {sold} rooms were sold, {available} were available. The house was oversold."),
            {"sold": sold, "available": available},
            {
                "sold": figure_address("sold", asked.day, asked.day),
                "available": figure_address(_available(asked), asked.day, asked.day),
            },
        )


def _period_columns() -> tuple[Column, ...]:
    titles = (
        ("day", N_("Day")),
        ("month", N_("Month to date")),
        ("year", N_("Year to date")),
        ("day_last_year", N_("Day, last year")),
        ("month_last_year", N_("Month, last year")),
        ("year_last_year", N_("Year, last year")),
        ("day_budget", N_("Day, budget")),
        ("month_budget", N_("Month, budget")),
        ("year_budget", N_("Year, budget")),
    )
    return tuple(Column(name, title, "figure") for name, title in titles)


MANAGER = Report(
    name="manager",
    title=N_("Manager's report"),
    question=N_("How did the house do, against last year and the budget?"),
    section=N_("Revenue"),
    parts=(
        Part(
            name="figures",
            title=N_("The house in figures"),
            columns=(
                Column("section", N_("Section"), "word"),
                Column("figure", N_("Figure"), "word"),
                Column("rule", N_("Rule"), "word", under=True),
                *_period_columns(),
            ),
            lines=manager_lines,
            group="section",
            notes=_manager_notes,
            empty=N_("There is no house yet."),
        ),
    ),
    wide=True,
)

REPORTS = (MANAGER,)
