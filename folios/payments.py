"""Money in and out: payments, refunds, paid-outs, and the opening balances of a system that came before.

A payment debits what was paid with (the cashier's drawer, a card's permanent folio, a company's semi-permanent folio)
and credits the account. A refund goes the other way.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, replace
from functools import partial

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.business_day import hold_open_day
from folios.codes import Catalogue, catalogue
from folios.drafts import Draft, Line, Origin, Posted
from folios.errors import (
    AmountNotPositive,
    AmountTooLarge,
    CurrencyMismatch,
    FolioClosed,
    NoDrawer,
    NotCorrectable,
    ReasonMissing,
    RefundElsewhere,
    RefundTooHigh,
    TenderMissing,
    VoucherUnknown,
    WrongFolioType,
)
from folios.folios import get_folio, known_id, lock_folios
from folios.lines import Standing, standing_lines
from folios.models import Folio, Voucher
from folios.money import MOST_MINOR, Money
from folios.signals import paid_out as paid_out_news
from folios.signals import payment_taken, refund_given
from folios.texts import clean_text
from folios.vouchers import answered, first_answer, post

MOST_REMARK = 2000


@dataclass(frozen=True, slots=True)
class Payment:
    """An amount paid to (or refunded from) a folio with a payment code.

    `tender_folio_id` is the cashier's drawer for cash and the semi-permanent folio for a direct bill; a card's
    permanent folio is known by its code.
    """

    folio_id: int
    code: str
    amount: Money
    tender_folio_id: int | None = None
    reference: str | None = None
    remark: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class PaidOut:
    """Cash handed out of a drawer, for a guest (`folio_id` owes it) or for the house (`folio_id` None: the code's own
    control folio bears it)."""

    code: str
    amount: Money
    drawer_folio_id: int
    folio_id: int | None = None
    reference: str | None = None
    text: str | None = None


def pay(session: Session, payment: Payment, origin: Origin) -> Posted:
    """Posts one payment; see `pay_all`."""
    return pay_all(session, [(payment, origin)])[0]


def pay_all(session: Session, payments: Sequence[tuple[Payment, Origin]]) -> list[Posted]:
    """Posts payments, all or none, in a constant number of statements.

    Refuses: codes that are no payment or switched off, a tender folio of the wrong type or none, closed folios, another
    currency, amounts that are not above zero; a key that was used for something else.
    """
    asked = [(origin, payment_content(payment)) for payment, origin in payments]
    return answered(session, "payment", asked, lambda indexes: _pay(session, [payments[each] for each in indexes]))


def _pay(session: Session, payments: Sequence[tuple[Payment, Origin]]) -> list[Posted]:
    if not payments:
        return []
    codes = catalogue(session)
    tenders = _tender_folios(session, codes, [payment for payment, _ in payments])
    drafts = []
    for payment, origin in payments:
        tender = tenders[_tender_id(codes, payment)]
        line = Line(
            debit=tender.id,
            credit=payment.folio_id,
            amount_minor=checked_amount(codes, payment.amount),
            code=payment.code,
            text=clean_text("text", payment.text, 200),
        )
        drafts.append(_draft(payment, origin, codes, tender, (line,), payment_content(payment)))
    answers = post(session, drafts)
    for (payment, origin), posted in zip(payments, answers, strict=True):
        if not posted.replayed:
            payment_taken.send(session, posted=posted, payment=payment, origin=origin)
    return answers


def payment_content(payment: Payment) -> object:
    """What a payment asks, to be recognised by when its key comes again."""
    return ["payment", *astuple(payment)]


def refund(
    session: Session,
    payment: Payment,
    origin: Origin,
    reason: str,
    of_voucher_id: int | None = None,
    over_limit_by: str | None = None,
    authorised_by: str | None = None,
) -> Posted:
    """Gives money back the way it came: what a folio has too much, or what is left of one payment (`of_voucher_id`).

    What is given back is taken from the payments that stand on the folio, oldest first, so that none is given back
    twice; a balance brought forward goes back by any tender. Refuses (`RefundTooHigh`) more than there is, another
    tender than it was paid with (`RefundElsewhere`; cash may come from any drawer), and no reason. Giving back a named
    payment can leave the folio owing: its house limit holds, unless `over_limit_by` lets it pass. `authorised_by` is
    who allowed the refund itself, which lets nothing pass the limit.
    """
    why = _reason(reason)
    content = ["refund", *astuple(payment), why, of_voucher_id]
    write = partial(_refund, session, payment, origin, (why, of_voucher_id, over_limit_by, authorised_by), content)
    return answered(session, "payment", [(origin, content)], lambda _: [write()])[0]


def _refund(
    session: Session,
    payment: Payment,
    origin: Origin,
    grounds: tuple[str, int | None, str | None, str | None],
    content: object,
) -> Posted:
    why, of_voucher_id, over_limit_by, authorised_by = grounds
    codes = catalogue(session)
    tender = _tender_folios(session, codes, [payment])[_tender_id(codes, payment)]
    amount = checked_amount(codes, payment.amount)
    hold_open_day(session)
    account = lock_folios(session, {payment.folio_id, *_stored_tender(tender)})[payment.folio_id]
    answer = first_answer(session, "payment", origin, content)
    if answer is not None:
        return answer
    paid = _given_back_from(session, payment.folio_id, of_voucher_id)
    here = [each for each in paid if _goes_back_to(each, payment, tender)]
    most = sum(_left_to_give_back(each) for each in here)
    if of_voucher_id is None:
        most = min(most, -account.balance_minor)
    if amount > most:
        elsewhere = [each.code for each in paid if each not in here]
        if elsewhere and (of_voucher_id is not None or amount <= -account.balance_minor):
            raise RefundElsewhere(paid=elsewhere, transaction_code=payment.code)
        raise RefundTooHigh(most=Money(max(most, 0), codes.currency), requested=payment.amount)
    lines = _refunding(here, amount, payment, tender)
    draft = _draft(payment, origin, codes, tender, lines, content)
    given = replace(
        draft,
        reason=why,
        corrects=of_voucher_id,
        limited=over_limit_by is None,
        authorised_by=clean_text("authorised by", authorised_by or over_limit_by, 32),
    )
    posted = post(session, [given])[0]
    if not posted.replayed:
        refund_given.send(session, posted=posted, payment=payment, origin=origin, reason=why)
    return posted


def _given_back_from(session: Session, folio_id: int, of_voucher_id: int | None) -> list[Standing]:
    """The payments (and balances brought forward) that stand on a folio, or what is there of the one that is named."""
    paid = [each for each in standing_lines(session, [folio_id])[folio_id] if is_money(each)]
    if of_voucher_id is None:
        return paid
    voucher = session.get(Voucher, of_voucher_id)
    if voucher is None:
        raise VoucherUnknown(voucher=of_voucher_id)
    if voucher.kind != "payment":
        raise NotCorrectable(kind=voucher.kind)
    return [each for each in paid if each.origin_voucher_id == of_voucher_id]


def is_money(line: Standing) -> bool:
    """Whether a line is money that came in and stands on the folio: a payment, or a balance brought forward."""
    return line.side == "credit" and line.origin_kind in ("payment", "opening")


def _goes_back_to(line: Standing, payment: Payment, tender: Folio) -> bool:
    """Whether a payment goes back by this tender: cash by cash, everything else to where it went."""
    if line.origin_kind == "opening":
        return True
    if _handed_on(line):
        return False
    return line.code == payment.code and (line.other_folio_id == tender.id or line.other_type == "control")


def _handed_on(line: Standing) -> bool:
    return line.moved and line.other_type == "semi_permanent"


def refundable_minor(lines: Iterable[Standing], balance_minor: int) -> int:
    """How much of a folio's lines can be given back by the tenders they came with, at its balance."""
    given_back = (each for each in lines if is_money(each) and (each.origin_kind == "opening" or not _handed_on(each)))
    return max(min(sum(_left_to_give_back(each) for each in given_back), -balance_minor), 0)


