"""`frontoffice print-worker`: prints what waits in the queue, in a process of its own."""

from __future__ import annotations

import signal
from types import FrameType

import click

from folios.db import SessionSource, session_source
from frontoffice.app import db
from frontoffice.cli.database import with_database
from frontoffice.language import gettext as _
from pos_bridge.printing import worker


@click.command("print-worker")
@click.option("--once", is_flag=True, help="Print what waits now, and stop.")
@with_database()
def print_worker(_sessions: SessionSource, *, once: bool) -> None:
    """Print slips until interrupted; a slip that is being printed is finished first.

    `frontoffice serve` prints by itself. Start this beside it where pages and printers are on different machines;
    several share the work.
    """
    working = worker(session_source(db.engine))

    def stop(_signal: int, _frame: FrameType | None) -> None:
        working.ask_to_stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    if once:
        working.once()
        return
    click.echo(_("Printing. Stop with Ctrl+C."))
    working.run()
