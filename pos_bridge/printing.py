"""Printing as a part of the house: what it adds to the frame of the pages, to set-up, and to what works beside them."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from flask import Flask, current_app
from sqlalchemy.orm import Session

from folios.db import SessionSource
from folios.errors import N_
from frontoffice import background, readiness, shell
from frontoffice.app import templates_folder
from frontoffice.language import gettext as _
from pos_bridge import desk_slips  # noqa: F401 - hears the news of the desk
from pos_bridge.models.printing import Printer
from pos_bridge.print_worker import Worker
from pos_bridge.printers import down
from pos_bridge.receipts.templates import Receipts

MOST_NAMED = 2
QUEUE = shell.MenuItem("/print-queue", N_("Printing"), "print.manage", "g q")
SET_UP = readiness.Item(
    "printers", "/set-up/printers", "printer.set_up", counted=(("printers", N_("printers switched on")),)
)


def init_app(_app: Flask) -> None:
    """Registers all of it; once more does no harm."""
    if QUEUE not in shell.MENU:
        shell.MENU.insert(-1, QUEUE)
    if told_down not in shell.STATUSES:
        shell.STATUSES.append(told_down)
    readiness.add(
        SET_UP, N_("Printers and their slips"), {"printers": lambda: readiness.count(Printer, Printer.active)}
    )
    background.register("printing", worker)


def worker(sessions: SessionSource) -> Worker:
    """What prints, with the templates of this application."""
    return Worker(sessions, receipts())


def receipts() -> Receipts:
    """The templates of slips, the hotel's own before those of the house."""
    return _receipts(templates_folder(), current_app.config["RECEIPTS"])


@lru_cache
def _receipts(house: str, own: Path | None) -> Receipts:
    return Receipts(Path(house), own)


def told_down(session: Session) -> str | None:
    """The printers that are down, for the top bar."""
    names = down(session)
    if not names:
        return None
    told = ", ".join(names[:MOST_NAMED]) + (" …" if len(names) > MOST_NAMED else "")
    return _("Printer down: {printer}", printer=told)
