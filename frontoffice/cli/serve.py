"""`frontoffice serve`: the pages and the interface for machines, by a server that needs no set-up."""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import FrameType

import click
from flask import current_app
from waitress.server import create_server  # type: ignore[import-untyped]

from folios.db import SessionSource, session_source
from folios.errors import N_, Refusal
from frontoffice import background, jobs, mail_worker
from frontoffice.app import db
from frontoffice.cli.database import with_database
from frontoffice.config import Settings
from frontoffice.language import gettext as _

THREADS = 8

background.register("jobs", jobs.Worker)
background.register("mail", mail_worker.worker)


class CannotListen(Refusal):
    code = "serve.cannot_listen"
    message = N_("Cannot listen on {host}, port {port} ({cause}). Choose another with --host and --port.")


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=5000, show_default=True, type=click.IntRange(1, 65535), help="Port to listen on.")
@with_database()
@click.pass_obj
def serve(settings: Settings, _sessions: SessionSource, host: str, port: int) -> None:
    """Serve the pages until interrupted. Needs FRONTOFFICE_SECRET_KEY.

    It speaks plain HTTP: let others than this machine in only through a web server that speaks TLS.
    """
    settings.require_secret()
    serve_pages(settings, host, port)


def serve_pages(settings: Settings, host: str, port: int, tell: Callable[[], None] = lambda: None) -> None:
    """Serves the application of this context, with what works beside it, until interrupted.

    `tell` is called once the pages can be asked for. Refuses an address it cannot listen on (`CannotListen`).
    """
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    try:
        server = create_server(
            app,
            host=host,
            port=port,
            threads=THREADS,
            ident=None,
            clear_untrusted_proxy_headers=not settings.proxies,  # the application reads those of as many as there are
        )
    except (OSError, ValueError) as error:
        raise CannotListen(host=host, port=port, cause=error) from error
    signal.signal(signal.SIGTERM, _stop)
    with background.running(session_source(db.engine)):
        click.echo(_("Serving on http://{host}:{port}", host=host, port=port))
        tell()
        server.run()  # returns after an interrupt, when the requests under way have been answered


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit
