"""A bill that nobody owes: for looking at the paper while it is set up. It names no guest and stands in no book."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from sqlalchemy.orm import Session

from folios.business_day import open_date
from folios.ledger import currency
from folios.money import minor_digits
from frontoffice.bill_lines import BillLine, TaxLine
from frontoffice.bills import Bill, Recipient
from frontoffice.language import gettext as _
from frontoffice.paper import Sheet, bill_sheets


def specimen(session: Session, language: str) -> Sheet:
    """The paper as it is set up now, with a few lines on it, in `language`."""
    (sheet,) = bill_sheets(session, [_bill(open_date(session), currency(session))], language)
    return replace(sheet, reason=_("Specimen"))


def _bill(today: date, money: str) -> Bill:
    unit = 10 ** minor_digits(money)
    lines = (
        _line(today, _("Room"), 1, 100 * unit),
        _line(today, _("Breakfast"), 2, 30 * unit),
        _line(today, _("Restaurant"), 1, 48 * unit),
    )
    total = sum(each.gross_minor for each in lines)
    net = round(total / 1.1)
    return Bill(
        kind="information",
        folio_id=0,
        folio="0",
        name=_("Specimen"),
        currency=money,
        grouping="none",
        first=None,
        last=None,
        recipient=Recipient(_("Specimen"), _("Street"), "12345", _("City")),
        company=None,
        stay=None,
        brought_forward_minor=0,
        lines=lines,
        settlements=(),
        taxes=(TaxLine("TAX", _("Tax"), 100_000, net, total - net, total),),
        total_minor=total,
        paid_minor=0,
        balance_minor=total,
        posting_ids=(),
    )


def _line(day: date, text: str, quantity: int, gross_minor: int) -> BillLine:
    return BillLine(day, day, "charge", text, text, None, text, None, quantity, gross_minor, gross_minor)
