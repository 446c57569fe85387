"""Who comes to a generated hotel, and when: drawn room by room, so that no room is sold twice. No database here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from night_audit.past.house import BAR, CORPORATE, House, horizon

NIGHTS, OFTEN = (1, 2, 3, 4, 5, 7, 14), (22, 26, 20, 12, 8, 9, 3)
EMPTY, EMPTY_OFTEN = (0, 1, 2, 3), (66, 22, 8, 4)
METHODS, METHODS_OFTEN = ("card", "cash", "direct_bill"), (68, 12, 20)
OUT_OF_TEN_THOUSAND = 40  # gaps in which a room is out of order
BOOKED_BEFORE, DEPOSIT_BEFORE = 60, 9


@dataclass(slots=True, eq=False)
class PlannedStay:
    """A stay to be. `account` is the company's receivable; known later: its ids, and what it owes (minor units).

    `deposit_minor` comes some days before the arrival; 0: none. `agreed`: at a lower price than the rate's.
    """

    arrival: date
    departure: date
    room_id: int
    room: str
    type_id: int
    rate: str
    method: str
    nature: str
    adults: int
    children: int
    booked_on: date
    company_id: int | None = None
    account: int = 0
    deposit_minor: int = 0
    agreed: bool = False
    stay_id: int = 0
    folio_id: int = 0
    deposit_folio_id: int | None = None
    deposit_posting: int = 0
    deposit_code: str = ""
    name: str = ""
    owes_minor: int = 0

    @property
    def nights(self) -> Iterator[date]:
        """The dates slept."""
        return (self.arrival + timedelta(days=number) for number in range((self.departure - self.arrival).days))


@dataclass(frozen=True, slots=True)
class Outage:
    """A time when a room is out of order."""

    room_id: int
    first: date
    until: date


class Plan:
    """The whole past and the weeks after it, by day."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.arriving: dict[date, list[PlannedStay]] = defaultdict(list)
        self.leaving: dict[date, list[PlannedStay]] = defaultdict(list)
        self.deposits: dict[date, list[PlannedStay]] = defaultdict(list)
        self.outages: list[Outage] = []
        rng = Random(house.size.seed)  # noqa: S311 - guests, no secrets
        for room in house.rooms:
            self._fill(rng, *room)

    def _fill(self, rng: Random, room_id: int, room: str, type_id: int) -> None:
        """One room from the first day on: a stay, a gap, a stay."""
        size = self.house.size
        day, last = size.first + timedelta(days=rng.randint(0, 2)), horizon(size)
        while day < last:
            stay = self._stay(rng, day, room_id, room, type_id)
            self.arriving[day].append(stay)
            self.leaving[stay.departure].append(stay)
            paid_on = day - timedelta(days=DEPOSIT_BEFORE)
            if stay.deposit_minor and stay.booked_on <= paid_on:
                self.deposits[paid_on].append(stay)
            else:
                stay.deposit_minor = 0
            day = stay.departure
            gap = timedelta(days=rng.choices(EMPTY, EMPTY_OFTEN)[0])
            if rng.randrange(10_000) < OUT_OF_TEN_THOUSAND:
                gap = timedelta(days=rng.randint(1, 6))
                self.outages.append(Outage(room_id, day, day + gap))
            day += gap

    def _stay(self, rng: Random, day: date, room_id: int, room: str, type_id: int) -> PlannedStay:
        method = rng.choices(METHODS, METHODS_OFTEN)[0]
        company, account = rng.choice(self.house.companies) if method == "direct_bill" else (None, 0)
        nature = rng.choices(("paying", "complimentary", "house_use"), (985, 10, 5))[0]
        rate = CORPORATE if company else BAR
        ahead = 0 if rng.random() < 0.08 else rng.randint(1, BOOKED_BEFORE)
        deposit = nature == "paying" and method == "card" and rng.random() < 0.06
        return PlannedStay(
            arrival=day,
            departure=day + timedelta(days=rng.choices(NIGHTS, OFTEN)[0]),
            room_id=room_id,
            room=room,
            type_id=type_id,
            rate=rate,
            method=method,
            nature=nature,
            adults=rng.choice((1, 1, 2, 2, 2)),
            children=rng.choice((0, 0, 0, 0, 1, 2)),
            booked_on=max(self.house.size.first, day - timedelta(days=ahead)),
            company_id=company,
            account=account,
            deposit_minor=self.house.price(rate, type_id, day) * 9 // 10 if deposit else 0,
            agreed=rng.random() < 0.01,
        )
