"""What a charge generates besides itself: taxes and service charges. Pure arithmetic, no database.

A transaction code carries an ordered tuple of rules. A service charge is levied by the same kind of rule as a tax; only
the code it is posted to differs. Where rules come from and which day they are valid on is not known here.

**One line.** Rules act in their order.

- An *exclusive* percentage is added to the price: rate x price, and when *stacked* rate x (price + all that earlier
  exclusive rules added).
- An *inclusive* percentage is contained in the price and splits it: price / (1 + rate) is net. When *stacked* it is
  also contained in what earlier exclusive rules added, and it is levied upon earlier inclusive taxes (tax on tax).
- An amount *per person and night* is added, whatever the price is.

**A document** is the lines charged together, one voucher. Exact amounts are added up, and the sum is rounded once:

- what is *contained*: all inclusive taxes of all rates and lines are one total;
- what is *added*: one total for each code, so that a tax or a service charge alone is always rate x base, rounded.

The lines are then rounded so that they add up to the total (`folios.money.round_together`). Items of 10.00 at 7 % and
20.00 at 19 %, with 10 % service charge first, the taxes stacked ("apportioned": the service charge is taxed) or not:

|                | inclusive | inclusive, stacked | exclusive | exclusive, stacked |
|----------------|-----------|--------------------|-----------|--------------------|
| exact taxes    | 3.8475    | 4.2322             | 4.50      | 4.95               |
| taxes          | 3.85      | 4.23               | 4.50      | 4.95               |
| on the lines   | 0.66 3.19 | 0.72 3.51          | 0.70 3.80 | 0.77 4.18          |
| service charge | 3.00      | 2.61 net           | 3.00      | 3.00               |
| gross          | 33.00     | 33.00              | 37.50     | 37.95              |

Sources: OPERA Cloud, "Tax generates" (inclusive, exclusive, negative charges); Lightspeed K-Series, "Service charge tax
calculation" (the table above; it prints 0.65 for the first line, which does not add up to its total).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from typing import Literal

from folios.errors import PersonsMissing
from folios.money import round_together

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class TaxRule:
    """One generate: what `code` receives when a line is charged.

    `percent` uses `rate_ppm` (60000 is 6 %); `person_night` uses `amount_minor` for each person and night, is always
    exclusive, and `stacked` says nothing about it. Raises `ValueError` for an inclusive amount per person and for
    negative figures.
    """

    code: str
    basis: Literal["percent", "person_night"]
    inclusive: bool
    stacked: bool
    rate_ppm: int
    amount_minor: int

    def __post_init__(self) -> None:
        if self.basis == "person_night" and self.inclusive:
            raise ValueError(f"{self.code}: an amount per person and night cannot be contained in the price")
        if self.rate_ppm < 0 or self.amount_minor < 0:
            raise ValueError(f"{self.code}: rates and amounts are zero or more")

    @property
    def rate(self) -> Fraction:
        """The rate as a factor: 6 % is 3/50."""
        return Fraction(self.rate_ppm, MILLION)


# A line consists of pieces, and a charge moves amounts between them: one piece for each rule, then these two.
PRICE = -2  # what is left of the price once contained taxes are taken out: the net
OUTSIDE = -1  # where additions come from, and where the tax of an exempt guest goes

Total = tuple[Literal["added", "contained", "relief"], str]
CONTAINED: Total = ("contained", "")
RELIEF: Total = ("relief", "")


@dataclass(frozen=True, slots=True)
class Part:
    """One amount that moves when a line is charged: (per_price x price + per_person x persons) / levy's denominator.

    It moves from the piece `source` to the piece `target`; the parts of one `total` are rounded together.
    """

    source: int
    target: int
    total: Total
    per_price: int
    per_person: int


@dataclass(frozen=True, slots=True)
class Levy:
    """An ordered tuple of rules, worked out once: every amount is linear in the price and the number of persons.

    Made by `compile_rules`. Two levies of the same rules and exemptions are equal.
    """

    rules: tuple[TaxRule, ...]
    exempt: frozenset[str]
    effective: tuple[TaxRule, ...] = field(compare=False, repr=False)
    parts: tuple[Part, ...] = field(compare=False, repr=False)
    denominator: int = field(compare=False, repr=False)
    per_person_code: str | None = field(compare=False, repr=False)

    def without(self, codes: Collection[str]) -> Levy:
        """The levy for a guest who is exempt from `codes`; codes it does not have are ignored.

        The house earns the same net price, so the tax an exempt guest does not pay makes an inclusive price smaller:
        10.00 with 7 % included costs 9.35. What the other rules levy on the price, they levy on the smaller one; an
        amount per person stays what it is.
        """
        named = frozenset(rule.code for rule in self.rules if rule.code in codes)
        return _compile(self.rules, self.exempt | named)


def compile_rules(rules: Sequence[TaxRule]) -> Levy:
    """The levy of the rules in their order; the same rules give the same levy again without further work."""
    return _compile(tuple(rules), frozenset())


@dataclass(frozen=True, slots=True)
class TaxableLine:
    """A price as entered, in minor units, and the levy of its code.

    `persons` counts persons x nights, and is needed where a rule is levied per person; a negative price takes that
    amount back as well. Raises `ValueError` when it is negative itself.
    """

    price_minor: int
    levy: Levy
    persons: int | None = None

    def __post_init__(self) -> None:
        if self.persons is not None and self.persons < 0:
            raise ValueError("persons are counted from zero; the sign of the price says which way the amount goes")


@dataclass(frozen=True, slots=True)
class Share:
    """What one rule receives of a line, in minor units; it may be zero.

    `base_minor` is what the rate was levied on: for an inclusive tax the net, for an exclusive one the price as
    entered, both with what stacks below; zero for an amount per person.
    """

    code: str
    amount_minor: int
    base_minor: int
    rate_ppm: int


@dataclass(frozen=True, slots=True)
class TaxedLine:
    """A charged line in minor units: `net_minor` is earned, the shares go to their codes, `gross_minor` is paid.

    A line whose net and shares do not add up to gross cannot be constructed (`ValueError`).
    """

    net_minor: int
    shares: tuple[Share, ...]
    gross_minor: int

    def __post_init__(self) -> None:
        if self.net_minor + sum([share.amount_minor for share in self.shares]) != self.gross_minor:
            raise ValueError(f"net and shares do not add up to gross: {self!r}")


def levy_document(lines: Sequence[TaxableLine]) -> list[TaxedLine]:
    """Charges the lines of one document; shares stand in the order of the rules, exempt ones left out.

    A document of negative prices gives exactly the negative of the document of positive ones. Refuses
    (`PersonsMissing`) a line without persons where a rule is levied per person.
    """
    denominator = math.lcm(*[line.levy.denominator for line in lines])
    exact: defaultdict[Total, list[int]] = defaultdict(list)
    for line in lines:
        scale = denominator // line.levy.denominator
        price, persons = line.price_minor * scale, _signed_persons(line) * scale
        for part in line.levy.parts:
            exact[part.total].append(part.per_price * price + part.per_person * persons)
    rounded = {total: iter(round_together(numerators, denominator)) for total, numerators in exact.items()}
    return [_taxed(line, [next(rounded[part.total]) for part in line.levy.parts]) for line in lines]


def _signed_persons(line: TaxableLine) -> int:
    if line.levy.per_person_code is None:
        return 0
    if line.persons is None:
        raise PersonsMissing(tax=line.levy.per_person_code)
    return -line.persons if line.price_minor < 0 else line.persons


def _taxed(line: TaxableLine, amounts: list[int]) -> TaxedLine:
    """Moves the rounded amounts of the levy's parts between the pieces of the line."""
    rules = line.levy.effective
    entered = line.price_minor
    pieces = [0] * len(rules) + [entered, 0]
    added = [0] * len(rules)
    for part, amount in zip(line.levy.parts, amounts, strict=True):
        pieces[part.source] -= amount
        pieces[part.target] += amount
        if part.source == OUTSIDE:
            added[part.target] = amount
        elif part.target == OUTSIDE:
            entered -= amount
    return TaxedLine(pieces[PRICE], _shares(rules, pieces, added, entered), entered + sum(added))


