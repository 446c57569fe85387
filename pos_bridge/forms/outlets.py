"""The forms of outlets: what they are, the codes of their lines, articles and tariffs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from wtforms import HiddenField

from folios.errors import N_, Refusal
from folios.texts import read_number
from frontoffice.forms.base import Amount, Choice, EditForm, Form, Text, Whole, Yes
from frontoffice.language import gettext as _
from pos_bridge.models.outlets import LINE_KINDS

KIND_WORDS = {"item": N_("item"), "tax": N_("tax"), "service": N_("service charge"), "tip": N_("tip")}
TREATMENT_WORDS = {"inside": N_("inside its prices"), "added": N_("added by the till, as lines")}
NEW_SUSPENSE = "new"
MORE_LINES, MOST_LINES = 4, 120

Folio = tuple[int, str, str]
"""What a choice of folios is made of: id, number, name."""


class LineTwice(Refusal):
    code = "outlet.line_twice"
    message = N_("{kind} {number} stands here twice. Say once which code it is booked with.")


class LineUnfinished(Refusal):
    code = "outlet.line_missing"
    message = N_("Row {row} says only a part of it: choose the kind and the code, and type the till's number.")


class _Facts:
    """What can be said of an outlet, new or known."""

    def offer_treatments(self) -> None:
        """Sets what can be chosen."""
        self["treatment"].offer([(value, _(text)) for value, text in TREATMENT_WORDS.items()])  # type: ignore[index]

    def offer_suspense(self, folios: Sequence[Folio]) -> None:
        """Offers the folios that take what cannot be placed; one is opened where there is none."""
        offered = [(str(folio_id), f"{number} · {name}") for folio_id, number, name in folios]
        self["suspense_folio_id"].offer(offered or [(NEW_SUSPENSE, _("kept in a suspense folio, for the desk"))])  # type: ignore[index]


class OutletForm(_Facts, Form):
    """A new outlet; its control folio is there, or is opened with it."""

    title = N_("New outlet")
    PLACES: ClassVar = {
        "outlet.code_taken": "code",
        "outlet.code_invalid": "code",
        "outlet.folio_taken": "folio",
        "folio.not_revenue": "folio",
        "outlet.suspense_type": "suspense_folio_id",
    }

    code = Text(N_("Code"), needed=True, most=16, hint=N_("Short, such as BAR. It stays as it is."))
    name = Text(N_("Name"), needed=True, most=100)
    folio = Choice(N_("Control folio"), none=N_("a new one of its own"), hint=N_("What is sold is credited there."))
    treatment = Choice(N_("Taxes are"), needed=True)
    suspense_folio_id = Choice(N_("What cannot be placed is"), none=N_("refused"))
    shows_guest = Yes(N_("Slips show room and guest"))

    def offer(self, folios: Iterable[Folio]) -> None:
        """Offers control folios that no outlet has."""
        self.folio.offer([(str(folio_id), f"{number} · {name}") for folio_id, number, name in folios])


class OutletEditForm(_Facts, EditForm):
    """What can be changed of an outlet; its control folio stays."""

    title = N_("Outlet")
    PLACES: ClassVar = {"outlet.suspense_type": "suspense_folio_id"}

    name = Text(N_("Name"), needed=True, most=100)
    treatment = Choice(N_("Taxes are"), needed=True)
    suspense_folio_id = Choice(N_("What cannot be placed is"), none=N_("refused"))
    shows_guest = Yes(N_("Slips show room and guest"))


class LineCodesForm(EditForm):
    """The codes of an outlet's lines, a row each, saved all at once. Made by `line_codes_form`."""

    title = N_("Codes of the lines")
    rows = HiddenField()
    count: ClassVar[int] = 0

    def lines(self) -> list[tuple[Any, Any, Any]]:
        """The three fields of each row: kind, the till's number, code."""
        return [(self[f"kind_{row}"], self[f"number_{row}"], self[f"code_{row}"]) for row in range(self.count)]

    def chosen(self) -> dict[tuple[str, int], str]:
        """The codes by kind and number. A row without a code says nothing. Refuses half a row and a line twice."""
        found: dict[tuple[str, int], str] = {}
        for row, (kind, number, code) in enumerate(self.lines(), 1):
            if not code.data:
                continue
            if not kind.data or number.data is None:
                raise LineUnfinished(row=row)
            if (kind.data, number.data) in found:
                raise LineTwice(kind=kind.data, number=number.data)
            found[kind.data, number.data] = code.data
        return found


