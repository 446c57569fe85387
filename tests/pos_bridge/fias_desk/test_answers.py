"""Every posting and inquiry of the published samples, answered by the little hotel as they prescribe."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from pos_bridge.fias_desk import received
from pos_bridge.models.links import LinkMessage
from tests.frontoffice.house import at_once
from tests.pos_bridge.fias_desk.linked import Linked

MOMENT = "DA000915|TI124254|"

# What is sent | what is answered; {guest} and {sharer} are the numbers of who is in room 2781.
SAMPLES = {
    "V13 a call that was priced by the exchange": (
        "PS|RN2781|TA1050|DA000915|TI123545|P#1729|DD004989920920|PCI|CTInternational|PTC|SO300|",
        "PA|SO300|RN2781|ASOK|DA000915|TI123545|P#1729|",
    ),
    "V16 a direct charge with an outlet": (
        f"PS|RN2781|PTC|SO100|TA1450|{MOMENT}P#1732|",
        f"PA|SO100|RN2781|ASOK|{MOMENT}P#1732|",
    ),
    "V17 two pieces of an article": (
        f"PS|RN2781|PTM|MA1450|M#2|{MOMENT}P#1733|SO200|",
        f"PA|SO200|RN2781|ASOK|{MOMENT}P#1733|",
    ),
    "V18 a charge with more text": (
        f"PS|RN2781|PTC|TA1480|CTMinibar|X12 Bottles of Apple  Juice|{MOMENT}P#1737|",
        f"PA|RN2781|ASOK|{MOMENT}P#1737|",
    ),
    "V21 an inquiry for an unknown room": (
        f"PR|SO123|WS456|IDJOSH|PI5781|{MOMENT}P#1735|PMROOM|",
        f"PA|SO123|WS456|IDJOSH|ASNG|CTNobody was found to charge this to.|{MOMENT}P#1735|",
    ),
    "V23 a posting of a subtotal and a tax": (
        "PR|SO123|WS456|IDJOSH|RN2781|G#{guest}|GNGaribaldi, Mr.|TA10575|S18000|T12575|C#1234|CV2|ST4|"
        f"{MOMENT}P#1737|PMROOM|",
        f"PA|SO123|WS456|IDJOSH|RN2781|G#{{guest}}|GNGaribaldi, Mr.|ASOK|C#1234|{MOMENT}P#1737|",
    ),
    "V24 a posting with every part": (
        "PR|SO123|WS456|IDELI|RN2781|G#{guest}|GNGast, Hr.|TA22850|S18000|S26000|S34000|T12575|T21525|T31050|D1-1000|"
        f"TP500|SC200|C#1234|ST4|{MOMENT}P#1738|PMROOM|",
        f"PA|SO123|WS456|IDELI|RN2781|G#{{guest}}|GNGast, Hr.|ASOK|C#1234|{MOMENT}P#1738|",
    ),
    "V26 parts that are not the total": (
        "PR|SO123|WS456|IDJOSH|RN2781|G#{sharer}|GNSharer, Mr.|TA11075|S18000|S26000|S34000|T12575|T21525|T31050|"
        f"C#1234|D1-1000|ST4|{MOMENT}P#1741|PMROOM|",
        "PA|SO123|WS456|IDJOSH|RN2781|G#{sharer}|GNSharer, Mr.|ASDM|CTThe parts do not add up to the total.|"
        f"C#1234|{MOMENT}P#1741|",
    ),
    "V27 paid by card at the till": (
        f"PR|SO123|WS456|IDJOSH|PMAMEX|TA10575|S18000|T12575|C#1234|ST4|{MOMENT}P#1742|",
        f"PA|SO123|WS456|IDJOSH|ASOK|C#1234|{MOMENT}P#1742|",
    ),
    "V29 a total of three parts": (
        f"PS|RN2781|PTC|SO100|TA1000|S1800|D1-200|T1400|{MOMENT}P#1743|",
        f"PA|SO100|RN2781|ASOK|{MOMENT}P#1743|",
    ),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_a_published_sample_is_answered_as_it_prescribes(linked: Linked, name: str) -> None:
    guest = linked.arrive(room="2781")
    numbers = {"guest": str(guest), "sharer": str(linked.sharer(guest, "Sharer", "Mr."))}
    sent, answer = (text.format(**numbers) for text in SAMPLES[name])
    assert linked.say(sent) == [answer]
    assert linked.say(sent) == [answer]
    linked.prove()


def test_an_inquiry_by_room_lists_the_guest_before_the_sharer(linked: Linked) -> None:
    guest = linked.arrive(room="2781")
    sharer = linked.sharer(guest, "Sharer", "Mr.")
    line = linked.connect({"PL": "SOWSIDRNG#GNP#"})
    assert linked.say(f"PR|SO123|WS456|IDELI|PI2781|{MOMENT}P#1734|PMROOM|", line) == [
        f"PL|SO123|WS456|IDELI|RN2781|G#{guest}|GNGuest, Mr.|RN2781|G#{sharer}|GNSharer, Mr.|P#1734|"
    ]


def test_a_posting_with_a_guest_number_and_a_type_of_its_own_is_taken(linked: Linked) -> None:
    guest = linked.arrive(room="1421")
    sent = f"PS|RN1421|G#{guest}|TA1000|PTD|SOWIFI|CTWIFI|P#7|WSSTAYCONNECT|"
    (answer,) = linked.say(sent, linked.connect({"PA": "P#AS"}))
    assert answer == "PA|ASOK|P#7|"
    assert linked.balance(linked.window(guest)) == "10.00"


def test_the_smallest_posting_that_clients_send_is_charged(linked: Linked) -> None:
    guest = linked.arrive(room="101")
    assert linked.status("PS|RN101|P#4711|PTC|DA260101|TI120000|TA1250|CTWiFi 1 day|") == "OK"
    assert linked.balance(linked.window(guest)) == "12.50"
    (kept,) = linked.requests()
    assert (kept.terminal, kept.place, kept.body["lines"][0]["text"]) == ("BAR1", "101", "WiFi 1 day")


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ("PS|RN999|PTC|TA100|P#1|", "NG"),
        ("PS|RN102|PTC|TA100|P#1|", "NG"),
        ("PS|RN101|G#99|PTC|TA100|P#1|", "NG"),
        ("PS|RN101|GNSomebody|PTC|TA100|P#1|", "NG"),
        ("PS|PTC|TA100|P#1|", "NG"),
        ("PS|RN101|PTC|P#1|", "UR"),
        ("PS|RN101|PTC|TA1.50|P#1|", "UR"),
        ("PS|RN101|PTC|TA0|P#1|", "UR"),
        ("PS|RN101|PTC|TA-100|P#1|", "UR"),
        ("PS|RN101|PTX|TA100|P#1|", "UR"),
        ("PS|RN101|PTC|TA1000|S1900|P#1|", "DM"),
        ("PS|RN101|PTC|TA1000|S1x|P#1|", "UR"),
        ("PS|RN101|PTC|TA60000|P#1|", "CO"),
        ("PS|RN101|PTC|TA60000|COY|P#1|", "CO"),
        ("PS|RN101|PTM|MA9999|SO200|P#1|", "UR"),
        ("PS|RN101|PTM|MA7|M#0|SO200|P#1|", "UR"),
        ("PS|RN101|PTM|MAx|SO200|P#1|", "UR"),
        ("PS|RN101|PTT|SO300|P#1|", "UR"),
        ("PS|RN101|PTT|DU99|DD1|SO300|P#1|", "UR"),
        ("PR|RN101|PTT|TA100|P#1|PMROOM|WS1|", "UR"),
        ("PR|PMXYZ|TA100|P#1|WS1|", "IA"),
        ("PR|PI|P#1|PMROOM|WS1|", "NG"),
    ],
)
def test_what_cannot_be_charged_is_answered_with_its_cause(linked: Linked, sent: str, status: str) -> None:
    linked.arrive(room="101", payment_method="cash")
    assert linked.status(sent) == status
    assert linked.vouchers() == 0


def test_a_stop_a_closed_account_and_an_outlet_that_is_off_have_statuses_of_their_own(linked: Linked) -> None:
    from folios.folios import close_folio
    from pos_bridge.outlets import amend_outlet

    stopped = linked.arrive(room="101")
    linked.stop(linked.window(stopped), "cash only")
    closed = linked.arrive(room="102")
    linked.do(close_folio, linked.window(closed), "clerk")
    assert linked.status("PS|RN101|PTC|TA100|P#1|") == "NP"
    assert linked.status("PS|RN102|PTC|TA100|P#2|") == "IA"
    linked.do(lambda session: amend_outlet(session, "BAR", 1, {"active": False}, "clerk"))
    assert linked.status("PS|RN103|PTC|TA100|P#3|") == "NF"


def test_a_till_may_go_beyond_the_limit_where_the_link_allows_it(linked: Linked) -> None:
    linked.arrive(room="101", payment_method="cash")
    linked.amend(over_limit=True)
    assert linked.status("PS|RN101|PTC|TA60000|P#1|") == "CO"
    assert linked.status("PS|RN101|PTC|TA60000|COY|P#2|") == "OK"


def test_articles_and_their_counts_belong_together_in_their_order(linked: Linked) -> None:
    guest = linked.arrive(room="101")
    assert linked.status("PS|RN101|MA1450|M#2|MA7|MA1450|M#1|P#1|SO200|") == "OK"
    assert linked.balance(linked.window(guest)) == "13.50"  # 3 waters, and nuts
    assert linked.status("PS|RN101|PTM|MA7|MA1450|M#1|M#2|P#2|SO200|") == "OK"
    assert linked.balance(linked.window(guest)) == "24.00"


@pytest.mark.parametrize(
    ("call", "cost"),
    [("DD4711|DU000101|", "0.40"), ("DD0049301234|DU000100|", "1.10"), ("DD4711|MP10|", "0.70"), ("MP10|", "0.70")],
)
def test_calls_are_priced_by_tariff_whether_or_not_they_say_what_they_are(linked: Linked, call: str, cost: str) -> None:
    guest = linked.arrive(room="101")
    assert linked.status(f"PS|RN101|PTT|{call}P#1|SO300|") == "OK"
    assert linked.balance(linked.window(guest)) == cost
    assert linked.status(f"PS|RN101|{call}P#2|SO300|") == "OK"


def test_taxes_added_to_prices_that_hold_them_are_booked_with_the_items(linked: Linked) -> None:
    linked.arrive(room="101")
    assert linked.status("PS|RN101|PTC|TA1200|S11000|T1200|P#1|") == "OK"
    (kept,) = linked.requests()
    assert linked.postings(kept.voucher_id or 0) == ["BARFOOD 10.91 C-BAR -> guest", "VAT10 1.09 C-VAT10 -> guest"]


# --- never twice ----------------------------------------------------------------------------------------------


def test_the_same_posting_again_gets_the_first_answer_and_charges_once(linked: Linked) -> None:
    guest = linked.arrive(room="101")
    sent = f"PS|RN101|PTC|TA100|{MOMENT}P#5|"
    assert linked.say(sent) == linked.say(sent) == [f"PA|RN101|ASOK|{MOMENT}P#5|"]
    assert linked.balance(linked.window(guest)) == "1.00"
    assert len(linked.requests()) == 1


def test_the_same_posting_on_eight_lines_at_once_is_one_charge(linked: Linked) -> None:
    guest = linked.arrive(room="101")
    lines = [linked.connect() for _ in range(8)]
    sent = f"PS|RN101|PTC|TA100|{MOMENT}P#5|"
    answers = at_once([lambda line=line: linked.say(sent, line) for line in lines])
    assert answers == [[f"PA|RN101|ASOK|{MOMENT}P#5|"]] * 8
    assert linked.balance(linked.window(guest)) == "1.00"
    linked.prove()


def test_a_refusal_again_is_the_same_refusal(linked: Linked) -> None:
    sent = f"PS|RN101|PTC|TA100|{MOMENT}P#5|"
    first = linked.say(sent)
    linked.arrive(room="101")
    assert linked.say(sent) == first
    assert "ASNG" in first[0]


def test_a_number_that_was_used_before_is_another_posting_but_not_for_the_same_check(linked: Linked) -> None:
    guest = linked.arrive(room="101")
    assert linked.status(f"PS|RN101|PTC|TA100|C#9|{MOMENT}P#1|") == "OK"
    assert linked.status(f"PS|RN101|PTC|TA200|C#9|{MOMENT}P#1|") == "UR"
    assert linked.status("PS|RN101|PTC|TA200|C#9|DA000915|TI124300|P#1|") == "OK"
    assert linked.status(f"PS|RN101|PTC|TA200|C#10|{MOMENT}P#1|") == "OK"
    assert linked.balance(linked.window(guest)) == "5.00"


def test_after_two_days_the_same_number_and_content_are_a_new_posting(linked: Linked) -> None:
    guest = linked.arrive(room="101")
    assert linked.status("PS|RN101|PTC|TA100|P#1|") == "OK"
    assert linked.status("PS|RN101|PTC|TA100|P#1|", at=linked.later(hours=47)) == "OK"
    assert linked.balance(linked.window(guest)) == "1.00"
    assert linked.status("PS|RN101|PTC|TA100|P#1|", at=linked.later(hours=49)) == "OK"
    assert linked.balance(linked.window(guest)) == "2.00"


def test_a_posting_that_names_its_moment_is_known_again_however_late(linked: Linked) -> None:
    guest = linked.arrive(room="101")
    sent = f"PS|RN101|PTC|TA100|{MOMENT}P#1|"
    first = linked.say(sent)
    assert linked.say(sent, at=linked.later(days=5)) == first
    linked.do(received.forget_old)
    linked.do(lambda session: session.execute(sa.delete(LinkMessage)))
    assert linked.say(sent, at=linked.later(days=50)) == first
    assert linked.balance(linked.window(guest)) == "1.00"


def test_a_posting_without_a_moment_is_another_when_nothing_is_kept_of_the_first(linked: Linked) -> None:
    guest = linked.arrive(room="101")
    linked.status("PS|RN101|PTC|TA100|P#1|")
    linked.do(lambda session: session.execute(sa.delete(LinkMessage)))
    assert linked.status("PS|RN101|PTC|TA100|P#1|", at=linked.later(days=40)) == "OK"
    assert linked.balance(linked.window(guest)) == "2.00"


def test_the_same_under_a_new_number_is_charged_and_flagged(linked: Linked) -> None:
    linked.arrive(room="101")
    assert linked.status(f"PS|RN101|PTC|TA100|C#9|{MOMENT}P#1|") == "OK"
    assert linked.status(f"PS|RN101|PTC|TA100|C#9|{MOMENT}P#2|") == "OK"
    first, second = linked.requests()
    assert (first.twin_id, second.twin_id) == (None, first.id)


def test_postings_without_a_number_are_each_their_own(linked: Linked) -> None:
    guest = linked.arrive(room="101")
    for _ in range(2):
        assert linked.status("PS|RN101|PTC|TA100|") == "OK"
    assert linked.balance(linked.window(guest)) == "2.00"


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_a_posting_costs_postgresql_four_statements_of_which_two_write(linked: Linked) -> None:
    linked.arrive(room="101")
    linked.status("PS|RN101|PTC|TA100|P#1|")
    ran: list[str] = []
    sa.event.listen(linked.engine, "before_cursor_execute", lambda *facts: ran.append(facts[2]))
    assert linked.status("PS|RN101|PTC|TA100|P#2|") == "OK"
    assert len([each for each in ran if not each.startswith("SET TRANSACTION")]) == 4, ran


# --- paid at the till, and taken back -------------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "tender"), [("AMEX", "VISA"), ("CASH", "TILL-T")])
def test_a_sale_paid_at_the_till_credits_the_outlet_and_debits_the_tender(
    linked: Linked, method: str, tender: str
) -> None:
    from folios.statements import balance

    sent = f"PR|SO100|WS1|PM{method}|TA1100|S11000|T1100|C#5|{MOMENT}P#8|"
    assert linked.status(sent) == "OK"
    assert linked.status(sent) == "OK"
    assert linked.balance_of("PASSERS-BY") == "0.00"

    def of(number: str) -> int:
        from folios.folios import find_folio

        return linked.do(lambda session: balance(session, find_folio(session, number).id))

    assert (of("C-REST"), of("C-VAT10"), of(tender)) == (-1000, -100, 1100)
    linked.prove()


def test_an_amount_below_zero_takes_back_what_the_link_charged(linked: Linked) -> None:
    guest = linked.arrive(room="101")
    assert linked.status("PS|RN101|PTC|TA1000|C#9|P#1|") == "OK"
    assert linked.status("PS|RN101|PTC|TA-400|C#9|P#2|") == "UR"
    linked.amend(negative=True)
    for _ in range(2):
        assert linked.status("PS|RN101|PTC|TA-400|C#9|P#3|") == "OK"
    assert linked.balance(linked.window(guest)) == "6.00"
    assert linked.status("PS|RN101|PTC|TA-700|C#9|P#4|") == "UR"
    assert linked.status("PS|RN102|PTC|TA-100|C#9|P#5|") == "UR"
    linked.prove()


# --- who is meant ---------------------------------------------------------------------------------------------------


def test_inquiries_find_by_name_account_and_card_and_keep_to_the_number_asked_for(linked: Linked) -> None:
    stay = linked.arrive(room="0305")
    linked.sharer(stay, "Guestling")
    linked.account("non_guest", "CLUB7", "Club seven")
    linked.give_card("K-305", stay=stay)
    line = linked.connect({"PL": "RNG#GN"})
    assert linked.say("PR|PI0305|P#1|PMROOM|MX1|", line) == [f"PL|RN0305|G#{stay}|GNGuest, Mr.|"]
    assert linked.say("PR|PIgue|P#1|PMROOM|", line)[0].count("RN0305") == 2
    assert linked.say("PR|PICLUB7|P#1|PMROOM|", line) == ["PL|RNCLUB7|G#0|GNClub seven|"]
    assert linked.say("PR|$2;K-305=9912|P#1|PMROOM|MX1|", line) == [f"PL|RN0305|G#{stay}|GNGuest, Mr.|"]
    assert linked.status("PR|PI305|P#1|PMROOM|") == "NG"


def test_a_list_tells_what_was_asked_for_and_nothing_else(linked: Linked) -> None:
    stay = linked.arrive(room="101", payment_method="cash")
    linked.charge(stay, "12.00")
    line = linked.connect({"PL": "RNG#GNBACLNPGAGD"})
    assert linked.say("PR|PI101|P#1|PMROOM|", line) == [
        f"PL|RN101|G#{stay}|GNGuest, Mr.|GA260301|GD260303|BA12.00|CL500.00|NPN|"
    ]


def test_an_account_is_charged_by_its_number_with_guest_zero(linked: Linked) -> None:
    folio = linked.account("staff", "S7", "Staff")
    assert linked.status("PR|RNS7|G#0|TA300|P#1|PMROOM|WS1|") == "OK"
    assert linked.balance(folio) == "3.00"


def test_a_sharer_is_charged_by_number_on_their_own_window(linked: Linked) -> None:
    from frontoffice import windows

    stay = linked.arrive(room="101", adults=2)
    linked.do(windows.open_window, stay, "clerk")
    sharer = linked.sharer(stay, "Guest", "Mr.", window=2)
    assert linked.status(f"PR|RN101|G#{sharer}|TA300|P#1|PMROOM|WS1|") == "OK"
    assert (linked.balance(linked.window(stay)), linked.balance(linked.window(stay, 2))) == ("0.00", "3.00")
    assert linked.status(f"PR|RN101|G#{sharer + 1}|TA300|P#2|PMROOM|WS1|") == "NG"


def test_what_cannot_be_placed_goes_to_suspense_where_the_link_says_so(linked: Linked) -> None:
    assert linked.status("PS|RN999|PTC|TA100|P#1|") == "NG"
    linked.amend(to_suspense=True)
    assert linked.status("PS|RN999|PTC|TA100|P#2|") == "OK"
    assert linked.balance_of("SUSPENSE") == "1.00"


def test_records_that_the_link_is_not_set_up_for_do_nothing(linked: Linked) -> None:
    linked.arrive(room="101")
    linked.amend(records="PR")
    assert linked.status("PS|RN101|PTC|TA100|P#1|") == "NF"
    assert linked.say("RE|RN101|RS1|") == []
    assert linked.say("ZZ|RN101|") == []


def test_an_outlet_that_the_link_does_not_know_is_refused(linked: Linked) -> None:
    from pos_bridge import links

    linked.do(lambda session: links.set_outlets(session, "T", links.get_link(session, "T").version, {"1": "BAR1"}, "c"))
    assert linked.status("PS|RN101|PTC|TA100|P#1|SO2|") == "UR"
    assert linked.status("PS|RN101|PTC|TA100|P#1|") == "UR"


def test_amounts_have_the_decimals_of_the_link(linked: Linked) -> None:
    guest = linked.arrive(room="101")
    linked.amend(decimals=3)
    assert linked.status("PS|RN101|PTC|TA1000|P#1|") == "OK"
    assert linked.balance(linked.window(guest)) == "1.00"
    assert linked.status("PS|RN101|PTC|TA1001|P#2|") == "UR"
