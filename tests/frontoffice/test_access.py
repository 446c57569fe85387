"""The guard of the pages: who may open what, what is sent from where, and what becomes of a form meanwhile."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from werkzeug.routing import Rule

from folios import clock
from frontoffice import guests, users
from frontoffice.models.guests import Guest
from frontoffice.models.visits import EndedVisit, HeldForm
from frontoffice.rights import RIGHTS, STARTER_ROLES
from frontoffice.views.access import MACHINES, PUBLIC, SIGNED_IN, declared_right
from tests.frontoffice.conftest import ROLES
from tests.frontoffice.desk_client import BROWSER, PASSWORD, Client
from tests.frontoffice.house import CLERK, House

Desk = Callable[[str], Client]
HELD_BY = {role.code: set(role.rights) for role in STARTER_ROLES}
NOBODY_THERE = "999999"


def addresses(app: Flask, *, of_machines: bool = False) -> list[tuple[str, str, str]]:
    """Every route with each of its methods, its right, and an address that leads to nobody's record."""
    found = []
    for rule in app.url_map.iter_rules():
        right = declared_right(app.view_functions[rule.endpoint])
        assert right is not None, f"{rule} declares no right"
        if (right == MACHINES) is not of_machines:
            continue
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            found.append((method, filled(rule), right))
    return found


def filled(rule: Rule) -> str:
    address = re.sub(r"<int:[^>]+>", NOBODY_THERE, rule.rule)
    address = re.sub(r"<any\((\w+)[^>]*>", r"\1", address)
    address = re.sub(r"<string\(length=(\d+)\)[^>]*>", lambda length: "0" * int(length[1]), address)
    return re.sub(r"<[^>]+>", "nobody", address)


# --- every route, every role -----------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ROLES)
def test_every_page_opens_for_the_roles_that_have_its_right_and_for_no_other(app: Flask, desk: Desk, role: str) -> None:
    client = desk(role)
    wrong = []
    checked = 0
    for method, address, right in addresses(app):
        if method == "POST" or address.startswith("/static"):
            continue
        status = client.get(address).status_code
        allowed = right in (PUBLIC, SIGNED_IN) or right in HELD_BY[role]
        checked += 1
        if (status == 403) == allowed or status >= 500:
            wrong.append((address, right, status))
    assert wrong == []
    assert checked > 5


@pytest.mark.parametrize("role", ROLES)
def test_every_deed_is_refused_to_the_roles_that_lack_its_right(app: Flask, desk: Desk, role: str) -> None:
    client = desk(role)
    token = client.form("/password")["csrf_token"]
    for method, address, right in addresses(app):
        if method == "POST" and right not in (PUBLIC, SIGNED_IN, *HELD_BY[role]):
            answer = client.send(address, {"csrf_token": token})
            assert answer.status_code == 403, (address, right, answer.status_code)
            assert RIGHTS[right].split()[0] in answer.text or "right.missing" in answer.text


def test_nobody_who_is_not_signed_in_opens_or_sends_anything(app: Flask) -> None:
    client = Client(app)
    for method, address, right in addresses(app):
        if right != PUBLIC:
            answer = client.browser.open(address, method=method, headers=BROWSER)
            assert answer.status_code == 303, (method, address)
            assert answer.headers["Location"].startswith("/sign-in?next=")
            assert client.browser.open(address, method=method).status_code in (401, 403), (method, address)


def test_no_deed_is_done_without_the_token_of_the_session(app: Flask, desk: Desk, house: House) -> None:
    client = desk("administrator")
    before = house.contents()
    for method, address, _right in addresses(app):
        if method == "POST":
            for token in ({}, {"csrf_token": ""}, {"csrf_token": "made.up.token"}):
                answer = client.send(address, {"surname": "Forged", **token})
                assert answer.status_code == 403, (address, answer.status_code)
                assert "form.foreign" in answer.text
    assert house.contents() == before


