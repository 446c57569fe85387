"""The pages of the front office: the table of their addresses, and what every answer carries.

A view loads, calls one verb and answers. The views themselves stand in a module per noun.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask, Response, request
from werkzeug.routing import IntegerConverter, Map

from frontoffice.views import (
    access,
    accounts,
    answers,
    bills,
    calendar,
    charging,
    check_out,
    codes,
    companies,
    deposits,
    drawers,
    fixed_charges,
    folio_deeds,
    folios,
    front_desk,
    groups,
    guests,
    health,
    help,
    invoices,
    jobs,
    mail,
    notes,
    pages,
    password,
    rates,
    reservations,
    roles,
    rooms,
    rooms_set_up,
    safe,
    search,
    set_up,
    shifts,
    sign_in,
    stationery,
    stays,
    trail,
    users,
)

GET = ("GET",)
POST = ("POST",)
BOTH = ("GET", "POST")
"""A deed: GET shows its form, POST does it."""

ROUTES = (
    ("/health", GET, health.show),
    ("/sign-in", BOTH, sign_in.enter),
    ("/sign-out", POST, sign_in.leave),
    ("/password", BOTH, password.change),
    ("/", GET, front_desk.show),
    ("/front-desk/<any(arrivals, in_house, departures):name>", GET, front_desk.more),
    ("/rooms", GET, rooms.rack),
    ("/rooms/condition", POST, rooms.report),
    ("/rooms/<int:room_id>/out", BOTH, rooms.take_out),
    ("/rooms/outages/<int:outage_id>/back", BOTH, rooms.put_back),
    ("/calendar", GET, calendar.show),
    ("/guests", GET, guests.find),
    ("/guests/new", BOTH, guests.add),
    ("/guests/pick", GET, reservations.pick),
    ("/guests/<int:guest_id>", GET, guests.show),
    ("/guests/<int:guest_id>/edit", BOTH, guests.edit),
    ("/accounts", GET, accounts.find),
    ("/accounts/new", BOTH, accounts.add),
    ("/accounts/<int:folio_id>/edit", BOTH, accounts.edit),
    # folios, disputes, check-out
    ("/folios/<int:folio_id>", GET, folios.show),
    ("/folios/<int:folio_id>/charge", BOTH, folio_deeds.charge),
    ("/folios/<int:folio_id>/pay", BOTH, folio_deeds.pay),
    ("/folios/<int:folio_id>/refund", BOTH, folio_deeds.refund),
    ("/folios/<int:folio_id>/pay-out", BOTH, folio_deeds.pay_out),
    ("/folios/<int:folio_id>/correct", BOTH, folio_deeds.correct),
    ("/folios/<int:folio_id>/allow", BOTH, folio_deeds.allow),
    ("/folios/<int:folio_id>/transfer", BOTH, folio_deeds.transfer),
    ("/folios/<int:folio_id>/split", BOTH, folio_deeds.split),
    ("/folios/<int:folio_id>/dispute", BOTH, folio_deeds.dispute),
    ("/folios/<int:folio_id>/limit", BOTH, folio_deeds.limit),
    ("/folios/<int:folio_id>/window", BOTH, folio_deeds.window),
    ("/folios/<int:folio_id>/close", BOTH, folio_deeds.close),
    ("/folios/<int:folio_id>/reopen", BOTH, folio_deeds.reopen),
    ("/folios/voucher/<int:voucher_id>", GET, folios.voucher),
    ("/disputes/<int:dispute_id>/settle", BOTH, folio_deeds.settle),
    ("/stays/<int:stay_id>/check-out", BOTH, check_out.check_out),
    ("/stays/<int:stay_id>/check-out/nights", POST, check_out.nights),
    ("/stays/<int:stay_id>/check-out/extend", POST, check_out.extend),
    # shifts
    ("/shifts", GET, shifts.overview),
    ("/shifts/open", BOTH, shifts.open_one),
    ("/shifts/pay-out", BOTH, shifts.pay_out),
    ("/shifts/<int:shift_id>", GET, shifts.show),
    ("/shifts/<int:shift_id>/close", BOTH, shifts.close),
    ("/shifts/<int:shift_id>/report", GET, shifts.report),
    ("/safe", GET, safe.show),
    ("/safe/bring", BOTH, safe.bring),
    ("/safe/bank", BOTH, safe.bank),
    ("/companies", GET, companies.find),
    ("/companies/new", BOTH, companies.add),
    ("/companies/<int:company_id>", GET, companies.show),
    ("/companies/<int:company_id>/edit", BOTH, companies.edit),
    ("/help", GET, help.show),
    ("/search", GET, search.find),
    ("/trail", GET, trail.show),
    # bills and invoices
    ("/folios/<int:folio_id>/bill", GET, bills.show),
    ("/folios/<int:folio_id>/bill.pdf", GET, bills.pdf),
    ("/folios/<int:folio_id>/invoice", BOTH, invoices.issue),
    ("/invoices", GET, invoices.overview),
    ("/invoices/<int:invoice_id>", GET, invoices.show),
    ("/invoices/<int:invoice_id>/print", BOTH, invoices.print_one),
    ("/invoices/<int:invoice_id>.pdf", GET, invoices.pdf),
    ("/invoices/<int:invoice_id>/credit", BOTH, invoices.credit),
    ("/groups/<int:group_id>/bills", BOTH, bills.of_group),
    ("/bills/departures", BOTH, bills.of_departures),
    ("/logos/<string(length=64):sha256>.png", GET, stationery.logo),
    # long work
    ("/jobs", GET, jobs.overview),
    ("/jobs/<int:job_id>", GET, jobs.show),
    ("/jobs/<int:job_id>/file", GET, jobs.file),
    # paper and cash, set up
    ("/set-up/stationery", BOTH, stationery.edit),
    ("/set-up/stationery/logo", BOTH, stationery.set_logo),
    ("/set-up/stationery/logo/remove", BOTH, stationery.remove_logo),
    ("/set-up/stationery/specimen.pdf", GET, stationery.preview),
    ("/set-up/series", GET, stationery.series),
    ("/set-up/series/new", BOTH, stationery.add_series),
    ("/set-up/series/<path:code>/begin", BOTH, stationery.begin_series),
    ("/set-up/series/<path:code>/on", BOTH, stationery.switch_series_on),
    ("/set-up/series/<path:code>/off", BOTH, stationery.switch_series_off),
    ("/set-up/drawers", GET, drawers.overview),
    ("/set-up/drawers/new", BOTH, drawers.add),
    ("/set-up/drawers/denominations", BOTH, drawers.denominations),
    ("/set-up/drawers/<int:folio_id>/on", BOTH, drawers.switch_on),
    ("/set-up/drawers/<int:folio_id>/off", BOTH, drawers.switch_off),
    # set-up
    ("/set-up", GET, set_up.overview),
    ("/set-up/property", BOTH, set_up.edit_property),
    ("/set-up/limits", BOTH, set_up.set_limits),
    ("/set-up/rooms", GET, rooms_set_up.overview),
    ("/set-up/rooms/new", BOTH, rooms_set_up.add_rooms),
    ("/set-up/rooms/<int:room_id>/edit", BOTH, rooms_set_up.edit_room),
    ("/set-up/rooms/<int:room_id>/close", BOTH, rooms_set_up.close_room),
    ("/set-up/room-types/new", BOTH, rooms_set_up.add_type),
    ("/set-up/room-types/<int:room_type_id>/edit", BOTH, rooms_set_up.edit_type),
    ("/set-up/codes", GET, codes.overview),
    ("/set-up/codes/new", BOTH, codes.add),
    ("/set-up/taxes/new", BOTH, codes.add_tax),
    ("/set-up/code/<path:code>", GET, codes.show),
    ("/set-up/code/<path:code>/edit", BOTH, codes.edit),
    ("/set-up/code/<path:code>/on", BOTH, codes.switch_on),
    ("/set-up/code/<path:code>/off", BOTH, codes.switch_off),
    ("/set-up/code/<path:code>/taxes", BOTH, codes.set_taxes),
    ("/set-up/code/<path:code>/rate", BOTH, codes.set_rate),
    ("/set-up/rates", GET, rates.overview),
    ("/set-up/rates/new", BOTH, rates.add),
    ("/set-up/rate/<path:code>", GET, rates.show),
    ("/set-up/rate/<path:code>/edit", BOTH, rates.edit),
    ("/set-up/rate/<path:code>/prices", BOTH, rates.set_prices),
    ("/set-up/rate/<path:code>/copy", BOTH, rates.copy),
    ("/set-up/mail", GET, mail.overview),
    ("/set-up/mail/test", BOTH, mail.test),
    ("/set-up/mail/<int:mail_id>", GET, mail.show),
    ("/set-up/mail/<int:mail_id>/again", BOTH, mail.again),
    ("/users", GET, users.overview),
    ("/users/new", BOTH, users.add),
    ("/users/<code>", GET, users.show),
    ("/users/<code>/edit", BOTH, users.edit),
    ("/users/<code>/password", BOTH, users.reset_password),
    ("/users/<code>/enable", BOTH, users.enable),
    ("/users/<code>/disable", BOTH, users.disable),
    ("/roles", BOTH, roles.overview),
    ("/roles/new", BOTH, roles.add),
    ("/roles/<code>/rename", BOTH, roles.rename),
    ("/roles/<code>/remove", BOTH, roles.remove),
    # reservations, stays, notes
    ("/reservations", GET, reservations.find),
    ("/reservations/new", BOTH, reservations.add),
    ("/reservations/offers", GET, reservations.offered),
    ("/reservations/<int:stay_id>", GET, stays.show),
    ("/reservations/<int:stay_id>/edit", BOTH, reservations.edit),
    ("/reservations/<int:stay_id>/room", BOTH, reservations.assign),
    ("/reservations/<int:stay_id>/price", BOTH, reservations.price),
    ("/reservations/<int:stay_id>/cancel", BOTH, reservations.cancel),
    ("/reservations/<int:stay_id>/no-show", BOTH, reservations.no_show),
    ("/reservations/<int:stay_id>/expect-again", BOTH, reservations.expect_again),
    ("/reservations/<int:stay_id>/deposit", BOTH, deposits.take),
    ("/reservations/<int:stay_id>/deposit/refund", BOTH, deposits.refund),
    ("/reservations/<int:stay_id>/deposit/move", BOTH, deposits.move),
    ("/reservations/<int:stay_id>/deposit/use", BOTH, deposits.use),
    ("/stays/<int:stay_id>", GET, stays.show),
    ("/stays/<int:stay_id>/card", GET, stays.card),
    ("/stays/<int:stay_id>/check-in", BOTH, stays.check_in),
    ("/stays/<int:stay_id>/reverse-check-in", BOTH, stays.reverse_check_in),
    ("/stays/<int:stay_id>/move", BOTH, stays.move),
    ("/stays/<int:stay_id>/dates", BOTH, stays.dates),
    ("/stays/<int:stay_id>/window", BOTH, stays.open_window),
    ("/stays/<int:stay_id>/reinstate", BOTH, stays.reinstate),
    ("/walk-in", BOTH, stays.walk_in),
    ("/traces", GET, notes.traces),
    ("/notes/new", BOTH, notes.add),
    ("/notes/<int:note_id>/edit", BOTH, notes.edit),
    ("/notes/<int:note_id>/done", BOTH, notes.done),
    ("/notes/<int:note_id>/undo", BOTH, notes.undo),
    # charging from outlets
    ("/folios/<int:folio_id>/stop", BOTH, charging.stop),
    ("/folios/<int:folio_id>/stop/<int:stop_id>/lift", BOTH, charging.lift),
    ("/folios/<int:folio_id>/card", BOTH, charging.give_to_account),
    ("/stays/<int:stay_id>/sharer", BOTH, charging.add_sharer),
    ("/stays/<int:stay_id>/sharer/<int:guest_id>/window", BOTH, charging.change_sharer),
    ("/stays/<int:stay_id>/sharer/<int:guest_id>/remove", BOTH, charging.remove_sharer),
    ("/stays/<int:stay_id>/card/give", BOTH, charging.give_to_guest),
    ("/stays/<int:stay_id>/fixed-charge", BOTH, fixed_charges.add),
    ("/stays/<int:stay_id>/fixed-charge/<int:charge_id>/edit", BOTH, fixed_charges.edit),
    ("/stays/<int:stay_id>/fixed-charge/<int:charge_id>/end", BOTH, fixed_charges.end),
    ("/cards/<number>/take-back", BOTH, charging.take_back),
    # groups
    ("/groups", GET, groups.find),
    ("/groups/new", BOTH, groups.add),
    ("/groups/<int:group_id>", GET, groups.show),
    ("/groups/<int:group_id>/edit", BOTH, groups.edit),
    ("/groups/<int:group_id>/book", BOTH, groups.book),
    ("/groups/<int:group_id>/join", BOTH, groups.join),
    ("/groups/<int:group_id>/remove", BOTH, groups.remove),
    ("/groups/<int:group_id>/check-in", BOTH, groups.check_in),
    ("/groups/<int:group_id>/rooms", BOTH, groups.assign),
    ("/groups/<int:group_id>/settle", BOTH, groups.settle),
    ("/groups/<int:group_id>/leave", BOTH, groups.leave),
)

MOST_ID = 2**63 - 1

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
        " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Id(IntegerConverter):
    """An id in an address, `<int:stay_id>`: what no database could number is no page, nor is it in other digits."""

    regex = "[0-9]+"

    def __init__(self, map: Map) -> None:
        super().__init__(map, max=MOST_ID)


def init_app(app: Flask) -> None:
    """Hangs the pages, the guard of their rights, the answers to refusals and the headers on `app`."""
    app.url_map.converters["int"] = Id
    access.init_app(app)
    pages.init_app(app)
    answers.init_app(app)
    app.after_request(_add_headers)
    app.view_functions["static"] = access.public(app.view_functions["static"])
    hang(app, ROUTES)


def hang(app: Flask, routes: Iterable[tuple[str, tuple[str, ...], Callable[..., Any]]]) -> None:
    """Gives `app` a table of pages: address, methods, view. The floors above hang theirs by it too."""
    for address, methods, view in routes:
        endpoint = f"{view.__module__.rsplit('.', 1)[1]}.{view.__name__}"
        app.add_url_rule(address, endpoint=endpoint, view_func=view, methods=methods)


def _add_headers(response: Response) -> Response:
    if request.endpoint == "static" and request.args.get("v"):
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response
