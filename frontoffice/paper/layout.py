"""How a bill looks: head, recipient, facts, lines, sums, taxes, foot; all places in mm from the top left corner.

A sheet is composed into rows that know their height, the rows are dealt out over pages, and then drawn: so each page
knows how many there are, and what it carries forward.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import accumulate

from PIL import Image

from frontoffice.bills import BillLine, Settlement
from frontoffice.paper import words
from frontoffice.paper.fonts import Pen
from frontoffice.paper.sheets import Sheet
from frontoffice.paper.words import Wording

MARGIN = 20.0
TOP = 16.0
LOGO_WIDTH, LOGO_HEIGHT = 60.0, 22.0
WINDOW = 50.0  # where the recipient begins, as the window of an envelope shows it
ADDRESS_WIDTH = 82.0
FACTS_AT = 62.0  # from the right margin
PAGE_NUMBER = 10.0  # from the bottom edge
BLACK, GREY, LIGHT = 25, 105, 200

NORMAL, SMALL, TINY = 9.0, 8.0, 7.0
ROW, WRAPPED, SMALL_ROW, TINY_ROW = 5.4, 4.2, 3.9, 3.2
CARRIED_ROW = ROW + 0.8
BASELINE = 3.7  # of a row of normal size, from its top
DATE_WIDTH, QUANTITY_WIDTH, PRICE_WIDTH, AMOUNT_WIDTH = 27.0, 18.0, 25.0, 32.0
INDENT = 4.0
KEPT_TOGETHER = 45.0  # of what follows the total, on its page


@dataclass(slots=True)
class Row:
    """Something drawn in one piece. `need` is the room it wants below it, `carried` the sum once a line is told."""

    height: float
    draw: Callable[[float], None]
    need: float = 0.0
    carried: int | None = None


def lay_out(pen: Pen, say: Wording, sheet: Sheet, paper: str) -> None:
    """Draws a sheet on new pages of the pen's document."""
    Page(pen, say, sheet, paper).compose()


