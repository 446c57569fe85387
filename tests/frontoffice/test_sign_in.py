"""Signing in: guessing is slow, from everywhere and by many at once, and nobody learns who is a user."""

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher

from folios import clock
from folios.db import reading, unit_of_work
from folios.errors import Refusal
from folios.models import Event
from frontoffice import rights, users
from frontoffice.models.visits import SignInAttempt
from frontoffice.rights import NotAllowed
from frontoffice.sign_in import (
    ApprovalByOneself,
    ApprovalNotYet,
    SignInDelayed,
    approve,
    change_own_password,
    session_stamp,
    sign_in,
    sign_out,
)
from frontoffice.users import NewUser, SignInRefused

FAST = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PASSWORD, WRONG = "correct horse battery", "wrong horse battery"
DESK, OUTSIDE = "192.0.2.7", "198.51.100.9"


@pytest.fixture
def desk(sessions):
    """Sessions of a database with a cashier, a supervisor and an administrator who share a password."""
    with unit_of_work(sessions) as session:
        rights.add_starter_roles(session)
        for code, role in (("admin1", "administrator"), ("desk1", "cashier"), ("super1", "supervisor")):
            users.add_user(session, NewUser(code, "Somebody", PASSWORD, [role]), "admin1", FAST)
    return sessions


@pytest.fixture
def passing(monkeypatch):
    """Lets time pass: `passing(30)` is half a minute later."""
    start, passed = clock.now(), [timedelta(0)]
    monkeypatch.setattr(clock, "now", lambda: start + passed[0])

    def later(seconds: float) -> None:
        passed[0] += timedelta(seconds=seconds)

    return later


def attempt(desk, code="desk1", password=WRONG, address=OUTSIDE):
    """What comes of an attempt: the user's code, or the refusal."""
    try:
        return sign_in(desk, code, password, address, hasher=FAST).code
    except Refusal as refusal:
        return refusal


def waits(desk, **facts) -> int:
    refusal = attempt(desk, **facts)
    assert isinstance(refusal, SignInDelayed)
    return refusal.params["seconds"]


def guess(desk, times, **facts):
    for _ in range(times):
        assert isinstance(attempt(desk, **facts), SignInRefused)


def rows(desk, what):
    with reading(desk) as session:
        return session.execute(what).all()


def told(desk):
    return [tuple(row) for row in rows(desk, sa.select(Event.action, Event.subject, Event.operator, Event.after))][-8:]


def test_a_user_signs_in_and_the_trail_says_from_where(desk):
    assert attempt(desk, " Desk1 ", PASSWORD, DESK) == "desk1"
    with unit_of_work(desk) as session:
        sign_out(session, "desk1")

    assert told(desk)[-2:] == [
        ("user.signed_in", "user:desk1", "desk1", {"address": DESK}),
        ("user.signed_out", "user:desk1", "desk1", None),
    ]
    assert rows(desk, sa.select(SignInAttempt.user_code, SignInAttempt.address, SignInAttempt.outcome)) == [
        ("desk1", DESK, "granted")
    ]


def test_after_five_refused_attempts_each_further_one_waits_twice_as_long_up_to_a_quarter_hour(desk, passing):
    guess(desk, 5)
    delays = []
    for _ in range(7):
        delays.append(waits(desk))
        passing(delays[-1] - 1)
        assert waits(desk, password=PASSWORD) == 1
        passing(1)
        guess(desk, 1)

    assert delays == [30, 60, 120, 240, 480, 900, 900]


def test_attempts_made_too_early_prolong_nothing_and_the_right_password_gets_in_after_the_delay(desk, passing):
    guess(desk, 5)
    for _ in range(20):
        assert waits(desk) == 30
    passing(30)

    assert attempt(desk, password=PASSWORD) == "desk1"
    guess(desk, 5)  # counted anew
    assert waits(desk) == 30


def test_guesses_from_outside_do_not_hold_up_a_user_where_they_have_signed_in_before(desk):
    attempt(desk, password=PASSWORD, address=DESK)
    guess(desk, 5, address=OUTSIDE)

    assert waits(desk, password=PASSWORD, address="203.0.113.80") == 30
    assert attempt(desk, password=PASSWORD, address=DESK) == "desk1"
    assert waits(desk, address=OUTSIDE) == 30  # which gives the one outside no new attempts
    guess(desk, 5, address=DESK)
    assert waits(desk, password=PASSWORD, address=DESK) == 30


def test_refused_attempts_are_forgotten_after_a_day(desk, passing):
    guess(desk, 5)
    passing(24 * 3600 + 1)
    guess(desk, 5)


def test_an_address_with_fifty_refused_attempts_in_a_quarter_hour_waits_whoever_it_asks_for(desk, passing):
    for number in range(50):
        guess(desk, 1, code=f"nobody{number}")
        passing(2)

    assert waits(desk, password=PASSWORD) == 15 * 60 - 100
    assert attempt(desk, password=PASSWORD, address=DESK) == "desk1"
    passing(15 * 60 - 100)
    assert attempt(desk, password=PASSWORD) == "desk1"


def test_addresses_of_one_household_count_as_one_and_nonsense_as_one_more(desk):
    for address in ("2001:db8:1:2::1", "2001:db8:1:2:ffff::2", "::ffff:192.0.2.7", "fe80::1%eth0", None, "x" * 500):
        attempt(desk, address=address, code="nobody")

    assert [row.address for row in rows(desk, sa.select(SignInAttempt.address).order_by(SignInAttempt.id))] == [
        "2001:db8:1:2::/64",
        "2001:db8:1:2::/64",
        "192.0.2.7",
        "fe80::/64",
        "?",
    ]


