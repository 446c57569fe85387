"""The audit as long work: asked for on its page, done by the worker beside the pages, watched on the page meanwhile."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from folios.db import SessionSource
from folios.errors import N_
from frontoffice import jobs
from frontoffice.jobs import Claimed, Progress, Result
from frontoffice.language import gettext as _
from frontoffice.views.jobs import KIND_WORDS, LOOKED_AT
from night_audit import audit, drafts
from night_audit.rehearsal import Rehearsed, rehearse

RUN = "night_audit.run"
KIND_WORDS |= {RUN: N_("Night audit"), drafts.REHEARSE: N_("Rehearsal of the night audit")}
LOOKED_AT[drafts.REHEARSE] = (N_("Draft reports"), "/night-audit/draft")


@jobs.kind(RUN)
def run(sessions: SessionSource, job: Claimed, _progress: Progress) -> Result:
    """Audits the day it was asked for; begun again, it takes up what its worker left."""
    day = date.fromisoformat(job.arguments["day"])
    resuming = bool(job.arguments["resuming"]) or job.attempt > 1
    done = audit.run(sessions, job.operator, day=day, resuming=resuming)
    told = json.dumps({"day": day.isoformat(), "counts": done.counts, "failures": done.failures}, indent=2)
    notice = _("The day is closed, but: {why}", why="; ".join(done.failures.values())) if done.failures else None
    return Result(f"audit-{day}.json", "application/json", told.encode(), notice)


@jobs.kind(drafts.REHEARSE)
def rehearse_it(sessions: SessionSource, job: Claimed, _progress: Progress) -> Result:
    """Rehearses; the file says what would come out, marked as a draft. `drafts` reads the reports from it."""
    return told(rehearse(sessions, job.operator))


def told(done: Rehearsed) -> Result:
    """A rehearsal as the file of its job."""
    content = json.dumps(as_record(done), indent=2, ensure_ascii=False, default=str).encode()
    notice = None if done.stopped is None else _("It would not go through: {why}", why=done.stopped)
    return Result(f"draft-{done.day}.json", "application/json", content, notice)


def as_record(done: Rehearsed) -> dict[str, Any]:
    """A rehearsal as it is printed with --json."""
    return {
        "draft": True,
        "day": done.day.isoformat(),
        "stopped": done.stopped,
        "checks": [{"code": each.code, "severity": each.severity, "count": each.count} for each in done.findings],
        "counts": {} if done.audited is None else done.audited.counts,
        "reports": {name: json.loads(content) for name, content in done.pack.reports.items()} if done.pack else {},
    }
