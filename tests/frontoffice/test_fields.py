"""The fields people fill in: as they are stored, and what is refused whoever asks for them."""

from __future__ import annotations

import pytest

from folios.errors import Refusal, TextInvalid, TextTooLong
from frontoffice.fields import (
    ADDRESS_FIELDS,
    CountryUnknown,
    EmailInvalid,
    FieldMissing,
    FieldUnknown,
    LanguageUnknown,
    clean_fields,
    needed_text,
)

KNOWN = ADDRESS_FIELDS | {"language": 2}


def test_a_needed_text_is_trimmed_and_never_empty() -> None:
    assert needed_text("name", " The firm ", 8) == "The firm"
    for empty in (None, "", " \t\n"):
        with pytest.raises(FieldMissing) as refused:
            needed_text("name", empty, 8)
        assert refused.value.params == {"field": "name"}
    with pytest.raises(TextTooLong):
        needed_text("name", "The firms", 8)


def test_fields_are_stored_in_one_spelling() -> None:
    given = {"country": " pt ", "language": "EN", "email": " a@b.example ", "city": "  ", "phone": None}
    stored = {"country": "PT", "language": "en", "email": "a@b.example", "city": None, "phone": None}
    assert clean_fields(given, KNOWN) == stored


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"shoe_size": "42"}, FieldUnknown),
        ({"city": "Faro"}, FieldMissing),
        ({"email": " "}, FieldMissing),
        ({"email": "a@b c.example"}, EmailInvalid),
        ({"email": "a@b.example", "country": "ZZ"}, CountryUnknown),
        ({"email": "a@b.example", "language": "xx"}, LanguageUnknown),
        ({"email": "a@b.example", "phone": "1" * 41}, TextTooLong),
        ({"email": "a@b.example", "city": "Fa\x00ro"}, TextInvalid),
    ],
)
def test_what_cannot_be_stored_is_refused_by_name(given: dict[str, str], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        clean_fields(given, KNOWN, needed=("email",))