def line_codes_form(
    standing: Mapping[tuple[str, int], str], codes: Sequence[tuple[str, str]], sent_rows: str | None, **more: Any
) -> LineCodesForm:
    """The form with a row for each line that stands, in the order of a check, and some empty ones."""
    known = sorted(standing.items(), key=lambda each: (LINE_KINDS.index(each[0][0]), each[0][1]))
    count = min(MOST_LINES, max(read_number(sent_rows) or 0, len(known) + MORE_LINES))
    fields: dict[str, Any] = {"count": count}
    begin: dict[str, Any] = {"rows": str(count)}
    for row in range(count):
        fields[f"kind_{row}"] = Choice(N_("Kind"), none="–")
        fields[f"number_{row}"] = Whole(N_("The till's number"))
        fields[f"code_{row}"] = Choice(N_("Transaction code"), none="–")
        if row < len(known):
            (kind, number), code = known[row]
            begin |= {f"kind_{row}": kind, f"number_{row}": number, f"code_{row}": code}
    form: LineCodesForm = type("LineCodesForm", (LineCodesForm,), fields)(**begin, **more)
    for kind_field, _number, code_field in form.lines():
        kind_field.offer([(value, _(text)) for value, text in KIND_WORDS.items()])
        code_field.offer(codes)
    return form


class ArticleForm(Form):
    """A new article."""

    title = N_("New article")
    PLACES: ClassVar = {
        "article.number_invalid": "number",
        "article.number_taken": "number",
        "amount.not_positive": "price",
        "amount.too_large": "price",
        "outlet.code_elsewhere": "code",
    }

    number = Whole(N_("The till's number"), needed=True, hint=N_("From 1 to 9999."))
    name = Text(N_("Name"), needed=True, most=40)
    code = Choice(N_("Transaction code"), needed=True)
    price = Amount(N_("Price"), needed=True, hint=N_("Of one, as the guest pays it."))


class ArticleEditForm(EditForm):
    """What can be changed of an article."""

    title = N_("Article")
    PLACES: ClassVar = {
        "amount.not_positive": "price_minor",
        "amount.too_large": "price_minor",
        "outlet.code_elsewhere": "code",
    }

    name = Text(N_("Name"), needed=True, most=40)
    code = Choice(N_("Transaction code"), needed=True)
    price_minor = Amount(N_("Price"), needed=True, hint=N_("What was sold before stays as it was."))
    active = Yes(N_("Is sold"))


_COSTS = ("connection_minor", "minute_minor", "pulse_minor")


class _Priced:
    """What a call costs, as it was typed."""

    def costs(self) -> dict[str, int]:
        """Minor units; what was left empty costs nothing."""
        return {name: self[name].minor or 0 for name in _COSTS}  # type: ignore[index]


class TariffForm(_Priced, Form):
    """A new tariff of calls."""

    title = N_("New tariff")
    PLACES: ClassVar = {
        "tariff.prefix_invalid": "prefix",
        "tariff.prefix_taken": "prefix",
        "tariff.cost_negative": "connection_minor",
        "amount.too_large": "connection_minor",
        "outlet.code_elsewhere": "code",
    }

    prefix = Text(N_("Calls that begin with"), most=20, hint=N_("Empty: every call. The longest that fits counts."))
    name = Text(N_("Name"), needed=True, most=40)
    code = Choice(N_("Transaction code"), needed=True)
    connection_minor = Amount(N_("For each call"))
    minute_minor = Amount(N_("For each begun minute"))
    pulse_minor = Amount(N_("For each pulse"), hint=N_("Where the exchange counts them."))


class TariffEditForm(_Priced, EditForm):
    """What can be changed of a tariff."""

    title = N_("Tariff")
    PLACES: ClassVar = {
        "tariff.cost_negative": "connection_minor",
        "amount.too_large": "connection_minor",
        "outlet.code_elsewhere": "code",
    }

    name = Text(N_("Name"), needed=True, most=40)
    code = Choice(N_("Transaction code"), needed=True)
    connection_minor = Amount(N_("For each call"))
    minute_minor = Amount(N_("For each begun minute"))
    pulse_minor = Amount(N_("For each pulse"), hint=N_("Where the exchange counts them."))


class TariffRemoveForm(EditForm):
    """Takes a tariff out."""

    submit = N_("Remove")
