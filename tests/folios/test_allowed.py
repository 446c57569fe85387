"""What is told to be allowed is not refused, and what is told not to be is refused by the same code; at random."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import Any

import pytest
from sqlalchemy.orm import Session

from folios import allowed, charges, corrections, db, folios, payments, transfers
from folios.charges import Charge
from folios.errors import FolioUnknown, Refusal
from folios.lines import Standing, standing_lines
from folios.payments import PaidOut
from tests.folios.hotel import CASHIER, Hotel, euro, figure, origin, sold, statements

CENT = "0.01"


class Undone(Exception):
    """Ends a unit of work that was only a try."""


@pytest.fixture(autouse=True)
def _the_ledger_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other floors add their answers when they are imported, which other tests of this process may have done."""
    monkeypatch.setattr(allowed, "_more_of_folios", {})
    monkeypatch.setattr(allowed, "_more_of_lines", {})


def tried(hotel: Hotel, verb: Callable[..., Any], *facts: Any, **more: Any) -> str | None:
    """The code by which a verb refuses, None when it does not; nothing is left of it either way."""
    try:
        with db.unit_of_work(hotel.sessions) as session:
            verb(session, *facts, **more)
            raise Undone
    except Undone:
        return None
    except Refusal as refusal:
        return refusal.code


def code_of(refusal: Refusal | None) -> str | None:
    return None if refusal is None else refusal.code


class Town:
    """A hotel with every type of account in it, on which anything may be done."""

    def __init__(self, hotel: Hotel, random: Random) -> None:
        self.hotel, self.random = hotel, random
        hotel.tax("VAT10", "10", "FOOD")
        self.accounts = [
            hotel.open("individual", house_limit_minor=1_400),
            hotel.open("individual"),
            hotel.open("individual", ledger="deposit"),
            hotel.open("master"),
            hotel.open("staff", house_limit_minor=2_800),
            hotel.open("semi_permanent"),
        ]
        self.company = self.accounts[-1]
        self.spare = hotel.open("individual", number="SPARE")

    @property
    def tenders(self) -> tuple[tuple[str, int | None], ...]:
        return (("VISA", None), ("CASH", self.hotel.id("DRAWER")), ("BILL", self.company))

    def standing(self, folio_id: int) -> list[Standing]:
        with db.reading(self.hotel.sessions) as session:
            return standing_lines(session, [folio_id])[folio_id]

    def live(self, steps: int) -> None:
        """Does `steps` random things; what is refused is refused."""
        for _ in range(steps):
            with suppress(Refusal):
                self.act()

    def act(self) -> None:
        hotel, random = self.hotel, self.random
        folio = random.choice(self.accounts)
        line = random.choice(self.standing(folio) or [None])
        code, tender = random.choice(self.tenders)
        deeds: list[Callable[[], object]] = [
            lambda: hotel.charge(folio, sold("FOOD", "10.00"), sold("WATER", "3.00")),
            lambda: hotel.pay(folio, random.choice(["5.00", "14.00"]), code, tender),
            lambda: hotel.pay_out("2.00", folio),
            lambda: self.settle(folio),
            lambda: hotel.do(folios.reopen_folio, folio, CASHIER),
            lambda: hotel.transfer_all(folio, random.choice(self.accounts)),
        ]
        if line is not None:
            deeds += [
                lambda: hotel.transfer(folio, random.choice(self.accounts), line.posting_id),
                lambda: hotel.transfer(folio, random.choice(self.accounts), (line.posting_id, 1)),
                lambda: hotel.correct(folio, line.voucher_id, line.posting_id),
                lambda: hotel.allow(folio, line.voucher_id, (line.posting_id, 1)),
                lambda: hotel.refund(folio, "1.00", code, tender, of=line.origin_voucher_id),
            ]
        random.choice(deeds)()

    def settle(self, folio: int) -> None:
        """Pays what is owed, if anything, and closes the folio."""
        owed = self.hotel.folio(folio).balance_minor
        if owed > 0:
            self.hotel.pay(folio, figure(owed), "VISA")
        self.hotel.do(folios.close_folio, folio, CASHIER)

    def refunds(self, folio: int, of: int | None = None) -> set[str | None]:
        """How a cent is given back by each tender."""
        return {
            tried(
                self.hotel,
                payments.refund,
                self.hotel.payment(folio, CENT, code, tender),
                origin(),
                "paid too much",
                of,
            )
            for code, tender in self.tenders
        }


def told_and_done_of_folio(town: Town, folio: int) -> dict[str, tuple[str | None, str | None]]:
    """By action: what is told, and what the verb says."""
    hotel = town.hotel
    told = hotel.do(allowed.folio_actions, [folio])[folio]
    assert tuple(told) == allowed.FOLIO_ACTIONS
    paid_out = PaidOut("PAIDOUT", euro(CENT), hotel.id("DRAWER"), folio)
    done = {
        "charge": tried(hotel, charges.charge, Charge(folio, (sold("FOOD", CENT),)), origin()),
        "pay": tried(hotel, payments.pay, hotel.payment(folio, CENT, "VISA"), origin()),
        "pay_out": tried(hotel, payments.pay_out, paid_out, origin()),
        "transfer": tried(hotel, transfers.transfer_all, folio, town.spare, origin()),
        "set_limit": tried(hotel, folios.set_house_limit, folio, 100, CASHIER),
        "exempt": tried(hotel, folios.exempt, folio, ["VAT10"], CASHIER, "a diplomat"),
        "close": tried(hotel, folios.close_folio, folio, CASHIER),
        "reopen": tried(hotel, folios.reopen_folio, folio, CASHIER),
    }
    answers = {action: (code_of(told[action]), code) for action, code in done.items()}
    refunds = town.refunds(folio)
    refused = code_of(told["refund"])
    answers["refund"] = (refused, refused if refused in refunds else f"one of {refunds}")
    return answers


