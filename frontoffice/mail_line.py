"""The line to the hotel's mail server: what it is reached by, how a mail is written, and one attempt to hand it over.

An attempt ends well or with a `MailTrouble` that says whose fault it is and whether it is worth another. What waits to
be sent, and when it is tried again, stands in `mail.py` and `mail_worker.py`. No text from here holds a password.
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from threading import Timer
from typing import Any

from folios.errors import N_, Refusal

TIMEOUT_S = 20
WAITS = 6  # the most that a whole attempt may take, in time-outs
MOST_ADDRESS, MOST_LOCAL, MOST_CAUSE = 254, 64, 200
SEVEN_BITS = SMTP.clone(cte_type="7bit")  # what every server takes
GO_ON = 354
PERMANENT = 500  # what a server answers from here on it will answer again
_WORD = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"({_WORD}(?:\.{_WORD})*)@(localhost|{_LABEL}(?:\.{_LABEL})+)")


class MailAddressInvalid(Refusal):
    code = "mail_address.invalid"
    message = N_("{address} is no mail address. Write it like name@hotel.example, in plain letters.")


class MailTrouble(Refusal):
    """A mail was not handed over. `lasting`: it will not be by trying again. `doubtful`: it may have arrived."""

    code = "mail.not_sent"
    message = N_("The mail could not be sent ({cause}).")
    lasting = False

    def __init__(self, *, doubtful: bool = False, **params: Any) -> None:
        super().__init__(**params)
        self.doubtful = doubtful


class MailServerAway(MailTrouble):
    code = "mail.server_away"
    message = N_("The mail server does not answer ({cause}). It is tried again.")


class MailServerBusy(MailTrouble):
    code = "mail.server_busy"
    message = N_("The mail server takes no mail now ({cause}). It is tried again.")


class MailSignInRefused(MailTrouble):
    code = "mail.sign_in_refused"
    message = N_("The mail server does not accept the user or the password of FRONTOFFICE_MAIL_SERVER ({cause}).")


class MailLineOpen(MailTrouble):
    code = "mail.line_not_encrypted"
    message = N_(
        "The mail server offers no encryption, and the password is not sent without. Use smtps://, or add ?starttls=off"
        " to FRONTOFFICE_MAIL_SERVER where nobody can listen in."
    )


class MailEncryptionFailed(MailTrouble):
    code = "mail.encryption_failed"
    message = N_("No encrypted line to the mail server can be had ({cause}). Look at its certificate and port.")


class MailRecipientRefused(MailTrouble):
    code = "mail.recipient_refused"
    message = N_("The mail server does not take mail for {address} ({cause}).")
    lasting = True


class MailSenderRefused(MailTrouble):
    code = "mail.sender_refused"
    message = N_("The mail server does not take mail from {address} ({cause}). Correct FRONTOFFICE_MAIL_FROM.")
    lasting = True


class MailRefused(MailTrouble):
    code = "mail.content_refused"
    message = N_("The mail server did not accept the mail ({cause}).")
    lasting = True


TROUBLES = (
    *(MailTrouble, MailServerAway, MailServerBusy, MailSignInRefused, MailLineOpen, MailEncryptionFailed),
    *(MailRecipientRefused, MailSenderRefused, MailRefused),
)


@dataclass(frozen=True, slots=True)
class MailServer:
    """How mail leaves the house: the server, who signs in there, and the address that the mails come from.

    `tls`: from the first byte (`smtps`). `starttls`: TLS when the server offers it (`offered`), not without it
    (`required`), never (`off`); with a password, `offered` means required.
    """

    host: str
    port: int
    sender: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = False
    starttls: str = "offered"
    timeout_s: int = TIMEOUT_S

    @property
    def name(self) -> str:
        """The server as screens name it: nothing of who signs in there."""
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a mail: its name, media type (`application/pdf`) and content."""

    name: str
    media_type: str
    content: bytes


def read_address(text: str) -> str:
    """A mail address, trimmed. Refuses (`MailAddressInvalid`) what no mail can go to, and all but plain letters."""
    typed = text.strip()
    found = _ADDRESS.fullmatch(typed)
    if found is None or len(typed) > MOST_ADDRESS or len(found[1]) > MOST_LOCAL:
        raise MailAddressInvalid(address=one_line(typed)[:60])
    return typed


