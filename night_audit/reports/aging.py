"""How old is what is owed: one aging over every folio of the city ledger, by the day on which it came to the account.

Payments and other credits that name no line pay what is oldest; what a correction or a transfer took off a line is
taken off that line. So what is open is always the newest of what was charged, up to the balance.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from folios.errors import N_, WORDS
from folios.models import BusinessDay, ClosingBalance, Posting
from folios.money import half_up
from night_audit.reports import addresses, balances
from night_audit.reports.asking import FIRST, FOLIOS, LAST
from night_audit.reports.definition import Asked, Column, Line, Note, Part, Report

BOUNDS = (30, 60, 90, 120)
"""The last day of each bucket but the last, counted from the day on which something came to the account."""


def bucket(age_days: int, bounds: Sequence[int] = BOUNDS) -> int:
    """The bucket of something that is so many days old: 30 days are in the first, 31 in the second."""
    return next((number for number, bound in enumerate(bounds) if age_days <= bound), len(bounds))


def aged(balance_minor: int, debits: Mapping[int, int]) -> dict[int, int]:
    """A balance over the buckets: the newest debits first, what they do not explain in the oldest bucket.

    `debits` are what each bucket but the oldest was charged. The oldest bucket's number is one above their highest.
    """
    left, found = balance_minor, {}
    for number in sorted(debits):
        found[number] = min(left, max(debits[number], 0))
        left -= found[number]
    found[max(debits, default=-1) + 1] = left
    return found


def allowance(buckets: Sequence[int], percents: Sequence[int]) -> int:
    """What will probably not be paid, in minor units: each bucket at its percentage, rounded half up."""
    return sum(half_up(amount * percent, 100) for amount, percent in zip(buckets, percents, strict=True))


def buckets_of(session: Session, day: date, folio_ids: Sequence[int]) -> dict[int, dict[int, int]]:
    """What each folio was charged in each bucket but the oldest, less what was taken off those very lines.

    A closed day's debits are read from its closing balances, so that the cost follows the days, not the postings.
    """
    found: dict[int, dict[int, int]] = defaultdict(lambda: dict.fromkeys(range(len(BOUNDS)), 0))
    number = {day - timedelta(days=age): bucket(age) for age in range(BOUNDS[-1] + 1)}
    asked = {"first": min(number), "last": day, "folios": folio_ids}
    for statement, sign in ((_CHARGED, 1), (_TAKEN_OFF, -1)):
        for folio_id, posted_on, amount in session.execute(statement, asked) if folio_ids else ():
            found[folio_id][number[posted_on]] += sign * int(amount)
    return found


def _charged() -> Any:
    """The debits of each folio and day: of closed days as they were kept, of the others from the postings."""
    kept = sa.select(ClosingBalance.folio_id, ClosingBalance.business_date, ClosingBalance.debits_minor).where(
        ClosingBalance.folio_id.in_(FOLIOS), ClosingBalance.business_date.between(FIRST, LAST)
    )
    unclosed = sa.select(BusinessDay.business_date).where(
        BusinessDay.status != "closed", BusinessDay.business_date.between(FIRST, LAST)
    )
    since = (
        sa.select(
            Posting.debit_folio_id, Posting.business_date, sa.cast(sa.func.sum(Posting.amount_minor), sa.BigInteger)
        )
        .where(Posting.debit_folio_id.in_(FOLIOS), Posting.business_date.in_(unclosed))
        .group_by(Posting.debit_folio_id, Posting.business_date)
    )
    return sa.union_all(kept, since)


def _taken_off() -> Any:
    """What was taken off the lines of each folio and day, up to the end of the window, by what credits the folio."""
    line = aliased(Posting)
    return (
        sa.select(
            Posting.credit_folio_id, line.business_date, sa.cast(sa.func.sum(Posting.amount_minor), sa.BigInteger)
        )
        .join(line, line.id == Posting.source_posting_id)
        .where(
            Posting.credit_folio_id.in_(FOLIOS),
            Posting.business_date.between(FIRST, LAST),
            Posting.source_side.in_(("debit", "both")),
            line.business_date >= FIRST,
        )
        .group_by(Posting.credit_folio_id, line.business_date)
    )


_CHARGED, _TAKEN_OFF = _charged(), _taken_off()


def aging_lines(session: Session, asked: Asked) -> Iterator[Line]:
    """A line for each folio of the city ledger that does not stand at zero."""
    standing = [each for each in balances.folios(session, asked.day, "city") if each.closing_minor]
    charged = buckets_of(session, asked.day, [each.key for each in standing if each.closing_minor > 0])
    nothing = dict.fromkeys(range(len(BOUNDS)), 0)
    for each in sorted(standing, key=lambda each: (each.type, each.number)):
        owed = max(each.closing_minor, 0)
        spread = aged(owed, charged.get(each.key, nothing)) if owed else {**nothing, len(BOUNDS): 0}
        values = {
            "type": WORDS[each.type],
            "number": each.number,
            "name": each.name,
            **{f"bucket_{number}": amount for number, amount in spread.items()},
            "unapplied": min(each.closing_minor, 0),
            "balance": each.closing_minor,
        }
        opens = {"number": addresses.folio(each.key)}
        opens["balance"] = addresses.postings(None, asked.day, "balance", folio=each.key)
        if each.closing_minor < 0:
            opens["unapplied"] = opens["balance"]
        for number, (first, last) in enumerate(_periods(asked.day)):
            if spread[number]:
                opens[f"bucket_{number}"] = addresses.postings(first, last, "open", folio=each.key, on=asked.day)
        yield Line(values, opens)


def _periods(day: date) -> Iterator[tuple[date | None, date]]:
    """The first and last day of each bucket."""
    newest = day
    for bound in BOUNDS:
        yield day - timedelta(days=bound), newest
        newest = day - timedelta(days=bound + 1)
    yield None, newest


def _aging_notes(_session: Session, asked: Asked, lines: list[Line]) -> Iterator[Note]:
    yield Note(N_("The total is the city ledger of the trial balance. Age: days since it came to the account."))
    yield Note(N_("What names no line pays what is oldest; more paid than owed stands under unapplied."))
    if asked.policy.aging_percents:
        sums = [sum(line.values[f"bucket_{number}"] for line in lines) for number in range(len(BOUNDS) + 1)]
        yield Note(
            N_("Allowance for what will probably not be paid: {allowance_minor}, at {percents} % by bucket."),
            {
                "allowance_minor": allowance(sums, asked.policy.aging_percents),
                "percents": " / ".join(map(str, asked.policy.aging_percents)),
            },
        )


AGING = Report(
    name="aging",
    title=N_("Aging of receivables"),
    question=N_("How old is what companies, accounts, employees and card companies owe?"),
    section=N_("The books"),
    parts=(
        Part(
            name="folios",
            title=N_("Aging of receivables"),
            columns=(
                Column("type", N_("Folio type"), "word"),
                Column("number", N_("Folio")),
                Column("name", N_("Name")),
                Column("bucket_0", N_("0-30 days"), "money", total=True),
                Column("bucket_1", N_("31-60 days"), "money", total=True),
                Column("bucket_2", N_("61-90 days"), "money", total=True),
                Column("bucket_3", N_("91-120 days"), "money", total=True),
                Column("bucket_4", N_("Over 120 days"), "money", total=True),
                Column("unapplied", N_("Unapplied"), "money", total=True),
                Column("balance", N_("Balance"), "money", total=True),
            ),
            lines=aging_lines,
            group="type",
            notes=_aging_notes,
            empty=N_("Nobody outside the house owes anything."),
        ),
    ),
    wide=True,
)

REPORTS = (AGING,)
