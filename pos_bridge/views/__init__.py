"""The pages of the bridge: the table of their addresses. The views themselves stand in a module per noun."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask

from frontoffice.views import BOTH, GET, hang
from pos_bridge.views import print_queue, printers

ROUTES: tuple[tuple[str, tuple[str, ...], Callable[..., Any]], ...] = (
    # printers and their slips
    ("/set-up/printers", GET, printers.overview),
    ("/set-up/printers/new", BOTH, printers.add),
    ("/set-up/printers/<int:printer_id>", GET, printers.show),
    ("/set-up/printers/<int:printer_id>/edit", BOTH, printers.edit),
    ("/set-up/printers/<int:printer_id>/test", BOTH, printers.test),
    ("/set-up/printers/<int:printer_id>/<kind>.png", GET, printers.specimen),
    ("/set-up/print-routes/new", BOTH, printers.add_route),
    ("/set-up/print-routes/<int:route_id>/remove", BOTH, printers.remove_route),
    ("/print-queue", GET, print_queue.overview),
    ("/print-queue/<int:job_id>", GET, print_queue.show),
    ("/print-queue/<int:job_id>.png", GET, print_queue.preview),
    ("/print-queue/<int:job_id>/retry", BOTH, print_queue.retry),
    ("/print-queue/<int:job_id>/move", BOTH, print_queue.move),
    ("/print-queue/<int:job_id>/cancel", BOTH, print_queue.cancel),
    ("/print-queue/<int:job_id>/copy", BOTH, print_queue.copy),
)


def init_app(app: Flask) -> None:
    """Hangs the pages on `app`."""
    hang(app, ROUTES)
