"""How the house audits: what is decided without asking anybody, when the clock begins, who is told. Kept in one row."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.codes import catalogue
from folios.errors import N_, Refusal
from folios.events import amend, record
from frontoffice.language import languages
from frontoffice.mail_line import MailAddressInvalid, read_address
from frontoffice.no_show_fees import Fee
from night_audit.models.audits import NO_SHOWS, PACK_FILES, AuditRules

SUBJECT = "night_audit_rules:1"
MOST_HOURS, MOST_DAYS, WHOLE_NIGHT = 23, 366, 100
MOST_ADDRESSES = 10
FILE_FORMS = ("pdf", "xlsx", "csv", "json")
_BETWEEN = re.compile(r"[\s,;]+")
_FILE = re.compile(rf"[a-z0-9-]{{1,40}}\.(?:{'|'.join(FILE_FORMS)})")


class RulesInvalid(Refusal):
    code = "audit_rules.invalid"
    message = N_("Hours are from 0 to 23, days from 1 to 366, and no-shows are marked or asked for.")


class TooManyAddresses(Refusal):
    """`field` is where they were typed."""

    code = "mail_addresses.too_long"
    message = N_("At most {most} addresses. Use one that reaches several people.")


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
    mail_language: str | None = None
    call_to: str = ""
    call_after_hours: int | None = 3
    pack_to: str = ""
    pack_files: str = PACK_FILES
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

    Refuses `RulesInvalid`, `FeePercentInvalid`, a code that is no charge, what is no address (`MailAddressInvalid`,
    naming the field) or too many of them, and, when somebody saved in between, `ChangedMeanwhile`.
    """
    hours, days, after = wanted.minimum_hours, wanted.most_days, wanted.call_after_hours
    possible = 0 <= hours <= MOST_HOURS and 1 <= days <= MOST_DAYS and (after is None or 1 <= after <= MOST_HOURS)
    known = wanted.mail_language in (None, *languages()) and all(map(_FILE.fullmatch, wanted.pack_files.split()))
    if wanted.no_shows not in NO_SHOWS or not (possible and known):
        raise RulesInvalid
    if wanted.no_show_percent is not None and not 1 <= wanted.no_show_percent <= WHOLE_NIGHT:
        raise FeePercentInvalid
    if wanted.no_show_code is not None:
        catalogue(session).code(wanted.no_show_code, "charge")
    kept = replace(
        wanted,
        call_to="\n".join(read_addresses(wanted.call_to, "call_to")),
        pack_to="\n".join(read_addresses(wanted.pack_to, "pack_to")),
    )
    changes: dict[str, Any] = {name: getattr(kept, name) for name in _NAMES}
    return amend(session, rules_row(session), seen_version, changes, "audit_rules.amended", SUBJECT, operator)


def read_addresses(text: str, field: str) -> list[str]:
    """The addresses in a text, each once, with anything between them. Refuses as `set_rules`."""
    found: dict[str, None] = {}
    for each in filter(None, _BETWEEN.split(text)):
        try:
            found[read_address(each)] = None
        except MailAddressInvalid as refusal:
            raise MailAddressInvalid(**refusal.params, field=field) from None
    if len(found) > MOST_ADDRESSES:
        raise TooManyAddresses(most=MOST_ADDRESSES, field=field)
    return list(found)
