"""The outlets' terminals as they are set up, and their keys: given, shown once, revoked, and what is none counted.

A key is drawn here and never chosen: 256 random bits. So it is kept as a plain SHA-256, which costs a request nothing.
Whoever guesses gets nowhere; waiting after wrong keys is there to keep the noise down, and never holds up a right one.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios import clock
from folios.errors import N_, Refusal
from folios.texts import clean_text
from frontoffice.fields import FieldUnknown, needed_text
from pos_bridge.book import Book, TerminalFacts, TerminalUnknown
from pos_bridge.models.outlets import TERMINAL_RIGHTS, Terminal, TerminalKey, WrongKey
from pos_bridge.outlets import changed, get_outlet, insert, save, short_code

KEY_PREFIX, KEY_BYTES, BEGINNING = "fo_", 32, 8
USUAL_RIGHTS = ("inquire", "charge", "void")
MOST_NETWORKS = 500  # characters, all networks together
MOST_WRONG, WRONG_COUNTED_FOR = 20, timedelta(minutes=10)
MOST_ID = 2**63 - 1


class TerminalTaken(Refusal):
    code = "terminal.code_taken"
    message = N_("Terminal {terminal} exists already.")


class TerminalRightInvalid(Refusal):
    code = "terminal.right_invalid"
    message = N_("{right} is nothing a terminal may do: inquire, charge, void, report, events.")


class NetworkInvalid(Refusal):
    code = "terminal.network_invalid"
    message = N_("{network} is neither an address nor a network such as 10.0.0.0/24.")


class KeyUnknown(Refusal):
    code = "terminal.key_unknown"
    message = N_("There is no terminal key {key}.")


class RevokedAlready(Refusal):
    code = "terminal.key_revoked"
    message = N_("Key {key} of terminal {terminal} is revoked already.")


class KeyWrong(Refusal):
    """No key, none that is known, or one that was revoked: which is not told."""

    code = "terminal.key_wrong"
    message = N_("This key does not open anything here. Ask the front desk for a new one.")


class KeyForeign(Refusal):
    """Whoever sends it has the key: so they may know what is wrong."""

    code = "terminal.key_foreign"
    message = N_("This key may not be used from here ({address}). Ask the front desk.")


class KeyDelayed(Refusal):
    """Too many wrong keys came from the same address. Params: `seconds` to wait."""

    code = "terminal.key_delayed"
    message = N_("Too many wrong keys came from there. Wait {seconds} seconds, then try again.")


@dataclass(frozen=True, slots=True)
class GivenKey:
    """A new key; `key` is what the terminal is told. It is in no list and no log, and cannot be asked for again."""

    id: int
    terminal: str
    beginning: str
    key: str

    def __repr__(self) -> str:
        return f"GivenKey({self.id}, {self.terminal!r}, {self.beginning!r}…)"


# --- terminals ----------------------------------------------------------------------------------------------


def add_terminal(
    session: Session,
    *,
    code: str,
    name: str,
    outlet: str,
    operator: str,
    rights: Iterable[str] = USUAL_RIGHTS,
) -> Terminal:
    """Adds a terminal of an outlet. Refuses a code that is none or is taken, an unknown outlet, and unknown rights."""
    wanted = short_code(code)
    clean = _clean(session, {"name": name, "outlet_code": outlet, "rights": rights})
    if session.get(Terminal, wanted) is not None:
        raise TerminalTaken(terminal=wanted)
    row = Terminal(code=wanted, **clean)
    insert(session, row, lambda: TerminalTaken(terminal=wanted))
    changed(session, "terminal.added", f"terminal:{wanted}", operator, clean)
    return row


def amend_terminal(
    session: Session, code: str, seen_version: int, changes: Mapping[str, Any], operator: str
) -> Terminal:
    """Changes `name`, `outlet_code`, `rights` (words) or `active` of a terminal. Refuses as `add_terminal`."""
    row = get_terminal(session, code)
    clean = _clean(session, changes)
    save(session, row, seen_version, clean, "terminal.changed", f"terminal:{row.code}", operator)
    return row


def get_terminal(session: Session, code: str) -> Terminal:
    """The terminal. Refuses `TerminalUnknown`."""
    found = session.get(Terminal, code) if code.isprintable() else None
    if found is None:
        raise TerminalUnknown(terminal=code[:100])
    return found


def _clean(session: Session, fields: Mapping[str, Any]) -> dict[str, Any]:
    clean = dict(fields)
    for name in fields:
        if name not in ("name", "outlet_code", "rights", "active"):
            raise FieldUnknown(field=name)
    if "name" in clean:
        clean["name"] = needed_text("name", clean["name"], 100)
    if "outlet_code" in clean:
        clean["outlet_code"] = get_outlet(session, clean["outlet_code"]).code
    if "rights" in clean:
        words = set(clean["rights"])
        for word in sorted(words - set(TERMINAL_RIGHTS)):
            raise TerminalRightInvalid(right=word)
        clean["rights"] = " ".join(sorted(words))
    return clean


# --- keys ---------------------------------------------------------------------------------------------------


def give_key(session: Session, terminal: str, operator: str, *, networks: Iterable[str] = ()) -> GivenKey:
    """Gives a terminal a new key; what it has besides stays valid. `networks`: where it may come from; none: anywhere.

    Refuses an unknown terminal and a network that is none.
    """
    row = get_terminal(session, terminal)
    addresses = clean_text("networks", " ".join(dict.fromkeys(map(_network, networks))), MOST_NETWORKS) or ""
    drawn = KEY_PREFIX + secrets.token_urlsafe(KEY_BYTES)
    key = TerminalKey(
        terminal_code=row.code,
        key_hash=hash_of(drawn),
        beginning=drawn[:BEGINNING],
        addresses=addresses,
        given_at=clock.now(),
        given_by=operator,
    )
    session.add(key)
    session.flush()
    told = {"key": key.id, "beginning": key.beginning, "addresses": addresses}
    changed(session, "terminal.key.given", f"terminal:{row.code}", operator, told)
    return GivenKey(key.id, row.code, key.beginning, drawn)


def revoke_key(session: Session, key_id: int, operator: str) -> TerminalKey:
    """Revokes a key: from the next message on it opens nothing. Refuses an unknown key, and one revoked already."""
    known = 0 < key_id <= MOST_ID
    key = session.get(TerminalKey, key_id, with_for_update=True, populate_existing=True) if known else None
    if key is None:
        raise KeyUnknown(key=key_id)
    if key.revoked_at is not None:
        raise RevokedAlready(key=key_id, terminal=key.terminal_code)
    key.revoked_at, key.revoked_by = clock.now(), operator
    told = {"key": key.id, "beginning": key.beginning}
    changed(session, "terminal.key.revoked", f"terminal:{key.terminal_code}", operator, told)
    return key


def get_key(session: Session, terminal: str, key_id: int) -> TerminalKey:
    """One of a terminal's keys. Refuses an unknown terminal, and what is no key of it (`KeyUnknown`)."""
    row = get_terminal(session, terminal)
    key = session.get(TerminalKey, key_id) if 0 < key_id <= MOST_ID else None
    if key is None or key.terminal_code != row.code:
        raise KeyUnknown(key=key_id)
    return key


