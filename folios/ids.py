"""Row ids drawn before a row is written, so that rows which point at each other go in with one statement each."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session


def next_ids(session: Session, column: InstrumentedAttribute[Any], count: int) -> list[int]:
    """`count` new ids for a table. Gaps are normal; on SQLite the writing unit of work keeps others away meanwhile."""
    table, name = column.property.columns[0].table.name, column.property.columns[0].name
    if session.get_bind().dialect.name == "postgresql":
        sequence = sa.func.pg_get_serial_sequence(table, name)
        drawn = sa.select(sa.func.nextval(sequence)).select_from(sa.func.generate_series(1, count).alias())
        return list(session.connection().execute(drawn).scalars())
    highest: int = session.connection().execute(sa.select(sa.func.coalesce(sa.func.max(column), 0))).scalar_one()
    return list(range(highest + 1, highest + 1 + count))
