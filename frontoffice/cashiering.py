"""Cash at the desk: the drawers, the safe and the folios of what was over or short; coins and notes; money in and out.

Taking and giving money needs an open shift, whose drawer the cash goes through. Opening a shift, counting it and its
report are in `shifts.py`; how a payment is posted is the ledger's (`folios.payments`).

Locks: the business day, then the shift (shared by whoever takes money, alone for whoever closes it), then companies
and folios. A verb that locks stays does so before it comes here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from folios import corrections, payments
from folios.business_day import hold_open_day
from folios.codes import catalogue
from folios.drafts import Origin, Posted
from folios.errors import N_, DatabaseBusy, FolioNumberTaken, NoDrawer, Refusal
from folios.events import record
from folios.folios import get_folio, known_id, open_folio
from folios.ledger import currency
from folios.lines import Selection
from folios.models import Folio, Ledger, Posting, TransactionCode, Voucher
from folios.money import MOST_MINOR, Money, minor_digits
from folios.payments import PaidOut, Payment
from frontoffice import deposits
from frontoffice.companies import hold_credit_limit, receivable_folio
from frontoffice.lifecycle import get_stays
from frontoffice.models.cashiering import CashFolio, Denomination, Shift

SENDER = "desk"
DRAWER = "DRAWER"  # the number of a hotel's first drawer
PLACES = {
    "safe": ("SAFE", "Safe"),
    "over": ("OVER", "Cash over"),
    "short": ("SHORT", "Cash short"),
    "bank": ("TRANSIT", "Cash on its way to the bank"),
}
MOST_DENOMINATIONS = 40

# Coins and notes by value in minor units, as the issuing banks list them.
DENOMINATIONS = {
    "EUR": (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000),
    "USD": (1, 5, 10, 25, 50, 100, 200, 500, 1000, 2000, 5000, 10000),
    "GBP": (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000),
    "CHF": (5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 100000),
    "JPY": (1, 5, 10, 50, 100, 500, 1000, 2000, 5000, 10000),
    "KWD": (5, 10, 20, 50, 100, 250, 500, 1000, 5000, 10000, 20000),
}


class ShiftNeeded(Refusal):
    code = "shift.needed"
    message = N_("You have no open shift. Open a shift with its drawer first, then take or give money.")


class DrawerOff(Refusal):
    code = "drawer.switched_off"
    message = N_("Drawer {folio} is switched off. Switch it on first, or choose another.")


class DrawerInUse(Refusal):
    code = "drawer.in_use"
    message = N_("Drawer {folio} is in the hands of {cashier}. Close that shift first, or choose another drawer.")


class DenominationsInvalid(Refusal):
    code = "denominations.invalid"
    message = N_("Name at least one coin or note and at most {most}, each with a value above zero.")


class CashElsewhere(Refusal):
    code = "cash.elsewhere"
    message = N_(
        "The cash of voucher {voucher} went through drawer {folio}, where you have no open shift. "
        "Have it corrected there, or refund it from your own drawer."
    )


# --- where cash lies ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Drawer:
    """A drawer by its control folio, and the cashier whose open shift it has, if any. What it holds is not told."""

    folio_id: int
    number: str
    name: str
    active: bool
    shift_id: int | None
    cashier: str | None


def place(session: Session, which: str, operator: str) -> int:
    """The folio of the hotel's `safe`, of what was counted `over` or `short`, or is on its way to the `bank`, by id.

    It is opened when the hotel has none yet; two who need it at once get the same one.
    """
    found = _folio_of(session, which)
    if found is not None:
        return found
    number, name = PLACES[which]
    for chosen in (number, None):  # the number may belong to a folio of another use: then one is drawn
        try:
            with session.begin_nested():
                return _open_place(session, which, name, chosen, operator)
        except (FolioNumberTaken, IntegrityError):
            found = _folio_of(session, which)
            if found is not None:
                return found
    raise DatabaseBusy


def _folio_of(session: Session, which: str) -> int | None:
    return session.scalar(sa.select(CashFolio.folio_id).where(CashFolio.place == which))


def _open_place(session: Session, which: str, name: str, number: str | None, operator: str) -> int:
    folio = open_folio(session, type="control", name=name, number=number, operator=operator)
    return _take_up(session, which, folio, operator)


def _take_up(session: Session, which: str, folio: Folio, operator: str) -> int:
    session.add(CashFolio(folio_id=folio.id, place=which, active=True))
    session.flush()
    record(session, "cash.place.added", f"folio:{folio.id}", operator, None, {"place": which, "number": folio.number})
    return folio.id


def add_drawer(session: Session, name: str, number: str, operator: str) -> Folio:
    """Adds a cash drawer under a folio number of its own, or takes up a drawer's control folio opened before.

    Refuses (`FolioNumberTaken`) the number of any other folio.
    """
    existing = session.scalar(sa.select(Folio).where(Folio.number == number.strip()))
    if existing is not None and not _is_unlisted_drawer(session, existing):
        raise FolioNumberTaken(folio=existing.number)
    try:
        with session.begin_nested():
            folio = existing or open_folio(session, type="control", name=name, number=number, operator=operator)
            _take_up(session, "drawer", folio, operator)
    except IntegrityError:
        raise FolioNumberTaken(folio=number) from None
    return folio


def _is_unlisted_drawer(session: Session, folio: Folio) -> bool:
    """A control folio that is no code's own is a drawer to the ledger; this one is on no list of the desk yet."""
    of_a_code = sa.select(TransactionCode.code).where(TransactionCode.folio_id == folio.id).exists()
    listed = sa.select(CashFolio.folio_id).where(CashFolio.folio_id == folio.id).exists()
    return folio.type == "control" and not session.scalar(sa.select(sa.or_(of_a_code, listed)))


