"""Disputed lines: contested at the desk, shown apart from the rest of the balance, and settled in one of four ways.

Allowed (the hotel gives in), moved (followed up on a receivable after the guest has left), upheld (the guest pays after
all), agreed (anything else, told in words). The postings are the ledger's; a dispute only points at the line. What is
taken from the line by other hands, a correction or a transfer, is seen in its history and does not settle it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from folios.business_day import hold_open_day
from folios.corrections import allow
from folios.drafts import Origin, Posted
from folios.errors import N_, DatabaseRefusal, KeyReused, ReasonMissing, Refusal, WrongFolioType
from folios.events import record
from folios.folios import get_folio, lock_folios
from folios.lines import Selection, Standing, standing_lines, take
from folios.models import Folio, Posting, Voucher
from folios.money import Money
from folios.texts import clean_text
from folios.transfers import transfer
from folios.verify import holds
from frontoffice.billed_lines import refuse_billed
from frontoffice.companies import hold_credit_limit, receivable_folio
from frontoffice.fields import needed_text
from frontoffice.models.desk import Dispute

MOST_TEXT = 500


class DisputeUnknown(Refusal):
    code = "dispute.unknown"
    message = N_("There is no dispute {dispute}.")


class DisputeOpen(Refusal):
    code = "dispute.open_before"
    message = N_("Posting {posting} is disputed already, since {day}: {reason}.")


class DisputeSettled(Refusal):
    code = "dispute.settled"
    message = N_("This dispute was settled on {day} by {operator}.")


class NotDisputable(Refusal):
    code = "dispute.wrong_kind"
    message = N_("Only charges can be disputed; this is a {kind}.")


@dataclass(frozen=True, slots=True)
class Step:
    """What was taken from a disputed line, its taxes included: by which voucher, and the folio it went to, if any."""

    voucher_id: int
    kind: str
    business_date: date
    operator: str
    reason: str | None
    amount: Money
    to_folio_id: int | None
    to_folio: str | None


@dataclass(frozen=True, slots=True)
class Disputed:
    """A dispute with its line: what was charged and what is `left` of it here, taxes included, and what happened."""

    dispute: Dispute
    code: str
    text: str | None
    posted_on: date
    charged: Money
    left: Money
    steps: Sequence[Step]


# --- opening --------------------------------------------------------------------------------------------------


def open_dispute(session: Session, folio_id: int, posting_id: int, reason: str, operator: str) -> Dispute:
    """Marks a charge that stands on a folio as disputed, with the taxes it generated. The rest can be settled.

    Refuses no reason, a posting that is unknown, stands elsewhere, is a generated line, or of which nothing is left;
    what is no charge (`NotDisputable`), and a line that is disputed already (`DisputeOpen`).
    """
    why = clean_text("reason", reason, MOST_TEXT)
    if why is None:
        raise ReasonMissing
    today = hold_open_day(session)
    lock_folios(session, [folio_id])
    line = take(session, standing_lines(session, [folio_id])[folio_id], folio_id, [posting_id])[0].line
    of_posting = sa.select(Dispute).where(Dispute.posting_id == posting_id, Dispute.status == "open")
    refuse_disputing(line, session.scalar(of_posting))
    dispute = Dispute(folio_id=folio_id, posting_id=posting_id, reason=why, opened_on=today, opened_by=operator)
    session.add(dispute)
    session.flush()
    after = {"folio": folio_id, "posting": posting_id, "reason": why}
    record(session, "dispute.opened", f"dispute:{dispute.id}", operator, None, after)
    return dispute


def refuse_disputing(line: Standing, before: Dispute | None) -> None:
    """Refuses a line that is no charge (`NotDisputable`), or that has an open dispute `before` (`DisputeOpen`)."""
    if line.side != "debit" or line.origin_kind != "charge":
        raise NotDisputable(kind=line.origin_kind)
    if before is not None:
        raise DisputeOpen(posting=line.posting_id, day=before.opened_on, reason=before.reason)


# --- settling -------------------------------------------------------------------------------------------------
# A dispute is locked after the business day and before companies and folios. `authorised_by` is who allowed it, where
# that is not who settles.


def settle_dispute(
    session: Session, dispute_id: int, outcome: str, operator: str, authorised_by: str | None = None
) -> Dispute:
    """Settles a dispute with an outcome told in words. Refuses none, and a dispute settled before."""
    told = needed_text("outcome", outcome, MOST_TEXT)
    dispute = _lock(session, dispute_id)
    _refuse_settled(dispute)
    return _settle(session, dispute, "agreed", operator, told, authorised_by)


def uphold_dispute(
    session: Session, dispute_id: int, operator: str, outcome: str | None = None, authorised_by: str | None = None
) -> Dispute:
    """The charge was right: the guest pays after all. Refuses a dispute settled before."""
    told = clean_text("outcome", outcome, MOST_TEXT)
    dispute = _lock(session, dispute_id)
    _refuse_settled(dispute)
    return _settle(session, dispute, "upheld", operator, told, authorised_by)


def allow_disputed(
    session: Session,
    dispute_id: int,
    origin: Origin,
    reason: str,
    authorised_by: str | None = None,
    amount_minor: int | None = None,
) -> Posted:
    """Posts an allowance on what is left of the disputed line, or on a part of it (minor units, taxes included), and
    settles the dispute; safe to send twice.

    Refuses what `allow` refuses, and a dispute settled before.
    """
    dispute = _lock(session, dispute_id)
    voucher_id = session.execute(sa.select(Posting.voucher_id).where(Posting.id == dispute.posting_id)).scalar_one()
    chosen: Selection = [dispute.posting_id if amount_minor is None else (dispute.posting_id, amount_minor)]

    def post() -> Posted:
        return allow(session, dispute.folio_id, voucher_id, origin, reason, chosen, authorised_by)

    return _settle_with(session, dispute, "allowed", post, origin, reason, authorised_by)


def move_disputed(
    session: Session,
    dispute_id: int,
    origin: Origin,
    *,
    company_id: int | None = None,
    folio_id: int | None = None,
    reason: str | None = None,
    authorised_by: str | None = None,
) -> Posted:
    """Moves what is left of the disputed line to a company's receivable, or to a semi-permanent folio, to be followed
    up there; settles the dispute here; safe to send twice. Give the company or the folio.

    Refuses another type of folio, an unknown company, a line that stands on an invoice (`LineInvoiced`), more than the
    company's credit limit (`CreditLimitExceeded`), what `transfer` refuses, and a dispute settled before.
    """
    if (company_id is None) == (folio_id is None):
        raise ValueError("a disputed line is moved to a company or to a folio")
    dispute = _lock(session, dispute_id)
    target = folio_id
    if target is None:
        target = _moved_to(session, dispute) or receivable_folio(session, company_id or 0, origin.operator).id
    else:
        found = get_folio(session, target)
        if found.type != "semi_permanent":
            raise WrongFolioType(kind="transfer", folio=found.number, type=found.type)

    def post() -> Posted:
        moved = transfer(session, dispute.folio_id, target, [dispute.posting_id], origin, reason=reason)
        refuse_billed(session, [moved.voucher_id])
        hold_credit_limit(session, moved, origin.operator)
        return moved

    return _settle_with(session, dispute, "moved", post, origin, reason, authorised_by)


def _settle_with(
    session: Session,
    dispute: Dispute,
    how: str,
    post: Callable[[], Posted],
    origin: Origin,
    outcome: str | None,
    authorised_by: str | None,
) -> Posted:
    """Posts and settles; of a dispute that is settled, only what was sent before is answered again."""
    if dispute.status == "open":
        posted = post()
        told = clean_text("outcome", outcome, MOST_TEXT)
        _settle(session, dispute, how, origin.operator, told, authorised_by, posted.voucher_id)
        return posted
    if origin.key is None:
        _refuse_settled(dispute)
    try:
        posted = post()
    except (DatabaseRefusal, KeyReused):
        raise
    except Refusal:
        _refuse_settled(dispute)
        raise
    if not posted.replayed:
        _refuse_settled(dispute)
    return posted


def _settle(
    session: Session,
    dispute: Dispute,
    how: str,
    operator: str,
    outcome: str | None,
    authorised_by: str | None,
    voucher_id: int | None = None,
) -> Dispute:
    dispute.status, dispute.settlement, dispute.outcome = "settled", how, outcome
    dispute.settled_on, dispute.settled_by, dispute.voucher_id = hold_open_day(session), operator, voucher_id
    session.flush()
    after = {"settlement": how, "outcome": outcome, "voucher": voucher_id}
    record(session, "dispute.settled", f"dispute:{dispute.id}", operator, None, after, authorised_by)
    return dispute


def _lock(session: Session, dispute_id: int) -> Dispute:
    hold_open_day(session)
    found = session.get(Dispute, dispute_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise DisputeUnknown(dispute=dispute_id)
    return found


def _refuse_settled(dispute: Dispute) -> None:
    if dispute.status != "open":
        raise DisputeSettled(day=dispute.settled_on, operator=dispute.settled_by)


def _moved_to(session: Session, dispute: Dispute) -> int | None:
    """The folio a settled dispute's line was moved to, None for others: its company may have a new one by now."""
    if dispute.settlement != "moved":
        return None
    moved = sa.select(Posting.debit_folio_id).where(Posting.voucher_id == dispute.voucher_id).limit(1)
    return session.scalar(moved)


