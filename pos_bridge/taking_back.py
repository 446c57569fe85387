"""Take it back: a terminal voids a charge of its own, in whole or in part, wherever its lines stand by now.

On the business day of the charge it is a correction, after the close an allowance. A void of a charge that never came
is remembered: should the charge come after it, it is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from folios import corrections
from folios.business_day import hold_open_day
from folios.db import SessionSource, in_unit_of_work
from folios.errors import N_, AmountNotPositive, DatabaseBusy, DatabaseRefusal, Refusal
from folios.folios import lock_folios
from folios.ledger import currency
from folios.lines import Standing, standing_lines
from folios.models import Folio, Posting, Voucher
from folios.money import Money, allocate
from folios.texts import clean_text
from frontoffice.billed_lines import refuse_billed
from frontoffice.language import amount
from frontoffice.language import gettext as _
from pos_bridge.book import TerminalFacts, book
from pos_bridge.checks import Answer, TakeBack, content_hash
from pos_bridge.models.messages import PosRequest
from pos_bridge.requests import (
    Asked,
    BesideIt,
    RequestKeyReused,
    Sender,
    body_of,
    first_answer,
    masked,
    own_key,
    refused,
    store,
)

MOST_REASON = 200


class NothingCharged(Refusal):
    code = "void.nothing_charged"
    message = N_("Charge {key} was refused, so there is nothing to take back.")


class NothingToVoid(Refusal):
    code = "void.nothing_left"
    message = N_("Nothing of charge {key} is left to take back.")


class VoidTooHigh(Refusal):
    code = "void.too_high"
    message = N_("Only {left} of this charge is left to take back; {requested} was asked.")


class VoidedBefore(Refusal):
    code = "charge.voided_before"
    message = N_("This charge was taken back before it came. Send a new one if it is meant.")


def take_back(
    sessions: SessionSource, sender: Sender, key: str, take: TakeBack, beside: BesideIt | None = None
) -> Answer:
    """Takes a charge of the sender's own back, as a unit of work of its own, once for each key.

    A refusal of what was asked (more than is left, on an invoice, the charge was refused) is an answer, stored and
    given again. Raised, and not stored: as `charging.charge`.
    """
    reason = clean_text("reason", masked(take.reason), MOST_REASON) or "void"
    take = TakeBack(own_key(take.charge_key), reason, take.amount_minor)
    if key == take.charge_key:
        raise RequestKeyReused(key=key)
    content, body = content_hash("void", take), body_of(take)
    asked = Asked(sender, own_key(key), "void", content, body, total_minor=take.amount_minor, beside=beside)
    return in_unit_of_work(sessions, lambda session: _take_back(session, asked, take))


def _take_back(session: Session, asked: Asked, take: TakeBack) -> Answer:
    before = first_answer(session, asked)
    if before is not None:
        return before
    day = hold_open_day(session)
    terminal = asked.sender.allowed(book(session), "void")
    charge = session.scalar(
        sa.select(PosRequest).where(
            PosRequest.sender == asked.sender.name, PosRequest.key == take.charge_key, PosRequest.kind == "charge"
        )
    )
    if charge is None:
        return _never_came(session, asked, take, terminal, day)
    asked = Asked(
        asked.sender,
        asked.key,
        asked.kind,
        asked.content_hash,
        asked.body,
        charge.place,
        charge.check_number,
        asked.total_minor,
        asked.beside,
    )
    try:
        with session.begin_nested():
            vouchers, taken_minor = _post(session, asked.sender, take, charge, terminal, day)
    except DatabaseRefusal:
        raise
    except Refusal as refusal:
        return refused(session, asked, terminal, refusal, day, charge_id=charge.id)
    money = Money(taken_minor, currency(session))
    answer = Answer(
        "done",
        asked.key,
        _("{amount} taken back.", amount=amount(money)),
        total_minor=taken_minor,
        currency=money.currency,
        folio=charge.answer.get("folio"),
        room=charge.answer.get("room"),
        guest=charge.answer.get("guest"),
    )
    more = {"charge_id": charge.id, "voucher_id": vouchers[0], "folio_id": charge.folio_id}
    return store(session, asked, terminal, answer, day, **more)


def _never_came(session: Session, asked: Asked, take: TakeBack, terminal: TerminalFacts, day: date) -> Answer:
    """Nothing was charged: so that it stays so, the charge's key is used up by its refusal."""
    unborn = Asked(asked.sender, take.charge_key, "charge", content_hash("void", take), {})
    refused(session, unborn, terminal, VoidedBefore(), day)
    session.execute(
        sa.update(PosRequest)
        .where(PosRequest.sender == asked.sender.name, PosRequest.key == take.charge_key)
        .values(content_hash=None)
        .execution_options(synchronize_session=False)
    )
    text = _("Nothing had been charged with key {key}. Should it still come, it will be refused.", key=take.charge_key)
    return store(session, asked, terminal, Answer("done", asked.key, text, total_minor=0), day)


