"""What a sum of a report is made of, worked out from the report itself, the same way for every report.

A sum is the union of what its lines open: one list of their postings. Where its lines open vouchers or stays, and not
lists, it is made of those lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from folios.errors import N_, Refusal
from night_audit.reports.definition import RIGHT_ALIGNED
from night_audit.reports.drilling import Wanted, gathered, read_address
from night_audit.reports.making import Content

MOST_ASKED = 60
"""Lists that are asked for in one statement; of more the lines are shown, each of which opens its own."""


class SumUnknown(Refusal):
    code = "report_sum.unknown"
    message = N_("The report has no such sum. Go back to it and open the figure there.")


@dataclass(frozen=True, slots=True)
class Sum:
    """A sum of a report: its part and column, the group it is of (None: the part), its lines, the lists they open.

    `wanted` is empty where the lines are what it is made of.
    """

    part: Content
    column: Content
    group: str | None
    rows: Sequence[Content]
    wanted: Sequence[Wanted]

    @property
    def value(self) -> int:
        """The sum itself."""
        place = _place(self.part, self.column["name"])
        return sum(row["values"][place] or 0 for row in self.rows)


def find(content: Content, part_name: str, column_name: str, group: str | None) -> Sum:
    """A sum of a report by the names in its address. Refuses (`SumUnknown`) what the report does not sum up."""
    part = next((each for each in content["parts"] if each["name"] == part_name), None)
    column = next((each for each in part["columns"] if each["name"] == column_name), None) if part else None
    if part is None or column is None or not is_summed(part, column_name):
        raise SumUnknown
    rows = [each for each in part["rows"] if each["style"] == "line"]
    if group is not None:
        if part["group"] is None:
            raise SumUnknown
        of = _place(part, part["group"])
        rows = [each for each in rows if str(each["values"][of]) == group]
    if not rows:
        raise SumUnknown
    return Sum(part, column, group, rows, _lists(part, column_name, rows))


def is_summed(part: Content, column_name: str) -> bool:
    """Whether a part says a sum of that column."""
    place = _place(part, column_name)
    return part["columns"][place]["kind"] in RIGHT_ALIGNED and any(
        row["style"] == "total" and row["values"][place] is not None for row in part["rows"]
    )


def narrowed(content: Content, found: Sum) -> Content:
    """The report with nothing but the lines of a sum, and of its figures that one alone."""
    columns = [
        (place, each)
        for place, each in enumerate(found.part["columns"])
        if each["name"] == found.column["name"] or each["kind"] not in RIGHT_ALIGNED
    ]
    rows = [{**row, "values": [row["values"][place] for place, _each in columns]} for row in found.rows]
    total = [found.value if each["name"] == found.column["name"] else None for _place, each in columns]
    part = {**found.part, "columns": [each for _place, each in columns], "notes": []}
    return {**content, "parts": [part | {"rows": [*rows, {"style": "sum", "values": total}]}], "notes": []}


def _lists(part: Content, column_name: str, rows: Sequence[Content]) -> list[Wanted]:
    """The lists that the lines open; none where one of them, not being nothing, opens no list."""
    place = _place(part, column_name)
    found = []
    for row in rows:
        if row["values"][place]:
            address = row.get("opens", {}).get(column_name)
            wanted = read_address(address) if address else None
            if wanted is None:
                return []
            found.append(wanted)
    asked = gathered(found)
    return asked if len(asked) <= MOST_ASKED else []


def _place(part: Content, column_name: str) -> int:
    return next(place for place, each in enumerate(part["columns"]) if each["name"] == column_name)