# --- reading --------------------------------------------------------------------------------------------------


def get_dispute(session: Session, dispute_id: int) -> Dispute:
    """The dispute with this id. Refuses `DisputeUnknown`."""
    found = session.get(Dispute, dispute_id)
    if found is None:
        raise DisputeUnknown(dispute=dispute_id)
    return found


def disputed_minor(session: Session, folio_ids: Collection[int]) -> dict[int, int]:
    """How much of each folio's balance is disputed, taxes included, in minor units; one statement.

    What was moved away or taken back meanwhile does not count any more.
    """
    wanted = _families(Dispute.folio_id.in_(folio_ids), Dispute.status == "open").subquery()
    sums = sa.select(wanted.c.folio_id, sa.cast(sa.func.sum(wanted.c.left_minor), sa.BigInteger))
    found: dict[int, int] = dict(session.execute(sums.group_by(wanted.c.folio_id)).all())
    return {folio_id: int(found.get(folio_id, 0)) for folio_id in folio_ids}


def disputes_of(session: Session, folio_ids: Collection[int]) -> dict[int, list[Disputed]]:
    """The disputes of each folio with their history, open ones first, the newest first. Three statements."""
    return _disputes(session, folio_ids, Dispute.folio_id.in_(folio_ids))


def open_disputes(session: Session) -> dict[int, list[Disputed]]:
    """All open disputes of the house, by folio, for the desk's list and the night's checks. Three statements."""
    return _disputes(session, (), Dispute.status == "open")