def drawers(session: Session, *, active: bool = False) -> list[Drawer]:
    """The hotel's drawers by number (only those switched on: `active`), each with the open shift at it. One statement.

    A hotel from before shifts has its first drawer, by the number it was set up with.
    """
    no_list = ~sa.select(CashFolio.folio_id).where(CashFolio.place == "drawer").exists()
    of_a_code = sa.select(TransactionCode.code).where(TransactionCode.folio_id == Folio.id).exists()
    first = sa.and_(Folio.number == DRAWER, Folio.type == "control", no_list, ~of_a_code, CashFolio.folio_id.is_(None))
    wanted = (
        sa.select(
            Folio.id, Folio.number, Folio.name, sa.func.coalesce(CashFolio.active, sa.true()), Shift.id, Shift.cashier
        )
        .outerjoin(CashFolio, CashFolio.folio_id == Folio.id)
        .outerjoin(Shift, sa.and_(Shift.drawer_folio_id == Folio.id, Shift.status == "open"))
        .where(sa.or_(CashFolio.place == "drawer", first))
        .order_by(Folio.number)
    )
    if active:
        wanted = wanted.where(sa.or_(CashFolio.active, CashFolio.folio_id.is_(None)))
    return [Drawer(*row) for row in session.execute(wanted)]


def hold_drawer(session: Session, folio_id: int, operator: str) -> CashFolio:
    """The drawer's record under its lock. Refuses (`NoDrawer`) a folio that is none, and folios that are unknown."""
    folio = get_folio(session, known_id(folio_id))
    if session.get(CashFolio, folio_id) is None and folio_id in {each.folio_id for each in drawers(session)}:
        try:
            with session.begin_nested():
                _take_up(session, "drawer", folio, operator)
        except IntegrityError:
            pass  # another took it up meanwhile
    row = session.get(CashFolio, folio_id, with_for_update={"key_share": True}, populate_existing=True)
    if row is None or row.place != "drawer":
        raise NoDrawer(folio=folio.number)
    return row


def switch_drawer(session: Session, folio_id: int, active: bool, operator: str) -> None:
    """Switches a drawer on or off. Refuses one that is in use (`DrawerInUse`), and folios that are no drawer."""
    row = hold_drawer(session, folio_id, operator)
    if not active:
        refuse_in_use(session, folio_id)
    if row.active != active:
        row.active = active
        session.flush()
        after = {"active": active}
        record(session, "cash.drawer.switched", f"folio:{folio_id}", operator, {"active": not active}, after)


def refuse_in_use(session: Session, folio_id: int) -> None:
    """Refuses (`DrawerInUse`) a drawer that has an open shift."""
    cashier = session.scalar(sa.select(Shift.cashier).where(Shift.drawer_folio_id == folio_id, Shift.status == "open"))
    if cashier is not None:
        raise DrawerInUse(folio=get_folio(session, folio_id).number, cashier=cashier)


# --- coins and notes ----------------------------------------------------------------------------------------


def starter_denominations(of_currency: str) -> tuple[int, ...]:
    """The coins and notes of a currency in minor units; of one that is not listed, a series of 1, 2 and 5."""
    digits = minor_digits(of_currency)
    steps = range(digits + 3) if digits else range(6)
    return DENOMINATIONS.get(of_currency) or tuple(figure * 10**step for step in steps for figure in (1, 2, 5))


def denominations(session: Session) -> list[int]:
    """The coins and notes cash is counted by, in minor units, the largest first."""
    kept = list(session.scalars(sa.select(Denomination.value_minor)))
    return sorted(kept or starter_denominations(currency(session)), reverse=True)


