"""`frontoffice terminal-key` gives, lists and revokes; and the outlets a made-up hotel is furnished with."""

from __future__ import annotations

import json
import re

import pytest
from click.testing import CliRunner, Result

from folios.db import reading
from frontoffice import furnishing
from frontoffice.cli import main
from pos_bridge.book import book
from pos_bridge.models.outlets import TerminalKey
from pos_bridge.terminals import whose_key
from tests.frontoffice.house import CLERK, House
from tests.pos_bridge.outlet_places import add_outlet


@pytest.fixture
def run(house: House, database_url: str):
    """Runs the command on the little hotel, which has an outlet OUT with a terminal OUT-T."""
    house.do(add_outlet, "OUT")
    return lambda *words: CliRunner().invoke(main, ["terminal-key", *words, "--database", database_url])


def opens(house: House, key: str, address: str) -> str:
    with reading(house.sessions) as session:
        return whose_key(book(session), key, address).code


def test_a_key_is_printed_once_and_opens_its_terminal(house: House, run) -> None:
    told: Result = run("add", "OUT-T", "--address", "10.0.0.0/24", "--address", "192.168.1.7")
    assert told.exit_code == 0, told.output
    key = re.findall(r"fo_[\w-]{43}", told.output)[0]
    assert opens(house, key, "10.0.0.9") == "OUT-T"
    listed = run("list").output
    assert key not in listed
    assert key[:8] in listed
    rows = json.loads(run("list", "--json").output)
    assert [(row["terminal"], row["revoked_at"]) for row in rows] == [("OUT-T", None)] * 2
    assert rows[1]["addresses"] == ["10.0.0.0/24", "192.168.1.7/32"]
    assert run("revoke", str(rows[1]["id"])).exit_code == 0
    assert "revoked" in run("list").output
    assert house.rows(TerminalKey, id=rows[1]["id"])[0].revoked_by == "(console)"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("add", "NONE"), "no terminal NONE"),
        (("add", "OUT-T", "--address", "bar"), "neither an address nor a network"),
        (("revoke", "999"), "no terminal key 999"),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason(run, words: tuple[str, ...], told: str) -> None:
    answer = run(*words)
    assert answer.exit_code == 2
    assert told in answer.output


def test_a_hotel_that_is_made_up_gets_outlets_with_keys_for_their_terminals(house: House) -> None:
    keys = house.do(furnishing.furnish, CLERK)
    assert {opens(house, key, "127.0.0.1") for key in keys.values()} == set(keys)
    with reading(house.sessions) as session:
        known = book(session)
    assert set(known.outlets) == {"RESTAURANT", "BAR", "MINIBAR", "TELEPHONE"}
    assert known.outlet("RESTAURANT").code_of("item", 2) == "WINE"
    assert known.outlet("MINIBAR").article(3).price_minor == 450
    assert known.outlet("TELEPHONE").tariff("0044").name == "Abroad"
    assert all(outlet.suspense_folio_id for outlet in known.outlets.values())
