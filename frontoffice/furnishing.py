"""What the floors above add to a hotel that is made up: its outlets, its printers.

A module of `frontoffice.app.MODULES` that has something to add has a module `furnishing` with `furnish(session,
operator)`. Whoever makes a hotel up calls it here and needs to know none of them.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from sqlalchemy.orm import Session

from frontoffice.app import MODULES


def furnish(session: Session, operator: str) -> dict[str, str]:
    """Furnishes a hotel with the starter chart (`frontoffice.setup`), once; returns what opens it, by its name.

    These are keys that cannot be looked up afterwards; whoever makes the hotel notes them.
    """
    given: dict[str, str] = {}
    for module in MODULES:
        if module != "frontoffice" and find_spec(f"{module}.furnishing") is not None:
            given |= import_module(f"{module}.furnishing").furnish(session, operator)
    return given