def keys_of(session: Session, terminal: str) -> list[TerminalKey]:
    """The keys that a terminal has and had: those that open first, the newest first."""
    wanted = sa.select(TerminalKey).where(TerminalKey.terminal_code == terminal)
    return list(session.scalars(wanted.order_by(TerminalKey.revoked_at.is_not(None), TerminalKey.id.desc())))


def hash_of(key: str) -> str:
    """What is kept of a key."""
    return hashlib.sha256(key.encode(errors="replace")).hexdigest()


def _network(text: str) -> str:
    try:
        return str(ip_network(text.strip(), strict=False))
    except ValueError:
        raise NetworkInvalid(network=text[:50]) from None


# --- signing in ---------------------------------------------------------------------------------------------


def whose_key(book: Book, key: str | None, address: str) -> TerminalFacts:
    """The terminal that sends with this key from a network address.

    Refuses (`KeyWrong`) without saying why, and (`KeyForeign`) a key that may not come from there. Whoever refuses with
    `KeyWrong` counts it (`count_wrong_key`), in a unit of work of its own.
    """
    found = book.keys.get(hash_of(key)) if key else None
    if found is None:
        raise KeyWrong
    if not found.comes_from(address):
        raise KeyForeign(address=address)
    return book.terminals[found.terminal]


def count_wrong_key(session: Session, address: str) -> Refusal:
    """Writes down a wrong key from an address; returns what it is answered: `KeyWrong`, or `KeyDelayed` after many.

    While an address has to wait, nothing more is written.
    """
    now = clock.now()
    where, since = address[:45], now - WRONG_COUNTED_FOR
    times = list(
        session.scalars(
            sa.select(WrongKey.at)
            .where(WrongKey.address == where, WrongKey.at > since)
            .order_by(WrongKey.at.desc())
            .limit(MOST_WRONG)
        )
    )
    if len(times) == MOST_WRONG:
        return KeyDelayed(seconds=max(1, int((times[-1] - since).total_seconds())))
    session.execute(sa.delete(WrongKey).where(WrongKey.at <= since))
    session.add(WrongKey(address=where, at=now))
    session.flush()
    return KeyWrong()
