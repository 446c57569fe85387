"""Rate codes and their dated prices. What a stay pays is fixed with its nights when it is booked, not looked up here.

Prices are minor units of the ledger's currency, as the guest is told them; which taxes they include follows from the
rate's transaction code.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from folios import events
from folios.errors import N_, AmountTooLarge, CodeUnknown, CodeWrongKind, Refusal
from folios.ledger import currency
from folios.models import TransactionCode
from folios.money import MOST_MINOR, Money, half_up
from folios.taxes import MILLION
from frontoffice.fields import FieldUnknown, needed_text
from frontoffice.models.rates import MEAL_PLANS, RateCode, RatePrice
from frontoffice.models.rooms import RoomType
from frontoffice.rooms import PeriodInvalid, RoomTypeUnknown


class RateUnknown(Refusal):
    code = "rate.unknown"
    message = N_("There is no rate {rate}.")


class RateTaken(Refusal):
    code = "rate.code_taken"
    message = N_("Rate {rate} exists already.")


class RateInactive(Refusal):
    code = "rate.inactive"
    message = N_("Rate {rate} is no longer sold.")


class MealPlanUnknown(Refusal):
    code = "rate.meal_plan_unknown"
    message = N_("{meal_plan} is not a meal plan.")


class NoPrice(Refusal):
    code = "rate.no_price"
    message = N_("Rate {rate} has no price for {room_type} on {day}. Enter one, or agree on one.")


class PricesMissing(Refusal):
    code = "prices.missing"
    message = N_("Enter the price of at least one room type.")


class ChangeInvalid(Refusal):
    code = "rate.change_invalid"
    message = N_("Prices can be lowered by 100 percent at most, and raised by 1,000.")


class PriceNegative(Refusal):
    code = "price.negative"
    message = N_("A price cannot be below zero.")


def add_rate(
    session: Session,
    *,
    code: str,
    name: str,
    operator: str,
    transaction_code: str = "ROOM",
    meal_plan: str = "room_only",
) -> RateCode:
    """Enters a rate code. Refuses one that exists, a meal plan that is none, and a code that is no charge."""
    wanted = needed_text("code", code, 16)
    fields = _clean(session, {"name": name, "transaction_code": transaction_code, "meal_plan": meal_plan})
    if session.get(RateCode, wanted) is not None:
        raise RateTaken(rate=wanted)
    rate = RateCode(code=wanted, **fields)
    try:
        with session.begin_nested():
            session.add(rate)
    except IntegrityError:
        raise RateTaken(rate=wanted) from None
    events.record(session, "rate.entered", f"rate:{wanted}", operator, None, fields)
    return rate


def amend_rate(session: Session, code: str, seen_version: int, changes: Mapping[str, Any], operator: str) -> RateCode:
    """Changes `name`, `transaction_code`, `meal_plan` or `active` of a rate read at `seen_version`.

    Stays that are booked keep their prices; the transaction code counts for every night posted from now on.
    """
    rate = lock_rate(session, code)
    events.amend(session, rate, seen_version, _clean(session, changes), "rate.amended", f"rate:{code}", operator)
    return rate


def lock_rate(session: Session, code: str) -> RateCode:
    """The rate as it is under the row's lock. Refuses `RateUnknown`."""
    found = session.get(RateCode, code, with_for_update={"key_share": True}, populate_existing=True)
    if found is None:
        raise RateUnknown(rate=code)
    return found


def set_price(
    session: Session,
    rate_code: str,
    room_type_id: int,
    *,
    from_date: date,
    to_date: date,
    price_minor: int,
    operator: str,
) -> None:
    """Sets what a night costs from `from_date` up to, not including, `to_date`; what stood there before gives way.

    Earlier and later parts of the prices that it overlaps stay. Refuses an empty period, a price below zero or too
    large, an unknown rate or room type.
    """
    if to_date <= from_date:
        raise PeriodInvalid(from_date=from_date, to_date=to_date)
    check_price(session, price_minor)
    lock_rate(session, rate_code)
    if session.get(RoomType, room_type_id) is None:
        raise RoomTypeUnknown(room_type=room_type_id)
    overlapping = session.scalars(
        sa.select(RatePrice).where(
            RatePrice.rate_code == rate_code,
            RatePrice.room_type_id == room_type_id,
            RatePrice.from_date < to_date,
            RatePrice.to_date > from_date,
        )
    ).all()
    periods = [(from_date, to_date, price_minor)]
    for old in overlapping:
        if old.from_date < from_date:
            periods.append((old.from_date, from_date, old.price_minor))
        if old.to_date > to_date:
            periods.append((to_date, old.to_date, old.price_minor))
        session.delete(old)
    session.flush()
    for begin, end, price in periods:
        session.add(
            RatePrice(rate_code=rate_code, room_type_id=room_type_id, from_date=begin, to_date=end, price_minor=price)
        )
    session.flush()
    after = {"room_type": room_type_id, "from_date": from_date, "to_date": to_date, "price_minor": price_minor}
    events.record(session, "rate.price.set", f"rate:{rate_code}", operator, None, after)


