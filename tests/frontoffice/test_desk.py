"""The desk's lists of the business date, the head of a stay's screens, and the lines of its folios."""

from __future__ import annotations

from typing import Any

import pytest

from folios import business_day, clock, corrections, db, transfers
from folios.charges import Charge, ChargeLine, charge_all
from folios.drafts import Origin
from folios.errors import FolioUnknown
from folios.folios import open_folio
from folios.models import Posting
from frontoffice import companies, deposits, desk, guests, reservations, rooms, stays, windows
from frontoffice.desk import DeskRow, FrontDesk
from frontoffice.folio_lines import FolioLine, FolioLines
from frontoffice.lifecycle import StayUnknown
from frontoffice.models.desk import Dispute, GroupMember, Note, StayGroup
from frontoffice.models.stays import Stay
from frontoffice.stay_head import stay_head
from frontoffice.stays import CheckIn
from tests.folios.hotel import statements
from tests.frontoffice.house import AUDITOR, CLERK, House, day, euro, minor


def look(house: House, **wanted: Any) -> FrontDesk:
    with db.reading(house.sessions) as session:
        return desk.front_desk(session, **wanted)


def ids(rows: tuple[DeskRow, ...]) -> list[int]:
    return [row.stay_id for row in rows]


def lines(house: House, folio_id: int, **wanted: Any) -> FolioLines:
    with db.reading(house.sessions) as session:
        return desk.folio_lines(session, folio_id, **wanted)


def posting(house: House, voucher_id: int, line: int = 1) -> int:
    (found,) = house.rows(Posting, voucher_id=voucher_id, line=line)
    return found.id


def dispute(house: House, folio_id: int, posting_id: int) -> None:
    facts = {"reason": "not mine", "opened_on": day(0), "opened_by": CLERK}
    house.do(lambda session: session.add(Dispute(folio_id=folio_id, posting_id=posting_id, **facts)))


def note(house: House, subject: str, subject_id: int, **facts: Any) -> None:
    given = {"text": "Wake at six", "written_by": CLERK, "written_at": clock.now()} | facts
    house.do(lambda session: session.add(Note(subject=subject, subject_id=subject_id, **given)))


# --- the lists ------------------------------------------------------------------------------------------------


def test_each_stay_stands_in_the_lists_where_it_belongs(house: House) -> None:
    due_in = house.book(0, 2)
    expected = house.book(1, 2)
    staying = house.arrive(departure=2, room="101")
    leaving = house.arrive(departure=0, room="102", nature="complimentary")
    gone = house.arrive(departure=0, room="103", nature="complimentary")
    house.check_out(gone)
    seen = look(house)
    assert (ids(seen.arrivals.rows), ids(seen.in_house.rows), ids(seen.departures.rows)) == (
        [due_in],
        [staying, leaving],
        [leaving],
    )
    assert (seen.arrivals.total, seen.in_house.total, seen.departures.total) == (1, 2, 1)
    assert (seen.arrived, seen.departed, seen.business_date, seen.currency) == (3, 1, day(0), "EUR")
    assert expected not in ids(seen.arrivals.rows)


def test_the_next_action_of_a_row_is_told_with_what_stands_in_its_way(house: House) -> None:
    without = house.book(0, 2)
    ready = house.book(0, 1, room="101")
    dirty = house.book(0, 2, room="102")
    house.do(rooms.set_condition, [house.rooms["102"]], "dirty", "housekeeper")
    staying = house.arrive(departure=2, room="103")
    owing = house.arrive(departure=0, room="104", nature="complimentary")
    house.charge(owing, "84.00")
    seen = look(house)
    actions = {row.stay_id: (row.action, row.refusal and row.refusal.text(), row.ready) for row in seen.arrivals.rows}
    assert actions == {
        without: ("assign_room", None, False),
        ready: ("check_in", None, True),
        dirty: ("check_in", "Room 102 is dirty. Have it cleaned, or choose another.", False),
    }
    assert {row.stay_id: (row.action, row.refusal and row.refusal.text()) for row in seen.in_house.rows} == {
        staying: (None, None),
        owing: ("check_out", f"Stay {owing} cannot check out: window 1 still owes 84.00."),
    }


