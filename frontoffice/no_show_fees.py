"""The fee that the night audit charges by the house's rule for a guaranteed booking whose guest did not come.

It goes to the first window of the stay, opened for it where there is none; the deposit is moved there first, and what
it does not cover stays owed. A fee that somebody charges by hand stands in `fees.py`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from folios.business_day import hold_open_day
from folios.charges import Charge, ChargeLine, charge_all
from folios.drafts import Origin, Posted
from folios.errors import N_
from folios.events import record_all
from folios.folios import lock_folios, reopen_folio
from folios.ledger import currency
from folios.models import Folio, Posting, TransactionCode, Voucher
from folios.money import Money, half_up
from folios.verify import holds
from frontoffice.deposits import use_deposits
from frontoffice.lifecycle import get_stays
from frontoffice.models.rates import RateCode
from frontoffice.models.stays import Stay, StayNight, StayWindow
from frontoffice.windows import NewWindow, open_windows, windows_of

SENDER = "no_show"


@dataclass(frozen=True, slots=True)
class Fee:
    """The house's rule: so much percent of the first night, as a code; None: the one of the night's rate."""

    percent: int
    code: str | None = None


@dataclass(frozen=True, slots=True)
class DueFee:
    """What a stay that did not come on `day` is to be charged, before taxes that come on top. In minor units."""

    stay_id: int
    day: date
    code: str
    code_active: bool
    amount_minor: int
    adults: int

    @property
    def key(self) -> str:
        """What the fee is posted by, once for a stay and a day."""
        return f"{self.stay_id}:{self.day.isoformat()}"


def due_fees(
    session: Session, day: date, fee: Fee | None, *, most: int | None = None, states: Collection[str] = ("no_show",)
) -> list[DueFee]:
    """The fees of who was due on `day` and did not come that have not been charged, by the audit or by hand.

    Only bookings that are guaranteed, or hold a deposit, and whose first night has a price. One statement. `states`:
    with `confirmed` also those of who may still come.
    """
    if fee is None:
        return []
    found: Any = session.execute(_not_charged(day, fee, states))
    due = [
        DueFee(stay_id, day, code, active, half_up(price_minor * fee.percent, 100), adults)
        for stay_id, code, active, price_minor, adults in found
    ]
    return [each for each in due if each.amount_minor > 0][:most]


def _not_charged(day: date, fee: Fee, states: Collection[str]) -> Any:
    deposit = aliased(Folio)
    return (
        sa.select(Stay.id, TransactionCode.code, TransactionCode.active, StayNight.price_minor, Stay.adults)
        .join(StayNight, sa.and_(StayNight.stay_id == Stay.id, StayNight.date == day))
        .join(RateCode, RateCode.code == StayNight.rate_code)
        .join(TransactionCode, TransactionCode.code == sa.func.coalesce(fee.code, RateCode.transaction_code))
        .outerjoin(deposit, deposit.id == Stay.deposit_folio_id)
        .where(Stay.status.in_(states), Stay.arrival == day, Stay.nature == "paying", StayNight.price_minor > 0)
        .where(sa.or_(Stay.guaranteed, deposit.balance_minor < 0), ~_charged(day))
        .order_by(Stay.id)
    )


def _charged(day: date) -> sa.ColumnElement[bool]:
    """Whether a stay was charged for not coming on that day: by the audit, or by hand on any of its windows."""
    key = sa.cast(Stay.id, sa.String) + ":" + day.isoformat()
    by_audit = sa.exists().where(Voucher.sender == SENDER, Voucher.key == key)
    by_hand = (
        sa.exists()
        .where(StayWindow.stay_id == Stay.id, Posting.debit_folio_id == StayWindow.folio_id)
        .where(Posting.business_date >= day, Voucher.id == Posting.voucher_id, Voucher.kind == "charge")
    )
    return sa.or_(by_audit, by_hand)


def post_fees(session: Session, due: Sequence[DueFee], operator: str) -> list[Posted]:
    """Posts what `due_fees` found into the day that the audit is working on, against the deposits held.

    Whom somebody charged by hand since then is passed over: what is due is asked once more while nobody can charge.
    A constant number of statements, but for windows that somebody closed. The caller is the audit, alone at its day.
    """
    due, stays = _due_still(session, due)
    if not due:
        return []
    folios = _first_folios(session, stays, due[0].day, operator)
    kept_in = currency(session)
    _use_deposits(session, [(stays[each.stay_id], folios[each.stay_id]) for each in due], due[0].day, operator)
    posted = charge_all(session, [_request(each, folios[each.stay_id], kept_in, operator) for each in due])
    told = [
        (f"stay:{each.stay_id}", None, {"day": each.day, "voucher": voucher.voucher_id, "total": voucher.total_minor})
        for each, voucher in zip(due, posted, strict=True)
    ]
    record_all(session, "stay.no_show.charged", operator, told)
    return posted


def _due_still(session: Session, due: Sequence[DueFee]) -> tuple[list[DueFee], dict[int, Stay]]:
    """Those of the fees that are due still, and their stays; these, their windows and their deposits are locked."""
    if not due:
        return [], {}
    hold_open_day(session)
    stays = get_stays(session, [each.stay_id for each in due], locked=True)
    accounts = {each.folio_id for windows in windows_of(session, stays).values() for each in windows}
    lock_folios(session, accounts | {stay.deposit_folio_id for stay in stays.values() if stay.deposit_folio_id})
    wanted = sa.select(Stay.id).where(Stay.id.in_(stays), Stay.status == "no_show", ~_charged(due[0].day))
    left = set(session.scalars(wanted))
    return [each for each in due if each.stay_id in left], {stay_id: stays[stay_id] for stay_id in sorted(left)}


def _request(due: DueFee, folio_id: int, kept_in: str, operator: str) -> tuple[Charge, Origin]:
    line = ChargeLine(due.code, Money(due.amount_minor, kept_in), persons=due.adults)
    request = Charge(folio_id, (line,), reference=str(due.stay_id), limit_applies=False, business_date=due.day)
    return request, Origin(operator, sender=SENDER, key=due.key)


def _first_folios(session: Session, stays: Mapping[int, Stay], day: date, operator: str) -> dict[int, int]:
    """The folio of the first window of each stay: opened on the day, or opened again, where it is not open."""
    windows = windows_of(session, stays)
    missing = [NewWindow(stay, opened_on=day) for stay_id, stay in stays.items() if not windows[stay_id]]
    folios = {each.stay_id: each.folio_id for each in open_windows(session, missing, operator)}
    folios |= {stay_id: opened[0].folio_id for stay_id, opened in windows.items() if opened}
    closed = sa.select(Folio.id).where(Folio.id.in_(folios.values()), Folio.status == "closed").order_by(Folio.id)
    for folio_id in session.scalars(closed).all():
        reopen_folio(session, folio_id, operator)
    return folios


def _use_deposits(session: Session, stays: Sequence[tuple[Stay, int]], day: date, operator: str) -> None:
    """Moves the deposits on the fees' day. One that got anything since stays as it is, to be used by hand: what came
    on the new day cannot leave on the old one.
    """
    held = {stay.deposit_folio_id for stay, _ in stays if stay.deposit_folio_id is not None}
    moved = sa.or_(Posting.debit_folio_id.in_(held), Posting.credit_folio_id.in_(held))
    since = sa.select(Posting.debit_folio_id, Posting.credit_folio_id).where(moved, Posting.business_date > day)
    later = {folio_id for row in session.execute(since) for folio_id in row} if held else set()
    use_deposits(session, [each for each in stays if each[0].deposit_folio_id not in later], operator, audited=day)


holds(
    N_("each fee the night charged for not coming is of a stay that did not come that day, on a window of its own"),
    f"""
    SELECT 'voucher ' || v.id, 'a window of the no-show ' || v.key, 'folio ' || p.debit_folio_id
    FROM voucher v JOIN posting p ON p.voucher_id = v.id
    WHERE v.sender = '{SENDER}' AND NOT EXISTS (
        SELECT 1 FROM stay_window w JOIN stay s ON s.id = w.stay_id
        WHERE w.folio_id = p.debit_folio_id AND s.status = 'no_show' AND s.id || ':' || v.business_date = v.key)
    """,  # noqa: S608 - no outside text in it
)
