"""Text before it is stored: any script, trimmed, bounded, without characters that cannot be stored."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from folios.errors import TextInvalid, TextTooLong
from folios.texts import clean_text, read_number


@pytest.mark.parametrize(
    ("given_text", "cleaned"),
    [
        (None, None),
        ("", None),
        (" \t\n ", None),
        ("\u3000 \xa0", None),
        (" a b ", "a b"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("<script>alert('1')</script>", "<script>alert('1')</script>"),
        ("სტუმარი 貴賓 ضيف 🍷", "სტუმარი 貴賓 ضيف 🍷"),
        ("e\u0301 and é are both kept", "e\u0301 and é are both kept"),
    ],
)
def test_text_is_trimmed_and_otherwise_kept(given_text: str | None, cleaned: str | None) -> None:
    assert clean_text("remark", given_text, 100) == cleaned


@pytest.mark.parametrize("character", ["\x00", "\x01", "\x07", "\x1b", "\x1f", "\x7f", "\x80", "\x9f", "\ud800"])
def test_a_control_character_or_half_a_pair_is_refused_wherever_it_stands(character: str) -> None:
    for text in (character, f"a{character}", f"{character}a", f"ლ{character}ლ"):
        with pytest.raises(TextInvalid) as refusal:
            clean_text("remark", text, 100)
        assert refusal.value.params == {"field": "remark"}


def test_the_lines_of_a_browsers_text_field_are_kept() -> None:
    assert clean_text("remark", "one\r\ntwo", 100) == "one\ntwo"


@pytest.mark.parametrize("text", ["a" * 101, "ლ" * 101, "🍷" * 101])
def test_a_text_is_measured_in_characters_without_the_blanks_around_it(text: str) -> None:
    with pytest.raises(TextTooLong) as refusal:
        clean_text("remark", f"  {text}  ", 100)
    assert str(refusal.value) == "remark is 101 characters long; at most 100 fit."
    assert clean_text("remark", f"  {text[1:]}  ", 100) == text[1:]


@given(st.text(max_size=50))
def test_whatever_is_kept_can_be_stored_and_is_kept_again(text: str) -> None:
    try:
        kept = clean_text("remark", text, 100)
    except TextInvalid:
        assert any(unicodedata.category(character) in ("Cc", "Cs") for character in text)
        return
    if kept is not None:
        assert kept.encode().decode() == kept
        assert "\x00" not in kept
        assert clean_text("remark", kept, 100) == kept


@pytest.mark.parametrize(
    ("typed", "number"),
    [("12", 12), ("007", 7), ("0", 0), ("9" * 18, 10**18 - 1)]
    + [(rubbish, None) for rubbish in ("", None, "-1", "1.0", "٣", "½", "9" * 19, " 1", "1e3", "x")],
)
def test_only_plain_digits_that_fit_are_a_number(typed: str | None, number: int | None) -> None:
    assert read_number(typed) == number
