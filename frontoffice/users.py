"""Users: who may sign in, with which password and which roles. What a role may do stands in `frontoffice.rights`.

Passwords are kept as argon2 hashes and stand in no event and no refusal. A user is disabled, never deleted, since
vouchers and the audit trail name their operator by code.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from babel import Locale, UnknownLocaleError
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from folios.errors import N_, Refusal, TextInvalid
from folios.events import amend, record
from folios.texts import clean_text
from frontoffice.models.users import Role, RoleRight, User, UserRole
from frontoffice.rights import has, holders

PASSWORD_LEAST = 10
PASSWORD_MOST = 1000  # hashing takes time in proportion
ADMINISTERS = "user.administer"
HASHER = PasswordHasher()
_CODE = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}")


class UserCodeInvalid(Refusal):
    code = "user.code_invalid"
    message = N_(
        "{user} cannot be a user's code. Use at most 32 letters a to z, digits, dots, hyphens and underscores."
    )


class UserCodeTaken(Refusal):
    code = "user.code_taken"
    message = N_("There is a user {user} already. Choose another code.")


class UserUnknown(Refusal):
    code = "user.unknown"
    message = N_("There is no user {user}.")


class UserNameMissing(Refusal):
    code = "user.name_missing"
    message = N_("The user needs a name.")


class UserLanguageUnknown(Refusal):
    code = "user.language_invalid"
    message = N_("There is no language {language}. Use a code such as en, de or de_AT.")


class RoleUnknown(Refusal):
    code = "role.unknown"
    message = N_("There is no role {role}.")


class PasswordTooShort(Refusal):
    code = "password.too_short"
    message = N_("The password has {length} characters; it needs at least {least}.")


class PasswordTooLong(Refusal):
    code = "password.too_long"
    message = N_("The password is longer than {most} characters.")


class SignInRefused(Refusal):
    """The same for an unknown user, a wrong password and a disabled user, so that nobody learns which it was."""

    code = "user.sign_in_refused"
    message = N_("User and password do not match.")


class OldPasswordWrong(Refusal):
    code = "password.old_mismatch"
    message = N_("The old password is not right. Type it again.")


class PasswordUnchanged(Refusal):
    code = "password.unchanged"
    message = N_("The new password is the old one. Choose another.")


class LastAdministrator(Refusal):
    code = "user.last_administrator"
    message = N_("{user} is the last one who can administer users. Give somebody else that right first.")


@dataclass(frozen=True)
class NewUser:
    """A user to be added. `password` is None for one who is to get a password later; a `temporary` one must be changed
    before anything else."""

    code: str
    name: str
    password: str | None = field(default=None, repr=False)
    roles: Sequence[str] = ()
    language: str | None = None
    temporary: bool = False


# --- adding and editing -------------------------------------------------------------------------------------


def add_user(session: Session, new: NewUser, operator: str, hasher: PasswordHasher = HASHER) -> User:
    """Adds a user with roles. Refuses a code that is taken or malformed, a short password, an unknown role."""
    user = User(
        code=read_code(new.code),
        name=read_name(new.name),
        password_hash=None if new.password is None else hasher.hash(read_password(new.password)),
        active=True,
        language=read_language(new.language),
        must_change_password=new.temporary,
    )
    try:
        with session.begin_nested():
            session.add(user)
    except IntegrityError:
        raise UserCodeTaken(user=user.code) from None
    record(session, "user.added", f"user:{user.code}", operator, None, {"name": user.name, "language": user.language})
    for role in new.roles:
        grant_role(session, user.code, role, operator)
    return user


def amend_user(
    session: Session, code: str, seen_version: int, *, name: str, language: str | None, operator: str
) -> bool:
    """Saves what was edited at `seen_version`; returns whether anything changed. Refuses `ChangedMeanwhile`."""
    changes = {"name": read_name(name), "language": read_language(language)}
    return amend(session, lock_user(session, code), seen_version, changes, "user.amended", f"user:{code}", operator)


def set_password(session: Session, code: str, password: str, operator: str, hasher: PasswordHasher = HASHER) -> None:
    """Gives a user a new password; one given by somebody else must be changed before anything else.

    Refuses one that is too short (`PasswordTooShort`) or too long.
    """
    password_hash = hasher.hash(read_password(password))
    user = lock_user(session, code)
    user.password_hash = password_hash
    user.must_change_password = user.code != operator
    session.flush()
    record(session, "user.password.set", f"user:{code}", operator)


def change_password(session: Session, code: str, old: str, new: str, hasher: PasswordHasher = HASHER) -> User:
    """A user's own change of password, from the old one to another; ends their sessions elsewhere.

    Refuses a wrong old password (`OldPasswordWrong`), the same one again (`PasswordUnchanged`), one too short or long.
    A screen uses `sign_in.change_own_password`, which does not let the old one be guessed.
    """
    read_password(new)
    user = lock_user(session, code)
    if not password_fits(user, old, hasher):
        raise OldPasswordWrong
    if new == old:
        raise PasswordUnchanged
    set_password(session, code, new, code, hasher)
    return user


def reset_password(session: Session, code: str, operator: str, hasher: PasswordHasher = HASHER) -> str:
    """Gives a user a random password, to be told once and changed by them before anything else; returns it."""
    password = readable_password()
    user = lock_user(session, code)
    user.password_hash = hasher.hash(password)
    user.must_change_password = True
    session.flush()
    record(session, "user.password.reset", f"user:{code}", operator)
    return password


def readable_password() -> str:
    """A random password of four pronounceable words, such as `tavu-limo-reka-suno`: 50 bits."""
    syllables = [secrets.choice("bdfghjklmnprstvz") + secrets.choice("aeiou") for _ in range(8)]
    return "-".join(first + second for first, second in zip(syllables[::2], syllables[1::2], strict=True))


def disable_user(session: Session, code: str, operator: str) -> None:
    """Keeps a user from signing in. Refuses the last one who can administer users (`LastAdministrator`)."""
    lock_administration(session)
    user = lock_user(session, code)
    if not user.active:
        return
    administered = has(session, code, ADMINISTERS)
    user.active = False
    session.flush()
    if administered:
        _require_administrator(session, instead_of=code)
    record(session, "user.disabled", f"user:{code}", operator, {"active": True}, {"active": False})


def enable_user(session: Session, code: str, operator: str) -> None:
    """Lets a disabled user sign in again, with the password and the roles from before."""
    user = lock_user(session, code)
    if user.active:
        return
    user.active = True
    session.flush()
    record(session, "user.enabled", f"user:{code}", operator, {"active": False}, {"active": True})


def grant_role(session: Session, code: str, role: str, operator: str) -> None:
    """Gives a user a role; nothing happens when they have it. Refuses an unknown role (`RoleUnknown`)."""
    user = lock_user(session, code)
    if session.get(Role, role) is None:
        raise RoleUnknown(role=role)
    if session.get(UserRole, (user.id, role)) is not None:
        return
    session.add(UserRole(user_id=user.id, role_code=role))
    session.flush()
    record(session, "user.role.granted", f"user:{code}", operator, None, {"role": role})


def revoke_role(session: Session, code: str, role: str, operator: str) -> None:
    """Takes a role from a user; nothing happens when they do not have it. Refuses `LastAdministrator`."""
    lock_administration(session)
    user = lock_user(session, code)
    held = session.get(UserRole, (user.id, role))
    if held is None:
        return
    administered = has(session, code, ADMINISTERS)
    session.delete(held)
    session.flush()
    if administered:
        _require_administrator(session, instead_of=code)
    record(session, "user.role.revoked", f"user:{code}", operator, {"role": role}, None)


# --- signing in ---------------------------------------------------------------------------------------------


def check_password(session: Session, code: str, password: str, hasher: PasswordHasher = HASHER) -> User:
    """The user whose password it is. Refuses (`SignInRefused`) without saying why.

    Takes as long for a user who is not there. Keeps a new hash when the old one was made at another cost. A door uses
    `sign_in.sign_in`, which slows down who guesses.
    """
    user = session.execute(sa.select(User).where(User.code == known_code(code))).scalar_one_or_none()
    if not password_fits(user, password, hasher) or user is None:
        raise SignInRefused
    if user.password_hash is not None and hasher.check_needs_rehash(user.password_hash):
        user.password_hash = hasher.hash(password)
        session.flush()
    return user


def password_fits(user: User | None, password: str, hasher: PasswordHasher = HASHER) -> bool:
    """Whether it is the password of a user who may sign in; takes as long for nobody, and for who has none."""
    password_hash = user.password_hash if user is not None and user.active else None
    if password_hash is None or len(password) > PASSWORD_MOST:
        hasher.hash("takes as long as looking")
        return False
    try:
        return hasher.verify(password_hash, password.encode(errors="surrogatepass"))
    except (VerificationError, InvalidHashError):
        return False


@dataclass(frozen=True, slots=True)
class Listed:
    """A user as a list shows them, with the names of their roles."""

    user: User
    roles: tuple[str, ...]


def all_users(session: Session) -> list[Listed]:
    """Every user with their roles, those who may sign in first, by code. Two statements."""
    roles: dict[int, list[str]] = {}
    held = sa.select(UserRole.user_id, Role.name).join(Role, Role.code == UserRole.role_code).order_by(Role.name)
    for user_id, name in session.execute(held):
        roles.setdefault(user_id, []).append(name)
    found = session.scalars(sa.select(User).order_by(User.active.desc(), User.code))
    return [Listed(user, tuple(roles.get(user.id, ()))) for user in found]


def roles_of(session: Session, code: str) -> list[str]:
    """The codes of the roles a user has."""
    held = sa.select(UserRole.role_code).join(User, User.id == UserRole.user_id).where(User.code == code)
    return list(session.scalars(held.order_by(UserRole.role_code)))


def change_roles(session: Session, code: str, wanted: Collection[str], seen: Collection[str], operator: str) -> None:
    """Gives and takes roles as somebody changed them who saw `seen`; what another changed meanwhile stays.

    Roles are given before others are taken. Refuses `RoleUnknown` and `LastAdministrator`.
    """
    for role in sorted(set(wanted) - set(seen)):
        grant_role(session, code, role, operator)
    for role in sorted(set(seen) - set(wanted)):
        revoke_role(session, code, role, operator)


def find_user(session: Session, code: str) -> User:
    """The user of that code. Refuses `UserUnknown`."""
    found = session.execute(sa.select(User).where(User.code == code)).scalar_one_or_none()
    if found is None:
        raise UserUnknown(user=code)
    return found


# --- what people type ---------------------------------------------------------------------------------------


def read_code(text: str) -> str:
    """A user's code in small letters: what every voucher and event will name."""
    code = text.strip().lower()
    if not _CODE.fullmatch(code):
        raise UserCodeInvalid(user=text)
    return code


