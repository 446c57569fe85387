"""What stands on each kind of slip: a template of the house, or the hotel's own of the same name.

A hotel puts its templates into the folder that FRONTOFFICE_RECEIPTS names. They run in a sandbox, see the facts of
their slip and a few words, and every value in them is one printable line (`markup.escape`). One that cannot be read is
no reason for no slip: the house's own is taken, and it is told.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from babel.dates import format_datetime
from jinja2 import ChoiceLoader, FileSystemLoader, PrefixLoader, StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from folios.errors import N_
from folios.money import Money, format_amount
from frontoffice.language import languages
from frontoffice.paper.words import Wording, translator
from pos_bridge.receipts import drawing, markup
from pos_bridge.receipts.markup import Line, TemplateInvalid
from pos_bridge.slips import Slip

TEMPLATES = {
    "charge": "receipts/charge.txt",
    "payment": "receipts/payment.txt",
    "deposit": "receipts/deposit.txt",
    "refund": "receipts/refund.txt",
    "paid_out": "receipts/paid_out.txt",
    "shift_report": "receipts/shift_report.txt",
    "z_report": "receipts/z_report.txt",
    "test": "receipts/test.txt",
}
COPY, COPY_NUMBER = N_("COPY"), N_("COPY {copy}")
DOUBTFUL = N_("POSSIBLY PRINTED BEFORE")
MOST_CHARACTERS = 100_000


@dataclass(frozen=True, slots=True)
class Written:
    """The lines of a slip; `fault` is what was wrong with the hotel's own template when the house's was taken."""

    lines: list[Line]
    fault: str | None = None


class Receipts:
    """The templates of the house in `house`, and before them those in the hotel's own folder, where there is one."""

    def __init__(self, house: Path, own: Path | None = None) -> None:
        ours = FileSystemLoader(house / "receipts")
        self._house = _environment(PrefixLoader({"receipts": ours}))
        self._own = None
        if own is not None:
            self._own = _environment(PrefixLoader({"receipts": ChoiceLoader([FileSystemLoader(own), ours])}))

    def write(self, slip: Slip, language: str, *, copy: int = 0, doubtful: bool = False) -> Written:
        """The lines of a slip in a language. `copy` is 0 for the original; `doubtful`: it may be on paper already."""
        values = _values(slip, language, copy, doubtful)
        name = TEMPLATES[slip.kind]
        if self._own is None:
            return Written(_filled(self._house, name, values))
        try:
            return Written(_filled(self._own, name, values))
        except TemplateInvalid as refusal:
            return Written(_filled(self._house, name, values), fault=str(refusal.params["cause"]))


def _environment(loader: PrefixLoader) -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(
        loader=loader,
        finalize=markup.escape,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # it is no HTML: `finalize` escapes every value
        extensions=["jinja2.ext.loopcontrols"],
    )


def _filled(environment: ImmutableSandboxedEnvironment, name: str, values: dict[str, Any]) -> list[Line]:
    try:
        pieces, length = [], 0
        for piece in environment.get_template(name).generate(**values):
            pieces.append(piece)
            length += len(piece)
            if length > MOST_CHARACTERS:
                raise TemplateInvalid(cause=f"more than {MOST_CHARACTERS} characters")
    except TemplateInvalid:
        raise
    except TemplateError as error:
        raise TemplateInvalid(cause=f"{type(error).__name__}: {error}"[:150]) from None
    except Exception as error:  # whatever a template of the hotel's own makes of the facts
        raise TemplateInvalid(cause=f"{type(error).__name__}: {error}"[:150]) from None
    return markup.read("".join(pieces))


def _values(slip: Slip, language: str, copy: int, doubtful: bool) -> dict[str, Any]:
    """What a template knows: the slip, which copy it is, and words in the reader's language."""
    catalogue = language if language in languages() else language.partition("_")[0]
    say = Wording(language, translator(catalogue), lambda text: not drawing.missing(text, language))
    marks = []
    if doubtful:
        marks.append(say.say(DOUBTFUL))
    if copy:
        marks.append(say.say(COPY if copy == 1 else COPY_NUMBER, copy=copy))
    return {
        "slip": slip,
        "marks": marks,
        "_": lambda text, **named: say.say(text, **{name: str(value) for name, value in named.items()}),
        "money": _money(slip.currency, say),
        "day": lambda value: say.day(value) if isinstance(value, date) else value,
        "moment": lambda value: _moment(value, say),
    }


def _money(currency: str, say: Wording) -> Callable[[int], str]:
    return lambda minor: format_amount(Money(int(minor), currency), say.locale)


def _moment(value: object, say: Wording) -> str:
    shown = format_datetime(value, "short", locale=say.locale) if isinstance(value, datetime) else value
    return str(shown)
