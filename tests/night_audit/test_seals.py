"""The seal of a day: what it is over, that it follows on the day before, and that whatever is touched is found."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from folios import db
from folios.models import Posting
from night_audit import audit, seals
from night_audit.audit import AuditNotReady
from night_audit.models.audits import DaySeal
from night_audit.seals import GENESIS, SealRefused
from tests.frontoffice.house import AUDITOR, House, day
from tests.night_audit.nights import run, states

pytestmark = pytest.mark.usefixtures("untouched")


@pytest.fixture
def untouched() -> None:
    """These tests damage the books: nothing is proved afterwards."""


@pytest.fixture
def hotel(furnished: None, engine: Engine) -> House:
    house = House(engine)
    house.look_around()
    return house


def tamper(house: House, sql: str, **values: Any) -> None:
    """Changes what the triggers keep from being changed, as who has the file or is the database's owner can."""
    with house.engine.connect() as connection:
        if house.engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
            for table in ("posting", "voucher"):
                for verb in ("update", "delete"):
                    connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {table}_no_{verb}")
        else:
            for table in ("posting", "voucher"):
                connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        connection.execute(sa.text(sql), values)
        connection.commit()


def chain(house: House) -> list[tuple[str, object, object]]:
    name = "each sealed day is as it was sealed, and follows on the seal of the day before"
    return [(each.where, each.expected, each.found) for told, each in house.differences() if told == name]


def test_each_seal_follows_on_the_one_before_and_is_worked_out_the_same_again(hotel: House) -> None:
    hotel.arrive(5)
    for _ in range(3):
        run(hotel)
    found = hotel.rows(DaySeal)
    assert [each.previous_hash for each in found] == [GENESIS, found[0].hash, found[1].hash]
    assert [(each.vouchers, each.postings) for each in found] == [(1, 1)] * 3
    with db.reading(hotel.sessions) as session:
        for each in found:
            assert seals.hash_day(session, each.business_date, each.previous_hash).hash == each.hash
    assert hotel.differences() == []


def test_a_seal_is_asked_for_twice_and_given_once(hotel: House) -> None:
    run(hotel)
    (first,) = hotel.rows(DaySeal)
    assert hotel.do(seals.seal_day, day(0), AUDITOR).hash == first.hash
    assert len(hotel.rows(DaySeal)) == 1


@pytest.mark.parametrize(
    "deed",
    [
        "UPDATE posting SET text = 'Nothing happened' WHERE business_date = :day",
        "UPDATE voucher SET remark = 'later' WHERE business_date = :day",
        "UPDATE posting SET amount_minor = amount_minor + 1 WHERE business_date = :day",
        "DELETE FROM posting WHERE business_date = :day",
    ],
)
def test_the_first_day_that_was_touched_is_named_by_the_proof(hotel: House, deed: str) -> None:
    hotel.arrive(5)
    for _ in range(4):
        run(hotel)
    assert chain(hotel) == []
    touched = day(1)
    tamper(hotel, deed, day=touched.isoformat() if hotel.engine.dialect.name == "sqlite" else touched)
    tamper(
        hotel,
        "UPDATE posting SET text = 'Nor here' WHERE business_date = :day",
        day=day(3).isoformat() if hotel.engine.dialect.name == "sqlite" else day(3),
    )
    assert [where for where, _, _ in chain(hotel)] == [f"day {touched}"]


def test_a_damaged_row_is_not_sealed_and_is_named(hotel: House, monkeypatch: pytest.MonkeyPatch) -> None:
    stay = hotel.arrive(2)
    hotel.charge(stay, "12.00")
    (posting,) = hotel.rows(Posting)
    begin = audit.Night.seal

    def damage_first(night: audit.Night) -> None:
        tamper(hotel, "UPDATE posting SET amount_minor = 1 WHERE id = :id", id=posting.id)
        begin(night)

    with monkeypatch.context() as damaging:
        damaging.setattr(audit.Night, "seal", damage_first)
        with pytest.raises(SealRefused, match=f"voucher {posting.voucher_id}") as refused:
            run(hotel)
    assert refused.value.params["day"] == day(0)
    assert states(hotel) == {day(0): "stopped"}
    assert hotel.rows(DaySeal) == []
    tamper(hotel, "UPDATE posting SET amount_minor = 1200 WHERE id = :id", id=posting.id)
    run(hotel, resuming=True)
    assert [each.business_date for each in hotel.rows(DaySeal)] == [day(0)]


def test_books_that_do_not_come_to_zero_stop_the_audit_before_it_begins(hotel: House) -> None:
    stay = hotel.arrive(2)
    hotel.charge(stay, "12.00")
    tamper(hotel, "UPDATE posting SET amount_minor = 1")
    with pytest.raises(AuditNotReady, match="ledger"):
        run(hotel)


def test_the_seals_themselves_cannot_be_changed(hotel: House) -> None:
    hotel.arrive(1)
    run(hotel)
    for deed in ("UPDATE day_seal SET hash = ''", "DELETE FROM day_seal", "DELETE FROM day_code_total"):
        run_deed = sa.text(deed)
        with hotel.engine.connect() as connection, pytest.raises(sa.exc.DBAPIError):
            connection.execute(run_deed)
