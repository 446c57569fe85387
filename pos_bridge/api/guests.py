"""Who is to pay, and what may be done with an account: what a till asks before it charges."""

from __future__ import annotations

from datetime import date

from flask import Response
from sqlalchemy.orm import Session

from folios.business_day import open_date
from folios.db import in_unit_of_work, reading
from folios.errors import FolioUnknown
from folios.folios import get_folio
from folios.statements import statement
from frontoffice.allowed import folio_actions
from frontoffice.app import db
from frontoffice.language import show
from pos_bridge.api import auth, bodies, told
from pos_bridge.api.operations import answer
from pos_bridge.checks import Whom
from pos_bridge.payers import Payer, find_payers
from pos_bridge.requests import log_inquiry

MOST_LINES = 500


def find(query: bodies.GuestsAsked) -> Response:
    """Whoever fits; that it was asked is kept."""

    def ask(session: Session) -> list[Payer]:
        terminal = auth.terminal(session, "inquire")
        whom = query.meant()
        found = find_payers(session, terminal, whom, query.most)
        log_inquiry(session, auth.sender(), terminal, whom.place, {"place": whom.place}, len(found))
        return found

    payers = in_unit_of_work(db.session, ask)
    return answer(told.GuestsFound.model_construct(guests=[told.Guest.of(each) for each in payers]))


def folio(number: str, query: bodies.FolioAsked) -> Response:
    """An account that outlets may charge, with what may be done and its lines since a business date."""
    with reading(db.session) as session:
        terminal = auth.terminal(session, "inquire")
        found = find_payers(session, terminal, Whom(account=number), 1)
        if not found:
            raise FolioUnknown(folio=number)
        since = open_date(session) if query.since is None else date.fromisoformat(query.since)
        return answer(_folio(session, found[0], since))


def _folio(session: Session, payer: Payer, since: date) -> told.FolioTold:
    account = get_folio(session, payer.folio_id)
    lines = statement(session, payer.folio_id, since)
    actions = folio_actions(session, [payer.folio_id])[payer.folio_id]
    may = {name: None if refusal is None else show(refusal) for name, refusal in actions.items()} | dict(payer.may)
    return told.FolioTold.model_construct(
        folio=account.number,
        type=account.type,
        status=account.status,
        currency=account.currency,
        since=since,
        opening_minor=lines.opening_minor,
        balance_minor=account.balance_minor,
        limit_minor=account.house_limit_minor,
        may=may,
        lines=[told.FolioLine.of(each) for each in lines.lines[-MOST_LINES:]],
        left_out=max(0, len(lines.lines) - MOST_LINES),
    )
