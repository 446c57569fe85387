"""What may be done with folios and with their lines now, each with the reason when it may not.

The answers come from the very rules that the verbs refuse by. They say what can be told before anything is chosen: an
amount, another folio or a tender may still be refused when it is named. Rights are not asked here; doors do that.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.business_day import open_date
from folios.corrections import far_folios, refuse_taking_back, refuse_voucher
from folios.errors import (
    ControlFolioByHand,
    FolioClosed,
    FolioUnknown,
    GeneratedLine,
    NotCorrectable,
    RefundElsewhere,
    RefundTooHigh,
    Refusal,
    VoucherEmpty,
)
from folios.folios import known_id, refuse_closing, refuse_limiting, refuse_reopening
from folios.lines import Standing, Taken, standing_lines, take
from folios.models import Folio
from folios.money import Money
from folios.payments import is_money, refundable_minor
from folios.vouchers import refuse_account, refuse_over_limit

Answers = dict[str, Refusal | None]
"""Actions by name; None: it may be done, else how it would be refused."""

SMALLEST_MINOR = 1  # what is not refused for the least amount may be done

FOLIO_ACTIONS = (
    "charge",
    "pay",
    "refund",
    "pay_out",
    "transfer",
    "split",
    "correct",
    "allow",
    "set_limit",
    "exempt",
    "close",
    "reopen",
)
LINE_ACTIONS = ("correct", "allow", "transfer", "split", "refund")

FolioAsk = Callable[[Session, Mapping[int, Any]], Mapping[int, Refusal | None]]
LineAsk = Callable[[Session, Mapping[int, Sequence[Standing]]], Mapping[int, Refusal | None]]
_more_of_folios: dict[str, FolioAsk] = {}
_more_of_lines: dict[str, LineAsk] = {}


def folio_action(name: str) -> Callable[[FolioAsk], FolioAsk]:
    """Registers an action on folios (an invoice, say): a function from their rows by id to refusals by id; a folio it
    leaves out may be acted on. A constant number of statements, please.
    """

    def register(ask: FolioAsk) -> FolioAsk:
        _more_of_folios[name] = ask
        return ask

    return register


def line_action(name: str) -> Callable[[LineAsk], LineAsk]:
    """Registers an action on standing lines (a dispute, say): from the lines by folio to refusals by posting."""

    def register(ask: LineAsk) -> LineAsk:
        _more_of_lines[name] = ask
        return ask

    return register


def asked(rule: Callable[..., object], *facts: Any) -> Refusal | None:
    """How a rule refuses, or None when it does not."""
    try:
        rule(*facts)
    except Refusal as refusal:
        return refusal
    return None


def folio_actions(session: Session, folio_ids: Collection[int]) -> dict[int, Answers]:
    """What may be done with each folio: `FOLIO_ACTIONS`, and what the floors above have registered.

    Lines count as they are: `correct` may be done when it may with one line at least; otherwise the newest line tells
    why not. A constant number of statements. Refuses `FolioUnknown`.
    """
    return _folio_answers(_read(session, folio_ids))


def folio_actions_and_refund(session: Session, folio_id: int) -> tuple[Answers, bool]:
    """What may be done with a folio, and whether a payment on it can be given back by itself (see `line_actions`)."""
    facts = _read(session, [folio_id])
    paid = (line for line in facts.standing[folio_id] if line.origin_kind == "payment")
    return _folio_answers(facts)[folio_id], any(_refund_of(facts, line) is None for line in paid)


def _folio_answers(facts: _Facts) -> dict[int, Answers]:
    answers = {folio_id: _of_folio(facts, row) for folio_id, row in facts.asked_rows.items()}
    for action, ask in _more_of_folios.items():
        found = ask(facts.session, facts.asked_rows)
        for folio_id, each in answers.items():
            each[action] = found.get(folio_id)
    return answers


def line_actions(session: Session, folio_id: int) -> dict[int, Answers]:
    """What may be done with each line that stands on a folio, by posting; see `line_actions_of`."""
    return line_actions_of(session, [folio_id])[folio_id]


def line_actions_of(session: Session, folio_ids: Collection[int]) -> dict[int, dict[int, Answers]]:
    """What may be done with each line that stands on these folios: {folio: {posting: `LINE_ACTIONS`, and those
    registered}}. A line of which nothing is left is not there. A constant number of statements.

    `refund` is the refund of the payment that the line is or began as.
    """
    facts = _read(session, folio_ids)
    answers = {folio_id: _of_lines(facts, row) for folio_id, row in facts.asked_rows.items()}
    for action, ask in _more_of_lines.items():
        found = ask(session, facts.standing)
        for lines in answers.values():
            for posting_id, each in lines.items():
                each[action] = found.get(posting_id)
    return answers


# --- facts ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Facts:
    """Everything the rules ask about: `rows` of the folios and of those on the far side of their lines."""

    session: Session
    today: date
    asked_rows: Mapping[int, Any]
    rows: Mapping[int, Any]
    standing: Mapping[int, Sequence[Standing]]


def _read(session: Session, folio_ids: Collection[int]) -> _Facts:
    wanted = {known_id(folio_id) for folio_id in folio_ids}
    standing = standing_lines(session, wanted)
    far = {each.other_folio_id for lines in standing.values() for each in lines if each.other_type != "control"}
    columns = Folio.__table__.c
    found: Any = session.execute(sa.select(*columns).where(columns.id.in_(wanted | far)))
    rows = {row.id: row for row in found}
    for folio_id in sorted(wanted):
        if folio_id not in rows:
            raise FolioUnknown(folio=folio_id)
    asked_rows = {folio_id: rows[folio_id] for folio_id in sorted(wanted)}
    return _Facts(session, open_date(session), asked_rows, rows, standing)


# --- folios ---------------------------------------------------------------------------------------------------


def _of_folio(facts: _Facts, row: Any) -> Answers:
    standing = facts.standing[row.id]
    transfer = asked(_transfer_anything, row, standing)
    lines = _Lines(facts, row)
    return {
        "charge": asked(_raise_balance, "charge", row),
        "pay": asked(refuse_account, "payment", row),
        "refund": asked(_refund, facts, row, standing, row.balance_minor),
        "pay_out": asked(_raise_balance, "paid_out", row),
        "transfer": transfer,
        "split": transfer,
        "correct": _any_line(lines, "correct"),
        "allow": _any_line(lines, "allow"),
        "set_limit": asked(refuse_limiting, row.type, row.number),
        "exempt": asked(_exempt, row),
        "close": asked(refuse_closing, row),
        "reopen": asked(refuse_reopening, row),
    }


def _raise_balance(kind: str, row: Any) -> None:
    refuse_account(kind, row)
    refuse_over_limit(row, SMALLEST_MINOR)


def _transfer_anything(row: Any, standing: Sequence[Standing]) -> None:
    if not standing:
        raise VoucherEmpty
    refuse_account("transfer", row)


def _refund(facts: _Facts, row: Any, standing: Sequence[Standing], balance_minor: int) -> None:
    if not refundable_minor([each for each in standing if not _far_closed(facts, each)], balance_minor):
        if refundable_minor(standing, balance_minor):  # by a company's folio alone, which was paid and closed
            raise FolioClosed(folio=next(_far(facts, each).number for each in standing if _far_closed(facts, each)))
        elsewhere = [each.code for each in standing if is_money(each) and each.moved]
        if elsewhere and balance_minor < 0:
            raise RefundElsewhere(paid=elsewhere, transaction_code=elsewhere[0])
        nothing, least = Money(0, row.currency), Money(SMALLEST_MINOR, row.currency)
        raise RefundTooHigh(most=nothing, requested=least)
    refuse_account("payment", row)


def _far(facts: _Facts, line: Standing) -> Any:
    return facts.rows.get(line.other_folio_id)


def _far_closed(facts: _Facts, line: Standing) -> bool:
    far = _far(facts, line)
    return far is not None and far.status != "open"


def _exempt(row: Any) -> None:
    if row.type == "control":
        raise ControlFolioByHand(folio=row.number)


def _any_line(lines: _Lines, action: str) -> Refusal | None:
    if not lines.standing:
        return VoucherEmpty()
    refusals = []
    for line in lines.standing:
        refusal = lines.of(line)[action]
        if refusal is None:
            return None
        refusals.append(refusal)
    own = [each for each in refusals if not isinstance(each, GeneratedLine)]  # what follows another says nothing here
    return (own or refusals)[-1]


# --- lines ----------------------------------------------------------------------------------------------------


class _Lines:
    """The lines of a folio, each asked when somebody wants to know."""

    def __init__(self, facts: _Facts, row: Any) -> None:
        self.facts, self.row = facts, row
        self.standing = facts.standing[row.id]
        self._of_voucher: dict[int, list[Standing]] = {}
        for line in self.standing:
            self._of_voucher.setdefault(line.voucher_id, []).append(line)
        self._answers: dict[int, Answers] = {}

    def of(self, line: Standing) -> Answers:
        """What may be done with a line."""
        if line.posting_id not in self._answers:
            self._answers[line.posting_id] = _of_line(self.facts, self.row, self._of_voucher[line.voucher_id], line)
        return self._answers[line.posting_id]


def _of_lines(facts: _Facts, row: Any) -> dict[int, Answers]:
    lines = _Lines(facts, row)
    return {line.posting_id: lines.of(line) for line in lines.standing}


def _of_line(facts: _Facts, row: Any, of_voucher: Sequence[Standing], line: Standing) -> Answers:
    try:
        taken = take(facts.session, of_voucher, row.id, [line.posting_id])
    except Refusal as refusal:  # a line that follows another is not chosen by itself
        correction = asked(refuse_voucher, line.kind)
        back = correction or refusal
        return {
            "correct": back,
            "allow": back,
            "transfer": refusal,
            "split": refusal,
            "refund": _refund_of(facts, line),
        }
    transfer = asked(_transfer, row, taken)
    return {
        "correct": asked(_take_back, facts, "correction", row, taken),
        "allow": asked(_take_back, facts, "allowance", row, taken),
        "transfer": transfer,
        "split": transfer,
        "refund": _refund_of(facts, line),
    }


def _take_back(facts: _Facts, kind: str, row: Any, taken: Sequence[Taken]) -> None:
    refuse_voucher(taken[0].line.kind)
    refuse_taking_back(kind, taken, facts.today)
    refuse_account(kind, row)
    for folio_id, folio_type in far_folios(taken).items():
        far = facts.rows[folio_id]
        refuse_account(kind, far, far.type == folio_type)


def _transfer(row: Any, taken: Iterable[Taken]) -> None:
    refuse_account("transfer", row)
    leaving = sum(each.amount_minor * (1 if each.line.side == "credit" else -1) for each in taken)
    refuse_over_limit(row, leaving)


def _refund_of(facts: _Facts, line: Standing) -> Refusal | None:
    """The refund of the payment a line began as: more than the folio's balance can be given back, down to its limit."""
    row = facts.rows[line.folio_id]
    if line.origin_kind != "payment":
        return NotCorrectable(kind=line.origin_kind)
    same = [each for each in facts.standing[line.folio_id] if each.origin_voucher_id == line.origin_voucher_id]
    return asked(_refund, facts, row, same, -sum(each.left_minor for each in same)) or asked(
        refuse_over_limit, row, SMALLEST_MINOR
    )
