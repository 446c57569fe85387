"""What stands on many folios brought together on one: one voucher each, one key for all, the rest left alone."""

from __future__ import annotations

import pytest

from folios.drafts import Origin, Posted
from folios.errors import FolioUnknown, KeyReused, SameFolio, TextTooLong, VoucherEmpty, WrongFolioType
from folios.folios import close_folio
from folios.gathering import gather
from tests.folios.hotel import CASHIER, Hotel, figure, origin, sold, statements


def bring(hotel: Hotel, folios: list[int], to: int, key: str | None = None, **how: object) -> dict[int, Posted]:
    return hotel.do(gather, folios, to, origin(key), **how)


def test_charges_and_payments_of_all_folios_end_up_on_one(hotel: Hotel) -> None:
    first, second, master = hotel.open(), hotel.open(), hotel.open("master")
    hotel.charge(first, sold("ROOM", "100.00"), sold("FOOD", "20.00"))
    hotel.pay(first, "50.00")
    hotel.charge(second, sold("ROOM", "80.00"))
    moved = bring(hotel, [second, first], master)
    assert {folio: figure(each.total_minor) for folio, each in moved.items()} == {first: "170.00", second: "80.00"}
    assert [hotel.balance(each) for each in (first, second, master)] == ["0.00", "0.00", "150.00"]
    hotel.prove()


def test_folios_that_are_square_or_closed_are_left_as_they_are(hotel: Hotel) -> None:
    square, closed, owing, master = hotel.open(), hotel.open(), hotel.open(), hotel.open("master")
    for folio in (square, closed, owing):
        hotel.charge(folio, sold("FOOD", "10.00"))
    for folio in (square, closed):
        hotel.pay(folio, "10.00")
    hotel.do(close_folio, closed, CASHIER)
    assert set(bring(hotel, [square, closed, owing], master)) == {owing}
    with hotel.refuses(VoucherEmpty):
        bring(hotel, [square, closed, owing], master)
    assert set(bring(hotel, [square, closed], master, codes=["FOOD"])) == {square}
    assert (hotel.balance(square), hotel.balance(master)) == ("-10.00", "20.00")


def test_chosen_codes_take_their_taxes_with_them_and_no_others(hotel: Hotel) -> None:
    hotel.tax("VAT", "10", "ROOM", "FOOD")
    guest, master = hotel.open(), hotel.open("master")
    hotel.charge(guest, sold("ROOM", "100.00"), sold("FOOD", "20.00"))
    bring(hotel, [guest], master, codes=["ROOM", "VAT"])
    assert (hotel.balance(guest), hotel.balance(master)) == ("22.00", "110.00")
    hotel.prove()


def test_a_key_stands_for_all_vouchers_together(hotel: Hotel) -> None:
    first, second, master = hotel.open(), hotel.open(), hotel.open("master")
    hotel.charge(first, sold("FOOD", "10.00"))
    hotel.charge(second, sold("FOOD", "20.00"))
    once = bring(hotel, [first, second], master, "k")
    hotel.charge(second, sold("FOOD", "5.00"))
    with statements(hotel.engine) as sent:
        again = bring(hotel, [first, second], master, "k")
    assert {folio: (each.voucher_id, each.total_minor) for folio, each in again.items()} == {
        folio: (each.voucher_id, each.total_minor) for folio, each in once.items()
    }
    assert len(sent) < 10
    assert all(each.replayed for each in again.values())
    for others in ({"folios": [first]}, {"codes": ["FOOD"]}, {"reason": "other"}):
        folios = others.pop("folios", [first, second])
        with hotel.refuses(KeyReused):
            bring(hotel, folios, master, "k", **others)
    assert hotel.balance(second) == "5.00"


def test_what_another_key_began_is_not_answered(hotel: Hotel) -> None:
    first, second, master = hotel.open(), hotel.open(), hotel.open("master")
    hotel.charge(first, sold("FOOD", "10.00"))
    one = bring(hotel, [first, second], master, "k", asked="one")
    hotel.charge(second, sold("FOOD", "20.00"))
    bring(hotel, [first, second], master, f"k/{second}", asked="two")
    assert {
        folio: each.voucher_id for folio, each in bring(hotel, [first, second], master, "k", asked="one").items()
    } == {folio: each.voucher_id for folio, each in one.items()}


def test_what_cannot_be_gathered_is_refused(hotel: Hotel) -> None:
    guest, master, other = hotel.open(), hotel.open("master"), hotel.open()
    hotel.charge(guest, sold("FOOD", "10.00"))
    hotel.charge(other, sold("FOOD", "10.00"))
    with hotel.refuses(SameFolio):
        bring(hotel, [guest, master], master)
    with hotel.refuses(FolioUnknown):
        bring(hotel, [guest, 999], master)
    with hotel.refuses(WrongFolioType):
        bring(hotel, [guest], hotel.id("VISA"))
    with hotel.refuses(TextTooLong):
        bring(hotel, [guest, other], master, "k" * 100)
    assert bring(hotel, [guest], master, "k" * 100)


@pytest.mark.parametrize("codes", [None, ["FOOD"]])
def test_ten_folios_take_as_many_statements_as_two(hotel: Hotel, codes: list[str] | None) -> None:
    master, counts = hotel.open("master"), []
    for count in (2, 10):
        folios = [hotel.open() for _ in range(count)]
        for folio in folios:
            hotel.charge(folio, sold("FOOD", "10.00"))
        with statements(hotel.engine) as sent:
            hotel.do(gather, folios, master, Origin(CASHIER), codes=codes)
        counts.append(len(sent))
    assert counts[0] == counts[1]