def test_arrivals_and_departures_of_an_earlier_day_are_overdue_until_they_are_seen_to(house: House) -> None:
    late = house.book(0, 3)
    over = house.arrive(departure=0, room="101", nature="complimentary")
    today = house.book(1, 2)
    house.do(business_day.roll, AUDITOR)
    seen = look(house)
    assert {row.stay_id: (row.overdue, row.refusal and row.refusal.code) for row in seen.arrivals.rows} == {
        late: (True, None),
        today: (False, None),
    }
    assert (seen.arrivals.overdue, seen.departures.overdue) == (1, 1)
    (row,) = seen.departures.rows
    assert (row.stay_id, row.overdue, row.refusal and row.refusal.code) == (over, True, "stay.departure_blocked")


def test_a_row_tells_money_limit_notes_and_disputes_of_all_windows(house: House) -> None:
    company = house.do(companies.add_company, CLERK, code="ACME", name="Company A").id
    stay = house.book(0, 2, room="101", company_id=company, adults=2, children=1, remark="Late", payment_method="card")
    house.do(deposits.take_deposit, stay, code="VISA", amount=euro("50.00"), origin=Origin(CLERK))
    (row,) = look(house).arrivals.rows
    assert (row.deposit_minor, row.balance_minor, row.folio_id) == (5000, 0, None)
    house.check_in(stay)
    house.do(windows.open_window, stay, CLERK, house_limit_minor=10_000)
    house.charge(stay, "80.00", window=2)
    house.charge(stay, "100.00")
    first = house.charge(stay, "20.00")
    dispute(house, house.window(stay), posting(house, first.voucher_id))
    note(house, "stay", stay, due_on=day(0))
    note(house, "stay", stay, due_on=day(1))
    note(house, "guest", house.guest)
    note(house, "guest", stay + 1000, due_on=day(0))
    note(house, "stay", stay, due_on=day(0), done_by=CLERK, done_at=clock.now())
    (row,) = look(house).in_house.rows
    assert (row.balance_minor, row.limit_percent, row.deposit_minor) == (15_000, 80, 0)
    assert (row.notes, row.traces, row.disputes, row.has_remark) == (4, 1, 1, True)
    assert (row.company, row.room, row.room_type, row.adults, row.children, row.nights) == (
        "Company A",
        "101",
        "STD",
        2,
        1,
        2,
    )
    assert (row.guest, row.folio_id, row.standing) == ("Guest, Mr.", house.window(stay), "stay_over")


def test_the_lists_are_narrowed_by_what_is_typed(house: House) -> None:
    other = house.do(guests.add_guest, CLERK, surname="Gäste", first_names="Élan").id
    company = house.do(companies.add_company, CLERK, code="ACME", name="Company A").id
    first = house.arrive(room="101", company_id=company)
    second = house.arrive(room="102", guest_id=other)

    def group(session: Any) -> None:
        folio = open_folio(session, type="master", name="Congress", operator=CLERK)
        made = StayGroup(code="CON", name="Congress", folio_id=folio.id)
        session.add(made)
        session.flush()
        session.add(GroupMember(stay_id=second, group_id=made.id))

    house.do(group)
    found = {
        "gaste": [second],
        "ÉLAN": [second],
        "company a": [first],
        "con": [second],
        "102": [second],
        str(first): [first, second] if str(first) in "12" else [first],
        "%": [],
        "_": [],
        "nobody": [],
        "": [first, second],
        "\x00": [first, second],
        "9" * 30: [],
    }
    for text, expected in found.items():
        seen = look(house, text=text)
        if text != str(first):  # the number of the stay may be part of a room's
            assert (ids(seen.in_house.rows), seen.in_house.total) == (expected, len(expected)), text
        assert first in ids(look(house, text=str(first)).in_house.rows)
    (row,) = look(house, text="con").in_house.rows
    assert row.group == "CON"


def test_a_list_is_read_page_by_page_in_the_order_of_the_rooms(house: House) -> None:
    there = [house.arrive(room=number) for number in ("104", "102", "101", "103")]
    with db.reading(house.sessions) as session:
        pages = [desk.desk_list(session, "in_house", first=first, most=3) for first in (0, 3, 6)]
    assert [[row.room for row in page.rows] for page in pages] == [["101", "102", "103"], ["104"], []]
    assert [(page.total, page.more) for page in pages] == [(4, True), (4, False), (4, False)]
    assert sorted(there) == sorted(ids(pages[0].rows) + ids(pages[1].rows))


