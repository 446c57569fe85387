"""Rights: given by roles, asked for by right, refused in words."""

import pytest
import sqlalchemy as sa

from folios.db import reading, unit_of_work
from frontoffice import rights, users
from frontoffice.models.users import RoleRight
from frontoffice.rights import NotAllowed
from frontoffice.users import NewUser


@pytest.fixture
def desk(sessions):
    """Sessions of a database with one user per starter role, of the same code."""
    with unit_of_work(sessions) as session:
        rights.add_starter_roles(session)
        for role in rights.STARTER_ROLES:
            users.add_user(session, NewUser(role.code, role.name, roles=[role.code]), "set-up")
    return sessions


@pytest.mark.parametrize(
    ("right", "who"),
    [
        ("folio.charge", {"cashier", "supervisor", "night_auditor", "manager", "administrator"}),
        ("folio.correct", {"cashier", "supervisor", "night_auditor", "manager", "administrator"}),
        ("folio.allow", {"supervisor", "manager", "administrator"}),
        ("rate.override", {"supervisor", "manager", "administrator"}),
        ("day.close", {"night_auditor", "manager", "administrator"}),
        ("property.set_up", {"manager", "administrator"}),
        ("user.administer", {"administrator"}),
    ],
)
def test_a_new_hotels_roles_give_these_rights(desk, right, who):
    with reading(desk) as session:
        assert {role.code for role in rights.STARTER_ROLES if rights.has(session, role.code, right)} == who


def test_an_operator_without_the_right_is_told_what_it_is(desk):
    with reading(desk) as session:
        rights.require(session, "supervisor", "folio.allow")
        with pytest.raises(NotAllowed) as refused:
            rights.require(session, "cashier", "folio.allow")

    assert str(refused.value) == "cashier may not post allowances (right folio.allow). Ask somebody who may."


def test_a_disabled_operator_an_unknown_one_and_one_without_roles_have_no_right(desk):
    with unit_of_work(desk) as session:
        users.add_user(session, NewUser("guest", "Guest"), "set-up")
        users.disable_user(session, "cashier", "set-up")
        for code in ("cashier", "nobody", "guest"):
            with pytest.raises(NotAllowed):
                rights.require(session, code, "folio.charge")


def test_a_right_taken_from_a_role_is_gone_for_its_users(desk):
    with unit_of_work(desk) as session:
        session.execute(
            sa.delete(RoleRight).where(RoleRight.right == "folio.correct", RoleRight.role_code == "cashier")
        )
    with reading(desk) as session:
        assert not rights.has(session, "cashier", "folio.correct")
        assert rights.has(session, "supervisor", "folio.correct")


def test_a_word_that_is_no_right_is_a_fault_of_the_program(desk):
    with reading(desk) as session, pytest.raises(LookupError, match=r"folio\.fly"):
        rights.require(session, "administrator", "folio.fly")


def test_starter_roles_name_known_rights_once_each():
    for role in rights.STARTER_ROLES:
        assert set(role.rights) <= set(rights.RIGHTS)
        assert len(role.rights) == len(set(role.rights))
