"""What a cashier does on a folio's page: the ledger's verbs on lines that were ticked, and on a balance that was shown.

The verbs themselves stand in `folios` and, where money goes through a drawer, in `cashiering.py`. Locks: the business
day, stays (for a new window), the shift, companies, folios.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from folios import corrections, transfers
from folios.business_day import hold_open_day
from folios.codes import catalogue
from folios.drafts import Posted
from folios.errors import N_, PostingUnknown, Refusal
from folios.folios import find_folio, known_id, lock_folios
from folios.lines import Selection, standing_lines, take
from folios.models import Folio, Posting, Voucher
from folios.money import Money
from folios.texts import search_text
from frontoffice import cashiering
from frontoffice.billed_lines import refuse_billed
from frontoffice.companies import hold_credit_limit, receivable_folio
from frontoffice.models.desk import GroupMember, StayGroup
from frontoffice.models.guests import Company
from frontoffice.models.rooms import Room
from frontoffice.models.stays import Stay, StayWindow
from frontoffice.windows import open_window

NEW_WINDOW = "new"


class BalanceChanged(Refusal):
    code = "payment.balance_changed"
    message = N_(
        "The balance was {shown} when this page was opened and is {balance} now: somebody posted or paid meanwhile. "
        "Look at the amount, then send again."
    )


class TargetMissing(Refusal):
    code = "transfer.target_missing"
    message = N_("Say where it goes: choose a folio, or type a room, or the number of a folio. One of them.")


class RoomVacant(Refusal):
    code = "room.vacant"
    message = N_("Nobody is in room {room}. Look for the guest's room, or type the number of a folio.")


class LineMissing(Refusal):
    code = "line.missing"
    message = N_("No line is ticked. Stand on a line, press Space, then try again.")


class OneLineOnly(Refusal):
    code = "line.one_only"
    message = N_("A part is taken of one line at a time. Tick one line, or leave the part empty.")


class SharesTooLarge(Refusal):
    code = "share.too_large"
    message = N_("The shares are more than the whole line. Lower one of them.")


class NothingToRefund(Refusal):
    code = "refund.nothing_paid"
    message = N_("Nothing was paid here that can be given back.")


class NoStayHere(Refusal):
    code = "window.no_stay"
    message = N_("Folio {folio} is no window of a stay, so there is no new window to open.")


# --- money against a balance that was shown ---------------------------------------------------------------------


def pay_shown(
    session: Session,
    folio_id: int,
    code: str,
    amount: Money,
    shown_minor: int,
    operator: str,
    *,
    company_id: int | None = None,
    reference: str | None = None,
    remark: str | None = None,
    over_limit_by: str | None = None,
    key: str | None = None,
) -> Posted:
    """Takes a payment from who saw the folio at `shown_minor` (minor units).

    Refuses (`BalanceChanged`) more than is owed now when the balance is not the one that was shown: another may have
    taken the same money. Who saw the balance may take more than is owed. Otherwise as `cashiering.take_payment`.
    """
    cashiering.hold_shift(session, operator)
    codes = catalogue(session).codes
    locked = {known_id(folio_id)}
    tender = codes.get(code)
    if tender is not None and tender.tender == "card" and tender.folio_id is not None:
        locked.add(tender.folio_id)
    if tender is not None and tender.tender == "direct_bill" and company_id is not None:
        locked.add(receivable_folio(session, company_id, operator).id)  # companies are locked before folios
    row = lock_folios(session, locked)[folio_id]  # with all that the payment locks, to keep the order of ids
    if row.balance_minor != shown_minor and amount.minor > max(row.balance_minor, 0):
        shown, balance = (Money(figure, row.currency) for figure in (shown_minor, row.balance_minor))
        raise BalanceChanged(shown=shown, balance=balance)
    return cashiering.take_payment(
        session,
        folio_id,
        code,
        amount,
        operator,
        company_id=company_id,
        reference=reference,
        remark=remark,
        over_limit_by=over_limit_by,
        key=key,
    )


# --- lines that were ticked -------------------------------------------------------------------------------------


def takes_payment(session: Session, lines: Sequence[int]) -> bool:
    """Whether one of the lines is money that was taken or given back, also when it was moved on since. One statement.

    Taking a payment back gives its money away as a refund does, so it asks for the same right.
    """
    began = aliased(Posting)
    paid = (
        sa.select(Posting.id)
        .join(began, began.id == sa.func.coalesce(Posting.origin_posting_id, Posting.id))
        .join(Voucher, Voucher.id == began.voucher_id)
        .where(Posting.id.in_(lines), Voucher.kind == "payment")
    )
    return session.execute(paid.limit(1)).first() is not None


def correct_lines(
    session: Session,
    folio_id: int,
    lines: Sequence[int],
    reason: str,
    operator: str,
    authorised_by: str | None = None,
    *,
    part_minor: int | None = None,
    key: str,
) -> list[Posted]:
    """Takes lines of the open day back, one correction for each voucher; `part_minor` (taxes included) of a single one.
    `authorised_by` is who allowed it.

    Refuses no line (`LineMissing`), a part of several (`OneLineOnly`), one that stands on an invoice (`LineInvoiced`),
    and as `cashiering.correct`.
    """
    corrected = [
        cashiering.correct(
            session,
            folio_id,
            voucher_id,
            reason,
            operator,
            postings=chosen,
            authorised_by=authorised_by,
            key=f"{key}:{voucher_id}",
        )
        for voucher_id, chosen in _by_voucher(session, lines, part_minor).items()
    ]
    refuse_billed(session, [each.voucher_id for each in corrected])
    return corrected


def allow_lines(
    session: Session,
    folio_id: int,
    lines: Sequence[int],
    reason: str,
    operator: str,
    authorised_by: str | None,
    *,
    part_minor: int | None = None,
    key: str,
) -> list[Posted]:
    """Posts an allowance on lines, one for each voucher. Refuses as `correct_lines` and `folios.corrections.allow`."""
    return [
        corrections.allow(
            session,
            folio_id,
            voucher_id,
            cashiering.origin(session, operator, f"{key}:{voucher_id}"),
            reason,
            chosen,
            authorised_by,
        )
        for voucher_id, chosen in _by_voucher(session, lines, part_minor).items()
    ]


def transfer_lines(
    session: Session,
    folio_id: int,
    to_folio_id: int,
    lines: Sequence[int],
    operator: str,
    *,
    part_minor: int | None = None,
    reason: str | None = None,
    over_limit_by: str | None = None,
    key: str,
) -> Posted:
    """Moves lines, or everything where none is ticked. Refuses a part of several lines or of everything
    (`OneLineOnly`), a line that stands on an invoice (`LineInvoiced`), more than a company's credit limit
    (`CreditLimitExceeded`), and as `folios.transfers.transfer`."""
    if part_minor is not None and not lines:
        raise OneLineOnly
    origin = cashiering.origin(session, operator, key)
    why: Any = {"reason": reason, "over_limit_by": over_limit_by}
    if lines:
        chosen = _selection(lines, part_minor)
        moved = transfers.transfer(session, folio_id, to_folio_id, chosen, origin, **why)
    else:
        moved = transfers.transfer_all(session, folio_id, to_folio_id, origin, **why)
    refuse_billed(session, [moved.voucher_id])
    hold_credit_limit(session, moved, operator, over_limit_by)
    return moved


def split_line(
    session: Session,
    folio_id: int,
    lines: Sequence[int],
    weights: Mapping[int, int],
    operator: str,
    *,
    by_amount: bool = False,
    reason: str | None = None,
    over_limit_by: str | None = None,
    key: str,
) -> Posted:
    """Splits the one line that is ticked over folios by weights, or `by_amount`: minor units, the rest stays.

    Refuses no line (`LineMissing`), several (`OneLineOnly`), more than is left of it (`SharesTooLarge`), one that
    stands on an invoice (`LineInvoiced`), and as `folios.transfers.split`.
    """
    if not lines:
        raise LineMissing
    if len(lines) > 1:
        raise OneLineOnly
    origin = cashiering.origin(session, operator, key)
    lock_folios(session, {folio_id, *weights})
    parts = dict(weights)
    if by_amount:
        line = take(session, standing_lines(session, [folio_id])[folio_id], folio_id, lines)
        parts[folio_id] = sum(each.amount_minor for each in line) - sum(weights.values())
        if parts[folio_id] < 0:
            raise SharesTooLarge
    pairs = list(parts.items())
    moved = transfers.split(session, folio_id, lines[0], pairs, origin, reason=reason, over_limit_by=over_limit_by)
    refuse_billed(session, [moved.voucher_id])
    return moved


def _by_voucher(session: Session, lines: Sequence[int], part_minor: int | None) -> dict[int, Selection]:
    """Which voucher each line belongs to, the latest voucher first."""
    found_lines = session.execute(sa.select(Posting.id, Posting.voucher_id).where(Posting.id.in_(lines)))
    rows: dict[int, int] = {row.id: row.voucher_id for row in found_lines}
    found: dict[int, list[int | tuple[int, int]]] = {}
    for chosen in _selection(lines, part_minor):
        posting_id = chosen[0] if isinstance(chosen, tuple) else chosen
        if posting_id not in rows:
            raise PostingUnknown(posting=posting_id)
        found.setdefault(rows[posting_id], []).append(chosen)
    return {voucher_id: found[voucher_id] for voucher_id in sorted(found, reverse=True)}


def _selection(lines: Sequence[int], part_minor: int | None) -> list[int | tuple[int, int]]:
    if not lines:
        raise LineMissing
    if part_minor is None:
        return list(lines)
    if len(lines) > 1:
        raise OneLineOnly
    return [(lines[0], part_minor)]


# --- where lines go -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Target:
    """A folio at hand: a window of the same stay (`window` is its number), or its group's master (`window` None)."""

    folio_id: int
    number: str
    name: str
    window: int | None


