"""How postings become the lines and the tax table of a bill. Pure: no database, see `bills.py` for what and why.

A family is a posting with what it generated; it stays together when it is moved, corrected or allowed. The figures of a
family are added up as posted, never worked out from rates again, so a bill agrees with the ledger to the cent.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple


class Entry(NamedTuple):
    """A posting as one folio sees it: `amount_minor` above zero when the folio owes it, below when it is taken off.

    `date` is the day the guest had it, `business_date` the day it was posted here.
    """

    posting_id: int
    voucher_id: int
    line: int
    parent_line: int | None
    business_date: date
    date: date
    kind: str
    code: str
    code_kind: str
    code_name: str
    text: str
    article: str | None
    quantity: int
    check_number: str | None
    reference: str | None
    amount_minor: int
    tax_base_minor: int | None
    tax_rate_ppm: int | None
    source_posting_id: int | None
    source_side: str | None

    @property
    def side(self) -> str:
        """The side of the folio it stands on."""
        return "debit" if self.amount_minor > 0 else "credit"

    @property
    def generated(self) -> bool:
        """Whether a tax or service charge put it here; the same code can be sold by itself."""
        return self.tax_rate_ppm is not None


@dataclass(frozen=True, slots=True)
class TaxMode:
    """How a tax or service charge is levied, with its name and the kind of its code ('tax', or 'charge': revenue)."""

    code: str
    name: str
    code_kind: str
    basis: str
    inclusive: bool
    stacked: bool


@dataclass(frozen=True, slots=True)
class BillLine:
    """A line of a bill in minor units. `gross_minor` is what the guest pays, `net_minor` what of it is no tax.

    A group of lines has the `first` day and its `date` is the last; grouped by day it has no text. `follows`: it was
    added on top of the line before. `reference` is a check's number, or the room a charge came from.
    """

    first: date
    date: date
    kind: str
    code: str
    name: str
    article: str | None
    text: str | None
    reference: str | None
    quantity: int
    net_minor: int
    gross_minor: int
    follows: bool = False

    @property
    def unit_minor(self) -> int | None:
        """The price of one piece, where the amount divides by the quantity."""
        return None if self.gross_minor % self.quantity else self.gross_minor // self.quantity


@dataclass(frozen=True, slots=True)
class TaxLine:
    """What a bill contains of one tax at one rate, in minor units: net + tax = gross.

    `rate_ppm` None is an amount per person and night, which has no net. The line of what carries no percentage has no
    code and the rate 0.
    """

    code: str
    name: str
    rate_ppm: int | None
    net_minor: int
    tax_minor: int
    gross_minor: int


Family = list[Entry]


def families(entries: Iterable[Entry]) -> list[Family]:
    """The entries with what each generated behind it. What lost its root (it rounded to nothing) is a root itself."""
    found: dict[tuple[int, int, str], Family] = {}
    for each in sorted(entries, key=lambda entry: (entry.voucher_id, entry.line)):
        parent = found.get((each.voucher_id, each.parent_line or 0, each.side))
        if parent is not None:
            parent.append(each)
        else:
            found[each.voucher_id, each.line, each.side] = [each]
    return sorted(found.values(), key=lambda family: (family[0].date, family[0].voucher_id, family[0].line))


def netted(entries: Sequence[Entry]) -> list[Entry]:
    """What is left once lines and what took them back are set against each other; the sum stays what it was."""
    by_id = {each.posting_id: each for each in entries}
    takers: defaultdict[int, list[Entry]] = defaultdict(list)
    for each in entries:
        taken = by_id.get(each.source_posting_id or 0)
        if taken is not None and each.source_side in (taken.side, "both") and each.side != taken.side:
            takers[taken.posting_id].append(each)
    amounts = {each.posting_id: each.amount_minor for each in entries}
    for family in families(entries):
        left = [each.amount_minor + sum(taker.amount_minor for taker in takers[each.posting_id]) for each in family]
        refunded = any(taker.kind == "payment" for each in family for taker in takers[each.posting_id])
        gone = not any(left) and not refunded
        for each in family:
            for taker in takers[each.posting_id]:
                if gone or taker.kind in ("correction", "transfer"):
                    amounts[each.posting_id] += taker.amount_minor
                    amounts[taker.posting_id] = 0
    return [
        each if amount == each.amount_minor else each._replace(amount_minor=amount, quantity=1, tax_base_minor=None)
        for each, amount in zip(entries, amounts.values(), strict=True)
        if amount
    ]


# --- lines --------------------------------------------------------------------------------------------------


def lines_of(entries: Sequence[Entry], modes: Mapping[str, TaxMode], room: str | None) -> list[BillLine]:
    """One line for each family, and one for each addition to it. `room` is the stay's own, which needs no mention."""
    lines = []
    for family in families(entries):
        root, rest = family[0], family[1:]
        added = [] if _inseparable(rest, modes) else [each for each in rest if not modes[each.code].inclusive]
        lines.append(_line(root, [each for each in family if each not in added], room))
        lines += [replace(_line(each, [each], room), follows=True) for each in added]
    return lines


