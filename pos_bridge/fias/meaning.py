"""A record in words, in the reader's language: for the monitor of links and for whoever plays the other side."""

from __future__ import annotations

from decimal import Decimal

from babel.dates import format_date, format_time
from babel.numbers import format_decimal

from frontoffice.language import gettext as _
from frontoffice.language import locale
from pos_bridge.fias import values, vocabulary
from pos_bridge.fias.answers import IN_WORDS
from pos_bridge.fias.records import Record

MOST = 120  # characters of a single value
LONGEST = 2000  # characters of it all


def meaning(record: Record, decimals: int = values.DECIMALS) -> str:
    """`Posting to a room: room 2781, amount 14.50, date Sep 15, 2000, ...`, with the fields in the record's order."""
    known = vocabulary.RECORDS.get(record.id)
    name = _(known.meaning) if known else _("Unknown record {id}", id=record.id)
    told = [field_in_words(code, value, decimals) for code, value in record.fields]
    text = f"{name}: {', '.join(told)}" if told else name
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def field_in_words(code: str, value: str, decimals: int = values.DECIMALS) -> str:
    """`amount 14.50`: what a field is called and what stands in it."""
    word = vocabulary.FIELDS.get(code)
    if word is None:
        return f"{code} {_short(value)}".rstrip()
    return f"{_(word.meaning)} {_value(word, value, decimals)}".rstrip()


def _value(word: vocabulary.FieldWord, value: str, decimals: int) -> str:
    if not value:
        return "" if word.kind == vocabulary.NOTHING else "–"
    told: str | None
    if word.kind == vocabulary.MONEY:
        told = _amount(value, decimals)
    elif word.kind == vocabulary.DATE:
        day = values.to_date(value)
        told = None if day is None else format_date(day, "medium", locale=locale())
    elif word.kind in (vocabulary.TIME, vocabulary.CLOCK, vocabulary.SHORT_CLOCK):
        moment = values.to_time(value)
        told = None if moment is None else format_time(moment, "medium", locale=locale())
    elif word.kind == vocabulary.DURATION:
        seconds = values.to_seconds(value)
        told = None if seconds is None else f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    elif word.kind == vocabulary.YES_NO:
        told = {"Y": _("yes"), "N": _("no")}.get(value)
    else:
        told = _chosen(word.code, value)
    return _short(value) if told is None else told


def _chosen(code: str, value: str) -> str:
    if code == "FL":
        return " ".join(value[at : at + 2] for at in range(0, len(value), 2))
    choices = IN_WORDS if code == "AS" else vocabulary.CHOICES.get(code, {})
    if code == "RI" and value in vocabulary.RECORDS:
        choices = {value: vocabulary.RECORDS[value].meaning}
    return f"{value} ({_(choices[value])})" if value in choices else _short(value)


def _amount(value: str, decimals: int) -> str | None:
    """The amount with its decimals, as the reader's language writes it; None where it is no whole number."""
    figure = values.whole(value)
    if figure is None:
        return None
    pattern = "#,##0." + "0" * decimals if decimals else "#,##0"
    return str(format_decimal(Decimal(figure).scaleb(-decimals), pattern, locale=locale()))


def _short(value: str) -> str:
    return value if len(value) <= MOST else value[: MOST - 1] + "…"
