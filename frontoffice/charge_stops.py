"""Stops: folios that outlets may not charge ("no-post"), every outlet or one of them. The desk itself still can.

Which outlets there are is known on a floor above, which says so by `OUTLETS`; so is what a terminal does with a stop.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.business_day import hold_open_day
from folios.errors import N_, FolioClosed, ReasonMissing, Refusal
from folios.events import record
from folios.folios import lock_folios
from folios.models import Folio
from folios.texts import clean_text
from frontoffice.models.charging import OUTLET_LENGTH, REASON_LENGTH, ChargeStop
from frontoffice.models.stays import Stay, StayWindow
from frontoffice.signals import guest_changed

Outlets = Callable[[Session], list[tuple[str, str]]]
OUTLETS: list[Outlets] = []
"""Where outlets are known: functions that list them by code and name. Without one there is only "every outlet"."""


class OutletUnknown(Refusal):
    code = "outlet.stop_unknown"
    message = N_("There is no outlet {outlet}. Choose one of the list, or every outlet.")


class ControlFolioStopped(Refusal):
    code = "stop.control_folio"
    message = N_("Folio {folio} is a control folio: outlets never charge it, so there is nothing to stop.")


class StoppedBefore(Refusal):
    """`outlet` is None where every outlet was stopped."""

    code = "stop.set_before"
    message = N_("Folio {folio} is stopped already, since {day} by {operator}: {reason}. Lift that stop first.")


class StopUnknown(Refusal):
    code = "stop.unknown"
    message = N_("Folio {folio} has no such stop any more. Somebody may have lifted it meanwhile.")


def outlets(session: Session) -> list[tuple[str, str]]:
    """The outlets of the house by code and name, in order of the name; none where no floor above knows of any."""
    return sorted(
        {each for known in OUTLETS for each in known(session)}, key=lambda each: (each[1].casefold(), each[0])
    )


def set_stop(
    session: Session, folio_id: int, reason: str | None, operator: str, *, outlet: str | None = None
) -> ChargeStop:
    """Stops charges to a folio from an outlet, named by its code, or from every outlet.

    Refuses no reason, an unknown outlet, an unknown, closed (`FolioClosed`) or control folio, and the same stop twice.
    """
    why = clean_text("reason", reason, REASON_LENGTH)
    if why is None:
        raise ReasonMissing
    code = clean_text("outlet", outlet, OUTLET_LENGTH)
    if code is not None and code not in {known for known, _name in outlets(session)}:
        raise OutletUnknown(outlet=code)
    today = hold_open_day(session)
    refuse_stopping(lock_folios(session, [folio_id])[folio_id])
    before = next((each for each in stops_of(session, [folio_id])[folio_id] if each.outlet == code), None)
    if before is not None:
        facts = {"day": before.set_on, "operator": before.set_by, "reason": before.reason}
        raise StoppedBefore(folio=_number(session, folio_id), outlet=code, **facts)
    stop = ChargeStop(folio_id=folio_id, outlet=code, reason=why, set_on=today, set_by=operator)
    session.add(stop)
    session.flush()
    record(session, "folio.charging.stopped", f"folio:{folio_id}", operator, None, {"outlet": code, "reason": why})
    _tell(session, folio_id)
    return stop


def refuse_stopping(folio: Any) -> None:
    """Refuses a folio (its row) that no stop can be set on: a control folio, or a closed one."""
    if folio.type == "control":
        raise ControlFolioStopped(folio=folio.number)
    if folio.status != "open":
        raise FolioClosed(folio=folio.number)


def lift_stop(session: Session, folio_id: int, stop_id: int, operator: str) -> None:
    """Lets outlets charge a folio again, as far as this stop kept them from it. A closed folio's can be lifted too.

    Refuses an unknown folio, and a stop that is not there (`StopUnknown`), because it was lifted by another.
    """
    hold_open_day(session)
    number = lock_folios(session, [folio_id])[folio_id].number
    stop = next((each for each in stops_of(session, [folio_id])[folio_id] if each.id == stop_id), None)
    if stop is None:
        raise StopUnknown(folio=number)
    before = {"outlet": stop.outlet, "reason": stop.reason, "set_on": stop.set_on, "set_by": stop.set_by}
    session.delete(stop)
    session.flush()
    record(session, "folio.charging.allowed", f"folio:{folio_id}", operator, before, {"outlet": stop.outlet})
    _tell(session, folio_id)


def stops_of(session: Session, folio_ids: Collection[int]) -> dict[int, list[ChargeStop]]:
    """The stops of each folio, that of every outlet first. One statement."""
    found: dict[int, list[ChargeStop]] = {folio_id: [] for folio_id in folio_ids}
    wanted = (
        sa.select(ChargeStop)
        .where(ChargeStop.folio_id.in_(found))
        .order_by(ChargeStop.outlet.is_not(None), ChargeStop.outlet)
    )
    for stop in session.scalars(wanted):
        found[stop.folio_id].append(stop)
    return found


def _number(session: Session, folio_id: int) -> str:
    return session.execute(sa.select(Folio.number).where(Folio.id == folio_id)).scalar_one()


def _tell(session: Session, folio_id: int) -> None:
    """Tells the floors above when the folio is a window of somebody in house."""
    in_house = (
        sa.select(Stay.id)
        .join(StayWindow, StayWindow.stay_id == Stay.id)
        .where(StayWindow.folio_id == folio_id, Stay.status == "in_house")
    )
    stay_ids = list(session.scalars(in_house))
    if stay_ids:
        guest_changed.send(session, stay_ids=stay_ids)
