"""Users: added, renamed, given passwords and roles, disabled; and never the last administrator."""

import threading

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher

from folios.db import in_unit_of_work, reading, unit_of_work
from folios.errors import ChangedMeanwhile
from folios.models import Event
from frontoffice import rights, users
from frontoffice.users import NewUser

FAST = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PASSWORD = "correct horse battery"


@pytest.fixture
def desk(sessions):
    """Sessions of a database with the starter roles and one administrator, `anna`."""
    with unit_of_work(sessions) as session:
        rights.add_starter_roles(session)
        users.add_user(session, NewUser("anna", "Anna", PASSWORD, ["administrator"]), "anna", FAST)
    return sessions


def test_a_user_signs_in_with_the_password_and_with_no_other(desk):
    with unit_of_work(desk) as session:
        assert users.check_password(session, " Anna ", PASSWORD, FAST).code == "anna"
        for wrong in ("", "correct horse batter", PASSWORD.upper(), "x" * 2000):
            with pytest.raises(users.SignInRefused):
                users.check_password(session, "anna", wrong, FAST)


def test_unknown_disabled_and_passwordless_users_are_refused_alike(desk):
    with unit_of_work(desk) as session:
        users.add_user(session, NewUser("bert", "Bert", PASSWORD), "anna", FAST)
        users.add_user(session, NewUser("carl", "Carl"), "anna", FAST)
        users.disable_user(session, "bert", "anna")
        for code in ("bert", "carl", "nobody"):
            with pytest.raises(users.SignInRefused, match="User and password do not match"):
                users.check_password(session, code, PASSWORD, FAST)


def test_an_old_hash_is_made_anew_at_the_next_sign_in(desk):
    costlier = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    with unit_of_work(desk) as session:
        users.check_password(session, "anna", PASSWORD, costlier)
    with unit_of_work(desk) as session:
        kept = users.find_user(session, "anna").password_hash
        assert "m=16,t=2" in kept
        assert users.check_password(session, "anna", PASSWORD, costlier).password_hash == kept


def test_a_new_password_replaces_the_old_one(desk):
    with unit_of_work(desk) as session:
        users.set_password(session, "anna", "another horse entirely", "anna", FAST)
    with unit_of_work(desk) as session:
        users.check_password(session, "anna", "another horse entirely", FAST)
        with pytest.raises(users.SignInRefused):
            users.check_password(session, "anna", PASSWORD, FAST)


@pytest.mark.parametrize(
    ("password", "refusal"),
    [("", users.PasswordTooShort), ("9 letters", users.PasswordTooShort), ("x" * 1001, users.PasswordTooLong)],
)
def test_a_password_too_short_or_too_long_is_refused(desk, password, refusal):
    with unit_of_work(desk) as session:
        with pytest.raises(refusal):
            users.set_password(session, "anna", password, "anna", FAST)
        with pytest.raises(refusal):
            users.add_user(session, NewUser("bert", "Bert", password), "anna", FAST)


@pytest.mark.parametrize("code", ["", " ", "two words", "-dash", "ü", "x" * 33, "a/b", "a\n"])
def test_a_malformed_code_is_refused(desk, code):
    if code == "a\n":  # what surrounds a code is trimmed
        assert users.read_code(code) == "a"
        return
    with unit_of_work(desk) as session, pytest.raises(users.UserCodeInvalid):
        users.add_user(session, NewUser(code, "Somebody"), "anna", FAST)


def test_a_code_is_taken_whatever_its_case(desk):
    with unit_of_work(desk) as session:
        with pytest.raises(users.UserCodeTaken, match="anna"):
            users.add_user(session, NewUser("ANNA", "Another Anna"), "anna", FAST)
        users.add_user(session, NewUser("anna2", "Another Anna"), "anna", FAST)  # the unit of work goes on


@pytest.mark.parametrize(
    ("new", "refusal"),
    [
        (NewUser("bert", "  "), users.UserNameMissing),
        (NewUser("bert", "Bert", language="xx"), users.UserLanguageUnknown),
        (NewUser("bert", "Bert", roles=["king"]), users.RoleUnknown),
    ],
)
def test_a_user_without_name_or_with_an_unknown_language_or_role_is_refused(desk, new, refusal):
    with pytest.raises(refusal), unit_of_work(desk) as session:
        users.add_user(session, new, "anna", FAST)