class Page:
    """One sheet being drawn: its page, its columns, and where the next thing goes."""

    def __init__(self, pen: Pen, say: Wording, sheet: Sheet, paper: str) -> None:
        self.pen, self.say, self.sheet, self.paper = pen, say, sheet, paper
        self.bill = sheet.bill
        pen.pdf.add_page(format=paper)
        self.width, self.height = float(pen.pdf.w), float(pen.pdf.h)
        self.left, self.right = MARGIN, self.width - MARGIN
        self.foot = self._foot_columns()
        self.bottom = self.height - PAGE_NUMBER - 6 - max(map(len, self.foot), default=0) * TINY_ROW - 3
        self.dated = self.bill.grouping in ("none", "day")
        self.counted = any(each.quantity != 1 for each in self.bill.lines)
        self.price_width = PRICE_WIDTH if self.counted and self.bill.grouping == "none" else 0.0
        title = say.say(words.TITLES[sheet.kind])
        self.title = f"{title} {sheet.number}" if sheet.number else title

    def compose(self) -> None:
        """Draws the whole sheet."""
        after_head = self._draw_head()
        after_facts = max(self._draw_recipient(after_head), self._draw_facts(after_head))
        lines, closing = self._line_rows(), self._closing_rows()
        if lines:
            lines[-1].need = closing[0].height + closing[0].need
        pages = self._dealt(lines, closing, self._draw_title(after_facts))
        for number, (y, rows) in enumerate(pages, 1):
            if number > 1:
                self.pen.pdf.add_page(format=self.paper)
                self._draw_running_head()
            places = accumulate((row.height for row in rows), initial=y)
            for place, row in zip(places, rows, strict=False):
                row.draw(place)
            self._draw_foot(number, len(pages))

    # --- dealing rows out over pages --------------------------------------------------------------------------

    def _dealt(self, lines: list[Row], closing: list[Row], top: float) -> list[tuple[float, list[Row]]]:
        """The rows of each page with where they begin; the sum is carried over between lines."""
        head, again = self._table_head(), TOP + 14
        pages: list[tuple[float, list[Row]]] = [(top, [head])]
        y, placed = top + head.height, 0
        carried: int | None = None
        for row in [*lines, *closing]:
            reserved = CARRIED_ROW if row.carried is not None else 0.0
            if placed and y + row.height + max(row.need, reserved) > self.bottom:
                turned = [head] if row.carried is not None else []
                if carried is not None and (turned or row is closing[0]):
                    pages[-1][1].append(self._carried_row(carried, ruled=True))
                    turned.append(self._carried_row(carried, ruled=not turned))
                pages.append((again, turned))
                y, placed = again + sum(each.height for each in turned), 0
            pages[-1][1].append(row)
            y, placed = y + row.height, placed + 1
            carried = carried if row.carried is None else row.carried
        return pages

    def _carried_row(self, carried: int, ruled: bool) -> Row:
        def draw(y: float) -> None:
            if ruled:
                self._rule(y + 0.4, LIGHT)
            self._write(self._text_at, y + BASELINE + 0.4, self.say.say(words.CARRIED), SMALL, colour=GREY)
            self._figure(self.right, y + BASELINE + 0.4, carried)

        return Row(CARRIED_ROW, draw)

    # --- the table --------------------------------------------------------------------------------------------

    @property
    def _text_at(self) -> float:
        return self.left + (DATE_WIDTH if self.dated else 0)

    @property
    def _price_at(self) -> float:
        return self.right - AMOUNT_WIDTH

    @property
    def _text_width(self) -> float:
        until = self._price_at - (QUANTITY_WIDTH + self.price_width if self.counted else 0)
        return until - self._text_at - 2

    def _table_head(self) -> Row:
        labels = words.COLUMNS

        def draw(y: float) -> None:
            baseline = y + 3.2
            if self.dated:
                self._write(self.left, baseline, self.say.say(labels["date"]), SMALL, colour=GREY)
            self._write(self._text_at, baseline, self.say.say(labels["text"]), SMALL, colour=GREY)
            if self.counted:
                quantity, price = self.say.say(labels["quantity"]), self.say.say(labels["price"])
                self._write(self._price_at - self.price_width, baseline, quantity, SMALL, align="R", colour=GREY)
                if self.price_width:
                    self._write(self._price_at, baseline, price, SMALL, align="R", colour=GREY)
            amount = self.say.say(labels["amount"], currency=self.bill.currency)
            self._write(self.right, baseline, amount, SMALL, align="R", colour=GREY)
            self._rule(y + 5, BLACK)

        return Row(6.2, draw)

    def _line_rows(self) -> list[Row]:
        rows = []
        running = 0
        for line in self.bill.lines:
            running += line.gross_minor
            rows.append(self._line_row(line, running))
        return rows

    def _line_row(self, line: BillLine, running: int) -> Row:
        indent = INDENT if line.follows else 0.0
        told = self.say.say(words.OF_THE_DAY) if line.text is None else line.text
        if line.kind in words.LINE_KINDS and line.gross_minor < 0:
            told = self.say.say(words.LINE_KINDS[line.kind], text=told)
        wrapped = self.pen.wrap(
            f"{told} · {line.reference}" if line.reference else told, NORMAL, self._text_width - indent
        )
        colour = GREY if line.follows else BLACK

        def draw(y: float) -> None:
            baseline = y + BASELINE
            if self.dated and not line.follows:
                self._write(self.left, baseline, self.say.day(line.date), NORMAL)
            for number, text in enumerate(wrapped):
                self._write(self._text_at + indent, baseline + number * WRAPPED, text, NORMAL, colour=colour)
            if self.counted and line.quantity != 1:
                quantity = str(line.quantity)
                self._write(self._price_at - self.price_width, baseline, quantity, NORMAL, align="R", colour=colour)
                if line.unit_minor is not None and self.price_width:
                    self._figure(self._price_at, baseline, line.unit_minor, colour=colour)
            self._figure(self.right, baseline, line.gross_minor, colour=colour)

        return Row(ROW + (len(wrapped) - 1) * WRAPPED, draw, carried=running)

    # --- sums, settlement, taxes --------------------------------------------------------------------------------

    def _closing_rows(self) -> list[Row]:
        bill, sheet = self.bill, self.sheet
        rows = [self._sum_row(self.say.say(words.TOTAL), bill.total_minor, strong=True)]
        if sheet.kind != "credit_note":
            if bill.brought_forward_minor:
                rows.append(self._sum_row(self.say.say(words.BROUGHT_FORWARD), bill.brought_forward_minor))
            rows += [self._settlement_row(each) for each in bill.settlements]
            rows.append(self._sum_row(self.say.say(self._balance_label()), abs(bill.balance_minor), strong=True))
            rows[-2].need = rows[-1].height
            rows[0].need = min(sum(row.height for row in rows[1:]), KEPT_TOGETHER)
        if bill.taxes:
            rows.append(self._tax_rows())
        note = None if sheet.kind in ("invoice", "credit_note") else words.NO_INVOICE
        if note is not None:
            rows.append(self._note_row(self.say.say(note)))
        return rows

    def _balance_label(self) -> str:
        if not self.bill.balance_minor:
            return words.BALANCE
        return words.BALANCE_DUE if self.bill.balance_minor > 0 else words.BALANCE_IN_FAVOUR

    def _sum_row(self, label: str, minor: int, strong: bool = False) -> Row:
        size = 10.0 if strong else NORMAL

        def draw(y: float) -> None:
            if strong:
                self._rule(y + 1, BLACK)
            baseline = y + (6.2 if strong else BASELINE)
            self._write(self._text_at, baseline, label, size, bold=strong)
            self._figure(self.right, baseline, minor, size, bold=strong)

        return Row(8.4 if strong else ROW, draw)

    def _settlement_row(self, each: Settlement) -> Row:
        told = each.text
        if each.kind == "payment":
            told = self.say.say(words.PAID if each.amount_minor < 0 else words.REFUND, text=told)
        elif each.kind == "opening":
            told = self.say.say(words.BROUGHT_FORWARD)
        told = f"{told} · {each.reference}" if each.reference else told
        before = self.left if self.dated else self._text_at
        wrapped = self.pen.wrap(told if self.dated else f"{self.say.day(each.date)}  {told}", NORMAL, self._text_width)

        def draw(y: float) -> None:
            baseline = y + BASELINE
            if self.dated:
                self._write(before, baseline, self.say.day(each.date), NORMAL)
            for number, text in enumerate(wrapped):
                self._write(self._text_at, baseline + number * WRAPPED, text, NORMAL)
            self._figure(self.right, baseline, each.amount_minor)

        return Row(ROW + (len(wrapped) - 1) * WRAPPED, draw)

    def _tax_rows(self) -> Row:
        """The tax table in one piece: name and rate on the left, the figures in columns of equal width."""
        step = 28.0
        places = [self.right - 3 * step, self.right - 2 * step, self.right - step, self.right]
        heads = [self.say.say(label, currency=self.bill.currency) for label in words.TAX_COLUMNS]
        rows = []
        for each in self.bill.taxes:
            name = each.name or self.say.say(words.NO_TAX)
            rate = "" if each.rate_ppm is None or not each.code else self.say.rate(each.rate_ppm)
            net = None if each.rate_ppm is None else each.net_minor
            rows.append((self.pen.wrap(name, SMALL, places[0] - 18 - self.left)[0], rate, net, each))

        def draw(y: float) -> None:
            y += 7
            self._write(self.left, y + 3, heads[0], SMALL, colour=GREY)
            for place, head in zip(places, heads[1:], strict=True):
                self._write(place, y + 3, head, SMALL, align="R", colour=GREY)
            self._rule(y + 4.6, LIGHT)
            for number, (name, rate, net, each) in enumerate(rows):
                baseline = y + 8.6 + number * 4.5
                self._write(self.left, baseline, name, SMALL)
                self._write(places[0], baseline, rate, SMALL, align="R")
                figures = (net, each.tax_minor if each.code else None, each.gross_minor)
                for place, figure in zip(places[1:], figures, strict=True):
                    if figure is not None:
                        self._figure(place, baseline, figure, SMALL)

        return Row(7 + 6.5 + len(rows) * 4.5, draw)

    def _note_row(self, text: str) -> Row:
        wrapped = self.pen.wrap(text, SMALL, self.right - self.left)

        def draw(y: float) -> None:
            for number, line in enumerate(wrapped):
                self._write(self.left, y + 9 + number * SMALL_ROW, line, SMALL, colour=GREY)

        return Row(9 + len(wrapped) * SMALL_ROW, draw)

    # --- head and foot ----------------------------------------------------------------------------------------

    def _draw_head(self) -> float:
        """The letterhead, on the right; a logo or the hotel's name on the left. Returns where it ends."""
        head = self.sheet.letterhead
        y = TOP
        lines = [
            each for each in (head.company_name if head.company_name != head.hotel else None, head.address) if each
        ]
        town = " ".join(part for part in (head.postal_code, head.city) if part)
        lines += [each for each in (town, head.phone, head.email, head.website) if each]
        if self.sheet.logo is not None:
            ends = self._draw_logo(self.sheet.logo)
            self._write(self.right, y + 3.2, head.hotel, 10.0, bold=True, align="R")
            y += 5.2
        else:
            width = self.right - self.left - (70 if lines else 0)
            for line in self.pen.wrap(head.hotel, 18.0, width, bold=True):
                self._write(self.left, y + 5.6, line, 18.0, bold=True)
                y += 7.6
            ends, y = y, TOP
        for line in [part for each in lines for part in self.pen.wrap(each, SMALL, 68.0)]:
            self._write(self.right, y + 2.8, line, SMALL, align="R", colour=GREY)
            y += SMALL_ROW
        return max(y, ends, WINDOW - 6) + 6

    def _draw_logo(self, picture: bytes) -> float:
        with Image.open(BytesIO(picture), formats=("PNG",)) as opened:
            wide, high = opened.size
        scale = min(LOGO_WIDTH / wide, LOGO_HEIGHT / high)
        self.pen.pdf.image(BytesIO(picture), self.left, TOP, wide * scale, high * scale)
        return TOP + high * scale

    def _draw_recipient(self, y: float) -> float:
        to = self.sheet.recipient
        town = " ".join(part for part in (to.postal_code, to.city) if part)
        abroad = to.country if to.country != self.sheet.letterhead.country else None
        lines = [(to.name, True), (to.address, False), (town, False)]
        lines.append((self.say.country(abroad) if abroad else None, False))
        for told, bold in lines:
            for line in self.pen.wrap(told, 10.0, ADDRESS_WIDTH, bold) if told else ():
                self._write(self.left, y + 3.5, line, 10.0, bold=bold)
                y += 4.9
        if to.vat_number:
            number = self.say.say(words.VAT_NUMBER, number=to.vat_number)
            self._write(self.left, y + 4.5, number, SMALL, colour=GREY)
            y += 6
        return y

    def _draw_facts(self, y: float) -> float:
        stay, say = self.bill.stay, self.say
        facts = [("date", say.day(self.sheet.day))]
        if stay is not None:
            facts += [("guest", stay.guest)] if stay.guest != self.sheet.recipient.name else []
            facts += [("room", stay.room)] if stay.room else []
            facts += [("arrival", say.day(stay.arrival)), ("departure", say.day(stay.departure)), ("stay", stay.number)]
        facts.append(("folio", self.bill.folio))
        label_at = self.right - FACTS_AT
        labels = {name: say.say(words.FACTS[name]) for name, _ in facts}
        widest = max(self.pen.width(label, SMALL) for label in labels.values())
        for name, told in facts:
            self._write(label_at, y + 3.5, labels[name], SMALL, colour=GREY)
            for line in self.pen.wrap(told, NORMAL, FACTS_AT - widest - 3):
                self._write(self.right, y + 3.5, line, NORMAL, align="R")
                y += 4.7
        return y

    def _draw_title(self, y: float) -> float:
        """The title, what it refers to, and COPY where it is one. Returns where the table begins."""
        y = max(y + 10, WINDOW + 44)
        copy = self._copy()
        room = self.right - self.left - (self.pen.width(copy, 12.0, bold=True) + 6 if copy else 0)
        if copy:
            self._write(self.right, y + 5, copy, 12.0, bold=True, align="R", colour=GREY)
        for line in self.pen.wrap(self.title, 16.0, room, bold=True):
            self._write(self.left, y + 5, line, 16.0, bold=True)
            y += 7.4
        for line in [part for each in self._under_title() for part in self.pen.wrap(each, NORMAL, room)]:
            self._write(self.left, y + 3, line, NORMAL)
            y += 4.6
        return y + 4

    def _copy(self) -> str:
        if not self.sheet.copy:
            return ""
        return self.say.say(words.COPY if self.sheet.copy == 1 else words.COPY_NUMBER, copy=self.sheet.copy)

    def _under_title(self) -> Sequence[str]:
        told = []
        if self.sheet.credits is not None:
            number, day = self.sheet.credits
            told.append(self.say.say(words.CREDITED, number=number, day=self.say.day(day)))
        if self.sheet.reason:
            told.append(self.say.say(words.REASON, reason=self.sheet.reason))
        first, last = (each and self.say.day(each) for each in (self.bill.first, self.bill.last))
        if first or last:
            period = words.PERIOD if first and last else words.SINCE if first else words.UNTIL
            told.append(self.say.say(period, first=first, last=last))
        return told

    def _draw_running_head(self) -> None:
        self._write(self.left, TOP + 3, self.sheet.letterhead.hotel, SMALL, bold=True)
        copy = self._copy()
        self._write(self.right, TOP + 3, f"{self.title} · {copy}" if copy else self.title, SMALL, align="R")
        self._rule(TOP + 6, LIGHT)

    def _foot_columns(self) -> list[list[str]]:
        """The texts of the foot, each in a column of its own: the firm, its bank, what else is said."""
        head = self.sheet.letterhead
        vat = self.say.say(words.VAT_NUMBER, number=head.vat_number) if head.vat_number else None
        firm = "\n".join(part for part in (head.company_name or head.hotel, head.registration, vat) if part)
        texts = [text for text in (firm, head.bank, head.footer) if text]
        width = (self.right - self.left) / max(len(texts), 1) - 5
        return [self.pen.wrap(text, TINY, width) for text in texts]

    def _draw_foot(self, page: int, pages: int) -> None:
        top = self.bottom + 3
        self._rule(top, LIGHT)
        width = (self.right - self.left) / max(len(self.foot), 1)
        for number, lines in enumerate(self.foot):
            for row, line in enumerate(lines):
                baseline = top + 4 + row * TINY_ROW
                self._write(self.left + number * width, baseline, line, TINY, colour=GREY)
        told = self.say.say(words.PAGE, page=page, pages=pages)
        self._write(self.right, self.height - PAGE_NUMBER, told, TINY, align="R", colour=GREY)

    # --- drawing ----------------------------------------------------------------------------------------------

    def _write(
        self,
        x: float,
        baseline: float,
        text: str,
        size: float,
        *,
        bold: bool = False,
        align: str = "L",
        colour: int = BLACK,
    ) -> None:
        self.pen.pdf.set_text_color(colour)
        self.pen.write(x, baseline, text, size, bold, align)

    def _figure(
        self, x: float, baseline: float, minor: int, size: float = NORMAL, *, bold: bool = False, colour: int = BLACK
    ) -> None:
        text = self.say.amount(minor, self.bill.currency)
        self._write(x, baseline, text, size, bold=bold, align="R", colour=colour)

    def _rule(self, y: float, colour: int) -> None:
        self.pen.pdf.set_draw_color(colour)
        self.pen.pdf.set_line_width(0.2)
        self.pen.pdf.line(self.left, y, self.right, y)
