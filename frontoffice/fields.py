"""The fields that people fill in: names, addresses, countries, e-mail addresses, as they are stored, and the refusals
of what cannot be. What a guest or a company is stands in `guests.py` and `companies.py`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from babel import Locale

from folios.errors import N_, Refusal
from folios.texts import clean_text
from frontoffice.models.guests import ADDRESS_LENGTH, NAME_LENGTH

# The longest text each field takes.
ADDRESS_FIELDS = {
    "email": 254,
    "phone": 40,
    "address": ADDRESS_LENGTH,
    "postal_code": 16,
    "city": NAME_LENGTH,
    "country": 2,
    "vat_number": 32,
    "remark": 2000,
}

_ENGLISH = Locale("en")
_NO_COUNTRIES = {
    "EU",
    "EZ",
    "QO",
    "UN",
    "XA",
    "XB",
    "ZZ",
}  # unions, made-up regions and "unknown", listed with the rest
COUNTRIES = (
    frozenset(str(code) for code in _ENGLISH.territories if str(code).isalpha() and len(str(code)) == 2) - _NO_COUNTRIES
)
LANGUAGES = frozenset(str(code) for code in _ENGLISH.languages if len(str(code)) == 2)


class FieldUnknown(Refusal):
    code = "field.unknown"
    message = N_("{field} cannot be changed here.")


class FieldMissing(Refusal):
    code = "field.missing"
    message = N_("{field} must be filled in.")


class CountryUnknown(Refusal):
    code = "country.unknown"
    message = N_("{country} is not a country. Use its two letters, such as PT.")


class LanguageUnknown(Refusal):
    code = "language.unknown"
    message = N_("{language} is not a language. Use its two letters, such as pt.")


class EmailInvalid(Refusal):
    code = "email.invalid"
    message = N_("{email} is not an e-mail address.")


def needed_text(field: str, value: str | None, most: int) -> str:
    """The text trimmed, at most `most` characters of it. Refuses (`FieldMissing`) when nothing is left."""
    text = clean_text(field, value, most)
    if text is None:
        raise FieldMissing(field=field)
    return text


def clean_fields(
    fields: Mapping[str, str | None], known: Mapping[str, int], needed: Collection[str] = ()
) -> dict[str, Any]:
    """The fields as they are stored: trimmed, empty ones None, countries in capitals, languages in small letters.

    `known` is the longest text of each field. Refuses a field that is not among them, a `needed` one that is given
    empty or not at all, a country or language that is none, an e-mail address without its parts, and bad text.
    """
    clean: dict[str, Any] = {}
    for name, value in fields.items():
        if name not in known:
            raise FieldUnknown(field=name)
        clean[name] = clean_text(name, value, known[name])
    for name in needed:
        if clean.get(name) is None:
            raise FieldMissing(field=name)
    if (country := clean.get("country")) is not None:
        clean["country"] = country.upper()
        if clean["country"] not in COUNTRIES:
            raise CountryUnknown(country=country)
    if (language := clean.get("language")) is not None:
        clean["language"] = language.lower()
        if clean["language"] not in LANGUAGES:
            raise LanguageUnknown(language=language)
    if (email := clean.get("email")) is not None:
        mailbox, _, domain = email.rpartition("@")
        if not mailbox or not domain or any(character.isspace() for character in email):
            raise EmailInvalid(email=email)
    return clean
