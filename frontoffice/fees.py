"""The fee of who does not come: charged to a window of the stay that was cancelled or did not show up, against its
deposit where there is one.

Cancelling and no-shows stand in `reservations.py`; what becomes of a deposit without a fee in `deposits.py`.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from folios.business_day import hold_open_day
from folios.charges import Charge, ChargeLine, charge
from folios.codes import catalogue
from folios.drafts import Origin, Posted
from folios.errors import N_, Refusal
from folios.models import Folio, Voucher
from folios.money import Money
from frontoffice.deposits import apply_deposit
from frontoffice.lifecycle import lock_stays
from frontoffice.models.stays import Stay
from frontoffice.no_show_fees import SENDER
from frontoffice.windows import open_window, windows_of


class FeeCodeMissing(Refusal):
    code = "fee_code.missing"
    message = N_("Say what the fee is charged as.")


class FeeChargedAlready(Refusal):
    code = "fee.charged_already"
    message = N_(
        "The night has charged {stay} for not coming: voucher {voucher}. Take that back before you charge another fee."
    )


def charge_fee(session: Session, stay_id: int, code: str | None, amount: Money, origin: Origin) -> Posted:
    """Charges a fee, tax as its code has it, to the first window of a cancelled stay or a no-show.

    A deposit is moved there first. Refuses without a code (`FeeCodeMissing`), stays in another state, a no-show whom
    the night has charged (`FeeChargedAlready`), and as a charge.
    """
    if code is None:
        raise FeeCodeMissing
    hold_open_day(session)
    stay = lock_stays(session, [stay_id], "open_window")[stay_id]
    refuse_charged(session, stay)
    held = session.scalar(sa.select(Folio.balance_minor).where(Folio.id == stay.deposit_folio_id))
    windows = windows_of(session, [stay_id])[stay_id]
    if held:
        window = apply_deposit(session, stay_id, origin.operator)
    else:
        window = windows[0] if windows else open_window(session, stay_id, origin.operator)
    line = ChargeLine(code, amount, persons=stay.adults)
    return charge(session, Charge(window.folio_id, (line,), limit_applies=False), origin)


def refuse_charged(session: Session, stay: Stay) -> None:
    """Refuses (`FeeChargedAlready`) a stay whose fee the night charged, unless that was taken back."""
    key, back = f"{stay.id}:{stay.arrival.isoformat()}", aliased(Voucher)
    charged = sa.select(Voucher.id).where(Voucher.sender == SENDER, Voucher.key == key)
    voucher_id = session.scalar(charged.where(~sa.exists().where(back.corrects_voucher_id == Voucher.id)).limit(1))
    if voucher_id is not None:
        raise FeeChargedAlready(stay=stay.number, voucher=voucher_id)


def codes_of(session: Session, kind: str) -> list[tuple[str, str]]:
    """The active transaction codes of a kind (`charge`, `payment`) with their names, in order of the code."""
    codes = catalogue(session).codes.values()
    return sorted((each.code, each.name) for each in codes if each.kind == kind and each.active)