def _post(
    session: Session, sender: Sender, take: TakeBack, charge: PosRequest, terminal: TerminalFacts, day: date
) -> tuple[list[int], int]:
    """Takes the lines back where they stand; returns the vouchers and how much in all."""
    if charge.voucher_id is None:
        raise NothingCharged(key=take.charge_key)
    if take.amount_minor is not None and take.amount_minor <= 0:
        raise AmountNotPositive
    lines = _standing(session, charge.voucher_id)
    left = [each.left_minor for each in lines]
    if not sum(left):
        raise NothingToVoid(key=take.charge_key)
    if take.amount_minor is not None and take.amount_minor > sum(left):
        asked = (Money(figure, lines[0].currency) for figure in (sum(left), take.amount_minor))
        raise VoidTooHigh(left=next(asked), requested=next(asked))
    shares = left if take.amount_minor is None else allocate(take.amount_minor, left)
    verb = corrections.correct if lines[0].origin_date == day else corrections.allow
    vouchers, taken_minor = [], 0
    for (folio_id, voucher_id), chosen in _by_place(lines, shares).items():
        posted = verb(session, folio_id, voucher_id, sender.origin(terminal), take.reason, chosen)
        vouchers.append(posted.voucher_id)
        taken_minor += posted.total_minor
    refuse_billed(session, vouchers)
    return vouchers, taken_minor


def _by_place(lines: Sequence[Standing], shares: Sequence[int]) -> dict[tuple[int, int], list[tuple[int, int]]]:
    """What is taken by folio and voucher, generated lines within the line that they follow."""
    roots = {(each.folio_id, each.voucher_id, each.line): each for each in lines if not _follows(each, lines)}
    amounts: dict[tuple[int, int, int], int] = dict.fromkeys(roots, 0)
    for each, share in zip(lines, shares, strict=True):
        own = (each.folio_id, each.voucher_id, each.line)
        amounts[own if own in roots else (each.folio_id, each.voucher_id, each.parent_line or 0)] += share
    places: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for (folio_id, voucher_id, line), share in amounts.items():
        if share:
            root = roots[folio_id, voucher_id, line]
            places.setdefault((folio_id, voucher_id), []).append((root.posting_id, share))
    return places


def _follows(line: Standing, lines: Sequence[Standing]) -> bool:
    return line.parent_line is not None and any(
        (each.folio_id, each.voucher_id, each.line) == (line.folio_id, line.voucher_id, line.parent_line)
        for each in lines
    )


def _standing(session: Session, voucher_id: int) -> list[Standing]:
    """What is left of a charge's lines, on whichever accounts they stand by now, under the locks of those.

    `DatabaseBusy`: the desk moved some on while their account was waited for; look again.
    """
    origin, here = aliased(Posting), aliased(Posting)
    on = (
        sa.select(here.debit_folio_id)
        .distinct()
        .join(origin, origin.id == sa.func.coalesce(here.origin_posting_id, here.id))
        .join(Folio, Folio.id == here.debit_folio_id)
        .join(Voucher, Voucher.id == origin.voucher_id)
        .where(Voucher.id == voucher_id, Folio.type != "control")
    )
    folio_ids = set(session.scalars(on))
    lock_folios(session, folio_ids)
    if folio_ids != set(session.scalars(on)):
        raise DatabaseBusy
    standing = standing_lines(session, folio_ids)
    return [
        each
        for folio_id in sorted(standing)
        for each in standing[folio_id]
        if each.origin_voucher_id == voucher_id and each.side == "debit"
    ]
