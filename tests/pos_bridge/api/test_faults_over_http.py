"""The till loses its power between a charge and the answer, and the database its own: sent again, it is done once."""

from __future__ import annotations

import json
import socket
import time

import pytest
import sqlalchemy as sa

from folios import db
from frontoffice.app import db as web
from tests.pos_bridge.api.conftest import KEYS, Hotel, dinner


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
