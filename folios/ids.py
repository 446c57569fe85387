"""Row ids drawn before a row is written, so that rows which point at each other go in with one statement each."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import REGCLASS
from sqlalchemy.orm import InstrumentedAttribute, Session

# Looked up once, as a sub-select: beside `nextval` it would be looked up for each id.
_SEQUENCE = sa.select(
    sa.cast(sa.func.pg_get_serial_sequence(sa.bindparam("table"), sa.bindparam("column")), REGCLASS)
).scalar_subquery()
_DRAWN = sa.select(sa.func.nextval(_SEQUENCE)).select_from(
    sa.func.generate_series(1, sa.bindparam("count", type_=sa.Integer)).alias()
)


def next_ids(session: Session, column: InstrumentedAttribute[Any], count: int) -> list[int]:
    """`count` new ids for a table. Gaps are normal; on SQLite the writing unit of work keeps others away meanwhile."""
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        table, name = column.property.columns[0].table.name, column.property.columns[0].name
        return list(connection.execute(_DRAWN, {"table": table, "column": name, "count": count}).scalars())
    highest: int = connection.execute(_highest(column)).scalar_one()
    return list(range(highest + 1, highest + 1 + count))


@lru_cache
def _highest(column: InstrumentedAttribute[Any]) -> sa.Select[Any]:
    return sa.select(sa.func.coalesce(sa.func.max(column), 0))
