"""The windows of a stay, up to eight individual folios, and the house limits that their folios are given.

Moving charges between windows is a transfer of the ledger (`folios.transfers`); nothing of that is here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.business_day import hold_open_day
from folios.errors import N_, AmountTooLarge, ChangedMeanwhile, Refusal
from folios.events import record, record_all
from folios.folios import NewFolio, open_folios
from folios.ledger import currency
from folios.models import TENDERS, Folio, Ledger
from folios.money import MOST_MINOR, Money
from folios.texts import clean_text
from frontoffice.lifecycle import lock_stays
from frontoffice.models.guests import Guest
from frontoffice.models.stays import MOST_WINDOWS, HouseLimit, Stay, StayWindow


class NoWindowLeft(Refusal):
    code = "window.none_left"
    message = N_("Stay {stay} has all its {most} windows.")


class MethodUnknown(Refusal):
    code = "payment_method.unknown"
    message = N_("{method} is not a method of payment.")


class LimitNegative(Refusal):
    code = "house_limit.negative"
    message = N_("A house limit cannot be below zero. Leave it empty for none.")


@dataclass(frozen=True, slots=True)
class NewWindow:
    """A window to be opened. `name` is whom its bill is for, the guest unless given; the limit is in minor units.

    `opened_on` is given by the night audit alone, for the day it is auditing.
    """

    stay: Stay
    name: str | None = None
    house_limit_minor: int | None = None
    opened_on: date | None = None


def open_window(
    session: Session, stay_id: int, operator: str, *, name: str | None = None, house_limit_minor: int | None = None
) -> StayWindow:
    """Opens the next window of a stay in house, or of a cancelled stay or no-show that is to pay a fee.

    The house limit is the one for the stay's method of payment unless given; who is not in house has none. Refuses
    other states and a ninth window (`NoWindowLeft`).
    """
    hold_open_day(session)
    stay = lock_stays(session, [stay_id], "open_window")[stay_id]
    if house_limit_minor is None and stay.status == "in_house":
        house_limit_minor = limit_for(house_limits(session), stay.payment_method)
    return open_windows(session, [NewWindow(stay, name, house_limit_minor)], operator)[0]


def open_windows(session: Session, requests: Sequence[NewWindow], operator: str) -> list[StayWindow]:
    """Opens one window for each of many stays, which the caller has locked, in a constant number of statements.

    Refuses `NoWindowLeft`.
    """
    if not requests:
        return []
    highest = _highest_windows(session, [each.stay.id for each in requests])
    for each in requests:
        refuse_another_window(each.stay, highest.get(each.stay.id, 0))
    names = guest_names(session, [each.stay for each in requests])
    folios = open_folios(
        session,
        [
            NewFolio(
                type="individual",
                name=clean_text("name", each.name, 200) or names[each.stay.id],
                house_limit_minor=each.house_limit_minor,
                opened_on=each.opened_on,
            )
            for each in requests
        ],
        operator,
    )
    windows = [
        StayWindow(stay_id=each.stay.id, window=highest.get(each.stay.id, 0) + 1, folio_id=folio.id)
        for each, folio in zip(requests, folios, strict=True)
    ]
    session.add_all(windows)
    session.flush()
    changes = [(f"stay:{each.stay_id}", None, {"window": each.window, "folio_id": each.folio_id}) for each in windows]
    record_all(session, "stay.window.opened", operator, changes)
    return windows


def refuse_another_window(stay: Stay, highest: int) -> None:
    """Refuses (`NoWindowLeft`) a window after the `highest` when that is the last a stay can have."""
    if highest >= MOST_WINDOWS:
        raise NoWindowLeft(stay=stay.number, most=MOST_WINDOWS)


def windows_of(session: Session, stay_ids: Collection[int]) -> dict[int, list[StayWindow]]:
    """The windows of stays, by stay, in order."""
    found: dict[int, list[StayWindow]] = {stay_id: [] for stay_id in stay_ids}
    wanted = (
        sa.select(StayWindow).where(StayWindow.stay_id.in_(stay_ids)).order_by(StayWindow.stay_id, StayWindow.window)
    )
    for window in session.scalars(wanted):
        found[window.stay_id].append(window)
    return found


@dataclass(frozen=True, slots=True)
class GuestFolio:
    """A folio of one of a guest's stays. `window` is None for the folio that holds a deposit."""

    folio: Folio
    stay_id: int
    stay: str
    window: int | None


