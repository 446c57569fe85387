"""Reading a hotel's bookings from a CSV file (plain or gzip) with the columns of "Hotel booking demand datasets".

Source of the format: Antonio, de Almeida, Nunes, Data in Brief 22 (2019). The whole file is read and checked before
anything is done with it; the first broken line is refused by its number, with the reason.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, DecimalException
from pathlib import Path

from folios.errors import N_, Refusal
from folios.money import MOST_MINOR
from folios.texts import clean_text
from frontoffice.models.guests import CODE_LENGTH
from frontoffice.nights import MOST_NIGHTS
from frontoffice.reservations import MOST_GUESTS

CURRENCY_DIGITS = 2
FIRST_YEAR, LAST_YEAR = 1900, 2199
GZIP_MAGIC = b"\x1f\x8b"
LONGEST_LEAD_DAYS = 3650
NOTHING = ("NA", "NULL")
# How long what is stored as text may be, as the tables take it.
LENGTHS = {"hotel": 200, "assigned_room_type": 16, "agent": 100, "company": CODE_LENGTH}
OUTCOMES = {"Check-Out": "stayed", "Canceled": "cancelled", "No-Show": "no_show"}
MONTHS = {
    month: number
    for number, month in enumerate(
        (
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ),
        1,
    )
}
COLUMNS = (
    "hotel",
    "lead_time",
    "arrival_date_year",
    "arrival_date_month",
    "arrival_date_day_of_month",
    "stays_in_weekend_nights",
    "stays_in_week_nights",
    "adults",
    "children",
    "babies",
    "assigned_room_type",
    "agent",
    "company",
    "adr",
    "reservation_status",
    "reservation_status_date",
)


class FileUnreadable(Refusal):
    code = "bookings.unreadable"
    message = N_("{path} cannot be read as a CSV file of bookings: {cause}.")


class ColumnsMissing(Refusal):
    code = "bookings.columns_missing"
    message = N_("{path} lacks these columns: {columns}.")


class LineBroken(Refusal):
    code = "bookings.line_broken"
    message = N_("Line {line} of {path} is broken: {cause}. Nothing was done.")


class NoBookings(Refusal):
    code = "bookings.none"
    message = N_("{path} has no bookings that arrive in these days.")


@dataclass(frozen=True, slots=True)
class FileBooking:
    """One line of the file. `outcome` is stayed, cancelled or no_show; `status_date` the day that was known.

    `rate_minor` is the price of a night, tax included, in minor units. `line` counts from 1, the header included.
    """

    line: int
    hotel: str
    arrival: date
    nights: int
    booked_on: date
    outcome: str
    status_date: date
    room_type: str
    adults: int
    children: int
    rate_minor: int
    company: str | None
    agent: str | None

    @property
    def departure(self) -> date:
        """The day the guest leaves; the arrival itself for a day use."""
        return self.arrival + timedelta(days=self.nights)

    @property
    def last_happening(self) -> date:
        """The last day on which this booking gives the hotel something to do."""
        if self.outcome == "stayed":
            return self.departure
        return self.status_date if self.outcome == "cancelled" else self.arrival


@dataclass(frozen=True, slots=True)
class BookingFile:
    """A checked file: its bookings in the file's order, and the SHA-256 of what was read."""

    path: Path
    digest: str
    bookings: tuple[FileBooking, ...]

    def arriving(self, first: date | None, last: date | None) -> tuple[FileBooking, ...]:
        """The bookings that arrive from `first` to `last`, both included. Refuses when there are none."""
        chosen = tuple(each for each in self.bookings if (first or date.min) <= each.arrival <= (last or date.max))
        if not chosen:
            raise NoBookings(path=self.path)
        return chosen


def read_bookings(path: Path) -> BookingFile:
    """Reads and checks a whole file. Refuses files that are unreadable, lack columns, or have a broken line."""
    try:
        raw = path.read_bytes()
        content = gzip.decompress(raw) if raw.startswith(GZIP_MAGIC) else raw
        text = content.decode("utf-8-sig")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise FileUnreadable(path=path, cause=error) from error
    return BookingFile(path, hashlib.sha256(content).hexdigest(), tuple(_bookings(path, text)))