def price(session: Session, rate_code: str, room_type_id: int, day: date) -> int:
    """What a night costs, in minor units. Refuses `NoPrice`."""
    found = prices(session, {rate_code}, {room_type_id}).on(rate_code, room_type_id, day)
    if found is None:
        room_type = session.get(RoomType, room_type_id)
        raise NoPrice(rate=rate_code, room_type=room_type.code if room_type else room_type_id, day=day)
    return found


class Prices:
    """The prices of some rates and room types, to be asked for many nights."""

    def __init__(self, rows: Sequence[RatePrice]) -> None:
        self._periods: dict[tuple[str, int], list[RatePrice]] = {}
        for row in rows:
            self._periods.setdefault((row.rate_code, row.room_type_id), []).append(row)

    def on(self, rate_code: str, room_type_id: int, day: date) -> int | None:
        """The price of one night in minor units, or None when the rate has none."""
        for row in self._periods.get((rate_code, room_type_id), ()):
            if row.from_date <= day < row.to_date:
                return row.price_minor
        return None


def prices(session: Session, rate_codes: Iterable[str], room_type_ids: Iterable[int]) -> Prices:
    """All prices of these rates for these room types, in one statement."""
    wanted = sa.select(RatePrice).where(
        RatePrice.rate_code.in_(set(rate_codes)), RatePrice.room_type_id.in_(set(room_type_ids))
    )
    return Prices(session.scalars(wanted).all())


def refuse_unsold_rates(session: Session, rate_codes: Iterable[str]) -> None:
    """Refuses rates that are unknown (`RateUnknown`) or no longer sold (`RateInactive`)."""
    wanted = set(rate_codes)
    active = dict(session.execute(sa.select(RateCode.code, RateCode.active).where(RateCode.code.in_(wanted))).all())
    for code in sorted(wanted):
        if code not in active:
            raise RateUnknown(rate=code)
        if not active[code]:
            raise RateInactive(rate=code)


# --- as they are set up ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Gap:
    """Days without a price, from `from_date` up to, not including, `to_date`."""

    from_date: date
    to_date: date
    price_minor: None = None


@dataclass(frozen=True, slots=True)
class PricedType:
    """A room type with a rate's prices that are not over and the gaps in between, by their beginning."""

    room_type: RoomType
    periods: tuple[RatePrice | Gap, ...]


def get_rate(session: Session, code: str) -> RateCode:
    """The rate. Refuses `RateUnknown`."""
    found = session.get(RateCode, code[:100].replace("\0", ""))
    if found is None:
        raise RateUnknown(rate=code[:100])
    return found


def all_rates(session: Session, day: date) -> list[tuple[RateCode, date | None, int]]:
    """Every rate, those sold first, with the end of its last price and how many room types have one on `day`."""
    priced = sa.and_(RatePrice.from_date <= day, RatePrice.to_date > day)
    types = sa.func.count(sa.case((priced, RatePrice.room_type_id)).distinct())
    wanted = (
        sa.select(RateCode, sa.func.max(RatePrice.to_date), types)
        .outerjoin(RatePrice, RatePrice.rate_code == RateCode.code)
        .group_by(RateCode.code)
        .order_by(RateCode.active.desc(), RateCode.code)
    )
    return [(rate, until, priced) for rate, until, priced in session.execute(wanted)]


