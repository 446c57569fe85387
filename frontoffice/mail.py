"""The queue of mails: written in the unit of work of what they tell, kept for a month, sent again by hand.

A mail goes to one recipient. What it is asked with, its `key`, is told to each recipient once, however often it is
asked. Files are not kept here: a mail names who makes each of them when it is sent. Sending: `mail_worker.py`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from folios import clock
from folios.db import SessionSource
from folios.errors import N_, Refusal
from folios.events import record
from folios.folios import MOST_ID
from frontoffice.mail_line import TROUBLES, Attachment, MailTrouble, one_line, read_address
from frontoffice.models.mail import MAIL_STATES, Mail

TRIED_FOR = timedelta(days=2)
KEPT = timedelta(days=30)
MOST_SUBJECT, MOST_TEXT = 200, 20_000
SENDER = "mail"  # who the audit trail names


class MailUnknown(Refusal):
    code = "mail.unknown"
    message = N_("There is no mail {mail}. What was sent is kept for {days} days.")


class MailBusy(Refusal):
    code = "mail.being_sent"
    message = N_("Mail {mail} is just being sent. Wait a moment, and look again.")


class MailSentBefore(Refusal):
    code = "mail.sent_before"
    message = N_("Mail {mail} has been sent.")


class MailServerMissing(Refusal):
    code = "mail_server.missing"
    message = N_(
        "No mail server is set. Whoever runs the program sets FRONTOFFICE_MAIL_SERVER and FRONTOFFICE_MAIL_FROM."
    )


class MailTooOld(MailTrouble):
    code = "mail.too_old"
    message = N_("It waited for {days} days, and nobody could send it.")
    lasting = True


class MailLost(MailTrouble):
    code = "mail.lost"
    message = N_("Twice the line broke while it was sent: it may have arrived. Ask, then send it again if it has not.")
    lasting = True


class MailFileFailed(MailTrouble):
    code = "mail.file_failed"
    message = N_("A file that belongs to it could not be made ({cause}).")
    lasting = True


_WHY: dict[str, type[MailTrouble]] = {each.code: each for each in (*TROUBLES, MailTooOld, MailLost, MailFileFailed)}


def why(code: str, facts: Mapping[str, Any] | None) -> MailTrouble:
    """Why a mail was not sent, as a refusal that says it in words."""
    return _WHY.get(code, MailTrouble)(**({"cause": code} | dict(facts or {})))


# --- files ----------------------------------------------------------------------------------------------------

MakeFile = Callable[[SessionSource, Mapping[str, Any]], Attachment]
FILES: dict[str, MakeFile] = {}
"""Who makes the files of mails, by name; the floors above add theirs. It is asked again when a mail is sent again."""


def make_files(sessions: SessionSource, named: Iterable[Mapping[str, Any]]) -> list[Attachment]:
    """Makes the files that a mail names, each by who makes such files."""
    return [FILES[each["maker"]](sessions, each) for each in named]


# --- asking ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Letter:
    """What is told: once to each recipient for a `key`. `files` name who makes them (`FILES`) and what that needs."""

    key: str
    subject: str
    text: str
    files: tuple[Mapping[str, Any], ...] = ()


def queue(session: Session, letter: Letter, recipients: Iterable[str], operator: str) -> int:
    """Has a letter sent when this unit of work is committed; returns how many had not been told it before.

    Refuses (`MailAddressInvalid`) an address that is none.
    """
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    now = clock.now()
    added = 0
    for recipient in dict.fromkeys(read_address(each) for each in recipients):
        row = {
            "key": letter.key,
            "recipient": recipient,
            "token": secrets.token_hex(12),
            "subject": one_line(letter.subject)[:MOST_SUBJECT],
            "text": letter.text[:MOST_TEXT],
            "attachments": [dict(each) for each in letter.files],
            "created_at": now,
            "next_at": now,
            "give_up_at": now + TRIED_FOR,
        }
        put = insert(Mail).values(row).on_conflict_do_nothing(index_elements=["key", "recipient"]).returning(Mail.id)
        found = session.execute(put).first()
        if found is not None:
            added += 1
            record(session, "mail.queued", f"mail:{found.id}", operator, None, {"to": recipient, "key": letter.key})
    return added


def queue_test(session: Session, letter: Letter, recipient: str, operator: str) -> int:
    """Has a mail sent that only shows that mail arrives; returns its number. Refuses as `queue`."""
    queue(session, letter, [recipient], operator)
    return session.scalars(sa.select(Mail.id).where(Mail.key == letter.key)).one()


# --- looking --------------------------------------------------------------------------------------------------


def mails(session: Session, state: str, *, most: int = 100, before: int | None = None) -> list[Mail]:
    """The mails of a state, without their texts, the newest first. `before` goes on after the mail of that number."""
    wanted = sa.select(Mail).where(Mail.status == state).order_by(Mail.id.desc()).limit(most)
    if before is not None:
        wanted = wanted.where(Mail.id < before)
    return list(session.scalars(wanted.execution_options(populate_existing=True)))


def counts(session: Session) -> dict[str, int]:
    """How many mails there are of each state. One statement."""
    wanted = sa.select(Mail.status, sa.func.count()).group_by(Mail.status)
    found = {status: count for status, count in session.execute(wanted)}  # noqa: C416 - typed, where dict() is not
    return {state: found.get(state, 0) for state in MAIL_STATES}


def get_mail(session: Session, mail_id: int, **options: Any) -> Mail:
    """A mail with its text. Refuses `MailUnknown`."""
    found = None
    if 0 < mail_id <= MOST_ID:
        found = session.get(Mail, mail_id, populate_existing=True, options=[sa.orm.undefer(Mail.text)], **options)
    if found is None:
        raise MailUnknown(mail=mail_id, days=KEPT.days)
    return found


def stands_against(mail: Mail) -> Refusal | None:
    """Why a mail cannot be sent again by hand, if it cannot."""
    if mail.status == "sending":
        return MailBusy(mail=mail.id)
    return MailSentBefore(mail=mail.id) if mail.status == "sent" else None


# --- by hand, and old ones ------------------------------------------------------------------------------------


def send_again(session: Session, mail_id: int, operator: str) -> None:
    """Has a mail that waits or failed tried now, and for two days from here on. Refuses one that is or was sent."""
    mail = get_mail(session, mail_id, with_for_update=True)
    against = stands_against(mail)
    if against is not None:
        raise against
    before = {"status": mail.status, "error": mail.error, "attempts": mail.attempts}
    now = clock.now()
    mail.status, mail.next_at, mail.give_up_at = "waiting", now, now + TRIED_FOR
    mail.attempts = mail.doubtful = 0
    mail.error = mail.facts = None
    session.flush()
    record(session, "mail.sent_again", f"mail:{mail_id}", operator, before, {"status": "waiting"})


def prune(session: Session) -> int:
    """Gives up what waited for too long, and removes what was sent or failed a month ago; returns how many."""
    now = clock.now()
    gave_up = (
        sa.update(Mail)
        .where(Mail.status == "waiting", Mail.give_up_at < now)
        .values(
            status="failed",
            error=sa.func.coalesce(Mail.error, MailTooOld.code),
            facts=sa.case((Mail.error.is_(None), sa.literal({"days": TRIED_FOR.days}, sa.JSON)), else_=Mail.facts),
        )
        .returning(Mail.id)
        .execution_options(synchronize_session=False)
    )
    for mail_id in session.scalars(gave_up).all():
        record(session, "mail.failed", f"mail:{mail_id}", SENDER, None, {"error": MailTooOld.code})
    old = sa.delete(Mail).where(Mail.status.in_(("sent", "failed")), Mail.created_at < now - KEPT).returning(Mail.id)
    removed = len(session.execute(old.execution_options(synchronize_session=False)).all())
    if removed:
        record(session, "mail.pruned", "mail", SENDER, None, {"count": removed})
    return removed