def test_an_unknown_user_is_refused_by_every_verb(desk):
    with unit_of_work(desk) as session:
        for verb in (
            lambda: users.find_user(session, "nobody"),
            lambda: users.set_password(session, "nobody", PASSWORD, "anna", FAST),
            lambda: users.disable_user(session, "nobody", "anna"),
            lambda: users.enable_user(session, "nobody", "anna"),
            lambda: users.grant_role(session, "nobody", "cashier", "anna"),
            lambda: users.revoke_role(session, "nobody", "cashier", "anna"),
        ):
            with pytest.raises(users.UserUnknown):
                verb()


def test_a_stale_edit_of_a_user_is_refused(desk):
    with unit_of_work(desk) as session:
        assert users.amend_user(session, "anna", 1, name="Anna B.", language="de-AT", operator="anna")
    with unit_of_work(desk) as session:
        with pytest.raises(ChangedMeanwhile, match=r"Anna B\."):
            users.amend_user(session, "anna", 1, name="Anna C.", language=None, operator="anna")
        assert users.find_user(session, "anna").language == "de_AT"


def test_the_last_administrator_cannot_be_disabled_nor_lose_the_role(desk):
    with unit_of_work(desk) as session:
        users.add_user(session, NewUser("bert", "Bert", PASSWORD, ["cashier"]), "anna", FAST)
        users.add_user(session, NewUser("carl", "Carl", None, ["administrator"]), "anna", FAST)  # cannot sign in
    for verb in (
        lambda session: users.disable_user(session, "anna", "anna"),
        lambda session: users.revoke_role(session, "anna", "administrator", "anna"),
    ):
        with pytest.raises(users.LastAdministrator, match="anna"), unit_of_work(desk) as session:
            verb(session)
    with unit_of_work(desk) as session:
        users.disable_user(session, "bert", "anna")
        users.set_password(session, "carl", PASSWORD, "anna", FAST)
        users.disable_user(session, "anna", "carl")


def test_two_administrators_who_disable_each_other_at_once_leave_one(desk):
    with unit_of_work(desk) as session:
        users.add_user(session, NewUser("bert", "Bert", PASSWORD, ["administrator"]), "anna", FAST)
    start, refused = threading.Barrier(2), []

    def disable(code: str, operator: str) -> None:
        start.wait()
        try:
            in_unit_of_work(desk, lambda session: users.disable_user(session, code, operator))
        except users.LastAdministrator as refusal:
            refused.append(refusal)

    both = [threading.Thread(target=disable, args=pair) for pair in (("anna", "bert"), ("bert", "anna"))]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()

    assert len(refused) == 1
    with reading(desk) as session:
        assert len(session.execute(rights.holders("user.administer")).all()) == 1


def test_every_change_of_a_user_stands_in_the_audit_trail_without_any_password(desk):
    with unit_of_work(desk) as session:
        users.add_user(session, NewUser("bert", "Bert", PASSWORD, ["cashier"]), "anna", FAST)
        users.grant_role(session, "bert", "cashier", "anna")  # has it: nothing to tell
        users.set_password(session, "bert", PASSWORD, "anna", FAST)
        users.disable_user(session, "bert", "anna")
        users.disable_user(session, "bert", "anna")
        users.enable_user(session, "bert", "anna")
        users.enable_user(session, "bert", "anna")
        users.revoke_role(session, "bert", "cashier", "anna")
        users.revoke_role(session, "bert", "cashier", "anna")
    with reading(desk) as session:
        query = (
            sa.select(Event.action, Event.before, Event.after).where(Event.subject == "user:bert").order_by(Event.id)
        )
        events = session.execute(query).all()

    assert [event.action for event in events] == [
        "user.added",
        "user.role.granted",
        "user.password.set",
        "user.disabled",
        "user.enabled",
        "user.role.revoked",
    ]
    assert not any("argon2" in f"{event.before}{event.after}" or PASSWORD in f"{event.after}" for event in events)