def _left_to_give_back(line: Standing) -> int:
    """A company that has handed a direct bill on does not owe it any more: nothing of it can go back there."""
    on_account = line.other_type == "semi_permanent" and not line.moved
    return min(line.left_minor, line.other_left_minor) if on_account else line.left_minor


def _refunding(lines: list[Standing], amount: int, payment: Payment, tender: Folio) -> tuple[Line, ...]:
    """The postings that give `amount` back, each taken from the payment it gives back."""
    given: list[Line] = []
    for each in lines:
        part = min(amount, _left_to_give_back(each))
        if part:
            whole = each.other_folio_id == tender.id and not each.moved
            given.append(
                Line(
                    debit=payment.folio_id,
                    credit=tender.id,
                    amount_minor=part,
                    code=payment.code,
                    text=clean_text("text", payment.text, 200),
                    source=each.posting_id,
                    source_side="both" if whole else each.side,
                    origin=each.origin_posting_id,
                )
            )
        amount -= part
    return tuple(given)


def pay_out(session: Session, paid_out: PaidOut, origin: Origin, authorised_by: str | None = None) -> Posted:
    """Posts a paid-out: the drawer gives, the guest's folio or the house bears it. The house limit holds.

    `authorised_by` is who allowed it.
    """
    content = astuple(paid_out)
    write = partial(_pay_out, session, paid_out, origin, content, authorised_by)
    return answered(session, "paid_out", [(origin, content)], lambda _: [write()])[0]


