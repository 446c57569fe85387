"""The hotel itself: one row, edited under its version."""

import pytest
import sqlalchemy as sa

from folios.db import unit_of_work
from folios.errors import ChangedMeanwhile
from folios.models import Event
from frontoffice import property as hotel
from frontoffice.fields import CountryUnknown

MARKT = {"name": "Hotel am Markt", "time_zone": "Europe/Berlin", "country": "DE"}


@pytest.fixture
def house(sessions):
    """Sessions of a database with one hotel in it."""
    with unit_of_work(sessions) as session:
        hotel.add_property(session, **MARKT, operator="desk1")
    return sessions


def test_a_database_without_a_hotel_says_so(sessions):
    with unit_of_work(sessions) as session:
        assert hotel.find_name(session) is None
        with pytest.raises(hotel.PropertyMissing, match="frontoffice init"):
            hotel.get_property(session)


def test_a_second_hotel_is_refused_and_the_first_one_named(house):
    with unit_of_work(house) as session, pytest.raises(hotel.PropertyExists, match="Hotel am Markt"):
        hotel.add_property(session, name="Another", time_zone="UTC", country=None, operator="desk1")


def test_an_edit_is_saved_and_told_and_an_edit_of_nothing_is_not(house):
    with unit_of_work(house) as session:
        assert hotel.amend_property(session, 1, **MARKT | {"name": " Hotel am Dom "}, operator="desk1")
        assert not hotel.amend_property(session, 2, **MARKT | {"name": "Hotel am Dom"}, operator="desk1")
        told = sa.select(Event.before, Event.after).where(Event.action == "property.amended")
        assert session.execute(told).all() == [({"name": "Hotel am Markt"}, {"name": "Hotel am Dom"})]


def test_a_stale_edit_is_refused(house):
    with unit_of_work(house) as session:
        hotel.amend_property(session, 1, **MARKT | {"name": "Hotel am Dom"}, operator="desk1")
    with unit_of_work(house) as session, pytest.raises(ChangedMeanwhile, match="Hotel am Dom"):
        hotel.amend_property(session, 1, **MARKT | {"name": "Hotel am Fluss"}, operator="bert")


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"name": ""}, hotel.PropertyNameMissing),
        ({"time_zone": "Mars/Olympus"}, hotel.TimeZoneUnknown),
        ({"time_zone": "../etc/passwd"}, hotel.TimeZoneUnknown),
        ({"country": "XX"}, CountryUnknown),
        ({"country": "DEU"}, CountryUnknown),
    ],
)
def test_a_wrong_value_is_refused(house, change, refusal):
    with unit_of_work(house) as session, pytest.raises(refusal):
        hotel.amend_property(session, 1, **MARKT | change, operator="desk1")
