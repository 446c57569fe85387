"""Links that run beside the pages: only where whoever serves them says so, as the demo does. A hotel has a process for
them (`frontoffice pos-link`), which goes on while its pages are brought up to date.
"""

from __future__ import annotations

from flask import Flask, current_app, has_app_context

from folios.db import SessionSource, in_unit_of_work
from frontoffice import background
from pos_bridge.fias_links.worker import Links
from pos_bridge.furnishing import listen_on
from pos_bridge.link_hotel import link_hotel

PORT = "FIAS_PORT"  # in the application's configuration: the port of the furnished link, None: no links are run


class NoLinks:
    """Nothing to be done beside the pages."""

    def start(self) -> None:
        """Begins nothing."""

    def stop(self) -> None:
        """Ends nothing."""


def init_app(_app: Flask) -> None:
    """Registers it; once more does no harm."""
    background.register("links", beside_pages)


def beside_pages(sessions: SessionSource) -> background.Work:
    """The links of this application, with the furnished one on the port that was asked for."""
    port = current_app.config.get(PORT) if has_app_context() else None
    if port is None:
        return NoLinks()
    in_unit_of_work(sessions, lambda session: listen_on(session, port))
    return Links(link_hotel(sessions))