def _disputes(
    session: Session, folio_ids: Collection[int], condition: sa.ColumnElement[bool]
) -> dict[int, list[Disputed]]:
    found: dict[int, list[Disputed]] = {folio_id: [] for folio_id in folio_ids}
    wanted = (
        sa.select(Dispute, Posting.code, Posting.text, Posting.business_date, Folio.currency)
        .join(Posting, Posting.id == Dispute.posting_id)
        .join(Folio, Folio.id == Dispute.folio_id)
        .where(condition)
        .order_by(Dispute.status, Dispute.id.desc())
    )
    rows = session.execute(wanted).all()
    figures: dict[int, tuple[int, int]] = {}
    for row in session.execute(_families(condition)):
        charged, left = figures.get(row.id, (0, 0))
        figures[row.id] = (charged + row.amount_minor, left + row.left_minor)
    steps = _steps(session, condition)
    for dispute, code, text, posted_on, currency in rows:
        charged_minor, left_minor = figures[dispute.id]
        told = Disputed(
            dispute=dispute,
            code=code,
            text=text,
            posted_on=posted_on,
            charged=Money(charged_minor, currency),
            left=Money(left_minor, currency),
            steps=steps.get(dispute.id, []),
        )
        found.setdefault(dispute.folio_id, []).append(told)
    return found


# Made once: an alias learns its columns at some cost.
_LINE, _TAKER = aliased(Posting), aliased(Posting)


