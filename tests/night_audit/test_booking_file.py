"""Files of bookings that are not as they should be: each is refused by line and reason, and nothing is done."""

from __future__ import annotations

import gzip
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import inspect
from sqlalchemy.engine import Engine

from frontoffice.cli import main
from night_audit.booking_file import (
    COLUMNS,
    ColumnsMissing,
    FileUnreadable,
    LineBroken,
    NoBookings,
    read_bookings,
)
from tests.night_audit.csv_sums import MONTH

GOOD = {
    "hotel": "Resort Hotel",
    "lead_time": "10",
    "arrival_date_year": "2016",
    "arrival_date_month": "February",
    "arrival_date_day_of_month": "29",
    "stays_in_weekend_nights": "1",
    "stays_in_week_nights": "2",
    "adults": "2",
    "children": "NA",
    "babies": "0",
    "assigned_room_type": "A",
    "agent": "NULL",
    "company": "223",
    "adr": "99.95",
    "reservation_status": "Check-Out",
    "reservation_status_date": "3/3/2016",
}


def written(path: Path, *rows: dict[str, str]) -> Path:
    lines = [",".join(GOOD)] + [",".join((GOOD | row).values()) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_line_is_read_as_the_file_means_it(tmp_path: Path) -> None:
    (booking,) = read_bookings(written(tmp_path / "a.csv", {})).bookings
    assert (booking.line, booking.arrival, booking.departure) == (2, date(2016, 2, 29), date(2016, 3, 3))
    assert (booking.booked_on, booking.nights, booking.rate_minor) == (date(2016, 2, 19), 3, 9995)
    assert (booking.adults, booking.children, booking.company, booking.agent) == (2, 0, "223", None)
    assert booking.outcome == "stayed"


def test_texts_are_taken_at_their_longest_and_trimmed(tmp_path: Path) -> None:
    longest = {"hotel": "h" * 200, "assigned_room_type": "t" * 16, "agent": "a" * 100, "company": "c" * 32}
    (booking,) = read_bookings(
        written(tmp_path / "a.csv", {each: f" {text} " for each, text in longest.items()})
    ).bookings
    assert (booking.hotel, booking.room_type) == (longest["hotel"], longest["assigned_room_type"])
    assert (booking.agent, booking.company) == (longest["agent"], longest["company"])


def test_a_plain_file_and_a_gzip_of_it_are_the_same_file(tmp_path: Path) -> None:
    plain = tmp_path / "month.csv"
    plain.write_bytes(gzip.decompress(MONTH.read_bytes()))
    assert read_bookings(plain).digest == read_bookings(MONTH).digest
    assert read_bookings(plain).bookings == read_bookings(MONTH).bookings


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"arrival_date_day_of_month": "30"}, "day"),
        ({"arrival_date_month": "Februar"}, "'Februar' is not a month"),
        ({"arrival_date_year": "MMXVI"}, "MMXVI"),
        ({"reservation_status_date": "2016-03-03"}, "2016-03-03"),
        ({"reservation_status": "Checked-Out"}, "'Checked-Out' is not known"),
        ({"adr": "12.345"}, "'12.345'"),
        ({"adr": "-1"}, "'-1'"),
        ({"adr": "NaN"}, "'NaN'"),
        ({"adr": "free"}, "'free'"),
        ({"adr": "Infinity"}, "'Infinity'"),
        ({"adr": "1e999999"}, "'1e999999'"),
        ({"adr": "1e999999999999999999999"}, "'1e999999999999999999999'"),
        ({"adr": "1e-2000000"}, "'1e-2000000'"),
        ({"adr": "0." + 40 * "0" + "1"}, "at most two decimals"),
        ({"adr": "100000000000.01"}, "not an amount"),
        ({"adr": "33333333333.34"}, "more than can be paid for 3 nights"),
        ({"adults": "Infinity"}, "adults 'Infinity'"),
        ({"adults": "sNaN"}, "adults 'sNaN'"),
        ({"adults": "1e999999999"}, "adults '1e999999999'"),
        ({"arrival_date_year": "1"}, "arrival_date_year '1'"),
        ({"arrival_date_year": "9999"}, "arrival_date_year '9999'"),
        ({"arrival_date_year": "NA"}, "arrival_date_year 'NA'"),
        ({"arrival_date_day_of_month": "Infinity"}, "arrival_date_day_of_month 'Infinity'"),
        ({"stays_in_weekend_nights": "200", "stays_in_week_nights": "200"}, "together are more than 365"),
        ({"children": "60", "babies": "60"}, "children and babies together are more than 99"),
        ({"agent": "x" * 101}, "agent is 101 characters long; at most 100 fit. Nothing was done."),
        ({"agent": "a\x07b"}, "agent holds a character"),
        ({"company": "x" * 33}, "company is 33 characters long"),
        ({"company": "\u202e223"}, "company holds a character"),
        ({"hotel": "x" * 201}, "hotel is 201 characters long"),
        ({"hotel": "a\x00b"}, "hotel holds a character"),
        ({"assigned_room_type": "x" * 17}, "assigned_room_type is 17 characters long"),
        ({"assigned_room_type": "A\x1fB"}, "assigned_room_type holds a character"),
        ({"stays_in_week_nights": "-1"}, "stays_in_week_nights '-1'"),
        ({"stays_in_week_nights": "1.5"}, "stays_in_week_nights '1.5'"),
        ({"lead_time": "99999"}, "lead_time '99999'"),
        ({"adults": "1000"}, "adults '1000'"),
        ({"assigned_room_type": ""}, "assigned_room_type is empty"),
        ({"reservation_status": "Canceled", "reservation_status_date": "3/1/2016"}, "was cancelled on 2016-03-01"),
        ({"reservation_status": "Canceled", "reservation_status_date": "1/1/2016"}, "was cancelled on 2016-01-01"),
    ],
)
def test_a_broken_line_is_named_with_its_number_and_the_reason(
    tmp_path: Path, cells: dict[str, str], reason: str
) -> None:
    with pytest.raises(LineBroken) as refused:
        read_bookings(written(tmp_path / "a.csv", {}, cells, {}))
    assert refused.value.params["line"] == 3
    assert reason in str(refused.value)


