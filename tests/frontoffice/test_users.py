"""Users: added, renamed, given passwords and roles, disabled; and never the last administrator."""

import re
import threading

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher

from folios.db import in_unit_of_work, reading, unit_of_work
from folios.errors import ChangedMeanwhile, TextInvalid
from folios.models import Event
from frontoffice import rights, users
from frontoffice.users import NewUser
from tests.frontoffice.desk_client import SHIPPED

FAST = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PASSWORD = "correct horse battery"


@pytest.fixture
def desk(sessions):
    """Sessions of a database with the starter roles and one administrator, `desk1`."""
    with unit_of_work(sessions) as session:
        rights.add_starter_roles(session)
        users.add_user(session, NewUser("desk1", "Desk1", PASSWORD, ["administrator"]), "desk1", FAST)
    return sessions


def test_a_user_signs_in_with_the_password_and_with_no_other(desk):
    with unit_of_work(desk) as session:
        assert users.check_password(session, " Desk1 ", PASSWORD, FAST).code == "desk1"
        for wrong in ("", "correct horse batter", PASSWORD.upper(), "x" * 2000):
            with pytest.raises(users.SignInRefused):
                users.check_password(session, "desk1", wrong, FAST)


def test_unknown_disabled_and_passwordless_users_are_refused_alike(desk):
    with unit_of_work(desk) as session:
        users.add_user(session, NewUser("bert", "Bert", PASSWORD), "desk1", FAST)
        users.add_user(session, NewUser("carl", "Carl"), "desk1", FAST)
        users.disable_user(session, "bert", "desk1")
        for code in ("bert", "carl", "nobody"):
            with pytest.raises(users.SignInRefused, match="User and password do not match"):
                users.check_password(session, code, PASSWORD, FAST)


def test_an_old_hash_is_made_anew_at_the_next_sign_in(desk):
    costlier = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    with unit_of_work(desk) as session:
        users.check_password(session, "desk1", PASSWORD, costlier)
    with unit_of_work(desk) as session:
        kept = users.find_user(session, "desk1").password_hash
        assert "m=16,t=2" in kept
        assert users.check_password(session, "desk1", PASSWORD, costlier).password_hash == kept


def test_a_hotels_passwords_cost_who_guesses_them_what_rfc_9106_asks_for():
    """Its second choice, for machines with little memory: 64 MiB, three passes, four lanes."""
    assert SHIPPED == {"time_cost": 3, "memory_cost": 65_536, "parallelism": 4}


def test_a_new_password_replaces_the_old_one(desk):
    with unit_of_work(desk) as session:
        users.set_password(session, "desk1", "another horse entirely", "desk1", FAST)
    with unit_of_work(desk) as session:
        users.check_password(session, "desk1", "another horse entirely", FAST)
        with pytest.raises(users.SignInRefused):
            users.check_password(session, "desk1", PASSWORD, FAST)


@pytest.mark.parametrize(
    ("password", "refusal"),
    [("", users.PasswordTooShort), ("9 letters", users.PasswordTooShort), ("x" * 1001, users.PasswordTooLong)],
)
def test_a_password_too_short_or_too_long_is_refused(desk, password, refusal):
    with unit_of_work(desk) as session:
        with pytest.raises(refusal):
            users.set_password(session, "desk1", password, "desk1", FAST)
        with pytest.raises(refusal):
            users.add_user(session, NewUser("bert", "Bert", password), "desk1", FAST)


@pytest.mark.parametrize("code", ["", " ", "two words", "-dash", "ü", "x" * 33, "a/b", "a\n"])
def test_a_malformed_code_is_refused(desk, code):
    if code == "a\n":  # what surrounds a code is trimmed
        assert users.read_code(code) == "a"
        return
    with unit_of_work(desk) as session, pytest.raises(users.UserCodeInvalid):
        users.add_user(session, NewUser(code, "Somebody"), "desk1", FAST)


def test_a_code_is_taken_whatever_its_case(desk):
    with unit_of_work(desk) as session:
        with pytest.raises(users.UserCodeTaken, match="desk1"):
            users.add_user(session, NewUser("DESK1", "Another Desk1"), "desk1", FAST)
        users.add_user(session, NewUser("desk12", "Another Desk1"), "desk1", FAST)  # the unit of work goes on


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
        users.add_user(session, new, "desk1", FAST)


def test_an_unknown_user_is_refused_by_every_verb(desk):
    with unit_of_work(desk) as session:
        for verb in (
            lambda: users.find_user(session, "nobody"),
            lambda: users.set_password(session, "nobody", PASSWORD, "desk1", FAST),
            lambda: users.disable_user(session, "nobody", "desk1"),
            lambda: users.enable_user(session, "nobody", "desk1"),
            lambda: users.grant_role(session, "nobody", "cashier", "desk1"),
            lambda: users.revoke_role(session, "nobody", "cashier", "desk1"),
        ):
            with pytest.raises(users.UserUnknown):
                verb()


