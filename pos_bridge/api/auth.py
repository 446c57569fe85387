"""Who asks: the terminal whose key the request carries (`Authorization: Bearer ...`).

The kept copy of the outlets' book lets in at once; whoever it would refuse is looked for in the book as the database
has it first. What the kept copy lets in may have been revoked since: whoever acts asks again in the statement that acts
(`terminal`; a charge does so by itself). How keys are drawn, kept and counted when wrong stands in
`pos_bridge.terminals`.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field

from flask import current_app, g, request
from sqlalchemy.orm import Session

from folios.db import in_unit_of_work, reading
from folios.errors import N_, DatabaseRefusal, Refusal
from frontoffice.app import db
from frontoffice.sign_in import network_of
from frontoffice.views.access import address
from pos_bridge.api.wrong_keys import Waiting
from pos_bridge.book import TerminalFacts, book, kept_for
from pos_bridge.requests import Sender, heard
from pos_bridge.terminals import KeyDelayed, KeyWrong, count_wrong_key, hash_of, whose_key

MOST_KEY = 200
RATES, WAITING = "terminal_rates", "addresses_waiting"
"""Where the application keeps its `Rates` and its `wrong_keys.Waiting`, among its extensions."""


class TerminalKeyMissing(Refusal):
    code = "terminal.key_missing"
    message = N_("The terminal's key is missing. Send it as: Authorization: Bearer KEY")


@dataclass(frozen=True, slots=True)
class Caller:
    """The terminal that asks, as the book that was at hand has it, and its key."""

    terminal: TerminalFacts
    key: str = field(repr=False)


def enter(right: str | None) -> None:
    """The guard of an operation: lets in a terminal with a key that is one, from where it may be used, not too often.

    Refuses also a terminal or outlet that is switched off, and (`TerminalMayNot`) one that lacks the right; None is
    needed by what is for all terminals.
    """
    key = _key()
    found = _kept(key, right) or _look_again(key, right)
    current_app.extensions[RATES].take(found.code)
    g.caller = Caller(found, key)
    with suppress(DatabaseRefusal):  # a sign of life is not worth an answer
        heard(db.session, found.code)


def sender() -> Sender:
    """Who asks, as the rules want to know it: they look at the key once more in the statement that acts."""
    asking: Caller = g.caller
    return Sender(asking.terminal.code, hash_of(asking.key))


def terminal(session: Session, right: str | None) -> TerminalFacts:
    """Who asks, as the database has it in this session. Refuses as `enter` does what has changed since."""
    asking: Caller = g.caller
    return _required(whose_key(book(session), asking.key, address()), right)


def _required(found: TerminalFacts, right: str | None) -> TerminalFacts:
    if right is None:
        found.refuse_off()
    else:
        found.require(right)
    return found


def _key() -> str:
    """The key that was sent. Refuses (`TerminalKeyMissing`) when there is none."""
    given = request.authorization
    if given is None or given.type != "bearer" or not given.token:
        raise TerminalKeyMissing
    return given.token[:MOST_KEY]


def _kept(key: str, right: str | None) -> TerminalFacts | None:
    """The terminal of a key, if the kept copy of the book would let it in."""
    kept = kept_for(db.engine)
    try:
        return None if kept is None else _required(whose_key(kept, key, address()), right)
    except Refusal:
        return None


def _look_again(key: str, right: str | None) -> TerminalFacts:
    """The terminal of a key as the database has it now. Refuses a key that is none, and counts it by its network."""
    network = network_of(address())
    waiting: Waiting = current_app.extensions[WAITING]
    waiting.refuse(network)
    with reading(db.session) as session:
        standing = book(session)
    try:
        return _required(whose_key(standing, key, address()), right)
    except KeyWrong:
        refusal = in_unit_of_work(db.session, lambda session: count_wrong_key(session, network))
    if isinstance(refusal, KeyDelayed):
        waiting.note(network, refusal.params["seconds"])
    raise refusal