def test_unknown_and_disabled_users_are_refused_and_delayed_like_any_other(desk):
    with unit_of_work(desk) as session:
        users.disable_user(session, "super1", "admin1")
    answers = {}
    for code in ("desk1", "super1", "nobody"):
        found = [attempt(desk, code, WRONG if code == "desk1" else PASSWORD) for _ in range(6)]
        answers[code] = [(type(each), each.params) for each in found]

    assert answers["desk1"] == answers["super1"] == answers["nobody"]
    assert answers["nobody"][-1] == (SignInDelayed, {"seconds": 30})


def test_guesses_made_side_by_side_count_each_other(desk):
    start, answers = threading.Barrier(12), []

    def one() -> None:
        start.wait()
        answers.append(type(attempt(desk)))

    threads = [threading.Thread(target=one) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (answers.count(SignInRefused), answers.count(SignInDelayed)) == (5, 7)


@pytest.mark.parametrize("code", ["", "\0", "desk1\0", "x" * 10_000, "' OR 1=1 --", "\udcff", "дежурный", PASSWORD])
def test_hostile_codes_are_harmless_and_leave_no_word_behind(desk, code):
    assert isinstance(attempt(desk, code), SignInRefused)

    (row,) = rows(desk, sa.select(SignInAttempt.user_code))
    assert len(row.user_code) == 9
    assert row.user_code.startswith("?")
    assert told(desk)[-1][:3] == ("user.sign_in.refused", "user:?", "?")
    assert not code or code not in f"{told(desk)}"


@pytest.mark.parametrize("password", ["", "\0", "\udcff" * 12, "x" * 100_000])
def test_hostile_passwords_are_refused_like_wrong_ones(desk, password):
    assert isinstance(attempt(desk, password=password), SignInRefused)


def test_no_password_stands_in_the_trail_or_in_a_refusal(desk):
    refusal = attempt(desk, password=WRONG)
    attempt(desk, password=PASSWORD)

    assert WRONG not in f"{refusal} {refusal.params} {refusal!r}"
    everything = f"{rows(desk, sa.select(Event.__table__))} {rows(desk, sa.select(SignInAttempt.__table__))}"
    assert WRONG not in everything
    assert PASSWORD not in everything


# --- approving ------------------------------------------------------------------------------------------------


def approved(desk, code="super1", password=PASSWORD, needed=("folio.allow",), instead_of="desk1"):
    return approve(desk, code, password, DESK, needed, instead_of, hasher=FAST)


def test_a_supervisor_approves_at_the_cashiers_screen(desk):
    assert approved(desk, " Super1") == "super1"

    after = {"right": "folio.allow", "instead_of": "desk1", "address": DESK}
    assert told(desk)[-1] == ("user.approved", "user:super1", "super1", after)


def test_nobody_approves_for_themselves_or_without_the_right(desk):
    with pytest.raises(ApprovalByOneself):
        approved(desk, "SUPER1 ", instead_of="super1")
    with pytest.raises(NotAllowed, match="desk1 may not post allowances"):
        approved(desk, "desk1", instead_of="super1")

    assert told(desk)[-1][:2] == ("user.approval.refused", "user:desk1")
    with pytest.raises(NotAllowed, match="super1 may not administer users"):
        approved(desk, needed=("folio.allow", "user.administer"))
    assert told(desk)[-1][:2] == ("user.approval.refused", "user:super1")


def test_a_wrong_password_at_an_approval_counts_and_says_nothing_of_rights(desk):
    for _ in range(5):
        with pytest.raises(SignInRefused):
            approved(desk, "desk1", WRONG, instead_of="super1")

    with pytest.raises(SignInDelayed):
        approved(desk, "desk1", instead_of="super1")
    assert isinstance(attempt(desk, address=DESK), SignInDelayed)


def test_who_has_a_password_from_somebody_else_approves_nothing(desk):
    with unit_of_work(desk) as session:
        given = users.reset_password(session, "super1", "admin1", FAST)

    with pytest.raises(ApprovalNotYet, match="super1"):
        approved(desk, password=given)


# --- changing the password ------------------------------------------------------------------------------------


def test_somebody_changes_their_own_password_at_a_screen(desk):
    user = change_own_password(desk, "desk1", PASSWORD, "another horse entirely", DESK, hasher=FAST)

    assert not user.must_change_password
    assert attempt(desk, password="another horse entirely") == "desk1"
    assert isinstance(attempt(desk, password=PASSWORD), SignInRefused)


def test_the_old_password_cannot_be_guessed_at_an_unlocked_screen(desk):
    for _ in range(5):
        with pytest.raises(users.OldPasswordWrong):
            change_own_password(desk, "desk1", WRONG, "another horse entirely", DESK, hasher=FAST)

    with pytest.raises(SignInDelayed):
        change_own_password(desk, "desk1", PASSWORD, "another horse entirely", DESK, hasher=FAST)


def test_the_stamp_of_a_session_changes_with_the_password_and_when_the_user_is_disabled(desk):
    stamps = [session_stamp(sign_in(desk, "desk1", PASSWORD, DESK, hasher=FAST))]
    assert stamps[0] == session_stamp(sign_in(desk, "desk1", PASSWORD, DESK, hasher=FAST))
    for change in (
        lambda session: users.set_password(session, "desk1", PASSWORD, "desk1", FAST),
        lambda session: users.disable_user(session, "desk1", "admin1"),
    ):
        with unit_of_work(desk) as session:
            change(session)
            stamps.append(session_stamp(users.find_user(session, "desk1")))

    assert len(set(stamps)) == 3
    assert {len(each) for each in stamps} == {32}
