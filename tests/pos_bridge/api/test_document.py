"""The document of the interface, and the interface tried against it: whatever it says may be sent, and much that it
says may not, is answered as it says; never a failure, never a check by halves.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case
from schemathesis import checks as ways

from folios.db import reading
from folios.models import Posting, Voucher
from pos_bridge.api import BASE, OPERATIONS
from pos_bridge.models.messages import PosRequest
from tests.frontoffice.house import House
from tests.pos_bridge.api.conftest import KEYS, ROOM, Hotel, dinner

BOUNDED = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)
NOT_CHECKED = {
    # what fits the shape may still be refused: nobody is in that room
    "positive_data_acceptance",
    # every case is sent with a key that is one; wrong ones are tried in test_doors.py
    "ignored_auth",
}


def prove_no_halves(house: House) -> None:
    """Each message that was done has its voucher with lines; each voucher of a till has its message; books balance."""
    with reading(house.sessions) as session:
        done = session.execute(
            sa.select(PosRequest.id, Posting.id)
            .outerjoin(Posting, Posting.voucher_id == PosRequest.voucher_id)
            .where(PosRequest.kind == "charge", PosRequest.outcome != "refused")
        ).all()
        assert all(row[1] is not None for row in done)
        told = sa.select(PosRequest.voucher_id).where(PosRequest.voucher_id.is_not(None))
        untold = sa.select(Voucher.id).where(Voucher.terminal.is_not(None), Voucher.id.not_in(told))
        assert session.scalars(untold.where(Voucher.kind == "charge")).all() == []
    house.prove()


# --- the document ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_the_document_names_every_route_and_every_word_it_uses(api: Flask) -> None:
    told = api.test_client().get(f"{BASE}/openapi.json").get_json()
    assert told["openapi"] == "3.1.0"
    assert told["paths"].keys() == {each.address for each in OPERATIONS}
    ours = [rule for rule in api.url_map.iter_rules() if rule.rule.startswith(BASE)]
    views = {rule.rule: api.view_functions[rule.endpoint].__module__ for rule in ours}
    routes = {address for address, module in views.items() if module.startswith("pos_bridge.")}
    assert len(routes) == len(told["paths"]) + 2
    text = json.dumps(told)
    for name in set(_named(told)):
        assert name in told["components"]["schemas"], name
    for word in ("TODO", 'additionalProperties": true}'):
        assert word not in text
    operations = [each for path in told["paths"].values() for each in path.values()]
    assert all(each["summary"] and each["description"] for each in operations)
    assert len({each["operationId"] for each in operations}) == len(OPERATIONS)


def _named(told: Any) -> list[str]:
    if isinstance(told, dict):
        own = [told["$ref"].rsplit("/", 1)[1]] if "/schemas/" in str(told.get("$ref")) else []
        return own + [name for each in told.values() for name in _named(each)]
    return [name for each in told for name in _named(each)] if isinstance(told, list) else []


# --- the interface tried against it ---------------------------------------------------------------------------------


@pytest.fixture
def tried(api: Flask, house: House, database_kind: str) -> Any:
    """The document, with cases that are sent to the application as a till would."""
    house.arrive(5, ROOM)
    with api.app_context():
        return schemathesis.openapi.from_wsgi(f"{BASE}/openapi.json", api)


def test_whatever_is_sent_is_answered_as_the_document_says(tried: Any, api: Flask, house: House) -> None:
    excluded = [each for each in ways.CHECKS.get_all() if each.__name__ in NOT_CHECKED]
    asked = 0
    for found in tried.get_all_operations():
        operation = found.ok()
        for mode in (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE):
            strategy = operation.as_strategy(generation_mode=mode)

            @BOUNDED
            @given(case=strategy)
            def ask(case: Case) -> None:
                nonlocal asked
                asked += 1
                response = case.call(headers={"Authorization": f"Bearer {KEYS['TILL1']}"})
                assert response.status_code < 500, response.text
                case.validate_response(response, excluded_checks=excluded)

            ask()
    assert asked > len(OPERATIONS) * 5
    prove_no_halves(house)


WORDS = st.one_of(st.text(max_size=40), st.sampled_from(["101", "102", "EUR", "USD", "", "\x00", "\u202e", "Guest"]))
FIGURES = st.one_of(
    st.integers(-(2**70), 2**70),
    st.integers(-5, 10**6),
    st.booleans(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.none(),
    WORDS,
)
LINES = st.fixed_dictionaries(
    {"kind": st.sampled_from(["item", "tax", "service", "tip", "discount", "gift"])},
    optional={"amount_minor": FIGURES, "number": FIGURES, "quantity": FIGURES, "article": FIGURES, "text": WORDS},
)
REAL_LINES = st.fixed_dictionaries(
    {"kind": st.sampled_from(["item", "service", "tip", "discount"]), "amount_minor": st.integers(0, 9_000)},
    optional={"quantity": st.integers(1, 9), "text": st.just("Räucherlachs <b>"), "number": st.integers(0, 99)},
)
WHOM = st.one_of(
    st.just({"room": ROOM}),
    st.fixed_dictionaries(
        {}, optional={"room": WORDS, "name": WORDS, "stay": FIGURES, "account": WORDS, "card": WORDS}
    ),
)
CHECKS = st.one_of(
    st.fixed_dictionaries(
        {
            "whom": st.just({"room": ROOM}),
            "lines": st.lists(REAL_LINES, min_size=1, max_size=5),
            "currency": st.just("EUR"),
        }
    ),
    st.fixed_dictionaries({"whom": WHOM, "lines": st.lists(REAL_LINES, max_size=5), "currency": st.just("EUR")}),
    st.fixed_dictionaries(
        {"whom": WHOM, "lines": st.lists(st.one_of(LINES, REAL_LINES), max_size=5), "currency": WORDS},
        optional={"total_minor": FIGURES, "covers": FIGURES, "check_number": WORDS, "remark": WORDS, "at": WORDS},
    ),
    st.recursive(FIGURES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3)),
)


def test_no_body_makes_it_fail_and_none_is_booked_by_halves(api: Flask, house: House) -> None:
    stay = house.arrive(5, ROOM)
    client = api.test_client()
    seen: Counter[int] = Counter()
    turn = 0

    @settings(BOUNDED, max_examples=150)
    @given(body=CHECKS, same_key=st.integers(0, 3))
    def send(body: Any, same_key: int) -> None:
        nonlocal turn
        turn += same_key != 3
        before = house.balance(house.window(stay))
        headers = {"Authorization": f"Bearer {KEYS['TILL1']}", "Idempotency-Key": f"k-{turn}"}
        sent = json.dumps(body).encode()
        answer = client.post(f"{BASE}/charges", data=sent, headers=headers, content_type="application/json")
        seen[answer.status_code] += 1
        assert answer.status_code < 500, (body, answer.text)
        after = house.balance(house.window(stay))
        if answer.status_code != 201:
            assert after == before, body
        again = client.post(f"{BASE}/charges", data=sent, headers=headers, content_type="application/json")
        assert again.status_code == {201: 200}.get(answer.status_code, answer.status_code)
        assert house.balance(house.window(stay)) == after

    send()
    assert seen[201] > 5, seen
    assert seen[422] > 5, seen
    prove_no_halves(house)


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_broken_json_of_every_kind_is_no_failure(hotel: Hotel) -> None:
    whole = json.dumps(dinner()).encode()
    till = hotel.till()
    broken: list[Callable[[int], bytes]] = [
        lambda place: whole[:place],
        lambda place: whole[:place] + b"\xff" + whole[place + 1 :],
        lambda place: whole[:place] + b"\x00" + whole[place + 1 :],
    ]
    for number, make in enumerate(broken):
        for place in range(0, len(whole), 7):
            said = till.post("/charges", make(place), f"x-{number}-{place}")
            assert said.status in (400, 422), (number, place, said.text)
    assert hotel.balance() == "0.00"
