"""What stands on each kind of slip, as plain facts: made when something happens, kept as JSON, printed later or never.

No database, no template and no printer here. Amounts are minor units of `currency`; `moment` is on the hotel's clock.
What a hotel does not want on paper (a room, a name) is left None by whoever makes the facts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from typing import Any, ClassVar

from folios.errors import N_, Refusal


class SlipKindUnknown(Refusal):
    code = "slip.kind_unknown"
    message = N_("There is no slip of kind {kind}.")


class SlipContentInvalid(Refusal):
    code = "slip.content_invalid"
    message = N_("The facts of this slip cannot be read ({cause}). It cannot be printed; cancel it.")


@dataclass(frozen=True, slots=True)
class SlipLine:
    """One line of a check or report: a text, how many, and the amount of all of them together."""

    text: str
    quantity: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Head:
    """What every slip says of itself: whose it is and when it was."""

    hotel: str
    business_date: date
    moment: datetime
    currency: str


@dataclass(frozen=True, slots=True)
class ChargeSlip(Head):
    """A charge of an outlet to a room or account. `note` says what is unusual; `to_sign`: a line for it."""

    kind: ClassVar[str] = "charge"

    outlet_name: str
    lines: tuple[SlipLine, ...]
    total_minor: int
    voucher: int | None = None
    check_number: str | None = None
    table: str | None = None
    covers: int | None = None
    waiter: str | None = None
    terminal: str | None = None
    room: str | None = None
    guest: str | None = None
    tip_minor: int | None = None
    note: str | None = None
    to_sign: bool = False


@dataclass(frozen=True, slots=True)
class MoneySlip(Head):
    """Money that came in or went out at the desk. `cash`: it lay in a drawer. `balance_minor`: the folio's after."""

    amount_minor: int
    tender: str
    cash: bool
    voucher: int
    operator: str
    folio: str | None = None
    name: str | None = None
    room: str | None = None
    shift: int | None = None
    reference: str | None = None
    text: str | None = None
    reason: str | None = None
    balance_minor: int | None = None


@dataclass(frozen=True, slots=True)
class PaymentSlip(MoneySlip):
    """A payment to a folio."""

    kind: ClassVar[str] = "payment"


@dataclass(frozen=True, slots=True)
class DepositSlip(MoneySlip):
    """Money taken before arrival."""

    kind: ClassVar[str] = "deposit"


@dataclass(frozen=True, slots=True)
class RefundSlip(MoneySlip):
    """Money given back."""

    kind: ClassVar[str] = "refund"


@dataclass(frozen=True, slots=True)
class PaidOutSlip(MoneySlip):
    """Cash handed out of a drawer, for a guest or for the house."""

    kind: ClassVar[str] = "paid_out"


@dataclass(frozen=True, slots=True)
class ShiftSlip(Head):
    """A cashier's shift after its count. Lines are sums by code: payments, refunds, paid-outs."""

    kind: ClassVar[str] = "shift_report"

    shift: int
    cashier: str
    drawer: str
    payments: tuple[SlipLine, ...]
    refunds: tuple[SlipLine, ...]
    paid_outs: tuple[SlipLine, ...]
    float_minor: int
    expected_minor: int
    counted_minor: int
    dropped_minor: int
    left_minor: int
    witness: str | None = None
    bag: str | None = None


@dataclass(frozen=True, slots=True)
class ZSlip(Head):
    """What an outlet or one of its terminals took on a business day, by code or article."""

    kind: ClassVar[str] = "z_report"

    outlet_name: str
    number: str
    lines: tuple[SlipLine, ...]
    total_minor: int
    checks: int
    covers: int | None = None
    terminal: str | None = None
    corrections: tuple[SlipLine, ...] = ()


@dataclass(frozen=True, slots=True)
class TestSlip(Head):
    """Shows whether a printer prints, in every script, and where its paper ends."""

    __test__: ClassVar[bool] = False  # no test, whatever a collector of tests thinks of its name
    kind: ClassVar[str] = "test"

    printer: str
    operator: str


Slip = ChargeSlip | PaymentSlip | DepositSlip | RefundSlip | PaidOutSlip | ShiftSlip | ZSlip | TestSlip
KINDS: dict[str, type[Slip]] = {
    each.kind: each
    for each in (ChargeSlip, PaymentSlip, DepositSlip, RefundSlip, PaidOutSlip, ShiftSlip, ZSlip, TestSlip)
}
DESK_KINDS = ("payment", "deposit", "refund", "paid_out", "shift_report")
"""Slips of the desk: printed where a route names their printer, and otherwise not at all."""

KIND_WORDS = {
    "charge": N_("Charge"),
    "payment": N_("Payment"),
    "deposit": N_("Deposit"),
    "refund": N_("Refund"),
    "paid_out": N_("Paid-out"),
    "shift_report": N_("Shift report"),
    "z_report": N_("End of day of an outlet"),
    "test": N_("Test"),
}


def content_of(slip: Slip) -> dict[str, Any]:
    """The facts as JSON holds them."""
    return {
        name: value.isoformat() if isinstance(value, date | datetime) else value
        for name, value in asdict(slip).items()
        if value is not None
    }


def read_slip(kind: str, content: Mapping[str, Any], voucher_id: int | None = None) -> Slip:
    """The facts of a stored slip; what a newer program added to them is passed over. `voucher_id` is the job's: a
    charge draws it in the statement that writes the facts.

    Refuses `SlipKindUnknown`, and `SlipContentInvalid` when something that has to be there is missing or no such thing.
    """
    if kind not in KINDS:
        raise SlipKindUnknown(kind=kind)
    known = {each.name for each in fields(KINDS[kind])}
    given = {name: value for name, value in content.items() if name in known}
    if "voucher" in known and voucher_id is not None:
        given.setdefault("voucher", voucher_id)
    try:
        given["business_date"] = date.fromisoformat(given["business_date"])
        given["moment"] = datetime.fromisoformat(given["moment"])
        for name in ("lines", "payments", "refunds", "paid_outs", "corrections"):
            if name in given:
                given[name] = tuple(_line(each) for each in given[name])
        for name, value in given.items():
            if (name.endswith("_minor") or name in ("covers", "shift", "checks")) and type(value) is not int:
                raise TypeError(name)
        return KINDS[kind](**given)
    except (KeyError, TypeError, ValueError) as error:
        raise SlipContentInvalid(cause=f"{type(error).__name__}: {error}"[:100]) from None


def _line(given: Mapping[str, Any]) -> SlipLine:
    amount = given["amount_minor"]
    if type(amount) is not int:
        raise TypeError("amount_minor")
    return SlipLine(str(given["text"]), int(given.get("quantity", 1)), amount)
