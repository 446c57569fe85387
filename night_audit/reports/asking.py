"""What the statements of reports are asked with: parameters in place of values.

A statement stands in its module and is put together once, as that costs more than most of them take to be answered.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

DAY: Any = sa.bindparam("day", type_=sa.Date())
FIRST: Any = sa.bindparam("first", type_=sa.Date())
LAST: Any = sa.bindparam("last", type_=sa.Date())
FOLIOS: Any = sa.bindparam("folios", type_=sa.BigInteger(), expanding=True, literal_execute=True)  # numbers, and many


def of_day(day: date) -> dict[str, Any]:
    """What a statement with `DAY` alone is asked with."""
    return {"day": day}
