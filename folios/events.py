"""The audit trail: one event per change, written in the same unit of work as the change itself.

Also the one way to edit a record that carries a version: `amend`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios import clock
from folios.errors import ChangedMeanwhile
from folios.models import BusinessDay, Event

_OPEN_DAY = sa.select(BusinessDay.business_date).where(BusinessDay.status == "open")


class Versioned(Protocol):
    """A record with an optimistic lock."""

    version: Any


def record(
    session: Session,
    action: str,
    subject: str,
    operator: str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    authorised_by: str | None = None,
) -> None:
    """Writes one event. `action` is dotted (`stay.room.moved`), `subject` names one thing (`stay:12`).

    `authorised_by` is who allowed it; where that is not the operator, it stands with what was after.
    """
    record_all(session, action, operator, [(subject, before, authorised(after, operator, authorised_by))])


def authorised(after: Mapping[str, Any] | None, operator: str, authorised_by: str | None) -> Mapping[str, Any] | None:
    """What was after, with who allowed it where that is not the operator."""
    return after if authorised_by in (None, operator) else {**(after or {}), "authorised_by": authorised_by}


def record_all(
    session: Session,
    action: str,
    operator: str,
    changes: Sequence[tuple[str, Mapping[str, Any] | None, Mapping[str, Any] | None]],
) -> None:
    """Writes the same action for many subjects: (subject, before, after) each."""
    if not changes:
        return
    business_date = session.execute(_OPEN_DAY).scalar_one_or_none()
    at = clock.now()
    session.execute(
        sa.insert(Event),
        [
            {
                "at": at,
                "business_date": business_date,
                "operator": operator,
                "action": action,
                "subject": subject,
                "before": _plain(before),
                "after": _plain(after),
            }
            for subject, before, after in changes
        ],
    )


def amend(
    session: Session,
    row: Versioned,
    seen_version: int,
    changes: Mapping[str, Any],
    action: str,
    subject: str,
    operator: str,
    authorised_by: str | None = None,
) -> bool:
    """Sets `changes` on a record that was read at `seen_version`, and records what was before and after.

    Returns whether anything changed. Refuses (`ChangedMeanwhile`, naming field, their value and yours) when somebody
    saved in between.
    """
    session.flush()
    session.refresh(row, with_for_update={"key_share": True})
    if row.version != seen_version:
        theirs = {name: getattr(row, name) for name, value in changes.items() if getattr(row, name) != value}
        changed = [f"{name}: {value} / {changes[name]}" for name, value in theirs.items()]
        raise ChangedMeanwhile(
            record=subject, changed=changed or [f"version {row.version}"], theirs=theirs, version=row.version
        )
    before = {name: getattr(row, name) for name, value in changes.items() if getattr(row, name) != value}
    if not before:
        return False
    for name in before:
        setattr(row, name, changes[name])
    session.flush()
    after = {name: changes[name] for name in before}
    record(session, action, subject, operator, before, after, authorised_by)
    return True


def _plain(values: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if values is None:
        return None
    moments = (date, datetime, time)
    return {name: value.isoformat() if isinstance(value, moments) else value for name, value in values.items()}
