"""A cashier's shift: opened with a float, counted blind, closed with what was over or short and the drop to the safe.

What a drawer should hold is the balance of its control folio and is told by nothing here before it has been counted.
Taking and giving money during the shift is in `cashiering.py`, the report of a closed shift in `shift_reports.py`.
Source of the procedure: domain, section 1 (float, drop, due-back) and section 2, Cashier.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from folios import clock, events, statements
from folios.business_day import hold_open_day
from folios.cash import Carried, carry
from folios.drafts import Origin, Posted
from folios.errors import N_, AmountTooLarge, ChangedMeanwhile, Refusal
from folios.folios import get_folio
from folios.ledger import currency
from folios.models import Folio
from folios.money import MOST_MINOR, Money
from folios.texts import clean_text
from folios.verify import holds
from frontoffice.cashiering import DrawerOff, denominations, hold_drawer, place, refuse_in_use
from frontoffice.models.cashiering import Shift, ShiftCount
from frontoffice.models.users import User
from frontoffice.safe import hold_safe, tell_below_zero
from frontoffice.signals import shift_closed

SENDER = "shift"  # of the vouchers a shift writes itself; its key is the shift's number and one of the next
FLOAT, OVER_SHORT, DROP = "float", "over-short", "drop"
MOST_PIECES = 1_000_000
MOST_KEY, MOST_BAG, MOST_WITNESS, MOST_REMARK = 100, 40, 32, 500


class ShiftUnknown(Refusal):
    code = "shift.unknown"
    message = N_("There is no shift {shift}.")


class ShiftOpenAlready(Refusal):
    code = "shift.open_already"
    message = N_("{cashier} has a shift open already (shift {shift}). Close it before opening another.")


class ShiftClosed(Refusal):
    code = "shift.closed"
    message = N_("Shift {shift} was closed by {closed_by}. There is nothing left to count.")


class ShiftKeyReused(Refusal):
    code = "shift.key_reused"
    message = N_("This form was sent before with other figures, for shift {shift}. Look at that shift first.")


class FloatInvalid(Refusal):
    code = "shift.float_invalid"
    message = N_("A float is a whole amount that is not below zero.")


class DenominationUnknown(Refusal):
    code = "denomination.unknown"
    message = N_("There is no coin or note of {value} here. Count by those that are listed.")


class PiecesInvalid(Refusal):
    code = "pieces.invalid"
    message = N_("Coins and notes are counted in whole pieces, from 0 to {most}.")


class DropInvalid(Refusal):
    code = "shift.drop_invalid"
    message = N_("What is dropped into the safe cannot be below zero.")


class DropTooHigh(Refusal):
    code = "shift.drop_too_high"
    message = N_("Only {counted} was counted; {dropped} cannot be dropped into the safe.")


class WitnessInvalid(Refusal):
    code = "shift.witness_invalid"
    message = N_("The witness of a drop is somebody else than who counts it.")


@dataclass(frozen=True, slots=True)
class ShiftSummary:
    """A shift as lists and screens show it, amounts in minor units. Those of the count are None until it is closed."""

    id: int
    cashier: str
    drawer_folio_id: int
    drawer_number: str
    drawer_name: str
    status: str
    opened_at: datetime
    opened_on: date
    float_minor: int
    closed_at: datetime | None
    closed_on: date | None
    closed_by: str | None
    expected_minor: int | None
    counted_minor: int | None
    dropped_minor: int | None
    bag: str | None
    witness: str | None
    remark: str | None
    version: int

    @property
    def difference_minor(self) -> int | None:
        """Counted less expected: above zero the drawer was over, below zero short."""
        if self.counted_minor is None or self.expected_minor is None:
            return None
        return self.counted_minor - self.expected_minor

    @property
    def left_minor(self) -> int | None:
        """What stayed in the drawer, and counts to the next float."""
        if self.counted_minor is None or self.dropped_minor is None:
            return None
        return self.counted_minor - self.dropped_minor

    @property
    def due_back_minor(self) -> int | None:
        """What the house owes the float, because more was paid out than came in."""
        return None if self.counted_minor is None else max(self.float_minor - self.counted_minor, 0)


# --- opening ------------------------------------------------------------------------------------------------


def open_shift(
    session: Session, cashier: str, drawer_folio_id: int, float_minor: int, operator: str, key: str | None = None
) -> Shift:
    """Opens a shift at a drawer with a float in minor units; `operator` gives the float out, mostly the cashier.

    What the last count left in the drawer is part of the float: the difference is posted from the safe, or to it. More
    than the books have in the safe is given out and told in the trail (`safe.py` says why).
    Refuses a cashier (`ShiftOpenAlready`) or a drawer (`DrawerInUse`) with an open shift, also when two ask at once; a
    drawer that is switched off (`DrawerOff`) or none (`NoDrawer`); a float below zero. Sent again with its key it
    answers the shift it opened.
    """
    _check_float(session, float_minor)
    form_key = clean_text("key", key, MOST_KEY)
    today = hold_open_day(session)
    drawer = hold_drawer(session, drawer_folio_id, operator)
    sent_before = _opened_with(session, form_key)
    if sent_before is not None:
        if (sent_before.cashier, sent_before.drawer_folio_id, sent_before.float_minor) != (
            cashier,
            drawer_folio_id,
            float_minor,
        ):
            raise ShiftKeyReused(shift=sent_before.id)
        return sent_before
    _refuse_second_shift(session, cashier)
    refuse_in_use(session, drawer_folio_id)
    if not drawer.active:
        raise DrawerOff(folio=get_folio(session, drawer_folio_id).number)
    shift = Shift(
        cashier=clean_text("cashier", cashier, 32),
        drawer_folio_id=drawer_folio_id,
        status="open",
        opened_at=clock.now(),
        opened_on=today,
        float_minor=float_minor,
        opening_key=form_key,
    )
    _add_only_shift(session, shift)
    _carry_float(session, shift, operator)
    after = {"cashier": cashier, "drawer_folio_id": drawer_folio_id, "float_minor": float_minor}
    events.record(session, "shift.opened", f"shift:{shift.id}", operator, None, after)
    return shift


def _check_float(session: Session, float_minor: int) -> None:
    if type(float_minor) is not int or float_minor < 0:
        raise FloatInvalid
    if float_minor > MOST_MINOR:
        raise AmountTooLarge(amount=Money(float_minor, currency(session)))


def _opened_with(session: Session, key: str | None) -> Shift | None:
    return None if key is None else session.scalar(sa.select(Shift).where(Shift.opening_key == key))


def _refuse_second_shift(session: Session, cashier: str) -> None:
    other = open_shift_of(session, cashier)
    if other is not None:
        raise ShiftOpenAlready(cashier=cashier, shift=other.id)


def _add_only_shift(session: Session, shift: Shift) -> None:
    """The drawer's lock keeps others from the drawer; only the index knows of the same cashier at another drawer."""
    try:
        with session.begin_nested():
            session.add(shift)
    except IntegrityError:
        _refuse_second_shift(session, shift.cashier)
        same_form = _opened_with(session, shift.opening_key)
        if same_form is None:
            raise
        raise ShiftKeyReused(shift=same_form.id) from None


