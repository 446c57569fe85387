"""The door of the interface: keys, addresses, how often, how much, which kind; and that everything is a problem."""

from __future__ import annotations

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from folios import clock
from folios.codes import mark_anew
from pos_bridge.api.rates import Rates, TerminalTooFast
from pos_bridge.models.outlets import Outlet, Terminal, TerminalKey, WrongKey
from tests.frontoffice.house import House
from tests.pos_bridge.api.conftest import KEYS, Hotel, Till, dinner, give_key, sha256

WRITES = ("/charges", "/charges/a/void", "/batches", "/z-reports")


# --- who asks -------------------------------------------------------------------------------------------------


def test_without_a_key_nothing_is_answered_and_the_way_to_send_one_is_told(hotel: Hotel) -> None:
    for headers in ({}, {"Authorization": "Basic dDp0"}, {"Authorization": "Bearer"}, {"Authorization": "Bearer "}):
        said = Till(hotel.port, None).ask("GET", "/business-date", **headers)
        said.problem(401, "terminal.key_missing")
        assert said.headers["WWW-Authenticate"] == 'Bearer realm="tills"'
        assert said.headers["Set-Cookie"] is None
    said = Till(hotel.port, "wrong").get("/business-date")
    said.problem(401, "terminal.key_wrong")
    assert said.headers["WWW-Authenticate"] == 'Bearer realm="tills", error="invalid_token"'


def test_a_revoked_key_is_refused_at_once_by_reads_and_by_writes(hotel: Hotel) -> None:
    till = hotel.till()
    assert till.charge("a-1").status == 201

    def revoke(session: Session) -> None:
        key = session.scalars(sa.select(TerminalKey).filter_by(key_hash=sha256(KEYS["TILL1"]))).one()
        key.revoked_at, key.revoked_by = clock.now(), "test"
        mark_anew(session)

    hotel.house.do(revoke)
    till.charge("a-2").problem(401, "key.revoked")
    till.charge("a-3").problem(401, "terminal.key_wrong")
    till.get("/guests?room=101").problem(401, "terminal.key_wrong")
    assert hotel.balance() == "45.50"
    assert hotel.till("TILL2").charge("a-2", 1).status == 201


def test_a_revoked_key_reads_nothing_even_where_the_kept_book_still_has_it(hotel: Hotel) -> None:
    till = hotel.till()
    assert till.get("/business-date").status == 200

    def revoke(session: Session) -> None:
        session.execute(sa.update(TerminalKey).values(revoked_at=clock.now(), revoked_by="test"))
        mark_anew(session)

    hotel.house.do(revoke)
    till.get("/business-date").problem(401, "terminal.key_wrong")


def test_a_key_that_was_just_given_works_at_once(hotel: Hotel) -> None:
    new = Till(hotel.port, "brand-new-key-cccccccccccccccccccccccc")
    new.get("/business-date").problem(401, "terminal.key_wrong")
    hotel.house.do(give_key, "TILL1", new.key)
    assert new.get("/business-date").status == 200


def test_a_key_is_refused_from_a_foreign_address_and_works_from_its_own(hotel: Hotel) -> None:
    near, far = "near-key-dddddddddddddddddddddddddddd", "far-key-eeeeeeeeeeeeeeeeeeeeeeeeeeee"
    hotel.house.do(give_key, "TILL1", near, "10.0.0.0/8 127.0.0.0/8")
    hotel.house.do(give_key, "TILL1", far, "10.0.0.0/8 2001:db8::/32")
    assert Till(hotel.port, near).get("/business-date").status == 200
    told = Till(hotel.port, far).get("/business-date").problem(403, "terminal.key_foreign")
    assert told["params"] == {"address": "127.0.0.1"}


def test_a_terminal_or_outlet_that_is_off_and_one_without_the_right_may_not(hotel: Hotel) -> None:
    def set_up(rights: str, terminal_on: bool, outlet_on: bool) -> None:
        def write(session: Session) -> None:
            terminal = session.get_one(Terminal, "TILL1")
            terminal.rights, terminal.active = rights, terminal_on
            session.get_one(Outlet, "REST").active = outlet_on
            mark_anew(session)

        hotel.house.do(write)

    till = hotel.till()
    assert till.get("/business-date").status == 200
    set_up("inquire", True, True)
    told = till.charge("a-1").problem(403, "terminal.may_not")
    assert told["params"] == {"terminal": "TILL1", "deed": "charge"}
    assert till.get("/guests?room=101").status == 200
    till.get("/events").problem(403, "terminal.may_not")
    assert till.post("/batches", {"entries": [_entry("b-1")]}, "b").json["outcomes"][0]["status"] == 403
    set_up("inquire charge", False, True)
    till.charge("a-1").problem(403, "terminal.off")
    till.get("/business-date").problem(403, "terminal.off")
    set_up("inquire charge", True, False)
    till.charge("a-1").problem(403, "outlet.off")
    set_up("inquire charge", True, True)
    assert till.charge("a-1").status == 201  # none of these refusals was kept