def folios_of_guest(session: Session, guest_id: int, most: int = 100) -> list[GuestFolio]:
    """The folios of a guest's stays, windows and deposits, those of the latest arrival first. One statement."""
    theirs = Stay.guest_id == guest_id
    windows = sa.select(Stay.id, Stay.number, Stay.arrival, StayWindow.window.label("window"), StayWindow.folio_id)
    deposits = sa.select(Stay.id, Stay.number, Stay.arrival, sa.null(), Stay.deposit_folio_id)
    links = sa.union_all(
        windows.join(Stay, Stay.id == StayWindow.stay_id).where(theirs), deposits.where(theirs)
    ).subquery()
    wanted = (
        sa.select(Folio, links.c.id, links.c.number, links.c.window)
        .join(links, links.c.folio_id == Folio.id)
        .order_by(links.c.arrival.desc(), links.c.id.desc(), sa.func.coalesce(links.c.window, MOST_WINDOWS + 1))
    )
    return [GuestFolio(*row) for row in session.execute(wanted.limit(most))]


def guest_names(session: Session, stays: Collection[Stay]) -> dict[int, str]:
    """Whose stay it is, by stay: the name as a folio carries it."""
    guests = session.scalars(sa.select(Guest).where(Guest.id.in_({each.guest_id for each in stays})))
    by_id = {guest.id: guest.name for guest in guests}
    return {each.id: by_id[each.guest_id] for each in stays}


def _highest_windows(session: Session, stay_ids: Collection[int]) -> dict[int, int]:
    highest = (
        sa.select(StayWindow.stay_id, sa.func.max(StayWindow.window))
        .where(StayWindow.stay_id.in_(stay_ids))
        .group_by(StayWindow.stay_id)
    )
    return dict(session.execute(highest).all())


# --- house limits ---------------------------------------------------------------------------------------------


def set_limit(session: Session, method: str, limit_minor: int | None, operator: str) -> None:
    """Sets the highest balance of guests who pay by `method`; None lifts it. Folios that are open keep theirs.

    Refuses a method that is none, and a limit below zero or too large.
    """
    _hold_limits(session)
    _set_limit(session, session.get(HouseLimit, method, populate_existing=True), method, limit_minor, operator)


def set_limits(session: Session, seen_version: int, limits: Mapping[str, int | None], operator: str) -> None:
    """Sets several house limits that were read at `seen_version` (`limits_version`); one that stays is not recorded.

    Refuses as `set_limit`, and `ChangedMeanwhile` when somebody set one in between, also the very first.
    """
    _hold_limits(session)
    rows = {each.method: each for each in session.scalars(sa.select(HouseLimit))}
    version = sum(each.version for each in rows.values())
    now = {method: rows[method].limit_minor if method in rows else None for method in limits}
    changed = {method: limit for method, limit in limits.items() if now[method] != limit}
    if version != seen_version:
        theirs = {method: now[method] for method in changed}
        told = [f"{method}: {now[method]} / {limit}" for method, limit in changed.items()]
        raise ChangedMeanwhile(
            record="house_limits", changed=told or [f"version {version}"], theirs=theirs, version=version
        )
    for method, limit_minor in changed.items():
        _set_limit(session, rows.get(method), method, limit_minor, operator)


def _hold_limits(session: Session) -> None:
    """One who sets limits at a time: of two who set the first, the second finds it."""
    session.execute(sa.select(Ledger.id).with_for_update(key_share=True))


def _set_limit(session: Session, found: HouseLimit | None, method: str, limit_minor: int | None, operator: str) -> None:
    refuse_unknown_method(method)
    if limit_minor is not None and limit_minor < 0:
        raise LimitNegative
    if limit_minor is not None and limit_minor > MOST_MINOR:
        raise AmountTooLarge(amount=Money(limit_minor, currency(session)))
    before = found.limit_minor if found else None
    if found is None:
        session.add(HouseLimit(method=method, limit_minor=limit_minor))
    else:
        found.limit_minor = limit_minor
    session.flush()
    record(session, "house_limit.set", f"house_limit:{method}", operator, {"limit": before}, {"limit": limit_minor})


def limits_version(session: Session) -> int:
    """The version of all house limits together, which goes up when one is set."""
    return session.scalar(sa.select(sa.func.coalesce(sa.func.sum(HouseLimit.version), 0))) or 0


def house_limits(session: Session) -> dict[str, int | None]:
    """The house limits in minor units, by method of payment."""
    return dict(session.execute(sa.select(HouseLimit.method, HouseLimit.limit_minor)).all())


def limit_for(limits: Mapping[str, int | None], method: str | None) -> int | None:
    """The limit of a guest who pays by `method`; one who named none counts as paying cash."""
    return limits.get(method or "cash")


def refuse_unknown_method(method: str | None) -> None:
    """Refuses (`MethodUnknown`) what is no method of payment."""
    if method is not None and method not in TENDERS:
        raise MethodUnknown(method=method)
