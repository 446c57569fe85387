"""What the bridge adds to the frame of every page and to the set-up: menu items, a status, an item of its own."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from folios.errors import N_
from frontoffice import readiness
from frontoffice.shell import MENU, STATUSES, MenuItem
from pos_bridge import outlets_shown, suspense
from pos_bridge.models.outlets import Outlet, Terminal

ITEMS = (
    MenuItem("/outlets", N_("Outlets"), "outlet.watch", "g b"),
    MenuItem("/suspense", N_("Suspense"), "suspense.place", "g x"),
)
SET_UP = readiness.Item(
    "outlets",
    "/set-up/outlets",
    "outlet.set_up",
    counted=(("outlets", N_("outlets")), ("terminals", N_("terminals"))),
    needs=(
        ("outlets", N_("No outlet yet: terminals of restaurant and bar cannot charge rooms.")),
        ("booked_outlets", N_("An outlet has neither codes nor articles: nothing it sends can be booked.")),
        ("terminals", N_("No terminal yet: outlets have nothing to send charges with.")),
        ("keyed_terminals", N_("A terminal has no key: it cannot send anything.")),
    ),
)


def join() -> None:
    """Adds it all; again: nothing."""
    here = next(place for place, item in enumerate(MENU) if item.address == "/trail")
    MENU[here:here] = [item for item in ITEMS if item not in MENU]
    if suspense.status not in STATUSES:
        STATUSES.append(suspense.status)
    counts = {
        "outlets": lambda: readiness.count(Outlet, Outlet.active),
        "terminals": lambda: readiness.count(Terminal, Terminal.active),
        "booked_outlets": lambda: _all_of(outlets_shown.codeless_outlets()),
        "keyed_terminals": lambda: _all_of(outlets_shown.keyless_terminals()),
    }
    readiness.add(SET_UP, N_("Outlets and terminals"), counts)


def _all_of(lacking: sa.ScalarSelect[Any]) -> sa.ScalarSelect[Any]:
    """1 unless something lacks it."""
    return sa.select(sa.case((lacking > 0, 0), else_=1)).scalar_subquery()
