"""Charge this: whom it goes to, how it is booked, what is refused, and that it happens once."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from folios.charges import Charge, ChargeLine
from folios.errors import DatabaseBusy
from folios.folios import close_folio
from folios.models import Folio
from frontoffice import stays, windows
from pos_bridge import printers
from pos_bridge.book import TerminalMayNot
from pos_bridge.checks import Call, Check, CheckLine, Whom
from pos_bridge.models.printing import PrintJob
from pos_bridge.requests import RequestKeyReused
from pos_bridge.slips import ChargeSlip, read_slip
from tests.frontoffice.house import CLERK, at_once, euro
from tests.pos_bridge.tills import Tills


def test_a_drink_goes_from_the_bar_to_the_folio_of_who_is_in_the_room(tills: Tills) -> None:
    stay = tills.arrive(room="101")
    answer = tills.send(tills.drinks("12.00", check_number="1002", covers=2, reference="table 4"))
    assert (answer.outcome, answer.room, answer.guest, answer.total_minor) == ("done", "101", "Guest, Mr.", 1200)
    assert answer.text == "12.00 EUR charged to 101, Guest, Mr.."
    assert tills.postings(answer.voucher_id or 0) == ["BARDRINK 10.00 C-BAR -> guest", "VAT20 2.00 C-VAT20 -> guest"]
    assert tills.balance(tills.window(stay)) == "12.00"
    (kept,) = tills.requests()
    assert (kept.outcome, kept.voucher_id, kept.check_number) == ("done", answer.voucher_id, "1002")
    tills.prove()


def test_a_check_sent_again_is_charged_once_and_answered_as_before(tills: Tills) -> None:
    stay = tills.arrive(room="101")
    first = tills.send(tills.drinks("12.00"))
    again = tills.send(tills.drinks("12.00"))
    assert again.replayed
    assert (again.voucher_id, again.text, again.business_date) == (first.voucher_id, first.text, first.business_date)
    assert tills.balance(tills.window(stay)) == "12.00"
    with pytest.raises(RequestKeyReused):
        tills.send(tills.drinks("13.00"))


def test_a_check_sent_again_over_a_new_day_gets_its_first_answer(tills: Tills) -> None:
    stay = tills.arrive(room="101")
    first = tills.send(tills.drinks("12.00"))
    tills.end_day()
    again = tills.send(tills.drinks("12.00"))
    assert (again.replayed, again.business_date) == (True, first.business_date)
    assert tills.balance(tills.window(stay)) == "112.00"  # the night and one drink


def test_the_same_check_from_eight_sockets_at_once_is_one_charge(tills: Tills) -> None:
    stay = tills.arrive(room="101")
    answers = at_once([lambda: tills.send(tills.drinks("12.00"))] * 8)
    assert {getattr(each, "voucher_id", each) for each in answers} == {tills.requests()[0].voucher_id}
    assert tills.balance(tills.window(stay)) == "12.00"
    tills.prove()


def test_a_refusal_is_kept_and_given_again_even_when_the_reason_has_gone(tills: Tills) -> None:
    refused = tills.send(tills.drinks("12.00", room="102"), terminal="REST1")
    assert (refused.outcome, refused.refusal) == ("refused", "check.sum_mismatch") or refused.refusal
    tills.arrive(room="102")
    again = tills.send(tills.drinks("12.00", room="102"), terminal="REST1")
    assert (again.replayed, again.refusal, again.text) == (True, refused.refusal, refused.text)
    assert tills.vouchers() == 0


def test_the_house_limit_holds_and_says_the_figures_a_waiter_needs(tills: Tills) -> None:
    stay = tills.arrive(room="101", payment_method="cash")
    tills.charge(stay, "470.00")
    answer = tills.send(tills.drinks("45.00"))
    assert (answer.outcome, answer.refusal) == ("refused", "folio.house_limit")
    assert "500.00" in answer.text
    assert "45.00" in answer.text
    assert answer.params == {
        "limit": {"minor": 50000, "currency": "EUR"},
        "balance": {"minor": 47000, "currency": "EUR"},
        "requested": {"minor": 4500, "currency": "EUR"},
    }
    assert tills.balance(tills.window(stay)) == "470.00"


def test_two_checks_at_once_cannot_both_slip_under_the_house_limit(tills: Tills) -> None:
    stay = tills.arrive(room="101", payment_method="cash")
    tills.charge(stay, "470.00")
    verbs = [lambda key=key: tills.send(tills.drinks("20.00"), key) for key in ("a", "b")]
    assert sorted(getattr(each, "outcome", str(each)) for each in at_once(verbs)) == ["done", "refused"]
    assert tills.balance(tills.window(stay)) == "490.00"


def test_a_stop_keeps_outlets_off_but_not_the_desk(tills: Tills) -> None:
    stay = tills.arrive(room="101")
    tills.stop(tills.window(stay), "cash only")
    answer = tills.send(tills.drinks("12.00"))
    assert (answer.refusal, answer.text) == (
        "payer.stopped",
        "Nothing from outlets may be charged here: cash only. Ask for another way to pay.",
    )
    tills.charge(stay, "5.00")


def test_a_stop_for_one_outlet_leaves_the_others_free(tills: Tills) -> None:
    stay = tills.arrive(room="101")
    tills.stop(tills.window(stay), "no minibar", outlet="MINI")
    minibar = Check(Whom(room="101"), (CheckLine("item", article=7, quantity=2),))
    assert tills.send(minibar, terminal="MINI1").refusal == "payer.stopped"
    assert tills.send(tills.drinks("12.00")).outcome == "done"


def test_articles_are_priced_by_the_house(tills: Tills) -> None:
    tills.arrive(room="101")
    answer = tills.send(Check(Whom(room="101"), (CheckLine("item", article=7, quantity=2),)), terminal="MINI1")
    assert answer.total_minor == 900
    assert tills.postings(answer.voucher_id or 0) == ["SNACK 7.50 C-MINI -> guest", "VAT20 1.50 C-VAT20 -> guest"]


@pytest.mark.parametrize(
    ("call", "cost"),
    [
        (Call("4711", duration_s=61), 40),
        (Call("0049301234", duration_s=60), 110),
        (Call("4711", pulses=10), 70),
    ],
)
def test_calls_are_priced_by_the_tariff_their_digits_begin_with(tills: Tills, call: Call, cost: int) -> None:
    tills.arrive(room="101")
    assert tills.send(Check(Whom(room="101"), call=call), terminal="TEL1").total_minor == cost


def test_a_restaurant_that_adds_its_taxes_is_booked_as_its_check_says(tills: Tills) -> None:
    tills.arrive(room="101")
    lines = (
        CheckLine("item", 4000, number=1),
        CheckLine("item", 2000, number=2),
        CheckLine("discount", 600),
        CheckLine("tax", 360, number=1),
        CheckLine("tax", 360, number=2),
        CheckLine("service", 300),
        CheckLine("tip", 200),
    )
    answer = tills.send(Check(Whom(room="101"), lines, total_minor=6620), terminal="REST1")
    assert tills.postings(answer.voucher_id or 0) == [
        "MEAL 36.00 C-REST -> guest",
        "WINE 18.00 C-REST -> guest",
        "VAT10 3.60 C-VAT10 -> guest",
        "VAT20 3.60 C-VAT20 -> guest",
        "SERVICECH 3.00 C-SC -> guest",
        "TIP 2.00 C-TIPS -> guest",
    ]
    tills.prove()


def test_lines_that_do_not_add_up_to_the_total_charge_nothing(tills: Tills) -> None:
    tills.arrive(room="101")
    answer = tills.send(tills.drinks("12.00", total_minor=1300))
    assert (answer.refusal, answer.text) == (
        "check.sum_mismatch",
        "The lines come to 12.00, the total says 13.00. Nothing was charged.",
    )
    assert tills.vouchers() == 0


def test_a_guest_exempt_from_tax_still_pays_what_the_check_says(tills: Tills) -> None:
    stay = tills.arrive(room="101")
    tills.do(lambda session: setattr(session.get(Folio, tills.window(stay)), "exempt_from", "VAT20"))
    answer = tills.send(tills.drinks("12.00"))
    assert answer.total_minor == 1200
    assert tills.balance(tills.window(stay)) == "12.00"


# --- whom it goes to ------------------------------------------------------------------------------------------


def test_a_sharer_is_found_by_name_and_pays_from_their_own_window(tills: Tills) -> None:
    stay = tills.arrive(room="101", adults=2)
    tills.do(windows.open_window, stay, CLERK)
    tills.share(stay, "Partner", window=2)
    answer = tills.send(tills.drinks("12.00", name="partner"))
    assert answer.guest == "Partner"
    assert (tills.balance(tills.window(stay)), tills.balance(tills.window(stay, 2))) == ("0.00", "12.00")


def test_a_sharer_whose_window_was_closed_charges_the_first_one(tills: Tills) -> None:
    stay = tills.arrive(room="101", adults=2)
    tills.do(windows.open_window, stay, CLERK)
    tills.share(stay, "Partner", window=2)
    tills.do(close_folio, tills.window(stay, 2), CLERK)
    assert tills.send(tills.drinks("12.00", name="partner")).guest == "Partner"
    assert tills.balance(tills.window(stay)) == "12.00"


def test_a_guest_who_moved_is_not_charged_in_the_old_room_but_named_in_the_new(tills: Tills) -> None:
    stay = tills.arrive(room="101")
    tills.do(stays.move, stay, tills.rooms["102"], CLERK)
    answer = tills.send(tills.drinks("12.00", room="101", name="Guest"), terminal="BAR1")
    assert answer.outcome == "suspense"
    assert "Guest, Mr. is not in room 101, but in 102." in answer.text
    assert tills.balance_of("SUSPENSE") == "12.00"
    assert tills.balance(tills.window(stay)) == "0.00"


def test_what_cannot_be_placed_goes_to_suspense_where_the_outlet_has_one(tills: Tills) -> None:
    answer = tills.send(tills.drinks("12.00", room="999"))
    assert (answer.outcome, answer.refusal, answer.folio) == ("suspense", None, None)
    assert answer.text == (
        "There is no room 999. Ask for the number again. 12.00 EUR went to suspense; the front desk will place it."
    )
    assert tills.balance_of("SUSPENSE") == "12.00"
    tills.prove()


@pytest.mark.parametrize(
    ("whom", "code"),
    [
        (Whom(room="999"), "payer.room_unknown"),
        (Whom(room="102"), "payer.room_vacant"),
        (Whom(room="101", name="Somebody"), "payer.name_mismatch"),
        (Whom(stay=99), "payer.stay_gone"),
        (Whom(account="X1"), "payer.account_unknown"),
        (Whom(card="0000"), "payer.card_unknown"),
        (Whom(name="Guest"), "payer.missing"),
        (Whom(stay=2**70), "payer.stay_gone"),
    ],
)
def test_nobody_to_charge_is_refused_by_name_where_there_is_no_suspense(tills: Tills, whom: Whom, code: str) -> None:
    tills.arrive(room="101")
    answer = tills.send(Check(whom, (CheckLine("item", 1000, number=1),)), terminal="REST1")
    assert (answer.outcome, answer.refusal) == ("refused", code)
    assert tills.vouchers() == 0


@pytest.mark.parametrize("type", ["non_guest", "staff", "master"])
def test_house_staff_and_master_accounts_are_charged_by_number_or_card(tills: Tills, type: str) -> None:
    folio_id = tills.account(type, "A7")
    tills.give_card("CLUB-1", folio_id=folio_id)
    assert tills.send(tills.drinks("12.00", room=None, account="A7"), "k1").outcome == "done"
    assert tills.send(tills.drinks("3.00", room=None, card="club-1"), "k2").outcome == "done"
    assert tills.balance(folio_id) == "15.00"
    assert tills.requests(key="k2")[0].body["whom"] == {"card": "…ub-1"}


def test_a_key_card_charges_the_stay_it_was_given_to_until_the_guest_has_left(tills: Tills) -> None:
    stay = tills.arrive(1, room="101")
    tills.give_card("K-101", stay=stay)
    assert tills.send(tills.drinks("12.00", room=None, card="K-101"), "k1").room == "101"
    tills.end_day()
    tills.leave(stay)
    answer = tills.send(tills.drinks("12.00", room=None, card="K-101"), "k2")
    assert answer.outcome == "suspense"
    assert answer.text.startswith("This card belongs to nobody who can be charged now.")


def test_receivables_and_control_folios_are_no_accounts_to_charge(tills: Tills) -> None:
    for number in ("C-BAR", "VISA"):
        assert tills.send(Check(Whom(account=number), (CheckLine("item", 100),)), f"k-{number}", "REST1").refusal == (
            "payer.account_unknown"
        )


def test_a_terminal_that_may_only_charge_can_do_nothing_else(tills: Tills) -> None:
    with pytest.raises(TerminalMayNot):
        tills.void("k1", terminal="MINI1")


def test_a_twin_under_another_key_is_charged_and_flagged(tills: Tills) -> None:
    tills.arrive(room="101")
    tills.send(tills.drinks("12.00", check_number="7"), "k1")
    tills.send(tills.drinks("12.00", check_number="7"), "k2")
    tills.send(tills.drinks("12.00", check_number="8"), "k3")
    first, second, third = tills.requests()
    assert (first.twin_id, second.twin_id, third.twin_id) == (None, first.id, None)


def test_card_numbers_in_texts_are_not_kept(tills: Tills) -> None:
    tills.arrive(room="101")
    tills.send(tills.drinks("12.00", remark="card 4111 1111 1111 1111 shown", reference="order 1234567890123"))
    (kept,) = tills.requests()
    assert kept.body["remark"] == "card …1111 shown"
    assert kept.body["reference"] == "order 1234567890123"


def test_a_terminal_switched_off_or_a_price_changed_is_seen_by_the_next_charge(tills: Tills) -> None:
    from folios.codes import mark_anew
    from pos_bridge.models.outlets import Article

    tills.arrive(room="101")
    minibar = Check(Whom(room="101"), (CheckLine("item", article=7),))
    assert tills.send(minibar, "k1", "MINI1").total_minor == 450

    def dearer(session) -> None:  # type: ignore[no-untyped-def]
        session.get(Article, ("MINI", 7)).price_minor = 500
        session.flush()
        mark_anew(session)

    tills.do(dearer)
    assert tills.send(minibar, "k2", "MINI1").total_minor == 500


def test_a_charge_made_up_from_codes_of_before_is_made_up_again(tills: Tills) -> None:
    from folios.charges import CatalogueChanged, charge
    from folios.drafts import Origin

    stay = tills.arrive(room="101")
    stale = Charge(tills.window(stay), (ChargeLine("BARFOOD", euro("1.00")),), mark=1)
    with pytest.raises(CatalogueChanged) as caught:
        tills.do(charge, stale, Origin(CLERK))
    assert isinstance(caught.value, DatabaseBusy)


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_postgresql_compiles_no_statement_of_ours_whatever_it_expects_of_tables(tills: Tills) -> None:
    with tills.engine.connect() as connection:
        assert connection.execute(sa.text("SHOW jit")).scalar_one() == "off"
        connection.rollback()
        assert connection.execute(sa.text("SHOW lock_timeout")).scalar_one() == "10s"


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_a_charge_costs_postgresql_two_statements_once_the_book_is_kept(tills: Tills) -> None:
    tills.arrive(room="101")
    tills.send(tills.drinks("1.00"), "k0")
    ran: list[str] = []
    sa.event.listen(tills.engine, "before_cursor_execute", lambda *facts: ran.append(facts[2]))
    assert tills.send(tills.drinks("2.00"), "k1").outcome == "done"
    assert len(ran) == 2, ran


def test_a_charge_leaves_its_slip_in_the_print_queue_where_the_hotel_prints(tills: Tills) -> None:
    tills.arrive(room="101")
    tills.send(tills.drinks("1.00"), "k0")
    assert tills.rows(PrintJob) == []
    tills.do(printers.add_printer, {"name": "Bar", "kind": "dummy"}, CLERK)
    answer = tills.send(tills.drinks("12.00", check_number="7", waiter="Ann", table="4"), "k1")
    tills.send(tills.drinks("12.00", check_number="7", waiter="Ann", table="4"), "k1")
    (job,) = tills.rows(PrintJob)
    assert (job.kind, job.outlet, job.terminal, job.voucher_id) == ("charge", "BAR", "BAR1", answer.voucher_id)
    slip = read_slip(job.kind, job.content, job.voucher_id)
    assert isinstance(slip, ChargeSlip)
    assert (slip.room, slip.guest, slip.waiter, slip.total_minor) == ("101", "Guest, Mr.", "Ann", 1200)
    assert (slip.voucher, slip.to_sign) == (answer.voucher_id, True)


def test_a_refused_charge_leaves_no_slip(tills: Tills) -> None:
    tills.do(printers.add_printer, {"name": "Bar", "kind": "dummy"}, CLERK)
    tills.send(tills.drinks("12.00", total_minor=1300))
    assert tills.rows(PrintJob) == []