def _shares(rules: tuple[TaxRule, ...], pieces: list[int], added: list[int], entered: int) -> tuple[Share, ...]:
    shares = []
    for index, rule in enumerate(rules):
        base = 0
        if rule.inclusive:
            base = pieces[PRICE] + (sum(pieces[:index]) if rule.stacked else 0)
        elif rule.basis == "percent":
            base = entered + (sum(added[:index]) if rule.stacked else 0)
        shares.append(Share(rule.code, pieces[index], base, rule.rate_ppm))
    return tuple(shares)


# --- working the rules out, once, in exact fractions ------------------------------------------------------------


@lru_cache(maxsize=1024)
def _compile(rules: tuple[TaxRule, ...], exempt: frozenset[str]) -> Levy:
    effective = tuple(rule for rule in rules if rule.code not in exempt)
    entered = _net(rules) / _net(effective)  # of each unit of the price, once an exempt guest's tax is taken out
    per_price, per_person = _added(effective, entered, Fraction(0)), _added(effective, Fraction(0), Fraction(1))
    pieces = {index: (per_price[index], per_person[index]) for index in per_price}
    pieces[PRICE] = (entered, Fraction(0))

    moves: list[tuple[int, int, Total, Fraction, Fraction]] = []
    for index in per_price:
        moves.append((OUTSIDE, index, ("added", effective[index].code), *pieces[index]))
    for piece, (of_price, of_persons) in pieces.items():
        for index, share in _contained(effective, piece).items():
            moves.append((piece, index, CONTAINED, share * of_price, share * of_persons))
    if entered != 1:
        moves.append((PRICE, OUTSIDE, RELIEF, 1 - entered, Fraction(0)))

    denominator = math.lcm(*[factor.denominator for move in moves for factor in move[3:]])
    parts = tuple(Part(*move[:3], int(move[3] * denominator), int(move[4] * denominator)) for move in moves)
    per_person_code = next((rule.code for rule in effective if rule.basis == "person_night"), None)
    return Levy(rules, exempt, effective, parts, denominator, per_person_code)


