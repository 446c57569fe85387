"""What is asked of a bill: its kind, how its lines are grouped, its language, its days; and of many bills at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from babel import Locale
from babel.core import UnknownLocaleError
from wtforms import Form as PlainForm

from folios.errors import N_
from frontoffice.forms.base import Choice, Day, Form
from frontoffice.language import gettext as _
from frontoffice.language import languages, locale
from frontoffice.models.invoices import InvoiceSeries

KIND_WORDS = {"information": N_("Information bill"), "interim": N_("Interim bill")}
GROUPING_WORDS = {
    "none": N_("line by line"),
    "day": N_("a line for each day"),
    "code": N_("a line for each code"),
    "article": N_("a line for each article"),
}
BATCH_WORDS = {**KIND_WORDS, "invoice": N_("Issue invoices and print them")}


class BillQuery(PlainForm):  # type: ignore[misc]
    """How a bill is shown. What is left out or makes no sense is as the guest would have it."""

    kind = Choice(N_("Kind"))
    grouping = Choice(N_("Lines"))
    language = Choice(N_("Language"))
    first = Day(N_("From"))
    last = Day(N_("To"))

    def read(self, guests_language: str) -> None:
        """Offers what there is and puts in place what was not asked for, or cannot be."""
        self.kind.offer([(value, _(text)) for value, text in KIND_WORDS.items()])
        self.grouping.offer([(value, _(text)) for value, text in GROUPING_WORDS.items()])
        self.language.offer(spoken(guests_language))
        self.validate()
        for field, usual in ((self.kind, "information"), (self.grouping, "none"), (self.language, guests_language)):
            if field.data is None or field.errors:
                field.data = usual

    def asked(self) -> dict[str, Any]:
        """As `bills.bill` takes it."""
        days = {each.name: each.data for each in (self.first, self.last)}
        return {"kind": self.kind.data, "grouping": self.grouping.data, **days}

    def query(self) -> dict[str, str]:
        """As an address carries it."""
        told = {each.name: str(each.data) for each in (self.kind, self.grouping, self.language)}
        days = {each.name: each.data.isoformat() for each in (self.first, self.last) if each.data}
        return {**told, **days}


class BatchForm(Form):
    """Many bills in one file."""

    submit = N_("Make the bills")

    PLACES: ClassVar = {f"invoice_series.{word}": "series" for word in ("missing", "unknown", "closed", "wrong_kind")}

    kind = Choice(N_("What"), needed=True)
    grouping = Choice(N_("Lines"), needed=True)
    series = Choice(N_("Series of the invoices"))

    def offer(self, series: Sequence[InvoiceSeries], *, may_issue: bool) -> None:
        """Offers what there is; invoices to who may issue them, and their series where there are several."""
        kinds = BATCH_WORDS if may_issue else KIND_WORDS
        self.kind.offer([(value, _(text)) for value, text in kinds.items()])
        self.grouping.offer([(value, _(text)) for value, text in GROUPING_WORDS.items()])
        offer_series(self, series if may_issue else [])


def offer_series(form: Form, series: Sequence[InvoiceSeries]) -> None:
    """Offers the series of invoices that are switched on; with one or none there is nothing to choose."""
    on = [each for each in series if each.active and each.kind == "invoice"]
    if len(on) > 1:
        form["series"].offer([(each.code, f"{each.name} ({each.prefix}{each.next_number})") for each in on])
    else:
        del form["series"]


def chosen_series(form: Form) -> str | None:
    """The code of the series, where there was one to choose."""
    return str(form["series"].data) if "series" in form and form["series"].data else None


def spoken(*more: str) -> list[tuple[str, str]]:
    """The languages a bill can be in, by their names: those of the house, and `more`."""
    return [(each, _named(each)) for each in dict.fromkeys((*more, *languages()))]


def _named(language: str) -> str:
    try:
        return str(Locale.parse(language).get_display_name(locale()) or language)
    except (ValueError, UnknownLocaleError):
        return language