def _families(*conditions: sa.ColumnElement[bool]) -> Any:
    """Each disputed line, and each line that it generated: what was charged, and what still stands there."""
    line, taker = _LINE, _TAKER
    taken = (
        sa.select(sa.func.coalesce(sa.cast(sa.func.sum(taker.amount_minor), sa.BigInteger), 0))
        .where(taker.source_posting_id == line.id, taker.source_side.in_(("debit", "both")))
        .scalar_subquery()
    )
    return (
        sa.select(
            Dispute.id,
            Dispute.folio_id,
            line.id.label("line_id"),
            line.amount_minor,
            (line.amount_minor - taken).label("left_minor"),
        )
        .join(Posting, Posting.id == Dispute.posting_id)
        .join(line, _of_family(line))
        .where(*conditions)
    )


def _of_family(line: Any) -> sa.ColumnElement[bool]:
    follows = sa.and_(
        line.voucher_id == Posting.voucher_id,
        line.parent_line == Posting.line,
        line.debit_folio_id == Posting.debit_folio_id,
    )
    return sa.or_(line.id == Posting.id, follows)


def _steps(session: Session, condition: sa.ColumnElement[bool]) -> dict[int, list[Step]]:
    line, taker = _LINE, _TAKER
    wanted = (
        sa.select(
            Dispute.id,
            Voucher.id.label("voucher_id"),
            Voucher.kind,
            Voucher.business_date,
            Voucher.operator,
            Voucher.reason,
            Voucher.currency,
            Folio.id.label("to_id"),
            Folio.number,
            Folio.type,
            sa.cast(sa.func.sum(taker.amount_minor), sa.BigInteger).label("amount_minor"),
        )
        .join(Posting, Posting.id == Dispute.posting_id)
        .join(line, _of_family(line))
        .join(taker, sa.and_(taker.source_posting_id == line.id, taker.source_side.in_(("debit", "both"))))
        .join(Voucher, Voucher.id == taker.voucher_id)
        .outerjoin(Folio, sa.and_(Folio.id == taker.debit_folio_id, Voucher.kind == "transfer"))
        .where(condition)
        .group_by(Dispute.id, Voucher.id, Folio.id)
        .order_by(Voucher.id)
    )
    steps: dict[int, list[Step]] = {}
    for row in session.execute(wanted):
        amount = Money(row.amount_minor, row.currency)
        told = (row.voucher_id, row.kind, row.business_date, row.operator, row.reason, amount, row.to_id, row.number)
        steps.setdefault(row.id, []).append(Step(*told))
    return steps


# --- what always holds ----------------------------------------------------------------------------------------

holds(
    N_("a disputed line is a charge to the folio it is disputed on"),
    """
    SELECT 'dispute ' || d.id, 'a charge to folio ' || d.folio_id, v.kind || ' to folio ' || p.debit_folio_id
    FROM dispute d JOIN posting p ON p.id = d.posting_id
    JOIN posting o ON o.id = coalesce(p.origin_posting_id, p.id) JOIN voucher v ON v.id = o.voucher_id
    WHERE p.debit_folio_id <> d.folio_id OR v.kind <> 'charge'
    """,
)
holds(
    N_("a dispute settled by a voucher was settled by one that takes from its line"),
    """
    SELECT 'dispute ' || d.id || ' (' || d.settlement || ')',
           CASE d.settlement WHEN 'allowed' THEN 'an allowance' WHEN 'moved' THEN 'a transfer' ELSE 'no voucher' END,
           coalesce(v.kind || ' ' || v.id, 'no voucher')
    FROM dispute d JOIN posting p ON p.id = d.posting_id LEFT JOIN voucher v ON v.id = d.voucher_id
    WHERE d.status = 'settled'
      AND coalesce(v.kind, '') <> CASE d.settlement WHEN 'allowed' THEN 'allowance' WHEN 'moved' THEN 'transfer'
                                                   ELSE '' END
       OR v.id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM posting t JOIN posting s ON s.id = t.source_posting_id
                                           WHERE t.voucher_id = v.id AND s.voucher_id = p.voucher_id)
    """,
)