def set_denominations(session: Session, values_minor: Iterable[int], operator: str) -> None:
    """Says which coins and notes cash is counted by from now on. What was counted before stays.

    Refuses (`DenominationsInvalid`) none, too many, and values that are not above zero.
    """
    wanted = set(values_minor)
    if not 0 < len(wanted) <= MOST_DENOMINATIONS or not all(0 < value <= MOST_MINOR for value in wanted):
        raise DenominationsInvalid(most=MOST_DENOMINATIONS)
    session.execute(sa.select(Ledger.id).with_for_update(key_share=True))  # one list at a time
    kept = set(session.scalars(sa.select(Denomination.value_minor)))
    if wanted == kept:
        return
    session.execute(sa.delete(Denomination).where(Denomination.value_minor.in_(kept - wanted)))
    if wanted - kept:
        session.execute(sa.insert(Denomination), [{"value_minor": value} for value in sorted(wanted - kept)])
    before, after = {"values_minor": sorted(kept)}, {"values_minor": sorted(wanted)}
    record(session, "cash.denominations.set", "denominations", operator, before, after)


# --- the shift that money goes through ----------------------------------------------------------------------


def hold_shift(session: Session, cashier: str) -> Shift:
    """The cashier's open shift, which cannot be closed before this unit of work ends. Refuses `ShiftNeeded`.

    What is posted for it until then is in its count; whoever comes after the close finds no open shift.
    """
    shift = _held_shift(session, cashier)
    if shift is None:
        raise ShiftNeeded
    return shift


def _held_shift(session: Session, cashier: str) -> Shift | None:
    hold_open_day(session)
    open_one = sa.select(Shift).where(Shift.cashier == cashier, Shift.status == "open").with_for_update(read=True)
    return session.scalar(open_one.execution_options(populate_existing=True))


def origin(session: Session, operator: str, key: str | None = None) -> Origin:
    """Who posts from the desk: the operator, with the open shift if there is one, and the form's key.

    For charges, corrections, allowances and transfers, which need no shift but show in its report.
    """
    return _origin(operator, key, _held_shift(session, operator))


def _origin(operator: str, key: str | None, shift: Shift | None) -> Origin:
    of_shift = None if shift is None else str(shift.id)
    return Origin(operator, shift=of_shift, sender=None if key is None else SENDER, key=key)


# --- money in and out ---------------------------------------------------------------------------------------


def take_payment(
    session: Session,
    folio_id: int,
    code: str,
    amount: Money,
    operator: str,
    *,
    company_id: int | None = None,
    reference: str | None = None,
    remark: str | None = None,
    text: str | None = None,
    over_limit_by: str | None = None,
    key: str | None = None,
) -> Posted:
    """Takes a payment to a folio: cash into the operator's drawer, a direct bill onto the company's receivable.

    Refuses without an open shift (`ShiftNeeded`), a direct bill without a company (`TenderMissing`) or beyond its
    credit limit (`CreditLimitExceeded`) unless `over_limit_by` lets it pass, and as `folios.payments.pay`. Sent again
    with the same key it gives its first answer, shift or no shift.
    """
    sent = _sent_before(session, key)
    shift = None if sent else hold_shift(session, operator)
    drawer: int = sent.debit_folio_id if shift is None else shift.drawer_folio_id
    tender = _tender_folio(session, code, operator, company_id, drawer)
    payment = Payment(folio_id, code, amount, tender, reference, remark, text)
    posted = payments.pay(session, payment, _origin(operator, key, shift))
    if company_id is not None:
        hold_credit_limit(session, posted, operator, over_limit_by)
    return posted


def take_deposit(
    session: Session,
    stay_id: int,
    code: str,
    amount: Money,
    operator: str,
    *,
    company_id: int | None = None,
    reference: str | None = None,
    remark: str | None = None,
    over_limit_by: str | None = None,
    key: str | None = None,
) -> Posted:
    """Takes a deposit for a stay that has not begun; refuses as `take_payment` and `deposits.take_deposit`."""
    hold_open_day(session)
    get_stays(session, [stay_id], locked=True)  # stays come before the shift
    sent = _sent_before(session, key)
    shift = None if sent else hold_shift(session, operator)
    drawer: int = sent.debit_folio_id if shift is None else shift.drawer_folio_id
    posted = deposits.take_deposit(
        session,
        stay_id,
        code=code,
        amount=amount,
        origin=_origin(operator, key, shift),
        tender_folio_id=_tender_folio(session, code, operator, company_id, drawer),
        reference=reference,
        remark=remark,
    )
    if company_id is not None:
        hold_credit_limit(session, posted, operator, over_limit_by)
    return posted


