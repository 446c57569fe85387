"""Sends the mails that wait: one worker at a time for each, again later and later, never more than twice in doubt.

A mail is claimed on a lease. Before its content goes out that is written down, so that of a worker that died it is
known whether the mail may have arrived: then it is sent once more with the same Message-ID, by which the recipient's
system knows the double, and after that it is left to a person. Sockets are never waited for within a unit of work.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import Session

from folios import clock
from folios.db import SessionSource, in_unit_of_work, reading
from folios.errors import DatabaseRefusal, Refusal
from folios.events import record
from frontoffice.leases import Leases
from frontoffice.mail import SENDER, MailFileFailed, MailLost, make_files, prune
from frontoffice.mail_line import WAITS, MailServer, MailTrouble, compose, hand_over
from frontoffice.models.mail import Mail
from frontoffice.property import find_name

log = logging.getLogger(__name__)

IDLE_S = 2.0
LOOK_EVERY_S = 60
PRUNE_EVERY_S = 3600
BACK_OFF_S = (60, 120, 300, 600, 1200, 1800, 3600)  # after the first attempt, the second, ...
FILES_S = 120  # within which the files of a mail are made
MOST_DOUBTFUL = 2

MAILS = Leases(Mail, "sending")
LOOKS: list[Callable[[Session], object]] = []
"""What is looked at every minute, since it may have to be told by mail; the floors above add theirs."""


class TakenOver(Exception):
    """The claim ran out, and the mail is another worker's now."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A mail that this worker sends. `worker` is its alone, and tells its claim from any other."""

    id: int
    recipient: str
    token: str
    subject: str
    text: str
    attachments: list[dict[str, Any]]
    created_at: datetime
    house: str
    worker: str


# --- one mail -------------------------------------------------------------------------------------------------


def send_next(sessions: SessionSource, server: MailServer, worker: str) -> bool:
    """Sends the next mail that is due; returns whether there was one."""
    mine = f"{worker}/{secrets.token_hex(4)}"
    claimed = in_unit_of_work(sessions, lambda session: claim(session, mine, _lease(server)))
    if claimed is None:
        return False
    try:
        message = compose(
            server,
            claimed.recipient,
            claimed.subject,
            claimed.text,
            house=claimed.house,
            token=claimed.token,
            at=claimed.created_at,
            attachments=_files(sessions, claimed),
        )
        hand_over(server, claimed.recipient, message, lambda: _begin_sending(sessions, claimed, server))
    except MailTrouble as trouble:
        in_unit_of_work(sessions, partial(_fail, claimed=claimed, trouble=trouble))
    except TakenOver:
        log.warning("mail %d was taken over by another worker", claimed.id)
    except Exception as error:
        log.exception("mail %d could not be sent", claimed.id)
        unforeseen = MailTrouble(cause=type(error).__name__)
        in_unit_of_work(sessions, partial(_fail, claimed=claimed, trouble=unforeseen))
    else:
        in_unit_of_work(sessions, lambda session: _finish(session, claimed))
    return True


def _files(sessions: SessionSource, claimed: Claimed) -> Any:
    try:
        return make_files(sessions, claimed.attachments)
    except DatabaseRefusal as refusal:  # nothing is wrong with the mail itself
        raise MailTrouble(cause=refusal.code) from None
    except Refusal as refusal:
        raise MailFileFailed(cause=refusal.text()[:200]) from None
    except Exception as error:
        log.exception("a file of mail %d could not be made", claimed.id)
        raise MailFileFailed(cause=type(error).__name__) from None


def _lease(server: MailServer) -> timedelta:
    """How long a claim holds: longer than the files and the attempt may take."""
    return timedelta(seconds=(WAITS + 2) * server.timeout_s + FILES_S)


