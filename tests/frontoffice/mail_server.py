"""A mail server on a loopback socket, as good or as bad as a test wants it; it keeps what it was given."""

from __future__ import annotations

import base64
import email
import email.policy
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from frontoffice.mail_line import MailServer

SENDER = "desk@hotel.example"


@dataclass
class Given:
    """A mail as the server got it."""

    sender: str
    recipient: str
    content: bytes

    @property
    def message(self) -> EmailMessage:
        return email.message_from_bytes(self.content, policy=email.policy.default)  # type: ignore[return-value]

    @property
    def text(self) -> str:
        told = str(self.message.get_body(("plain",)).get_content())  # type: ignore[union-attr]
        return told.replace("\r\n", "\n")


@dataclass
class Manners:
    """How the server behaves. `refused` are addresses, `busy` commands that it answers with "later".

    `mute_at` is a command it never answers, `drips_at` one whose answer comes by and by without end, `hangs_up_at` one
    at which it ends the line; CONTENT is the mail itself.
    """

    refused: tuple[str, ...] = ()
    busy: tuple[str, ...] = ()
    mute_at: str = ""
    drips_at: str = ""
    hangs_up_at: str = ""
    user: str = ""
    password: str = ""
    tls: ssl.SSLContext | None = None
    says: str = "no such user here"


class FakeServer(socketserver.ThreadingTCPServer):
    """The server; `mails` are those it took, `heard` every line it was told before their content."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False

    def __init__(self, manners: Manners, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Line)
        self.manners = manners
        self.mails: list[Given] = []
        self.heard: list[str] = []
        self.over = threading.Event()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who hangs up in the middle is no news."""


class _Line(socketserver.StreamRequestHandler):
    server: FakeServer

    def handle(self) -> None:
        self.sender = self.recipient = ""
        self.secret = not self.server.manners.user
        self.encrypted = False
        if not self.answer("BANNER", "220 mail.example ESMTP"):
            return
        while line := self.rfile.readline(2000):
            told = line.decode("ascii", "replace").strip()
            self.server.heard.append(told)
            verb = told.split(" ")[0].upper()
            if verb == "QUIT" or not getattr(self, f"on_{verb.lower()}", self.on_other)(told):
                return

    def finish(self) -> None:
        with suppress(OSError):
            super().finish()
        self.connection.close()  # the encrypted one is ours to close

    def answer(self, at: str, *lines: str) -> bool:
        """Answers, or does what the manners say instead; whether the line goes on."""
        manners = self.server.manners
        if at == manners.hangs_up_at:
            return False
        if at == manners.mute_at:
            self.server.over.wait(60)
            return False
        if at in manners.busy:
            lines = ("451 4.3.0 come again later",)
        if at == manners.drips_at:
            while not self.server.over.wait(0.02):
                self.wfile.write(b"2")
            return False
        for number, line in enumerate(lines):
            last = number == len(lines) - 1
            self.wfile.write((line if last else f"{line[:3]}-{line[4:]}").encode() + b"\r\n")
        self.wfile.flush()
        return True

    def on_ehlo(self, _told: str) -> bool:
        manners = self.server.manners
        offers = ["250 mail.example"]
        if manners.tls is not None and not self.encrypted:
            offers.append("250 STARTTLS")
        if manners.user:
            offers.append("250 AUTH PLAIN")
        return self.answer("EHLO", *offers)

    def on_starttls(self, _told: str) -> bool:
        assert self.server.manners.tls is not None
        self.answer("STARTTLS", "220 go ahead")
        self.connection = self.server.manners.tls.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)  # type: ignore[assignment]
        self.encrypted = True
        return True

    def on_auth(self, told: str) -> bool:
        given = base64.b64decode(told.split(" ")[2]).decode().split("\0")[1:]
        if given == [self.server.manners.user, self.server.manners.password]:
            self.secret = True
            return self.answer("AUTH", "235 ok")
        return self.answer("AUTH", f"535 5.7.8 wrong: {told} {given}")  # some servers echo what they were sent

    def on_mail(self, told: str) -> bool:
        self.sender = told.partition("<")[2].partition(">")[0]
        return self.answer("MAIL", "250 ok" if self.secret else "530 5.7.0 sign in first")

    def on_rcpt(self, told: str) -> bool:
        self.recipient = told.partition("<")[2].partition(">")[0]
        refused = self.recipient in self.server.manners.refused
        return self.answer("RCPT", f"550 5.1.1 {self.server.manners.says}" if refused else "250 ok")

    def on_data(self, _told: str) -> bool:
        if not self.answer("DATA", "354 go on") or "DATA" in self.server.manners.busy:
            return False
        lines = []
        while (line := self.rfile.readline()) and line != b".\r\n":
            lines.append(line[1:] if line.startswith(b"..") else line)
        if line and "CONTENT" not in self.server.manners.busy:
            self.server.mails.append(Given(self.sender, self.recipient, b"".join(lines)))
        return self.answer("CONTENT", "250 taken")

    def on_other(self, _told: str) -> bool:
        return self.answer("OTHER", "502 what?")


@dataclass
class Post:
    """A mail server and how the house reaches it."""

    server: FakeServer
    timeout_s: int = 5
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def line(self) -> MailServer:
        return MailServer("127.0.0.1", self.server.port, SENDER, timeout_s=self.timeout_s, **self.more)

    @property
    def mails(self) -> list[Given]:
        return self.server.mails


@contextmanager
def mail_server(port: int = 0, **manners: Any) -> Iterator[Post]:
    """A server that is there until the end of the block."""
    server = FakeServer(Manners(**manners), port)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield Post(server)
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()
        thread.join(10)
