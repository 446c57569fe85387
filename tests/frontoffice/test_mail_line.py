"""The line to the mail server: what is written on it, and what is said of every way in which it goes wrong."""

from __future__ import annotations

import logging
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from frontoffice import mail_line
from frontoffice.cli import main
from frontoffice.config import MailSenderInvalid, MailServerInvalid, Settings
from frontoffice.mail_line import Attachment, MailServer, MailTrouble, compose, hand_over, read_address
from tests.frontoffice.mail_server import SENDER, Post, mail_server

PASSWORD = "s3cret-Pa55"
NOON = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)
URL = "FRONTOFFICE_MAIL_SERVER"
FROM = {"FRONTOFFICE_MAIL_FROM": SENDER}


@pytest.fixture
def post() -> Iterator[Post]:
    with mail_server() as post:
        yield post


def letter(server: MailServer, **more: Any) -> EmailMessage:
    facts = {"recipient": "anna@hotel.example", "subject": "Hello", "text": "Good morning.\n", "token": "t0ken"}
    return compose(server, **(facts | {"at": NOON} | more))


def send(post: Post, **more: Any) -> None:
    hand_over(post.line, "anna@hotel.example", letter(post.line, **more))


def refused(post: Post, kind: type[MailTrouble]) -> MailTrouble:
    with pytest.raises(MailTrouble) as trouble:
        send(post)
    assert type(trouble.value) is kind, trouble.value
    assert PASSWORD not in f"{trouble.value} {trouble.value!r} {trouble.value.params}"
    return trouble.value


# --- what is written ------------------------------------------------------------------------------------------


def test_a_mail_arrives_as_it_was_written_with_umlauts_and_files(post: Post) -> None:
    pdf = Attachment("trial-balance-2026-03-01.pdf", "application/pdf", bytes(range(256)))
    text = "Grüße aus Köln\n.\n..und ein Punkt\n" + "x" * 2000 + "\n"
    send(post, subject="Nachtlauf für März", text=text, house="Hôtel „Zur schönen Müllerin“", attachments=[pdf])
    (given,) = post.mails
    message = given.message
    assert given.content.isascii()
    assert (given.sender, given.recipient) == (SENDER, "anna@hotel.example")
    assert message["Subject"] == "Nachtlauf für März"
    assert message["From"].addresses[0].display_name == "Hôtel „Zur schönen Müllerin“"
    assert message["From"].addresses[0].addr_spec == SENDER
    assert message["Message-ID"] == "<t0ken@hotel.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert given.text == text
    (attached,) = message.iter_attachments()
    assert (attached.get_filename(), attached.get_content_type()) == (pdf.name, "application/pdf")
    assert attached.get_content() == pdf.content


@pytest.mark.parametrize("evil", ["a\r\nBcc: thief@evil.example", "a\nBcc: thief@evil.example\n\nbody", "a\u2028b\0c"])
def test_nothing_that_is_typed_becomes_another_line_of_the_head(post: Post, evil: str) -> None:
    send(post, subject=evil, house=evil, attachments=[Attachment(evil, "text/plain", b"x")])
    (given,) = post.mails
    assert given.message["Bcc"] is None
    assert [name for name in given.message if name.lower() not in KNOWN] == []


KNOWN = {
    *("from", "to", "subject", "date", "message-id", "auto-submitted", "mime-version", "content-type"),
    "content-transfer-encoding",
}


@pytest.mark.parametrize(
    "typed",
    [
        *("", "anna", "anna@", "@hotel.example", "anna@hotel", "anna@hotel..example", "anna@-hotel.example"),
        *("an na@hotel.example", "anna@hotel.example\r\nBcc: x@y.example", "anna@hotel.example, b@hotel.example"),
        *("<anna@hotel.example>", "änna@hotel.example", "anna@hotél.example", ".anna@hotel.example", "a..b@c.de"),
        *("a@b@c.de", "a" * 65 + "@hotel.example", "a@" + "b" * 63 + ("." + "c" * 60) * 4 + ".de", "a@b.de\0"),
    ],
)
def test_an_address_that_cannot_be_is_refused_before_it_comes_near_a_server(post: Post, typed: str) -> None:
    with pytest.raises(mail_line.MailAddressInvalid):
        read_address(typed)
    with pytest.raises(mail_line.MailAddressInvalid):
        send(post, recipient=typed)


def test_an_address_that_can_be_is_taken_as_it_is() -> None:
    for typed in ("anna@hotel.example", "a.b+c@sub.hotel.example", "root@localhost", "o'neil_9@xn--kln-sna.de"):
        assert read_address(f" {typed} ") == typed


