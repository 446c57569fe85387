"""What the night audit and the reports add on the floor below: questions of the checklist, a word in the top bar when
the audit stopped, a look whether it is missing; menu items, the keys of the screens, items of the set-up.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.errors import N_
from frontoffice import mail_worker, night_checks, night_rows, readiness
from frontoffice.keys import SCREENS, Screen
from frontoffice.language import gettext as _
from frontoffice.shell import MENU, STATUSES, MenuItem
from night_audit.clockwork import failed_last, look_for_missing
from night_audit.models.audits import Audit

ITEMS = (
    MenuItem("/night-audit", N_("Night audit"), "day.close", "g n"),
    MenuItem("/morning", N_("Morning"), "report.read", "g m"),
    MenuItem("/reports", N_("Reports"), "report.read", "g e", also=("/exports",)),
)
SET_UP = (
    (readiness.Item("figures", "/set-up/figures", "report.set_up"), N_("How figures are worked out")),
    (readiness.Item("ledger_accounts", "/set-up/ledger-accounts", "ledger.export"), N_("Accounts of the back office")),
)
KEYS = (
    Screen(
        "audit",
        N_("Night audit"),
        "day.close",
        (
            ("s", N_("Start the audit")),
            ("c", N_("Take up the audit")),
            ("r", N_("Rehearse")),
            ("u", N_("Rules")),
            ("l", N_("Clock")),
            ("m", N_("Calls and the morning's pack")),
            ("d", N_("Draft reports")),
            ("p", N_("All in one PDF")),
        ),
    ),
    Screen(
        "drafts",
        N_("Draft reports"),
        "day.close",
        (("p", N_("As PDF")), ("x", N_("As XLSX")), ("c", N_("As CSV")), ("j", N_("As JSON"))),
    ),
    Screen(
        "morning",
        N_("Morning"),
        "report.read",
        (("m", N_("Manager's report")), ("a", N_("All reports")), ("p", N_("Print"))),
    ),
    Screen(
        "reports",
        N_("Reports"),
        "report.read",
        (
            ("ArrowLeft", N_("The day before")),
            ("ArrowRight", N_("The day after")),
            ("p", N_("As a PDF; all in one PDF")),
            ("x", N_("As a workbook")),
            ("c", N_("As a CSV file")),
            ("j", N_("As JSON")),
            ("m", N_("Morning")),
            ("b", N_("Budgets")),
            ("e", N_("Ledger export")),
            ("[", N_("The lines before these")),
            ("]", N_("The lines after these")),
        ),
    ),
    Screen(
        "budgets",
        N_("Budgets"),
        "report.read",
        (
            ("ArrowLeft", N_("The year before")),
            ("ArrowRight", N_("The year after")),
            ("u", N_("From a file")),
            ("c", N_("As a CSV file")),
        ),
    ),
    Screen("exports", N_("Ledger export"), "ledger.export", (("n", N_("Export days")), ("a", N_("Accounts")))),
)


def join() -> None:
    """Adds it all; again: nothing."""
    if told_stopped not in STATUSES:
        STATUSES.append(told_stopped)
    if look_for_missing not in mail_worker.LOOKS:
        mail_worker.LOOKS.append(look_for_missing)
    here = next(place for place, item in enumerate(MENU) if item.address == "/trail")
    MENU[here:here] = [item for item in ITEMS if item not in MENU]
    SCREENS.extend(screen for screen in KEYS if screen not in SCREENS)
    for item, title in SET_UP:
        readiness.add(item, title, {})


def told_stopped(session: Session) -> str | None:
    """An audit that stopped and waits for somebody, or could not begin at its time. One statement."""
    return _("Night audit stopped") if session.scalar(_STOPPED) else None


# Every page asks this: put together once.
_STOPPED = sa.select(sa.or_(sa.exists().where(Audit.status == "stopped"), failed_last().scalar_subquery() == "failed"))


# Before what the outlets ask: whoever audits without pages has these.
night_checks.CHECKS[:0] = [each for each in night_rows.CHECKS if each not in night_checks.CHECKS]
