"""What the csv module alone takes from a file of bookings: the figures a replay of it must come to."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

MONTH = Path(__file__).parent.parent / "data" / "resort_2015_07.csv.gz"


@dataclass
class Sums:
    """Counts and minor units per day; owed per company code, and per stay of a company (its code, the file's line)."""

    arrivals: Counter[date] = field(default_factory=Counter)
    departures: Counter[date] = field(default_factory=Counter)
    rooms_sold: Counter[date] = field(default_factory=Counter)
    gross_minor: Counter[date] = field(default_factory=Counter)
    vat_minor: Counter[date] = field(default_factory=Counter)
    no_shows: Counter[date] = field(default_factory=Counter)
    cancellations: Counter[date] = field(default_factory=Counter)
    companies: Counter[str] = field(default_factory=Counter)
    company_stays: Counter[tuple[str, str]] = field(default_factory=Counter)


def sums_of(path: Path, first: date = date.min, last: date = date.max) -> Sums:
    """The sums of the bookings that arrive from `first` to `last`."""
    sums = Sums()
    with gzip.open(path, "rt", newline="") as file:
        for line, row in enumerate(csv.DictReader(file), 2):
            name = f"{row['arrival_date_year']} {row['arrival_date_month']} {row['arrival_date_day_of_month']}"
            arrival = datetime.strptime(name, "%Y %B %d").date()
            if first <= arrival <= last:
                _add(sums, row, arrival, line)
    return sums


def _add(sums: Sums, row: dict[str, str], arrival: date, line: int) -> None:
    if row["reservation_status"] == "No-Show":
        sums.no_shows[arrival] += 1
    elif row["reservation_status"] == "Canceled":
        sums.cancellations[datetime.strptime(row["reservation_status_date"], "%m/%d/%Y").date()] += 1
    else:
        nights = int(row["stays_in_weekend_nights"]) + int(row["stays_in_week_nights"])
        price = Decimal(row["adr"]) * 100
        sums.arrivals[arrival] += 1
        sums.departures[arrival + timedelta(days=nights)] += 1
        for night in range(max(nights, 1)):  # a day use is charged once, and no room sold
            day = arrival + timedelta(days=night)
            sums.rooms_sold[day] += night < nights
            sums.gross_minor[day] += int(price)
            sums.vat_minor[day] += int((price * 6 / 106).quantize(Decimal(1), ROUND_HALF_UP))
        if row["company"] != "NULL":
            owed = int(price) * max(nights, 1)
            sums.companies[row["company"]] += owed
            sums.company_stays[row["company"], str(line)] += owed
