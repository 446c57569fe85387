"""The search box: Enter goes to what was meant, or shows what it may be; each reader finds what their rights cover."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import make_response, redirect, request
from werkzeug.wrappers import Response

from folios.db import reading
from folios.errors import WORDS
from frontoffice import search
from frontoffice.app import db
from frontoffice.language import gettext as _
from frontoffice.lifecycle import STATE_WORDS
from frontoffice.search import KIND_WORDS, Hit
from frontoffice.views.access import signed_in
from frontoffice.views.pages import may, page, short_day

EVERYTHING = "*"
"""After what was typed: shows all that it may be, such as the voucher whose number is a room's."""

PLACES = {
    "stay": "/stays/{}",
    "room": "/rooms?id={0}#room-{0}",
    "guest": "/guests/{}",
    "company": "/companies/{}",
    "group": "/groups/{}",
    "folio": "/folios/{}",
    "voucher": "/folios/voucher/{}",
    "invoice": "/invoices/{}",
}


@signed_in
def find() -> Response:
    """Goes to the one thing that was meant; else, or when a star follows what was typed, the list."""
    typed = request.args.get("q", "")
    text = typed.strip().removesuffix(EVERYTHING)
    with reading(db.session) as session:
        hits = search.find(session, text, search.MOST_HITS, may)
    meant = search.meant(hits)
    if meant is not None and not typed.strip().endswith(EVERYTHING):
        return redirect(address_of(meant), 303)
    found = [(each, *told(each)) for each in hits]
    return make_response(page("frontoffice/search/list.html", text=text[: search.LONGEST], hits=found))


def address_of(hit: Hit) -> str:
    """Where a hit is looked at."""
    return PLACES[hit.kind].format(hit.id)


def told(hit: Hit) -> tuple[str, str, str]:
    """A hit's address, its kind and what is known besides, in the reader's language."""
    return address_of(hit), _(KIND_WORDS[hit.kind]), " · ".join(_word(each) for each in hit.detail)


def _word(value: Any) -> str:
    if isinstance(value, date):
        return short_day(value)
    text = str(value)
    known = STATE_WORDS.get(text) or WORDS.get(text)
    return _(known) if known else text
