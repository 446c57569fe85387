"""What stands in the way of a departure, each with its reason: one rule for those who ask and for the check-out that
refuses. The check-out itself stands in `stays.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.business_day import open_date
from folios.errors import N_, Refusal
from folios.models import Folio
from folios.money import Money
from frontoffice.fixed_charges import due_fixed_charges, post_fixed_charges
from frontoffice.lifecycle import get_stays
from frontoffice.models.stays import Stay, StayWindow
from frontoffice.room_charges import charge_nights, uncharged_nights
from frontoffice.windows import windows_of


class WindowOwes(Refusal):
    code = "window.owes"
    message = N_("window {window} still owes {balance}")


class WindowInCredit(Refusal):
    code = "window.in_credit"
    message = N_("window {window} has {balance} too much")


class NightNotCharged(Refusal):
    code = "night.not_charged"
    message = N_("{day} has not been charged yet")


class FixedChargeNotPosted(Refusal):
    code = "fixed_charge.not_posted"
    message = N_("{charge} of {day} has not been charged yet")


class Overstayed(Refusal):
    code = "stay.overstayed"
    message = N_("it was due out on {departure} and has not been extended")


class DepartureBlocked(Refusal):
    """Params: `stay` (its number), `obstacles` (a list of refusals, each with its own code, text and params)."""

    code = "stay.departure_blocked"
    message = N_("Stay {stay} cannot check out: {obstacles}.")

    def text(self, translate: Callable[[str], str] = lambda message: message, locale: str = "en") -> str:
        """The sentence, with every obstacle in the reader's language."""
        obstacles = "; ".join(each.text(translate, locale) for each in self.params["obstacles"])
        return translate(self.message).format(stay=self.params["stay"], obstacles=obstacles)


def departure_obstacles(session: Session, stay_id: int) -> list[Refusal]:
    """What stands in the way of checking a stay out now, each with its reason; nothing when it can leave."""
    return departure_obstacles_of(session, [stay_id])[stay_id]


def departure_obstacles_of(session: Session, stay_ids: Collection[int]) -> dict[int, list[Refusal]]:
    """The same for many stays, by stay, in a constant number of statements."""
    stays = get_stays(session, stay_ids)
    windows = windows_of(session, stays)
    folio_ids = {each.folio_id for opened in windows.values() for each in opened}
    folios = session.execute(sa.select(Folio.id, Folio.balance_minor, Folio.currency).where(Folio.id.in_(folio_ids)))
    return obstacles(session, stays, windows, {row.id: row for row in folios}, open_date(session))


def obstacles(
    session: Session,
    stays: Mapping[int, Stay],
    windows: Mapping[int, Sequence[StayWindow]],
    folios: Mapping[int, Any],
    today: date,
) -> dict[int, list[Refusal]]:
    """What stands in the way of each departure: one rule for those who ask and for those who refuse."""
    found: dict[int, list[Refusal]] = {stay_id: [] for stay_id in stays}
    for night in uncharged_nights(session, stay_ids=list(stays)):
        found[night.stay_id].append(NightNotCharged(day=night.day))
    for due in due_fixed_charges(session, stay_ids=list(stays)):
        charge = due.charge
        found[charge.stay_id].append(FixedChargeNotPosted(charge=charge.text or charge.code, day=due.day))
    for stay_id, stay in stays.items():
        if stay.departure < today:
            found[stay_id].append(Overstayed(departure=stay.departure))
        for window in windows[stay_id]:
            row = folios[window.folio_id]
            balance = Money(row.balance_minor, row.currency)
            if balance.minor > 0:
                found[stay_id].append(WindowOwes(window=window.window, balance=balance))
            elif balance.minor < 0:
                found[stay_id].append(WindowInCredit(window=window.window, balance=-balance))
    return found


def charge_what_is_due(session: Session, stay_id: int, operator: str) -> int:
    """Charges the nights, or the day used, and the fixed charges that the night audit has not come to; how many."""
    nights = uncharged_nights(session, stay_ids=[stay_id])
    charge_nights(session, nights, operator)
    due = due_fixed_charges(session, stay_ids=[stay_id])
    post_fixed_charges(session, due, operator)
    return len(nights) + len(due)
