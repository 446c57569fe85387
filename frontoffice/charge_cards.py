"""Cards of the house that charges go by: a staff badge, a club card, a key card. Never a payment card.

A card belongs to an account or to a stay. That of a departed guest or a closed account is of no use and can be given to
another.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from folios.business_day import hold_open_day
from folios.errors import N_, ChangedMeanwhile, ControlFolioByHand, FolioClosed, Refusal
from folios.events import record
from folios.folios import get_folio, lock_folios
from folios.models import Folio
from folios.texts import search_text
from frontoffice.fields import needed_text
from frontoffice.lifecycle import lock_stays
from frontoffice.models.charging import CARD_LENGTH, ChargeCard
from frontoffice.models.guests import Guest
from frontoffice.models.rooms import Room
from frontoffice.models.stays import Stay

ACCOUNTS = ("master", "non_guest", "staff")
"""The types of folio that outlets charge by a card; a guest's cards belong to the stay, whatever its windows."""

_NUMBER = re.compile(r"[A-Z0-9][A-Z0-9._-]*")
# How the numbers of payment cards begin: by the ranges of ISO/IEC 7812 that the card companies have.
_PAYMENT = re.compile(
    r"4|5[0-8]|6|2(?:2[2-9]|[3-6]|7[01]|720)|220[0-4]|3[47]|3(?:0[0-5]|095|6|[89])|35(?:2[89]|[3-8])|8[12]"
)


class CardNumberInvalid(Refusal):
    code = "card.number_invalid"
    message = N_("A card's number has letters A to Z, digits, hyphens, dots and underscores only. Look at it again.")


class PaymentCard(Refusal):
    """Without the number: it is kept nowhere."""

    code = "card.payment_card_kind"
    message = N_(
        "This is the number of a payment card, which is never kept here. Give a card of the house; a payment card is "
        "taken with the payment."
    )


class CardInUse(Refusal):
    code = "card.in_use"
    message = N_("Card {card} belongs to {holder}. Take it back there first, or give another card.")


class CardUnknown(Refusal):
    code = "card.unknown"
    message = N_("There is no card {card}.")


class CardBack(Refusal):
    code = "card.taken_back"
    message = N_("Card {card} was taken back already.")


