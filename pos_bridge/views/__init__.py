"""The pages of the bridge: the table of their addresses. The views themselves stand in a module per noun."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask

from frontoffice.views import BOTH, GET, hang
from pos_bridge.views import links, monitor, outlets, print_queue, printers, suspense, terminals, wake_ups

ROUTES: tuple[tuple[str, tuple[str, ...], Callable[..., Any]], ...] = (
    # outlets and terminals, set up
    ("/set-up/outlets", GET, outlets.overview),
    ("/set-up/outlets/new", BOTH, outlets.add),
    ("/set-up/outlets/<code>", GET, outlets.show),
    ("/set-up/outlets/<code>/edit", BOTH, outlets.edit),
    ("/set-up/outlets/<code>/on", BOTH, outlets.switch_on),
    ("/set-up/outlets/<code>/off", BOTH, outlets.switch_off),
    ("/set-up/outlets/<code>/codes", BOTH, outlets.set_codes),
    ("/set-up/outlets/<code>/articles/new", BOTH, outlets.add_article),
    ("/set-up/outlets/<code>/articles/<int:number>/edit", BOTH, outlets.edit_article),
    ("/set-up/outlets/<code>/tariffs/new", BOTH, outlets.add_tariff),
    ("/set-up/outlets/<code>/tariffs/<prefix>/edit", BOTH, outlets.edit_tariff),
    ("/set-up/outlets/<code>/tariffs/<prefix>/remove", BOTH, outlets.remove_tariff),
    ("/set-up/outlets/<code>/terminals/new", BOTH, terminals.add),
    ("/set-up/terminals/<code>", GET, terminals.show),
    ("/set-up/terminals/<code>/edit", BOTH, terminals.edit),
    ("/set-up/terminals/<code>/keys/new", BOTH, terminals.give_key),
    ("/set-up/terminals/<code>/keys/<int:key_id>/revoke", BOTH, terminals.revoke_key),
    # links, set up and as they are
    ("/set-up/links", GET, links.overview),
    ("/set-up/links/new", BOTH, links.add),
    ("/set-up/links/<code>", GET, links.show),
    ("/set-up/links/<code>/edit", BOTH, links.edit),
    ("/set-up/links/<code>/on", BOTH, links.switch_on),
    ("/set-up/links/<code>/off", BOTH, links.switch_off),
    ("/set-up/links/<code>/outlets", BOTH, links.set_outlets),
    ("/set-up/links/<code>/payments", BOTH, links.set_payments),
    ("/links/<code>", GET, links.state),
    ("/links/<code>/resync", BOTH, links.resync),
    ("/links/<code>/keys/new", BOTH, links.ask_key),
    ("/help/links", GET, links.help_support),
    # wake-up calls, messages for guests
    ("/wake-ups", GET, wake_ups.overview),
    ("/wake-ups/new", BOTH, wake_ups.add),
    ("/wake-ups/<int:wake_up_id>/clear", BOTH, wake_ups.clear),
    ("/wake-ups/<int:wake_up_id>/seen", BOTH, wake_ups.seen),
    ("/guest-messages/new", BOTH, wake_ups.write),
    ("/guest-messages/<int:message_id>/delete", BOTH, wake_ups.delete),
    # what stands in suspense, what was sent
    ("/suspense", GET, suspense.overview),
    ("/suspense/<int:voucher_id>/place", BOTH, suspense.place),
    ("/outlets", GET, monitor.show),
    ("/outlets/messages/<int:message_id>", GET, monitor.message),
    ("/outlets/log", GET, monitor.log),
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