def _added(rules: tuple[TaxRule, ...], price: Fraction, persons: Fraction) -> dict[int, Fraction]:
    """What each exclusive rule, by its index, adds to a line of this price and this many persons."""
    added: dict[int, Fraction] = {}
    for index, rule in enumerate(rules):
        if rule.basis == "person_night":
            added[index] = persons * rule.amount_minor
        elif not rule.inclusive:
            added[index] = rule.rate * (price + (sum(added.values()) if rule.stacked else 0))
    return added


def _contained(rules: tuple[TaxRule, ...], piece: int) -> dict[int, Fraction]:
    """Which part of a piece is the tax of each inclusive rule, by its index."""
    on_net: dict[int, Fraction] = {}
    for index, rule in enumerate(rules):
        if rule.inclusive and (piece == PRICE or (rule.stacked and index > piece)):
            on_net[index] = rule.rate * (1 + (sum(on_net.values()) if rule.stacked else 0))
    gross = 1 + sum(on_net.values())
    return {index: tax / gross for index, tax in on_net.items()}


def _net(rules: tuple[TaxRule, ...]) -> Fraction:
    """Which part of the price is net of all inclusive taxes."""
    return Fraction(1) - sum(_contained(rules, PRICE).values())


NO_TAXES = compile_rules(())
