"""Mail: what waits, was sent, or failed and why; a test of the line, and what is sent again by hand."""

from __future__ import annotations

from flask import current_app, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from folios.db import reading
from folios.errors import N_
from folios.texts import read_number
from frontoffice import mail
from frontoffice.app import db
from frontoffice.forms.mail import SendAgainForm, TestMailForm
from frontoffice.language import gettext as _
from frontoffice.mail_line import MailServer
from frontoffice.mail_texts import TEST_SUBJECT, TEST_TEXT
from frontoffice.submissions import Done
from frontoffice.views.access import needs, operator
from frontoffice.views.pages import page
from frontoffice.views.sending import answer, held_fields

HERE = "/set-up/mail"
MOST = 100
STATE_WORDS = {"waiting": N_("waiting"), "sending": N_("being sent"), "sent": N_("sent"), "failed": N_("failed")}


@needs("property.set_up")
def overview() -> str:
    """The mails of a state, and by which server they go."""
    state = request.args.get("state", "waiting")
    state = state if state in STATE_WORDS else "waiting"
    with reading(db.session) as session:
        found = mail.mails(session, state, most=MOST, before=read_number(request.args.get("before")))
        counts = mail.counts(session)
    more = f"{HERE}?state={state}&before={found[-1].id}" if len(found) == MOST else None
    shown = {"found": found, "counts": counts, "state": state, "more": more}
    return page("frontoffice/mail/list.html", **shown, **_words())


@needs("property.set_up")
def show(mail_id: int) -> str:
    """A mail: where it stands, what it says, and whether it can be sent again."""
    with reading(db.session) as session:
        found = mail.get_mail(session, mail_id)
    shown = {"mail": found, "against": mail.stands_against(found), "again": SendAgainForm()}
    return page("frontoffice/mail/show.html", **shown, **_words())


@needs("property.set_up")
def test() -> Response:
    """Sends a mail that only shows that mail arrives."""
    form = TestMailForm(held=held_fields())
    server = _server()

    def work(session: Session, _authority: str | None) -> Done:
        if server is None:
            raise mail.MailServerMissing
        letter = mail.Letter(f"test/{form.key.data}", _(TEST_SUBJECT), _(TEST_TEXT, server=server.name))
        mail_id = mail.queue_test(session, letter, str(form.address.data or ""), operator())
        return Done(f"{HERE}/{mail_id}", _("The test mail is on its way."))

    return answer(form, lambda: page("frontoffice/form.html", form=form, cancel=HERE), work)


@needs("property.set_up")
def again(mail_id: int) -> Response:
    """Has a mail tried again now."""
    with reading(db.session) as session:
        mail.get_mail(session, mail_id)
    form = SendAgainForm(held=held_fields())

    def work(session: Session, _authority: str | None) -> Done:
        mail.send_again(session, mail_id, operator())
        return Done(f"{HERE}/{mail_id}", _("Mail {mail} is sent again.", mail=mail_id))

    return answer(form, lambda: page("frontoffice/form.html", form=form, cancel=f"{HERE}/{mail_id}"), work)


def _server() -> MailServer | None:
    found: MailServer | None = current_app.config["MAIL"]
    return found


def _words() -> dict[str, object]:
    missing = mail.MailServerMissing() if _server() is None else None
    return {"states": STATE_WORDS, "why": mail.why, "server": _server(), "missing": missing}