def _pay_out(session: Session, paid_out: PaidOut, origin: Origin, content: object, authorised_by: str | None) -> Posted:
    codes = catalogue(session)
    code = codes.code(paid_out.code, "paid_out")
    drawer = get_folio(session, paid_out.drawer_folio_id)
    refuse_no_drawer(codes, drawer)
    borne_by = code.other_side if paid_out.folio_id is None else paid_out.folio_id
    line = Line(
        debit=borne_by,
        credit=drawer.id,
        amount_minor=checked_amount(codes, paid_out.amount),
        code=code.code,
        text=clean_text("text", paid_out.text, 200),
    )
    draft = Draft(
        kind="paid_out",
        origin=origin,
        currency=codes.currency,
        lines=(line,),
        accounts=() if paid_out.folio_id is None else (paid_out.folio_id,),
        limited=True,
        content=content,
        reference=clean_text("reference", paid_out.reference, 100),
        authorised_by=clean_text("authorised by", authorised_by, 32),
    )
    posted = post(session, [draft])[0]
    if not posted.replayed:
        paid_out_news.send(session, posted=posted, paid_out=paid_out, origin=origin)
    return posted


def bring_forward(session: Session, folio_id: int, balance: Money, origin: Origin, code: str = "OPENING") -> Posted:
    """Posts the balance an account had in the system before: above zero it owes, below zero it is owed."""
    content = [folio_id, balance.minor, balance.currency]
    write = partial(_bring_forward, session, folio_id, balance, origin, code, content)
    return answered(session, "opening", [(origin, content)], lambda _: [write()])[0]


def _bring_forward(
    session: Session, folio_id: int, balance: Money, origin: Origin, code: str, content: object
) -> Posted:
    codes = catalogue(session)
    other = codes.code(code, "opening").other_side
    amount = checked_amount(codes, balance if balance.minor > 0 else -balance)
    debit, credit = (folio_id, other) if balance.minor > 0 else (other, folio_id)
    draft = Draft(
        kind="opening",
        origin=origin,
        currency=codes.currency,
        lines=(Line(debit=debit, credit=credit, amount_minor=amount, code=code),),
        accounts=(folio_id,),
        content=content,
    )
    return post(session, [draft])[0]


def _draft(
    payment: Payment, origin: Origin, codes: Catalogue, tender: Folio, lines: tuple[Line, ...], content: object
) -> Draft:
    return Draft(
        kind="payment",
        origin=origin,
        currency=codes.currency,
        lines=lines,
        accounts=(payment.folio_id,),
        tenders=_stored_tender(tender),
        content=content,
        reference=clean_text("reference", payment.reference, 100),
        remark=clean_text("remark", payment.remark, MOST_REMARK),
    )


def _stored_tender(tender: Folio) -> dict[int, str]:
    """The tender's folio with its type, when it keeps a balance that has to be locked: a drawer does not."""
    return {} if tender.type == "control" else {tender.id: tender.type}


def _tender_id(codes: Catalogue, payment: Payment) -> int:
    code = codes.code(payment.code, "payment")
    folio_id = code.folio_id if code.tender == "card" else payment.tender_folio_id
    if folio_id is None:
        raise TenderMissing(transaction_code=payment.code)
    return folio_id


TENDER_TYPES = {"cash": "control", "card": "permanent", "direct_bill": "semi_permanent"}


def _tender_folios(session: Session, codes: Catalogue, payments: Iterable[Payment]) -> dict[int, Folio]:
    """The tenders' folios by id, one statement; each of the type its code asks for."""
    wanted = {(known_id(_tender_id(codes, each)), codes.code(each.code, "payment")) for each in payments}
    ids = {folio_id for folio_id, _ in wanted}
    found = {folio.id: folio for folio in session.scalars(sa.select(Folio).where(Folio.id.in_(ids)))}
    for folio_id, code in wanted:
        folio = found.get(folio_id) or get_folio(session, folio_id)
        if folio.type != TENDER_TYPES[str(code.tender)]:
            raise WrongFolioType(kind=str(code.tender), folio=folio.number, type=folio.type)
        if code.tender == "cash":
            refuse_no_drawer(codes, folio)
        if folio.status != "open":
            raise FolioClosed(folio=folio.number)
    return found


def refuse_no_drawer(codes: Catalogue, folio: Folio) -> None:
    """Refuses (`NoDrawer`) a folio in which no cash lies: a drawer is a control folio, the other side of no code."""
    if folio.type != "control" or any(code.folio_id == folio.id for code in codes.codes.values()):
        raise NoDrawer(folio=folio.number)


def checked_amount(codes: Catalogue, amount: Money) -> int:
    """The minor units of an amount that can be posted. Refuses another currency, zero and less, and too much."""
    if amount.currency != codes.currency:
        raise CurrencyMismatch(expected=codes.currency, given=amount.currency)
    if amount.minor <= 0:
        raise AmountNotPositive
    if amount.minor > MOST_MINOR:
        raise AmountTooLarge(amount=amount)
    return amount.minor


def _reason(reason: str) -> str:
    why = clean_text("reason", reason, 500)
    if why is None:
        raise ReasonMissing
    return why