def _carry_float(session: Session, shift: Shift, operator: str) -> None:
    """Makes the drawer's balance the float. What lies in it already need not come from the safe."""
    missing = shift.float_minor - statements.balance(session, shift.drawer_folio_id)
    safe = hold_safe(session, operator)
    if missing > 0:
        _post(session, shift, FLOAT, safe, shift.drawer_folio_id, missing, operator)
        tell_below_zero(session, shift.id, operator)
    elif missing < 0:
        _post(session, shift, FLOAT, shift.drawer_folio_id, safe, -missing, operator)


def _post(
    session: Session,
    shift: Shift,
    what: str,
    from_folio_id: int,
    to_folio_id: int,
    amount_minor: int,
    operator: str,
    reference: str | None = None,
) -> Posted:
    """Cash the shift carries itself. The key makes the database hold it to once a shift."""
    carried = Carried(from_folio_id, to_folio_id, Money(amount_minor, currency(session)), reference=reference)
    return carry(session, carried, Origin(operator, shift=str(shift.id), sender=SENDER, key=f"{shift.id}/{what}"))


# --- counting and closing -----------------------------------------------------------------------------------


def close_shift(
    session: Session,
    shift_id: int,
    seen_version: int,
    pieces: Mapping[int, int],
    *,
    dropped_minor: int | None = None,
    bag: str | None = None,
    witness: str | None = None,
    remark: str | None = None,
    operator: str,
    key: str | None = None,
) -> Shift:
    """Closes a shift by its count: `pieces` of each coin or note, by its value in minor units.

    What the drawer should hold is found under the shift's lock, after the count was given. Over is posted from the
    folio OVER into the drawer, short from the drawer onto SHORT. `dropped_minor` goes to the safe: None is all above
    the float; what stays is the next float. Refuses values that are no coin or note, pieces and drops that cannot be, a
    witness who counts himself, a shift that is closed (`ShiftClosed`) or was changed (`ChangedMeanwhile`). Sent again
    with its key it answers the shift as it was closed.
    """
    form_key = clean_text("key", key, MOST_KEY)
    today = hold_open_day(session)
    shift = _locked_shift(session, shift_id)
    counted = _counted(session, pieces)
    dropped = _dropped(session, shift, counted, dropped_minor)
    facts = {
        "counted_minor": counted,
        "dropped_minor": dropped,
        "bag": clean_text("bag", bag, MOST_BAG),
        "witness": clean_text("witness", witness, MOST_WITNESS),
        "remark": clean_text("remark", remark, MOST_REMARK),
    }
    if shift.status == "closed":
        return _closed_before(session, shift, pieces, facts, form_key)
    if shift.version != seen_version:  # said here: the words of `amend` would tell what was expected
        raise ChangedMeanwhile(
            record=f"shift:{shift_id}", changed=[f"version {shift.version}"], theirs={}, version=shift.version
        )
    if facts["witness"] is not None and facts["witness"] in (operator, shift.cashier):
        raise WitnessInvalid
    expected = statements.balance(session, shift.drawer_folio_id)
    changes = {
        "status": "closed",
        "closed_at": clock.now(),
        "closed_on": today,
        "closed_by": operator,
        "expected_minor": expected,
        "closing_key": form_key,
        **facts,
    }
    events.amend(session, shift, seen_version, changes, "shift.closed", f"shift:{shift_id}", operator)
    _keep_count(session, shift, pieces)
    _settle_drawer(session, shift, expected, operator)
    shift_closed.send(session, shift_id=shift.id)
    return shift