def test_no_session_opens_the_door_of_the_machines_and_no_cookie_comes_out_of_it(app: Flask, desk: Desk) -> None:
    client = desk("administrator")
    tried = addresses(app, of_machines=True)
    assert len(tried) > 5
    for method, address, _right in tried:
        answer = client.browser.open(address, method=method, headers=BROWSER)
        assert answer.status_code == (200 if address.endswith("openapi.json") else 401), (method, address)
        assert "Set-Cookie" not in answer.headers
        assert "Cookie" not in answer.headers.get("Vary", "")


# --- sitting still ------------------------------------------------------------------------------------------------


def test_a_session_times_out_and_the_filled_form_comes_back_after_signing_in_again(app: Flask, house: House) -> None:
    client = Client(app).sign_in("cashier")
    typed = client.form("/guests/new") | {"surname": "Typed before", "remark": "half an hour\nof talking"}
    with time_machine.travel(clock.now() + timedelta(minutes=31)):
        sent_too_late = client.send("/guests/new", typed)
        assert sent_too_late.status_code == 303
        sign_in_page = sent_too_late.headers["Location"]
        assert "cashier was signed out because nothing was done for a while" in client.page(sign_in_page)
        assert house.rows(Guest, surname="Typed before") == []
        entered = client.submit(sign_in_page, user="cashier", password=PASSWORD)
        form_again = entered.headers["Location"]
        fields = client.form("/guests/new", on=form_again)
        assert (fields["surname"], fields["remark"]) == ("Typed before", "half an hour\nof talking")
        assert client.send("/guests/new", fields).status_code == 303
    assert len(house.rows(Guest, surname="Typed before")) == 1


def test_what_somebody_typed_is_given_back_to_nobody_else(app: Flask) -> None:
    client = Client(app).sign_in("cashier")
    typed = client.form("/guests/new") | {"surname": "Between us"}
    with time_machine.travel(clock.now() + timedelta(minutes=31)):
        sign_in_page = client.send("/guests/new", typed).headers["Location"]
        entered = client.submit(sign_in_page, user="manager", password=PASSWORD)
        assert "Between us" not in client.page(entered.headers["Location"])


def test_a_click_now_and_then_keeps_the_session(app: Flask) -> None:
    client = Client(app).sign_in("cashier")
    moment = clock.now()
    for minutes in (20, 40, 60):
        with time_machine.travel(moment + timedelta(minutes=minutes)):
            assert client.get("/guests").status_code == 200
    with time_machine.travel(moment + timedelta(minutes=95)):
        assert client.get("/guests").status_code == 303


def test_no_password_is_kept_with_a_form_that_was_sent_too_late(app: Flask, house: House) -> None:
    client = Client(app).sign_in("cashier")
    typed = client.form("/password") | {
        "old_password": PASSWORD,
        "password": "very secret words",
        "again_password": "x",
    }
    with time_machine.travel(clock.now() + timedelta(minutes=31)):
        client.send("/password", typed)
    (held,) = house.rows(HeldForm)
    assert "very secret words" not in str(held.fields)
    assert PASSWORD not in str(held.fields)


def test_a_page_from_before_the_sign_in_keeps_what_was_typed_and_saves_nothing(app: Flask, house: House) -> None:
    client = Client(app).sign_in("cashier")
    typed = client.form("/guests/new") | {"surname": "Second tab"}
    client.submit("/sign-out", on="/guests")
    client.sign_in("cashier")
    answer = client.send("/guests/new", typed)
    assert answer.status_code == 303
    fields = client.form("/guests/new", on=answer.headers["Location"])
    assert fields["surname"] == "Second tab"
    assert house.rows(Guest, surname="Second tab") == []
    assert client.send("/guests/new", fields).status_code == 303


# --- who is signed in -----------------------------------------------------------------------------------------------


def test_a_changed_password_ends_every_other_session(app: Flask) -> None:
    here, elsewhere = Client(app).sign_in("cashier"), Client(app).sign_in("cashier")
    new = "another horse battery"
    here.done("/password", old_password=PASSWORD, password=new, again_password=new)
    assert here.get("/guests").status_code == 200
    assert elsewhere.get("/guests").status_code == 303


def test_who_is_disabled_is_out_at_once(app: Flask, desk: Desk, house: House) -> None:
    client = desk("cashier")
    house.do(users.disable_user, "cashier", "administrator")
    assert client.get("/guests").status_code == 303


