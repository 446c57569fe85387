"""Charges over the interface: done once however often they are sent, answered in words, and never by halves."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from pos_bridge.models.messages import PosRequest
from tests.frontoffice.house import CLERK
from tests.pos_bridge.api.conftest import Hotel, dinner


def test_a_charge_is_booked_and_answered_in_words(hotel: Hotel) -> None:
    said = hotel.till().charge("a-1", check_number="1024", covers=2)
    assert said.status == 201, said.text
    told = said.json
    assert (told["outcome"], told["total_minor"], told["currency"], told["room"]) == ("done", 4550, "EUR", "101")
    assert told["text"] == "45.50 EUR charged to 101, Guest, Mr.."
    assert told["business_date"] == "2026-03-01"
    assert told["may"] == {"void": None}
    assert said.headers["Location"] == "/api/v1/charges/a-1"
    assert hotel.balance() == "45.50"


def test_the_same_message_again_gets_the_first_answer_and_books_nothing(hotel: Hotel) -> None:
    first = hotel.till().charge("a-1").json
    again = hotel.till().charge("a-1")
    assert again.status == 200
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json == first | {"replayed": True}
    assert hotel.balance() == "45.50"


def test_the_same_key_with_another_content_is_refused(hotel: Hotel) -> None:
    hotel.till().charge("a-1")
    hotel.till().charge("a-1", 4551).problem(409, "request.key_reused")
    assert hotel.balance() == "45.50"


def test_two_tills_may_use_the_same_key_and_see_only_their_own(hotel: Hotel) -> None:
    hotel.till("TILL1").charge("a-1")
    hotel.till("TILL2").get("/charges/a-1").problem(404, "request.unknown")
    assert hotel.till("TILL2").charge("a-1", 100).status == 201
    assert hotel.till("TILL1").get("/charges/a-1").json["total_minor"] == 4550


def test_a_key_from_many_sockets_at_once_books_once(hotel: Hotel) -> None:
    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(lambda _number: hotel.till().charge("a-1"), range(8)))
    while any(each.status == 409 for each in said):  # in work: sent again after a moment, as the answer says
        assert {each.headers["Retry-After"] for each in said if each.status == 409} == {"1"}
        said = [hotel.till().charge("a-1") if each.status == 409 else each for each in said]
    assert {each.status for each in said} <= {200, 201}
    assert [each.status for each in said].count(201) <= 1
    assert len({each.json["voucher"] for each in said}) == 1
    assert hotel.balance() == "45.50"


def test_a_refusal_is_kept_and_given_again_when_the_reason_is_gone(hotel: Hotel) -> None:
    over = hotel.till().charge("a-1", 60000).problem(409, "folio.house_limit")
    assert over["params"]["requested"] == {"minor": 60000, "currency": "EUR"}
    assert over["may"] == {"charge": over["detail"]}
    hotel.house.pay(hotel.stay, "400.00")
    again = hotel.till().charge("a-1", 60000)
    assert again.problem(409, "folio.house_limit") == over
    assert again.headers["Idempotency-Replayed"] == "true"
    assert hotel.till().charge("a-2", 60000).status == 201


@pytest.mark.parametrize(
    ("facts", "status", "code"),
    [
        ({"whom": {"room": "999"}}, 404, "payer.room_unknown"),
        ({"whom": {"room": "102"}}, 409, "payer.room_vacant"),
        ({"whom": {"room": "101", "name": "Other"}}, 422, "payer.name_mismatch"),
        ({"total_minor": 4551}, 422, "check.sum_mismatch"),
        ({"currency": "USD"}, 422, "currency.mismatch"),
        ({"lines": [], "total_minor": 0}, 422, "check.empty"),
    ],
)
def test_what_cannot_be_charged_says_why_in_a_status_and_a_code(
    hotel: Hotel, facts: dict[str, Any], status: int, code: str
) -> None:
    till = hotel.till()
    till.post("/charges", dinner() | facts, "a-1").problem(status, code)
    again = till.post("/charges", dinner() | facts, "a-1")
    again.problem(status, code)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert till.get("/charges/a-1").json["refusal"] == code
    assert hotel.vouchers() == 0


def test_a_charge_that_was_sent_before_midnight_is_answered_as_booked_then_when_the_day_was_rolled(
    hotel: Hotel,
) -> None:
    first = hotel.till().charge("a-1").json
    hotel.house.end_day()
    again = hotel.till().charge("a-1")
    assert again.status == 200
    assert again.json == first | {"replayed": True}
    assert hotel.till().charge("a-2").json["business_date"] == "2026-03-02"
    assert hotel.till().get("/business-date").json == {"business_date": "2026-03-02", "currency": "EUR"}


def test_a_charge_is_taken_back_in_part_and_in_whole_and_not_twice(hotel: Hotel) -> None:
    till = hotel.till()
    till.charge("a-1")
    part = {"reason": "Cold soup", "amount_minor": 1000, "currency": "EUR"}
    assert till.post("/charges/a-1/void", part, "v-1").json["total_minor"] == 1000
    assert hotel.balance() == "35.50"
    assert till.post("/charges/a-1/void", part, "v-1").status == 200
    assert till.post("/charges/a-1/void", {"reason": "All of it"}, "v-2").status == 201
    assert hotel.balance() == "0.00"
    till.post("/charges/a-1/void", {"reason": "Again"}, "v-3").problem(409, "void.nothing_left")
    till.post("/charges/a-1/void", part | {"currency": "USD"}, "v-4").problem(422, "currency.mismatch")


def test_a_void_after_the_day_was_closed_is_an_allowance_of_today(hotel: Hotel) -> None:
    till = hotel.till()
    till.charge("a-1")
    hotel.house.end_day()
    assert till.post("/charges/a-1/void", {"reason": "Complaint"}, "v-1").json["business_date"] == "2026-03-02"


def test_keys_of_every_printable_kind_are_found_again(hotel: Hotel) -> None:
    from urllib.parse import quote

    till = hotel.till()
    keys = ("a/b", "a//b", "x/void", "100%", "q?x=1&y=2", "a b", "..", "#1", "[]{}|^~", "k" * 100)
    for number, key in enumerate(keys):
        assert till.charge(key, 100 + number).status == 201, key
        assert till.get(f"/charges/{quote(key, safe='')}").json["total_minor"] == 100 + number, key
    assert till.post(f"/charges/{quote('x/void', safe='')}/void", {"reason": "r"}, "v").json["total_minor"] == 102


def test_what_cannot_be_placed_goes_to_suspense_where_the_outlet_has_one(hotel: Hotel) -> None:
    from folios.codes import mark_anew
    from pos_bridge.models.outlets import Outlet

    def provide(session: Any) -> None:
        from frontoffice import accounts

        folio = accounts.open_account(session, "non_guest", "Suspense", CLERK)
        session.get_one(Outlet, "REST").suspense_folio_id = folio.id
        mark_anew(session)

    hotel.house.do(provide)
    said = hotel.till().charge("a-1", room="102")
    assert (said.status, said.json["outcome"]) == (202, "suspense")
    assert hotel.till().charge("a-1", room="102").status == 202


# --- batches --------------------------------------------------------------------------------------------------


def batch(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"entries": list(entries)}


def a_charge(key: str, amount: int = 1000, room: str = "101") -> dict[str, Any]:
    return {"do": "charge", "key": key, "charge": dinner(amount, room)}


def a_void(key: str, of: str) -> dict[str, Any]:
    return {"do": "void", "key": key, "charge_key": of, "void": {"reason": "r"}}


def test_a_batch_gives_each_entry_the_outcome_it_would_have_had_alone_in_order(hotel: Hotel) -> None:
    till = hotel.till()
    till.charge("sent", 500)
    sent = batch(
        a_charge("sent", 500),
        a_charge("b-1"),
        a_charge("b-2", room="999"),
        a_charge("b-3", 2000),
        a_void("b-4", "b-3"),
        a_charge("b-1", 7),
    )
    said = till.post("/batches", sent, "batch-1")
    outcomes = said.json["outcomes"]
    assert [(each["key"], each["status"]) for each in outcomes] == [
        ("sent", 200),
        ("b-1", 201),
        ("b-2", 404),
        ("b-3", 201),
        ("b-4", 201),
        ("b-1", 409),
    ]
    assert outcomes[2]["problem"]["code"] == "payer.room_unknown"
    assert hotel.balance() == "15.00"
    again = till.post("/batches", sent, "batch-1")
    assert (again.status, again.json["replayed"], again.headers["Idempotency-Replayed"]) == (200, True, "true")
    assert hotel.balance() == "15.00"
    till.post("/batches", batch(a_charge("b-9")), "batch-1").problem(409, "request.key_reused")
    till.post("/batches", batch(a_charge("b-9")), "b-9").problem(422, "batch.key_invalid")
    assert hotel.balance() == "15.00"


# --- the rest -------------------------------------------------------------------------------------------------


def test_a_till_asks_who_is_in_a_room_and_may_they_charge(hotel: Hotel) -> None:
    (guest,) = hotel.till().get("/guests?room=101").json["guests"]
    assert (guest["kind"], guest["room"], guest["guest"]) == ("guest", "101", "Guest, Mr.")
    assert guest["may"] == {"charge": None}
    assert hotel.till().get("/guests?room=102").json == {"guests": []}
    hotel.till().get("/guests").problem(422, "payer.missing")
    wrong = ("room=101&room=102", "room=101&x=1", "stay=one", "stay=1.0", "stay=%2B1", "most=0", "most=17", "room=")
    for query in wrong:
        assert hotel.till().get(f"/guests?{query}").problem(422, "shape.invalid")["params"]["errors"], query
    assert len(hotel.messages(kind="inquiry")) == 2


def test_an_account_tells_its_lines_and_what_may_be_done_and_why_not(hotel: Hotel) -> None:
    hotel.till().charge("a-1")
    (guest,) = hotel.till().get("/guests?room=101").json["guests"]
    told = hotel.till().get(f"/folios/{guest['folio']}").json
    assert told["balance_minor"] == 4550
    assert [line["debit_minor"] for line in told["lines"]] == [4550]
    assert told["may"]["charge"] is None
    assert "4" in told["may"]["close"]
    assert not {"operator", "reference", "remark"} & told["lines"][0].keys()
    assert hotel.till().get(f"/folios/{guest['folio']}?since=2026-03-02").json["lines"] == []
    for since in ("2026-3-1", "20260301", "2026-02-30", "1700000000", "2026-03-01T00:00:00"):
        hotel.till().get(f"/folios/{guest['folio']}?since={since}").problem(422, "shape.invalid")
    for number in ("nobody", "RESTAURANT", "DRAWER1", "x" * 60):
        hotel.till().get(f"/folios/{number}").problem(404, "folio.unknown")


def test_a_z_report_tells_in_which_checks_till_and_books_differ(hotel: Hotel) -> None:
    till = hotel.till()
    till.charge("a-1", 1000, check_number="1")
    till.charge("a-2", 2000, check_number="2")
    checks = [{"check_number": "1", "total_minor": 1000}, {"check_number": "3", "total_minor": 5}]
    sent = {"number": "Z-1", "total_minor": 1005, "checks": checks, "currency": "EUR"}
    said = till.post("/z-reports", sent, "z-1")
    assert said.status == 201
    assert (said.json["till_minor"], said.json["books_minor"]) == (1005, 3000)
    assert said.json["differences"] == [
        {"check_number": "2", "till_minor": None, "books_minor": 2000},
        {"check_number": "3", "till_minor": 5, "books_minor": None},
    ]
    again = till.post("/z-reports", sent, "z-1")
    assert (again.status, again.json) == (200, said.json | {"replayed": True})
    till.post("/z-reports", sent, "z-2").problem(409, "z_report.number_taken")
    till.post("/z-reports", sent | {"number": "Z-2", "total_minor": 1}, "z-3").problem(422, "z_report.sum_mismatch")


def test_news_of_guests_are_read_once_with_the_cursor(hotel: Hotel) -> None:
    till = hotel.till()
    first = till.get("/events?most=1").json
    assert [each["kind"] for each in first["events"]] == ["checked_in"]
    assert first["events"][0]["room"] == "101"
    assert till.get(f"/events?after={first['cursor']}").json == {"events": [], "cursor": first["cursor"]}
    till.get("/events?after=yesterday").problem(422, "cursor.invalid")


def test_what_is_kept_of_a_message_is_what_was_sent(hotel: Hotel) -> None:
    hotel.till().charge("a-1", remark="No 4111 1111 1111 1111")
    (kept,) = hotel.house.rows(PosRequest, key="a-1")
    assert "4111 1111" not in json.dumps(kept.body)
