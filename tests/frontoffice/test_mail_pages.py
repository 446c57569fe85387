"""The pages of mail: what waits and why, a test of the line, what is sent again; without a server they say so."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from frontoffice import mail, mail_worker
from frontoffice.mail import Letter
from frontoffice.models.mail import Mail
from tests.frontoffice.desk_client import Client
from tests.frontoffice.house import CLERK, House
from tests.frontoffice.mail_server import SENDER, Post, mail_server

Desk = Callable[[str], Client]
ANNA = "anna@hotel.example"
HERE = "/set-up/mail"


@pytest.fixture
def post(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Post]:
    """A mail server that the application is set to."""
    with mail_server() as post:
        monkeypatch.setitem(app.config, "MAIL", post.line)
        yield post


def queued(house: House) -> int:
    house.do(mail.queue, Letter("k", "Hello", "<b>Good</b> morning.\n"), [ANNA], CLERK)
    return house.rows(Mail)[-1].id


def test_without_a_mail_server_the_pages_say_that_nothing_is_sent(house: House, desk: Desk) -> None:
    manager = desk("manager")
    mail_id = queued(house)
    for at in (HERE, f"{HERE}/{mail_id}"):
        page = manager.page(at)
        assert "Nothing is sent." in page
        assert "FRONTOFFICE_MAIL_SERVER" in page
    assert "No mail server is set" in manager.refused(f"{HERE}/test", address=ANNA)
    assert "No mail server is set" in manager.page("/night-audit/calls")


def test_a_technician_sends_a_test_mail_and_sees_it_arrive(house: House, desk: Desk, post: Post) -> None:
    manager = desk("manager")
    assert f"127.0.0.1:{post.server.port}" in manager.page(HERE)
    assert SENDER in manager.page(HERE)
    assert "no mail address" in manager.refused(f"{HERE}/test", address="anna")
    form = manager.form(f"{HERE}/test") | {"address": ANNA}
    assert [manager.send(f"{HERE}/test", form).status_code for _ in range(2)] == [303, 303]
    (waiting,) = house.rows(Mail)
    assert "waiting" in manager.page(f"{HERE}/{waiting.id}")
    assert mail_worker.send_next(house.sessions, post.line, "w")
    (given,) = post.mails
    assert (given.recipient, given.message["Subject"]) == (ANNA, "Test mail")
    page = manager.page(f"{HERE}/{waiting.id}")
    assert "has been sent" in page  # why it cannot be sent again
    assert ANNA in manager.page(f"{HERE}?state=sent")
    assert manager.send(f"{HERE}/{waiting.id}/again", manager.form(f"{HERE}/test")).status_code == 409


def test_what_failed_says_why_in_the_servers_words_and_is_sent_again_by_hand(
    house: House, desk: Desk, post: Post
) -> None:
    post.server.manners.refused, post.server.manners.says = (ANNA,), "<script>no such user</script>"
    mail_id = queued(house)
    mail_worker.send_next(house.sessions, post.line, "w")
    manager = desk("manager")
    for at in (f"{HERE}?state=failed", f"{HERE}/{mail_id}"):
        page = manager.page(at)
        assert "&lt;script&gt;no such user" in page
        assert "<script>no such" not in page
    assert "&lt;b&gt;Good&lt;/b&gt; morning." in manager.page(f"{HERE}/{mail_id}")
    post.server.manners.refused = ()
    assert manager.send(f"{HERE}/{mail_id}/again", manager.form(f"{HERE}/{mail_id}/again")).status_code == 303
    assert mail_worker.send_next(house.sessions, post.line, "w")
    assert [each.recipient for each in post.mails] == [ANNA]
    assert [each.operator for each in house.told("mail.sent_again")] == ["manager"]


def test_a_password_of_the_mail_server_is_on_no_page(
    house: House, app: Flask, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mail_server(user="desk", password="right") as post:
        post.more = {"user": "desk", "password": "s3cret-Pa55", "starttls": "off"}
        monkeypatch.setitem(app.config, "MAIL", post.line)
        mail_id = queued(house)
        mail_worker.send_next(house.sessions, post.line, "w")
        manager = desk("manager")
        for at in (HERE, f"{HERE}/{mail_id}", f"{HERE}/test", "/trail"):
            assert "s3cret" not in manager.page(at)
        assert "does not accept the user or the password" in manager.page(f"{HERE}/{mail_id}")


def test_mail_is_for_who_sets_up_the_hotel_and_a_mail_that_is_not_there_is_no_page(house: House, desk: Desk) -> None:
    mail_id = queued(house)
    cashier = desk("cashier")
    for at in (HERE, f"{HERE}/test", f"{HERE}/{mail_id}", f"{HERE}/{mail_id}/again"):
        assert cashier.get(at).status_code == 403
    assert desk("manager").get(f"{HERE}/999").status_code == 404
