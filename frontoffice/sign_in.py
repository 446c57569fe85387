"""Signing in, approving at another's screen, changing one's own password: the password is asked, and guessing is slow.

Every attempt is written as refused, in a unit of work of its own, before the password is looked at, so that guesses
made side by side count each other; a right password turns it into granted. Somebody with five refused attempts waits
before each further one, 30 seconds at first, then twice as long each time, up to 15 minutes; an attempt made too early
is not looked at and prolongs nothing. Who signs in from an address where they have signed in before is not held up by
what is guessed elsewhere: so nobody can be locked out from outside. Unknown users are treated the same way, in the
same time. What is kept in the browser's cookie is not here.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from argon2 import PasswordHasher
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from folios import clock
from folios.db import SessionSource, in_unit_of_work
from folios.errors import N_, Refusal
from folios.events import record
from frontoffice import users
from frontoffice.models.users import User
from frontoffice.models.visits import EndedVisit, SignInAttempt
from frontoffice.rights import NotAllowed, has
from frontoffice.users import HASHER, SignInRefused, known_code, password_fits

FREE_ATTEMPTS = 5
FIRST_DELAY_S, LONGEST_DELAY_S = 30, 15 * 60
COUNTED_FOR = timedelta(hours=24)
MOST_PER_ADDRESS = 50
ADDRESS_COUNTED_FOR = timedelta(minutes=15)
KEPT_FOR = timedelta(days=90)  # an address somebody signed in from is known that long
ENDED_KEPT_FOR = timedelta(days=1)  # longer than any hotel lets people sit still
NOBODY = "?"


class SignInDelayed(Refusal):
    """Too many attempts were refused. Params: `seconds` to wait."""

    code = "user.sign_in_delayed"
    message = N_("Too many attempts have failed. Wait {seconds} seconds, then try again.")


class ApprovalByOneself(Refusal):
    code = "user.approval_by_oneself"
    message = N_("Nobody approves for themselves. Ask somebody else who may.")


class ApprovalNotYet(Refusal):
    """Somebody else knows the approver's password: it was given out and never changed."""

    code = "user.approval_not_yet"
    message = N_("{user} must sign in and choose a new password before approving anything.")


# --- what people do -----------------------------------------------------------------------------------------


def sign_in(
    sessions: SessionSource, code: str, password: str, address: str | None, *, hasher: PasswordHasher = HASHER
) -> User:
    """The user who signs in from a network address, detached. Opens units of work of its own.

    Refuses (`SignInRefused`) without saying why, and (`SignInDelayed`) while there is still to wait.
    """

    def grant(session: Session, user: User) -> User:
        record(session, "user.signed_in", f"user:{user.code}", user.code, None, {"address": network_of(address)})
        return user

    attempt, user = _attempt(sessions, code, password, address, hasher)
    return in_unit_of_work(sessions, lambda session: grant(session, _grant(session, attempt, user, password, hasher)))


def sign_out(session: Session, code: str, visit: str | None = None) -> None:
    """Tells the audit trail that a user has signed out, and ends the `visit` of their browser for good.

    It is kept until no cookie of it could be fresh any more, however long a hotel lets people sit still.
    """
    now = clock.now()
    session.execute(sa.delete(EndedVisit).where(EndedVisit.at < now - ENDED_KEPT_FOR))
    if visit and session.get(EndedVisit, visit) is None:
        try:
            with session.begin_nested():
                session.add(EndedVisit(token=visit[:64], at=now))
        except IntegrityError:
            pass  # signed out of twice at the same instant
    record(session, "user.signed_out", f"user:{code}", code)


def approve(
    sessions: SessionSource,
    code: str,
    password: str,
    address: str | None,
    needed: Sequence[str],
    instead_of: str,
    *,
    hasher: PasswordHasher = HASHER,
) -> str:
    """A second person's authorisation at the screen of `instead_of`, who lacks rights that are `needed`; returns the
    approver's code.

    Attempts count as those to sign in do. Refuses as `sign_in`, and oneself (`ApprovalByOneself`), who lacks one of the
    rights too (`NotAllowed`), and who has a password that somebody else gave them (`ApprovalNotYet`).
    """
    if code.strip().lower() == instead_of:
        raise ApprovalByOneself
    attempt, user = _attempt(sessions, code, password, address, hasher)

    def grant(session: Session) -> Refusal | None:
        approver = _grant(session, attempt, user, password, hasher)
        refusal: Refusal | None = None
        if approver.must_change_password:
            refusal = ApprovalNotYet(user=approver.code)
        else:
            lacks = next((right for right in needed if not has(session, approver.code, right)), None)
            refusal = None if lacks is None else NotAllowed(right=lacks, who=approver.code)
        action = "user.approved" if refusal is None else "user.approval.refused"
        told = {"right": " ".join(needed), "instead_of": instead_of, "address": network_of(address)}
        record(session, action, f"user:{approver.code}", approver.code, None, told)
        return refusal

    refusal = in_unit_of_work(sessions, grant)
    if refusal is not None:
        raise refusal
    return user.code


def change_own_password(
    sessions: SessionSource, code: str, old: str, new: str, address: str | None, *, hasher: PasswordHasher = HASHER
) -> User:
    """`users.change_password` for somebody at a screen: attempts at the old password count as those to sign in do."""
    users.read_password(new)
    try:
        attempt, user = _attempt(sessions, code, old, address, hasher)
    except SignInRefused:
        raise users.OldPasswordWrong from None

    def change(session: Session) -> User:
        _grant(session, attempt, user, old, hasher)
        return users.change_password(session, user.code, old, new, hasher)

    return in_unit_of_work(sessions, change)


