"""The ledgers that are measured: fresh databases on both engines, with codes, a tax and folios to charge."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import psycopg
from psycopg import sql

from folios import db, schema
from folios.codes import add_code, add_tax, set_rate, set_taxes
from folios.folios import NewFolio, open_folio, open_folios
from folios.ledger import create_ledger
from folios.money import MOST_MINOR

FIRST_DATE = date(2024, 1, 1)
CURRENCY = "EUR"
LIMIT_MINOR = MOST_MINOR  # never reached, but checked
ON_TOP_PPM, WITHIN_PPM = 100_000, 70_000  # of a dinner, and in a room's price


@dataclass(frozen=True)
class Hotel:
    """A database, the folios to be charged and the control folios that stand on the other side."""

    url: str
    folios: tuple[int, ...]
    restaurant: int
    rooms: int
    vat: int

    @property
    def driver_url(self) -> str:
        """The address as psycopg takes it."""
        return self.url.replace("+psycopg", "")

    @property
    def path(self) -> str:
        """The file, as sqlite3 takes it."""
        return self.url.removeprefix("sqlite:///")

    @property
    def on_sqlite(self) -> bool:
        return self.url.startswith("sqlite")


@contextmanager
def fresh_postgres(server: str) -> Iterator[str]:
    """The address of a new, empty database on the server; it is dropped afterwards."""
    name = sql.Identifier(f"frontoffice_benchmark_{secrets.token_hex(4)}")
    address = db.database_url(server)
    driver = address.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(driver, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
        try:
            yield address.set(database=name.as_string(connection).strip('"')).render_as_string(hide_password=False)
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


@contextmanager
def fresh_sqlite() -> Iterator[str]:
    """The address of a file that does not exist yet, in a folder that is removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="frontoffice-benchmark-") as folder:
        yield f"sqlite:///{Path(folder) / 'hotel.db'}"


def open_hotel(url: str, folios: int) -> Hotel:
    """Migrates the database and sets up DINNER (10 % on top) and ROOM (7 % within), and the folios of the guests."""
    engine = db.open_engine(url)
    try:
        schema.upgrade(engine)
        with db.unit_of_work(db.session_source(engine)) as session:
            create_ledger(session, currency=CURRENCY, first_date=FIRST_DATE, operator="set-up")
            restaurant, rooms, vat = (
                open_folio(session, type="control", name=name, operator="set-up").id
                for name in ("Restaurant", "Rooms", "VAT")
            )
            for code, kind, folio_id in (
                ("DINNER", "charge", restaurant),
                ("ROOM", "charge", rooms),
                ("ONTOP", "tax", vat),
                ("WITHIN", "tax", vat),
            ):
                add_code(
                    session, code=code, name=code, kind=kind, department="Rooms", operator="set-up", folio_id=folio_id
                )
            for sold, tax, rate_ppm in (("DINNER", "ONTOP", ON_TOP_PPM), ("ROOM", "WITHIN", WITHIN_PPM)):
                inclusive = tax == "WITHIN"
                add_tax(session, code=tax, basis="percent", inclusive=inclusive, stacked=False, operator="set-up")
                set_rate(session, tax, FIRST_DATE, rate_ppm=rate_ppm, operator="set-up")
                set_taxes(session, sold, [tax], "set-up")
            guests = [NewFolio("individual", f"Guest {n}", house_limit_minor=LIMIT_MINOR) for n in range(folios)]
            opened = tuple(folio.id for folio in open_folios(session, guests, "set-up"))
        return Hotel(url, opened, restaurant, rooms, vat)
    finally:
        engine.dispose()
