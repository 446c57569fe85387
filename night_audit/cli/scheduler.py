"""`frontoffice scheduler`: wakes up for what the clock starts, until interrupted."""

from __future__ import annotations

import signal
import threading
from types import FrameType

import click

from folios.db import SessionSource, session_source
from frontoffice import mail_worker
from frontoffice.app import db
from frontoffice.cli.database import with_database
from frontoffice.language import gettext as _
from night_audit.scheduler import Clock


@click.command()
@with_database()
def scheduler(_sessions: SessionSource) -> None:
    """Start the unattended night audit at its time, and send mail. Of several on one database one does the work."""
    over = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        over.set()

    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, end)
    sessions = session_source(db.engine)
    clock, mail = Clock(sessions), mail_worker.worker(sessions)
    clock.start()
    mail.start()
    click.echo(_("The scheduler is awake."))
    try:
        over.wait()
    finally:
        clock.stop()  # what it still has to tell is in the queue by then
        mail.stop()
