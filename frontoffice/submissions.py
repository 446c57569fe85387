"""Forms that were sent: each does its work once, and what was typed outlives a session that timed out.

A form carries a key from the moment it is shown. Sent twice (a double click, the back button, a line that was lost
before the answer came), it is answered with what the first one did. What is not here: the money. A voucher carries the
same key, and the ledger has its own word on it.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from folios import clock
from folios.errors import N_, Refusal
from frontoffice.models.visits import HeldForm, Submission

KEPT = timedelta(days=7)
_TOKEN = re.compile(r"[\w-]{1,64}", re.ASCII)
HELD_AT_MOST = 50_000  # characters of what somebody typed


class FormSentBefore(Refusal):
    code = "form.sent_before"
    message = N_(
        "This form was sent and done before, with other content. Look at what was done; to do this as well, send again."
    )


@dataclass(frozen=True, slots=True)
class Done:
    """What a form did: where to look now, and the sentence that says it."""

    location: str
    message: str


def new_key() -> str:
    """A key for a form that is about to be shown."""
    return secrets.token_hex(16)


def once(
    session: Session, key: str, operator: str, path: str, content: Sequence[tuple[str, str]], work: Callable[[], Done]
) -> tuple[Done, bool]:
    """Does `work` unless the form of this key was done before; returns what was done, and whether that was earlier.

    Claim, work and answer are one unit of work, so who sends the same form meanwhile waits for the first. Refuses
    (`FormSentBefore`) a key that was used for other content, by somebody else or on another page.
    """
    asked = hashlib.sha256(json.dumps([operator, path, sorted(content)]).encode()).hexdigest()
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    claim = insert(Submission).values(
        key=key, operator=operator, path=path, content_hash=asked, at=clock.now(), location="", message=""
    )
    claimed = session.execute(claim.on_conflict_do_nothing().returning(Submission.key)).first()
    if claimed is None:
        first = session.execute(sa.select(Submission).where(Submission.key == key)).scalar_one()
        if first.content_hash != asked:
            raise FormSentBefore
        return Done(first.location, first.message), True
    done = work()
    session.execute(
        sa.update(Submission)
        .where(Submission.key == key)
        .values(location=done.location[:500], message=done.message[:500])
    )
    return done, False


def hold(session: Session, operator: str, path: str, fields: Sequence[tuple[str, str]]) -> str | None:
    """Keeps what somebody typed until they have signed in again; returns the token it is given back for.

    None when there is too much of it. Passwords must not be among the fields.
    """
    if sum(len(name) + len(value) for name, value in fields) > HELD_AT_MOST:
        return None
    token = secrets.token_urlsafe(24)
    session.add(HeldForm(token=token, operator=operator, path=path[:500], fields=list(fields), at=clock.now()))
    session.flush()
    return token


def held(session: Session, token: str, operator: str) -> HeldForm | None:
    """What was kept for this token, if it was this operator who typed it."""
    found = session.get(HeldForm, token) if _TOKEN.fullmatch(token) else None
    return found if found is not None and found.operator == operator else None


def forget_old(session: Session) -> None:
    """Forgets forms that are a week old: nobody sends them again."""
    before = clock.now() - KEPT
    session.execute(sa.delete(Submission).where(Submission.at < before))
    session.execute(sa.delete(HeldForm).where(HeldForm.at < before))