def _inseparable(generated: Sequence[Entry], modes: Mapping[str, TaxMode]) -> bool:
    """Whether a contained tax was levied upon an addition, so that neither has a price of its own."""
    added = False
    for mode in (modes[each.code] for each in generated):
        if mode.inclusive and mode.stacked and added:
            return True
        added = added or not mode.inclusive
    return False


def _line(root: Entry, parts: Sequence[Entry], room: str | None) -> BillLine:
    return BillLine(
        date=root.date,
        first=root.date,
        kind=root.kind,
        code=root.code,
        name=root.code_name,
        article=root.article,
        text=root.text,
        reference=root.check_number or (root.reference if root.reference != room else None),
        quantity=root.quantity,
        net_minor=sum(each.amount_minor for each in parts if each.code_kind != "tax"),
        gross_minor=sum(each.amount_minor for each in parts),
    )


def grouped(lines: Sequence[BillLine], grouping: str) -> list[BillLine]:
    """One line for each day, each code, or each article, in the order of their first; rebates stay by themselves."""
    if grouping == "none":
        return list(lines)
    groups: dict[tuple[object, ...], list[BillLine]] = {}
    for each in lines:
        groups.setdefault(_group(each, grouping), []).append(each)
    return [_together(each, grouping) if len(each) > 1 or grouping == "day" else each[0] for each in groups.values()]


def _group(line: BillLine, grouping: str) -> tuple[object, ...]:
    if grouping == "day":
        return (line.date,)
    back = line.gross_minor < 0
    return (line.code, back) if grouping == "code" else (line.code, line.article, line.text, back)


def _together(lines: Sequence[BillLine], grouping: str) -> BillLine:
    day = grouping == "day"
    texts = {each.text for each in lines}
    return replace(
        lines[0],
        date=max(each.date for each in lines),
        first=min(each.date for each in lines),
        kind=lines[0].kind if len({each.kind for each in lines}) == 1 else "charge",
        code="" if day else lines[0].code,
        article=lines[0].article if grouping == "article" else None,
        text=None if day else (lines[0].text if len(texts) == 1 else lines[0].name),
        reference=None,
        quantity=1 if day else sum(each.quantity for each in lines),
        net_minor=sum(each.net_minor for each in lines),
        gross_minor=sum(each.gross_minor for each in lines),
        follows=False,
    )


# --- taxes --------------------------------------------------------------------------------------------------


def taxes_of(entries: Sequence[Entry], modes: Mapping[str, TaxMode]) -> list[TaxLine]:
    """The taxes by code and rate, as posted; what carries no percentage last. Service charges are revenue, no tax."""
    sums: defaultdict[tuple[str, int | None], list[int]] = defaultdict(lambda: [0, 0])
    untaxed = 0
    for family in families(entries):
        bases = [0]
        for each, base in _bases(family, modes):
            mode = modes[each.code]
            if mode.code_kind == "tax":
                by_person = mode.basis == "person_night"
                figures = sums[each.code, None if by_person else each.tax_rate_ppm]
                figures[0] += 0 if by_person else base
                figures[1] += each.amount_minor
                bases += [] if by_person else [base]
        revenue = sum(each.amount_minor for each in family if each.code_kind != "tax")
        untaxed += _uncovered(revenue, max(bases, key=abs))
    order = sorted(sums, key=lambda key: (key[1] is None, key[0], key[1] or 0))
    lines = [
        _tax_line(modes[code].name, code, rate, *sums[code, rate]) for code, rate in order if any(sums[code, rate])
    ]
    return [*lines, _tax_line("", "", 0, untaxed, 0)] if untaxed else lines


def _tax_line(name: str, code: str, rate: int | None, net: int, tax: int) -> TaxLine:
    return TaxLine(code, name, rate, net, tax, net + tax)


def _bases(family: Family, modes: Mapping[str, TaxMode]) -> list[tuple[Entry, int]]:
    """Each generated entry and what it was levied on: as posted, else told from the family as `folios.taxes` levies."""
    root = family[0]
    net = 0 if root.generated else root.amount_minor
    entered = net + sum(each.amount_minor for each in family if each.generated and modes[each.code].inclusive)
    before = added = 0
    found = []
    for each in family:
        if not each.generated:
            continue
        mode = modes[each.code]
        told = net + (before if mode.stacked else 0) if mode.inclusive else entered + (added if mode.stacked else 0)
        found.append((each, told if each.tax_base_minor is None else each.tax_base_minor))
        before += each.amount_minor
        added += 0 if mode.inclusive else each.amount_minor
    return found


def _uncovered(revenue: int, base: int) -> int:
    """What of a family's revenue no percentage was levied on."""
    rest = revenue - base
    return rest if rest * revenue > 0 else 0
