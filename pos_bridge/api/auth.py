"""Who asks: the terminal whose key the request carries (`Authorization: Bearer ...`).

A key is drawn with 256 bits and looked up by its SHA-256, so that neither the time a look-up takes nor a copy of the
table tells anything about it. The kept copy of the outlets' book lets in at once; whoever it would refuse is looked for
in the book as the database has it first. What the kept copy lets in may have been revoked since: whoever acts asks
again in the statement that acts (`terminal`; a charge does so by itself).
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass

from flask import current_app, g, request
from sqlalchemy.orm import Session

from folios.db import reading
from folios.errors import N_, DatabaseRefusal, Refusal
from frontoffice.app import db
from frontoffice.sign_in import network_of
from frontoffice.views.access import address
from pos_bridge.api import wrong_keys
from pos_bridge.book import Book, TerminalFacts, book, kept_for
from pos_bridge.requests import Sender, heard

MOST_KEY = 200
RATES, WAITING = "terminal_rates", "addresses_waiting"
"""Where the application keeps its `Rates` and its `wrong_keys.Waiting`, among its extensions."""


class TerminalKeyMissing(Refusal):
    code = "terminal_key.missing"
    message = N_("The terminal's key is missing. Send it as: Authorization: Bearer KEY")


class TerminalKeyWrong(Refusal):
    code = "terminal_key.wrong"
    message = N_("This key is not valid, or has been revoked. Ask the front desk for a new one.")


class TerminalKeyForeign(Refusal):
    code = "terminal_key.foreign"
    message = N_("This key may not be used from here ({address}). Ask the front desk.")


@dataclass(frozen=True, slots=True)
class Caller:
    """The terminal that asks, as the book that was at hand has it; `key_hash` is its key's SHA-256."""

    terminal: TerminalFacts
    key_hash: str


def enter(right: str | None) -> None:
    """The guard of an operation: lets in a terminal with a key that is one, from where it may be used, not too often.

    Refuses also a terminal or outlet that is switched off, and (`TerminalMayNot`) one that lacks the right.
    """
    key_hash = _key_hash()
    found = _kept(key_hash, right) or _look_again(key_hash, right)
    current_app.extensions[RATES].take(found.code)
    g.caller = Caller(found, key_hash)
    with suppress(DatabaseRefusal):  # a sign of life is not worth an answer
        heard(db.session, found.code)


def caller() -> Caller:
    """Who asks; `enter` has let them in."""
    found: Caller = g.caller
    return found


def sender() -> Sender:
    """Who asks, as the rules want to know it: they look at the key once more in the statement that acts."""
    asking = caller()
    return Sender(asking.terminal.code, asking.key_hash)


def terminal(session: Session, right: str | None) -> TerminalFacts:
    """Who asks, as the database has it in this session. Refuses as `enter` does what has changed since."""
    found = _find(book(session), caller().key_hash)
    if found is None:
        raise TerminalKeyWrong
    _require(found, right)
    return found


def _require(found: TerminalFacts, right: str | None) -> None:
    """Whether a terminal is switched on and has a right; what needs none is for all that are."""
    if right is None:
        found.refuse_off()
    else:
        found.require(right)


def _key_hash() -> str:
    """The SHA-256 of the key that was sent. Refuses (`TerminalKeyMissing`) when there is none."""
    given = request.authorization
    if given is None or given.type != "bearer" or not given.token:
        raise TerminalKeyMissing
    return hashlib.sha256(given.token[:MOST_KEY].encode()).hexdigest()


def _find(standing: Book | None, key_hash: str) -> TerminalFacts | None:
    """The terminal of a key, if the book has it. Refuses (`TerminalKeyForeign`) an address it may not come from."""
    key = standing.keys.get(key_hash) if standing else None
    if standing is None or key is None:
        return None
    if not key.comes_from(address()):
        raise TerminalKeyForeign(address=address())
    return standing.terminal(key.terminal)


def _kept(key_hash: str, right: str | None) -> TerminalFacts | None:
    """The terminal of a key, if the kept copy of the book would let it in."""
    try:
        found = _find(kept_for(db.engine), key_hash)
        if found is not None:
            _require(found, right)
    except Refusal:
        return None
    return found


def _look_again(key_hash: str, right: str | None) -> TerminalFacts:
    """The terminal of a key as the database has it now. Refuses a key that is none, and counts it."""
    network = network_of(address())
    waiting: wrong_keys.Waiting = current_app.extensions[WAITING]
    waiting.refuse(network)
    with reading(db.session) as session:
        found = _find(book(session), key_hash)
        if found is not None:
            _require(found, right)
        else:
            _refuse_guessing(session, waiting, network)
    if found is None:
        wrong_keys.note(db.session, network)
        raise TerminalKeyWrong
    return found


def _refuse_guessing(session: Session, waiting: wrong_keys.Waiting, network: str) -> None:
    try:
        wrong_keys.refuse_guessing(session, network)
    except wrong_keys.KeyGuessing as refusal:
        waiting.note(network, refusal.params["seconds"])
        raise
