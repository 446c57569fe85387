"""PS and the PR that posts: a charge to a room or an account, or a sale that was paid at the till; answered by PA.

A sale that was paid is a charge to the folio of passers-by and the payment of it, in one unit of work: the outlet's
control folio is credited as by every other sale, the tender debited. An amount below zero, where the link allows it,
takes back what the link charged before, by check number or by the same amount.
"""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from folios.db import in_unit_of_work, reading
from folios.errors import DatabaseRefusal, Refusal
from folios.money import Money
from folios.payments import Payment, pay
from frontoffice.language import show
from pos_bridge.book import TerminalFacts
from pos_bridge.charging import asked_charge, charge, charge_in
from pos_bridge.checks import Answer, Check, TakeBack, Whom
from pos_bridge.fias.records import Record
from pos_bridge.fias_desk import received
from pos_bridge.fias_desk.calls import Call, Looked
from pos_bridge.fias_desk.checks_read import TELEPHONE, kind_of, read_check, read_whom
from pos_bridge.fias_desk.guests import stay_of
from pos_bridge.fias_desk.statuses import (
    MethodUnknown,
    NegativeRefused,
    NothingToTakeBack,
    OutletOfNobody,
    ValueInvalid,
    status_for,
    status_of,
)
from pos_bridge.links import PASSERS_BY
from pos_bridge.models.messages import PosRequest
from pos_bridge.payers import WhomMissing
from pos_bridge.requests import Sender, heard
from pos_bridge.taking_back import take_back

TO_ROOM = (None, None)
Tender = tuple[str | None, int | None]


def post(call: Call) -> list[Record]:
    """Answers a posting that was looked at with PA. The same posting again: with the first answer."""
    looked = call.looked or Looked(None)
    if looked.answer is not None:
        return list(looked.answer)
    try:
        terminal = terminal_of(call)
        heard(call.sessions, terminal.code)
        answer = _book(call, terminal, looked.key, looked.whom or Whom())
    except DatabaseRefusal:
        raise
    except Refusal as refusal:
        return [call.answer("PA", status_for(refusal), show(refusal))]
    return _told(call, answer)


def looked_at(session: Session, call: Call) -> Call:
    """The call of a posting with what the database says of it."""
    try:
        answer, key = received.known(session, call)
        looked = Looked(answer, key, _whom(session, call))
    except DatabaseRefusal:
        raise
    except Refusal as refusal:
        looked = Looked((call.answer("PA", status_for(refusal), show(refusal)),))
    return replace(call, looked=looked)


def terminal_of(call: Call) -> TerminalFacts:
    """The terminal that a record's outlet (SO) charges by. Refuses a number that the link does not know."""
    number = call.get("SO")
    code = call.rules.outlets.get(number) or call.rules.outlets.get("")
    if code is None:
        raise OutletOfNobody(outlet=number or "–")
    return call.book.terminal(code)


def posts(record: Record) -> bool:
    """Whether a record posts; a PR without an amount and articles only asks."""
    return record.id == "PS" or (record.id == "PR" and any(record.get(code) for code in ("TA", "MA")))


def _whom(session: Session, call: Call) -> Whom:
    whom, sharer = read_whom(call)
    if sharer is None:
        return whom
    stay, _number = stay_of(session, call.get("G#"))
    return replace(whom, stay=stay, sharer=sharer)


def _told(call: Call, answer: Answer) -> list[Record]:
    text = None if answer.outcome == "done" else answer.text
    return [call.answer("PA", status_of(answer.refusal), text)]


def _book(call: Call, terminal: TerminalFacts, key: str, whom: Whom) -> Answer:
    tender = _tender(call, whom)
    if call.record.id == "PR" and kind_of(call) == TELEPHONE:
        raise ValueInvalid(code="PT")
    if tender != TO_ROOM:
        whom = Whom(account=PASSERS_BY)
    elif whom == Whom():
        raise WhomMissing
    check = read_check(call, terminal.outlet, whom)
    over_limit = call.rules.over_limit and call.get("CO").upper() == "Y"
    name = Sender(terminal.code).name
    sender = Sender(terminal.code, suspends=call.rules.to_suspense, over_limit_by=name[:32] if over_limit else None)
    if (check.total_minor or 0) < 0:
        return _less(call, sender, key, check)
    if tender == TO_ROOM:
        return charge(call.sessions, sender, key, check, received.beside(call, lambda answer: _told(call, answer)))
    return in_unit_of_work(call.sessions, lambda session: _sale(session, call, (sender, terminal), key, check, tender))


def _tender(call: Call, whom: Whom) -> Tender:
    """What it was paid with; to the room where nothing else is said."""
    method = call.get("PM")
    if method in call.rules.payments:
        return call.rules.payments[method]
    if method and whom == Whom():
        raise MethodUnknown(method=method)
    return TO_ROOM


def _sale(
    session: Session, call: Call, by: tuple[Sender, TerminalFacts], key: str, check: Check, tender: Tender
) -> Answer:
    """The sale and its payment, in the caller's unit of work."""
    sender, terminal = by
    asked, check = asked_charge(sender, key, check, received.beside(call, lambda answer: _told(call, answer)))
    answer = charge_in(session, asked, check)
    if answer.outcome != "done" or answer.replayed or answer.folio is None:
        return answer
    code, drawer_id = tender
    folio_id = session.scalar(sa.select(PosRequest.folio_id).where(PosRequest.voucher_id == answer.voucher_id))
    amount = Money(answer.total_minor or 0, call.book.currency)
    payment = Payment(folio_id or 0, code or "", amount, drawer_id, reference=check.check_number)
    pay(session, payment, sender.origin(terminal))
    return answer


def _less(call: Call, sender: Sender, key: str, check: Check) -> Answer:
    """Takes back what the link charged before."""
    if not call.rules.negative:
        raise NegativeRefused
    amount = -(check.total_minor or 0)
    with reading(call.sessions) as session:
        charged = _charged(session, sender, check, amount)
    if charged is None:
        raise NothingToTakeBack
    take = TakeBack(charged, call.get("CT") or "void", amount)
    return take_back(call.sessions, sender, key, take, received.beside(call, lambda answer: _told(call, answer)))


def _charged(session: Session, sender: Sender, check: Check, amount: int) -> str | None:
    """The key of the newest charge to the same place of which so much is left; without a check number, of all of it."""
    void = aliased(PosRequest)
    taken = (
        sa.select(sa.func.coalesce(sa.func.sum(void.total_minor), 0))
        .where(void.charge_id == PosRequest.id, void.outcome == "done")
        .scalar_subquery()
    )
    left = PosRequest.total_minor - taken
    wanted = (
        sa.select(PosRequest.key)
        .where(PosRequest.sender == sender.name, PosRequest.kind == "charge", PosRequest.outcome != "refused")
        .where(PosRequest.place == check.whom.place)
        .where(PosRequest.check_number.is_not_distinct_from(check.check_number))
        .where(left >= amount if check.check_number else left == amount)
        .order_by(PosRequest.id.desc())
        .limit(1)
    )
    return session.scalar(wanted)
