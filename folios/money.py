"""Money: whole minor units of a named currency, the one rounding function, and how an amount is written.

What is not here: amounts as people type them (`folios.amounts`) and what a charge generates besides itself
(`folios.taxes`). Nothing here refuses a person; a wrong value is a programming error and raises `ValueError` or
`TypeError`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation, localcontext
from fractions import Fraction
from functools import lru_cache
from typing import Self

from babel import Locale
from babel.numbers import format_currency, get_currency_precision, list_currencies

# No single amount is larger than this, in minor units: a hundred thousand million euro, or some six million euro in
# Indonesian rupiah. Whatever exceeds it is a slip of the keyboard, or a bar code read into the wrong field. Nine
# hundred thousand amounts of this size still add up within the database's 64-bit integer; each is exact in JSON.
MOST_MINOR = 10**13


class UnknownCurrency(ValueError):
    """A currency code that CLDR does not list."""


class CurrenciesDiffer(ValueError):
    """Two currencies in one sum or comparison; the house never converts silently."""


class NotExact(ValueError):
    """A figure that is no number, or has more decimals than its currency."""


# Digits after the decimal point for every currency of CLDR, which follows practice where ISO 4217 does not: the Serbian
# dinar has none here and two in ISO.
_DIGITS: dict[str, int] = {currency: get_currency_precision(currency) for currency in list_currencies()}


def minor_digits(currency: str) -> int:
    """How many decimals the currency has: JPY 0, EUR 2, KWD 3. Raises `UnknownCurrency`."""
    try:
        return _DIGITS[currency]
    except KeyError:
        raise UnknownCurrency(f"{currency!r} is not a currency code") from None


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of `minor` units (cents, yen, fils) of `currency` (ISO 4217); negative ones are fine.

    Sums and comparisons of two currencies raise `CurrenciesDiffer`, except `==`, which is then simply false.
    An amount of zero is false.
    """

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:  # a bool is an int to isinstance, but no amount
            raise TypeError(f"minor units are whole numbers, not {self.minor!r}")
        if self.currency not in _DIGITS:
            raise UnknownCurrency(f"{self.currency!r} is not a currency code")

    @classmethod
    def of(cls, figure: str | Decimal, currency: str) -> Self:
        """Money from an exact figure in configuration or a test: `Money.of("105.50", "EUR")`.

        Raises `NotExact` for what is no finite number or has more decimals than the currency. What people type
        goes through `folios.amounts.read_amount` instead.
        """
        minor_per_unit = 10 ** minor_digits(currency)
        try:
            minor = Fraction(Decimal(figure)) * minor_per_unit
        except (InvalidOperation, OverflowError, ValueError) as error:
            raise NotExact(f"{figure!r} is not an amount") from error
        if minor.denominator != 1:
            raise NotExact(f"{figure!r} has more decimals than {currency}")
        return cls(minor.numerator, currency)

    @property
    def decimal(self) -> Decimal:
        """The amount in major units with the currency's decimals: 10550 minor EUR is `Decimal("105.50")`."""
        return Decimal(f"{self.minor}e-{_DIGITS[self.currency]}")  # exact, however long; arithmetic would round

    def _same(self, other: Money) -> int:
        if self.currency != other.currency:
            raise CurrenciesDiffer(f"{self.currency} and {other.currency}")
        return other.minor

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        return self.minor > self._same(other)

    def __ge__(self, other: Money) -> bool:
        return self.minor >= self._same(other)

    def __bool__(self) -> bool:
        return self.minor != 0


def format_amount(money: Money, locale: str | Locale) -> str:
    """The amount as the reader's language writes it, without the currency: "1,234.50" en, "1.234,50" de."""
    return _written(money, str(locale))


@lru_cache(maxsize=8_192)
def _written(money: Money, locale: str) -> str:
    """Writing an amount takes as long as a query, and a page of folio lines has hundreds, mostly those of before."""
    pattern = Locale.parse(locale).decimal_formats[None].pattern
    with localcontext(prec=5000):  # an absurd amount is still written, in the sentence that refuses it
        return format_currency(money.decimal, money.currency, format=pattern, locale=locale)


# --- rounding -----------------------------------------------------------------------------------------------


def half_up(numerator: int, denominator: int) -> int:
    """`numerator / denominator` to the nearest whole number, a half away from zero. `denominator` is positive.

    The only rounding of the house, in integers alone. It treats both signs alike, so that taking a charge back
    gives the figures of the charge:

    | exact   | 0.4 | 0.5 | 1.4 | 1.5 | 2.5 | -0.4 | -0.5 | -1.4 | -1.5 | -2.5 |
    |---------|-----|-----|-----|-----|-----|------|------|------|------|------|
    | rounded | 0   | 1   | 1   | 2   | 3   | 0    | -1   | -1   | -2   | -3   |
    """
    if denominator <= 0:
        raise ValueError("the denominator must be positive")
    if numerator < 0:
        return -((denominator - 2 * numerator) // (2 * denominator))
    return (denominator + 2 * numerator) // (2 * denominator)


def round_together(numerators: Sequence[int], denominator: int) -> list[int]:
    """Rounds figures so that they add up to their exact sum, rounded. Each figure is `numerator / denominator`.

    Every figure is rounded by itself; the units then missing or left over go to the figures that were rounded
    furthest the other way (largest remainder). Among equals the earlier figure ends up the larger one. No figure
    moves by a whole unit or more, and figures of opposite sign give the opposite answer.

    | exact                         | rounded alone | sum     | together       |
    |-------------------------------|---------------|---------|----------------|
    | 65.42, 319.33                 | 65, 319       | 384.75  | **66**, 319    |
    | 0.5, 0.5                      | 1, 1          | 1       | 1, **0**       |
    | 33.33, 33.33, 33.33           | 33, 33, 33    | 100     | **34**, 33, 33 |
    """
    rounded = [half_up(numerator, denominator) for numerator in numerators]
    missing = half_up(sum(numerators), denominator) - sum(rounded)
    if missing:
        step = 1 if missing > 0 else -1

        def turn(index: int) -> tuple[int, int]:
            rounded_away = step * (rounded[index] * denominator - numerators[index])
            grows = step * numerators[index] > 0
            return rounded_away, index if grows else -index

        for index in sorted(range(len(rounded)), key=turn)[: abs(missing)]:
            rounded[index] += step
    return rounded


def allocate(total: int, weights: Sequence[int]) -> list[int]:
    """Splits `total` minor units in the proportion of `weights`; the parts add up to `total` exactly.

    Cents that do not divide go to the largest remainders, among equals to the first: 100 over 1, 1, 1 is
    34, 33, 33. A negative total gives the negative parts. Raises `ValueError` unless the weights are zero or more
    and one of them is more.
    """
    if min(weights, default=0) < 0 or not any(weights):
        raise ValueError("weights must be zero or more, and one of them more")
    return round_together([total * weight for weight in weights], sum(weights))