def _locked_shift(session: Session, shift_id: int) -> Shift:
    """The shift when nobody takes or gives money in it any more: what was paid until then is there to be expected."""
    shift = session.get(Shift, shift_id, with_for_update={"key_share": True}, populate_existing=True)
    if shift is None:
        raise ShiftUnknown(shift=shift_id)
    return shift


def _counted(session: Session, pieces: Mapping[int, int]) -> int:
    listed = set(denominations(session))
    for value, count in pieces.items():
        if value not in listed:
            raise DenominationUnknown(value=Money(value, currency(session)))
        if type(count) is not int or not 0 <= count <= MOST_PIECES:
            raise PiecesInvalid(most=MOST_PIECES)
    counted = sum(value * count for value, count in pieces.items())
    if counted > MOST_MINOR:
        raise AmountTooLarge(amount=Money(counted, currency(session)))
    return counted


def _dropped(session: Session, shift: Shift, counted: int, dropped_minor: int | None) -> int:
    """The turn-in is what was counted above the float, unless the cashier says otherwise."""
    if dropped_minor is None:
        return max(counted - shift.float_minor, 0)
    if dropped_minor < 0:
        raise DropInvalid
    if dropped_minor > counted:
        kept_in = currency(session)
        raise DropTooHigh(counted=Money(counted, kept_in), dropped=Money(dropped_minor, kept_in))
    return dropped_minor


def _closed_before(
    session: Session, shift: Shift, pieces: Mapping[int, int], facts: Mapping[str, Any], key: str | None
) -> Shift:
    """The answer to a form that closed the shift before. Any other form comes too late."""
    if key is None or key != shift.closing_key:
        raise ShiftClosed(shift=shift.id, closed_by=shift.closed_by)
    same_count = counts(session, shift.id) == {value: count for value, count in pieces.items() if count}
    if not same_count or any(getattr(shift, name) != value for name, value in facts.items()):
        raise ShiftKeyReused(shift=shift.id)
    return shift


