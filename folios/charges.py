"""Charges: what a guest, a group or an account owes for, with what the code generates besides (taxes, service).

A charge is one voucher; each of its lines is a posting to the code's control folio, followed by its generated postings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import date
from operator import attrgetter
from typing import Literal

from sqlalchemy.orm import Session

from folios.codes import Catalogue, Code, catalogue
from folios.db import SessionSource, committing_by_itself, in_unit_of_work
from folios.drafts import Assumed, Beside, Draft, Line, Origin, Posted, Stale
from folios.errors import (
    N_,
    AmountNotPositive,
    AmountTooLarge,
    CurrencyMismatch,
    DatabaseBusy,
    DatabaseRefusal,
    PriceMissing,
    QuantityInvalid,
    Refusal,
)
from folios.folios import exemptions, known_id
from folios.money import MOST_MINOR, Money
from folios.taxes import NO_TAXES, Levy, TaxableLine, TaxedLine, levy_document
from folios.texts import clean_text
from folios.vouchers import answered, post, post_at_once

MOST_QUANTITY = 9999
MOST_REMARK = 2000


@dataclass(frozen=True, slots=True)
class ChargeLine:
    """What was sold: `quantity` of a code at `price` each (None: the code's own price).

    `taxes`: `generated`, the code's taxes treat the price as they are set up; `contained`, the code's percentages are
    inside the price, which is paid as it is, by the exempt too; `stated`, none are worked out: the sender gives them as
    lines of their own, which then may name a tax's code. `persons` counts persons and nights, for a tax charged by
    them.
    """

    code: str
    price: Money | None = None
    quantity: int = 1
    article: str | None = None
    text: str | None = None
    persons: int | None = None
    taxes: Literal["generated", "contained", "stated"] = "generated"


@dataclass(frozen=True, slots=True)
class Charge:
    """A charge to one folio. `over_limit_by` names who let it pass the house limit.

    `limit_applies` is false for what is owed whatever the limit (a night that was slept). `business_date` is given by
    the night audit alone, for the day it is auditing. `beside` are rows of floors above that are written with it.
    `mark`: the catalogue's, when what it was made up from was read; another by now is `CatalogueChanged`.
    """

    folio_id: int
    lines: tuple[ChargeLine, ...]
    check_number: str | None = None
    covers: int | None = None
    reference: str | None = None
    remark: str | None = None
    over_limit_by: str | None = None
    limit_applies: bool = True
    business_date: date | None = None
    beside: tuple[Beside, ...] = ()
    mark: int | None = None


# What tells one charge from another when its key comes again: not who let it pass, nor the day it is booked on.
_NOT_ASKED = ("lines", "over_limit_by", "limit_applies", "business_date", "beside", "mark")
_facts = attrgetter(*(each.name for each in fields(Charge) if each.name not in _NOT_ASKED))
_line_facts = attrgetter(*(each.name for each in fields(ChargeLine)))


def _content(request: Charge) -> object:
    """What was asked, to be recognised by when its key comes again."""
    return [*_facts(request), *map(_line_facts, request.lines)]


def charge(session: Session, request: Charge, origin: Origin) -> Posted:
    """Posts one charge; see `charge_all`."""
    return charge_all(session, [(request, origin)])[0]


def charge_alone(sessions: SessionSource, request: Charge, origin: Origin) -> Posted:
    """Posts one charge as a unit of work of its own, for doors that have nothing else to do with it; see `charge_all`.

    On PostgreSQL its one statement then commits by itself, which spares two of three round trips. When that writes
    nothing, an ordinary unit of work finds out why, or finds the answer given before, or tries again.
    """
    answer = None
    with suppress(DatabaseBusy), committing_by_itself(sessions) as session:
        answer = None if session is None else charge_at_once(session, request, origin)
    return answer or in_unit_of_work(sessions, lambda session: charge(session, request, origin))


def charge_at_once(session: Session, request: Charge, origin: Origin, codes: Catalogue | None = None) -> Posted | None:
    """The answer if one statement can give it; None: nothing was written, and `charge` will say why. PostgreSQL only.

    In a session of `committing_by_itself` the answer has been committed. `codes`: those that the request was made up
    from, where rows beside it tell their day: on another nothing is written.
    """
    codes = codes or catalogue(session, fresh=False)
    try:
        draft = _draft(request, origin, _content(request), codes, "")
        assumed = Assumed(codes.mark, request.business_date or codes.business_date, {known_id(request.folio_id): ""})
        return post_at_once(session, draft, assumed)
    except Refusal:  # what is kept of the codes may be stale: the unit of work looks again
        return None


class CatalogueChanged(DatabaseBusy):
    """A charge was made up from codes that have changed since (`Charge.mark`). Make it up again; nothing was posted."""

    code = "catalogue.changed"
    message = N_("What is set up for the outlet has just been changed. Nothing was saved; try again.")


def charge_all(session: Session, requests: Sequence[tuple[Charge, Origin]]) -> list[Posted]:
    """Posts charges, all or none, in a constant number of statements; a charge sent before gives its first answer.

    Refuses: a folio that is unknown, closed or takes no charges; a code that is unknown, switched off or no charge; a
    price, quantity or text that cannot be; another currency; more than the house limit; a day that is over; a key
    that was used for something else.
    """
    asked = [(origin, _content(request) if origin.key else None) for request, origin in requests]

    def write(indexes: Sequence[int]) -> list[Posted]:
        return _charge(session, [(*requests[each], asked[each][1]) for each in indexes])

    return answered(session, "charge", asked, write)


def _charge(session: Session, requests: Sequence[tuple[Charge, Origin, object]]) -> list[Posted]:
    """Makes the drafts from what is kept of codes and exemptions, and again when that turns out to be stale."""
    if not requests:
        return []
    codes = catalogue(session, fresh=False)
    exempt_from = {known_id(request.folio_id): "" for request, _, _ in requests}
    while True:
        try:
            drafts = [_draft(*asked, codes, exempt_from[asked[0].folio_id]) for asked in requests]
            day = requests[0][0].business_date or codes.business_date
            return post(session, drafts, Assumed(codes.mark, day, exempt_from))
        except DatabaseRefusal:
            raise
        except (Stale, Refusal) as reason:
            now, exempt_now = catalogue(session), exemptions(session, exempt_from)
            if isinstance(reason, Refusal) and now is codes and exempt_now == exempt_from:
                raise
            codes, exempt_from = now, exempt_now


def _draft(request: Charge, origin: Origin, content: object, codes: Catalogue, exempt_from: str) -> Draft:
    if request.mark not in (None, codes.mark):
        raise CatalogueChanged
    day = request.business_date or codes.business_date
    resolved = [_resolve(line, codes, day, exempt_from) for line in request.lines]
    taxed = levy_document([taxable for _, taxable in resolved]) if resolved else []
    lines: list[Line] = []
    for asked, (code, _), levied in zip(request.lines, resolved, taxed, strict=True):
        _append(lines, request.folio_id, asked, code, levied, codes.codes)
    return Draft(
        kind="charge",
        origin=origin,
        currency=codes.currency,
        lines=tuple(lines),
        accounts=(request.folio_id,),
        limited=request.limit_applies and request.over_limit_by is None,
        business_date=request.business_date,
        content=content,
        check_number=clean_text("check number", request.check_number, 32),
        covers=_covers(request.covers),
        reference=clean_text("reference", request.reference, 100),
        remark=clean_text("remark", request.remark, MOST_REMARK),
        authorised_by=clean_text("authorised by", request.over_limit_by, 32),
        beside=request.beside,
    )


def _resolve(line: ChargeLine, codes: Catalogue, day: date, exempt_from: str) -> tuple[Code, TaxableLine]:
    code = codes.code(line.code, *(("charge", "tax") if line.taxes == "stated" else ("charge",)))
    if type(line.quantity) is not int or not 1 <= line.quantity <= MOST_QUANTITY:
        raise QuantityInvalid(most=MOST_QUANTITY)
    if line.persons is not None and (type(line.persons) is not int or not 0 <= line.persons <= MOST_QUANTITY):
        raise QuantityInvalid(most=MOST_QUANTITY)
    if line.price is None:
        if code.price_minor is None:
            raise PriceMissing(transaction_code=code.code)
        price_minor = code.price_minor
    else:
        if line.price.currency != codes.currency:
            raise CurrencyMismatch(expected=codes.currency, given=line.price.currency)
        price_minor = line.price.minor
    if price_minor <= 0:
        raise AmountNotPositive
    if price_minor * line.quantity > MOST_MINOR:
        raise AmountTooLarge(amount=Money(price_minor * line.quantity, codes.currency))
    return code, TaxableLine(price_minor * line.quantity, _levy(line, code, codes, day, exempt_from), line.persons)


def _levy(line: ChargeLine, code: Code, codes: Catalogue, day: date, exempt_from: str) -> Levy:
    if line.taxes == "stated":
        return NO_TAXES
    return codes.levy_contained(code, day) if line.taxes == "contained" else codes.levy(code, day, exempt_from)


def _append(
    lines: list[Line], folio_id: int, asked: ChargeLine, code: Code, levied: TaxedLine, codes: Mapping[str, Code]
) -> None:
    """The posting of what was sold, then one for each generated amount; none for an amount that rounds to zero."""
    parent = len(lines) + 1 if levied.net_minor else None
    if levied.net_minor:
        lines.append(
            Line(
                debit=folio_id,
                credit=code.other_side,
                amount_minor=levied.net_minor,
                code=code.code,
                quantity=asked.quantity,
                article=clean_text("article", asked.article, 40),
                text=clean_text("text", asked.text, 200),
            )
        )
    for share in levied.shares:
        if share.amount_minor:
            lines.append(
                Line(
                    debit=folio_id,
                    credit=codes[share.code].other_side,
                    amount_minor=share.amount_minor,
                    code=share.code,
                    parent=parent,
                    tax_base_minor=share.base_minor,
                    tax_rate_ppm=share.rate_ppm,
                )
            )


def _covers(covers: int | None) -> int | None:
    if covers is not None and (type(covers) is not int or not 0 <= covers <= MOST_QUANTITY):
        raise QuantityInvalid(most=MOST_QUANTITY)
    return covers
