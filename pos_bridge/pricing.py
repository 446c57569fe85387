"""What a check comes to and how its lines are booked. Pure: an outlet's facts and a check in, lines of a charge out.

The rule of the sum: items, service charge, tip, and the taxes where the outlet's are *added*, less the discounts, are
the total, to the cent. Where prices hold the taxes *inside*, tax lines only tell what is in them and are not added.

A discount lowers the items, each by its share (`folios.money.allocate`), before anything is taxed: what is posted is
what is earned. Items that nothing is left of are not posted.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from folios.charges import MOST_QUANTITY, ChargeLine
from folios.errors import N_, AmountNotPositive, AmountTooLarge, CurrencyMismatch, QuantityInvalid, Refusal
from folios.money import MOST_MINOR, Money, allocate
from pos_bridge.book import OutletFacts
from pos_bridge.checks import Call, Check, CheckLine

MOST_LINES = 40
LONGEST_CALL_S = 48 * 3600


class CheckEmpty(Refusal):
    code = "check.empty"
    message = N_("There is nothing on this check.")


class CheckTooLong(Refusal):
    code = "check.too_long"
    message = N_("A check has at most {most} lines. Send it in parts.")


class SumMismatch(Refusal):
    code = "check.sum_mismatch"
    message = N_("The lines come to {sum}, the total says {total}. Nothing was charged.")


class DiscountTooHigh(Refusal):
    code = "check.discount_too_high"
    message = N_("A discount of {discount} is more than the items it is taken off ({items}).")


class AmountMissing(Refusal):
    code = "check.amount_missing"
    message = N_("A line has neither an amount nor an article with a price.")


class CallUnmeasured(Refusal):
    code = "call.duration_invalid"
    message = N_("A call needs its length in seconds, or its pulses.")


@dataclass(frozen=True, slots=True)
class Priced:
    """A check that adds up. `lines` as they are posted; `told` as the till named them, with every amount filled in."""

    lines: tuple[ChargeLine, ...]
    told: tuple[CheckLine, ...]
    total_minor: int


def price(outlet: OutletFacts, check: Check, currency: str) -> Priced:
    """Prices and adds up a check. Refuses what does not add up, and lines that the outlet cannot book.

    Amounts are in minor units of `currency`, the hotel's; a check in another is refused (`CurrencyMismatch`).
    """
    if check.currency not in (None, currency):
        raise CurrencyMismatch(expected=currency, given=check.currency)
    if len(check.lines) > MOST_LINES:
        raise CheckTooLong(most=MOST_LINES)
    told = [_with_amount(outlet, line) for line in check.lines]
    booked = [_code(outlet, line) for line in told]
    if check.call is not None:
        line, code = _call(outlet, check.call)
        told.append(line)
        booked.append(code)
    if not told:
        raise CheckEmpty
    total = _total(outlet, told)
    if check.total_minor not in (None, total):
        raise SumMismatch(sum=Money(total, currency), total=Money(check.total_minor or 0, currency))
    if total <= 0:
        raise AmountNotPositive
    if total > MOST_MINOR:
        raise AmountTooLarge(amount=Money(total, currency))
    posted = _less_discounts(told, currency)
    lines = [
        _charge_line(outlet, line, code or "", currency)
        for line, code in zip(posted, booked, strict=True)
        if _amount(line) and line.kind != "discount" and not (line.kind == "tax" and outlet.treatment == "inside")
    ]
    return Priced(tuple(lines), tuple(told), total)


def _amount(line: CheckLine) -> int:
    return line.amount_minor or 0


def _with_amount(outlet: OutletFacts, line: CheckLine) -> CheckLine:
    if type(line.quantity) is not int or not 1 <= line.quantity <= MOST_QUANTITY:
        raise QuantityInvalid(most=MOST_QUANTITY)
    if line.article is not None:
        article = outlet.article(line.article)
        amount = article.price_minor * line.quantity if line.amount_minor is None else line.amount_minor
        line = replace(line, amount_minor=amount, text=line.text or article.name)
    if line.amount_minor is None:
        raise AmountMissing
    if line.amount_minor < 0:
        raise AmountNotPositive
    return line


def _code(outlet: OutletFacts, line: CheckLine) -> str | None:
    """The transaction code of a line; none for a discount, nor for a tax that only tells what is inside."""
    if line.kind == "discount" or (line.kind == "tax" and outlet.treatment == "inside"):
        return None
    if line.article is not None:
        return outlet.article(line.article).code
    return outlet.code_of(line.kind, line.number)


def _call(outlet: OutletFacts, call: Call) -> tuple[CheckLine, str]:
    """A call's line: the connection, each begun minute, each pulse, by the tariff its digits begin with."""
    tariff = outlet.tariff(call.digits)
    duration_s, pulses = call.duration_s or 0, call.pulses or 0
    if not (0 <= duration_s <= LONGEST_CALL_S and 0 <= pulses <= MOST_QUANTITY) or not (duration_s or pulses):
        raise CallUnmeasured
    amount = tariff.connection_minor
    if pulses and tariff.pulse_minor:
        amount += pulses * tariff.pulse_minor
    else:
        amount += math.ceil(duration_s / 60) * tariff.minute_minor
    return CheckLine("item", amount, text=f"{tariff.name} {call.digits}"[:200]), tariff.code


def _total(outlet: OutletFacts, lines: Sequence[CheckLine]) -> int:
    """The sum by the rule above."""
    total = 0
    for line in lines:
        if line.kind == "discount":
            total -= _amount(line)
        elif line.kind != "tax" or outlet.treatment == "added":
            total += _amount(line)
    return total


def _less_discounts(lines: Sequence[CheckLine], currency: str) -> list[CheckLine]:
    """The lines with the discounts taken off the items, in proportion."""
    discount = sum(_amount(line) for line in lines if line.kind == "discount")
    if not discount:
        return list(lines)
    items = [_amount(line) if line.kind == "item" else 0 for line in lines]
    if discount > sum(items):
        raise DiscountTooHigh(discount=Money(discount, currency), items=Money(sum(items), currency))
    shares = allocate(discount, items)
    return [
        replace(line, amount_minor=_amount(line) - share) if share else line
        for line, share in zip(lines, shares, strict=True)
    ]


def _charge_line(outlet: OutletFacts, line: CheckLine, code: str, currency: str) -> ChargeLine:
    """A line as the ledger takes it: a price each where the amount divides by the quantity, else the count in words."""
    amount, quantity, text = _amount(line), line.quantity, line.text
    if amount % quantity:
        quantity, text = 1, f"{line.quantity} x {text or code}"[:200]
    return ChargeLine(
        code,
        Money(amount // quantity, currency),
        quantity=quantity,
        article=None if line.article is None else str(line.article),
        text=text,
        taxes="contained" if outlet.treatment == "inside" else "stated",
    )
