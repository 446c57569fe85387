"""A desk at which anything may be done in any order, and a simple model of what must come of it.

The model knows each folio's balance, limit and state, and how much of each posting still stands on which of its sides.
It works answers and refusals out by itself, from what was asked and what was there before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import sqlalchemy as sa
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
)
from sqlalchemy.engine import Engine

from folios import business_day, charges, corrections, folios, payments, transfers, verify
from folios.charges import Charge, ChargeLine
from folios.db import reading
from folios.drafts import Origin, Posted
from folios.errors import (
    DayNotReady,
    FolioClosed,
    FolioHasNoLimit,
    FolioNotAtZero,
    FolioNotOpenable,
    HouseLimitExceeded,
    KeyReused,
    RefundElsewhere,
    RefundTooHigh,
    Refusal,
    SameFolio,
    WrongFolioType,
)
from folios.models import BusinessDay, ClosingBalance, Event, Folio, LedgerClosing, Posting, Voucher
from folios.money import Money
from folios.payments import PaidOut, Payment
from tests.folios.hotel import CASHIER, FIRST_DAY, Hotel, origin

# The accounts a day begins with: (type, ledger, house limit).
ACCOUNTS = (
    ("individual", "guest", 30_000),
    ("individual", "guest", None),
    ("individual", "deposit", None),
    ("master", "guest", 60_000),
    ("non_guest", "city", 20_000),
    ("staff", "city", 10_000),
    ("semi_permanent", "city", None),
    ("semi_permanent", "city", None),
)
CHARGED = ("individual", "master", "non_guest", "staff")
STAY, SERVICE, VAT = Fraction(7, 100), Fraction(10, 100), Fraction(19, 100)
IMMUTABLE = (Voucher, Posting, Event, ClosingBalance, LedgerClosing)
VERIFY_EVERY = 8  # steps

# --- what is asked ------------------------------------------------------------------------------------------------

pick = st.integers(0, 1000)  # which of the things there are, counted around
amounts = st.integers(1, 15_000)
sales = st.lists(st.tuples(st.sampled_from(["ROOM", "FOOD", "CANCEL", "WATER"]), amounts), min_size=1, max_size=3)
yes = st.booleans()
seldom = st.integers(0, 4).map(lambda number: number == 4)
weights = st.tuples(*[st.integers(0, 9)] * 3).filter(any)

TENDERS = ("CASH", "VISA", "BILL")


# Each verb of the desk, and what may be asked of it. All are one rule of the machine, so that none is left out.
ASKED: dict[str, dict[str, Any]] = {
    "open_a_folio": {
        "type": st.sampled_from(["individual", "master", "non_guest", "staff", "semi_permanent"]),
        "limit": st.none() | amounts,
    },
    "set_a_limit": {"which": pick, "limit": st.none() | st.integers(0, 40_000)},
    "exempt": {"which": pick, "taxes": st.sets(st.sampled_from(["STAY", "VAT"]))},
    "close": {"which": pick, "at_zero": yes},
    "check_out": {"which": pick},
    "reopen": {"which": pick},
    "charge": {"which": pick, "sold": sales, "keyed": yes, "authorised": seldom, "late": yes},
    "charge_up_to_the_limit": {"which": pick, "beyond": st.integers(-1, 1), "keyed": yes},
    "pay": {"which": pick, "of": pick, "code": st.sampled_from(TENDERS), "amount": amounts, "keyed": yes},
    "refund": {"which": pick, "code": st.sampled_from(["CASH", "VISA"]), "amount": amounts, "keyed": yes},
    "refund_a_payment": {"which": pick, "amount": amounts, "keyed": yes},
    "pay_out": {"which": pick, "amount": amounts, "house": yes, "keyed": yes},
    "bring_forward": {"which": pick, "amount": amounts, "owed": yes, "keyed": yes},
    "correct": {"which": pick, "part": pick, "in_part": yes, "keyed": yes},
    "allow": {"which": pick, "part": pick, "in_part": yes, "keyed": yes},
    "transfer": {"which": pick, "to": pick, "part": pick, "in_part": yes, "authorised": seldom, "keyed": yes},
    "transfer_all": {"which": pick, "to": pick, "authorised": seldom, "keyed": yes},
    "split": {"which": pick, "others": st.tuples(pick, pick), "weights": weights, "keyed": yes},
    "send_again": {"which": pick},
    "reuse_a_key": {"which": pick, "amount": amounts},
    "roll": {},
    "close_the_day": {},
}


OFTEN = ("charge", "charge", "pay", "correct", "allow", "transfer", "check_out", "send_again")
ANYTHING = st.sampled_from([*OFTEN, *ASKED]).flatmap(
    lambda verb: st.tuples(st.just(verb), st.fixed_dictionaries(ASKED[verb]))
)


@dataclass
class Account:
    """What the model knows of a folio."""

    id: int
    type: str
    ledger: str
    limit: int | None
    balance: int = 0
    open: bool = True
    exempt: tuple[str, ...] = ()

    def why_not(self, increase: int, takes: bool = True, limited: bool = True) -> type[Refusal] | None:
        """Why the folio does not take something that adds `increase` to its balance."""
        if not takes:
            return WrongFolioType
        if not self.open:
            return FolioClosed
        if limited and increase > 0 and self.limit is not None and self.balance + increase > self.limit:
            return HouseLimitExceeded
        return None

    @property
    def charged(self) -> bool:
        """Whether its type takes charges and paid-outs."""
        return self.type in CHARGED and self.ledger != "deposit"


@dataclass
class Line:
    """What the model knows of a posting: its folios, and what is left of it, by side."""

    id: int
    voucher: int
    kind: str
    day: date
    number: int
    parent: int | None
    folio: dict[str, int]
    left: dict[str, int]
    origin: int
    moved: bool


@dataclass(frozen=True)
class Asked:
    """A verb with what was asked of it and who asks; the same again if it has a key."""

    verb: Callable[..., Posted]
    facts: tuple[Any, ...]
    origin: Origin
    more: tuple[tuple[str, Any], ...] = ()
    answer: Posted | None = None


def rounded(exact: Fraction) -> int:
    """To the nearest whole number, a half upwards; the amounts here are never negative."""
    return (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)


def gross(sold: Sequence[tuple[str, int]], exempt: Sequence[str]) -> int:
    """What a charge comes to by the words of `folios.taxes`: the amounts of one code are added up and rounded once."""
    price = Fraction(sum(price for _, price in sold))
    relief = sum((price - price / (1 + STAY) for code, price in sold if code == "ROOM"), Fraction())
    service = sum((SERVICE * price for code, price in sold if code == "CANCEL"), Fraction())
    vat = VAT * (sum((Fraction(price) for code, price in sold if code in ("FOOD", "CANCEL")), Fraction()) + service)
    total = rounded(price) - (rounded(relief) if "STAY" in exempt else 0) + rounded(service)
    return total + (0 if "VAT" in exempt else rounded(vat))


# --- the machine ----------------------------------------------------------------------------------------------------


class Desk(RuleBasedStateMachine):
    """One hotel and its desk. Each rule is one unit of work, and says what must come of it."""

    fresh: Callable[[], AbstractContextManager[Engine]]
    done: Counter[str]

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.hotel = Hotel(self.stack.enter_context(type(self).fresh()))
        self.visa = Account(self.hotel.id("VISA"), "permanent", "city", None)
        self.drawer = self.hotel.id("DRAWER")
        self.accounts = [
            Account(self.hotel.open(type, ledger=ledger, house_limit_minor=limit), type, ledger, limit)
            for type, ledger, limit in ACCOUNTS
        ]
        self.lines: dict[int, Line] = {}
        self.asked: list[Asked] = []
        self.today, self.audited = FIRST_DAY, None
        self.seen: dict[type, dict[Any, Any]] = {table: {} for table in IMMUTABLE}
        self.keys = self.steps = 0

    def teardown(self) -> None:
        try:
            self.prove()
        finally:
            self.stack.close()

    # --- what is there ------------------------------------------------------------------------------------------

    @property
    def known(self) -> dict[int, Account]:
        return {each.id: each for each in (self.visa, *self.accounts)}

    def one_of(self, number: int) -> Account:
        return self.accounts[number % len(self.accounts)]

    def standing(self, account: Account) -> list[tuple[Line, str]]:
        """What stands on a folio: lines, each with its side."""
        return [
            (line, side)
            for line in self.lines.values()
            for side in ("debit", "credit")
            if line.folio[side] == account.id and line.left[side] > 0
        ]

    def family(self, account: Account, line: Line, side: str) -> list[Line]:
        """A line with what it generated, as far as that stands beside it."""
        behind = [
            each
            for each, its_side in self.standing(account)
            if (each.voucher, each.parent, its_side) == (line.voucher, line.number, side)
        ]
        return [line, *behind]

    def generated(self, account: Account, line: Line, side: str) -> bool:
        """Whether the line it belongs to stands beside it."""
        return any(
            (each.voucher, each.number, its_side) == (line.voucher, line.parent, side)
            for each, its_side in self.standing(account)
        )

    # --- asking -------------------------------------------------------------------------------------------------

    def who(self, keyed: bool) -> Origin:
        self.keys += 1
        return origin(f"key {self.keys}" if keyed else None)

    def ask(self, name: str, verb: Callable[..., Any], /, *facts: Any, **more: Any) -> Any:
        """What the rule answers, or the class of its refusal; counted by name."""
        try:
            answer = self.hotel.do(verb, *facts, **more)
        except Refusal as refusal:
            self.done[f"{name} refused: {refusal.code}"] += 1
            return type(refusal)
        self.done[name] += 1
        return answer

    def send(self, name: str, verb: Callable[..., Posted], /, *facts: Any, **more: Any) -> Any:
        """The same for a verb that posts; what it posted is entered in the model's lines."""
        answer = self.ask(name, verb, *facts, **more)
        if isinstance(answer, Posted):
            assert not answer.replayed
            self.enter(answer)
            (by,) = (fact for fact in facts if isinstance(fact, Origin))
            if by.key is not None:
                self.asked.append(Asked(verb, facts, by, tuple(more.items()), answer))
        return answer

    def enter(self, posted: Posted) -> None:
        kind, rows = self.hotel.voucher(posted.voucher_id).kind, self.hotel.postings(posted.voucher_id)
        assert sum(row.amount_minor for row in rows) == posted.total_minor
        for row in rows:
            left = {"debit": row.amount_minor, "credit": row.amount_minor}
            source = self.lines[row.source_posting_id] if row.source_posting_id else None
            if source is not None:
                for side in left:
                    if row.source_side in (side, "both"):
                        source.left[side] -= row.amount_minor
                        assert source.left[side] >= 0, "more was moved on or taken back than was there"
                    if row.source_side != side:
                        left[side] = 0
            self.lines[row.id] = Line(
                id=row.id,
                voucher=posted.voucher_id,
                kind=kind,
                day=posted.business_date,
                number=row.line,
                parent=row.parent_line,
                folio={"debit": row.debit_folio_id, "credit": row.credit_folio_id},
                left=left,
                origin=source.origin if source else row.id,
                moved=source is not None,
            )

    def move(self, account: Account, other: int, side: str, amount: int) -> None:
        """Value leaves one side of an account for the same side of another folio."""
        signed = amount if side == "debit" else -amount
        account.balance -= signed
        if other in self.known:
            self.known[other].balance += signed

    # --- what may come next -------------------------------------------------------------------------------------

    @initialize()
    def check_in(self) -> None:
        """Everybody has eaten, slept and paid something, so that there is something to work on."""
        for account in self.accounts:
            if account.charged:
                self._charge(account, [("FOOD", 2_000), ("ROOM", 3_000)], keyed=True)
            self._pay(account, "VISA", self.visa.id, 1_500, keyed=True)

    @rule(next=ANYTHING)
    def act(self, next: tuple[str, dict[str, Any]]) -> None:
        verb, facts = next
        getattr(self, verb)(**facts)

    # --- accounts -----------------------------------------------------------------------------------------------

    def open_a_folio(self, type: str, limit: int | None) -> None:
        facts = {"type": type, "name": "Guest", "house_limit_minor": limit}
        opened = self.ask("open", folios.open_folio, **facts, operator=CASHIER)
        if type == "semi_permanent" and limit is not None:
            assert opened is FolioHasNoLimit
        else:
            self.accounts.append(Account(opened.id, type, opened.ledger, limit))

    def set_a_limit(self, which: int, limit: int | None) -> None:
        account = self.one_of(which)
        answer = self.ask("limit", folios.set_house_limit, account.id, limit, CASHIER)
        if account.type == "semi_permanent" and limit is not None:
            assert answer is FolioHasNoLimit
        else:
            assert answer is None
            account.limit = limit

    def exempt(self, which: int, taxes: set[str]) -> None:
        account = self.one_of(which)
        assert self.ask("exempt", folios.exempt, account.id, taxes, CASHIER, "diplomat") is None
        account.exempt = tuple(sorted(taxes))

    def close(self, which: int, at_zero: bool) -> None:
        account = self.one_of(which)
        if at_zero:
            ready = [each for each in self.accounts if each.open and each.balance == 0]
            account = ready[which % len(ready)] if ready else account
        answer = self.ask("close", folios.close_folio, account.id, CASHIER)
        if account.open and account.balance == 0:
            assert answer is None
            account.open = False
        else:
            assert answer is (FolioNotAtZero if account.open else FolioClosed)

    def check_out(self, which: int) -> None:
        account = self.one_of(which)
        if account.open and account.balance > 0:
            self._pay(account, "CASH", self.drawer, account.balance, keyed=False)
        self.close(which, at_zero=account.balance < 0)

    def reopen(self, which: int) -> None:
        closed = [each for each in self.accounts if not each.open]
        account = closed[which % len(closed)] if closed else self.one_of(which)
        answer = self.ask("reopen", folios.reopen_folio, account.id, CASHIER)
        assert answer is (FolioNotOpenable if account.open else None)
        account.open = True

    # --- charges and money --------------------------------------------------------------------------------------

    def charge(self, which: int, sold: list[tuple[str, int]], keyed: bool, authorised: bool, late: bool) -> None:
        self._charge(self.one_of(which), sold, keyed, authorised, late)

    def charge_up_to_the_limit(self, which: int, beyond: int, keyed: bool) -> None:
        limited = [each for each in self.accounts if each.limit is not None and each.limit > each.balance + 1]
        if limited:
            account = limited[which % len(limited)]
            self._charge(account, [("WATER", (account.limit or 0) - account.balance + beyond)], keyed)

    def _charge(
        self,
        account: Account,
        sold: list[tuple[str, int]],
        keyed: bool,
        authorised: bool = False,
        late: bool = False,
    ) -> None:
        day = self.audited if late else None
        asked = Charge(
            account.id,
            tuple(ChargeLine(code, Money(price, "EUR")) for code, price in sold),
            over_limit_by="manager" if authorised else None,
            business_date=day,
        )
        total = gross(sold, account.exempt)
        answer = self.send("late charge" if day else "charge", charges.charge, asked, self.who(keyed))
        refused = account.why_not(total, account.charged, not authorised)
        if refused:
            assert answer is refused
        else:
            assert (answer.total_minor, answer.business_date) == (total, day or self.today)
            account.balance += total

    def pay(self, which: int, of: int, code: str, amount: int, keyed: bool) -> None:
        self._pay(self.one_of(which), code, self.tender(code, of), amount, keyed)

    def _pay(self, account: Account, code: str, tender: int, amount: int, keyed: bool) -> None:
        asked = Payment(account.id, code, Money(amount, "EUR"), None if code == "VISA" else tender)
        answer = self.send(f"pay {code}", payments.pay, asked, self.who(keyed))
        known = self.known.get(tender)
        if not account.open or (known and not known.open) or account is known:
            assert issubclass(answer, Refusal)
        else:
            assert answer.total_minor == amount
            self.move(account, tender, "debit", amount)

    def tender(self, code: str, number: int) -> int:
        receivables = [each.id for each in self.accounts if each.type == "semi_permanent"]
        return {"CASH": self.drawer, "VISA": self.visa.id, "BILL": receivables[number % len(receivables)]}[code]

    def refund(self, which: int, code: str, amount: int, keyed: bool) -> None:
        rich = [each for each in self.accounts if each.balance < 0]
        account = rich[which % len(rich)] if rich else self.one_of(which)
        tender = self.tender(code, 0)
        asked = Payment(account.id, code, Money(amount, "EUR"), None if code == "VISA" else tender)
        answer = self.send("refund", payments.refund, asked, self.who(keyed), "paid too much")
        if amount > -account.balance:
            assert answer is RefundTooHigh
        elif answer is not RefundElsewhere:  # paid in another way, in part or in all
            assert answer.total_minor == amount
            self.move(account, tender, "credit", amount)

    def refund_a_payment(self, which: int, amount: int, keyed: bool) -> None:
        paid = [
            (account, line)
            for account in self.accounts
            for line, side in self.standing(account)
            if line.kind == "payment" and side == "credit" and not line.moved
        ]
        if not paid:
            return
        account, line = paid[which % len(paid)]
        tender = line.folio["debit"]
        code = {self.drawer: "CASH", self.visa.id: "VISA"}.get(tender, "BILL")
        asked = Payment(account.id, code, Money(amount, "EUR"), None if code == "VISA" else tender)
        most, known = min(line.left.values()), self.known.get(tender)
        answer = self.send("refund of a payment", payments.refund, asked, self.who(keyed), "cancelled", line.voucher)
        over = account.limit is not None and account.balance + amount > account.limit
        if amount > most or over or not account.open or (known and not known.open):
            assert issubclass(answer, Refusal)
        else:
            assert answer.total_minor == amount
            self.move(account, tender, "credit", amount)

    def pay_out(self, which: int, amount: int, house: bool, keyed: bool) -> None:
        account = self.one_of(which)
        asked = PaidOut("PAIDOUT", Money(amount, "EUR"), self.drawer, None if house else account.id)
        answer = self.send("house paid-out" if house else "paid-out", payments.pay_out, asked, self.who(keyed))
        refused = None if house else account.why_not(amount, account.charged)
        if refused:
            assert answer is refused
        elif not house:
            account.balance += amount

    def bring_forward(self, which: int, amount: int, owed: bool, keyed: bool) -> None:
        account = self.one_of(which)
        balance = Money(amount if owed else -amount, "EUR")
        answer = self.send("opening", payments.bring_forward, account.id, balance, self.who(keyed))
        assert answer is FolioClosed if not account.open else answer.total_minor == amount
        account.balance += balance.minor if account.open else 0

    # --- moving on and taking back ------------------------------------------------------------------------------

    def something(self, which: int, among: Sequence[Account]) -> tuple[Account, Line, str] | None:
        there = [(account, line, side) for account in among for line, side in self.standing(account)]
        return there[which % len(there)] if there else None

    def correct(self, which: int, part: int, in_part: bool, keyed: bool) -> None:
        found = self.something(which, [*self.accounts, self.visa])
        if found is not None:
            self._take_back("correction", *found, part if in_part else None, keyed)

    def allow(self, which: int, part: int, in_part: bool, keyed: bool) -> None:
        found = self.something(which, self.accounts)
        if found is not None:
            self._take_back("allowance", *found, part if in_part else None, keyed)

    def _take_back(self, kind: str, account: Account, line: Line, side: str, part: int | None, keyed: bool) -> None:
        if part is not None:
            family = [(each, side) for each in self.family(account, line, side)]
            asked = 1 + part % sum(each.left[side] for each, side in family)
            chosen = [(line.id, asked)]
        else:
            family = [each for each in self.standing(account) if each[0].voucher == line.voucher]
            asked = sum(each.left[side] for each, side in family)
            chosen = None
        verb = corrections.correct if kind == "correction" else corrections.allow
        facts = (account.id, line.voucher, self.who(keyed), "mistaken", chosen)
        amounts = [each.left[its_side] for each, its_side in family]
        if chosen and len(family) == 1:  # what a line generated goes back to control folios, whose share is all one
            amounts = [asked]
        possible = self.may_go_back(account, family, amounts, kind)
        possible = possible and not (chosen and self.generated(account, line, side))
        answer = self.send(f"{kind} in part" if chosen else kind, verb, *facts)
        if not possible:
            assert issubclass(answer, Refusal)
            return
        assert answer.total_minor == asked
        if chosen:
            family, amounts = family[:1], [asked]
        for (each, its_side), amount in zip(family, amounts, strict=True):
            self.move(account, self.far(each, its_side), its_side, amount)

    def far(self, line: Line, side: str) -> int:
        return self.lines[line.origin].folio["credit" if side == "debit" else "debit"]

    def may_go_back(
        self, account: Account, family: Sequence[tuple[Line, str]], amounts: Sequence[int], kind: str
    ) -> bool:
        if not account.open or (kind == "allowance" and account.ledger == "deposit"):
            return False
        return all(
            self._may_go_back(account, line, side, amount, kind)
            for (line, side), amount in zip(family, amounts, strict=True)
        )

    def _may_go_back(self, account: Account, line: Line, side: str, amount: int, kind: str) -> bool:
        began, far = self.lines[line.origin], self.known.get(self.far(line, side))
        if began.kind not in (("charge",) if kind == "allowance" else ("charge", "payment", "paid_out", "opening")):
            return False
        if kind == "correction" and began.day != self.today:
            return False
        if line.moved:
            return far is None or (far.type == "permanent" and far is not account)
        return (far is None or far.open) and min(line.left.values()) >= amount

    def transfer(self, which: int, to: int, part: int, in_part: bool, authorised: bool, keyed: bool) -> None:
        found, target = self.something(which, self.accounts), self.one_of(to)
        if found is None:
            return
        account, line, side = found
        amount = sum(each.left[side] for each in self.family(account, line, side))
        if in_part:
            amount = 1 + part % amount
        asked = [(line.id, amount)] if in_part else [line.id]
        signed = amount if side == "debit" else -amount
        over = "manager" if authorised else None
        facts = (account.id, target.id, asked, self.who(keyed))
        answer = self.send("transfer", transfers.transfer, *facts, over_limit_by=over)
        refused = (
            account is target
            or self.generated(account, line, side)
            or (side == "debit" and target.ledger == "deposit")
            or account.why_not(-signed, limited=not authorised)
            or target.why_not(signed, limited=not authorised)
        )
        if refused:
            assert issubclass(answer, Refusal)
        else:
            assert answer.total_minor == amount
            self.move(account, target.id, side, amount)

    def transfer_all(self, which: int, to: int, authorised: bool, keyed: bool) -> None:
        account, target = self.one_of(which), self.one_of(to)
        over = "manager" if authorised else None
        sides = {side for _, side in self.standing(account)}
        standing = sum(line.left[side] for line, side in self.standing(account))
        facts = (account.id, target.id, self.who(keyed))
        answer = self.send("transfer all", transfers.transfer_all, *facts, over_limit_by=over)
        refused = (
            account is target
            or not standing
            or ("debit" in sides and target.ledger == "deposit")
            or account.why_not(-account.balance, limited=not authorised)
            or target.why_not(account.balance, limited=not authorised)
        )
        if refused:
            assert issubclass(answer, Refusal)
        else:
            assert answer.total_minor == standing
            target.balance, account.balance = target.balance + account.balance, 0
            assert self.standing(account) == []

    def split(self, which: int, others: tuple[int, int], weights: tuple[int, int, int], keyed: bool) -> None:
        found = self.something(which, self.accounts)
        if found is None:
            return
        account, line, side = found
        targets = [account, *map(self.one_of, others)]
        parts = [(target.id, weight) for target, weight in zip(targets, weights, strict=True)]
        family = self.family(account, line, side)
        amount, slack = sum(each.left[side] for each in family), 2 * len(family)
        shares: Counter[int] = Counter()
        for target, weight in parts:
            shares[target] += amount * weight / sum(weights) if target != account.id else 0
        facts = (account.id, line.id, parts, self.who(keyed))
        answer = self.send("split", transfers.split, *facts)
        if isinstance(answer, Posted):
            assert not self.generated(account, line, side)
            moved: Counter[int] = Counter()
            for posting in self.hotel.postings(answer.voucher_id):
                moved[self.lines[posting.id].folio[side]] += posting.amount_minor
            for target, amount in moved.items():
                assert abs(amount - shares[target]) < slack
                self.move(account, target, side, amount)
            assert all(self.known[each].open for each in shares)
        else:
            sign = 1 if side == "debit" else -1
            assert (
                answer is SameFolio
                or self.generated(account, line, side)
                or sum(shares.values()) < slack
                or (side == "debit" and any(self.known[each].ledger == "deposit" for each in shares))
                or account.why_not(-sign * sum(shares.values()) + slack)
                or any(self.known[each].why_not(sign * share + slack) for each, share in shares.items())
            )

    # --- again --------------------------------------------------------------------------------------------------

    def send_again(self, which: int) -> None:
        """Whatever happened since, the same with the same key gets its first answer and posts nothing."""
        if not self.asked:
            return
        asked = self.asked[which % len(self.asked)]
        answer = self.ask("again", asked.verb, *asked.facts, **dict(asked.more))
        assert answer == replace(asked.answer, replayed=True)

    def reuse_a_key(self, which: int, amount: int) -> None:
        if not self.asked:
            return
        asked = self.asked[which % len(self.asked)]
        charge = Charge(self.accounts[0].id, (ChargeLine("WATER", Money(amount + 15_000, "EUR")),))
        assert self.ask("other content", charges.charge, charge, asked.origin) is KeyReused

    # --- the day ------------------------------------------------------------------------------------------------

    def roll(self) -> None:
        answer = self.ask("roll", business_day.roll, "auditor")
        if self.audited:
            assert answer is DayNotReady
        else:
            assert answer == (self.today, self.today + timedelta(days=1))
            self.audited, self.today = answer

    def close_the_day(self) -> None:
        if not self.audited:
            return
        assert self.ask("close day", business_day.close_day, self.audited, "auditor") is None
        self.audited = None

    # --- always -------------------------------------------------------------------------------------------------

    @invariant()
    def agrees_with_the_model(self) -> None:
        with reading(self.hotel.sessions) as session:
            columns = (Folio.id, Folio.balance_minor, Folio.status, Folio.house_limit_minor, Folio.exempt_from)
            rows = session.execute(sa.select(*columns).where(Folio.id.in_(self.known))).all()
            postings = session.scalar(sa.select(sa.func.count(Posting.id)))
        found = {folio_id: tuple(rest) for folio_id, *rest in rows}
        assert found == {
            each.id: (each.balance, "open" if each.open else "closed", each.limit, " ".join(each.exempt))
            for each in self.known.values()
        }
        assert postings == len(self.lines), "nothing is posted beside what was answered"
        self.steps += 1
        if self.steps % VERIFY_EVERY == 0:
            self.prove()

    def prove(self) -> None:
        """The books hold, nothing that was written is changed or gone, and every line goes back to its beginning."""
        with reading(self.hotel.sessions) as session:
            off = [each for each in verify.run(session) if each.differences]
            days = dict(session.execute(sa.select(BusinessDay.business_date, BusinessDay.status)).all())
            for table, seen in self.seen.items():
                key = sa.inspect(table).primary_key
                rows = {
                    tuple(row._mapping[each] for each in key): tuple(row)
                    for row in session.execute(sa.select(table.__table__))
                }
                assert {each: rows.get(each) for each in seen} == seen, f"{table.__tablename__} was changed"
                self.seen[table] = rows
            orphans = session.execute(sa.text(WITHOUT_ORIGIN)).all()
        assert off == []
        assert [day for day, status in days.items() if status == "open"] == [self.today]
        assert orphans == []


# Follows each line that moves value on or takes it back to the line it began as, step by step.
WITHOUT_ORIGIN = """
    WITH RECURSIVE chain AS (
        SELECT p.id, p.source_posting_id AS at, p.origin_posting_id FROM posting p JOIN voucher v ON v.id = p.voucher_id
        WHERE v.kind IN ('transfer', 'correction', 'allowance')
        UNION ALL
        SELECT c.id, p.source_posting_id, c.origin_posting_id FROM chain c JOIN posting p ON p.id = c.at
        WHERE p.source_posting_id IS NOT NULL
    )
    SELECT p.id FROM posting p JOIN voucher v ON v.id = p.voucher_id
    WHERE v.kind IN ('transfer', 'correction', 'allowance') AND NOT EXISTS (
        SELECT 1 FROM chain c JOIN posting o ON o.id = c.at JOIN voucher b ON b.id = o.voucher_id
        WHERE c.id = p.id AND c.at = c.origin_posting_id AND o.source_posting_id IS NULL
          AND b.kind IN ('charge', 'payment', 'paid_out', 'opening'))
"""