def _bookings(path: Path, text: str) -> Iterator[FileBooking]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
        if missing:
            raise ColumnsMissing(path=path, columns=missing)
        for row in reader:
            yield _booking(row, reader.line_num)
    except ColumnsMissing:
        raise
    except (csv.Error, ValueError, ArithmeticError, Refusal) as error:
        raise LineBroken(line=reader.reader.line_num, path=path, cause=str(error).rstrip(".")) from error


def _booking(row: dict[str, str | None], line: int) -> FileBooking:
    """One line, checked for all that the rules of the desk would refuse once the replay has begun."""
    if None in row or any(row[column] is None for column in COLUMNS):
        raise ValueError("it does not have as many fields as the header")
    cells = {column: (row[column] or "").strip() for column in COLUMNS}
    texts = {column: clean_text(column, cells[column], most) for column, most in LENGTHS.items()}
    arrival = _arrival(cells)
    status_date = datetime.strptime(cells["reservation_status_date"], "%m/%d/%Y").date()  # noqa: DTZ007 - a day
    outcome = OUTCOMES.get(cells["reservation_status"])
    if outcome is None:
        raise ValueError(f"reservation_status {cells['reservation_status']!r} is not known")
    booked_on = arrival - timedelta(days=_whole(cells, "lead_time", LONGEST_LEAD_DAYS))
    if outcome == "cancelled" and not booked_on <= status_date <= arrival:
        raise ValueError(f"it was cancelled on {status_date}, which is not between its booking and its arrival")
    if texts["assigned_room_type"] is None:
        raise ValueError("assigned_room_type is empty")
    nights = _sum(cells, ("stays_in_weekend_nights", "stays_in_week_nights"), MOST_NIGHTS)
    return FileBooking(
        line=line,
        hotel=texts["hotel"] or "",
        arrival=arrival,
        nights=nights,
        booked_on=booked_on,
        outcome=outcome,
        status_date=status_date,
        room_type=texts["assigned_room_type"],
        adults=_whole(cells, "adults", MOST_GUESTS),
        children=_sum(cells, ("children", "babies"), MOST_GUESTS),
        rate_minor=_rate(cells["adr"], max(nights, 1)),
        company=_named(texts["company"]),
        agent=_named(texts["agent"]),
    )


def _arrival(cells: dict[str, str]) -> date:
    month = MONTHS.get(cells["arrival_date_month"])
    if month is None:
        raise ValueError(f"arrival_date_month {cells['arrival_date_month']!r} is not a month")
    year = _whole(cells, "arrival_date_year", LAST_YEAR, FIRST_YEAR)
    return date(year, month, _whole(cells, "arrival_date_day_of_month", 31, 1))


def _sum(cells: dict[str, str], columns: tuple[str, str], most: int) -> int:
    total = sum(_whole(cells, column, most) for column in columns)
    if total > most:
        raise ValueError(f"{' and '.join(columns)} together are more than {most}")
    return total


def _whole(cells: dict[str, str], column: str, most: int, least: int = 0) -> int:
    """A number of days or persons; the files write NA or 10.0 for some."""
    text = cells[column]
    number = Decimal(0) if text in NOTHING else _number(text)
    if number is None or not least <= number <= most or number != int(number):
        raise ValueError(f"{column} {text!r} is not a whole number from {least} to {most}")
    return int(number)


def _rate(text: str, nights: int) -> int:
    """The price of a night; that of the whole stay, which is paid at once, must be an amount too."""
    least = Decimal(1).scaleb(-CURRENCY_DIGITS)
    price = _number(text)
    if price is None or not 0 <= price <= MOST_MINOR * least or price != price.quantize(least):
        raise ValueError(f"adr {text!r} is not an amount of zero or more with at most two decimals")
    minor = int(price / least)
    if minor * nights > MOST_MINOR:
        raise ValueError(f"adr {text!r} is more than can be paid for {nights} nights")
    return minor


def _number(text: str) -> Decimal | None:
    """The number that is written, or None: a file may say anything, Infinity and 1e999999999 too."""
    try:
        number = Decimal(text)
    except DecimalException:
        return None
    return number if number.is_finite() else None


def _named(text: str | None) -> str | None:
    return None if text in NOTHING else text