def give_refund(
    session: Session,
    folio_id: int,
    code: str,
    amount: Money,
    reason: str,
    operator: str,
    *,
    of_voucher_id: int | None = None,
    company_id: int | None = None,
    authorised_by: str | None = None,
    reference: str | None = None,
    remark: str | None = None,
    text: str | None = None,
    key: str | None = None,
) -> Posted:
    """Gives money back the way it came: cash out of the operator's drawer. `authorised_by` is who allowed it; the house
    limit holds all the same. Refuses as `take_payment` and `folios.payments.refund`."""
    sent = _sent_before(session, key)
    shift = None if sent else hold_shift(session, operator)
    drawer: int = sent.credit_folio_id if shift is None else shift.drawer_folio_id
    tender = _tender_folio(session, code, operator, company_id, drawer)
    payment = Payment(folio_id, code, amount, tender, reference, remark, text)
    posted_by = _origin(operator, key, shift)
    return payments.refund(session, payment, posted_by, reason, of_voucher_id, authorised_by=authorised_by)


def pay_out(
    session: Session,
    code: str,
    amount: Money,
    operator: str,
    *,
    folio_id: int | None = None,
    authorised_by: str | None = None,
    reference: str | None = None,
    text: str | None = None,
    key: str | None = None,
) -> Posted:
    """Hands cash out of the operator's drawer, for a guest (`folio_id` owes it) or for the house (None).

    `authorised_by` is who allowed it.
    Refuses without an open shift (`ShiftNeeded`) and as `folios.payments.pay_out`.
    """
    sent = _sent_before(session, key)
    shift = None if sent else hold_shift(session, operator)
    drawer: int = sent.credit_folio_id if shift is None else shift.drawer_folio_id
    paid_out = PaidOut(code, amount, drawer, folio_id, reference, text)
    return payments.pay_out(session, paid_out, _origin(operator, key, shift), authorised_by)


def correct(
    session: Session,
    folio_id: int,
    voucher_id: int,
    reason: str,
    operator: str,
    *,
    postings: Selection | None = None,
    authorised_by: str | None = None,
    key: str | None = None,
) -> Posted:
    """Takes back a voucher of the open day. Where cash went through a drawer, it goes back through the same one.
    `authorised_by` is who allowed it.

    Refuses cash of a drawer at which the operator has no open shift (`ShiftNeeded`, `CashElsewhere`), so that no count
    is wrong by another's correction; otherwise as `folios.corrections.correct`.
    """
    sent = _sent_before(session, key)
    shift = None if sent else _held_shift(session, operator)
    if not sent:
        for drawer_folio_id, number in _drawers_of(session, voucher_id):
            if shift is None:
                raise ShiftNeeded
            if drawer_folio_id != shift.drawer_folio_id:
                raise CashElsewhere(voucher=voucher_id, folio=number)
    posted_by = _origin(operator, key, shift)
    return corrections.correct(session, folio_id, voucher_id, posted_by, reason, postings, authorised_by)


def _drawers_of(session: Session, voucher_id: int) -> list[tuple[int, str]]:
    """The drawers that the cash of a voucher went through, also of one that moved such a line on."""
    began = aliased(Posting)
    found = (
        sa.select(Folio.id, Folio.number)
        .distinct()
        .select_from(Posting)
        .join(began, began.id == sa.func.coalesce(Posting.origin_posting_id, Posting.id))
        .join(CashFolio, CashFolio.folio_id.in_((began.debit_folio_id, began.credit_folio_id)))
        .join(Folio, Folio.id == CashFolio.folio_id)
        .where(Posting.voucher_id == voucher_id)
        .order_by(Folio.id)
    )
    return [(row.id, row.number) for row in session.execute(found)]


def _tender_folio(
    session: Session, code: str, operator: str, company_id: int | None, drawer_folio_id: int
) -> int | None:
    """The folio a payment names beside its code; none where the ledger knows it by the code, or refuses without."""
    codes = catalogue(session).codes
    tender = codes[code].tender if code in codes else None
    if tender == "cash":
        return drawer_folio_id
    if tender == "direct_bill" and company_id is not None:
        return receivable_folio(session, company_id, operator).id
    return None


def _sent_before(session: Session, key: str | None) -> Any:
    """The two folios of the voucher that the desk posted with this key, if it did: what is sent again keeps them."""
    if key is None:
        return None
    found = (
        sa.select(Posting.debit_folio_id, Posting.credit_folio_id)
        .join(Voucher, Voucher.id == Posting.voucher_id)
        .where(Voucher.sender == SENDER, Voucher.key == key, Posting.line == 1)
    )
    return session.execute(found).one_or_none()
