"""A bill, invoice or credit note as a page shows it: texts and figures in the guest's language, ready to stand there.

It says what the paper says, in the paper's words; how the paper is laid out in millimetres is `paper`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fpdf import FPDF

from frontoffice.bill_lines import BillLine, TaxLine
from frontoffice.bills import Bill, Settlement
from frontoffice.paper import words
from frontoffice.paper.fonts import MOST_NAMED, PaperFontMissing, Pen
from frontoffice.paper.sheets import Sheet
from frontoffice.paper.words import Wording


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the bill or of what settles it; a day is empty where the bill is not in the order of days."""

    day: str
    text: str
    quantity: str
    price: str
    amount: str
    follows: bool = False
    below_zero: bool = False


@dataclass(frozen=True, slots=True)
class BillPage:
    """What stands on the page, from the top down. `heads` are those of `lines`; the tax table has its own."""

    language: str
    right_to_left: bool
    title: str
    copy: str
    hotel: str
    letterhead: tuple[str, ...]
    recipient: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    under_title: tuple[str, ...]
    heads: dict[str, str]
    dated: bool
    counted: bool
    priced: bool
    lines: tuple[Row, ...]
    total: tuple[str, str]
    settlements: tuple[Row, ...]
    balance: tuple[str, str] | None
    tax_heads: tuple[str, ...]
    taxes: tuple[tuple[str, ...], ...]
    note: str
    foot: tuple[str, ...]
    logo_sha256: str | None

    def texts(self) -> Iterator[str]:
        """Everything a person wrote that stands on it."""
        yield from (self.hotel, *self.letterhead, *self.recipient, *self.under_title, *self.foot)
        yield from (told for _label, told in self.facts)
        yield from (row.text for row in (*self.lines, *self.settlements))
        yield from (row[0] for row in self.taxes)


def bill_page(sheet: Sheet) -> BillPage:
    """The page of what would be drawn from the same sheet."""
    say = Wording(sheet.language, words.translator(sheet.language), lambda _text: True)
    bill, head = sheet.bill, sheet.letterhead
    title = say.say(words.TITLES[sheet.kind])
    settled = sheet.kind != "credit_note"
    dated = bill.grouping in ("none", "day")
    counted = any(each.quantity != 1 for each in bill.lines)
    town = " ".join(part for part in (head.postal_code, head.city) if part)
    vat = say.say(words.VAT_NUMBER, number=head.vat_number) if head.vat_number else None
    return BillPage(
        language=str(say.locale).replace("_", "-"),
        right_to_left=say.locale.text_direction == "rtl",
        title=f"{title} {sheet.number}" if sheet.number else title,
        copy=_copy(say, sheet),
        hotel=head.hotel,
        letterhead=_there(
            head.company_name if head.company_name != head.hotel else None,
            head.address,
            town,
            head.phone,
            head.email,
            head.website,
        ),
        recipient=_recipient(say, sheet),
        facts=tuple(_facts(say, sheet)),
        under_title=tuple(_under_title(say, sheet)),
        heads={name: say.say(text, currency=bill.currency) for name, text in words.COLUMNS.items()},
        dated=dated,
        counted=counted,
        priced=counted and bill.grouping == "none",
        lines=tuple(_line(say, bill, each, dated) for each in bill.lines),
        total=(say.say(words.TOTAL), say.amount(bill.total_minor, bill.currency)),
        settlements=tuple(_settlements(say, bill)) if settled else (),
        balance=_balance(say, bill) if settled else None,
        tax_heads=tuple(say.say(text, currency=bill.currency) for text in words.TAX_COLUMNS),
        taxes=tuple(_tax(say, bill, each) for each in bill.taxes),
        note="" if sheet.kind in ("invoice", "credit_note") else say.say(words.NO_INVOICE),
        foot=_there(head.company_name or head.hotel, head.registration, vat, head.bank, head.footer),
        logo_sha256=head.logo_sha256,
    )


def unreadable_on_paper(page: BillPage) -> PaperFontMissing | None:
    """What the paper will show as boxes because no font here has it, to be said before it is printed."""
    pen = Pen(FPDF(unit="mm"))
    pen.speak(page.language)
    characters = set().union(*page.texts())
    missing = sorted(each for each in characters if not pen.readable(each))
    if not missing:
        return None
    return PaperFontMissing(characters=" ".join(missing[:MOST_NAMED]) + (" …" if len(missing) > MOST_NAMED else ""))


