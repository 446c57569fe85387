"""Rows that a worker holds for a while: claimed until a moment it puts off while it lives, given back when it died.

For any table with `id`, `status`, `worker` and `lease_until`, such as mails and slips. How a row is claimed, and what
becomes of one that was lost, is the table's own; see `mail_worker.py` and `pos_bridge.print_claims`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios import clock


@dataclass(frozen=True, slots=True)
class Leases:
    """The leases on the rows of a table; `held` is the status of a row while a worker has it."""

    table: Any
    held: str

    @property
    def run_out(self) -> Any:
        """Whether a row is held by a worker that gave no sign of life in time."""
        return sa.and_(self.table.status == self.held, self.table.lease_until < clock.now())

    def lost(self, session: Session) -> list[Any]:
        """The rows of the dead, locked, in order; those that somebody else is giving back are left to them."""
        lost = sa.select(self.table).where(self.run_out).order_by(self.table.id).with_for_update(skip_locked=True)
        return list(session.scalars(lost.execution_options(populate_existing=True)))

    def mine(self, session: Session, row_id: int, worker: str) -> Any:
        """The row, locked, if it is still this worker's; else None."""
        row = session.get(self.table, row_id, with_for_update=True, populate_existing=True)
        return row if row is not None and row.status == self.held and row.worker == worker else None

    def write(self, session: Session, row_id: int, worker: str, **values: Any) -> bool:
        """Writes to the row if it is still this worker's; whether it was."""
        mine = (self.table.id == row_id, self.table.status == self.held, self.table.worker == worker)
        changed = sa.update(self.table).where(*mine).values(values).returning(self.table.id)
        return session.execute(changed.execution_options(synchronize_session=False)).first() is not None
