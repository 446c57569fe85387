"""Which answer status a refusal becomes. One table, by the refusal's code; what is not in it cannot be processed.

After RY and NA the other side sends again, after every other it gives up: so only what may be different in a moment
becomes one of these two.
"""

from __future__ import annotations

from typing import Final

from folios.errors import N_, DatabaseRefusal, Refusal
from pos_bridge.fias.answers import AnswerStatus as Status

BY_CODE: Final[dict[str, Status]] = {
    "payer.unknown": Status.NOBODY,
    "payer.room_unknown": Status.NOBODY,
    "payer.room_vacant": Status.NOBODY,
    "payer.name_mismatch": Status.NOBODY,
    "payer.moved": Status.NOBODY,
    "payer.stay_gone": Status.NOBODY,
    "payer.account_unknown": Status.NOBODY,
    "payer.card_unknown": Status.NOBODY,
    "payer.missing": Status.NOBODY,
    "room.unknown": Status.NOBODY,
    "stay.unknown": Status.NOBODY,
    "payer.stopped": Status.NO_POST,
    "payer.limit_reached": Status.OVER_LIMIT,
    "folio.house_limit": Status.OVER_LIMIT,
    "check.sum_mismatch": Status.SUM_WRONG,
    "folio.closed": Status.ACCOUNT_INVALID,
    "folio.unknown": Status.ACCOUNT_INVALID,
    "folio.wrong_type": Status.ACCOUNT_INVALID,
    "link.method_unknown": Status.ACCOUNT_INVALID,
    "terminal.off": Status.FEATURE_OFF,
    "terminal.may_not": Status.FEATURE_OFF,
    "outlet.off": Status.FEATURE_OFF,
    "link.record_off": Status.FEATURE_OFF,
    "day.none_open": Status.NIGHT_AUDIT,
}


class RecordOff(Refusal):
    """A record that the link is not set up for."""

    code = "link.record_off"
    message = N_("This link is not set up for {record}.")


class NumberUsed(Refusal):
    code = "link.number_used"
    message = N_("Number {number} was sent before with other content.")


class NegativeRefused(Refusal):
    code = "link.negative"
    message = N_("Amounts below zero are not taken.")


class NothingToTakeBack(Refusal):
    code = "link.nothing_to_take_back"
    message = N_("No charge of that amount stands there.")


class ValueInvalid(Refusal):
    """`field` is the code of a field whose value is none."""

    code = "link.value_invalid"
    message = N_("Field {code} is not valid.")


class OutletOfNobody(Refusal):
    code = "link.outlet_unknown"
    message = N_("Outlet {outlet} is not known here.")


class MethodUnknown(Refusal):
    code = "link.method_unknown"
    message = N_("Payment method {method} is not known here.")


class PartsMismatch(Refusal):
    code = "link.sum_mismatch"
    message = N_("The parts do not add up to the total.")


BY_CODE["link.sum_mismatch"] = Status.SUM_WRONG


def status_of(code: str | None) -> Status:
    """The status of a stored answer, by the code of its refusal; None: it was done."""
    return Status.DONE if code is None else BY_CODE.get(code, Status.UNPROCESSABLE)


def status_for(refusal: Refusal) -> Status:
    """The status of a refusal that was raised."""
    return Status.RETRY if isinstance(refusal, DatabaseRefusal) else status_of(refusal.code)