class CardOfNobody(Refusal):
    code = "card.wrong_folio_type"
    message = N_(
        "Cards are given to stays and to non-guest, staff and master accounts. Folio {folio} is none of these; give a "
        "guest's card to the stay."
    )


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose a card is: `name` is the guest with the room, or the account. `usable`: charges can go by the card."""

    name: str
    usable: bool


def card_number(text: str | None) -> str:
    """A card's number as it is kept and looked up: in capitals, without the spaces it may be written or read with.

    Refuses none, one that is too long or has other signs, and the number of a payment card (`PaymentCard`).
    """
    number = "".join(needed_text("number", text, 2 * CARD_LENGTH).upper().split())
    if is_payment_card(number):
        raise PaymentCard
    needed_text("number", number, CARD_LENGTH)
    if not _NUMBER.fullmatch(number):
        raise CardNumberInvalid
    return number


def is_payment_card(number: str) -> bool:
    """Whether a number may be a payment card's: 13 to 19 digits that begin like one and pass the Luhn check of
    ISO/IEC 7812-1, annex B. Hyphens and dots do not count.
    """
    digits = re.sub("[._-]", "", number)
    if not (digits.isascii() and digits.isdecimal() and 13 <= len(digits) <= 19 and _PAYMENT.match(digits)):
        return False
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(doubled)) % 10 == 0


def give_card(
    session: Session, text: str | None, operator: str, *, folio_id: int | None = None, stay_id: int | None = None
) -> ChargeCard:
    """Gives a card to an account or to a stay, in house or confirmed; one that nobody can charge by any more is given
    anew.

    Refuses what `card_number` refuses, an unknown, closed or control folio or one of another type, an unknown stay or
    another state of it, and a card that is somebody's (`CardInUse`, saying whose).
    """
    number = card_number(text)
    if (folio_id is None) == (stay_id is None):
        raise ValueError("a card is given to a folio or to a stay")
    today = hold_open_day(session)
    if stay_id is not None:
        lock_stays(session, [stay_id], "give_card")
    if folio_id is not None:
        refuse_giving(lock_folios(session, [folio_id])[folio_id])
    after = {"folio_id": folio_id, "stay_id": stay_id}
    facts = {**after, "active": True, "given_on": today, "given_by": operator}
    card = _lock(session, number)
    before = None
    if card is None:
        card = _add(session, ChargeCard(number=number, **facts))
    else:
        _refuse_in_use(session, card)
        before = {"folio_id": card.folio_id, "stay_id": card.stay_id, "given_on": card.given_on}
        for name, value in facts.items():
            setattr(card, name, value)
        session.flush()
    record(session, "card.given", f"card:{number}", operator, before, after)
    return card


def refuse_giving(folio: Any) -> None:
    """Refuses a folio (its row) that no card can be given to: control, another type than `ACCOUNTS`, closed."""
    if folio.type == "control":
        raise ControlFolioByHand(folio=folio.number)
    if folio.type not in ACCOUNTS:
        raise CardOfNobody(folio=folio.number)
    if folio.status != "open":
        raise FolioClosed(folio=folio.number)


def take_card_back(session: Session, number: str, seen_version: int, operator: str) -> ChargeCard:
    """Takes a card back that was read at `seen_version`; nothing is charged by it until it is given anew.

    Refuses an unknown card, one taken back before (`CardBack`), and `ChangedMeanwhile` when it was given to another.
    """
    hold_open_day(session)
    card = _lock(session, number)
    if card is None:
        raise CardUnknown(card=search_text(number, CARD_LENGTH))
    if not card.active:
        raise CardBack(card=number)
    if card.version != seen_version:
        changed = [f"version {card.version}"]
        raise ChangedMeanwhile(record=f"card:{number}", changed=changed, theirs={}, version=card.version)
    before = {"folio_id": card.folio_id, "stay_id": card.stay_id, "given_on": card.given_on}
    card.active = False
    session.flush()
    record(session, "card.taken_back", f"card:{number}", operator, before, None)
    return card


def get_card(session: Session, number: str) -> ChargeCard:
    """The card with this number, as it is kept. Refuses `CardUnknown`."""
    found = session.get(ChargeCard, number) if _NUMBER.fullmatch(number) else None
    if found is None:
        raise CardUnknown(card=search_text(number, CARD_LENGTH))
    return found


def cards_of(
    session: Session, *, folio_ids: Collection[int] = (), stay_ids: Collection[int] = ()
) -> dict[int, list[ChargeCard]]:
    """The cards that each of some folios, or of some stays, has now, by folio or stay, in order. One statement."""
    if folio_ids and stay_ids:
        raise ValueError("cards are asked for by folio or by stay")
    found: dict[int, list[ChargeCard]] = {owner: [] for owner in (*folio_ids, *stay_ids)}
    owner = ChargeCard.stay_id if stay_ids else ChargeCard.folio_id
    wanted = sa.select(ChargeCard).where(owner.in_(found), ChargeCard.active).order_by(ChargeCard.number)
    for card in session.scalars(wanted):
        found[(card.stay_id if stay_ids else card.folio_id) or 0].append(card)
    return found


def holder(session: Session, card: ChargeCard) -> Holder:
    """Whose a card is, and whether charges can go by it: nobody charges a stay that has ended or a closed account."""
    if card.stay_id is None:
        folio: Folio = get_folio(session, card.folio_id or 0)
        return Holder(f"{folio.number} {folio.name}", card.active and folio.status == "open")
    stay, guest, room = session.execute(
        sa.select(Stay, Guest, Room.number)
        .join(Guest, Guest.id == Stay.guest_id)
        .outerjoin(Room, Room.id == Stay.room_id)
        .where(Stay.id == card.stay_id)
    ).one()
    name = f"{guest.name} ({room or stay.number})"
    return Holder(name, card.active and stay.status in ("confirmed", "in_house"))


def _refuse_in_use(session: Session, card: ChargeCard) -> None:
    has = holder(session, card)
    if has.usable:
        raise CardInUse(card=card.number, holder=has.name)


def _add(session: Session, card: ChargeCard) -> ChargeCard:
    number = card.number
    try:
        with session.begin_nested():
            session.add(card)
    except IntegrityError:  # given to somebody in this moment
        other = _lock(session, number)
        raise CardInUse(card=number, holder="…" if other is None else holder(session, other).name) from None
    return card


def _lock(session: Session, number: str) -> ChargeCard | None:
    if not _NUMBER.fullmatch(number) or len(number) > CARD_LENGTH:
        return None
    return session.get(ChargeCard, number, with_for_update=True, populate_existing=True)
