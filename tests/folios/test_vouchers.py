"""What is sent twice is posted once: the same key gets the first answer again, whatever happened meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from folios import business_day, charges, codes, folios, payments
from folios.charges import Charge
from folios.drafts import Posted
from folios.errors import HouseLimitExceeded, KeyReused
from folios.models import Posting, Voucher
from tests.folios.hotel import CASHIER, FIRST_DAY, Hotel, euro, origin, sold

WATER = sold("WATER")


class Sender:
    """Sends one thing of each kind, always the same unless other content is asked for."""

    def __init__(self, hotel: Hotel) -> None:
        self.hotel = hotel
        hotel.tax("VAT10", "10", "FOOD")
        self.guest, self.other = hotel.open(number="GUEST"), hotel.open(number="OTHER")
        self.company = hotel.open("semi_permanent", number="COMPANY")
        self.dinner = hotel.charge(self.guest, sold("FOOD", "100.00")).voucher_id
        self.line = hotel.posting(self.dinner)
        self.paid = hotel.pay(self.guest, "300.00", "VISA").voucher_id

    def send(self, kind: str, key: str | None = "k", *, other_content: bool = False) -> Posted:
        hotel, guest = self.hotel, self.guest
        more = 1 if other_content else 0
        posts: dict[str, Callable[[], Posted]] = {
            "charge": lambda: hotel.charge(guest, sold("FOOD", f"{10 + more}.00"), key=key),
            "pay": lambda: hotel.pay(guest, f"{10 + more}.00", key=key),
            "pay by direct bill": lambda: hotel.pay(guest, f"{10 + more}.00", "BILL", self.company, key=key),
            "refund": lambda: hotel.refund(guest, f"{10 + more}.00", "VISA", key=key),
            "refund of a payment": lambda: hotel.refund(guest, f"{10 + more}.00", "VISA", key=key, of=self.paid),
            "pay out": lambda: hotel.pay_out(f"{10 + more}.00", guest, key=key),
            "pay out for the house": lambda: hotel.pay_out(f"{10 + more}.00", key=key),
            "bring forward": lambda: hotel.bring_forward(guest, f"{10 + more}.00", key=key),
            "correct": lambda: hotel.correct(guest, self.dinner, (self.line, 1000 + more), key=key),
            "correct all": lambda: hotel.correct(guest, self.dinner, key=key, reason=f"mistyped {more}"),
            "allow": lambda: hotel.allow(guest, self.dinner, (self.line, 1000 + more), key=key),
            "transfer": lambda: hotel.transfer(guest, self.other, (self.line, 1000 + more), key=key),
            "transfer all": lambda: hotel.transfer_all(guest, (self.other, self.company)[more], key=key),
            "split": lambda: hotel.split(guest, self.line, (self.other, 1), (guest, 1 + more), key=key),
        }
        return posts[kind]()


KINDS = [
    *("charge", "pay", "pay by direct bill", "refund", "refund of a payment", "pay out", "pay out for the house"),
    *("bring forward", "correct", "correct all", "allow", "transfer", "transfer all", "split"),
]


@pytest.fixture
def sender(hotel: Hotel) -> Sender:
    return Sender(hotel)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_sent_twice_is_posted_once_and_answered_the_same(hotel: Hotel, sender: Sender, kind: str) -> None:
    first = sender.send(kind)
    assert not first.replayed
    before = hotel.contents()
    assert sender.send(kind) == replace(first, replayed=True)
    assert hotel.contents() == before


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_that_stood_for_something_else_is_refused(hotel: Hotel, sender: Sender, kind: str) -> None:
    first = sender.send(kind)
    with hotel.refuses(KeyReused) as refusal:
        sender.send(kind, other_content=True)
    assert refusal.value.params == {"key": "k", "voucher": first.voucher_id}


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_that_stood_for_another_kind_of_voucher_is_refused(hotel: Hotel, sender: Sender, kind: str) -> None:
    sender.send("charge" if kind != "charge" else "pay")
    with hotel.refuses(KeyReused):
        sender.send(kind)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if not kind.endswith("all")])  # they leave nothing
def test_without_a_key_or_with_another_one_it_is_another_voucher(hotel: Hotel, sender: Sender, kind: str) -> None:
    answers = [sender.send(kind, key) for key in (None, "1", None, "2")]
    assert len({each.voucher_id for each in answers}) == 4
    assert not any(each.replayed for each in answers)


def test_the_same_key_of_another_sender_is_another_voucher(hotel: Hotel, guest: int) -> None:
    sent = [hotel.do(charges.charge, Charge(guest, (WATER,)), origin("1", name)) for name in ("bar", "grill", "bar")]
    assert sent[0].voucher_id != sent[1].voucher_id
    assert sent[2] == replace(sent[0], replayed=True)
    assert hotel.balance(guest) == "7.00"


def test_a_key_that_was_refused_can_be_used_again(hotel: Hotel) -> None:
    limited = hotel.open(house_limit_minor=100)
    with hotel.refuses(HouseLimitExceeded):
        hotel.charge(limited, sold("FOOD", "1.01"), key="1")
    assert not hotel.charge(limited, sold("FOOD", "1.00"), key="1").replayed


# --- whatever happened meanwhile ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_the_first_answer_holds_after_the_day_was_closed(hotel: Hotel, sender: Sender, kind: str) -> None:
    first = sender.send(kind)
    hotel.end_day()
    again = sender.send(kind)
    assert (again, again.business_date) == (replace(first, replayed=True), FIRST_DAY)


@pytest.mark.parametrize("kind", KINDS)
def test_the_first_answer_holds_after_the_folio_was_closed(hotel: Hotel, sender: Sender, kind: str) -> None:
    first = sender.send(kind)
    if hotel.balance(sender.guest).startswith("-"):
        hotel.pay_out(hotel.balance(sender.guest).lstrip("-"), sender.guest)
    elif hotel.balance(sender.guest) != "0.00":
        hotel.pay(sender.guest, hotel.balance(sender.guest))
    hotel.do(folios.close_folio, sender.guest, CASHIER)
    assert sender.send(kind) == replace(first, replayed=True)


def test_the_first_answer_holds_after_the_receivable_was_paid_and_closed(hotel: Hotel, sender: Sender) -> None:
    first = sender.send("pay by direct bill")
    hotel.pay("COMPANY", "10.00", "VISA")
    hotel.do(folios.close_folio, sender.company, CASHIER)
    assert sender.send("pay by direct bill") == replace(first, replayed=True)


def test_the_first_answer_holds_after_the_tax_rate_changed(hotel: Hotel, sender: Sender) -> None:
    first = sender.send("charge")
    hotel.do(codes.set_rate, "VAT10", FIRST_DAY, rate_ppm=200_000, operator=CASHIER)
    assert sender.send("charge") == replace(first, replayed=True)


def test_the_first_answer_holds_after_the_guest_was_exempted(hotel: Hotel, sender: Sender) -> None:
    first = sender.send("charge")
    hotel.do(folios.exempt, sender.guest, ["VAT10"], CASHIER, "a diplomat")
    assert sender.send("charge") == replace(first, replayed=True)


def test_the_first_answer_holds_after_the_house_limit_was_lowered(hotel: Hotel, sender: Sender) -> None:
    first = sender.send("charge")
    hotel.do(folios.set_house_limit, sender.guest, 0, CASHIER)
    hotel.bring_forward(sender.guest, "500.00")
    assert sender.send("charge") == replace(first, replayed=True)


@pytest.mark.parametrize(
    ("kind", "code"),
    [("charge", "FOOD"), ("pay", "CASH"), ("refund", "VISA"), ("pay out", "PAIDOUT"), ("bring forward", "OPENING")],
)
def test_the_first_answer_holds_after_the_code_was_switched_off(
    hotel: Hotel, sender: Sender, kind: str, code: str
) -> None:
    first = sender.send(kind)
    hotel.do(codes.switch_code, code, False, CASHIER)
    hotel.do(codes.catalogue)
    assert sender.send(kind) == replace(first, replayed=True)


def test_the_first_answer_to_the_audit_holds_after_its_day_was_closed(hotel: Hotel, guest: int) -> None:
    hotel.roll()
    first = hotel.charge(guest, WATER, key="night 1", business_date=FIRST_DAY)
    hotel.do(business_day.close_day, FIRST_DAY, "auditor")
    again = hotel.charge(guest, WATER, key="night 1", business_date=FIRST_DAY)
    assert again == replace(first, replayed=True)


def test_in_a_batch_of_payments_what_was_sent_before_is_answered_and_the_rest_is_posted(
    hotel: Hotel, guest: int
) -> None:
    first = hotel.pay(guest, "10.00", "VISA", key="1")
    batch = [(hotel.payment(guest, "10.00", "VISA"), origin(key)) for key in ("0", "1", None)]
    answers = hotel.do(payments.pay_all, batch)
    assert [each.replayed for each in answers] == [False, True, False]
    assert answers[1].voucher_id == first.voucher_id
    assert hotel.balance(guest) == "-30.00"
    assert len(hotel.rows(Voucher)) == len(hotel.rows(Posting)) == 3


def test_the_answer_to_a_charge_sent_again_says_what_was_moved_then(hotel: Hotel, sender: Sender) -> None:
    assert sender.send("charge").total_minor == sender.send("charge").total_minor == euro("11.00").minor
