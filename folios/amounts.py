"""Amounts as people type them in their language, read exactly or refused; never rounded, never guessed.

What is not here: what an amount may be used for. A negative amount or zero is read; the rule that takes it says
whether that makes sense.
"""

from __future__ import annotations

import re

from babel import Locale
from babel.numbers import NumberFormatError, get_decimal_symbol, get_group_symbol, parse_decimal

from folios.errors import N_, AmountTooLarge, Refusal
from folios.money import MOST_MINOR, Money, minor_digits

LONGEST_TYPED = 30  # characters; MOST_MINOR with its separators has 18
SPACES = re.compile(r"\s")  # plain, no-break, narrow and thin ones: keyboards differ, people see no difference
APOSTROPHES = re.compile("['’]")


class AmountNotUnderstood(Refusal):
    code = "amount.not_understood"
    message = N_("{typed} is not an amount. Write it like {example}.")


class AmountTooPrecise(Refusal):
    code = "amount.too_precise"
    message = N_("{typed} has too many decimals: {currency} has {digits}.")


def read_amount(text: str, currency: str, locale: str | Locale) -> Money:
    """The amount a person typed, in the way their language writes numbers.

    | typed                      | locale      | read    |
    |----------------------------|-------------|---------|
    | 1,234.50 or 1234.5         | en          | 1234.50 |
    | 1.234,50                   | de          | 1234.50 |
    | 1 234,50 with any space    | fr, ru      | 1234.50 |
    | 1'234.50 or 1’234.50       | de_CH       | 1234.50 |
    | 105.50                     | de          | refused |

    Thousands may be left ungrouped; grouped they must stand right, so that a decimal point of another language is
    refused instead of read as a hundredfold. Refuses (`AmountNotUnderstood`) words, signs of currency, exponents and
    anything else that is no plain number, (`AmountTooPrecise`) more decimals than the currency has, zeros included,
    and (`AmountTooLarge`) more than `MOST_MINOR`.
    """
    typed = text.strip()
    negative = typed[:1] in ("-", "−")
    figure = _with_symbols_of(locale, typed[1:] if negative else typed)
    group, point = get_group_symbol(locale), get_decimal_symbol(locale)
    plain = rf"\d+({re.escape(group)}\d+)*({re.escape(point)}(?P<decimals>\d+))?"
    match = re.fullmatch(plain, figure, re.ASCII)
    digits = minor_digits(currency)
    try:
        if match is None or len(typed) > LONGEST_TYPED:
            raise NumberFormatError(typed)
        value = parse_decimal(figure, locale=locale, strict=True)
    except NumberFormatError as error:
        example = Money(123456, currency)
        raise AmountNotUnderstood(typed=typed[:LONGEST_TYPED], example=example) from error
    if len(match["decimals"] or "") > digits:
        raise AmountTooPrecise(typed=typed, currency=currency, digits=digits)
    amount = Money.of(value, currency)
    if amount.minor > MOST_MINOR:
        raise AmountTooLarge(amount=amount)
    return -amount if negative else amount


def _with_symbols_of(locale: str | Locale, figure: str) -> str:
    """Every kind of space, or of apostrophe, becomes the one the locale groups thousands with, if it uses one."""
    group = get_group_symbol(locale)
    for kind in (SPACES, APOSTROPHES):
        if kind.fullmatch(group):
            return kind.sub(group, figure)
    return figure
