"""The till's Z-report: check by check against the books, with what the desk did to them beside it."""

from __future__ import annotations

from folios.corrections import correct
from folios.drafts import Origin
from pos_bridge.checks import Answer
from pos_bridge.models.messages import ZReport
from pos_bridge.requests import Sender
from pos_bridge.z_reports import ZCheck, ZTotals, report
from tests.frontoffice.house import CLERK, at_once, day, minor
from tests.pos_bridge.tills import Tills


def totals(number: str, total: str, *checks: tuple[str, str], **facts: object) -> ZTotals:
    listed = tuple(ZCheck(check, minor(amount)) for check, amount in checks)
    return ZTotals(number, minor(total), listed, **facts)  # type: ignore[arg-type]


def close(tills: Tills, sent: ZTotals, key: str = "z1", terminal: str = "BAR1") -> tuple[Answer, ZReport | None]:
    return report(tills.sessions, Sender(terminal), key, sent)


def test_a_till_that_agrees_with_the_books_is_told_so(tills: Tills) -> None:
    tills.arrive(room="101")
    tills.send(tills.drinks("12.00", check_number="1"), "a")
    tills.send(tills.drinks("8.00", check_number="2"), "b")
    tills.void("b", "3.00", "c")
    answer, kept = close(tills, totals("Z7", "17.00", ("1", "12.00"), ("2", "5.00")))
    assert answer.text == "The till and the books agree."
    assert kept is not None
    assert (kept.till_minor, kept.books_minor, kept.differences) == (1700, 1700, [])


def test_the_checks_that_differ_are_named_with_both_amounts(tills: Tills) -> None:
    tills.arrive(room="101")
    tills.send(tills.drinks("12.00", check_number="1"), "a")
    tills.send(tills.drinks("8.00", check_number="2"), "b")
    tills.send(tills.drinks("99.00", check_number="9"), "c", "BAR2")
    answer, kept = close(tills, totals("Z7", "19.00", ("1", "14.00"), ("3", "5.00")))
    assert kept is not None
    assert kept.differences == [["1", 1400, 1200], ["2", None, 800], ["3", 500, None]]
    assert answer.text == "3 checks differ, by 1.00 EUR in all."


def test_what_the_desk_took_back_stands_beside_and_is_no_difference(tills: Tills) -> None:
    stay = tills.arrive(room="101")
    sent = tills.send(tills.drinks("12.00", check_number="1"), "a")
    tills.do(correct, tills.window(stay), sent.voucher_id, Origin(CLERK), "wrong room")
    _, kept = close(tills, totals("Z7", "12.00", ("1", "12.00")))
    assert kept is not None
    assert (kept.differences, kept.content["desk_minor"]) == ([], 1200)
    assert (kept.content["control"], kept.content["control_minor"]) == ("C-BAR", 0)
    assert kept.content["control_outlet_minor"] == 1000


def test_a_z_report_is_taken_once_for_its_key_and_its_number(tills: Tills) -> None:
    sent = totals("Z7", "0.00")
    first, again = close(tills, sent)[0], close(tills, sent)[0]
    assert (again.replayed, again.text) == (True, first.text)
    taken, kept = close(tills, sent, "z2")
    assert (taken.refusal, kept) == ("z_report.number_taken", None)
    answers = at_once([lambda key=key: close(tills, totals("Z8", "0.00"), key)[0].outcome for key in ("p", "q")])
    assert sorted(map(str, answers)) == ["done", "refused"]


def test_a_z_report_that_is_wrong_in_itself_is_refused(tills: Tills) -> None:
    assert close(tills, totals("Z1", "5.00", ("1", "4.00")), "a")[0].refusal == "z_report.sum_mismatch"
    assert close(tills, totals("Z2", "0.00", business_date=day(5)), "b")[0].refusal == "day.not_ready"
    assert close(tills, totals("Z3", "0.00", currency="USD"), "c")[0].refusal == "currency.mismatch"


def test_a_day_that_is_over_can_be_reported_late(tills: Tills) -> None:
    tills.arrive(room="101")
    tills.send(tills.drinks("12.00", check_number="1"), "a")
    tills.end_day()
    _, kept = close(tills, totals("Z1", "12.00", ("1", "12.00"), business_date=day(0)))
    assert kept is not None
    assert (kept.business_date, kept.differences) == (day(0), [])