def test_a_thousand_guests_in_house_take_no_more_statements_than_one(house: House) -> None:
    counts = [_statements_of_a_page(house, house.arrive(departure=0, room="101"))]
    many = 300

    def fill(session: Any) -> list[int]:
        new = [rooms.NewRoom(f"{number}", house.standard, "9") for number in range(1000, 1000 + many)]
        entered = rooms.add_rooms(session, new, CLERK)
        wanted = [house.booking(0, each.id % 3, room_id=each.id) for each in entered]
        return [stay.id for stay in reservations.book_all(session, wanted, CLERK)]

    booked = house.do(fill)
    house.do(stays.check_in_all, [CheckIn(stay) for stay in booked], CLERK)
    counts.append(_statements_of_a_page(house, booked[-1], most=1000))
    assert counts[0] == counts[1] <= 8
    assert look(house).in_house.total == many + 1
    assert len(look(house).in_house.rows) == 100


def _statements_of_a_page(house: House, stay: int, **wanted: Any) -> int:
    with statements(house.engine) as sent:
        seen = look(house, **wanted)
    assert stay in ids(seen.in_house.rows)
    return len([each for each in sent if not each.startswith("SET ")])


# --- the head of a stay ---------------------------------------------------------------------------------------


def test_the_head_of_a_stay_tells_whose_it_is_and_what_it_owes(house: House) -> None:
    company = house.do(companies.add_company, CLERK, code="ACME", name="Company A").id
    stay = house.arrive(departure=2, room="101", company_id=company, payment_method="card", agent="Agency")
    house.do(windows.open_window, stay, CLERK, name="Company A", house_limit_minor=None)
    house.charge(stay, "30.00")
    taken = house.charge(stay, "84.00", window=2)
    dispute(house, house.window(stay, 2), posting(house, taken.voucher_id))
    note(house, "stay", stay, due_on=day(0))
    with db.reading(house.sessions) as session, statements(house.engine) as sent:
        head = stay_head(session, stay)
    assert len([each for each in sent if not each.startswith("SET ")]) == 5
    assert (head.guest.name, head.room and head.room.number, head.room_type.code, head.rate.code) == (
        "Guest, Mr.",
        "101",
        "STD",
        "BAR",
    )
    assert head.prices == ((day(0), minor("100.00")), (day(1), minor("100.00")))
    assert (head.balance_minor, head.limit_minor, head.company and head.company.name) == (11_400, 200_000, "Company A")
    assert [(each.window, each.owner, each.balance_minor, each.disputes) for each in head.windows] == [
        (1, "Guest, Mr.", 3000, 0),
        (2, "Company A", 8400, 1),
    ]
    assert (head.notes, head.traces, head.disputes, head.standing) == (1, 1, 1, "stay_over")


def test_the_head_of_a_stay_that_has_not_begun_shows_its_deposit(house: House) -> None:
    stay = house.book(1, 2)
    house.do(deposits.take_deposit, stay, code="VISA", amount=euro("50.00"), origin=Origin(CLERK))
    with db.reading(house.sessions) as session:
        head = stay_head(session, stay)
    assert (head.windows, head.balance_minor, head.deposit_minor, head.room, head.group) == ((), 0, 5000, None, None)


def test_the_head_of_a_stay_that_is_not_there_is_refused(house: House) -> None:
    with pytest.raises(StayUnknown), db.reading(house.sessions) as session:
        stay_head(session, 4711)


# --- the lines of a folio -------------------------------------------------------------------------------------


def told(each: FolioLine) -> tuple[str, int, int]:
    return each.code, each.amount_minor, each.balance_minor


def test_lines_run_with_their_balance_and_taxes_stand_under_what_they_belong_to(house: House) -> None:
    stay = house.arrive(room="101")
    folio = house.window(stay)
    house.charge_nights(stay)
    house.pay(stay, "40.00")
    seen = lines(house, folio)
    room, paid = seen.lines
    assert room.code == "ROOM"
    assert room.total_minor == room.amount_minor + sum(each.amount_minor for each in room.generated) == 10_000
    assert [each.parent_line for each in room.generated] == [room.line] * len(room.generated)
    assert (room.balance_minor, told(paid)) == (10_000, ("VISA", -4000, 6000))
    assert (seen.opening_minor, seen.closing_minor, seen.hidden) == (0, 6000, 0)
    assert (paid.cashier, paid.other_folio, paid.kind, room.left_minor) == (CLERK, "VISA", "payment", room.amount_minor)


