"""The audit's page: the checklist with what mends each finding, the audit under way step by step, those before it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from flask import abort
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from folios.business_day import open_date
from folios.db import reading
from folios.errors import N_, Refusal
from frontoffice import jobs
from frontoffice.app import db
from frontoffice.fees import codes_of
from frontoffice.language import gettext as _
from frontoffice.language import locale
from frontoffice.submissions import Done
from frontoffice.views.access import needs, operator
from frontoffice.views.pages import day as day_written
from frontoffice.views.pages import page
from frontoffice.views.sending import answer, held_fields
from night_audit import checklist, drafts, rules, standing, work
from night_audit.forms.audit import AcceptForm, RehearseForm, ResumeForm, RulesForm, RunForm, read_time
from night_audit.models.audits import STEPS

HERE = "/night-audit"
_ISO_DAY = re.compile(r"\b[0-9]{4}-[0-9]{2}-[0-9]{2}\b")
SEVERITY_WORDS = {"ok": N_("in order"), "warn": N_("look at it"), "block": N_("stops the audit")}
STATE_WORDS = {"running": N_("under way"), "stopped": N_("stopped"), "done": N_("done"), "failed": N_("failed")}
STEP_WORDS = {
    "READY": N_("Checklist"),
    "ROLL": N_("The next date opens"),
    "POST": N_("Room, tax, fixed charges"),
    "CLOSE": N_("Balances and totals"),
    "SEAL": N_("Seal"),
    "REPORT": N_("Reports"),
}
COUNT_WORDS = {
    "nights": N_("nights"),
    "no_shows": N_("no-shows"),
    "no_show_fees": N_("fees of no-shows"),
    "fixed_charges": N_("fixed charges"),
    "rooms_soiled": N_("rooms to clean"),
    "accounts_closed": N_("accounts closed"),
    "late_charges": N_("accounts with late charges"),
    "over_limit": N_("folios beyond their limit"),
    "vouchers": N_("vouchers"),
    "postings": N_("postings"),
    "codes": N_("codes"),
    "reports": N_("reports"),
    "reports_missing": N_("reports missing"),
    "checks": N_("questions"),
    "extended": N_("stays extended"),
    "forced_shifts": N_("shifts closed without a count"),
}
WORDS = {"severities": SEVERITY_WORDS, "states": STATE_WORDS, "step_words": STEP_WORDS, "count_words": COUNT_WORDS}
NO_SHOW_WORDS = (("mark", N_("is booked as a no-show by the audit")), ("ask", N_("has to be decided on first")))


class RunTimeInvalid(Refusal):
    code = "run_time.invalid"
    message = N_("Write the time as hours and minutes, such as 03:00.")


@needs("day.close")
def show() -> str:
    """The checklist of the day that the next run works on, the audit that is under way, and the last ones."""
    with reading(db.session) as session:
        day = standing.next_day(session)
        waiting = standing.unfinished(session)
        asked = waiting is None or waiting.step in ("READY", "ROLL")
        found = checklist.checklist(session, day, rules.rules(session)) if asked else []
        history = standing.history(session)
        last = waiting or (history[0] if history else None)
        steps = standing.steps_of(session, last.business_date) if last else []
        shown = {"day": day, "today": open_date(session), "found": found, "waiting": waiting, "history": history}
        shown |= {"draft": drafts.last_draft(session), "begun": jobs.is_under_way(session, work.RUN)}
        shown |= {"last": last, "steps": {each.step: each for each in steps}, "order": STEPS}
        shown |= {"stoppers": checklist.stoppers(found), "written_days": _written_days}
        return page("night_audit/audit/show.html", **shown, **WORDS)


def _written_days(text: str) -> str:
    """A row of a finding with its days as the reader writes them; it is kept and sent as ISO 8601."""
    return _ISO_DAY.sub(lambda found: _written_day(found[0]), text)


def _written_day(text: str) -> str:
    try:
        return day_written(date.fromisoformat(text))
    except ValueError:  # a guest may be called that
        return text


@needs("day.close")
def run() -> Response:
    """Starts the audit; the worker does it."""
    return _asked(RunForm(held=held_fields()), work.RUN, resuming=False)


@needs("day.close")
def resume() -> Response:
    """Takes up the audit that waits."""
    return _asked(ResumeForm(held=held_fields()), work.RUN, resuming=True)


@needs("day.close")
def rehearse() -> Response:
    """Rehearses the audit; the hotel works on."""
    return _asked(RehearseForm(held=held_fields()), drafts.REHEARSE)


def _asked(form: RunForm | ResumeForm | RehearseForm, kind: str, **facts: bool) -> Response:
    with reading(db.session) as session:
        day = standing.next_day(session)
        found = checklist.checklist(session, day, rules.rules(session)) if kind == work.RUN else []

    def ask(session: Session, _authority: str | None) -> Done:
        if facts.get("resuming") and standing.unfinished(session) is None:
            raise standing.NothingToResume
        arguments = {"day": standing.next_day(session).isoformat(), **facts}
        asked = jobs.ask(session, kind, arguments, operator(), str(locale()), key=str(form.key.data))
        if kind == work.RUN:
            return Done(HERE, _("The audit begins. Everybody may go on working."))
        return Done(f"/jobs/{asked.id}", _("The audit is being rehearsed. Nothing of it stays."))

    shown = {"form": form, "cancel": HERE, "day": day, "stoppers": checklist.stoppers(found)}
    return answer(form, lambda: page("night_audit/audit/ask.html", **shown), ask)


@needs("day.accept")
def accept(code: str) -> Response:
    """Accepts what a question found, with a reason."""
    form = AcceptForm(held=held_fields())
    with reading(db.session) as session:
        day, by = standing.next_day(session), rules.rules(session)
        finding = next((each for each in checklist.checklist(session, day, by) if each.code == code), None)
    if finding is None:
        abort(404)
    if not form.seen.data:
        form.seen.data = finding.rows_hash

    def work(session: Session, _authority: str | None) -> Done:
        checklist.accept(session, day, code, str(form.seen.data), form.reason.data, by, operator())
        return Done(HERE, _("Accepted: {what}", what=_(finding.title)))

    return answer(form, lambda: page("night_audit/audit/accept.html", form=form, finding=finding, cancel=HERE), work)


@needs("day.rules")
def set_rules() -> Response:
    """What the audit may decide alone, and when the clock starts it."""
    with reading(db.session) as session:
        kept, version = rules.rules(session), rules.version(session)
        offered = codes_of(session, "charge")
    form = RulesForm(held=held_fields(), obj=_typed(kept, version))
    form.no_shows.offer([(value, _(words)) for value, words in NO_SHOW_WORDS])
    form.no_show_code.offer(_with_kept(offered, kept.no_show_code))

    def work(session: Session, _authority: str | None) -> Done:
        rules.set_rules(session, form.seen_version, _read(form, kept), operator())
        return Done(HERE, _("The rules of the night were saved."))

    return answer(form, lambda: page("frontoffice/form.html", form=form, cancel=HERE), work)


def _with_kept(offered: list[tuple[str, str]], kept: str | None) -> list[tuple[str, str]]:
    """The codes that can be chosen, and the one that is kept although it was switched off."""
    named = [(code, f"{code} · {name}") for code, name in offered]
    return named if kept is None or kept in dict(named) else [*named, (kept, kept)]


def _typed(kept: rules.Rules, version: int) -> object:
    """The rules as the form shows them."""
    facts = {name: getattr(kept, name) for name in kept.__dataclass_fields__}
    facts["run_at"] = kept.run_at.strftime("%H:%M") if kept.run_at else None
    return type("Typed", (), facts | {"version": version})()


def _read(form: RulesForm, kept: rules.Rules) -> rules.Rules:
    try:
        run_at = read_time(form.run_at.data)
    except ValueError:
        raise RunTimeInvalid from None
    hours, days = form.minimum_hours.data, form.most_days.data
    return replace(
        kept,
        no_shows=str(form.no_shows.data),
        extend_due_outs=bool(form.extend_due_outs.data),
        force_shifts=bool(form.force_shifts.data),
        minimum_hours=-1 if hours is None else hours,
        most_days=-1 if days is None else days,
        run_at=run_at,
        no_show_percent=form.no_show_percent.data,
        no_show_code=form.no_show_code.data,
    )
