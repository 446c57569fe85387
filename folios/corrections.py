"""Taking back what was posted: a correction while its business day is open, an allowance at any time.

Both are new vouchers that point at the old one; nothing is edited. Each line goes back to the folio it came from,
in reverse; a line that was transferred is taken back where it stands now.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from folios.business_day import hold_open_day
from folios.drafts import Draft, Line, Origin, Posted
from folios.errors import (
    CorrectionTooLate,
    NotCorrectable,
    NothingLeft,
    NothingLeftOfVoucher,
    PostingNotHere,
    ReasonMissing,
    VoucherUnknown,
)
from folios.folios import lock_folios
from folios.lines import Selection, Standing, Taken, moving_line, standing_lines, take
from folios.models import Folio, Posting, Voucher
from folios.money import Money
from folios.texts import clean_text
from folios.vouchers import first_answer, post

# What each verb may take back, by the kind of voucher the value began as.
CORRECTABLE = frozenset({"charge", "payment", "paid_out", "opening"})
ALLOWABLE = frozenset({"charge"})


def correct(
    session: Session,
    folio_id: int,
    voucher_id: int,
    origin: Origin,
    reason: str,
    postings: Selection | None = None,
    authorised_by: str | None = None,
) -> Posted:
    """Takes back a voucher's lines that stand on the folio (or the `postings` chosen among them), in whole or in part.
    `authorised_by` is who allowed it.

    Refuses a voucher of a day that is over (`CorrectionTooLate`: an allowance is posted instead), kinds that are not
    taken back, more than is left, and no reason. The house limit is not asked: books must be put right.
    """
    return _take_back(session, "correction", folio_id, voucher_id, origin, reason, postings, authorised_by)


def allow(
    session: Session,
    folio_id: int,
    voucher_id: int,
    origin: Origin,
    reason: str,
    postings: Selection | None = None,
    authorised_by: str | None = None,
) -> Posted:
    """Posts an allowance on a voucher's lines: a rebate, or an error found after the close. Counts for the open day."""
    return _take_back(session, "allowance", folio_id, voucher_id, origin, reason, postings, authorised_by)


def _take_back(
    session: Session,
    kind: str,
    folio_id: int,
    voucher_id: int,
    origin: Origin,
    reason: str,
    postings: Selection | None,
    authorised_by: str | None,
) -> Posted:
    why = clean_text("reason", reason, 500)
    if why is None:
        raise ReasonMissing
    content = [folio_id, voucher_id, why, None if postings is None else list(postings), authorised_by]
    today = hold_open_day(session)
    lock_folios(session, {folio_id, *_stored_folios(session, voucher_id)})
    answer = first_answer(session, kind, origin, content)
    if answer is not None:
        return answer
    voucher = session.get(Voucher, voucher_id)
    if voucher is None:
        raise VoucherUnknown(voucher=voucher_id)
    refuse_voucher(voucher.kind)
    standing = standing_lines(session, [folio_id])[folio_id]
    of_voucher = [each for each in standing if each.voucher_id == voucher_id]
    chosen = (
        [each.posting_id for each in of_voucher if not _follows(each, of_voucher)] if postings is None else postings
    )
    if not chosen:
        raise NothingLeftOfVoucher(voucher=voucher_id)
    elsewhere = {each.posting_id for each in standing} - {each.posting_id for each in of_voucher}
    for each in chosen:
        posting_id = each[0] if isinstance(each, tuple) else each
        if posting_id in elsewhere:
            raise PostingNotHere(posting=posting_id)
    taken = take(session, of_voucher, folio_id, chosen)
    refuse_taking_back(kind, taken, today)
    draft = Draft(
        kind=kind,
        origin=origin,
        currency=voucher.currency,
        lines=tuple(_reversed(each) for each in taken),
        accounts=(folio_id,),
        tenders=far_folios(taken),
        content=content,
        reason=why,
        authorised_by=clean_text("authorised by", authorised_by, 32),
        corrects=voucher_id,
    )
    return post(session, [draft])[0]


def _stored_folios(session: Session, voucher_id: int) -> list[int]:
    """The folios with a stored balance that a voucher's postings, or those they began as, stand between."""
    here, origin = aliased(Posting), aliased(Posting)
    sides = (here.debit_folio_id, here.credit_folio_id, origin.debit_folio_id, origin.credit_folio_id)
    found = (
        sa.select(Folio.id)
        .distinct()
        .select_from(here)
        .join(origin, origin.id == sa.func.coalesce(here.origin_posting_id, here.id))
        .join(Folio, Folio.id.in_(sides))
        .where(here.voucher_id == voucher_id, Folio.type != "control")
    )
    return list(session.execute(found).scalars())


def far_folios(taken: Iterable[Taken]) -> dict[int, str]:
    """The accounts that value goes back to beside the folio itself, with the type each must have."""
    return {each.line.other_folio_id: each.line.other_type for each in taken if each.line.other_type != "control"}


def _follows(line: Standing, lines: list[Standing]) -> bool:
    return line.parent_line is not None and any(each.line == line.parent_line for each in lines)


def refuse_voucher(kind: str) -> None:
    """Refuses (`NotCorrectable`) a kind of voucher of which nothing is taken back, whatever stands of it."""
    if kind in ("correction", "allowance"):
        raise NotCorrectable(kind=kind)


def refuse_taking_back(kind: str, taken: Sequence[Taken], today: date) -> None:
    """Refuses lines that a voucher of `kind` (correction, allowance) cannot take back on the open day `today`."""
    for each in taken:
        line = each.line
        if line.origin_kind not in (CORRECTABLE if kind == "correction" else ALLOWABLE):
            raise NotCorrectable(kind=line.origin_kind)
        if line.moved and line.other_type not in ("control", "permanent"):
            raise NotCorrectable(kind="transfer")
        if not line.moved and each.amount_minor > line.other_left_minor:
            left, asked = (Money(minor, line.currency) for minor in (line.other_left_minor, each.amount_minor))
            raise NothingLeft(posting=line.posting_id, left=left, requested=asked)
        if kind == "correction" and line.origin_date != today:
            raise CorrectionTooLate(voucher=line.origin_voucher_id, day=line.origin_date)


def _reversed(taken: Taken) -> Line:
    """The line put back to where it came from. What never moved is taken back on both of its sides."""
    return moving_line(taken, taken.line.other_folio_id, None if taken.line.moved else "both")
