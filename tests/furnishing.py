"""What a database can be furnished with before a test begins: once for all tests of a worker, which get copies."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.engine import Engine

FURNISHERS: dict[str, Callable[[Engine], None]] = {}
"""By the name of the fixture that promises it; the fullest first."""
