"""Who comes to the demo hotel, when, and what becomes of them: decided from a seed, without any database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from night_audit.demo.names import draw_guest

ROOMS_OF_TYPES = {"STD": 28, "SUP": 16, "FAM": 12, "SUI": 4}
ROOMS = sum(ROOMS_OF_TYPES.values())
SHARE_BY_WEEKDAY = (0.64, 0.70, 0.74, 0.72, 0.80, 0.83, 0.60)  # of the rooms that are slept in, Monday first
COMPANIES = ("NORTHWIND", "HARBOUR", "LANTERN", "COMPASS")
AGENTS = ("Blue Compass Travel", "Paper Plane Tours", "Morning Tide Bookings")
GROUP = "Choir of the Lanterns"
GROUP_SIZE = 10
DAYS_AHEAD = 21
DAY = timedelta(days=1)


@dataclass
class PlannedStay:
    """One booking to be. `leaves` is the day the guest does leave, whatever was booked; `part` the one played today."""

    guest: Mapping[str, str | None]
    room_type: str
    arrival: date
    departure: date
    leaves: date
    booked_on: date
    rate: str = "BAR"
    adults: int = 1
    children: int = 0
    outcome: str = "stays"
    cancelled_on: date | None = None
    walk_in: bool = False
    method: str | None = "card"
    company: str | None = None
    agent: str | None = None
    nature: str = "paying"
    deposit: bool = False
    moves_on: date | None = None
    reinstated: bool = False
    part: str | None = None
    stay_id: int | None = field(default=None, compare=False)

    @property
    def nights(self) -> list[date]:
        """Every night that is sold to it for any time, so that no room is promised twice."""
        last = max(self.departure, self.leaves)
        return [self.arrival + DAY * each for each in range((last - self.arrival).days)]


class Plan:
    """All stays of the demo, from the first business day to three weeks after `today`."""

    def __init__(self, first: date, today: date, seed: int = 2026) -> None:
        self.first, self.today = first, today
        self.rng = Random(seed)  # noqa: S311 - dice, not secrets
        self.stays: list[PlannedStay] = []
        self._sold: Counter[tuple[str, date]] = Counter()
        self._slept: Counter[date] = Counter()
        for stay in self._parts():
            self._add(stay)
        for count in range((today - first).days + DAYS_AHEAD):
            self._fill(first + DAY * count)

    def on(self, day: date, what: str) -> list[PlannedStay]:
        """The stays of which `what` (`arrival`, `leaves`, `booked_on`, `cancelled_on`, `moves_on`) is that day."""
        return [each for each in self.stays if getattr(each, what) == day]

    def part(self, name: str) -> list[PlannedStay]:
        """The stays that play a part in today's morning."""
        return [each for each in self.stays if each.part == name]

    # --- those with a part today ------------------------------------------------------------------------------

    def _parts(self) -> Iterator[PlannedStay]:
        before = max(self.first, self.today - 2 * DAY)
        for number in range(GROUP_SIZE):
            yield self._stay("STD", before, self.today, rate="GROUP", part="group", adults=1 + number % 2)
        yield self._stay("STD", before, self.today, part="paid")
        yield self._stay("SUP", before, self.today, part="owing", method="cash")
        yield self._stay("SUP", before, self.today, part="halves", rate="CORP", company="NORTHWIND", adults=2)
        yield self._stay("FAM", before, self.today, part="late", adults=2, children=2)
        yield self._stay("SUP", before, self.today + 2 * DAY, part="disputing")
        yield self._stay("SUI", before, self.today + 3 * DAY, part="near_limit", method="cash", adults=2)
        for part, room_type in (
            ("ready", "STD"),
            ("ready", "SUP"),
            ("ready", "SUI"),
            ("dirty", "STD"),
            ("dirty", "FAM"),
        ):
            yield self._stay(room_type, self.today, self.today + 3 * DAY, part=part, adults=2)

    def _stay(self, room_type: str, arrival: date, departure: date, **facts: object) -> PlannedStay:
        booked_on = max(self.first, arrival - 5 * DAY)
        return PlannedStay(draw_guest(self.rng), room_type, arrival, departure, departure, booked_on, **facts)  # type: ignore[arg-type]

    # --- the others -------------------------------------------------------------------------------------------

    def _fill(self, day: date) -> None:
        """Draws arrivals until the house is as full that night as its weekday likes, then those who will not come."""
        share = SHARE_BY_WEEKDAY[day.weekday()] + self.rng.uniform(-0.05, 0.05)
        ahead = (day - self.today).days
        if ahead > 0:
            share *= max(0.25, 0.9 - 0.05 * ahead)
        for _ in range(ROOMS):
            if self._slept[day] >= round(share * ROOMS):
                break
            self._add(self._drawn(day))
        if ahead < 0 and self.rng.random() < 0.6:
            self._add(self._drawn(day, outcome="no_show"))
        for _ in range(self.rng.choice((0, 1, 1, 2))):
            self._add(self._drawn(day, outcome="cancelled"))

    def _drawn(self, day: date, outcome: str = "stays") -> PlannedStay | None:
        rng = self.rng
        room_type = rng.choices(list(ROOMS_OF_TYPES), [6, 4, 3, 1])[0]
        nights = rng.choices((1, 2, 3, 4, 7), (30, 34, 20, 10, 6))[0]
        if day == self.first:
            nights = rng.randint(1, 5)  # the house did not fill in one day
        stay = self._stay(room_type, day, day + nights * DAY, outcome=outcome)
        stay.adults = 1 + (rng.random() < 0.55)
        stay.children = rng.choice((1, 2)) if room_type == "FAM" and rng.random() < 0.6 else 0
        stay.booked_on = max(self.first, day - rng.choice((1, 2, 3, 5, 8, 13)) * DAY)
        if day > self.today:
            stay.booked_on = min(stay.booked_on, self.today)
        self._who_pays(stay)
        if outcome == "cancelled":
            stay.cancelled_on = stay.booked_on + DAY * rng.randint(0, (min(day, self.today) - stay.booked_on).days)
        elif outcome == "stays" and day < self.today:
            self._turns(stay)
        return stay if self._fits(stay) else None

    def _who_pays(self, stay: PlannedStay) -> None:
        dice = self.rng.random()
        if dice < 0.18:
            stay.company, stay.rate, stay.method = self.rng.choice(COMPANIES), "CORP", "direct_bill"
            stay.children = 0
        elif dice < 0.40:
            stay.rate, stay.method = "BAR", "cash"
        elif dice < 0.62:
            stay.rate = "BB"
        elif dice < 0.78:
            stay.agent = self.rng.choice(AGENTS)
        elif dice < 0.80:
            stay.nature, stay.rate = self.rng.choice(("complimentary", "house_use")), "BAR"
        stay.deposit = stay.company is None and stay.nature == "paying" and self.rng.random() < 0.12

    def _turns(self, stay: PlannedStay) -> None:
        """What goes otherwise than booked: walk-ins, longer and shorter stays, moves, a guest who comes back."""
        dice, nights = self.rng.random(), (stay.departure - stay.arrival).days
        if dice < 0.08:
            stay.walk_in, stay.booked_on, stay.deposit = True, stay.arrival, False
        elif dice < 0.14:
            stay.leaves = stay.departure + DAY * self.rng.choice((1, 2))
        elif dice < 0.19 and nights > 1:
            stay.leaves = stay.departure - DAY
        elif dice < 0.24 and nights > 1:
            stay.moves_on = stay.arrival + DAY
        elif dice < 0.27:
            stay.reinstated, stay.leaves = True, stay.departure + DAY

    def _fits(self, stay: PlannedStay) -> bool:
        """One room of each type is kept free, for moves and for the one that is out of order."""
        return all(self._sold[stay.room_type, night] + 1 < ROOMS_OF_TYPES[stay.room_type] for night in stay.nights)

    def _add(self, stay: PlannedStay | None) -> None:
        if stay is None:
            return
        self.stays.append(stay)
        for night in stay.nights:
            self._sold[stay.room_type, night] += 1
        if stay.outcome == "stays":
            night = stay.arrival
            while night < stay.leaves:
                self._slept[night] += 1
                night += DAY