def _entry(key: str) -> dict[str, object]:
    return {"do": "charge", "key": key, "charge": dinner()}


# --- wrong keys -----------------------------------------------------------------------------------------------


def test_ten_thousand_wrong_keys_write_twenty_rows_and_hold_up_nobody_who_has_one(
    api: Flask, house: House, database_kind: str
) -> None:
    client = api.test_client()
    written = 0
    tries = {"sqlite": 10_000, "postgresql": 500}[database_kind]  # once is enough for the whole of it

    def count(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        nonlocal written
        written += statement.startswith(("INSERT", "DELETE", "UPDATE"))

    from frontoffice.app import db

    with api.app_context():
        sa.event.listen(db.engine, "before_cursor_execute", count)
    seen = []
    for number in range(tries):
        answer = client.get("/api/v1/business-date", headers={"Authorization": f"Bearer wrong-{number}"})
        seen.append(answer.status_code)
        if number % 1000 == 500:
            good = client.get("/api/v1/business-date", headers={"Authorization": f"Bearer {KEYS['TILL1']}"})
            assert good.status_code == 200
    assert seen[:20] == [401] * 20
    assert set(seen[20:]) == {429}
    assert answer.json["code"] == "terminal.key_delayed"
    assert 0 < int(answer.headers["Retry-After"]) <= 600
    assert len(house.rows(WrongKey)) == 20
    assert written <= 2 * 20 + 5  # each forgets what is long past; and the signs of life of a till
    with time_machine.travel(clock.now() + timedelta(minutes=11)):
        again = client.get("/api/v1/business-date", headers={"Authorization": "Bearer wrong"})
        assert again.status_code == 401


def test_wrong_keys_of_one_address_hold_up_no_other(api: Flask, house: House) -> None:
    client = api.test_client()
    wrong = {"Authorization": "Bearer wrong"}
    for _attempt in range(21):
        last = client.get("/api/v1/business-date", headers=wrong, environ_base={"REMOTE_ADDR": "10.0.0.1"})
    assert last.status_code == 429
    other = client.get("/api/v1/business-date", headers=wrong, environ_base={"REMOTE_ADDR": "10.0.0.2"})
    assert other.status_code == 401
    for _attempt in range(21):  # one household of IPv6 is one address
        last = client.get("/api/v1/events", headers=wrong, environ_base={"REMOTE_ADDR": f"2001:db8::{_attempt:x}"})
    assert last.status_code == 429


def test_wrong_keys_sent_side_by_side_are_counted_all_the_same(hotel: Hotel) -> None:
    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(lambda number: Till(hotel.port, f"w{number}").get("/events").status, range(60)))
    assert set(said) == {401, 429}
    assert 20 <= len(hotel.house.rows(WrongKey)) <= 28  # one more for each that was under way


# --- how often, how much, which kind ----------------------------------------------------------------------------


def test_a_terminal_that_asks_too_often_waits_and_the_other_does_not(hotel: Hotel) -> None:
    hotel.paced(1)
    till = hotel.till()
    said = [till.get("/business-date") for _number in range(6)]
    assert said[0].status == 200
    said[-1].problem(429, "terminal.delayed")
    assert int(said[-1].headers["Retry-After"]) >= 1
    assert hotel.till("TILL2").get("/business-date").status == 200


def test_a_bucket_fills_with_time_and_never_over_its_brim() -> None:
    now = [0.0]
    rates = Rates(2, lambda: now[0])
    for _token in range(4):
        rates.take("A")
    with pytest.raises(TerminalTooFast) as refusal:
        rates.take("A")
    assert refusal.value.params == {"seconds": 1}
    now[0] = 0.5
    rates.take("A")
    now[0] = 1000.0
    for _token in range(4):
        rates.take("A")
    with pytest.raises(TerminalTooFast):
        rates.take("A")
    for _token in range(1000):
        Rates(0).take("A")


