"""What stands in fields: amounts with a link's decimals, dates, times and durations, and the rule of sums.

Towards the hotel an amount is a whole number; how many of its digits are decimals is agreed for each link. Nothing here
refuses: what is no value is None, and whoever asked says so with an answer status.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import Final

from pos_bridge.fias.records import Record

MOST_DIGITS: Final = 15
DECIMALS: Final = 2
_WHOLE: Final = re.compile(r"-?[0-9]{1,15}", re.ASCII)
PARTS: Final = (
    *(f"S{number}" for number in range(1, 10)),
    *(f"T{number}" for number in range(1, 10)),
    *(f"D{number}" for number in range(1, 10)),
    "TP",
    "SC",
)


# --- amounts --------------------------------------------------------------------------------------------------


def whole(text: str) -> int | None:
    """The whole number in a field, with its sign; None for anything else."""
    typed = text.strip()
    return int(typed) if _WHOLE.fullmatch(typed) else None


def to_minor(text: str, digits: int, decimals: int = DECIMALS) -> int | None:
    """An amount in minor units of a currency with `digits` decimals, from a figure whose last `decimals` are decimals.

    `1450` is 14.50 where a link has two; in yen it is 14.50 too, which there is no such amount of, hence None.
    """
    figure = whole(text)
    if figure is None:
        return None
    if digits >= decimals:
        return figure * int(10 ** (digits - decimals))
    minor, rest = divmod(abs(figure), int(10 ** (decimals - digits)))
    if rest:
        return None
    return -minor if figure < 0 else minor


def from_minor(minor: int, digits: int, decimals: int = DECIMALS) -> str:
    """The figure for an amount in minor units; what a link has no decimals for is rounded half away from zero."""
    if decimals >= digits:
        return str(minor * 10 ** (decimals - digits))
    unit = 10 ** (digits - decimals)
    figure = (abs(minor) * 2 + unit) // (2 * unit)
    return str(-figure if minor < 0 else figure)


def with_point(minor: int, digits: int) -> str:
    """An amount with a decimal point, as balances and limits may be sent by the hotel: `-14.50`."""
    sign, figure = ("-" if minor < 0 else ""), str(abs(minor)).rjust(digits + 1, "0")
    return f"{sign}{figure[:-digits]}.{figure[-digits:]}" if digits else f"{sign}{figure}"


def sum_fits(record: Record) -> bool | None:
    """Whether the amount is the sum of its parts: subtotals, taxes, discounts (negative), tip and service charge.

    True where no part is sent. None where an amount is none. Parts of zero may be left out.
    """
    parts = [value for code in PARTS if (value := record.get(code))]
    if not parts:
        return True
    figures = [whole(each) for each in (record.get("TA"), *parts)]
    known = [each for each in figures if each is not None]
    if len(known) < len(figures):
        return None
    return known[0] == sum(known[1:])


# --- days and times -------------------------------------------------------------------------------------------


def to_date(text: str) -> date | None:
    """The day of YYMMDD; the century is the present one."""
    if len(text) != 6 or not _digits(text):
        return None
    try:
        return date(2000 + int(text[:2]), int(text[2:4]), int(text[4:]))
    except ValueError:
        return None


def from_date(day: date) -> str:
    """YYMMDD."""
    return day.strftime("%y%m%d")


def to_time(text: str) -> time | None:
    """The time of HHMMSS, HHMM or HH:MM."""
    figures = text.replace(":", "")
    if len(figures) not in (4, 6) or not _digits(figures):
        return None
    try:
        return time(int(figures[:2]), int(figures[2:4]), int(figures[4:] or 0))
    except ValueError:
        return None


def from_time(moment: time | datetime) -> str:
    """HHMMSS."""
    return moment.strftime("%H%M%S")


def to_seconds(text: str) -> int | None:
    """The length of a call, HHMMSS; more than a day is possible."""
    if len(text) != 6 or not _digits(text) or int(text[2:4]) > 59 or int(text[4:]) > 59:
        return None
    return int(text[:2]) * 3600 + int(text[2:4]) * 60 + int(text[4:])


def moment_of(record: Record) -> datetime | None:
    """The hotel's date and time a record carries, without a zone; None when either is missing or none."""
    day, at = to_date(record.get("DA")), to_time(record.get("TI"))
    return datetime.combine(day, at) if day is not None and at is not None else None


def stamp(local: datetime) -> tuple[tuple[str, str], tuple[str, str]]:
    """The fields DA and TI of a moment by the hotel's wall clock."""
    return (("DA", from_date(local)), ("TI", from_time(local)))


def _digits(text: str) -> bool:
    return text.isascii() and text.isdecimal()
