"""What the night audit adds on the floor below: questions of the checklist, a word in the top bar when it stopped."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from frontoffice import night_checks, night_rows
from frontoffice.language import gettext as _
from frontoffice.shell import STATUSES
from night_audit.models.audits import Audit


def join() -> None:
    """Adds it all; again: nothing."""
    if told_stopped not in STATUSES:
        STATUSES.append(told_stopped)


def told_stopped(session: Session) -> str | None:
    """An audit that stopped and waits for somebody."""
    day = session.scalar(sa.select(Audit.business_date).where(Audit.status == "stopped"))
    return None if day is None else _("Night audit stopped")


night_checks.add(*night_rows.CHECKS)
