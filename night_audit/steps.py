"""What each step of the audit does to the books and the house. Each function is one unit of work, or a part of one.

They find for themselves what is left to do, so that each may be repeated. Their order and record: `audit.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios import backup, business_day
from folios.db import SessionSource, engine_of
from folios.errors import DayNotReady, Refusal
from folios.folios import close_paid_receivables
from frontoffice import night_rows
from frontoffice.fixed_charges import due_fixed_charges, post_fixed_charges
from frontoffice.forced_shifts import force_shifts
from frontoffice.models.stays import Stay
from frontoffice.no_show_fees import due_fees, post_fees
from frontoffice.reservations import mark_no_shows
from frontoffice.room_charges import AT_ONCE, charge_nights, uncharged_nights
from frontoffice.rooms import soil_slept_in_rooms
from frontoffice.stays import extend
from night_audit.rules import Rules
from night_audit.seals import seal_day
from night_audit.totals import write_figures, write_totals

Report = Callable[[SessionSource, date, str], dict[str, Any]]
BackUp = Callable[[SessionSource, date], dict[str, Any]]

PACK = "night_audit.reports.pack"


def decide(session: Session, day: date, rules: Rules, operator: str) -> dict[str, int]:
    """What an audit that nobody attends may decide by the rules; what it cannot stays on the checklist."""
    counted: dict[str, int] = {}
    if rules.extend_due_outs:
        counted["extended"] = _extend_due_outs(session, day, operator)
    if rules.force_shifts:
        counted["forced_shifts"] = len(force_shifts(session, operator))
    return counted


def _extend_due_outs(session: Session, day: date, operator: str) -> int:
    """Keeps who did not leave for one more night; whoever cannot stay (the room is given away) is left to a person."""
    due = sa.select(Stay.id).where(Stay.status == "in_house", Stay.departure <= day).order_by(Stay.id)
    extended = 0
    for stay_id in session.scalars(due).all():
        try:
            with session.begin_nested():
                extend(session, stay_id, day + timedelta(days=1), operator)
            extended += 1
        except Refusal:
            session.expire_all()
    return extended


def roll(session: Session, day: date, operator: str, unseen: bool) -> None:
    """Opens the next date. Refuses (`DayNotReady`) when another day is open by now."""
    if business_day.open_date(session) != day:
        raise DayNotReady(day=day, status=business_day.standing(session, day))
    business_day.roll(session, operator, unseen=unseen)


def post_some(session: Session, day: date, operator: str, rules: Rules) -> dict[str, int]:
    """Does one piece of what is left: no-shows, their fees, nights, fixed charges. Nothing counted: all is done."""
    no_shows = mark_no_shows(session, day, operator)
    if no_shows:
        return {"no_shows": len(no_shows)}
    fees = due_fees(session, day, rules.fee, most=AT_ONCE)
    if fees:
        posted = post_fees(session, fees, operator)
        return {"no_show_fees": len(posted), "posted_minor": sum(each.total_minor for each in posted)}
    nights = uncharged_nights(session, day=day, most=AT_ONCE)
    if nights:
        posted = charge_nights(session, nights, operator, auditing=True)
        return {"nights": len(posted), "posted_minor": sum(each.total_minor for each in posted)}
    due = due_fixed_charges(session, day, most=AT_ONCE)
    if due:
        posted = post_fixed_charges(session, due, operator, auditing=True)
        return {"fixed_charges": len(posted), "posted_minor": sum(each.total_minor for each in posted)}
    return {}


def close(session: Session, day: date, operator: str) -> dict[str, int]:
    """Soils the rooms slept in, closes accounts that were paid, writes balances and totals, closes the day."""
    counted = {
        "rooms_soiled": soil_slept_in_rooms(session, day),
        "accounts_closed": close_paid_receivables(session, operator),
        "over_limit": len(night_rows.limits(session, day)),
        "late_charges": len(night_rows.late_charges(session, day)),
    }
    business_day.close_day(session, day, operator)
    write_figures(session, day)
    return counted | {"codes": write_totals(session, day)}


def seal(session: Session, day: date, operator: str) -> dict[str, int]:
    """Seals the day. Refuses (`SealRefused`) rows that were changed after they were written."""
    sealed = seal_day(session, day, operator)
    return {"vouchers": sealed.vouchers, "postings": sealed.postings}


def store_pack(sessions: SessionSource, day: date, operator: str) -> dict[str, Any]:
    """Makes and stores the reports of a sealed day; `failed` names those that could not be made."""
    pack: Any = _pack_module()
    if pack is None:
        return {"reports": 0}
    stored = pack.store(sessions, day, operator, draft=False)
    return {"reports": len(stored.reports), "failed": stored.failed}


def back_up(sessions: SessionSource, day: date) -> dict[str, Any]:
    """A backup named after the day that was closed, where the settings name a folder. Refuses as `backup.make` does."""
    plan = backup.planned(engine_of(sessions))
    if plan is None:
        return {}
    made = backup.make(sessions, plan, day)
    return {"backup": made.path.name, "backup_bytes": made.size_bytes, "backup_seconds": made.seconds}


def draft_pack(session: Session, day: date) -> Any:
    """The reports of a rehearsed day as drafts, stored nowhere; None where there are no reports."""
    pack: Any = _pack_module()
    return None if pack is None else pack.rehearsed(session, day)


def _pack_module() -> Any:
    """The reports are a part of this floor that may be left out."""
    package = PACK.rpartition(".")[0]
    return import_module(PACK) if find_spec(package) is not None else None
