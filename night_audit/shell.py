"""What the night audit adds on the floor below: questions of the checklist, a word in the top bar when it stopped."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.errors import N_
from frontoffice import night_checks, night_rows
from frontoffice.keys import SCREENS, Screen
from frontoffice.language import gettext as _
from frontoffice.shell import MENU, STATUSES, MenuItem
from night_audit.clockwork import failed_last
from night_audit.models.audits import Audit

ITEM = MenuItem("/night-audit", N_("Night audit"), "day.close", "g n")
SCREEN = Screen(
    "audit",
    N_("Night audit"),
    "day.close",
    (
        ("s", N_("Start the audit")),
        ("c", N_("Take up the audit")),
        ("r", N_("Rehearse")),
        ("u", N_("Rules")),
        ("l", N_("Clock")),
    ),
)


def join() -> None:
    """Adds it all; again: nothing."""
    if ITEM not in MENU:
        MENU.insert(next(place for place, item in enumerate(MENU) if item.address == "/trail"), ITEM)
    if SCREEN not in SCREENS:
        SCREENS.append(SCREEN)
    if told_stopped not in STATUSES:
        STATUSES.append(told_stopped)


def told_stopped(session: Session) -> str | None:
    """An audit that stopped and waits for somebody."""
    day = session.scalar(sa.select(Audit.business_date).where(Audit.status == "stopped"))
    return _("Night audit stopped") if day is not None or failed_last(session) else None


# Before what the outlets ask: whoever audits without pages has these.
night_checks.CHECKS[:0] = [each for each in night_rows.CHECKS if each not in night_checks.CHECKS]
