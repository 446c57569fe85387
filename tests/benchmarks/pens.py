"""A pen that fills a database in sets: as fast as it takes them, on both engines, by the same few words."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from datetime import date

import psycopg

MOST_ROWS = 600_000
NUMBERED = ("guest", "stay", "folio", "voucher", "posting", "event", "invoice")
"""The tables whose ids an insert gives, and the program counts on from."""


class Pen:
    """A connection that writes as fast as the database takes it, and the few words the two databases spell apart.

    Nothing is checked meanwhile: foreign keys and triggers rest.
    """

    def __init__(self, url: str, today: date) -> None:
        self.today = today
        self.on_sqlite = url.startswith("sqlite")
        self._connection: sqlite3.Connection | psycopg.Connection
        if self.on_sqlite:
            self._connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
            self.run("PRAGMA synchronous = OFF")  # foreign keys are off unless they are asked for
        else:
            self._connection = psycopg.connect(url.replace("+psycopg", ""), autocommit=True)
            with suppress(psycopg.errors.InsufficientPrivilege):
                self.run("SET session_replication_role = replica")
        self.run(
            "CREATE TEMP TABLE numbers AS WITH RECURSIVE counted(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM counted"
            f" WHERE n < {MOST_ROWS}) SELECT n FROM counted"
        )

    def run(self, text: str) -> None:
        """One statement."""
        self._connection.execute(text)

    def number(self, text: str) -> int:
        """What a statement answers; 0 for nothing."""
        row = self._connection.execute(text).fetchone()
        return int(row[0] or 0) if row else 0

    def insert(self, table: str, many: int, **columns: object) -> None:
        """So many rows; each column is an expression of `n`, which counts from 0."""
        values = ", ".join(str(each) for each in columns.values())
        self.run(f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM numbers WHERE n < {many} ORDER BY n")

    def day(self, since_today: object) -> str:
        """The date so many days after today."""
        if self.on_sqlite:
            return f"date('{self.today}', ({since_today}) || ' days')"
        return f"(DATE '{self.today}' + ({since_today})::int)"

    def json(self, text: str) -> str:
        return text if self.on_sqlite else f"({text})::json"

    def close(self) -> None:
        """Lets new rows follow on the old ones, and the database look at what it has."""
        if not self.on_sqlite:
            for table in NUMBERED:
                self.run(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
            self.run("VACUUM")
        self.run("ANALYZE")
        self._connection.close()
