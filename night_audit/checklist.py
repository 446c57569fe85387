"""The checklist of a day: every question with what was found, how grave it is, and what has been accepted, by whom.

The questions themselves are the front office's and the outlets' (`frontoffice.night_checks`), but for those about the
clock and about the house's rules, which stand here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios import clock
from folios.errors import N_, Refusal, shown
from folios.events import record
from folios.models import BusinessDay
from folios.texts import clean_text
from frontoffice.models.property import Property
from frontoffice.night_checks import BLOCK, CHECKS, WARN, Check, Row
from frontoffice.no_show_fees import due_fees
from night_audit.models.audits import MOST_REASON, Acceptance
from night_audit.rules import Rules

OK = "ok"
SHOWN_IN_REFUSAL = 3


class CheckUnknown(Refusal):
    code = "audit_check.unknown"
    message = N_("{check} is not on the checklist.")


class NothingToAccept(Refusal):
    code = "audit_check.nothing_to_accept"
    message = N_("There is nothing to accept any more: what was found has been mended.")


class NotAcceptable(Refusal):
    code = "audit_check.not_acceptable"
    message = N_("This cannot be accepted, only mended: the audit could not close the day with it.")


class FoundMeanwhile(Refusal):
    code = "audit_check.changed"
    message = N_("What was found is not what you saw any more. Look at it again.")


class AcceptReasonMissing(Refusal):
    code = "audit_check.reason_missing"
    message = N_("Say why this may stay as it is.")


class AuditNotReady(Refusal):
    """Params: `day`, `found` (each finding in a line, by its code). `findings` are those that stop the audit."""

    code = "audit.not_ready"
    message = N_("{day} cannot be closed yet: {found}. Mend these, or accept them with a reason where that is allowed.")

    def __init__(self, *, day: date, findings: Sequence[Finding]) -> None:
        super().__init__(day=day, found="; ".join(told(each) for each in findings))
        self.findings = tuple(findings)

    def text(self, translate: Callable[[str], str] = lambda message: message, locale: str = "en") -> str:
        """The sentence, with every question of the checklist in the reader's language."""
        found = "; ".join(told(each, translate(each.title)) for each in self.findings)
        return translate(self.message).format(day=shown(self.params["day"], locale), found=found)


@dataclass(frozen=True, slots=True)
class Finding:
    """A question of the checklist and its answer. `severity` is ok when there are no rows, or they were accepted."""

    code: str
    title: str
    severity: str
    rows: tuple[Row, ...]
    address: str | None
    acceptable: bool
    accepted_by: str | None = None
    reason: str | None = None

    @property
    def count(self) -> int:
        """How many rows there are."""
        return len(self.rows)

    @property
    def rows_hash(self) -> str:
        """What tells these rows from others."""
        return hashlib.sha256("\n".join(sorted(row.what for row in self.rows)).encode()).hexdigest()


def checklist(session: Session, day: date, rules: Rules, *, only_held: bool = False) -> list[Finding]:
    """Every question about a day, the graver first where the order of work allows. One or two statements each."""
    accepted = _accepted(session, day)
    asked = [each for each in _checks(session, rules) if each.held or not only_held]
    return [_finding(session, each, day, accepted) for each in asked]


def stoppers(findings: Sequence[Finding]) -> list[Finding]:
    """Those that do not let the audit begin."""
    return [each for each in findings if each.severity == BLOCK]


def told(finding: Finding, name: str = "") -> str:
    """A finding in a line, for the log and the refusal: its name or code, how many, the first of its rows."""
    return f"{name or finding.code} ({finding.count}): {first_rows(finding, SHOWN_IN_REFUSAL)}"


def first_rows(finding: Finding, most: int) -> str:
    """The first rows of a finding, in a line that says whether there are more."""
    first = ", ".join(row.what for row in finding.rows[:most])
    return f"{first}{' …' if finding.count > most else ''}"


def as_record(finding: Finding) -> dict[str, Any]:
    """A finding as JSON has it."""
    return {
        "code": finding.code,
        "severity": finding.severity,
        "count": finding.count,
        "title": finding.title,
        "address": finding.address,
        "accepted_by": finding.accepted_by,
        "reason": finding.reason,
        "rows": [{"what": row.what, "address": row.address} for row in finding.rows],
    }


