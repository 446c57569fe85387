"""The words, dates and figures on the paper, in the reader's language; nothing here needs a request.

A text is marked here and looked up in the house's catalogues. A date or figure that the reader's language writes in a
script for which there is no font is written in English.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_percent
from babel.support import NullTranslations, Translations

from folios.errors import N_
from folios.money import Money, format_amount

Translate = Callable[[str], str]

CATALOGUES = Path(__file__).parents[1] / "translations"
ENGLISH = Locale("en")

TITLES = {
    "information": N_("INFORMATION BILL"),
    "interim": N_("INTERIM BILL"),
    "final": N_("BILL"),
    "invoice": N_("INVOICE"),
    "credit_note": N_("CREDIT NOTE"),
}
COPY, COPY_NUMBER = N_("COPY"), N_("COPY {copy}")
FACTS = {
    "date": N_("Date"),
    "folio": N_("Folio"),
    "guest": N_("Guest"),
    "room": N_("Room"),
    "arrival": N_("Arrival"),
    "departure": N_("Departure"),
    "stay": N_("Booking"),
}
COLUMNS = {
    "date": N_("Date"),
    "text": N_("Description"),
    "quantity": N_("Quantity"),
    "price": N_("Price"),
    "amount": N_("Amount {currency}"),
}
TAX_COLUMNS = (N_("Tax"), N_("Tax rate"), N_("Net {currency}"), N_("Tax {currency}"), N_("Gross {currency}"))
LINE_KINDS = {
    "correction": N_("Correction: {text}"),
    "allowance": N_("Allowance: {text}"),
    "transfer": N_("Moved: {text}"),
}
REFUND, PAID = N_("Refund: {text}"), N_("Payment: {text}")
OF_THE_DAY = N_("Charges of the day")
CARRIED = N_("Carried forward")
BROUGHT_FORWARD = N_("Brought forward")
TOTAL = N_("Total")
BALANCE, BALANCE_DUE = N_("Balance"), N_("Balance due")
BALANCE_IN_FAVOUR = N_("Balance in your favour")
CREDITED = N_("For invoice {number} of {day}.")
REASON = N_("Reason: {reason}")
PERIOD, SINCE, UNTIL = N_("{first} to {last}"), N_("From {first}"), N_("Until {last}")
NO_TAX = N_("Not taxed")
NO_INVOICE = N_("This bill is for your information; it is not an invoice.")
PAGE = N_("Page {page} of {pages}")
VAT_NUMBER = N_("VAT no. {number}")


@lru_cache
def translator(language: str) -> Translate:
    """Looks texts up in the house's catalogue of a language; without one they stay English."""
    catalogue: NullTranslations = Translations.load(CATALOGUES, [language])
    return catalogue.gettext


@lru_cache
def locale_of(language: str) -> Locale:
    """How the language writes; English for one that is not known."""
    try:
        return Locale.parse(language.replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        return ENGLISH


class Wording:
    """Words, dates and figures for one reader. `readable` says whether there is a font for a text."""

    def __init__(self, language: str, translate: Translate, readable: Callable[[str], bool]) -> None:
        self.translate = translate
        self.language = language
        wanted = locale_of(language)
        sample = format_date(date(2026, 12, 30), "medium", locale=wanted) + wanted.number_symbols["latn"]["decimal"]
        self.locale = wanted if readable(sample) else ENGLISH

    def say(self, text: str, /, **values: object) -> str:
        """A marked text with its {names} filled in."""
        return self.translate(text).format(**values)

    def day(self, day: date) -> str:
        """A date with its year."""
        return format_date(day, "medium", locale=self.locale)

    def amount(self, minor: int, currency: str) -> str:
        """A figure without its currency, which stands in the column's head."""
        return format_amount(Money(minor, currency), self.locale)

    def rate(self, ppm: int) -> str:
        """A rate in per cent with all its decimals."""
        return format_percent(Decimal(ppm) / 1_000_000, locale=self.locale, decimal_quantization=False)

    def country(self, code: str) -> str:
        """A country by name."""
        return str(self.locale.territories.get(code, code))
