"""Statements that are compiled once for each kind of database, for the paths where Core's own work is most of the cost.

They run as text through the same connection: SQLAlchemy's events see them and its errors wrap the driver's. What comes
back is as the driver gives it: a date is text on SQLite.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy.engine import Connection, CursorResult, Dialect
from sqlalchemy.sql.expression import ClauseElement

Row = Mapping[str, Any]


class Prepared:
    """A statement whose parameters are given by name, each as the type of its column takes it; constants stay in it.

    `statements` by the name of their dialect; `columns` are those that an INSERT is given. No list may be a parameter.
    """

    def __init__(self, statements: Mapping[str, ClauseElement], columns: Sequence[str] | None = None) -> None:
        self._statements = statements
        self._columns = columns
        self._compiled: dict[str, tuple[str, Callable[[Row], Any]]] = {}

    def run(self, connection: Connection, given: Row | Sequence[Row]) -> CursorResult[Any]:
        """Runs it for a row, or for each of several in one go; names it does not know are left alone."""
        dialect = connection.dialect
        if dialect.name not in self._compiled:
            self._compiled[dialect.name] = self._compile(dialect)
        text, parameters = self._compiled[dialect.name]
        if isinstance(given, Mapping):
            return connection.exec_driver_sql(text, parameters(given))
        return connection.exec_driver_sql(text, list(map(parameters, given)))

    def _compile(self, dialect: Dialect) -> tuple[str, Callable[[Row], Any]]:
        compiled: Any = self._statements[dialect.name].compile(dialect=dialect, column_keys=self._columns)
        taken = {
            name: bound.type.dialect_impl(dialect).bind_processor(dialect) for name, bound in compiled.binds.items()
        }
        constants = {
            name: take(bound.value) if (take := taken[name]) else bound.value
            for name, bound in compiled.binds.items()
            if not bound.required and bound.value is not None
        }
        asked = {name: take for name, take in taken.items() if name not in constants}

        def given(row: Row) -> dict[str, Any]:
            return constants | {name: take(row[name]) if take else row[name] for name, take in asked.items()}

        if not compiled.positional:
            return compiled.string, given
        placed = [(name, taken[name]) for name in compiled.positiontup]
        if not constants:
            return compiled.string, lambda row: tuple([take(row[name]) if take else row[name] for name, take in placed])

        def in_order(row: Row) -> tuple[Any, ...]:
            values = given(row)
            return tuple([values[name] for name, _ in placed])

        return compiled.string, in_order
