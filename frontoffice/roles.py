"""Roles: entered, given rights and deprived of them, removed. The table of rights is `frontoffice.rights`.

Whoever changes a role changes it for everybody who has it, at once. Somebody who can administer users is always left.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from folios.errors import N_, ChangedMeanwhile, Refusal
from folios.events import record
from folios.texts import clean_text
from frontoffice.models.users import Role, RoleRight, User, UserRole
from frontoffice.rights import RIGHTS
from frontoffice.users import RoleUnknown, is_administered, lock_administration

_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")


class RoleCodeInvalid(Refusal):
    code = "role.code_invalid"
    message = N_("{role} cannot be a role's code. Use at most 32 letters a to z, digits, hyphens and underscores.")


class RoleCodeTaken(Refusal):
    code = "role.code_taken"
    message = N_("There is a role {role} already. Choose another code.")


class RoleNameMissing(Refusal):
    code = "role.name_missing"
    message = N_("The role needs a name.")


class RightUnknown(Refusal):
    code = "right.unknown"
    message = N_("There is no right {right}.")


class NobodyAdministers(Refusal):
    code = "role.last_administrator"
    message = N_("After this nobody could administer users. Leave that right with somebody who can sign in.")


class RoleInUse(Refusal):
    code = "role.in_use"
    message = N_("Role {role} is held by {users}. Take it from them first.")


@dataclass(frozen=True, slots=True)
class Listed:
    """A role with its rights and how many active users have it."""

    code: str
    name: str
    rights: frozenset[str]
    users: int


def all_roles(session: Session) -> list[Listed]:
    """Every role, those with the fewest rights first. Two statements."""
    rights: dict[str, set[str]] = {}
    for code, right in session.execute(sa.select(RoleRight.role_code, RoleRight.right)):
        rights.setdefault(code, set()).add(right)
    users = sa.func.count(User.id)
    rows = session.execute(
        sa.select(Role.code, Role.name, users)
        .outerjoin(UserRole, UserRole.role_code == Role.code)
        .outerjoin(User, sa.and_(User.id == UserRole.user_id, User.active))
        .group_by(Role.code, Role.name)
    )
    found = [Listed(row[0], row[1], frozenset(rights.get(row[0], ())), row[2]) for row in rows]
    return sorted(found, key=lambda role: (len(role.rights), role.code))


def get_role(session: Session, code: str) -> Role:
    """The role. Refuses `RoleUnknown`."""
    found = session.get(Role, code) if _CODE.fullmatch(code) else None
    if found is None:
        raise RoleUnknown(role=code[:100])
    return found


def add_role(session: Session, *, code: str, name: str, operator: str, like: str | None = None) -> Role:
    """Enters a role, with the rights of another (`like`) or with none.

    Refuses a code that is taken or malformed, a missing name, and an unknown role to take after.
    """
    wanted = code.strip().lower()
    if not _CODE.fullmatch(wanted):
        raise RoleCodeInvalid(role=code)
    rights = _rights(session, like) if like is not None else frozenset()
    role = Role(code=wanted, name=_name(name))
    try:
        with session.begin_nested():
            session.add(role)
    except IntegrityError:
        raise RoleCodeTaken(role=wanted) from None
    session.add_all(RoleRight(role_code=wanted, right=right) for right in sorted(rights))
    session.flush()
    record(session, "role.added", f"role:{wanted}", operator, None, {"name": role.name, "rights": sorted(rights)})
    return role


def rename_role(session: Session, code: str, seen_name: str, name: str, operator: str) -> Role:
    """Gives a role that was read as `seen_name` another name; its code stays, and what it may.

    The name is all there is to edit, so it is its own version. Refuses an unknown role, a missing name, and
    `ChangedMeanwhile`.
    """
    wanted = _name(name)
    role = _lock(session, code)
    if role.name not in (seen_name, wanted):
        changed = [f"name: {role.name} / {wanted}"]
        raise ChangedMeanwhile(record=f"role:{code}", changed=changed, theirs={"name": role.name})
    if role.name != wanted:
        before = {"name": role.name}
        role.name = wanted
        session.flush()
        record(session, "role.renamed", f"role:{code}", operator, before, {"name": wanted})
    return role


def change_rights(
    session: Session,
    wanted: Mapping[str, Collection[str]],
    seen: Mapping[str, Collection[str]],
    operator: str,
) -> list[str]:
    """Gives and takes rights, by role, as somebody changed them who saw `seen`; returns the roles that changed.

    What another changed meanwhile stays: each right of each role is a thing by itself, and who changes the same one
    changes it to the same. Refuses unknown roles and rights, and to leave nobody who can administer users.
    """
    changed = {role: set(wanted.get(role, ())) ^ set(seen.get(role, ())) for role in {*wanted, *seen}}
    asked = sorted(role for role, rights in changed.items() if rights)
    for right in sorted({right for role in asked for right in changed[role]}):
        if right not in RIGHTS:
            raise RightUnknown(right=right)
    lock_administration(session)
    administered = is_administered(session)
    done = [role for role in asked if _change(session, role, set(wanted.get(role, ())), changed[role], operator)]
    if administered and not is_administered(session):
        raise NobodyAdministers
    return done


def _change(session: Session, role: str, wanted: set[str], changed: set[str], operator: str) -> bool:
    """Sets the `changed` rights of a role as they are `wanted`; whether anything was left to do."""
    _lock(session, role)
    standing = _rights(session, role)
    given, taken = (wanted & changed) - standing, (changed - wanted) & standing
    if not given and not taken:
        return False
    session.execute(sa.delete(RoleRight).where(RoleRight.role_code == role, RoleRight.right.in_(taken)))
    session.add_all(RoleRight(role_code=role, right=right) for right in sorted(given))
    session.flush()
    record(session, "role.rights.changed", f"role:{role}", operator, {"taken": sorted(taken)}, {"given": sorted(given)})
    return True


def remove_role(session: Session, role: str, operator: str) -> None:
    """Removes a role that nobody has. Refuses one that somebody has (`RoleInUse`), also when they are disabled."""
    row = _lock(session, role)
    held = sa.select(User.code).join(UserRole, UserRole.user_id == User.id).where(UserRole.role_code == role)
    users = session.scalars(held.order_by(User.code)).all()
    if users:
        raise RoleInUse(role=role, users=users)
    before = {"name": row.name, "rights": sorted(_rights(session, role))}
    session.execute(sa.delete(RoleRight).where(RoleRight.role_code == role))
    try:
        with session.begin_nested():
            session.delete(row)
    except IntegrityError:  # given to somebody in this moment
        raise RoleInUse(role=role, users=["…"]) from None
    record(session, "role.removed", f"role:{role}", operator, before, None)


def _lock(session: Session, role: str) -> Role:
    found = session.get(Role, role, with_for_update={"key_share": True}, populate_existing=True)
    if found is None:
        raise RoleUnknown(role=role)
    return found


def _rights(session: Session, role: str) -> frozenset[str]:
    if session.get(Role, role) is None:
        raise RoleUnknown(role=role)
    return frozenset(session.scalars(sa.select(RoleRight.right).where(RoleRight.role_code == role)))


def _name(text: str) -> str:
    name = clean_text("name", text, 100)
    if name is None:
        raise RoleNameMissing
    return name
