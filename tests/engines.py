"""What all engines of a test run share, as all requests to one server do: the statements that were compiled.

Every test has a database of its own, and so engines of its own. SQLAlchemy compiles a statement once for an engine,
which would be once for every test: a quarter of the whole run. Connections, the copies that the house keeps for an
engine, and whatever listens to one are each engine's own, as ever.
"""

from __future__ import annotations

from threading import Lock

from sqlalchemy.engine import Connection, Dialect, Engine
from sqlalchemy.util import LRUCache

from folios import db

MOST_STATEMENTS = 5_000


class Kind:
    """What engines of one kind of database share."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.compiled: LRUCache[object, object] = LRUCache(MOST_STATEMENTS)
        self._ask = dialect.initialize
        self._asked = False
        self._asking = Lock()

    def initialize(self, connection: Connection) -> None:
        """What the dialect wants to know of the server is asked by the first connection of all."""
        with self._asking:
            if not self._asked:
                self._ask(connection)
                self._asked = True


_kinds: dict[str, Kind] = {}
_prepare_engine = db.prepare_engine


def _prepare_alike(engine: Engine) -> Engine:
    own = engine.dialect
    kind = _kinds.setdefault(own.name, Kind(own))
    own.initialize = kind.initialize  # type: ignore[method-assign]
    engine.dialect, engine._compiled_cache = kind.dialect, kind.compiled
    return _prepare_engine(engine)


def share_statements() -> None:
    """From now on, for the engines that the house opens. Called before anything takes `prepare_engine` by its name."""
    db.prepare_engine = _prepare_alike
