"""The hotel itself: its name, time zone and country. Its currency and business date belong to the ledger."""

from __future__ import annotations

from zoneinfo import available_timezones

import sqlalchemy as sa
from babel.numbers import list_currencies
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from folios.codes import mark_anew
from folios.errors import N_, Refusal
from folios.events import amend, record
from folios.texts import clean_text
from frontoffice.fields import COUNTRIES, CountryUnknown
from frontoffice.models.property import Property

SUBJECT = "property:1"
IDLE_LEAST, IDLE_MOST = 1, 480  # minutes; longer than a shift is no limit


class PropertyExists(Refusal):
    code = "property.exists"
    message = N_("This database has been set up already, for {name}.")


class PropertyMissing(Refusal):
    code = "property.not_set_up"
    message = N_("This database holds no hotel yet. Run: frontoffice init")


class PropertyNameMissing(Refusal):
    code = "property.name_missing"
    message = N_("The hotel needs a name.")


class TimeZoneUnknown(Refusal):
    code = "property.time_zone_invalid"
    message = N_("There is no time zone {time_zone}. Use a name such as Europe/Berlin or UTC.")


class IdleMinutesInvalid(Refusal):
    code = "property.idle_minutes_invalid"
    message = N_("Give the minutes until somebody has to sign in again as a whole number from {least} to {most}.")


class CurrencyUnknown(Refusal):
    code = "property.currency_invalid"
    message = N_("There is no currency {currency}. Use its three letters, such as EUR or USD.")


def add_property(session: Session, *, name: str, time_zone: str, country: str | None, operator: str) -> Property:
    """Writes the one row of the hotel. Refuses a second one (`PropertyExists`), also when two try at once."""
    wanted = {
        "id": 1,
        "name": read_name(name),
        "time_zone": read_time_zone(time_zone),
        "country": read_country(country),
        "version": 1,
    }
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    added = session.execute(insert(Property).values(wanted).on_conflict_do_nothing().returning(Property.id)).first()
    if added is None:
        raise PropertyExists(name=find_name(session))
    record(session, "property.added", SUBJECT, operator, None, {**wanted})
    return get_property(session)


def find_name(session: Session) -> str | None:
    """The hotel's name; None when it has not been set up."""
    return session.execute(sa.select(Property.name)).scalar_one_or_none()


def get_property(session: Session) -> Property:
    """The hotel. Refuses (`PropertyMissing`) when it has not been set up."""
    found = session.get(Property, 1)
    if found is None:
        raise PropertyMissing
    return found


def amend_property(
    session: Session,
    seen_version: int,
    *,
    name: str,
    time_zone: str,
    country: str | None,
    operator: str,
    idle_minutes: int | None = None,
) -> bool:
    """Saves what was edited at `seen_version`; returns whether anything changed. Refuses `ChangedMeanwhile`.

    After `idle_minutes` without a click people have to sign in again; None leaves that as it is.
    """
    changes: dict[str, str | int | None] = {
        "name": read_name(name),
        "time_zone": read_time_zone(time_zone),
        "country": read_country(country),
    }
    if idle_minutes is not None:
        changes["idle_minutes"] = read_idle_minutes(idle_minutes)
    row = get_property(session)
    session.refresh(row, with_for_update=True)
    changed = amend(session, row, seen_version, changes, "property.amended", SUBJECT, operator)
    if changed:
        mark_anew(session)  # floors above keep the name and the time zone with what they keep of the codes
    return changed


# --- what people type ---------------------------------------------------------------------------------------


def read_name(text: str) -> str:
    """The hotel's name, trimmed; at most 200 characters."""
    name = clean_text("name", text, 200)
    if name is None:
        raise PropertyNameMissing
    return name


def read_time_zone(text: str) -> str:
    """The name of a time zone of the IANA database, spelt as there."""
    if text.strip() not in available_timezones():
        raise TimeZoneUnknown(time_zone=text)
    return text.strip()


def read_country(text: str | None) -> str | None:
    """Two letters of ISO 3166 in capitals; None when nothing was given."""
    if text is None or not text.strip():
        return None
    country = text.strip().upper()
    if country not in COUNTRIES:
        raise CountryUnknown(country=text)
    return country


def read_idle_minutes(minutes: int) -> int:
    """Minutes at a desk without a click, from one to eight hours."""
    if not IDLE_LEAST <= minutes <= IDLE_MOST:
        raise IdleMinutesInvalid(least=IDLE_LEAST, most=IDLE_MOST)
    return minutes


def read_currency(text: str) -> str:
    """Three letters of ISO 4217 in capitals."""
    currency = text.strip().upper()
    if currency not in list_currencies():
        raise CurrencyUnknown(currency=text)
    return currency
