"""The audit for machines: where it stands, and starting it. Users sign in with their code and password (HTTP Basic).

The door for tills, `/api/v1/charges` and the rest, is the outlets' and has keys of its own. What is started here is
long work like that of the page: the answer says which day it is for, and GET tells how far it is.
"""

from __future__ import annotations

from flask import Flask, g, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from folios.db import in_unit_of_work, reading
from folios.errors import N_, Refusal
from frontoffice import jobs, sign_in
from frontoffice.app import db
from frontoffice.language import locale
from frontoffice.models.desk import Job
from frontoffice.views import GET, POST, hang
from frontoffice.views.access import SignInNeeded, address, machines
from night_audit import checklist, rules, standing, work

ADDRESS = "/api/v1/night-audit"
RIGHT = "day.close"
MOST_KEY = 100


class KeyMissing(Refusal):
    code = "idempotency_key.missing"
    message = N_("Send a header Idempotency-Key of 1 to {most} characters: the same key starts one audit.")


def guard() -> None:
    """Lets in who may close the day, by code and password. Attempts count as those to sign in do."""
    given = request.authorization
    if given is None or given.type != "basic" or not given.username or not given.password:
        raise SignInNeeded
    g.auditor = sign_in.approve(db.session, given.username, given.password, address(), [RIGHT], "")


@machines(guard)
def show() -> ResponseReturnValue:
    """The day that is next, its checklist, and where the last audit stands."""
    with reading(db.session) as session:
        day = standing.next_day(session)
        found = checklist.checklist(session, day, rules.rules(session))
        return jsonify(standing.told(session) | {"checks": [checklist.as_record(each) for each in found]})


@machines(guard)
def start() -> ResponseReturnValue:
    """Starts the audit of the day that is next, or takes up the one that waits; once for each Idempotency-Key."""
    key = request.headers.get("Idempotency-Key", "")
    if not 1 <= len(key) <= MOST_KEY:
        raise KeyMissing(most=MOST_KEY)
    with reading(db.session) as session:
        day = standing.next_day(session)
        resuming = standing.unfinished(session) is not None
    asked = in_unit_of_work(db.session, lambda session: _ask(session, key, day.isoformat(), resuming))
    return jsonify({"job": asked.id, "day": asked.arguments["day"], "status": asked.status}), 202


def _ask(session: Session, key: str, day: str, resuming: bool) -> Job:
    """The job of that key, whatever day is next by now; else a new one."""
    before = jobs.asked_with(session, g.auditor, key)
    if before is not None:
        return before
    return jobs.ask(session, work.RUN, {"day": day, "resuming": resuming}, g.auditor, str(locale()), key=key)


def init_app(app: Flask) -> None:
    """Hangs it on `app`."""
    hang(app, ((ADDRESS, GET, show), (ADDRESS, POST, start)))
