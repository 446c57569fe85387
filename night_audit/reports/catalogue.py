"""Which reports there are, in the order in which they are listed, asked by their names."""

from __future__ import annotations

from folios.errors import N_, Refusal
from night_audit.reports import aging, exceptions, house_lists, journals, ledgers, loose_ends, managers_report, revenue
from night_audit.reports.definition import Report


class ReportUnknown(Refusal):
    code = "report.unknown"
    message = N_("There is no report called {report}. See the list of reports.")


REPORTS: dict[str, Report] = {
    each.name: each
    for module in (managers_report, revenue, ledgers, aging, journals, exceptions, loose_ends, house_lists)
    for each in module.REPORTS
}


def report(name: str) -> Report:
    """The report of that name. Refuses `ReportUnknown`."""
    found = REPORTS.get(name)
    if found is None:
        raise ReportUnknown(report=name[:40])
    return found


def sections() -> dict[str, list[Report]]:
    """The reports by the section in which they are listed."""
    found: dict[str, list[Report]] = {}
    for each in REPORTS.values():
        found.setdefault(each.section, []).append(each)
    return found