def session_stamp(user: User) -> str:
    """What a browser's session carries to end with a change of password or when the user is disabled: 32 characters.

    Of the password it tells nothing: the key is the salted hash, which nobody outside the database knows.
    """
    key = (user.password_hash or "").encode()
    return hmac.new(key, f"{user.code} {user.active}".encode(), hashlib.sha256).hexdigest()[:32]


# --- an attempt ---------------------------------------------------------------------------------------------


def _attempt(
    sessions: SessionSource, code: str, password: str, address: str | None, hasher: PasswordHasher
) -> tuple[int, User]:
    """An attempt with the right password: its id, still written as refused, and the user as they are now."""
    network = network_of(address)
    attempt, user = in_unit_of_work(sessions, lambda session: _begin(session, code, network))
    if password_fits(user, password, hasher) and user is not None:  # no transaction is open while this takes its time
        return attempt, user
    subject = user.code if user is not None else NOBODY
    told = {"address": network, "attempt": attempt}
    in_unit_of_work(
        sessions, lambda session: record(session, "user.sign_in.refused", f"user:{subject}", subject, None, told)
    )
    raise SignInRefused


def _begin(session: Session, code: str, network: str) -> tuple[int, User | None]:
    """Writes an attempt as refused. Refuses (`SignInDelayed`), writing nothing, while there is still to wait."""
    user = session.scalar(sa.select(User).where(User.code == known_code(code)))
    # What is no user's code is kept as a trace of it: it may be a password, typed into the wrong field.
    trace = hashlib.sha256(code.strip().lower().encode(errors="replace")).hexdigest()[:8]
    name = user.code if user is not None else NOBODY + trace
    _wait_for_others(session, name, network)
    now = clock.now()
    wait_s = max(_wait_of_user(session, name, network, now), _wait_of_address(session, network, now))
    if wait_s > 0:
        raise SignInDelayed(seconds=wait_s)
    attempt = SignInAttempt(user_code=name, address=network, at=now, outcome="refused")
    session.add(attempt)
    session.flush()
    return attempt.id, user


def _grant(session: Session, attempt: int, seen: User, password: str, hasher: PasswordHasher) -> User:
    """Turns an attempt into a granted one. Refuses when the user was disabled or got another password meanwhile."""
    user = users.lock_user(session, seen.code)
    if not user.active or user.password_hash != seen.password_hash:
        raise SignInRefused
    if user.password_hash is not None and hasher.check_needs_rehash(user.password_hash):
        user.password_hash = hasher.hash(password)
    now = clock.now()
    session.get_one(SignInAttempt, attempt).outcome = "granted"
    session.execute(sa.delete(SignInAttempt).where(SignInAttempt.at < now - KEPT_FOR))
    session.flush()
    return user


def network_of(address: str | None) -> str:
    """The address as it counts: the network of 64 bits that one household has for an IPv6 address."""
    try:
        parsed = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return NOBODY
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def _wait_for_others(session: Session, *names: str) -> None:
    """Attempts for the same user, or from the same address, are counted one after the other."""
    if session.get_bind().dialect.name == "postgresql":  # SQLite: BEGIN IMMEDIATE has seen to it
        digests = (hashlib.sha256(f"sign-in {name}".encode()).digest()[:8] for name in names)
        for key in sorted(int.from_bytes(digest, signed=True) for digest in digests):
            session.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))


# --- how long to wait ---------------------------------------------------------------------------------------


def _wait_of_user(session: Session, name: str, network: str, now: datetime) -> int:
    """Seconds to wait for what was refused since this address was last granted; elsewhere, all that was refused."""
    granted = sa.select(SignInAttempt.address, sa.func.max(SignInAttempt.id)).where(
        SignInAttempt.user_code == name, SignInAttempt.outcome == "granted", SignInAttempt.at > now - KEPT_FOR
    )
    known = dict(session.execute(granted.group_by(SignInAttempt.address)).all())
    refused = sa.select(sa.func.count(), sa.func.max(SignInAttempt.at)).where(
        SignInAttempt.user_code == name, SignInAttempt.outcome == "refused", SignInAttempt.at > now - COUNTED_FOR
    )
    if network in known:
        refused = refused.where(SignInAttempt.address == network, SignInAttempt.id > known[network])
    else:
        refused = refused.where(SignInAttempt.address.not_in(list(known)))
    count, last = session.execute(refused).one()
    if count < FREE_ATTEMPTS:
        return 0
    delay_s = min(FIRST_DELAY_S * 2 ** (count - FREE_ATTEMPTS), LONGEST_DELAY_S)
    return _seconds_until(last + timedelta(seconds=delay_s), now)


def _wait_of_address(session: Session, network: str, now: datetime) -> int:
    """Seconds until fewer than the most that an address is allowed were refused in the time that counts."""
    refused = (
        sa.select(SignInAttempt.at)
        .where(
            SignInAttempt.address == network,
            SignInAttempt.outcome == "refused",
            SignInAttempt.at > now - ADDRESS_COUNTED_FOR,
        )
        .order_by(SignInAttempt.at.desc())
        .offset(MOST_PER_ADDRESS - 1)
        .limit(1)
    )
    oldest = session.scalar(refused)
    return 0 if oldest is None else _seconds_until(oldest + ADDRESS_COUNTED_FOR, now)


def _seconds_until(moment: datetime, now: datetime) -> int:
    """Whole seconds, rounded up."""
    return max(0, -int((now - moment).total_seconds() // 1))