@pytest.mark.parametrize("path", WRITES)
def test_only_json_of_a_sensible_size_with_a_key_is_taken(hotel: Hotel, path: str) -> None:
    till = hotel.till()
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/xml", "application/jsonp", ""):
        till.ask("POST", path, b"{}", "k", Content_Type=kind).problem(415, "body.not_json")
    till.post(path, b"[" * (256 * 1024 + 1), "k").problem(413, "http.413")
    till.post(path, b'{"x": "' + b"y" * 255 * 1024 + b'"}', "k").problem(422, "shape.invalid")
    till.post(path, {}, None).problem(400, "message_key.missing")
    for key in ("", " ", "ü", "k" * 101, "a\tb"):
        sent = key.encode("latin-1").decode("latin-1")
        said = till.post(path, {}, sent)
        assert said.status in (400, 422), key
        assert said.json["code"] in ("message_key.missing", "message_key.invalid"), key
    for body in (b"", b"{", b"null x", b"\xff\xfe", b'{"a": "\xed\xa0\x80"}', b"[" * 5000, b"NaN"):
        assert till.post(path, body, "k").status in (400, 422), body[:20]


WRONG = [
    ({"total_minor": "4550"}, "#/total_minor"),
    ({"total_minor": 4550.0}, "#/total_minor"),
    ({"total_minor": True}, "#/total_minor"),
    ({"total_minor": -1}, "#/total_minor"),
    ({"total_minor": 10**30}, "#/total_minor"),
    ({"total_minor": [4550]}, "#/total_minor"),
    ({"total_minor": {"minor": 4550}}, "#/total_minor"),
    ({"covers": "2"}, "#/covers"),
    ({"covers": 2.5}, "#/covers"),
    ({"covers": 10_000}, "#/covers"),
    ({"currency": "eur"}, "#/currency"),
    ({"currency": None}, "#/currency"),
    ({"currency": "EUR\n"}, "#/currency"),
    ({"check_number": 1024}, "#/check_number"),
    ({"check_number": "x" * 33}, "#/check_number"),
    ({"check_number": ""}, "#/check_number"),
    ({"remark": "a\x00b"}, "#/remark"),
    ({"remark": "\u202egnp.exe"}, "#/remark"),
    ({"nobody_knows": 1}, "#/nobody_knows"),
    ({"whom": "101"}, "#/whom"),
    ({"whom": {"room": 101}}, "#/whom/room"),
    ({"whom": {"stay": "1"}}, "#/whom/stay"),
    ({"whom": {"stay": 2**70}}, "#/whom/stay"),
    ({"lines": {}}, "#/lines"),
    ({"lines": [{"kind": "gift", "amount_minor": 1}]}, "#/lines/0/kind"),
    ({"lines": [{"kind": "item", "amount_minor": 1, "quantity": 0}]}, "#/lines/0/quantity"),
    ({"lines": [{"kind": "item", "amount_minor": 1}] * 41}, "#/lines"),
    ({"call": {"digits": "drop table"}}, "#/call/digits"),
]


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_nothing_is_taken_for_what_it_is_not_and_the_place_is_told(hotel: Hotel) -> None:
    for facts, pointer in WRONG:
        told = hotel.till().post("/charges", dinner() | facts, "k").problem(422, "shape.invalid")
        assert pointer in [each["pointer"] for each in told["params"]["errors"]], (facts, told)
    assert hotel.messages() == []
    assert hotel.till().charge("k").status == 201  # the key is free as before


def test_every_answer_below_the_interface_is_a_problem_also_to_a_browser(hotel: Hotel) -> None:
    till = hotel.till()
    browser = {"Accept": "text/html"}
    till.get("/nothing", **browser).problem(404, "http.404")
    till.get("/charges", **browser).problem(405, "http.405")
    assert "POST" in till.get("/charges").headers["Allow"]
    till.ask("DELETE", "/business-date", **browser).problem(405, "http.405")
    till.get("/charges/never", **browser).problem(404, "request.unknown")
    till.get("/folios/%00").problem(404, "http.404")


def test_what_a_waiter_is_told_is_in_the_language_that_was_asked_for(hotel: Hotel) -> None:
    told = hotel.till().get("/business-date", Accept_Language="de")
    assert told.status == 200
    hotel.house.pay(hotel.stay, "1.00")
    said = hotel.till().post("/charges", dinner(60000), "a-1", Accept_Language="de")
    assert "600,00" in said.problem(409, "folio.house_limit")["detail"]


def test_a_fault_of_the_program_tells_nothing_and_no_key_is_ever_logged(
    hotel: Hotel, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pos_bridge import charging

    def fails(*_facts: object) -> None:
        raise RuntimeError("inner secrets")

    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(charging, "charge", fails)
    told = hotel.till().charge("a-1").problem(500, "program.failed")
    assert "inner secrets" not in json.dumps(told)
    Till(hotel.port, "not-a-key-but-typed").get("/business-date")
    assert "inner secrets" in caplog.text
    for secret in (*KEYS.values(), "not-a-key-but-typed"):
        assert secret not in caplog.text
    stored = [tuple(map(str, vars(row).values())) for row in hotel.house.rows(WrongKey)]
    assert "not-a-key-but-typed" not in str(stored)