def _keep_count(session: Session, shift: Shift, pieces: Mapping[int, int]) -> None:
    rows = [{"shift_id": shift.id, "value_minor": value, "pieces": count} for value, count in pieces.items() if count]
    if rows:
        session.execute(sa.insert(ShiftCount), rows)


def _settle_drawer(session: Session, shift: Shift, expected: int, operator: str) -> None:
    """The drawer's folio is made to say what was counted, and then what is left after the drop."""
    drawer, counted, dropped = shift.drawer_folio_id, shift.counted_minor or 0, shift.dropped_minor or 0
    if counted > expected:
        _post(session, shift, OVER_SHORT, place(session, "over", operator), drawer, counted - expected, operator)
    elif counted < expected:
        _post(session, shift, OVER_SHORT, drawer, place(session, "short", operator), expected - counted, operator)
    if dropped:
        _post(session, shift, DROP, drawer, place(session, "safe", operator), dropped, operator, shift.bag)


# --- looking ------------------------------------------------------------------------------------------------

_SUMMARY: Any = sa.select(
    Shift.id,
    Shift.cashier,
    Shift.drawer_folio_id,
    Folio.number,
    Folio.name,
    Shift.status,
    Shift.opened_at,
    Shift.opened_on,
    Shift.float_minor,
    Shift.closed_at,
    Shift.closed_on,
    Shift.closed_by,
    Shift.expected_minor,
    Shift.counted_minor,
    Shift.dropped_minor,
    Shift.bag,
    Shift.witness,
    Shift.remark,
    Shift.version,
).join(Folio, Folio.id == Shift.drawer_folio_id)


def shift_summary(session: Session, shift_id: int) -> ShiftSummary:
    """One shift. What its drawer should hold is told once it is closed, never before. Refuses `ShiftUnknown`."""
    row = session.execute(_SUMMARY.where(Shift.id == shift_id)).one_or_none()
    if row is None:
        raise ShiftUnknown(shift=shift_id)
    return ShiftSummary(*row)


def shifts_of(session: Session, from_day: date, to_day: date, cashier: str | None = None) -> list[ShiftSummary]:
    """The shifts opened on business days from `from_day` to `to_day` (both included), of all or of one cashier, oldest
    first."""
    wanted = _SUMMARY.where(Shift.opened_on.between(from_day, to_day)).order_by(Shift.opened_on, Shift.id)
    if cashier is not None:
        wanted = wanted.where(Shift.cashier == cashier)
    return [ShiftSummary(*row) for row in session.execute(wanted)]


def open_shifts(session: Session) -> list[ShiftSummary]:
    """All open shifts, whenever they were opened, oldest first."""
    return [ShiftSummary(*row) for row in session.execute(_SUMMARY.where(Shift.status == "open").order_by(Shift.id))]


def open_shift_of(session: Session, cashier: str) -> ShiftSummary | None:
    """The cashier's open shift, if there is one; nothing is locked."""
    row = session.execute(_SUMMARY.where(Shift.cashier == cashier, Shift.status == "open")).one_or_none()
    return None if row is None else ShiftSummary(*row)


def counts(session: Session, shift_id: int) -> dict[int, int]:
    """What was counted of each coin and note, by its value in minor units, the largest first."""
    found = sa.select(ShiftCount.value_minor, ShiftCount.pieces).where(ShiftCount.shift_id == shift_id)
    rows = session.execute(found.order_by(ShiftCount.value_minor.desc()))
    return {row.value_minor: row.pieces for row in rows}


def left_in_drawers(session: Session) -> dict[int, int]:
    """What the last count left in each drawer that was ever counted, by its folio, in minor units; one statement.

    Not what lies there now: that is told by counting alone.
    """
    last = sa.select(sa.func.max(Shift.id)).where(Shift.status == "closed").group_by(Shift.drawer_folio_id)
    left = sa.select(Shift.drawer_folio_id, Shift.counted_minor - Shift.dropped_minor).where(Shift.id.in_(last))
    return {folio_id: left_minor or 0 for folio_id, left_minor in session.execute(left)}


