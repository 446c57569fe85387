"""The shifts of the demo's two cashiers: a float in the morning, a count in the evening that is not always right."""

from __future__ import annotations

from random import Random

from sqlalchemy.orm import Session

from folios import statements
from folios.drafts import Origin
from folios.folios import find_folio
from frontoffice.cashiering import denominations
from frontoffice.models.cashiering import Shift
from frontoffice.setup import DRAWER
from frontoffice.shifts import close_shift, open_shift
from night_audit.demo.hotel import CASHIER, SECOND_DRAWER, SUPERVISOR

# Cashier: the drawer, the float in minor units, and who is there when the bag goes into the safe.
PLACES = {CASHIER: (DRAWER, 300_00, SUPERVISOR), SUPERVISOR: (SECOND_DRAWER, 150_00, CASHIER)}
SHORT_MINOR = 5_00


class Drawers:
    """The open shifts, by cashier."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self._open: dict[str, Shift] = {}

    def begin(self, session: Session) -> None:
        """Both cashiers open their shift."""
        for cashier, (number, float_minor, _) in PLACES.items():
            drawer_id = find_folio(session, number).id
            self._open[cashier] = open_shift(session, cashier, drawer_id, float_minor, cashier)

    def end(self, session: Session, *, last_day: bool) -> None:
        """Both count, now and then a little wrong; on the last day before today one drawer is 5.00 short."""
        for cashier, shift in self._open.items():
            off_minor = self.rng.choice((0, 0, 0, 0, 0, 50, -20, -100))
            if last_day:
                off_minor = -SHORT_MINOR if cashier == CASHIER else 0
            counted_minor = max(0, statements.balance(session, shift.drawer_folio_id) + off_minor)
            close_shift(
                session,
                shift.id,
                shift.version,
                _pieces(denominations(session), counted_minor),
                bag=f"BAG-{shift.id:04}",
                witness=PLACES[cashier][2],
                remark="counted twice" if last_day and off_minor else None,
                operator=cashier,
            )
        self._open.clear()

    def origin(self, cashier: str) -> Origin:
        """Who posts, with the open shift if there is one."""
        shift = self._open.get(cashier)
        return Origin(cashier, shift=None if shift is None else str(shift.id))

    def takes_cash(self, cashier: str) -> bool:
        """Whether there is a drawer for it."""
        return cashier in self._open

    def drawer(self, cashier: str) -> int:
        """The folio of the drawer of an open shift."""
        return self._open[cashier].drawer_folio_id


def _pieces(values_minor: list[int], amount_minor: int) -> dict[int, int]:
    """The fewest coins and notes that make an amount, by their value."""
    pieces = {}
    for value_minor in values_minor:
        pieces[value_minor], amount_minor = divmod(amount_minor, value_minor)
    return {value_minor: count for value_minor, count in pieces.items() if count}
