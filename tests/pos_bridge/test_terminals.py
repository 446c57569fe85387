"""Terminals as they are set up, and their keys: shown once, revoked at once, and wrong ones counted."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from folios import clock
from folios.db import reading
from folios.errors import ChangedMeanwhile
from folios.models import Event
from frontoffice.fields import FieldMissing, FieldUnknown
from pos_bridge import outlets, terminals
from pos_bridge.book import Book, OutletUnknown, TerminalUnknown, book
from pos_bridge.models.outlets import Terminal, TerminalKey, WrongKey
from pos_bridge.terminals import GivenKey, KeyDelayed, KeyForeign, KeyWrong, whose_key
from tests.frontoffice.house import CLERK, House, at_once


def add_till(house: House, **facts: Any) -> Terminal:
    given = {"code": "BAR1", "name": "Till of the bar", "outlet": "BAR", "operator": CLERK}
    return house.do(terminals.add_terminal, **given | facts)


@pytest.fixture
def bar(house: House) -> House:
    """The hotel with a bar and its till."""
    house.do(outlets.add_outlet, code="BAR", name="Bar", operator=CLERK)
    add_till(house)
    return house


def give(house: House, *networks: str) -> GivenKey:
    return house.do(terminals.give_key, "BAR1", CLERK, networks=networks)


def the_book(house: House) -> Book:
    with reading(house.sessions) as session:
        return book(session)


def test_a_terminal_is_added_to_its_outlet_with_what_it_may_do(bar: House) -> None:
    add_till(bar, code="BAR2", rights=["void", "charge"])
    facts = the_book(bar).terminal("BAR2")
    assert (facts.outlet.code, facts.rights, facts.active) == ("BAR", {"charge", "void"}, True)
    assert the_book(bar).terminal("BAR1").rights == {"inquire", "charge", "void"}


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"code": "BAR1"}, terminals.TerminalTaken),
        ({"code": "bar 2"}, outlets.ShortCodeInvalid),
        ({"name": ""}, FieldMissing),
        ({"outlet": "PUB"}, OutletUnknown),
        ({"rights": ["charge", "rule"]}, terminals.TerminalRightInvalid),
    ],
)
def test_a_terminal_that_cannot_be_is_refused(bar: House, facts: dict, refusal: type) -> None:
    with bar.refuses(refusal):
        add_till(bar, **{"code": "BAR2"} | facts)


def test_of_two_who_add_the_same_terminal_at_once_one_is_told(bar: House) -> None:
    answers = at_once([lambda: add_till(bar, code="BAR2")] * 2)
    assert sorted(type(each).__name__ for each in answers) == ["Terminal", "TerminalTaken"]


def test_a_terminal_is_changed_and_switched_off_unless_somebody_was_faster(bar: House) -> None:
    bar.do(terminals.amend_terminal, "BAR1", 1, {"active": False, "rights": ["charge"]}, CLERK)
    facts = the_book(bar).terminal("BAR1")
    assert (facts.active, facts.rights) == (False, {"charge"})
    with bar.refuses(ChangedMeanwhile):
        bar.do(terminals.amend_terminal, "BAR1", 1, {"name": "Other"}, CLERK)
    with bar.refuses(FieldUnknown):
        bar.do(terminals.amend_terminal, "BAR1", 2, {"code": "BAR9"}, CLERK)
    with bar.refuses(TerminalUnknown):
        bar.do(terminals.amend_terminal, "BAR9", 1, {"name": "Other"}, CLERK)


def test_a_key_is_shown_once_and_kept_nowhere(bar: House) -> None:
    given = give(bar)
    assert re.fullmatch(r"fo_[A-Za-z0-9_-]{43}", given.key)
    (kept,) = bar.rows(TerminalKey)
    assert (kept.key_hash, kept.beginning) == (hashlib.sha256(given.key.encode()).hexdigest(), given.key[:8])
    assert given.key not in repr(given)
    with reading(bar.sessions) as session:
        everything = repr(list(session.execute(sa.select(Event.before, Event.after))))
    assert given.key not in everything
    assert kept.key_hash not in everything


def test_a_key_opens_its_terminal_until_it_is_revoked(bar: House) -> None:
    first, second = give(bar), give(bar)
    assert whose_key(the_book(bar), first.key, "10.0.0.9").code == "BAR1"
    bar.do(terminals.revoke_key, first.id, CLERK)
    with pytest.raises(KeyWrong):
        whose_key(the_book(bar), first.key, "10.0.0.9")
    assert whose_key(the_book(bar), second.key, "10.0.0.9").code == "BAR1"
    with bar.refuses(terminals.RevokedAlready):
        bar.do(terminals.revoke_key, first.id, CLERK)
    assert [key.id for key in bar.do(terminals.keys_of, "BAR1")] == [second.id, first.id]
    told = [event.action for event in bar.rows(Event, subject="terminal:BAR1")]
    assert told == ["terminal.added", "terminal.key.given", "terminal.key.given", "terminal.key.revoked"]


@pytest.mark.parametrize("key", [0, -1, 7, 2**63])
def test_a_key_that_is_none_cannot_be_revoked(bar: House, key: int) -> None:
    with bar.refuses(terminals.KeyUnknown):
        bar.do(terminals.revoke_key, key, CLERK)


def test_of_two_who_revoke_a_key_at_once_one_is_told(bar: House) -> None:
    given = give(bar)
    answers = at_once([lambda: bar.do(terminals.revoke_key, given.id, CLERK)] * 2)
    assert sorted(type(each).__name__ for each in answers) == ["RevokedAlready", "TerminalKey"]


def test_a_key_opens_only_from_the_networks_it_was_given_for(bar: House) -> None:
    given = give(bar, "10.0.0.7/24", "2001:db8::/64", "192.168.1.5")
    (kept,) = bar.rows(TerminalKey)
    assert kept.addresses == "10.0.0.0/24 2001:db8::/64 192.168.1.5/32"
    for address in ("10.0.0.200", "192.168.1.5", "2001:db8::1"):
        assert whose_key(the_book(bar), given.key, address).code == "BAR1"
    for address in ("10.0.1.1", "192.168.1.6", "2001:db9::1", "rubbish"):
        with pytest.raises(KeyForeign):
            whose_key(the_book(bar), given.key, address)


@pytest.mark.parametrize("network", ["10.0.0.0/33", "bar", "", "10.0.0", "::/129"])
def test_a_network_that_is_none_is_refused(bar: House, network: str) -> None:
    with bar.refuses(terminals.NetworkInvalid):
        give(bar, network)


@pytest.mark.parametrize("key", [None, "", "fo_", "fo_" + "x" * 43, "\udcff"])
def test_what_is_no_key_opens_nothing(bar: House, key: str | None) -> None:
    give(bar)
    with pytest.raises(KeyWrong):
        whose_key(the_book(bar), key, "10.0.0.9")


def test_an_address_with_many_wrong_keys_waits_and_others_do_not(bar: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(terminals.MOST_WRONG):
        assert type(bar.do(terminals.count_wrong_key, "10.0.0.9")) is KeyWrong
    delayed = bar.do(terminals.count_wrong_key, "10.0.0.9")
    assert isinstance(delayed, KeyDelayed)
    assert 0 < delayed.params["seconds"] <= 15 * 60
    assert type(bar.do(terminals.count_wrong_key, "10.0.0.8")) is KeyWrong
    assert len(bar.rows(WrongKey)) == terminals.MOST_WRONG + 1
    later = clock.now() + timedelta(minutes=16)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert type(bar.do(terminals.count_wrong_key, "10.0.0.9")) is KeyWrong
    assert len(bar.rows(WrongKey)) == 1  # what no longer counts is not kept