def claim(session: Session, worker: str, lease: timedelta) -> Claimed | None:
    """Claims the mail that has been due for longest; of several workers who ask at once each gets another one."""
    now = clock.now()
    due = (
        sa.select(Mail)
        .where(Mail.status == "waiting", Mail.next_at <= now)
        .order_by(Mail.next_at, Mail.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .options(sa.orm.undefer(Mail.text))
        .execution_options(populate_existing=True)
    )
    mail = session.scalar(due)
    if mail is None:
        return None
    mail.status, mail.worker, mail.attempts = "sending", worker, mail.attempts + 1
    mail.lease_until, mail.sending_at = now + lease, None
    session.flush()
    facts = (mail.id, mail.recipient, mail.token, mail.subject, mail.text, mail.attachments, mail.created_at)
    return Claimed(*facts, house=find_name(session) or "", worker=worker)


def recover(session: Session) -> int:
    """Gives back the mails of workers that died with them; returns how many. What may have arrived twice stays."""
    mails = MAILS.lost(session)
    for mail in mails:
        before = {"worker": mail.worker}
        _give_back(mail, doubtful=mail.sending_at is not None)
        session.flush()
        record(session, "mail.given_back", f"mail:{mail.id}", SENDER, before, {"status": mail.status})
    return len(mails)


def _give_back(mail: Mail, *, doubtful: bool) -> None:
    """Ends a claim without a mail that was sent for sure."""
    mail.status, mail.lease_until, mail.sending_at = "waiting", None, None
    mail.doubtful += doubtful
    if mail.doubtful >= MOST_DOUBTFUL:
        mail.status, mail.error, mail.facts = "failed", MailLost.code, None


def _begin_sending(sessions: SessionSource, claimed: Claimed, server: MailServer) -> None:
    def write(session: Session) -> bool:
        now = clock.now()
        return MAILS.write(session, claimed.id, claimed.worker, sending_at=now, lease_until=now + _lease(server))

    if not in_unit_of_work(sessions, write):
        raise TakenOver


def _finish(session: Session, claimed: Claimed) -> None:
    done = {"status": "sent", "sent_at": clock.now(), "lease_until": None, "error": None, "facts": None}
    if MAILS.write(session, claimed.id, claimed.worker, **done):
        record(session, "mail.sent", f"mail:{claimed.id}", SENDER, None, {"to": claimed.recipient})
    else:
        log.warning("mail %d was sent, but thought lost meanwhile", claimed.id)


def _fail(session: Session, claimed: Claimed, trouble: MailTrouble) -> None:
    """Writes why a mail was not sent: it waits, longer each time, or is left to a person."""
    mail = MAILS.mine(session, claimed.id, claimed.worker)
    if mail is None:
        return
    before, now = mail.error, clock.now()
    mail.error, mail.facts = trouble.code, _plain(trouble.params)
    _give_back(mail, doubtful=trouble.doubtful)
    mail.next_at = now + timedelta(seconds=BACK_OFF_S[min(mail.attempts, len(BACK_OFF_S)) - 1])
    if trouble.lasting or mail.next_at > mail.give_up_at:
        mail.status = "failed"
    session.flush()
    told = {"error": mail.error, "status": mail.status}
    if mail.status == "failed" or before != mail.error:
        event = "mail.failed" if mail.status == "failed" else "mail.delayed"
        record(session, event, f"mail:{claimed.id}", SENDER, {"error": before}, told)


def _plain(params: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value)[:200] for name, value in params.items()}


# --- going on -------------------------------------------------------------------------------------------------


class Worker:
    """Sends until it is stopped, and looks now and then whether something is to be told; see `background.Work`.

    Without a server nothing is sent: mails wait, and are given up in time.
    """

    def __init__(self, sessions: SessionSource, server: MailServer | None) -> None:
        self._sessions, self._server = sessions, server
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.name = f"{socket.gethostname()[:16]}/{os.getpid()}"

    def start(self) -> None:
        """Begins; once is enough."""
        if self._thread is None:
            self._stop = threading.Event()
            self._thread = threading.Thread(target=self._run, args=(self._stop,), name="mail", daemon=True)
            self._thread.start()

    def stop(self, timeout_s: float = 10) -> None:
        """Ends after the mail that is being sent, and waits for that, `timeout_s` at most."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout_s)
            self._thread = None

    def look(self) -> bool:
        """Gives back what the dead left, and sends one mail; whether there was any."""
        now = clock.now()
        due = sa.exists().where(Mail.status == "waiting", Mail.next_at <= now)
        lost = sa.exists().where(MAILS.run_out)
        with reading(self._sessions) as session:
            any_due, any_lost = session.execute(sa.select(due, lost)).one()
        if any_lost:
            in_unit_of_work(self._sessions, recover)
        if self._server is None or not (any_due or any_lost):
            return False
        return send_next(self._sessions, self._server, self.name)

    def look_around(self) -> None:
        """Asks what may have to be told. Whatever goes wrong with one, the others are asked."""
        for each in LOOKS:
            try:
                in_unit_of_work(self._sessions, each)
            except DatabaseRefusal as refusal:
                log.warning("could not look what is to be told by mail: %s", refusal)
            except Exception:
                log.exception("could not look what is to be told by mail")

    def _run(self, stop: threading.Event) -> None:
        look_at = prune_at = 0.0
        while not stop.is_set():
            busy = False
            try:
                if time.monotonic() >= look_at:
                    self.look_around()
                    look_at = time.monotonic() + LOOK_EVERY_S
                if time.monotonic() >= prune_at:
                    in_unit_of_work(self._sessions, prune)
                    prune_at = time.monotonic() + PRUNE_EVERY_S
                busy = self.look()
            except DatabaseRefusal as refusal:
                log.warning("mail waits: %s", refusal)
            except Exception:
                log.exception("the sender of mail met something unforeseen and goes on")
            if not busy:
                stop.wait(IDLE_S)


def worker(sessions: SessionSource) -> Worker:
    """What sends mail by the settings of this application."""
    return Worker(sessions, current_app.config["MAIL"])
