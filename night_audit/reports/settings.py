"""What the hotel decided about its figures: whether short-term out-of-order rooms count as available, which rate is the
rack rate, and what part of an old receivable will probably not be paid.
"""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from folios import events
from folios.errors import N_, DatabaseBusy, Refusal
from frontoffice.rates import get_rate
from night_audit.reports.aging import BOUNDS
from night_audit.reports.definition import Policy
from night_audit.reports.models import ReportPolicy


class PercentsInvalid(Refusal):
    code = "report_percents.invalid"
    message = N_("Write {count} whole percentages from 0 to 100 with spaces between, or nothing: one for each bucket.")


def policy(session: Session) -> Policy:
    """What was decided; a hotel that decided nothing has the rules of USALI and no rack rate."""
    row = session.get(ReportPolicy, 1)
    if row is None:
        return Policy()
    return Policy(row.deduct_out_of_order, row.rack_rate, tuple(map(int, row.aging_percents.split())))


def standing(session: Session) -> ReportPolicy:
    """The row to edit; one that is not there yet has version 0."""
    return session.get(ReportPolicy, 1) or ReportPolicy(
        id=1, deduct_out_of_order=False, rack_rate=None, aging_percents="", version=0
    )


def set_policy(
    session: Session,
    seen_version: int,
    *,
    deduct_out_of_order: bool,
    rack_rate: str | None,
    aging_percents: str | None,
    operator: str,
) -> ReportPolicy:
    """Decides it, as it was seen at `seen_version`; reports stored before keep the rule they were made by.

    Refuses an unknown rate, percentages that are none (`PercentsInvalid`), and `ChangedMeanwhile`.
    """
    if rack_rate is not None:
        get_rate(session, rack_rate)
    changes = {
        "deduct_out_of_order": deduct_out_of_order,
        "rack_rate": rack_rate,
        "aging_percents": _percents(aging_percents or ""),
    }
    row = session.get(ReportPolicy, 1)
    if row is None:
        row = ReportPolicy(id=1, version=1, **changes)
        try:
            with session.begin_nested():
                session.add(row)
        except IntegrityError:
            raise DatabaseBusy from None  # somebody decided at this instant: the next attempt finds what
        events.record(session, "report.policy.set", "report_policy:1", operator, None, changes)
        return row
    events.amend(session, row, seen_version, changes, "report.policy.set", "report_policy:1", operator)
    return row


def _percents(text: str) -> str:
    parts = text.replace("/", " ").split()
    good = all(part.isascii() and part.isdigit() and int(part) <= 100 for part in parts)
    if not good or len(parts) not in (0, len(BOUNDS) + 1):
        raise PercentsInvalid(count=len(BOUNDS) + 1)
    return " ".join(str(int(part)) for part in parts)
