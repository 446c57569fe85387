"""What stands on an invoice is moved and corrected only after the invoice was credited: nothing is billed twice."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from folios.drafts import Origin
from folios.models import Posting
from frontoffice import companies, disputes, folio_deeds, group_stays, groups, invoices, windows
from frontoffice.billed_lines import LineInvoiced
from frontoffice.invoices import NothingToBill
from frontoffice.submissions import new_key
from tests.frontoffice.house import CLERK, House, at_once


def dinner(house: House) -> tuple[int, int, int]:
    """Two windows of a stay, and the posting of a dinner on the first."""
    stay = house.arrive(room="101")
    voucher = house.charge(stay, "40.00").voucher_id
    other = house.do(windows.open_window, stay, CLERK).folio_id
    (posting,) = house.rows(Posting, voucher_id=voucher)
    return house.window(stay), other, posting.id


def move(house: House, folio: int, other: int, *lines: int) -> None:
    house.do(folio_deeds.transfer_lines, folio, other, lines, CLERK, key=new_key())


def test_a_line_on_an_invoice_is_not_moved_split_or_corrected(house: House) -> None:
    folio, other, line = dinner(house)
    number = house.do(invoices.issue, folio, operator=CLERK).number
    deeds = (
        lambda: move(house, folio, other, line),
        lambda: move(house, folio, other),
        lambda: house.do(folio_deeds.split_line, folio, [line], {other: 1, folio: 1}, CLERK, key=new_key()),
        lambda: house.do(folio_deeds.correct_lines, folio, [line], "wrong room", CLERK, key=new_key()),
    )
    for deed in deeds:
        with pytest.raises(LineInvoiced, match=f"RESTAURANT stands on invoice {number}"):
            deed()
    assert (house.balance(folio), house.balance(other)) == ("40.00", "0.00")


def test_after_the_credit_note_it_is_moved_and_billed_there(house: House) -> None:
    folio, other, line = dinner(house)
    invoice = house.do(invoices.issue, folio, operator=CLERK)
    house.do(invoices.credit, invoice.id, "to the other window", CLERK)
    move(house, folio, other, line)
    assert house.do(invoices.issue, other, operator=CLERK).total_minor == 4000
    with pytest.raises(NothingToBill):
        house.do(invoices.issue, folio, operator=CLERK)


def test_lines_beside_an_invoiced_one_are_free(house: House) -> None:
    folio, other, _line = dinner(house)
    house.do(invoices.issue, folio, operator=CLERK)
    late = house.charge(1, "5.00").voucher_id
    (posting,) = house.rows(Posting, voucher_id=late)
    move(house, folio, other, posting.id)
    assert house.balance(other) == "5.00"


def test_a_group_and_a_dispute_leave_invoiced_lines_where_they_are(house: House) -> None:
    folio, _other, line = dinner(house)
    house.do(invoices.issue, folio, operator=CLERK)
    company = house.do(companies.add_company, CLERK, code="ACME", name="Company A").id
    group = house.do(groups.add_group, code="G", name="Group", operator=CLERK).id
    house.do(groups.add_members, group, [1], CLERK)
    with pytest.raises(LineInvoiced):
        house.do(group_stays.settle_on_master, group, None, Origin(CLERK))
    dispute = house.do(disputes.open_dispute, folio, line, "never ate it", CLERK).id
    with pytest.raises(LineInvoiced):
        house.do(disputes.move_disputed, dispute, Origin(CLERK), company_id=company)


def test_an_invoice_and_a_transfer_at_the_same_moment_never_bill_one_line_twice(house: House) -> None:
    folio, other, line = dinner(house)
    answers = at_once(
        [lambda: house.do(invoices.issue, folio, operator=CLERK), lambda: move(house, folio, other, line)]
    )
    refused = [each for each in answers if isinstance(each, Exception)]
    assert len(refused) == 1, answers
    assert isinstance(refused[0], LineInvoiced | NothingToBill)
    billed = house.do(lambda session: session.scalar(sa.text("SELECT count(*) FROM invoice_posting")))
    moved = house.balance(other) == "40.00"
    assert (billed, moved) in ((1, False), (0, True))
