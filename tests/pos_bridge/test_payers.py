"""Who is there, and may they charge: everybody who fits, each with the reason when they may not."""

from __future__ import annotations

import pytest

from folios.db import reading
from frontoffice import guests, windows
from pos_bridge.book import TerminalMayNot, book
from pos_bridge.checks import Whom
from pos_bridge.payers import Payer, WhomMissing, find_payers
from tests.frontoffice.house import CLERK, day
from tests.pos_bridge.tills import Tills


def ask(tills: Tills, terminal: str = "BAR1", most: int = 16, **whom: object) -> list[Payer]:
    with reading(tills.sessions) as session:
        return find_payers(session, book(session).terminal(terminal), Whom(**whom), most)  # type: ignore[arg-type]


def test_a_room_is_told_with_its_guest_and_who_shares_it(tills: Tills) -> None:
    stay = tills.arrive(room="101", adults=2)
    tills.do(windows.open_window, stay, CLERK)
    tills.share(stay, "Partner", window=2)
    main, sharer = ask(tills, room="101")
    assert (main.kind, main.guest, main.room, main.stay_id) == ("guest", "Guest, Mr.", "101", stay)
    assert (main.arrival, main.departure, main.may) == (day(0), day(2), {"charge": None})
    assert (sharer.kind, sharer.guest, sharer.folio_id) == ("sharer", "Partner", tills.window(stay, 2))


def test_several_guests_of_one_name_are_all_told_and_no_more_than_asked(tills: Tills) -> None:
    for room, first in (("101", "Ann"), ("102", "Ben"), ("103", "Cid")):
        guest = tills.do(guests.add_guest, CLERK, surname="Müller-Sánchez", first_names=first)
        tills.arrive(room=room, guest_id=guest.id)
    assert [each.room for each in ask(tills, name="mull")] == ["101", "102", "103"]
    assert [each.room for each in ask(tills, name="sanchez be")] == []
    assert [each.room for each in ask(tills, name="MULLER be")] == ["102"]
    assert len(ask(tills, name="mull", most=2)) == 2


def test_only_who_is_in_house_is_told(tills: Tills) -> None:
    tills.book(0, 2, "101")
    assert ask(tills, room="101") == []
    assert ask(tills, name="Guest") == []


@pytest.mark.parametrize("whom", [{"room": "999"}, {"stay": 2**65}, {"account": "x"}, {"card": "x"}, {"name": "%"}])
def test_nobody_is_an_empty_list_and_no_refusal(tills: Tills, whom: dict[str, object]) -> None:
    tills.arrive(room="101")
    assert ask(tills, **whom) == []


def test_why_somebody_may_not_charge_is_told_beside_the_name(tills: Tills) -> None:
    stay = tills.arrive(room="101", payment_method="cash")
    tills.charge(stay, "500.00")
    (payer,) = ask(tills, room="101")
    assert payer.may == {"charge": "The house limit of 500.00 is used up (balance 500.00). Ask for another way to pay."}
    tills.stop(tills.window(stay), "cash only")
    (payer,) = ask(tills, stay=stay)
    assert "cash only" in (payer.may["charge"] or "")


def test_an_account_and_the_owner_of_a_card_are_told_by_number(tills: Tills) -> None:
    club = tills.account("non_guest", "A7", "Tennis club")
    stay = tills.arrive(room="101")
    tills.give_card("C1", folio_id=club)
    tills.give_card("C2", stay=stay)
    assert [(each.kind, each.guest) for each in ask(tills, account="A7")] == [("account", "Tennis club")]
    assert [(each.kind, each.folio) for each in ask(tills, card="C1")] == [("account", "A7")]
    assert [(each.kind, each.room) for each in ask(tills, card="C2")] == [("guest", "101")]


def test_asking_for_nothing_or_without_the_right_is_refused(tills: Tills) -> None:
    with pytest.raises(WhomMissing):
        ask(tills)
    with pytest.raises(WhomMissing):
        ask(tills, name="  ")
    with pytest.raises(TerminalMayNot):
        ask(tills, terminal="MINI1", room="101")
