"""The queue of mails: told once, tried again, claimed once, never more than twice in doubt; on both databases."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from folios import clock
from folios.errors import DatabaseGone
from frontoffice import mail, mail_worker
from frontoffice.mail import Letter
from frontoffice.mail_line import Attachment, MailAddressInvalid
from frontoffice.models.mail import Mail
from tests.frontoffice.house import CLERK, House, at_once
from tests.frontoffice.mail_server import Post, mail_server

ROOT = Path(__file__).parents[2]
PATIENCE_S = 30
ANNA, BERT = "anna@hotel.example", "bert@hotel.example"


@pytest.fixture
def post() -> Iterator[Post]:
    with mail_server() as post:
        yield post


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """Puts the clock of the house on; sockets go by their own."""
    real, ahead = clock.now, [timedelta()]
    monkeypatch.setattr(clock, "now", lambda: real() + ahead[0])

    def put_on(by: timedelta) -> None:
        ahead[0] += by

    return put_on


def ask(house: House, key: str = "k", *recipients: str, **more: Any) -> int:
    facts = {"subject": "Hello", "text": "Good morning.\n"} | more
    return house.do(mail.queue, Letter(key, **facts), recipients or [ANNA], CLERK)


def work(house: House, post: Post, name: str = "w") -> bool:
    return mail_worker.send_next(house.sessions, post.line, name)


def work_all(house: House, post: Post) -> None:
    worker = mail_worker.Worker(house.sessions, post.line)
    while worker.look():
        pass


def only(house: House) -> Mail:
    (found,) = house.rows(Mail)
    return found


def ids(post: Post) -> list[str]:
    return [str(each.message["Message-ID"]) for each in post.mails]


# --- asking -----------------------------------------------------------------------------------------------------


def test_a_mail_is_sent_when_the_unit_of_work_that_tells_it_is_committed(house: House, post: Post) -> None:
    def broken(session: Any) -> None:
        mail.queue(session, Letter("k", "Hello", "text"), [ANNA], CLERK)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        house.do(broken)
    assert work(house, post) is False
    assert ask(house) == 1
    assert work(house, post) is True
    assert work(house, post) is False
    (given,) = post.mails
    assert (given.recipient, given.text) == (ANNA, "Good morning.\n")
    sent = only(house)
    assert (sent.status, sent.attempts, sent.error) == ("sent", 1, None)
    assert [each.after for each in house.told("mail.queued")] == [{"to": ANNA, "key": "k"}]
    assert [each.after for each in house.told("mail.sent")] == [{"to": ANNA}]


def test_the_same_is_told_to_each_recipient_once_also_by_several_at_once(house: House, post: Post) -> None:
    assert sorted(at_once([lambda: ask(house, "k", ANNA, BERT)] * 4)) == [0, 0, 0, 2]
    assert ask(house, "k", ANNA, BERT, f" {BERT}") == 0
    assert ask(house, "another", ANNA) == 1
    work_all(house, post)
    assert sorted(each.recipient for each in post.mails) == [ANNA, ANNA, BERT]


def test_an_address_that_cannot_be_is_refused_and_nothing_is_queued(house: House) -> None:
    with house.refuses(MailAddressInvalid, address="nobody"):
        ask(house, "k", ANNA, "nobody")
    assert house.rows(Mail) == []


# --- sending ----------------------------------------------------------------------------------------------------


def test_a_refused_recipient_fails_with_the_servers_words_and_the_others_get_theirs(house: House, post: Post) -> None:
    post.server.manners.refused = (ANNA,)
    ask(house, "k", ANNA, BERT)
    work_all(house, post)
    assert [each.recipient for each in post.mails] == [BERT]
    failed, sent = house.rows(Mail)
    assert (failed.status, sent.status) == ("failed", "sent")
    assert "no such user here" in str(mail.why(str(failed.error), failed.facts))
    assert len(house.told("mail.failed")) == 1


def test_a_server_that_is_down_is_tried_again_later_and_later(house: House, later: Callable[[timedelta], None]) -> None:
    with mail_server() as post:
        port, line = post.server.port, post
    ask(house)
    waited = []
    for _ in range(3):
        assert work(house, line) is True
        assert work(house, line) is False
        waiting = only(house)
        assert (waiting.status, waiting.error) == ("waiting", "mail.server_away")
        waited.append(round((waiting.next_at - clock.now()).total_seconds(), -1))
        later(waiting.next_at - clock.now() + timedelta(seconds=1))
    assert waited == [60, 120, 300]
    assert len(house.told("mail.delayed")) == 1  # the same trouble is told once
    with mail_server(port=port) as back:
        assert work(house, back) is True
        assert len(back.mails) == 1
    assert only(house).status == "sent"


def test_what_cannot_be_sent_for_two_days_is_given_up_with_its_reason(
    house: House, post: Post, later: Callable[[timedelta], None]
) -> None:
    post.server.manners.busy = ("MAIL",)
    ask(house)
    work(house, post)
    later(mail.TRIED_FOR)
    work(house, post)
    failed = only(house)
    assert (failed.status, failed.error) == ("failed", "mail.server_busy")
    assert "451" in str(mail.why(str(failed.error), failed.facts))


def test_a_slow_server_costs_its_time_out_and_the_mail_waits(house: House) -> None:
    with mail_server(mute_at="RCPT") as post:
        post.timeout_s = 1
        ask(house)
        assert work(house, post) is True
    assert (only(house).status, only(house).error, only(house).doubtful) == ("waiting", "mail.server_away", 0)


def test_a_wrong_password_is_in_nothing_that_is_kept_or_shown(house: House, caplog: pytest.LogCaptureFixture) -> None:
    with mail_server(user="desk", password="right") as post:
        post.more = {"user": "desk", "password": "s3cret-Pa55", "starttls": "off"}
        ask(house)
        work(house, post)
        waiting = only(house)
        assert (waiting.status, waiting.error) == ("waiting", "mail.sign_in_refused")
        told = [waiting.facts, [each.after for each in house.told("mail.delayed")], caplog.text]
        assert "s3cret" not in f"{told} {mail.why(str(waiting.error), waiting.facts)}"
        post.more["password"] = "right"
        house.do(mail.send_again, waiting.id, CLERK)
        work(house, post)
    assert only(house).status == "sent"


def test_a_line_that_breaks_after_the_mail_is_tried_once_more_with_its_message_id_and_then_left(
    house: House, post: Post, later: Callable[[timedelta], None]
) -> None:
    post.server.manners.hangs_up_at = "CONTENT"  # it took the mail, and never says so
    ask(house)
    for _ in range(4):
        work(house, post)
        later(timedelta(hours=2))
    assert len(post.mails) == 2
    assert len(set(ids(post))) == 1
    failed = only(house)
    assert (failed.status, failed.error) == ("failed", "mail.lost")


def test_several_workers_send_each_mail_once(house: House, post: Post) -> None:
    for number in range(8):
        ask(house, f"k{number}")

    def send_all() -> None:
        while any(each.status != "sent" for each in house.rows(Mail)):
            work(house, post, "one of them")

    assert at_once([send_all] * 3) == [None] * 3
    assert len(ids(post)) == len(set(ids(post))) == 8
    assert {each.attempts for each in house.rows(Mail)} == {1}


KILLED = """
import os, signal, sys
from folios import db
from frontoffice import mail_line, mail_worker

