"""Room numbers as people write many of them at once: `101-120, 201-204 301`."""

from __future__ import annotations

import re

from folios.errors import N_, Refusal

MOST_AT_ONCE = 500
_RUN = re.compile(r"(?P<before>\D*)(?P<first>\d{1,6})\s*[-–]\s*(?P=before)(?P<last>\d{1,6})")


class NumbersInvalid(Refusal):
    code = "numbers.invalid"
    message = N_("{typed} is no row of rooms. Write it like 101-120, from the lower number to the higher.")


class NumbersMissing(Refusal):
    code = "numbers.missing"
    message = N_("Name at least one room, or a row of them such as 101-120.")


class TooManyNumbers(Refusal):
    code = "numbers.too_large"
    message = N_("These are more than {most} rooms. Enter a floor at a time.")


def read_numbers(text: str | None) -> list[str]:
    """The numbers that a text names, each once, in its order. `101-104` is a row of four, `A1-A3` one of three.

    Leading zeros stay (`001-003`). Refuses a row that runs backwards (`NumbersInvalid`), nothing (`NumbersMissing`) and
    more than 500 at once (`TooManyNumbers`). Whether a number fits a room's door is the rule's of entering rooms.
    """
    numbers: dict[str, None] = {}
    for part in re.split(r"[,;\n]", text or ""):
        for each in re.split(r"\s+(?![-–])(?<![-–]\s)", part.strip()):
            for number in _run(each.strip()):
                numbers[number] = None
                if len(numbers) > MOST_AT_ONCE:
                    raise TooManyNumbers(most=MOST_AT_ONCE)
    if not numbers:
        raise NumbersMissing
    return list(numbers)


def _run(text: str) -> list[str]:
    row = _RUN.fullmatch(text)
    if row is None:
        return [text] if text else []
    first, last = int(row["first"]), int(row["last"])
    if last < first:
        raise NumbersInvalid(typed=text[:30])
    if last - first >= MOST_AT_ONCE:
        raise TooManyNumbers(most=MOST_AT_ONCE)
    return [f"{row['before']}{number:0{len(row['first'])}d}" for number in range(first, last + 1)]