def test_a_line_tells_what_became_of_it(house: House) -> None:
    stay = house.arrive(room="101")
    house.do(windows.open_window, stay, CLERK)
    first, second = house.window(stay), house.window(stay, 2)
    taken = house.charge(stay, "30.00")
    one = posting(house, taken.voucher_id)
    house.do(transfers.transfer, first, second, [(one, 1000)], Origin(CLERK))
    house.do(corrections.correct, first, taken.voucher_id, Origin(CLERK), "mistyped", [(one, 500)])
    house.do(corrections.allow, first, taken.voucher_id, Origin(CLERK), "cold soup", [(one, 300)])
    dispute(house, first, one)
    with db.reading(house.sessions) as session:
        both = desk.lines_of_folios(session, [first, second])
    charged = both[first].lines[0]
    assert (charged.left_minor, charged.moved_minor, charged.corrected_minor, charged.allowed_minor) == (
        sum(each.left_minor for each in (charged,)),
        1000 - sum(each.moved_minor for each in charged.generated),
        500 - sum(each.corrected_minor for each in charged.generated),
        300 - sum(each.allowed_minor for each in charged.generated),
    )
    assert sum(each.left_minor for each in (charged, *charged.generated)) == 1200
    assert charged.disputed
    corrected = next(each for each in both[first].lines if each.kind == "correction")
    assert (corrected.corrects_voucher_id, corrected.reason, corrected.left_minor) == (
        taken.voucher_id,
        "mistyped",
        0,
    )
    assert both[first].closing_minor == 1200
    moved = both[second].lines[0]
    assert (moved.kind, moved.total_minor, moved.source_posting_id, moved.other_folio_id) == (
        "transfer",
        1000,
        one,
        first,
    )
    assert moved.left_minor + sum(each.left_minor for each in moved.generated) == 1000


def test_a_filter_hides_lines_and_never_their_part_of_the_balance(house: House) -> None:
    stay = house.arrive(departure=3, room="101")
    folio = house.window(stay)
    house.charge(stay, "30.00")
    house.end_day()
    house.charge(stay, "12.00", code="BAR")
    house.pay(stay, "40.00")
    seen = lines(house, folio, code="BAR")
    (drink,) = seen.lines
    assert (drink.code, drink.balance_minor, seen.closing_minor, seen.hidden) == ("BAR", 14_200, 10_200, 3)
    assert {code for code, _ in seen.codes} >= {"RESTAURANT", "ROOM", "BAR", "VISA"}
    assert seen.cashiers == (AUDITOR, CLERK)
    assert [each.code for each in lines(house, folio, operator=AUDITOR).lines] == ["ROOM"]
    today = lines(house, folio, first=day(1))
    assert (today.opening_minor, [each.code for each in today.lines]) == (13_000, ["BAR", "VISA"])
    yesterday = lines(house, folio, last=day(0))
    assert (yesterday.closing_minor, yesterday.codes[0][0] in ("RESTAURANT", "ROOM", "VAT")) == (13_000, True)


def test_a_control_folio_is_shown_from_the_open_day_on(house: House) -> None:
    stay = house.arrive(departure=3, room="101")
    house.charge(stay, "30.00")
    house.end_day()
    house.charge(stay, "12.00")
    with db.reading(house.sessions) as session:
        restaurant = session.get(Posting, posting(house, house.charge(stay, "1.00").voucher_id)).credit_folio_id  # type: ignore[union-attr]
    seen = lines(house, restaurant)
    assert seen.first == day(1)
    assert seen.opening_minor < 0
    assert len(seen.lines) == 2
    assert seen.closing_minor == seen.opening_minor + sum(each.amount_minor for each in seen.lines)


def test_five_hundred_lines_in_eight_windows_take_four_statements(house: House) -> None:
    stay = house.arrive(room="101")
    for _ in range(7):
        house.do(windows.open_window, stay, CLERK)
    folios = [house.window(stay, number) for number in range(1, 9)]
    batch = [
        (Charge(folios[number % 8], (ChargeLine("RESTAURANT", euro("0.10")),)), Origin(CLERK)) for number in range(500)
    ]
    house.do(charge_all, batch)
    with db.reading(house.sessions) as session, statements(house.engine) as sent:
        seen = desk.lines_of_folios(session, folios)
    assert sum(len(each.lines) for each in seen.values()) == 500
    assert len([each for each in sent if not each.startswith("SET ")]) == 4
    (row,) = house.rows(Stay, id=stay)
    assert row.status == "in_house"


def test_lines_of_a_folio_that_is_not_there_are_refused(house: House) -> None:
    with pytest.raises(FolioUnknown):
        lines(house, 4711)