def test_a_stale_edit_of_a_user_is_refused(desk):
    with unit_of_work(desk) as session:
        assert users.amend_user(session, "desk1", 1, name="Desk1 B.", language="de-AT", operator="desk1")
    with unit_of_work(desk) as session:
        with pytest.raises(ChangedMeanwhile, match=r"Desk1 B\."):
            users.amend_user(session, "desk1", 1, name="Desk1 C.", language=None, operator="desk1")
        assert users.find_user(session, "desk1").language == "de_AT"


def test_the_last_administrator_cannot_be_disabled_nor_lose_the_role(desk):
    with unit_of_work(desk) as session:
        users.add_user(session, NewUser("bert", "Bert", PASSWORD, ["cashier"]), "desk1", FAST)
        users.add_user(session, NewUser("carl", "Carl", None, ["administrator"]), "desk1", FAST)  # cannot sign in
    for verb in (
        lambda session: users.disable_user(session, "desk1", "desk1"),
        lambda session: users.revoke_role(session, "desk1", "administrator", "desk1"),
    ):
        with pytest.raises(users.LastAdministrator, match="desk1"), unit_of_work(desk) as session:
            verb(session)
    with unit_of_work(desk) as session:
        users.disable_user(session, "bert", "desk1")
        users.set_password(session, "carl", PASSWORD, "desk1", FAST)
        users.disable_user(session, "desk1", "carl")


def test_two_administrators_who_disable_each_other_at_once_leave_one(desk):
    with unit_of_work(desk) as session:
        users.add_user(session, NewUser("bert", "Bert", PASSWORD, ["administrator"]), "desk1", FAST)
    start, refused = threading.Barrier(2), []

    def disable(code: str, operator: str) -> None:
        start.wait()
        try:
            in_unit_of_work(desk, lambda session: users.disable_user(session, code, operator))
        except users.LastAdministrator as refusal:
            refused.append(refusal)

    both = [threading.Thread(target=disable, args=pair) for pair in (("desk1", "bert"), ("bert", "desk1"))]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()

    assert len(refused) == 1
    with reading(desk) as session:
        assert len(session.execute(rights.holders("user.administer")).all()) == 1


def test_every_change_of_a_user_stands_in_the_audit_trail_without_any_password(desk):
    with unit_of_work(desk) as session:
        users.add_user(session, NewUser("bert", "Bert", PASSWORD, ["cashier"]), "desk1", FAST)
        users.grant_role(session, "bert", "cashier", "desk1")  # has it: nothing to tell
        users.set_password(session, "bert", PASSWORD, "desk1", FAST)
        users.disable_user(session, "bert", "desk1")
        users.disable_user(session, "bert", "desk1")
        users.enable_user(session, "bert", "desk1")
        users.enable_user(session, "bert", "desk1")
        users.revoke_role(session, "bert", "cashier", "desk1")
        users.revoke_role(session, "bert", "cashier", "desk1")
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


# --- passwords given and changed ------------------------------------------------------------------------------


def must_change(desk, code="bert"):
    with reading(desk) as session:
        return users.find_user(session, code).must_change_password


def test_a_password_given_by_somebody_else_must_be_changed(desk):
    with unit_of_work(desk) as session:
        users.add_user(session, NewUser("bert", "Bert", PASSWORD, temporary=True), "desk1", FAST)
        users.add_user(session, NewUser("carl", "Carl", PASSWORD), "desk1", FAST)
    assert (must_change(desk), must_change(desk, "carl")) == (True, False)

    with unit_of_work(desk) as session:
        users.change_password(session, "bert", PASSWORD, "another horse entirely", FAST)
    assert not must_change(desk)

    with unit_of_work(desk) as session:
        users.set_password(session, "bert", "given horse battery", "desk1", FAST)
    assert must_change(desk)

    with unit_of_work(desk) as session:
        users.set_password(session, "bert", "given horse battery", "bert", FAST)
    assert not must_change(desk)


def test_a_reset_password_is_readable_random_and_temporary(desk):
    with unit_of_work(desk) as session:
        users.add_user(session, NewUser("bert", "Bert", PASSWORD), "desk1", FAST)
        given = {users.reset_password(session, "bert", "desk1", FAST) for _ in range(5)}
        last = users.reset_password(session, "bert", "desk1", FAST)
        assert users.check_password(session, "bert", last, FAST).must_change_password

    assert len(given) == 5
    assert all(re.fullmatch(r"[a-z]{4}(-[a-z]{4}){3}", each) for each in given)
    with reading(desk) as session:
        told = session.execute(sa.select(Event.action, Event.before, Event.after)).all()
    assert ("user.password.reset", None, None) in [tuple(each) for each in told]
    assert last not in f"{told}"


@pytest.mark.parametrize(
    ("old", "new", "refusal"),
    [
        ("wrong horse battery", "another horse entirely", users.OldPasswordWrong),
        (PASSWORD, PASSWORD, users.PasswordUnchanged),
        (PASSWORD, "short", users.PasswordTooShort),
        (PASSWORD, "\udcff" * 12, TextInvalid),
    ],
)
def test_a_change_of_password_that_cannot_be_is_refused_by_name(desk, old, new, refusal):
    with unit_of_work(desk) as session:
        with pytest.raises(refusal):
            users.change_password(session, "desk1", old, new, FAST)
        users.check_password(session, "desk1", PASSWORD, FAST)
