"""What the pages of a folio and of a stay show of charging from outlets: stops, who shares the room, cards; with the
buttons of one press. The deeds themselves stand in `charging.py`.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from folios.models import Folio
from frontoffice.allowed import asked
from frontoffice.charge_cards import ACCOUNTS, cards_of
from frontoffice.charge_stops import outlets, stops_of
from frontoffice.fixed_charges import fixed_charges
from frontoffice.forms.charging import CardBackForm, LiftForm, TakeOutForm
from frontoffice.forms.fixed_charges import FREQUENCY_WORDS
from frontoffice.sharers import refuse_full, sharers_of
from frontoffice.stay_head import StayHead


def of_folio(session: Session, folio: Folio) -> dict[str, Any]:
    """The stops of a folio, the names of outlets they are for, and the cards of an account."""
    stops = stops_of(session, [folio.id])[folio.id] if folio.type != "control" else []
    return {
        "stops": stops,
        "cards": cards_of(session, folio_ids=[folio.id])[folio.id] if folio.type in ACCOUNTS else [],
        "outlets": dict(outlets(session)) if stops else {},
        **_BUTTONS,
    }


def of_stay(session: Session, head: StayHead) -> dict[str, Any]:
    """Who shares the room of a stay, its cards, and the stops of its windows. `full`: why nobody can be added."""
    sharers = sharers_of(session, [head.stay.id])[head.stay.id]
    stops = stops_of(session, [each.folio_id for each in head.windows])
    return {
        "sharers": sharers,
        "full": asked(refuse_full, head.stay, len(sharers)),
        "cards": cards_of(session, stay_ids=[head.stay.id])[head.stay.id],
        "stops": stops,
        "outlets": dict(outlets(session)) if any(stops.values()) else {},
        **_BUTTONS,
    }


def fixed_of_stay(session: Session, stay_id: int) -> dict[str, Any]:
    """What the night audit posts to a stay by itself."""
    return {"charges": fixed_charges(session, stay_id), "words": dict(FREQUENCY_WORDS)}


# Forms of one button, each made anew: what was sent to the page belongs to another form.
_BUTTONS = {
    "lift": lambda: LiftForm(formdata=None),
    "take_out": lambda: TakeOutForm(formdata=None),
    "take_back": lambda card: CardBackForm(formdata=None, version=card.version),
}
