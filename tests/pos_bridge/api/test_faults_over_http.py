"""The till loses its power between a charge and the answer, and the database its own: sent again, it is done once."""

from __future__ import annotations

import json
import signal
import socket
import time

import pytest
import sqlalchemy as sa

from folios import db, schema
from frontoffice.app import db as web
from pos_bridge.api.auth import RATES
from pos_bridge.api.rates import Rates
from tests.conftest import IN_CI, opened
from tests.frontoffice.conftest import staff
from tests.frontoffice.desk_client import application_of_its_own
from tests.frontoffice.house import House
from tests.pos_bridge.api.conftest import KEYS, Hotel, add_outlets, dinner, serving
from tests.postgres_server import NoPostgres, Server, own_server


def test_a_till_cut_off_right_after_sending_gets_the_first_answer_when_it_asks_again(hotel: Hotel) -> None:
    body = json.dumps(dinner()).encode()
    for number in range(5):
        head = (
            f"POST /api/v1/charges HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {KEYS['TILL1']}\r\n"
            f"Idempotency-Key: cut-{number}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        with socket.create_connection(("127.0.0.1", hotel.port), timeout=10) as till:
            till.sendall(head.encode() + body)
            if number % 2:  # sometimes before it was read, sometimes after
                time.sleep(0.1)
        again = hotel.till().charge(f"cut-{number}")
        assert again.status in (200, 201), again.text
        assert hotel.till().charge(f"cut-{number}").json["voucher"] == again.json["voucher"]
    assert hotel.vouchers() == 5
    assert hotel.balance() == "227.50"


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_database_that_is_locked_is_said_with_when_to_send_again(
    hotel: Hotel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "PATIENCE_S", 0.1)
    with hotel.app.app_context():
        sa.event.listen(web.engine, "checkout", lambda line, *_: line.execute("PRAGMA busy_timeout = 100"))
    with hotel.house.engine.connect() as other:
        other.exec_driver_sql("SELECT 1")  # begins immediate: the file is locked from here
        said = hotel.till().charge("locked")
    said.problem(409, "request.in_work")
    assert int(said.headers["Retry-After"]) > 0
    assert hotel.till().charge("locked").status == 201
    assert hotel.vouchers() == 1


def test_a_server_that_dies_and_comes_back_has_each_charge_that_was_sent_until_it_was_answered_once() -> None:
    try:
        with own_server(durable=True) as server, opened(server.address) as engine:
            schema.upgrade(engine)
            staff(engine)
            house = House(engine)
            house.look_around()
            house.do(add_outlets)
            with application_of_its_own(server.address) as app, serving(app) as port:
                app.extensions[RATES] = Rates(0)
                hotel = Hotel(house, app, port)
                hotel.stay = house.arrive(5, "101")
                for how in (signal.SIGINT, signal.SIGQUIT):
                    _charges_go_on(hotel, server, how)
            house.prove()
    except NoPostgres as reason:
        (pytest.fail if IN_CI else pytest.skip)(f"no PostgreSQL: {reason}")


def _charges_go_on(hotel: Hotel, server: Server, how: signal.Signals) -> None:
    """A till charges before, while and after the server is stopped; what was not answered it sends again."""
    begun = hotel.vouchers()
    keys = [f"{how.name}-{number}" for number in range(6)]
    assert [hotel.till().charge(key, 100).status for key in keys[:2]] == [201, 201]
    server.stop(how)
    for key in keys[:4]:  # the first two were answered, and are asked for again
        said = hotel.till().charge(key, 100)
        assert said.status == 503, said.text
        assert said.json["code"] in ("database.gone", "database.outcome_unknown")  # the line was cut under a charge
        assert int(said.headers["Retry-After"]) > 0
    server.start()
    answers = [hotel.till().charge(key, 100) for key in keys]
    assert [said.status for said in answers] == [200, 200, 201, 201, 201, 201]
    hotel.house.engine.dispose()  # the lines on which the test itself looks
    assert hotel.vouchers() == begun + len(keys)
    assert hotel.balance() == f"{hotel.vouchers()}.00"
