"""What the clock starts: its jobs with their next times, and how the last ones went."""

from __future__ import annotations

from folios.db import reading
from folios.errors import N_
from frontoffice.app import db
from frontoffice.views.access import needs
from frontoffice.views.pages import page
from night_audit import clockwork

STATE_WORDS = {"running": N_("under way"), "done": N_("done"), "failed": N_("failed")}
JOB_WORDS = {"night-audit": N_("Night audit")}


@needs("day.close")
def show() -> str:
    """The jobs and their runs."""
    with reading(db.session) as session:
        shown = {"jobs": clockwork.jobs(session), "runs": clockwork.runs(session)}
        return page("night_audit/audit/clock.html", states=STATE_WORDS, words=JOB_WORDS, **shown)
