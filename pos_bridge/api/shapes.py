"""The words and figures that bodies and answers are made of, each as strict as JSON allows.

Nothing is taken for what it is not: text is no number, 1.0 and true are no whole numbers, a moment is no date, and a
field that nobody knows is refused. Amounts are whole minor units and always travel with their currency.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, StringConstraints
from pydantic import WithJsonSchema as SaidAs

from folios.money import MOST_MINOR

MOST_KEY = 100
PRINTABLE = r"^[!-~]([ -~]*[!-~])?$"
NO_CONTROLS = r"^[^\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]*$"
SPOKEN = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]*$"


class Shape(BaseModel):
    """A JSON object with the fields that are named, and no other."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)


def _line(most: int) -> StringConstraints:
    """One line of text: no control characters, nothing that turns its direction."""
    return StringConstraints(min_length=1, max_length=most, pattern=NO_CONTROLS)


Text16 = Annotated[str, _line(16)]
Text32 = Annotated[str, _line(32)]
Text40 = Annotated[str, _line(40)]
Text60 = Annotated[str, _line(60)]
Text100 = Annotated[str, _line(100)]
Text200 = Annotated[str, _line(200)]
Remark = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=SPOKEN)]


def _day(value: str) -> str:
    date.fromisoformat(value)
    return value


def _figure(value: object) -> object:
    """A query has only text: a whole number is written in digits."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 18:
        return int(value)
    return value


Day = Annotated[
    str,
    StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$", min_length=10, max_length=10),
    AfterValidator(_day),
    Field(json_schema_extra={"format": "date"}),
]
"""A date as ISO 8601 writes it: 2026-03-01."""

ToldDay = Annotated[
    date, PlainSerializer(date.isoformat, return_type=str), SaidAs({"type": "string", "format": "date"})
]
Minor = Annotated[int, Field(ge=0, le=MOST_MINOR)]
Charged = Annotated[int, Field(gt=0, le=MOST_MINOR)]
Signed = Annotated[int, Field(ge=-(2**63), le=2**63 - 1)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Key = Annotated[str, StringConstraints(min_length=1, max_length=MOST_KEY, pattern=PRINTABLE)]
May = Annotated[
    dict[str, str | None],
    Field(description="What may be done next; beside what may not be done stands the reason, beside the rest null."),
]


AskedFigure = Annotated[int, BeforeValidator(_figure)]
"""A whole number in a query; its bounds stand beside it."""
