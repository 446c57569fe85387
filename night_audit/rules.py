"""How the house audits: what is decided without asking anybody, and when the clock begins. Kept in one row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.codes import catalogue
from folios.errors import N_, Refusal
from folios.events import amend, record
from frontoffice.no_show_fees import Fee
from night_audit.models.audits import NO_SHOWS, AuditRules

SUBJECT = "night_audit_rules:1"
MOST_HOURS, MOST_DAYS, WHOLE_NIGHT = 23, 366, 100


class RulesInvalid(Refusal):
    code = "audit_rules.invalid"
    message = N_("Hours are from 0 to 23, days from 1 to 366, and no-shows are marked or asked for.")


class FeePercentInvalid(Refusal):
    code = "fee_percent.invalid"
    message = N_("The fee of a no-show is from 1 to 100 percent of the first night. Leave it empty for none.")


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules as an audit goes by them; see `AuditRules` for what each says."""

    no_shows: str = "mark"
    extend_due_outs: bool = False
    force_shifts: bool = False
    minimum_hours: int = 12
    most_days: int = 3
    run_at: time | None = None
    no_show_percent: int | None = None
    no_show_code: str | None = None

    @property
    def fee(self) -> Fee | None:
        """What is charged for not coming; None: nothing."""
        return None if self.no_show_percent is None else Fee(self.no_show_percent, self.no_show_code)


_NAMES = tuple(Rules.__dataclass_fields__)


def rules(session: Session) -> Rules:
    """The rules of the house as they are now; those of a new hotel where none were kept."""
    row = session.execute(sa.select(*[getattr(AuditRules, name) for name in _NAMES])).one_or_none()
    return Rules() if row is None else Rules(*row)


def version(session: Session) -> int:
    """The version of the rules, for the form that edits them."""
    return session.scalar(sa.select(AuditRules.version)) or 1


def rules_row(session: Session) -> AuditRules:
    """The row of the rules, with its version."""
    found = session.get(AuditRules, 1, populate_existing=True)
    if found is None:
        found = AuditRules(id=1, no_shows="mark", minimum_hours=12, most_days=3)
        session.add(found)
        session.flush()
        record(session, "audit_rules.added", SUBJECT, "setup")
    return found


def set_rules(session: Session, seen_version: int, wanted: Rules, operator: str) -> bool:
    """Saves the rules that were edited at `seen_version`; returns whether anything changed.

    Refuses `RulesInvalid`, `FeePercentInvalid`, a code that is no charge, and, when somebody saved in between,
    `ChangedMeanwhile`.
    """
    hours, days = wanted.minimum_hours, wanted.most_days
    if wanted.no_shows not in NO_SHOWS or not (0 <= hours <= MOST_HOURS and 1 <= days <= MOST_DAYS):
        raise RulesInvalid
    if wanted.no_show_percent is not None and not 1 <= wanted.no_show_percent <= WHOLE_NIGHT:
        raise FeePercentInvalid
    if wanted.no_show_code is not None:
        catalogue(session).code(wanted.no_show_code, "charge")
    changes: dict[str, Any] = {name: getattr(wanted, name) for name in _NAMES}
    return amend(session, rules_row(session), seen_version, changes, "audit_rules.amended", SUBJECT, operator)
