from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from folios.amounts import AmountNotUnderstood, AmountTooPrecise, read_amount
from folios.errors import AmountTooLarge
from folios.money import MOST_MINOR, Money, format_amount

NO_BREAK, NARROW, THIN = "\xa0", "\u202f", "\u2009"
LANGUAGES = ["en", "de", "fr", "ru", "de_CH"]


@pytest.mark.parametrize(
    ("typed", "locale", "minor"),
    [
        ("1,234.50", "en", 123450),
        ("1,234,567.50", "en", 123456750),
        ("1234.5", "en", 123450),
        ("1.234,50", "de", 123450),
        ("1234,50", "de", 123450),
        ("1.005", "de", 100500),
        ("1 234,50", "fr", 123450),
        (f"1{NO_BREAK}234,50", "fr", 123450),
        (f"1{NARROW}234,50", "fr", 123450),
        (f"1{THIN}234,50", "fr", 123450),
        ("1 234,50", "ru", 123450),
        (f"1{NO_BREAK}234,50", "ru", 123450),
        (f"1{NARROW}234,50", "ru", 123450),
        ("1'234.50", "de_CH", 123450),
        ("1’234.50", "de_CH", 123450),
        ("1,00,000.00", "en_IN", 10000000),
        ("  12.30  ", "en", 1230),
        ("12", "en", 1200),
        ("0", "en", 0),
        ("0.05", "en", 5),
        ("-12.30", "en", -1230),
        ("−12,30", "sv", -1230),
        ("-12,30", "sv", -1230),
    ],
)
def test_an_amount_is_read_as_the_language_writes_it(typed, locale, minor):
    assert read_amount(typed, "EUR", locale) == Money(minor, "EUR")


@pytest.mark.parametrize(("typed", "currency", "minor"), [("1,500", "JPY", 1500), ("1.234", "KWD", 1234)])
def test_an_amount_is_read_with_the_decimals_of_its_currency(typed, currency, minor):
    assert read_amount(typed, currency, "en") == Money(minor, currency)


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize(
    "typed",
    [
        *("", " ", "-", "ten", "NaN", "Infinity", "-inf", "1e5", "1E-2", "1_000", "0x10", "+5", "--5", "5-", "€5"),
        *("5 EUR", "½", "5²", "١٢", ".", ",", "5.", "5,", ".5", ",5", "1..2", "1,,2", "1  234", "1 2", "12,34,56"),
        *("12.34.56", "1.234,50.10", "1,234.50,10", "5\n6", "5\x00", "9" * 31),
    ],
)
def test_what_is_no_plain_amount_is_refused_in_every_language(typed, locale):
    with pytest.raises(AmountNotUnderstood):
        read_amount(typed, "EUR", locale)


@pytest.mark.parametrize(
    ("typed", "locale"),
    [
        ("105.50", "de"),
        ("1,234.50", "de"),
        ("1 234,50", "de"),
        ("105,50", "en"),
        ("1.234,50", "en"),
        ("1 234.50", "en"),
        ("1'234.50", "en"),
        ("105.50", "fr"),
        ("1.234,50", "ru"),
        ("1.234,50", "de_CH"),
    ],
)
def test_an_amount_of_another_language_is_refused_and_not_guessed(typed, locale):
    with pytest.raises(AmountNotUnderstood):
        read_amount(typed, "EUR", locale)


@pytest.mark.parametrize(
    ("typed", "currency", "locale"),
    [
        ("1.005", "EUR", "en"),
        ("1.000", "EUR", "en"),
        ("1,005", "EUR", "de"),
        ("1,005", "EUR", "fr"),
        ("1.5", "JPY", "en"),
        ("1.2345", "KWD", "en"),
    ],
)
def test_more_decimals_than_the_currency_has_are_refused_and_never_rounded(typed, currency, locale):
    with pytest.raises(AmountTooPrecise):
        read_amount(typed, currency, locale)


def test_an_absurd_amount_is_refused_and_the_largest_is_read():
    assert read_amount("100,000,000,000.00", "EUR", "en") == Money(MOST_MINOR, "EUR")
    with pytest.raises(AmountTooLarge) as refused:
        read_amount("100,000,000,000.01", "EUR", "en")
    assert "100,000,000,000.01" in str(refused.value)
    with pytest.raises(AmountTooLarge):
        read_amount("-100000000000.01", "EUR", "en")
    with pytest.raises(AmountTooLarge) as refused:
        read_amount("9" * 30, "EUR", "en")
    assert "999,999" in str(refused.value)


def test_the_refusals_say_what_to_type_in_the_language_of_the_reader():
    with pytest.raises(AmountNotUnderstood) as refused:
        read_amount("zehn", "EUR", "de")
    assert refused.value.text(locale="de") == "zehn is not an amount. Write it like 1.234,56."
    with pytest.raises(AmountTooPrecise) as too_precise:
        read_amount("1.005", "EUR", "en")
    assert str(too_precise.value) == "1.005 has too many decimals: EUR has 2."


@given(st.integers(-MOST_MINOR, MOST_MINOR), st.sampled_from(["EUR", "JPY", "KWD"]), st.sampled_from(LANGUAGES))
def test_what_the_house_writes_it_reads_again(minor, currency, locale):
    money = Money(minor, currency)
    assert read_amount(format_amount(money, locale), currency, locale) == money


@given(st.text(max_size=40), st.sampled_from(LANGUAGES))
def test_any_text_is_read_or_refused_by_name(text, locale):
    with suppress(AmountNotUnderstood, AmountTooPrecise, AmountTooLarge):
        read_amount(text, "EUR", locale)