def die(*_facts):
    os.kill(os.getpid(), signal.SIGKILL)

setattr(mail_worker, sys.argv[3], die)
line = mail_line.MailServer("127.0.0.1", int(sys.argv[2]), "desk@hotel.example", timeout_s=5)
mail_worker.send_next(db.session_source(db.open_engine(sys.argv[1])), line, "victim")
"""


def killed_at(where: str, database_url: str, post: Post) -> None:
    command = [sys.executable, "-c", KILLED, database_url, str(post.server.port), where]
    assert subprocess.run(command, check=False, cwd=ROOT, timeout=60).returncode == -signal.SIGKILL


def test_a_worker_killed_between_sending_and_noting_costs_one_double_with_the_same_message_id(
    house: House, database_url: str, post: Post, later: Callable[[timedelta], None]
) -> None:
    ask(house)
    killed_at("_finish", database_url, post)
    assert len(post.mails) == 1
    work_all(house, post)
    assert only(house).status == "sending", "it may still be alive"
    later(timedelta(minutes=10))
    work_all(house, post)
    assert only(house).status == "sent"
    assert len(post.mails) == 2
    assert len(set(ids(post))) == 1
    assert post.mails[0].content == post.mails[1].content


def test_who_is_killed_twice_between_sending_and_noting_leaves_it_to_a_person(
    house: House, database_url: str, post: Post, later: Callable[[timedelta], None]
) -> None:
    ask(house)
    killed_at("_finish", database_url, post)
    later(timedelta(minutes=10))
    house.do(mail_worker.recover)
    house.do(lambda session: session.query(Mail).update({"next_at": clock.now() - timedelta(hours=1)}))
    killed_at("_finish", database_url, post)
    later(timedelta(minutes=10))
    work_all(house, post)
    assert (only(house).status, only(house).error, len(post.mails)) == ("failed", "mail.lost", 2)
    house.do(mail.send_again, only(house).id, CLERK)
    work_all(house, post)
    assert (only(house).status, len(set(ids(post)))) == ("sent", 1)


def test_a_worker_killed_before_the_mail_went_out_leaves_no_doubt(
    house: House, database_url: str, post: Post, later: Callable[[timedelta], None]
) -> None:
    ask(house)
    killed_at("_begin_sending", database_url, post)
    assert post.mails == []
    later(timedelta(minutes=10))
    work_all(house, post)
    assert (only(house).status, only(house).doubtful, len(post.mails)) == ("sent", 0, 1)


def test_who_was_thought_dead_sends_nothing_when_another_has_its_mail(
    house: House, post: Post, later: Callable[[timedelta], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(house, files=({"maker": "test.slow", "name": "a.txt"},))
    slept = []

    def slow(_sessions: Any, _facts: Any) -> Attachment:
        if not slept:  # the machine sleeps, and somebody else does it meanwhile
            slept.append(True)
            later(timedelta(minutes=10))
            work_all(house, post)
        return Attachment("a.txt", "text/plain", b"a")

    monkeypatch.setitem(mail.FILES, "test.slow", slow)
    work(house, post, "sleeper")
    assert len(post.mails) == 1
    assert (only(house).status, only(house).attempts) == ("sent", 2)


def test_a_file_that_cannot_be_made_fails_the_mail_and_a_database_that_is_away_does_not(
    house: House, post: Post, later: Callable[[timedelta], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong: list[Exception] = [DatabaseGone(), ZeroDivisionError("detail")]

    def make(_sessions: Any, facts: Any) -> Attachment:
        if wrong:
            raise wrong.pop(0)
        return Attachment(facts["name"], "text/plain", b"a")

    monkeypatch.setitem(mail.FILES, "test.file", make)
    ask(house, files=({"maker": "test.file", "name": "a.txt"},))
    work(house, post)
    assert only(house).status == "waiting"
    later(timedelta(hours=1))
    work(house, post)
    assert (only(house).status, only(house).error) == ("failed", "mail.file_failed")
    house.do(mail.send_again, only(house).id, CLERK)
    work(house, post)
    (given,) = post.mails
    assert [each.get_filename() for each in given.message.iter_attachments()] == ["a.txt"]


# --- by hand, and old ones --------------------------------------------------------------------------------------


def test_what_is_sent_is_not_sent_again_and_what_is_unknown_is_said(house: House, post: Post) -> None:
    ask(house)
    work(house, post)
    with house.refuses(mail.MailSentBefore, mail=only(house).id):
        house.do(mail.send_again, only(house).id, CLERK)
    for unknown in (0, 999, 2**63):
        with house.refuses(mail.MailUnknown, mail=unknown):
            house.do(mail.send_again, unknown, CLERK)


def test_old_mails_are_cleared_away_and_what_nobody_could_send_is_given_up(
    house: House, post: Post, later: Callable[[timedelta], None]
) -> None:
    ask(house, "sent")
    work(house, post)
    later(timedelta(days=29))
    ask(house, "waits")
    assert house.do(mail.prune) == 0
    later(timedelta(days=3))
    assert house.do(mail.prune) == 1
    failed = only(house)
    assert (failed.key, failed.status, failed.error) == ("waits", "failed", "mail.too_old")
    assert "2 days" in str(mail.why(failed.error, failed.facts))
    assert len(house.told("mail.failed")) == 1


# --- going on ---------------------------------------------------------------------------------------------------


def wait_for(true: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)


def test_the_worker_looks_around_and_sends_what_that_tells_whatever_else_goes_wrong(
    house: House, post: Post, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_session: Any) -> None:
        raise ZeroDivisionError

    def told(session: Any) -> None:
        mail.queue(session, Letter("k", "Hello", "text"), [ANNA], CLERK)

    monkeypatch.setattr(mail_worker, "LOOKS", [broken, told])
    worker = mail_worker.Worker(house.sessions, post.line)
    worker.start()
    worker.start()
    wait_for(lambda: len(post.mails) == 1)
    worker.stop()
    assert "could not look" in caplog.text


def test_without_a_server_nothing_is_sent_and_nothing_is_lost(house: House) -> None:
    ask(house)
    worker = mail_worker.Worker(house.sessions, None)
    assert worker.look() is False
    assert (only(house).status, only(house).attempts) == ("waiting", 0)
