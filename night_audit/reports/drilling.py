"""What a figure asks for when it is opened: which postings count, and how, as its address says it.

What is asked is read here, and several that were asked together are brought down to few. The postings themselves are
found in `drilled_postings`, stays and rooms in `drilled_stays`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import parse_qs, urlsplit

from folios.errors import N_, Refusal
from folios.models import CODE_KINDS, LEDGERS, TYPES, VOUCHER_KINDS
from folios.texts import read_number
from night_audit.reports import addresses

PAGE = 100
MEASURES = {
    "debit": N_("debits"),
    "credit": N_("credits"),
    "balance": N_("debits less credits"),
    "revenue": N_("credits to the control folio less debits"),
    "sold": N_("charges less what was taken back"),
    "base": N_("what the tax was levied on"),
    "open": N_("what is still open of each charge, the oldest paid first"),
}
"""Which side of a posting counts, and how."""
TEXTS = ("code", "department", "operator", "outlet", "not_outlet", "terminal", "shift", "sender", "key")
CHOICES = {"ledger": LEDGERS, "type": TYPES, "kind": VOUCHER_KINDS, "code_kind": CODE_KINDS}
NUMBERS = ("folio", "rate", "taken", "before")
DAYS = ("on",)
BESIDE = ("first", "last", "measure", "page", "date", "figure")
LONGEST, MOST_FACTS = 100, 60
TOGETHER = ("type", "kind", "ledger", "terminal", "code", "folio", "operator", "outlet")
"""Facts of which a posting has one: what differs in one of them alone is asked for together."""


class DrillInvalid(Refusal):
    code = "report_drill.invalid"
    message = N_("This address asks for nothing that can be listed. Go back to the report and open the figure there.")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which postings are asked for: from `first` (None: from the beginning) to `last`, measured so, and of what.

    A fact with several values asks for the postings of any of them.
    """

    first: date | None
    last: date
    measure: str
    facts: Mapping[str, tuple[Any, ...]]

    @classmethod
    def read(cls, query: str) -> Wanted:
        """What an address asks behind its question mark. Refuses `DrillInvalid`."""
        try:
            asked = parse_qs(query, keep_blank_values=True, max_num_fields=MOST_FACTS)
        except ValueError:
            raise DrillInvalid from None
        measure, last = asked.get("measure", [""])[0], asked.get("last", [""])[0]
        if measure not in MEASURES:
            raise DrillInvalid
        first = _day(asked["first"][0]) if "first" in asked else None
        facts = {name: tuple(_fact(name, text) for text in asked[name]) for name in asked if name not in BESIDE}
        if measure == "open" and not {"folio", "on"} <= set(facts):
            raise DrillInvalid
        return cls(first, _day(last), measure, facts)

    def one(self, name: str) -> Any:
        """The value of a fact, where there is one."""
        return self.facts.get(name, (None,))[0]


@dataclass(frozen=True, slots=True)
class Shown:
    """One page of what a figure was made from; `total` and `count` are those of all pages."""

    rows: list[Any]
    count: int
    total: int
    skip: int


def read_address(address: str) -> Wanted | None:
    """What the address of a figure asks; None where it leads to no list of postings."""
    parts = urlsplit(address)
    return Wanted.read(parts.query) if parts.path == addresses.POSTINGS else None


def gathered(several: Iterable[Wanted]) -> list[Wanted]:
    """As few as ask for the same together; what is asked twice counts once."""
    found = list(several)
    for name in TOGETHER:
        alike: dict[Any, list[Wanted]] = {}
        for each in found:
            others = tuple(sorted((other, values) for other, values in each.facts.items() if other != name))
            alike.setdefault((each.first, each.last, each.measure, others, name in each.facts), []).append(each)
        found = [_together(name, of) for of in alike.values()]
    return found


def _together(name: str, alike: list[Wanted]) -> Wanted:
    first = alike[0]
    if name not in first.facts:
        return first
    values = dict.fromkeys(value for each in alike for value in each.facts[name])
    return replace(first, facts={**first.facts, name: tuple(values)})


def _fact(name: str, text: str) -> Any:
    text = text[:LONGEST]
    number = read_number(text) if name in NUMBERS else None
    if number is not None:
        return number
    if (name in CHOICES and text in CHOICES[name]) or (name in TEXTS and "\0" not in text):
        return text
    if name in DAYS:
        return _day(text)
    raise DrillInvalid


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise DrillInvalid from None