def told_and_done_of_lines(town: Town, folio: int) -> dict[tuple[int, str], tuple[str | None, str | None]]:
    hotel = town.hotel
    told = hotel.do(allowed.line_actions, folio)
    lines = town.standing(folio)
    assert list(told) == [line.posting_id for line in lines]
    answers: dict[tuple[int, str], tuple[str | None, str | None]] = {}
    for line in lines:
        one, voucher = [line.posting_id], line.voucher_id
        done = {
            "correct": tried(hotel, corrections.correct, folio, voucher, origin(), "mistyped", one),
            "allow": tried(hotel, corrections.allow, folio, voucher, origin(), "cold soup", one),
            "transfer": tried(hotel, transfers.transfer, folio, town.spare, one, origin()),
            "split": tried(hotel, transfers.split, folio, line.posting_id, [(town.spare, 1)], origin()),
        }
        refunds = town.refunds(folio, line.origin_voucher_id)
        refused = code_of(told[line.posting_id]["refund"])
        answers[line.posting_id, "refund"] = (refused, refused if refused in refunds else f"one of {refunds}")
        for action, code in done.items():
            answers[line.posting_id, action] = (code_of(told[line.posting_id][action]), code)
    return answers


@pytest.mark.parametrize("seed", range(12))
def test_what_is_told_of_a_folio_and_its_lines_is_what_the_verbs_say(hotel: Hotel, seed: int) -> None:
    town = Town(hotel, Random(seed))
    for _ in range(2):
        town.live(14)
        for folio in (*town.accounts, hotel.id("MASTERCARD") if seed % 2 else hotel.id("HOUSE")):
            answers: dict[Any, tuple[str | None, str | None]] = {**told_and_done_of_folio(town, folio)}
            if hotel.folio(folio).type not in ("control", "permanent"):
                answers |= told_and_done_of_lines(town, folio)
            wrong = {action: answer for action, answer in answers.items() if answer[0] != answer[1]}
            assert wrong == {}, (seed, hotel.folio(folio).type)
        hotel.end_day()


def test_a_line_of_today_is_corrected_and_one_of_yesterday_gets_an_allowance(hotel: Hotel, guest: int) -> None:
    dinner = hotel.charge(guest, sold("FOOD", "10.00"))
    line = hotel.posting(dinner.voucher_id)
    assert {name: code_of(each) for name, each in hotel.do(allowed.line_actions, guest)[line].items()} == {
        "correct": None,
        "allow": None,
        "transfer": None,
        "split": None,
        "refund": "voucher.not_correctable",
    }
    hotel.end_day()
    told = hotel.do(allowed.line_actions, guest)[line]
    assert (code_of(told["correct"]), told["allow"]) == ("voucher.day_closed", None)
    folio = hotel.do(allowed.folio_actions, [guest])[guest]
    assert (code_of(folio["correct"]), folio["allow"]) == ("voucher.day_closed", None)


def test_a_tax_line_says_that_it_follows_its_line(hotel: Hotel, guest: int) -> None:
    hotel.tax("VAT10", "10", "FOOD")
    dinner = hotel.charge(guest, sold("FOOD", "10.00"))
    told = hotel.do(allowed.line_actions, guest)[hotel.posting(dinner.voucher_id, 2)]
    assert {code_of(told[action]) for action in ("correct", "allow", "transfer", "split")} == {"posting.generated"}


def test_a_folio_at_its_limit_says_so_before_anybody_types_an_amount(hotel: Hotel) -> None:
    folio = hotel.open(house_limit_minor=1_000)
    hotel.charge(folio, sold("FOOD", "10.00"))
    told = hotel.do(allowed.folio_actions, [folio])[folio]
    assert (code_of(told["charge"]), told["pay"], code_of(told["close"])) == (
        "folio.house_limit",
        None,
        "folio.not_at_zero",
    )


def test_the_floors_above_add_actions_of_their_own(hotel: Hotel, guest: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allowed, "_more_of_folios", {})
    monkeypatch.setattr(allowed, "_more_of_lines", {})
    dinner = hotel.charge(guest, sold("FOOD", "10.00"))
    line = hotel.posting(dinner.voucher_id)

    @allowed.folio_action("engrave")
    def engrave(session: Session, rows: Any) -> dict[int, Refusal]:
        return {folio_id: FolioUnknown(folio=row.number) for folio_id, row in rows.items() if row.balance_minor}

    @allowed.line_action("frame")
    def frame(session: Session, standing: Any) -> dict[int, Refusal]:
        return {}

    assert code_of(hotel.do(allowed.folio_actions, [guest])[guest]["engrave"]) == "folio.unknown"
    assert hotel.do(allowed.line_actions, guest)[line]["frame"] is None


def test_many_lines_of_many_folios_take_no_more_statements_than_one(hotel: Hotel) -> None:
    counts = []
    for folios_there, lines_there in ((1, 1), (8, 20)):
        ids = [hotel.open() for _ in range(folios_there)]
        with hotel.one_unit():
            for folio in ids:
                hotel.charge(folio, *[sold("FOOD", "1.00")] * lines_there)
        with statements(hotel.engine) as sent:
            told = hotel.do(allowed.line_actions_of, ids)
            hotel.do(allowed.folio_actions, ids)
        assert sum(map(len, told.values())) == folios_there * lines_there
        counts.append(len(sent))
    assert counts == [6, 6]


def test_actions_of_a_folio_that_is_not_there_are_refused(hotel: Hotel) -> None:
    for number in (999_999, -1, 2**70):
        with pytest.raises(FolioUnknown):
            hotel.do(allowed.folio_actions, [number])
