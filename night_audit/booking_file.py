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
from decimal import Decimal, InvalidOperation
from pathlib import Path

from folios.errors import N_, Refusal
from folios.money import MOST_MINOR
from frontoffice.nights import MOST_NIGHTS
from frontoffice.reservations import MOST_GUESTS

CURRENCY_DIGITS = 2
GZIP_MAGIC = b"\x1f\x8b"
LONGEST_LEAD_DAYS = 3650
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
    except (csv.Error, ValueError, InvalidOperation) as error:
        raise LineBroken(line=reader.reader.line_num, path=path, cause=error) from error


def _booking(row: dict[str, str | None], line: int) -> FileBooking:
    if None in row or any(row[column] is None for column in COLUMNS):
        raise ValueError("it does not have as many fields as the header")
    cells = {column: (row[column] or "").strip() for column in COLUMNS}
    arrival = _arrival(cells)
    status_date = datetime.strptime(cells["reservation_status_date"], "%m/%d/%Y").date()  # noqa: DTZ007 - a day
    outcome = OUTCOMES.get(cells["reservation_status"])
    if outcome is None:
        raise ValueError(f"reservation_status {cells['reservation_status']!r} is not known")
    booked_on = arrival - timedelta(days=_whole(cells, "lead_time", LONGEST_LEAD_DAYS))
    if outcome == "cancelled" and not booked_on <= status_date <= arrival:
        raise ValueError(f"it was cancelled on {status_date}, which is not between its booking and its arrival")
    if not cells["assigned_room_type"] or len(cells["assigned_room_type"]) > 16:
        raise ValueError("assigned_room_type is empty or longer than 16 characters")
    return FileBooking(
        line=line,
        hotel=cells["hotel"],
        arrival=arrival,
        nights=_whole(cells, "stays_in_weekend_nights", MOST_NIGHTS)
        + _whole(cells, "stays_in_week_nights", MOST_NIGHTS),
        booked_on=booked_on,
        outcome=outcome,
        status_date=status_date,
        room_type=cells["assigned_room_type"],
        adults=_whole(cells, "adults", MOST_GUESTS),
        children=_whole(cells, "children", MOST_GUESTS) + _whole(cells, "babies", MOST_GUESTS),
        rate_minor=_rate(cells["adr"]),
        company=_named(cells["company"]),
        agent=_named(cells["agent"]),
    )


def _arrival(cells: dict[str, str]) -> date:
    month = MONTHS.get(cells["arrival_date_month"])
    if month is None:
        raise ValueError(f"arrival_date_month {cells['arrival_date_month']!r} is not a month")
    return date(int(cells["arrival_date_year"]), month, int(cells["arrival_date_day_of_month"]))


def _whole(cells: dict[str, str], column: str, most: int) -> int:
    """A number of days or persons; the files write NA or 10.0 for some."""
    text = cells[column]
    if text in ("NA", "NULL"):
        return 0
    number = Decimal(text)
    if number != int(number) or not 0 <= number <= most:
        raise ValueError(f"{column} {text!r} is not a whole number from 0 to {most}")
    return int(number)


def _rate(text: str) -> int:
    minor = Decimal(text).scaleb(CURRENCY_DIGITS)
    if not minor.is_finite() or minor != int(minor) or not 0 <= minor <= MOST_MINOR:
        raise ValueError(f"adr {text!r} is not an amount of zero or more with at most two decimals")
    return int(minor)


def _named(text: str) -> str | None:
    return None if text in ("", "NULL", "NA") else text
