"""Charges and voids: sent one by one, asked for by their key, or sent many at once after the line was down."""

from __future__ import annotations

from http import HTTPStatus

from flask import Response, url_for

from folios.db import reading
from folios.errors import CurrencyMismatch, Refusal
from frontoffice.app import db
from frontoffice.language import show
from frontoffice.views import answers
from pos_bridge import batches, charging, requests, taking_back
from pos_bridge.api import auth, bodies, told
from pos_bridge.api.operations import answer, refused
from pos_bridge.book import book
from pos_bridge.checks import Answer


def send(key: str, body: bodies.Charge) -> Response:
    """Books a check."""
    return _answer(charging.charge(db.session, auth.sender(), key, body.meant()))


def find(key: str) -> Response:
    """What became of one of the terminal's own messages, whatever it was answered: `outcome` tells."""
    with reading(db.session) as session:
        auth.terminal(session, "charge")
        found = requests.answered(session, auth.sender(), key)
    return answer(told.Charged.of(found), replayed=True)


def void(charge: str, key: str, body: bodies.Void) -> Response:
    """Takes a charge of the terminal's own back."""
    if body.currency is not None:
        with reading(db.session) as session:
            _refuse_currency(body, book(session).currency)
    return _answer(taking_back.take_back(db.session, auth.sender(), key, body.meant(charge)))


def send_many(key: str, body: bodies.Batch) -> Response:
    """Does the entries of a batch in their order."""
    entries = [
        batches.Entry(each.key, each.charge.meant())
        if isinstance(each, bodies.ChargeEntry)
        else batches.Entry(each.key, each.void.meant(each.charge_key))
        for each in body.entries
    ]
    outcomes, before = batches.run(db.session, auth.sender(), key, entries)
    done = [_outcome(entry.key, outcome) for entry, outcome in zip(entries, outcomes, strict=True)]
    return answer(told.BatchDone(outcomes=done, replayed=before), replayed=before)


def _refuse_currency(body: bodies.Void, currency: str) -> None:
    if body.currency != currency:
        raise CurrencyMismatch(expected=currency, given=body.currency)


def _status(given: Answer) -> HTTPStatus:
    """201 when it was done now, 200 when before; 202 while the front desk has to place it; a refusal's own."""
    if given.outcome == "refused":
        return answers.status_of_code(given.refusal or "")
    if given.outcome == "suspense":
        return HTTPStatus.ACCEPTED
    return HTTPStatus.OK if given.replayed else HTTPStatus.CREATED


def _answer(given: Answer) -> Response:
    if given.outcome == "refused":
        return refused(given)
    status = _status(given)
    response = answer(told.Charged.of(given), status, replayed=given.replayed)
    if status == HTTPStatus.CREATED:
        response.headers["Location"] = url_for("api_v1.charges_find", key=given.key)
    return response


def _outcome(key: str, given: Answer | Refusal) -> told.BatchOutcome:
    """An entry's outcome, as it would have been answered alone."""
    if isinstance(given, Refusal):
        status = answers.status_of(given)
        problem = told.Problem.of(status, given.code, show(given), answers.plain(given.params), {})
    elif given.outcome == "refused":
        status = _status(given)
        facts = (dict(given.params or {}), dict(given.may or {}))
        problem = told.Problem.of(status, given.refusal or "", given.text, *facts)
    else:
        charged = told.Charged.of(given)
        return told.BatchOutcome(key=key, status=_status(given), charge=charged, problem=None)
    return told.BatchOutcome(key=key, status=status, charge=None, problem=problem)