def accept(
    session: Session, day: date, code: str, rows_hash: str, reason: str | None, rules: Rules, operator: str
) -> None:
    """Accepts what a question found, as it was seen. Again, by anybody: nothing more happens.

    Refuses an unknown question, one without findings, one that can only be mended, other rows than those seen
    (`FoundMeanwhile`), and no reason.
    """
    check = next((each for each in _checks(session, rules) if each.code == code), None)
    if check is None:
        raise CheckUnknown(check=code)
    if not check.acceptable:
        raise NotAcceptable
    why = clean_text("reason", reason, MOST_REASON)
    if why is None:
        raise AcceptReasonMissing
    found = _finding(session, check, day, {})
    if not found.rows:
        raise NothingToAccept
    if found.rows_hash != rows_hash:
        raise FoundMeanwhile
    if session.get(Acceptance, (day, code, rows_hash)) is not None:
        return
    facts: dict[str, Any] = {"code": code, "rows_hash": rows_hash, "row_count": found.count, "reason": why}
    session.add(Acceptance(business_date=day, accepted_by=operator, accepted_at=clock.now(), **facts))
    session.flush()
    record(session, "audit_check.accepted", f"day:{day}", operator, None, {**facts, "rows": told(found)})


def _accepted(session: Session, day: date) -> dict[tuple[str, str], Acceptance]:
    rows = session.scalars(sa.select(Acceptance).where(Acceptance.business_date == day))
    return {(each.code, each.rows_hash): each for each in rows}


def _finding(session: Session, check: Check, day: date, accepted: dict[tuple[str, str], Acceptance]) -> Finding:
    rows = tuple(check.rows(session, day))
    severity = check.severity if rows else OK
    found = Finding(check.code, check.title, severity, rows, check.address, check.acceptable)
    by = accepted.get((check.code, found.rows_hash)) if rows else None
    if by is None or not check.acceptable:
        return found
    return replace(found, severity=OK, accepted_by=by.accepted_by, reason=by.reason)


def _checks(_session: Session, rules: Rules) -> list[Check]:
    """The list as the house's rules have it."""
    own = (
        Check("date", N_("A day that has not begun by the clock: is the clock right?"), _ahead, BLOCK),
        Check(
            "no_show_code",
            N_("Fees of no-shows whose code is switched off: switch it on, or choose another in the rules"),
            _fees_without_code(rules),
            BLOCK,
            acceptable=False,
            address="/night-audit/rules",
            held=True,
        ),
        Check("hours", N_("An audit not long after the last one"), _soon(rules.minimum_hours), BLOCK),
    )
    grave = {"arrivals": BLOCK if rules.no_shows == "ask" else WARN}
    checks = [replace(each, severity=grave.get(each.code, each.severity)) for each in CHECKS]
    return [*own, *(replace(each, acceptable=False) if each.code == "arrivals" else each for each in checks)]


def _fees_without_code(rules: Rules) -> Any:
    def rows(session: Session, day: date) -> list[Row]:
        """Who has not come, or may not come, and would be charged with a code that cannot be posted with."""
        fees = due_fees(session, day, rules.fee, states=("confirmed", "no_show"))
        return [Row(f"{each.code} · {each.stay_id}", f"/stays/{each.stay_id}") for each in fees if not each.code_active]

    return rows


# --- the clock ------------------------------------------------------------------------------------------------


def local_now(session: Session) -> datetime:
    """The time on the hotel's wall; UTC before there is a hotel."""
    zone = session.scalar(sa.select(Property.time_zone))
    return clock.now().astimezone(ZoneInfo(zone or "UTC"))


def _ahead(session: Session, day: date) -> list[Row]:
    today = local_now(session).date()
    return [Row(f"{day} > {today}")] if day > today else []


def _soon(hours: int) -> Any:
    def rows(session: Session, day: date) -> list[Row]:
        """A day that is not over by the clock is not closed soon after another; one that is over may be at any time."""
        now = local_now(session)
        last = session.scalar(sa.select(sa.func.max(BusinessDay.closed_at)))
        if last is None or day < now.date():
            return []
        # sqlite gives the maximum as the column's type does: aware, in UTC
        return [Row(f"{last.astimezone(now.tzinfo):%Y-%m-%d %H:%M}")] if now - last < timedelta(hours=hours) else []

    return rows