# --- what goes wrong ------------------------------------------------------------------------------------------


def test_a_server_that_is_down_is_away_and_nothing_is_in_doubt() -> None:
    with mail_server() as post:
        line = post.line
    with pytest.raises(mail_line.MailServerAway) as away:
        hand_over(line, "anna@hotel.example", letter(line))
    assert (away.value.lasting, away.value.doubtful) == (False, False)


def test_a_server_without_a_name_is_away() -> None:
    line = MailServer("mail.invalid", 25, SENDER, timeout_s=2)
    with pytest.raises(mail_line.MailServerAway):
        hand_over(line, "anna@hotel.example", letter(line))


@pytest.mark.parametrize("at", ["BANNER", "EHLO", "MAIL", "RCPT", "DATA", "CONTENT"])
def test_a_server_that_never_answers_is_left_after_the_time_out(at: str) -> None:
    with mail_server(mute_at=at) as post:
        post.timeout_s = 1
        assert refused(post, mail_line.MailServerAway).doubtful is (at == "CONTENT")


@pytest.mark.parametrize("at", ["BANNER", "EHLO", "MAIL", "RCPT", "DATA", "CONTENT"])
def test_a_server_that_hangs_up_leaves_doubt_only_when_it_had_the_mail(at: str) -> None:
    with mail_server(hangs_up_at=at) as post:
        assert refused(post, mail_line.MailServerAway).doubtful is (at == "CONTENT")
        assert len(post.mails) == (at == "CONTENT")


@pytest.mark.parametrize("at", ["BANNER", "MAIL"])
def test_a_server_that_answers_a_byte_at_a_time_is_left_too(at: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail_line, "WAITS", 1)
    with mail_server(drips_at=at) as post:
        post.timeout_s = 1
        refused(post, mail_line.MailServerAway)


@pytest.mark.parametrize("at", ["BANNER", "EHLO", "MAIL", "RCPT", "DATA", "CONTENT"])
def test_a_server_that_is_busy_is_asked_again(at: str) -> None:
    with mail_server(busy=(at,)) as post:
        with pytest.raises(MailTrouble) as trouble:
            send(post)
        assert (trouble.value.lasting, trouble.value.doubtful) == (False, False), trouble.value
        assert post.mails == []


def test_a_refused_recipient_stays_refused_with_what_the_server_says() -> None:
    with mail_server(refused=("anna@hotel.example",), says="no such user\x07 <b>here</b>") as post:
        trouble = refused(post, mail_line.MailRecipientRefused)
        assert trouble.lasting
        assert "550 5.1.1 no such user <b>here</b>" in str(trouble)


def test_what_is_no_mail_server_is_said_to_be_away() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(10)
        line = MailServer("127.0.0.1", listening.getsockname()[1], SENDER, timeout_s=1)
        with pytest.raises(MailTrouble):  # it takes the line and says nothing at all
            hand_over(line, "anna@hotel.example", letter(line))


# --- signing in, and encryption ---------------------------------------------------------------------------------


