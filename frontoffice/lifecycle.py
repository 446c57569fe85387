"""The life of a stay as one table, the locks its verbs take, and what the desk calls it on a given day.

A verb holds the business day first, then locks in this order, each in id order: room types, rooms, stays, companies,
folios. Everybody who keeps to it can only wait, never lock up with another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.errors import N_, Refusal
from folios.folios import MOST_ID
from frontoffice.models.stays import Stay

# (state, verb) -> state. What is not here is refused.
NEXT = {
    ("confirmed", "describe"): "confirmed",
    ("in_house", "describe"): "in_house",
    ("departed", "describe"): "departed",
    ("confirmed", "plan"): "confirmed",
    ("confirmed", "price"): "confirmed",
    ("in_house", "price"): "in_house",
    ("confirmed", "assign_room"): "confirmed",
    ("confirmed", "take_deposit"): "confirmed",
    ("confirmed", "move_deposit"): "confirmed",
    ("cancelled", "move_deposit"): "cancelled",
    ("no_show", "move_deposit"): "no_show",
    ("cancelled", "apply_deposit"): "cancelled",
    ("no_show", "apply_deposit"): "no_show",
    ("confirmed", "cancel"): "cancelled",
    ("confirmed", "mark_no_show"): "no_show",
    ("no_show", "expect_again"): "confirmed",
    ("confirmed", "check_in"): "in_house",
    ("confirmed", "share"): "confirmed",
    ("in_house", "share"): "in_house",
    ("confirmed", "give_card"): "confirmed",
    ("in_house", "give_card"): "in_house",
    ("in_house", "open_window"): "in_house",
    ("cancelled", "open_window"): "cancelled",
    ("no_show", "open_window"): "no_show",
    ("in_house", "move"): "in_house",
    ("in_house", "extend"): "in_house",
    ("in_house", "shorten"): "in_house",
    ("in_house", "reverse_check_in"): "confirmed",
    ("in_house", "check_out"): "departed",
    ("departed", "reinstate"): "in_house",
}

STATE_WORDS = {
    "confirmed": N_("confirmed"),
    "cancelled": N_("cancelled"),
    "no_show": N_("a no-show"),
    "in_house": N_("in house"),
    "departed": N_("departed"),
}
VERB_WORDS = {
    "describe": N_("change its details"),
    "plan": N_("change dates, room type or rate"),
    "price": N_("change a price"),
    "assign_room": N_("assign a room"),
    "take_deposit": N_("take a deposit"),
    "move_deposit": N_("move its deposit"),
    "apply_deposit": N_("use its deposit"),
    "cancel": N_("cancel"),
    "mark_no_show": N_("mark as a no-show"),
    "expect_again": N_("expect again"),
    "check_in": N_("check in"),
    "share": N_("change who else lives in the room"),
    "give_card": N_("give a card"),
    "open_window": N_("open a window"),
    "move": N_("move"),
    "extend": N_("extend"),
    "shorten": N_("shorten"),
    "reverse_check_in": N_("reverse the check-in"),
    "check_out": N_("check out"),
    "reinstate": N_("reinstate"),
}


class StayUnknown(Refusal):
    code = "stay.unknown"
    message = N_("There is no stay {stay}.")


class StateForbids(Refusal):
    """Params: `stay` (its number), `state`, `verb`, as in `NEXT`."""

    code = "stay.state"
    message = N_("Stay {stay} is {state}. Not possible: {verb}.")

    def text(self, translate: Callable[[str], str] = lambda message: message, locale: str = "en") -> str:
        """The sentence, with the words for state and verb in the reader's language as well."""
        words = {
            "stay": self.params["stay"],
            "state": translate(STATE_WORDS[self.params["state"]]),
            "verb": translate(VERB_WORDS[self.params["verb"]]),
        }
        return translate(self.message).format(**words)


def after(stay: Stay, verb: str) -> str:
    """The state a stay is in after a verb. Refuses (`StateForbids`) a verb that does not fit the state it is in."""
    state = NEXT.get((stay.status, verb))
    if state is None:
        raise StateForbids(stay=stay.number, state=stay.status, verb=verb)
    return state


def standing(stay: Stay, business_date: date) -> str:
    """What the desk calls a stay on a day: `expected`, `due_in`, `stay_over`, `due_out`, `departed`, `cancelled`,
    `no_show`. An arrival or departure that is overdue is still due.
    """
    if stay.status == "confirmed":
        return "due_in" if stay.arrival <= business_date else "expected"
    if stay.status == "in_house":
        return "due_out" if stay.departure <= business_date else "stay_over"
    return stay.status


def get_stay(session: Session, stay_id: int) -> Stay:
    """The stay with this id (or number), as the database has it now. Refuses `StayUnknown`."""
    found = session.get(Stay, stay_id, populate_existing=True) if 0 < stay_id <= MOST_ID else None
    if found is None:
        raise StayUnknown(stay=stay_id)
    return found


def get_stays(session: Session, stay_ids: Iterable[int], *, locked: bool = False) -> dict[int, Stay]:
    """Stays by id, as the database has them now, `locked` in id order. Refuses `StayUnknown`."""
    ids = sorted(set(stay_ids))
    for stay_id in ids:
        if not 0 < stay_id <= MOST_ID:
            raise StayUnknown(stay=stay_id)
    wanted = sa.select(Stay).where(Stay.id.in_(ids)).order_by(Stay.id).execution_options(populate_existing=True)
    if locked:
        wanted = wanted.with_for_update(key_share=True)
    found = {each.id: each for each in session.scalars(wanted)}
    for stay_id in ids:
        if stay_id not in found:
            raise StayUnknown(stay=stay_id)
    return found


def lock_stays(session: Session, stay_ids: Iterable[int], verb: str) -> dict[int, Stay]:
    """Locks stays in id order and refuses those that the verb does not fit (`StateForbids`)."""
    stays = get_stays(session, stay_ids, locked=True)
    for stay in stays.values():
        after(stay, verb)
    return stays
