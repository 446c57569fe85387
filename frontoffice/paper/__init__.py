"""Bills and invoices on paper: a PDF of what `bills`, `invoices` and `stationery` say, in the guest's language.

`sheets` gathers what one of them needs, `bind` draws any number of them into one file and `draw` one. The same sheet
gives the same bytes, whenever it is drawn with the same libraries and fonts. Nothing here changes anything.
"""

from __future__ import annotations

from frontoffice.paper.binding import Drawn, bind, draw
from frontoffice.paper.fonts import PaperFontMissing
from frontoffice.paper.sheets import Sheet, bill_sheets, invoice_sheets

__all__ = ["Drawn", "PaperFontMissing", "Sheet", "bill_sheets", "bind", "draw", "invoice_sheets"]
