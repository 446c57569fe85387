"""For every address of the reports how to come by something that is there; `tests/frontoffice/places.py` has others."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios import clock
from folios.business_day import open_date
from folios.db import SessionSource, in_unit_of_work
from frontoffice.models.desk import Job
from night_audit import drafts, ledger_export, rehearsal, standing, steps, work
from night_audit.reports.models import LedgerExport

if TYPE_CHECKING:
    from tests.frontoffice.places import Objects

Place = Callable[["Objects"], str]
TODAY = "2026-03-01"


def exported(session: Session) -> int:
    """An export of the open day, which no rule would make: but it is there."""
    found = session.scalar(sa.select(LedgerExport).limit(1))
    if found is None:
        today = open_date(session)
        content = ledger_export.canonical(ledger_export.content_of(session, today, today))
        facts = {"content": zlib.compress(content), "sha256": hashlib.sha256(content).hexdigest()}
        found = LedgerExport(first_date=today, last_date=today, exported_at=clock.now(), exported_by="clerk", **facts)
        session.add(found)
        session.flush()
    return found.id


def _today(has: Objects) -> str:
    return has.house.do(open_date).isoformat()


def _posted(has: Objects) -> str:
    has.stay()
    return f"/reports/postings?first={TODAY}&last={TODAY}&measure=debit"


def _summed(has: Objects) -> str:
    has.stay()
    return f"/reports/journal-by-code/sum?date={_today(has)}&part=sums&column=amount"


def drafted(sessions: SessionSource) -> str:
    """Keeps what a rehearsal that went through leaves, whatever the checklist says; returns where it is shown."""

    def keep(session: Session) -> None:
        day = standing.next_day(session)
        kept = work.told(rehearsal.Rehearsed(day, (), None, steps.draft_pack(session, day), None))
        facts = {"arguments": {"day": day.isoformat()}, "operator": "clerk", "language": "en"}
        file = {"result": kept.content, "result_name": kept.name, "result_type": kept.media_type}
        times = {"created_at": clock.now(), "finished_at": clock.now()}
        session.add(Job(kind=drafts.REHEARSE, status="done", **facts, **file, **times))

    in_unit_of_work(sessions, keep)
    return "/night-audit/draft"


DEEDS: dict[str, Place] = {
    "/reports/budgets/<month>/edit": lambda _has: "/reports/budgets/2026-03/edit",
    "/set-up/ledger-account/<path:subject>/edit": lambda _has: "/set-up/ledger-account/folio%3AROOM/edit",
}
PAGES: dict[str, Place] = {
    "/reports/<name>": lambda has: f"/reports/trial-balance?date={_today(has)}",
    "/reports/<name>/sum": _summed,
    "/night-audit/draft": lambda has: drafted(has.house.sessions),
    "/night-audit/draft/pack.pdf": lambda has: f"{drafted(has.house.sessions)}/pack.pdf",
    "/night-audit/draft/<name>": lambda has: f"{drafted(has.house.sessions)}/trial-balance",
    "/night-audit/draft/<name>/file": lambda has: f"{drafted(has.house.sessions)}/trial-balance/file?form=csv",
    "/reports/<name>/file": lambda has: f"/reports/trial-balance/file?date={_today(has)}&form=csv",
    "/reports/postings": _posted,
    "/reports/stays": lambda has: f"/reports/stays?of=occupied&first={TODAY}&last={_today(has)}",
    "/exports/<int:export_id>/file": lambda has: f"/exports/{has.house.do(exported)}/file",
}
