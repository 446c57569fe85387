from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from folios.money import (
    MOST_MINOR,
    CurrenciesDiffer,
    Money,
    NotExact,
    UnknownCurrency,
    allocate,
    format_amount,
    half_up,
    minor_digits,
    round_together,
)

minor = st.integers(-MOST_MINOR, MOST_MINOR)


@pytest.mark.parametrize(("currency", "digits"), [("JPY", 0), ("EUR", 2), ("KWD", 3)])
def test_a_currency_has_its_own_number_of_decimals(currency, digits):
    assert minor_digits(currency) == digits


@pytest.mark.parametrize("currency", ["", "EU", "eur", "EURO", "ZZZ"])
def test_an_unknown_currency_is_an_error_everywhere(currency):
    with pytest.raises(UnknownCurrency):
        minor_digits(currency)
    with pytest.raises(UnknownCurrency):
        Money(1, currency)
    with pytest.raises(UnknownCurrency):
        Money.of("1", currency)


@pytest.mark.parametrize("minor", [1.0, True, "1", Decimal(1), None])
def test_minor_units_are_whole_numbers_and_nothing_else(minor):
    with pytest.raises(TypeError):
        Money(minor, "EUR")


@pytest.mark.parametrize(
    ("figure", "currency", "minor"),
    [
        ("105.50", "EUR", 10550),
        (Decimal("105.5"), "EUR", 10550),
        ("-0.01", "EUR", -1),
        ("1500", "JPY", 1500),
        ("1.234", "KWD", 1234),
        ("1" * 40 + ".01", "EUR", int("1" * 40 + "01")),
    ],
)
def test_an_exact_figure_becomes_minor_units_and_back(figure, currency, minor):
    money = Money.of(figure, currency)
    assert money == Money(minor, currency)
    assert money.decimal == Decimal(figure)


@pytest.mark.parametrize("figure", ["1.005", "NaN", "sNaN", "Infinity", "ten", ""])
def test_a_figure_that_is_not_exact_in_the_currency_is_an_error(figure):
    with pytest.raises(NotExact):
        Money.of(figure, "EUR")


def test_the_decimal_keeps_the_decimals_of_the_currency():
    assert str(Money(10550, "EUR").decimal) == "105.50"
    assert str(Money(0, "EUR").decimal) == "0.00"
    assert str(Money(1500, "JPY").decimal) == "1500"


def test_amounts_of_one_currency_add_subtract_and_compare():
    five, three = Money(500, "EUR"), Money(300, "EUR")
    assert five + three == Money(800, "EUR")
    assert three - five == -Money(200, "EUR")
    assert three < five
    assert three <= five
    assert five > three
    assert five >= three
    assert sum([five, three], Money(0, "EUR")) == Money(800, "EUR")
    assert five
    assert not five - five


def test_amounts_of_two_currencies_are_never_mixed():
    euro, yen = Money(500, "EUR"), Money(500, "JPY")
    for mixed in ("__add__", "__sub__", "__lt__", "__le__", "__gt__", "__ge__"):
        with pytest.raises(CurrenciesDiffer):
            getattr(euro, mixed)(yen)
    assert euro != yen


@pytest.mark.parametrize(
    ("money", "locale", "written"),
    [
        (Money(123450, "EUR"), "en", "1,234.50"),
        (Money(123450, "EUR"), "de", "1.234,50"),
        (Money(123450, "EUR"), "fr", "1\u202f234,50"),
        (Money(123450, "EUR"), "de_CH", "1’234.50"),
        (Money(12345678950, "INR"), "hi", "12,34,56,789.50"),
        (Money(50000, "EUR"), "en", "500.00"),
        (Money(-50000, "EUR"), "en", "-500.00"),
        (Money(1234, "JPY"), "ja", "1,234"),
        (Money(1234, "KWD"), "en", "1.234"),
        (Money(MOST_MINOR, "EUR"), "en", "100,000,000,000.00"),
        (Money(-(10**40) - 1, "EUR"), "de", "-100" + ".000" * 12 + ",01"),
    ],
)
def test_an_amount_is_written_as_the_language_writes_it_with_the_decimals_of_the_currency(money, locale, written):
    assert format_amount(money, locale) == written


# The table in the docstring of `half_up`.
@pytest.mark.parametrize(
    ("exact", "rounded"),
    [
        ("0.4", 0),
        ("0.5", 1),
        ("1.4", 1),
        ("1.5", 2),
        ("2.5", 3),
        ("-0.4", 0),
        ("-0.5", -1),
        ("-1.4", -1),
        ("-1.5", -2),
        ("-2.5", -3),
    ],
)
def test_a_half_is_rounded_away_from_zero(exact, rounded):
    fraction = Fraction(exact)
    assert half_up(fraction.numerator, fraction.denominator) == rounded
    assert f"{exact} " in (half_up.__doc__ or "")


@given(minor, st.integers(1, 10**12))
def test_rounding_treats_both_signs_alike_and_moves_by_half_a_unit_at_most(numerator, denominator):
    rounded = half_up(numerator, denominator)
    assert half_up(-numerator, denominator) == -rounded
    assert abs(rounded - Fraction(numerator, denominator)) <= Fraction(1, 2)


@pytest.mark.parametrize("denominator", [0, -1])
def test_nothing_is_divided_by_zero_or_less(denominator):
    with pytest.raises(ValueError, match="positive"):
        half_up(1, denominator)


# The table in the docstring of `round_together`, and its mirror image.
@pytest.mark.parametrize(
    ("hundredths", "together"),
    [
        ([6542, 31933], [66, 319]),
        ([50, 50], [1, 0]),
        ([3333, 3333, 3334], [33, 33, 34]),
        ([-6542, -31933], [-66, -319]),
        ([-50, -50], [-1, 0]),
        ([], []),
    ],
)
def test_figures_are_rounded_so_that_they_add_up(hundredths, together):
    assert round_together(hundredths, 100) == together


def test_a_third_three_times_makes_the_first_one_larger():
    assert round_together([100, 100, 100], 3) == [34, 33, 33]


@given(st.lists(minor), st.integers(1, 10**9))
def test_figures_rounded_together_add_up_to_their_rounded_sum_and_stay_close(numerators, denominator):
    together = round_together(numerators, denominator)
    assert sum(together) == half_up(sum(numerators), denominator)
    assert round_together([-each for each in numerators], denominator) == [-each for each in together]
    for figure, numerator in zip(together, numerators, strict=True):
        assert abs(figure - Fraction(numerator, denominator)) < 1


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (-100, [1, 1, 1], [-34, -33, -33]),
        (1, [1, 1], [1, 0]),
        (5, [1, 1], [3, 2]),
        (2, [1, 1, 1], [1, 1, 0]),
        (1000, [7, 0, 3], [700, 0, 300]),
        (0, [1, 2], [0, 0]),
        (10, [1], [10]),
    ],
)
def test_a_total_is_split_in_proportion_and_odd_cents_go_first_come_first_served(total, weights, parts):
    assert allocate(total, weights) == parts


@given(minor, st.lists(st.integers(0, 10**9), min_size=1).filter(any))
def test_the_parts_of_a_total_add_up_to_it_exactly(total, weights):
    parts = allocate(total, weights)
    assert sum(parts) == total
    assert allocate(-total, weights) == [-part for part in parts]
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(total * weight, sum(weights))) < 1


@pytest.mark.parametrize("weights", [[], [0], [1, -1], [2, -1]])
def test_weights_that_are_no_proportion_are_an_error(weights):
    with pytest.raises(ValueError, match="weights"):
        allocate(100, weights)
