"""The tables of the night audit. Rules stand with their verbs, one floor of files above."""

from night_audit.models import audits, clockwork, totals

__all__ = ["audits", "clockwork", "totals"]