@dataclass(frozen=True, slots=True)
class Targets:
    """Where a folio's lines can go without typing a number. `stay_id` is whose window it is; None: no stay's."""

    stay_id: int | None
    folios: tuple[Target, ...]


def targets(session: Session, folio_id: int) -> Targets:
    """The other open windows of the folio's stay, in order, and the master of its group. Two statements."""
    stay_id = stay_of(session, folio_id)
    if stay_id is None:
        return Targets(None, ())
    windows = (
        sa.select(StayWindow.folio_id, Folio.number, Folio.name, StayWindow.window.label("place"))
        .join(Folio, Folio.id == StayWindow.folio_id)
        .where(StayWindow.stay_id == stay_id, StayWindow.folio_id != folio_id, Folio.status == "open")
    )
    master = (
        sa.select(StayGroup.folio_id, Folio.number, Folio.name, sa.null())
        .join(GroupMember, GroupMember.group_id == StayGroup.id)
        .join(Folio, Folio.id == StayGroup.folio_id)
        .where(GroupMember.stay_id == stay_id, Folio.status == "open")
    )
    found = [Target(*row) for row in session.execute(windows)] + [Target(*row) for row in session.execute(master)]
    return Targets(stay_id, tuple(sorted(found, key=lambda each: (each.window or 99, each.folio_id))))


