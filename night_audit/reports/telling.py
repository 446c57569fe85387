"""How a report's values are written for a reader: words, dates, amounts, figures in one language, or for a machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from functools import lru_cache
from string import Formatter
from typing import Any

from babel.dates import format_date
from babel.numbers import format_decimal, format_percent

from folios.errors import N_
from folios.money import Money, format_amount, minor_digits
from frontoffice.paper.words import locale_of, translator
from night_audit.reports.definition import RIGHT_ALIGNED
from night_audit.reports.making import Content

NOTHING = "–"
TOTAL = N_("Total")
STANDINGS = {
    "draft": N_("DRAFT: a rehearsal, not the day's report."),
    "open": N_("Preliminary: the business day is still open."),
    "auditing": N_("Preliminary: the business day is being audited."),
}


@lru_cache(maxsize=2_048)
def _day(text: str, language: str) -> str:
    return str(format_date(date.fromisoformat(text), "medium", locale=language))


@lru_cache(maxsize=2_048)
def _percent(value: int, language: str) -> str:
    return str(format_percent(Decimal(value) / 10_000, "#,##0.00 %", locale=language))


class Telling:
    """Writes for one reader of a report in one currency."""

    def __init__(self, language: str, currency: str) -> None:
        self.language, self.currency = language, currency
        self.locale = locale_of(language)
        self.say = translator(language)

    def cell(self, kind: str, value: Any) -> str:
        """A value as people read it; `NOTHING` where a figure would be."""
        if value is None:
            return NOTHING if kind in RIGHT_ALIGNED else ""
        return WRITERS[kind](self, value)

    def day(self, text: str) -> str:
        """A date of a report in full."""
        return _day(text, str(self.locale))

    def note(self, note: Content) -> str:
        """A note with its figures in it."""
        return "".join(text for text, _name in self.pieces(note))

    def pieces(self, note: Content) -> Iterator[tuple[str, str]]:
        """A note piece by piece: its words, and its figures with their names."""
        for words, name, _form, _conversion in Formatter().parse(self.say(note["text"])):
            if words:
                yield words, ""
            if name:
                value = note["params"][name]
                yield self.amount(value) if name.endswith("_minor") else str(value), name

    def amount(self, minor: int) -> str:
        """An amount without its currency."""
        return format_amount(Money(minor, self.currency), self.locale)

    def head(self, column: Content) -> str:
        """The head of a column; that of money says in which currency."""
        title = self.say(column["title"])
        return f"{title} {self.currency}" if column["kind"] == "money" else title

    def unit(self, part: Content, row: Content, number: int) -> str:
        """What is written behind a line's name where its figures have a kind of their own: the currency of amounts."""
        names = [place for place, each in enumerate(part["columns"]) if each["kind"] == "word" and not each["under"]]
        return f" {self.currency}" if row.get("kind") == "money" and number == names[-1] else ""

    def standing(self, content: Content) -> str:
        """What to say about a report that is not the last word; empty where it is."""
        told = STANDINGS.get(content["standing"])
        return self.say(told) if told else ""


WRITERS: dict[str, Callable[[Telling, Any], str]] = {
    "text": lambda _telling, value: str(value),
    "word": lambda telling, value: telling.say(value) if value else "",
    "day": lambda telling, value: telling.day(value),
    "count": lambda telling, value: format_decimal(value, locale=telling.locale),
    "money": lambda telling, value: telling.amount(value),
    "percent": lambda telling, value: _percent(value, str(telling.locale)),
    "ratio": lambda telling, value: format_decimal(Decimal(value) / 100, "0.00", locale=telling.locale),
    "rate": lambda telling, value: format_percent(
        Decimal(value) / 1_000_000, locale=telling.locale, decimal_quantization=False
    ),
    "figure": lambda _telling, value: str(value),
}


def kind_of(column: Content, row: Content) -> str:
    """The kind of a value: its column's, or its line's."""
    return str(row.get("kind", "count")) if column["kind"] == "figure" else str(column["kind"])


def plain(kind: str, value: Any, currency: str) -> Any:
    """A value for a machine: amounts and percentages as exact decimals, all else as it is."""
    if value is None or isinstance(value, str):
        return value
    if kind == "money":
        return Decimal(f"{value}e-{minor_digits(currency)}")
    if kind in ("percent", "ratio"):
        return Decimal(f"{value}e-2")
    return Decimal(value) / 10_000 if kind == "rate" else value
