"""The key figures of a house, worked out from the counts of a day or a period; each with the rule that was used.

Sources of the rules: Uniform System of Accounts for the Lodging Industry, 11th and 12th edition (rooms available:
short-term out-of-order rooms are not deducted); Bardi, Hotel Front Office Management, 5th edition, figure 10-5.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

from folios.errors import N_
from folios.money import half_up


@dataclass(frozen=True, slots=True)
class Counts:
    """What happened on a day, or on all days of a period together; amounts in minor units, without taxes.

    `long_out`: rooms out for six months or more; `out_of_order`: for a shorter time. `guests`, `shared` (rooms with
    more than one guest) and the rooms are counted per night. `rack` is what all rooms available would cost.
    """

    inventory: int = 0
    long_out: int = 0
    out_of_order: int = 0
    sold: int = 0
    complimentary: int = 0
    house_use: int = 0
    guests: int = 0
    shared: int = 0
    arrivals: int = 0
    walk_ins: int = 0
    departures: int = 0
    no_shows: int = 0
    cancellations: int = 0
    room_revenue: int = 0
    total_revenue: int = 0
    rack: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))

    def available(self, deduct_out_of_order: bool) -> int:
        """Rooms that count as available."""
        return self.inventory - self.long_out - (self.out_of_order if deduct_out_of_order else 0)

    @property
    def occupied(self) -> int:
        """Rooms somebody slept in, house use among them."""
        return self.sold + self.complimentary + self.house_use

    @property
    def expected(self) -> int:
        """Who was expected: those who came with a reservation, and those who did not come."""
        return self.arrivals - self.walk_ins + self.no_shows


@dataclass(frozen=True, slots=True)
class Figure:
    """A key figure: its kind says how it is written; `of` is the list of stays or the amount that it opens.

    `budgeted` says whether it can be worked out from a budget of rooms sold, guests and revenue.
    """

    name: str
    title: str
    rule: str
    kind: str
    of: str
    work_out: Callable[[Counts, int], int | None]
    budgeted: bool = False


def ratio(numerator: int, denominator: int, scale: int = 1) -> int | None:
    """A quotient times `scale`, rounded half up; None where there is nothing to divide by."""
    return half_up(numerator * scale, denominator) if denominator > 0 else None


PERCENT, HUNDREDTHS = 10_000, 100

FIGURES = (
    Figure(
        "paid_occupancy",
        N_("Paid occupancy"),
        N_("rooms sold / rooms available"),
        "percent",
        "sold",
        lambda counts, rooms: ratio(counts.sold, rooms, PERCENT),
        budgeted=True,
    ),
    Figure(
        "total_occupancy",
        N_("Total occupancy"),
        N_("(rooms sold + complimentary) / rooms available; house use is in neither"),
        "percent",
        "sold_or_free",
        lambda counts, rooms: ratio(counts.sold + counts.complimentary, rooms, PERCENT),
    ),
    Figure(
        "complimentary_percent",
        N_("Complimentary"),
        N_("complimentary rooms / rooms available"),
        "percent",
        "complimentary",
        lambda counts, rooms: ratio(counts.complimentary, rooms, PERCENT),
    ),
    Figure(
        "adr",
        N_("ADR"),
        N_("room revenue, without tax and after allowances / rooms sold"),
        "money",
        "room_revenue",
        lambda counts, _rooms: ratio(counts.room_revenue, counts.sold),
        budgeted=True,
    ),
    Figure(
        "revpar",
        N_("RevPAR"),
        N_("room revenue / rooms available"),
        "money",
        "room_revenue",
        lambda counts, rooms: ratio(counts.room_revenue, rooms),
        budgeted=True,
    ),
    Figure(
        "trevpar",
        N_("TRevPAR"),
        N_("total operated revenue / rooms available"),
        "money",
        "total_revenue",
        lambda counts, rooms: ratio(counts.total_revenue, rooms),
        budgeted=True,
    ),
    Figure(
        "revenue_per_occupied",
        N_("Revenue per occupied room"),
        N_("total operated revenue / rooms sold and complimentary"),
        "money",
        "total_revenue",
        lambda counts, _rooms: ratio(counts.total_revenue, counts.sold + counts.complimentary),
    ),
    Figure(
        "double_occupancy",
        N_("Double occupancy"),
        N_("(guests - rooms) / rooms, of all rooms slept in"),
        "percent",
        "occupied",
        lambda counts, _rooms: ratio(counts.guests - counts.occupied, counts.occupied, PERCENT),
        budgeted=True,
    ),
    Figure(
        "multiple_occupancy",
        N_("Multiple occupancy"),
        N_("rooms with more than one guest / rooms, of all rooms slept in"),
        "percent",
        "shared",
        lambda counts, _rooms: ratio(counts.shared, counts.occupied, PERCENT),
    ),
    Figure(
        "alos",
        N_("Average length of stay"),
        N_("room nights slept / arrivals"),
        "ratio",
        "occupied",
        lambda counts, _rooms: ratio(counts.occupied, counts.arrivals, HUNDREDTHS),
    ),
    Figure(
        "yield",
        N_("Yield"),
        N_("room revenue / what all rooms available would bring at the rack rate, without tax"),
        "percent",
        "room_revenue",
        lambda counts, _rooms: ratio(counts.room_revenue, counts.rack, PERCENT),
        budgeted=True,
    ),
    Figure(
        "no_show_percent",
        N_("No-shows"),
        N_("no-shows / expected arrivals (those with a reservation who came, and no-shows)"),
        "percent",
        "no_shows",
        lambda counts, _rooms: ratio(counts.no_shows, counts.expected, PERCENT),
    ),
    Figure(
        "cancellation_percent",
        N_("Cancellations"),
        N_("cancellations told on the day / (cancellations + expected arrivals)"),
        "percent",
        "cancellations",
        lambda counts, _rooms: ratio(counts.cancellations, counts.cancellations + counts.expected, PERCENT),
    ),
    Figure(
        "walk_in_percent",
        N_("Walk-ins"),
        N_("arrivals booked on the very day / arrivals"),
        "percent",
        "walk_ins",
        lambda counts, _rooms: ratio(counts.walk_ins, counts.arrivals, PERCENT),
    ),
)
BY_NAME = {each.name: each for each in FIGURES}

AVAILABLE_RULE = N_("inventory - rooms out for six months or more; short-term out-of-order rooms are not deducted")
AVAILABLE_RULE_DEDUCTED = N_("inventory - rooms out for six months or more - short-term out-of-order rooms")


def value(name: str, counts: Counts, *, deduct_out_of_order: bool = False) -> int | None:
    """A key figure: hundredths of a percent, minor units or hundredths, as its kind says; None: there is none."""
    return BY_NAME[name].work_out(counts, counts.available(deduct_out_of_order))