def test_a_wrong_password_is_told_without_it_even_when_the_server_echoes_it(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with mail_server(user="desk", password="another") as post:
        post.more = {"user": "desk", "password": PASSWORD, "starttls": "off"}
        trouble = refused(post, mail_line.MailSignInRefused)
        assert not trouble.lasting  # somebody will correct it
        assert any(each.startswith("AUTH") for each in post.server.heard)
        assert PASSWORD not in repr(post.line)
    assert PASSWORD not in caplog.text


def test_a_password_does_not_go_over_a_line_that_others_can_read() -> None:
    with mail_server(user="desk", password=PASSWORD) as post:
        post.more = {"user": "desk", "password": PASSWORD}
        refused(post, mail_line.MailLineOpen)
        assert not any(each.startswith("AUTH") for each in post.server.heard)
        post.more["starttls"] = "off"
        send(post)
        assert len(post.mails) == 1


def test_encryption_that_is_required_is_not_done_without() -> None:
    with mail_server() as post:
        post.more = {"starttls": "required"}
        refused(post, mail_line.MailLineOpen)


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """What a server on 127.0.0.1 shows, trusted by this test."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl to make a certificate with")
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    asked = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(cert)]
    made = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *asked]
    subprocess.run(made, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    monkeypatch.setenv("SSL_CERT_FILE", str(cert))
    return context


def test_a_line_is_encrypted_where_that_is_offered(certificate: ssl.SSLContext) -> None:
    with mail_server(tls=certificate, user="desk", password=PASSWORD) as post:
        post.more = {"user": "desk", "password": PASSWORD}
        send(post)
        assert next(each for each in post.server.heard if each.startswith(("STARTTLS", "AUTH"))) == "STARTTLS"
        assert len(post.mails) == 1


def test_a_certificate_of_somebody_else_is_not_trusted(
    certificate: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with mail_server(tls=certificate, user="desk", password=PASSWORD) as post:
        post.more = {"user": "desk", "password": PASSWORD}
        refused(post, mail_line.MailEncryptionFailed)
        assert not any(each.startswith("AUTH") for each in post.server.heard)


# --- settings -------------------------------------------------------------------------------------------------


def test_the_settings_say_how_the_server_is_reached() -> None:
    assert Settings.load({}).mail is None
    text = "smtp://desk%40hotel.example:p%40ss%3A%2F@mail.hotel.example:587?starttls=required&timeout=7"
    server = Settings.load({URL: text, **FROM}).mail
    expected = MailServer(
        *("mail.hotel.example", 587, SENDER, "desk@hotel.example", "p@ss:/"), starttls="required", timeout_s=7
    )
    assert server == expected
    assert "p@ss" not in repr(Settings.load({URL: text, **FROM}))
    assert Settings.load({URL: "smtps://mail", **FROM}).mail == MailServer("mail", 465, SENDER, tls=True)
    assert Settings.load({URL: "smtp://[::1]:2525/", **FROM}).mail == MailServer("::1", 2525, SENDER)


@pytest.mark.parametrize(
    "text",
    [
        *("mail.hotel.example", "http://mail", "smtp://", f"smtp://desk:{PASSWORD}@mail:port", "smtp://mail:99999"),
        *(f"smtp://desk:{PASSWORD}#1@mail", f"smtp://desk:{PASSWORD}/1@mail", f"smtp://desk:{PASSWORD}?@mail"),
        *("smtp://desk@mail", "smtp://desk:geheimß@mail", "smtp://mail?starttls=maybe", "smtp://mail?timeout=0"),
        *("smtp://mail?timeout=soon", "smtp://mail?tls=1", "smtp://mail/inbox", "smtp://[::1", "smtp://ma%20il x"),
    ],
)
def test_what_is_no_mail_server_is_refused_by_name_without_its_password(text: str) -> None:
    with pytest.raises(MailServerInvalid) as wrong:
        Settings.load({URL: text, **FROM})
    assert URL in str(wrong.value)
    assert PASSWORD not in f"{wrong.value} {wrong.value!r}"
    assert wrong.value.__suppress_context__ or wrong.value.__context__ is None


def test_a_server_without_a_sender_and_a_sender_without_a_server_are_refused() -> None:
    with pytest.raises(MailSenderInvalid):
        Settings.load({URL: "smtp://mail"})
    with pytest.raises(MailSenderInvalid):
        Settings.load({URL: "smtp://mail", "FRONTOFFICE_MAIL_FROM": "desk"})
    with pytest.raises(MailServerInvalid):
        Settings.load(FROM)


# --- the command ----------------------------------------------------------------------------------------------


def command(post: Post | None, *typed: str, **more: str) -> tuple[int, str]:
    environment = {} if post is None else {URL: f"smtp://127.0.0.1:{post.server.port}", **FROM}
    done = CliRunner().invoke(main, ["mail", "test", *typed], env={**environment, **more})
    return done.exit_code, done.output


def test_a_technician_sees_by_a_command_whether_the_line_works(post: Post) -> None:
    status, told = command(post, "anna@hotel.example")
    assert status == 0, told
    (given,) = post.mails
    assert given.message["Message-ID"] in told
    assert f"127.0.0.1:{post.server.port}" in told


def test_the_command_says_what_stands_against_it_and_never_the_password(post: Post) -> None:
    assert command(None, "anna@hotel.example")[0] == 2
    assert "anna" in command(post, "anna")[1]
    post.server.manners.refused = ("anna@hotel.example",)
    status, told = command(post, "anna@hotel.example")
    assert (status, "no such user here" in told) == (2, True)
    post.server.manners.user, post.server.manners.password = "desk", "another"
    signed_in = f"smtp://desk:{PASSWORD}@127.0.0.1:{post.server.port}?starttls=off"
    status, told = command(post, "anna@hotel.example", **{URL: signed_in})
    assert (status, PASSWORD in told) == (2, False)
    assert post.mails == []