def test_who_was_given_a_password_changes_it_before_anything_else(app: Flask, house: House) -> None:
    given = house.do(users.reset_password, "cashier", "administrator")
    client = Client(app).sign_in("cashier", given)
    assert client.get("/guests").headers["Location"] == "/password"
    new = "one of my own choice"
    client.done("/password", old_password=given, password=new, again_password=new)
    assert client.get("/guests").status_code == 200


def test_signing_out_ends_the_session_for_good(app: Flask) -> None:
    client = Client(app).sign_in("cashier")
    cookie = client.browser.get_cookie("session")
    assert cookie is not None
    copy = Client(app)
    copy.browser.set_cookie("session", cookie.value)
    assert copy.get("/guests").status_code == 200
    client.submit("/sign-out", on="/guests")
    assert client.get("/guests").status_code == 303
    assert copy.get("/guests").status_code == 303
    assert copy.sign_in("cashier").get("/guests").status_code == 200  # whose it is begins anew in that browser


def test_signing_out_here_leaves_the_other_desk_signed_in(app: Flask, house: House) -> None:
    here, elsewhere = Client(app).sign_in("cashier"), Client(app).sign_in("cashier")
    here.submit("/sign-out", on="/guests")
    assert elsewhere.get("/guests").status_code == 200
    assert len(house.rows(EndedVisit)) == 1
    with time_machine.travel(clock.now() + timedelta(days=2)):
        Client(app).sign_in("cashier").submit("/sign-out", on="/guests")
    assert len(house.rows(EndedVisit)) == 1  # who signed out long ago is forgotten


def test_a_page_that_fetches_itself_anew_keeps_nobody_signed_in(app: Flask) -> None:
    client = Client(app).sign_in("cashier")
    began = clock.now()
    for minutes in range(5, 31, 5):
        with time_machine.travel(began + timedelta(minutes=minutes)):
            assert client.browser.get("/jobs", headers=BROWSER | {"X-By-Itself": "yes"}).status_code == 200
    with time_machine.travel(began + timedelta(minutes=31)):
        assert client.browser.get("/jobs", headers=BROWSER | {"X-By-Itself": "yes"}).status_code == 303


@pytest.mark.parametrize("next_page", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example"])
def test_signing_in_never_leads_to_another_site(app: Flask, next_page: str) -> None:
    client = Client(app)
    fields = client.form("/sign-in") | {"user": "cashier", "password": PASSWORD, "next": next_page}
    assert client.send("/sign-in", fields).headers["Location"] == "/"


def test_a_wrong_password_tells_nothing_and_keeps_the_name(app: Flask) -> None:
    client = Client(app)
    wrong = client.refused("/sign-in", user="cashier", password="not this one")
    unknown = client.refused("/sign-in", user="nobody", password="not this one")
    assert "User and password do not match." in wrong
    assert "User and password do not match." in unknown
    assert "not this one" not in wrong
    assert client.form("/sign-in")["user"] == ""


def test_guessing_is_slowed_down_and_says_how_long(app: Flask) -> None:
    client = Client(app)
    for _attempt in range(5):
        client.refused("/sign-in", user="cashier", password="guess")
    answer = client.submit("/sign-in", user="cashier", password=PASSWORD)
    assert answer.status_code == 429
    assert "Wait" in answer.text


def test_the_users_own_language_wins_over_the_browsers(app: Flask, house: House) -> None:
    house.do(users.amend_user, "cashier", 1, name="Cashier", language="de", operator=CLERK)
    assert '<html lang="de"' in Client(app).sign_in_as("cashier").page("/guests")


def test_names_in_every_script_are_shown_as_they_are_and_never_as_html(desk: Desk, house: House) -> None:
    for name in ("Ünal", "Иванов", "ქართველი", "陈", "<script>alert(1)</script>", '=HYPERLINK("x")'):
        house.do(guests.add_guest, CLERK, surname=name)
    page = desk("cashier").page("/guests?name=%3Cscript")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page
    assert "ქართველი" in desk("cashier").page("/guests?name=ქართ")