def witnesses(session: Session, *not_these: str) -> list[tuple[str, str]]:
    """Who may witness a drop: active users but those who count, as (code, name)."""
    found = sa.select(User.code, User.name).where(User.active, User.code.not_in(not_these)).order_by(User.name)
    return [(row.code, row.name) for row in session.execute(found)]


# --- what always holds --------------------------------------------------------------------------------------

holds(
    N_("what was counted in a shift is what its coins and notes add up to"),
    """
    SELECT 'shift ' || s.id, coalesce(sum(c.value_minor * c.pieces), 0), coalesce(s.counted_minor, 0)
    FROM shift s LEFT JOIN shift_count c ON c.shift_id = s.id
    WHERE NOT EXISTS (SELECT 1 FROM event e WHERE e.subject = 'shift:' || s.id AND e.action = 'shift.forced')
    GROUP BY s.id, s.counted_minor
    HAVING coalesce(sum(c.value_minor * c.pieces), 0) <> coalesce(s.counted_minor, 0)
    """,
)
# Over and short accounts: over is debited to the drawer, short credited (worked examples, 15).
holds(
    N_("a closed shift's count, less what was expected, stands as over or short; its drop went to the safe"),
    """
    SELECT 'shift ' || s.id,
           'over or short ' || coalesce(s.counted_minor - s.expected_minor, 0) || ', dropped '
               || coalesce(s.dropped_minor, 0),
           'over or short ' || coalesce(m.over_short, 0) || ', dropped ' || coalesce(m.dropped, 0)
    FROM shift s
    LEFT JOIN (SELECT v.shift,
                      sum(CASE WHEN d.place = 'drawer' AND c.place = 'over' THEN p.amount_minor
                               WHEN d.place = 'short' AND c.place = 'drawer' THEN -p.amount_minor ELSE 0 END)
                          AS over_short,
                      sum(CASE WHEN v.key LIKE '%/drop' AND c.place = 'drawer' AND d.place = 'safe'
                               THEN p.amount_minor ELSE 0 END) AS dropped
               FROM voucher v JOIN posting p ON p.voucher_id = v.id
               JOIN cash_folio d ON d.folio_id = p.debit_folio_id JOIN cash_folio c ON c.folio_id = p.credit_folio_id
               WHERE v.sender = 'shift' GROUP BY v.shift) m ON m.shift = CAST(s.id AS varchar(32))
    WHERE coalesce(s.counted_minor - s.expected_minor, 0) <> coalesce(m.over_short, 0)
       OR coalesce(s.dropped_minor, 0) <> coalesce(m.dropped, 0)
    """,
)
# Another's voucher in the drawer (a till that knows no shifts) is in what was expected, before or after it opened:
# such days are left out.
holds(
    N_("what a drawer was expected to hold is its float and what the shift took in and gave out"),
    """
    SELECT 'shift ' || s.id, s.float_minor + coalesce(m.net, 0), s.expected_minor
    FROM shift s
    LEFT JOIN (SELECT v.shift, f.folio_id,
                      sum(CASE WHEN p.debit_folio_id = f.folio_id THEN p.amount_minor ELSE -p.amount_minor END) AS net
               FROM voucher v JOIN posting p ON p.voucher_id = v.id
               JOIN cash_folio f ON f.place = 'drawer' AND f.folio_id IN (p.debit_folio_id, p.credit_folio_id)
               WHERE v.shift IS NOT NULL AND v.outlet IS NULL AND coalesce(v.sender, '') <> 'shift'
               GROUP BY v.shift, f.folio_id) m
      ON m.shift = CAST(s.id AS varchar(32)) AND m.folio_id = s.drawer_folio_id
    WHERE s.status = 'closed' AND s.expected_minor <> s.float_minor + coalesce(m.net, 0)
      AND NOT EXISTS (
          SELECT 1 FROM posting p JOIN voucher v ON v.id = p.voucher_id
          LEFT JOIN shift o ON v.shift = CAST(o.id AS varchar(32)) AND o.drawer_folio_id = s.drawer_folio_id
                            AND v.outlet IS NULL
          WHERE s.drawer_folio_id IN (p.debit_folio_id, p.credit_folio_id)
            AND p.business_date BETWEEN s.opened_on AND s.closed_on AND o.id IS NULL)
    """,
)