def _there(*texts: str | None) -> tuple[str, ...]:
    return tuple(text for text in texts if text)


def _copy(say: Wording, sheet: Sheet) -> str:
    if not sheet.copy:
        return ""
    return say.say(words.COPY if sheet.copy == 1 else words.COPY_NUMBER, copy=sheet.copy)


def _recipient(say: Wording, sheet: Sheet) -> tuple[str, ...]:
    to = sheet.recipient
    town = " ".join(part for part in (to.postal_code, to.city) if part)
    abroad = say.country(to.country) if to.country and to.country != sheet.letterhead.country else None
    vat = say.say(words.VAT_NUMBER, number=to.vat_number) if to.vat_number else None
    return _there(to.name, to.address, town, abroad, vat)


def _facts(say: Wording, sheet: Sheet) -> Iterator[tuple[str, str]]:
    stay = sheet.bill.stay
    yield say.say(words.FACTS["date"]), say.day(sheet.day)
    if stay is not None:
        if stay.guest != sheet.recipient.name:
            yield say.say(words.FACTS["guest"]), stay.guest
        if stay.room:
            yield say.say(words.FACTS["room"]), stay.room
        yield say.say(words.FACTS["arrival"]), say.day(stay.arrival)
        yield say.say(words.FACTS["departure"]), say.day(stay.departure)
        yield say.say(words.FACTS["stay"]), stay.number
    yield say.say(words.FACTS["folio"]), sheet.bill.folio


def _under_title(say: Wording, sheet: Sheet) -> Iterator[str]:
    if sheet.credits is not None:
        number, day = sheet.credits
        yield say.say(words.CREDITED, number=number, day=say.day(day))
    if sheet.reason:
        yield say.say(words.REASON, reason=sheet.reason)
    first, last = (each and say.day(each) for each in (sheet.bill.first, sheet.bill.last))
    if first or last:
        period = words.PERIOD if first and last else words.SINCE if first else words.UNTIL
        yield say.say(period, first=first, last=last)


def _line(say: Wording, bill: Bill, line: BillLine, dated: bool) -> Row:
    told = say.say(words.OF_THE_DAY) if line.text is None else line.text
    if line.kind in words.LINE_KINDS and line.gross_minor < 0:
        told = say.say(words.LINE_KINDS[line.kind], text=told)
    many = line.quantity != 1
    priced = many and bill.grouping == "none" and line.unit_minor is not None
    return Row(
        day=say.day(line.date) if dated and not line.follows else "",
        text=f"{told} · {line.reference}" if line.reference else told,
        quantity=str(line.quantity) if many else "",
        price=say.amount(line.unit_minor or 0, bill.currency) if priced else "",
        amount=say.amount(line.gross_minor, bill.currency),
        follows=line.follows,
        below_zero=line.gross_minor < 0,
    )


def _settlements(say: Wording, bill: Bill) -> Iterator[Row]:
    if bill.brought_forward_minor:
        amount = say.amount(bill.brought_forward_minor, bill.currency)
        yield Row("", say.say(words.BROUGHT_FORWARD), "", "", amount, below_zero=bill.brought_forward_minor < 0)
    for each in bill.settlements:
        amount = say.amount(each.amount_minor, bill.currency)
        yield Row(say.day(each.date), _settled(say, each), "", "", amount, below_zero=each.amount_minor < 0)


def _settled(say: Wording, each: Settlement) -> str:
    told = each.text
    if each.kind == "payment":
        told = say.say(words.PAID if each.amount_minor < 0 else words.REFUND, text=told)
    elif each.kind == "opening":
        told = say.say(words.BROUGHT_FORWARD)
    return f"{told} · {each.reference}" if each.reference else told


def _balance(say: Wording, bill: Bill) -> tuple[str, str]:
    owed = bill.balance_minor
    label = words.BALANCE if not owed else words.BALANCE_DUE if owed > 0 else words.BALANCE_IN_FAVOUR
    return say.say(label), say.amount(abs(owed), bill.currency)


def _tax(say: Wording, bill: Bill, tax: TaxLine) -> tuple[str, ...]:
    return (
        tax.name or say.say(words.NO_TAX),
        say.rate(tax.rate_ppm) if tax.rate_ppm is not None and tax.code else "",
        say.amount(tax.net_minor, bill.currency) if tax.rate_ppm is not None else "",
        say.amount(tax.tax_minor, bill.currency) if tax.code else "",
        say.amount(tax.gross_minor, bill.currency),
    )
