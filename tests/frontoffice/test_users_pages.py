"""The pages of users and roles: passwords shown once, rights changed cell by cell, nobody locked out."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask

from folios.models import Event
from frontoffice import roles, users
from frontoffice.models.users import Role, RoleRight, User
from frontoffice.models.visits import Submission
from frontoffice.rights import RIGHTS
from frontoffice.roles import NobodyAdministers, RightUnknown, RoleCodeTaken, RoleInUse
from frontoffice.users import RoleUnknown
from tests.frontoffice.desk_client import Client, Forms
from tests.frontoffice.house import CLERK, House

Desk = Callable[[str], Client]


@pytest.fixture
def admin(desk: Desk) -> Client:
    return desk("administrator")


def password_in(page: str) -> str:
    (found,) = re.findall(r'class="secret"[^>]*>([a-z-]+)<', page)
    return found


def roles_of(house: House, code: str) -> list[str]:
    return house.do(users.roles_of, code)


# --- users ------------------------------------------------------------------------------------------------------


def test_a_user_is_added_with_roles_and_signs_in_with_the_password_that_was_shown(
    app: Flask, house: House, admin: Client
) -> None:
    answer = admin.submit("/users/new", code="Desk2", name="Desk <two>", role_cashier="y", language="de")
    assert answer.status_code == 200
    assert "User desk2 was added." in answer.text
    assert roles_of(house, "desk2") == ["cashier"]
    client = Client(app)
    signed_in = client.submit("/sign-in", user="desk2", password=password_in(answer.text))
    assert signed_in.status_code == 303
    assert client.get("/guests").headers["Location"] == "/password"
    assert "Desk &lt;two&gt;" in admin.page("/users")


def test_the_password_stands_nowhere_but_on_the_page_that_showed_it(house: House, admin: Client) -> None:
    answer = admin.submit("/users/new", code="desk2", name="Desk", role_cashier="y")
    password = password_in(answer.text)
    kept = [*house.rows(Submission), *house.rows(Event), *house.rows(User)]
    assert not any(password in str(vars(row)) for row in kept)
    with admin.browser.session_transaction() as cookie:
        assert password not in str(dict(cookie))
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_form_sent_twice_adds_one_user_and_shows_no_second_password(house: House, admin: Client) -> None:
    form = admin.form("/users/new") | {"code": "desk2", "name": "Desk"}
    first, second = admin.send("/users/new", form), admin.send("/users/new", form)
    assert (first.status_code, second.status_code) == (200, 303)
    assert second.headers["Location"] == "/users/desk2"
    assert "This had been done already" in admin.page("/users/desk2")
    assert len(house.rows(User, code="desk2")) == 1


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"code": "cashier", "name": "x"}, "There is a user cashier already."),
        ({"code": "no spaces", "name": "x"}, "cannot be a user"),
        ({"code": "a\0b", "name": "x"}, "cannot be a user"),
        ({"code": "desk2", "name": " "}, "Fill this in."),
        ({"code": "desk2", "name": "x" * 101}, "at most 100 fit"),
        ({"code": "desk2", "name": "x", "language": "klingon"}, "Choose one of these."),
    ],
)
def test_a_user_who_cannot_be_added_is_refused_beside_the_field(
    house: House, admin: Client, typed: dict[str, str], told: str
) -> None:
    before = len(house.rows(User))
    page = admin.refused("/users/new", **typed)
    assert told in page
    assert 'class="error"' in page
    assert len(house.rows(User)) == before


def test_roles_are_given_and_taken_on_the_users_page_and_count_at_once(house: House, admin: Client, desk: Desk) -> None:
    cashier = desk("cashier")
    assert cashier.get("/trail").status_code == 403
    form = admin.form("/users/cashier/edit") | {"role_supervisor": "y"}
    assert admin.send("/users/cashier/edit", form).status_code == 303
    assert roles_of(house, "cashier") == ["cashier", "supervisor"]
    assert cashier.get("/trail").status_code == 200


def test_roles_changed_by_two_at_once_are_all_kept(house: House, admin: Client, desk: Desk) -> None:
    stale = admin.form("/users/cashier/edit")
    second = desk("administrator")
    second.send("/users/cashier/edit", second.form("/users/cashier/edit") | {"role_supervisor": "y"})
    assert admin.send("/users/cashier/edit", stale | {"role_manager": "y"}).status_code == 303
    assert roles_of(house, "cashier") == ["cashier", "manager", "supervisor"]


def test_a_reset_password_is_shown_once_and_ends_the_users_sessions(app: Flask, admin: Client, desk: Desk) -> None:
    cashier = desk("cashier")
    assert cashier.get("/guests").status_code == 200
    form = admin.form("/users/cashier/password")
    answer = admin.send("/users/cashier/password", form)
    assert cashier.get("/guests").headers["Location"].startswith("/sign-in")
    assert Client(app).submit("/sign-in", user="cashier", password=password_in(answer.text)).status_code == 303
    again = admin.send("/users/cashier/password", form)
    assert again.status_code == 303
    assert "secret" not in admin.page(again.headers["Location"])


def test_a_disabled_user_is_out_and_may_come_back(house: House, admin: Client, desk: Desk) -> None:
    cashier = desk("cashier")
    assert "disabled" in admin.done("/users/cashier/disable")
    assert cashier.get("/guests").status_code == 303
    admin.done("/users/cashier/enable")
    assert house.rows(User, code="cashier")[0].active


def test_the_last_administrator_can_neither_be_disabled_nor_lose_the_role(house: House, admin: Client) -> None:
    assert "is the last one who can administer users" in admin.refused("/users/administrator/disable")
    form = admin.form("/users/administrator/edit")
    del form["role_administrator"]
    assert admin.send("/users/administrator/edit", form).status_code == 409
    assert roles_of(house, "administrator") == ["administrator"]


@pytest.mark.parametrize("code", ["nobody", "x%00", "%F0%9F%98%80", "a" * 3000, "..%5c"])
def test_a_user_who_is_not_there_is_no_page(admin: Client, code: str) -> None:
    for address in (f"/users/{code}", f"/users/{code}/edit", f"/users/{code}/password", f"/users/{code}/disable"):
        assert admin.get(address).status_code == 404


@pytest.mark.parametrize("role", ["cashier", "supervisor", "manager"])
def test_who_does_not_administer_sees_neither_users_nor_roles(desk: Desk, role: str) -> None:
    for address in ("/users", "/users/new", "/users/cashier", "/roles", "/roles/new"):
        assert desk(role).get(address).status_code == 403


# --- roles ------------------------------------------------------------------------------------------------------


def ticked(form: dict[str, object], *more: str, without: tuple[str, ...] = ()) -> dict[str, object]:
    given = form["given"]
    assert isinstance(given, list)
    return form | {"given": [each for each in [*given, *more] if each not in without]}


def rights_of(house: House, role: str) -> set[str]:
    return {row.right for row in house.rows(RoleRight, role_code=role)}


def test_the_table_shows_every_right_for_every_role(house: House, admin: Client) -> None:
    page = admin.page("/roles")
    assert page.count('name="given"') == len(RIGHTS) * len(house.rows(Role))
    assert page.count(" checked") == len(house.rows(RoleRight))


def test_a_right_is_given_and_another_taken_with_one_event(house: House, admin: Client) -> None:
    form = ticked(admin.form("/roles"), "cashier folio.allow", without=("cashier folio.charge",))
    assert admin.send("/roles", form).status_code == 303
    rights = rights_of(house, "cashier")
    assert "folio.allow" in rights
    assert "folio.charge" not in rights
    (event,) = house.rows(Event, action="role.rights.changed")
    assert (event.subject, event.before, event.after) == (
        "role:cashier",
        {"taken": ["folio.charge"]},
        {"given": ["folio.allow"]},
    )


def test_two_who_change_the_table_at_once_keep_both_changes(house: House, admin: Client, desk: Desk) -> None:
    stale = admin.form("/roles")
    second = desk("administrator")
    second.send("/roles", ticked(second.form("/roles"), "cashier folio.allow"))
    assert admin.send("/roles", ticked(stale, "cashier folio.refund")).status_code == 303
    assert {"folio.allow", "folio.refund"} <= rights_of(house, "cashier")


def test_the_table_never_leaves_nobody_who_can_administer(house: House, admin: Client) -> None:
    form = ticked(admin.form("/roles"), without=("administrator user.administer",))
    answer = admin.send("/roles", form)
    assert answer.status_code == 409
    assert "nobody could administer users" in answer.text
    assert 'value="administrator user.administer" aria-label' in answer.text  # what was ticked is kept
    assert not re.search(r'value="administrator user.administer"[^>]* checked', answer.text)
    assert "user.administer" in rights_of(house, "administrator")


def test_who_cannot_sign_in_does_not_count_as_an_administrator(house: House, app: Flask) -> None:
    house.do(users.add_user, users.NewUser("second", "Second", roles=["manager"]), CLERK)  # without a password
    house.do(roles.change_rights, {"manager": ["user.administer"]}, {}, CLERK)
    house.do(users.disable_user, "manager", CLERK)
    with pytest.raises(NobodyAdministers):
        house.do(roles.change_rights, {}, {"administrator": ["user.administer"]}, CLERK)
    house.do(users.enable_user, "manager", CLERK)
    assert house.do(roles.change_rights, {}, {"administrator": ["user.administer"]}, CLERK) == ["administrator"]


def test_ticks_of_unknown_roles_and_rights_are_ignored(house: House, admin: Client) -> None:
    before = len(house.rows(RoleRight))
    form = ticked(admin.form("/roles"), "nobody folio.read", "cashier folio.fly", "cashier", "\0 \0", "x" * 5000)
    assert admin.send("/roles", form | {"seen": "\0,cashier nothing," + form["seen"]}).status_code == 303
    assert len(house.rows(RoleRight)) == before
    with pytest.raises(RightUnknown):
        house.do(roles.change_rights, {"cashier": ["folio.fly"]}, {}, CLERK)
    with pytest.raises(RoleUnknown):
        house.do(roles.change_rights, {"nobody": ["folio.read"]}, {}, CLERK)


def test_a_role_is_added_like_another_and_removed_while_nobody_has_it(house: House, admin: Client) -> None:
    admin.done("/roles/new", code="Concierge", name="Concierge", like="cashier")
    assert rights_of(house, "concierge") == rights_of(house, "cashier")
    admin.done("/users/cashier/edit", role_concierge="y")
    assert "is held by cashier" in admin.refused("/roles/concierge/remove")
    with pytest.raises(RoleInUse):
        house.do(roles.remove_role, "concierge", CLERK)
    form = admin.form("/users/cashier/edit")
    del form["role_concierge"]
    admin.send("/users/cashier/edit", form)
    admin.done("/roles/concierge/remove")
    assert house.rows(Role, code="concierge") == []
    assert rights_of(house, "concierge") == set()


def test_a_role_is_renamed_and_keeps_its_code_and_rights(house: House, admin: Client, desk: Desk) -> None:
    before = rights_of(house, "cashier")
    assert 'href="/roles/cashier/rename"' in admin.page("/roles")
    stale = admin.form("/roles/cashier/rename") | {"name": "Reception"}
    assert stale["seen"] == "Cashier"
    assert "Front desk &lt;1&gt;" in admin.done("/roles/cashier/rename", name="Front desk <1>")
    assert rights_of(house, "cashier") == before
    (told,) = house.told("role.renamed")
    assert (told.subject, told.before, told.after) == ("role:cashier", {"name": "Cashier"}, {"name": "Front desk <1>"})
    answer = admin.send("/roles/cashier/rename", stale)
    assert answer.status_code == 409
    assert "changed by someone else" in answer.text
    again = next(dict(fields) for _m, at, fields in Forms(answer.text).found if at == "/roles/cashier/rename")
    assert again["name"] == "Reception"
    assert admin.send("/roles/cashier/rename", again).status_code == 303
    assert "Fill this in" in admin.refused("/roles/cashier/rename", name="")
    assert admin.get("/roles/nobody/rename").status_code == 404
    assert desk("manager").get("/roles/cashier/rename").status_code == 403


def test_a_role_that_exists_or_cannot_be_named_is_refused_beside_the_field(house: House, admin: Client) -> None:
    assert "There is a role cashier already." in admin.refused("/roles/new", code="cashier", name="x")
    assert "cannot be a role" in admin.refused("/roles/new", code="a b", name="x")
    assert "cannot be a role" in admin.refused("/roles/new", code="a\0", name="x")
    with pytest.raises(RoleCodeTaken):
        house.do(roles.add_role, code="cashier", name="x", operator=CLERK)
    assert admin.get("/roles/nobody/remove").status_code == 404
    assert admin.get("/roles/%00/remove").status_code == 404