def stay_of(session: Session, folio_id: int) -> int | None:
    """The stay of which the folio is a window."""
    return session.scalar(sa.select(StayWindow.stay_id).where(StayWindow.folio_id == known_id(folio_id)))


@dataclass(frozen=True, slots=True)
class Payer:
    """What a folio's stay says about paying: the method, the code of its company, how many adults there are."""

    method: str | None = None
    company: str | None = None
    persons: int | None = None


def payer_of(session: Session, folio_id: int) -> Payer:
    """Who pays a folio, as far as its stay says so. One statement."""
    row = session.execute(
        sa.select(Stay.payment_method, Company.code, Stay.adults)
        .join(StayWindow, StayWindow.stay_id == Stay.id)
        .outerjoin(Company, Company.id == Stay.company_id)
        .where(StayWindow.folio_id == folio_id)
    ).first()
    return Payer() if row is None else Payer(*row)


def target_folio(
    session: Session, folio_id: int, operator: str, *, to: str | None, room: str | None, number: str | None
) -> int:
    """The folio that was named: at hand by its id, `NEW_WINDOW` (which is opened), a room's first window, or a number.

    Refuses (`TargetMissing`) none and more than one of these, an empty room (`RoomVacant`), and unknown folios.
    """
    named = [each for each in (to, room, number) if each]
    if len(named) != 1:
        raise TargetMissing
    if room:
        return _folio_of_room(session, room)
    if number:
        return find_folio(session, number).id
    return chosen_folio(session, folio_id, str(to), operator)


def chosen_folio(session: Session, folio_id: int, to: str, operator: str) -> int:
    """The folio of a choice at hand: its id, or `NEW_WINDOW` of the stay, which is opened."""
    if to != NEW_WINDOW:
        return known_id(int(to))
    hold_open_day(session)
    stay_id = stay_of(session, folio_id)
    if stay_id is None:
        raise NoStayHere(folio=folio_id)
    return open_window(session, stay_id, operator).folio_id


def _folio_of_room(session: Session, room: str) -> int:
    number = search_text(room, 16)
    found = session.scalar(
        sa.select(StayWindow.folio_id)
        .join(Stay, Stay.id == StayWindow.stay_id)
        .join(Room, Room.id == Stay.room_id)
        .where(Room.number == number, Stay.status == "in_house", StayWindow.window == 1)
    )
    if found is None:
        raise RoomVacant(room=number)
    return found
