"""Who is told by mail: who is called when a night goes wrong, who gets the morning's pack, and what is in it."""

from __future__ import annotations

from dataclasses import replace

from babel import Locale
from flask import current_app
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from folios.db import reading
from frontoffice.app import db
from frontoffice.language import SOURCE_LANGUAGE, languages
from frontoffice.language import gettext as _
from frontoffice.mail import MailServerMissing
from frontoffice.submissions import Done
from frontoffice.views.access import needs, operator
from frontoffice.views.pages import page
from frontoffice.views.sending import answer, held_fields
from night_audit import rules
from night_audit.forms.calls import CallsForm, calls_form
from night_audit.reports.catalogue import REPORTS

HERE = "/night-audit"


@needs("day.rules")
def set_calls() -> Response:
    """Who is called, who gets the pack, and which reports are in it."""
    with reading(db.session) as session:
        kept, version = rules.rules(session), rules.version(session)
    names = ("call_to", "call_after_hours", "pack_to")
    typed = {name: getattr(kept, name) for name in names} | {"version": version}
    typed["mail_language"] = kept.mail_language or _house_language()
    titles = {name: each.title for name, each in REPORTS.items()}
    form = calls_form(titles, typed, kept.pack_files, held=held_fields())
    form.mail_language.offer([(code, Locale.parse(code).get_display_name(code) or code) for code in languages()])

    def work(session: Session, _authority: str | None) -> Done:
        rules.set_rules(session, form.seen_version, _read(form, kept), operator())
        return Done(HERE, _("Saved who is told by mail."))

    missing = MailServerMissing() if current_app.config["MAIL"] is None else None
    shown = {"form": form, "cancel": HERE, "missing": missing}
    return answer(form, lambda: page("night_audit/audit/calls.html", **shown), work)


def _read(form: CallsForm, kept: rules.Rules) -> rules.Rules:
    return replace(
        kept,
        mail_language=form.mail_language.data,
        call_to=form.call_to.data or "",
        call_after_hours=form.call_after_hours.data,
        pack_to=form.pack_to.data or "",
        pack_files=form.files(),
    )


def _house_language() -> str:
    """The house's own language, where it has a catalogue; English else."""
    house = str(current_app.config["LANGUAGE"]).split("_")[0]
    return house if house in languages() else SOURCE_LANGUAGE
