"""What was written in the books stays as it was written: the database itself refuses to change it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from folios.models import Posting, Voucher
from tests.folios.hotel import Hotel, sold

IMMUTABLE = ["voucher", "posting", "event", "closing_balance", "ledger_closing"]
FIRST_COLUMN = {"closing_balance": "opening_minor", "ledger_closing": "opening_minor"}
STATEMENTS = {
    "update": "UPDATE {table} SET {column} = {column}",
    "update of nothing": "UPDATE {table} SET {column} = {column} WHERE {column} IS NULL",
    "delete": "DELETE FROM {table}",
    "replace": "INSERT OR REPLACE INTO {table} SELECT * FROM {table}",
    "update or replace": "UPDATE OR REPLACE {table} SET {column} = {column}",
    "upsert": "INSERT INTO {table} SELECT * FROM {table} WHERE true ON CONFLICT ({key}) DO UPDATE SET {column} = 0",
    "truncate": "TRUNCATE {table} CASCADE",
    "truncate what it points at": "TRUNCATE folio, business_day, {table} CASCADE",
}
ONLY_ON = {
    "replace": "sqlite",
    "update or replace": "sqlite",
    "truncate": "postgresql",
    "truncate what it points at": "postgresql",
    "update of nothing": "postgresql",  # SQLite asks its triggers row by row
}
KEYS = {"closing_balance": "folio_id, business_date", "ledger_closing": "business_date, ledger, type, currency"}
CASES = [
    pytest.param(kind, statement, id=f"{kind}-{statement}")
    for statement in STATEMENTS
    for kind in ("sqlite", "postgresql")
    if ONLY_ON.get(statement, kind) == kind
]


@pytest.fixture
def written(hotel: Hotel, guest: int) -> Hotel:
    """A hotel in whose books every immutable table has rows."""
    hotel.charge(guest, sold("WATER"))
    hotel.end_day()
    return hotel


@pytest.mark.parametrize("table", IMMUTABLE)
@pytest.mark.parametrize(("database_kind", "statement"), CASES, indirect=["database_kind"])
def test_what_was_written_cannot_be_changed(written: Hotel, table: str, statement: str) -> None:
    before = written.contents()
    assert before[table]
    column, key = FIRST_COLUMN.get(table, "operator"), KEYS.get(table, "id")
    if table == "posting":
        column = "amount_minor"
    sentence = STATEMENTS[statement].format(table=table, column=column, key=key)
    with pytest.raises(sa.exc.IntegrityError, match="is immutable"), written.engine.begin() as connection:
        connection.exec_driver_sql(sentence)
    assert written.contents() == before


def test_a_voucher_held_as_an_object_cannot_be_changed_either(written: Hotel) -> None:
    before = written.contents()
    with pytest.raises(sa.exc.IntegrityError, match="is immutable"), written.one_unit() as session:
        session.scalars(sa.select(Voucher)).one().remark = "paid already"
    with pytest.raises(sa.exc.IntegrityError, match="is immutable"), written.one_unit() as session:
        session.delete(session.scalars(sa.select(Voucher)).one())
    assert written.contents() == before


@pytest.mark.parametrize("minor", [0, -350])
def test_a_posting_of_nothing_or_less_cannot_be_written(written: Hotel, minor: int) -> None:
    (posting,) = written.rows(Posting)
    row = {column.name: getattr(posting, column.name) for column in Posting.__table__.c}
    row |= {"id": posting.id + 1, "line": 2, "amount_minor": minor}
    with pytest.raises(sa.exc.IntegrityError, match="amount_positive"), written.engine.begin() as connection:
        connection.execute(sa.insert(Posting).values(row))


@pytest.mark.parametrize(
    ("sentence", "rule"),
    [
        ("UPDATE folio SET balance_minor = 1 WHERE number = 'ROOM'", "control_keeps_no_balance"),
        ("UPDATE folio SET status = 'closed' WHERE number = 'GUEST'", "closed_at_zero"),
        ("UPDATE folio SET ledger = 'city' WHERE number = 'GUEST'", "ledger_follows_type"),
        ("UPDATE folio SET house_limit_minor = -1 WHERE number = 'GUEST'", "house_limit_not_negative"),
    ],
)
def test_a_folio_that_cannot_be_is_refused_by_the_database(written: Hotel, sentence: str, rule: str) -> None:
    with pytest.raises(sa.exc.IntegrityError, match=rule), written.engine.begin() as connection:
        connection.exec_driver_sql(sentence)


def test_no_two_days_are_open_at_once(written: Hotel) -> None:
    with pytest.raises(sa.exc.IntegrityError), written.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE business_day SET status = 'open'")
