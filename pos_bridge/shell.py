"""What the bridge adds on the floor below: menu items, the keys of its screens, a status, an item of the set-up, the
outlets that a stop can name, the tills' totals, what is cleared away when it is old, and what is asked before a day
is closed.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.errors import N_
from frontoffice import charge_stops, readiness, till_totals
from frontoffice.jobs import CHORES
from frontoffice.keys import PAGES, SCREENS, Screen
from frontoffice.shell import MENU, STATUSES, MenuItem
from pos_bridge import link_states, news, night_rows, outlets_shown, suspense, wake_ups, z_totals
from pos_bridge.fias_desk import received
from pos_bridge.models.outlets import Outlet, Terminal
from pos_bridge.requests import forget_inquiries

ITEMS = (
    MenuItem("/outlets", N_("Outlets"), "outlet.watch", "g b"),
    MenuItem("/wake-ups", N_("Wake-up calls"), "stay.read", "g w"),
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


KEYS = (
    Screen(
        "monitor",
        N_("Outlets"),
        "outlet.watch",
        (
            ("u", N_("Suspense")),
            ("q", N_("Print queue")),
            ("e", N_("Set-up")),
            ("o", N_("Older")),
            ("v", N_("Voucher")),
        ),
    ),
    Screen(
        "print_queue",
        N_("Print queue"),
        "print.manage",
        (
            ("p", N_("Printers")),
            ("r", N_("Try again")),
            ("m", N_("Move")),
            ("c", N_("Print a copy")),
            ("x", N_("Cancel the slip")),
        ),
    ),
    Screen(
        "outlets",
        N_("Outlets and terminals"),
        "outlet.set_up",
        (
            ("n", N_("New outlet")),
            ("l", N_("Links")),
            ("c", N_("Codes of the lines")),
            ("t", N_("New terminal")),
            ("a", N_("New article")),
            ("f", N_("New tariff")),
            ("e", N_("Edit")),
        ),
    ),
    Screen(
        "links",
        N_("Links"),
        "outlet.watch",
        (
            ("n", N_("New link")),
            ("e", N_("Edit")),
            ("b", N_("Outlets")),
            ("y", N_("Payment methods")),
            ("m", N_("State")),
            ("r", N_("Resync")),
            ("k", N_("Ask for a key")),
            ("h", N_("What is supported")),
        ),
    ),
    Screen(
        "wake_ups",
        N_("Wake-up calls"),
        "stay.read",
        (("n", N_("New wake-up call")), ("m", N_("New message for a guest"))),
    ),
    Screen("terminals", N_("Terminal"), "outlet.set_up", (("k", N_("New key")), ("e", N_("Edit")))),
    Screen(
        "printers",
        N_("Printers"),
        "printer.set_up",
        (
            ("n", N_("New printer")),
            ("r", N_("New route")),
            ("t", N_("Print a test slip")),
            ("e", N_("Edit")),
            ("q", N_("Print queue")),
        ),
    ),
)
HELP = (("/help/links", N_("What is supported of FIAS")),)


def join() -> None:
    """Adds it all; again: nothing."""
    here = next(place for place, item in enumerate(MENU) if item.address == "/trail")
    MENU[here:here] = [item for item in ITEMS if item not in MENU]
    STATUSES.extend(each for each in (wake_ups.status, link_states.status, suspense.status) if each not in STATUSES)
    SCREENS.extend(screen for screen in KEYS if screen not in SCREENS)
    PAGES.extend(each for each in HELP if each not in PAGES)
    if outlet_names not in charge_stops.OUTLETS:
        charge_stops.OUTLETS.append(outlet_names)
    if z_totals.of_day not in till_totals.SOURCES:
        till_totals.SOURCES.append(z_totals.of_day)
    for chore in (forget_inquiries, news.forget_old, received.forget_old):
        if chore not in CHORES:
            CHORES.append(chore)
    counts = {
        "outlets": lambda: readiness.count(Outlet, Outlet.active),
        "terminals": lambda: readiness.count(Terminal, Terminal.active),
        "booked_outlets": lambda: _all_of(outlets_shown.codeless_outlets()),
        "keyed_terminals": lambda: _all_of(outlets_shown.keyless_terminals()),
    }
    readiness.add(SET_UP, N_("Outlets and terminals"), counts)
    night_rows.join()


def outlet_names(session: Session) -> list[tuple[str, str]]:
    """The outlets that are on, by code and name."""
    found = session.execute(sa.select(Outlet.code, Outlet.name).where(Outlet.active).order_by(Outlet.code))
    return [(row.code, row.name) for row in found]


def _all_of(lacking: sa.ScalarSelect[Any]) -> sa.ScalarSelect[Any]:
    """1 unless something lacks it."""
    return sa.select(sa.case((lacking > 0, 0), else_=1)).scalar_subquery()
