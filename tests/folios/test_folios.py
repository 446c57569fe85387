"""Folios: the seven types and what each takes, numbers, house limits, closing and reopening."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from folios import codes, folios, payments
from folios.drafts import Draft, Line
from folios.errors import (
    AmountNotPositive,
    AmountTooLarge,
    ControlFolioByHand,
    FolioClosed,
    FolioHasNoLimit,
    FolioNeverCloses,
    FolioNotAtZero,
    FolioNotOpenable,
    FolioNumberTaken,
    FolioUnknown,
    Refusal,
    WrongFolioType,
)
from folios.folio_types import FOLIO_TYPES, takes, types_taking
from folios.folios import NewFolio
from folios.models import LEDGERS, TYPES, VOUCHER_KINDS, Folio, Posting
from folios.vouchers import post
from tests.folios.hotel import CASHIER, FIRST_DAY, Hotel, origin, sold

# What each type of folio takes, and the deposit ledger's folio of a guest who has not arrived.
ACCOUNT = "charge payment paid_out transfer correction allowance opening"
TAKES = {
    ("individual", "guest"): ACCOUNT,
    ("individual", "deposit"): "payment transfer correction opening",
    ("master", "guest"): ACCOUNT,
    ("non_guest", "city"): ACCOUNT,
    ("staff", "city"): ACCOUNT,
    ("control", "control"): "",
    ("semi_permanent", "city"): "payment transfer correction allowance opening",
    ("permanent", "city"): "payment correction opening",
}
WITH_LIMIT = {"individual", "master", "non_guest", "staff"}
NEVER_CLOSE = {"control", "permanent"}


# --- the types ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("type", "ledger"), TAKES)
def test_a_folio_takes_the_kinds_of_voucher_of_its_type_and_no_others(hotel: Hotel, type: str, ledger: str) -> None:
    folio_id, other = hotel.open(type, ledger=ledger), hotel.id("HOUSE")

    def is_taken(kind: str) -> bool:
        draft = Draft(kind, origin(), "EUR", (Line(folio_id, other, 1000, "FOOD"),), (folio_id,))
        try:
            hotel.do(post, [draft])
        except (WrongFolioType, ControlFolioByHand):
            return False
        return True

    assert {kind for kind in VOUCHER_KINDS if is_taken(kind)} == set(TAKES[type, ledger].split())


@pytest.mark.parametrize("kind", VOUCHER_KINDS)
def test_the_table_of_types_says_what_each_takes(kind: str) -> None:
    assert {key for key in TAKES if takes(kind, *key)} == {key for key, kinds in TAKES.items() if kind in kinds.split()}
    assert set(types_taking(kind)) == {type for (type, _), kinds in TAKES.items() if kind in kinds.split()}


@pytest.mark.parametrize("type", TYPES)
@pytest.mark.parametrize("ledger", LEDGERS)
def test_a_folio_belongs_to_a_ledger_of_its_type(hotel: Hotel, type: str, ledger: str) -> None:
    if (type, ledger) in TAKES:
        assert hotel.folio(hotel.open(type, ledger=ledger)).ledger == ledger
    else:
        with hotel.refuses(WrongFolioType):
            hotel.open(type, ledger=ledger)


@pytest.mark.parametrize(
    ("type", "ledger", "prefix"),
    [
        ("individual", "guest", "F"),
        ("master", "guest", "M"),
        ("non_guest", "city", "H"),
        ("staff", "city", "S"),
        ("control", "control", "C"),
        ("semi_permanent", "city", "R"),
        ("permanent", "city", "P"),
    ],
)
def test_a_new_folio_is_open_at_zero_with_a_number_and_the_ledger_of_its_type(
    hotel: Hotel, type: str, ledger: str, prefix: str
) -> None:
    folio = hotel.folio(hotel.open(type, name=" Guest, Mr. "))
    assert (folio.number, folio.type, folio.ledger, folio.name) == (f"{prefix}{folio.id}", type, ledger, "Guest, Mr.")
    assert (folio.status, folio.balance_minor, folio.currency, folio.house_limit_minor) == ("open", 0, "EUR", None)
    assert (folio.opened_on, folio.closed_on, folio.version) == (FIRST_DAY, None, 1)


def test_a_type_that_there_is_not_is_refused(hotel: Hotel) -> None:
    with hotel.refuses(WrongFolioType) as refusal:
        hotel.open("suite")
    assert refusal.value.params["type"] == "suite"


BY_HAND: dict[str, Callable[[Hotel, int], object]] = {
    "charge": lambda hotel, control: hotel.charge(control, sold("FOOD", "1.00")),
    "pay": lambda hotel, control: hotel.pay(control, "1.00", "VISA"),
    "pay out": lambda hotel, control: hotel.pay_out("1.00", control),
    "bring forward": lambda hotel, control: hotel.bring_forward(control, "1.00"),
    "transfer": lambda hotel, control: hotel.transfer_all(hotel.id("GUEST"), control),
}


@pytest.mark.parametrize("verb", ["charge", "pay", "pay out", "bring forward", "transfer"])
def test_nobody_posts_to_a_control_folio_by_hand(hotel: Hotel, guest: int, verb: str) -> None:
    hotel.charge(guest, sold("FOOD", "10.00"))
    with hotel.refuses(ControlFolioByHand) as refusal:
        BY_HAND[verb](hotel, hotel.id("RESTAURANT"))
    assert refusal.value.params["folio"] == "RESTAURANT"


def test_a_control_folio_is_not_exempted(hotel: Hotel) -> None:
    hotel.tax("VAT10", "10", "FOOD")
    with hotel.refuses(ControlFolioByHand):
        hotel.do(folios.exempt, hotel.id("ROOM"), ["VAT10"], CASHIER, "a diplomat")


def test_nothing_is_charged_to_a_deposit(hotel: Hotel) -> None:
    deposit = hotel.open(ledger="deposit")
    with hotel.refuses(WrongFolioType) as refusal:
        hotel.charge(deposit, sold("FOOD", "10.00"))
    assert str(refusal.value) == f"A charge cannot go to folio F{deposit}, which is a deposit folio."


# --- numbers --------------------------------------------------------------------------------------------------


def test_a_folio_that_people_know_by_number_keeps_it(hotel: Hotel) -> None:
    folio_id = hotel.open("staff", number="4711", name="")
    assert hotel.id("4711") == folio_id
    assert hotel.folio(folio_id).name == "4711"


@pytest.mark.parametrize("number", ["GUEST", " GUEST "])
def test_a_number_that_is_taken_is_refused(hotel: Hotel, guest: int, number: str) -> None:
    with hotel.refuses(FolioNumberTaken) as refusal:
        hotel.open(number=number)
    assert refusal.value.params == {"folio": "GUEST"}


def test_a_number_given_twice_at_once_opens_no_folio(hotel: Hotel) -> None:
    new = [NewFolio("staff", "Guest, Mr.", "7"), NewFolio("staff", "Guest, Mrs.", "7")]
    with hotel.refuses(FolioNumberTaken):
        hotel.do(folios.open_folios, new, CASHIER)


def test_a_drawn_number_steps_aside_for_one_that_was_given_before(hotel: Hotel, guest: int) -> None:
    hotel.open("staff", number=f"F{guest + 2}")
    assert hotel.folio(hotel.open("individual")).type == "individual"


@pytest.mark.parametrize("number", ["0000", "", "' OR 1=1 --", "\x00", "ფ"])
def test_a_number_that_no_folio_has_is_unknown(hotel: Hotel, number: str) -> None:
    with hotel.refuses(FolioUnknown):
        hotel.do(folios.find_folio, number)


def test_many_folios_are_opened_or_none(hotel: Hotel) -> None:
    with hotel.refuses(FolioHasNoLimit):
        hotel.do(
            folios.open_folios,
            [NewFolio("individual", "Guest, Mr."), NewFolio("control", "Bar", "BAR", house_limit_minor=1)],
            CASHIER,
        )
    assert hotel.do(folios.open_folios, [], CASHIER) == []
    opened = hotel.do(folios.open_folios, [NewFolio("individual", f"Guest {n}, Mr.") for n in range(3)], CASHIER)
    assert [hotel.folio(folio.id).name for folio in opened] == ["Guest 0, Mr.", "Guest 1, Mr.", "Guest 2, Mr."]


# --- the house limit ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("type", TYPES)
def test_only_the_accounts_of_people_have_a_house_limit(hotel: Hotel, type: str) -> None:
    folio_id = hotel.open(type)
    if type in WITH_LIMIT:
        hotel.do(folios.set_house_limit, folio_id, 50000, CASHIER)
        assert hotel.folio(folio_id).house_limit_minor == 50000
        assert hotel.folio(hotel.open(type, house_limit_minor=0)).house_limit_minor == 0
    else:
        with hotel.refuses(FolioHasNoLimit):
            hotel.do(folios.set_house_limit, folio_id, 50000, CASHIER)
        with hotel.refuses(FolioHasNoLimit):
            hotel.open(type, house_limit_minor=50000)


def test_a_house_limit_can_be_lifted(hotel: Hotel) -> None:
    folio_id = hotel.open(house_limit_minor=100)
    hotel.do(folios.set_house_limit, folio_id, None, CASHIER)
    assert hotel.folio(folio_id).house_limit_minor is None
    hotel.charge(folio_id, sold("FOOD", "1000.00"))


@pytest.mark.parametrize(("limit", "refusal"), [(-1, AmountNotPositive), (10**13 + 1, AmountTooLarge)])
def test_a_house_limit_that_cannot_be_is_refused(hotel: Hotel, guest: int, limit: int, refusal: type[Refusal]) -> None:
    with hotel.refuses(refusal):
        hotel.open(house_limit_minor=limit)
    with hotel.refuses(refusal):
        hotel.do(folios.set_house_limit, guest, limit, CASHIER)


# --- closing and reopening ------------------------------------------------------------------------------------


@pytest.mark.parametrize("type", TYPES)
def test_a_folio_closes_at_zero_unless_its_type_never_closes(hotel: Hotel, type: str) -> None:
    folio_id = hotel.open(type)
    if type in NEVER_CLOSE:
        with hotel.refuses(FolioNeverCloses) as refusal:
            hotel.do(folios.close_folio, folio_id, CASHIER)
        assert refusal.value.params["type"] == type
    else:
        hotel.do(folios.close_folio, folio_id, CASHIER)
        folio = hotel.folio(folio_id)
        assert (folio.status, folio.closed_on) == ("closed", FIRST_DAY)


@pytest.mark.parametrize("balance", ["0.01", "-0.01"])
def test_a_folio_with_any_balance_does_not_close(hotel: Hotel, guest: int, balance: str) -> None:
    hotel.bring_forward(guest, balance)
    with hotel.refuses(FolioNotAtZero) as refusal:
        hotel.do(folios.close_folio, guest, CASHIER)
    assert str(refusal.value) == f"Folio GUEST still has a balance of {balance}. Settle it before it is closed."


@pytest.mark.parametrize(
    ("status", "verb", "becomes"),
    [
        ("open", folios.close_folio, "closed"),
        ("closed", folios.close_folio, FolioClosed),
        ("open", folios.reopen_folio, FolioNotOpenable),
        ("closed", folios.reopen_folio, "open"),
    ],
)
def test_a_folio_is_closed_when_open_and_reopened_when_closed(
    hotel: Hotel, guest: int, status: str, verb: Callable[..., None], becomes: str | type[Refusal]
) -> None:
    if status == "closed":
        hotel.do(folios.close_folio, guest, CASHIER)
    if isinstance(becomes, str):
        hotel.do(verb, guest, CASHIER)
        assert hotel.folio(guest).status == becomes
    else:
        with hotel.refuses(becomes):
            hotel.do(verb, guest, CASHIER)


def test_the_table_of_the_folio_machine_has_these_two_moves_alone() -> None:
    assert folios.NEXT == {("open", "close"): "closed", ("closed", "reopen"): "open"}
    assert {name for name, each in FOLIO_TYPES.items() if not each.closes} == NEVER_CLOSE


def test_folios_close_together_or_not_at_all(hotel: Hotel, guest: int) -> None:
    empty = hotel.open()
    hotel.charge(guest, sold("FOOD", "1.00"))
    with hotel.refuses(FolioNotAtZero):
        hotel.do(folios.close_folios, [empty, guest], CASHIER)
    hotel.pay(guest, "1.00")
    hotel.do(folios.close_folios, [empty, guest], CASHIER)
    hotel.do(folios.close_folios, [], CASHIER)
    assert {hotel.folio(each).status for each in (empty, guest)} == {"closed"}


def test_a_reopened_folio_takes_a_late_charge_and_closes_again_on_its_own_day(hotel: Hotel, guest: int) -> None:
    hotel.do(folios.close_folio, guest, CASHIER)
    next_day = hotel.end_day()
    hotel.do(folios.reopen_folio, guest, CASHIER)
    assert hotel.folio(guest).closed_on is None
    late = hotel.charge(guest, sold("WATER"))
    hotel.pay(guest, "3.50")
    hotel.do(folios.close_folio, guest, CASHIER)
    assert late.business_date == hotel.folio(guest).closed_on == next_day == FIRST_DAY + timedelta(days=1)


POSTS: dict[str, Callable[[Hotel, int], object]] = {
    "charge": lambda hotel, folio: hotel.charge(folio, sold("FOOD", "1.00")),
    "pay": lambda hotel, folio: hotel.pay(folio, "1.00"),
    "refund of a payment": lambda hotel, folio: hotel.refund(folio, "1.00", of=paid_on(hotel, folio)),
    "pay out": lambda hotel, folio: hotel.pay_out("1.00", folio),
    "bring forward": lambda hotel, folio: hotel.bring_forward(folio, "1.00"),
    "correct": lambda hotel, folio: hotel.correct(folio, charged_on(hotel, folio)),
    "allow": lambda hotel, folio: hotel.allow(folio, charged_on(hotel, folio)),
    "transfer away": lambda hotel, folio: hotel.transfer_all(folio, "OTHER"),
    "transfer to": lambda hotel, folio: hotel.transfer_all(hotel.id("OTHER"), folio),
    "split": lambda hotel, folio: hotel.split(
        folio, hotel.posting(charged_on(hotel, folio)), (hotel.id("OTHER"), 1), (folio, 1)
    ),
}


def charged_on(hotel: Hotel, folio: int) -> int:
    return next(each.voucher_id for each in hotel.rows(Posting) if each.debit_folio_id == folio)


def paid_on(hotel: Hotel, folio: int) -> int:
    return next(each.voucher_id for each in hotel.rows(Posting) if each.credit_folio_id == folio)


@pytest.mark.parametrize("verb", POSTS)
def test_nothing_is_posted_to_a_closed_folio(hotel: Hotel, guest: int, verb: str) -> None:
    hotel.charge(hotel.open(number="OTHER"), sold("FOOD", "5.00"))
    hotel.charge(guest, sold("FOOD", "5.00"))
    hotel.pay(guest, "5.00")
    hotel.do(folios.close_folio, guest, CASHIER)
    with hotel.refuses(FolioClosed) as refusal:
        POSTS[verb](hotel, guest)
    assert refusal.value.params == {"folio": "GUEST"}


UNKNOWN: dict[str, Callable[[Hotel, int], object]] = {
    **{verb: POSTS[verb] for verb in ("charge", "pay", "pay out", "bring forward", "transfer away", "transfer to")},
    "refund": lambda hotel, folio: hotel.refund(folio, "1.00"),
    "correct": lambda hotel, folio: hotel.correct(folio, 1),
    "allow": lambda hotel, folio: hotel.allow(folio, 1),
    "split": lambda hotel, folio: hotel.split(folio, 1, (hotel.id("OTHER"), 1)),
    "look": lambda hotel, folio: hotel.do(folios.get_folio, folio),
    "limit": lambda hotel, folio: hotel.do(folios.set_house_limit, folio, 1, CASHIER),
    "exempt": lambda hotel, folio: hotel.do(folios.exempt, folio, [], CASHIER, "a diplomat"),
    "close": lambda hotel, folio: hotel.do(folios.close_folio, folio, CASHIER),
    "reopen": lambda hotel, folio: hotel.do(folios.reopen_folio, folio, CASHIER),
    "be a drawer": lambda hotel, folio: hotel.pay("OTHER", "1.00", tender=folio),
    "be a code's other side": lambda hotel, folio: hotel.do(
        codes.add_code, code="X", name="X", kind="charge", department="Rooms", operator=CASHIER, folio_id=folio
    ),
}


@pytest.mark.parametrize("verb", UNKNOWN)
@pytest.mark.parametrize("folio", [-1, 999_999])
def test_a_folio_that_there_is_not_is_refused_by_every_verb(hotel: Hotel, verb: str, folio: int) -> None:
    hotel.charge(hotel.open(number="OTHER"), sold("FOOD", "5.00"))
    with hotel.refuses(FolioUnknown) as refusal:
        UNKNOWN[verb](hotel, folio)
    assert refusal.value.params == {"folio": folio}


@pytest.mark.parametrize("verb", ["look", "charge", "close"])
def test_a_folio_that_no_database_could_number_is_unknown(hotel: Hotel, verb: str) -> None:
    with hotel.refuses(FolioUnknown):
        UNKNOWN[verb](hotel, 10**30)


def test_what_a_folio_object_says_is_read_again_after_posting(hotel: Hotel, guest: int) -> None:
    def charge_and_look(session: Session) -> tuple[int, int]:
        folio = session.get(Folio, guest)
        assert folio is not None
        before = folio.balance_minor
        payments.pay(session, hotel_payment, origin())
        return before, folio.balance_minor

    hotel_payment = hotel.payment(guest, "12.00", "VISA")
    assert hotel.do(charge_and_look) == (0, -1200)
