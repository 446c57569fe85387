"""The pages of the front office: the table of their addresses, and what every answer carries.

A view loads, calls one verb and answers. The views themselves stand in a module per noun.
"""

from __future__ import annotations

from flask import Flask, Response, request

from frontoffice.views import access, answers, guests, health, pages, password, sign_in

GET = ("GET",)
POST = ("POST",)
BOTH = ("GET", "POST")
"""A deed: GET shows its form, POST does it."""

ROUTES = (
    ("/health", GET, health.show),
    ("/sign-in", BOTH, sign_in.enter),
    ("/sign-out", POST, sign_in.leave),
    ("/password", BOTH, password.change),
    ("/guests", GET, guests.find),
    ("/guests/new", BOTH, guests.add),
    ("/guests/<int:guest_id>", GET, guests.show),
    ("/guests/<int:guest_id>/edit", BOTH, guests.edit),
)

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


def init_app(app: Flask) -> None:
    """Hangs the pages, the guard of their rights, the answers to refusals and the headers on `app`."""
    access.init_app(app)
    pages.init_app(app)
    answers.init_app(app)
    app.after_request(_add_headers)
    app.view_functions["static"] = access.public(app.view_functions["static"])
    for address, methods, view in ROUTES:
        endpoint = f"{view.__module__.rsplit('.', 1)[1]}.{view.__name__}"
        app.add_url_rule(address, endpoint=endpoint, view_func=view, methods=methods)


def _add_headers(response: Response) -> Response:
    if request.endpoint == "static" and request.args.get("v"):
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response