@pytest.mark.parametrize("line", ["Resort Hotel,10,2016", ",".join(GOOD.values()) + ",more", 'Resort "Hotel,"1'])
def test_a_line_with_too_few_or_too_many_fields_is_broken(tmp_path: Path, line: str) -> None:
    path = written(tmp_path / "a.csv", {})
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(LineBroken) as refused:
        read_bookings(path)
    assert refused.value.params["line"] == 3


def test_missing_columns_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("hotel,lead_time\nResort,1\n")
    with pytest.raises(ColumnsMissing) as refused:
        read_bookings(path)
    assert refused.value.params["columns"] == [each for each in COLUMNS if each not in ("hotel", "lead_time")]


@pytest.mark.parametrize(
    "content",
    [b"\x1f\x8b not gzip", gzip.compress(b"hotel\n" * 99)[:-9], b"\xff\xfe\x00x", None],
    ids=["no gzip", "cut short", "not UTF-8", "not there"],
)
def test_a_file_that_cannot_be_read_is_refused_by_name(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "a.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(FileUnreadable, match=r"a\.csv"):
        read_bookings(path)


def test_days_in_which_nobody_arrives_are_refused(tmp_path: Path) -> None:
    bookings = read_bookings(written(tmp_path / "a.csv", {}))
    assert len(bookings.arriving(date(2016, 2, 29), date(2016, 2, 29))) == 1
    with pytest.raises(NoBookings):
        bookings.arriving(date(2016, 3, 1), None)


def test_a_replay_of_a_broken_file_leaves_the_database_untouched(
    tmp_path: Path, empty_database_url: str, empty_engine: Engine
) -> None:
    path = written(tmp_path / "a.csv", {}, {"adr": "much"})
    result = CliRunner().invoke(main, ["replay", str(path), "--database", empty_database_url])
    assert result.exit_code == 2
    assert "Line 3" in result.stderr
    assert inspect(empty_engine).get_table_names() == []