def known_code(text: str) -> str:
    """What somebody typed as a code, to look for it; whatever cannot be one is nobody's."""
    code = text.strip().lower()
    return code if _CODE.fullmatch(code) else ""


def read_password(text: str) -> str:
    """A password, untouched. Refuses one that is too short or absurdly long, or is no text."""
    if len(text) < PASSWORD_LEAST:
        raise PasswordTooShort(length=len(text), least=PASSWORD_LEAST)
    if len(text) > PASSWORD_MOST:
        raise PasswordTooLong(most=PASSWORD_MOST)
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise TextInvalid(field="password")
    return text


def read_name(text: str) -> str:
    """A person's name, trimmed; at most 100 characters."""
    name = clean_text("name", text, 100)
    if name is None:
        raise UserNameMissing
    return name


def read_language(text: str | None) -> str | None:
    """A language's code as Babel spells it (`de-at` is `de_AT`); None for no choice."""
    if text is None:
        return None
    try:
        return str(Locale.parse(text.strip().replace("-", "_")))
    except (UnknownLocaleError, ValueError):
        raise UserLanguageUnknown(language=text) from None


# --- locks --------------------------------------------------------------------------------------------------


def lock_user(session: Session, code: str) -> User:
    """The user's row as it is now, locked until the end of the unit of work."""
    query = (
        sa.select(User)
        .where(User.code == code)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    user = session.execute(query).scalar_one_or_none()
    if user is None:
        raise UserUnknown(user=code)
    return user


def lock_administration(session: Session) -> None:
    """Whoever takes an administrator away waits here for whoever does the same."""
    administering = sa.select(RoleRight.role_code).where(RoleRight.right == ADMINISTERS)
    query = sa.select(Role.code).where(Role.code.in_(administering)).order_by(Role.code).with_for_update(key_share=True)
    session.execute(query).all()


def is_administered(session: Session) -> bool:
    """Whether somebody can sign in and administer users."""
    return session.execute(holders(ADMINISTERS).where(User.password_hash.is_not(None)).limit(1)).first() is not None


def _require_administrator(session: Session, instead_of: str) -> None:
    """Refuses when nobody is left who can sign in and administer users after `instead_of` no longer can."""
    if not is_administered(session):
        raise LastAdministrator(user=instead_of)
