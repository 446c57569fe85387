"""Rows of a day on their way into the tables: gathered, then written at once by the fastest way each database has.

Values are what the database's own language takes as text: dates and moments in ISO 8601, JSON as it is stored.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import InstrumentedAttribute, Session

from folios.ids import next_ids

AT_ONCE = 2_000
CACHE_KB = 256_000

# In the order in which one may point at the other.
TABLES: dict[str, tuple[str, ...]] = {
    "guest": ("id", "surname", "first_names", "language", "country", "search_name", "version"),
    "folio": (
        "id",
        "number",
        "type",
        "ledger",
        "name",
        "currency",
        "status",
        "house_limit_minor",
        "exempt_from",
        "balance_minor",
        "opened_on",
        "version",
    ),
    "stay": (
        "id",
        "status",
        "nature",
        "room_type_id",
        "room_id",
        "guest_id",
        "company_id",
        "rate_code",
        "adults",
        "children",
        "arrival",
        "departure",
        "booked_on",
        "cancelled_on",
        "checked_in_on",
        "payment_method",
        "deposit_folio_id",
        "version",
    ),
    "stay_night": (
        "stay_id",
        "date",
        "room_type_id",
        "room_id",
        "rate_code",
        "price_minor",
        "override_reason",
        "overridden_by",
    ),
    "stay_window": ("stay_id", "window_number", "folio_id"),
    "room_outage": ("room_id", "kind", "from_date", "to_date", "reason"),
    "shift": (
        "id",
        "cashier",
        "drawer_folio_id",
        "status",
        "opened_at",
        "opened_on",
        "float_minor",
        "closed_at",
        "closed_on",
        "closed_by",
        "expected_minor",
        "counted_minor",
        "dropped_minor",
        "version",
    ),
    "shift_count": ("shift_id", "value_minor", "pieces"),
    "voucher": (
        "id",
        "kind",
        "business_date",
        "written_at",
        "currency",
        "operator",
        "outlet",
        "shift",
        "sender",
        "key",
        "check_number",
        "covers",
        "reference",
        "reason",
        "authorised_by",
        "corrects_voucher_id",
    ),
    "posting": (
        "id",
        "voucher_id",
        "line",
        "parent_line",
        "business_date",
        "debit_folio_id",
        "credit_folio_id",
        "amount_minor",
        "code",
        "quantity",
        "text",
        "tax_base_minor",
        "tax_rate_ppm",
        "source_posting_id",
        "source_side",
        "origin_posting_id",
    ),
    "event": ("at", "business_date", "operator", "action", "subject", "after"),
}


class Rows:
    """What is to be written, by table."""

    def __init__(self) -> None:
        self.of: dict[str, list[tuple[Any, ...]]] = {table: [] for table in TABLES}

    def movements(self) -> dict[int, int]:
        """By how much the postings move each folio: debits less credits, in minor units."""
        moved: dict[int, int] = defaultdict(int)
        debit, credit, amount = map(TABLES["posting"].index, ("debit_folio_id", "credit_folio_id", "amount_minor"))
        for row in self.of["posting"]:
            moved[row[debit]] += row[amount]
            moved[row[credit]] -= row[amount]
        return moved

    def write(self, session: Session) -> None:
        """Writes everything into the session's transaction, and forgets it."""
        session.flush()
        driver: Any = session.connection().connection.driver_connection
        on_sqlite = session.get_bind().dialect.name == "sqlite"
        for table, rows in self.of.items():
            if rows:
                (_insert if on_sqlite else _copy)(driver, table, rows)
                rows.clear()


def trust_references(session: Session) -> None:
    """What is written until the end of the unit of work need not be looked up for what it points at, if we may say so.

    PostgreSQL lets those who own the server; they save most of the time. `frontoffice verify` looks it all up.
    """
    if session.get_bind().dialect.name == "postgresql":
        with suppress(ProgrammingError), session.begin_nested():
            session.execute(sa.text("SET LOCAL session_replication_role = replica"))


def hasten(engine: Engine) -> None:
    """The same on a SQLite file, whose connections say so when they begin; a power cut may cost it the last days."""
    event.listen(engine, "connect", _hurry)
    engine.dispose()


def rest(engine: Engine) -> None:
    """Connections are again as they are everywhere."""
    event.remove(engine, "connect", _hurry)
    engine.dispose()


def _hurry(connection: Any, _record: Any) -> None:
    for pragma in ("foreign_keys = OFF", "synchronous = NORMAL", f"cache_size = -{CACHE_KB}"):
        connection.execute(f"PRAGMA {pragma}")


def _copy(driver: Any, table: str, rows: list[tuple[Any, ...]]) -> None:
    with driver.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(TABLES[table])}) FROM STDIN") as copy:
        write_row = copy.write_row
        for row in rows:
            write_row(row)


def _insert(driver: Any, table: str, rows: list[tuple[Any, ...]]) -> None:
    columns = TABLES[table]
    marks = ", ".join("?" * len(columns))
    driver.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows)  # noqa: S608 # nosec B608 - ours


def numbers(session: Session, column: InstrumentedAttribute[Any]) -> Iterator[int]:
    """New ids for a table, one after the other; for as long as this unit of work is the only one that writes it."""
    if session.get_bind().dialect.name == "sqlite":
        yield from count(next_ids(session, column, 1)[0])
    while True:
        yield from next_ids(session, column, AT_ONCE)
