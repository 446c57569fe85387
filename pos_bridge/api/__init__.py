"""The interface for tills: JSON over HTTP under /api/v1, described by a document that is made from the same table.

This is that table: every operation with who may, what it takes, what it answers. What is asked of each before its verb
is asked stands in `operations.py`, who asks in `auth.py`. Keys are given out and outlets set up elsewhere.
"""

from __future__ import annotations

from flask import Blueprint, Flask
from werkzeug.routing import BaseConverter

from frontoffice.views import hang as hang_pages
from frontoffice.views.access import MACHINES_UNDER
from pos_bridge.api import auth, bodies, charges, days, documents, guests, told
from pos_bridge.api.operations import Operation, hang
from pos_bridge.api.rates import Rates
from pos_bridge.api.wrong_keys import Waiting

BASE = "/api/v1"

OPERATIONS = (
    Operation(
        "GET",
        "/guests",
        guests.find,
        "Who is in a room, has a name, a card or an account, and may they charge",
        right="inquire",
        query=bodies.GuestsAsked,
        answers={200: told.GuestsFound},
        refuses=(422,),
    ),
    Operation(
        "GET",
        "/folios/{number}",
        guests.folio,
        "What may be done with an account, and its lines since a business date",
        right="inquire",
        query=bodies.FolioAsked,
        answers={200: told.FolioTold},
        refuses=(404, 422),
    ),
    Operation(
        "POST",
        "/charges",
        charges.send,
        "Charge a check to a room or an account",
        right="charge",
        body=bodies.Charge,
        answers={201: told.Charged, 200: told.Charged, 202: told.Charged},
        refuses=(404,),
    ),
    Operation(
        "GET",
        "/charges/{key}",
        charges.find,
        "What became of one of the terminal's own messages",
        right="charge",
        answers={200: told.Charged},
        refuses=(404,),
    ),
    Operation(
        "POST",
        "/charges/{charge}/void",
        charges.void,
        "Take a charge of the terminal's own back, in whole or in part",
        right="void",
        body=bodies.Void,
        answers={201: told.Charged, 200: told.Charged},
        refuses=(404,),
    ),
    Operation(
        "POST",
        "/batches",
        charges.send_many,
        "What was kept while the line was down: many charges and voids, one outcome each",
        body=bodies.Batch,
        answers={200: told.BatchDone},
    ),
    Operation(
        "POST",
        "/z-reports",
        days.z_report,
        "Compare a till's totals with the books",
        right="report",
        body=bodies.ZReport,
        answers={201: told.ZReportTold, 200: told.ZReportTold},
    ),
    Operation(
        "GET",
        "/business-date",
        days.business_date,
        "The date that whatever is charged now is booked on",
        answers={200: told.BusinessDateTold},
    ),
    Operation(
        "GET",
        "/events",
        days.events,
        "What is new about guests in house",
        right="events",
        query=bodies.NewsAsked,
        answers={200: told.NewsTold},
        refuses=(422,),
    ),
)


class MessageKey(BaseConverter):
    """A key in an address: printable ASCII, slashes too."""

    regex = r"[ -~]{1,100}?"
    part_isolating = False


class FolioNumber(BaseConverter):
    """The number of a folio in an address."""

    regex = r"[^/\x00-\x1f\x7f]{1,60}"


def init_app(app: Flask) -> None:
    """Hangs the interface, its document and the page to try it on `app`."""
    app.url_map.converters |= {"key": MessageKey, "charge": MessageKey, "number": FolioNumber}
    app.extensions |= {auth.RATES: Rates(app.config["TERMINAL_RATE"]), auth.WAITING: Waiting()}
    MACHINES_UNDER[:] = [BASE + "/"]
    blueprint = Blueprint("api_v1", __name__, url_prefix=BASE)
    hang(blueprint, OPERATIONS)
    app.register_blueprint(blueprint)
    hang_pages(app, documents.pages(BASE, OPERATIONS))
