"""The pages of the front office: the table of their addresses, and what every answer carries.

A view loads, calls one verb and answers. The views themselves stand in a module per noun.
"""

from __future__ import annotations

from flask import Flask, Response

from frontoffice.views import access, answers, health

ROUTES = (("/health", health.show),)

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
    app.before_request(access.guard)
    app.after_request(_add_headers)
    answers.init_app(app)
    for address, view in ROUTES:
        app.add_url_rule(address, endpoint=f"{view.__module__.rsplit('.', 1)[1]}.{view.__name__}", view_func=view)


def _add_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response
