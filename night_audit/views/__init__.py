"""The pages of the night audit and the reports: the table of their addresses. Views stand in a module per noun."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask

from frontoffice.views import BOTH, GET, hang
from night_audit.views import audit, budgets, calls, clockwork, drafts, drilling, exports, morning, reports

ROUTES: tuple[tuple[str, tuple[str, ...], Callable[..., Any]], ...] = (
    # the audit
    ("/night-audit", GET, audit.show),
    ("/night-audit/run", BOTH, audit.run),
    ("/night-audit/resume", BOTH, audit.resume),
    ("/night-audit/rehearse", BOTH, audit.rehearse),
    ("/night-audit/checks/<code>/accept", BOTH, audit.accept),
    ("/night-audit/rules", BOTH, audit.set_rules),
    ("/night-audit/calls", BOTH, calls.set_calls),
    ("/night-audit/clock", GET, clockwork.show),
    # what the last rehearsal left
    ("/night-audit/draft", GET, drafts.overview),
    ("/night-audit/draft/pack.pdf", GET, drafts.pack_file),
    ("/night-audit/draft/<name>", GET, drafts.show),
    ("/night-audit/draft/<name>/file", GET, drafts.as_a_file),
    # reports and what their figures were made from
    ("/morning", GET, morning.show),
    ("/reports", GET, reports.overview),
    ("/reports/pack.pdf", GET, reports.pack_file),
    ("/reports/postings", GET, drilling.postings),
    ("/reports/stays", GET, drilling.stays),
    ("/reports/<name>", GET, reports.show),
    ("/reports/<name>/file", GET, reports.as_a_file),
    ("/reports/<name>/sum", GET, drilling.summed),
    # what is expected, and how figures are worked out
    ("/reports/budgets", GET, budgets.overview),
    ("/reports/budgets/file", GET, budgets.as_a_file),
    ("/reports/budgets/upload", BOTH, budgets.upload),
    ("/reports/budgets/<month>/edit", BOTH, budgets.edit),
    ("/set-up/figures", BOTH, budgets.set_policy),
    # the back office
    ("/exports", GET, exports.overview),
    ("/exports/new", BOTH, exports.add),
    ("/exports/<int:export_id>/file", GET, exports.as_a_file),
    ("/set-up/ledger-accounts", GET, exports.accounts),
    ("/set-up/ledger-account/<path:subject>/edit", BOTH, exports.edit_account),
)


def init_app(app: Flask) -> None:
    """Hangs the pages on `app`."""
    hang(app, ROUTES)