def one_line(text: str) -> str:
    """A text without breaks and controls: as it may stand in the head of a mail."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


# --- writing --------------------------------------------------------------------------------------------------


def compose(
    server: MailServer,
    recipient: str,
    subject: str,
    text: str,
    *,
    house: str = "",
    token: str,
    at: datetime,
    attachments: Sequence[Attachment] = (),
) -> EmailMessage:
    """The mail as it is handed over. The same `token` and sender make the same Message-ID, by which a double is known.

    Refuses an address that is none; breaks in what stands in the head become spaces.
    """
    message = EmailMessage(policy=SEVEN_BITS)
    message["From"] = Address(display_name=one_line(house), addr_spec=read_address(server.sender))
    message["To"] = Address(addr_spec=read_address(recipient))
    message["Subject"] = one_line(subject)
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{token}@{server.sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's absence is answered to us
    message.set_content(text)
    for each in attachments:
        main, _slash, sub = each.media_type.partition("/")
        message.add_attachment(each.content, maintype=main, subtype=sub, filename=one_line(each.name))
    return message


# --- handing over ---------------------------------------------------------------------------------------------


def hand_over(
    server: MailServer, recipient: str, message: EmailMessage, before_content: Callable[[], None] = lambda: None
) -> None:
    """One attempt to give a mail to the server. `before_content` is called when nothing of it has gone out yet.

    Refuses `MailTrouble` in one of its kinds. Whatever the server does, it takes a few time-outs at most.
    """
    with _line(server) as line:
        _expect(line.mail(server.sender), MailSenderRefused, address=server.sender)
        _expect(line.rcpt(recipient), MailRecipientRefused, address=recipient)
        content = _content(message)
        _expect(line.docmd("DATA"), MailRefused, good=range(GO_ON, GO_ON + 1))
        before_content()
        try:
            line.send(content)
            answer = line.getreply()
        except (smtplib.SMTPException, OSError) as error:
            raise MailServerAway(cause=_cause(error), doubtful=True) from None
        _expect(answer, MailRefused)


@contextmanager
def _line(server: MailServer) -> Iterator[smtplib.SMTP]:
    """A line that is encrypted and signed in as far as the settings say."""
    line: smtplib.SMTP | None = None
    timer: Timer | None = None
    try:
        line = _new_line(server)
        timer = Timer(WAITS * server.timeout_s, _hang_up, [line])
        timer.daemon = True
        timer.start()
        _expect(line.connect(server.host, server.port), MailServerBusy)
        line.ehlo_or_helo_if_needed()
        _encrypt(line, server)
        if server.user is not None:
            _sign_in(line, server.user, server.password or "")
        yield line
        with suppress(smtplib.SMTPException, OSError):
            line.quit()
    except ssl.SSLError as error:
        raise MailEncryptionFailed(cause=_cause(error)) from None
    except smtplib.SMTPResponseException as error:
        raise MailServerBusy(cause=_said(error.smtp_code, error.smtp_error)) from None
    except (smtplib.SMTPException, OSError) as error:
        raise MailServerAway(cause=_cause(error)) from None
    finally:
        if timer is not None:
            timer.cancel()
        if line is not None:
            line.close()


def _new_line(server: MailServer) -> smtplib.SMTP:
    own = server.sender.rpartition("@")[2]  # not this machine's name: that takes a look-up, and is nobody's business
    line: smtplib.SMTP
    if server.tls:
        context = ssl.create_default_context()
        line = smtplib.SMTP_SSL(local_hostname=own, timeout=server.timeout_s, context=context)
    else:
        line = smtplib.SMTP(local_hostname=own, timeout=server.timeout_s)
    line._host = server.host  # type: ignore[attr-defined]  # whose certificate it has to be: connect() does not keep it
    return line


def _encrypt(line: smtplib.SMTP, server: MailServer) -> None:
    if server.tls or server.starttls == "off":
        return
    if line.has_extn("starttls"):
        line.starttls(context=ssl.create_default_context())
        line.ehlo()
    elif server.starttls == "required" or server.user is not None:
        raise MailLineOpen


def _sign_in(line: smtplib.SMTP, user: str, password: str) -> None:
    """Signs in. What the server answers is not repeated: it may echo what it was sent."""
    try:
        line.login(user, password)
    except smtplib.SMTPResponseException as error:
        kind = MailServerBusy if 400 <= error.smtp_code < PERMANENT else MailSignInRefused
        raise kind(cause=str(error.smtp_code)) from None
    except smtplib.SMTPNotSupportedError:
        raise MailSignInRefused(cause="AUTH") from None
    except UnicodeError:  # smtplib writes ASCII
        raise MailSignInRefused(cause="ASCII") from None


def _hang_up(line: smtplib.SMTP) -> None:
    """Ends a line on which the other side takes for ever, a byte at a time."""
    sock = line.sock
    if sock is not None:
        with suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)


def _content(message: EmailMessage) -> bytes:
    """The bytes of a mail as they go over the line: lines that begin with a dot get a second one (RFC 5321, 4.5.2)."""
    try:
        content = message.as_bytes()
    except (MessageError, ValueError, LookupError) as error:
        raise MailRefused(cause=type(error).__name__) from None
    return re.sub(rb"(?m)^\.", b"..", content).removesuffix(b"\r\n") + b"\r\n.\r\n"


def _expect(
    answer: tuple[int, bytes], lasting: type[MailTrouble], *, good: range = range(200, 300), **facts: Any
) -> None:
    code, said = answer
    if code in good:
        return
    kind = lasting if code >= PERMANENT else MailServerBusy
    raise kind(cause=_said(code, said), **facts)


def _said(code: int, text: bytes | str) -> str:
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return one_line(f"{code} {said}")[:MOST_CAUSE]


def _cause(error: Exception) -> str:
    told = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return one_line(told)[:MOST_CAUSE] or type(error).__name__