def priced_types(session: Session, rate_code: str, since: date, days: int = 365) -> list[PricedType]:
    """A rate's prices for each room type from a day on, with the gaps of the `days` to come. Two statements."""
    rows: dict[int, list[RatePrice]] = {}
    wanted = sa.select(RatePrice).where(RatePrice.rate_code == rate_code, RatePrice.to_date > since)
    for row in session.scalars(wanted.order_by(RatePrice.from_date)):
        rows.setdefault(row.room_type_id, []).append(row)
    until = since + timedelta(days=days)
    found = []
    for each in session.scalars(sa.select(RoomType).order_by(RoomType.code)):
        priced = rows.get(each.id, [])
        periods: list[RatePrice | Gap] = [*priced, *_gaps(priced, since, until)]
        found.append(PricedType(each, tuple(sorted(periods, key=lambda period: period.from_date))))
    return found


def _gaps(periods: Iterable[RatePrice], since: date, until: date) -> Iterable[Gap]:
    reached = since
    for each in periods:
        if each.from_date >= until:
            break
        if each.from_date > reached:
            yield Gap(reached, each.from_date)
        reached = max(reached, each.to_date)
    if reached < until:
        yield Gap(reached, until)


def set_prices(
    session: Session,
    rate_code: str,
    prices_minor: Mapping[int, int],
    *,
    from_date: date,
    to_date: date,
    operator: str,
) -> None:
    """Sets what a night costs in one period, by room type; types that are not named keep theirs. See `set_price`."""
    if not prices_minor:
        raise PricesMissing
    for room_type_id, price_minor in sorted(prices_minor.items()):
        set_price(
            session,
            rate_code,
            room_type_id,
            from_date=from_date,
            to_date=to_date,
            price_minor=price_minor,
            operator=operator,
        )


def copy_rate(
    session: Session, rate_code: str, *, code: str, name: str, change_ppm: int, since: date, operator: str
) -> RateCode:
    """A new rate with another's meal plan, transaction code and prices from `since` on, changed by `change_ppm`.

    Ten percent less is -100000; each price is rounded half up to a minor unit. Refuses as `add_rate`, a change below
    -100 % or above 1000 %, and prices too large.
    """
    source = lock_rate(session, rate_code)
    if not -MILLION <= change_ppm <= 10 * MILLION:
        raise ChangeInvalid
    added = add_rate(
        session,
        code=code,
        name=name,
        transaction_code=source.transaction_code,
        meal_plan=source.meal_plan,
        operator=operator,
    )
    wanted = sa.select(RatePrice).where(RatePrice.rate_code == rate_code, RatePrice.to_date > since)
    copied = 0
    for each in session.scalars(wanted.order_by(RatePrice.room_type_id, RatePrice.from_date)).all():
        price_minor = half_up(each.price_minor * (MILLION + change_ppm), MILLION)
        check_price(session, price_minor)
        begin = max(each.from_date, since)
        session.add(
            RatePrice(
                rate_code=added.code,
                room_type_id=each.room_type_id,
                from_date=begin,
                to_date=each.to_date,
                price_minor=price_minor,
            )
        )
        copied += 1
    session.flush()
    after = {"from": rate_code, "change_ppm": change_ppm, "since": since, "prices": copied}
    events.record(session, "rate.copied", f"rate:{added.code}", operator, None, after)
    return added


def check_price(session: Session, price_minor: int) -> None:
    """Refuses a price below zero, or larger than the ledger takes."""
    if price_minor < 0:
        raise PriceNegative
    if price_minor > MOST_MINOR:
        raise AmountTooLarge(amount=Money(price_minor, currency(session)))


def _clean(session: Session, fields: Mapping[str, Any]) -> dict[str, Any]:
    clean: dict[str, Any] = {}
    for field, value in fields.items():
        if field == "name":
            clean[field] = needed_text(field, value, 100)
        elif field == "meal_plan":
            if value not in MEAL_PLANS:
                raise MealPlanUnknown(meal_plan=value)
            clean[field] = value
        elif field == "transaction_code":
            clean[field] = _charge_code(session, value)
        elif field == "active":
            clean[field] = bool(value)
        else:
            raise FieldUnknown(field=field)
    return clean


def _charge_code(session: Session, code: str) -> str:
    found = session.get(TransactionCode, code)
    if found is None:
        raise CodeUnknown(transaction_code=code)
    if found.kind != "charge":
        raise CodeWrongKind(transaction_code=code, kind=found.kind)
    return code
