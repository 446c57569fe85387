"""`frontoffice pos-link`: runs the property's links to outlets' systems, in a process of its own."""

from __future__ import annotations

import signal
from types import FrameType

import click

from folios.db import SessionSource, session_source
from frontoffice.app import db
from frontoffice.cli.database import with_database
from frontoffice.language import gettext as _
from pos_bridge.fias_links.worker import Links
from pos_bridge.link_hotel import Desk


@click.command("pos-link")
@with_database()
def pos_link(_sessions: SessionSource) -> None:
    """Run the links to tills, exchanges and minibars until interrupted.

    Which there are is set up on the page Links; what is changed there is taken up by itself. Interrupted, each link is
    ended with a word (LE), so that the other side keeps its charges until the next time.
    """
    links = Links(Desk(session_source(db.engine)))

    def stop(_signal: int, _frame: FrameType | None) -> None:
        links.ask_to_stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    click.echo(_("Running the links. Stop with Ctrl+C."))
    links.run()
